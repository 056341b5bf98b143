"""Cells that differ in a newer copy of a workbook, and wait for somebody to decide."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import ACTION_FIELDS, CHILD_FIELDS
from mace.history import Seen
from mace.models import Action, ImportBatch, ImportChange, ImportedRow, Subject

PAGE = 50
STAYS = {
    "set_on": "The day it was agreed starts its clock, so it stays. Keep ours.",
    "number": "An action stays on the record it was made on. Keep ours, and agree it for the right child at a meeting.",
    "child": "An action stays on the record it was made on. Keep ours, and agree it for the right child at a meeting.",
    "ref": "The reference is how the row is found again, so it stays. Keep ours.",
}
"""Cells of an action that a newer copy cannot change, each with the reason."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One changed cell."""

    id: UUID
    kind: str
    made_id: UUID
    about: str
    what: str
    label: str
    old: str
    new: str
    where: str
    stays: str
    """Why the new words cannot be taken, where they never can."""


@dataclass(frozen=True, slots=True)
class ChangeList:
    """What waits, oldest first, so many at a time."""

    lines: tuple[ChangeLine, ...]
    waiting: int
    seen: Seen


def list_changes(session: MaceSession, actor: Actor, today: date) -> ChangeList:
    """Undecided cells, by the row they stand in."""
    subject = sa.case((col(ImportedRow.kind) == "child", col(ImportedRow.made_id)), else_=col(Action.subject_id))
    statement: Any = (
        sa.select(
            col(ImportChange.id),
            col(ImportedRow.kind),
            col(ImportedRow.made_id),
            col(Subject.name),
            col(Action.number),
            col(Action.what),
            col(ImportChange.field),
            col(ImportChange.old),
            col(ImportChange.new),
            col(ImportedRow.sheet),
            col(ImportedRow.values),
        )
        .join(ImportedRow, col(ImportedRow.id) == col(ImportChange.imported_row_id))
        .join(ImportBatch, col(ImportBatch.id) == col(ImportChange.batch_id))
        .outerjoin(Action, sa.and_(col(ImportedRow.kind) == "action", col(Action.id) == col(ImportedRow.made_id)))
        .join(Subject, col(Subject.id) == subject)
        .where(col(ImportChange.decided_at).is_(None))
        .order_by(col(ImportBatch.made_at), col(ImportedRow.sheet), col(ImportedRow.row_number), col(ImportChange.id))
        .limit(PAGE)
    )
    found = rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))
    lines = tuple(_line(row) for row in found)
    seen = Seen("import_change", tuple(line.id for line in lines), act="listed")
    return ChangeList(lines, count_changes(session, actor), seen)


def _line(row: Any) -> ChangeLine:
    labels = CHILD_FIELDS if row.kind == "child" else ACTION_FIELDS
    ref = json.loads(row.values).get("ref", "")
    return ChangeLine(
        row.id,
        row.kind,
        row.made_id,
        row.name,
        f"Action {row.number}: {row.what}" if row.kind == "action" else "",
        labels.get(row.field, row.field),
        row.old,
        row.new,
        f"{row.sheet}, {ref}" if ref else row.sheet,
        STAYS.get(row.field, "") if row.kind == "action" else "",
    )


def count_changes(session: MaceSession, actor: Actor) -> int:
    """How many changed cells wait."""
    statement = sa.select(sa.func.count(col(ImportChange.id))).where(col(ImportChange.decided_at).is_(None))
    return int(rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))[0][0])
