"""How an agenda builds itself, and whether a room is quorate (rule 1, ``practice.md`` 1.5 and 1.8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.vocabulary import AgencyKind, Because, DriftLevel, RiskLevel, SubjectKind, Tier
from mace.domain.words import count_of, day_words, full_day


@dataclass(frozen=True, slots=True)
class Quorum:
    """What is stamped on an item when it closes. It never holds a release back (rule 8)."""

    is_quorate: bool
    words: str


def quorum(present: Collection[str], required: Collection[str]) -> Quorum:
    """Quorate when everybody required is in the room for this item; agency names, or kinds (rule 1)."""
    missing = sorted(_name(one) for one in set(required) - set(present))
    if missing:
        return Quorum(False, f"Not quorate: {', '.join(missing)} not in the room")
    return Quorum(True, "Quorate" if required else "Quorate: this meeting requires no one agency")


def _name(one: str) -> str:
    return one.label if isinstance(one, AgencyKind) else one


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What decides whether and why a subject stands on the next agenda."""

    kind: SubjectKind
    is_new: bool = False
    """Never discussed at a meeting of this series, and not imported from an earlier list."""
    late_actions: int = 0
    worst_drift: DriftLevel = DriftLevel.ON_TRACK
    reported_done: int = 0
    unconfirmed_imports: int = 0
    """Imported actions that no meeting here has looked at yet."""
    first_look_due: bool = False
    """Imported, and never discussed at a meeting here: without this it would be forgotten."""
    next_review_on: date | None = None
    put_off_last_time: bool = False
    exit_proposed: bool = False
    level: RiskLevel | None = None
    open_actions: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a subject stands on an agenda, with the number or the day it speaks of."""

    because: Because
    number: int = 0
    day: date | None = None


def reasons(facts: SubjectFacts, meeting_on: date) -> tuple[Reason, ...]:
    """Every reason to discuss this subject on that day, weightiest first; none means it is not due."""
    drifting = facts.worst_drift.rank >= DriftLevel.DRIFTING.rank
    found = (
        (facts.put_off_last_time, Reason(Because.PUT_OFF)),
        (facts.is_new, Reason(Because.NEW)),
        (drifting, Reason(Because.DRIFT)),
        (facts.late_actions > 0, Reason(Because.LATE_ACTIONS, facts.late_actions)),
        (facts.unconfirmed_imports > 0 or facts.first_look_due, Reason(Because.IMPORTED, facts.unconfirmed_imports)),
        (facts.reported_done > 0, Reason(Because.REPORTED_DONE, facts.reported_done)),
        (facts.exit_proposed, Reason(Because.EXIT)),
        (_is_review_due(facts, meeting_on), Reason(_review_kind(facts), day=facts.next_review_on)),
    )
    return tuple(reason for holds, reason in found if holds)


def _is_review_due(facts: SubjectFacts, meeting_on: date) -> bool:
    return facts.next_review_on is not None and facts.next_review_on <= meeting_on


def _review_kind(facts: SubjectFacts) -> Because:
    return Because.REVIEW_DUE if facts.kind is SubjectKind.CHILD else Because.CONTEXT_DUE


def reason_words(reason: Reason, today: date | None = None) -> str:
    """The reason as the agenda shows it; a day has its year unless ``today`` says that it is this one."""
    match reason.because:
        case Because.LATE_ACTIONS:
            return f"{count_of(reason.number, 'action')} late"
        case Because.REPORTED_DONE:
            return f"{count_of(reason.number, 'action')} reported done, to accept"
        case Because.IMPORTED if reason.number:
            return f"{count_of(reason.number, 'action')} from the spreadsheet to look at once"
        case Because.REVIEW_DUE | Because.CONTEXT_DUE if reason.day is not None:
            return f"Review due {day_words(reason.day, today) if today else full_day(reason.day)}"
        case _:
            return reason.because.label


def tier(facts: SubjectFacts, found: tuple[Reason, ...]) -> Tier:
    """Full for what is new, drifting, put off, proposed to leave or at the highest level; on paper where nothing
    but a review is due at the lowest level; a short review otherwise."""
    kinds = {reason.because for reason in found}
    if kinds & {Because.NEW, Because.DRIFT, Because.PUT_OFF, Because.EXIT}:
        return Tier.FULL
    if facts.level is RiskLevel.SIGNIFICANT:
        return Tier.FULL
    if kinds <= {Because.REVIEW_DUE, Because.CONTEXT_DUE} and facts.level is RiskLevel.EMERGING:
        return Tier.ON_PAPER
    return Tier.REVIEW


def order_key(facts: SubjectFacts, found: tuple[Reason, ...]) -> tuple[int, int, int, int, int]:
    """Sorts an agenda, smallest first: children before contexts, put off before others, then the worst drift, the
    most late actions, the highest level."""
    put_off = any(reason.because is Because.PUT_OFF for reason in found)
    return (
        int(facts.kind is not SubjectKind.CHILD),
        int(not put_off),
        -facts.worst_drift.rank,
        -facts.late_actions,
        -facts.level.rank if facts.level is not None else 1,
    )


def next_date(last: date, cadence_days: int, today: date | None = None) -> date:
    """The next day in the series' rhythm, in calendar days; not in the past where ``today`` is given."""
    if cadence_days < 1:
        raise ValueError(f"cadence_days is {cadence_days}: it must be 1 or more")
    day = last + timedelta(days=cadence_days)
    if today is not None and day < today:
        day += timedelta(days=-(-(today - day).days // cadence_days) * cadence_days)
    return day
