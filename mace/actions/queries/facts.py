"""From rows to the facts that rules judge."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, plain_rows
from mace.domain.ledger import ActionFacts, LedgerLine
from mace.domain.vocabulary import MeetingState
from mace.domain.waiting import WaitingFacts
from mace.models import Action, Chase, Meeting, Waiting
from mace.models import LedgerLine as LedgerRow

FACT_COLUMNS: tuple[Any, ...] = (
    col(Action.id),
    col(Action.series_id),
    col(Action.set_on),
    col(Action.first_due),
    col(Action.due),
    col(Action.late_line),
    col(Action.state),
    col(Action.ended_on),
    col(Action.reported_done_on),
    col(Action.reported_done_at),
    col(Action.reported_refused),
    col(Action.owner_changes),
    col(Action.date_moves),
    col(Action.last_update_on),
    col(Action.owner_id),
    col(Action.owner_accepted_at),
    col(Action.imported),
    col(Action.confirmed_at),
    col(Action.level_when_set),
    col(Action.long_date_reason),
)
"""What :func:`list_facts` reads of each action: a row of these columns serves as well as an entity."""


def with_fact_columns(statement: Any) -> Any:
    """The statement with those columns that it does not select already."""
    there = {column.key for column in statement.selected_columns}
    return statement.add_columns(*(column for column in FACT_COLUMNS if column.key not in there))


def list_facts(session: MaceSession, actions: Sequence[Any]) -> dict[UUID, ActionFacts]:
    """The facts that rules need, for actions already found in scope. Three queries, however many."""
    ids = [action.id for action in actions]
    if not ids:
        return {}
    lines = _lines(session, ids)
    held = list_meetings_held(session, {action.series_id for action in actions})
    waiting = _waiting(session, ids)
    return {
        action.id: facts_of(action, lines.get(action.id, ()), held.get(action.series_id, ()), waiting.get(action.id))
        for action in actions
    }


def facts_of(
    action: Any, lines: Sequence[LedgerLine], held: Sequence[date], waiting: WaitingFacts | None
) -> ActionFacts:
    """The facts of one action from its row, its lines, the meetings of its series and what it waits on."""
    return ActionFacts(
        set_on=action.set_on,
        first_due=action.first_due,
        due=action.due,
        late_line=action.late_line,
        state=action.state,
        ended_on=action.ended_on,
        reported_done_on=london_day(action.reported_done_at) if _report_stands(action) else None,
        reported_refused=action.reported_refused,
        waiting=waiting,
        lines=tuple(lines),
        meetings_held=tuple(day for day in held if day > action.set_on),
        owner_changes=action.owner_changes,
        date_moves=action.date_moves,
        last_update_on=action.last_update_on,
        has_owner=action.owner_id is not None,
        owner_accepted=action.owner_accepted_at is not None,
        imported=action.imported,
        confirmed_here=not action.imported or action.confirmed_at is not None,
        level=action.level_when_set,
        has_long_date_reason=bool(action.long_date_reason),
    )


def _report_stands(action: Any) -> bool:
    """A report counts from the day it was made, never from the day it names: nobody can report into the past."""
    return action.reported_done_at is not None and action.reported_done_on is not None


_LINES = scope.within(
    sa.select(
        col(LedgerRow.action_id),
        col(LedgerRow.meeting_on),
        col(LedgerRow.decision),
        col(LedgerRow.carried_late),
        col(LedgerRow.imported),
    )
    .where(col(LedgerRow.action_id).in_(sa.bindparam("ids", expanding=True)))
    .order_by(col(LedgerRow.meeting_on), col(LedgerRow.id)),
    "lines of actions in scope",
)
_HELD = (
    sa.select(col(Meeting.series_id), col(Meeting.held_on))
    .where(col(Meeting.series_id).in_(sa.bindparam("series", expanding=True)), col(Meeting.state) == MeetingState.HELD)
    .order_by(col(Meeting.held_on), col(Meeting.id))
)
_WAITING = scope.within(
    sa.select(
        col(Waiting.action_id),
        col(Waiting.body),
        col(Waiting.began_on),
        col(Waiting.asked_on),
        col(Waiting.answer_expected_on),
        col(Waiting.chase_by),
        col(Waiting.agency_id),
        col(Waiting.chased_before),
        col(Chase.entered_on),
        col(Chase.next_by),
    )
    .outerjoin(Chase, col(Chase.waiting_id) == col(Waiting.id))
    .where(col(Waiting.action_id).in_(sa.bindparam("ids", expanding=True)), col(Waiting.ended_on).is_(None))
    .order_by(col(Waiting.action_id), col(Chase.entered_on), col(Chase.next_by), col(Chase.id)),
    "waiting of actions in scope",
)
"""Built once: every change of an action asks these three."""


def _lines(session: MaceSession, ids: Sequence[UUID]) -> dict[UUID, list[LedgerLine]]:
    lines: dict[UUID, list[LedgerLine]] = {}
    for action_id, on, decision, late, imported in plain_rows(session, _LINES, {"ids": ids}):
        lines.setdefault(action_id, []).append(LedgerLine(on, decision, late, imported))
    return lines


def list_meetings_held(session: MaceSession, series: set[UUID]) -> dict[UUID, list[date]]:
    """The days on which meetings of each series were held, oldest first."""
    held: dict[UUID, list[date]] = {}
    for series_id, day in plain_rows(session, _HELD, {"series": sorted(series, key=str)}):
        held.setdefault(series_id, []).append(day)
    return held


def _waiting(session: MaceSession, ids: Sequence[UUID]) -> dict[UUID, WaitingFacts]:
    gathered: dict[UUID, list[Any]] = {}
    for row in plain_rows(session, _WAITING, {"ids": ids}):
        gathered.setdefault(row.action_id, []).append(row)
    return {action_id: waiting_facts(some) for action_id, some in gathered.items()}


def waiting_facts(found: Sequence[Any]) -> WaitingFacts:
    """One wait from its rows, one a chase, oldest first. Each chase answers the promise before it and makes the next;
    it counts from the day it was written down."""
    first = found[0]
    chases = [row for row in found if row.entered_on is not None]
    promises = (first.chase_by, *(row.next_by for row in chases))
    return WaitingFacts(
        body=first.body,
        began_on=first.began_on,
        asked_on=first.asked_on,
        answer_expected_on=first.answer_expected_on,
        chase_by=promises[-1],
        chases=tuple(row.entered_on for row in chases),
        is_member_agency=first.agency_id is not None,
        promised=promises[:-1],
        chased_before=first.chased_before,
    )
