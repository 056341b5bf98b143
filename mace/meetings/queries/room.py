"""The room: everything about one item while the meeting talks, and what its record still lacks."""

from collections.abc import Mapping
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
from mace.domain.actions import decisions_for
from mace.domain.area import Area
from mace.domain.handling import Reader, build
from mace.domain.policy import Actor, Permission
from mace.domain.quality import Gap, RecordFacts, gaps
from mace.domain.vocabulary import (
    Cause,
    Decision,
    Direction,
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
from mace.meetings.queries.agenda import DISCUSSED, OFF, AgendaItem, MeetingPage, get_meeting
from mace.meetings.queries.quality import record_facts
from mace.models import (
    Action,
    Agency,
    Attendance,
    Brief,
    Child,
    ContextChild,
    Contribution,
    Draft,
    Event,
    InformationRequest,
    Item,
    LedgerLine,
    Meeting,
    MeetingAttendance,
    Person,
    Series,
    Subject,
    Waiting,
)

SAVED_BY, CLOSED_BY, APPROVED_BY = (aliased(Person, name=name) for name in ("saved_by", "closed_by", "approved_by"))
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
    saves: int
    """How often the record was saved: what a writer's page carries."""
    also_known_as: str
    school: str
    last_on: date | None
    """The last meeting of this series that discussed the subject."""
    subject_level: RiskLevel | None
    exit_proposed: bool
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
    approved_by: str
    approved_anyway_because: str
    draft: DraftText | None
    told: tuple[Told, ...]
    briefs: tuple[BriefLines, ...]
    happened: tuple[Happened, ...]
    actions: tuple[ToDecide, ...]
    decided: dict[UUID, Decided]
    agreed: frozenset[UUID]
    """Actions agreed at this meeting."""
    other_series: dict[UUID, str]
    """The series that own actions here which this meeting cannot decide about, by name."""
    concerns: tuple[ConcernLine, ...]
    here: tuple[Here, ...]
    quorum_words: str
    linked_children: tuple[tuple[UUID, str], ...]
    gaps: tuple[Gap, ...]
    facts: RecordFacts
    seen: Seen

    @property
    def position(self) -> int | None:
        """Where it stands on the agenda, from 1; nowhere once it is off."""
        return next((n for n, one in enumerate(self.meeting.items, 1) if one.id == self.item.id), None)

    @property
    def is_off(self) -> bool:
        """Left off or put off."""
        return self.item.state in OFF

    @property
    def following(self) -> AgendaItem | None:
        """The next item that is not over."""
        return self.meeting.following(self.item.id)

    @property
    def ahead(self) -> tuple[AgendaItem, ...]:
        """What is still to be discussed: this item first, then what follows it, then what was passed over."""
        items = self.meeting.items
        here = (self.position or 1) - 1
        return tuple(one for one in (*items[here:], *items[:here]) if not one.is_over)

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
    def ours(self) -> tuple[ToDecide, ...]:
        """Actions that this series owns."""
        return tuple(one for one in self.actions if one.series_id not in self.other_series)

    @property
    def theirs(self) -> tuple[ToDecide, ...]:
        """Unfinished actions that another series owns: seen here, decided there."""
        return tuple(one for one in self.actions if one.series_id in self.other_series)

    @property
    def to_look_at(self) -> tuple[ToDecide, ...]:
        """Earlier actions, looked at here or still to be, worst first; those agreed at this meeting stand apart."""
        held_on = self.meeting.held_on
        return tuple(
            one
            for one in self.ours
            if one.line.id not in self.agreed and (one.decided is not None or one.line.set_on <= held_on)
        )

    @property
    def undecided(self) -> tuple[ToDecide, ...]:
        """Unfinished actions this meeting has not looked at yet."""
        return tuple(one for one in self.to_look_at if one.decided is None)

    @property
    def looked_at(self) -> tuple[ToDecide, ...]:
        """Earlier actions this meeting has decided about."""
        return tuple(one for one in self.to_look_at if one.decided is not None)

    @property
    def agreed_here(self) -> tuple[ToDecide, ...]:
        """Actions agreed at this meeting."""
        return tuple(one for one in self.ours if one.line.id in self.agreed)

    @property
    def first_looks(self) -> tuple[ToDecide, ...]:
        """Actions from a spreadsheet that no meeting here has looked at."""
        return tuple(one for one in self.undecided if not one.facts.confirmed_here)

    @property
    def to_note(self) -> int:
        """Actions in date with an update, to be noted together in one act."""
        return sum(one.may_be_noted for one in self.undecided)

    def choices(self, one: ToDecide) -> tuple[Decision, ...]:
        """What the meeting can decide about an action, the likeliest first."""
        in_date = not one.line.late and (one.line.due is None or one.line.due >= self.meeting.held_on)
        return decisions_for(one.line.state, is_in_date=in_date)


def get_room(session: MaceSession, actor: Actor, today: date, item_id: UUID, area: Area) -> RoomPage:
    """One item with all a meeting needs, for those who run it. Raises ``NotThere``."""
    statement: Any = (
        sa.select(Item, Subject, Child, col(SAVED_BY.name), col(CLOSED_BY.name), col(APPROVED_BY.name))
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(SAVED_BY, col(SAVED_BY.id) == col(Item.saved_by_id))
        .outerjoin(CLOSED_BY, col(CLOSED_BY.id) == col(Item.closed_by_id))
        .outerjoin(APPROVED_BY, col(APPROVED_BY.id) == col(Item.approved_by_id))
        .where(col(Item.id) == item_id)
    )
    row = scope.one_row(session, scope.area(statement, actor, Permission.ITEM_RUN))
    item, subject, child = row[0], row[1], row[2]
    meeting = get_meeting(session, actor, today, item.meeting_id)
    last_on = _last_on(session, meeting, subject.id)
    actions = list_to_decide(session, actor, subject.id, meeting.id, meeting.held_on, area)
    facts = record_facts(session, actor, item.id)
    reader = reader_of(session, actor, subject.id)
    return RoomPage(
        meeting=meeting,
        item=next(one for one in (*meeting.items, *meeting.off) if one.id == item_id),
        saves=item.saves,
        also_known_as=child.also_known_as if child else "",
        school=child.school if child else "",
        last_on=last_on,
        subject_level=subject.level,
        exit_proposed=subject.exit_proposed_on is not None,
        assessed_with=item.assessed_with,
        assessed_level=item.assessed_level,
        assessed_on=item.assessed_on,
        assessed_by=item.assessed_by,
        level=item.level,
        harm_status=item.harm_status,
        direction=item.direction,
        next_review_on=item.next_review_on,
        proposes_exit=item.proposes_exit,
        lines=_lines(session, reader, item.id),
        saved_at=item.saved_at,
        saved_by=row[3] or "",
        closed_at=item.closed_at,
        closed_by=row[4] or "",
        approved_at=item.approved_at,
        approved_by=row[5] or "",
        approved_anyway_because=item.approved_anyway_because,
        draft=find_draft(session, actor, "record", item.id),
        told=_told(session, reader, item.id),
        briefs=_briefs(session, reader, item.id),
        happened=_happened(session, reader, subject.id, last_on or meeting.held_on - timedelta(days=LOOKS_BACK_DAYS)),
        actions=actions,
        decided=_decided(session, meeting.id, [one.line.id for one in actions]),
        agreed=_agreed(session, meeting.id, [one.line.id for one in actions]),
        other_series=_other_series(session, meeting.series_id),
        concerns=_concerns(session, actor, today, subject.id),
        here=_here(session, meeting, item),
        quorum_words=item.quorum_words,
        linked_children=_linked_children(session, actor, subject, meeting),
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


def _lines(session: MaceSession, reader: Reader, item_id: UUID) -> dict[LineKind, str]:
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
    found = rows(session, scope.within(statement, "the record of an item in scope"))
    return {line.kind: line.words for line in build(reader, (Said(*row) for row in found))}


def _told(session: MaceSession, reader: Reader, item_id: UUID) -> tuple[Told, ...]:
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


def _briefs(session: MaceSession, reader: Reader, item_id: UUID) -> tuple[BriefLines, ...]:
    statement: Any = (
        sa.select(Brief, col(Person.name))
        .join(Person, col(Person.id) == col(Brief.person_id))
        .where(col(Brief.item_id) == item_id)
        .order_by(col(Person.name), col(Brief.id))
    )
    found = session.execute(scope.within(statement, "briefs about an item in scope")).all()
    readable = {brief.id for brief in build(reader, (brief for brief, _ in found))}
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
        for brief, name in found
        if brief.id in readable
    )


def _happened(
    session: MaceSession, reader: Reader, subject_id: UUID, since: date, limit: int = 15
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


def _agreed(session: MaceSession, meeting_id: UUID, action_ids: list[UUID]) -> frozenset[UUID]:
    here = sa.select(col(Item.id)).where(col(Item.meeting_id) == meeting_id)
    statement = sa.select(col(Action.id)).where(col(Action.id).in_(action_ids), col(Action.set_at_item_id).in_(here))
    return frozenset(row[0] for row in rows(session, scope.within(statement, "actions of an item in scope")))


def _other_series(session: MaceSession, series_id: UUID) -> dict[UUID, str]:
    statement = sa.select(col(Series.id), col(Series.name)).where(col(Series.id) != series_id).order_by(col(Series.id))
    return {row[0]: row[1] for row in rows(session, statement)}


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


def _here(session: MaceSession, meeting: MeetingPage, item: Item) -> tuple[Here, ...]:
    """Who is there for the item: as noted for it, else as noted for the meeting; once it is closed, as it was then."""
    at_meeting = _at_meeting(session, meeting.id) if item.closed_at is None else {}
    at_item = {
        row[0]: row[1:]
        for row in rows(
            session,
            scope.within(
                sa.select(col(Attendance.agency_id), col(Attendance.presence), col(Attendance.who)).where(
                    col(Attendance.item_id) == item.id
                ),
                "attendance of an item in scope",
            ),
        )
    }
    return _in_order(meeting, at_meeting | at_item, (Presence.ABSENT, ""))


def _linked_children(
    session: MaceSession, actor: Actor, subject: Subject, meeting: MeetingPage
) -> tuple[tuple[UUID, str], ...]:
    """Children whom an action may protect beside its subject (rule 2): those linked with a place, group or person; for
    a child, the other children on this agenda."""
    if subject.kind is SubjectKind.CHILD:
        return tuple(
            (one.subject_id, one.name) for one in meeting.items if one.is_child and one.subject_id != subject.id
        )
    statement = (
        sa.select(col(Subject.id), col(Subject.name))
        .join(ContextChild, col(ContextChild.child_id) == col(Subject.id))
        .where(col(ContextChild.context_id) == subject.id, col(Subject.closed_on).is_(None))
        .order_by(col(Subject.name), col(Subject.id))
    )
    return tuple((row[0], row[1]) for row in rows(session, scope.area(statement, actor, Permission.ITEM_RUN)))


def find_draft(session: MaceSession, actor: Actor, form: str, about_id: UUID) -> DraftText | None:
    """What this person was typing in a form and did not save."""
    statement = sa.select(col(Draft.content), col(Draft.revision), col(Draft.saved_at)).where(
        col(Draft.form) == form, col(Draft.about_id) == about_id
    )
    found = rows(session, scope.own(statement, Draft.person_id, actor))
    return DraftText(*found[0]) if found else None


@dataclass(frozen=True, slots=True)
class RecordHead:
    """Who saved the record of an item last: what keeping a draft needs to know."""

    item_id: UUID
    saves: int
    saved_at: datetime | None
    saved_by: str


def get_record_head(session: MaceSession, actor: Actor, today: date, item_id: UUID) -> RecordHead:
    """The same in one query, for the many times that a draft is kept. Raises ``NotThere``."""
    statement: Any = (
        sa.select(col(Item.id), col(Item.saves), col(Item.saved_at), sa.func.coalesce(col(Person.name), ""))
        .outerjoin(Person, col(Person.id) == col(Item.saved_by_id))
        .where(col(Item.id) == item_id)
    )
    return RecordHead(*scope.one_row(session, scope.area(statement, actor, Permission.ITEM_RUN)))


@dataclass(frozen=True, slots=True)
class Wait:
    """What an action waits on now, so that accepting it again is not typed again."""

    body: str
    agency_id: UUID | None
    asked: str
    asked_on: date
    chaser_id: UUID
    safe_meanwhile: str


def find_wait(session: MaceSession, action_id: UUID) -> Wait | None:
    """What an action of an item in scope waits on."""
    statement = sa.select(
        col(Waiting.body),
        col(Waiting.agency_id),
        col(Waiting.asked),
        col(Waiting.asked_on),
        col(Waiting.chaser_id),
        col(Waiting.safe_meanwhile),
    ).where(col(Waiting.action_id) == action_id, col(Waiting.ended_on).is_(None))
    found = rows(session, scope.within(statement, "waiting of an action of an item in scope"))
    return Wait(*found[0]) if found else None


def list_not_read_back(session: MaceSession, meeting_id: UUID, subjects: Mapping[UUID, UUID]) -> dict[UUID, int]:
    """How much the meeting decided or agreed about the subjects of items in scope (item → subject): nobody hears of it
    before the item is closed."""
    lines = (
        sa.select(col(Action.subject_id))
        .join(LedgerLine, col(LedgerLine.action_id) == col(Action.id))
        .where(col(LedgerLine.meeting_id) == meeting_id, col(Action.subject_id).in_(list(subjects.values())))
        .order_by(col(Action.subject_id))
    )
    agreed = (
        sa.select(col(Action.set_at_item_id))
        .where(col(Action.set_at_item_id).in_(list(subjects)))
        .order_by(col(Action.set_at_item_id))
    )
    decided = [row[0] for row in rows(session, scope.within(lines, "decisions about items in scope"))]
    new = [row[0] for row in rows(session, scope.within(agreed, "actions agreed at items in scope"))]
    counted = {item: decided.count(subject) + new.count(item) for item, subject in subjects.items()}
    return {item: number for item, number in counted.items() if number}
