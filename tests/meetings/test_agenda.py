"""An agenda builds itself, each subject with its reasons, and keeps what people did to it."""

from datetime import timedelta
from typing import Any

import pytest

from mace.actions.queries import list_facts
from mace.database import system_scope, transaction
from mace.domain.errors import NotThere, Refused
from mace.domain.ledger import meetings_that_did_not_look
from mace.domain.vocabulary import (
    ActionState,
    Decision,
    DriftLevel,
    ItemState,
    MeetingState,
    RiskLevel,
    SeriesKind,
    SubjectKind,
    Tier,
)
from mace.meetings import commands
from mace.meetings.commands.agenda import NO_LONGER_DUE
from mace.models import Item, Meeting, Subject
from tests.meetings.make import a_held_item, a_running_meeting, acting, another_series, decide, end, items_of
from tests.pages import CheckedClient
from tests.world import TEST, World


def built(world: World, meeting: Meeting | None = None) -> Meeting:
    """A meeting today whose agenda has built itself."""
    meeting = meeting or world.a_meeting()
    with acting(world, "coordinator") as actor:
        commands.build_agenda(world.session, actor, meeting.id, area=world.settings.area, now=world.now)
    return meeting


def why(world: World, subject: Subject, meeting: Meeting | None = None) -> list[str]:
    """The reasons of one subject on an agenda; none where it is not on it."""
    found = [one for one in items_of(world, meeting or built(world)) if one.subject_id == subject.id]
    return found[0].reasons.split("\n") if found else []


def change(world: World, subject: Subject, **values: Any) -> None:
    """Change a subject as its record's own pages would."""
    with transaction(world.session, TEST), system_scope(world.session, "a test"):
        row = world.session.get(Subject, subject.id)
        for name, value in values.items():
            setattr(row, name, value)


def a_quiet_child(world: World, name: str = "Quiet Child", **values: Any) -> Subject:
    """A child discussed before, with nothing due."""
    child = world.a_child(name, **{"next_review_on": world.day(30), **values})
    a_held_item(world, child, world.day(-28 - len(world.all(Item))))
    return child


# --- Reasons --------------------------------------------------------------------------------------------------------


def test_a_child_never_discussed_is_new(world: World) -> None:
    assert why(world, world.a_child()) == ["New"]


def test_a_child_with_nothing_due_is_not_on_it(world: World) -> None:
    child = a_quiet_child(world)
    world.an_action(child)
    assert why(world, child) == []


def test_late_actions_and_drift(world: World) -> None:
    child = a_quiet_child(world)
    world.an_action(child, set_on=world.day(-50), due=world.day(-10))
    world.an_action(child, set_on=world.day(-90), due=world.day(-60))
    assert why(world, child) == ["The plan is drifting", "2 actions late"]


def test_what_will_be_late_by_the_day_of_the_meeting_counts(world: World) -> None:
    child = a_quiet_child(world)
    world.an_action(child, due=world.day(5))
    meeting = built(world, world.a_meeting(world.day(6)))
    assert why(world, child, meeting) == ["1 action late"]


def test_a_report_waits_to_be_accepted(world: World) -> None:
    child = a_quiet_child(world)
    reported = {"reported_done_on": world.today, "reported_done_at": world.now}
    world.an_action(child, state=ActionState.REPORTED_DONE, **reported)
    assert why(world, child) == ["1 action reported done, to accept"]


def test_a_review_due_by_the_day_of_the_meeting(world: World) -> None:
    due, later = (a_quiet_child(world, name, next_review_on=world.day(n)) for name, n in (("A", 0), ("B", 1)))
    meeting = built(world)
    assert why(world, due, meeting)[0].startswith("Review due")
    assert why(world, later, meeting) == []


def test_who_is_proposed_to_leave_is_discussed_again(world: World) -> None:
    child = a_quiet_child(world, exit_proposed_on=world.day(-28))
    assert why(world, child) == ["Proposed to leave"]


def test_a_child_from_a_spreadsheet_gets_its_first_look_and_is_not_called_new(world: World) -> None:
    child, bare = world.a_child("With actions", imported=True), world.a_child("Without", imported=True)
    world.an_action(child, imported=True, set_on=world.day(-5))
    meeting = built(world)
    assert why(world, child, meeting) == ["1 action from the spreadsheet to look at once"]
    assert why(world, bare, meeting) == ["First look since the spreadsheet"]


def test_what_was_put_off_comes_back_first_and_stays_counted(client: CheckedClient, world: World) -> None:
    other, put_off = world.a_child("Aaron New"), a_quiet_child(world, "Zoe Put Off")
    a_held_item(world, put_off, world.day(-3), ItemState.PUT_OFF, times_put_off=2)
    meeting = built(world)
    first = items_of(world, meeting)[0]
    assert first.subject_id == put_off.id
    assert why(world, put_off, meeting) == ["Put off last time"]
    assert "Put off 2 times running" in client.sign_in(world.id("chair")).get(f"/meetings/{meeting.id}")
    assert first.times_put_off == 2
    assert why(world, other, meeting) == ["New"]


