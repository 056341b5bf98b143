"""What must be said (rules 2, 3 and 4)."""

from datetime import date
from typing import Any

import pytest

from mace.domain.actions import NEEDS, missing_at_typing, missing_for
from mace.domain.area import Area
from mace.domain.vocabulary import Decision
from tests.domain.make import FIRST_DATE, after

TYPED: dict[str, Any] = {"what": "A safety plan", "owner_id": 1, "due": FIRST_DATE, "concern_id": 1}
WAIT: dict[str, Any] = {
    "body": "CAMHS",
    "asked": "An appointment",
    "asked_on": FIRST_DATE,
    "answer_expected_on": after(20),
    "chaser_id": 1,
    "chase_by": after(28),
    "safe_meanwhile": "Her aunt collects her",
}
ENOUGH: dict[Decision, dict[str, Any]] = {
    Decision.CARRIED: {"new_due": after(1), "reason": "The school was closed", "cause": "circumstances"},
    Decision.WAITING_ON: WAIT,
    Decision.REFUSED_DONE: {"reason": "No date of the visit"},
    Decision.CHANGED: {"reason": "She moved", "what": "A place at the new school", "cause": "circumstances"},
    Decision.OFFERED_TO_PLAN: {"plan": "Child protection plan", "plan_lead_id": 1},
    Decision.NO_LONGER_NEEDED: {"reason": "He moved away on 2 March, police", "covers": "Action 12"},
    Decision.STOPPED: {"reason": "The family said no"},
}


def fields_missing(decision: Decision, is_late: bool = True, reviews: int = 0, **said: Any) -> list[str]:
    missing = missing_for(
        decision, is_late=is_late, meeting_on=FIRST_DATE, area=Area(), reviews_while_waiting=reviews, **said
    )
    assert all(sentence for _, sentence in missing)
    return [field for field, _ in missing]


def test_four_things_make_an_action_clear() -> None:
    assert missing_at_typing(**TYPED) == ()
    nothing = missing_at_typing(what=" ", owner_id=None, due=None, concern_id=None)
    assert [field for field, _ in nothing] == ["what", "owner", "due", "concern"]


@pytest.mark.parametrize(("field", "asked"), list(zip(TYPED, ["what", "owner", "due", "concern"], strict=True)))
def test_each_of_the_four_is_asked_for(field: str, asked: str) -> None:
    empty = "" if field == "what" else None
    assert [name for name, _ in missing_at_typing(**{**TYPED, field: empty})] == [asked]


@pytest.mark.parametrize("decision", list(ENOUGH))
def test_a_decision_that_says_enough_lacks_nothing(decision: Decision) -> None:
    assert fields_missing(decision, **ENOUGH[decision]) == []


@pytest.mark.parametrize(("decision", "field"), [(d, field) for d, said in ENOUGH.items() for field in said])
def test_each_thing_a_decision_must_say_is_asked_for(decision: Decision, field: str) -> None:
    assert fields_missing(decision, **{**ENOUGH[decision], field: None}) == [field]


def test_spaces_say_nothing() -> None:
    assert fields_missing(Decision.STOPPED, reason="  ") == ["reason"]


@pytest.mark.parametrize("decision", [Decision.CARRIED, Decision.CHANGED])
def test_only_a_late_carry_needs_its_cause(decision: Decision) -> None:
    said = {**ENOUGH[decision], "cause": None}
    assert fields_missing(decision, **said) == ["cause"]
    assert fields_missing(decision, is_late=False, **said) == []


@pytest.mark.parametrize("changed", [{"what": "A place"}, {"owner_id": 2}, {"new_due": after(1)}])
def test_changing_an_action_changes_its_words_its_owner_or_its_date(changed: dict[str, Any]) -> None:
    assert fields_missing(Decision.CHANGED, is_late=False, reason="She moved", **changed) == []
    assert fields_missing(Decision.CHANGED, is_late=False, reason="She moved") == ["what"]


def test_noting_gives_no_new_date_and_leaves_nothing_late() -> None:
    assert fields_missing(Decision.NOTED, is_late=False) == []
    assert fields_missing(Decision.NOTED, is_late=False, new_due=after(1)) == ["new_due"]
    assert fields_missing(Decision.NOTED, is_late=True) == ["decision"]


@pytest.mark.parametrize("decision", [one for one in Decision if one.leaves_open and one is not Decision.IMPORTED])
def test_an_action_that_names_nobody_gets_its_owner_when_a_meeting_leaves_it_open(decision: Decision) -> None:
    said = ENOUGH.get(decision, {})
    assert fields_missing(decision, is_late=False, has_owner=False, **said) == ["owner_id"]
    assert fields_missing(decision, is_late=False, has_owner=False, **{**said, "owner_id": 1}) == []


@pytest.mark.parametrize("decision", [Decision.ACCEPTED_DONE, Decision.NO_LONGER_NEEDED, Decision.STOPPED])
def test_an_action_that_ends_needs_no_owner(decision: Decision) -> None:
    assert fields_missing(decision, has_owner=False, **ENOUGH.get(decision, {})) == []


def test_the_new_date_is_after_the_meeting() -> None:
    said = ENOUGH[Decision.CARRIED]
    assert fields_missing(Decision.CARRIED, **{**said, "new_due": FIRST_DATE}) == ["new_due"]
    assert fields_missing(Decision.CARRIED, **{**said, "new_due": after(1)}) == []
    assert fields_missing(Decision.CHANGED, **{**ENOUGH[Decision.CHANGED], "new_due": FIRST_DATE}) == ["new_due"]


@pytest.mark.parametrize(
    ("field", "day", "is_wrong"),
    [
        ("chase_by", FIRST_DATE, True),
        ("chase_by", after(1), False),
        ("chase_by", after(28), False),
        ("chase_by", after(29), True),
        ("asked_on", after(1), True),
        ("answer_expected_on", after(-1), True),
        ("answer_expected_on", FIRST_DATE, False),
    ],
)
def test_the_days_of_waiting_are_possible(field: str, day: date, is_wrong: bool) -> None:
    assert fields_missing(Decision.WAITING_ON, **{**WAIT, field: day}) == ([field] if is_wrong else [])


def test_at_the_third_review_it_names_another_way_to_protect_the_child() -> None:
    assert fields_missing(Decision.WAITING_ON, reviews=2, **WAIT) == []
    assert fields_missing(Decision.WAITING_ON, reviews=3, **WAIT) == ["another_way"]
    assert fields_missing(Decision.WAITING_ON, reviews=3, another_way="A safe adult", **WAIT) == []


@pytest.mark.parametrize("decision", [Decision.NOTED, Decision.ACCEPTED_DONE, Decision.IMPORTED])
def test_some_decisions_say_enough_by_themselves(decision: Decision) -> None:
    assert decision not in NEEDS
    assert fields_missing(decision, is_late=False) == []
