"""What a meeting decides about an unfinished action: every decision both ways, and nothing typed is lost."""

from typing import Any

import pytest

from mace.actions.commands import record_update
from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import ActionState, Cause, Decision, ItemState, MeetingState, Presence
from mace.meetings import commands
from mace.models import Action, Chase, LedgerLine, Meeting, Waiting
from tests.meetings.make import (
    a_running_item,
    a_running_meeting,
    acting,
    another_series,
    close,
    decide,
    decide_form,
    items_of,
    no_longer_works,
)
from tests.pages import CheckedClient
from tests.world import World

REPORTED = {"state": ActionState.REPORTED_DONE}


def _late(world: World, child: Any, **values: Any) -> Action:
    return world.an_action(child, set_on=world.day(-60), due=world.day(-30), **values)


def _whole(world: World, decision: Decision) -> dict[str, object]:
    """Everything that this decision about a late action says."""
    return {
        Decision.NOTED: {"reason": "Going well"},
        Decision.CARRIED: {"new_due": world.day(14), "cause": "not_done", "reason": "The officer was moved"},
        Decision.WAITING_ON: {
            "body": "CAMHS",
            "asked": "An urgent appointment",
            "asked_on": world.day(-7),
            "answer_expected_on": world.day(7),
            "chaser_id": world.id("worker"),
            "chase_by": world.day(7),
            "safe_meanwhile": "His aunt collects him",
        },
        Decision.CHANGED: {
            "what": "The club’s coach is told in writing",
            "cause": "unclear",
            "reason": "The school could not",
        },
        Decision.ACCEPTED_DONE: {"reason": "The notice was read out"},
        Decision.REFUSED_DONE: {"reason": "The parents have not signed"},
        Decision.OFFERED_TO_PLAN: {"plan": "Child protection plan", "plan_lead_id": world.id("other_worker")},
        Decision.NO_LONGER_NEEDED: {
            "reason": "The man is in prison since Monday, police say",
            "covers": "His sentence",
        },
        Decision.STOPPED: {"reason": "The family has moved abroad"},
    }[decision]


AFTER = {
    Decision.CARRIED: ActionState.OPEN,
    Decision.WAITING_ON: ActionState.WAITING_ON,
    Decision.CHANGED: ActionState.OPEN,
    Decision.ACCEPTED_DONE: ActionState.DONE,
    Decision.OFFERED_TO_PLAN: ActionState.OPEN,
    Decision.NO_LONGER_NEEDED: ActionState.NO_LONGER_NEEDED,
    Decision.STOPPED: ActionState.STOPPED,
}


@pytest.mark.parametrize("decision", AFTER, ids=lambda one: one.value)
def test_a_late_action_is_decided(client: CheckedClient, world: World, decision: Decision) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/room?decide={action.id}&as={decision.value}")
    for name in _whole(world, decision):
        assert f'name="decide-{name}"' in page, f"{name} is asked"
    form = decide_form(world, action, decision, **_whole(world, decision))
    assert client.post(f"/items/{item.id}/decide/{action.id}", form).endswith(f"#action-{action.id}")
    (line,) = world.all(LedgerLine)
    assert (line.decision, line.meeting_id, line.by_id) == (decision, item.meeting_id, world.id("chair"))
    assert world.again(action).state is AFTER[decision]
    assert world.again(item).state is ItemState.OPENED
    assert decision.label in client.get(f"/items/{item.id}/room")


ASKED = {
    Decision.CARRIED: ("Enter the new date", "Choose why it was not done", "Say why it is carried"),
    Decision.WAITING_ON: (
        "Name who it waits on",
        "Say what was asked",
        "Enter the day they were asked",
        "Enter the day an answer is expected",
        "Choose who chases next",
        "Enter the day of the next chase",
        "Say what keeps the child safe meanwhile",
    ),
    Decision.CHANGED: ("Say what changed", "Choose why it was not done", "Say what changes: the words, the owner"),
    Decision.ACCEPTED_DONE: ("Say how the meeting knows that it is done",),
    Decision.OFFERED_TO_PLAN: ("Name the plan it moves to", "Choose who leads that plan"),
    Decision.NO_LONGER_NEEDED: ("Say what changed, when, and who told you", "Say what now covers the concern"),
    Decision.STOPPED: ("Say why it could not be done",),
}


@pytest.mark.parametrize("decision", ASKED, ids=lambda one: one.value)
def test_everything_missing_is_asked_at_once_beside_its_field(
    client: CheckedClient, world: World, decision: Decision
) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = decide_form(world, action, decision, what="A safety plan for evenings is agreed in writing")
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    for words in ASKED[decision]:
        assert page.count(words) == 2, f"in the summary and beside the field: {words}"
    assert world.all(LedgerLine) == []
    assert world.again(action).state is ActionState.OPEN


