"""What a meeting has to decide about the actions of one subject, and what it needs to agree a new one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.actions.queries.facts import list_facts, with_fact_columns
from mace.actions.queries.lines import ActionLine, line_columns, line_of
from mace.actions.queries.register import on_record
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.ledger import ActionFacts, may_be_noted_in_one_act
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import ActionState, Decision, LineKind
from mace.models import Action, Concern, Contribution, LedgerLine


@dataclass(frozen=True, slots=True)
class ToDecide:
    """An unfinished action as the room shows it."""

    line: ActionLine
    version: int
    facts: ActionFacts
    sentences: tuple[str, ...]
    last_update: str
    reported: bool
    evidence: str
    decided: Decision | None
    may_be_noted: bool = False
    """In date and with an update: one act notes it together with others like it."""
    offered_to_plan: str = ""
    """The plan it is offered to, not yet answered."""
    series_id: UUID | None = None
    """The series that owns it: only its meetings decide about it (rule 3)."""


def list_to_decide(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    meeting_id: UUID,
    meeting_on: date,
    area: Area,
) -> tuple[ToDecide, ...]:
    """Every unfinished action of a subject and every one this meeting has already decided, worst first."""
    looked = (
        sa.select(col(LedgerLine.action_id), col(LedgerLine.decision))
        .join(Action, col(Action.id) == col(LedgerLine.action_id))
        .where(col(LedgerLine.meeting_id) == meeting_id, on_record(subject_id))
        .order_by(col(LedgerLine.action_id))
    )
    found_decided = rows(session, scope.area(looked, actor, Permission.ITEM_RUN))
    decided: dict[UUID, Decision] = {action_id: decision for action_id, decision in found_decided}
    shown = sa.or_(col(Action.ended_on).is_(None), col(Action.id).in_(list(decided)))
    statement = (
        with_fact_columns(line_columns(actor, meeting_on))
        .add_columns(col(Action.version), col(Action.evidence), col(Action.offered_to_plan), OFFERED)
        .where(on_record(subject_id), shown)
        .order_by(col(Action.sort_weight), col(Action.number))
    )
    found = rows(session, scope.area(statement, actor, Permission.ITEM_RUN))
    facts = list_facts(session, found)
    updates = _last_updates(session, facts)
    return tuple(
        ToDecide(
            line_of(row, meeting_on),
            row.version,
            facts[row.id],
            standing(facts[row.id], meeting_on, area).sentences,
            updates.get(row.id, ""),
            row.state is ActionState.REPORTED_DONE,
            row.evidence,
            decided.get(row.id),
            may_be_noted=row.id not in decided and may_note(facts[row.id], meeting_on),
            offered_to_plan=row.offered_to_plan if row.is_offered else "",
            series_id=row.series_id,
        )
        for row in found
    )


OFFERED = sa.and_(col(Action.offered_to_id).is_not(None), col(Action.ended_on).is_(None)).label("is_offered")


def may_note(facts: ActionFacts, meeting_on: date) -> bool:
    """In date with an update since the last meeting, by one named person, and looked at here before (rule 3): what
    an import brought gets its own first look."""
    last = max((day for day in facts.meetings_held if day < meeting_on), default=None)
    return facts.has_owner and facts.confirmed_here and may_be_noted_in_one_act(facts, meeting_on, last)


def _last_updates(session: MaceSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    statement = (
        sa.select(col(Contribution.action_id), col(Contribution.words))
        .where(col(Contribution.action_id).in_(list(ids)), col(Contribution.kind) == LineKind.UPDATE)
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    found = rows(session, scope.within(statement, "updates on actions in scope"))
    return {action_id: words for action_id, words in found if action_id is not None}


def list_concerns(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Live concerns of a subject, oldest first."""
    statement = (
        sa.select(col(Concern.id), col(Concern.words))
        .where(col(Concern.subject_id) == subject_id, col(Concern.ended_on).is_(None))
        .order_by(col(Concern.raised_on), col(Concern.id))
    )
    permission = Permission.ACTION_ADD if in_area(actor, Permission.ACTION_ADD) else Permission.CHILD_READ
    found = rows(session, scope.about(statement, Concern.subject_id, actor, today, permission))
    return tuple((concern_id, words) for concern_id, words in found)
