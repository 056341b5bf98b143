"""One look of a meeting is one line, whatever else it changes; and it can be taken back (rules 2, 3 and 4)."""

from typing import Any

import pytest
from sqlmodel import Session

from mace.actions import commands
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.vocabulary import ActionState, Cause, Decision, ItemState, MeetingState
from mace.models import Action, Contribution, LedgerLine, Meeting, Series, Trail, Waiting
from tests.actions.make import a_running_meeting, a_wait, carrying, decide, do
from tests.world import World


def refused(world: World, action: Action, meeting: Meeting, decision: Decision, **said: Any) -> tuple[str | None, str]:
    """The field and the sentence of a no."""
    with pytest.raises(Refused) as no:
        decide(world, action, meeting, decision, **said)
    return no.value.field, no.value.reason


def lines_of(world: World, action: Action) -> list[LedgerLine]:
    return sorted(world.all(LedgerLine, LedgerLine.action_id == action.id), key=lambda line: line.meeting_on)


# --- What comes along ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("decision", [Decision.CARRIED, Decision.CHANGED])
def test_new_words_owner_and_date_come_in_one_line(world: World, decision: Decision) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    line = decide(
        world, action, meeting, decision,
        what="A plan with the school", owner_id=world.id("police"), new_due=world.day(30), reason="She moved",
    )  # fmt: skip
    now = world.again(action)
    assert (now.what, now.owner_id, now.due) == ("A plan with the school", world.id("police"), world.day(30))
    assert now.owner_agency_id == world.agencies["police"].id
    assert (now.owner_changes, now.date_moves, now.carries) == (1, 1, 1)
    assert now.first_due == action.first_due
    assert len(lines_of(world, action)) == 1
    assert (line.old_due, line.new_due) == (action.due, world.day(30))


def test_a_new_owner_has_to_say_yes_unless_they_are_in_the_room(world: World) -> None:
    child = world.a_child()
    away, here = world.an_action(child), world.an_action(child)
    meeting = a_running_meeting(world)
    decide(world, away, meeting, Decision.CARRIED, **carrying(world, owner_id=world.id("police")))
    decide(world, here, meeting, Decision.CARRIED, **carrying(world, owner_id=world.id("police"), owner_is_here=True))
    assert world.again(away).owner_accepted_at is None
    assert world.again(here).owner_accepted_at is not None


def test_the_same_owner_and_the_same_date_move_nothing(world: World) -> None:
    action = world.an_action(world.a_child())
    decide(
        world, action, a_running_meeting(world), Decision.CARRIED, **carrying(world, 14, owner_id=world.id("worker"))
    )
    now = world.again(action)
    assert (now.owner_changes, now.date_moves, now.carries) == (0, 0, 1)
    assert now.owner_accepted_at is not None


@pytest.mark.parametrize("days", [7, 28])
def test_a_date_that_becomes_earlier_or_later_is_a_move(world: World, days: int) -> None:
    action = world.an_action(world.a_child())
    decide(world, action, a_running_meeting(world), Decision.CARRIED, **carrying(world, days))
    assert world.again(action).date_moves == 1


def test_words_may_come_with_a_note_and_a_date_may_not(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    assert refused(world, action, meeting, Decision.NOTED, new_due=world.day(30))[0] == "new_due"
    decide(world, action, meeting, Decision.NOTED, what="A plan with the school")
    assert world.again(action).what == "A plan with the school"


def test_what_is_past_its_date_is_carried_not_noted(world: World) -> None:
    action = world.an_action(world.a_child(), due=world.day(-1))
    assert refused(world, action, a_running_meeting(world), Decision.NOTED)[0] == "decision"


def test_a_date_brought_forward_and_missed_is_not_noted_either(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-30), due=world.day(14))
    decide(world, action, a_running_meeting(world, -10), Decision.CARRIED, **carrying(world, -5))
    assert refused(world, action, a_running_meeting(world), Decision.NOTED)[0] == "decision"


