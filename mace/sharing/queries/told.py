"""Who has been told: everybody of every version of an item's record, with and without an account (rule 8)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Extent, RecordAnswer, Told
from mace.history import Seen
from mace.models import Action, Agency, Delivery, Item, Meeting, Person, RecordVersion, Series, Subject
from mace.sharing.builder import marking


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One version sent to one person: sent, opened, answered, filed."""

    id: UUID
    to: str
    agency: str
    told: Told
    extent: Extent
    action_number: int | None
    how: str
    by: str
    sent_at: datetime
    undelivered_because: str
    opened_at: datetime | None
    answer: RecordAnswer | None
    answer_words: str
    answered_at: datetime | None
    filed_on: date | None
    filed_by: str
    superseded_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class VersionTold:
    """A version with everybody who was told."""

    id: UUID
    marking: str
    because: str
    made_at: datetime
    lines: tuple[ToldLine, ...]


@dataclass(frozen=True, slots=True)
class ToldPage:
    """Who has been told about one item, newest version first."""

    item_id: UUID
    subject: str
    series: str
    meeting_on: date
    versions: tuple[VersionTold, ...]
    seen: Seen


def get_told(session: MaceSession, actor: Actor, today: date, item_id: UUID) -> ToldPage:
    """Who has been told about an item, for those who run the meetings. Raises ``NotThere``."""
    statement = (
        sa.select(col(Item.subject_id), col(Subject.name), col(Series.name), col(Meeting.held_on))
        .select_from(Item)
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Item.id) == item_id)
    )
    found = scope.one_row(session, scope.area(statement, actor, Permission.RECORD_TELL))
    subject_id, subject, series, meeting_on = found
    lines = _lines(session, item_id)
    return ToldPage(
        item_id,
        subject,
        series,
        meeting_on,
        _versions(session, item_id, lines),
        Seen("item", (item_id,), subject_id, "area", act="read who was told"),
    )


def _versions(session: MaceSession, item_id: UUID, lines: dict[UUID, list[ToldLine]]) -> tuple[VersionTold, ...]:
    statement = (
        sa.select(
            col(RecordVersion.id),
            col(RecordVersion.release),
            col(RecordVersion.number),
            col(RecordVersion.because),
            col(RecordVersion.made_at),
        )
        .where(col(RecordVersion.item_id) == item_id)
        .order_by(col(RecordVersion.number).desc(), col(RecordVersion.id))
    )
    return tuple(
        VersionTold(key, marking(release, number), because, made_at, tuple(lines.get(key, ())))
        for key, release, number, because, made_at in rows(session, scope.within(statement, "an item in scope"))
    )


def _lines(session: MaceSession, item_id: UUID) -> dict[UUID, list[ToldLine]]:
    by, filed_by = aliased(Person), aliased(Person)
    statement: Any = (
        sa.select(
            col(Delivery.record_version_id),
            col(Delivery.id),
            sa.func.coalesce(col(Person.name), col(Delivery.to_name)),
            sa.func.coalesce(col(Agency.name), ""),
            col(Delivery.told),
            col(Delivery.extent),
            col(Action.number),
            col(Delivery.how),
            sa.func.coalesce(col(by.name), ""),
            col(Delivery.sent_at),
            col(Delivery.undelivered_because),
            col(Delivery.opened_at),
            col(Delivery.answer),
            col(Delivery.answer_words),
            col(Delivery.answered_at),
            col(Delivery.filed_on),
            sa.func.coalesce(col(filed_by.name), ""),
            col(Delivery.superseded_at),
            col(Delivery.ended_at),
        )
        .select_from(Delivery)
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .outerjoin(Action, col(Action.id) == col(Delivery.action_id))
        .outerjoin(Person, col(Person.id) == col(Delivery.person_id))
        .outerjoin(Agency, col(Agency.id) == col(Person.agency_id))
        .outerjoin(by, col(by.id) == col(Delivery.by_id))
        .outerjoin(filed_by, col(filed_by.id) == col(Delivery.filed_by_id))
        .where(col(RecordVersion.item_id) == item_id)
        .order_by(col(Delivery.sent_at), col(Person.name), col(Delivery.to_name), col(Delivery.id))
    )
    found: dict[UUID, list[ToldLine]] = {}
    for row in rows(session, scope.within(statement, "deliveries of an item in scope")):
        found.setdefault(row[0], []).append(ToldLine(*row[1:]))
    return found