def test_leaving_somebody_off_does_not_reset_how_often_they_were_put_off(world: World) -> None:
    child = a_quiet_child(world)
    a_held_item(world, child, world.day(-6), ItemState.PUT_OFF, times_put_off=2)
    a_held_item(world, child, world.day(-3), ItemState.LEFT_OFF)
    meeting = built(world)
    assert why(world, child, meeting) == ["Put off last time"]
    assert items_of(world, meeting)[0].times_put_off == 2


def test_a_look_ends_the_running_count(world: World) -> None:
    child = a_quiet_child(world, next_review_on=world.today)
    a_held_item(world, child, world.day(-6), ItemState.PUT_OFF, times_put_off=2)
    a_held_item(world, child, world.day(-3), ItemState.CLOSED)
    meeting = built(world)
    assert "Put off last time" not in why(world, child, meeting)
    assert items_of(world, meeting)[0].times_put_off == 0


def test_a_cancelled_meeting_neither_looks_nor_puts_off(world: World) -> None:
    child = a_quiet_child(world)
    a_held_item(world, child, world.day(-6), ItemState.PUT_OFF, times_put_off=1)
    cancelled = world.a_meeting(world.day(-3), MeetingState.CANCELLED)
    world.an_item(cancelled, child)
    meeting = built(world)
    assert why(world, child, meeting) == ["Put off last time"]
    assert items_of(world, meeting)[0].times_put_off == 1


def test_nobody_whose_time_with_the_meetings_has_ended(world: World) -> None:
    child = world.a_child(closed_on=world.day(-1))
    world.an_action(child, set_on=world.day(-90), due=world.day(-60))
    meeting = built(world)
    assert items_of(world, meeting) == []
    with pytest.raises(NotThere), acting(world, "coordinator") as actor:
        commands.add_to_agenda(world.session, actor, meeting.id, child.id, area=world.settings.area, now=world.now)


@pytest.mark.parametrize(
    ("kind", "kinds"),
    [
        (SeriesKind.CHILDREN, {SubjectKind.CHILD}),
        (SeriesKind.CONTEXTS, {SubjectKind.CONTEXT}),
        (SeriesKind.BOTH, {SubjectKind.CHILD, SubjectKind.CONTEXT}),
    ],
)
def test_a_series_discusses_its_own_kind(world: World, kind: SeriesKind, kinds: set[SubjectKind]) -> None:
    subjects = {world.a_child().id: SubjectKind.CHILD, world.a_place().id: SubjectKind.CONTEXT}
    series = another_series(world, kind=kind)
    meeting = Meeting(series_id=series.id, held_on=world.today)
    world.add(meeting)
    assert {subjects[item.subject_id] for item in items_of(world, built(world, meeting))} == kinds


def test_full_time_for_what_is_new_or_drifting_and_paper_for_a_quiet_review(world: World) -> None:
    new = world.a_child("New")
    paper = a_quiet_child(world, "Paper", next_review_on=world.today, level=RiskLevel.EMERGING)
    review = a_quiet_child(world, "Review", next_review_on=world.today)
    tiers = {item.subject_id: (item.tier, item.minutes) for item in items_of(world, built(world))}
    assert tiers == {new.id: (Tier.FULL, 10), paper.id: (Tier.ON_PAPER, 1), review.id: (Tier.REVIEW, 5)}


def test_the_worst_plan_stands_first_and_children_before_places(world: World) -> None:
    place, calm, drifting = world.a_place(), world.a_child("Calm"), world.a_child("Zara Drifting")
    action = world.an_action(drifting, set_on=world.day(-120), due=world.day(-90))
    assert world.again(action).drift is DriftLevel.STUCK
    assert [item.subject_id for item in items_of(world, built(world))] == [drifting.id, calm.id, place.id]


# --- Built again ----------------------------------------------------------------------------------------------------


def test_what_is_left_off_stays_off_and_the_order_stays(world: World) -> None:
    children = [world.a_child(name) for name in ("Ann", "Ben", "Cat")]
    meeting = built(world)
    ann, ben, cat = items_of(world, meeting)
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, ann.id, because="Not this time")
    with acting(world, "coordinator") as actor:
        commands.move_item(world.session, actor, cat.id, up=True)
    newcomer = world.a_child("Aaron")
    built(world, meeting)
    on = [item.subject_id for item in items_of(world, meeting) if item.state is ItemState.ON_AGENDA]
    assert on == [children[2].id, children[1].id, newcomer.id], "new subjects come after the order somebody chose"
    assert world.again(ann).state is ItemState.LEFT_OFF
    assert ben.subject_id == children[1].id


