"""Whose child it is, and who else works with the child."""

from datetime import UTC, datetime

import pytest

from mace.children.commands import allocate, confirm_worker, end_working_with, list_as_working_with
from mace.database import MaceSession, transaction
from mace.domain.errors import NotThere, Refused
from mace.models import Allocation
from mace.record.queries import get_child
from tests.world import World

NOW = datetime.now(UTC)


def test_still_ours_is_said_by_somebody_on_a_day(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("manager")
    with transaction(session, actor):
        confirm_worker(session, actor, child.id, now=NOW)
    live = world.all(Allocation, Allocation.child_id == child.id)[0]
    assert (live.confirmed_on, live.confirmed_by_id) == (world.today, world.id("manager"))


def test_nobody_to_confirm_is_refused(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(worker=None), world.actor("coordinator")
    with pytest.raises(Refused), transaction(session, actor):
        confirm_worker(session, actor, child.id, now=NOW)


@pytest.mark.parametrize("who", ["other_manager", "worker", "police_lead"])
def test_only_the_teams_manager_and_those_who_run_meetings_change_the_worker(
    world: World, session: MaceSession, who: str
) -> None:
    child, actor = world.a_child(), world.actor(who)
    with pytest.raises(NotThere), transaction(session, actor):
        allocate(session, actor, child.id, world.id("other_worker"), now=NOW)


def test_now_hers_ends_the_old_workers_access_at_once(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("manager")
    assert get_child(session, world.actor("worker"), world.today, child.id).name == child.name
    with transaction(session, actor):
        allocate(session, actor, child.id, world.id("other_worker"), now=NOW)
    assert get_child(session, world.actor("other_worker"), world.today, child.id).name == child.name
    with pytest.raises(NotThere):
        get_child(session, world.actor("worker"), world.today, child.id)


def test_the_history_of_workers_stays(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with transaction(session, actor):
        allocate(session, actor, child.id, world.id("other_worker"), now=NOW)
    people = get_child(session, world.actor("coordinator"), world.today, child.id).people
    assert people.lead is not None
    assert people.lead.name == "Tom Weller"
    assert [(one.name, one.ended_on) for one in people.past_leads] == [("Hannah Bell", world.today)]


def test_naming_the_same_worker_confirms_them(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with transaction(session, actor):
        allocate(session, actor, child.id, world.id("worker"), now=NOW)
    assert [one.confirmed_on for one in world.all(Allocation)] == [world.today]


def test_a_place_has_no_worker(world: World, session: MaceSession) -> None:
    place, actor = world.a_place(), world.actor("coordinator")
    with pytest.raises(NotThere), transaction(session, actor):
        allocate(session, actor, place.id, world.id("worker"), now=NOW)


def test_somebody_listed_may_open_the_record_until_two_weeks_after_the_listing_ends(
    world: World, session: MaceSession
) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with pytest.raises(NotThere):
        get_child(session, world.actor("teacher"), world.today, child.id)
    with transaction(session, actor):
        listing = list_as_working_with(session, actor, child.id, world.id("teacher"), "Head of year", now=NOW)
    assert get_child(session, world.actor("teacher"), world.today, child.id).reader.works_with_child
    with transaction(session, actor):
        end_working_with(session, actor, child.id, listing.id, now=NOW)
    page = get_child(session, world.actor("teacher"), world.day(14), child.id)
    assert not page.reader.works_with_child
    with pytest.raises(NotThere):
        get_child(session, world.actor("teacher"), world.day(15), child.id)


def test_nobody_is_listed_twice_and_no_listing_ends_twice(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with transaction(session, actor):
        listing = list_as_working_with(session, actor, child.id, world.id("teacher"), "Head of year", now=NOW)
    with pytest.raises(Refused), transaction(session, actor):
        list_as_working_with(session, actor, child.id, world.id("teacher"), "Head of year", now=NOW)
    with transaction(session, actor):
        end_working_with(session, actor, child.id, listing.id, now=NOW)
    with pytest.raises(Refused), transaction(session, actor):
        end_working_with(session, actor, child.id, listing.id, now=NOW)


def test_a_listing_is_ended_on_its_own_child_only(world: World, session: MaceSession) -> None:
    child, other, actor = world.a_child(), world.a_child("Ben Brackley"), world.actor("coordinator")
    listing = world.works_with(child, "teacher")
    with pytest.raises(NotThere), transaction(session, actor):
        end_working_with(session, actor, other.id, listing.id, now=NOW)


def test_the_lead_still_opens_a_child_who_left_the_meetings(world: World, session: MaceSession) -> None:
    child = world.a_child(closed_on=world.today)
    assert get_child(session, world.actor("worker"), world.today, child.id).closed_on == world.today
    with pytest.raises(NotThere):
        get_child(session, world.actor("other_worker"), world.today, child.id)
