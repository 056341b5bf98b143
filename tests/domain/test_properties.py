"""What no sequence of decisions can do: lower a count, reset days, hide that an action is late (rule 3)."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from mace.domain.area import Area
from mace.domain.deadlines import add_working_days, working_days_between
from mace.domain.drift import may_prompt_question, standing
from mace.domain.ledger import (
    ActionFacts,
    LedgerLine,
    carries,
    days_late,
    days_since_first_date,
    history_in_words,
    is_late,
    late_carries,
    late_from,
    late_line,
    meetings_since,
    meetings_that_did_not_look,
    would_carry_late,
)
from mace.domain.vocabulary import ActionState, Decision, RiskLevel
from mace.domain.waiting import WaitingFacts
from tests.domain.make import SET_ON, after

AREA = Area()
ENDS = {
    Decision.ACCEPTED_DONE: ActionState.DONE,
    Decision.NO_LONGER_NEEDED: ActionState.NO_LONGER_NEEDED,
    Decision.STOPPED: ActionState.STOPPED,
}
DECISIONS = st.sampled_from([one for one in Decision if one is not Decision.IMPORTED])
STEPS = st.lists(
    st.tuples(
        st.integers(1, 40),
        st.sampled_from(["meets", "does not look", "reports", "updates", "changes owner", "chases"]),
        DECISIONS,
    ),
    max_size=12,
)


@st.composite
def new_actions(draw: st.DrawFn) -> ActionFacts:
    due = draw(st.none() | st.integers(0, 150).map(lambda days: after(days, SET_ON)))
    level = draw(st.none() | st.sampled_from(RiskLevel))
    meeting = draw(st.none() | st.integers(1, 60).map(lambda days: after(days, SET_ON)))
    explained = draw(st.booleans())
    return ActionFacts(
        set_on=SET_ON,
        first_due=due,
        due=due,
        late_line=late_line(SET_ON, due, meeting, level, AREA, explained),
        state=ActionState.OPEN,
        level=level,
        has_long_date_reason=explained,
        owner_accepted=draw(st.booleans()),
        has_owner=draw(st.booleans()),
    )


def decided(facts: ActionFacts, day: date, decision: Decision) -> ActionFacts:
    """What a meeting's decision does to the action, as the tool stores it."""
    line = LedgerLine(day, decision, would_carry_late(facts, day, decision))
    facts = replace(facts, lines=(*facts.lines, line), meetings_held=(*facts.meetings_held, day))
    if decision in ENDS:
        return replace(facts, state=ENDS[decision], ended_on=day, waiting=None)
    if decision is Decision.WAITING_ON:
        waiting = WaitingFacts("CAMHS", day, day, after(20, day), after(28, day))
        return replace(facts, state=ActionState.WAITING_ON, waiting=waiting)
    facts = replace(facts, waiting=None)
    if decision is Decision.CARRIED:
        return replace(facts, state=ActionState.IN_PROGRESS, due=after(28, day), date_moves=facts.date_moves + 1)
    if decision is Decision.REFUSED_DONE:
        return replace(facts, state=ActionState.IN_PROGRESS, reported_done_on=None)
    return facts


def stepped(facts: ActionFacts, day: date, act: str, decision: Decision) -> ActionFacts:
    """What happens to an unfinished action on a day."""
    if facts.is_ended:
        return facts
    if act == "meets":
        return decided(facts, day, decision)
    if act == "does not look":
        return replace(facts, meetings_held=(*facts.meetings_held, day))
    if act == "reports":
        return replace(facts, state=ActionState.REPORTED_DONE, reported_done_on=day, waiting=None)
    if act == "changes owner":
        return replace(facts, owner_changes=facts.owner_changes + 1, has_owner=True)
    if act == "chases" and facts.waiting is not None:
        wait = facts.waiting
        chased = replace(
            wait,
            chases=(*wait.chases, day),
            promised=(*wait.promised, wait.chase_by),
            chase_by=after(28, day),
        )
        return replace(facts, waiting=chased)
    return replace(facts, last_update_on=day)


