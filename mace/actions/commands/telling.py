"""What people say about an action between meetings: what happened, that it is theirs or not, a chase, an answer."""

from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.actions.commands.finding import ACTION_ID, find_action, live_wait
from mace.actions.commands.standing import store_standing
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain import policy
from mace.domain.area import Area
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, LineKind
from mace.domain.waiting import latest_chase_by
from mace.domain.words import full_day
from mace.models import Action, Chase, Contribution, Person, UpdateRequest, Waiting


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
    action = _action(session, actor, action_id, today, Permission.ACTION_UPDATE)
    if version is not None and version != action.version:
        raise Clash(
            "Somebody else changed this action while you were writing. Your words are kept: read what changed, "
            "then save again",
            theirs=_last_said(session, action.id),
        )
    if not words:
        raise Refused("Say what happened", "words")
    if is_done:
        _report_done(action, words, done_on, today, now)
        words = f"Done on {full_day(done_on)}. {words}" if done_on else words
    elif action.state is ActionState.REPORTED_DONE:
        action.state = ActionState.WAITING_ON if live_wait(session, action.id) else ActionState.IN_PROGRESS
        action.reported_done_on = None
    elif action.state is ActionState.OPEN:
        action.state = ActionState.IN_PROGRESS
    action.last_update_on = today
    if actor.person_id == action.owner_id or received_from:
        action.owner_accepted_at = action.owner_accepted_at or now
    _say(session, actor, action, words, received_from=received_from, source_person_id=source_person_id, now=now)
    for request in session.execute(_open_requests(), {"action_id": action.id}).scalars():
        request.answered_at = now
    store_standing(session, [action], today, area)
    return action


@cache
def _open_requests() -> Any:
    """What was asked before a meeting and not answered: an update answers it."""
    asked = select(UpdateRequest).where(
        col(UpdateRequest.action_id) == ACTION_ID, col(UpdateRequest.answered_at).is_(None)
    )
    return scope.within(asked.order_by(col(UpdateRequest.id)), "requests of an action in scope")


def _action(session: MaceSession, actor: Actor, action_id: UUID, today: date, permission: Permission) -> Action:
    """An unfinished action within scope."""
    action = find_action(session, actor, action_id, today, permission)
    if action.ended_on is not None:
        raise Refused("This action has ended, so it takes no more updates")
    return action


def _last_said(session: MaceSession, action_id: UUID) -> str:
    statement = (
        sa.select(col(Contribution.words))
        .where(col(Contribution.action_id) == action_id, col(Contribution.kind) == LineKind.UPDATE)
        .order_by(col(Contribution.entered_at).desc(), col(Contribution.id))
        .limit(1)
    )
    found = rows(session, scope.within(statement, "updates on an action in scope"))
    return str(found[0][0]) if found else ""


def _report_done(action: Action, words: str, done_on: date | None, today: date, now: datetime) -> None:
    """A report counts from the day it was first made, for as long as it stands."""
    if done_on is None:
        raise Refused("Enter the day it was done", "done_on")
    if done_on > today:
        raise Refused("The day it was done cannot be in the future", "done_on")
    stands = action.state is ActionState.REPORTED_DONE and not action.reported_refused
    action.reported_done_at = action.reported_done_at if stands and action.reported_done_at else now
    action.state, action.reported_done_on, action.reported_refused = ActionState.REPORTED_DONE, done_on, False
    action.evidence = words


def _say(
    session: MaceSession,
    actor: Actor,
    action: Action,
    words: str,
    *,
    received_from: str = "",
    source_person_id: UUID | None = None,
    now: datetime,
) -> None:
    """Keep words about the action as a line of the record, with who says it and who typed it."""
    session.add(
        Contribution(
            subject_id=action.subject_id,
            action_id=action.id,
            kind=LineKind.UPDATE,
            words=words,
            said_on=london_day(now),
            entered_at=now,
            source_agency_id=action.owner_agency_id if received_from else (actor.agency_id or action.owner_agency_id),
            source_person_id=source_person_id if received_from else actor.person_id,
            entered_by_id=actor.person_id,
            received_from=received_from,
            handling=action.handling,
        )
    )


# --- Is it mine? -----------------------------------------------------------------------------------------------------


def accept_action(session: MaceSession, actor: Actor, action_id: UUID, *, area: Area, now: datetime) -> None:
    """Its owner says yes to it (rule 5: an action that its owner never accepted drifts)."""
    action = _own(session, actor, action_id, london_day(now))
    if action.owner_accepted_at is None:
        action.owner_accepted_at = now
        store_standing(session, [action], london_day(now), area)


