"""What happened, newest first: events, actions agreed and ended, meetings. One query a page, by keyset."""

from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.actions.queries.register import on_record
from mace.children.commands import may_correct
from mace.database import MaceSession, plain_rows
from mace.domain.errors import NotThere
from mace.domain.handling import build
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, EventKind, Handling, MeetingState, Term
from mace.models import Action, Agency, Event, Item, Meeting, Person, Series
from mace.record.queries.lines import said_by
from mace.record.queries.page import RELEASED, SUBJECT_ID, ChildPage

PAGE = 50


class Entry(Term):
    """What a chronology holds beside events."""

    ACTION_SET = "action_set", "Action agreed"
    ACTION_ENDED = "action_ended", "Action ended"
    MEETING = "meeting", "Meeting"


_ORDER = ("event", Entry.ACTION_SET.value, Entry.ACTION_ENDED.value, Entry.MEETING.value)
START = time(0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """How far somebody has read: the last entry of a page."""

    on: date
    at: time
    rank: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.on.isoformat()}_{self.at.isoformat()}_{self.rank}_{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place in an address, or None for anything else."""
        parts = text.split("_")
        if len(parts) != 4 or parts[2] not in ("0", "1", "2", "3"):
            return None
        try:
            return cls(date.fromisoformat(parts[0]), time.fromisoformat(parts[1]), int(parts[2]), UUID(parts[3]))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the chronology."""

    id: UUID
    """Of the event, action or item."""
    on: date
    at_time: time | None
    title: str
    words: str
    source: str
    received_from: str
    source_agency_id: UUID
    handling: Handling
    kind: EventKind | Entry
    number: int | None
    """Of the action."""
    may_correct: bool

    @property
    def place(self) -> Place:
        """Where it stands in the whole."""
        rank = _ORDER.index(self.kind.value) if isinstance(self.kind, Entry) else 0
        return Place(self.on, self.at_time or START, rank, self.id)


@dataclass(frozen=True, slots=True)
class Chronology:
    """One page of it."""

    lines: tuple[Happening, ...]
    older: str
    """Where the next page starts; empty at the end."""


def list_chronology(
    session: MaceSession,
    actor: Actor,
    today: date,
    page: ChildPage,
    *,
    kind: EventKind | Entry | None = None,
    after: Place | None = None,
    size: int = PAGE,
) -> Chronology:
    """A page of what happened, newest first, as this reader may have it; no limit is silent."""
    drawn: list[Happening] = []
    while True:
        statement = _statement(actor, today, kind, after is not None, size + 1)
        place = {"on": after.on, "at": after.at, "rank": after.rank, "id": after.id} if after else {}
        found = plain_rows(session, statement, {"subject_id": page.id, **place})
        lines = [_happening(row, actor) for row in found]
        drawn += build(page.reader, lines)
        if len(drawn) > size:
            return Chronology(tuple(drawn[:size]), str(drawn[size - 1].place))
        if len(lines) <= size:
            return Chronology(tuple(drawn), "")
        after = lines[-1].place


def get_happening(session: MaceSession, actor: Actor, page: ChildPage, event_id: UUID) -> Happening:
    """One event that this person may put right. Raises ``NotThere``."""
    statement = scope.within(_events().where(col(Event.id) == event_id), "event of a record in scope, drawn by rule 9")
    found = plain_rows(session, statement, {"subject_id": page.id})
    drawn = build(page.reader, [_happening(row, actor) for row in found])
    if not drawn or not drawn[0].may_correct:
        raise NotThere
    return drawn[0]


@lru_cache(maxsize=256)
def _statement(actor: Actor, today: date, kind: EventKind | Entry | None, goes_on: bool, limit: int) -> Any:
    """Built once for each reader and kind, from the start or after a place, whoever's record it is."""
    parts: list[Any] = []
    if kind is None or isinstance(kind, EventKind):
        events = _events()
        if isinstance(kind, EventKind):
            events = events.where(col(Event.kind) == kind)
        parts.append(scope.about(events, Event.subject_id, actor, today))
    if kind in (None, Entry.ACTION_SET):
        parts.append(scope.actions(_actions_set(), actor, today, Permission.ACTION_LIST))
    if kind in (None, Entry.ACTION_ENDED):
        parts.append(scope.actions(_actions_ended(), actor, today, Permission.ACTION_LIST))
    if kind in (None, Entry.MEETING):
        parts.append(scope.about(_meetings(), Item.subject_id, actor, today))
    both = sa.union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    at = sa.func.coalesce(both.c.at_time, sa.literal(START, sa.Time))
    statement = sa.select(both)
    if goes_on:
        on, after = sa.bindparam("on", type_=sa.Date()), sa.bindparam("at", type_=sa.Time())
        place = sa.tuple_(sa.bindparam("rank", type_=sa.Integer()), sa.bindparam("id", type_=sa.Uuid()))
        later_that_day = sa.or_(at < after, sa.and_(at == after, sa.tuple_(both.c.rank, both.c.id) > place))
        statement = statement.where(sa.or_(both.c.on < on, sa.and_(both.c.on == on, later_that_day)))
    statement = statement.order_by(both.c.on.desc(), at.desc(), both.c.rank, both.c.id).limit(limit)
    return scope.within(statement, "scoped parts")


def _columns(rank: int, key: Any, **values: Any) -> Any:
    return sa.select(
        sa.literal(rank).label("rank"),
        key.label("id"),
        values["on"].label("on"),
        values.get("at_time", sa.cast(sa.null(), sa.Time)).label("at_time"),
        values["term"].label("term"),
        values["words"].label("words"),
        values.get("number", sa.literal(0)).label("number"),
        values["handling"].label("handling"),
        values["source"].label("source_agency_id"),
        values["agency"].label("agency"),
        values["received"].label("received_from"),
        values["entered_by_id"].label("entered_by_id"),
        values["entered_by"].label("entered_by"),
    )


def _events() -> Any:
    by = aliased(Person)
    return (
        _columns(
            0,
            col(Event.id),
            on=col(Event.happened_on),
            at_time=col(Event.at_time),
            term=sa.type_coerce(col(Event.kind), sa.String),
            words=col(Event.words),
            handling=sa.type_coerce(col(Event.handling), sa.String),
            source=col(Event.source_agency_id),
            agency=col(Agency.name),
            received=col(Event.received_from),
            entered_by_id=col(Event.entered_by_id),
            entered_by=col(by.name),
        )
        .select_from(Event)
        .join(Agency, col(Agency.id) == col(Event.source_agency_id))
        .outerjoin(by, col(by.id) == col(Event.entered_by_id))
        .where(col(Event.subject_id) == SUBJECT_ID, col(Event.withdrawn_at).is_(None))
    )


def _actions(rank: int, on: Any) -> Any:
    by = aliased(Person)
    return (
        _columns(
            rank,
            col(Action.id),
            on=on,
            term=sa.type_coerce(col(Action.state), sa.String),
            words=col(Action.what),
            number=col(Action.number),
            handling=sa.type_coerce(col(Action.handling), sa.String),
            source=col(Action.source_agency_id),
            agency=col(Agency.name),
            received=col(Action.received_from),
            entered_by_id=col(Action.entered_by_id),
            entered_by=col(by.name),
        )
        .select_from(Action)
        .join(Agency, col(Agency.id) == col(Action.source_agency_id))
        .outerjoin(by, col(by.id) == col(Action.entered_by_id))
        .where(on_record(SUBJECT_ID))
    )


def _actions_set() -> Any:
    return _actions(1, col(Action.set_on))


def _actions_ended() -> Any:
    return _actions(2, col(Action.ended_on)).where(col(Action.ended_on).is_not(None))


def _meetings() -> Any:
    """Meetings that discussed the subject: what they said stands on the meetings tab."""
    return (
        _columns(
            3,
            col(Item.id),
            on=col(Meeting.held_on),
            term=sa.literal(""),
            words=col(Series.name),
            handling=sa.literal(Handling.WHOLE_MEETING.value),
            source=col(Series.id),
            agency=sa.literal(""),
            received=sa.literal(""),
            entered_by_id=sa.cast(sa.null(), sa.Uuid),
            entered_by=sa.literal(""),
        )
        .select_from(Item)
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(
            col(Item.subject_id) == SUBJECT_ID,
            sa.or_(col(Item.state).in_(RELEASED), col(Meeting.state) == MeetingState.HELD),
            col(Item.off_because) == "",
        )
    )


def _happening(row: Any, actor: Actor) -> Happening:
    return happening_of(row, row.rank == 0 and may_correct(actor, row.entered_by_id))


def happening_of(row: Any, may_put_right: bool) -> Happening:
    """One entry from the columns of its row, in their order."""
    rank, key, on, at_time, term, words, number, handling, source_agency_id, agency, received, _by, entered_by = row
    kind = EventKind(term) if rank == 0 else Entry(_ORDER[rank])
    return Happening(
        id=key,
        on=on,
        at_time=at_time,
        title=_title(kind, number, term),
        words=words,
        source=said_by(agency, received, entered_by),
        received_from=received,
        source_agency_id=source_agency_id,
        handling=Handling(handling),
        kind=kind,
        number=number or None,
        may_correct=may_put_right,
    )


def _title(kind: EventKind | Entry, number: int, term: str) -> str:
    if kind is Entry.ACTION_ENDED:
        return f"Action {number}: {ActionState(term).label.lower()}"
    if kind is Entry.ACTION_SET:
        return f"Action {number} agreed"
    return "Discussed" if kind is Entry.MEETING else kind.label
