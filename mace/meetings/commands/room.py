"""What may change while a meeting runs: attendance, decisions, the record of an item, its close and its approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.account.commands import name_person
from mace.actions import commands as actions
from mace.calendar import london_day
from mace.children.commands import add_concern
from mace.database import MaceSession
from mace.domain.area import Area
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.meetings import quorum
from mace.domain.policy import Actor, Permission, may_approve
from mace.domain.quality import gaps
from mace.domain.vocabulary import (
    Decision,
    Direction,
    Harm,
    HarmStatus,
    ItemState,
    LineKind,
    MeetingState,
    Presence,
    RiskLevel,
    Source,
)
from mace.domain.words import full_day
from mace.meetings.queries.agenda import DISCUSSED
from mace.meetings.queries.room import brief_words, record_facts
from mace.models import (
    Action,
    ActionChild,
    Agency,
    Attendance,
    Brief,
    Contribution,
    Draft,
    Item,
    LedgerLine,
    Meeting,
    MeetingAttendance,
    SeriesAgency,
    Subject,
)
from mace.sharing.commands import release_agreed, release_record

RECORD_KINDS = (
    LineKind.WORRY,
    LineKind.CHANGED,
    LineKind.LIFE_NOW,
    LineKind.CHILDS_WORDS,
    LineKind.NOT_HEARD,
    LineKind.PLAN_TO_HEAR,
    LineKind.ANALYSIS,
    LineKind.DECISION,
    LineKind.RATIONALE,
    LineKind.DISSENT,
    LineKind.CONTINGENCY,
    LineKind.SAFETY_TONIGHT,
    LineKind.NO_ACTION,
    LineKind.WHO_TELLS,
)
"""The lines of an item's record that the meeting writes itself, one of each kind (``practice.md`` 1.9, rule 10)."""
SOURCES = {
    LineKind.CHILDS_WORDS: Source.CHILDS_WORDS,
    LineKind.ANALYSIS: Source.OPINION,
    LineKind.RATIONALE: Source.OPINION,
    LineKind.DISSENT: Source.OPINION,
}

Presences = Mapping[UUID, tuple[Presence, str]]
"""For each agency how it is there, and who."""


def start_meeting(session: MaceSession, actor: Actor, meeting_id: UUID, presences: Presences, *, now: datetime) -> None:
    """Open the meeting with who is there. Its agenda has been published, or is published by beginning."""
    meeting = _meeting(session, meeting_id)
    if meeting.state not in (MeetingState.PLANNED, MeetingState.PUBLISHED):
        raise Refused("This meeting has begun already, or is over")
    if meeting.held_on > london_day(now):
        raise Refused(f"This meeting is planned for {full_day(meeting.held_on)}: change its day first to hold it today")
    meeting.state, meeting.opened_at = MeetingState.OPENED, now
    meeting.published_at = meeting.published_at or now
    set_attendance(session, actor, meeting_id, presences)


def set_attendance(session: MaceSession, actor: Actor, meeting_id: UUID, presences: Presences) -> None:
    """Who is there from now on. Items already closed keep who was there for them."""
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
    item = _running(session, actor, item_id)
    kept = {row.agency_id: row for row in _attendance_of(session, item.id)}
    for agency_id, (presence, who) in presences.items():
        row = kept.get(agency_id)
        if row is None:
            session.add(Attendance(item_id=item.id, agency_id=agency_id, presence=presence, who=who))
        else:
            row.presence, row.who = presence, who
    session.flush()


def _attendance_of(session: MaceSession, item_id: UUID) -> Sequence[Attendance]:
    statement = select(Attendance).where(Attendance.item_id == item_id)
    found: Sequence[Attendance] = session.exec(scope.within(statement, "attendance of an item in scope")).all()
    return found


def _meeting(session: MaceSession, meeting_id: UUID) -> Meeting:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotThere
    return meeting


def _item(session: MaceSession, actor: Actor, item_id: UUID, permission: Permission) -> Item:
    item: Item = scope.one(session, scope.area(select(Item).where(Item.id == item_id), actor, permission))
    return item