def test_what_waits_or_is_reported_done_needs_a_decision_of_its_own(world: World) -> None:
    child = world.a_child()
    waits, done = world.an_action(child), world.an_action(child)
    decide(world, waits, a_running_meeting(world, -10), Decision.WAITING_ON, **a_wait(world, -10))
    do(world, "worker", commands.record_update, done.id, words="In the case note", is_done=True, done_on=world.today)
    meeting = a_running_meeting(world)
    assert refused(world, waits, meeting, Decision.NOTED)[0] == "decision"
    assert refused(world, done, meeting, Decision.NOTED)[0] == "decision"


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (Decision.CARRIED, "carry"),
        (Decision.NOTED, {}),
        (Decision.WAITING_ON, "wait"),
        (Decision.OFFERED_TO_PLAN, {"plan": "The child protection plan", "plan_lead_id": "nurse"}),
    ],
)
def test_an_imported_action_that_names_nobody_gets_its_owner_at_the_first_look(
    world: World, decision: Decision, said: Any
) -> None:
    action = world.an_action(world.a_child(), owner=None, imported=True, due=world.day(10))
    meeting = a_running_meeting(world)
    said = {"carry": carrying(world), "wait": a_wait(world)}[said] if isinstance(said, str) else dict(said)
    if "plan_lead_id" in said:
        said["plan_lead_id"] = world.id(said["plan_lead_id"])
    assert refused(world, action, meeting, decision, **said) == ("owner_id", "Choose one person who owns it")
    decide(world, action, meeting, decision, **said, owner_id=world.id("nurse"))
    now = world.again(action)
    assert now.owner_id == world.id("nurse")
    assert now.owner_changes == 0, "naming somebody where nobody was named hands nothing over"
    assert now.confirmed_at is not None


def test_an_imported_action_that_names_nobody_may_end_without_an_owner(world: World) -> None:
    action = world.an_action(world.a_child(), owner=None, imported=True)
    decide(world, action, a_running_meeting(world), Decision.STOPPED, reason="Nobody knows what was meant")
    assert world.again(action).state is ActionState.STOPPED


@pytest.mark.parametrize("name", ["owner_id", "chaser_id"])
def test_only_somebody_active_can_be_named(world: World, name: str) -> None:
    from uuid import uuid4

    action = world.an_action(world.a_child())
    said = carrying(world) if name == "owner_id" else a_wait(world)
    decision = Decision.CARRIED if name == "owner_id" else Decision.WAITING_ON
    assert refused(world, action, a_running_meeting(world), decision, **{**said, name: uuid4()})[0] == name


# --- What a decision needs -------------------------------------------------------------------------------------------


def test_a_change_of_a_late_action_says_why_it_was_not_done(world: World) -> None:
    action = world.an_action(world.a_child(), due=world.day(-3))
    said = {"reason": "The school changed", "what": "A plan with the new school"}
    meeting = a_running_meeting(world)
    assert refused(world, action, meeting, Decision.CHANGED, **said)[0] == "cause"
    line = decide(world, action, meeting, Decision.CHANGED, **said, cause=Cause.CIRCUMSTANCES)
    assert line.carried_late
    assert world.again(action).late_carries == 1


