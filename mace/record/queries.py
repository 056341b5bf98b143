"""What may be asked about a child's record, by whom. Lines come out through rule 9 only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from mace import scope
from mace.children.commands import folded
from mace.database import MaceSession, rows
from mace.domain.handling import Reader, may_have
from mace.domain.policy import Actor, Permission, in_area, may
from mace.domain.vocabulary import (
    EventKind,
    Handling,
    Harm,
    ItemState,
    LegalStatus,
    RiskLevel,
    Sex,
    SubjectKind,
)
from mace.history import Seen
from mace.models import (
    Action,
    Agency,
    Allocation,
    Child,
    Concern,
    Context,
    Contribution,
    Event,
    Item,
    Meeting,
    Person,
    Series,
    Subject,
    Team,
    WorkingWith,
)


@dataclass(frozen=True, slots=True)
class ChildLine:
    """A child or context as a list shows it."""

    id: UUID
    kind: SubjectKind
    name: str
    reference: str
    born_on: date | None
    level: RiskLevel | None
    next_review_on: date | None
    worker: str
    team: str
    confirmed_on: date | None
    open_actions: int
    worst: int


@dataclass(frozen=True, slots=True)
class ChildList:
    """Children in scope, by name."""

    lines: tuple[ChildLine, ...]
    seen: Seen


def list_children(
    session: MaceSession,
    actor: Actor,
    today: date,
    *,
    words: str = "",
    unconfirmed: bool = False,
    limit: int = 500,
) -> ChildList:
    """Everybody this person may open, by name; ``words`` searches name and number."""
    open_actions = (
        sa.select(sa.func.count(col(Action.id)))
        .where(col(Action.subject_id) == col(Subject.id), col(Action.ended_on).is_(None))
        .scalar_subquery()
    )
    worst = (
        sa.select(sa.func.coalesce(sa.func.min(col(Action.sort_weight)), 0))
        .where(col(Action.subject_id) == col(Subject.id), col(Action.ended_on).is_(None))
        .scalar_subquery()
    )
    statement: Any = (
        sa.select(
            col(Subject.id),
            col(Subject.kind),
            col(Subject.name),
            col(Subject.reference),
            col(Child.born_on),
            col(Subject.level),
            col(Subject.next_review_on),
            col(Person.name).label("worker"),
            col(Team.name).label("team"),
            col(Allocation.confirmed_on),
            open_actions.label("open_actions"),
            worst.label("worst"),
        )
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(
            Allocation,
            sa.and_(
                col(Allocation.child_id) == col(Subject.id),
                col(Allocation.ended_on).is_(None),
            ),
        )
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .outerjoin(Team, col(Team.id) == col(Allocation.team_id))
        .where(col(Subject.closed_on).is_(None))
        .order_by(col(Subject.name), col(Subject.id))
        .limit(limit)
    )
    if words:
        pattern = f"%{folded(words)}%"
        statement = statement.where(
            sa.or_(
                col(Subject.search_name).like(pattern),
                col(Subject.reference) == words.strip(),
            )
        )
    if unconfirmed:
        stale = sa.or_(
            col(Allocation.confirmed_on).is_(None),
            col(Allocation.confirmed_on) < today.replace(day=1),
        )
        statement = statement.where(stale, col(Subject.kind) == SubjectKind.CHILD)
    found = rows(session, scope.subjects(statement, actor, today, Permission.CHILD_LIST))
    lines = tuple(ChildLine(**{**row._mapping, "worker": row.worker or "", "team": row.team or ""}) for row in found)
    return ChildList(
        lines,
        Seen(
            "subject",
            tuple(line.id for line in lines),
            act="searched" if words else "listed",
        ),
    )


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One contribution, drawn for one reader."""

    on: date
    kind: str
    words: str
    source: str
    handling: Handling


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One meeting that discussed the subject."""

    id: UUID
    on: date
    series: str
    state: ItemState
    level: RiskLevel | None


@dataclass(frozen=True, slots=True)
class ChildPage:
    """The frame of a child's (or context's) page."""

    id: UUID
    kind: SubjectKind
    name: str
    reference: str
    also_known_as: str
    born_on: date | None
    sex: Sex
    ethnicity: str
    language: str
    send_needs: str
    neurodiversity: str
    legal_status: LegalStatus
    school: str
    placing_authority: str
    harms: tuple[Harm, ...]
    what_happens: str
    level: RiskLevel | None
    on_mace_since: date
    next_review_on: date | None
    closed_on: date | None
    worker: str
    worker_agency: str
    allocated_as_at: date | None
    working_with: tuple[str, ...]
    past_workers: tuple[str, ...]
    concerns: tuple[str, ...]
    may_edit: bool
    may_allocate: bool
    may_add_action: bool
    seen: Seen


def get_child(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A child, place, group or person within scope. Raises ``NotThere``."""
    statement: Any = (
        sa.select(Subject, Child, Context)
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(Context, col(Context.subject_id) == col(Subject.id))
        .where(col(Subject.id) == subject_id)
    )
    subject, child, context = scope.one_row(session, scope.subjects(statement, actor, today, Permission.CHILD_READ))
    child = child or Child(subject_id=subject.id)
    workers = _workers(session, subject_id)
    live = next((row for row in workers if row.ended_on is None), None)
    area = in_area(actor, Permission.CHILD_EDIT)
    return ChildPage(
        id=subject.id,
        kind=subject.kind,
        name=subject.name,
        reference=subject.reference,
        also_known_as=child.also_known_as,
        born_on=child.born_on,
        sex=child.sex,
        ethnicity=child.ethnicity,
        language=child.language,
        send_needs=child.send_needs,
        neurodiversity=child.neurodiversity,
        legal_status=child.legal_status,
        school=child.school,
        placing_authority=child.placing_authority,
        harms=child.harm_list,
        what_happens=context.what_happens if context else "",
        level=subject.level,
        on_mace_since=subject.on_mace_since,
        next_review_on=subject.next_review_on,
        closed_on=subject.closed_on,
        worker=live.name if live else "",
        worker_agency=live.agency if live else "",
        allocated_as_at=live.confirmed_on if live else None,
        working_with=_working_with(session, subject_id),
        past_workers=tuple(f"{row.name}, until {row.ended_on:%d %B %Y}" for row in workers if row.ended_on),
        concerns=_concerns(session, actor, subject_id),
        may_edit=area,
        may_allocate=may(actor, Permission.ALLOCATION_CHANGE) and subject.kind is SubjectKind.CHILD,
        may_add_action=in_area(actor, Permission.ACTION_ADD),
        seen=Seen("subject", (subject.id,), subject.id, scope.letting(session, actor, today, subject_id) or ""),
    )


