"""What a record lacks (rule 10)."""

from typing import Any

import pytest

from mace.domain.quality import Lack, RecordFacts, gaps, one_line, three_worst
from mace.domain.vocabulary import LineKind, RiskLevel

ALL = frozenset(LineKind)


def a_record(*without: LineKind, **changes: Any) -> RecordFacts:
    return RecordFacts(kinds=ALL - set(without), level=RiskLevel.MODERATE, **changes)


def lacks(facts: RecordFacts) -> list[Lack]:
    return [gap.lack for gap in gaps(facts)]


def test_a_complete_record_lacks_nothing() -> None:
    assert gaps(a_record()) == ()
    assert one_line(()) == "Nothing missing"


@pytest.mark.parametrize(
    ("facts", "lack"),
    [
        (a_record(uncovered_concerns=1), Lack.UNCOVERED),
        (a_record(LineKind.WORRY), Lack.WORRY),
        (a_record(worry_is_complete=False), Lack.WORRY_PARTS),
        (a_record(LineKind.DECISION), Lack.DECISION),
        (a_record(LineKind.CONTINGENCY), Lack.CONTINGENCY),
        (a_record(LineKind.LIFE_NOW), Lack.LIFE_NOW),
        (a_record(LineKind.CHILDS_WORDS), Lack.CHILDS_WORDS),
        (a_record(LineKind.CHANGED), Lack.CHANGED),
        (a_record(LineKind.ANALYSIS), Lack.ANALYSIS),
        (a_record(LineKind.RATIONALE), Lack.RATIONALE),
        (a_record(LineKind.WHO_TELLS), Lack.WHO_TELLS),
    ],
)
def test_each_thing_a_record_can_lack(facts: RecordFacts, lack: Lack) -> None:
    assert lacks(facts) == [lack]
    assert "{" not in gaps(facts)[0].words


@pytest.mark.parametrize("need", [{"is_missing_now": True}, {"has_urgent_pending": True}])
def test_safety_tonight_is_asked_when_missing_or_urgent(need: dict[str, bool]) -> None:
    assert lacks(a_record(LineKind.SAFETY_TONIGHT)) == []
    assert lacks(a_record(LineKind.SAFETY_TONIGHT, **need)) == [Lack.SAFETY_TONIGHT]


def test_safety_tonight_is_asked_at_the_top_level() -> None:
    facts = RecordFacts(kinds=ALL - {LineKind.SAFETY_TONIGHT}, level=RiskLevel.SIGNIFICANT)
    assert lacks(facts) == [Lack.SAFETY_TONIGHT]


def test_the_third_time_the_child_was_not_heard_needs_a_named_plan() -> None:
    unheard = {"childs_words_reason": True}
    assert lacks(a_record(LineKind.CHILDS_WORDS, not_obtained_running=2, **unheard)) == []
    third = a_record(LineKind.CHILDS_WORDS, not_obtained_running=3, **unheard)
    assert lacks(third) == [Lack.NO_PLAN_TO_HEAR]
    assert gaps(third)[0].words == "The child was not heard 3 times running and nobody is named to change that"
    planned = a_record(LineKind.CHILDS_WORDS, not_obtained_running=3, has_plan_to_hear=True, **unheard)
    assert lacks(planned) == []


def test_nothing_has_changed_stands_at_most_twice_running() -> None:
    assert lacks(a_record(nothing_changed_running=2)) == []
    assert lacks(a_record(nothing_changed_running=3)) == [Lack.NOTHING_AGAIN]


def test_a_place_is_not_asked_what_its_life_is_like() -> None:
    bare = RecordFacts(is_about_child=False, level=RiskLevel.SIGNIFICANT)
    of_a_child = {Lack.SAFETY_TONIGHT, Lack.LIFE_NOW, Lack.CHILDS_WORDS, Lack.WHO_TELLS}
    assert not of_a_child & set(lacks(bare))


def test_reasons_for_the_level_are_asked_only_where_there_is_one() -> None:
    assert lacks(RecordFacts(kinds=ALL - {LineKind.RATIONALE})) == []


def test_the_worst_comes_first() -> None:
    found = lacks(RecordFacts(level=RiskLevel.SIGNIFICANT, uncovered_concerns=2))
    assert found == sorted(found, key=list(Lack).index)
    assert found[:2] == [Lack.SAFETY_TONIGHT, Lack.UNCOVERED]


def test_the_three_worst_records_have_one_line_each() -> None:
    records = {
        "complete": a_record(),
        "no analysis": a_record(LineKind.ANALYSIS),
        "no decision": a_record(LineKind.DECISION),
        "uncovered": a_record(uncovered_concerns=2),
        "uncovered and more": a_record(LineKind.ANALYSIS, LineKind.CHANGED, uncovered_concerns=1),
    }
    assert three_worst(records) == (
        ("uncovered and more", "1 concern with no action and no reason for none, and 2 more"),
        ("uncovered", "2 concerns with no action and no reason for none"),
        ("no decision", "It does not say what the meeting decided"),
    )
    assert three_worst({"complete": a_record()}) == ()
