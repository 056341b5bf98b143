"""Search over everything that this person may know: records by name or number, actions by number."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.actions.queries import ActionLine, find_by_number
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ContextKind, SubjectKind
from mace.history import Seen
from mace.models import Child, Context, Subject
from mace.record.queries.narrowing import PAGE, Order, named_like, ordered


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a search found."""

    id: UUID
    kind: SubjectKind
    context_kind: ContextKind | None
    name: str
    also_known_as: str
    reference: str
    born_on: date | None
    closed_on: date | None

    @property
    def kind_words(self) -> str:
        """ "Child", "Place"."""
        return self.context_kind.label if self.context_kind else self.kind.label


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found within what this person may know."""

    words: str
    hits: tuple[Hit, ...]
    count: int
    action: ActionLine | None
    seen: tuple[Seen, ...]


def search(session: MaceSession, actor: Actor, today: date, words: str, *, size: int = PAGE) -> Found:
    """Records by name, other name or number, open and closed, and one action by its number."""
    statement: Any = (
        sa.select(
            col(Subject.id),
            col(Subject.kind),
            col(Context.kind).label("context_kind"),
            col(Subject.name),
            col(Child.also_known_as),
            col(Subject.reference),
            col(Child.born_on),
            col(Subject.closed_on),
            sa.func.count().over().label("count"),
        )
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .outerjoin(Context, col(Context.subject_id) == col(Subject.id))
        .where(named_like(words))
        .order_by(col(Subject.closed_on).is_not(None), *ordered(Order.NAME))
        .limit(size)
    )
    found = rows(session, scope.subjects(statement, actor, today, Permission.CHILD_LIST)) if words else ()
    hits = tuple(_hit(row) for row in found)
    action = find_by_number(session, actor, today, words.lower().removeprefix("action"))
    seen = [Seen("subject", tuple(hit.id for hit in hits), act="searched")]
    if action is not None:
        seen.append(Seen("action", (action.id,), act="searched"))
    return Found(words, hits, int(found[0].count) if found else 0, action, tuple(seen))


def _hit(row: Any) -> Hit:
    return Hit(
        id=row.id,
        kind=row.kind,
        context_kind=row.context_kind,
        name=row.name,
        also_known_as=row.also_known_as or "",
        reference=row.reference,
        born_on=row.born_on,
        closed_on=row.closed_on,
    )
