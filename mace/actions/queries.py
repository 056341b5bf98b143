"""What may be asked about actions, by whom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.ledger import ActionFacts, LedgerLine, history_in_words, is_late
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import (
    ActionState,
    Cause,
    Decision,
    DriftLevel,
    LineKind,
    MeetingState,
)
from mace.domain.waiting import WaitingFacts
from mace.history import Seen
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Chase,
    Concern,
    Contribution,
    Meeting,
    Person,
    Subject,
    Waiting,
)
from mace.models import LedgerLine as LedgerRow

PAGE = 50
COUNTED_TO = 1000


def list_facts(session: MaceSession, actions: Sequence[Any]) -> dict[UUID, ActionFacts]:
    """The facts that rules need, for actions already found in scope. Four queries, however many."""
    ids = [action.id for action in actions]
    if not ids:
        return {}
    lines: dict[UUID, list[LedgerLine]] = {}
    line_rows = scope.within(
        sa.select(
            col(LedgerRow.action_id),
            col(LedgerRow.meeting_on),
            col(LedgerRow.decision),
            col(LedgerRow.carried_late),
            col(LedgerRow.imported),
        )
        .where(col(LedgerRow.action_id).in_(ids))
        .order_by(col(LedgerRow.meeting_on), col(LedgerRow.id)),
        "lines of actions in scope",
    )
    for row in rows(session, line_rows):
        lines.setdefault(row[0], []).append(LedgerLine(*row[1:]))
    held: dict[UUID, list[date]] = {}
    series = {action.series_id for action in actions}
    meeting_rows = (
        sa.select(col(Meeting.series_id), col(Meeting.held_on))
        .where(col(Meeting.series_id).in_(series), col(Meeting.state) == MeetingState.HELD)
        .order_by(col(Meeting.held_on))
    )
    for series_id, day in rows(session, meeting_rows):
        held.setdefault(series_id, []).append(day)
    waiting = _waiting(session, ids)
    return {action.id: _facts(action, lines, held, waiting) for action in actions}


def _facts(action: Any, lines: dict[UUID, Any], held: dict[UUID, Any], waiting: dict[UUID, Any]) -> ActionFacts:
    return ActionFacts(
        set_on=action.set_on,
        first_due=action.first_due,
        due=action.due,
        late_line=action.late_line,
        state=action.state,
        ended_on=action.ended_on,
        reported_done_on=london_day(action.reported_done_at) if _report_stands(action) else None,
        reported_refused=action.reported_refused,
        waiting=waiting.get(action.id),
        lines=tuple(lines.get(action.id, ())),
        meetings_held=tuple(day for day in held.get(action.series_id, ()) if day > action.set_on),
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


def _waiting(session: MaceSession, ids: list[UUID]) -> dict[UUID, WaitingFacts]:
    found = rows(
        session,
        scope.within(
            sa.select(
                col(Waiting.action_id),
                col(Waiting.body),
                col(Waiting.began_on),
                col(Waiting.asked_on),
                col(Waiting.answer_expected_on),
                col(Waiting.chase_by),
                col(Waiting.id),
                col(Chase.chased_on),
            )
            .outerjoin(Chase, col(Chase.waiting_id) == col(Waiting.id))
            .where(col(Waiting.action_id).in_(ids), col(Waiting.ended_on).is_(None))
            .order_by(col(Chase.chased_on), col(Waiting.id)),
            "waiting of actions in scope",
        ),
    )
    gathered: dict[UUID, list[Any]] = {}
    for row in found:
        gathered.setdefault(row[0], []).append(row)
    return {
        action_id: WaitingFacts(
            body=some[0].body,
            began_on=some[0].began_on,
            asked_on=some[0].asked_on,
            answer_expected_on=some[0].answer_expected_on,
            chase_by=some[0].chase_by,
            chases=tuple(row.chased_on for row in some if row.chased_on is not None),
        )
        for action_id, some in gathered.items()
    }


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


@dataclass(frozen=True, slots=True)
class Filters:
    """What the register is narrowed to. Empty means all unfinished."""

    agency_id: UUID | None = None
    owner_id: UUID | None = None
    subject_id: UUID | None = None
    drift: DriftLevel | None = None
    state: ActionState | None = None
    late: bool = False
    ended: bool = False
    words: str = ""
    due_by: date | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """One page of the register."""

    lines: tuple[ActionLine, ...]
    count: str
    next_after: str
    seen: Seen


def _columns() -> Any:
    owner = aliased(Person)
    return (
        sa.select(
            col(Action.id),
            col(Action.number),
            col(Action.what),
            col(Action.subject_id),
            col(Subject.name).label("subject"),
            col(owner.name).label("owner"),
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
        )
        .join(Subject, col(Subject.id) == col(Action.subject_id))
        .join(Agency, col(Agency.id) == col(Action.owner_agency_id))
        .outerjoin(owner, col(owner.id) == col(Action.owner_id))
    )


def _narrowed(statement: Any, actor: Actor, filters: Filters, today: date) -> Any:
    wanted: list[Any] = [col(Action.ended_on).is_not(None) if filters.ended else col(Action.ended_on).is_(None)]
    if filters.agency_id:
        wanted.append(col(Action.owner_agency_id) == filters.agency_id)
    if filters.owner_id:
        wanted.append(col(Action.owner_id) == filters.owner_id)
    if filters.mine:
        wanted.append(col(Action.owner_id) == actor.person_id)
    if filters.subject_id:
        on_record = sa.select(col(ActionChild.action_id)).where(col(ActionChild.child_id) == filters.subject_id)
        wanted.append(
            sa.or_(
                col(Action.subject_id) == filters.subject_id,
                col(Action.id).in_(on_record),
            )
        )
    if filters.drift:
        wanted.append(col(Action.drift) == filters.drift)
    if filters.state:
        wanted.append(col(Action.state) == filters.state)
    if filters.late:
        wanted.append(col(Action.late_line) < today)
    if filters.due_by:
        wanted.append(col(Action.due) <= filters.due_by)
    if filters.words:
        pattern = "%" + filters.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        wanted.append(col(Action.what).ilike(pattern, escape="\\"))
    return statement.where(*wanted)


def list_register(
    session: MaceSession,
    actor: Actor,
    today: date,
    filters: Filters,
    *,
    after: str = "",
    limit: int = PAGE,
) -> Register:
    """A page of the register, worst first, by keyset; the count stops at 1,000."""
    base = _narrowed(_columns(), actor, filters, today)
    weight, _, last = after.partition("_")
    if last:
        place = sa.tuple_(col(Action.sort_weight), col(Action.id))
        base = base.where(place > sa.tuple_(sa.literal(int(weight)), sa.literal(UUID(last))))
    statement = base.order_by(col(Action.sort_weight), col(Action.id)).limit(limit + 1)
    found = rows(session, scope.actions(statement, actor, today, Permission.ACTION_LIST))
    shown = found[:limit]
    counted = _narrowed(sa.select(col(Action.id)), actor, filters, today)
    inner = scope.actions(counted, actor, today, Permission.ACTION_LIST).limit(COUNTED_TO + 1).subquery()
    number = rows(
        session,
        scope.within(sa.select(sa.func.count()).select_from(inner), "count of a scoped list"),
    )[0][0]
    lines = with_history(session, actor, today, shown)
    return Register(
        lines,
        f"{COUNTED_TO:,}+" if number > COUNTED_TO else f"{number:,}",
        f"{shown[-1].sort_weight}_{shown[-1].id}" if len(found) > limit else "",
        Seen("action", tuple(line.id for line in lines), act="listed"),
    )


def with_history(session: MaceSession, actor: Actor, today: date, found: Sequence[Any]) -> tuple[ActionLine, ...]:
    """Lines with their history in words, for rows already found in scope."""
    ids = [row.id for row in found]
    actions = session.exec(
        scope.within(select(Action).where(col(Action.id).in_(ids)), "actions of a scoped list")
    ).all()
    facts = list_facts(session, actions)
    return tuple(
        ActionLine(
            **{**row._mapping, "owner": row.owner or "Nobody named"},
            history=history_in_words(facts[row.id], today),
            late=is_late(facts[row.id], today),
        )
        for row in found
    )


def list_of_subject(
    session: MaceSession, actor: Actor, today: date, subject_id: UUID, *, ended: bool
) -> tuple[ActionLine, ...]:
    """Every action that stands on this record, worst first."""
    statement = _narrowed(_columns(), actor, Filters(subject_id=subject_id, ended=ended), today)
    statement = statement.order_by(col(Action.sort_weight), col(Action.ended_on).desc(), col(Action.number))
    found = rows(session, scope.actions(statement, actor, today, Permission.ACTION_LIST))
    return with_history(session, actor, today, found)


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of an action's history."""

    on: date
    title: str
    words: str
    who: str


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One action with its life."""

    line: ActionLine
    version: int
    why: str
    contingency: str
    concern: str
    evidence: str
    reported_done_on: date | None
    late_line: date
    standing_sentences: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    children: tuple[str, ...]
    contributors: tuple[str, ...]
    waiting: WaitingFacts | None
    ended_because: str
    set_on: date
    may_update: bool
    may_open_child: bool
    seen: Seen


def get_action(session: MaceSession, actor: Actor, today: date, action_id: UUID, area: Area) -> ActionPage:
    """The page of one action. Names only the children this reader may know. Raises ``NotThere``."""
    action: Action = scope.one(
        session,
        scope.actions(
            select(Action).where(Action.id == action_id),
            actor,
            today,
            Permission.ACTION_READ,
        ),
    )
    found = rows(
        session,
        scope.within(_columns().where(col(Action.id) == action_id), "an action in scope"),
    )
    line = with_history(session, actor, today, found)[0]
    facts = list_facts(session, [action])[action.id]
    now_standing = standing(facts, today, area)
    children = rows(
        session,
        scope.subjects(
            sa.select(col(Subject.id), col(Subject.name))
            .join(ActionChild, col(ActionChild.child_id) == col(Subject.id))
            .where(col(ActionChild.action_id) == action_id)
            .order_by(col(Subject.name), col(Subject.id)),
            actor,
            today,
        ),
    )
    concern = session.exec(
        scope.within(
            select(Concern.words).where(Concern.id == action.concern_id),
            "the concern of an action in scope",
        )
    ).one_or_none()
    mine = action.owner_id == actor.person_id
    return ActionPage(
        line=line,
        version=action.version,
        why=action.why,
        contingency=action.contingency,
        concern=concern or "",
        evidence=action.evidence,
        reported_done_on=action.reported_done_on,
        late_line=action.late_line,
        standing_sentences=now_standing.sentences,
        history=_history(session, action),
        children=tuple(row[1] for row in children),
        contributors=_contributors(session, action_id),
        waiting=facts.waiting,
        ended_because=action.ended_because,
        set_on=action.set_on,
        may_update=action.ended_on is None and (mine or _may_update(session, actor, today, action_id)),
        may_open_child=any(row[0] == action.subject_id for row in children),
        seen=Seen("action", (action.id,), action.subject_id, "self" if mine else ""),
    )


def _may_update(session: MaceSession, actor: Actor, today: date, action_id: UUID) -> bool:
    statement = sa.select(col(Action.id)).where(col(Action.id) == action_id)
    return bool(rows(session, scope.actions(statement, actor, today, Permission.ACTION_UPDATE)))


def _contributors(session: MaceSession, action_id: UUID) -> tuple[str, ...]:
    found = rows(
        session,
        scope.within(
            sa.select(col(Person.name), col(Agency.name))
            .select_from(ActionContributor)
            .join(Agency, col(Agency.id) == col(ActionContributor.agency_id))
            .outerjoin(Person, col(Person.id) == col(ActionContributor.person_id))
            .where(col(ActionContributor.action_id) == action_id)
            .order_by(col(Agency.name), col(ActionContributor.id)),
            "contributors of an action in scope",
        ),
    )
    return tuple(f"{name}, {agency}" if name else agency for name, agency in found)


def _history(session: MaceSession, action: Action) -> tuple[HistoryLine, ...]:
    by = aliased(Person)
    looks = rows(
        session,
        scope.within(
            sa.select(
                col(LedgerRow.meeting_on),
                col(LedgerRow.decision),
                col(LedgerRow.cause),
                col(LedgerRow.reason),
                col(LedgerRow.new_due),
                col(by.name),
                col(LedgerRow.carried_late),
            )
            .outerjoin(by, col(by.id) == col(LedgerRow.by_id))
            .where(col(LedgerRow.action_id) == action.id)
            .order_by(col(LedgerRow.meeting_on), col(LedgerRow.id)),
            "ledger of an action in scope",
        ),
    )
    told = rows(
        session,
        scope.within(
            sa.select(
                col(Contribution.said_on),
                col(Contribution.words),
                col(by.name),
                col(Agency.name),
            )
            .join(Agency, col(Agency.id) == col(Contribution.source_agency_id))
            .outerjoin(by, col(by.id) == col(Contribution.source_person_id))
            .where(
                col(Contribution.action_id) == action.id,
                col(Contribution.kind) == LineKind.UPDATE,
            )
            .order_by(col(Contribution.said_on), col(Contribution.id)),
            "updates on an action in scope",
        ),
    )
    lines = [
        HistoryLine(
            on,
            decision.label + (", past its date" if late else ""),
            _look_words(cause, why, due),
            who or "",
        )
        for on, decision, cause, why, due, who, late in looks
    ]
    lines += [
        HistoryLine(on, "Update", words, f"{who}, {agency}" if who else agency) for on, words, who, agency in told
    ]
    first = action.first_due_words or "no date agreed"
    agreed = (
        f"first date {action.first_due.day} {action.first_due:%B %Y}" if action.first_due else f"first date: {first}"
    )
    lines.append(HistoryLine(action.set_on, "Agreed", agreed, ""))
    return tuple(sorted(lines, key=lambda line: line.on, reverse=True))


def _look_words(cause: Cause | None, reason: str, new_due: date | None) -> str:
    said = [
        cause.label if cause else "",
        reason,
        f"New date {new_due.day} {new_due:%B %Y}" if new_due else "",
    ]
    return ". ".join(part.rstrip(".") for part in said if part)


def list_concerns(session: MaceSession, actor: Actor, today: date, subject_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Live concerns of a subject, oldest first."""
    statement = (
        sa.select(col(Concern.id), col(Concern.words))
        .where(col(Concern.subject_id) == subject_id, col(Concern.ended_on).is_(None))
        .order_by(col(Concern.raised_on), col(Concern.id))
    )
    permission = Permission.ACTION_ADD if in_area(actor, Permission.ACTION_ADD) else Permission.CHILD_READ
    return tuple(
        (row[0], row[1])
        for row in rows(
            session,
            scope.about(statement, Concern.subject_id, actor, today, permission),
        )
    )


