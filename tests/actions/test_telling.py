"""What people say about an action between meetings: updates, chases, "mine" and "not mine", answers of other plans."""

from typing import Any

import pytest

from mace.actions import commands, queries
from mace.domain.errors import NotThere, Refused
from mace.domain.ledger import days_late, is_late
from mace.domain.vocabulary import ActionState, Decision, DriftLevel
from mace.models import Action, Chase, Contribution, Meeting, UpdateRequest, Waiting
from tests.actions.make import a_running_meeting, a_wait, carrying, decide, do
from tests.world import World


def facts_of(world: World, action: Action) -> Any:
    row = world.again(action)
    facts = queries.list_facts(world.session, [row])[action.id]
    world.session.rollback()
    return facts


def report(world: World, action: Action, days: int = 0, **said: Any) -> None:
    do(
        world, "worker", commands.record_update, action.id, days=days,
        words="In the case note", is_done=True, done_on=world.day(days), **said,
    )  # fmt: skip


# --- Updates ---------------------------------------------------------------------------------------------------------


def test_an_update_starts_an_action_and_answers_what_was_asked(world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None)
    meeting = world.a_meeting(world.day(3))
    asked = UpdateRequest(
        action_id=action.id, meeting_id=meeting.id, person_id=world.id("worker"),
        agency_id=action.owner_agency_id, asked_at=world.now,
    )  # fmt: skip
    world.add(asked)
    do(world, "worker", commands.record_update, action.id, words="Rang the school", is_done=False)
    now = world.again(action)
    assert (now.state, now.last_update_on) == (ActionState.IN_PROGRESS, world.today)
    assert now.owner_accepted_at is not None, "whoever works on it has accepted it"
    assert world.again(asked).answered_at is not None


def test_somebody_elses_update_does_not_accept_it_for_the_owner(world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None)
    do(world, "manager", commands.record_update, action.id, words="Seen today", is_done=False)
    assert world.again(action).owner_accepted_at is None
    do(
        world,
        "coordinator",
        commands.record_update,
        action.id,
        words="By e-mail",
        is_done=False,
        received_from="Hannah",
    )
    assert world.again(action).owner_accepted_at is not None


def test_reported_in_time_is_never_late_however_long_acceptance_takes(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30))
    report(world, action, -30)
    assert not is_late(facts_of(world, action), world.today)
    assert world.again(action).late_from is None


def test_a_report_counts_from_the_day_it_was_made(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30))
    do(
        world, "worker", commands.record_update, action.id, days=-20,
        words="Case note", is_done=True, done_on=world.day(-40),
    )  # fmt: skip
    assert days_late(facts_of(world, action), world.today) == 10


def test_reporting_the_same_again_keeps_the_first_report(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30))
    report(world, action, -31)
    report(world, action, -10)
    assert not is_late(facts_of(world, action), world.today)


def test_a_report_taken_back_and_made_again_late_is_late(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30))
    report(world, action, -31)
    do(world, "worker", commands.record_update, action.id, days=-25, words="Not quite", is_done=False)
    report(world, action, -10)
    assert days_late(facts_of(world, action), world.today) == 20


def test_after_a_refusal_the_first_clock_runs_again_and_a_new_report_stops_it(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30))
    report(world, action, -30)
    decide(world, action, a_running_meeting(world, -20), Decision.REFUSED_DONE, reason="No date of the visit")
    assert days_late(facts_of(world, action), world.day(-15)) == 15
    report(world, action, -10)
    assert days_late(facts_of(world, action), world.today) == 20
    assert world.again(action).late_carries == 1


def test_one_that_waits_goes_on_waiting_when_a_report_was_a_mistake(world: World) -> None:
    action = world.an_action(world.a_child())
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world))
    report(world, action)
    do(world, "worker", commands.record_update, action.id, words="A mistake", is_done=False)
    assert world.again(action).state is ActionState.WAITING_ON


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"words": "", "is_done": False}, "words"),
        ({"words": "Done", "is_done": True}, "done_on"),
        ({"words": "Done", "is_done": True, "done_on": 1}, "done_on"),
    ],
)
def test_an_update_that_says_too_little_is_refused(world: World, said: dict[str, Any], field: str) -> None:
    action = world.an_action(world.a_child())
    if "done_on" in said:
        said = {**said, "done_on": world.day(said["done_on"])}
    with pytest.raises(Refused) as no:
        do(world, "worker", commands.record_update, action.id, **said)
    assert no.value.field == field
    assert world.all(Contribution) == []


@pytest.mark.parametrize("who", ["other_worker", "police", "nurse", "guest", "other_manager"])
def test_nobody_updates_what_is_not_theirs(world: World, who: str) -> None:
    action = world.an_action(world.a_child())
    with pytest.raises(NotThere):
        do(world, who, commands.record_update, action.id, words="Mine", is_done=False)


