"""Who may open what was sent: only for as long as what it was sent for lasts (rule 8), in SQL and in the policy."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import rows
from mace.domain.policy import DeliveryFacts, Permission, Scope, scope_on_delivery
from mace.domain.vocabulary import ActionState, Extent, Release, Told
from mace.models import Delivery, RecordVersion, Subject
from mace.sharing.builder import Header, freeze
from tests.pages import CheckedClient
from tests.sharing.make import an_item_to_release, approve, end, reallocate, release, sent_to
from tests.world import PEOPLE, World


def a_delivery(world: World, child: Subject, who: str, told: Told, **values: object) -> Delivery:
    """Something sent by hand of the test, whatever the rules would have sent."""
    item = an_item_to_release(world, child)
    header = Header("Northborough MACE", world.today, child.name, child.reference)
    version = RecordVersion(
        item_id=item.id,
        subject_id=child.id,
        number=1,
        release=Release.RECORD,
        made_at=world.now,
        body=freeze(header, [], [], Release.RECORD),
    )
    values.setdefault("extent", Extent.WHOLE)
    sent = Delivery(
        record_version_id=version.id,
        subject_id=child.id,
        person_id=world.id(who),
        told=told,
        sent_at=world.now,
        **values,
    )
    world.add(version, sent)
    return sent


def may_open(world: World, who: str, sent: Delivery, permission: Permission = Permission.RECORD_READ) -> bool:
    statement = sa.select(col(Delivery.id)).where(col(Delivery.id) == sent.id)
    actor = world.actor(who)
    found = rows(world.session, scope.deliveries(statement, actor, world.today, permission))
    world._let_go()
    return bool(found)


def test_a_lead_practitioner_opens_it_until_the_child_is_somebody_elses(world: World) -> None:
    child = world.a_child()
    sent = a_delivery(world, child, "worker", Told.LEAD)
    assert may_open(world, "worker", sent)
    reallocate(world, child, "other_worker")
    assert not may_open(world, "worker", sent)


def test_what_was_sent_to_a_lead_practitioner_is_not_opened_for_another_reason(world: World) -> None:
    child = world.a_child(worker=None)
    sent = a_delivery(world, child, "worker", Told.LEAD)
    world.an_action(child, owner="worker")
    world.works_with(child, "worker")
    assert not may_open(world, "worker", sent)


def test_a_manager_opens_it_while_the_child_is_their_teams(world: World) -> None:
    child = world.a_child()
    sent = a_delivery(world, child, "manager", Told.MANAGER)
    assert may_open(world, "manager", sent)
    reallocate(world, child, "other_worker")
    assert not may_open(world, "manager", sent)


def test_the_manager_of_another_team_never_opened_it(world: World) -> None:
    sent = a_delivery(world, world.a_child(), "other_manager", Told.MANAGER)
    assert not may_open(world, "other_manager", sent)


@pytest.mark.parametrize(("days_ago", "opens"), [(None, True), (0, True), (14, True), (15, False)])
def test_an_owner_opens_it_until_fourteen_days_after_the_action_ended(
    world: World, days_ago: int | None, opens: bool
) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police")
    sent = a_delivery(world, child, "police", Told.OWNER, extent=Extent.OWN_ACTION, action_id=action.id)
    if days_ago is not None:
        end(world, action, state=ActionState.DONE, ended_on=world.day(-days_ago))
    assert may_open(world, "police", sent) is opens


def test_an_owner_of_an_action_about_another_child_opens_nothing(world: World) -> None:
    child, other = world.a_child(), world.a_child("Ben Brackley")
    action = world.an_action(other, owner="police")
    sent = a_delivery(world, child, "police", Told.OWNER, extent=Extent.OWN_ACTION, action_id=action.id)
    assert not may_open(world, "police", sent)
    shared = world.an_action(other, owner="police", children=(child,))
    assert not may_open(world, "police", sent)
    of_shared = a_delivery(world, child, "police", Told.OWNER, extent=Extent.OWN_ACTION, action_id=shared.id)
    assert may_open(world, "police", of_shared)


def test_what_was_sent_of_an_action_that_ended_is_not_opened_by_owning_another(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police")
    sent = a_delivery(world, child, "police", Told.OWNER, extent=Extent.OWN_ACTION, action_id=action.id)
    world.an_action(child, owner="police")
    assert may_open(world, "police", sent)
    end(world, action, state=ActionState.DONE, ended_on=world.day(-15))
    assert not may_open(world, "police", sent)


def test_an_owner_whose_action_went_to_somebody_else_opens_nothing(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police")
    sent = a_delivery(world, child, "police", Told.OWNER, extent=Extent.OWN_ACTION, action_id=action.id)
    end(world, action, owner_id=world.id("police_lead"))
    assert not may_open(world, "police", sent)


@pytest.mark.parametrize(("days_ago", "opens"), [(None, True), (0, True), (14, True), (15, False)])
def test_somebody_listed_opens_it_until_fourteen_days_after_the_listing_ended(
    world: World, days_ago: int | None, opens: bool
) -> None:
    child = world.a_child()
    world.works_with(child, "teacher", ended_on=None if days_ago is None else world.day(-days_ago))
    sent = a_delivery(world, child, "teacher", Told.WORKING_WITH)
    assert may_open(world, "teacher", sent) is opens


def test_what_was_given_by_hand_stays_until_it_is_ended(world: World) -> None:
    sent = a_delivery(world, world.a_child(), "nurse", Told.BY_HAND)
    assert may_open(world, "nurse", sent)
    end(world, sent, ended_at=world.now)
    assert not may_open(world, "nurse", sent)


def test_a_delivery_that_was_ended_is_closed_whatever_still_lasts(world: World) -> None:
    sent = a_delivery(world, world.a_child(), "worker", Told.LEAD, ended_at=world.now)
    assert not may_open(world, "worker", sent)


def test_those_who_run_the_meetings_open_all_and_answer_for_nobody(world: World) -> None:
    sent = a_delivery(world, world.a_child(), "worker", Told.LEAD)
    for who in ("chair", "deputy", "coordinator"):
        assert may_open(world, who, sent)
        assert not may_open(world, who, sent, Permission.RECORD_ANSWER)


def test_a_partner_reads_only_what_was_addressed_to_them(world: World) -> None:
    child = world.a_child()
    world.an_action(child, owner="police")
    version = release(world, an_item_to_release(world, child))
    own, whole = sent_to(world, "police", version), sent_to(world, "worker", version)
    assert may_open(world, "police", own)
    for who in ("police", "police_lead", "nurse", "teacher", "guest"):
        assert not may_open(world, who, whole)
    assert not may_open(world, "police_lead", own)


def test_the_policy_and_the_sql_say_the_same_of_everybody(world: World) -> None:
    child = world.a_child()
    world.works_with(child, "teacher", ended_on=world.day(-14))
    world.works_with(child, "guest", ended_on=world.day(-15))
    world.an_action(child, owner="police")
    world.an_action(child, owner="nurse", state=ActionState.DONE, ended_on=world.day(-14))
    world.an_action(child, owner="other_worker", state=ActionState.DONE, ended_on=world.day(-15))
    care = world.people["worker"]
    facts = DeliveryFacts(
        to=None,
        told=Told.LEAD,
        lead=care.id,
        lead_team=care.team_id,
        owners=frozenset({world.id("police"), world.id("nurse")}),
        listed=frozenset({world.id("teacher")}),
    )
    opened: set[tuple[str, Told]] = set()
    for who in PEOPLE:
        for told in Told:
            sent = a_delivery(world, child, who, told)
            actor = world.actor(who)
            said = scope_on_delivery(actor, Permission.RECORD_READ, _addressed(facts, world.id(who), told))
            assert may_open(world, who, sent) is (said is not None), (who, told, said)
            if said is Scope.SELF:
                opened.add((who, told))
    assert {(who, told) for who, told in opened if told is not Told.BY_HAND} == {
        ("worker", Told.LEAD),
        ("manager", Told.MANAGER),
        ("police", Told.OWNER),
        ("nurse", Told.OWNER),
        ("teacher", Told.WORKING_WITH),
    }


def _addressed(facts: DeliveryFacts, to: UUID, told: Told) -> DeliveryFacts:
    return replace(facts, to=to, told=told)


def test_a_record_of_somebody_else_is_not_there(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    version = release(world, an_item_to_release(world, child))
    sent = sent_to(world, "worker", version)
    for who in ("other_worker", "other_manager", "police", "nurse", "teacher", "guest", "manager"):
        client.sign_in(world.id(who))
        for path in ("", "/copy", "/copy.txt"):
            client.get(f"/records/{sent.id}{path}", status=404)
        client.post(f"/records/{sent.id}/answer", {"answer": "acting"}, status=404)
        client.post(f"/records/{sent.id}/filed", {}, status=404)
    assert world.again(sent).answer is None


def test_what_never_was_and_what_is_hidden_look_the_same(client: CheckedClient, world: World) -> None:
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, world.a_child())))
    client.sign_in(world.id("police"))
    assert client.get(f"/records/{sent.id}", status=404) == client.get(f"/records/{uuid4()}", status=404)


@pytest.mark.parametrize("who", ["analyst", "executive", "ig_lead", "auditor", "out_of_hours", "sysadmin"])
def test_a_role_without_case_content_has_no_records(client: CheckedClient, world: World, who: str) -> None:
    sent = a_delivery(world, world.a_child(), who, Told.BY_HAND)
    client.sign_in(world.id(who)).get("/records", status=403)
    client.get(f"/records/{sent.id}", status=404)


def test_a_reallocation_ends_access_at_the_next_request(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, child)))
    client.sign_in(world.id("worker"))
    assert child.name in client.get(f"/records/{sent.id}")
    assert child.name in client.get("/records")
    reallocate(world, child, "other_worker")
    client.get(f"/records/{sent.id}", status=404)
    client.get(f"/records/{sent.id}/copy", status=404)
    client.post(f"/records/{sent.id}/answer", {"answer": "acting"}, status=404)
    assert child.name not in client.get("/records")


def test_only_those_who_run_the_meetings_see_who_has_been_told(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    release(world, item)
    for who in ("worker", "manager", "police_lead", "nurse", "ig_lead"):
        client.sign_in(world.id(who))
        client.get(f"/items/{item.id}/told", status=404)
        client.post(f"/items/{item.id}/told", {}, status=404)
        client.post(f"/items/{item.id}/send", {}, status=404)
    for who in ("chair", "coordinator", "deputy"):
        client.sign_in(world.id(who)).get(f"/items/{item.id}/told")
    client.get(f"/items/{uuid4()}/told", status=404)


def test_an_older_version_is_still_read_and_a_new_one_is_another_record(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    first = release(world, item)
    second = approve(world, item, now=world.now + timedelta(minutes=1))
    client.sign_in(world.id("worker"))
    old, new = sent_to(world, "worker", first), sent_to(world, "worker", second)
    page = client.get(f"/records/{old.id}")
    assert f"/records/{new.id}" in page
    assert "A newer version has replaced this one" in page
    assert f"/records/{old.id}" in client.get(f"/records/{new.id}")
