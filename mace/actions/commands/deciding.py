"""A meeting looks at an unfinished action: one look, one line of the ledger (rules 2, 3 and 4)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.actions.commands.finding import find_action, find_person, live_wait
from mace.actions.commands.standing import store_standing, write_standings
from mace.actions.queries import list_facts
from mace.actions.queries.register import on_record
from mace.actions.queries.room import may_note
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain import ledger
from mace.domain.actions import NEW_DATES, missing_for
from mace.domain.area import Area
from mace.domain.errors import Clash, Refused
from mace.domain.ledger import ActionFacts, is_late, would_carry_late
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, Decision, ItemState, MeetingState
from mace.models import Action, ActionChild, Agency, Chase, Item, LedgerLine, Meeting, Person, Waiting

KEPT: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "state": ActionState,
        "what": str,
        "due": date.fromisoformat,
        "date_moves": int,
        "owner_id": UUID,
        "owner_agency_id": UUID,
        "owner_accepted_at": datetime.fromisoformat,
        "owner_changes": int,
        "reported_done_on": date.fromisoformat,
        "reported_refused": bool,
        "ended_on": date.fromisoformat,
        "ended_because": str,
        "what_covers_it": str,
        "offered_to_plan": str,
        "offered_to_id": UUID,
        "offered_on": date.fromisoformat,
        "confirmed_at": datetime.fromisoformat,
    }
)
"""What a decision can change on an action, and how each is read back from a line's ``changed``."""

NEW_WORDS = frozenset({Decision.CARRIED, Decision.CHANGED, Decision.NOTED})
"""The decisions that new words may come with; a new owner may come with any that leaves the action open."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What a meeting decides, with everything it says."""

    decision: Decision
    on: date
    item_id: UUID | None
    said: Mapping[str, Any]
    now: datetime


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

    Whatever else changes in the same look comes along: ``what`` (new words), ``owner_id`` (with ``owner_is_here``),
    ``new_due``. Raises :class:`Refused` for what the decision still has to say, :class:`Clash` when it was decided
    already.
    """
    today = london_day(now)
    action = find_action(session, actor, action_id, today, Permission.ACTION_DECIDE)
    meeting = _running(session, meeting_id, action)
    _check_open(session, action, meeting, decision)
    if version is not None and version != action.version:
        raise Clash(
            "Somebody else changed this action while you were writing. Your words are kept: read what changed, "
            "then save again",
            theirs=action.evidence,
        )
    facts = list_facts(session, [action])[action.id]
    said = _completed(session, said)
    missing = missing_for(
        decision,
        is_late=is_late(facts, meeting.held_on),
        meeting_on=meeting.held_on,
        area=area,
        reviews_while_waiting=_reviews_while_waiting(session, action),
        has_owner=action.owner_id is not None,
        **said,
    )
    if missing:
        raise Refused.missing(missing)
    line = _line(actor, action, meeting, decision, facts, now)
    line.cause, line.reason = said.get("cause"), said.get("reason") or ""
    line.new_due = said.get("new_due")
    session.add(line)
    _apply(session, action, line, _Look(decision, meeting.held_on, item_id, said, now))
    store_standing(session, [action], today, area)
    return line


def _running(session: MaceSession, meeting_id: UUID, action: Action | None = None) -> Meeting:
    """The meeting, while it runs; of the series that owns the action."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None or meeting.state is not MeetingState.OPENED:
        raise Refused("This meeting is not running now")
    if action is not None and meeting.series_id != action.series_id:
        raise Refused("Another series of meetings owns this action: only its meetings can carry it")
    return meeting


def _line_of(session: MaceSession, action_id: UUID, meeting_id: UUID) -> LedgerLine | None:
    statement = select(LedgerLine).where(LedgerLine.action_id == action_id, LedgerLine.meeting_id == meeting_id)
    line: LedgerLine | None = session.exec(scope.within(statement, "own line")).one_or_none()
    return line


