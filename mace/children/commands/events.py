"""What happened to a child. An entry is never rewritten: a correction withdraws it, with a reason, and adds another."""

from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import select

from mace import scope
from mace.calendar import london, london_day
from mace.children.commands.finding import agency_of, subject_for, told_by
from mace.children.queries import reader_of
from mace.database import MaceSession
from mace.domain.errors import NotThere, Refused
from mace.domain.handling import build
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import EventKind, Handling
from mace.models import Event


def add_event(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    kind: EventKind,
    happened_on: date,
    words: str,
    at_time: time | None = None,
    received_from: str = "",
    agency_id: UUID | None = None,
    handling: Handling = Handling.WHOLE_MEETING,
    now: datetime,
) -> Event:
    """Add something that happened to the chronology."""
    subject = subject_for(session, actor, subject_id, london_day(now), Permission.CHILD_READ)
    _check_moment(happened_on, at_time, now)
    event = Event(
        subject_id=subject.id,
        kind=kind,
        happened_on=happened_on,
        at_time=at_time,
        words=words,
        entered_at=now,
        handling=handling,
        **told_by(session, actor, agency_id, received_from),
    )
    session.add(event)
    return event


def withdraw_event(
    session: MaceSession, actor: Actor, subject_id: UUID, event_id: UUID, *, because: str, now: datetime
) -> Event:
    """Take an entry out of the chronology, with the reason. It stays in the trail."""
    event = _own_event(session, actor, subject_id, event_id, now)
    if not because:
        raise Refused("Say what was wrong with it", "because")
    event.withdrawn_at, event.withdrawn_because = now, because
    return event


def correct_event(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    event_id: UUID,
    *,
    because: str,
    kind: EventKind,
    happened_on: date,
    words: str,
    at_time: time | None = None,
    received_from: str = "",
    agency_id: UUID | None = None,
    now: datetime,
) -> Event:
    """Withdraw an entry with the reason and add the right one. Who may have it does not widen."""
    wrong = withdraw_event(session, actor, subject_id, event_id, because=because, now=now)
    return add_event(
        session,
        actor,
        subject_id,
        kind=kind,
        happened_on=happened_on,
        words=words,
        at_time=at_time,
        received_from=received_from,
        agency_id=agency_id,
        handling=wrong.handling,
        now=now,
    )


def may_correct(actor: Actor, entered_by: UUID | None) -> bool:
    """Those who run the meetings, and whoever typed the entry."""
    return in_area(actor, Permission.CHILD_EDIT) or (entered_by is not None and entered_by == actor.person_id)


def _own_event(session: MaceSession, actor: Actor, subject_id: UUID, event_id: UUID, now: datetime) -> Event:
    """An entry that this person may put right; ``NotThere`` for one they may not have (rule 9)."""
    agency_of(actor)
    subject = subject_for(session, actor, subject_id, london_day(now), Permission.CHILD_READ)
    wanted = select(Event).where(Event.id == event_id, Event.subject_id == subject.id)
    event: Event | None = session.exec(scope.within(wanted, "event of a subject in scope")).one_or_none()
    reader = reader_of(session, actor, subject.id)
    if event is None or not build(reader, [event]):
        raise NotThere
    if event.withdrawn_at is not None:
        raise Refused("This entry was withdrawn already")
    if not may_correct(actor, event.entered_by_id):
        raise Refused("Only those who run the meetings, or whoever entered it, may correct an entry")
    return event


def _check_moment(happened_on: date, at_time: time | None, now: datetime) -> None:
    here = london(now)
    if happened_on > here.date():
        raise Refused("The day it happened cannot be in the future", "happened_on")
    if at_time is not None and happened_on == here.date() and at_time > here.time():
        raise Refused("The time it happened cannot be in the future", "at_time")