def test_done_that_nobody_reported_needs_how_the_meeting_knows(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    assert refused(world, action, meeting, Decision.ACCEPTED_DONE)[0] == "reason"
    decide(world, action, meeting, Decision.ACCEPTED_DONE, reason="The worker showed the plan")
    assert world.again(action).state is ActionState.DONE


def test_only_a_report_can_be_refused(world: World) -> None:
    action = world.an_action(world.a_child())
    no = refused(world, action, a_running_meeting(world), Decision.REFUSED_DONE, reason="No date")
    assert no[0] == "decision"


def test_a_meeting_decides_once_about_an_action(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    with pytest.raises(Clash, match="already decided"):
        decide(world, action, meeting, Decision.STOPPED, reason="The family said no")
    assert world.again(action).carries == 1


def test_a_stale_page_decides_nothing(world: World) -> None:
    action = world.an_action(world.a_child())
    do(world, "worker", commands.record_update, action.id, words="Rang the school", is_done=False)
    with pytest.raises(Clash):
        decide(world, action, a_running_meeting(world), Decision.CARRIED, version=1, **carrying(world))


def test_only_a_running_meeting_of_the_owning_series_decides(world: World) -> None:
    action = world.an_action(world.a_child())
    planned = world.a_meeting()
    assert "not running" in refused(world, action, planned, Decision.CARRIED, **carrying(world))[1]
    other = Series(name="Daily review")
    world.add(other)
    elsewhere = Meeting(series_id=other.id, held_on=world.today, state=MeetingState.OPENED)
    world.add(elsewhere)
    assert "Another series" in refused(world, action, elsewhere, Decision.CARRIED, **carrying(world))[1]


def test_whoever_may_not_decide_finds_no_action(world: World) -> None:
    action = world.an_action(world.a_child())
    with pytest.raises(NotThere):
        decide(world, action, a_running_meeting(world), Decision.CARRIED, by="worker", **carrying(world))


# --- Ending ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("due", "looks", "after"), [(14, 0, None), (-3, 0, 0), (-20, 1, 1)])
def test_ending_while_late_counts_for_good(world: World, due: int, looks: int, after: int | None) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(due))
    for n in range(looks):
        decide(world, action, a_running_meeting(world, n - 10), Decision.CARRIED, **carrying(world))
    decide(world, action, a_running_meeting(world), Decision.STOPPED, reason="The family moved abroad")
    now = world.again(action)
    assert now.ended_after_late_carries == after
    assert (now.late_from is not None) is (after is not None)


def test_what_was_done_late_did_not_end_unfinished(world: World) -> None:
    action = world.an_action(world.a_child(), due=world.day(-3))
    decide(world, action, a_running_meeting(world), Decision.ACCEPTED_DONE, reason="The worker showed the plan")
    assert world.again(action).ended_after_late_carries is None


# --- Waiting ---------------------------------------------------------------------------------------------------------


def test_a_member_agency_that_is_waited_on_is_kept_as_one(world: World) -> None:
    action = world.an_action(world.a_child())
    said = {**a_wait(world), "body": None, "agency_id": world.agencies["health"].id}
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **said)
    (waiting,) = world.all(Waiting)
    assert (waiting.body, waiting.agency_id) == ("Health Trust", world.agencies["health"].id)


def test_accepting_the_same_wait_again_resets_neither_its_days_nor_its_chases(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-90), due=world.day(60))
    decide(world, action, a_running_meeting(world, -60), Decision.WAITING_ON, **a_wait(world, -60))
    do(
        world, "nurse", commands.record_chase, action.id, days=-50,
        chased_on=world.day(-50), words="No answer", next_by=world.day(-30),
    )  # fmt: skip
    decide(world, action, a_running_meeting(world, -31), Decision.WAITING_ON, **a_wait(world, -31, body="camhs"))
    first, second = sorted(world.all(Waiting), key=lambda one: one.began_on)
    assert first.ended_on == world.day(-31)
    assert (second.asked_on, second.chased_before) == (world.day(-60), 1)


def test_another_body_is_another_wait(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-90), due=world.day(60))
    decide(world, action, a_running_meeting(world, -60), Decision.WAITING_ON, **a_wait(world, -60))
    decide(world, action, a_running_meeting(world, -50), Decision.WAITING_ON, **a_wait(world, -50, body="The school"))
    second = max(world.all(Waiting), key=lambda one: one.began_on)
    assert (second.asked_on, second.chased_before) == (world.day(-50), 0)


def test_the_third_meeting_that_finds_it_waiting_names_another_way(world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-150), due=world.day(60))
    for days in (-120, -90, -60):
        decide(world, action, a_running_meeting(world, days), Decision.WAITING_ON, **a_wait(world, days))
    meeting = a_running_meeting(world, -30)
    assert refused(world, action, meeting, Decision.WAITING_ON, **a_wait(world, -30))[0] == "another_way"
    decide(world, action, meeting, Decision.WAITING_ON, **a_wait(world, -30, another_way="A mentor each Friday"))
    live = max(world.all(Waiting), key=lambda one: one.began_on)
    assert live.another_way == "A mentor each Friday"


def test_carrying_ends_a_wait_and_changing_keeps_it(world: World) -> None:
    child = world.a_child()
    carried, changed = world.an_action(child), world.an_action(child)
    for action in (carried, changed):
        decide(world, action, a_running_meeting(world, -5), Decision.WAITING_ON, **a_wait(world, -5))
    meeting = a_running_meeting(world)
    decide(world, carried, meeting, Decision.CARRIED, **carrying(world))
    decide(world, changed, meeting, Decision.CHANGED, reason="A new worker", owner_id=world.id("police"))
    assert world.again(carried).state is ActionState.IN_PROGRESS
    assert world.again(changed).state is ActionState.WAITING_ON
    assert [one.action_id for one in world.all(Waiting) if one.ended_on is None] == [changed.id]


