"""Rule 4: an action that waits on somebody else."""

from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.area import Area
from mace.domain.words import times


@dataclass(frozen=True, slots=True)
class WaitingFacts:
    """What an action waits on now."""

    body: str
    began_on: date
    asked_on: date
    answer_expected_on: date
    chase_by: date
    """The day by which somebody must chase next."""
    chases: tuple[date, ...] = ()


def latest_chase_by(day: date, area: Area) -> date:
    """The furthest the next chase may lie ahead (rule 4: within 28 days)."""
    return day + timedelta(days=area.chase_within_days)


def missed_chase_on(waiting: WaitingFacts, today: date) -> date | None:
    """The first day on which the chase is missed, once that day has come: from it the action is late."""
    missed = waiting.chase_by + timedelta(days=1)
    return missed if today >= missed else None


def waiting_in_words(waiting: WaitingFacts, today: date) -> str:
    """ "Waiting 74 days on CAMHS, chased 3 times"."""
    days = (today - waiting.began_on).days
    chased = f"chased {times(len(waiting.chases))}" if waiting.chases else "not yet chased"
    return f"Waiting {days} {'day' if days == 1 else 'days'} on {waiting.body}, {chased}"
