"""An action as every list shows it: one row of columns, its history in words made from what is stored beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession
from mace.domain.ledger import Life, life_in_words
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import ActionState, DriftLevel
from mace.models import Action, ActionChild, Agency, Chase, Person, Subject, Waiting

OWNER = aliased(Person, name="owner")


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action as a list shows it."""

    id: UUID
    number: int
    what: str
    subject_id: UUID
    subject: str
    owner: str
    agency: str
    due: date | None
    first_due: date | None
    first_due_words: str
    state: ActionState
    drift: DriftLevel
    carries: int
    late_carries: int
    set_on: date
    ended_on: date | None
    sort_weight: int
    history: str = ""
    late: bool = False
    owner_id: UUID | None = None


def line_columns(actor: Actor, today: date) -> Any:
    """The statement of a list's rows for this reader: joins to owner, agency, subject and what it waits on."""
    subject_id, subject = _about(actor, today)
    return (
        sa.select(
            col(Action.id),
            col(Action.number),
            col(Action.what),
            subject_id.label("subject_id"),
            subject.label("subject"),
            col(OWNER.name).label("owner"),
            col(Agency.name).label("agency"),
            col(Action.due),
            col(Action.first_due),
            col(Action.first_due_words),
            col(Action.state),
            col(Action.drift),
            col(Action.carries),
            col(Action.late_carries),
            col(Action.set_on),
            col(Action.ended_on),
            col(Action.sort_weight),
            col(Action.owner_id),
            col(Action.late_line),
            col(Action.late_from),
            col(Action.carries_before),
            col(Action.late_carries_before),
            col(Action.reported_done_on),
            col(Action.reported_done_at),
            col(Action.reported_refused),
            col(Waiting.body).label("waits_on"),
            col(Waiting.asked_on),
            col(Waiting.began_on),
            (col(Waiting.chased_before) + _chases()).label("chased"),
        )
        .join(Subject, col(Subject.id) == col(Action.subject_id))
        .join(Agency, col(Agency.id) == col(Action.owner_agency_id))
        .outerjoin(OWNER, col(OWNER.id) == col(Action.owner_id))
        .outerjoin(Waiting, sa.and_(col(Waiting.action_id) == col(Action.id), col(Waiting.ended_on).is_(None)))
    )


def _chases() -> Any:
    return sa.select(sa.func.count(col(Chase.id))).where(col(Chase.waiting_id) == col(Waiting.id)).scalar_subquery()


def _about(actor: Actor, today: date) -> tuple[Any, Any]:
    """Whom a row is about, as far as this reader may know: where they reach the action only through another child it
    protects, that child (rule 2: no child's record reveals another)."""
    if in_area(actor, Permission.ACTION_LIST):
        return col(Action.subject_id), col(Subject.name)
    child = aliased(Subject)
    theirs = scope.about(
        sa.select(col(child.id), col(child.name))
        .select_from(ActionChild)
        .join(child, col(child.id) == col(ActionChild.child_id))
        .where(col(ActionChild.action_id) == col(Action.id))
        .order_by(col(child.name), col(child.id))
        .limit(1),
        ActionChild.child_id,
        actor,
        today,
        Permission.ACTION_LIST,
    )
    known = scope.knows_whom(actor, today)
    return (
        sa.case((known, col(Action.subject_id)), else_=theirs.with_only_columns(col(child.id)).scalar_subquery()),
        sa.case((known, col(Subject.name)), else_=theirs.with_only_columns(col(child.name)).scalar_subquery()),
    )


def with_history(session: MaceSession, actor: Actor, today: date, found: Sequence[Any]) -> tuple[ActionLine, ...]:
    """Lines with their history in words, for rows of :func:`line_columns` already found in scope. Asks nothing."""
    return tuple(line_of(row, today) for row in found)


def line_of(row: Any, today: date) -> ActionLine:
    """One line from its row."""
    return ActionLine(
        id=row.id,
        number=row.number,
        what=row.what,
        subject_id=row.subject_id,
        subject=row.subject or "",
        owner=row.owner or "Nobody named",
        agency=row.agency,
        due=row.due,
        first_due=row.first_due,
        first_due_words=row.first_due_words,
        state=row.state,
        drift=row.drift,
        carries=row.carries,
        late_carries=row.late_carries,
        set_on=row.set_on,
        ended_on=row.ended_on,
        sort_weight=row.sort_weight,
        history=life_in_words(life_of_row(row), today),
        late=row.late_from is not None and row.late_from <= today,
        owner_id=row.owner_id,
    )


def life_of_row(row: Any) -> Life:
    """What the sentence about an action needs, read back from where it is stored."""
    waits = row.state is ActionState.WAITING_ON and row.waits_on is not None
    return Life(
        state=row.state,
        set_on=row.set_on,
        first_due=row.first_due,
        late_line=row.late_line,
        late_from=row.late_from,
        carries=row.carries,
        late_carries=row.late_carries,
        carries_before=row.carries_before,
        late_carries_before=row.late_carries_before,
        reported_on=_reported_on(row),
        ended_on=row.ended_on,
        waits_on=row.waits_on if waits else "",
        waits_since=min(row.asked_on, row.began_on) if waits else None,
        chased=row.chased if waits else 0,
    )


def _reported_on(row: Any) -> date | None:
    """The day a report was made that still stands."""
    stands = row.state is ActionState.REPORTED_DONE or row.ended_on is not None
    if not stands or row.reported_refused or row.reported_done_at is None or row.reported_done_on is None:
        return None
    return london_day(row.reported_done_at)
