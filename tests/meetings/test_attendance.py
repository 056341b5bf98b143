"""Starting a meeting, who is there for it and for one item, and the quorum that is stamped when it closes."""

import pytest

from mace.domain.errors import Refused
from mace.domain.vocabulary import MeetingState, Presence
from mace.meetings import commands
from mace.models import Attendance, Meeting, MeetingAttendance
from tests.meetings.make import a_running_item, a_running_meeting, acting, close, end, items_of, leaves
from tests.pages import CheckedClient
from tests.world import World


def _here(world: World, *names: str, presence: str = "present") -> dict[str, object]:
    return {f"presence-{world.agencies[name].id}": presence for name in names}


def test_a_meeting_starts_with_who_is_there_and_goes_to_its_first_item(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.PUBLISHED)
    item = world.an_item(meeting, world.a_child())
    form = {**_here(world, "care"), **_here(world, "police", presence="deputy")}
    form[f"who-{world.agencies['police'].id}"] = "Karen Holt"
    landed = client.sign_in(world.id("chair")).post(f"/meetings/{meeting.id}/attendance", form)
    assert landed.endswith(f"/items/{item.id}/room")
    started = world.again(meeting)
    assert started.state is MeetingState.OPENED
    assert started.opened_at is not None
    there = {row.agency_id: (row.presence, row.who) for row in world.all(MeetingAttendance)}
    assert there == {
        world.agencies["care"].id: (Presence.PRESENT, ""),
        world.agencies["police"].id: (Presence.DEPUTY, "Karen Holt"),
    }


def test_an_agenda_not_published_is_published_by_beginning(world: World) -> None:
    meeting = world.a_meeting()
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    assert world.again(meeting).published_at is not None


def test_a_meeting_starts_on_its_day_and_once(client: CheckedClient, world: World) -> None:
    tomorrow = world.a_meeting(world.day(1), MeetingState.PUBLISHED)
    client.sign_in(world.id("chair"))
    page = client.post(f"/meetings/{tomorrow.id}/attendance", _here(world, "care"), status=422)
    assert "change its day first to hold it today" in page
    running = a_running_meeting(world)
    with pytest.raises(Refused, match="has begun already, or is over"), acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, running.id, {}, now=world.now)
    end(world, running.id)
    for state in (MeetingState.CANCELLED,):
        other = world.a_meeting(world.day(-1), state)
        with pytest.raises(Refused, match="has begun already, or is over"), acting(world, "chair") as actor:
            commands.start_meeting(world.session, actor, other.id, {}, now=world.now)


def test_a_meeting_typed_up_later_says_what_its_day_means(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(world.day(-1), MeetingState.PUBLISHED)
    client.sign_in(world.id("chair"))
    assert "If it is held today" in client.get(f"/meetings/{meeting.id}/attendance")
    client.post(f"/meetings/{meeting.id}/attendance", _here(world, "care"))
    assert "If it is held today" not in client.get(f"/meetings/{meeting.id}/attendance")


def test_who_comes_and_goes_is_noted_until_the_meeting_ends(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world)
    client.sign_in(world.id("coordinator")).post(
        f"/meetings/{meeting.id}/attendance", _here(world, "police", presence="apologies")
    )
    row = world.all(MeetingAttendance, MeetingAttendance.agency_id == world.agencies["police"].id)[0]
    assert row.presence is Presence.APOLOGIES
    end(world, meeting.id)
    with pytest.raises(Refused, match="stays as it was"), acting(world, "chair") as actor:
        commands.set_attendance(world.session, actor, meeting.id, {})


def test_an_item_differs_from_the_meeting(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "Fenland Police, Health Trust in the room" in client.get(f"/items/{item.id}/room")
    client.post(f"/items/{item.id}/attendance", _here(world, "police", presence="absent"))
    page = client.get(f"/items/{item.id}/room")
    assert "Fenland Police, Health Trust in the room" not in page
    assert "Health Trust in the room" in page
    rows = world.all(Attendance)
    assert [(row.agency_id, row.presence) for row in rows] == [(world.agencies["police"].id, Presence.ABSENT)]


@pytest.mark.parametrize(
    ("absent", "words"),
    [
        ((), "Quorate"),
        (("school",), "Quorate"),
        (("police",), "Not quorate: Fenland Police not in the room"),
        (("care", "health"), "Not quorate: Children’s Services, Health Trust not in the room"),
    ],
)
def test_the_quorum_is_stamped_and_holds_nothing_back(world: World, absent: tuple[str, ...], words: str) -> None:
    item = a_running_item(world, world.a_child())
    gone = {world.agencies[name].id: (Presence.ABSENT, "") for name in absent}
    with acting(world, "chair") as actor:
        commands.set_item_attendance(world.session, actor, item.id, gone)
    close(world, item)
    closed = world.again(item)
    assert closed.quorum_words == words
    assert closed.is_quorate is words.startswith("Quorate")
    assert {row.agency_id for row in world.all(Attendance)} == {agency.id for agency in world.agencies.values()}


@pytest.mark.parametrize("presence", [Presence.INFORMATION, Presence.APOLOGIES])
def test_information_alone_is_not_being_there(world: World, presence: Presence) -> None:
    item = a_running_item(world, world.a_child())
    with acting(world, "chair") as actor:
        commands.set_item_attendance(world.session, actor, item.id, {world.agencies["police"].id: (presence, "")})
    close(world, item)
    assert world.again(item).is_quorate is False


def test_an_agency_that_has_left_is_needed_no_more(world: World) -> None:
    item = a_running_item(world, world.a_child())
    leaves(world, world.agencies["health"])
    with acting(world, "chair") as actor:
        gone = {world.agencies["health"].id: (Presence.ABSENT, "")}
        commands.set_item_attendance(world.session, actor, item.id, gone)
    close(world, item)
    assert world.again(item).is_quorate is True


def test_a_closed_item_keeps_who_was_there_for_it(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.OPENED)
    first, second = (world.an_item(meeting, world.a_child(name)) for name in ("Ann", "Ben"))
    close(world, first)
    client.sign_in(world.id("chair")).post(f"/meetings/{meeting.id}/attendance", _here(world, "police"))
    assert "Nobody is noted" in client.get(f"/items/{first.id}/approve")
    assert "Fenland Police in the room" in client.get(f"/items/{second.id}/room")
    with pytest.raises(Refused, match="read back and closed"), acting(world, "chair") as actor:
        commands.set_item_attendance(world.session, actor, first.id, {})


def test_what_is_no_presence_is_not_noted(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.PUBLISHED)
    form = {**_here(world, "care", presence="perhaps"), "presence-nobody": "present"}
    client.sign_in(world.id("chair")).post(f"/meetings/{meeting.id}/attendance", form)
    assert world.all(MeetingAttendance) == []
    assert world.all(Meeting)[0].state is MeetingState.OPENED


def test_a_meeting_without_items_goes_back_to_its_agenda(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.PUBLISHED)
    landed = client.sign_in(world.id("chair")).post(f"/meetings/{meeting.id}/attendance", _here(world, "care"))
    assert landed.endswith(f"/meetings/{meeting.id}")
    assert items_of(world, meeting) == []
