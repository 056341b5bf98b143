"""The history of an action (rule 3)."""

from datetime import date

import pytest

from mace.domain.area import Area
from mace.domain.ledger import (
    carries,
    days_late,
    days_since_first_date,
    history_in_words,
    is_carry,
    is_late,
    late_carries,
    late_line,
    may_be_noted_in_one_act,
    meetings_since,
    meetings_that_did_not_look,
    would_carry_late,
)
from mace.domain.vocabulary import ActionState, Decision, RiskLevel
from tests.domain.make import FIRST_DATE, SET_ON, a_wait, a_waiting_action, after, an_action, carried

AREA = Area()
OPEN_DECISIONS = [one for one in Decision if one.leaves_open]


def line(first_due: date | None, next_meeting_on: date | None = None, **more: bool) -> date:
    return late_line(SET_ON, first_due, next_meeting_on, RiskLevel.SIGNIFICANT, AREA, **more)


def test_the_late_line_is_the_first_agreed_date() -> None:
    assert line(after(-1)) == after(-1)


def test_a_date_at_the_limit_stands_and_one_day_more_counts_from_the_limit() -> None:
    assert line(after(28, SET_ON)) == after(28, SET_ON)
    assert line(after(29, SET_ON)) == after(28, SET_ON)


def test_a_far_date_stands_where_the_chair_recorded_why() -> None:
    assert line(after(100, SET_ON), has_long_date_reason=True) == after(100, SET_ON)


@pytest.mark.parametrize(("level", "days"), [(RiskLevel.EMERGING, 84), (RiskLevel.MODERATE, 56), (None, 28)])
def test_the_limit_follows_the_level(level: RiskLevel | None, days: int) -> None:
    assert late_line(SET_ON, date(2027, 1, 1), None, level, AREA) == after(days, SET_ON)


def test_without_a_date_it_is_the_next_meeting_or_28_days_whichever_is_sooner() -> None:
    assert line(None) == after(28, SET_ON)
    assert line(None, after(27, SET_ON)) == after(27, SET_ON)
    assert line(None, after(29, SET_ON)) == after(28, SET_ON)
    assert line(None, SET_ON) == after(28, SET_ON)


def test_it_is_late_from_the_day_after_the_late_line() -> None:
    assert not is_late(an_action(), FIRST_DATE)
    assert is_late(an_action(), after(1))
    assert days_late(an_action(), after(1)) == 1


def test_a_moved_date_changes_nothing() -> None:
    moved = an_action(due=after(90), date_moves=3, owner_changes=2)
    assert days_late(moved, after(10)) == 10
    assert days_since_first_date(moved, after(10)) == 10


def test_reported_done_by_its_date_is_never_late() -> None:
    reported = an_action(state=ActionState.REPORTED_DONE, reported_done_on=FIRST_DATE)
    assert not is_late(reported, after(300))
    assert not would_carry_late(reported, after(300), Decision.CARRIED)


def test_reported_done_after_its_date_stays_as_late_as_it_was() -> None:
    reported = an_action(state=ActionState.REPORTED_DONE, reported_done_on=after(3))
    assert days_late(reported, after(300)) == 3
    assert days_late(reported, after(2)) == 2


def test_a_refused_report_sets_the_first_clock_running_again() -> None:
    reported = an_action(state=ActionState.REPORTED_DONE, reported_done_on=FIRST_DATE)
    assert would_carry_late(reported, after(1), Decision.REFUSED_DONE)
    assert not would_carry_late(reported, FIRST_DATE, Decision.REFUSED_DONE)
    for refused in (
        an_action(state=ActionState.IN_PROGRESS, reported_done_on=FIRST_DATE),
        an_action(state=ActionState.REPORTED_DONE, reported_done_on=FIRST_DATE, reported_refused=True),
    ):
        assert days_late(refused, after(40)) == 40


def test_waiting_is_not_late_while_every_chase_is_made() -> None:
    assert not is_late(a_waiting_action(), after(28))
    assert not would_carry_late(a_waiting_action(), after(28), Decision.WAITING_ON)


def test_a_missed_chase_makes_it_late_from_that_day() -> None:
    assert days_late(a_waiting_action(), after(29)) == 1
    assert would_carry_late(a_waiting_action(), after(29), Decision.WAITING_ON)


def test_waiting_never_stops_the_days_since_the_first_date() -> None:
    assert days_since_first_date(a_waiting_action(), after(74)) == 74


def test_accepting_that_it_waits_is_not_a_late_carry() -> None:
    assert not would_carry_late(an_action(), after(10), Decision.WAITING_ON)


def test_deciding_anything_else_about_one_that_waits_counts_from_the_late_line() -> None:
    assert would_carry_late(a_waiting_action(), after(1), Decision.CARRIED)
    assert not would_carry_late(a_waiting_action(), FIRST_DATE, Decision.CARRIED)


@pytest.mark.parametrize("decision", list(Decision))
def test_only_a_line_that_leaves_it_open_past_the_late_line_carries_it_late(decision: Decision) -> None:
    counts = decision.leaves_open and decision is not Decision.WAITING_ON
    assert would_carry_late(an_action(), after(1), decision) is counts
    assert not would_carry_late(an_action(), FIRST_DATE, decision)


@pytest.mark.parametrize("decision", list(Decision))
def test_every_line_that_leaves_it_open_is_a_carry(decision: Decision) -> None:
    assert is_carry(decision) is (decision.leaves_open and decision is not Decision.WAITING_ON)


