"""What happened, newest first, page by page, as each reader may have it."""

from datetime import time

import pytest

from mace.database import MaceSession
from mace.domain.errors import NotThere
from mace.domain.vocabulary import ActionState, EventKind, Handling, ItemState, MeetingState
from mace.models import Subject
from mace.record.queries import Chronology, Entry, Place, get_child, get_happening, list_chronology
from tests.record.make import an_event
from tests.world import World


def chronology(world: World, session: MaceSession, child: Subject, who: str = "chair", **given: object) -> Chronology:
    actor = world.actor(who)
    page = get_child(session, actor, world.today, child.id)
    return list_chronology(session, actor, world.today, page, **given)  # type: ignore[arg-type]


def titles(found: Chronology) -> list[str]:
    return [line.title for line in found.lines]


def test_events_actions_and_meetings_stand_together_newest_first(world: World, session: MaceSession) -> None:
    child = world.a_child()
    an_event(world, child, on=world.day(-5))
    action = world.an_action(child, set_on=world.day(-20), state=ActionState.DONE, ended_on=world.day(-4))
    meeting = world.a_meeting(world.day(-10), MeetingState.HELD)
    world.an_item(meeting, child, ItemState.CLOSED, closed_at=world.now)
    assert titles(chronology(world, session, child)) == [
        f"Action {action.number}: done",
        "Went missing",
        "Discussed",
        f"Action {action.number} agreed",
    ]


def test_a_meeting_that_put_the_child_off_did_not_discuss_it(world: World, session: MaceSession) -> None:
    child = world.a_child()
    meeting = world.a_meeting(world.day(-10), MeetingState.HELD)
    world.an_item(meeting, child, ItemState.PUT_OFF, off_because="No time")
    assert titles(chronology(world, session, child)) == []


def test_the_same_day_is_in_order_of_time(world: World, session: MaceSession) -> None:
    child = world.a_child()
    an_event(world, child, at=time(2, 0), kind=EventKind.MISSING)
    an_event(world, child, at=time(14, 0), kind=EventKind.RETURNED)
    an_event(world, child, kind=EventKind.SEEN)
    assert titles(chronology(world, session, child)) == ["Came back", "Went missing", "Seen by a worker"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(EventKind.ARREST, ["Arrest"]), (Entry.MEETING, []), (Entry.ACTION_SET, ["Action agreed"])],
)
def test_it_is_filtered_by_kind(
    world: World, session: MaceSession, kind: EventKind | Entry, expected: list[str]
) -> None:
    child = world.a_child()
    an_event(world, child, kind=EventKind.ARREST)
    an_event(world, child)
    action = world.an_action(child)
    wanted = [f"Action {action.number} agreed" if title == "Action agreed" else title for title in expected]
    assert titles(chronology(world, session, child, kind=kind)) == wanted


def test_paging_shows_everything_once_even_of_one_day(world: World, session: MaceSession) -> None:
    child = world.a_child()
    for n in range(9):
        an_event(world, child, f"Event {n}", on=world.day(-(n // 4)), at=time(n, 0) if n % 2 else None)
    world.an_action(child, set_on=world.today)
    world.an_action(child, set_on=world.day(-1))
    seen, after = [], None
    for _page in range(20):
        found = chronology(world, session, child, after=after, size=2)
        seen += [line.id for line in found.lines]
        if not found.older:
            break
        after = Place.read(found.older)
        assert after is not None
    whole = [line.id for line in chronology(world, session, child).lines]
    assert seen == whole
    assert len(set(seen)) == 11


def test_a_page_is_full_although_some_of_it_is_for_the_police_only(world: World, session: MaceSession) -> None:
    child = world.a_child()
    for n in range(8):
        an_event(world, child, on=world.day(-n), by="police", handling=Handling.POLICE_ONLY)
    an_event(world, child, "The oldest", on=world.day(-30))
    found = chronology(world, session, child, "worker", size=1)
    assert [line.words for line in found.lines] == ["The oldest"]
    assert found.older == ""


def test_a_withdrawn_entry_is_gone_from_the_page(world: World, session: MaceSession) -> None:
    child = world.a_child()
    event = an_event(world, child, withdrawn_at=world.now, withdrawn_because="Wrong child")
    assert titles(chronology(world, session, child)) == []
    actor = world.actor("chair")
    page = get_child(session, actor, world.today, child.id)
    with pytest.raises(NotThere):
        get_happening(session, actor, page, event.id)


def test_each_entry_says_which_agency_says_so(world: World, session: MaceSession) -> None:
    child = world.a_child()
    an_event(world, child, by="police", received_from="Karen Holt, phone", entered_by_id=world.people["coordinator"].id)
    line = chronology(world, session, child).lines[0]
    assert line.source == "Fenland Police: received from Karen Holt, phone, entered by Priya Nair"


@pytest.mark.parametrize("typed", ["", "x", "2026-01-01_00:00:00_9_x", "2026-13-01_00:00:00_0_x", "a_b_0_c", "____"])
def test_a_place_that_is_none_is_the_start(typed: str) -> None:
    assert Place.read(typed) is None
