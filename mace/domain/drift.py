"""Drift: the signs that a plan needs changing, each a rule a chair can say in one sentence (rule 5).

Of plans, never of a child or a person; no score predicts anything. The signs are data (:data:`SIGNS`), what they
find is data (:class:`Finding`), and the words stand in one table (:data:`WORDS`). Days are calendar days.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from mace.domain.area import Area
from mace.domain.ledger import (
    ActionFacts,
    carries,
    days_late,
    history_in_words,
    is_late,
    is_reported,
    is_waiting,
    last_day_on_time,
    late_carries,
    meetings_that_did_not_look,
)
from mace.domain.vocabulary import DriftLevel, RiskLevel, Term
from mace.domain.words import count_of, times


class Sign(Term):
    """What a rule can find, in the order in which it is said."""

    LATE = "late", "Late"
    CARRIED_LATE = "carried_late", "Carried late"
    NO_DATE = "no_date", "No date agreed"
    NOBODY_NAMED = "nobody_named", "Nobody named"
    NOT_LOOKED_AT = "not_looked_at", "Not looked at"
    NO_UPDATE = "no_update", "No update"
    NOT_ACCEPTED = "not_accepted", "Not accepted by its owner"
    DATE_MOVED = "date_moved", "Date moved"
    OWNER_MOVED = "owner_moved", "Owner changed"
    RETYPED = "retyped", "Typed again"
    DATE_TOO_FAR = "date_too_far", "Date too far off"
    SAME_RISK = "same_risk", "Same risk again"
    NO_OPEN_ACTION = "no_open_action", "High risk with no open action"
    PUT_OFF = "put_off", "Put off"
    NO_WORKER = "no_worker", "No present worker"
    RECORD_UNANSWERED = "record_unanswered", "Record unanswered"


WORDS: Mapping[Sign, Callable[[int], str]] = MappingProxyType(
    {
        Sign.LATE: lambda n: f"{count_of(n, 'day')} late",
        Sign.CARRIED_LATE: lambda n: f"Carried late {times(n)}",
        Sign.NO_DATE: lambda n: f"No date agreed; carried {times(n)}" if n else "No date agreed",
        Sign.NOBODY_NAMED: lambda n: "Nobody named to do it",
        Sign.NOT_LOOKED_AT: lambda n: f"{count_of(n, 'meeting')} did not look at it",
        Sign.NO_UPDATE: lambda n: f"No update for {count_of(n, 'day')}",
        Sign.NOT_ACCEPTED: lambda n: f"Not accepted by its owner for {count_of(n, 'day')}",
        Sign.DATE_MOVED: lambda n: f"Date moved {times(n)}",
        Sign.OWNER_MOVED: lambda n: f"Owner changed {times(n)}",
        Sign.RETYPED: lambda n: f"Nearly the same as {count_of(n, 'ended action')}",
        Sign.DATE_TOO_FAR: lambda n: f"First date {count_of(n, 'day')} further off than the level allows",
        Sign.SAME_RISK: lambda n: f"The same risk at {count_of(n, 'review')}: what will we do differently?",
        Sign.NO_OPEN_ACTION: lambda n: "High risk with no open action",
        Sign.PUT_OFF: lambda n: f"Put off {times(n)}",
        Sign.NO_WORKER: lambda n: "No present worker",
        Sign.RECORD_UNANSWERED: lambda n: f"Record not answered for {count_of(n, 'working day')}",
    }
)
"""The one table of words for what a rule found."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign that a plan shows: which, and how much (days, times or meetings)."""

    kind: Sign
    number: int

    @property
    def words(self) -> str:
        """What a screen says."""
        return WORDS[self.kind](self.number)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an action stands today."""

    level: DriftLevel
    findings: tuple[Finding, ...]
    sort_weight: int
    """Lower is worse. Level first, then late carries, then the earliest late line; the same until ``changes_on``."""
    changes_on: date | None
    """The first day on which time alone changes the level or the weight; None if it never does."""
    sentence: str
    """The one that matters most."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each finding in words, in the order in which it is said."""
        return tuple(finding.words for finding in self.findings)


