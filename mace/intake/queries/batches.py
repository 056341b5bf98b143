"""What imports made: the list of them, one with its parts, and the truth that a spreadsheet's owner can check."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import Plan, PlannedAction, is_carry_note
from mace.domain.vocabulary import LineKind
from mace.domain.words import counts_of
from mace.history import Seen
from mace.intake.queries.known import Known, chunks, list_known
from mace.models import (
    Action,
    ActionContributor,
    Agency,
    Contribution,
    ImportBatch,
    ImportChange,
    ImportedRow,
    LedgerLine,
    Person,
    Series,
    Subject,
)

SPREADSHEET = "the spreadsheet"
"""From whom imported words were received."""
UNDATED = "the spreadsheet, which gives no day"
STATUS = "Status in the spreadsheet: "
LISTED = 50


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One import in the list of them."""

    id: UUID
    made_at: datetime
    by: str
    series: str
    children_made: int
    actions_made: int
    notes_added: int
    undone_at: datetime | None
    waiting: int
    """Changed cells that wait for a decision."""

    @property
    def words(self) -> str:
        """What it made, in words."""
        made = counts_of(
            (self.children_made, "child", "children"),
            (self.actions_made, "action", "actions"),
            (self.notes_added, "new entry on an earlier action", "new entries on earlier actions"),
        )
        return made or "Only changed cells"


@dataclass(frozen=True, slots=True)
class BatchList:
    """Imports, newest first."""

    lines: tuple[BatchLine, ...]
    seen: Seen


def _batches() -> Any:
    waiting = (
        sa.select(sa.func.count(col(ImportChange.id)))
        .where(col(ImportChange.batch_id) == col(ImportBatch.id), col(ImportChange.decided_at).is_(None))
        .scalar_subquery()
    )
    return (
        sa.select(
            col(ImportBatch.id),
            col(ImportBatch.made_at),
            col(Person.name).label("by"),
            col(Series.name).label("series"),
            col(ImportBatch.children_made),
            col(ImportBatch.actions_made),
            col(ImportBatch.notes_added),
            col(ImportBatch.undone_at),
            waiting.label("waiting"),
        )
        .outerjoin(Person, col(Person.id) == col(ImportBatch.by_id))
        .outerjoin(Series, col(Series.id) == col(ImportBatch.series_id))
        .order_by(col(ImportBatch.made_at).desc(), col(ImportBatch.id))
    )


def _line(row: Any) -> BatchLine:
    return BatchLine(**{**row._mapping, "by": row.by or "the command line", "series": row.series or ""})


def list_batches(session: MaceSession, actor: Actor) -> BatchList:
    """Earlier imports, newest first."""
    found = rows(session, scope.area(_batches().limit(LISTED), actor, Permission.IMPORT_RUN))
    return BatchList(tuple(map(_line, found)), Seen("import_batch", tuple(row.id for row in found), act="listed"))


