"""Who may do what: the truth table, and each relation on both sides of its boundary."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mace.domain.policy import (
    GRANTS,
    ActionFacts,
    Actor,
    DeliveryFacts,
    ItemFacts,
    Permission,
    Role,
    Scope,
    SubjectFacts,
    in_area,
    may,
    may_approve,
    scope_on_action,
    scope_on_delivery,
    scope_on_item,
    scope_on_subject,
    scopes,
    system_actor,
)
from mace.domain.vocabulary import Told

TABLE = Path(__file__).with_name("policy_table.txt")
ME, OTHER, TEAM, OTHER_TEAM, MINE, THEIRS = (uuid4() for _ in range(6))
ROLES = st.frozensets(st.sampled_from(list(Role)), max_size=4)


def table() -> dict[tuple[str, str], frozenset[str]]:
    """The checked-in table: role and permission to relations."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            role, permission, relations = line.split()
            assert (role, permission) not in found, line
            found[role, permission] = frozenset(relations.split("+"))
    return found


def an_actor(*roles: Role, **values: object) -> Actor:
    """Me, of my agency, in these roles."""
    known = {"name": "A person", "person_id": ME, "agency_id": MINE, "manages": frozenset({TEAM})}
    return Actor(**{**known, **values, "roles": frozenset(roles)})  # type: ignore[arg-type]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_each_role_holds_each_permission_as_the_table_says(role: Role, permission: Permission) -> None:
    expected = table().get((role.value, permission.value), frozenset())
    assert scopes(an_actor(role), permission) == expected
    assert may(an_actor(role), permission) is bool(expected)


def test_the_table_names_nothing_that_does_not_exist() -> None:
    for (role, permission), relations in table().items():
        Role(role)
        Permission(permission)
        assert {Scope(relation) for relation in relations}


def test_every_role_has_its_line_and_every_permission_somebody() -> None:
    assert set(GRANTS) == set(Role)
    assert {permission for _, permission in table()} == {permission.value for permission in Permission}


@given(ROLES, st.sampled_from(list(Permission)))
def test_several_roles_hold_what_each_holds_and_nothing_more(roles: frozenset[Role], permission: Permission) -> None:
    together = frozenset[Scope]().union(*(scopes(an_actor(role), permission) for role in roles))
    assert scopes(an_actor(*roles), permission) == together


def test_nobody_without_a_role_may_anything() -> None:
    assert not [permission for permission in Permission if may(an_actor(), permission)]


def test_the_tool_itself_may_everything_and_only_under_a_name() -> None:
    assert all(in_area(system_actor("import"), permission) for permission in Permission)
    with pytest.raises(ValueError, match="is not a person"):
        _ = system_actor("import").me


RUNNERS = {Role.CHAIR, Role.DEPUTY, Role.COORDINATOR}
CASE = (Permission.CHILD_READ, Permission.CHILD_LIST, Permission.ACTION_READ, Permission.RECORD_READ)
WITHOUT_CASES = (Role.ANALYST, Role.EXECUTIVE, Role.IG_LEAD, Role.AUDITOR, Role.OUT_OF_HOURS, Role.SYSADMIN)


@pytest.mark.parametrize("role", WITHOUT_CASES)
def test_these_roles_open_no_record_of_any_child(role: Role) -> None:
    assert not [permission for permission in CASE if may(an_actor(role), permission)]


@pytest.mark.parametrize(
    "role", [Role.PARTNER_LEAD, Role.PARTNER_MEMBER, Role.GUEST, Role.PRACTITIONER, Role.TEAM_MANAGER]
)
def test_nobody_but_those_who_run_meetings_reaches_the_whole_area(role: Role) -> None:
    assert not [permission for permission in Permission if in_area(an_actor(role), permission)]


