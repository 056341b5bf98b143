"""The room: everything about one item while the meeting talks, and what its record still lacks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from mace import scope
from mace.actions.queries import ToDecide, list_concerns, list_to_decide
from mace.children.queries import reader_of
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.ledger import may_be_noted_in_one_act
from mace.domain.policy import Actor, Permission
from mace.domain.quality import Gap, RecordFacts, gaps, says_nothing_changed, three_worst
from mace.domain.vocabulary import (
    Cause,
    Decision,
    Direction,
    EventKind,
    Handling,
    HarmStatus,
    ItemState,
    LineKind,
    MeetingState,
    Presence,
    RequestAnswer,
    RiskLevel,
    SubjectKind,
)
from mace.history import Seen
from mace.meetings.queries.agenda import DISCUSSED, AgendaItem, MeetingPage, get_meeting
from mace.models import (
    Action,
    Agency,
    Attendance,
    Brief,
    Child,
    Concern,
    Contribution,
    Draft,
    Event,
    InformationRequest,
    Item,
    LedgerLine,
    Meeting,
    MeetingAttendance,
    Person,
    Subject,
)
from mace.sharing.builder import build

LOOKS_BACK_DAYS = 28
"""How far "since last time" looks back where there was no meeting before."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line with who said it and who may have it, on its way through the builder."""

    kind: Any
    words: str
    handling: Handling
    source_agency_id: UUID


@dataclass(frozen=True, slots=True)
class Decided:
    """What this meeting decided about an action."""

    decision: Decision
    reason: str
    cause: Cause | None
    new_due: date | None
    by: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened."""

    on: date
    title: str
    words: str
    source: str
    is_since_last_time: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What an agency answered before the meeting."""

    agency: str
    answer: RequestAnswer | None
    words: str
    request_id: UUID


@dataclass(frozen=True, slots=True)
class BriefLines:
    """A worker's brief."""

    person: str
    lines: tuple[tuple[str, str], ...]
    answered_at: datetime | None
    words: dict[LineKind, str]
    """What the brief says for lines of the record, so that nobody types it again."""


@dataclass(frozen=True, slots=True)
class ConcernLine:
    """A live concern, and whether an unfinished action reduces it."""

    id: UUID
    words: str
    is_covered: bool


@dataclass(frozen=True, slots=True)
class Here:
    """How an agency is there for this item."""

    agency_id: UUID
    agency: str
    presence: Presence
    who: str
    for_quorum: bool


@dataclass(frozen=True, slots=True)
class DraftText:
    """What this person was typing and did not save."""

    content: str
    revision: int
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class RoomPage:
    """One item in the room."""

    meeting: MeetingPage
    item: AgendaItem
    version: int
    also_known_as: str
    school: str
    last_on: date | None
    """The last meeting of this series that discussed the subject."""
    subject_level: RiskLevel | None
    assessed_with: str
    assessed_level: str
    assessed_on: date | None
    assessed_by: str
    level: RiskLevel | None
    harm_status: HarmStatus | None
    direction: Direction | None
    next_review_on: date | None
    proposes_exit: bool
    lines: dict[LineKind, str]
    saved_at: datetime | None
    saved_by: str
    closed_at: datetime | None
    closed_by: str
    approved_at: datetime | None
    draft: DraftText | None
    told: tuple[Told, ...]
    briefs: tuple[BriefLines, ...]
    happened: tuple[Happened, ...]
    actions: tuple[ToDecide, ...]
    decided: dict[UUID, Decided]
    concerns: tuple[ConcernLine, ...]
    here: tuple[Here, ...]
    quorum_words: str
    linked_children: tuple[tuple[UUID, str], ...]
    gaps: tuple[Gap, ...]
    facts: RecordFacts
    seen: Seen

    @property
    def position(self) -> int:
        """Where it stands on the agenda, from 1."""
        return next(n for n, one in enumerate(self.meeting.items, 1) if one.id == self.item.id)

    @property
    def following(self) -> AgendaItem | None:
        """The next item that is not over, in the order of the agenda, then from its start."""
        items = self.meeting.items
        here = next((n for n, one in enumerate(items) if one.id == self.item.id), -1)
        return next((one for one in (*items[here + 1 :], *items[: max(here, 0)]) if not one.is_over), None)

    @property
    def is_running(self) -> bool:
        """Decisions can be taken: the meeting runs and the item is not closed."""
        return self.meeting.state is MeetingState.OPENED and self.item.state in (
            ItemState.ON_AGENDA,
            ItemState.OPENED,
        )

    @property
    def may_write(self) -> bool:
        """The record can still be written: while it is discussed and until it is approved."""
        return self.is_running or self.item.state is ItemState.CLOSED

    @property
    def first_looks(self) -> tuple[ToDecide, ...]:
        """Actions from a spreadsheet that no meeting here has looked at."""
        return tuple(one for one in self.actions if not one.facts.confirmed_here and one.decided is None)

    @property
    def to_note(self) -> int:
        """Actions in date with an update, to be noted together in one act."""
        return sum(
            one.decided is None and may_be_noted_in_one_act(one.facts, self.meeting.held_on, self.last_on)
            for one in self.actions
        )

    @property
    def undecided(self) -> tuple[ToDecide, ...]:
        """Unfinished actions this meeting has not looked at yet; new ones were looked at by being agreed."""
        return tuple(one for one in self.actions if one.decided is None and one.facts.set_on < self.meeting.held_on)

    @property
    def agreed_today(self) -> tuple[ToDecide, ...]:
        """Actions agreed at this meeting."""
        return tuple(one for one in self.actions if one.decided is None and one.facts.set_on >= self.meeting.held_on)