def test_building_again_counts_what_is_new_and_adds_nobody_twice(client: CheckedClient, world: World) -> None:
    world.a_child()
    meeting = built(world)
    client.sign_in(world.id("coordinator")).post(f"/meetings/{meeting.id}/build")
    assert "Nothing more is due" in client.get(f"/meetings/{meeting.id}")
    world.a_child("Another")
    client.post(f"/meetings/{meeting.id}/build")
    assert "1 more item put on." in client.get(f"/meetings/{meeting.id}")
    assert len(items_of(world, meeting)) == 2


def test_reasons_are_brought_up_to_date_and_what_is_due_no_longer_says_so(world: World) -> None:
    child = a_quiet_child(world, next_review_on=world.today)
    meeting = built(world)
    assert why(world, child, meeting)[0].startswith("Review due")
    change(world, child, next_review_on=world.day(60))
    built(world, meeting)
    assert why(world, child, meeting) == [NO_LONGER_DUE], "the tool takes nobody off"


def test_what_was_added_by_hand_stays_so(world: World) -> None:
    child = a_quiet_child(world)
    meeting = built(world)
    with acting(world, "coordinator") as actor:
        commands.add_to_agenda(world.session, actor, meeting.id, child.id, area=world.settings.area, now=world.now)
    built(world, meeting)
    assert why(world, child, meeting) == ["Added by hand"]


# --- Arranging ------------------------------------------------------------------------------------------------------


def _names(world: World, meeting: Meeting) -> list[str]:
    names = {subject.id: subject.name for subject in world.all(Subject)}
    return [names[item.subject_id] for item in items_of(world, meeting) if item.state is not ItemState.LEFT_OFF]


def test_up_and_down_and_neither_end_gives_way(client: CheckedClient, world: World) -> None:
    for name in ("Ann", "Ben", "Cat"):
        world.a_child(name)
    meeting = built(world)
    ann, ben, cat = items_of(world, meeting)
    client.sign_in(world.id("coordinator"))
    path = f"/meetings/{meeting.id}/arrange"
    client.post(path, {"up": ann.id})
    client.post(path, {"down": cat.id})
    assert _names(world, meeting) == ["Ann", "Ben", "Cat"]
    assert client.post(path, {"down": ann.id}).endswith(f"#item-{ann.id}"), "the focus stays on what moved"
    assert _names(world, meeting) == ["Ben", "Ann", "Cat"]
    client.post(path, {"up": cat.id})
    assert _names(world, meeting) == ["Ben", "Cat", "Ann"]
    assert ben.subject_id


@pytest.mark.parametrize(
    ("item", "place", "order"),
    [(3, 1, "DABCE"), (0, 3, "BCADE"), (0, 99, "BCDEA"), (4, 0, "EABCD"), (2, 3, "ABCDE"), (1, 4, "ACDBE")],
)
def test_an_item_is_put_where_somebody_types_that_it_belongs(
    client: CheckedClient, world: World, item: int, place: int, order: str
) -> None:
    for name in "ABCDE":
        world.a_child(name)
    meeting = built(world)
    items = items_of(world, meeting)
    places = {f"place-{one.id}": str(number) for number, one in enumerate(items, 1)}
    client.sign_in(world.id("coordinator")).post(
        f"/meetings/{meeting.id}/arrange", {**places, f"place-{items[item].id}": str(place)}
    )
    assert "".join(_names(world, meeting)) == order


@pytest.mark.parametrize("typed", ["", "first", "-1", "1e3", "٣", "9" * 30])
def test_a_place_that_is_no_number_moves_nothing(client: CheckedClient, world: World, typed: str) -> None:
    for name in "AB":
        world.a_child(name)
    meeting = built(world)
    client.sign_in(world.id("coordinator")).post(
        f"/meetings/{meeting.id}/arrange", {f"place-{items_of(world, meeting)[1].id}": typed}
    )
    assert _names(world, meeting) == ["A", "B"]


def test_times_are_planned_against_what_there_is(client: CheckedClient, world: World) -> None:
    world.a_child()
    meeting = built(world, world.a_meeting(available_minutes=10))
    (item,) = items_of(world, meeting)
    client.sign_in(world.id("coordinator"))
    assert "10 of 10 minutes planned, 0 to spare" in client.get(f"/meetings/{meeting.id}")
    client.post(f"/meetings/{meeting.id}/arrange", {f"tier-{item.id}": "on_paper"})
    assert world.again(item).minutes == 1
    assert "1 of 10 minutes planned, 9 to spare" in client.get(f"/meetings/{meeting.id}")
    client.post(f"/meetings/{meeting.id}/arrange", {f"tier-{item.id}": "all day"})
    assert world.again(item).tier is Tier.ON_PAPER, "what is no tier changes nothing"


