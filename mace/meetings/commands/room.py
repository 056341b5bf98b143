"""What may change while a meeting runs: who is there, decisions about actions, new actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import select

from mace import scope
from mace.account.commands import name_person
from mace.actions import commands as actions
from mace.calendar import london_day
from mace.children.commands import add_concern
from mace.database import MaceSession, wait_turn
from mace.domain.actions import missing_at_typing
from mace.domain.area import Area
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor
from mace.domain.vocabulary import Decision, Harm, MeetingState, Presence
from mace.domain.words import full_day
from mace.meetings.commands.ground import attendance_of, meeting_of, running_item
from mace.models import Action, ActionChild, Attendance, Item, LedgerLine, MeetingAttendance, Person

Presences = Mapping[UUID, tuple[Presence, str]]
"""For each agency how it is there, and who."""


def start_meeting(session: MaceSession, actor: Actor, meeting_id: UUID, presences: Presences, *, now: datetime) -> None:
    """Open the meeting with who is there. Its agenda has been published, or is published by beginning."""
    wait_turn(session, f"meeting {meeting_id}")
    meeting = meeting_of(session, meeting_id)
    if meeting.state not in (MeetingState.PLANNED, MeetingState.PUBLISHED):
        raise Refused("This meeting has begun already, or is over")
    if meeting.held_on > london_day(now):
        raise Refused(f"This meeting is planned for {full_day(meeting.held_on)}: change its day first to hold it today")
    meeting.state, meeting.opened_at = MeetingState.OPENED, now
    meeting.published_at = meeting.published_at or now
    set_attendance(session, actor, meeting_id, presences)


def set_attendance(session: MaceSession, actor: Actor, meeting_id: UUID, presences: Presences) -> None:
    """Who is there from now on. Items already closed keep who was there for them."""
    if meeting_of(session, meeting_id).state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now, so who was there stays as it was")
    kept = {
        row.agency_id: row
        for row in session.exec(select(MeetingAttendance).where(MeetingAttendance.meeting_id == meeting_id))
    }
    for agency_id, (presence, who) in presences.items():
        row = kept.get(agency_id)
        if row is None:
            session.add(MeetingAttendance(meeting_id=meeting_id, agency_id=agency_id, presence=presence, who=who))
        else:
            row.presence, row.who = presence, who
    session.flush()


def set_item_attendance(session: MaceSession, actor: Actor, item_id: UUID, presences: Presences) -> None:
    """Who is there for this one item, where that differs from the meeting (rule 1)."""
    item = running_item(session, actor, item_id)
    kept = {row.agency_id: row for row in attendance_of(session, item.id)}
    for agency_id, (presence, who) in presences.items():
        row = kept.get(agency_id)
        if row is None:
            session.add(Attendance(item_id=item.id, agency_id=agency_id, presence=presence, who=who))
        else:
            row.presence, row.who = presence, who
    session.flush()


# --- Actions --------------------------------------------------------------------------------------------------------


def decide_action(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    action_id: UUID,
    decision: Decision,
    *,
    version: int | None = None,
    area: Area,
    now: datetime,
    **said: Any,
) -> LedgerLine:
    """The meeting decides about one unfinished action on this record (rule 3)."""
    item = running_item(session, actor, item_id, now=now)
    _on_record(session, item, action_id)
    wait_turn(session, f"action {action_id}")
    return actions.decide(
        session,
        actor,
        action_id,
        item.meeting_id,
        decision,
        item_id=item.id,
        version=version,
        owner_is_here=_is_here(session, item, said.get("owner_id")),
        area=area,
        now=now,
        **said,
    )


def _on_record(session: MaceSession, item: Item, action_id: UUID) -> None:
    """Raise ``NotThere`` unless the action stands on the record of the item's subject."""
    own = select(Action.id).where(Action.id == action_id, Action.subject_id == item.subject_id)
    protects = select(ActionChild.action_id).where(
        ActionChild.action_id == action_id, ActionChild.child_id == item.subject_id
    )
    for statement in (own, protects):
        if session.exec(scope.within(statement, "an action of an item in scope")).one_or_none() is not None:
            return
    raise NotThere


