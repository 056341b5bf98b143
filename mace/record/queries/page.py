"""The frame of a record's page: who or what it is, the people, the level; and who may open it for which act."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.children.commands import ChildDetails
from mace.database import MaceSession, plain_rows
from mace.domain.errors import NotThere
from mace.domain.handling import Reader
from mace.domain.policy import Actor, Permission, SubjectFacts, in_area, may, scope_on_subject
from mace.domain.vocabulary import ContextKind, Direction, HarmStatus, ItemState, RiskLevel, SubjectKind
from mace.history import Seen
from mace.models import (
    Agency,
    Allocation,
    Child,
    Context,
    Item,
    Meeting,
    Person,
    PersonOfConcern,
    SignInMethod,
    Subject,
    Team,
    WorkingWith,
    harms_in,
)

RELEASED = (ItemState.CLOSED, ItemState.APPROVED)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who leads on a child or works with it, now or before."""

    id: UUID
    """Of the allocation or listing."""
    person_id: UUID
    name: str
    job: str
    agency: str
    team: str
    how: str
    started_on: date
    ended_on: date | None
    confirmed_on: date | None
    confirmed_by: str
    signs_in: bool

    @property
    def words(self) -> str:
        """ "Hannah Bell, Children’s Services"."""
        return f"{self.name}, {self.agency}"


@dataclass(frozen=True, slots=True)
class People:
    """Who leads and who works with a child."""

    lead: Worker | None = None
    listed: tuple[Worker, ...] = ()
    past_leads: tuple[Worker, ...] = ()
    past_listed: tuple[Worker, ...] = ()


@dataclass(frozen=True, slots=True)
class LastReview:
    """What the last meeting that read back its item said of the level."""

    item_id: UUID
    on: date
    assessed_with: str
    assessed_level: str
    assessed_on: date | None
    assessed_by: str


@dataclass(frozen=True, slots=True)
class ChildPage:
    """The frame of the page of a child, place, group or person."""

    id: UUID
    kind: SubjectKind
    context_kind: ContextKind | None
    name: str
    reference: str
    version: int
    details: ChildDetails | None
    """Of a child only."""
    what_happens: str
    who_is_responsible: str
    may_harm: bool
    """True for a person who may be harming children, be it an adult or a child."""
    described_as: str
    police_reference: str
    level: RiskLevel | None
    level_on: date | None
    harm_status: HarmStatus | None
    direction: Direction | None
    last_review: LastReview | None
    on_mace_since: date
    next_review_on: date | None
    exit_proposed_on: date | None
    closed_on: date | None
    closed_because: str
    details_saved_at: datetime | None
    people: People
    reader: Reader
    may_edit: bool
    may_allocate: bool
    may_add_action: bool
    may_see_role: bool
    may_run: bool
    """Whether lines of an item still being discussed are shown: those who run meetings only."""
    may_tell: bool
    """Whether the page leads to who has been told."""
    seen: Seen

    @property
    def is_child(self) -> bool:
        """A child, whatever other role the record holds."""
        return self.kind is SubjectKind.CHILD

    @property
    def kind_words(self) -> str:
        """ "Child", "Peer group", "Person who may be harming children"."""
        return self.context_kind.label if self.context_kind else self.kind.label


