"""Waiting on somebody: accepted by the meeting, chased by a named person, never a way to stop the clock (rule 4)."""

from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.area import Area
from mace.domain.words import count_of, day_words, times

REVIEWS_BEFORE_ANOTHER_WAY = 3
"""At this review the meeting records another way to protect the child (rule 4)."""


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """What an action waits on, as it stands."""

    body: str
    began_on: date
    """The day the meeting accepted it."""
    asked_on: date
    answer_expected_on: date
    chase_by: date
    """The day by which the next chase is promised now: each chase promises the next."""
    chases: tuple[date, ...] = ()
    """The days somebody chased, oldest first."""
    is_member_agency: bool = False
    """A body outside the partnership has no lead here whom the question could go to."""
    promised: tuple[date, ...] = ()
    """The promised day that each of ``chases`` answered, in the same order, where known."""
    chased_before: int = 0
    """Chases made before a meeting accepted the same wait again: that resets nothing."""


def missed_chase_on(waiting: WaitingFacts, today: date) -> date | None:
    """The first day a promised chase was missed, the day after it was promised, or None (rule 4).

    A chase that came late does not undo the miss.
    """
    for promised, chased in zip(waiting.promised, waiting.chases, strict=False):
        if chased > promised:
            return promised + timedelta(days=1)
    if today > waiting.chase_by and waiting.chase_by not in waiting.chases:
        return waiting.chase_by + timedelta(days=1)
    return None


def latest_chase_by(from_day: date, area: Area) -> date:
    """The furthest day the next chase may be promised for: 28 calendar days unless the area set fewer (rule 4)."""
    return from_day + timedelta(days=area.chase_within_days)


def began(waiting: WaitingFacts) -> date:
    """The day the body was first asked; accepting it again at a meeting resets nothing (rule 4)."""
    return min(waiting.asked_on, waiting.began_on)


def times_chased(waiting: WaitingFacts) -> int:
    """How often anybody chased, however often the wait was accepted (rule 4)."""
    return waiting.chased_before + len(waiting.chases)


def days_waiting(waiting: WaitingFacts, today: date) -> int:
    """Calendar days since the body was first asked (rule 4)."""
    return max(0, (today - began(waiting)).days)


def is_answer_overdue(waiting: WaitingFacts, today: date) -> bool:
    """True from the day after the answer was expected (rule 4)."""
    return today > waiting.answer_expected_on


def is_blocker(waiting: WaitingFacts) -> bool:
    """A body outside the partnership joins the blockers the executive must answer; a member's lead gets the
    question instead (rule 4)."""
    return not waiting.is_member_agency


def needs_another_way(reviews_while_waiting: int) -> bool:
    """At the third review the meeting records another way to protect the child (rule 4)."""
    return reviews_while_waiting >= REVIEWS_BEFORE_ANOTHER_WAY


def waiting_in_words(waiting: WaitingFacts, today: date) -> str:
    """ "Waiting 74 days on CAMHS, chased 3 times", and the chase that was missed (rule 4)."""
    missed = missed_chase_on(waiting, today)
    return wait_in_words(waiting.body, began(waiting), times_chased(waiting), missed, today)


def wait_in_words(body: str, since: date, chased: int, missed: date | None, today: date) -> str:
    """The same words from what is stored: the body, since when, how often chased, the day after a missed chase."""
    how = f"chased {times(chased)}" if chased else "not chased yet"
    words = f"Waiting {count_of(max(0, (today - since).days), 'day')} on {body}, {how}"
    return words if missed is None else f"{words}; no chase by {day_words(missed - timedelta(days=1), today)}"
