"""What may change about series, meetings and their agendas."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, wait_turn
from mace.domain.area import Area
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.meetings import reason_words
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Because, ItemState, MeetingState, SeriesKind, SeriesRole, Tier
from mace.domain.words import count_of, full_day
from mace.meetings.commands.before import ask_about
from mace.meetings.commands.ground import item_for
from mace.meetings.queries.agenda import COMING, DISCUSSED, OFF, Due, list_due
from mace.meetings.queries.room import list_not_read_back
from mace.models import Item, Meeting, Series, SeriesAgency, SeriesPerson

NO_LONGER_DUE = "No longer due: leave it off unless somebody asks for it"
"""What stands beside a subject that was due when the agenda was built and is not any more."""


def save_series(
    session: MaceSession,
    actor: Actor,
    series_id: UUID | None,
    *,
    name: str,
    kind: SeriesKind,
    cadence_days: int,
    available_minutes: int,
    usual_time: time | None,
    agencies: Mapping[UUID, bool],
    people: Mapping[UUID, SeriesRole],
    version: int | None = None,
) -> Series:
    """Set up a series or change it: whom it expects (and whether a quorum needs them), and who runs it."""
    if not agencies:
        raise Refused("Choose at least one agency that is expected", "expected")
    wait_turn(session, "the names of series")
    same = (one.id for one in session.exec(select(Series)) if one.name.casefold() == name.casefold())
    if any(other != series_id for other in same):
        raise Refused("Another series has this name", "name")
    if series_id is None:
        series = Series(name=name)
        session.add(series)
    else:
        found = session.get(Series, series_id)
        if found is None:
            raise NotThere
        series = found
        if version is not None and version != series.version:
            raise Clash("Somebody else changed this series while you were typing. What they saved is below")
    series.name, series.kind, series.cadence_days = name, kind, cadence_days
    series.available_minutes, series.usual_time = available_minutes, usual_time
    session.flush()
    _set_agencies(session, series.id, agencies)
    _set_people(session, series.id, people)
    return series


def _set_agencies(session: MaceSession, series_id: UUID, wanted: Mapping[UUID, bool]) -> None:
    for row in session.exec(select(SeriesAgency).where(SeriesAgency.series_id == series_id)).all():
        if row.agency_id in wanted:
            row.for_quorum = wanted[row.agency_id]
        else:
            session.delete(row)
    known = set(session.exec(select(SeriesAgency.agency_id).where(SeriesAgency.series_id == series_id)).all())
    for agency_id in sorted(set(wanted) - known, key=str):
        session.add(SeriesAgency(series_id=series_id, agency_id=agency_id, for_quorum=wanted[agency_id]))


def _set_people(session: MaceSession, series_id: UUID, wanted: Mapping[UUID, SeriesRole]) -> None:
    for row in session.exec(select(SeriesPerson).where(SeriesPerson.series_id == series_id)).all():
        if wanted.get(row.person_id) != row.role:
            session.delete(row)
    session.flush()
    known = set(session.exec(select(SeriesPerson.person_id).where(SeriesPerson.series_id == series_id)).all())
    for person_id in sorted(set(wanted) - known, key=str):
        session.add(SeriesPerson(series_id=series_id, person_id=person_id, role=wanted[person_id]))


def make_meeting(
    session: MaceSession,
    actor: Actor,
    series_id: UUID,
    *,
    held_on: date,
    starts_at: time | None,
    place: str,
    available_minutes: int,
    minute_taker_id: UUID | None,
    area: Area,
    now: datetime,
) -> Meeting:
    """The next meeting of a series. Its agenda builds itself."""
    series = session.get(Series, series_id)
    if series is None or not series.is_active:
        raise Refused("Choose the series", "series")
    if held_on < london_day(now):
        raise Refused("The day of the meeting must be today or later", "held_on")
    _refuse_same_day(session, series_id, held_on)
    meeting = Meeting(
        series_id=series_id,
        held_on=held_on,
        starts_at=starts_at,
        place=place,
        available_minutes=available_minutes,
        minute_taker_id=minute_taker_id,
    )
    session.add(meeting)
    session.flush()
    build_agenda(session, actor, meeting.id, area=area, now=now)
    return meeting


def _refuse_same_day(session: MaceSession, series_id: UUID, held_on: date, but: UUID | None = None) -> None:
    wait_turn(session, f"the days of series {series_id}")
    same_day = session.exec(
        select(Meeting.id).where(
            Meeting.series_id == series_id, Meeting.held_on == held_on, Meeting.state != MeetingState.CANCELLED
        )
    ).all()
    if any(meeting_id != but for meeting_id in same_day):
        raise Refused(f"This series already has a meeting on {full_day(held_on)}", "held_on")


def change_meeting(
    session: MaceSession,
    actor: Actor,
    meeting_id: UUID,
    *,
    held_on: date,
    starts_at: time | None,
    place: str,
    available_minutes: int,
    minute_taker_id: UUID | None,
    version: int | None = None,
    now: datetime,
) -> Meeting:
    """Move a meeting that has not begun, or put its details right. Whoever takes the minutes cannot take their own name
    off a running meeting and then approve what they wrote."""
    wait_turn(session, f"meeting {meeting_id}")
    meeting = open_meeting(session, meeting_id)
    if version is not None and version != meeting.version:
        raise Clash("Somebody else changed this meeting while you were typing. What they saved is below")
    if meeting.state is MeetingState.OPENED and held_on != meeting.held_on:
        raise Refused("The meeting is running, so its day cannot change", "held_on")
    takes_minutes = meeting.minute_taker_id is not None and meeting.minute_taker_id == actor.person_id
    if meeting.state is MeetingState.OPENED and takes_minutes and minute_taker_id != actor.person_id:
        raise Refused("You take these minutes: while the meeting runs, somebody else hands them on", "minute_taker")
    if held_on != meeting.held_on:
        if held_on < london_day(now):
            raise Refused("The day of the meeting must be today or later", "held_on")
        _refuse_same_day(session, meeting.series_id, held_on, but=meeting.id)
    meeting.held_on, meeting.starts_at, meeting.place = held_on, starts_at, place
    meeting.available_minutes, meeting.minute_taker_id = available_minutes, minute_taker_id
    return meeting


def cancel_meeting(session: MaceSession, actor: Actor, meeting_id: UUID, *, because: str, now: datetime) -> Meeting:
    """Cancel a meeting that has not begun. What was on its agenda is due again at the next; no count is reset."""
    wait_turn(session, f"meeting {meeting_id}")
    meeting = open_meeting(session, meeting_id)
    if meeting.state is MeetingState.OPENED:
        raise Refused("The meeting is running: end it instead")
    if not because:
        raise Refused("Say why the meeting is cancelled", "because")
    meeting.state, meeting.cancelled_because, meeting.ended_at = MeetingState.CANCELLED, because, now
    return meeting


def open_meeting(session: MaceSession, meeting_id: UUID) -> Meeting:
    """A meeting whose agenda can still change. Raises :class:`Refused` once it was held or cancelled."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotThere
    if meeting.state not in COMING:
        raise Refused("This meeting is over, so its agenda cannot change")
    return meeting


