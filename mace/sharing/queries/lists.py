"""Records to answer, records that wait for somebody's answer, and records that reached nobody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.calendar import LONDON, closed_days
from mace.database import MaceSession, plain_rows
from mace.domain.area import Area
from mace.domain.deadlines import working_days_between
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Extent, RecordAnswer, SubjectKind, Told
from mace.history import Seen
from mace.models import (
    Action,
    Agency,
    Allocation,
    Delivery,
    Item,
    Meeting,
    Person,
    RecordVersion,
    Series,
    SignInMethod,
    Subject,
)
from mace.sharing.builder import marking

MOST = 200
"""Rows that one list shows."""


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record that was sent, as a list shows it: never what it says."""

    marking: str
    id: UUID
    item_id: UUID
    subject_id: UUID
    subject: str
    series: str
    meeting_on: date
    told: Told
    extent: Extent
    action_number: int | None
    to: str
    to_agency: str
    sent_at: datetime
    opened_at: datetime | None
    answer: RecordAnswer | None
    answer_words: str
    answered_at: datetime | None
    filed_on: date | None
    undelivered_because: str
    is_over: bool = False
    """Unanswered for longer than the area allows."""


@dataclass(frozen=True, slots=True)
class RecordList:
    """Some records, with what the trail says of having listed them."""

    rows: tuple[RecordRow, ...]
    seen: Seen

    @property
    def new(self) -> int:
        """Not opened yet: new, or changed since."""
        return sum(row.opened_at is None for row in self.rows)

    @property
    def over(self) -> int:
        """Without an answer for longer than the area allows, or answered "not my child now"."""
        return sum(row.is_over or row.answer is RecordAnswer.NOT_MINE for row in self.rows)

    @classmethod
    def of(cls, found: tuple[RecordRow, ...]) -> "RecordList":
        """The list with its trail."""
        return cls(found, Seen("delivery", tuple(row.id for row in found), act="listed"))


@lru_cache(maxsize=64)
def answered_too_late_from(today: date, working_days: int) -> datetime:
    """Whatever was sent before this moment has waited for more than so many working days (rule 8)."""
    closed: Collection[date] = closed_days(today - timedelta(days=60), today)
    sent_on = today
    while working_days_between(sent_on, today, closed) <= working_days:
        sent_on -= timedelta(days=1)
    return datetime.combine(sent_on + timedelta(days=1), time.min, LONDON).astimezone(UTC)


