"""The history of an action: when it is late, how often it was carried, who looked (rule 3).

Everything is counted from lines written once; nothing here can be typed. Days are calendar days.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from mace.domain.area import Area
from mace.domain.vocabulary import ActionState, Decision, RiskLevel
from mace.domain.waiting import WaitingFacts, began, missed_chase_on, times_chased, wait_in_words
from mace.domain.words import count_of, day_words, full_day, times


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One look of one meeting of the owning series at one unfinished action."""

    meeting_on: date
    decision: Decision
    carried_late: bool = False
    """Decided by :func:`would_carry_late` when the line was written."""
    imported: bool = False


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """All that decides how an action stands."""

    set_on: date
    first_due: date | None
    due: date | None
    late_line: date
    """The last day on which it is not late, fixed when the action was set."""
    state: ActionState
    ended_on: date | None = None
    reported_done_on: date | None = None
    """The day the owner's report was made: a report made later for an earlier day does not count as earlier."""
    reported_refused: bool = False
    """The meeting did not accept the report that stands here."""
    waiting: WaitingFacts | None = None
    lines: tuple[LedgerLine, ...] = ()
    meetings_held: tuple[date, ...] = ()
    """Meetings of the owning series held after the action was set."""
    owner_changes: int = 0
    date_moves: int = 0
    last_update_on: date | None = None
    owner_accepted: bool = True
    imported: bool = False
    confirmed_here: bool = True
    """False for an imported action that no meeting of this tool has looked at yet."""
    has_owner: bool = True
    has_long_date_reason: bool = False
    level: RiskLevel | None = None
    retyped: int = 0
    """How many ended actions of that child this one nearly copies."""

    @property
    def is_ended(self) -> bool:
        """True once nothing is left to do here."""
        return self.state.is_ended


def late_line(
    set_on: date,
    first_due: date | None,
    next_meeting_on: date | None,
    level: RiskLevel | None,
    area: Area,
    has_long_date_reason: bool = False,
) -> date:
    """The last day on which the action is not late (rule 3).

    The first agreed date; without one the child's next meeting as planned now, or 28 days, whichever is sooner;
    a date further off than the limit for the level counts from that limit unless the chair recorded why.
    """
    if first_due is None:
        latest = set_on + timedelta(days=area.late_without_date_days)
        return min(next_meeting_on, latest) if next_meeting_on and next_meeting_on > set_on else latest
    limit = set_on + timedelta(days=area.longest_first_date(level))
    return first_due if has_long_date_reason else min(first_due, limit)


def is_reported(facts: ActionFacts) -> bool:
    """The owner's report stands: made, not refused, not yet overtaken (rule 3)."""
    stands = facts.state is ActionState.REPORTED_DONE or facts.is_ended
    return stands and facts.reported_done_on is not None and not facts.reported_refused


def is_waiting(facts: ActionFacts) -> bool:
    """A meeting accepted that it waits on somebody, and it still does (rule 4)."""
    return facts.state is ActionState.WAITING_ON and facts.waiting is not None


def last_day_on_time(facts: ActionFacts, today: date) -> date | None:
    """The day after which the action counts as late, or None while it waits and every chase was made.

    Ordinarily the late line; while waiting, the chase that was missed (rules 3 and 4).
    """
    if not is_waiting(facts) or facts.waiting is None:
        return facts.late_line
    missed = missed_chase_on(facts.waiting, today)
    return None if missed is None else missed - timedelta(days=1)


def clock_day(facts: ActionFacts, today: date) -> date:
    """The day up to which lateness is counted: today, or the day it ended or was reported done. The delay in
    accepting is the meeting's (rule 3)."""
    days = [today]
    if facts.is_ended and facts.ended_on is not None:
        days.append(facts.ended_on)
    if is_reported(facts) and facts.reported_done_on is not None:
        days.append(facts.reported_done_on)
    return min(days)


def days_late(facts: ActionFacts, today: date) -> int:
    """Calendar days past the late line, or past a missed chase; 0 when not late (rules 3 and 4)."""
    line = last_day_on_time(facts, today)
    return 0 if line is None else max(0, (clock_day(facts, today) - line).days)