def get_room(session: MaceSession, actor: Actor, today: date, item_id: UUID, area: Area) -> RoomPage:
    """One item with all a meeting needs, for those who run it. Raises ``NotThere``."""
    saved_by, closed_by = aliased(Person), aliased(Person)
    statement: Any = (
        sa.select(Item, Subject, Child, col(saved_by.name), col(closed_by.name))
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(saved_by, col(saved_by.id) == col(Item.saved_by_id))
        .outerjoin(closed_by, col(closed_by.id) == col(Item.closed_by_id))
        .where(col(Item.id) == item_id)
    )
    row = scope.one_row(session, scope.area(statement, actor, Permission.ITEM_RUN))
    item, subject, child = row[0], row[1], row[2]
    meeting = get_meeting(session, actor, today, item.meeting_id)
    last_on = _last_on(session, meeting, subject.id)
    actions = list_to_decide(session, actor, subject.id, meeting.id, meeting.held_on, area)
    written = _lines(session, actor, subject.id, item.id)
    facts = record_facts(session, actor, item.id)
    return RoomPage(
        meeting=meeting,
        item=next(one for one in (*meeting.items, *meeting.off) if one.id == item_id),
        version=item.version,
        also_known_as=child.also_known_as if child else "",
        school=child.school if child else "",
        last_on=last_on,
        subject_level=subject.level,
        assessed_with=item.assessed_with,
        assessed_level=item.assessed_level,
        assessed_on=item.assessed_on,
        assessed_by=item.assessed_by,
        level=item.level,
        harm_status=item.harm_status,
        direction=item.direction,
        next_review_on=item.next_review_on,
        proposes_exit=item.proposes_exit,
        lines=written,
        saved_at=item.saved_at,
        saved_by=row[3] or "",
        closed_at=item.closed_at,
        closed_by=row[4] or "",
        approved_at=item.approved_at,
        draft=find_draft(session, actor, "record", item.id, since=item.saved_at),
        told=_told(session, actor, subject.id, item.id),
        briefs=_briefs(session, actor, item.id),
        happened=_happened(session, actor, subject.id, last_on or meeting.held_on - timedelta(days=LOOKS_BACK_DAYS)),
        actions=actions,
        decided=_decided(session, meeting.id, [one.line.id for one in actions]),
        concerns=_concerns(session, actor, today, subject.id),
        here=_here(session, meeting, item.id),
        quorum_words=item.quorum_words,
        linked_children=_linked_children(session, actor, subject),
        gaps=gaps(facts),
        facts=facts,
        seen=Seen("item", (item.id,), subject.id, "area"),
    )


def _last_on(session: MaceSession, meeting: MeetingPage, subject_id: UUID) -> date | None:
    statement = (
        sa.select(sa.func.max(col(Meeting.held_on)))
        .join(Item, col(Item.meeting_id) == col(Meeting.id))
        .where(
            col(Meeting.series_id) == meeting.series_id,
            col(Meeting.held_on) < meeting.held_on,
            col(Item.subject_id) == subject_id,
            col(Item.state).in_(DISCUSSED),
        )
    )
    found: date | None = rows(session, scope.within(statement, "meetings that discussed an item in scope"))[0][0]
    return found


