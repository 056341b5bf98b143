"""What an action needs when it is typed, and what each decision about it must say (rules 2, 3 and 4)."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from mace.domain.area import Area
from mace.domain.vocabulary import ActionState, Decision
from mace.domain.waiting import latest_chase_by, needs_another_way

Missing = tuple[str, str]
"""A field, and the sentence that asks for it."""

NEEDS: Mapping[Decision, tuple[Missing, ...]] = MappingProxyType(
    {
        Decision.CARRIED: (
            ("new_due", "Enter the new date"),
            ("reason", "Say why it is carried"),
        ),
        Decision.REFUSED_DONE: (("reason", "Say what is still missing"),),
        Decision.CHANGED: (("reason", "Say what changed"),),
        Decision.OFFERED_TO_PLAN: (
            ("plan", "Name the plan it moves to"),
            ("plan_lead_id", "Choose who leads that plan: it stays open here until they accept"),
        ),
        Decision.NO_LONGER_NEEDED: (
            ("reason", "Say what changed, when, and who told you"),
            ("covers", "Say what now covers the concern"),
        ),
        Decision.STOPPED: (("reason", "Say why it could not be done"),),
        Decision.WAITING_ON: (
            ("body", "Name who it waits on"),
            ("asked", "Say what was asked"),
            ("asked_on", "Enter the day they were asked"),
            ("answer_expected_on", "Enter the day an answer is expected"),
            ("chaser_id", "Choose who chases next"),
            ("chase_by", "Enter the day of the next chase"),
            ("safe_meanwhile", "Say what keeps the child safe meanwhile"),
        ),
    }
)
"""What each decision must say, in the order in which a form asks."""


IN_THE_ROOM: Mapping[Decision, str] = MappingProxyType(
    {
        Decision.NOTED: "In date",
        Decision.CARRIED: "Carry",
        Decision.WAITING_ON: "Waiting on somebody",
        Decision.CHANGED: "Change",
        Decision.ACCEPTED_DONE: "Done",
        Decision.REFUSED_DONE: "Not done yet",
        Decision.OFFERED_TO_PLAN: "Move to another plan",
        Decision.NO_LONGER_NEEDED: "No longer needed",
        Decision.STOPPED: "Stop",
    }
)
"""Each decision in the word or two that a meeting says."""

_ENDINGS = (Decision.OFFERED_TO_PLAN, Decision.NO_LONGER_NEEDED, Decision.STOPPED)


def decisions_for(state: ActionState, *, is_in_date: bool) -> tuple[Decision, ...]:
    """What a meeting can decide about an action found in this state, the likeliest first (rules 2 and 3).

    A report is accepted or not; what is late is never just noted.
    """
    if state is ActionState.REPORTED_DONE:
        return (Decision.ACCEPTED_DONE, Decision.REFUSED_DONE, *_ENDINGS)
    if state is ActionState.WAITING_ON:
        return (Decision.WAITING_ON, Decision.CARRIED, Decision.ACCEPTED_DONE, Decision.CHANGED, *_ENDINGS)
    noted = (Decision.NOTED,) if is_in_date else ()
    return (*noted, Decision.CARRIED, Decision.WAITING_ON, Decision.ACCEPTED_DONE, Decision.CHANGED, *_ENDINGS)


def missing_at_typing(*, what: str, owner_id: object, due: date | None, concern_id: object) -> tuple[Missing, ...]:
    """The four things without which an action is not clear; the rest is asked for later (rule 2)."""
    asked = (
        (what, "what", "Say what will exist when it is done"),
        (owner_id, "owner", "Choose one person who owns it"),
        (due, "due", "Enter the date by which it will be done"),
        (concern_id, "concern", "Choose which concern it reduces"),
    )
    return tuple((field, sentence) for value, field, sentence in asked if not _is_said(value))


NEW_DATES = frozenset({Decision.CARRIED, Decision.CHANGED})
"""The decisions that may give a new date; noting an action leaves its date as it is."""


def missing_for(
    decision: Decision,
    *,
    is_late: bool,
    meeting_on: date,
    area: Area,
    reviews_while_waiting: int = 0,
    has_owner: bool = True,
    **said: Any,
) -> tuple[Missing, ...]:
    """What a decision still has to say: one sentence a field, none when it says enough (rules 2, 3 and 4).

    ``reviews_while_waiting`` counts this one: the third needs ``another_way``. An imported action that names nobody
    needs its owner as soon as a meeting leaves it open.
    """
    missing = dict(row for row in NEEDS.get(decision, ()) if not _is_said(said.get(row[0])))
    if decision in NEW_DATES and is_late and not _is_said(said.get("cause")):
        missing["cause"] = "Choose why it was not done"
    if decision is Decision.CHANGED and not any(_is_said(said.get(name)) for name in ("what", "owner_id", "new_due")):
        missing["what"] = "Say what changes: the words, the owner or the date"
    if decision.leaves_open and not has_owner and not _is_said(said.get("owner_id")):
        missing["owner_id"] = "Choose one person who owns it"
    another_way = decision is Decision.WAITING_ON and needs_another_way(reviews_while_waiting)
    if another_way and not _is_said(said.get("another_way")):
        missing["another_way"] = "Say in what other way the child will be protected"
    if decision is Decision.NOTED and is_late:
        missing["decision"] = "It is past its date: carry it, and say why it was not done"
    for field, sentence in _wrong_days(decision, meeting_on, area, said):
        missing.setdefault(field, sentence)
    return tuple(missing.items())


def _is_said(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _wrong_days(decision: Decision, meeting_on: date, area: Area, said: Mapping[str, Any]) -> tuple[Missing, ...]:
    """Days that cannot be right, seen from the meeting that decides."""
    wrong: list[Missing] = []
    if said.get("new_due") and decision not in NEW_DATES:
        wrong.append(("new_due", "Only carrying or changing an action gives it a new date"))
    elif said.get("new_due") and said["new_due"] <= meeting_on:
        wrong.append(("new_due", "The new date must be after this meeting"))
    if decision is not Decision.WAITING_ON:
        return tuple(wrong)
    asked_on, answer, chase_by = said.get("asked_on"), said.get("answer_expected_on"), said.get("chase_by")
    if asked_on and asked_on > meeting_on:
        wrong.append(("asked_on", "The day they were asked cannot be after this meeting"))
    if asked_on and answer and answer < asked_on:
        wrong.append(("answer_expected_on", "The answer cannot be expected before they were asked"))
    if chase_by and not meeting_on < chase_by <= latest_chase_by(meeting_on, area):
        wrong.append(("chase_by", f"The next chase must be within {area.chase_within_days} days of this meeting"))
    return tuple(wrong)
