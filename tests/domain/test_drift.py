"""Signs that a plan needs changing (rule 5), and when a question appears (rule 6)."""

from dataclasses import replace
from datetime import date

import pytest

from mace.domain.area import Area
from mace.domain.drift import (
    PLAN_SIGNS,
    SIGNS,
    WORDS,
    ChildPlanFacts,
    Finding,
    Sign,
    level,
    may_prompt_question,
    plan_signs,
    signs,
    standing,
)
from mace.domain.ledger import ActionFacts
from mace.domain.vocabulary import ActionState, Decision, DriftLevel, RiskLevel
from tests.domain.make import FIRST_DATE, SET_ON, a_waiting_action, after, an_action, carried

AREA = Area()


def found(facts: ActionFacts, day: date = FIRST_DATE) -> dict[Sign, int]:
    return {finding.kind: finding.number for finding in signs(facts, day, AREA)}


def an_import(times: int = 5) -> ActionFacts:
    """From a tracker: no date, nobody named, carried and never looked at here."""
    return an_action(
        first_due=None,
        due=None,
        has_owner=False,
        imported=True,
        confirmed_here=False,
        last_update_on=None,
        lines=carried(*[False] * times, decision=Decision.IMPORTED, imported=True),
    )


def test_every_sign_has_a_rule_and_words() -> None:
    assert {sign for sign, _ in SIGNS} | {sign for sign, _ in PLAN_SIGNS} == set(Sign) == set(WORDS)
    assert all(Finding(sign, number).words for sign in Sign for number in (0, 1, 2, 30))


def test_an_action_in_date_with_an_update_is_on_track() -> None:
    stands = standing(an_action(), FIRST_DATE, AREA)
    assert (stands.level, stands.findings, stands.sentence) == (DriftLevel.ON_TRACK, (), "On track")
    assert stands.sentences == ()


@pytest.mark.parametrize(
    ("changes", "sign", "number"),
    [
        ({"lines": carried(True, True)}, Sign.CARRIED_LATE, 2),
        ({"first_due": None}, Sign.NO_DATE, 0),
        ({"has_owner": False}, Sign.NOBODY_NAMED, 1),
        ({"meetings_held": (after(-1),)}, Sign.NOT_LOOKED_AT, 1),
        ({"last_update_on": after(-29)}, Sign.NO_UPDATE, 29),
        ({"owner_accepted": False}, Sign.NOT_ACCEPTED, 28),
        ({"date_moves": 2}, Sign.DATE_MOVED, 2),
        ({"owner_changes": 1}, Sign.OWNER_MOVED, 1),
        ({"retyped": 1}, Sign.RETYPED, 1),
        ({"first_due": after(29, SET_ON), "level": RiskLevel.SIGNIFICANT}, Sign.DATE_TOO_FAR, 1),
    ],
)
def test_each_sign_is_found_alone(changes: dict[str, object], sign: Sign, number: int) -> None:
    assert found(an_action(**changes)) == {sign: number}


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": carried(False, False)},
        {"last_update_on": after(-28)},
        {"first_due": after(28, SET_ON), "level": RiskLevel.SIGNIFICANT},
        {"first_due": after(90), "has_long_date_reason": True},
        {"owner_accepted": False, "imported": True},
        {"owner_accepted": False, "set_on": after(-7)},
    ],
)
def test_just_inside_a_boundary_there_is_no_sign(changes: dict[str, object]) -> None:
    assert found(an_action(**changes)) == {}


def test_not_accepted_is_a_sign_after_seven_days() -> None:
    assert found(an_action(owner_accepted=False, set_on=after(-8))) == {Sign.NOT_ACCEPTED: 8}


def test_no_update_is_no_sign_for_one_that_waits_or_is_reported_done() -> None:
    assert found(a_waiting_action(last_update_on=None), after(20)) == {}
    reported = an_action(state=ActionState.REPORTED_DONE, reported_done_on=FIRST_DATE)
    assert found(reported, after(100)) == {}