def _lines(session: MaceSession, actor: Actor, subject_id: UUID, item_id: UUID) -> dict[LineKind, str]:
    """The record's own lines, as far as this reader may have them (rule 9)."""
    statement: Any = (
        sa.select(
            col(Contribution.kind),
            col(Contribution.words),
            col(Contribution.handling),
            col(Contribution.source_agency_id),
        )
        .where(
            col(Contribution.item_id) == item_id,
            col(Contribution.kind).not_in((LineKind.INFORMATION, LineKind.UPDATE)),
        )
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    reader = reader_of(session, actor, subject_id)
    found = rows(session, scope.within(statement, "the record of an item in scope"))
    return {line.kind: line.words for line in build(reader, (Said(*row) for row in found))}


def _told(session: MaceSession, actor: Actor, subject_id: UUID, item_id: UUID) -> tuple[Told, ...]:
    statement: Any = (
        sa.select(
            col(InformationRequest.id),
            col(Agency.name),
            col(InformationRequest.answer),
            col(Contribution.words),
            col(Contribution.handling),
            col(Contribution.source_agency_id),
        )
        .join(Agency, col(Agency.id) == col(InformationRequest.agency_id))
        .outerjoin(Contribution, col(Contribution.id) == col(InformationRequest.contribution_id))
        .where(col(InformationRequest.item_id) == item_id)
        .order_by(col(InformationRequest.answer).is_(None), col(Agency.name), col(InformationRequest.id))
    )
    reader = reader_of(session, actor, subject_id)
    told = []
    for request_id, agency, answer, words, handling, source in rows(
        session, scope.within(statement, "answers about an item in scope")
    ):
        lines = [] if words is None else build(reader, [Said(LineKind.INFORMATION, words, handling, source)])
        told.append(Told(agency, answer, "".join(line.words for line in lines), request_id))
    return tuple(told)


def brief_words(brief: Brief) -> dict[LineKind, str]:
    """The lines of the record that a brief already says."""
    return {
        LineKind.CHANGED: brief.what_changed,
        LineKind.CHILDS_WORDS: brief.childs_words,
        LineKind.WHO_TELLS: brief.who_tells,
    }


def _briefs(session: MaceSession, actor: Actor, item_id: UUID) -> tuple[BriefLines, ...]:
    statement: Any = (
        sa.select(Brief, col(Person.name))
        .join(Person, col(Person.id) == col(Brief.person_id))
        .where(col(Brief.item_id) == item_id)
        .order_by(col(Person.name), col(Brief.id))
    )
    return tuple(
        BriefLines(
            name,
            tuple(
                (label, words)
                for label, words in (
                    ("Last seen", brief.last_seen),
                    ("The child says", brief.childs_words),
                    ("What changed", brief.what_changed),
                    ("What I need", brief.what_i_need),
                    ("Who tells the child", brief.who_tells),
                )
                if words
            ),
            brief.answered_at,
            {kind: words for kind, words in brief_words(brief).items() if words},
        )
        for brief, name in session.execute(scope.within(statement, "briefs about an item in scope"))
    )


def _happened(
    session: MaceSession, actor: Actor, subject_id: UUID, since: date, limit: int = 15
) -> tuple[Happened, ...]:
    statement: Any = (
        sa.select(
            col(Event.happened_on),
            col(Event.kind),
            col(Event.words),
            col(Event.handling),
            col(Event.source_agency_id),
            col(Agency.name),
        )
        .join(Agency, col(Agency.id) == col(Event.source_agency_id))
        .where(col(Event.subject_id) == subject_id, col(Event.withdrawn_at).is_(None))
        .order_by(col(Event.happened_on).desc(), col(Event.entered_at).desc(), col(Event.id))
        .limit(limit)
    )
    reader = reader_of(session, actor, subject_id)
    happened = []
    for on, kind, words, handling, source, agency in rows(
        session, scope.within(statement, "events of an item in scope")
    ):
        for line in build(reader, [Said(kind, words, handling, source)]):
            happened.append(Happened(on, kind.label, line.words, agency, on >= since))
    return tuple(happened)


def _decided(session: MaceSession, meeting_id: UUID, action_ids: list[UUID]) -> dict[UUID, Decided]:
    statement: Any = (
        sa.select(
            col(LedgerLine.action_id),
            col(LedgerLine.decision),
            col(LedgerLine.reason),
            col(LedgerLine.cause),
            col(LedgerLine.new_due),
            col(Person.name),
        )
        .outerjoin(Person, col(Person.id) == col(LedgerLine.by_id))
        .where(col(LedgerLine.meeting_id) == meeting_id, col(LedgerLine.action_id).in_(action_ids))
        .order_by(col(LedgerLine.id))
    )
    found = rows(session, scope.within(statement, "decisions about actions of an item in scope"))
    return {row.action_id: Decided(row.decision, row.reason, row.cause, row.new_due, row.name or "") for row in found}


def _concerns(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> tuple[ConcernLine, ...]:
    covered = set(
        session.exec(
            scope.within(
                select(Action.concern_id).where(Action.subject_id == subject_id, col(Action.ended_on).is_(None)),
                "concerns that unfinished actions of an item reduce",
            )
        )
    )
    return tuple(
        ConcernLine(concern_id, words, concern_id in covered)
        for concern_id, words in list_concerns(session, actor, today, subject_id)
    )


def list_attendance(session: MaceSession, meeting: MeetingPage) -> tuple[Here, ...]:
    """Who is at the meeting; before it begins everybody expected is taken to come. Names no child."""
    found = _at_meeting(session, meeting.id)
    usual = (Presence.PRESENT, "") if not found else (Presence.ABSENT, "")
    return _in_order(meeting, found, usual)


def _in_order(meeting: MeetingPage, found: dict[UUID, Any], usual: tuple[Presence, str]) -> tuple[Here, ...]:
    here = []
    for agency_id, name, for_quorum in meeting.agencies:
        presence, who = found.get(agency_id, usual)
        here.append(Here(agency_id, name, presence, who, for_quorum))
    return tuple(here)


def _at_meeting(session: MaceSession, meeting_id: UUID) -> dict[UUID, Any]:
    statement = sa.select(
        col(MeetingAttendance.agency_id), col(MeetingAttendance.presence), col(MeetingAttendance.who)
    ).where(col(MeetingAttendance.meeting_id) == meeting_id)
    return {row[0]: row[1:] for row in rows(session, statement)}


def _here(session: MaceSession, meeting: MeetingPage, item_id: UUID) -> tuple[Here, ...]:
    """Who is there for the item: as noted for it, else as noted for the meeting."""
    at_meeting = _at_meeting(session, meeting.id)
    at_item = {
        row[0]: row[1:]
        for row in rows(
            session,
            scope.within(
                sa.select(col(Attendance.agency_id), col(Attendance.presence), col(Attendance.who)).where(
                    col(Attendance.item_id) == item_id
                ),
                "attendance of an item in scope",
            ),
        )
    }
    return _in_order(meeting, at_meeting | at_item, (Presence.ABSENT, ""))


def _linked_children(session: MaceSession, actor: Actor, subject: Subject) -> tuple[tuple[UUID, str], ...]:
    """Children whom an action on this place, group or person may protect."""
    from mace.models import ContextChild

    if subject.kind is SubjectKind.CHILD:
        return ()
    statement = (
        sa.select(col(Subject.id), col(Subject.name))
        .join(ContextChild, col(ContextChild.child_id) == col(Subject.id))
        .where(col(ContextChild.context_id) == subject.id, col(Subject.closed_on).is_(None))
        .order_by(col(Subject.name), col(Subject.id))
    )
    return tuple((row[0], row[1]) for row in rows(session, scope.area(statement, actor, Permission.ITEM_RUN)))


def find_draft(
    session: MaceSession, actor: Actor, form: str, about_id: UUID, *, since: datetime | None
) -> DraftText | None:
    """What this person was typing in a form and did not save, unless the form was saved after it."""
    statement = sa.select(col(Draft.content), col(Draft.revision), col(Draft.saved_at)).where(
        col(Draft.form) == form, col(Draft.about_id) == about_id
    )
    found = rows(session, scope.own(statement, Draft.person_id, actor))
    return DraftText(*found[0]) if found else None


def record_facts(session: MaceSession, actor: Actor, item_id: UUID) -> RecordFacts:
    """What decides whether the record of an item is good enough (rule 10)."""
    item, subject = scope.one_row(
        session,
        scope.area(
            sa.select(Item, Subject)
            .join(Subject, col(Subject.id) == col(Item.subject_id))
            .where(col(Item.id) == item_id),
            actor,
            Permission.ITEM_RUN,
        ),
    )
    kinds = _kinds_of(session, subject.id)
    said = kinds.get(item.id, {})
    before = _items_before(session, subject.id, item)
    uncovered = _uncovered(session, subject.id)
    return RecordFacts(
        kinds=frozenset(kind for kind, words in said.items() if words.strip()),
        level=item.level or subject.level,
        is_about_child=subject.kind is SubjectKind.CHILD,
        is_missing_now=_is_missing(session, subject.id),
        uncovered_concerns=0 if LineKind.NO_ACTION in said else uncovered,
        childs_words_reason=LineKind.NOT_HEARD in said,
        not_obtained_running=_running(item.id, before, lambda key: LineKind.CHILDS_WORDS not in kinds.get(key, {})),
        has_plan_to_hear=LineKind.PLAN_TO_HEAR in said,
        nothing_changed_running=_running(
            item.id, before, lambda key: says_nothing_changed(kinds.get(key, {}).get(LineKind.CHANGED, ""))
        ),
    )


def _running(item_id: UUID, before: Sequence[UUID], holds: Any) -> int:
    """Reviews running, this one first, for which something holds."""
    number = 0
    for key in (item_id, *before):
        if not holds(key):
            break
        number += 1
    return number


def _items_before(session: MaceSession, subject_id: UUID, item: Item) -> list[UUID]:
    """The items that discussed the subject before this one, newest first."""
    this = sa.select(col(Meeting.held_on)).where(col(Meeting.id) == item.meeting_id).scalar_subquery()
    statement = (
        sa.select(col(Item.id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(
            col(Item.subject_id) == subject_id,
            col(Item.state).in_(DISCUSSED),
            col(Item.id) != item.id,
            col(Meeting.held_on) < this,
        )
        .order_by(col(Meeting.held_on).desc(), col(Item.id))
        .limit(6)
    )
    return [row[0] for row in rows(session, scope.within(statement, "items before an item in scope"))]


def _kinds_of(session: MaceSession, subject_id: UUID) -> dict[UUID, dict[LineKind, str]]:
    statement = sa.select(col(Contribution.item_id), col(Contribution.kind), col(Contribution.words)).where(
        col(Contribution.subject_id) == subject_id, col(Contribution.item_id).is_not(None)
    )
    found: dict[UUID, dict[LineKind, str]] = {}
    for item_id, kind, words in rows(session, scope.within(statement, "kinds of line in the records of a subject")):
        found.setdefault(item_id, {})[kind] = words
    return found


def _uncovered(session: MaceSession, subject_id: UUID) -> int:
    covered = sa.select(col(Action.concern_id)).where(
        col(Action.subject_id) == subject_id, col(Action.ended_on).is_(None), col(Action.concern_id).is_not(None)
    )
    statement = sa.select(sa.func.count(col(Concern.id))).where(
        col(Concern.subject_id) == subject_id, col(Concern.ended_on).is_(None), col(Concern.id).not_in(covered)
    )
    return int(rows(session, scope.within(statement, "uncovered concerns of an item in scope"))[0][0])


def _is_missing(session: MaceSession, subject_id: UUID) -> bool:
    statement = (
        sa.select(col(Event.kind))
        .where(
            col(Event.subject_id) == subject_id,
            col(Event.kind).in_((EventKind.MISSING, EventKind.RETURNED)),
            col(Event.withdrawn_at).is_(None),
        )
        .order_by(col(Event.happened_on).desc(), col(Event.entered_at).desc(), col(Event.id))
        .limit(1)
    )
    found = rows(session, scope.within(statement, "whether a child is missing now"))
    return bool(found) and found[0][0] is EventKind.MISSING


def list_worst_records(session: MaceSession, actor: Actor, meeting: MeetingPage) -> tuple[tuple[AgendaItem, str], ...]:
    """The three records of a meeting that lack most, one line each (rule 10), among those not approved yet."""
    closed = {item: record_facts(session, actor, item.id) for item in meeting.items if item.state is ItemState.CLOSED}
    return three_worst(closed)