def get_child(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A child, place, group or person within scope. Raises ``NotThere``."""
    return _get(session, actor, today, subject_id, Permission.CHILD_READ)


def get_context(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A place, group, theme, or anybody who may be harming children. Raises ``NotThere``."""
    page = _get(session, actor, today, subject_id, Permission.CONTEXT_READ)
    if page.is_child and not page.may_harm:
        raise NotThere
    return page


def get_to_edit(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """Any record that this person may change. Raises ``NotThere``."""
    page = _get(session, actor, today, subject_id, Permission.CHILD_EDIT)
    if not page.may_edit:
        raise NotThere
    return page


def get_child_to_edit(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A child whose record this person may change. Raises ``NotThere``."""
    page = get_to_edit(session, actor, today, subject_id)
    if not page.is_child:
        raise NotThere
    return page


def get_context_to_edit(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A place, group or adult whose record this person may change. Raises ``NotThere``."""
    page = get_to_edit(session, actor, today, subject_id)
    if page.is_child:
        raise NotThere
    return page


def get_context_to_link(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """Anything that children can be linked with. Raises ``NotThere``."""
    page = get_to_edit(session, actor, today, subject_id)
    if page.is_child and not page.may_harm:
        raise NotThere
    return page


def get_child_to_allocate(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> ChildPage:
    """A child whose worker this person may change. Raises ``NotThere``."""
    page = _get(session, actor, today, subject_id, Permission.ALLOCATION_CHANGE)
    if not page.may_allocate:
        raise NotThere
    return page


SUBJECT_ID = sa.bindparam("subject_id", type_=sa.Uuid())
"""Whose record a statement asks about: each is built once and serves every record."""


@lru_cache(maxsize=256)
def _page_statement(actor: Actor, today: date, permission: Permission) -> Any:
    """Built once for each reader and kept."""
    last = (
        sa.select(col(Item.id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Item.subject_id) == SUBJECT_ID, col(Item.state).in_(RELEASED))
        .order_by(col(Meeting.held_on).desc(), col(Item.id))
        .limit(1)
        .scalar_subquery()
    )
    statement: Any = (
        sa.select(
            col(Subject.id),
            col(Subject.kind),
            col(Subject.name),
            col(Subject.reference),
            col(Subject.version),
            col(Subject.level),
            col(Subject.level_on),
            col(Subject.harm_status),
            col(Subject.direction),
            col(Subject.on_mace_since),
            col(Subject.next_review_on),
            col(Subject.exit_proposed_on),
            col(Subject.closed_on),
            col(Subject.closed_because),
            col(Subject.details_saved_at),
            col(Child.subject_id).label("child_id"),
            col(Child.also_known_as),
            col(Child.born_on),
            col(Child.sex),
            col(Child.ethnicity),
            col(Child.language),
            col(Child.needs_interpreter),
            col(Child.send_needs),
            col(Child.neurodiversity),
            col(Child.legal_status),
            col(Child.school),
            col(Child.placing_authority),
            col(Child.harms),
            col(Context.kind).label("context_kind"),
            col(Context.what_happens),
            col(Context.who_is_responsible),
            col(PersonOfConcern.subject_id).label("role_id"),
            col(PersonOfConcern.described_as),
            col(PersonOfConcern.police_reference),
            col(Item.id).label("item_id"),
            col(Item.assessed_with),
            col(Item.assessed_level),
            col(Item.assessed_on),
            col(Item.assessed_by),
            col(Meeting.held_on).label("reviewed_on"),
        )
        .select_from(Subject)
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(Context, col(Context.subject_id) == col(Subject.id))
        .outerjoin(PersonOfConcern, col(PersonOfConcern.subject_id) == col(Subject.id))
        .outerjoin(Item, col(Item.id) == last)
        .outerjoin(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Subject.id) == SUBJECT_ID)
    )
    return scope.subjects(statement, actor, today, permission)


def _get(session: MaceSession, actor: Actor, today: date, subject_id: UUID, permission: Permission) -> ChildPage:
    found = plain_rows(session, _page_statement(actor, today, permission), {"subject_id": subject_id})
    if not found:
        raise NotThere
    row = found[0]
    people, facts = _people(session, subject_id, today)
    is_child = row.kind is SubjectKind.CHILD
    may_edit = in_area(actor, Permission.CHILD_EDIT if is_child else Permission.CONTEXT_EDIT)
    now_working = {worker.person_id for worker in (people.lead, *people.listed) if worker}
    return ChildPage(
        id=row.id,
        kind=row.kind,
        context_kind=row.context_kind,
        name=row.name,
        reference=row.reference,
        version=row.version,
        details=_details(row) if row.child_id else None,
        what_happens=row.what_happens or "",
        who_is_responsible=row.who_is_responsible or "",
        may_harm=row.role_id is not None,
        described_as=row.described_as or "",
        police_reference=row.police_reference or "",
        level=row.level,
        level_on=row.level_on,
        harm_status=row.harm_status,
        direction=row.direction,
        last_review=_last_review(row) if row.item_id else None,
        on_mace_since=row.on_mace_since,
        next_review_on=row.next_review_on,
        exit_proposed_on=row.exit_proposed_on,
        closed_on=row.closed_on,
        closed_because=row.closed_because,
        details_saved_at=row.details_saved_at,
        people=people,
        reader=Reader(
            actor.person_id,
            actor.agency_id,
            actor.agency_kind,
            works_with_child=actor.person_id is not None and actor.person_id in now_working,
        ),
        may_edit=may_edit,
        may_allocate=is_child and scope_on_subject(actor, Permission.ALLOCATION_CHANGE, facts) is not None,
        may_add_action=in_area(actor, Permission.ACTION_ADD) and row.closed_on is None,
        may_see_role=may(actor, Permission.CONTEXT_READ),
        may_run=in_area(actor, Permission.ITEM_READ),
        may_tell=may(actor, Permission.RECORD_TELL),
        seen=Seen("subject", (row.id,), row.id, str(scope_on_subject(actor, permission, facts) or "")),
    )


def _details(row: Any) -> ChildDetails:
    return ChildDetails(
        name=row.name,
        number=row.reference,
        also_known_as=row.also_known_as,
        born_on=row.born_on,
        sex=row.sex,
        ethnicity=row.ethnicity,
        language=row.language,
        needs_interpreter=row.needs_interpreter,
        send_needs=row.send_needs,
        neurodiversity=row.neurodiversity,
        legal_status=row.legal_status,
        school=row.school,
        placing_authority=row.placing_authority,
        harms=harms_in(row.harms),
    )


def _last_review(row: Any) -> LastReview:
    return LastReview(
        row.item_id, row.reviewed_on, row.assessed_with, row.assessed_level, row.assessed_on, row.assessed_by
    )


@cache
def _people_statement() -> Any:
    both = sa.union_all(_leads(), _listings()).subquery()
    statement = sa.select(both).order_by(both.c.started_on.desc(), both.c.id)
    return scope.within(statement, "people of a record in scope")


def _people(session: MaceSession, subject_id: UUID, today: date) -> tuple[People, SubjectFacts]:
    """Everybody who leads or works with the child, and what that says of who may open the page."""
    found = plain_rows(session, _people_statement(), {"subject_id": subject_id})
    workers = [(row.part, row.team_id, _worker(row)) for row in found]
    leads = [worker for part, _team, worker in workers if part == "lead"]
    listed = [worker for part, _team, worker in workers if part == "listed"]
    live = next((worker for worker in leads if worker.ended_on is None), None)
    still = {
        worker.person_id
        for worker in listed
        if worker.ended_on is None or (today - worker.ended_on).days <= scope.LISTING_LASTS_DAYS
    }
    facts = SubjectFacts(
        frozenset(still | ({live.person_id} if live else set())),
        frozenset(team for part, team, worker in workers if worker is live and part == "lead" and team),
    )
    people = People(
        live,
        tuple(worker for worker in listed if worker.ended_on is None),
        tuple(worker for worker in leads if worker.ended_on is not None),
        tuple(worker for worker in listed if worker.ended_on is not None),
    )
    return people, facts


def _leads() -> Any:
    by = aliased(Person)
    return (
        sa.select(
            sa.literal("lead").label("part"),
            col(Allocation.id),
            col(Allocation.person_id),
            col(Allocation.team_id),
            col(Person.name),
            col(Person.job),
            col(Agency.name).label("agency"),
            col(Team.name).label("team"),
            sa.literal("").label("how"),
            col(Allocation.started_on),
            col(Allocation.ended_on),
            col(Allocation.confirmed_on),
            col(by.name).label("confirmed_by"),
            _signs_in().label("signs_in"),
        )
        .select_from(Allocation)
        .join(Person, col(Person.id) == col(Allocation.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .outerjoin(Team, col(Team.id) == col(Allocation.team_id))
        .outerjoin(by, col(by.id) == col(Allocation.confirmed_by_id))
        .where(col(Allocation.child_id) == SUBJECT_ID)
    )


def _listings() -> Any:
    return (
        sa.select(
            sa.literal("listed").label("part"),
            col(WorkingWith.id),
            col(WorkingWith.person_id),
            col(Person.team_id),
            col(Person.name),
            col(Person.job),
            col(Agency.name).label("agency"),
            col(Team.name).label("team"),
            col(WorkingWith.how),
            col(WorkingWith.started_on),
            col(WorkingWith.ended_on),
            sa.null().label("confirmed_on"),
            sa.null().label("confirmed_by"),
            _signs_in().label("signs_in"),
        )
        .select_from(WorkingWith)
        .join(Person, col(Person.id) == col(WorkingWith.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .outerjoin(Team, col(Team.id) == col(Person.team_id))
        .where(col(WorkingWith.child_id) == SUBJECT_ID)
    )


def _signs_in() -> Any:
    return sa.exists().where(col(SignInMethod.person_id) == col(Person.id)).correlate(Person)


def _worker(row: Any) -> Worker:
    return Worker(
        id=row.id,
        person_id=row.person_id,
        name=row.name,
        job=row.job,
        agency=row.agency,
        team=row.team or "",
        how=row.how,
        started_on=row.started_on,
        ended_on=row.ended_on,
        confirmed_on=row.confirmed_on,
        confirmed_by=row.confirmed_by or "",
        signs_in=bool(row.signs_in),
    )