# --- Noted in one act ------------------------------------------------------------------------------------------------


def note(world: World, subject: Any, meeting: Meeting, ids: Any = None) -> int:
    noted: int = do(world, "chair", commands.note_in_date, subject.id, meeting.id, ids)
    return noted


def test_actions_in_date_with_an_update_are_noted_together(world: World) -> None:
    child, other = world.a_child(), world.a_child("Bethan Birch")
    said = {"last_update_on": world.day(-1)}
    noted = [world.an_action(child, **said) for _ in range(2)]
    shared = world.an_action(other, children=(child,), **said)
    left = [
        world.an_action(child),
        world.an_action(child, due=world.day(-1), **said),
        world.an_action(child, owner=None, imported=True, confirmed_at=world.now, due=world.day(9), **said),
        world.an_action(child, imported=True, due=world.day(9), **said),
        world.an_action(other, **said),
    ]
    meeting = a_running_meeting(world)
    assert note(world, child, meeting) == 3
    for action in (*noted, shared):
        (line,) = lines_of(world, action)
        assert (line.decision, line.carried_late, line.meeting_id) == (Decision.NOTED, False, meeting.id)
        assert world.again(action).carries == 1
    assert all(lines_of(world, action) == [] for action in left)
    assert note(world, child, meeting) == 0, "each once a meeting"


def test_an_update_from_before_the_last_meeting_is_not_news(world: World) -> None:
    child = world.a_child()
    world.a_meeting(world.day(-5), MeetingState.HELD)
    world.an_action(child, last_update_on=world.day(-6))
    assert note(world, child, a_running_meeting(world)) == 0


def test_chosen_actions_alone_are_noted(world: World) -> None:
    child = world.a_child()
    chosen, other = (world.an_action(child, last_update_on=world.day(-1)) for _ in range(2))
    assert note(world, child, a_running_meeting(world), [chosen.id]) == 1
    assert lines_of(world, other) == []


# --- Taken back ------------------------------------------------------------------------------------------------------

FIELDS = (
    "state", "what", "due", "owner_id", "owner_agency_id", "owner_accepted_at", "owner_changes", "date_moves",
    "reported_done_on", "reported_refused", "ended_on", "ended_because", "what_covers_it", "ended_after_late_carries",
    "offered_to_plan", "offered_to_id", "offered_on", "confirmed_at", "carries", "late_carries", "late_from",
    "sort_weight", "drift",
)  # fmt: skip


def stands(world: World, action: Action) -> dict[str, Any]:
    now = world.again(action)
    return {name: getattr(now, name) for name in FIELDS}


def undo(world: World, action: Action, meeting: Meeting) -> None:
    do(world, "chair", commands.undo_decision, action.id, meeting.id)


FOUND = ("open", "late", "waiting", "reported", "imported", "offered")
FITS = [
    (decision, found)
    for decision in Decision
    for found in FOUND
    if decision is not Decision.IMPORTED
    and (decision is not Decision.REFUSED_DONE or found == "reported")
    and (decision is not Decision.NOTED or found not in ("late", "waiting", "reported"))
]


