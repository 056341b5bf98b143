"""One action with everything said about it, as far as its reader may know."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.actions.queries.facts import facts_of, waiting_facts, with_fact_columns
from mace.actions.queries.lines import ActionLine, line_columns, line_of
from mace.actions.queries.room import OFFERED
from mace.database import MaceSession, plain_rows
from mace.domain import policy
from mace.domain.area import Area
from mace.domain.drift import signs
from mace.domain.errors import NotThere
from mace.domain.handling import Reader, build
from mace.domain.ledger import LedgerLine
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, Cause, Decision, LineKind, MeetingState, SubjectKind
from mace.domain.waiting import WaitingFacts, missed_chase_on
from mace.domain.words import full_day
from mace.history import Seen
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Allocation,
    Chase,
    Concern,
    Contribution,
    Meeting,
    Person,
    Subject,
    Waiting,
    WorkingWith,
)
from mace.models import LedgerLine as LedgerRow

CHASER, LEAD = aliased(Person, name="chaser"), aliased(Person, name="plan_lead")


@dataclass(frozen=True, slots=True)
class ActionHead:
    """An action with what may be done to it: enough for every form about it, in one query."""

    line: ActionLine
    version: int
    offered_to_plan: str
    """The plan it is offered to and not yet answered; empty otherwise."""
    offered_to: str
    waits_on: str
    chase_by: date | None
    """The next promised chase, while it waits."""
    may_update: bool
    may_chase: bool
    may_answer_offer: bool
    is_offered_to_me: bool
    may_accept: bool
    """It is mine and I have not said yes to it."""
    may_open_subject: bool
    seen: Seen


def get_action_head(session: MaceSession, actor: Actor, today: date, action_id: UUID) -> ActionHead:
    """The head of one action in scope. Raises ``NotThere``."""
    return _head(_row(session, actor, today, action_id), actor, today)


def _row(session: MaceSession, actor: Actor, today: date, action_id: UUID) -> Any:
    found = plain_rows(session, _row_statement(actor, today), {"action_id": action_id})
    if not found:
        raise NotThere
    return found[0]


ACTION_ID = sa.bindparam("action_id", type_=sa.Uuid())


@lru_cache(maxsize=256)
def _row_statement(actor: Actor, today: date) -> Any:
    """Built once for each reader and kept."""
    promised = (
        sa.select(col(Chase.next_by))
        .where(col(Chase.waiting_id) == col(Waiting.id))
        .order_by(col(Chase.entered_on).desc(), col(Chase.next_by).desc(), col(Chase.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    may_open = scope.may_open(Action.subject_id, actor, today)
    statement = (
        with_fact_columns(line_columns(actor, today))
        .add_columns(
            col(Action.version),
            col(Action.why),
            col(Action.contingency),
            col(Action.evidence),
            col(Action.long_date_reason),
            col(Action.ended_because),
            col(Action.what_covers_it),
            col(Action.ended_after_late_carries),
            col(Action.offered_to_plan),
            col(Action.offered_to_id),
            col(Action.offered_on),
            OFFERED,
            col(LEAD.name).label("offered_to"),
            col(Waiting.asked),
            col(Waiting.answer_expected_on),
            col(Waiting.chaser_id),
            col(Waiting.safe_meanwhile),
            col(Waiting.another_way),
            col(CHASER.name).label("chaser"),
            sa.func.coalesce(promised, col(Waiting.chase_by)).label("promised_by"),
            sa.case((may_open, col(Concern.words)), else_="").label("concern"),
            may_open.label("may_open"),
            _works_with(actor).label("works_with"),
            scope.may_action(actor, today, Permission.ACTION_UPDATE).label("may_update"),
            scope.lets_to_action(actor, today).label("let_by"),
        )
        .outerjoin(Concern, col(Concern.id) == col(Action.concern_id))
        .outerjoin(CHASER, col(CHASER.id) == col(Waiting.chaser_id))
        .outerjoin(LEAD, col(LEAD.id) == col(Action.offered_to_id))
        .where(col(Action.id) == ACTION_ID)
    )
    return scope.actions(statement, actor, today, Permission.ACTION_READ)


def _head(row: Any, actor: Actor, today: date) -> ActionHead:
    line = line_of(row, today)
    open_ = row.ended_on is None
    waits = row.state is ActionState.WAITING_ON and row.waits_on is not None
    named = actor.person_id is not None and actor.person_id == row.chaser_id
    offered_to = row.offered_to_id if row.is_offered else None
    mine = actor.person_id is not None and actor.person_id == row.owner_id
    return ActionHead(
        line=line,
        version=row.version,
        offered_to_plan=row.offered_to_plan if row.is_offered else "",
        offered_to=row.offered_to or "" if row.is_offered else "",
        waits_on=row.waits_on if waits else "",
        chase_by=row.promised_by if waits else None,
        may_update=open_ and bool(row.may_update),
        may_chase=waits and (named or bool(row.may_update)),
        may_answer_offer=policy.may_answer_offer(actor, offered_to),
        is_offered_to_me=offered_to is not None and offered_to == actor.person_id,
        may_accept=open_ and mine and row.owner_accepted_at is None,
        may_open_subject=bool(row.may_open),
        seen=Seen("action", (row.id,), line.subject_id, row.let_by),
    )


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that was done or said about an action."""

    on: date
    title: str
    words: str
    who: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """What an action waits on, in words."""

    asked: str
    asked_on: date
    answer_expected_on: date
    chaser: str
    chase_by: date
    is_missed: bool
    safe_meanwhile: str
    another_way: str