# --- Mine and not mine -----------------------------------------------------------------------------------------------


def test_saying_not_mine_after_saying_yes_takes_the_yes_back_and_keeps_the_words(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-30))
    do(world, "worker", commands.disown_action, action.id, because="The nurse does this")
    assert world.again(action).owner_accepted_at is None
    assert world.again(action).last_update_on is None, "it says nothing about what was done"
    (said,) = world.all(Contribution)
    assert said.words == "Not mine, because: The nurse does this"


def test_accepting_twice_changes_nothing(world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None)
    do(world, "worker", commands.accept_action, action.id)
    first = world.again(action).owner_accepted_at
    do(world, "worker", commands.accept_action, action.id, days=1)
    assert world.again(action).owner_accepted_at == first


def test_only_the_owner_says_whether_it_is_theirs(world: World) -> None:
    action = world.an_action(world.a_child())
    for command, said in ((commands.accept_action, {}), (commands.disown_action, {"because": "No"})):
        with pytest.raises(Refused, match="Only its owner"):
            do(world, "chair", command, action.id, **said)


# --- Chases ----------------------------------------------------------------------------------------------------------


def a_waiting_action(world: World, days: int = -40) -> Action:
    action = world.an_action(world.a_child(), set_on=world.day(days - 10), due=world.day(60))
    decide(world, action, a_running_meeting(world, days), Decision.WAITING_ON, **a_wait(world, days))
    return action


def chase(world: World, action: Action, days: int, by: str = "nurse", **changes: Any) -> None:
    said = {"chased_on": world.day(days), "words": "No answer", "next_by": world.day(days + 10), **changes}
    do(world, by, commands.record_chase, action.id, days=days, **said)


@pytest.mark.parametrize("days", [-26, -25])
def test_a_chase_missed_makes_it_late_from_the_next_day_and_one_in_time_does_not(world: World, days: int) -> None:
    action = a_waiting_action(world)
    chase(world, action, days, next_by=world.day(2))
    was_missed = days > -26
    assert is_late(facts_of(world, action), world.today) is was_missed
    assert world.again(action).late_from == (world.day(-25) if was_missed else world.day(3))


def test_each_chase_promises_the_next(world: World) -> None:
    action = a_waiting_action(world)
    chase(world, action, -30)
    chase(world, action, -20)
    waiting = facts_of(world, action).waiting
    assert waiting.chases == (world.day(-30), world.day(-20))
    assert waiting.promised == (world.day(-26), world.day(-20))
    assert waiting.chase_by == world.day(-10)
    assert days_late(facts_of(world, action), world.today) == 10
    assert days_late(facts_of(world, action), world.day(-10)) == 0


def test_nobody_chases_into_the_past(world: World) -> None:
    action = a_waiting_action(world)
    chase(world, action, -20, chased_on=world.day(-27))
    (stored,) = world.all(Chase)
    assert (stored.chased_on, stored.entered_on) == (world.day(-27), world.day(-20))
    assert is_late(facts_of(world, action), world.today)


def test_a_wait_on_a_member_agency_is_known_as_one(world: World) -> None:
    action = world.an_action(world.a_child())
    said = a_wait(world, agency_id=world.agencies["health"].id)
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **said)
    assert facts_of(world, action).waiting.is_member_agency
    other = a_waiting_action(world)
    assert not facts_of(world, other).waiting.is_member_agency


@pytest.mark.parametrize("who", ["nurse", "worker", "manager", "coordinator", "chair"])
def test_the_chaser_the_owner_and_those_who_answer_for_it_chase(world: World, who: str) -> None:
    action = a_waiting_action(world, 0)
    chase(world, action, 0, by=who)
    assert len(world.all(Chase)) == 1


@pytest.mark.parametrize("who", ["police", "other_worker", "teacher", "other_manager", "guest"])
def test_nobody_else_chases(world: World, who: str) -> None:
    action = a_waiting_action(world, 0)
    with pytest.raises(NotThere):
        chase(world, action, 0, by=who)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"chased_on": None}, "chased_on"),
        ({"chased_on": 1}, "chased_on"),
        ({"chased_on": -11}, "chased_on"),
        ({"words": ""}, "words"),
        ({"next_by": None}, "next_by"),
        ({"next_by": 0}, "next_by"),
        ({"next_by": 29}, "next_by"),
    ],
)
def test_a_chase_that_says_too_little_is_refused(world: World, changes: dict[str, Any], field: str) -> None:
    action = a_waiting_action(world, -10)
    days = {name: world.day(value) if isinstance(value, int) else value for name, value in changes.items()}
    with pytest.raises(Refused) as no:
        chase(world, action, 0, **days)
    assert no.value.field == field