def build_agenda(session: MaceSession, actor: Actor, meeting_id: UUID, *, area: Area, now: datetime) -> int:
    """Put every subject that is due on the agenda, each with its reasons in words; returns how many were new.

    What somebody left off stays off; the order somebody chose stays, new subjects come after it. What is not due any
    more stays too, and says so: the tool takes nobody off an agenda.
    """
    wait_turn(session, f"meeting {meeting_id}")
    meeting = open_meeting(session, meeting_id)
    series = session.get_one(Series, meeting.series_id)
    known = {item.subject_id: item for item in _items_of(session, actor, meeting_id)}
    place = max((item.position for item in known.values()), default=0)
    found = list_due(session, actor, series.id, series.kind, meeting.held_on, area)
    for item in known.values():
        if item.state is ItemState.ON_AGENDA and item.reasons != Because.ADDED.label:
            item.reasons = NO_LONGER_DUE
    added = []
    for due in found:
        there = known.get(due.subject_id)
        if there is None:
            place += 1
            added.append(_new_item(session, meeting, due, place, area))
        elif there.state is ItemState.ON_AGENDA:
            there.reasons = _words(due, meeting.held_on)
    _ask(session, actor, meeting, added, now)
    meeting.agenda_built_at = now
    return len(added)


def _words(due: Due, on: date) -> str:
    return "\n".join(reason_words(reason, on) for reason in due.reasons)


def _new_item(session: MaceSession, meeting: Meeting, due: Due, position: int, area: Area) -> Item:
    item = Item(
        meeting_id=meeting.id,
        subject_id=due.subject_id,
        position=position,
        tier=due.tier,
        minutes=area.tier_minutes(due.tier),
        reasons=_words(due, meeting.held_on) or Because.ADDED.label,
        times_put_off=due.times_put_off,
    )
    session.add(item)
    return item


def _ask(session: MaceSession, actor: Actor, meeting: Meeting, items: Sequence[Item], now: datetime) -> None:
    """What comes on an agenda that is out already is asked about at once."""
    session.flush()
    if items and meeting.state is not MeetingState.PLANNED:
        ask_about(session, actor, meeting, items, now=now)


def _items_of(session: MaceSession, actor: Actor, meeting_id: UUID) -> Sequence[Item]:
    statement = select(Item).where(Item.meeting_id == meeting_id).order_by(col(Item.position), col(Item.id))
    items: Sequence[Item] = session.exec(scope.area(statement, actor, Permission.MEETING_MANAGE)).all()
    return items