def disown_action(
    session: MaceSession, actor: Actor, action_id: UUID, *, because: str, area: Area, now: datetime
) -> Action:
    """Its owner says that it is not theirs. The words are kept for the next meeting, which alone names another owner;
    until then it stands as not accepted."""
    action = _own(session, actor, action_id, london_day(now))
    if not because:
        raise Refused("Say why it is not yours, and whose it could be", "because")
    action.owner_accepted_at = None
    _say(session, actor, action, f"Not mine, because: {because}", now=now)
    store_standing(session, [action], london_day(now), area)
    return action


def _own(session: MaceSession, actor: Actor, action_id: UUID, today: date) -> Action:
    action = _action(session, actor, action_id, today, Permission.ACTION_READ)
    if actor.person_id is None or action.owner_id != actor.person_id:
        raise Refused("Only its owner can say whether this action is theirs")
    return action


# --- Waiting on somebody ---------------------------------------------------------------------------------------------


def record_chase(
    session: MaceSession,
    actor: Actor,
    action_id: UUID,
    *,
    chased_on: date | None,
    words: str,
    next_by: date | None,
    area: Area,
    now: datetime,
) -> Chase:
    """Somebody chased what the action waits on, and promises the next chase (rule 4).

    It counts from today, whatever day it names: nobody can chase into the past.
    """
    today = london_day(now)
    action = _action(session, actor, action_id, today, Permission.ACTION_READ)
    waiting = live_wait(session, action.id)
    if waiting is None or action.state is not ActionState.WAITING_ON:
        raise Refused("This action waits on nobody now")
    _check_may_chase(session, actor, action, waiting, today)
    if chased_on is None:
        raise Refused("Enter the day you chased", "chased_on")
    if not waiting.asked_on <= chased_on <= today:
        raise Refused(
            f"The day you chased must be between the day they were asked ({full_day(waiting.asked_on)}) and today",
            "chased_on",
        )
    if not words:
        raise Refused("Say what they answered, or that nobody did", "words")
    if next_by is None:
        raise Refused("Enter the day of the next chase", "next_by")
    if not today < next_by <= latest_chase_by(today, area):
        raise Refused(f"The next chase must be within {area.chase_within_days} days from today", "next_by")
    chase = Chase(
        waiting_id=waiting.id, chased_on=chased_on, entered_on=today, by_id=actor.me, words=words, next_by=next_by
    )
    session.add(chase)
    action.last_update_on = today
    store_standing(session, [action], today, area)
    return chase


def _check_may_chase(session: MaceSession, actor: Actor, action: Action, waiting: Waiting, today: date) -> None:
    """The named chaser, and whoever may say what happened to it; for anybody else there is nothing here."""
    updates = scope.actions(
        sa.select(col(Action.id)).where(col(Action.id) == action.id), actor, today, Permission.ACTION_UPDATE
    )
    if waiting.chaser_id != actor.person_id and not rows(session, updates):
        raise NotThere


# --- Moved to another plan -------------------------------------------------------------------------------------------


def answer_offer(
    session: MaceSession,
    actor: Actor,
    action_id: UUID,
    *,
    accepts: bool,
    reason: str = "",
    received_from: str = "",
    area: Area,
    now: datetime,
) -> Action:
    """The lead of the other plan takes the action over, or says why not; those who run meetings enter what that lead
    told them. Until it is accepted the action is open here (rule 2)."""
    today = london_day(now)
    action = _action(session, actor, action_id, today, Permission.ACTION_READ)
    if action.offered_to_id is None:
        raise Refused("This action is not offered to another plan now")
    if not policy.may_answer_offer(actor, action.offered_to_id):
        raise NotThere
    lead, plan = session.get_one(Person, action.offered_to_id), action.offered_to_plan
    on_behalf = actor.person_id != action.offered_to_id
    if on_behalf and not received_from:
        raise Refused(f"Say how {lead.name} told you: by e-mail, by telephone", "received_from")
    if not accepts and not reason:
        raise Refused("Say why the plan does not take it", "reason")
    told = f"{lead.name}, {received_from}" if on_behalf else ""
    if accepts:
        words = f"Accepted into {plan}" + (f": {reason}" if reason else "")
        waiting = live_wait(session, action.id)
        if waiting is not None:
            waiting.ended_on = today
        action.state, action.ended_on = ActionState.MOVED, today
        action.ended_because = f"Moved to {plan}, accepted by its lead, {lead.name}"
    else:
        words = f"Not accepted into {plan}: {reason}"
        action.offered_to_plan, action.offered_to_id, action.offered_on = "", None, None
    _say(session, actor, action, words, received_from=told, source_person_id=lead.id, now=now)
    store_standing(session, [action], today, area)
    return action
