"""What earlier imports made of the rows of a plan, so that no row is made twice."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import (
    Note,
    Plan,
    PlannedAction,
    PlannedChild,
    Problem,
    content_hash,
    differences,
    in_time,
    is_another_action,
    new_notes,
    same_child,
)
from mace.domain.vocabulary import SubjectKind
from mace.models import ImportBatch, ImportChange, ImportedRow, Subject

CHUNK = 500
T = TypeVar("T")


def chunks(some: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """A long list in parts, so that no statement and no flush grows without limit."""
    for start in range(0, len(some), size):
        yield some[start : start + size]


@dataclass(slots=True)
class KnownRow:
    """A row that an earlier import made something of, with its cells as the newest copy has them."""

    id: UUID
    made_id: UUID
    content_hash: str
    kept: str
    newer: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """The cells as last read."""
        return {**json.loads(self.kept), **self.newer}

    def is_same(self, hashed: str) -> bool:
        """True where nothing changed since."""
        return (content_hash(self.values) if self.newer else self.content_hash) == hashed


@dataclass(frozen=True, slots=True)
class Changed:
    """What a newer copy says of a known row: new entries of its updates cell, and other cells that differ."""

    row: KnownRow
    notes: tuple[Note, ...]
    notes_cells: tuple[str, str] | None
    cells: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Here:
    """A child that stands here under a number, however it came."""

    id: UUID
    name: str
    kind: SubjectKind


@dataclass(frozen=True, slots=True)
class Known:
    """Everything here that a plan meets."""

    plan: Plan
    rows: dict[tuple[str, str], KnownRow]
    here: dict[str, Here]

    def child_row(self, child: PlannedChild) -> KnownRow | None:
        """What an earlier import made of this child."""
        return self.rows.get(("child", child.row_key))

    def action_row(self, action: PlannedAction) -> KnownRow | None:
        """What an earlier import made of this action."""
        return self.rows.get(("action", self.action_key(action)))

    def action_key(self, action: PlannedAction) -> str:
        """The lasting name of an action. Where its reference stood for another one before, a longer name."""
        before = self.rows.get(("action", action.row_key))
        if before is None or before.content_hash == action.content_hash:
            return action.row_key
        if not is_another_action(before.values, action.values):
            return action.row_key
        again = {name: action.values.get(name, "") for name in ("number", "set_on", "what")}
        return f"{action.row_key}~{content_hash(again)[:24]}"

    @property
    def new_children(self) -> tuple[PlannedChild, ...]:
        """Children that no earlier import made anything of."""
        return tuple(child for child in self.plan.children if self.child_row(child) is None)

    @property
    def new_actions(self) -> tuple[PlannedAction, ...]:
        """Actions that no earlier import made anything of."""
        return tuple(action for action in self.plan.actions if self.action_row(action) is None)

    def changed_children(self) -> list[tuple[PlannedChild, Changed]]:
        """Known children with a cell that differs."""
        pairs = ((child, self.child_row(child)) for child in self.plan.children)
        changed = ((child, _changed_child(child, row)) for child, row in pairs if row is not None)
        return [(child, change) for child, change in changed if change is not None]

    def changed_actions(self, today: Any) -> list[tuple[PlannedAction, Changed]]:
        """Known actions with a cell that differs, or with new entries in the updates cell."""
        pairs = ((action, self.action_row(action)) for action in self.plan.actions)
        changed = ((action, _changed_action(action, row, today)) for action, row in pairs if row is not None)
        return [(action, change) for action, change in changed if change is not None]

    def against_here(self) -> tuple[Problem, ...]:
        """Rows whose number belongs to somebody else here: they stop, so that no child gets another's actions."""
        found = []
        for child in self.new_children:
            here = self.here.get(child.local_number)
            if here is None:
                continue
            said = child.values.get("name", "")
            if here.kind is not SubjectKind.CHILD:
                words = f"Number {child.local_number} belongs to something here that is no child."
            elif said and not same_child(said, here.name) and not same_child(here.name, said):
                words = f"Number {child.local_number} is {here.name} here, but the spreadsheet says “{said}”."
            else:
                continue
            found.append(Problem(child.sheet, child.row, "Child’s number", words, True, "number"))
        return tuple(found)


def list_known(session: MaceSession, actor: Actor, plan: Plan) -> Known:
    """What earlier imports made of these rows, and the children who stand here under these numbers."""
    found: dict[tuple[str, str], KnownRow] = {}
    by_id: dict[UUID, KnownRow] = {}
    statement = sa.select(
        col(ImportedRow.id),
        col(ImportedRow.kind),
        col(ImportedRow.row_key),
        col(ImportedRow.made_id),
        col(ImportedRow.content_hash),
        col(ImportedRow.values),
    ).where(col(ImportedRow.kind).in_(("child", "action")))
    for row in rows(session, scope.area(statement, actor, Permission.IMPORT_RUN)):
        found[(row[1], row[2])] = by_id[row[0]] = KnownRow(row[0], *row[3:])
    newer = (
        sa.select(col(ImportChange.imported_row_id), col(ImportChange.field), col(ImportChange.new))
        .join(ImportBatch, col(ImportBatch.id) == col(ImportChange.batch_id))
        .order_by(col(ImportBatch.made_at), col(ImportChange.id))
    )
    for row_id, name, words in rows(session, scope.area(newer, actor, Permission.IMPORT_RUN)):
        by_id[row_id].newer[name] = words
    here: dict[str, Here] = {}
    numbers = [child.local_number for child in plan.children]
    for some in chunks(numbers):
        under = sa.select(col(Subject.reference), col(Subject.id), col(Subject.name), col(Subject.kind)).where(
            col(Subject.reference).in_(some)
        )
        for row in rows(session, scope.area(under, actor, Permission.IMPORT_RUN)):
            here[row[0]] = Here(*row[1:])
    return Known(plan, found, here)


def _changed_child(child: PlannedChild, row: KnownRow) -> Changed | None:
    if row.is_same(child.content_hash):
        return None
    cells = tuple(differences({**dict.fromkeys(child.values, ""), **row.values}, child.values))
    told = tuple(cell for cell in cells if cell[0] in child.values)
    return Changed(row, (), None, told) if told else None


def _changed_action(action: PlannedAction, row: KnownRow, today: Any) -> Changed | None:
    if row.is_same(action.content_hash):
        return None
    before = row.values
    cells = tuple(cell for cell in differences(before, action.values) if cell[0] in before and cell[0] in action.values)
    old, new = before.get("notes", ""), action.values.get("notes", "")
    told = tuple(cell for cell in cells if cell[0] != "notes")
    notes_cells = (old, new) if new and new != old else None
    added = tuple(in_time(note, today) for note in new_notes(old, new)) if notes_cells else ()
    return Changed(row, added, notes_cells, told) if told or notes_cells else None