def is_late(facts: ActionFacts, today: date) -> bool:
    """Late from the day after the late line; *reported done* by then is never late (rule 3)."""
    return days_late(facts, today) > 0


def late_from(facts: ActionFacts) -> date | None:
    """The first day on which it counts as late as things stand, or None where no such day comes by itself.

    Stored beside the action so that a list need not ask the rules: until something happens to the action,
    ``is_late(facts, today)`` is ``late_from(facts) <= today`` for every day from the last thing that happened (a
    property test holds the two together).
    """
    line = last_day_on_time(facts, date.max)
    if line is None:
        return None
    stopped = facts.is_ended or is_reported(facts)
    return None if stopped and clock_day(facts, date.max) <= line else line + timedelta(days=1)


def days_since_first_date(facts: ActionFacts, today: date) -> int:
    """Calendar days since the first date, or the late line where none was agreed, until today or its end.

    Never stops while unfinished: not for a new date, a new owner, waiting or a report (rules 3 and 4).
    """
    until = min(today, facts.ended_on) if facts.is_ended and facts.ended_on else today
    return max(0, (until - (facts.first_due or facts.late_line)).days)


def is_carry(decision: Decision, after_missed_chase: bool = False) -> bool:
    """Every line that leaves the action open is a carry; *waiting on* only after a missed chase (rule 3)."""
    return after_missed_chase if decision is Decision.WAITING_ON else decision.leaves_open


def would_carry_late(facts: ActionFacts, meeting_on: date, decision: Decision) -> bool:
    """Whether this decision at this meeting carries the action past its late line; kept on the new line.

    Leaving it waiting counts only after a missed chase; refusing a report sets the first clock running again;
    any other decision that leaves it open counts from the late line, whether or not it was waiting (rule 3).
    """
    if not decision.leaves_open:
        return False
    if decision is Decision.WAITING_ON:
        return facts.waiting is not None and missed_chase_on(facts.waiting, meeting_on) is not None
    if decision is Decision.REFUSED_DONE or is_waiting(facts):
        return meeting_on > facts.late_line or is_late(facts, meeting_on)
    return is_late(facts, meeting_on)


def _was_carry(line: LedgerLine) -> bool:
    return is_carry(line.decision, after_missed_chase=line.carried_late)


def carries(facts: ActionFacts) -> int:
    """Lines that left the action open (rule 3)."""
    return sum(_was_carry(line) for line in facts.lines)


def late_carries(facts: ActionFacts) -> int:
    """Lines that carried it past its late line (rule 3)."""
    return sum(line.carried_late for line in facts.lines)


def _meetings(facts: ActionFacts) -> frozenset[date]:
    last = facts.ended_on if facts.is_ended and facts.ended_on else date.max
    return frozenset(day for day in facts.meetings_held if facts.set_on < day <= last)


def meetings_since(facts: ActionFacts) -> int:
    """Meetings of the owning series held since it was set, until it ended (rule 3)."""
    return len(_meetings(facts))


def meetings_that_did_not_look(facts: ActionFacts) -> int:
    """Meetings of the owning series since it was set that have no line for it (rule 3)."""
    return len(_meetings(facts) - {line.meeting_on for line in facts.lines})


def may_be_noted_in_one_act(facts: ActionFacts, meeting_on: date, last_meeting_on: date | None) -> bool:
    """In date and with an update since the last meeting: noted together with others like it (rule 3).

    One that waits or is reported done needs its own decision.
    """
    if facts.state not in (ActionState.OPEN, ActionState.IN_PROGRESS) or is_late(facts, meeting_on):
        return False
    if facts.due is not None and facts.due < meeting_on:
        return False
    if facts.last_update_on is None:
        return False
    return facts.last_update_on > last_meeting_on if last_meeting_on else facts.last_update_on >= facts.set_on


@dataclass(frozen=True, slots=True)
class Life:
    """What the one sentence about an action needs, all of it counted: gathered from facts by :func:`life_of`, or read
    back from where it is stored beside the action, so that a list of thousands need not fetch every line."""

    state: ActionState
    set_on: date
    first_due: date | None
    late_line: date
    late_from: date | None
    carries: int = 0
    late_carries: int = 0
    carries_before: int = 0
    """Of the carries, those before this tool."""
    late_carries_before: int = 0
    reported_on: date | None = None
    """The day a report was made that still stands."""
    ended_on: date | None = None
    waits_on: str = ""
    """The body, while a meeting accepts that it waits."""
    waits_since: date | None = None
    chased: int = 0


