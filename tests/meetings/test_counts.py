"""The pages of a meeting ask the database as often for many as for few."""

from mace.domain.vocabulary import ItemState, LineKind, MeetingState
from mace.meetings import commands
from mace.models import Meeting
from tests.asked import Asked
from tests.meetings.make import a_running_item, acting
from tests.pages import CheckedClient
from tests.world import World


def count(client: CheckedClient, asked: Asked, path: str) -> int:
    """How often fetching this page asks."""
    asked.clear()
    client.get(path)
    return len(asked)


def _of_signing_in(client: CheckedClient, asked: Asked) -> int:
    """What every page asks before its own work: session, person, roles. A page that is not there asks nothing else."""
    asked.clear()
    client.get("/meetings/00000000-0000-0000-0000-000000000000/nothing", status=404)
    return len(asked)


def _published(world: World, number: int, on: int) -> Meeting:
    meeting = world.a_meeting(world.day(on))
    for n in range(number):
        child = world.a_child(f"Child {n}")
        world.an_action(child)
        world.an_item(meeting, child, reasons="Review due")
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    return meeting


def test_an_agenda_of_sixty_asks_as_often_as_one_of_two(client: CheckedClient, world: World, asked: Asked) -> None:
    two, sixty = _published(world, 2, 1), _published(world, 60, 2)
    client.sign_in(world.id("coordinator"))
    before = _of_signing_in(client, asked)
    numbers = [count(client, asked, f"/meetings/{meeting.id}") for meeting in (two, sixty)]
    assert numbers[0] == numbers[1]
    assert numbers[0] - before <= 8
    for path in ("updates", "workers", "attendance", "add", "details"):
        few, many = (count(client, asked, f"/meetings/{meeting.id}/{path}") for meeting in (two, sixty))
        assert few == many, path
    client.sign_in(world.id("police"))
    assert count(client, asked, f"/meetings/{two.id}") == count(client, asked, f"/meetings/{sixty.id}")


def test_building_and_publishing_ask_as_often_for_many(client: CheckedClient, world: World, asked: Asked) -> None:
    def acts() -> tuple[int, int]:
        meeting = world.a_meeting(world.day(len(world.all(Meeting)) + 1))
        client.sign_in(world.id("coordinator"))
        client.token()
        numbers = []
        for act in ("build", "publish"):
            token = client.token()
            asked.clear()
            client.raw.post(f"/meetings/{meeting.id}/{act}", data={"csrf_token": token})
            numbers.append(len(asked))
        return numbers[0], numbers[1]

    for n in range(2):
        world.an_action(world.a_child(f"First {n}"))
    few = acts()
    for n in range(20):
        world.an_action(world.a_child(f"More {n}"))
    many = acts()
    assert few == many


def test_a_room_with_thirty_actions_asks_as_often_as_with_one(
    client: CheckedClient, world: World, asked: Asked
) -> None:
    child = world.a_child()
    action = world.an_action(child)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    paths = (
        f"/items/{item.id}/room",
        f"/items/{item.id}/room?decide={action.id}&as=waiting_on",
        f"/items/{item.id}/read-back",
        f"/items/{item.id}/approve",
        f"/items/{item.id}/first-look",
    )
    few = [count(client, asked, path) for path in paths]
    for n in range(30):
        world.an_action(child, what=f"Action {n}", imported=n % 2 == 0, due=world.day(5))
        world.a_line(item, f"Said {n}", LineKind.INFORMATION, by="police")
    assert [count(client, asked, path) for path in paths] == few


def test_keeping_a_draft_asks_little(client: CheckedClient, world: World, asked: Asked) -> None:
    child = world.a_child()
    for n in range(10):
        world.an_action(child, what=f"Action {n}")
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    before = _of_signing_in(client, asked)
    token = client.token()
    asked.clear()
    client.raw.post(f"/items/{item.id}/draft", data={"record-worry": "He", "csrf_token": token})
    assert len(asked) - before <= 4


def test_the_records_of_a_meeting_ask_as_often_for_many(client: CheckedClient, world: World, asked: Asked) -> None:
    def held(number: int, on: int) -> Meeting:
        meeting = world.a_meeting(world.day(on), MeetingState.HELD)
        for n in range(number):
            world.an_item(meeting, world.a_child(f"Child {n}"), ItemState.CLOSED, closed_at=world.now)
        return meeting

    one, many = held(1, -2), held(20, -1)
    client.sign_in(world.id("chair"))
    numbers = [count(client, asked, f"/meetings/{meeting.id}/records") for meeting in (one, many)]
    assert numbers[0] == numbers[1]


def test_the_list_of_meetings_asks_as_often_for_many(client: CheckedClient, world: World, asked: Asked) -> None:
    _published(world, 1, 1)
    client.sign_in(world.id("chair"))
    few = count(client, asked, "/meetings")
    for on in range(2, 12):
        world.a_meeting(world.day(-on), MeetingState.HELD)
    assert count(client, asked, "/meetings") == few
