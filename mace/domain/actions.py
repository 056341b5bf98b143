"""What an action needs when it is typed, and what each decision about it must say (rules 2, 3 and 4)."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from mace.domain.area import Area
from mace.domain.vocabulary import Decision
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


def missing_at_typing(*, what: str, owner_id: object, due: date | None, concern_id: object) -> tuple[Missing, ...]:
    """The four things without which an action is not clear; the rest is asked for later (rule 2)."""
    asked = (
        (what, "what", "Say what will exist when it is done"),
        (owner_id, "owner", "Choose one person who owns it"),
        (due, "due", "Enter the date by which it will be done"),
        (concern_id, "concern", "Choose which concern it reduces"),
    )
    return tuple((field, sentence) for value, field, sentence in asked if not _is_said(value))


def missing_for(
    decision: Decision,
    *,
    is_late: bool,
    meeting_on: date,
    area: Area,
    reviews_while_waiting: int = 0,
    **said: Any,
) -> tuple[Missing, ...]:
    """What a decision still has to say: one sentence a field, none when it says enough (rules 2, 3 and 4).

    ``reviews_while_waiting`` counts this one: the third needs ``another_way``.
    """
    missing = dict(row for row in NEEDS.get(decision, ()) if not _is_said(said.get(row[0])))
    if decision is Decision.CARRIED and is_late and not _is_said(said.get("cause")):
        missing["cause"] = "Choose why it was not done"
    another_way = decision is Decision.WAITING_ON and needs_another_way(reviews_while_waiting)
    if another_way and not _is_said(said.get("another_way")):
        missing["another_way"] = "Say in what other way the child will be protected"
    for field, sentence in _wrong_days(decision, meeting_on, area, said):
        missing.setdefault(field, sentence)
    return tuple(missing.items())


def _is_said(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _wrong_days(decision: Decision, meeting_on: date, area: Area, said: Mapping[str, Any]) -> tuple[Missing, ...]:
    """Days that cannot be right, seen from the meeting that decides."""
    wrong: list[Missing] = []
    if decision is Decision.CARRIED and said.get("new_due") and said["new_due"] <= meeting_on:
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