def test_leaving_off_needs_a_reason_and_can_be_taken_back(client: CheckedClient, world: World) -> None:
    world.a_child()
    meeting = built(world)
    (item,) = items_of(world, meeting)
    client.sign_in(world.id("coordinator"))
    assert "Say why" in client.post(f"/items/{item.id}/leave-off", {"because": "  "}, status=422)
    client.post(f"/items/{item.id}/leave-off", {"because": "The worker is in court"})
    assert "left off: The worker is in court" in client.get(f"/meetings/{meeting.id}")
    client.post(f"/meetings/{meeting.id}/arrange", {"back": item.id})
    assert world.again(item).state is ItemState.ON_AGENDA
    assert world.again(item).off_because == ""


def test_adding_who_was_left_off_puts_them_back(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    meeting = built(world)
    (item,) = items_of(world, meeting)
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, item.id, because="Later")
    client.sign_in(world.id("coordinator")).post(f"/meetings/{meeting.id}/add", {"add": child.id})
    assert world.again(item).state is ItemState.ON_AGENDA
    with pytest.raises(Refused, match="on the agenda already"), acting(world, "coordinator") as actor:
        commands.add_to_agenda(world.session, actor, meeting.id, child.id, area=world.settings.area, now=world.now)


def test_finding_somebody_to_add_posts_the_words(client: CheckedClient, world: World) -> None:
    quiet = a_quiet_child(world, "Zoë Ashdown")
    meeting = built(world)
    path = f"/meetings/{meeting.id}/add"
    client.sign_in(world.id("coordinator"))
    assert "Enter a name or a number" in client.post(path, {"words": ""}, status=422)
    assert "Nobody found" in client.post(path, {"words": "Nobody of that name"}, status=200)
    for words in ("zoe ash", world.again(quiet).reference):
        assert "Zoë Ashdown" in client.post(path, {"words": words}, status=200)
    client.post(path, {"add": quiet.id})
    assert [item.subject_id for item in items_of(world, meeting)] == [quiet.id]
    client.post(path, {"add": "00000000-0000-0000-0000-000000000000"}, status=404)


def test_how_often_put_off_carries_over_from_meeting_to_meeting(world: World) -> None:
    child = world.a_child()
    running = a_running_meeting(world, child, on=world.day(-1))
    end(world, running.id)
    meeting = built(world)
    (item,) = items_of(world, meeting)
    assert item.times_put_off == 1
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    end(world, meeting.id)
    assert world.again(item).times_put_off == 2


def test_putting_off_resets_no_count_of_an_action(world: World) -> None:
    child = world.a_child()
    late = world.an_action(child, set_on=world.day(-60), due=world.day(-30))
    running = a_running_meeting(world, child)
    end(world, running.id)
    after = world.again(late)
    assert (after.due, after.late_from, after.date_moves) == (late.due, late.late_from, 0)
    with transaction(world.session, TEST):
        facts = list_facts(world.session, [after])[after.id]
    assert meetings_that_did_not_look(facts) == 1


def test_an_item_with_a_decision_is_closed_not_left_off(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child)
    running = a_running_meeting(world, child)
    (item,) = items_of(world, running)
    decide(world, item, action, Decision.CARRIED, reason="The date was too soon", new_due=world.day(20))
    with pytest.raises(Refused, match="1 decision on this item would reach nobody"), acting(world, "chair") as actor:
        commands.leave_off(world.session, actor, item.id, because="No time")
    with pytest.raises(Refused, match="1 decision on this item would reach nobody"), acting(world, "chair") as actor:
        commands.put_off(world.session, actor, item.id, because="No time", now=world.now)
    with pytest.raises(Refused, match="Read back and close 1 item first"):
        end(world, running.id)


def test_the_days_of_a_review_are_words(client: CheckedClient, world: World) -> None:
    a_quiet_child(world, next_review_on=world.today - timedelta(days=2))
    meeting = built(world)
    page = client.sign_in(world.id("chair")).get(f"/meetings/{meeting.id}")
    assert f"Review due {(world.today - timedelta(days=2)).day} " in page


def test_each_name_leads_to_its_record_before_the_meeting_and_to_its_item_during(
    client: CheckedClient, world: World
) -> None:
    child, place = world.a_child(), world.a_place()
    meeting = built(world)
    page = client.sign_in(world.id("chair")).get(f"/meetings/{meeting.id}")
    for path in (f"/children/{child.id}", f"/contexts/{place.id}"):
        assert f'href="{path}"' in page
        client.get(path)
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    page = client.get(f"/meetings/{meeting.id}")
    for item in items_of(world, meeting):
        assert f'href="/items/{item.id}/room"' in page