Rule = Callable[[ActionFacts, date, Area], int | None]
"""A rule gives the number it found, or None."""


def late(facts: ActionFacts, today: date, area: Area) -> int | None:
    """It is past its late line, or past a missed chase (days)."""
    return days_late(facts, today) or None


def carried_late(facts: ActionFacts, today: date, area: Area) -> int | None:
    """A meeting carried it past its late line (times)."""
    return late_carries(facts) or None


def no_date(facts: ActionFacts, today: date, area: Area) -> int | None:
    """No date was ever agreed (times carried without one)."""
    return carries(facts) if facts.first_due is None else None


def nobody_named(facts: ActionFacts, today: date, area: Area) -> int | None:
    """Nobody is named to do it."""
    return None if facts.has_owner else 1


def not_looked_at(facts: ActionFacts, today: date, area: Area) -> int | None:
    """A meeting of its series passed without looking at it (meetings)."""
    return meetings_that_did_not_look(facts) or None


def no_update(facts: ActionFacts, today: date, area: Area) -> int | None:
    """Nobody has said anything about it for more than 28 days (days); one that waits is chased instead."""
    if is_waiting(facts) or is_reported(facts):
        return None
    days = (today - _last_heard_on(facts)).days
    return days if days > area.no_update_days else None


def not_accepted(facts: ActionFacts, today: date, area: Area) -> int | None:
    """Its owner has not said yes to it within 7 days (days); nobody was asked about an imported one."""
    if facts.owner_accepted or not facts.has_owner or facts.imported:
        return None
    days = (today - facts.set_on).days
    return days if days > area.not_accepted_days else None


def date_moved(facts: ActionFacts, today: date, area: Area) -> int | None:
    """Its date was moved (times)."""
    return facts.date_moves or None


def owner_moved(facts: ActionFacts, today: date, area: Area) -> int | None:
    """It was handed to somebody else (times)."""
    return facts.owner_changes or None


def retyped(facts: ActionFacts, today: date, area: Area) -> int | None:
    """It is nearly the same as an action of that child that ended (such actions)."""
    return facts.retyped or None


def date_too_far(facts: ActionFacts, today: date, area: Area) -> int | None:
    """Its first date is further off than the level allows and the chair did not say why (days too far)."""
    if facts.first_due is None or facts.has_long_date_reason:
        return None
    excess = (facts.first_due - facts.set_on).days - area.longest_first_date(facts.level)
    return excess if excess > 0 else None


SIGNS: tuple[tuple[Sign, Rule], ...] = (
    (Sign.LATE, late),
    (Sign.CARRIED_LATE, carried_late),
    (Sign.NO_DATE, no_date),
    (Sign.NOBODY_NAMED, nobody_named),
    (Sign.NOT_LOOKED_AT, not_looked_at),
    (Sign.NO_UPDATE, no_update),
    (Sign.NOT_ACCEPTED, not_accepted),
    (Sign.DATE_MOVED, date_moved),
    (Sign.OWNER_MOVED, owner_moved),
    (Sign.RETYPED, retyped),
    (Sign.DATE_TOO_FAR, date_too_far),
)
"""Every sign of an action, in the order in which it is said."""


def signs(facts: ActionFacts, today: date, area: Area) -> tuple[Finding, ...]:
    """What every rule finds; an action that ended shows no drift."""
    if facts.is_ended:
        return ()
    found = ((sign, rule(facts, today, area)) for sign, rule in SIGNS)
    return tuple(Finding(sign, number) for sign, number in found if number is not None)


def level(findings: Iterable[Finding], area: Area | None = None) -> DriftLevel:
    """The worst level any finding reaches by the area's thresholds (rule 5)."""
    reached = (_level_of(finding, area or Area()) for finding in findings)
    return max(reached, key=lambda one: one.rank, default=DriftLevel.ON_TRACK)


