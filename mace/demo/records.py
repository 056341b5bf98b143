"""What a meeting writes about one subject: the lines of its record, and the risk."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

from mace.demo.arrivals import Thread
from mace.demo.partnership import Stage
from mace.demo.script import Child, pool
from mace.domain.vocabulary import Direction, HarmStatus, LegalStatus, LineKind, RiskLevel
from mace.domain.words import full_day
from mace.meetings.commands import Risk

T = TypeVar("T")
HARM: Mapping[Direction, HarmStatus] = {
    Direction.SAFER: HarmStatus.PAST,
    Direction.SAME: HarmStatus.SUSPECTED,
    Direction.LESS_SAFE: HarmStatus.ONGOING,
    Direction.CANNOT_TELL: HarmStatus.SUSPECTED,
}
ASSESSED = ("Child exploitation screening tool", "Area risk tool, version 3")


def risk_of(thread: Thread, day: date, turn: int, *, proposes_exit: bool) -> Risk:
    """The level as assessed before, and the meeting's own view."""
    said = thread.script.said
    level, direction = _at(said.levels, turn), _at(said.directions, turn)
    assessed = thread.is_child and thread.worker in ("hannah", "tom")
    return Risk(
        assessed_with=ASSESSED[thread.script.number % 2] if assessed else "",
        assessed_level=level.label if assessed else "",
        assessed_on=day - timedelta(days=9) if assessed else None,
        assessed_by={"hannah": "Hannah Bell", "tom": "Tom Weller"}.get(thread.worker, "") if assessed else "",
        level=level,
        harm_status=HARM[direction],
        direction=direction,
        proposes_exit=proposes_exit,
    )


def lines_of(
    stage: Stage, thread: Thread, number: int, turn: int, *, uncovered: bool, is_short: bool = False
) -> dict[LineKind, str]:
    """The lines of the record. A short one lacks what life is like and what happens if the plan fails."""
    script = thread.script
    direction, level = _at(script.said.directions, turn), _at(script.said.levels, turn)
    writer = _Writer(stage, thread, number, turn)
    lines = {
        LineKind.WORRY: writer.own("worry", script.said.worry, turn // 2),
        LineKind.CHANGED: writer.changed(),
        LineKind.ANALYSIS: writer.own("analysis", script.said.analysis, turn // 2),
        LineKind.DECISION: writer.decision(),
        LineKind.RATIONALE: writer.rationale(direction),
        LineKind.CONTINGENCY: "" if is_short else writer.shared("contingency", writer.table, "contingency"),
        LineKind.NO_ACTION: writer.no_action() if uncovered else "",
    }
    if thread.is_child:
        lines |= writer.childs_life(is_short)
        if level is RiskLevel.SIGNIFICANT:
            lines[LineKind.SAFETY_TONIGHT] = writer.shared("safety", writer.table, "safety")
        lines[LineKind.WHO_TELLS] = writer.shared("who tells", writer.table, "who_tells")
        if (script.number + number) % 9 == 0:
            lines[LineKind.DISSENT] = writer.shared("dissent", "lines", "dissent")
    return {kind: words for kind, words in lines.items() if words}


def _table_of(thread: Thread) -> str:
    """Whose words these are: a child at home or cared for elsewhere, a person of concern, a place or group."""
    script = thread.script
    if isinstance(script, Child):
        return "care" if script.identity["legal_status"] is LegalStatus.LOOKED_AFTER else "home"
    return "person" if script.kind is None else "place"


def corrected_line(stage: Stage, thread: Thread, number: int) -> dict[LineKind, str]:
    """What has changed, as it should have been written."""
    direction = _at(thread.script.said.directions, thread.discussed - 1)
    writer = _Writer(stage, thread, number, thread.discussed - 1)
    return {LineKind.CHANGED: writer.shared("changed", "changed_more", direction.value)}


class _Writer:
    """Takes each line from what is written for this subject, then from what is said again and again."""

    def __init__(self, stage: Stage, thread: Thread, number: int, turn: int) -> None:
        self.stage, self.thread, self.number, self.turn = stage, thread, number, turn
        self.said, self.voice = thread.script.said, thread.script.voice
        self.table = _table_of(thread)

    def own(self, field: str, texts: Sequence[str], turn: int) -> str:
        """The text of this turn, or the last there is."""
        return self._say(field, _at(texts, turn))

    def shared(self, field: str, *path: str) -> str:
        """One of a table, another at each meeting."""
        said = pool(*path)
        return self._say(field, said[(self.voice.number * 3 + self.number) % len(said)])

    def changed(self) -> str:
        """What has changed since the last discussion; at times nothing has, and somebody was asked."""
        if self.turn < len(self.said.changed):
            return self._say("changed", self.said.changed[self.turn])
        return self.again()

    def again(self) -> str:
        """What has changed where nothing is written for this turn."""
        if not self.thread.is_child:
            return self.shared("changed", self.table, "changed_more")
        direction = _at(self.said.directions, self.turn)
        if self.turn % 3 == 0 and direction is not Direction.LESS_SAFE:
            return self.shared("changed", "changed_little")
        return self.shared("changed", "changed_more", direction.value)

    def decision(self) -> str:
        """What the meeting decided."""
        if self.turn < len(self.said.decision):
            return self._say("decision", self.said.decision[self.turn])
        more = ("decision_more",) if self.thread.is_child else (self.table, "decision_more")
        return self.shared("decision", *more)

    def rationale(self, direction: Direction) -> str:
        """Why the level is what it is."""
        path = ("rationale", direction.value) if self.thread.is_child else (self.table, "rationale")
        return self.shared("rationale", *path)

    def no_action(self) -> str:
        """Why a worry has no action."""
        return self.shared("no action", "lines" if self.thread.is_child else self.table, "no_action")

    def childs_life(self, is_short: bool) -> dict[LineKind, str]:
        """What life is like, and the child's words or why they were not obtained."""
        lines = {LineKind.LIFE_NOW: "" if is_short else self.own("life", self.said.life, self.turn // 2)}
        words = self._childs_words()
        self.thread.unheard = 0 if words else self.thread.unheard + 1
        if words:
            return {**lines, LineKind.CHILDS_WORDS: words}
        lines[LineKind.NOT_HEARD] = self.shared("not heard", "not_heard")
        if self.thread.unheard > 1:
            lines[LineKind.PLAN_TO_HEAR] = self.shared("plan to hear", "plan_to_hear")
        return lines

    def _childs_words(self) -> str:
        if self.turn < len(self.said.says):
            return self._say("says", self.said.says[self.turn])
        return "" if self.turn % 3 == 2 else self.shared("says", "says_more")

    def _say(self, field: str, words: str) -> str:
        since = full_day(self.thread.last_on) if self.thread.last_on else "the referral"
        return self.stage.say(self.voice, field, words, self.thread.worker, since=since)


def _at(values: Sequence[T], turn: int) -> T:
    return values[min(turn, len(values) - 1)]