@pytest.mark.parametrize(("decision", "found"), FITS)
def test_a_decision_taken_back_leaves_the_action_as_it_was_found(world: World, decision: Decision, found: str) -> None:
    child = world.a_child()
    imported = found == "imported"
    action = world.an_action(
        child,
        set_on=world.day(-60),
        due=world.day(-3 if found == "late" else 14),
        owner=None if imported else "worker",
        imported=imported,
    )
    before = a_running_meeting(world, -10)
    if found == "waiting":
        decide(world, action, before, Decision.WAITING_ON, **a_wait(world, -10))
    if found == "offered":
        decide(world, action, before, Decision.OFFERED_TO_PLAN, plan="The care plan", plan_lead_id=world.id("nurse"))
    if found == "reported":
        do(world, "worker", commands.record_update, action.id, words="Case note", is_done=True, done_on=world.today)
    was, waits = stands(world, action), [(one.id, one.ended_on) for one in world.all(Waiting)]
    meeting = a_running_meeting(world)
    said: dict[str, Any] = {
        Decision.CARRIED: carrying(world, 30, what="Other words", owner_id=world.id("police")),
        Decision.CHANGED: {"reason": "Moved", "what": "Other words", "cause": Cause.CIRCUMSTANCES},
        Decision.WAITING_ON: a_wait(world, 0, another_way="A mentor"),
        Decision.ACCEPTED_DONE: {"reason": "Seen"},
        Decision.REFUSED_DONE: {"reason": "No date"},
        Decision.OFFERED_TO_PLAN: {"plan": "The court plan", "plan_lead_id": world.id("police")},
        Decision.NO_LONGER_NEEDED: {"reason": "He is in prison since May, police", "covers": "Action 12"},
        Decision.STOPPED: {"reason": "The family said no"},
    }.get(decision, {})
    if imported and decision.leaves_open:
        said["owner_id"] = world.id("police")
    decide(world, action, meeting, decision, **said)
    assert stands(world, action) != was
    undo(world, action, meeting)
    assert stands(world, action) == was
    assert [(one.id, one.ended_on) for one in world.all(Waiting)] == waits
    assert [line.meeting_id for line in lines_of(world, action)] == (
        [before.id] if found in ("waiting", "offered") else []
    )


def test_the_trail_keeps_the_line_that_was_taken_back(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    line = decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    undo(world, action, meeting)
    acts = [one.act for one in world.all(Trail, Trail.object_id == str(line.id))]
    assert acts == ["created", "deleted"]


def test_the_meeting_may_decide_again_after_taking_back(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.STOPPED, reason="A slip of the hand")
    undo(world, action, meeting)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    assert world.again(action).carries == 1


def test_what_another_hand_changed_since_stays(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world, 30))
    do(world, "worker", commands.record_update, action.id, words="Case note", is_done=True, done_on=world.today)
    undo(world, action, meeting)
    now = world.again(action)
    assert (now.state, now.reported_done_on, now.due) == (ActionState.REPORTED_DONE, world.today, action.due)


def test_nothing_is_taken_back_that_was_not_decided(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    was = stands(world, action)
    with pytest.raises(Refused, match="has not decided"):
        undo(world, action, meeting)
    assert stands(world, action) == was


@pytest.mark.parametrize("state", [ItemState.CLOSED, ItemState.APPROVED])
@pytest.mark.parametrize("whose", ["its own", "another child's"])
def test_what_was_read_back_and_sent_stands(world: World, state: ItemState, whose: str) -> None:
    child, other = world.a_child(), world.a_child("Bethan Birch")
    action = world.an_action(child, children=(other,))
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    approved = {"approved_at": world.now} if state is ItemState.APPROVED else {}
    world.an_item(meeting, child if whose == "its own" else other, state, closed_at=world.now, **approved)
    with pytest.raises(Refused, match="read back and closed"):
        undo(world, action, meeting)


def test_nothing_is_taken_back_after_the_meeting(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.CARRIED, **carrying(world))
    from mace.database import transaction
    from tests.world import TEST

    with transaction(world.session, TEST):
        Session.get_one(world.session, Meeting, meeting.id).state = MeetingState.HELD
    with pytest.raises(Refused, match="not running"):
        undo(world, action, meeting)


def test_a_wait_that_somebody_chased_since_stands(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.WAITING_ON, **a_wait(world))
    do(
        world, "nurse", commands.record_chase, action.id,
        chased_on=world.today, words="No answer", next_by=world.day(14),
    )  # fmt: skip
    with pytest.raises(Refused, match="chased since"):
        undo(world, action, meeting)
    assert world.again(action).state is ActionState.WAITING_ON


def test_an_offer_that_was_accepted_since_stands(world: World) -> None:
    action = world.an_action(world.a_child())
    meeting = a_running_meeting(world)
    decide(world, action, meeting, Decision.OFFERED_TO_PLAN, plan="The care plan", plan_lead_id=world.id("nurse"))
    do(world, "nurse", commands.answer_offer, action.id, accepts=True)
    with pytest.raises(Refused, match="accepted this action since"):
        undo(world, action, meeting)
    assert world.again(action).state is ActionState.MOVED
    assert len(world.all(Contribution)) == 1
