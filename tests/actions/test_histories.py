"""What no sequence of commands can do, and that what is stored beside an action says what the rules say (rule 3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from mace.actions import commands, queries
from mace.actions.queries import Filters
from mace.database import system_scope, transaction
from mace.domain import ledger
from mace.domain.drift import standing
from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import ActionState, Cause, Decision, MeetingState, RiskLevel
from mace.models import Action, Meeting
from tests.actions.make import a_wait
from tests.world import TEST, World

DECISIONS = {
    "carries": Decision.CARRIED,
    "waits": Decision.WAITING_ON,
    "changes": Decision.CHANGED,
    "notes": Decision.NOTED,
    "accepts done": Decision.ACCEPTED_DONE,
    "refuses": Decision.REFUSED_DONE,
    "offers": Decision.OFFERED_TO_PLAN,
    "stops": Decision.STOPPED,
}
ACTS = [
    *DECISIONS,
    *("carries", "waits"),
    "updates",
    "reports",
    "chases",
    "declines",
    "moves",
    "disowns",
    "accepts",
    "passes by",
    "takes back",
    "checks",
]
STEPS = st.lists(st.tuples(st.integers(1, 35), st.sampled_from(ACTS), st.booleans()), min_size=1, max_size=8)


@dataclass
class Life:
    """One action and the people around it, on one day after another."""

    world: World
    action: Action
    day: date
    meeting: Meeting | None = None

    @property
    def now(self) -> datetime:
        return self.world.now - timedelta(days=(self.world.today - self.day).days)

    def run(self, by: str, command: Any, *subject: Any, **said: Any) -> None:
        actor = self.world.actor(by)
        with transaction(self.world.session, actor):
            command(self.world.session, actor, *subject, area=self.world.settings.area, now=self.now, **said)

    def step(self, act: str, second: bool) -> None:
        """Do it, or be refused."""
        try:
            if act in DECISIONS:
                self._decide(DECISIONS[act], second)
            else:
                self._tell(act, second)
        except (Refused, NotThere):
            pass

    def _decide(self, decision: Decision, second: bool) -> None:
        self.meeting = self.world.a_meeting(self.day, MeetingState.OPENED)
        offset = (self.day - self.world.today).days
        said: dict[str, Any] = {"reason": "As said", "cause": Cause.CAPACITY, "item_id": None}
        if decision is Decision.CARRIED or (decision is Decision.CHANGED and second):
            said["new_due"] = self.day + timedelta(days=20 if second else 9)
        if decision is Decision.CHANGED:
            said["what"] = f"Other words on {self.day}"
            said["owner_id"] = self.world.id("police" if second else "worker")
        if decision is Decision.WAITING_ON:
            said |= a_wait(self.world, offset, another_way="A mentor", body="CAMHS" if second else "The school")
        if decision is Decision.OFFERED_TO_PLAN:
            said |= {"plan": "The care plan", "plan_lead_id": self.world.id("nurse")}
        self.run("chair", commands.decide, self.action.id, self.meeting.id, decision, **said)

    def _tell(self, act: str, second: bool) -> None:
        world, this = self.world, self.action.id
        if act == "updates":
            self.run("chair", commands.record_update, this, words="Rang", is_done=False)
        elif act == "reports":
            self.run("chair", commands.record_update, this, words="Case note", is_done=True, done_on=self.day)
        elif act == "chases":
            later = self.day + timedelta(days=25 if second else 5)
            self.run("chair", commands.record_chase, this, chased_on=self.day, words="Rang", next_by=later)
        elif act in ("declines", "moves"):
            self.run("nurse", commands.answer_offer, this, accepts=act == "moves", reason="As said")
        elif act == "disowns":
            self.run("worker", commands.disown_action, this, because="The nurse does this")
        elif act == "accepts":
            self.run("worker", commands.accept_action, this)
        elif act == "passes by":
            world.a_meeting(self.day, MeetingState.HELD)
            self.run_standing()
        elif act == "takes back" and self.meeting is not None:
            self.run("chair", commands.undo_decision, this, self.meeting.id)
        elif act == "checks":
            with transaction(world.session, TEST):
                commands.refresh_standings(world.session, self.day, world.settings.area)

    def run_standing(self) -> None:
        with transaction(self.world.session, TEST):
            with system_scope(self.world.session, "test"):
                action = Session.get_one(self.world.session, Action, self.action.id)
            commands.store_standing(self.world.session, [action], self.day, self.world.settings.area)

    def facts(self) -> tuple[Action, ledger.ActionFacts]:
        row = self.world.again(self.action)
        facts = queries.list_facts(self.world.session, [row])[self.action.id]
        self.world.session.rollback()
        return row, facts


@st.composite
def beginnings(draw: st.DrawFn) -> dict[str, Any]:
    imported = draw(st.booleans())
    return {
        "imported": imported,
        "owner": draw(st.sampled_from(["worker", None])) if imported else "worker",
        "due": draw(st.none() | st.integers(1, 60)) if imported else draw(st.integers(1, 60)),
        "level": draw(st.sampled_from(RiskLevel)),
    }


def begin(world: World, beginning: dict[str, Any]) -> Life:
    start = -300
    child = world.a_child(level=beginning["level"])
    action = world.an_action(
        child,
        owner=beginning["owner"],
        imported=beginning["imported"],
        set_on=world.day(start),
        due=world.day(start + beginning["due"]) if beginning["due"] is not None else None,
    )
    life = Life(world, action, world.day(start))
    life.run_standing()
    return life


def counts(facts: ledger.ActionFacts, day: date) -> tuple[int, ...]:
    return (
        ledger.carries(facts),
        ledger.late_carries(facts),
        ledger.days_since_first_date(facts, day),
        facts.date_moves,
        facts.owner_changes,
    )


SOME = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SOME
@given(beginning=beginnings(), steps=STEPS)
def test_no_sequence_of_commands_lowers_a_count_or_resets_days(
    world: World, beginning: dict[str, Any], steps: list[tuple[int, str, bool]]
) -> None:
    life = begin(world, beginning)
    before = undecided = counts(life.facts()[1], life.day)
    lines = 0
    for days, act, second in steps:
        if act != "takes back":
            life.day += timedelta(days=days)
        found = counts(life.facts()[1], life.day)
        life.step(act, second)
        row, facts = life.facts()
        now = counts(facts, life.day)
        floor = undecided if act == "takes back" and len(facts.lines) < lines else before
        assert all(new >= old for new, old in zip(now, floor, strict=True)), (act, floor, now)
        assert (row.first_due, row.late_line) == (life.action.first_due, life.action.late_line)
        undecided = found if len(facts.lines) > lines else undecided
        before, lines = now, len(facts.lines)


@SOME
@given(beginning=beginnings(), steps=STEPS, later=st.integers(0, 90))
def test_what_is_stored_says_what_the_rules_say_on_any_later_day(
    world: World, beginning: dict[str, Any], steps: list[tuple[int, str, bool]], later: int
) -> None:
    life = begin(world, beginning)
    for days, act, second in steps:
        life.day += timedelta(days=days)
        life.step(act, second)
    row, facts = life.facts()
    then = life.day + timedelta(days=later)
    chair = world.actor("chair")
    (line,) = queries.list_register(
        world.session, chair, then, Filters(subject_id=row.subject_id, everything=True)
    ).lines
    late = queries.count_actions(
        world.session, chair, then, Filters(subject_id=row.subject_id, everything=True, late=True)
    )
    world.session.rollback()
    assert bool(late) == ledger.is_late(facts, then) == line.late
    assert line.history == ledger.history_in_words(facts, then)
    assert (row.carries, row.late_carries) == (ledger.carries(facts), ledger.late_carries(facts))
    stands = standing(facts, life.day, world.settings.area)
    if row.drift_changes_on is None or row.drift_changes_on > life.day:
        assert (row.drift, row.sort_weight) == (stands.level, stands.sort_weight)
    unfinished = row.state.is_ended and row.state is not ActionState.DONE
    ended_late = unfinished and (line.late or row.late_carries > 0)
    assert row.ended_after_late_carries == (row.late_carries if ended_late else None)
