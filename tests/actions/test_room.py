"""What a meeting has to decide about the actions of one subject."""

from mace.actions import queries
from mace.domain.vocabulary import ActionState, Decision
from mace.models import Meeting, Subject
from tests.actions.make import a_running_meeting, a_wait, carrying, decide
from tests.world import World


def to_decide(world: World, subject: Subject, meeting: Meeting, who: str = "chair") -> dict[int, queries.ToDecide]:
    found = queries.list_to_decide(
        world.session, world.actor(who), subject.id, meeting.id, meeting.held_on, world.settings.area
    )
    world.session.rollback()
    return {one.line.number: one for one in found}


def test_the_room_shows_what_is_unfinished_or_decided_here_worst_first(world: World) -> None:
    child = world.a_child()
    fine, late = world.an_action(child), world.an_action(child, due=world.day(-40))
    shared = world.an_action(world.a_child("Bethan Birch"), children=(child,))
    ended_before, ended_here = world.an_action(child), world.an_action(child)
    decide(world, ended_before, a_running_meeting(world, -7), Decision.STOPPED, reason="The family said no")
    meeting = a_running_meeting(world)
    decide(world, ended_here, meeting, Decision.STOPPED, reason="The family said no")
    found = to_decide(world, child, meeting)
    assert list(found) == [late.number, fine.number, shared.number, ended_here.number]
    assert {number: one.decided for number, one in found.items()} == {
        late.number: None, fine.number: None, shared.number: None, ended_here.number: Decision.STOPPED,
    }  # fmt: skip
    assert found[late.number].sentences[0] == "40 days late"


def test_the_room_says_which_are_noted_in_one_act(world: World) -> None:
    child = world.a_child()
    yes = world.an_action(child, last_update_on=world.day(-1))
    no = world.an_action(child)
    meeting = a_running_meeting(world)
    found = to_decide(world, child, meeting)
    assert found[yes.number].may_be_noted
    assert not found[no.number].may_be_noted
    decide(world, yes, meeting, Decision.NOTED)
    assert not to_decide(world, child, meeting)[yes.number].may_be_noted


def test_the_room_says_what_waits_what_is_offered_and_whose_series_it_is(world: World) -> None:
    child = world.a_child()
    waits, offered = world.an_action(child), world.an_action(child)
    before = a_running_meeting(world, -7)
    decide(world, waits, before, Decision.WAITING_ON, **a_wait(world, -7))
    decide(world, offered, before, Decision.OFFERED_TO_PLAN, plan="The care plan", plan_lead_id=world.id("nurse"))
    found = to_decide(world, child, a_running_meeting(world))
    assert found[waits.number].line.state is ActionState.WAITING_ON
    assert found[waits.number].facts.waiting is not None
    assert found[offered.number].offered_to_plan == "The care plan"
    assert found[offered.number].series_id == world.series.id


def test_nobody_but_those_who_run_meetings_sees_it(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child)
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    assert to_decide(world, child, meeting, "worker") == {}
