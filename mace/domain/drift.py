"""Rule 5: signs that a plan needs changing. Of plans, never of a child or a person; no predictive score, ever.

Each sign is one named rule that a chair can say in one sentence. The list of rules is data, a finding is data, and the
words live in :data:`SENTENCES` alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mace.domain.area import Area
from mace.domain.ledger import (
    ActionFacts,
    carries,
    days_late,
    days_since_first_date,
    is_late,
    late_carries,
    meetings_that_did_not_look,
)
from mace.domain.vocabulary import ActionState, DriftLevel


class Sign(StrEnum):
    """The kinds of finding."""

    LATE = "late"
    CARRIED_LATE = "carried_late"
    NO_DATE = "no_date"
    NOBODY_NAMED = "nobody_named"
    DATE_MOVED = "date_moved"
    OWNER_MOVED = "owner_moved"
    NO_UPDATE = "no_update"
    NOT_ACCEPTED = "not_accepted"
    NOT_LOOKED_AT = "not_looked_at"
    DATE_TOO_FAR = "date_too_far"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign with its number: days, times or meetings, as the sign says."""

    sign: Sign
    number: int = 1


SENTENCES: dict[Sign, tuple[str, str]] = {
    Sign.LATE: ("It is 1 day past its date.", "It is {n} days past its date."),
    Sign.CARRIED_LATE: ("It was carried past its date once.", "It was carried past its date {n} times."),
    Sign.NO_DATE: ("No date was ever agreed.", "No date was ever agreed, and it was carried {n} times."),
    Sign.NOBODY_NAMED: ("No one person owns it.", "No one person owns it."),
    Sign.DATE_MOVED: ("Its date was moved once.", "Its date was moved {n} times."),
    Sign.OWNER_MOVED: ("Its owner changed once.", "Its owner changed {n} times."),
    Sign.NO_UPDATE: ("There has been no update for 1 day.", "There has been no update for {n} days."),
    Sign.NOT_ACCEPTED: ("Its owner has not accepted it yet.", "Its owner has not accepted it yet."),
    Sign.NOT_LOOKED_AT: ("1 meeting did not look at it.", "{n} meetings did not look at it."),
    Sign.DATE_TOO_FAR: ("Its first date was further off than agreed.", "Its first date was {n} days too far off."),
}


def sentence(finding: Finding) -> str:
    """The finding as a chair would say it."""
    one, many = SENTENCES[finding.sign]
    return one if finding.number == 1 else many.format(n=finding.number)


def late(facts: ActionFacts, today: date, area: Area) -> int:
    """Days past the late line."""
    return days_late(facts, today)


def carried_late(facts: ActionFacts, today: date, area: Area) -> int:
    """Times carried past the late line."""
    return late_carries(facts)


def no_date(facts: ActionFacts, today: date, area: Area) -> int:
    """No date was agreed; the number is how often it was carried so, at least 1."""
    return max(1, carries(facts)) if facts.first_due is None else 0


def nobody_named(facts: ActionFacts, today: date, area: Area) -> int:
    """No one person owns it (only an imported action can be so)."""
    return int(not facts.has_owner)


def date_moved(facts: ActionFacts, today: date, area: Area) -> int:
    """Times its date was moved."""
    return facts.date_moves


def owner_moved(facts: ActionFacts, today: date, area: Area) -> int:
    """Times its owner changed."""
    return facts.owner_changes


def no_update(facts: ActionFacts, today: date, area: Area) -> int:
    """Days without an update, once there have been more than the area allows."""
    silent = (today - (facts.last_update_on or facts.set_on)).days
    return silent if silent > area.no_update_days else 0


def not_accepted(facts: ActionFacts, today: date, area: Area) -> int:
    """Its owner was not in the room and has not accepted it."""
    return int(not facts.owner_accepted and not facts.imported)


def not_looked_at(facts: ActionFacts, today: date, area: Area) -> int:
    """Meetings held since it was set that have no line for it."""
    return meetings_that_did_not_look(facts)