def _columns() -> Any:
    return (
        sa.select(
            col(RecordVersion.release),
            col(RecordVersion.number),
            col(Delivery.id),
            col(RecordVersion.item_id),
            col(Delivery.subject_id),
            col(Subject.name).label("subject"),
            col(Series.name).label("series"),
            col(Meeting.held_on).label("meeting_on"),
            col(Delivery.told),
            col(Delivery.extent),
            col(Action.number).label("action_number"),
            sa.func.coalesce(col(Person.name), col(Delivery.to_name)).label("to"),
            sa.func.coalesce(col(Agency.name), "").label("to_agency"),
            col(Delivery.sent_at),
            col(Delivery.opened_at),
            col(Delivery.answer),
            col(Delivery.answer_words),
            col(Delivery.answered_at),
            col(Delivery.filed_on),
            col(Delivery.undelivered_because),
        )
        .select_from(Delivery)
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .join(Item, col(Item.id) == col(RecordVersion.item_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .join(Subject, col(Subject.id) == col(Delivery.subject_id))
        .outerjoin(Action, col(Action.id) == col(Delivery.action_id))
        .outerjoin(Person, col(Person.id) == col(Delivery.person_id))
        .outerjoin(Agency, col(Agency.id) == col(Person.agency_id))
    )


def _rows(found: Any, too_late_from: datetime | None = None) -> tuple[RecordRow, ...]:
    made = []
    for row in found:
        release, number, *shown = row
        waits = row.answered_at is None and too_late_from is not None and row.sent_at < too_late_from
        cells: list[Any] = [marking(release, number), *shown, waits]
        made.append(RecordRow(*cells))
    return tuple(made)


_NEWEST = (col(Delivery.sent_at).desc(), col(Delivery.id))
_LONGEST = (col(Delivery.sent_at), col(Delivery.id))


def _unanswered() -> Any:
    """Sent to a person, not answered, and not replaced by a newer version."""
    return sa.and_(
        col(Delivery.person_id).is_not(None),
        col(Delivery.answered_at).is_(None),
        col(Delivery.superseded_at).is_(None),
    )


def list_to_answer(session: MaceSession, actor: Actor, today: date, area: Area) -> RecordList:
    """What was sent to this person and waits for their answer, newest first."""
    too_late = answered_too_late_from(today, area.record_chase_working_days)
    return RecordList.of(_rows(plain_rows(session, _to_answer(actor, today)), too_late))


@lru_cache(maxsize=256)
def _to_answer(actor: Actor, today: date) -> Any:
    """Built once for each reader and kept, as each list here is."""
    return scope.deliveries(_mine(actor, today).where(_unanswered()), actor, today)


def list_answered(session: MaceSession, actor: Actor, today: date) -> RecordList:
    """What was sent to this person and is answered, newest first."""
    return RecordList.of(_rows(plain_rows(session, _answered(actor, today))))


@lru_cache(maxsize=256)
def _answered(actor: Actor, today: date) -> Any:
    answered = _mine(actor, today).where(col(Delivery.answered_at).is_not(None))
    return scope.deliveries(answered, actor, today)


def _mine(actor: Actor, today: date) -> Any:
    mine = _columns().where(col(Delivery.person_id) == actor.person_id, scope.still_told(today))
    return mine.order_by(*_NEWEST).limit(MOST)


def list_team_unanswered(session: MaceSession, actor: Actor, today: date, area: Area) -> RecordList:
    """For a manager: whose newest record is not answered, or answered "not my child now". Names and days alone."""
    too_late = answered_too_late_from(today, area.record_chase_working_days)
    return RecordList.of(_rows(plain_rows(session, _waits_on_team(actor, today)), too_late))


@lru_cache(maxsize=256)
def _waits_on_team(actor: Actor, today: date) -> Any:
    not_mine = sa.and_(col(Delivery.answer) == RecordAnswer.NOT_MINE, col(Delivery.superseded_at).is_(None))
    statement = _columns().where(sa.or_(_unanswered(), not_mine), scope.still_told(today))
    return scope.deliveries_to_team(statement.order_by(*_LONGEST).limit(MOST), actor)


def list_unanswered(session: MaceSession, actor: Actor, today: date, area: Area) -> RecordList:
    """For those who run the meetings: every answer still awaited from somebody whose it still is, longest first."""
    too_late = answered_too_late_from(today, area.record_chase_working_days)
    return RecordList.of(_rows(plain_rows(session, _awaited(actor, today)), too_late))


@lru_cache(maxsize=256)
def _awaited(actor: Actor, today: date) -> Any:
    statement = _columns().where(_unanswered(), scope.still_told(today)).order_by(*_LONGEST).limit(MOST)
    return scope.area(statement, actor, Permission.RECORD_READ)


def list_undelivered(session: MaceSession, actor: Actor, today: date) -> RecordList:
    """For those who run the meetings: what could not be delivered and nobody has been told by hand yet."""
    return RecordList.of(_rows(plain_rows(session, _undelivered(actor))))


@lru_cache(maxsize=256)
def _undelivered(actor: Actor) -> Any:
    statement = _columns().where(
        col(Delivery.undelivered_because) != "",
        col(Delivery.superseded_at).is_(None),
        col(Delivery.ended_at).is_(None),
    )
    return scope.area(statement.order_by(*_LONGEST).limit(MOST), actor, Permission.RECORD_TELL)


@dataclass(frozen=True, slots=True)
class NotReaching:
    """A child whose newest record has not reached the worker, and why."""

    subject_id: UUID
    subject: str
    item_id: UUID
    meeting_on: date
    worker: str
    because: str
    since: datetime


def list_not_reaching(session: MaceSession, actor: Actor, today: date, area: Area) -> tuple[NotReaching, ...]:
    """Open children whose newest record the lead practitioner (or, where that one cannot sign in, the manager) has
    not opened after the area's working days, or that was never delivered; the longest wait first."""
    newest = plain_rows(session, _newest_versions(actor))
    if not newest:
        return ()
    sent = _sent(session, actor, [row.version_id for row in newest])
    too_late = answered_too_late_from(today, area.record_chase_working_days)
    found = []
    for row in newest:
        because = _why_not_reached(row, sent.get(row.version_id, []), too_late)
        if because:
            found.append(
                NotReaching(
                    row.subject_id, row.subject, row.item_id, row.meeting_on, row.worker or "", because, row.made_at
                )
            )
    return tuple(sorted(found, key=lambda one: (one.since, str(one.subject_id))))


@lru_cache(maxsize=256)
def _newest_versions(actor: Actor) -> Any:
    """The newest version of the newest item of each open child, with the live lead practitioner."""
    place = (
        sa.func.row_number()
        .over(
            partition_by=col(RecordVersion.subject_id),
            order_by=(col(Meeting.held_on).desc(), col(RecordVersion.number).desc(), col(RecordVersion.id)),
        )
        .label("place")
    )
    signs_in = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    inner = (
        sa.select(
            col(RecordVersion.id).label("version_id"),
            col(RecordVersion.item_id),
            col(RecordVersion.made_at),
            col(Subject.id).label("subject_id"),
            col(Subject.name).label("subject"),
            col(Meeting.held_on).label("meeting_on"),
            col(Person.id).label("worker_id"),
            col(Person.name).label("worker"),
            sa.and_(signs_in, col(Person.is_active)).label("signs_in"),
            place,
        )
        .select_from(RecordVersion)
        .join(Item, col(Item.id) == col(RecordVersion.item_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Subject, col(Subject.id) == col(RecordVersion.subject_id))
        .outerjoin(Allocation, sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None)))
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .where(col(Subject.kind) == SubjectKind.CHILD, col(Subject.closed_on).is_(None))
    )
    limited = scope.area(inner, actor, Permission.RECORD_READ).subquery()
    statement = sa.select(limited).where(limited.c.place == 1).order_by(limited.c.made_at, limited.c.version_id)
    return scope.within(statement, "newest versions within the area")


def _sent(session: MaceSession, actor: Actor, version_ids: list[UUID]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in plain_rows(session, _sent_statement(actor), {"version_ids": version_ids}):
        found.setdefault(row.record_version_id, []).append(row)
    return found


@lru_cache(maxsize=256)
def _sent_statement(actor: Actor) -> Any:
    statement = (
        sa.select(
            col(Delivery.record_version_id),
            col(Delivery.person_id),
            col(Delivery.told),
            col(Delivery.sent_at),
            col(Delivery.opened_at),
            col(Delivery.undelivered_because),
        )
        .where(
            col(Delivery.record_version_id).in_(sa.bindparam("version_ids", expanding=True)),
            col(Delivery.extent) == Extent.WHOLE,
            col(Delivery.told).in_((Told.LEAD, Told.MANAGER)),
            col(Delivery.ended_at).is_(None),
            col(Delivery.superseded_at).is_(None),
        )
        .order_by(*_NEWEST)
    )
    return scope.area(statement, actor, Permission.RECORD_READ)


def _why_not_reached(row: Any, sent: list[Any], too_late: datetime) -> str:
    """In words, or nothing when it was opened or there is still time."""
    if row.worker_id is None:
        return "No worker is allocated to this child"
    to_worker = [one for one in sent if one.person_id == row.worker_id]
    to_manager = [one for one in sent if one.told is Told.MANAGER and one.person_id is not None]
    reached = to_worker or (to_manager if not row.signs_in else [])
    if not reached:
        undelivered = [one.undelivered_because for one in sent if one.undelivered_because]
        return undelivered[0] if undelivered and not row.signs_in else "It has not been sent to the present worker"
    if any(one.opened_at for one in reached) or max(one.sent_at for one in reached) >= too_late:
        return ""
    return "Sent and not opened" if to_worker else "Sent to the manager and not opened"
