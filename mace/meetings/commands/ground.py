"""What every act of a meeting asks first: is the meeting running, is the item still open, who is there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.database import MaceSession, wait_turn
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ItemState, MeetingState
from mace.meetings.queries.agenda import DISCUSSED, OFF
from mace.models import Attendance, Item, Meeting


def meeting_of(session: MaceSession, meeting_id: UUID) -> Meeting:
    """The meeting. Raises ``NotThere``."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotThere
    return meeting


def item_for(session: MaceSession, actor: Actor, item_id: UUID, permission: Permission) -> Item:
    """The item, for one writer at a time: the second one sees what the first one did."""
    wait_turn(session, f"item {item_id}")
    item: Item = scope.one(session, scope.area(select(Item).where(Item.id == item_id), actor, permission))
    return item


def running_item(session: MaceSession, actor: Actor, item_id: UUID, *, now: datetime | None = None) -> Item:
    """An item of a running meeting that is not closed; touching it means it is being discussed."""
    item = item_for(session, actor, item_id, Permission.ITEM_RUN)
    if item.state in DISCUSSED:
        raise Refused("This item was read back and closed: what was agreed has been sent")
    if item.state in OFF:
        raise Refused("Somebody took this item off the agenda. Your words are kept: put it back to go on")
    if meeting_of(session, item.meeting_id).state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    if item.state is ItemState.ON_AGENDA and now is not None:
        item.state, item.opened_at = ItemState.OPENED, now
    return item


def attendance_of(session: MaceSession, item_id: UUID) -> Sequence[Attendance]:
    """Who is noted for this item apart from the meeting."""
    statement = select(Attendance).where(Attendance.item_id == item_id).order_by(col(Attendance.agency_id))
    found: Sequence[Attendance] = session.exec(scope.within(statement, "attendance of an item in scope")).all()
    return found