def _level_of(finding: Finding, area: Area) -> DriftLevel:
    """Days late and late carries have thresholds, and carries without a date count as late ones; so do reviews
    with the same risk. Any other sign means slipping."""
    number = finding.number
    if finding.kind is Sign.LATE:
        return _by(number, area.slipping_days_late, area.drifting_days_late, area.stuck_days_late)
    if finding.kind is Sign.CARRIED_LATE:
        return _by(number, area.slipping_late_carries, area.drifting_late_carries, area.stuck_late_carries)
    if finding.kind is Sign.NO_DATE:
        return _by(number, 0, area.drifting_late_carries, area.stuck_late_carries)
    if finding.kind is Sign.SAME_RISK:
        return DriftLevel.STUCK
    if finding.kind is Sign.NO_OPEN_ACTION:
        return DriftLevel.DRIFTING
    return DriftLevel.SLIPPING


def _by(number: int, slipping: int, drifting: int, stuck: int) -> DriftLevel:
    if number >= stuck:
        return DriftLevel.STUCK
    if number >= drifting:
        return DriftLevel.DRIFTING
    return DriftLevel.SLIPPING if number >= slipping else DriftLevel.ON_TRACK


ENDED_WEIGHT = 2_000_000_000
_LEVEL_STEP, _CARRY_STEP, _MOST_CARRIES = 100_000_000, 1_000_000, 99


def standing(facts: ActionFacts, today: date, area: Area) -> Standing:
    """How the action stands today, and when time alone will next change that (rule 5)."""
    findings = signs(facts, today, area)
    now = _level_and_weight(facts, findings, today, area)
    return Standing(
        level=now[0],
        findings=findings,
        sort_weight=now[1],
        changes_on=_changes_on(facts, now, today, area),
        sentence=_sentence(facts, findings, today),
    )


def _level_and_weight(
    facts: ActionFacts, findings: tuple[Finding, ...], today: date, area: Area
) -> tuple[DriftLevel, int]:
    if facts.is_ended:
        return DriftLevel.ON_TRACK, ENDED_WEIGHT
    reached = level(findings, area)
    number = carries(facts) if facts.first_due is None else late_carries(facts)
    line = last_day_on_time(facts, today) or facts.late_line
    worse = reached.rank * _LEVEL_STEP + min(number, _MOST_CARRIES) * _CARRY_STEP
    return reached, line.toordinal() - worse


def _changes_on(facts: ActionFacts, now: tuple[DriftLevel, int], today: date, area: Area) -> date | None:
    """The first later day with another level or weight, looked for only where a rule has a boundary."""
    if facts.is_ended:
        return None
    later = sorted(day for day in _boundaries(facts, area) if day > today)
    return next((day for day in later if _level_and_weight(facts, signs(facts, day, area), day, area) != now), None)


def _boundaries(facts: ActionFacts, area: Area) -> set[date]:
    """Every day on which a rule with a clock could begin to say something else."""
    starts = [facts.late_line]
    if facts.waiting is not None:
        starts += [facts.waiting.chase_by, *facts.waiting.promised]
    days_of_lateness = (1, area.slipping_days_late, area.drifting_days_late, area.stuck_days_late)
    days = {start + timedelta(days=number) for start in starts for number in days_of_lateness}
    days.add(_last_heard_on(facts) + timedelta(days=area.no_update_days + 1))
    days.add(facts.set_on + timedelta(days=area.not_accepted_days + 1))
    return days


def _last_heard_on(facts: ActionFacts) -> date:
    return facts.last_update_on or facts.set_on