def note_in_date(session: MaceSession, actor: Actor, item_id: UUID, *, area: Area, now: datetime) -> int:
    """Actions of this item that are in date and have an update, noted together in one act; returns how many."""
    item = running_item(session, actor, item_id, now=now)
    return actions.note_in_date(session, actor, item.subject_id, item.meeting_id, area=area, now=now)


def take_back_decision(
    session: MaceSession, actor: Actor, item_id: UUID, action_id: UUID, *, area: Area, now: datetime
) -> None:
    """Undo this meeting's decision about an action while its item is not closed."""
    item = running_item(session, actor, item_id, now=now)
    _on_record(session, item, action_id)
    actions.undo_decision(session, actor, action_id, item.meeting_id, area=area, now=now)


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What the meeting says of one imported action at its first look."""

    action_id: UUID
    decision: Decision
    said: Mapping[str, Any]


def look_first(
    session: MaceSession, actor: Actor, item_id: UUID, looks: Sequence[FirstLook], *, area: Area, now: datetime
) -> int:
    """The first look at what a spreadsheet brought: confirm, re-date, move or end each, quickly, as a list.

    Nothing is stored while one row is wrong. Raises :class:`Refused` for every wrong row at once, each field beginning
    with the action's id.
    """
    wrong: list[tuple[str, str]] = []
    for look in looks:
        try:
            decide_action(session, actor, item_id, look.action_id, look.decision, area=area, now=now, **look.said)
        except Refused as no:
            asked = ((no.field or "", no.reason), *no.also)
            wrong += [(f"{look.action_id}-{field}", reason) for field, reason in asked]
    if wrong:
        raise Refused.missing(wrong)
    return len(looks)


def add_action(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    *,
    what: str,
    owner_id: UUID | None,
    due: date | None,
    concern_id: UUID | None,
    new_concern: str = "",
    new_owner: str = "",
    new_owner_agency_id: UUID | None = None,
    contingency: str = "",
    long_date_reason: str = "",
    other_children: Sequence[UUID] = (),
    area: Area,
    now: datetime,
) -> Action:
    """Agree a new action about the item's subject. The owner may be somebody without an account; the concern new.

    Raises :class:`Refused` for everything that is missing at once.
    """
    item = running_item(session, actor, item_id, now=now)
    meeting = meeting_of(session, item.meeting_id)
    missing = [
        *missing_at_typing(what=what, owner_id=owner_id or new_owner, due=due, concern_id=concern_id or new_concern),
        *((("owner", "Choose one owner: from the list, or the name you typed"),) if owner_id and new_owner else ()),
        *((("new_owner_agency", "Choose their agency"),) if new_owner and new_owner_agency_id is None else ()),
    ]
    if missing:
        raise Refused.missing(missing)
    if new_owner and new_owner_agency_id is not None:
        owner_id = name_person(session, new_owner, new_owner_agency_id).id
    if new_concern:
        concern = add_concern(session, actor, item.subject_id, words=new_concern, harm=Harm.UNKNOWN, now=now)
        session.flush()
        concern_id = concern.id
    return actions.set_action(
        session,
        actor,
        item.subject_id,
        series_id=meeting.series_id,
        what=what,
        owner_id=owner_id,
        due=due,
        concern_id=concern_id,
        contingency=contingency,
        long_date_reason=long_date_reason,
        item_id=item.id,
        other_children=other_children,
        owner_is_here=_is_here(session, item, owner_id),
        area=area,
        now=now,
    )


def _is_here(session: MaceSession, item: Item, owner_id: UUID | None) -> bool:
    """Whether the owner's agency is in the room: others are asked to accept the action (rule 5)."""
    owner = session.get(Person, owner_id) if owner_id is not None else None
    if owner is None:
        return False
    here = {row.agency_id: row.presence for row in attendance_of(session, item.id)}
    for row in session.exec(select(MeetingAttendance).where(MeetingAttendance.meeting_id == item.meeting_id)):
        here.setdefault(row.agency_id, row.presence)
    presence = here.get(owner.agency_id)
    return presence is not None and presence.counts_for_quorum
