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
    """One line from its row, whose first columns are those of :func:`line_columns` in their order."""
    (
        action_id,
        number,
        what,
        subject_id,
        subject,
        owner,
        agency,
        due,
        first_due,
        first_due_words,
        state,
        drift,
        carries,
        late_carries,
        set_on,
        ended_on,
        sort_weight,
        owner_id,
        late_line,
        late_from,
        carries_before,
        late_carries_before,
        reported_done_on,
        reported_done_at,
        reported_refused,
        waits_on,
        asked_on,
        began_on,
        chased,
        *_more,
    ) = row
    waits = waits_on is not None and state is ActionState.WAITING_ON
    reported = reported_done_at is not None and reported_done_on is not None and not reported_refused
    stands = reported and (ended_on is not None or state is ActionState.REPORTED_DONE)
    life = Life(
        state,
        set_on,
        first_due,
        late_line,
        late_from,
        carries,
        late_carries,
        carries_before,
        late_carries_before,
        london_day(reported_done_at) if stands else None,
        ended_on,
        waits_on if waits else "",
        min(asked_on, began_on) if waits else None,
        chased if waits else 0,
    )
    return ActionLine(
        action_id,
        number,
        what,
        subject_id,
        subject or "",
        owner or "Nobody named",
        agency,
        due,
        first_due,
        first_due_words,
        state,
        drift,
        carries,
        late_carries,
        set_on,
        ended_on,
        sort_weight,
        life_in_words(life, today),
        late_from is not None and late_from <= today,
        owner_id,
    )