def count_actions(session: MaceSession, actor: Actor, today: date, filters: Filters) -> int:
    """How many actions in scope match."""
    statement = _narrowed(sa.select(sa.func.count(sa.distinct(col(Action.id)))), actor, filters, today)
    return int(rows(session, scope.actions(statement, actor, today, Permission.ACTION_LIST))[0][0])


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


def list_to_decide(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    meeting_id: UUID,
    meeting_on: date,
    area: Area,
) -> tuple[ToDecide, ...]:
    """Every unfinished action of a subject and every one this meeting has already decided, worst first."""
    decided = dict(
        rows(
            session,
            scope.area(
                sa.select(col(LedgerRow.action_id), col(LedgerRow.decision)).where(
                    col(LedgerRow.meeting_id) == meeting_id
                ),
                actor,
                Permission.ITEM_RUN,
            ),
        )
    )
    on_record = sa.select(col(ActionChild.action_id)).where(col(ActionChild.child_id) == subject_id)
    mine = sa.or_(col(Action.subject_id) == subject_id, col(Action.id).in_(on_record))
    shown = sa.or_(col(Action.ended_on).is_(None), col(Action.id).in_(list(decided)))
    statement = select(Action).where(mine, shown).order_by(col(Action.sort_weight), col(Action.number))
    actions = session.exec(scope.area(statement, actor, Permission.ITEM_RUN)).all()
    facts = list_facts(session, actions)
    columns = _columns().where(col(Action.id).in_([action.id for action in actions]))
    found = {row.id: row for row in rows(session, scope.within(columns, "actions of an item"))}
    lines = {line.id: line for line in with_history(session, actor, meeting_on, list(found.values()))}
    updates = _last_updates(session, [action.id for action in actions])
    return tuple(
        ToDecide(
            lines[action.id],
            action.version,
            facts[action.id],
            standing(facts[action.id], meeting_on, area).sentences,
            updates.get(action.id, ""),
            action.state is ActionState.REPORTED_DONE,
            action.evidence,
            decided.get(action.id),
        )
        for action in actions
    )


def _last_updates(session: MaceSession, ids: Iterable[UUID]) -> dict[UUID, str]:
    found = rows(
        session,
        scope.within(
            sa.select(col(Contribution.action_id), col(Contribution.words))
            .where(
                col(Contribution.action_id).in_(list(ids)),
                col(Contribution.kind) == LineKind.UPDATE,
            )
            .order_by(col(Contribution.entered_at), col(Contribution.id)),
            "updates on actions in scope",
        ),
    )
    return {action_id: words for action_id, words in found if action_id is not None}