def _running(session: MaceSession, actor: Actor, item_id: UUID, *, now: datetime | None = None) -> Item:
    """An item of a running meeting that is not closed; touching it means it is being discussed."""
    item = _item(session, actor, item_id, Permission.ITEM_RUN)
    if item.state in DISCUSSED:
        raise Refused("This item was read back and closed: what was agreed has been sent")
    if item.state in (ItemState.LEFT_OFF, ItemState.PUT_OFF):
        raise Refused("Somebody took this item off the agenda. Your words are kept: put it back to go on")
    if _meeting(session, item.meeting_id).state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    if item.state is ItemState.ON_AGENDA and now is not None:
        item.state, item.opened_at = ItemState.OPENED, now
    return item


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
    item = _running(session, actor, item_id, now=now)
    _on_record(session, item, action_id)
    return actions.decide(
        session,
        actor,
        action_id,
        item.meeting_id,
        decision,
        item_id=item.id,
        version=version,
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
    item = _running(session, actor, item_id, now=now)
    return actions.note_in_date(session, actor, item.subject_id, item.meeting_id, area=area, now=now)


def take_back_decision(
    session: MaceSession, actor: Actor, item_id: UUID, action_id: UUID, *, area: Area, now: datetime
) -> None:
    """Undo this meeting's decision about an action while its item is not closed."""
    item = _running(session, actor, item_id, now=now)
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

    Raises :class:`Refused` whose field begins with the action's id.
    """
    for look in looks:
        try:
            decide_action(session, actor, item_id, look.action_id, look.decision, area=area, now=now, **look.said)
        except Refused as no:
            raise Refused(no.reason, f"{look.action_id}-{no.field or 'decision'}") from no
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
    """Agree a new action about the item's subject. The owner may be somebody without an account; the concern new."""
    item = _running(session, actor, item_id, now=now)
    meeting = _meeting(session, item.meeting_id)
    if new_owner:
        if new_owner_agency_id is None:
            raise Refused("Choose their agency", "new_owner_agency")
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
    from mace.models import Person

    owner = session.get(Person, owner_id) if owner_id is not None else None
    if owner is None:
        return False
    here = {row.agency_id: row.presence for row in _attendance_of(session, item.id)}
    for row in session.exec(select(MeetingAttendance).where(MeetingAttendance.meeting_id == item.meeting_id)):
        here.setdefault(row.agency_id, row.presence)
    presence = here.get(owner.agency_id)
    return presence is not None and presence.counts_for_quorum


# --- The record -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Risk:
    """Risk as assessed elsewhere (tool, level, day, by whom) beside the meeting's own view."""

    assessed_with: str = ""
    assessed_level: str = ""
    assessed_on: date | None = None
    assessed_by: str = ""
    level: RiskLevel | None = None
    harm_status: HarmStatus | None = None
    direction: Direction | None = None
    next_review_on: date | None = None
    proposes_exit: bool = False


def save_record(
    session: MaceSession,
    actor: Actor,
    item_id: UUID,
    *,
    lines: Mapping[LineKind, str],
    risk: Risk,
    version: int | None = None,
    now: datetime,
) -> Item:
    """Save what the meeting writes about a subject: while it is discussed, and until the record is approved.

    Raises :class:`Clash` when somebody saved since the page was read: both texts are kept.
    """
    item = _item(session, actor, item_id, Permission.ITEM_RUN)
    if item.state is ItemState.APPROVED:
        raise Refused("This record is approved: signed text never changes. Make a correction instead")
    if item.state is not ItemState.CLOSED:
        item = _running(session, actor, item_id, now=now)
    if version is not None and version != item.version:
        raise Clash(
            "Somebody else saved this record while you were typing. Nothing is lost: both texts are below. "
            "Put together what should stand, then save again"
        )
    _write(session, actor, item, lines, risk, now)
    drop_draft(session, actor, RECORD_DRAFT, item.id)
    return item


def _write(
    session: MaceSession, actor: Actor, item: Item, lines: Mapping[LineKind, str], risk: Risk, now: datetime
) -> None:
    today = london_day(now)
    if risk.next_review_on is not None and risk.next_review_on <= today and item.state is not ItemState.APPROVED:
        raise Refused("The next review must be after today", "next_review_on")
    if risk.assessed_on is not None and risk.assessed_on > today:
        raise Refused("The day of the assessment cannot be in the future", "assessed_on")
    for name in Risk.__dataclass_fields__:
        setattr(item, name, getattr(risk, name))
    kept = {line.kind: line for line in _own_lines(session, item.id)}
    said_by = _said_in_briefs(session, item.id)
    for kind, words in lines.items():
        line = kept.get(kind)
        if line is None and words:
            session.add(_new_line(actor, item, kind, words, said_by.get((kind, words)), today, now))
        elif line is not None and not words:
            session.delete(line)
        elif line is not None and line.words != words:
            line.words, line.entered_by_id = words, actor.person_id
    item.saved_at, item.saved_by_id = now, actor.person_id
    session.flush()


def _own_lines(session: MaceSession, item_id: UUID) -> Sequence[Contribution]:
    statement = select(Contribution).where(Contribution.item_id == item_id, col(Contribution.kind).in_(RECORD_KINDS))
    found: Sequence[Contribution] = session.exec(scope.within(statement, "the record of an item in scope")).all()
    return found


def _said_in_briefs(session: MaceSession, item_id: UUID) -> dict[tuple[LineKind, str], Brief]:
    """Words taken over from a worker's brief stay the worker's."""
    briefs = session.exec(scope.within(select(Brief).where(Brief.item_id == item_id), "briefs of an item in scope"))
    return {(kind, words): brief for brief in briefs for kind, words in brief_words(brief).items() if words}


def _new_line(
    actor: Actor, item: Item, kind: LineKind, words: str, brief: Brief | None, today: date, now: datetime
) -> Contribution:
    if actor.agency_id is None:
        raise Refused("Only a person of an agency may write in a record")
    return Contribution(
        subject_id=item.subject_id,
        item_id=item.id,
        kind=kind,
        words=words,
        said_on=today,
        entered_at=now,
        source_agency_id=brief.source_agency_id if brief else actor.agency_id,
        source_person_id=brief.source_person_id if brief else actor.person_id,
        entered_by_id=actor.person_id,
        source=SOURCES.get(kind, Source.FACT),
    )


RECORD_DRAFT = "record"
DRAFTS = (RECORD_DRAFT,)
"""The forms that keep a draft."""


def save_draft(session: MaceSession, actor: Actor, form: str, about_id: UUID, content: str, *, now: datetime) -> Draft:
    """Keep what somebody is typing. Private to them, overwritten each time, gone at Save; never history."""
    if form not in DRAFTS:
        raise NotThere
    statement = select(Draft).where(Draft.form == form, Draft.about_id == about_id)
    draft: Draft | None = session.exec(scope.own(statement, Draft.person_id, actor)).one_or_none()
    if draft is None:
        draft = Draft(person_id=actor.me, form=form, about_id=about_id, content=content, saved_at=now)
        session.add(draft)
    else:
        draft.content, draft.saved_at, draft.revision = content, now, draft.revision + 1
    session.flush()
    return draft


def drop_draft(session: MaceSession, actor: Actor, form: str, about_id: UUID) -> None:
    """What was typed is saved, or thrown away by its author."""
    if actor.person_id is None:
        return
    statement = select(Draft).where(Draft.form == form, Draft.about_id == about_id)
    draft = session.exec(scope.own(statement, Draft.person_id, actor)).one_or_none()
    if draft is not None:
        session.delete(draft)
        session.flush()


# --- Closing, putting off, ending, approving ------------------------------------------------------------------------


def close_item(session: MaceSession, actor: Actor, item_id: UUID, *, area: Area, now: datetime) -> Item:
    """Read back and close: what was agreed goes at once to whom it concerns (rule 8).

    Nothing holds it back: not a missing field, not a question, not a quorum. The subject's level, direction and next
    review become what the meeting said; without a review day it is the one for the level.
    """
    item = _item(session, actor, item_id, Permission.ITEM_RUN)
    if item.state in DISCUSSED:
        raise Refused("This item is closed already: what was agreed has been sent")
    item = _running(session, actor, item_id, now=now)
    meeting = _meeting(session, item.meeting_id)
    _stamp_attendance(session, item, meeting)
    subject: Subject = scope.one(
        session, scope.within(select(Subject).where(Subject.id == item.subject_id), "the subject of an item in scope")
    )
    if item.next_review_on is None:
        item.next_review_on = meeting.held_on + timedelta(days=area.review_days(item.level or subject.level))
    if item.level is not None:
        subject.level, subject.level_on = item.level, meeting.held_on
    subject.harm_status = item.harm_status or subject.harm_status
    subject.direction = item.direction or subject.direction
    subject.next_review_on = item.next_review_on
    subject.exit_proposed_on = (subject.exit_proposed_on or meeting.held_on) if item.proposes_exit else None
    item.state, item.closed_at, item.closed_by_id = ItemState.CLOSED, now, actor.person_id
    session.flush()
    release_agreed(session, actor, item.id, now=now)
    return item


def _stamp_attendance(session: MaceSession, item: Item, meeting: Meeting) -> None:
    """Freeze who was there for this item, and whether that made a quorum (rule 1, ``practice.md`` 1.5)."""
    here = {row.agency_id: row for row in _attendance_of(session, item.id)}
    for row in session.exec(select(MeetingAttendance).where(MeetingAttendance.meeting_id == meeting.id)):
        if row.agency_id not in here:
            mine = Attendance(item_id=item.id, agency_id=row.agency_id, presence=row.presence, who=row.who)
            session.add(mine)
            here[row.agency_id] = mine
    names = dict(session.exec(select(Agency.id, Agency.name)).all())
    needed = session.exec(
        select(SeriesAgency.agency_id).where(SeriesAgency.series_id == meeting.series_id, col(SeriesAgency.for_quorum))
    ).all()
    present = [names[agency] for agency, row in here.items() if row.presence.counts_for_quorum]
    verdict = quorum(present, [names[agency] for agency in needed])
    item.is_quorate, item.quorum_words = verdict.is_quorate, verdict.words


def put_off(session: MaceSession, actor: Actor, item_id: UUID, *, because: str, now: datetime) -> Item:
    """Put an item off to the next meeting: it comes back by itself, and is counted. No count of its actions resets."""
    item = _running(session, actor, item_id, now=now)
    if not because:
        raise Refused("Say why it is put off", "because")
    item.state, item.off_because, item.opened_at = ItemState.PUT_OFF, because, None
    item.times_put_off += 1
    return item


def end_meeting(
    session: MaceSession, actor: Actor, meeting_id: UUID, *, because: str, area: Area, now: datetime
) -> Meeting:
    """End the meeting. What was not discussed is put off with the reason given, and comes back by itself.

    Every unfinished action of the series is one meeting older: where it stands is stored again.
    """
    meeting = _meeting(session, meeting_id)
    if meeting.state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    statement = select(Item).where(
        Item.meeting_id == meeting_id, col(Item.state).in_((ItemState.ON_AGENDA, ItemState.OPENED))
    )
    left = session.exec(scope.area(statement, actor, Permission.ITEM_RUN)).all()
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


def approve_item(session: MaceSession, actor: Actor, item_id: UUID, *, anyway_because: str = "", now: datetime) -> Item:
    """Approve the record: it goes out as version one. Somebody else than the minute-taker approves (``security.md``).

    A record that lacks something may be approved anyway: who and why are kept (rule 10).
    """
    item = _item(session, actor, item_id, Permission.ITEM_APPROVE)
    meeting = _meeting(session, item.meeting_id)
    if item.state is ItemState.APPROVED:
        raise Refused("This record is approved already")
    if item.state is not ItemState.CLOSED:
        raise Refused("Read the item back and close it first")
    if not may_approve(actor, meeting.minute_taker_id):
        raise Refused("You took the minutes of this meeting, so somebody else approves its records")
    if gaps(record_facts(session, actor, item.id)) and not anyway_because:
        raise Refused("Say why it is approved although something is missing", "anyway_because")
    item.state, item.approved_at, item.approved_by_id = ItemState.APPROVED, now, actor.person_id
    item.approved_anyway_because = anyway_because
    session.flush()
    release_record(session, actor, item.id, now=now)
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
    now: datetime,
) -> Item:
    """Correct an approved record: the signed text stays as it was, the correction is a new version with a reason."""
    item = _item(session, actor, item_id, Permission.ITEM_APPROVE)
    if item.state is not ItemState.APPROVED:
        raise Refused("This record is not approved yet: change it where it was written")
    if not because:
        raise Refused("Say what was wrong and how you know", "because")
    if version is not None and version != item.version:
        raise Clash("Somebody else corrected this record while you were typing. Both texts are below")
    _write(session, actor, item, lines, risk, now)
    release_record(session, actor, item.id, now=now, because=because)
    return item