def add_to_agenda(
    session: MaceSession, actor: Actor, meeting_id: UUID, subject_id: UUID, *, area: Area, now: datetime
) -> Item:
    """Add a subject by hand, with whatever reasons it has. One that was left off comes back."""
    wait_turn(session, f"meeting {meeting_id}")
    meeting = open_meeting(session, meeting_id)
    series = session.get_one(Series, meeting.series_id)
    items = _items_of(session, actor, meeting_id)
    here = next((item for item in items if item.subject_id == subject_id), None)
    if here is not None:
        if here.state in OFF:
            return put_back(session, actor, here.id, now=now)
        raise Refused("It is on the agenda already", "words")
    found = list_due(session, actor, series.id, SeriesKind.BOTH, meeting.held_on, area, subject_ids=[subject_id])
    if not found:
        raise NotThere
    place = max((item.position for item in items), default=0) + 1
    item = _new_item(session, meeting, found[0], place, area)
    _ask(session, actor, meeting, [item], now)
    return item


def _item(session: MaceSession, actor: Actor, item_id: UUID) -> Item:
    item = item_for(session, actor, item_id, Permission.MEETING_MANAGE)
    open_meeting(session, item.meeting_id)
    if item.state in DISCUSSED:
        raise Refused("This item was read back and closed, so it stays where it is")
    return item


def move_item(session: MaceSession, actor: Actor, item_id: UUID, *, up: bool) -> None:
    """Swap an item with its neighbour on the agenda."""
    item = _item(session, actor, item_id)
    shown = [one for one in _items_of(session, actor, item.meeting_id) if one.state not in OFF]
    for number, one in enumerate(shown, start=1):
        one.position = number
    here = next(index for index, one in enumerate(shown) if one.id == item_id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(shown):
        shown[here].position, shown[there].position = shown[there].position, shown[here].position


def order_items(session: MaceSession, actor: Actor, meeting_id: UUID, places: Mapping[UUID, int]) -> None:
    """Put items where somebody typed that they belong, counted from 1; the others keep their order around them."""
    wait_turn(session, f"meeting {meeting_id}")
    open_meeting(session, meeting_id)
    shown = [one for one in _items_of(session, actor, meeting_id) if one.state not in OFF]
    here = {one.id: number for number, one in enumerate(shown, start=1)}

    def wanted(item: Item) -> tuple[int, int, int]:
        place = places.get(item.id, here[item.id])
        return place, (place > here[item.id]) - (place < here[item.id]), here[item.id]

    for number, one in enumerate(sorted(shown, key=wanted), start=1):
        one.position = number


def set_tiers(session: MaceSession, actor: Actor, meeting_id: UUID, tiers: Mapping[UUID, Tier], *, area: Area) -> None:
    """Say how much time each item gets; planned minutes follow."""
    open_meeting(session, meeting_id)
    for item in _items_of(session, actor, meeting_id):
        wanted = tiers.get(item.id)
        if wanted is not None and wanted is not item.tier and item.state not in DISCUSSED:
            item.tier, item.minutes = wanted, area.tier_minutes(wanted)


def leave_off(session: MaceSession, actor: Actor, item_id: UUID, *, because: str) -> Item:
    """Leave a subject off this agenda, with a reason. Nothing about its actions changes: no count is reset."""
    item = _item(session, actor, item_id)
    if not because:
        raise Refused("Say why it is left off", "because")
    refuse_decided(session, item)
    item.state, item.off_because = ItemState.LEFT_OFF, because
    return item


def refuse_decided(session: MaceSession, item: Item) -> None:
    """Raise :class:`Refused` where the meeting has decided something here: those it concerns are told by closing."""
    decided = list_not_read_back(session, item.meeting_id, {item.id: item.subject_id})
    if decided:
        number = count_of(decided[item.id], "decision")
        raise Refused(f"{number} on this item would reach nobody: read it back and close it instead")


def put_back(session: MaceSession, actor: Actor, item_id: UUID, *, now: datetime) -> Item:
    """Take back leaving a subject off, or putting it off while the meeting still runs."""
    item = _item(session, actor, item_id)
    if item.state not in OFF:
        return item
    if item.state is ItemState.PUT_OFF:
        item.times_put_off = max(0, item.times_put_off - 1)
    item.state, item.off_because = ItemState.ON_AGENDA, ""
    _ask(session, actor, session.get_one(Meeting, item.meeting_id), [item], now)
    return item


def publish(session: MaceSession, actor: Actor, meeting_id: UUID, *, now: datetime) -> Meeting:
    """Send the agenda out: information requests to agencies, briefs to workers, questions to owners."""
    wait_turn(session, f"meeting {meeting_id}")
    meeting = open_meeting(session, meeting_id)
    if meeting.state is not MeetingState.PLANNED:
        raise Refused("The agenda is published already: what you add now is asked about at once")
    items = [item for item in _items_of(session, actor, meeting_id) if item.state is ItemState.ON_AGENDA]
    if not items:
        raise Refused("Nobody is on the agenda yet: add a child, a place or a person first")
    meeting.state, meeting.published_at = MeetingState.PUBLISHED, now
    ask_about(session, actor, meeting, items, now=now)
    return meeting
