"""Undo an import: exactly what it made, row by row through the history, and only while nothing is built on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import history, scope
from mace.actions.commands import store_standing
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.errors import Refused
from mace.domain.policy import Actor, Permission
from mace.intake.commands.uploads import check_may_import
from mace.intake.queries.batches import made_by
from mace.intake.queries.known import chunks
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Allocation,
    Child,
    Concern,
    ContextChild,
    Contribution,
    Delivery,
    Event,
    ImportBatch,
    ImportChange,
    ImportedRow,
    Item,
    LedgerLine,
    Model,
    Person,
    PersonOfConcern,
    RecordVersion,
    Referral,
    Series,
    SeriesAgency,
    Subject,
    Trail,
    UpdateRequest,
    Waiting,
    WorkingWith,
)

OF_AN_ACTION = frozenset({"contribution", "ledger_line", "action_contributor", "action_child"})
OF_A_CHILD = frozenset({"contribution", "concern", "allocation", "child", "action", "action_child"})
"""The tables of which an undo removes rows; one that any other refers to has been built on."""
NEWER = "A newer copy of this spreadsheet was imported after it. Undo that one first."


def find_reason_against_undo(session: MaceSession, actor: Actor, batch_id: UUID) -> str:
    """What has been built on an import, in a sentence; empty where it can be undone."""
    batch = _batch(session, actor, batch_id)
    if batch.undone_at is not None:
        return "This import was undone already."
    for statement, reason in _built_on(batch_id):
        if rows(session, scope.area(statement.limit(1), actor, Permission.IMPORT_RUN)):
            return reason
    if used_of(session, actor, "action", made_by(batch_id, "action"), OF_AN_ACTION):
        return "One of its actions is in use since."
    if used_of(session, actor, "subject", _children(batch_id), OF_A_CHILD):
        return "One of its children is in use since."
    return ""


def _batch(session: MaceSession, actor: Actor, batch_id: UUID) -> ImportBatch:
    statement = scope.area(select(ImportBatch).where(ImportBatch.id == batch_id), actor, Permission.IMPORT_RUN)
    found: ImportBatch = scope.one(session, statement)
    return found


def _children(batch_id: UUID) -> Any:
    """The children that a batch made: a child who was here before the import stays."""
    linked = sa.select(col(Subject.id)).where(col(Subject.id).in_(made_by(batch_id, "child")), col(Subject.imported))
    return linked


def _built_on(batch_id: UUID) -> list[tuple[Any, str]]:
    """Everything that could stand on an import, each with the sentence that says so."""
    actions, children = made_by(batch_id, "action"), _children(batch_id)
    own_rows = sa.select(col(ImportedRow.id)).where(col(ImportedRow.batch_id) == batch_id)

    def of(column: Any, ids: Any, *where: Any) -> Any:
        return sa.select(sa.literal(1)).where(col(column).in_(ids), *where)

    record = "Something has been added to the record of one of its children since."
    agreed = "An action has been agreed for one of its children since."
    lines, updates, moved = col(LedgerLine.imported), col(Contribution.entered_by_id), col(Allocation.ended_on)
    return [
        (
            of(ImportChange.imported_row_id, own_rows, col(ImportChange.batch_id) != batch_id),
            NEWER,
        ),
        (of(Action.subject_id, children, col(Action.id).not_in(actions), col(Action.imported)), NEWER),
        (
            sa.select(sa.literal(1)).where(
                col(ImportChange.batch_id) == batch_id,
                col(ImportChange.taken).is_(True),
                col(ImportChange.field) != "notes",
            ),
            "A changed cell of it has been taken.",
        ),
        (of(LedgerLine.action_id, actions, sa.not_(lines)), "A meeting has looked at one of its actions since."),
        (of(Contribution.action_id, actions, updates.is_not(None)), "One of its actions has been updated since."),
        (of(Waiting.action_id, actions), "A meeting has looked at one of its actions since."),
        (of(UpdateRequest.action_id, actions), "An update on one of its actions has been asked for since."),
        (of(Delivery.action_id, actions), "One of its actions has been sent to somebody since."),
        (of(Item.subject_id, children), "One of its children is on an agenda."),
        (of(Contribution.subject_id, children, updates.is_not(None)), record),
        (of(Event.subject_id, children), record),
        (of(Referral.subject_id, children), record),
        (of(RecordVersion.subject_id, children), record),
        (of(PersonOfConcern.subject_id, children), record),
        (of(Concern.subject_id, children, col(Concern.entered_by_id).is_not(None)), record),
        (of(ContextChild.child_id, children), "One of its children has been linked with a place or person since."),
        (of(WorkingWith.child_id, children), "Somebody has been listed as working with one of its children since."),
        (of(Action.subject_id, children, col(Action.id).not_in(actions)), agreed),
        (of(ActionChild.child_id, children, col(ActionChild.action_id).not_in(actions)), agreed),
        (of(ActionChild.action_id, actions, col(ActionChild.child_id).not_in(_about(actions))), agreed),
        (
            of(
                Allocation.child_id,
                children,
                sa.or_(
                    col(Allocation.confirmed_on).is_not(None),
                    sa.and_(moved.is_not(None), col(Allocation.child_id).in_(_still_open(children))),
                ),
            ),
            "The worker of one of its children has been confirmed or changed since.",
        ),
        (_edited(children), "The details of one of its children have been changed since."),
    ]


def _about(actions: Any) -> Any:
    return sa.select(col(Action.subject_id)).where(col(Action.id).in_(actions))


def _still_open(children: Any) -> Any:
    return sa.select(col(Subject.id)).where(col(Subject.id).in_(children), col(Subject.closed_on).is_(None))


def _edited(children: Any) -> Any:
    """A change of a child or its details by anybody since: the import itself only creates."""
    return sa.select(sa.literal(1)).where(
        col(Trail.subject_id).in_(children),
        col(Trail.table_name).in_(("subject", "child")),
        col(Trail.act) == "changed",
    )


def undo_import(session: MaceSession, actor: Actor, batch_id: UUID, *, area: Area, now: datetime) -> None:
    """Remove what an import made. Raises :class:`Refused` with the reason where something was built on it."""
    check_may_import(actor)
    reason = find_reason_against_undo(session, actor, batch_id)
    if reason:
        raise Refused(f"This import cannot be undone now. {reason}")
    batch = _batch(session, actor, batch_id)
    undo = _Undo(session, actor, batch)
    undo.notes(area, now)
    undo.actions()
    undo.children()
    undo.rows()
    undo.beside()
    batch.undone_at = now
    history.note(session, "import undone", object_id=str(batch.id))


class _Undo:
    """One undo under way."""

    def __init__(self, session: MaceSession, actor: Actor, batch: ImportBatch) -> None:
        self.session, self.actor, self.batch = session, actor, batch
        self.made = {kind: self.ids(made_by(batch.id, kind)) for kind in ("person", "series", "agency")}

    def ids(self, statement: Any) -> list[UUID]:
        """The ids a statement finds."""
        return [row[0] for row in rows(self.session, scope.area(statement, self.actor, Permission.IMPORT_RUN))]

    def found(self, statement: Any) -> Sequence[Any]:
        """The rows a statement finds."""
        return list(self.session.exec(scope.area(statement, self.actor, Permission.IMPORT_RUN)).all())

    def remove(self, kind: type[Model], column: Any, ids: Sequence[UUID], *where: Any) -> None:
        """Delete rows by their column, each through the history."""
        for some in chunks(ids):
            for row in self.found(select(kind).where(col(column).in_(some), *where)):
                self.session.delete(row)
            self.session.flush()
            history.append_pending(self.session, self.actor)

    def notes(self, area: Area, now: datetime) -> None:
        """Take the entries that this copy added out of actions that were here before it."""
        lines = self.ids(made_by(self.batch.id, "carry"))
        words = self.ids(made_by(self.batch.id, "words"))
        touched: list[UUID] = []
        for column, key, ids in (
            (LedgerLine.action_id, LedgerLine.id, lines),
            (Contribution.action_id, Contribution.id, words),
        ):
            for some in chunks(ids):
                touched += self.ids(sa.select(col(column)).where(col(key).in_(some)))
        self.remove(LedgerLine, LedgerLine.id, lines)
        self.remove(Contribution, Contribution.id, words)
        for some in chunks(list(dict.fromkeys(touched))):
            actions = list(self.found(select(Action).where(col(Action.id).in_(some))))
            store_standing(self.session, actions, london_day(now), area)

    def actions(self) -> None:
        """Remove the actions with their history."""
        ids = self.ids(made_by(self.batch.id, "action"))
        for kind, column in (
            (Contribution, Contribution.action_id),
            (LedgerLine, LedgerLine.action_id),
            (ActionContributor, ActionContributor.action_id),
            (ActionChild, ActionChild.action_id),
            (Action, Action.id),
        ):
            self.remove(kind, column, ids)

    def children(self) -> None:
        """Remove the children that were not here before."""
        ids = self.ids(_children(self.batch.id))
        for kind, column in (
            (Contribution, Contribution.subject_id),
            (Concern, Concern.subject_id),
            (Allocation, Allocation.child_id),
            (Child, Child.subject_id),
            (Subject, Subject.id),
        ):
            self.remove(kind, column, ids)

    def rows(self) -> None:
        """Forget the rows themselves, so that another import makes them again."""
        self.made = {kind: self.ids(made_by(self.batch.id, kind)) for kind in ("person", "series", "agency")}
        self.remove(ImportChange, ImportChange.batch_id, [self.batch.id])
        self.remove(ImportedRow, ImportedRow.batch_id, [self.batch.id])

    def beside(self) -> None:
        """Remove people, the series and agencies that it made and nobody else uses."""
        self.remove(Person, Person.id, self.unused("person"))
        series_id, self.batch.series_id = self.batch.series_id, None
        self.session.flush()
        unused = self.unused("series", besides=frozenset({"series_agency"}))
        self.remove(SeriesAgency, SeriesAgency.series_id, unused)
        self.remove(Series, Series.id, unused)
        if series_id not in unused:
            self.batch.series_id = series_id
        self.remove(Agency, Agency.id, self.unused("agency"))

    def unused(self, table: str, besides: frozenset[str] = frozenset()) -> list[UUID]:
        """Those it made of this table that no row of any other refers to."""
        made = self.made[table]
        used = {key for some in chunks(made) for key in used_of(self.session, self.actor, table, some, besides)}
        return [key for key in made if key not in used]


def used_of(session: MaceSession, actor: Actor, table: str, keys: Any, besides: frozenset[str]) -> set[UUID]:
    """Which of these rows any row refers to, whatever table that stands in but ``besides``."""
    used: set[UUID] = set()
    for other in Model.metadata.tables.values():
        referring = (
            [column for column in other.columns if _refers_to(column, table)] if other.name not in besides else []
        )
        for column in referring:
            statement = sa.select(column).where(column.in_(keys)).distinct()
            used |= {row[0] for row in rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))}
    return used


def _refers_to(column: Any, table: str) -> bool:
    return any(reference.column.table.name == table for reference in column.foreign_keys)
