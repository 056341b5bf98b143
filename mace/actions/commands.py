"""What may change about an action. Every change stores again where the action stands."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.actions.queries import list_facts
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.actions import missing_at_typing, missing_for
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.errors import Clash, Refused
from mace.domain.ledger import (
    carries,
    is_late,
    late_carries,
    late_line,
    would_carry_late,
)
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, Decision, LineKind, MeetingState
from mace.models import (
    Action,
    ActionChild,
    Concern,
    Contribution,
    LedgerLine,
    Meeting,
    Person,
    Subject,
    UpdateRequest,
    Waiting,
)


def next_number(session: MaceSession) -> int:
    """The next short number; two people setting actions at once wait for each other."""
    if session.connection().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SELECT pg_advisory_xact_lock(7301)")
    found = rows(session, scope.within(sa.select(sa.func.max(col(Action.number))), "next number"))
    return int(found[0][0] or 0) + 1


def set_action(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    series_id: UUID,
    what: str,
    owner_id: UUID | None,
    due: date | None,
    concern_id: UUID | None,
    why: str = "",
    contingency: str = "",
    long_date_reason: str = "",
    item_id: UUID | None = None,
    other_children: Iterable[UUID] = (),
    owner_is_here: bool = True,
    area: Area,
    now: datetime,
) -> Action:
    """Agree an action for a subject. Raises :class:`Refused` for the first of the four things that is missing."""
    today = london_day(now)
    for field, sentence in missing_at_typing(what=what, owner_id=owner_id, due=due, concern_id=concern_id):
        raise Refused(sentence, field)
    subject: Subject = scope.one(
        session,
        scope.subjects(
            select(Subject).where(Subject.id == subject_id),
            actor,
            today,
            Permission.ACTION_ADD,
        ),
    )
    owner = session.get(Person, owner_id)
    if owner is None or not owner.is_active:
        raise Refused("Choose one person who owns it", "owner")
    if due is not None and due < today:
        raise Refused("The date must be today or later", "due")
    concern = session.exec(
        scope.within(
            select(Concern).where(Concern.id == concern_id, Concern.subject_id == subject_id),
            "own concern",
        )
    ).one_or_none()
    if concern is None:
        raise Refused("Choose which concern it reduces", "concern")
    action = Action(
        number=next_number(session),
        subject_id=subject_id,
        series_id=series_id,
        concern_id=concern_id,
        set_at_item_id=item_id,
        what=what,
        why=why,
        contingency=contingency,
        owner_id=owner.id,
        owner_agency_id=owner.agency_id,
        owner_accepted_at=now if owner_is_here else None,
        set_on=today,
        first_due=due,
        due=due,
        long_date_reason=long_date_reason,
        late_line=late_line(
            today,
            due,
            None,
            subject.level,
            area,
            has_long_date_reason=bool(long_date_reason),
        ),
        level_when_set=subject.level,
        source_agency_id=actor.agency_id or owner.agency_id,
        source_person_id=actor.person_id,
        entered_by_id=actor.person_id,
    )
    session.add(action)
    session.flush()
    for child_id in {subject_id, *other_children}:
        session.add(ActionChild(action_id=action.id, child_id=child_id))
    store_standing(session, [action], today, area)
    return action


def store_standing(session: MaceSession, actions: list[Action], today: date, area: Area) -> None:
    """Write beside each action where it stands: level, counts, place in the list."""
    session.flush()
    for action_id, facts in list_facts(session, actions).items():
        action = next(one for one in actions if one.id == action_id)
        stands = standing(facts, today, area)
        action.drift, action.sort_weight, action.drift_changes_on = (
            stands.level,
            stands.sort_weight,
            stands.changes_on,
        )
        action.carries, action.late_carries = carries(facts), late_carries(facts)


def refresh_standings(session: MaceSession, today: date, area: Area, *, batch: int = 200) -> int:
    """Store again the standing of unfinished actions whose day has come; the daily check's part. Returns how many."""
    due = scope.within(
        select(Action).where(col(Action.drift_changes_on) <= today).order_by(col(Action.drift_changes_on)).limit(batch),
        "the daily check",
    )
    actions = list(session.exec(due).all())
    store_standing(session, actions, today, area)
    return len(actions)


