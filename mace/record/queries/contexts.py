"""Places, groups and people who may be harming children; and the links between them and children."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ContextKind, RiskLevel, SubjectKind
from mace.history import Seen
from mace.models import Context, ContextChild, PersonOfConcern, Subject
from mace.record.queries.narrowing import PAGE, Order, count_of, cut, named_like, open_actions, ordered


@dataclass(frozen=True, slots=True)
class ContextLine:
    """A place, group, theme or person as a list shows it."""

    id: UUID
    kind: SubjectKind
    context_kind: ContextKind | None
    name: str
    reference: str
    level: RiskLevel | None
    next_review_on: date | None
    closed_on: date | None
    open_actions: int
    children: int

    @property
    def kind_words(self) -> str:
        """ "Place"; "Child who may be harming others" for a record with both roles."""
        if self.kind is SubjectKind.CHILD:
            return "Child who may be harming others"
        return self.context_kind.label if self.context_kind else self.kind.label


@dataclass(frozen=True, slots=True)
class ContextList:
    """One page of places and people in scope."""

    lines: tuple[ContextLine, ...]
    count: int
    page: int
    pages: int
    seen: Seen


def list_contexts(
    session: MaceSession,
    actor: Actor,
    today: date,
    *,
    words: str = "",
    kind: ContextKind | SubjectKind | None = None,
    closed: bool = False,
    page: int = 1,
    size: int = PAGE,
) -> ContextList:
    """Places, groups and themes, and everybody who may be harming children, by name."""
    harms = col(PersonOfConcern.subject_id).is_not(None)
    rules: list[Any] = [
        sa.or_(col(Subject.kind) != SubjectKind.CHILD, harms),
        col(Subject.closed_on).is_not(None) if closed else col(Subject.closed_on).is_(None),
    ]
    if words:
        rules.append(named_like(words))
    if isinstance(kind, ContextKind):
        rules.append(col(Context.kind) == kind)
    elif kind is SubjectKind.PERSON:
        rules.append(harms)
    linked = (
        sa.select(sa.func.count(col(ContextChild.id)))
        .where(col(ContextChild.context_id) == col(Subject.id))
        .correlate(Subject)
        .scalar_subquery()
    )
    columns = sa.select(
        col(Subject.id),
        col(Subject.kind),
        col(Context.kind).label("context_kind"),
        col(Subject.name),
        col(Subject.reference),
        col(Subject.level),
        col(Subject.next_review_on),
        col(Subject.closed_on),
        open_actions().label("open_actions"),
        linked.label("children"),
    )

    def joined(statement: Any) -> Any:
        return (
            statement.select_from(Subject)
            .outerjoin(Context, col(Context.subject_id) == col(Subject.id))
            .outerjoin(PersonOfConcern, col(PersonOfConcern.subject_id) == col(Subject.id))
            .where(*rules)
        )

    permission = Permission.CONTEXT_READ
    count = count_of(session, scope.subjects(joined(sa.select(col(Subject.id))), actor, today, permission))
    page, pages = cut(count, page, size)
    statement = joined(columns).order_by(*ordered(Order.NAME)).limit(size).offset((page - 1) * size)
    lines = tuple(ContextLine(*row) for row in rows(session, scope.subjects(statement, actor, today, permission)))
    act = "searched" if words else "listed"
    return ContextList(lines, count, page, pages, Seen("subject", tuple(line.id for line in lines), act=act))


@dataclass(frozen=True, slots=True)
class Link:
    """A child linked with a place, group or person; seen from either side."""

    id: UUID
    subject_id: UUID
    kind: SubjectKind
    context_kind: ContextKind | None
    name: str
    reference: str
    how: str

    @property
    def kind_words(self) -> str:
        """ "Child", "Place"."""
        return self.context_kind.label if self.context_kind else self.kind.label


@dataclass(frozen=True, slots=True)
class Links:
    """Both sides of the links of one record: only with records that this reader may open too."""

    contexts: tuple[Link, ...]
    children: tuple[Link, ...]
    seen: tuple[Seen, ...]


def list_links(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> Links:
    """What a record found in scope is linked with, as far as this reader may open the other side."""
    contexts = _links(session, actor, today, ContextChild.child_id, ContextChild.context_id, subject_id)
    children = _links(session, actor, today, ContextChild.context_id, ContextChild.child_id, subject_id)
    ids = tuple(link.subject_id for link in (*contexts, *children))
    return Links(contexts, children, (Seen("subject", ids, act="listed"),) if ids else ())


def _links(session: MaceSession, actor: Actor, today: date, own: Any, other: Any, subject_id: UUID) -> tuple[Link, ...]:
    statement: Any = (
        sa.select(
            col(ContextChild.id),
            col(Subject.id),
            col(Subject.kind),
            col(Context.kind),
            col(Subject.name),
            col(Subject.reference),
            col(ContextChild.how),
        )
        .select_from(ContextChild)
        .join(Subject, col(Subject.id) == col(other))
        .outerjoin(Context, col(Context.subject_id) == col(Subject.id))
        .where(col(own) == subject_id)
        .order_by(col(Subject.name), col(Subject.id))
    )
    return tuple(Link(*row) for row in rows(session, scope.subjects(statement, actor, today)))
