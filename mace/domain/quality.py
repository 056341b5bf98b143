"""What a record still lacks, in one plain line each (rule 10). Nothing here holds a release back."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from mace.domain.vocabulary import LineKind, RiskLevel, Term
from mace.domain.words import count_of

Key = TypeVar("Key")

NOTHING_CHANGED_MOST = 2
"""How often running "nothing has changed" may stand."""
NOT_OBTAINED_NEEDS_PLAN = 3
"""The "not obtained" that needs a named plan."""


class Lack(Term):
    """What a record can lack, worst first."""

    SAFETY_TONIGHT = "safety_tonight", "It does not say what keeps the child safe tonight"
    UNCOVERED = "uncovered", "{n} with no action and no reason for none"
    WORRY = "worry", "It does not say what we are worried about"
    DECISION = "decision", "It does not say what the meeting decided"
    CONTINGENCY = "contingency", "It does not say what happens if the plan fails"
    LIFE_NOW = "life_now", "It does not say what life is like for the child"
    CHILDS_WORDS = "childs_words", "It has neither the child’s words nor why not"
    NO_PLAN_TO_HEAR = "no_plan_to_hear", "The child was not heard {n} running and nobody is named to change that"
    WORRY_PARTS = "worry_parts", "The worry does not say who, what, where, when and from whom"
    CHANGED = "changed", "It does not say what has changed, or who was asked"
    NOTHING_AGAIN = "nothing_again", "“Nothing has changed” {n} running"
    ANALYSIS = "analysis", "It does not say what this means"
    RATIONALE = "rationale", "It gives no reasons for the level"
    WHO_TELLS = "who_tells", "It does not say who tells the child, parents and referrer, and by when"


COUNTED: Mapping[Lack, tuple[str, str]] = MappingProxyType(
    {
        Lack.UNCOVERED: ("concern", "concerns"),
        Lack.NO_PLAN_TO_HEAR: ("time", "times"),
        Lack.NOTHING_AGAIN: ("time", "times"),
    }
)
"""The noun that goes with the number of a lack that has one."""


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """What decides whether the record of one item is good enough."""

    kinds: frozenset[LineKind] = frozenset()
    """The kinds of line the record has, each with something said."""
    level: RiskLevel | None = None
    is_about_child: bool = True
    """The lines about a child's own life are not asked of a place, group or theme."""
    is_missing_now: bool = False
    has_urgent_pending: bool = False
    uncovered_concerns: int = 0
    """Live concerns with neither an open action nor a reasoned none."""
    worry_is_complete: bool = True
    """It says who, what, where, when and the source."""
    childs_words_reason: bool = False
    """It says why the child's words were not obtained."""
    not_obtained_running: int = 0
    """Reviews running without the child's words, this one included."""
    has_plan_to_hear: bool = False
    """A named person has a plan to hear the child."""
    nothing_changed_running: int = 0
    """Reviews running that say nothing has changed, this one included."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing a record lacks."""

    lack: Lack
    number: int = 0

    @property
    def words(self) -> str:
        """One plain line."""
        counted = COUNTED.get(self.lack)
        return self.lack.label.format(n=count_of(self.number, *counted)) if counted else self.lack.label


def needs_safety_tonight(facts: RecordFacts) -> bool:
    """At the top level, missing, or with anything urgent pending (rule 10)."""
    at_risk = facts.level is RiskLevel.SIGNIFICANT or facts.is_missing_now or facts.has_urgent_pending
    return facts.is_about_child and at_risk


def needs_plan_to_hear(facts: RecordFacts) -> bool:
    """The third review running without the child's words needs a named plan (rule 10)."""
    return facts.not_obtained_running >= NOT_OBTAINED_NEEDS_PLAN and not facts.has_plan_to_hear


def says_nothing_changed_too_often(facts: RecordFacts) -> bool:
    """ "Nothing since …, checked with …" may stand at most twice running (rule 10)."""
    return facts.nothing_changed_running > NOTHING_CHANGED_MOST


_NOTHING = re.compile(
    r"(?:no (?:changes?|updates?|news)|unchanged|as before|same as (?:before|last time))\b"
    r"|(?:nothing|none|nil)(?:\s*$|\s*[.,;:])"
    r"|nothing (?:since|new|changed|has changed|different|further|more|to report|known)\b"
)


def says_nothing_changed(words: str) -> bool:
    """Whether a line about what changed says that nothing did: "Nothing since 4 March, checked with …" (rule 10).

    "None of the men has come back" is news.
    """
    return _NOTHING.match(words.strip().casefold()) is not None


def gaps(facts: RecordFacts) -> tuple[Gap, ...]:
    """Everything the record lacks, worst first (rule 10)."""
    lacks = {kind for kind in LineKind if kind not in facts.kinds}
    of_child = facts.is_about_child
    unheard = of_child and LineKind.CHILDS_WORDS in lacks
    found = (
        (needs_safety_tonight(facts) and LineKind.SAFETY_TONIGHT in lacks, Gap(Lack.SAFETY_TONIGHT)),
        (facts.uncovered_concerns > 0, Gap(Lack.UNCOVERED, facts.uncovered_concerns)),
        (LineKind.WORRY in lacks, Gap(Lack.WORRY)),
        (LineKind.DECISION in lacks, Gap(Lack.DECISION)),
        (LineKind.CONTINGENCY in lacks, Gap(Lack.CONTINGENCY)),
        (of_child and LineKind.LIFE_NOW in lacks, Gap(Lack.LIFE_NOW)),
        (unheard and not facts.childs_words_reason, Gap(Lack.CHILDS_WORDS)),
        (unheard and needs_plan_to_hear(facts), Gap(Lack.NO_PLAN_TO_HEAR, facts.not_obtained_running)),
        (LineKind.WORRY not in lacks and not facts.worry_is_complete, Gap(Lack.WORRY_PARTS)),
        (LineKind.CHANGED in lacks, Gap(Lack.CHANGED)),
        (says_nothing_changed_too_often(facts), Gap(Lack.NOTHING_AGAIN, facts.nothing_changed_running)),
        (LineKind.ANALYSIS in lacks, Gap(Lack.ANALYSIS)),
        (facts.level is not None and LineKind.RATIONALE in lacks, Gap(Lack.RATIONALE)),
        (of_child and LineKind.WHO_TELLS in lacks, Gap(Lack.WHO_TELLS)),
    )
    return tuple(gap for holds, gap in found if holds)


def one_line(found: tuple[Gap, ...]) -> str:
    """The worst gap and how many more: "It does not say …, and 3 more"."""
    if not found:
        return "Nothing missing"
    more = len(found) - 1
    return f"{found[0].words}, and {more} more" if more else found[0].words


def three_worst(records: Mapping[Key, RecordFacts], most: int = 3) -> tuple[tuple[Key, str], ...]:
    """The three worst records, one line each; a record that lacks nothing is never among them (rule 10)."""
    lacking = [(key, found) for key, facts in records.items() if (found := gaps(facts))]
    lacking.sort(key=lambda pair: _badness(pair[1]))
    return tuple((key, one_line(found)) for key, found in lacking[:most])


def _badness(found: tuple[Gap, ...]) -> tuple[int, int]:
    """The weight of the worst gap, then how many there are; smaller is worse."""
    return list(Lack).index(found[0].lack), -len(found)