def record_update(
    session: MaceSession,
    actor: Actor,
    action_id: UUID,
    *,
    words: str,
    is_done: bool,
    done_on: date | None = None,
    received_from: str = "",
    source_person_id: UUID | None = None,
    version: int | None = None,
    area: Area,
    now: datetime,
) -> Action:
    """The owner, or somebody on their behalf, says what happened. "Done" waits for a meeting to accept it."""
    today = london_day(now)
    action: Action = scope.one(
        session,
        scope.actions(
            select(Action).where(Action.id == action_id),
            actor,
            today,
            Permission.ACTION_UPDATE,
        ),
    )
    if action.ended_on is not None:
        raise Refused("This action has ended, so it takes no more updates")
    _check_version(session, action, version)
    if not words:
        raise Refused("Say what happened", "words")
    if is_done:
        if done_on is None:
            raise Refused("Enter the day it was done", "done_on")
        if done_on > today:
            raise Refused("The day it was done cannot be in the future", "done_on")
        action.state, action.reported_done_on, action.reported_done_at = (
            ActionState.REPORTED_DONE,
            done_on,
            now,
        )
        action.evidence = words
    elif action.state in (ActionState.OPEN, ActionState.REPORTED_DONE):
        action.state, action.reported_done_on = ActionState.IN_PROGRESS, None
    action.last_update_on = today
    action.owner_accepted_at = action.owner_accepted_at or now
    session.add(
        Contribution(
            subject_id=action.subject_id,
            action_id=action.id,
            kind=LineKind.UPDATE,
            words=f"Done on {done_on.day} {done_on:%B %Y}. {words}" if is_done and done_on else words,
            said_on=today,
            entered_at=now,
            source_agency_id=action.owner_agency_id if received_from else (actor.agency_id or action.owner_agency_id),
            source_person_id=source_person_id if received_from else actor.person_id,
            entered_by_id=actor.person_id,
            received_from=received_from,
            handling=action.handling,
        )
    )
    asked = select(UpdateRequest).where(UpdateRequest.action_id == action.id, col(UpdateRequest.answered_at).is_(None))
    for request in session.exec(scope.within(asked, "requests of an action in scope")):
        request.answered_at = now
    store_standing(session, [action], today, area)
    return action


def _check_version(session: MaceSession, action: Action, version: int | None) -> None:
    if version is not None and version != action.version:
        raise Clash(
            "Somebody else changed this action while you were writing. Your words are kept: read what changed, "
            "then save again",
            theirs=action.evidence,
        )


def decide(
    session: MaceSession,
    actor: Actor,
    action_id: UUID,
    meeting_id: UUID,
    decision: Decision,
    *,
    item_id: UUID | None = None,
    version: int | None = None,
    area: Area,
    now: datetime,
    **said: Any,
) -> LedgerLine:
    """A meeting decides about an unfinished action: one line, one per action and meeting (rule 3).

    Raises :class:`Refused` for what the decision still has to say, :class:`Clash` when it was decided already.
    """
    today = london_day(now)
    action: Action = scope.one(
        session,
        scope.actions(
            select(Action).where(Action.id == action_id),
            actor,
            today,
            Permission.ACTION_DECIDE,
        ),
    )
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    if meeting.series_id != action.series_id:
        raise Refused("Another series of meetings owns this action: only its meetings can carry it")
    already = session.exec(
        scope.within(
            select(LedgerLine).where(LedgerLine.action_id == action_id, LedgerLine.meeting_id == meeting_id),
            "own line",
        )
    ).one_or_none()
    if already is not None:
        raise Clash(
            "This meeting has already decided about this action",
            theirs=already.decision.label,
        )
    if action.ended_on is not None:
        raise Refused("This action has ended already")
    _check_version(session, action, version)
    facts = list_facts(session, [action])[action.id]
    late = is_late(facts, meeting.held_on)
    reviews = _reviews_while_waiting(session, action.id)
    for field, sentence in missing_for(
        decision, is_late=late, meeting_on=meeting.held_on, area=area, reviews_while_waiting=reviews, **said
    ):
        raise Refused(sentence, field)
    if decision is Decision.ACCEPTED_DONE and action.state is not ActionState.REPORTED_DONE and not said.get("reason"):
        raise Refused("Say how the meeting knows that it is done", "reason")
    line = LedgerLine(
        action_id=action.id,
        meeting_id=meeting.id,
        meeting_on=meeting.held_on,
        state_found=action.state,
        decision=decision,
        leaves_open=decision.leaves_open,
        carried_late=would_carry_late(facts, meeting.held_on, decision),
        cause=said.get("cause"),
        reason=said.get("reason") or "",
        old_due=action.due,
        new_due=said.get("new_due") if decision is Decision.CARRIED else None,
        by_id=actor.person_id,
        at=now,
    )
    session.add(line)
    if action.imported and action.confirmed_at is None:
        action.confirmed_at = now
    _apply(session, action, decision, meeting.held_on, item_id, said)
    store_standing(session, [action], today, area)
    if action.ended_on is not None and decision is not Decision.ACCEPTED_DONE:
        action.ended_after_late_carries = action.late_carries or None
    return line


