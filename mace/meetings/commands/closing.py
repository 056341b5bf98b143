"""How an item and a meeting end: read back and closed, put off, approved, corrected."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.actions import commands as actions
from mace.calendar import london_day
from mace.database import MaceSession, wait_turn
from mace.domain.area import Area
from mace.domain.errors import Clash, Refused
from mace.domain.meetings import quorum
from mace.domain.policy import Actor, Permission, may_approve
from mace.domain.quality import gaps
from mace.domain.vocabulary import ItemState, LineKind, MeetingState
from mace.domain.words import count_of
from mace.meetings.commands.agenda import refuse_decided
from mace.meetings.commands.ground import attendance_of, item_for, meeting_of, running_item
from mace.meetings.commands.record import Risk, settle, write_record
from mace.meetings.queries.agenda import DISCUSSED
from mace.meetings.queries.quality import record_facts
from mace.meetings.queries.room import list_not_read_back
from mace.models import Action, Agency, Attendance, Item, Meeting, MeetingAttendance, SeriesAgency
from mace.sharing.commands import release_agreed, release_record


def close_item(session: MaceSession, actor: Actor, item_id: UUID, *, area: Area, now: datetime) -> Item:
    """Read back and close: what was agreed goes at once to whom it concerns (rule 8).

    Nothing holds it back: not a missing field, not a question, not a quorum. The subject's level, direction and next
    review become what the meeting said; without a review day it is the one for the level.
    """
    item = item_for(session, actor, item_id, Permission.ITEM_RUN)
    if item.state in DISCUSSED:
        raise Refused("This item is closed already: what was agreed has been sent")
    item = running_item(session, actor, item_id, now=now)
    meeting = meeting_of(session, item.meeting_id)
    _stamp_attendance(session, item, meeting)
    item.state, item.closed_at, item.closed_by_id = ItemState.CLOSED, now, actor.person_id
    settle(session, item, area)
    session.flush()
    release_agreed(session, actor, item.id, area=area, now=now)
    return item


def _stamp_attendance(session: MaceSession, item: Item, meeting: Meeting) -> None:
    """Freeze who was there for this item, and whether that made a quorum (rule 1, ``practice.md`` 1.5)."""
    here = {row.agency_id: row for row in attendance_of(session, item.id)}
    came = select(MeetingAttendance).where(MeetingAttendance.meeting_id == meeting.id)
    for row in session.exec(came.order_by(col(MeetingAttendance.agency_id))):
        if row.agency_id not in here:
            mine = Attendance(item_id=item.id, agency_id=row.agency_id, presence=row.presence, who=row.who)
            session.add(mine)
            here[row.agency_id] = mine
    names = dict(session.exec(select(Agency.id, Agency.name)).all())
    needed = session.exec(
        select(SeriesAgency.agency_id)
        .join(Agency, col(Agency.id) == col(SeriesAgency.agency_id))
        .where(SeriesAgency.series_id == meeting.series_id, col(SeriesAgency.for_quorum), col(Agency.is_member))
        .order_by(col(SeriesAgency.agency_id))
    ).all()
    present = [names[agency] for agency, row in here.items() if row.presence.counts_for_quorum]
    verdict = quorum(present, [names[agency] for agency in needed])
    item.is_quorate, item.quorum_words = verdict.is_quorate, verdict.words


def put_off(session: MaceSession, actor: Actor, item_id: UUID, *, because: str, now: datetime) -> Item:
    """Put an item off to the next meeting: it comes back by itself, and is counted. No count of its actions resets."""
    item = running_item(session, actor, item_id, now=now)
    if not because:
        raise Refused("Say why it is put off", "because")
    refuse_decided(session, item)
    item.state, item.off_because, item.opened_at = ItemState.PUT_OFF, because, None
    item.times_put_off += 1
    return item


def end_meeting(
    session: MaceSession, actor: Actor, meeting_id: UUID, *, because: str, area: Area, now: datetime
) -> Meeting:
    """End the meeting. What was not discussed is put off with the reason given, and comes back by itself.

    Refused while something was decided on an item that nobody read back: it would reach nobody. Every unfinished
    action of the series is one meeting older: where it stands is stored again.
    """
    wait_turn(session, f"meeting {meeting_id}")
    meeting = meeting_of(session, meeting_id)
    if meeting.state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    statement = (
        select(Item)
        .where(Item.meeting_id == meeting_id, col(Item.state).in_((ItemState.ON_AGENDA, ItemState.OPENED)))
        .order_by(col(Item.position), col(Item.id))
    )
    left = session.exec(scope.area(statement, actor, Permission.ITEM_RUN)).all()
    decided = list_not_read_back(session, meeting_id, {item.id: item.subject_id for item in left})
    if decided:
        raise Refused(
            f"Read back and close {count_of(len(decided), 'item')} first: what was decided would reach nobody"
        )
    if left and not because:
        raise Refused("Say why what is left was not discussed", "because")
    for item in left:
        put_off(session, actor, item.id, because=because, now=now)
    meeting.state, meeting.ended_at = MeetingState.HELD, now
    session.flush()
    unfinished = select(Action).where(Action.series_id == meeting.series_id, col(Action.ended_on).is_(None))
    found = list(session.exec(scope.area(unfinished, actor, Permission.ITEM_RUN)).all())
    for start in range(0, len(found), 500):
        actions.store_standing(session, found[start : start + 500], london_day(now), area)
    return meeting


def approve_item(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    *,
    anyway_because: str = "",
    version: int | None = None,
    area: Area,
    now: datetime,
) -> Item:
    """Approve the record: it goes out as version one. Somebody else than the minute-taker approves (``security.md``).

    A record that lacks something may be approved anyway: who and why are kept (rule 10). Raises :class:`Clash` when
    the record was saved since it was read: nobody signs what they have not read.
    """
    item = item_for(session, actor, item_id, Permission.ITEM_APPROVE)
    meeting = meeting_of(session, item.meeting_id)
    if item.state is ItemState.APPROVED:
        raise Refused("This record is approved already")
    if item.state is not ItemState.CLOSED:
        raise Refused("Read the item back and close it first")
    if not may_approve(actor, meeting.minute_taker_id):
        raise Refused("You took the minutes of this meeting, so somebody else approves its records")
    if version is not None and version != item.saves:
        raise Clash("Somebody saved this record while you were reading it. Read it again, then approve it")
    lacking = gaps(record_facts(session, actor, item.id))
    if lacking and not anyway_because:
        raise Refused("Say why it is approved although something is missing", "anyway_because")
    item.state, item.approved_at, item.approved_by_id = ItemState.APPROVED, now, actor.person_id
    item.approved_anyway_because = anyway_because if lacking else ""
    session.flush()
    release_record(session, actor, item.id, area=area, now=now)
    return item


def correct_record(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    *,
    lines: Mapping[LineKind, str],
    risk: Risk,
    because: str,
    version: int | None = None,
    area: Area,
    now: datetime,
) -> Item:
    """Correct an approved record: the signed text stays as it was, the correction is a new version with a reason.

    Like the approval, it is signed by somebody else than the minute-taker.
    """
    item = item_for(session, actor, item_id, Permission.ITEM_APPROVE)
    if item.state is not ItemState.APPROVED:
        raise Refused("This record is not approved yet: change it where it was written")
    if not may_approve(actor, meeting_of(session, item.meeting_id).minute_taker_id):
        raise Refused("You took the minutes of this meeting, so somebody else corrects its records")
    if not because:
        raise Refused("Say what was wrong and how you know", "because")
    if version is not None and version != item.saves:
        raise Clash("Somebody else corrected this record while you were typing. Both texts are below")
    write_record(session, actor, item, lines, risk, now)
    settle(session, item, area)
    release_record(session, actor, item.id, area=area, now=now, because=because)
    return item