def life_of(facts: ActionFacts) -> Life:
    """The counts of an action that its sentence needs."""
    waiting = facts.waiting if is_waiting(facts) else None
    return Life(
        state=facts.state,
        set_on=facts.set_on,
        first_due=facts.first_due,
        late_line=facts.late_line,
        late_from=late_from(facts),
        carries=carries(facts),
        late_carries=late_carries(facts),
        carries_before=sum(_was_carry(line) and line.imported for line in facts.lines),
        late_carries_before=sum(line.carried_late and line.imported for line in facts.lines),
        reported_on=facts.reported_done_on if is_reported(facts) else None,
        ended_on=facts.ended_on,
        waits_on=waiting.body if waiting else "",
        waits_since=began(waiting) if waiting else None,
        chased=times_chased(waiting) if waiting else 0,
    )


def history_in_words(facts: ActionFacts, today: date) -> str:
    """The one sentence shown wherever the action appears (rule 3):
    "Carried late 3 times; 74 days past its first date (4 March)"."""
    return life_in_words(life_of(facts), today)


def life_in_words(life: Life, today: date) -> str:
    """The same sentence from what is stored beside the action."""
    if life.waits_on and life.waits_since is not None:
        missed = life.late_from if life.late_from is not None and life.late_from <= today else None
        waits = wait_in_words(life.waits_on, life.waits_since, life.chased, missed, today)
        return _joined(waits, _past_first_date(life, today))
    if life.state.is_ended:
        return _ended_in_words(life, today)
    if life.first_due is None:
        return _undated_in_words(life)
    carried = _carried_in_words(life)
    if life.reported_on is not None:
        return _joined(f"Reported done on {day_words(life.reported_on, today)}", carried)
    return _joined(carried, _past_first_date(life, today) or f"first date {day_words(life.first_due, today)}")


def _joined(*parts: str) -> str:
    words = "; ".join(part for part in parts if part)
    return words[:1].upper() + words[1:]


def _is_late(life: Life, today: date) -> bool:
    return life.late_from is not None and life.late_from <= today


def _past_first_date(life: Life, today: date) -> str:
    """How far past the first date, or past the limit that stands in for one too far off."""
    if life.first_due is None:
        return ""
    past = (today - life.first_due).days
    if past > 0:
        return f"{count_of(past, 'day')} past its first date ({day_words(life.first_due, today)})"
    if _is_late(life, today) and not life.waits_on:
        late = count_of((today - life.late_line).days, "day")
        return (
            f"{late} past the longest time a first date may be off ({day_words(life.late_line, today)}); "
            f"first date {day_words(life.first_due, today)}"
        )
    return ""


def _carried_in_words(life: Life) -> str:
    if life.late_carries:
        before = _before_this_tool(life.late_carries_before, life.late_carries)
        return f"carried late {times(life.late_carries)}{before}"
    if not life.carries:
        return ""
    return f"carried {times(life.carries)}{_before_this_tool(life.carries_before, life.carries)}"


def _before_this_tool(before: int, number: int) -> str:
    if not before:
        return ""
    return " before this tool" if before == number else f" ({before} before this tool)"


def _undated_in_words(life: Life) -> str:
    if not life.carries:
        return f"No date agreed; set on {full_day(life.set_on)}"
    carried = f"carried {times(life.carries)} since {full_day(life.set_on)}"
    if life.carries_before == life.carries:
        return f"No date agreed; {carried}, before this tool"
    return f"No date agreed; {carried}{_before_this_tool(life.carries_before, life.carries)}"


def _ended_in_words(life: Life, today: date) -> str:
    carries_late = count_of(life.late_carries, "late carry", "late carries")
    day = "" if life.ended_on is None else f" on {day_words(life.ended_on, today)}"
    if life.state is ActionState.DONE:
        return _joined(f"Done{day}", f"after {carries_late}" if life.late_carries else "")
    if life.late_carries or life.late_from is not None:
        return f"Ended unfinished{day} after {carries_late}"
    return f"{life.state.label}{day}"