def test_an_ended_action_shows_no_drift_and_sorts_last() -> None:
    ended = an_action(state=ActionState.STOPPED, ended_on=after(90), lines=carried(True, True, True))
    stands = standing(ended, after(91), AREA)
    assert (stands.level, stands.findings, stands.changes_on) == (DriftLevel.ON_TRACK, (), None)
    assert stands.sort_weight > standing(an_action(), FIRST_DATE, AREA).sort_weight
    assert stands.sentence == "Ended unfinished on 2 June after 3 late carries"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, DriftLevel.ON_TRACK),
        (1, DriftLevel.SLIPPING),
        (27, DriftLevel.SLIPPING),
        (28, DriftLevel.DRIFTING),
        (55, DriftLevel.DRIFTING),
        (56, DriftLevel.STUCK),
    ],
)
def test_the_level_follows_the_days_late(days: int, expected: DriftLevel) -> None:
    facts = an_action(last_update_on=after(days))
    assert standing(facts, after(days), AREA).level is expected


@pytest.mark.parametrize(("times", "rank"), [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3)])
def test_the_level_follows_the_late_carries(times: int, rank: int) -> None:
    facts = an_action(lines=carried(*[True] * times))
    assert level(signs(facts, FIRST_DATE, AREA)).rank == rank


@pytest.mark.parametrize(("times", "rank"), [(0, 1), (1, 1), (2, 2), (3, 3)])
def test_carries_without_a_date_count_towards_the_level(times: int, rank: int) -> None:
    facts = an_action(first_due=None, lines=carried(*[False] * times))
    assert level(signs(facts, FIRST_DATE, AREA)).rank == rank


def test_an_area_can_make_the_levels_stricter() -> None:
    strict = Area.checked(drifting_days_late=14, stuck_days_late=28)
    facts = an_action(last_update_on=after(14))
    assert standing(facts, after(14), strict).level is DriftLevel.DRIFTING
    assert standing(facts, after(13), strict).level is DriftLevel.SLIPPING


def test_worse_sorts_first() -> None:
    today = after(60)
    heard = {"last_update_on": today}
    worst_first = [
        an_action(lines=carried(True, True, True, True), **heard),
        an_action(lines=carried(True, True, True), late_line=after(-9), **heard),
        an_action(lines=carried(True, True, True), **heard),
        an_action(lines=carried(True, True), late_line=after(50), **heard),
        an_action(late_line=after(30), **heard),
        an_action(late_line=after(61), **heard),
        an_action(late_line=after(70), **heard),
        an_action(state=ActionState.DONE, ended_on=after(20)),
    ]
    weights = [standing(facts, today, AREA).sort_weight for facts in worst_first]
    assert weights == sorted(weights)
    assert len(set(weights)) == len(weights)
    assert all(abs(weight) < 2**31 for weight in weights)


def test_an_import_carried_five_times_without_a_date_sorts_near_the_top_with_one_true_sentence() -> None:
    stands = standing(an_import(), after(74), AREA)
    assert stands.level is DriftLevel.STUCK
    assert stands.sort_weight < standing(an_action(lines=carried(True, True, True)), after(74), AREA).sort_weight
    assert stands.sentence == (
        "No date agreed; carried 5 times since 4 February 2026, before this tool; nobody named to do it"
    )


def test_the_sentence_is_the_history_where_dates_are_the_trouble_and_else_the_first_sign() -> None:
    facts = an_action(lines=carried(True, True, True))
    words = "Carried late 3 times; 74 days past its first date (4 March)"
    assert standing(facts, after(74), AREA).sentence == words
    assert standing(an_action(date_moves=2), FIRST_DATE, AREA).sentence == "Date moved twice"


