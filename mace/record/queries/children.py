"""The list of children, with filters, sorting and numbered pages: no limit is silent."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import Harm, ReferralOutcome, RiskLevel, SubjectKind, Term
from mace.history import Seen
from mace.models import Allocation, Child, Person, Referral, Subject, Team
from mace.record.queries.narrowing import PAGE, Order, count_of, cut, named_like, open_actions, ordered


class Shown(Term):
    """Which part of all records a list shows."""

    OPEN = "open", "With these meetings"
    LEFT = "left", "Left these meetings"
    NOT_TAKEN = "not_taken", "Not taken"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. Empty means everybody with these meetings."""

    words: str = ""
    shown: Shown = Shown.OPEN
    level: RiskLevel | None = None
    team_id: UUID | None = None
    worker_id: UUID | None = None
    unconfirmed: bool = False
    harm: Harm | None = None
    order: Order = Order.NAME


@dataclass(frozen=True, slots=True)
class ChildLine:
    """A child as a list shows it."""

    id: UUID
    name: str
    reference: str
    born_on: date | None
    level: RiskLevel | None
    next_review_on: date | None
    closed_on: date | None
    closed_because: str
    worker: str
    team: str
    confirmed_on: date | None
    open_actions: int


@dataclass(frozen=True, slots=True)
class ChildList:
    """One page of children in scope."""

    lines: tuple[ChildLine, ...]
    count: int
    """On all pages."""
    page: int
    pages: int
    seen: Seen


def list_children(
    session: MaceSession,
    actor: Actor,
    today: date,
    wanted: Wanted | None = None,
    *,
    unconfirmed: bool = False,
    page: int = 1,
    size: int = PAGE,
    permission: Permission = Permission.CHILD_LIST,
) -> ChildList:
    """A page of the children this person may open. A page past the end is the last one."""
    wanted = wanted or Wanted()
    if unconfirmed:
        wanted = replace(wanted, unconfirmed=True)
    ids = _narrowed(_joined(sa.select(col(Subject.id))), wanted, today)
    count = count_of(session, scope.subjects(ids, actor, today, permission))
    page, pages = cut(count, page, size)
    statement = _narrowed(_joined(_child_columns()), wanted, today)
    statement = statement.order_by(*ordered(wanted.order)).limit(size).offset((page - 1) * size)
    lines = tuple(
        ChildLine(**{**row._mapping, "worker": row.worker or "", "team": row.team or ""})
        for row in rows(session, scope.subjects(statement, actor, today, permission))
    )
    act = "searched" if wanted.words else "listed"
    return ChildList(lines, count, page, pages, Seen("subject", tuple(line.id for line in lines), act=act))


def _child_columns() -> Any:
    return sa.select(
        col(Subject.id),
        col(Subject.name),
        col(Subject.reference),
        col(Child.born_on),
        col(Subject.level),
        col(Subject.next_review_on),
        col(Subject.closed_on),
        col(Subject.closed_because),
        col(Person.name).label("worker"),
        col(Team.name).label("team"),
        col(Allocation.confirmed_on),
        open_actions().label("open_actions"),
    )


def _joined(statement: Any) -> Any:
    live = sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None))
    return (
        statement.select_from(Subject)
        .join(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(Allocation, live)
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .outerjoin(Team, col(Team.id) == col(Allocation.team_id))
    )


def _narrowed(statement: Any, wanted: Wanted, today: date) -> Any:
    rules: list[Any] = [col(Subject.kind) == SubjectKind.CHILD, *_part(wanted.shown)]
    if wanted.words:
        rules.append(named_like(wanted.words))
    if wanted.level:
        rules.append(col(Subject.level) == wanted.level)
    if wanted.team_id:
        rules.append(col(Allocation.team_id) == wanted.team_id)
    if wanted.worker_id:
        rules.append(col(Allocation.person_id) == wanted.worker_id)
    if wanted.harm:
        rules.append(("," + col(Child.harms) + ",").contains(f",{wanted.harm.value},"))
    if wanted.unconfirmed:
        stale = col(Allocation.confirmed_on) < today.replace(day=1)
        rules.append(sa.or_(col(Allocation.confirmed_on).is_(None), stale))
    return statement.where(*rules)


def _part(shown: Shown) -> list[Any]:
    """Not taken: somebody asked, nobody ever took the child on. Such a child never was with these meetings."""
    if shown is Shown.OPEN:
        return [col(Subject.closed_on).is_(None)]
    asked = sa.select(col(Referral.subject_id))
    turned_down = col(Subject.id).in_(asked.where(col(Referral.outcome) == ReferralOutcome.NOT_TAKEN))
    taken = col(Subject.id).in_(asked.where(col(Referral.outcome) == ReferralOutcome.TAKEN))
    never_taken = sa.and_(turned_down, sa.not_(taken))
    is_closed = col(Subject.closed_on).is_not(None)
    return [is_closed, never_taken if shown is Shown.NOT_TAKEN else sa.not_(never_taken)]


@dataclass(frozen=True, slots=True)
class Facets:
    """The teams and workers that a list of children can be narrowed to."""

    teams: tuple[tuple[UUID, str], ...]
    workers: tuple[tuple[UUID, str], ...]


def list_facets(session: MaceSession, actor: Actor, today: date) -> Facets:
    """Teams and lead practitioners of the open children in scope, by name."""
    statement: Any = (
        sa.select(col(Allocation.person_id), col(Person.name), col(Allocation.team_id), col(Team.name).label("team"))
        .select_from(Subject)
        .join(Allocation, sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None)))
        .join(Person, col(Person.id) == col(Allocation.person_id))
        .outerjoin(Team, col(Team.id) == col(Allocation.team_id))
        .where(col(Subject.closed_on).is_(None))
        .distinct()
    )
    found = rows(session, scope.subjects(statement, actor, today, Permission.CHILD_LIST))
    teams = {row[2]: row[3] for row in found if row[2] is not None}
    workers = {row[0]: row[1] for row in found}
    return Facets(_by_name(teams), _by_name(workers))


def _by_name(found: dict[UUID, str]) -> tuple[tuple[UUID, str], ...]:
    return tuple(sorted(found.items(), key=lambda pair: (pair[1], str(pair[0]))))