@dataclass(frozen=True, slots=True)
class ChildMade:
    """A child of an import, with how many unfinished actions of it."""

    id: UUID
    name: str
    reference: str
    open_actions: int


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One import with what it made."""

    line: BatchLine
    children: tuple[ChildMade, ...]
    open_actions: int
    undated: int
    nobody: int
    people: tuple[str, ...]
    agencies: tuple[str, ...]
    seen: Seen


def get_batch(session: MaceSession, actor: Actor, today: date, batch_id: UUID) -> BatchPage:
    """One import. Raises ``NotThere``."""
    statement = _batches().where(col(ImportBatch.id) == batch_id)
    line = _line(scope.one_row(session, scope.area(statement, actor, Permission.IMPORT_RUN)))
    open_actions = (
        sa.select(sa.func.count(col(Action.id)))
        .where(col(Action.subject_id) == col(Subject.id), col(Action.ended_on).is_(None))
        .scalar_subquery()
    )
    children = (
        sa.select(col(Subject.id), col(Subject.name), col(Subject.reference), open_actions)
        .where(col(Subject.id).in_(made_by(batch_id, "child")))
        .order_by(col(Subject.name), col(Subject.id))
        .limit(500)
    )
    is_open = sa.and_(col(Action.id).in_(made_by(batch_id, "action")), col(Action.ended_on).is_(None))
    counted = sa.select(
        sa.func.count(),
        sa.func.count().filter(col(Action.first_due).is_(None)),
        sa.func.count().filter(col(Action.owner_id).is_(None)),
    ).where(is_open)
    numbers = rows(session, scope.area(counted, actor, Permission.IMPORT_RUN))[0]
    people = (
        sa.select(col(Person.name), col(Agency.name))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Person.id).in_(made_by(batch_id, "person")))
        .order_by(col(Person.name), col(Person.id))
    )
    agencies = (
        sa.select(col(Agency.name))
        .where(col(Agency.id).in_(made_by(batch_id, "agency")))
        .order_by(col(Agency.name), col(Agency.id))
    )
    return BatchPage(
        line,
        tuple(ChildMade(*row) for row in rows(session, scope.area(children, actor, Permission.IMPORT_RUN))),
        numbers[0],
        numbers[1],
        numbers[2],
        tuple(f"{row[0]}, {row[1]}" for row in rows(session, scope.area(people, actor, Permission.IMPORT_RUN))),
        tuple(row[0] for row in rows(session, scope.area(agencies, actor, Permission.IMPORT_RUN))),
        Seen("import_batch", (batch_id,)),
    )


def made_by(batch_id: UUID, *kinds: str) -> Any:
    """Ids of what a batch made, of these kinds, for use inside a scoped statement."""
    return sa.select(col(ImportedRow.made_id)).where(
        col(ImportedRow.batch_id) == batch_id, col(ImportedRow.kind).in_(kinds)
    )


# --- The truth ------------------------------------------------------------------------------------------------------


def get_truth(session: MaceSession, actor: Actor, plan: Plan) -> dict[str, object]:
    """What stands here of the rows of a plan, counted from what is stored, in the shape in which a spreadsheet's
    owner counts: an action by its reference, else by sheet and row."""
    known = list_known(session, actor, plan)
    made = {_label(action): row.made_id for action in plan.actions if (row := known.action_row(action)) is not None}
    ids = list(made.values())
    facts: list[Any] = []
    carried: Counter[UUID] = Counter()
    shared = 0
    for some in chunks(ids):
        facts += _rows(
            session,
            actor,
            sa.select(col(Action.ended_on), col(Action.first_due)).where(col(Action.id).in_(some)),
        )
        carried.update(_carries(session, actor, some))
        helped = sa.select(sa.func.count(sa.distinct(col(ActionContributor.action_id)))).where(
            col(ActionContributor.action_id).in_(some)
        )
        shared += _rows(session, actor, helped)[0][0]
    return {
        "children": _count_children(session, actor, known),
        "actions": len(facts),
        "open": sum(ended_on is None for ended_on, _ in facts),
        "carried": {label: carried[made_id] for label, made_id in made.items()},
        "no_date": sum(first_due is None for _, first_due in facts),
        "shared_owner": shared,
    }


def _label(action: PlannedAction) -> str:
    return action.ref or f"{action.sheet} row {action.row}"


def _rows(session: MaceSession, actor: Actor, statement: Any) -> Any:
    return rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))


def _carries(session: MaceSession, actor: Actor, action_ids: Any) -> Counter[UUID]:
    """Lines from before this tool, and carry notes that could not be lines because they have no day of their own."""
    lines = sa.select(col(LedgerLine.action_id)).where(
        col(LedgerLine.action_id).in_(action_ids), col(LedgerLine.imported)
    )
    words = sa.select(col(Contribution.action_id), col(Contribution.words)).where(
        col(Contribution.action_id).in_(action_ids),
        col(Contribution.kind) == LineKind.UPDATE,
        col(Contribution.entered_by_id).is_(None),
        col(Contribution.received_from).in_((SPREADSHEET, UNDATED)),
    )
    counted = Counter(row[0] for row in _rows(session, actor, lines))
    counted.update(
        action_id
        for action_id, said in _rows(session, actor, words)
        if not said.startswith(STATUS) and is_carry_note(said)
    )
    return counted


def _count_children(session: MaceSession, actor: Actor, known: Known) -> int:
    ids = {row.made_id for child in known.plan.children if (row := known.child_row(child)) is not None}
    return sum(
        _rows(session, actor, sa.select(sa.func.count(col(Subject.id))).where(col(Subject.id).in_(some)))[0][0]
        for some in chunks(list(ids))
    )