@pytest.mark.parametrize(
    ("facts", "today", "changes_on"),
    [
        (an_action(), FIRST_DATE, after(1)),
        (an_action(), after(1), after(28)),
        (an_action(), after(28), after(56)),
        (an_action(), after(56), None),
        (an_action(late_line=after(90)), FIRST_DATE, after(29)),
        (an_action(late_line=after(90), owner_accepted=False, set_on=FIRST_DATE), FIRST_DATE, after(8)),
        (a_waiting_action(), FIRST_DATE, after(29)),
    ],
)
def test_the_first_day_on_which_time_alone_changes_it(facts: ActionFacts, today: date, changes_on: date) -> None:
    assert standing(facts, today, AREA).changes_on == changes_on


def test_a_question_appears_at_28_days_late() -> None:
    assert not may_prompt_question(an_action(), after(27))
    assert may_prompt_question(an_action(), after(28))


def test_a_question_appears_at_the_second_late_carry() -> None:
    assert not may_prompt_question(an_action(lines=carried(True)), after(8))
    assert may_prompt_question(an_action(lines=carried(True, True)), after(8))


def test_where_meetings_are_often_it_waits_for_28_days() -> None:
    facts = an_action(lines=carried(True, True))
    assert not may_prompt_question(facts, after(27), cadence_days=13)
    assert may_prompt_question(facts, after(27), cadence_days=14)
    assert may_prompt_question(facts, after(28), cadence_days=13)


def test_an_import_prompts_no_question_until_a_meeting_here_has_looked() -> None:
    facts = an_import()
    assert not may_prompt_question(facts, after(100))
    assert may_prompt_question(replace(facts, confirmed_here=True), after(100))


def test_no_question_about_one_that_is_reported_done_ended_or_waiting_with_every_chase_made() -> None:
    lines = carried(True, True)
    reported = an_action(state=ActionState.REPORTED_DONE, reported_done_on=after(40), lines=lines)
    ended = an_action(state=ActionState.STOPPED, ended_on=after(40), lines=lines)
    assert not may_prompt_question(reported, after(60))
    assert not may_prompt_question(ended, after(60))
    assert not may_prompt_question(a_waiting_action(lines=lines), after(28))
    assert may_prompt_question(a_waiting_action(lines=lines), after(29))


def test_a_plan_with_nothing_wrong_shows_no_sign() -> None:
    assert plan_signs(ChildPlanFacts(level=RiskLevel.SIGNIFICANT, open_actions=1)) == ()


@pytest.mark.parametrize(
    ("inside", "outside", "sign"),
    [
        ({"times_put_off": 1}, {"times_put_off": 2}, Sign.PUT_OFF),
        ({"level": RiskLevel.MODERATE}, {"level": RiskLevel.SIGNIFICANT}, Sign.NO_OPEN_ACTION),
        ({}, {"has_present_worker": False}, Sign.NO_WORKER),
        (
            {"record_unanswered_working_days": 2},
            {"record_unanswered_working_days": 3},
            Sign.RECORD_UNANSWERED,
        ),
        ({"reviews_with_same_risk": 2}, {"reviews_with_same_risk": 3}, Sign.SAME_RISK),
        (
            {"reviews_with_same_risk": 3, "said_what_differently": True},
            {"reviews_with_same_risk": 3, "open_actions": 4},
            Sign.SAME_RISK,
        ),
    ],
)
def test_each_sign_of_a_plan(inside: dict[str, object], outside: dict[str, object], sign: Sign) -> None:
    assert plan_signs(ChildPlanFacts(**inside)) == ()  # type: ignore[arg-type]
    assert [one.kind for one in plan_signs(ChildPlanFacts(**outside))] == [sign]  # type: ignore[arg-type]


def test_the_same_risk_at_three_reviews_asks_what_will_be_done_differently() -> None:
    found_here = plan_signs(ChildPlanFacts(reviews_with_same_risk=3))
    assert found_here[0].words == "The same risk at 3 reviews: what will we do differently?"
    assert level(found_here) is DriftLevel.STUCK


def test_high_risk_with_no_open_action_is_drifting() -> None:
    assert level(plan_signs(ChildPlanFacts(level=RiskLevel.SIGNIFICANT))) is DriftLevel.DRIFTING