def test_waiting_on_is_a_carry_only_after_a_missed_chase() -> None:
    lines = carried(False, True, decision=Decision.WAITING_ON)
    assert carries(an_action(lines=lines)) == 1
    assert late_carries(an_action(lines=lines)) == 1


def test_late_carries_are_the_lines_that_carried_it_late() -> None:
    facts = an_action(lines=carried(False, True, True))
    assert (carries(facts), late_carries(facts)) == (3, 2)


def test_meetings_since_it_was_set_and_those_that_did_not_look() -> None:
    facts = an_action(lines=carried(True), meetings_held=(SET_ON, after(1), after(8), after(15)))
    assert meetings_since(facts) == 3
    assert meetings_that_did_not_look(facts) == 2


def test_meetings_after_it_ended_are_not_counted() -> None:
    facts = an_action(state=ActionState.DONE, ended_on=after(8), meetings_held=(after(8), after(15)))
    assert meetings_since(facts) == 1


def test_only_those_in_date_with_an_update_since_are_noted_together() -> None:
    last, now = after(-14), after(-7)
    good = an_action(last_update_on=after(-13))
    assert may_be_noted_in_one_act(good, now, last)
    assert may_be_noted_in_one_act(good, FIRST_DATE, last)
    assert not may_be_noted_in_one_act(good, after(1), last)
    assert not may_be_noted_in_one_act(an_action(last_update_on=last), now, last)
    assert not may_be_noted_in_one_act(an_action(last_update_on=None), now, last)
    assert may_be_noted_in_one_act(an_action(last_update_on=SET_ON), now, None)
    assert not may_be_noted_in_one_act(an_action(last_update_on=after(-1, SET_ON)), now, None)


@pytest.mark.parametrize("state", [one for one in ActionState if one not in ("open", "in_progress")])
def test_one_that_waits_is_reported_done_or_ended_is_never_noted_with_others(state: ActionState) -> None:
    facts = an_action(state=state, waiting=a_wait(), last_update_on=after(-1))
    assert not may_be_noted_in_one_act(facts, FIRST_DATE, after(-2))


def test_a_date_that_passed_before_the_late_line_is_not_in_date() -> None:
    assert not may_be_noted_in_one_act(an_action(due=after(-10), last_update_on=after(-6)), after(-5), after(-14))


def test_an_ended_action_stays_as_late_as_it_ended() -> None:
    ended = an_action(state=ActionState.STOPPED, ended_on=after(5), lines=carried(True))
    assert days_late(ended, after(500)) == 5
    assert days_since_first_date(ended, after(500)) == 5


@pytest.mark.parametrize(
    ("facts", "day", "words"),
    [
        (
            an_action(lines=carried(True, True, True)),
            after(74),
            "Carried late 3 times; 74 days past its first date (4 March)",
        ),
        (an_action(lines=carried(True)), after(1), "Carried late once; 1 day past its first date (4 March)"),
        (
            an_action(lines=carried(True, True)),
            date(2027, 1, 1),
            "Carried late twice; 303 days past its first date (4 March 2026)",
        ),
        (an_action(), after(1), "1 day past its first date (4 March)"),
        (an_action(), FIRST_DATE, "First date 4 March"),
        (an_action(lines=carried(False)), FIRST_DATE, "Carried once; first date 4 March"),
        (
            an_action(first_due=after(60), due=after(60)),
            after(2),
            "2 days past the longest time a first date may be off (4 March); first date 3 May",
        ),
        (
            a_waiting_action(waiting=a_wait(chases=(after(20), after(40), after(60)), chase_by=after(80))),
            after(74),
            "Waiting 74 days on CAMHS, chased 3 times; 74 days past its first date (4 March)",
        ),
        (
            a_waiting_action(first_due=None, due=None),
            after(5),
            "Waiting 5 days on CAMHS, not chased yet",
        ),
        (
            an_action(first_due=None, due=None, imported=True, lines=carried(*[False] * 5, imported=True)),
            after(74),
            "No date agreed; carried 5 times since 4 February 2026, before this tool",
        ),
        (
            an_action(first_due=None, due=None, lines=(*carried(False, imported=True), *carried(True, False))),
            after(74),
            "No date agreed; carried 3 times since 4 February 2026 (1 before this tool)",
        ),
        (an_action(first_due=None, due=None), after(1), "No date agreed; set on 4 February 2026"),
        (
            an_action(lines=carried(True, True, True, imported=True)),
            after(74),
            "Carried late 3 times before this tool; 74 days past its first date (4 March)",
        ),
        (
            an_action(state=ActionState.REPORTED_DONE, reported_done_on=after(3), lines=carried(True)),
            after(9),
            "Reported done on 7 March; carried late once",
        ),
        (an_action(state=ActionState.DONE, ended_on=FIRST_DATE), after(9), "Done on 4 March"),
        (
            an_action(state=ActionState.DONE, ended_on=after(8), lines=carried(True)),
            after(9),
            "Done on 12 March; after 1 late carry",
        ),
        (
            an_action(state=ActionState.STOPPED, ended_on=after(16), lines=carried(True, True)),
            after(20),
            "Ended unfinished on 20 March after 2 late carries",
        ),
        (
            an_action(state=ActionState.NO_LONGER_NEEDED, ended_on=FIRST_DATE),
            after(20),
            "No longer needed on 4 March",
        ),
    ],
)
def test_history_in_words(facts: object, day: date, words: str) -> None:
    assert history_in_words(facts, day) == words  # type: ignore[arg-type]