def _sentence(facts: ActionFacts, findings: tuple[Finding, ...], today: date) -> str:
    """One true sentence: its history where its dates are the trouble, else the first sign found."""
    kinds = {finding.kind for finding in findings}
    if facts.is_ended or kinds & {Sign.LATE, Sign.CARRIED_LATE, Sign.NO_DATE}:
        words = history_in_words(facts, today)
        return f"{words}; nobody named to do it" if Sign.NOBODY_NAMED in kinds else words
    return findings[0].words if findings else DriftLevel.ON_TRACK.label


OFTEN_DAYS = 14
"""Meetings held more often than every 14 days (rule 6)."""


def may_prompt_question(facts: ActionFacts, today: date, cadence_days: int = 28, area: Area | None = None) -> bool:
    """Whether the question appears ready worded: at the second late carry or 28 days late; where meetings are held
    more often than every 14 days, not before 28 days (rule 6).

    Never for what an import counted, until a meeting of this tool has looked; nor for what is reported done, ended
    or waiting with every chase made.
    """
    limits = area or Area()
    if facts.is_ended or is_reported(facts) or not is_late(facts, today):
        return False
    if facts.imported and not facts.confirmed_here:
        return False
    if days_late(facts, today) >= limits.question_days_late:
        return True
    return cadence_days >= OFTEN_DAYS and late_carries(facts) >= limits.question_late_carries


@dataclass(frozen=True, slots=True)
class ChildPlanFacts:
    """What decides whether the plan for a child or a context drifts."""

    level: RiskLevel | None = None
    open_actions: int = 0
    times_put_off: int = 0
    has_present_worker: bool = True
    record_unanswered_working_days: int = 0
    """Working days since the newest record was sent without an answer; 0 when answered."""
    reviews_with_same_risk: int = 0
    """Reviews running at which the same risk stood."""
    said_what_differently: bool = False
    """The meeting answered "what will we do differently?" since: a new action alone does not."""


SAME_RISK_REVIEWS = 3
PUT_OFF_TIMES = 2


def same_risk_again(facts: ChildPlanFacts, area: Area) -> int | None:
    """The same risk stood at three reviews and nobody said what will be done differently (reviews)."""
    asks = facts.reviews_with_same_risk >= SAME_RISK_REVIEWS and not facts.said_what_differently
    return facts.reviews_with_same_risk if asks else None


def high_risk_without_action(facts: ChildPlanFacts, area: Area) -> int | None:
    """The level is the highest and no action is open."""
    return 1 if facts.level is RiskLevel.SIGNIFICANT and facts.open_actions == 0 else None


def put_off_twice(facts: ChildPlanFacts, area: Area) -> int | None:
    """It was put off twice or more (times)."""
    return facts.times_put_off if facts.times_put_off >= PUT_OFF_TIMES else None


def no_present_worker(facts: ChildPlanFacts, area: Area) -> int | None:
    """Nobody who works with the child now is allocated and present."""
    return None if facts.has_present_worker else 1


def record_unanswered(facts: ChildPlanFacts, area: Area) -> int | None:
    """The newest record is unanswered past the day it is chased (working days)."""
    days = facts.record_unanswered_working_days
    return days if days > area.record_chase_working_days else None


PlanRule = Callable[[ChildPlanFacts, Area], int | None]
PLAN_SIGNS: tuple[tuple[Sign, PlanRule], ...] = (
    (Sign.SAME_RISK, same_risk_again),
    (Sign.NO_OPEN_ACTION, high_risk_without_action),
    (Sign.PUT_OFF, put_off_twice),
    (Sign.NO_WORKER, no_present_worker),
    (Sign.RECORD_UNANSWERED, record_unanswered),
)
"""Every sign of a plan for a child or a context."""


def plan_signs(facts: ChildPlanFacts, area: Area | None = None) -> tuple[Finding, ...]:
    """What every rule finds about the plan for a child or a context (rule 5)."""
    found = ((sign, rule(facts, area or Area())) for sign, rule in PLAN_SIGNS)
    return tuple(Finding(sign, number) for sign, number in found if number is not None)
