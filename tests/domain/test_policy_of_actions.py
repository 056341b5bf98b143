"""Who may read, update, chase or answer for an action (rules 2 and 4)."""

from uuid import UUID, uuid4

import pytest

from mace.domain.policy import (
    ActionFacts,
    Actor,
    Permission,
    Role,
    Scope,
    may_answer_offer,
    may_chase,
    scope_on_action,
)

ME, OTHER, AGENCY = uuid4(), uuid4(), uuid4()


def an_actor(role: Role, person: UUID = ME) -> Actor:
    return Actor(name="A person", person_id=person, agency_id=AGENCY, roles=frozenset({role}))


def an_action(**changes: UUID) -> ActionFacts:
    return ActionFacts(**{"owner": OTHER, "owner_agency": uuid4(), **changes})


@pytest.mark.parametrize("relation", ["chaser", "offered_to"])
def test_who_chases_and_who_is_offered_an_action_read_it_and_do_not_speak_for_its_owner(relation: str) -> None:
    facts, actor = an_action(**{relation: ME}), an_actor(Role.PARTNER_MEMBER)
    assert scope_on_action(actor, Permission.ACTION_READ, facts) is Scope.SELF
    assert scope_on_action(actor, Permission.ACTION_LIST, facts) is Scope.SELF
    assert scope_on_action(actor, Permission.ACTION_UPDATE, facts) is None
    assert scope_on_action(an_actor(Role.PARTNER_MEMBER, uuid4()), Permission.ACTION_READ, facts) is None


def test_the_named_chaser_chases_and_so_do_the_owner_their_lead_and_those_who_run_meetings() -> None:
    assert may_chase(an_actor(Role.PRACTITIONER), an_action(chaser=ME))
    assert may_chase(an_actor(Role.PRACTITIONER), an_action(owner=ME))
    assert may_chase(an_actor(Role.PARTNER_LEAD), an_action(owner_agency=AGENCY))
    assert may_chase(an_actor(Role.COORDINATOR), an_action())
    assert not may_chase(an_actor(Role.PARTNER_MEMBER), an_action(owner_agency=AGENCY))
    assert not may_chase(an_actor(Role.PRACTITIONER), an_action(offered_to=ME))


def test_the_lead_of_the_plan_answers_an_offer_or_those_who_run_meetings_do() -> None:
    assert may_answer_offer(an_actor(Role.PRACTITIONER), ME)
    assert may_answer_offer(an_actor(Role.CHAIR), OTHER)
    assert not may_answer_offer(an_actor(Role.PRACTITIONER), OTHER)
    assert not may_answer_offer(an_actor(Role.CHAIR), None)