@dataclass(frozen=True, slots=True)
class DateMove:
    """A date that a meeting changed."""

    on: date
    to: date


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One action with its life."""

    head: ActionHead
    why: str
    contingency: str
    concern: str
    evidence: str
    long_date_reason: str
    reported_done_on: date | None
    late_line: date
    signs: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    moves: tuple[DateMove, ...]
    children: tuple[tuple[UUID, str], ...]
    contributors: tuple[str, ...]
    waiting: WaitingLine | None
    offered_on: date | None
    ended_because: str
    what_covers_it: str
    accepted: bool
    imported: bool

    @property
    def line(self) -> ActionLine:
        """The action as a list shows it."""
        return self.head.line

    @property
    def seen(self) -> Seen:
        """What the page shows, for the trail."""
        return self.head.seen


def get_action(session: MaceSession, actor: Actor, today: date, action_id: UUID, area: Area) -> ActionPage:
    """The page of one action. Names only the children this reader may know. Raises ``NotThere``."""
    row = _row(session, actor, today, action_id)
    head = _head(row, actor, today)
    this = {"action_id": action_id}
    looks = plain_rows(session, _looks(), this)
    chases = plain_rows(session, _chases(), this)
    said = plain_rows(session, _updates(), this)
    live = [chase for chase in chases if chase.waits_ended_on is None]
    waiting = waiting_facts(live) if live and row.state is ActionState.WAITING_ON else None
    lines = [LedgerLine(look.meeting_on, look.decision, look.carried_late, look.imported) for look in looks]
    held = [one.held_on for one in plain_rows(session, _held(), this)]
    facts = facts_of(row, lines, held, waiting)
    people = plain_rows(session, _people(actor, today), this)
    told = [_agreed(row), *_chase_lines(chases), *_told_lines(actor, row, said), *_look_lines(looks, chases)]
    return ActionPage(
        head=head,
        why=row.why,
        contingency=row.contingency,
        concern=row.concern or "",
        evidence=row.evidence,
        long_date_reason=row.long_date_reason,
        reported_done_on=row.reported_done_on,
        late_line=row.late_line,
        signs=tuple(finding.words for finding in signs(facts, today, area)),
        history=tuple(reversed(sorted(told, key=lambda line: line.on))),
        moves=tuple(DateMove(look.meeting_on, look.new_due) for look in looks if _moves_date(look)),
        children=tuple((key, name) for key, name, _, part in people if part == "child"),
        contributors=tuple(
            f"{name}, {agency}" if name else agency for _, name, agency, part in people if part == "helper"
        ),
        waiting=_waiting_line(row, waiting, today) if waiting else None,
        offered_on=row.offered_on if row.is_offered else None,
        ended_because=row.ended_because,
        what_covers_it=row.what_covers_it,
        accepted=row.owner_accepted_at is not None,
        imported=row.imported,
    )


def _moves_date(look: Any) -> bool:
    return look.new_due is not None and look.new_due != look.old_due


def _waiting_line(row: Any, waiting: WaitingFacts, today: date) -> WaitingLine:
    return WaitingLine(
        asked=row.asked,
        asked_on=waiting.asked_on,
        answer_expected_on=waiting.answer_expected_on,
        chaser=row.chaser,
        chase_by=waiting.chase_by,
        is_missed=missed_chase_on(waiting, today) is not None,
        safe_meanwhile=row.safe_meanwhile,
        another_way=row.another_way,
    )


@cache
def _looks() -> Any:
    """What each meeting decided about it."""
    by = aliased(Person)
    statement: Any = (
        sa.select(
            col(LedgerRow.meeting_on),
            col(LedgerRow.decision),
            col(LedgerRow.carried_late),
            col(LedgerRow.imported),
            col(LedgerRow.cause),
            col(LedgerRow.reason),
            col(LedgerRow.old_due),
            col(LedgerRow.new_due),
            col(LedgerRow.changed),
            col(by.name).label("who"),
        )
        .outerjoin(by, col(by.id) == col(LedgerRow.by_id))
        .where(col(LedgerRow.action_id) == ACTION_ID)
        .order_by(col(LedgerRow.meeting_on), col(LedgerRow.id))
    )
    return scope.within(statement, "ledger of an action in scope")


@cache
def _held() -> Any:
    """The days on which its series met, oldest first."""
    statement: Any = (
        sa.select(col(Meeting.held_on))
        .join(Action, col(Action.series_id) == col(Meeting.series_id))
        .where(col(Action.id) == ACTION_ID, col(Meeting.state) == MeetingState.HELD)
        .order_by(col(Meeting.held_on), col(Meeting.id))
    )
    return scope.within(statement, "meetings of the series of an action in scope")


def _look_lines(looks: Sequence[Any], chases: Sequence[Any]) -> list[HistoryLine]:
    waits = {
        wait.began_on: f"On {wait.body}. Answer expected by {full_day(wait.answer_expected_on)}, "
        f"next chase by {full_day(wait.chase_by)}"
        for wait in chases
    }
    return [
        HistoryLine(
            look.meeting_on,
            LOOKS[look.decision],
            _look_words(look, waits.get(look.meeting_on, "") if look.decision is Decision.WAITING_ON else ""),
            _by_meeting(look),
            late=look.carried_late,
        )
        for look in looks
    ]


LOOKS = {
    Decision.NOTED: "Noted: in date, with an update",
    Decision.CARRIED: "Carried",
    Decision.WAITING_ON: "Accepted that it waits",
    Decision.CHANGED: "Changed",
    Decision.ACCEPTED_DONE: "Accepted as done",
    Decision.REFUSED_DONE: "Not accepted as done",
    Decision.OFFERED_TO_PLAN: "Offered to another plan",
    Decision.NO_LONGER_NEEDED: "No longer needed",
    Decision.STOPPED: "Stopped",
    Decision.IMPORTED: "Carried before this tool",
}
"""What a meeting did, once it is done."""


def _by_meeting(look: Any) -> str:
    if look.imported:
        return "the spreadsheet"
    return f"the meeting, entered by {look.who}" if look.who else "the meeting"


def _look_words(look: Any, waits: str) -> str:
    """Everything a meeting said of it: cause, reason, new date, and what stood there before."""
    cause: Cause | None = look.cause
    changed = json.loads(look.changed) if look.changed else {}
    said = [cause.label if cause else "", look.reason, waits]
    for name, words in (("offered_to_plan", "To"), ("what_covers_it", "What covers the worry now:")):
        if name in changed:
            said.append(f"{words} {changed[name][1]}")
    if "owner" in changed:
        said.append("Owner was {}: now {}".format(*(name or "nobody" for name in changed["owner"])))
    if look.new_due is not None:
        before = f", was {full_day(look.old_due)}" if _moves_date(look) and look.old_due else ""
        said.append(f"New date {full_day(look.new_due)}{before}")
    if "what" in changed:
        said.append("Wording was: {}\nNow: {}".format(*changed["what"]))
    return "\n".join(part for part in said if part)


@cache
def _chases() -> Any:
    """What it waits on or waited on, and each chase."""
    by = aliased(Person)
    statement: Any = (
        sa.select(
            col(Waiting.body),
            col(Waiting.began_on),
            col(Waiting.asked_on),
            col(Waiting.answer_expected_on),
            col(Waiting.chase_by),
            col(Waiting.agency_id),
            col(Waiting.chased_before),
            col(Waiting.ended_on).label("waits_ended_on"),
            col(Chase.chased_on),
            col(Chase.entered_on),
            col(Chase.next_by),
            col(Chase.words),
            col(by.name).label("who"),
        )
        .outerjoin(Chase, col(Chase.waiting_id) == col(Waiting.id))
        .outerjoin(by, col(by.id) == col(Chase.by_id))
        .where(col(Waiting.action_id) == ACTION_ID)
        .order_by(col(Waiting.began_on), col(Waiting.id), col(Chase.entered_on), col(Chase.next_by), col(Chase.id))
    )
    return scope.within(statement, "waiting of an action in scope")


def _chase_lines(chases: Sequence[Any]) -> list[HistoryLine]:
    return [
        HistoryLine(
            chase.chased_on,
            f"Chased {chase.body}",
            "\n".join(part for part in (chase.words, f"Next chase by {full_day(chase.next_by)}") if part),
            chase.who or "",
        )
        for chase in chases
        if chase.chased_on is not None
    ]


@cache
def _updates() -> Any:
    """What was said about it."""
    said_by, entered_by = aliased(Person), aliased(Person)
    statement: Any = (
        sa.select(
            col(Contribution.said_on),
            col(Contribution.words),
            col(Contribution.handling),
            col(Contribution.source_agency_id),
            col(Contribution.received_from),
            col(said_by.name).label("who"),
            col(entered_by.name).label("entered_by"),
            col(Agency.name).label("agency"),
        )
        .join(Agency, col(Agency.id) == col(Contribution.source_agency_id))
        .outerjoin(said_by, col(said_by.id) == col(Contribution.source_person_id))
        .outerjoin(entered_by, col(entered_by.id) == col(Contribution.entered_by_id))
        .where(col(Contribution.action_id) == ACTION_ID, col(Contribution.kind) == LineKind.UPDATE)
        .order_by(col(Contribution.said_on), col(Contribution.entered_at), col(Contribution.id))
    )
    return scope.within(statement, "updates on an action in scope")


def _told_lines(actor: Actor, row: Any, said: Sequence[Any]) -> list[HistoryLine]:
    """What was said about it, as far as this reader may have each line (rule 9)."""
    reader = Reader(actor.person_id, actor.agency_id, actor.agency_kind, works_with_child=bool(row.works_with))
    return [HistoryLine(one.said_on, "Update", one.words, _said_by(one)) for one in build(reader, said)]


def _works_with(actor: Actor) -> Any:
    """Whether this reader leads for the child or is listed as working with them, as rule 9 asks."""
    leads = sa.exists().where(
        col(Allocation.child_id) == col(Action.subject_id),
        col(Allocation.person_id) == actor.person_id,
        col(Allocation.ended_on).is_(None),
    )
    listed = sa.exists().where(
        col(WorkingWith.child_id) == col(Action.subject_id),
        col(WorkingWith.person_id) == actor.person_id,
        col(WorkingWith.ended_on).is_(None),
    )
    return sa.or_(leads, listed)


def _said_by(one: Any) -> str:
    if one.received_from:
        return f"{one.received_from}; entered by {one.entered_by or 'the import'}"
    return f"{one.who}, {one.agency}" if one.who else str(one.agency)


def _agreed(row: Any) -> HistoryLine:
    first = full_day(row.first_due) if row.first_due else row.first_due_words or "none agreed"
    why = f"\nSo far off because: {row.long_date_reason}" if row.long_date_reason else ""
    return HistoryLine(row.set_on, "Agreed", f"First date: {first}{why}", "the spreadsheet" if row.imported else "")


@lru_cache(maxsize=256)
def _people(actor: Actor, today: date) -> Any:
    """The children it protects, as far as this reader may open them, and who helps its owner."""
    protects = (
        sa.select(col(Subject.id), col(Subject.name), sa.literal("").label("agency"), sa.literal("child").label("part"))
        .join(ActionChild, col(ActionChild.child_id) == col(Subject.id))
        .where(col(ActionChild.action_id) == ACTION_ID, col(Subject.kind) == SubjectKind.CHILD)
    )
    helps = (
        sa.select(col(ActionContributor.id), sa.func.coalesce(Person.name, ""), col(Agency.name), sa.literal("helper"))
        .select_from(ActionContributor)
        .join(Agency, col(Agency.id) == col(ActionContributor.agency_id))
        .outerjoin(Person, col(Person.id) == col(ActionContributor.person_id))
        .where(col(ActionContributor.action_id) == ACTION_ID)
    )
    both = sa.union_all(scope.subjects(protects, actor, today), helps)
    return scope.within(both.order_by("part", "name", "agency", "id"), "people of an action in scope")