def test_what_no_longer_waits_takes_no_chase(world: World) -> None:
    action = a_waiting_action(world, -10)
    decide(world, action, a_running_meeting(world), Decision.CARRIED, **carrying(world))
    with pytest.raises(Refused, match="waits on nobody"):
        chase(world, action, 0, by="worker")


# --- Another plan ----------------------------------------------------------------------------------------------------


def an_offer(world: World, **values: Any) -> tuple[Action, Meeting]:
    action, meeting = world.an_action(world.a_child(), **values), a_running_meeting(world)
    decide(world, action, meeting, Decision.OFFERED_TO_PLAN, plan="The care plan", plan_lead_id=world.id("nurse"))
    return action, meeting


def test_an_offered_action_is_open_here_until_its_new_lead_accepts(world: World) -> None:
    action, _ = an_offer(world)
    now = world.again(action)
    assert (now.state, now.ended_on, now.offered_to_id) == (ActionState.OPEN, None, world.id("nurse"))
    assert now.carries == 1
    do(world, "nurse", commands.answer_offer, action.id, accepts=True)
    now = world.again(action)
    assert (now.state, now.ended_on) == (ActionState.MOVED, world.today)
    assert now.drift is DriftLevel.ON_TRACK


def test_what_moved_while_late_counts_for_good(world: World) -> None:
    action, _ = an_offer(world, set_on=world.day(-30), due=world.day(-3))
    do(world, "nurse", commands.answer_offer, action.id, accepts=True)
    assert world.again(action).ended_after_late_carries == 1


def test_accepting_ends_what_it_waits_on(world: World) -> None:
    action = a_waiting_action(world, -10)
    decide(
        world, action, a_running_meeting(world), Decision.OFFERED_TO_PLAN,
        plan="The care plan", plan_lead_id=world.id("teacher"),
    )  # fmt: skip
    assert world.again(action).state is ActionState.WAITING_ON
    do(world, "teacher", commands.answer_offer, action.id, accepts=True)
    (waiting,) = world.all(Waiting)
    assert waiting.ended_on == world.today


def test_a_declined_offer_is_told_and_the_action_goes_on(world: World) -> None:
    action, _ = an_offer(world)
    with pytest.raises(Refused) as no:
        do(world, "nurse", commands.answer_offer, action.id, accepts=False)
    assert no.value.field == "reason"
    do(world, "nurse", commands.answer_offer, action.id, accepts=False, reason="The plan ended")
    now = world.again(action)
    assert (now.state, now.offered_to_id, now.offered_to_plan) == (ActionState.OPEN, None, "")
    assert [one.words for one in world.all(Contribution)] == ["Not accepted into The care plan: The plan ended"]
    with pytest.raises(NotThere):
        do(world, "nurse", commands.answer_offer, action.id, accepts=True)


@pytest.mark.parametrize("who", ["worker", "manager"])
def test_nobody_answers_for_somebody_elses_plan(world: World, who: str) -> None:
    action, _ = an_offer(world)
    with pytest.raises(NotThere):
        do(world, who, commands.answer_offer, action.id, accepts=True)


def test_those_who_run_meetings_enter_the_answer_with_how_it_came(world: World) -> None:
    action, _ = an_offer(world)
    with pytest.raises(Refused) as no:
        do(world, "coordinator", commands.answer_offer, action.id, accepts=True)
    assert no.value.field == "received_from"
    do(world, "coordinator", commands.answer_offer, action.id, accepts=True, received_from="by telephone")
    (said,) = world.all(Contribution)
    assert said.received_from == "Jo Adeyemi, by telephone"
    assert (said.source_person_id, said.entered_by_id) == (world.id("nurse"), world.id("coordinator"))


# --- Where it stands -------------------------------------------------------------------------------------------------


def test_the_daily_check_stores_again_those_whose_day_has_come_and_then_rests(world: World) -> None:
    child = world.a_child()
    due = world.an_action(child, due=world.day(5), last_update_on=world.today)
    world.an_action(child, due=world.day(60), last_update_on=world.today)
    area = world.settings.area

    def check(days: int) -> int:
        from mace.database import transaction
        from tests.world import TEST

        with transaction(world.session, TEST):
            return commands.refresh_standings(world.session, world.day(days), area)

    assert check(5) == 0
    assert check(6) == 1
    assert world.again(due).drift is DriftLevel.SLIPPING
    version = world.again(due).version
    assert check(6) == 0
    assert world.again(due).version == version
    assert world.again(due).late_from == world.day(6)
