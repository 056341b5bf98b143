"""Meetings that run, items that are discussed, and the fields of their forms."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from mace.database import transaction
from mace.domain.policy import Actor
from mace.domain.vocabulary import Decision, ItemState, LineKind, MeetingState, Presence
from mace.meetings import commands
from mace.models import (
    Agency,
    Contribution,
    Item,
    LedgerLine,
    Meeting,
    MeetingAttendance,
    Person,
    Series,
    SeriesAgency,
    Subject,
)
from tests.pages import CheckedClient
from tests.world import TEST, World

WORRY = "Two men in a grey Corsa wait after school"


def day(name: str, value: date | None) -> dict[str, object]:
    """The three boxes of a day."""
    return {name: [f"{value.day}", f"{value.month}", f"{value.year}"] if value else ["", "", ""]}


@contextmanager
def acting(world: World, who: str) -> Iterator[Actor]:
    """One change by this person, as a view makes it."""
    actor = world.actor(who)
    with transaction(world.session, actor):
        yield actor


def a_running_meeting(world: World, *subjects: Subject, on: date | None = None, **values: Any) -> Meeting:
    """A meeting that runs today with these subjects, everybody present."""
    meeting = world.a_meeting(on, MeetingState.OPENED, opened_at=world.now, published_at=world.now, **values)
    world.add(
        *(
            MeetingAttendance(meeting_id=meeting.id, agency_id=agency.id, presence=Presence.PRESENT)
            for agency in world.agencies.values()
        )
    )
    for subject in subjects:
        world.an_item(meeting, subject)
    return meeting


def items_of(world: World, meeting: Meeting) -> list[Item]:
    """The items of a meeting in the order of its agenda."""
    return sorted(world.all(Item, Item.meeting_id == meeting.id), key=lambda item: item.position)


def a_running_item(world: World, subject: Subject, **values: Any) -> Item:
    """The one item of a running meeting."""
    (item,) = items_of(world, a_running_meeting(world, subject, **values))
    return item


def a_held_item(world: World, subject: Subject, on: date, state: ItemState = ItemState.CLOSED, **values: Any) -> Item:
    """An item of an earlier meeting."""
    meeting = world.a_meeting(on, MeetingState.HELD)
    moments: dict[str, Any] = {}
    if state in (ItemState.CLOSED, ItemState.APPROVED):
        moments["closed_at"] = world.now
    if state is ItemState.APPROVED:
        moments["approved_at"] = world.now
    if state in (ItemState.PUT_OFF, ItemState.LEFT_OFF):
        moments["off_because"] = "The worker was in court"
    return world.an_item(meeting, subject, state, **{**moments, **values})


def another_series(world: World, name: str = "Places and people", **values: Any) -> Series:
    """A second series that expects the same agencies."""
    series = Series(name=name, **values)
    world.add(series)
    world.add(*(SeriesAgency(series_id=series.id, agency_id=agency.id) for agency in world.agencies.values()))
    return series


def record(world: World, item: Item, *, saves: int | None = None, **lines: str) -> dict[str, object]:
    """The record form as a page sends it: these lines, the rest empty."""
    now = world.again(item).saves if saves is None else saves
    return {"record-version": now, **{f"record-{name}": words for name, words in lines.items()}}


def decide_form(world: World, action: Any, decision: Decision, **typed: object) -> dict[str, object]:
    """The form of a decision as the room sends it; days as dates."""
    form: dict[str, object] = {"as": decision.value, "decide-version": world.again(action).version}
    for name, value in typed.items():
        form |= day(f"decide-{name}", value) if isinstance(value, date) else {f"decide-{name}": str(value)}
    return form


def decide(world: World, item: Item, action: Any, decision: Decision, *, by: str = "chair", **said: Any) -> LedgerLine:
    """The meeting decides, through the command."""
    with acting(world, by) as actor:
        return commands.decide_action(
            world.session,
            actor,
            item.id,
            action.id,
            decision,
            area=world.settings.area,
            now=world.now,
            **said,
        )


def save(world: World, item: Item, *, by: str = "chair", risk: commands.Risk | None = None, **lines: str) -> Item:
    """The record is saved with these lines."""
    with acting(world, by) as actor:
        return commands.save_record(
            world.session,
            actor,
            item.id,
            lines={kind: lines.get(kind.value, "") for kind in commands.RECORD_KINDS},
            risk=risk or commands.Risk(),
            area=world.settings.area,
            now=world.now,
        )


def close(world: World, item: Item, *, by: str = "chair") -> Item:
    """Read back and close."""
    with acting(world, by) as actor:
        return commands.close_item(world.session, actor, item.id, area=world.settings.area, now=world.now)


def approve(
    world: World, item: Item, *, by: str = "deputy", anyway_because: str = "The rest follows on Monday"
) -> Item:
    """Approve the record."""
    with acting(world, by) as actor:
        return commands.approve_item(
            world.session,
            actor,
            item.id,
            anyway_because=anyway_because,
            area=world.settings.area,
            now=world.now,
        )


def end(world: World, meeting_id: UUID, *, because: str = "Time ran out", by: str = "chair") -> Meeting:
    """End the meeting."""
    with acting(world, by) as actor:
        return commands.end_meeting(
            world.session, actor, meeting_id, because=because, area=world.settings.area, now=world.now
        )


def leaves(world: World, agency: Agency) -> None:
    """An agency leaves the partnership."""
    with transaction(world.session, TEST):
        world.session.get_one(Agency, agency.id).is_member = False


def no_longer_works(world: World, who: str) -> None:
    """Somebody leaves their job."""
    with transaction(world.session, TEST):
        world.session.get_one(Person, world.id(who)).is_active = False


def words_of(world: World, item: Item) -> dict[LineKind, str]:
    """The record as it is stored."""
    return {line.kind: line.words for line in world.all(Contribution, Contribution.item_id == item.id)}


def make_meeting(client: CheckedClient, world: World, on: date | None = None) -> UUID:
    """The coordinator makes a meeting through the page."""
    form = {
        "series": world.series.id,
        "starts_at": "9:30",
        "place": "Room 4",
        "available_minutes": "120",
        "minute_taker": world.id("coordinator"),
        **day("held_on", on or world.today),
    }
    return UUID(client.sign_in(world.id("coordinator")).post("/meetings/new", form).rsplit("/", 1)[1])
