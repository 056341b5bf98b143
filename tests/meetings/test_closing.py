"""Read back, close, put off, end: what was agreed goes out at once, and nothing holds it back."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from mace.actions.queries import list_facts
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.ledger import meetings_that_did_not_look
from mace.domain.vocabulary import (
    Decision,
    Direction,
    HarmStatus,
    ItemState,
    LineKind,
    MeetingState,
    Release,
    RiskLevel,
)
from mace.meetings import commands
from mace.models import Delivery, LedgerLine, RecordVersion
from tests.meetings.make import (
    WORRY,
    a_running_item,
    a_running_meeting,
    acting,
    close,
    decide,
    end,
    items_of,
    record,
    save,
)
from tests.pages import CheckedClient
from tests.world import TEST, World

# --- Closing --------------------------------------------------------------------------------------------------------


def test_the_child_is_what_the_meeting_said(world: World) -> None:
    child = world.a_child(level=RiskLevel.EMERGING)
    item = a_running_item(world, child)
    risk = commands.Risk(
        level=RiskLevel.SIGNIFICANT,
        harm_status=HarmStatus.ONGOING,
        direction=Direction.LESS_SAFE,
        next_review_on=world.day(9),
        proposes_exit=True,
    )
    save(world, item, risk=risk)
    close(world, item)
    after = world.again(child)
    assert (after.level, after.level_on, after.harm_status) == (
        RiskLevel.SIGNIFICANT,
        world.today,
        HarmStatus.ONGOING,
    )
    assert (after.direction, after.next_review_on, after.exit_proposed_on) == (
        Direction.LESS_SAFE,
        world.day(9),
        world.today,
    )


@pytest.mark.parametrize("level", [*RiskLevel, None])
def test_without_a_review_day_it_is_the_one_for_the_level(world: World, level: RiskLevel | None) -> None:
    child = world.a_child(level=level)
    item = a_running_item(world, child)
    close(world, item)
    due = world.today + timedelta(days=world.settings.area.review_days(level))
    assert world.again(child).next_review_on == due
    assert world.again(item).next_review_on == due


def test_nothing_said_changes_nothing(world: World) -> None:
    child = world.a_child(level=RiskLevel.MODERATE, harm_status=HarmStatus.SUSPECTED, exit_proposed_on=world.day(-28))
    close(world, a_running_item(world, child))
    after = world.again(child)
    assert (after.level, after.harm_status, after.exit_proposed_on) == (
        RiskLevel.MODERATE,
        HarmStatus.SUSPECTED,
        world.day(-28),
    )


def test_an_exit_no_longer_proposed_is_taken_back(client: CheckedClient, world: World) -> None:
    child = world.a_child(exit_proposed_on=world.day(-28))
    item = a_running_item(world, child)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    assert "checked" in page.split('name="record-proposes_exit"')[1].split(">")[0], "as it was proposed"
    client.post(f"/items/{item.id}/record", record(world, item, worry=WORRY))
    close(world, item)
    assert world.again(child).exit_proposed_on is None


def test_what_was_agreed_goes_out_at_once_whatever_is_missing(client: CheckedClient, world: World) -> None:
    """No quorum, no record, an action not looked at: rule 8 lets nothing hold it back."""
    child = world.a_child()
    world.an_action(child, owner="police", set_on=world.day(-60), due=world.day(-30))
    meeting = world.a_meeting(state=MeetingState.OPENED)
    item = world.an_item(meeting, child)
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/read-back")
    for words in ("Not looked at", "The record still lacks", "Hannah Bell", "Grace Adu", "Imran Sadiq"):
        assert words in page
    client.post(f"/items/{item.id}/read-back")
    assert world.again(item).state is ItemState.CLOSED
    assert world.again(item).is_quorate is False
    (version,) = world.all(RecordVersion)
    assert (version.release, version.number) == (Release.AGREED, 0)
    assert {one.person_id for one in world.all(Delivery)} == {
        world.id("worker"),
        world.id("manager"),
        world.id("police"),
    }
    assert world.all(LedgerLine) == [], "what was not looked at has no line"


def test_who_cannot_be_reached_is_said_at_read_back(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child(worker=None))
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/read-back")
    assert "No worker is allocated to this child. It goes on the coordinator’s list." in page
    assert "Nobody who can sign in." in page
    client.post(f"/items/{item.id}/read-back")
    (sent,) = world.all(Delivery)
    assert sent.undelivered_because == "No worker is allocated to this child"


def test_closing_twice_is_a_clear_page_and_sends_once(client: CheckedClient, world: World) -> None:
    child, other = world.a_child("Ann"), world.a_child("Ben")
    meeting = a_running_meeting(world, child, other)
    first, second = items_of(world, meeting)
    client.sign_in(world.id("chair"))
    assert client.post(f"/items/{first.id}/read-back").endswith(f"/items/{second.id}/room"), "on to the next item"
    page = client.post(f"/items/{first.id}/read-back", status=409)
    assert "closed already" in page
    assert "Next: Ben" in page
    assert len(world.all(RecordVersion)) == 1
    assert client.post(f"/items/{second.id}/read-back").endswith(f"/meetings/{meeting.id}"), "all are over"


def test_what_the_area_calls_a_level_is_what_goes_out(world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, risk=commands.Risk(level=RiskLevel.SIGNIFICANT))
    renamed = replace(world.settings.area, level_names={level: f"Tier {level.rank + 1}" for level in RiskLevel})
    with acting(world, "chair") as actor:
        commands.close_item(world.session, actor, item.id, area=renamed, now=world.now)
    assert "Tier 3" in world.all(RecordVersion)[0].body


def test_a_closed_item_is_not_decided_or_put_off(world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    close(world, item)
    with pytest.raises(Refused, match="read back and closed"):
        decide(world, item, action, Decision.NOTED)
    for act in (commands.put_off, commands.leave_off):
        with pytest.raises(Refused, match="read back and closed"), acting(world, "chair") as actor:
            if act is commands.put_off:
                commands.put_off(world.session, actor, item.id, because="Late", now=world.now)
            else:
                commands.leave_off(world.session, actor, item.id, because="Late")


def test_read_back_shows_what_was_agreed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    earlier, item = world.an_action(child, what="The locks are changed"), a_running_item(world, child)
    decide(world, item, earlier, Decision.CARRIED, reason="The locksmith is ill", new_due=world.day(20))
    save(world, item, decision="Serve a notice", contingency="School rings 999", safety_tonight="With her aunt")
    with acting(world, "chair") as actor:
        commands.add_action(
            world.session,
            actor,
            item.id,
            what="A notice is served",
            owner_id=world.id("police"),
            due=world.day(10),
            concern_id=world.concern_of(child).id,
            area=world.settings.area,
            now=world.now,
        )
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/read-back")
    for words in (
        "Serve a notice",
        "School rings 999",
        "With her aunt",
        "A notice is served",
        "The locks are changed",
        "The locksmith is ill",
        "their own action only",
    ):
        assert words in page
    assert "Not looked at" not in page


# --- Putting off ----------------------------------------------------------------------------------------------------


def test_putting_off_goes_on_to_the_next_item(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world, world.a_child("Ann"), world.a_child("Ben"))
    first, second = items_of(world, meeting)
    landed = client.sign_in(world.id("chair")).post(
        f"/items/{first.id}/put-off", {"because": "The worker was in court"}
    )
    assert landed.endswith(f"/items/{second.id}/room")
    put_off = world.again(first)
    assert (put_off.state, put_off.times_put_off) == (ItemState.PUT_OFF, 1)
    client.post(f"/meetings/{meeting.id}/arrange", {"back": first.id})
    assert world.again(first).times_put_off == 0, "taken back while the meeting runs"
    page = client.post(f"/items/{first.id}/put-off", {"because": ""}, status=422)
    assert 'href="#because"' in page


# --- Ending ---------------------------------------------------------------------------------------------------------


def test_what_is_left_is_put_off_with_one_reason(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world, world.a_child("Ann"), world.a_child("Ben"), world.a_child("Cat"))
    closed, opened, waiting = items_of(world, meeting)
    close(world, closed)
    save(world, opened, worry=WORRY)
    client.sign_in(world.id("chair"))
    page = client.get(f"/meetings/{meeting.id}/end")
    assert "Ben" in page
    assert "Ann" not in page.split("<main")[1]
    page = client.post(f"/meetings/{meeting.id}/end", {}, status=422)
    assert "Say why what is left was not discussed" in page
    landed = client.post(f"/meetings/{meeting.id}/end", {"because": "Time ran out"})
    assert landed.endswith(f"/meetings/{meeting.id}/records")
    states = {item.id: (item.state, item.off_because, item.times_put_off) for item in items_of(world, meeting)}
    assert states[closed.id] == (ItemState.CLOSED, "", 0)
    for item in (opened, waiting):
        assert states[item.id] == (ItemState.PUT_OFF, "Time ran out", 1)
    assert world.again(meeting).state is MeetingState.HELD


def test_ending_needs_no_reason_when_nothing_is_left(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world, world.a_child())
    close(world, items_of(world, meeting)[0])
    client.sign_in(world.id("chair"))
    assert "Every item was read back" in client.get(f"/meetings/{meeting.id}/end")
    client.post(f"/meetings/{meeting.id}/end")
    page = client.post(f"/meetings/{meeting.id}/end", status=422)
    assert "not running now" in page
    assert client.raw.get(f"/meetings/{meeting.id}/end").status_code == 302


def test_what_was_decided_is_read_back_before_the_meeting_ends(client: CheckedClient, world: World) -> None:
    child = world.a_child("Ann")
    action = world.an_action(child)
    meeting = a_running_meeting(world, child)
    (item,) = items_of(world, meeting)
    decide(world, item, action, Decision.NOTED)
    client.sign_in(world.id("chair"))
    page = client.get(f"/meetings/{meeting.id}/end")
    assert "Read back Ann</a>, 1 decision" in page
    assert "Why was the rest not discussed?" not in page
    page = client.post(f"/meetings/{meeting.id}/end", {"because": "Time ran out"}, status=422)
    assert "Read back and close 1 item first" in page
    client.post(f"/items/{item.id}/read-back")
    client.post(f"/meetings/{meeting.id}/end")


def test_a_meeting_that_ends_makes_every_unfinished_action_one_meeting_older(world: World) -> None:
    child = world.a_child()
    looked, missed = world.an_action(child), world.an_action(child)
    item = a_running_item(world, child)
    decide(world, item, looked, Decision.NOTED)
    close(world, item)
    before = world.again(missed).version
    end(world, item.meeting_id)
    assert world.again(missed).version >= before
    with transaction(world.session, TEST):
        facts = list_facts(world.session, [looked, missed])
    assert [meetings_that_did_not_look(facts[one.id]) for one in (looked, missed)] == [0, 1]


def test_the_record_of_a_whole_item_is_kept_in_words(world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, decision="Serve a notice", worry=WORRY)
    close(world, item)
    body = world.all(RecordVersion)[0].body
    assert "Serve a notice" in body
    assert WORRY not in body, "the record follows when it is approved"
    assert LineKind.DECISION.value in body


def test_the_list_in_the_room_begins_with_this_item_and_what_follows(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world, *(world.a_child(name) for name in ("Ann", "Ben", "Cat", "Dan")))
    ann, _ben, cat, _dan = items_of(world, meeting)
    close(world, ann)
    page = client.sign_in(world.id("chair")).get(f"/items/{cat.id}/room")
    names = re.findall(r'app-agenda__name">(\w+)</span><span class="app-agenda__meta">([^<]+)', page)
    assert names == [("Cat", "Now"), ("Dan", "Next, 5 min"), ("Ben", "5 min"), ("Ann", "Read back and closed")]
    assert "1 of 4 read back" in page
