"""The meetings themselves: the agenda, what the room decides about actions, and the records that are approved."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.actions import commands as actions
from mace.actions.queries import list_facts
from mace.database import rows
from mace.demo.arrivals import Agreed, Thread
from mace.demo.partnership import HELD, Stage, at, working_day
from mace.demo.records import corrected_line, lines_of, risk_of
from mace.demo.script import Promise, pool, read_templates
from mace.domain.ledger import is_late
from mace.domain.quality import gaps
from mace.domain.vocabulary import ActionState, Cause, Decision, ItemState, Presence
from mace.domain.words import full_day
from mace.meetings import commands as meetings
from mace.meetings.queries.quality import record_facts
from mace.models import Action, Item, Meeting

PUT_OFF: Mapping[tuple[int, int], int] = MappingProxyType({(3, 9): 0, (5, 16): 0, (6, 5): 2, (7, 9): 0, (7, 17): 1})
"""Items put off, by meeting and record, with which of the reasons."""
LEFT_OFF: Mapping[tuple[int, int], int] = MappingProxyType({(5, 3): 0, (8, 19): 1})
"""Items left off an agenda, likewise."""
APPROVED_LATE = (4, 11)
"""The record that was approved twenty days after the others, by meeting and record."""
CORRECTED = (5, 8)
"""The record in which a day was wrong."""
LACKING = frozenset({APPROVED_LATE, (7, 10), (7, 16)})
"""Records whose writers had no time to say what happens if the plan fails, and what life is like."""
TO_APPROVE = frozenset({1, 8, 10, 14, 16, 26})
"""Records of the last meeting that nobody has approved yet."""
PROPOSED_TO_LEAVE = frozenset({(5, 6), (6, 6), (6, 3), (7, 3)})
"""Who is proposed to leave, by meeting and record."""
LEAVES = (6, 6)
"""The meeting after which which child leaves."""
CHAIRED_BY_DEPUTY = 5
NEW_OWNERS: Mapping[str, str] = MappingProxyType({"karen": "imran", "imran": "karen"})
CAUSES = (Cause.NOT_DONE, Cause.CAPACITY, Cause.CIRCUMSTANCES, Cause.UNCLEAR, Cause.NOT_REPORTED, Cause.WAITING)
THERE: Mapping[str, str] = MappingProxyType(
    {
        "social_care": "Grace Adu",
        "police": "Karen Holt, Imran Sadiq",
        "health": "Jo Adeyemi",
        "education": "Sue Lambert",
        "youth_justice": "Dev Rana",
        "housing": "Ros Whitty",
        "voluntary": "Bea Collins",
        "community_safety": "Owen Tate",
    }
)
ELSEWHERE: Mapping[tuple[int, str], Presence] = MappingProxyType(
    {
        (2, "housing"): Presence.APOLOGIES,
        (3, "youth_justice"): Presence.INFORMATION,
        (4, "health"): Presence.ABSENT,
        (5, "voluntary"): Presence.APOLOGIES,
        (6, "housing"): Presence.ABSENT,
        (7, "community_safety"): Presence.APOLOGIES,
        (7, "youth_justice"): Presence.ABSENT,
    }
)
"""Agencies that were not in the room, by meeting."""


def make_meeting(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> Meeting:
    """Nine days before, the coordinator makes the meeting, and its agenda builds itself."""
    day = stage.who.day(number)
    meeting = meetings.make_meeting(
        stage.session,
        stage.actor("priya"),
        stage.who.series.id,
        held_on=day,
        starts_at=time(9, 30) if number <= HELD else time(14, 0),
        place="Committee room 2 and by video",
        available_minutes=150,
        minute_taker_id=stage.who.people["priya"].id,
        area=stage.area,
        now=at(day - timedelta(days=9), 10),
    )
    stage.session.flush()
    for item_id, subject_id in list_items(stage, meeting.id):
        script = threads[subject_id].script
        reason = LEFT_OFF.get((number, script.number))
        if reason is not None:
            because = stage.say(script.voice, "left off", pool("lines", "left_off")[reason])
            meetings.leave_off(stage.session, stage.actor("priya"), item_id, because=because)
    stage.session.flush()
    return meeting


def list_items(stage: Stage, meeting_id: UUID, *states: ItemState) -> tuple[tuple[UUID, UUID], ...]:
    """Items of a meeting in these states, on its agenda unless told otherwise, each with its subject, in order."""
    statement = (
        select(Item.id, Item.subject_id)
        .where(Item.meeting_id == meeting_id, col(Item.state).in_(states or (ItemState.ON_AGENDA,)))
        .order_by(col(Item.position), col(Item.id))
    )
    found = rows(stage.session, scope.within(statement, "the demonstration’s own meeting"))
    return tuple((item_id, subject_id) for item_id, subject_id in found)


def hold_meeting(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread]) -> None:
    """From the first item to the last: each is read back and closed, or put off."""
    chair = stage.actor("daniel" if number == CHAIRED_BY_DEPUTY else "ruth")
    now = at(meeting.held_on, 9, 32)
    presences = {
        stage.who.agencies[key].id: (ELSEWHERE.get((number, key), Presence.PRESENT), who) for key, who in THERE.items()
    }
    meetings.start_meeting(stage.session, chair, meeting.id, presences, now=now)
    for item_id, subject_id in list_items(stage, meeting.id):
        now += timedelta(minutes=6)
        thread = threads[subject_id]
        reason = PUT_OFF.get((number, thread.script.number))
        if reason is not None:
            words = stage.say(thread.script.voice, "put off", pool("lines", "put_off")[reason], thread.worker)
            meetings.put_off(stage.session, chair, item_id, because=words, now=now)
            stage.session.flush()
        else:
            _Room(stage, number, meeting, item_id, thread, chair, now).discuss()
    meetings.end_meeting(stage.session, chair, meeting.id, because="", area=stage.area, now=now + timedelta(minutes=8))


def approve_records(
    stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread], *, late: bool = False
) -> None:
    """Four working days later the chair approves what is ready; ``late`` the one that was not."""
    chair = stage.actor("daniel" if number == CHAIRED_BY_DEPUTY else "ruth")
    now = at(working_day(meeting.held_on + timedelta(days=24 if late else 6)), 16)
    for item_id, subject_id in list_items(stage, meeting.id, ItemState.CLOSED):
        script = threads[subject_id].script
        key = number, script.number
        if (key == APPROVED_LATE) is not late or (number == HELD and script.number in TO_APPROVE):
            continue
        lacking = gaps(record_facts(stage.session, chair, item_id))
        anyway = stage.say(script.voice, "anyway", pool("lines", "anyway")[number % 2]) if lacking else ""
        meetings.approve_item(
            stage.session, chair, item_id, anyway_because=anyway, area=stage.area, now=now + timedelta(minutes=1)
        )
        stage.session.flush()


def correct_a_record(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread]) -> None:
    """A day was wrong: the deputy signs the correction."""
    for item_id, subject_id in list_items(stage, meeting.id, ItemState.APPROVED):
        thread = threads[subject_id]
        if (number, thread.script.number) == CORRECTED:
            meetings.correct_record(
                stage.session,
                stage.actor("daniel"),
                item_id,
                lines=corrected_line(stage, thread, number),
                risk=risk_of(thread, meeting.held_on, thread.discussed - 1, proposes_exit=False),
                because=stage.say(thread.script.voice, "correction", pool("lines", "correction")[0]),
                area=stage.area,
                now=at(meeting.held_on + timedelta(days=11), 12),
            )
            stage.session.flush()


class _Room:
    """One item while the meeting talks about it."""

    def __init__(
        self, stage: Stage, number: int, meeting: Meeting, item_id: UUID, thread: Thread, chair: Any, now: datetime
    ) -> None:
        self.stage, self.number, self.meeting, self.item_id = stage, number, meeting, item_id
        self.thread, self.chair, self.now = thread, chair, now
        self.session, self.script, self.voice = stage.session, thread.script, thread.script.voice

    def discuss(self) -> None:
        """Decide about each unfinished action, agree new ones, write the record, read back and close."""
        for agreed in list(self.thread.unfinished()):
            self._look(agreed)
        meetings.note_in_date(self.session, self.chair, self.item_id, area=self.stage.area, now=self.now)
        agreed_before = {agreed.place for agreed in self.thread.agreed}
        for place, promise in enumerate(self.script.promises, start=1):
            if promise.at <= self.number and place not in agreed_before:
                self._agree(place, promise)
        said = lines_of(
            self.stage,
            self.thread,
            self.number,
            self.thread.discussed,
            uncovered=not any(self.thread.unfinished()),
            is_short=(self.number, self.script.number) in LACKING,
        )
        leaves = (self.number, self.script.number) in PROPOSED_TO_LEAVE
        meetings.save_record(
            self.session,
            self.stage.actor("priya"),
            self.item_id,
            lines=said,
            risk=risk_of(self.thread, self.meeting.held_on, self.thread.discussed, proposes_exit=leaves),
            area=self.stage.area,
            now=self.now,
        )
        closed_at = self.now + timedelta(minutes=5)
        meetings.close_item(self.session, self.chair, self.item_id, area=self.stage.area, now=closed_at)
        self.session.flush()
        self.thread.discussed += 1
        self.thread.last_on = self.meeting.held_on

    def _agree(self, place: int, promise: Promise) -> None:
        template = read_templates()[promise.do]
        owner = promise.owner or template["owner"]
        owner = (self.thread.worker or "grace") if owner == "worker" else owner
        people = self.stage.who.people
        by = self.meeting.held_on + timedelta(days=promise.due)
        due = by if promise.due else self.stage.who.day(self.number + 1)
        agency = people[owner].agency_id
        here = {self.stage.who.agencies[key].id for key in THERE if (self.number, key) not in ELSEWHERE}
        protects = [self.stage.children[number] for number in promise.protects]
        action = actions.set_action(
            self.session,
            self.chair,
            self.thread.subject_id,
            series_id=self.stage.who.series.id,
            what=self._say(f"action {place}", template["what"]),
            owner_id=people[owner].id,
            due=due,
            concern_id=self.thread.concern_id,
            why=self._with_tail(
                f"why {place}", place, template["why"], "why" if self.thread.is_child else "why_of_place"
            ),
            contingency=self._with_tail(f"contingency {place}", place, template["if_not"], "if_not"),
            long_date_reason="It follows the school term" if promise.due > 56 else "",
            item_id=self.item_id,
            other_children=protects,
            owner_is_here=agency in here,
            area=self.stage.area,
            now=self.now,
        )
        self.thread.agreed.append(Agreed(action.id, promise, place))

    def _say(self, field: str, words: str) -> str:
        return self.stage.say(self.voice, field, words, self.thread.worker)

    def _with_tail(self, field: str, place: int, words: str, tail: str) -> str:
        return with_tail(self.stage, self.thread, field, place, words, tail, self.number)

    def _reason(self, place: int, kind: str, field: str = "reason") -> str:
        said = pool("reasons", kind)
        return self._say(f"{field} {place}", said[(self.script.number + self.number + place) % len(said)])

    # --- One look at one action ---------------------------------------------------------------------------------------

    def _look(self, agreed: Agreed) -> None:
        action = find_action(self.stage, agreed.id)
        facts = list_facts(self.session, [action])[action.id]
        if any(line.meeting_on == self.meeting.held_on for line in facts.lines):
            return
        letter = self._letter(agreed, action, is_late(facts, self.meeting.held_on))
        agreed.looks += 1
        if letter == "n":
            return
        decision, said = self._decided(letter, agreed, action)
        meetings.decide_action(
            self.session,
            self.chair,
            self.item_id,
            action.id,
            decision,
            area=self.stage.area,
            now=self.now,
            **said,
        )
        self.session.flush()
        agreed.is_over = not decision.leaves_open
        agreed.chase_by = said.get("chase_by")

    def _letter(self, agreed: Agreed, action: Action, late: bool) -> str:
        """What the story wants, or the nearest to it that can be decided as things stand."""
        wanted = agreed.next_look or "n"
        if action.state is ActionState.REPORTED_DONE:
            return "r" if wanted == "r" else "d"
        past = late or (action.due is not None and action.due < self.meeting.held_on)
        if action.state is ActionState.WAITING_ON:
            return wanted if wanted in "wWcls" else "c"
        if wanted in "ndr":
            return "c" if past else self._noted(action)
        return wanted

    def _noted(self, action: Action) -> str:
        """What has an update is noted together with others like it, what has none by itself."""
        before = self.stage.who.day(self.number - 1)
        return "n" if action.last_update_on is not None and action.last_update_on > before else "N"

    def _decided(self, letter: str, agreed: Agreed, action: Action) -> tuple[Decision, dict[str, Any]]:
        """The decision of this letter, with everything it has to say."""
        place, day = agreed.place, self.meeting.held_on
        new_due = working_day(day + timedelta(days=26))
        cause = CAUSES[(self.script.number + self.number + place) % len(CAUSES)]
        match letter:
            case "N":
                return Decision.NOTED, {}
            case "w" | "W":
                return Decision.WAITING_ON, self._waiting(agreed)
            case "x":
                said = {"cause": cause, "reason": self._reason(place, "changed"), "new_due": new_due}
                owner = NEW_OWNERS.get(read_templates()[agreed.promise.do]["owner"])
                if owner is not None:
                    return Decision.CHANGED, {**said, "owner_id": self.stage.who.people[owner].id}
                return Decision.CHANGED, {**said, "what": f"{action.what}, a first step by {full_day(new_due)}"}
            case "d":
                return Decision.ACCEPTED_DONE, {"reason": self._reason(place, "accepted")}
            case "r":
                return Decision.REFUSED_DONE, {"reason": self._reason(place, "refused_done")}
            case "o" | "O":
                lead = self.thread.worker if self.thread.worker in ("hannah", "tom") else "grace"
                plan = self._say(f"action {place}", read_templates()[agreed.promise.do]["plan"])
                said = {"plan": plan, "plan_lead_id": self.stage.who.people[lead].id}
                return Decision.OFFERED_TO_PLAN, {**said, "reason": self._reason(place, "offered")}
            case "l":
                covers = self._reason(place, "covers", "covers")
                return Decision.NO_LONGER_NEEDED, {
                    "reason": self._reason(place, "no_longer_needed"),
                    "covers": covers,
                }
            case "s":
                return Decision.STOPPED, {"reason": self._reason(place, "stopped")}
            case _:
                return Decision.CARRIED, {
                    "cause": cause,
                    "reason": self._reason(place, cause.value),
                    "new_due": new_due,
                }

    def _waiting(self, agreed: Agreed) -> dict[str, Any]:
        template, place, day = read_templates()[agreed.promise.do], agreed.place, self.meeting.held_on
        chaser = template["owner"] if template["owner"] in ("jo", "karen") else "priya"
        return {
            "body": template["body"],
            "asked": self._say(f"action {place}", template["asked"]),
            "asked_on": day - timedelta(days=10),
            "answer_expected_on": day + timedelta(days=21),
            "chaser_id": self.stage.who.people[chaser].id,
            "chase_by": day + timedelta(days=min(20, self.stage.area.chase_within_days)),
            "safe_meanwhile": self._with_tail(f"meanwhile {place}", place, template["safe"], "meanwhile"),
            "another_way": self._say(f"action {place}", template["another"]),
        }


def with_tail(stage: Stage, thread: Thread, field: str, place: int, words: str, tail: str, turn: int) -> str:
    """What is said of an action in its own words, and after it a sentence with a name that stands nowhere else."""
    tails = pool("tails", tail)
    last = tails[(thread.script.number * 3 + place + turn) % len(tails)]
    said = stage.say(thread.script.voice, f"action {place}", words, thread.worker)
    return f"{said.rstrip('.')}. {stage.say(thread.script.voice, field, last, thread.worker)}"


def find_action(stage: Stage, action_id: UUID) -> Action:
    """The action as it stands."""
    statement = select(Action).where(Action.id == action_id)
    found: Action = stage.session.exec(scope.within(statement, "the demonstration’s own action")).one()
    return found