SUBJECTS = {
    "I work with the child": (SubjectFacts(workers=frozenset({ME, OTHER})), {Role.PRACTITIONER, Role.TEAM_MANAGER}),
    "somebody else works with the child": (SubjectFacts(workers=frozenset({OTHER})), set()),
    "the child is my team's": (SubjectFacts(teams=frozenset({TEAM})), {Role.TEAM_MANAGER}),
    "the child is another team's": (SubjectFacts(teams=frozenset({OTHER_TEAM})), set()),
    "nobody works with the child": (SubjectFacts(), set()),
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("what", SUBJECTS)
def test_who_opens_the_page_of_a_child(what: str, role: Role) -> None:
    facts, by_relation = SUBJECTS[what]
    if what == "I work with the child":
        by_relation = by_relation | {Role.PARTNER_LEAD, Role.PARTNER_MEMBER}
    found = scope_on_subject(an_actor(role), Permission.CHILD_READ, facts)
    assert (found is not None) == (role in by_relation | RUNNERS)
    if role in by_relation:
        assert found is (Scope.TEAM if "team" in what else Scope.ALLOCATED)
    elif role in RUNNERS:
        assert found is (Scope.ALLOCATED if what == "I work with the child" else Scope.AREA)


def test_a_manager_of_no_team_reaches_no_team() -> None:
    facts = SubjectFacts(teams=frozenset({TEAM}))
    assert scope_on_subject(an_actor(Role.TEAM_MANAGER, manages=frozenset()), Permission.CHILD_READ, facts) is None


def test_only_a_manager_of_the_team_or_those_who_run_meetings_change_whose_child_it_is() -> None:
    facts = SubjectFacts(workers=frozenset({ME}), teams=frozenset({TEAM}))
    allowed = {role for role in Role if scope_on_subject(an_actor(role), Permission.ALLOCATION_CHANGE, facts)}
    assert allowed == RUNNERS | {Role.TEAM_MANAGER}


def an_action(**values: object) -> ActionFacts:
    """An action of somebody else at another agency about a child that nobody of us knows."""
    return replace(ActionFacts(owner=OTHER, owner_agency=THEIRS), **values)  # type: ignore[arg-type]


ACTIONS: dict[str, tuple[ActionFacts, Role, Scope | None, Scope | None]] = {
    "I own it": (an_action(owner=ME), Role.PRACTITIONER, Scope.SELF, Scope.SELF),
    "I own it as a guest": (an_action(owner=ME), Role.GUEST, Scope.SELF, Scope.SELF),
    "I help with it": (an_action(contributors=frozenset({ME})), Role.PARTNER_MEMBER, Scope.SELF, Scope.SELF),
    "I chase what it waits on": (an_action(chaser=ME), Role.PRACTITIONER, Scope.SELF, None),
    "my plan is to take it": (an_action(offered_to=ME), Role.PRACTITIONER, Scope.SELF, None),
    "somebody else does all that": (an_action(), Role.PRACTITIONER, None, None),
    "nobody owns it": (an_action(owner=None), Role.PRACTITIONER, None, None),
    "my agency owns it and I lead there": (an_action(owner_agency=MINE), Role.PARTNER_LEAD, Scope.AGENCY, Scope.AGENCY),
    "my agency owns it": (an_action(owner_agency=MINE), Role.PARTNER_MEMBER, None, None),
    "my own people's agency owns it": (an_action(owner_agency=MINE), Role.PRACTITIONER, None, None),
    "my team's worker owns it": (an_action(owner_team=TEAM), Role.TEAM_MANAGER, Scope.TEAM, Scope.TEAM),
    "another team's worker owns it": (an_action(owner_team=OTHER_TEAM), Role.TEAM_MANAGER, None, None),
    "it is about my child": (
        an_action(subject=SubjectFacts(workers=frozenset({ME}))),
        Role.PRACTITIONER,
        Scope.ALLOCATED,
        None,
    ),
    "it is about my team's child": (
        an_action(subject=SubjectFacts(teams=frozenset({TEAM}))),
        Role.TEAM_MANAGER,
        Scope.TEAM,
        Scope.TEAM,
    ),
    "I owned it, long over": (an_action(owner=ME, is_long_over=True), Role.PRACTITIONER, None, None),
    "my agency owned it, long over": (
        an_action(owner_agency=MINE, is_long_over=True),
        Role.PARTNER_LEAD,
        None,
        None,
    ),
    "it is about my child, long over": (
        an_action(subject=SubjectFacts(workers=frozenset({ME})), is_long_over=True),
        Role.PRACTITIONER,
        Scope.ALLOCATED,
        None,
    ),
    "I run the meetings": (an_action(), Role.CHAIR, Scope.AREA, Scope.AREA),
    "I keep the accounts": (an_action(owner=ME), Role.SYSADMIN, None, None),
}


@pytest.mark.parametrize("what", ACTIONS)
def test_who_reads_an_action_and_who_says_what_happened_to_it(what: str) -> None:
    facts, role, reads, updates = ACTIONS[what]
    assert scope_on_action(an_actor(role), Permission.ACTION_READ, facts) == reads
    assert scope_on_action(an_actor(role), Permission.ACTION_UPDATE, facts) == updates


def test_nobody_is_nobodys_owner() -> None:
    """An action without an owner is not that of an actor without a person."""
    nobody = an_actor(Role.PRACTITIONER, person_id=None)
    assert scope_on_action(nobody, Permission.ACTION_READ, an_action(owner=None)) is None
    assert scope_on_delivery(nobody, Permission.RECORD_READ, DeliveryFacts(to=None, told=Told.BY_HAND)) is None


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("published", [True, False])
@pytest.mark.parametrize("on_agenda", [True, False])
@pytest.mark.parametrize("role", list(Role))
def test_a_partner_sees_an_item_from_the_published_agenda_until_it_is_approved(
    role: Role, expected: bool, published: bool, on_agenda: bool
) -> None:
    facts = ItemFacts(frozenset({MINE} if expected else {THEIRS}), published, on_agenda)
    found = scope_on_item(an_actor(role), Permission.ITEM_READ, facts)
    if role in RUNNERS:
        assert found is Scope.AREA
    elif role in (Role.PARTNER_LEAD, Role.PARTNER_MEMBER) and expected and published and on_agenda:
        assert found is Scope.MEETING
    else:
        assert found is None


LASTS: dict[Told, dict[str, object]] = {
    Told.LEAD: {"lead": ME},
    Told.MANAGER: {"lead_team": TEAM},
    Told.OWNER: {"owners": frozenset({ME})},
    Told.WORKING_WITH: {"listed": frozenset({ME})},
    Told.BY_HAND: {},
}


@pytest.mark.parametrize("told", list(Told))
def test_a_record_that_was_sent_is_mine_while_what_it_was_sent_for_lasts(told: Told) -> None:
    actor = an_actor(Role.TEAM_MANAGER)
    for kind, relation in LASTS.items():
        facts = replace(DeliveryFacts(to=ME, told=told), **relation)  # type: ignore[arg-type]
        lasts = kind is told or told is Told.BY_HAND
        assert scope_on_delivery(actor, Permission.RECORD_READ, facts) == (Scope.SELF if lasts else None)
        for ended in (replace(facts, has_ended=True), replace(facts, to=OTHER), replace(facts, to=None)):
            assert scope_on_delivery(actor, Permission.RECORD_READ, ended) is None
            assert scope_on_delivery(an_actor(Role.CHAIR), Permission.RECORD_READ, ended) is Scope.AREA


def test_a_record_is_approved_by_another_than_took_the_minutes() -> None:
    for role in Role:
        assert may_approve(an_actor(role), OTHER) is (role in RUNNERS)
        assert may_approve(an_actor(role), None) is (role in RUNNERS)
        assert not may_approve(an_actor(role), ME)


@given(
    ROLES,
    st.sampled_from(list(Permission)),
    st.lists(st.sampled_from([ME, OTHER]), max_size=2),
    st.lists(st.sampled_from([TEAM, OTHER_TEAM]), max_size=2),
)
def test_no_relation_gives_what_no_role_holds(
    roles: frozenset[Role], permission: Permission, workers: list[UUID], teams: list[UUID]
) -> None:
    actor = an_actor(*roles)
    subject = SubjectFacts(frozenset(workers), frozenset(teams))
    action = ActionFacts(owner=ME, owner_agency=MINE, owner_team=TEAM, subject=subject)
    for found in (scope_on_subject(actor, permission, subject), scope_on_action(actor, permission, action)):
        assert found is None or found in scopes(actor, permission)


def test_more_roles_never_take_away() -> None:
    facts = SubjectFacts(workers=frozenset({ME}))
    for one, two in combinations(Role, 2):
        for permission in Permission:
            alone = scope_on_subject(an_actor(one), permission, facts)
            if alone is not None:
                assert scope_on_subject(an_actor(one, two), permission, facts) is not None
