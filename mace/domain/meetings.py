"""How an agenda builds itself, and whether a room is quorate (rule 1, ``practice.md`` 1.5, 1.8)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.vocabulary import Because, DriftLevel, RiskLevel, SubjectKind, Tier
from mace.domain.words import count_of, day_words


@dataclass(frozen=True, slots=True)
class Quorum:
    """What is stamped on an item when it closes."""

    is_quorate: bool
    words: str


def quorum(present: Collection[str], required: Collection[str]) -> Quorum:
    """Quorate when every required agency is in the room. Names in, a sentence out."""
    missing = sorted(set(required) - set(present))
    if missing:
        return Quorum(False, f"Not quorate: {', '.join(missing)} not in the room")
    return Quorum(True, "Quorate" if required else "Quorate: this meeting requires no one agency")


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What decides whether and why a subject stands on the next agenda."""

    kind: SubjectKind
    is_new: bool = False
    """Never discussed at a meeting of this series."""
    late_actions: int = 0
    worst_drift: DriftLevel = DriftLevel.ON_TRACK
    reported_done: int = 0
    unconfirmed: int = 0
    """Imported actions that no meeting here has looked at yet."""
    next_review_on: date | None = None
    put_off_last_time: bool = False
    exit_proposed: bool = False
    level: RiskLevel | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a subject stands on an agenda."""

    because: Because
    number: int = 0
    day: date | None = None


def reasons(facts: SubjectFacts, meeting_on: date) -> tuple[Reason, ...]:
    """Every reason to discuss this subject at a meeting on that day; none means it is not due."""
    found = [
        Reason(Because.PUT_OFF) if facts.put_off_last_time else None,
        Reason(Because.NEW) if facts.is_new and not facts.imported else None,
        Reason(Because.IMPORTED, facts.unconfirmed) if facts.unconfirmed else None,
        Reason(Because.LATE_ACTIONS, facts.late_actions) if facts.late_actions else None,
        Reason(Because.DRIFT) if facts.worst_drift.rank >= DriftLevel.DRIFTING.rank else None,
        Reason(Because.REPORTED_DONE, facts.reported_done) if facts.reported_done else None,
        Reason(Because.EXIT) if facts.exit_proposed else None,
        _review(facts, meeting_on),
    ]
    return tuple(reason for reason in found if reason is not None)


def _review(facts: SubjectFacts, meeting_on: date) -> Reason | None:
    if facts.next_review_on is None or facts.next_review_on > meeting_on:
        return None
    due = Because.REVIEW_DUE if facts.kind is SubjectKind.CHILD else Because.CONTEXT_DUE
    return Reason(due, day=facts.next_review_on)


def reason_words(reason: Reason, today: date) -> str:
    """The reason as the agenda shows it."""
    match reason.because:
        case Because.LATE_ACTIONS:
            return f"{count_of(reason.number, 'action')} late"
        case Because.REPORTED_DONE:
            return f"{count_of(reason.number, 'action')} reported done, to accept"
        case Because.IMPORTED:
            return f"{count_of(reason.number, 'action')} from the spreadsheet to look at once"
        case Because.REVIEW_DUE | Because.CONTEXT_DUE if reason.day is not None:
            return f"Review due {day_words(reason.day, today)}"
        case _:
            return reason.because.label


def tier(facts: SubjectFacts, found: tuple[Reason, ...]) -> Tier:
    """Full for what is new, drifting, put off or at the highest level; on paper where only a review in date is due
    and nothing is late; a short review otherwise."""
    kinds = {reason.because for reason in found}
    if kinds & {Because.NEW, Because.DRIFT, Because.PUT_OFF} or facts.level is RiskLevel.SIGNIFICANT:
        return Tier.FULL
    if kinds <= {Because.REVIEW_DUE, Because.CONTEXT_DUE} and facts.level is RiskLevel.EMERGING:
        return Tier.ON_PAPER
    return Tier.REVIEW


def order_key(facts: SubjectFacts, found: tuple[Reason, ...]) -> tuple[int, int, int]:
    """Worst first: put off, then drift, then late actions; children before contexts."""
    put_off = any(reason.because is Because.PUT_OFF for reason in found)
    return (
        int(facts.kind is not SubjectKind.CHILD),
        -(10 * put_off + facts.worst_drift.rank),
        -facts.late_actions,
    )


def next_date(last: date, cadence_days: int, today: date) -> date:
    """The next day in the series' rhythm that is not in the past."""
    day = last + timedelta(days=cadence_days)
    while day < today:
        day += timedelta(days=cadence_days)
    return day
