"""What the meeting writes about a subject: the record of an item, and the drafts of those who type it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.children.queries import reader_of
from mace.database import MaceSession, wait_turn
from mace.domain.area import Area
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.handling import build
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Direction, HarmStatus, ItemState, LineKind, RiskLevel, Source
from mace.meetings.commands.ground import item_for, meeting_of, running_item
from mace.meetings.queries.agenda import DISCUSSED
from mace.meetings.queries.room import brief_words
from mace.models import Brief, Contribution, Draft, Item, Meeting, Subject

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

LONGEST_REVIEW_DAYS = 366
"""A next review further off than this is a slip of the pen, or a child lost from sight."""


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
    area: Area,
    now: datetime,
) -> Item:
    """Save what the meeting writes about a subject: while it is discussed, and until the record is approved.

    Raises :class:`Clash` when somebody saved since the page was read: both texts are kept.
    """
    item = item_for(session, actor, item_id, Permission.ITEM_RUN)
    if item.state is ItemState.APPROVED:
        raise Refused("This record is approved: signed text never changes. Make a correction instead")
    if item.state is not ItemState.CLOSED:
        item = running_item(session, actor, item_id, now=now)
    if version is not None and version != item.saves:
        raise Clash(
            "Somebody else saved this record while you were typing. Nothing is lost: both texts are below. "
            "Put together what should stand, then save again"
        )
    write_record(session, actor, item, lines, risk, now)
    if item.state is ItemState.CLOSED:
        settle(session, item, area)
    drop_draft(session, actor, RECORD_DRAFT, item.id)
    return item


def write_record(
    session: MaceSession, actor: Actor, item: Item, lines: Mapping[LineKind, str], risk: Risk, now: datetime
) -> None:
    """Write the lines and the risk of an item, and count the save."""
    today = london_day(now)
    _check_days(item, risk, today)
    for name in Risk.__dataclass_fields__:
        setattr(item, name, getattr(risk, name))
    kept = {line.kind: line for line in build(reader_of(session, actor, item.subject_id), _own_lines(session, item.id))}
    briefs = _briefs_of(session, item.id)
    for kind, words in lines.items():
        line = kept.get(kind)
        if line is None and words:
            session.add(_new_line(actor, item, kind, words, _said_in(briefs, kind, words), today, now))
        elif line is not None and not words:
            session.delete(line)
        elif line is not None and line.words != words:
            _reword(line, actor, words, briefs)
    item.saved_at, item.saved_by_id, item.saves = now, actor.person_id, item.saves + 1
    session.flush()


def _check_days(item: Item, risk: Risk, today: date) -> None:
    """A review day that stood before is not asked about again: a record may be completed after it."""
    review = risk.next_review_on
    if review is not None and review != item.next_review_on:
        if review <= today:
            raise Refused("The next review must be after today", "next_review_on")
        if review > today + timedelta(days=LONGEST_REVIEW_DAYS):
            raise Refused("The next review must be within a year", "next_review_on")
    if risk.assessed_on is not None and risk.assessed_on > today:
        raise Refused("The day of the assessment cannot be in the future", "assessed_on")


def _own_lines(session: MaceSession, item_id: UUID) -> Sequence[Contribution]:
    statement = select(Contribution).where(Contribution.item_id == item_id, col(Contribution.kind).in_(RECORD_KINDS))
    found: Sequence[Contribution] = session.exec(scope.within(statement, "the record of an item in scope")).all()
    return found


def _briefs_of(session: MaceSession, item_id: UUID) -> Sequence[Brief]:
    statement = select(Brief).where(Brief.item_id == item_id).order_by(col(Brief.asked_at), col(Brief.id))
    found: Sequence[Brief] = session.exec(scope.within(statement, "briefs of an item in scope")).all()
    return found


def _said_in(briefs: Sequence[Brief], kind: LineKind, words: str) -> Brief | None:
    """Words taken over from a worker's brief stay the worker's."""
    return next((brief for brief in briefs if brief_words(brief).get(kind) == words), None)


def _reword(line: Contribution, actor: Actor, words: str, briefs: Sequence[Brief]) -> None:
    """New words for a line. Words that a worker did not write are not left under the worker's name."""
    brief = _said_in(briefs, line.kind, words)
    was_theirs = any(line.source_person_id == one.source_person_id for one in briefs)
    if brief is not None:
        line.source_agency_id, line.source_person_id = brief.source_agency_id, brief.source_person_id
    elif was_theirs and actor.person_id != line.source_person_id and actor.agency_id is not None:
        line.source_agency_id, line.source_person_id = actor.agency_id, actor.person_id
    line.words, line.entered_by_id = words, actor.person_id


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


def settle(session: MaceSession, item: Item, area: Area) -> None:
    """The subject's level, direction, harm, next review and exit are what its latest meeting said of them.

    Where a record was never saved, nothing was said, and what was proposed before stands.
    """
    meeting = meeting_of(session, item.meeting_id)
    subject: Subject = scope.one(
        session, scope.within(select(Subject).where(Subject.id == item.subject_id), "the subject of an item in scope")
    )
    if item.next_review_on is None:
        item.next_review_on = meeting.held_on + timedelta(days=area.review_days(item.level or subject.level))
    if _was_discussed_since(session, item, meeting):
        return
    if item.level is not None:
        subject.level, subject.level_on = item.level, meeting.held_on
    subject.harm_status = item.harm_status or subject.harm_status
    subject.direction = item.direction or subject.direction
    subject.next_review_on = item.next_review_on
    if item.saved_at is not None:
        subject.exit_proposed_on = (subject.exit_proposed_on or meeting.held_on) if item.proposes_exit else None


def _was_discussed_since(session: MaceSession, item: Item, meeting: Meeting) -> bool:
    statement = (
        select(Item.id)
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(
            Item.subject_id == item.subject_id,
            col(Item.state).in_(DISCUSSED),
            col(Meeting.held_on) > meeting.held_on,
        )
    )
    return session.exec(scope.within(statement, "later items of a subject in scope")).first() is not None


RECORD_DRAFT = "record"
DRAFTS = (RECORD_DRAFT,)
"""The forms that keep a draft."""


def save_draft(session: MaceSession, actor: Actor, form: str, about_id: UUID, content: str, *, now: datetime) -> Draft:
    """Keep what somebody is typing. Private to them, overwritten each time, gone at Save; never history."""
    if form not in DRAFTS:
        raise NotThere
    wait_turn(session, f"draft of {actor.me}")
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