@settings(max_examples=200, deadline=None)
@given(new_actions(), STEPS)
def test_no_sequence_of_decisions_lowers_a_count_or_resets_days(
    facts: ActionFacts, steps: list[tuple[int, str, Decision]]
) -> None:
    day, first_due, line = SET_ON, facts.first_due, facts.late_line
    before = (0, 0, 0, 0, 0, 0, 0)
    for days, act, decision in steps:
        day += timedelta(days=days)
        facts = stepped(facts, day, act, decision)
        now = (
            carries(facts),
            late_carries(facts),
            meetings_since(facts),
            meetings_that_did_not_look(facts),
            days_since_first_date(facts, day),
            facts.date_moves,
            facts.owner_changes,
        )
        assert all(new >= old for new, old in zip(now, before, strict=True))
        assert carries(facts) >= late_carries(facts)
        assert (facts.first_due, facts.late_line) == (first_due, line)
        before = now


@settings(max_examples=200, deadline=None)
@given(new_actions(), STEPS)
def test_no_new_date_or_owner_makes_an_open_action_less_late(
    facts: ActionFacts, steps: list[tuple[int, str, Decision]]
) -> None:
    day = SET_ON
    for days, act, decision in steps:
        day += timedelta(days=days)
        facts = stepped(facts, day, act, decision)
        if facts.state in (ActionState.OPEN, ActionState.IN_PROGRESS):
            assert days_late(facts, day) == max(0, (day - facts.late_line).days)


@settings(max_examples=200, deadline=None)
@given(new_actions(), STEPS, st.integers(0, 200))
def test_level_and_place_stay_until_the_day_they_are_said_to_change(
    facts: ActionFacts, steps: list[tuple[int, str, Decision]], later: int
) -> None:
    day = SET_ON
    for days, act, decision in steps:
        day += timedelta(days=days)
        facts = stepped(facts, day, act, decision)
    now = standing(facts, day, AREA)
    then_day = after(later, day)
    if now.changes_on is not None and then_day >= now.changes_on:
        then_day = after(-1, now.changes_on)
        changed = standing(facts, now.changes_on, AREA)
        assert (changed.level, changed.sort_weight) != (now.level, now.sort_weight)
    then = standing(facts, then_day, AREA)
    assert (then.level, then.sort_weight) == (now.level, now.sort_weight)
    assert now.changes_on is None or now.changes_on > day


@settings(max_examples=200, deadline=None)
@given(new_actions(), STEPS, st.integers(0, 200))
def test_the_stored_day_says_when_it_is_late_until_something_happens(
    facts: ActionFacts, steps: list[tuple[int, str, Decision]], later: int
) -> None:
    day = SET_ON
    for days, act, decision in steps:
        day += timedelta(days=days)
        facts = stepped(facts, day, act, decision)
    then = after(later, day)
    since = late_from(facts)
    assert is_late(facts, then) == (since is not None and since <= then)


@settings(max_examples=200, deadline=None)
@given(new_actions(), STEPS)
def test_every_action_has_a_sentence_and_a_question_only_when_late(
    facts: ActionFacts, steps: list[tuple[int, str, Decision]]
) -> None:
    day = SET_ON
    for days, act, decision in steps:
        day += timedelta(days=days)
        facts = stepped(facts, day, act, decision)
    words = history_in_words(facts, day)
    assert words[:1].isupper() or words[:1].isdigit()
    assert standing(facts, day, AREA).sentence
    if may_prompt_question(facts, day):
        assert days_late(facts, day) > 0


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40), st.sets(st.integers(0, 60)))
def test_counting_working_days_back_gives_what_was_added(start: date, number: int, closed: set[int]) -> None:
    days = {after(offset, start) for offset in closed}
    assert working_days_between(start, add_working_days(start, number, days), days) == number