def _check_open(session: MaceSession, action: Action, meeting: Meeting, decision: Decision) -> None:
    """Nobody decided here yet, nothing ended it, and the decision fits how it stands."""
    already = _line_of(session, action.id, meeting.id)
    if already is not None:
        raise Clash("This meeting has already decided about this action", theirs=already.decision.label)
    if action.ended_on is not None:
        raise Refused("This action has ended already")
    if decision is Decision.IMPORTED:
        raise Refused("Choose what the meeting decides", "decision")
    if decision is Decision.REFUSED_DONE and action.state is not ActionState.REPORTED_DONE:
        raise Refused("Nobody has reported this action done: carry it instead", "decision")
    if decision is Decision.NOTED and action.state not in (ActionState.OPEN, ActionState.IN_PROGRESS):
        raise Refused("An action that waits or is reported done needs a decision of its own", "decision")
    if decision is Decision.NOTED and action.due is not None and action.due < meeting.held_on:
        raise Refused("Its date has passed: carry it to a new one", "decision")


def _completed(session: MaceSession, said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, with the name of a member agency that it waits on, and every person looked up."""
    whole = dict(said)
    if whole.get("agency_id") is not None:
        agency = session.get(Agency, whole["agency_id"])
        if agency is None or not agency.is_member:
            raise Refused("Choose the agency from the list", "agency_id")
        whole["body"] = whole.get("body") or agency.name
    for name, sentence in (
        ("owner_id", "Choose one person who owns it"),
        ("chaser_id", "Choose who chases next"),
        ("plan_lead_id", "Choose who leads that plan: it stays open here until they accept"),
    ):
        if whole.get(name) is not None:
            find_person(session, whole[name], sentence, name)
    return whole


def _reviews_while_waiting(session: MaceSession, action: Action) -> int:
    """How many meetings running have found it waiting, this one too."""
    if action.state is not ActionState.WAITING_ON:
        return 0
    statement = (
        sa.select(col(LedgerLine.state_found))
        .where(col(LedgerLine.action_id) == action.id)
        .order_by(col(LedgerLine.meeting_on).desc(), col(LedgerLine.at).desc(), col(LedgerLine.id))
    )
    reviews = 1
    for (found,) in rows(session, scope.within(statement, "lines of an action in scope")):
        if found is not ActionState.WAITING_ON:
            break
        reviews += 1
    return reviews


def _line(
    actor: Actor, action: Action, meeting: Meeting, decision: Decision, facts: ActionFacts, now: datetime
) -> LedgerLine:
    return LedgerLine(
        action_id=action.id,
        meeting_id=meeting.id,
        meeting_on=meeting.held_on,
        state_found=action.state,
        decision=decision,
        leaves_open=decision.leaves_open,
        carried_late=would_carry_late(facts, meeting.held_on, decision),
        old_due=action.due,
        by_id=actor.person_id,
        at=now,
    )


# --- What a decision changes ----------------------------------------------------------------------------------------


def _apply(session: MaceSession, action: Action, line: LedgerLine, look: _Look) -> None:
    """Change the action as decided, and keep on the line what it changed. The first date is never overwritten."""
    before, owner = _kept(action), action.owner_id
    waits = _change_waiting(session, action, look)
    if action.imported and action.confirmed_at is None:
        action.confirmed_at = look.now
    if look.decision.leaves_open:
        _hand_over(session, action, look)
    if look.decision in NEW_WORDS:
        action.what = look.said.get("what") or action.what
    if look.decision in NEW_DATES and look.said.get("new_due") is not None:
        action.date_moves += int(action.due is not None and action.due != look.said["new_due"])
        action.due = look.said["new_due"]
    _change_state(action, look)
    after = _kept(action)
    changed: dict[str, Any] = {name: [before[name], after[name]] for name in KEPT if before[name] != after[name]}
    if waits != (None, None):
        changed["waiting"] = [str(one) if one else None for one in waits]
    if action.owner_id != owner:
        changed["owner"] = [_name(session, owner), _name(session, action.owner_id)]
    line.changed = json.dumps(changed, ensure_ascii=False) if changed else ""


def _kept(action: Action) -> dict[str, Any]:
    return {name: _as_json(getattr(action, name)) for name in KEPT}


def _as_json(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _name(session: MaceSession, person_id: UUID | None) -> str:
    found = session.get(Person, person_id) if person_id is not None else None
    return found.name if found is not None else ""


def _hand_over(session: MaceSession, action: Action, look: _Look) -> None:
    """A new owner, who has to say yes unless they are in the room. Naming somebody where nobody was named moves
    nothing."""
    if look.said.get("owner_id") in (None, action.owner_id):
        return
    owner = find_person(session, look.said["owner_id"], "Choose one person who owns it", "owner_id")
    action.owner_changes += int(action.owner_id is not None)
    action.owner_id, action.owner_agency_id = owner.id, owner.agency_id
    action.owner_accepted_at = look.now if look.said.get("owner_is_here") else None


def _change_state(action: Action, look: _Look) -> None:
    said = look.said
    match look.decision:
        case Decision.CARRIED:
            if action.state is ActionState.WAITING_ON:
                action.state = ActionState.IN_PROGRESS
        case Decision.REFUSED_DONE:
            action.state = ActionState.IN_PROGRESS
            action.reported_done_on, action.reported_refused = None, True
        case Decision.ACCEPTED_DONE:
            if action.state is not ActionState.REPORTED_DONE and not said.get("reason"):
                raise Refused("Say how the meeting knows that it is done", "reason")
            action.state, action.ended_on = ActionState.DONE, look.on
            action.ended_because = said.get("reason") or ""
        case Decision.NO_LONGER_NEEDED:
            action.state, action.ended_on = ActionState.NO_LONGER_NEEDED, look.on
            action.ended_because, action.what_covers_it = said["reason"], said["covers"]
        case Decision.STOPPED:
            action.state, action.ended_on = ActionState.STOPPED, look.on
            action.ended_because = said["reason"]
        case Decision.OFFERED_TO_PLAN:
            action.offered_to_plan, action.offered_to_id = said["plan"], said["plan_lead_id"]
            action.offered_on = look.on
        case Decision.WAITING_ON:
            action.state = ActionState.WAITING_ON
        case _:
            pass


KEEPS_WAITING = frozenset({Decision.NOTED, Decision.CHANGED, Decision.OFFERED_TO_PLAN})
"""The decisions that leave a wait as it is."""


def _change_waiting(session: MaceSession, action: Action, look: _Look) -> tuple[UUID | None, UUID | None]:
    """End the wait, or begin one. Accepting the same wait again resets neither its days nor its chases (rule 4)."""
    if look.decision in KEEPS_WAITING:
        return None, None
    live = live_wait(session, action.id)
    if live is not None:
        live.ended_on = look.on
        session.flush()
    if look.decision is not Decision.WAITING_ON:
        return live.id if live is not None else None, None
    said = look.said
    same = live if live is not None and live.body.casefold() == str(said["body"]).strip().casefold() else None
    waiting = Waiting(
        action_id=action.id,
        body=str(said["body"]).strip(),
        agency_id=said.get("agency_id"),
        asked=said["asked"],
        asked_on=min(said["asked_on"], same.asked_on) if same else said["asked_on"],
        answer_expected_on=said["answer_expected_on"],
        chaser_id=said["chaser_id"],
        chase_by=said["chase_by"],
        safe_meanwhile=said["safe_meanwhile"],
        another_way=said.get("another_way") or (same.another_way if same else ""),
        chased_before=same.chased_before + _chases(session, same.id) if same else 0,
        began_on=look.on,
        item_id=look.item_id,
    )
    session.add(waiting)
    return live.id if live is not None else None, waiting.id


def _chases(session: MaceSession, waiting_id: UUID) -> int:
    count = sa.select(sa.func.count(col(Chase.id))).where(col(Chase.waiting_id) == waiting_id)
    return int(rows(session, scope.within(count, "chases of an action in scope"))[0][0])


# --- Many at once, and back ------------------------------------------------------------------------------------------


def note_in_date(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    meeting_id: UUID,
    action_ids: Sequence[UUID] | None = None,
    *,
    area: Area,
    now: datetime,
) -> int:
    """All actions of a subject that are in date and have an update, noted together in one act, or those chosen among
    them (rule 3). Returns how many."""
    today = london_day(now)
    meeting = _running(session, meeting_id)
    looked = sa.select(col(LedgerLine.action_id)).where(col(LedgerLine.meeting_id) == meeting_id)
    statement = (
        select(Action)
        .where(
            on_record(subject_id),
            Action.series_id == meeting.series_id,
            col(Action.ended_on).is_(None),
            col(Action.id).not_in(looked),
        )
        .order_by(col(Action.number))
    )
    if action_ids is not None:
        statement = statement.where(col(Action.id).in_(action_ids))
    actions = session.exec(scope.actions(statement, actor, today, Permission.ACTION_DECIDE)).all()
    facts = list_facts(session, actions)
    noted = [action for action in actions if may_note(facts[action.id], meeting.held_on)]
    for action in noted:
        session.add(_line(actor, action, meeting, Decision.NOTED, facts[action.id], now))
        looks = (*facts[action.id].lines, ledger.LedgerLine(meeting.held_on, Decision.NOTED))
        facts[action.id] = replace(facts[action.id], lines=looks)
    write_standings(noted, facts, today, area)
    session.flush()
    return len(noted)


def undo_decision(
    session: MaceSession, actor: Actor, action_id: UUID, meeting_id: UUID, *, area: Area, now: datetime
) -> None:
    """Take back what this meeting decided, while it runs and the item is not closed: a chair mis-clicks.

    The line goes, the trail keeps it, and the action is as it was found; what changed since by another hand stays.
    """
    today = london_day(now)
    action = find_action(session, actor, action_id, today, Permission.ACTION_DECIDE)
    meeting = _running(session, meeting_id, action)
    line = _line_of(session, action_id, meeting_id)
    if line is None:
        raise Refused("This meeting has not decided about this action")
    if _is_read_back(session, action, meeting.id):
        raise Refused("This item was read back and closed: what was agreed has been sent")
    if action.ended_on is not None and line.leaves_open:
        raise Refused("The lead of the other plan has accepted this action since")
    changed = json.loads(line.changed) if line.changed else {}
    _restore_waiting(session, *changed.get("waiting", (None, None)))
    for name, read in KEPT.items():
        old, new = changed.get(name, (None, None))
        if name in changed and _as_json(getattr(action, name)) == new:
            setattr(action, name, None if old is None else read(old))
    session.delete(line)
    store_standing(session, [action], today, area)


def _is_read_back(session: MaceSession, action: Action, meeting_id: UUID) -> bool:
    """Whether a record that this action stands on was closed at this meeting."""
    children = sa.select(col(ActionChild.child_id)).where(col(ActionChild.action_id) == action.id)
    statement = select(Item.id).where(
        Item.meeting_id == meeting_id,
        sa.or_(col(Item.subject_id) == action.subject_id, col(Item.subject_id).in_(children)),
        col(Item.state).in_((ItemState.CLOSED, ItemState.APPROVED)),
    )
    return session.exec(scope.within(statement, "items of an action in scope")).first() is not None


def _restore_waiting(session: MaceSession, ended: str | None, begun: str | None) -> None:
    """Take a wait begun by the line away, and let one that it ended go on."""
    if begun is not None:
        if _chases(session, UUID(begun)):
            raise Refused("Somebody has chased since: what the meeting accepted stands")
        statement = select(Waiting).where(Waiting.id == UUID(begun))
        session.delete(scope.one(session, scope.within(statement, "waiting of an action in scope")))
        session.flush()
    if ended is not None:
        statement = select(Waiting).where(Waiting.id == UUID(ended))
        scope.one(session, scope.within(statement, "waiting of an action in scope")).ended_on = None