def _reviews_while_waiting(session: MaceSession, action_id: UUID) -> int:
    """How many meetings have accepted that this action waits."""
    count = sa.select(sa.func.count(col(LedgerLine.id))).where(
        col(LedgerLine.action_id) == action_id, col(LedgerLine.decision) == Decision.WAITING_ON
    )
    return int(rows(session, scope.within(count, "lines of an action in scope"))[0][0])


def _apply(
    session: MaceSession,
    action: Action,
    decision: Decision,
    on: date,
    item_id: UUID | None,
    said: dict[str, Any],
) -> None:
    """Change the action as decided. The first date is never overwritten."""
    if decision not in (Decision.WAITING_ON, Decision.NOTED, Decision.CHANGED):
        _end_waiting(session, action, on)
    match decision:
        case Decision.CARRIED:
            action.date_moves += int(action.due is not None)
            action.due = said["new_due"]
            action.state = ActionState.IN_PROGRESS if action.state is ActionState.WAITING_ON else action.state
        case Decision.REFUSED_DONE:
            action.state, action.reported_done_on, action.reported_refused = (
                ActionState.IN_PROGRESS,
                None,
                True,
            )
        case Decision.CHANGED:
            action.what = said.get("what") or action.what
        case Decision.ACCEPTED_DONE:
            action.state, action.ended_on = ActionState.DONE, on
            action.ended_because = said.get("reason") or ""
        case Decision.NO_LONGER_NEEDED:
            action.state, action.ended_on = ActionState.NO_LONGER_NEEDED, on
            action.ended_because, action.what_covers_it = said["reason"], said["covers"]
        case Decision.STOPPED:
            action.state, action.ended_on, action.ended_because = (
                ActionState.STOPPED,
                on,
                said["reason"],
            )
        case Decision.OFFERED_TO_PLAN:
            action.offered_to_plan, action.offered_to_id, action.offered_on = (
                said["plan"],
                said["plan_lead_id"],
                on,
            )
        case Decision.WAITING_ON:
            _wait(session, action, on, item_id, said)
        case _:
            pass


def _end_waiting(session: MaceSession, action: Action, on: date) -> None:
    live = select(Waiting).where(Waiting.action_id == action.id, col(Waiting.ended_on).is_(None))
    for waiting in session.exec(scope.within(live, "waiting of an action in scope")):
        waiting.ended_on = on


def _wait(
    session: MaceSession,
    action: Action,
    on: date,
    item_id: UUID | None,
    said: dict[str, Any],
) -> None:
    _end_waiting(session, action, on)
    session.flush()
    session.add(
        Waiting(
            action_id=action.id,
            body=said["body"],
            asked=said["asked"],
            asked_on=said["asked_on"],
            answer_expected_on=said["answer_expected_on"],
            chaser_id=said["chaser_id"],
            chase_by=said["chase_by"],
            safe_meanwhile=said["safe_meanwhile"],
            began_on=on,
            item_id=item_id,
        )
    )
    action.state = ActionState.WAITING_ON