def date_too_far(facts: ActionFacts, today: date, area: Area) -> int:
    """Days by which its first date lay beyond the limit for the level, unless the chair recorded why."""
    if facts.first_due is None or facts.has_long_date_reason or facts.imported:
        return 0
    return max(0, (facts.first_due - facts.set_on).days - area.longest_first_date(facts.level))


Rule = Callable[[ActionFacts, date, Area], int]
SIGNS: tuple[tuple[Sign, Rule], ...] = (
    (Sign.CARRIED_LATE, carried_late),
    (Sign.LATE, late),
    (Sign.NO_DATE, no_date),
    (Sign.NOBODY_NAMED, nobody_named),
    (Sign.NOT_LOOKED_AT, not_looked_at),
    (Sign.DATE_MOVED, date_moved),
    (Sign.OWNER_MOVED, owner_moved),
    (Sign.NO_UPDATE, no_update),
    (Sign.NOT_ACCEPTED, not_accepted),
    (Sign.DATE_TOO_FAR, date_too_far),
)


def signs(facts: ActionFacts, today: date, area: Area) -> tuple[Finding, ...]:
    """Every sign that shows today, in the order a chair would want them. None once the action has ended."""
    if facts.ended_on is not None:
        return ()
    counted = ((sign, rule(facts, today, area)) for sign, rule in SIGNS)
    return tuple(Finding(sign, number) for sign, number in counted if number)


def level(findings: tuple[Finding, ...], area: Area) -> DriftLevel:
    """The one table from signs to level.

    ============================================  ==========
    carried late 3 times, or 56 days late          plan needs changing
    carried late twice, 28 days late, or no date
    agreed and carried 3 times                     drifting
    any other sign                                 slipping
    none                                           on track
    ============================================  ==========
    """
    number = {finding.sign: finding.number for finding in findings}
    late_carried, days = number.get(Sign.CARRIED_LATE, 0), number.get(Sign.LATE, 0)
    undated = number.get(Sign.NO_DATE, 0)
    if late_carried >= area.stuck_late_carries or days >= area.stuck_days_late or undated >= 5:
        return DriftLevel.STUCK
    if late_carried >= area.stuck_late_carries - 1 or days >= area.drifting_days_late or undated >= 3:
        return DriftLevel.DRIFTING
    return DriftLevel.SLIPPING if findings else DriftLevel.ON_TRACK


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an action stands today: what is stored beside it and shown of it."""

    level: DriftLevel
    findings: tuple[Finding, ...]
    sort_weight: int
    """Lower is worse."""
    changes_on: date | None
    """The first day after today on which time alone could change it; None once ended."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """Each finding in words."""
        return tuple(sentence(finding) for finding in self.findings)


ENDED = 1_000_000


def standing(facts: ActionFacts, today: date, area: Area) -> Standing:
    """The level, signs and place in the list of an action today."""
    findings = signs(facts, today, area)
    found = level(findings, area)
    if facts.ended_on is not None:
        return Standing(DriftLevel.ON_TRACK, (), ENDED, None)
    carried = late_carries(facts) or (carries(facts) if facts.first_due is None else 0)
    days = days_since_first_date(facts, today) if is_late(facts, today) else 0
    weight = -(found.rank * 100_000 + min(carried, 90) * 1_000 + min(days, 999))
    return Standing(found, findings, weight, today + timedelta(days=1) if _moves_daily(facts) else None)


def _moves_daily(facts: ActionFacts) -> bool:
    """Every unfinished action can change from one day to the next: late days and silence are counted in days."""
    return facts.state is not ActionState.DONE


QUESTION_LATE_CARRIES = 2
QUESTION_DAYS_LATE = 28


def may_prompt_question(facts: ActionFacts, today: date, *, often: bool = False) -> bool:
    """Whether the ready-worded question appears (rule 6): at the second late carry or 28 days late; where meetings
    are more often than fortnightly not before 28 days. Imported carries prompt nothing until a meeting here has
    looked once."""
    if facts.ended_on is not None or not facts.confirmed_here:
        return False
    days = days_late(facts, today)
    here = sum(line.carried_late and not line.imported for line in facts.lines)
    return days >= QUESTION_DAYS_LATE or (here >= QUESTION_LATE_CARRIES and not often)
