"""How an agenda builds itself (rule 1)."""

from datetime import date
from typing import Any

import pytest

from mace.domain.meetings import Reason, SubjectFacts, next_date, order_key, quorum, reason_words, reasons, tier
from mace.domain.vocabulary import AgencyKind, Because, DriftLevel, RiskLevel, SubjectKind, Tier
from tests.domain.make import FIRST_DATE, after


def a_child(**changes: Any) -> SubjectFacts:
    return SubjectFacts(**{"kind": SubjectKind.CHILD, "level": RiskLevel.MODERATE, **changes})


def a_place(**changes: Any) -> SubjectFacts:
    return a_child(kind=SubjectKind.CONTEXT, **changes)


def why(facts: SubjectFacts) -> list[Because]:
    return [reason.because for reason in reasons(facts, FIRST_DATE)]


def tier_of(facts: SubjectFacts) -> Tier:
    return tier(facts, reasons(facts, FIRST_DATE))


def test_everybody_required_makes_a_quorum() -> None:
    assert quorum({"Police", "Health", "Housing"}, {"Police", "Health"}).is_quorate
    assert quorum(set(), set()).words == "Quorate: this meeting requires no one agency"


def test_whoever_is_not_in_the_room_is_named() -> None:
    found = quorum({"Health"}, {"Police", "Health", "Education"})
    assert not found.is_quorate
    assert found.words == "Not quorate: Education, Police not in the room"


def test_kinds_of_agency_are_named_as_people_say_them() -> None:
    found = quorum({AgencyKind.POLICE}, {AgencyKind.POLICE, AgencyKind.YOUTH_JUSTICE})
    assert found.words == "Not quorate: Youth justice not in the room"


def test_a_child_with_nothing_due_is_not_on_the_agenda() -> None:
    quiet = a_child(next_review_on=after(1), worst_drift=DriftLevel.SLIPPING, open_actions=3)
    assert why(quiet) == []


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        (a_child(is_new=True), Because.NEW),
        (a_child(late_actions=1), Because.LATE_ACTIONS),
        (a_child(worst_drift=DriftLevel.DRIFTING), Because.DRIFT),
        (a_child(reported_done=1), Because.REPORTED_DONE),
        (a_child(unconfirmed_imports=2), Because.IMPORTED),
        (a_child(next_review_on=FIRST_DATE), Because.REVIEW_DUE),
        (a_place(next_review_on=FIRST_DATE), Because.CONTEXT_DUE),
        (a_child(put_off_last_time=True), Because.PUT_OFF),
        (a_child(exit_proposed=True), Because.EXIT),
    ],
)
def test_each_reason_to_be_on_the_agenda(facts: SubjectFacts, because: Because) -> None:
    assert why(facts) == [because]
    assert all(reason_words(reason, FIRST_DATE) for reason in reasons(facts, FIRST_DATE))


def test_reasons_in_words() -> None:
    assert reason_words(Reason(Because.LATE_ACTIONS, 1)) == "1 action late"
    assert reason_words(Reason(Because.IMPORTED, 2)) == "2 actions from the spreadsheet to look at once"
    assert reason_words(Reason(Because.REVIEW_DUE, day=FIRST_DATE)) == "Review due 4 March 2026"
    assert reason_words(Reason(Because.REVIEW_DUE, day=FIRST_DATE), FIRST_DATE) == "Review due 4 March"
    assert reason_words(Reason(Because.PUT_OFF)) == "Put off last time"


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (a_child(is_new=True), Tier.FULL),
        (a_child(worst_drift=DriftLevel.STUCK), Tier.FULL),
        (a_child(put_off_last_time=True), Tier.FULL),
        (a_child(exit_proposed=True), Tier.FULL),
        (a_child(next_review_on=FIRST_DATE, level=RiskLevel.SIGNIFICANT), Tier.FULL),
        (a_child(next_review_on=FIRST_DATE), Tier.REVIEW),
        (a_child(next_review_on=FIRST_DATE, level=RiskLevel.EMERGING), Tier.ON_PAPER),
        (a_child(next_review_on=FIRST_DATE, level=RiskLevel.EMERGING, late_actions=1), Tier.REVIEW),
        (a_child(next_review_on=FIRST_DATE, level=None), Tier.REVIEW),
    ],
)
def test_how_much_time_an_item_gets(facts: SubjectFacts, expected: Tier) -> None:
    assert tier_of(facts) is expected


def test_the_agenda_runs_from_the_worst() -> None:
    agenda = [
        a_child(put_off_last_time=True),
        a_child(worst_drift=DriftLevel.STUCK),
        a_child(worst_drift=DriftLevel.DRIFTING, late_actions=2),
        a_child(worst_drift=DriftLevel.DRIFTING, late_actions=1, level=RiskLevel.SIGNIFICANT),
        a_child(worst_drift=DriftLevel.DRIFTING, late_actions=1),
        a_child(worst_drift=DriftLevel.DRIFTING, late_actions=1, level=None),
        a_place(put_off_last_time=True, worst_drift=DriftLevel.STUCK),
    ]
    keys = [order_key(facts, reasons(facts, FIRST_DATE)) for facts in agenda]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    ("today", "expected"),
    [(None, after(28)), (after(28), after(28)), (after(29), after(56)), (after(57), after(84))],
)
def test_the_next_date_keeps_the_rhythm_and_is_not_in_the_past(today: date | None, expected: date) -> None:
    assert next_date(FIRST_DATE, 28, today) == expected


def test_a_rhythm_is_at_least_a_day() -> None:
    with pytest.raises(ValueError, match="cadence_days is 0"):
        next_date(FIRST_DATE, 0)