def test_what_was_typed_is_kept_when_something_is_missing(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    typed = {**_whole(world, Decision.WAITING_ON), "safe_meanwhile": ""}
    form = decide_form(world, action, Decision.WAITING_ON, **typed)
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert 'value="CAMHS"' in page
    assert "An urgent appointment" in page
    assert f'<option value="{world.id("worker")}" selected>' in page
    assert f'value="{world.day(7).year}"' in page


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["31", "2", "2027"], "The new date must be a real date"),
        (["31", "", ""], "The new date must include a month and year"),
        (["1", "1", "27"], "The new date must have a year of 4 numbers"),
    ],
)
def test_a_day_half_typed_says_which_part(client: CheckedClient, world: World, typed: list[str], words: str) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = {**decide_form(world, action, Decision.CARRIED, reason="Kept"), "decide-new_due": typed}
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert words in page
    assert "Kept" in page
    assert 'value="31"' in page or 'value="27"' in page


@pytest.mark.parametrize("on", [0, -1])
def test_a_new_date_is_after_the_meeting(client: CheckedClient, world: World, on: int) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = decide_form(world, action, Decision.CARRIED, **{**_whole(world, Decision.CARRIED), "new_due": world.day(on)})
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert "The new date must be after this meeting" in page


def test_what_is_in_date_needs_no_cause_and_may_just_be_noted(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "Why was it not done?" not in client.get(f"/items/{item.id}/room?decide={action.id}&as=carried")
    client.post(f"/items/{item.id}/decide/{action.id}", decide_form(world, action, Decision.NOTED))
    (line,) = world.all(LedgerLine)
    assert (line.decision, line.carried_late, line.cause) == (Decision.NOTED, False, None)


def test_what_is_late_is_never_just_noted(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "as=noted" not in client.get(f"/items/{item.id}/room")
    page = client.post(f"/items/{item.id}/decide/{action.id}", decide_form(world, action, Decision.NOTED), status=422)
    assert "carry it" in page


def test_a_report_is_accepted_or_refused(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    one, other = (
        _late(world, child, reported_done_on=world.day(-40), reported_done_at=world.now, **REPORTED) for _ in "ab"
    )
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/room")
    assert "Accept as done" in page
    client.post(f"/items/{item.id}/decide/{one.id}", decide_form(world, one, Decision.ACCEPTED_DONE))
    form = decide_form(world, other, Decision.REFUSED_DONE)
    assert "Say what is still missing" in client.post(f"/items/{item.id}/decide/{other.id}", form, status=422)
    client.post(
        f"/items/{item.id}/decide/{other.id}", decide_form(world, other, Decision.REFUSED_DONE, reason="No signature")
    )
    assert world.again(one).state is ActionState.DONE
    refused = world.again(other)
    assert (refused.state, refused.reported_refused) == (ActionState.IN_PROGRESS, True)


def test_refusing_what_nobody_reported_is_refused(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/decide/{action.id}",
        decide_form(world, action, Decision.REFUSED_DONE, reason="No"),
        status=422,
    )
    assert "Nobody has reported this action done" in page


def test_changing_nothing_is_no_change(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    form = decide_form(world, action, Decision.CHANGED, what=action.what, reason="Clearer words")
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert "Say what changes" in page


def test_a_new_owner_in_the_room_has_said_yes_and_another_is_asked(world: World) -> None:
    child = world.a_child()
    one, other = world.an_action(child), world.an_action(child)
    meeting = a_running_meeting(world, child)
    (item,) = items_of(world, meeting)
    police, health = world.agencies["police"].id, world.agencies["health"].id
    with acting(world, "chair") as actor:
        commands.set_item_attendance(
            world.session, actor, item.id, {health: (Presence.ABSENT, ""), police: (Presence.PRESENT, "Karen Holt")}
        )
    for action, who in ((one, "police"), (other, "nurse")):
        decide(
            world,
            item,
            action,
            Decision.CARRIED,
            new_due=world.day(20),
            reason="Theirs from now on",
            owner_id=world.id(who),
        )
    assert world.again(one).owner_accepted_at is not None
    assert world.again(other).owner_accepted_at is None
    assert world.again(other).owner_changes == 1


def test_where_nobody_is_named_the_owner_is_asked_for(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    action = world.an_action(child, owner=None, imported=True, due=world.day(10), set_on=world.day(-5))
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    for decision in (Decision.NOTED, Decision.REFUSED_DONE, Decision.WAITING_ON):
        page = client.get(f"/items/{item.id}/room?decide={action.id}&as={decision.value}")
        assert 'name="decide-owner_id"' in page
        assert '<option value="">Choose</option>' in page or '<option value="" selected>Choose' in page
    page = client.post(f"/items/{item.id}/decide/{action.id}", decide_form(world, action, Decision.NOTED), status=422)
    assert "Choose one person who owns it" in page
    client.post(
        f"/items/{item.id}/decide/{action.id}",
        decide_form(world, action, Decision.NOTED, owner_id=world.id("worker")),
    )
    after = world.again(action)
    assert (after.owner_id, after.owner_changes) == (world.id("worker"), 0)


def test_an_owner_who_has_left_does_not_stand_in_the_way(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child, owner="police"), a_running_item(world, child)
    no_longer_works(world, "police")
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/room?decide={action.id}&as=carried")
    assert "Imran Sadiq" in page, "who owns it is said"
    assert f'<option value="{world.id("police")}"' not in page, "and nobody new is asked of them"
    form = decide_form(world, action, Decision.CARRIED, **_whole(world, Decision.CARRIED))
    client.post(f"/items/{item.id}/decide/{action.id}", form)
    assert world.again(action).owner_id == world.id("police")


def test_accepting_the_same_wait_again_is_not_typed_again(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    decide(world, item, action, Decision.WAITING_ON, **_said(world))
    close(world, item)
    with acting(world, "chair") as actor:
        commands.end_meeting(world.session, actor, item.meeting_id, because="", area=world.settings.area, now=world.now)
    following = world.a_meeting(world.day(1), MeetingState.OPENED)
    again = world.an_item(following, child)
    page = client.sign_in(world.id("chair")).get(f"/items/{again.id}/room?decide={action.id}&as=waiting_on")
    assert 'value="CAMHS"' in page
    assert "An urgent appointment" in page
    assert "His aunt collects him" in page
    assert 'name="decide-another_way"' in page


def _said(world: World) -> dict[str, Any]:
    return {**_whole(world, Decision.WAITING_ON)}


def test_the_third_review_asks_for_another_way(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = _late(world, child)
    for on in (-20, -10):
        item = world.an_item(world.a_meeting(world.day(on), MeetingState.OPENED), child)
        decide(
            world,
            item,
            action,
            Decision.WAITING_ON,
            **{**_said(world), "asked_on": world.day(-30), "chase_by": world.day(on + 9)},
        )
        close(world, item)
        with acting(world, "chair") as actor:
            commands.end_meeting(
                world.session, actor, item.meeting_id, because="", area=world.settings.area, now=world.now
            )
    for on in (-5, 0):
        item = world.an_item(world.a_meeting(world.day(on), MeetingState.OPENED), child)
        form = decide_form(world, action, Decision.WAITING_ON, **_whole(world, Decision.WAITING_ON))
        if on == 0:
            page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
            assert "Say in what other way the child will be protected" in page
            form["decide-another_way"] = "The club gives lifts"
        client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form)
        close(world, item)
        with acting(world, "chair") as actor:
            commands.end_meeting(
                world.session, actor, item.meeting_id, because="", area=world.settings.area, now=world.now
            )
    assert world.all(Waiting, Waiting.another_way != "")[0].another_way == "The club gives lifts"
    assert world.all(Chase) == []


def test_only_the_series_that_owns_it_decides(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = _late(world, child)
    other = another_series(world)
    meeting = Meeting(series_id=other.id, held_on=world.today, state=MeetingState.OPENED)
    world.add(meeting)
    item = world.an_item(meeting, child)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    assert "Looked at by another meeting" in page
    assert "Northborough MACE" in page
    assert f"decide={action.id}" not in page
    with pytest.raises(Refused, match="Another series of meetings owns this action"):
        decide(world, item, action, Decision.CARRIED, **_carry(world))
    assert action.what not in client.get(f"/items/{item.id}/read-back").split("Who is told")[0]


def _carry(world: World) -> dict[str, Any]:
    return {"new_due": world.day(14), "cause": Cause.NOT_DONE, "reason": "The officer was moved"}


def test_only_actions_on_this_record(world: World) -> None:
    child, other = world.a_child(), world.a_child("Somebody Else")
    action, item = _late(world, other), a_running_item(world, child)
    with pytest.raises(NotThere):
        decide(world, item, action, Decision.CARRIED, **_carry(world))


def test_an_action_that_protects_the_child_too_is_on_this_record(client: CheckedClient, world: World) -> None:
    place, child = world.a_place(), world.a_child()
    action, item = _late(world, place, children=(child,)), a_running_item(world, child)
    assert action.what in client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    decide(world, item, action, Decision.CARRIED, **_carry(world))
    assert world.again(action).late_carries == 1


# --- Twice, back, and together --------------------------------------------------------------------------------------


def test_deciding_a_second_time_shows_what_stands_and_what_was_typed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = decide_form(world, action, Decision.STOPPED, reason="Mine: they moved abroad")
    decide(world, item, action, Decision.CARRIED, by="deputy", **_carry(world))
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=409)
    assert "This action was decided while you were typing" in page
    assert "Mine: they moved abroad" in page
    assert "The officer was moved" in page
    assert "recorded by Daniel Marsh" in page
    (line,) = world.all(LedgerLine)
    assert line.decision is Decision.CARRIED


def test_an_update_that_came_meanwhile_is_shown_before_deciding(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = decide_form(world, action, Decision.CARRIED, **_whole(world, Decision.CARRIED))
    with acting(world, "worker") as actor:
        record_update(
            world.session,
            actor,
            action.id,
            words="The plan is half written",
            is_done=False,
            area=world.settings.area,
            now=world.now,
        )
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=409)
    assert "Somebody else changed this action" in page
    assert "The plan is half written" in page
    assert "The officer was moved" in page
    assert world.all(LedgerLine) == []
    client.post(f"/items/{item.id}/decide/{action.id}", {**form, "decide-version": world.again(action).version})
    assert len(world.all(LedgerLine)) == 1


def test_a_decision_is_taken_back_until_the_item_is_closed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    decide(world, item, action, Decision.STOPPED, reason="They moved abroad")
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/undo/{action.id}")
    after = world.again(action)
    assert (after.state, after.ended_on, after.ended_because) == (ActionState.OPEN, None, "")
    assert world.all(LedgerLine) == []
    decide(world, item, action, Decision.CARRIED, **_carry(world))
    close(world, item)
    client.post(f"/items/{item.id}/undo/{action.id}")
    assert "read back and closed" in client.get(f"/items/{item.id}/room")
    assert len(world.all(LedgerLine)) == 1


def test_what_is_in_date_with_an_update_is_noted_in_one_act(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    updated = [world.an_action(child, last_update_on=world.today) for _ in range(3)]
    world.an_action(child)
    _late(world, child, last_update_on=world.today)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "Note 3 actions in date with an update" in client.get(f"/items/{item.id}/room")
    client.post(f"/items/{item.id}/noted")
    lines = world.all(LedgerLine)
    assert {line.action_id for line in lines} == {one.id for one in updated}
    assert {line.decision for line in lines} == {Decision.NOTED}
    page = client.get(f"/items/{item.id}/room")
    assert "3 actions noted." in page
    assert "in date with an update</button>" not in page


def test_the_button_counts_what_it_will_note(client: CheckedClient, world: World) -> None:
    """An imported action that nobody here has looked at, and one of another series, are not noted in one act."""
    child = world.a_child(imported=True)
    world.an_action(child, imported=True, due=world.day(10), set_on=world.day(-5), last_update_on=world.today)
    action = world.an_action(child, last_update_on=world.today)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "Note 1 action in date with an update" in client.get(f"/items/{item.id}/room")
    client.post(f"/items/{item.id}/noted")
    assert [line.action_id for line in world.all(LedgerLine)] == [action.id]


# --- Where nothing can be decided -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [MeetingState.PLANNED, MeetingState.PUBLISHED, MeetingState.CANCELLED])
def test_nothing_is_decided_at_a_meeting_that_does_not_run(
    client: CheckedClient, world: World, state: MeetingState
) -> None:
    child = world.a_child()
    action = _late(world, child)
    item = world.an_item(world.a_meeting(state=state), child)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    assert f"decide={action.id}" not in page
    form = decide_form(world, action, Decision.CARRIED, **_whole(world, Decision.CARRIED))
    page = client.post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert "This meeting is not running now" in page
    assert "The officer was moved" in page, "what was typed is kept"


def test_an_item_taken_off_while_somebody_decides_keeps_what_was_typed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    form = decide_form(world, action, Decision.CARRIED, **_whole(world, Decision.CARRIED))
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, item.id, because="The worker is ill")
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/decide/{action.id}", form, status=422)
    assert "Somebody took this item off the agenda" in page
    assert "The officer was moved" in page
    assert "Put it back and go on" in page
    client.post(f"/meetings/{item.meeting_id}/arrange", {"back": item.id, "then": "room"})
    client.post(f"/items/{item.id}/decide/{action.id}", form)
    assert len(world.all(LedgerLine)) == 1


@pytest.mark.parametrize("as_", ["imported", "nothing", ""])
def test_what_is_no_decision_goes_back_to_the_action(client: CheckedClient, world: World, as_: str) -> None:
    child = world.a_child()
    action, item = _late(world, child), a_running_item(world, child)
    client.sign_in(world.id("chair"))
    client.post(f"/items/{item.id}/decide/{action.id}", {"as": as_})
    client.get(f"/items/{item.id}/room?decide={action.id}&as={as_}")
    client.get(f"/items/{item.id}/room?decide=x&as=carried")
    with pytest.raises(Refused, match="Choose what the meeting decides"):
        decide(world, item, action, Decision.IMPORTED)
    assert world.all(LedgerLine) == []
