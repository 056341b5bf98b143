"""What may change about records: the two releases and their corrections, answers, filing, and telling by hand."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import history, scope
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Extent, RecordAnswer, Release, Told
from mace.models import Allocation, Delivery, Item, Meeting, RecordVersion
from mace.sharing.builder import freeze
from mace.sharing.queries.content import read_actions, read_header, read_lines
from mace.sharing.queries.recipients import Recipient, list_recipients

AS_SHIPPED = Area()
"""The names of levels where an area has not renamed them."""


def release_agreed(
    session: MaceSession, actor: Actor, item_id: UUID, *, now: datetime, area: Area = AS_SHIPPED
) -> RecordVersion:
    """Release one, when the chair reads back and closes an item: decisions, actions, contingency and safety steps go
    at once to the lead practitioner, their manager and each owner (rule 8). Nothing missing holds it back.

    Raises :class:`Clash` when it went out already.
    """
    item = _item(session, actor, item_id, Permission.ITEM_RUN)
    if _last_number(session, item_id) is not None:
        raise Clash("What was agreed about this item has been sent already")
    return _release(session, actor, item, Release.AGREED, 0, "", area, now)


def release_record(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    *,
    now: datetime,
    because: str = "",
    area: Area = AS_SHIPPED,
) -> RecordVersion:
    """Release two, when an item is approved: the whole record, version 1. Called again it is a correction, the next
    version. Signed text never changes (rule 8).

    Raises :class:`Refused` for a correction without a reason.
    """
    item = _item(session, actor, item_id, Permission.ITEM_APPROVE)
    last = _last_number(session, item_id) or 0
    if last == 0:
        return _release(session, actor, item, Release.RECORD, 1, because, area, now)
    if not because.strip():
        raise Refused("Say what is corrected, and why", "because")
    return _release(session, actor, item, Release.CORRECTION, last + 1, because.strip(), area, now)


def _item(session: MaceSession, actor: Actor, item_id: UUID, permission: Permission) -> Item:
    statement = select(Item).where(Item.id == item_id)
    found: Item = scope.one(session, scope.area(statement, actor, permission))
    return found


def _last_number(session: MaceSession, item_id: UUID) -> int | None:
    statement = sa.select(sa.func.max(col(RecordVersion.number))).where(col(RecordVersion.item_id) == item_id)
    found: int | None = rows(session, scope.within(statement, "versions of an item in scope"))[0][0]
    return found


def _release(
    session: MaceSession,
    actor: Actor,
    item: Item,
    release: Release,
    number: int,
    because: str,
    area: Area,
    now: datetime,
) -> RecordVersion:
    today = london_day(now)
    session.flush()
    body = freeze(
        read_header(session, item, area), read_lines(session, item.id), read_actions(session, item, today), release
    )
    version = RecordVersion(
        item_id=item.id,
        subject_id=item.subject_id,
        number=number,
        release=release,
        made_at=now,
        made_by_id=actor.person_id,
        because=because,
        body=body,
    )
    session.add(version)
    session.flush()
    for older in _deliveries_of(session, item.id):
        if older.answered_at is None and older.superseded_at is None and older.told is not Told.BY_HAND:
            older.superseded_at = now
    _send(session, actor, version, now)
    return version


def _deliveries_of(session: MaceSession, item_id: UUID, version_id: UUID | None = None) -> list[Delivery]:
    statement: Any = (
        select(Delivery)
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .where(RecordVersion.item_id == item_id)
        .order_by(col(Delivery.sent_at), col(Delivery.id))
    )
    if version_id is not None:
        statement = statement.where(Delivery.record_version_id == version_id)
    return list(session.exec(scope.within(statement, "deliveries of an item in scope")).all())


def _key(person_id: UUID | None, name: str, action_id: UUID | None) -> tuple[UUID | str, UUID | None]:
    return person_id or name, action_id


def _send(session: MaceSession, actor: Actor, version: RecordVersion, now: datetime) -> int:
    """Send a version to everybody it goes to and who has not had it. Returns how many were reached."""
    for_record = version.release is not Release.AGREED
    wanted = list_recipients(session, version.item_id, for_record=for_record, today=london_day(now))
    had = {
        _key(one.person_id, one.to_name, one.action_id)
        for one in _deliveries_of(session, version.item_id, version.id)
        if one.ended_at is None and one.superseded_at is None
    }
    new = [one for one in wanted if _key(one.person_id, _name(one), one.action_id) not in had]
    for recipient in new:
        session.add(_delivery(version, recipient, actor, now))
    session.flush()
    return sum(recipient.person_id is not None for recipient in new)


def _name(recipient: Recipient) -> str:
    """The name of somebody who cannot be reached; a person of the tool goes by their account."""
    if recipient.person_id is not None:
        return ""
    return f"{recipient.name}, {recipient.agency}" if recipient.agency else recipient.name


def _delivery(version: RecordVersion, recipient: Recipient, actor: Actor, now: datetime) -> Delivery:
    return Delivery(
        record_version_id=version.id,
        subject_id=version.subject_id,
        person_id=recipient.person_id,
        to_name=_name(recipient),
        told=recipient.told,
        extent=recipient.extent,
        action_id=recipient.action_id,
        by_id=actor.person_id,
        sent_at=now,
        undelivered_because=recipient.undeliverable,
    )


def send_again(session: MaceSession, actor: Actor, item_id: UUID, *, now: datetime) -> int:
    """Send the newest version of an item to everybody it goes to today and who has not had it: a worker named since,
    somebody who can sign in now. Returns how many were reached; raises :class:`Refused` when nobody was.
    """
    _item(session, actor, item_id, Permission.RECORD_TELL)
    version = _newest_version(session, RecordVersion.item_id == item_id)
    if version is None:
        raise Refused("Nothing has been released about this item yet")
    reached = _resend(session, actor, version, now)
    if not reached:
        raise Refused("Nobody more can be reached. Name the worker first, or tell them by hand")
    return reached


def follow_allocation(session: MaceSession, actor: Actor, child_id: UUID, *, now: datetime) -> int:
    """After "now hers": what was sent to the worker before ends, and the newest record goes to the one who leads now
    and their manager (rule 8: reallocation moves what is open). Returns how many were reached."""
    _subject_in_reach(session, actor, child_id, london_day(now))
    version = _newest_version(session, RecordVersion.subject_id == child_id)
    return _resend(session, actor, version, now) if version is not None else 0


def _subject_in_reach(session: MaceSession, actor: Actor, child_id: UUID, today: date) -> None:
    statement = select(Allocation.id).where(Allocation.child_id == child_id, col(Allocation.ended_on).is_(None))
    scope.one(session, scope.about(statement, Allocation.child_id, actor, today, Permission.ALLOCATION_CHANGE))


def _newest_version(session: MaceSession, which: Any) -> RecordVersion | None:
    """The newest version of the newest meeting among these."""
    statement = (
        select(RecordVersion)
        .join(Item, col(Item.id) == col(RecordVersion.item_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(which)
        .order_by(col(Meeting.held_on).desc(), col(RecordVersion.number).desc(), col(RecordVersion.id))
        .limit(1)
    )
    found: RecordVersion | None = session.exec(scope.within(statement, "versions of a subject in scope")).first()
    return found


def _resend(session: MaceSession, actor: Actor, version: RecordVersion, now: datetime) -> int:
    """Send it to those who have not had it; what nobody could be given before is no longer waiting once it arrived."""
    today = london_day(now)
    for gone in _no_longer_theirs(session, version.subject_id, today):
        gone.ended_at = now
    unreached = {
        _name(one)
        for one in list_recipients(
            session, version.item_id, for_record=version.release is not Release.AGREED, today=today
        )
        if one.person_id is None
    }
    for one in _deliveries_of(session, version.item_id, version.id):
        if one.undelivered_because and one.to_name not in unreached:
            one.superseded_at = one.superseded_at or now
    session.flush()
    return _send(session, actor, version, now)


def _no_longer_theirs(session: MaceSession, subject_id: UUID, today: date) -> Iterable[Delivery]:
    """Deliveries to those who led or managed and do so no more."""
    statement = select(Delivery).where(
        Delivery.subject_id == subject_id,
        col(Delivery.told).in_((Told.LEAD, Told.MANAGER)),
        col(Delivery.person_id).is_not(None),
        col(Delivery.ended_at).is_(None),
        sa.not_(scope.still_told(today)),
    )
    found: Iterable[Delivery] = session.exec(scope.within(statement, "deliveries of a subject in scope")).all()
    return found


def mark_opened(session: MaceSession, actor: Actor, delivery_id: UUID, *, now: datetime) -> None:
    """The person it was sent to opens it for the first time."""
    sent = _own(session, actor, delivery_id, london_day(now))
    sent.opened_at = sent.opened_at or now


def _own(session: MaceSession, actor: Actor, delivery_id: UUID, today: date) -> Delivery:
    """A delivery to this very person that is still theirs, or ``NotThere``."""
    statement = select(Delivery).where(Delivery.id == delivery_id, Delivery.person_id == actor.person_id)
    found: Delivery = scope.one(session, scope.deliveries(statement, actor, today, permission=Permission.RECORD_ANSWER))
    return found


def answer_record(
    session: MaceSession,
    actor: Actor,
    delivery_id: UUID,
    answer: RecordAnswer,
    *,
    words: str = "",
    now: datetime,
) -> Delivery:
    """ "Read and acting", "I disagree because …", "Not my child now" (rule 8). The newest answer stands; each is kept
    in the history. "Not my child now" leaves the child with the manager: nobody has confirmed the worker any more.
    """
    today = london_day(now)
    sent = _own(session, actor, delivery_id, today)
    if sent.superseded_at is not None:
        raise Refused("A newer version has replaced this one. Open the newest and answer that")
    if answer is RecordAnswer.DISAGREE and not words.strip():
        raise Refused("Say what you disagree with, and why", "words")
    if answer is RecordAnswer.NOT_MINE and sent.extent is not Extent.WHOLE:
        raise Refused("You were sent your own action only. Say that you disagree, and why", "answer")
    sent.answer, sent.answer_words, sent.answered_at = answer, words.strip(), now
    sent.opened_at = sent.opened_at or now
    if answer is RecordAnswer.NOT_MINE and sent.told in (Told.LEAD, Told.MANAGER):
        _unconfirm(session, sent.subject_id)
    return sent


def _unconfirm(session: MaceSession, child_id: UUID) -> None:
    """Whose child it is has to be confirmed again by the manager."""
    live = select(Allocation).where(Allocation.child_id == child_id, col(Allocation.ended_on).is_(None))
    allocation = session.exec(scope.within(live, "allocation behind the reader's own record")).one_or_none()
    if allocation is not None:
        allocation.confirmed_on, allocation.confirmed_by_id = None, None


def mark_filed(session: MaceSession, actor: Actor, delivery_id: UUID, filed_on: date, *, now: datetime) -> Delivery:
    """The copy is on the case system since this day (rule 8)."""
    today = london_day(now)
    sent = _own(session, actor, delivery_id, today)
    if filed_on > today:
        raise Refused("The day it was filed cannot be in the future", "filed_on")
    if filed_on < london_day(sent.sent_at):
        raise Refused("The day it was filed cannot be before it was sent to you", "filed_on")
    sent.filed_on, sent.filed_by_id = filed_on, actor.person_id
    return sent


def tell_by_hand(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    version_id: UUID,
    *,
    name: str,
    organisation: str,
    how: str,
    told_on: date,
    instead_of: UUID | None = None,
    now: datetime,
) -> Delivery:
    """Somebody without an account was told: who, how, which version, when (rule 8). ``instead_of`` names a delivery
    that could not be made and is settled by this."""
    item = _item(session, actor, item_id, Permission.RECORD_TELL)
    version = _newest_version(
        session, sa.and_(col(RecordVersion.item_id) == item.id, col(RecordVersion.id) == version_id)
    )
    if version is None:
        raise Refused("Choose the version they were told of", "version")
    if told_on > london_day(now):
        raise Refused("The day they were told cannot be in the future", "told_on")
    if told_on < london_day(version.made_at):
        raise Refused("The day they were told cannot be before this version was made", "told_on")
    for one in _deliveries_of(session, item.id):
        if one.id == instead_of and one.undelivered_because:
            one.superseded_at = one.superseded_at or now
    sent_at = now if told_on == london_day(now) else datetime.combine(told_on, time(12), UTC)
    told = Delivery(
        record_version_id=version.id,
        subject_id=version.subject_id,
        to_name=f"{name}, {organisation}" if organisation else name,
        told=Told.BY_HAND,
        extent=Extent.WHOLE,
        how=how,
        by_id=actor.person_id,
        sent_at=max(sent_at, version.made_at),
    )
    session.add(told)
    session.flush()
    history.note(session, "told by hand", subject_id=version.subject_id, object_id=str(told.id))
    return told