def _workers(session: MaceSession, subject_id: UUID) -> Any:
    statement: Any = (
        sa.select(
            col(Person.name),
            col(Agency.name).label("agency"),
            col(Allocation.ended_on),
            col(Allocation.confirmed_on),
        )
        .select_from(Allocation)
        .join(Person, col(Person.id) == col(Allocation.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Allocation.child_id) == subject_id)
        .order_by(col(Allocation.started_on).desc(), col(Allocation.id))
    )
    return rows(session, scope.within(statement, "allocations of a child in scope"))


def _working_with(session: MaceSession, subject_id: UUID) -> tuple[str, ...]:
    statement: Any = (
        sa.select(col(Person.name), col(Agency.name), col(WorkingWith.how))
        .select_from(WorkingWith)
        .join(Person, col(Person.id) == col(WorkingWith.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(WorkingWith.child_id) == subject_id, col(WorkingWith.ended_on).is_(None))
        .order_by(col(Person.name), col(WorkingWith.id))
    )
    found = rows(session, scope.within(statement, "people working with a child in scope"))
    return tuple(f"{name}, {agency}" + (f" ({how})" if how else "") for name, agency, how in found)


def reader_of(session: MaceSession, actor: Actor, subject_id: UUID) -> Reader:
    """The reader that rule 9 sees in this actor, for this subject."""
    leads = sa.select(col(Allocation.id)).where(
        col(Allocation.child_id) == subject_id,
        col(Allocation.person_id) == actor.person_id,
        col(Allocation.ended_on).is_(None),
    )
    works = bool(rows(session, scope.within(leads, "the reader's own allocation")))
    return Reader(actor.person_id, actor.agency_id, actor.agency_kind, works_with_child=works)


def _concerns(session: MaceSession, actor: Actor, subject_id: UUID) -> tuple[str, ...]:
    reader = reader_of(session, actor, subject_id)
    statement: Any = (
        sa.select(col(Concern.words), col(Concern.handling), col(Concern.source_agency_id))
        .where(col(Concern.subject_id) == subject_id, col(Concern.ended_on).is_(None))
        .order_by(col(Concern.raised_on), col(Concern.id))
    )
    found = rows(session, scope.within(statement, "concerns of a child in scope"))
    return tuple(words for words, handling, agency in found if may_have(reader, handling, agency))


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the chronology."""

    on: date
    title: str
    words: str
    source: str


def list_chronology(
    session: MaceSession,
    actor: Actor,
    today: date,
    subject_id: UUID,
    *,
    kind: EventKind | None = None,
    limit: int = 200,
) -> tuple[Happening, ...]:
    """What happened, newest first, as this reader may have it. For a subject already found in scope."""
    reader = reader_of(session, actor, subject_id)
    by = aliased(Person)
    events: Any = (
        sa.select(
            col(Event.happened_on),
            col(Event.kind),
            col(Event.words),
            col(Event.handling),
            col(Event.source_agency_id),
            col(Agency.name),
            col(Event.received_from),
            col(by.name),
        )
        .join(Agency, col(Agency.id) == col(Event.source_agency_id))
        .outerjoin(by, col(by.id) == col(Event.entered_by_id))
        .where(col(Event.subject_id) == subject_id, col(Event.withdrawn_at).is_(None))
        .order_by(col(Event.happened_on).desc(), col(Event.entered_at).desc(), col(Event.id))
        .limit(limit)
    )
    if kind is not None:
        events = events.where(col(Event.kind) == kind)
    found = rows(session, scope.about(events, Event.subject_id, actor, today))
    return tuple(
        Happening(on, kind_.label, words, _said_by(agency, received, who))
        for on, kind_, words, handling, agency_id, agency, received, who in found
        if may_have(reader, handling, agency_id)
    )


def _said_by(agency: str, received_from: str, entered_by: str | None) -> str:
    if received_from:
        return f"{agency}: received from {received_from}, entered by {entered_by or 'the import'}"
    return agency


def list_meetings_of(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> tuple[ItemLine, ...]:
    """The meetings that discussed a subject, newest first."""
    statement: Any = (
        sa.select(
            col(Item.id),
            col(Meeting.held_on),
            col(Series.name),
            col(Item.state),
            col(Item.level),
        )
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Item.subject_id) == subject_id)
        .order_by(col(Meeting.held_on).desc(), col(Item.id))
    )
    found = rows(session, scope.about(statement, Item.subject_id, actor, today))
    return tuple(ItemLine(*row) for row in found)


def list_lines(
    session: MaceSession, actor: Actor, subject_id: UUID, item_ids: Iterable[UUID]
) -> dict[UUID, tuple[RecordLine, ...]]:
    """The lines of items as this reader may have them: the one way a record's words come out (rule 9)."""
    reader = reader_of(session, actor, subject_id)
    statement: Any = (
        select(Contribution, Agency.name)
        .join(Agency, col(Agency.id) == col(Contribution.source_agency_id))
        .where(
            Contribution.subject_id == subject_id,
            col(Contribution.item_id).in_(list(item_ids)),
        )
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    found: dict[UUID, list[RecordLine]] = {}
    for line, agency in session.exec(scope.within(statement, "lines of items in scope, by rule 9")):
        if may_have(reader, line.handling, line.source_agency_id):
            found.setdefault(line.item_id, []).append(
                RecordLine(
                    line.said_on,
                    line.kind.label,
                    line.words,
                    _said_by(agency, line.received_from, ""),
                    line.handling,
                )
            )
    return {item_id: tuple(lines) for item_id, lines in found.items()}
