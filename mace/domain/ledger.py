"""Rule 3, the carry ledger: when an action is late, what counts as a carry, and its history in words.

Everything here is counted from lines that are written once. Moving the date, changing the owner, rewording, putting
the child off or cancelling a meeting resets nothing, because nothing here reads those things.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.area import Area
from mace.domain.vocabulary import ActionState, Decision, RiskLevel
from mace.domain.waiting import WaitingFacts, missed_chase_on, waiting_in_words
from mace.domain.words import count_of, day_words, times


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One look of one meeting of the owning series at an unfinished action."""

    meeting_on: date
    decision: Decision
    carried_late: bool
    """Decided when the line was written, by :func:`would_carry_late`."""
    imported: bool = False


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """All that rules about one action may know."""

    set_on: date
    first_due: date | None
    due: date | None
    late_line: date
    state: ActionState = ActionState.OPEN
    ended_on: date | None = None
    reported_done_on: date | None = None
    """The day the owner says it was done; set while a report stands, also through a long acceptance."""
    waiting: WaitingFacts | None = None
    lines: tuple[LedgerLine, ...] = ()
    meetings_held: tuple[date, ...] = ()
    """Days on which the owning series met after the action was set."""
    owner_changes: int = 0
    date_moves: int = 0
    last_update_on: date | None = None
    has_owner: bool = True
    owner_accepted: bool = True
    imported: bool = False
    confirmed_here: bool = True
    """False for an imported action until a meeting of this tool has looked at it once."""
    level: RiskLevel | None = None
    has_long_date_reason: bool = False


def late_line(
    set_on: date,
    first_due: date | None,
    next_meeting_on: date | None,
    level: RiskLevel | None,
    area: Area,
    *,
    has_long_date_reason: bool = False,
) -> date:
    """The day after which the action is late, fixed on the day it is set.

    The first agreed date, no further off than the limit for the risk level unless the chair records why. Where none
    was agreed: the child's next meeting as planned that day, or 28 days on, whichever is sooner.
    """
    if first_due is None:
        latest = set_on + timedelta(days=area.late_without_date_days)
        return min(latest, next_meeting_on) if next_meeting_on and next_meeting_on > set_on else latest
    if has_long_date_reason:
        return first_due
    return min(first_due, set_on + timedelta(days=area.longest_first_date(level)))


def reported_in_time(facts: ActionFacts) -> bool:
    """Reported done on or before its date is never late, however long the meeting takes to accept it."""
    return facts.reported_done_on is not None and facts.reported_done_on <= facts.late_line


def late_from(facts: ActionFacts, today: date) -> date | None:
    """The first day on which the action was late, or None while it is not.

    While it waits with its chases kept, it is not late; a missed chase makes it late from that day.
    """
    first = facts.late_line + timedelta(days=1)
    if facts.ended_on is not None or reported_in_time(facts) or today < first:
        return None
    if facts.waiting is not None:
        missed = missed_chase_on(facts.waiting, today)
        return max(missed, first) if missed else None
    return first


def is_late(facts: ActionFacts, today: date) -> bool:
    """Past its late line, unfinished, not reported done in time, not waiting with its chases kept."""
    return late_from(facts, today) is not None


def days_late(facts: ActionFacts, today: date) -> int:
    """Whole days since the last day on which it was in time; 0 while it is not late."""
    start = late_from(facts, today)
    return (today - start).days + 1 if start else 0


def days_since_first_date(facts: ActionFacts, today: date) -> int:
    """Days since the first agreed date (or the late line where none was agreed). Nothing stops this count, not even
    waiting; the end of the action fixes it."""
    upto = min(today, facts.ended_on) if facts.ended_on else today
    return max(0, (upto - (facts.first_due or facts.late_line)).days)


def is_carry(decision: Decision) -> bool:
    """Every line that leaves the action open, whatever else it changes."""
    return decision.leaves_open


def would_carry_late(facts: ActionFacts, meeting_on: date, decision: Decision) -> bool:
    """Whether a line written now carries the action past its late line.

    *Waiting on* counts only after a missed chase; a report in time is never carried late, and once it is refused the
    first clock runs again.
    """
    if not is_carry(decision) or meeting_on <= facts.late_line:
        return False
    if reported_in_time(facts) and decision is not Decision.REFUSED_DONE:
        return False
    if decision is Decision.WAITING_ON and facts.waiting is not None:
        return missed_chase_on(facts.waiting, meeting_on) is not None
    return decision is not Decision.WAITING_ON


def carries(facts: ActionFacts) -> int:
    """Lines that left the action open."""
    return sum(is_carry(line.decision) for line in facts.lines)


def late_carries(facts: ActionFacts) -> int:
    """Lines that carried it past its late line."""
    return sum(line.carried_late for line in facts.lines)


def meetings_since(facts: ActionFacts) -> int:
    """Meetings of the owning series held since it was set."""
    return sum(day > facts.set_on for day in facts.meetings_held)


def meetings_that_did_not_look(facts: ActionFacts) -> int:
    """Meetings held since it was set that have no line for it."""
    looked = {line.meeting_on for line in facts.lines}
    return sum(day > facts.set_on and day not in looked for day in facts.meetings_held)


def may_be_noted_in_one_act(facts: ActionFacts, meeting_on: date, last_meeting_on: date | None) -> bool:
    """In date, with an update since the last meeting: such actions are noted together."""
    if is_late(facts, meeting_on) or facts.state in (ActionState.REPORTED_DONE, ActionState.WAITING_ON):
        return False
    if facts.last_update_on is None or not facts.confirmed_here:
        return False
    return last_meeting_on is None or facts.last_update_on > last_meeting_on


def ended_unfinished_after(facts: ActionFacts) -> int | None:
    """Late carries an action had when it ended without being done: it counts for good. None when it was done,
    or was never carried late."""
    if facts.ended_on is None or facts.state is ActionState.DONE:
        return None
    return late_carries(facts) or None


def history_in_words(facts: ActionFacts, today: date) -> str:
    """The sentence a chair can say: "Carried late 3 times; 74 days past its first date (4 March)"."""
    if facts.waiting is not None and facts.ended_on is None:
        return waiting_in_words(facts.waiting, today) + _past_first_date(facts, today, "; ")
    if facts.first_due is None:
        return _without_date(facts, today)
    late, all_carries = late_carries(facts), carries(facts)
    if late:
        return f"Carried late {times(late)}" + _past_first_date(facts, today, "; ") + _before_this_tool(facts)
    past = _past_first_date(facts, today, "")
    if past and is_late(facts, today):
        return past[0].upper() + past[1:] + _before_this_tool(facts)
    if all_carries:
        return f"Carried {times(all_carries)}, never late" + _before_this_tool(facts)
    return f"Due {day_words(facts.due or facts.first_due, today)}"


def _without_date(facts: ActionFacts, today: date) -> str:
    carried = carries(facts)
    since = day_words(facts.set_on, today)
    if carried:
        return f"No date agreed; carried {times(carried)} since {since}" + _before_this_tool(facts)
    return f"No date agreed since {since}"


def _past_first_date(facts: ActionFacts, today: date, joint: str) -> str:
    days = days_since_first_date(facts, today)
    if not days or facts.first_due is None:
        return ""
    return f"{joint}{count_of(days, 'day')} past its first date ({day_words(facts.first_due, today)})"


def _before_this_tool(facts: ActionFacts) -> str:
    before = sum(line.imported for line in facts.lines)
    if not before:
        return ""
    return ", before this tool" if before == carries(facts) else f", {times(before)} before this tool"
