"""Rule 2: what an action needs when it is typed, and what each decision about it must say."""

from datetime import date
from typing import Any

from mace.domain.area import Area
from mace.domain.vocabulary import ActionState, Decision
from mace.domain.waiting import latest_chase_by

Missing = tuple[str, str]
"""A field, and the sentence that asks for it."""

NEEDS: dict[Decision, tuple[Missing, ...]] = {
    Decision.CARRIED: (("new_due", "Enter the new date"), ("reason", "Say why it is carried")),
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


def missing_at_typing(*, what: str, owner_id: object, due: date | None, concern_id: object) -> tuple[Missing, ...]:
    """The four things without which an action is not clear (rule 2)."""
    asked = (
        (bool(what.strip()), "what", "Say what will exist when it is done"),
        (owner_id is not None, "owner", "Choose one person who owns it"),
        (due is not None, "due", "Enter the date by which it will be done"),
        (concern_id is not None, "concern", "Choose which concern it reduces"),
    )
    return tuple((field, sentence) for there, field, sentence in asked if not there)


def missing_for(decision: Decision, *, is_late: bool, meeting_on: date, area: Area, **said: Any) -> tuple[Missing, ...]:
    """What a decision still has to say. A carry past the date needs its cause too."""
    missing = [(field, words) for field, words in NEEDS.get(decision, ()) if not said.get(field)]
    if decision is Decision.CARRIED and is_late and not said.get("cause"):
        missing.append(("cause", "Choose why it was not done"))
    new_due = said.get("new_due")
    if decision is Decision.CARRIED and new_due and new_due <= meeting_on:
        missing.append(("new_due", "The new date must be after this meeting"))
    chase_by = said.get("chase_by")
    if decision is Decision.WAITING_ON and chase_by and not meeting_on < chase_by <= latest_chase_by(meeting_on, area):
        missing.append(("chase_by", f"The next chase must be within {area.chase_within_days} days of this meeting"))
    return tuple(missing)


UNFINISHED = tuple(state for state in ActionState if not state.is_ended)
