"""The one page: a record that was sent, as this reader gets it, with its versions and what they may do with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.children.queries import reader_of
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Extent, RecordAnswer, Release, Told
from mace.history import Seen
from mace.models import Action, Agency, Delivery, Person, RecordVersion
from mace.sharing.builder import RecordCopy, copy_for, marking


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of the record that the same person was sent."""

    delivery_id: UUID
    marking: str
    made_at: datetime
    sent_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A record that was sent, as one reader gets it."""

    id: UUID
    item_id: UUID
    copy: RecordCopy
    marking: str
    release: Release
    number: int
    because: str
    """Why the record was corrected; an owner of one action is not told."""
    made_at: datetime
    told: Told
    to: str
    to_agency: str
    is_mine: bool
    """Sent to the person who reads it now."""
    sent_at: datetime
    opened_at: datetime | None
    answer: RecordAnswer | None
    answer_words: str
    answered_at: datetime | None
    filed_on: date | None
    superseded: bool
    answers: tuple[RecordAnswer, ...]
    """What they may answer; none for the record of somebody else or one that a newer version replaced."""
    versions: tuple[VersionLine, ...]
    may_open: frozenset[UUID]
    """Actions whose own page this reader may open."""
    may_update: frozenset[UUID]
    """Unfinished actions about which this reader may say what happened."""
    seen: Seen


def get_record(session: MaceSession, actor: Actor, today: date, delivery_id: UUID) -> RecordPage:
    """A record sent to this person and still theirs, or any for those who run the meetings. Raises ``NotThere``."""
    return _page(session, actor, today, delivery_id, Permission.RECORD_READ)


def get_record_to_answer(session: MaceSession, actor: Actor, today: date, delivery_id: UUID) -> RecordPage:
    """A record sent to this very person. Raises ``NotThere`` for anybody else's."""
    return _page(session, actor, today, delivery_id, Permission.RECORD_ANSWER)


def _page(session: MaceSession, actor: Actor, today: date, delivery_id: UUID, permission: Permission) -> RecordPage:
    statement: Any = (
        sa.select(Delivery, RecordVersion, col(Person.name), col(Agency.name))
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .outerjoin(Person, col(Person.id) == col(Delivery.person_id))
        .outerjoin(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Delivery.id) == delivery_id)
    )
    found = scope.one_row(session, scope.deliveries(statement, actor, today, permission))
    sent: Delivery = found[0]
    version: RecordVersion = found[1]
    reader = reader_of(session, actor, sent.subject_id)
    copy = copy_for(version.body, reader, sent.extent, sent.action_id)
    is_mine = sent.person_id == actor.person_id
    shown = [one.id for one in (*copy.mine, *copy.others, *copy.ended)]
    return RecordPage(
        id=sent.id,
        item_id=version.item_id,
        copy=copy,
        marking=marking(version.release, version.number),
        release=version.release,
        number=version.number,
        because=version.because if sent.extent is Extent.WHOLE else "",
        made_at=version.made_at,
        told=sent.told,
        to=found[2] or sent.to_name,
        to_agency=found[3] or "",
        is_mine=is_mine,
        sent_at=sent.sent_at,
        opened_at=sent.opened_at,
        answer=sent.answer,
        answer_words=sent.answer_words,
        answered_at=sent.answered_at,
        filed_on=sent.filed_on,
        superseded=sent.superseded_at is not None,
        answers=answers_for(sent.extent) if is_mine and sent.superseded_at is None else (),
        versions=_versions(session, actor, today, sent, version.item_id),
        may_open=_actions(session, actor, today, shown, Permission.ACTION_READ),
        may_update=_actions(session, actor, today, shown, Permission.ACTION_UPDATE),
        seen=Seen("delivery", (sent.id,), sent.subject_id, "self" if is_mine else "area"),
    )


def answers_for(extent: Extent) -> tuple[RecordAnswer, ...]:
    """What can be answered: "not my child now" belongs to those who were sent the whole record."""
    whole = tuple(RecordAnswer)
    return whole if extent is Extent.WHOLE else tuple(one for one in whole if one is not RecordAnswer.NOT_MINE)


def _versions(
    session: MaceSession, actor: Actor, today: date, sent: Delivery, item_id: UUID
) -> tuple[VersionLine, ...]:
    """Every version of this item's record that the same person was sent, newest first, one of each."""
    statement = (
        sa.select(
            col(Delivery.id),
            col(RecordVersion.release),
            col(RecordVersion.number),
            col(RecordVersion.made_at),
            col(Delivery.sent_at),
        )
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .where(
            col(RecordVersion.item_id) == item_id,
            col(Delivery.person_id) == sent.person_id
            if sent.person_id is not None
            else sa.and_(col(Delivery.person_id).is_(None), col(Delivery.to_name) == sent.to_name),
            col(Delivery.action_id) == sent.action_id
            if sent.action_id is not None
            else col(Delivery.action_id).is_(None),
        )
        .order_by(col(RecordVersion.number).desc(), col(Delivery.sent_at).desc(), col(Delivery.id))
    )
    found = rows(session, scope.deliveries(statement, actor, today))
    return tuple(
        VersionLine(key, marking(release, number), made_at, sent_at, key == sent.id)
        for key, release, number, made_at, sent_at in found
    )


def _actions(
    session: MaceSession, actor: Actor, today: date, ids: Iterable[UUID], permission: Permission
) -> frozenset[UUID]:
    statement = sa.select(col(Action.id)).where(col(Action.id).in_(list(ids)))
    if permission is Permission.ACTION_UPDATE:
        statement = statement.where(col(Action.ended_on).is_(None))
    return frozenset(row[0] for row in rows(session, scope.actions(statement, actor, today, permission)))
