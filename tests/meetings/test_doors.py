"""Who may use which page of a meeting: everybody else finds nothing there."""

import re
from collections.abc import Iterator

import pytest
from sqlmodel import select

from mace.database import transaction
from mace.domain.vocabulary import ItemState, MeetingState
from mace.meetings import commands
from mace.models import Brief, InformationRequest, SeriesAgency
from tests.meetings.make import acting, approve, close
from tests.pages import CheckedClient
from tests.world import PEOPLE, TEST, World

RUN_IT = {"chair", "deputy", "coordinator"}
INVITED = {"police_lead", "police", "nurse", "teacher"}
NOBODY = "00000000-0000-0000-0000-000000000000"

MANAGE = (
    ("GET", "/series/{series}"),
    ("POST", "/series/{series}"),
    ("GET", "/meetings/{meeting}/details"),
    ("POST", "/meetings/{meeting}/details"),
    ("POST", "/meetings/{meeting}/build"),
    ("POST", "/meetings/{meeting}/arrange"),
    ("GET", "/meetings/{meeting}/add"),
    ("POST", "/meetings/{meeting}/add"),
    ("GET", "/meetings/{meeting}/workers"),
    ("GET", "/meetings/{meeting}/updates"),
    ("POST", "/meetings/{meeting}/publish"),
    ("GET", "/meetings/{meeting}/cancel"),
    ("POST", "/meetings/{meeting}/cancel"),
    ("GET", "/items/{item}/leave-off"),
    ("POST", "/items/{item}/leave-off"),
)
RUN = (
    ("GET", "/meetings/{meeting}/attendance"),
    ("POST", "/meetings/{meeting}/attendance"),
    ("POST", "/meetings/{meeting}/end"),
    ("GET", "/meetings/{meeting}/records"),
    ("GET", "/items/{item}/room"),
    ("POST", "/items/{item}/record"),
    ("POST", "/items/{item}/draft"),
    ("POST", "/items/{item}/decide/{action}"),
    ("POST", "/items/{item}/undo/{action}"),
    ("POST", "/items/{item}/noted"),
    ("POST", "/items/{item}/actions"),
    ("POST", "/items/{item}/happened"),
    ("GET", "/items/{item}/attendance"),
    ("POST", "/items/{item}/attendance"),
    ("GET", "/items/{item}/first-look"),
    ("POST", "/items/{item}/first-look"),
    ("GET", "/items/{item}/put-off"),
    ("POST", "/items/{item}/put-off"),
    ("GET", "/items/{item}/read-back"),
    ("POST", "/items/{item}/read-back"),
    ("GET", "/items/{item}/approve"),
    ("POST", "/items/{item}/approve"),
    ("POST", "/items/{item}/correct"),
)


TOKEN = re.compile(r'name="csrf_token" value="[^"]+"')


class Scene:
    """A published meeting about one child, with everything that hangs on it."""

    def __init__(self, world: World) -> None:
        child = world.a_child("Aisha Ashdown", concern="Seen at the Quarrendon arcade")
        action = world.an_action(child, owner="police", what="The Harcombe locks are changed")
        self.meeting = world.a_meeting()
        self.item = world.an_item(self.meeting, child, reasons="Review due\nThe plan is drifting")
        with acting(world, "coordinator") as actor:
            commands.publish(world.session, actor, self.meeting.id, now=world.now)
        self.ids = {
            "series": world.series.id,
            "meeting": self.meeting.id,
            "item": self.item.id,
            "action": action.id,
            "request": world.all(InformationRequest, InformationRequest.agency_id == world.agencies["police"].id)[0].id,
            "brief": world.all(Brief)[0].id,
        }

    def path(self, address: str) -> str:
        """The address of this scene’s own object."""
        return address.format(**self.ids)

    def unknown(self, address: str) -> str:
        """The same address of something that never was."""
        return address.format(**dict.fromkeys(self.ids, NOBODY))


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


def _ask(client: CheckedClient, method: str, path: str) -> tuple[int, str]:
    answer = client.raw.get(path) if method == "GET" else client.raw.post(path, data={"csrf_token": client.token()})
    return answer.status_code, answer.get_data(as_text=True)


def _others(*groups: set[str]) -> Iterator[str]:
    inside = set().union(*groups)
    return (who for who in PEOPLE if who not in inside)


@pytest.mark.parametrize(("method", "address"), [*MANAGE, *RUN], ids=lambda part: str(part))
def test_a_meeting_is_run_by_those_who_run_meetings(
    client: CheckedClient, world: World, scene: Scene, method: str, address: str
) -> None:
    for who in _others(RUN_IT):
        client.sign_in(world.id(who))
        status, body = _ask(client, method, scene.path(address))
        assert status == 404, who
        assert "Aisha" not in body
        assert "Quarrendon" not in body
        never_was = _ask(client, method, scene.unknown(address))[1]
        assert TOKEN.sub("", body) == TOKEN.sub("", never_was)
    assert world.again(scene.item).state is ItemState.ON_AGENDA
    assert world.again(scene.meeting).state is MeetingState.PUBLISHED
    client.sign_in(world.id("chair"))
    assert _ask(client, method, scene.path(address))[0] in (200, 302, 409, 422)
    assert _ask(client, method, scene.unknown(address))[0] == 404


@pytest.mark.parametrize("path", ["/meetings/new", "/series/new"])
def test_where_the_address_names_nothing_it_is_forbidden(client: CheckedClient, world: World, path: str) -> None:
    for who in _others(RUN_IT):
        client.sign_in(world.id(who)).get(path, status=403)
    for who in RUN_IT:
        client.sign_in(world.id(who)).get(path)


def test_the_agenda_is_for_those_who_run_it_and_those_invited(
    client: CheckedClient, world: World, scene: Scene
) -> None:
    for who in RUN_IT | INVITED:
        client.sign_in(world.id(who)).get(f"/meetings/{scene.meeting.id}")
        assert "Northborough MACE" in client.get("/meetings")
    for who in _others(RUN_IT, INVITED):
        client.sign_in(world.id(who))
        client.get(f"/meetings/{scene.meeting.id}", status=404)
        assert client.raw.get("/meetings").status_code == 403


def test_a_partner_sees_identity_and_the_request_alone(client: CheckedClient, world: World, scene: Scene) -> None:
    for who in INVITED:
        page = client.sign_in(world.id(who)).get(f"/meetings/{scene.meeting.id}")
        assert "Aisha Ashdown" in page
        assert "Say what you know" in page
        for words in ("Quarrendon", "Harcombe", "drifting", "Review due", "Hannah Bell", "Moderate", "Publish"):
            assert words not in page, words


def test_a_partner_whose_agency_is_expected_no_more_finds_nothing(
    client: CheckedClient, world: World, scene: Scene
) -> None:
    with transaction(world.session, TEST):
        health = select(SeriesAgency).where(SeriesAgency.agency_id == world.agencies["health"].id)
        world.session.delete(world.session.exec(health).one())
    client.sign_in(world.id("nurse")).get(f"/meetings/{scene.meeting.id}", status=404)
    assert "No meeting is published" in client.get("/meetings")


@pytest.mark.parametrize("state", [MeetingState.PLANNED, MeetingState.CANCELLED])
def test_a_partner_sees_no_agenda_that_is_not_out(client: CheckedClient, world: World, state: MeetingState) -> None:
    meeting = world.a_meeting(state=state)
    world.an_item(meeting, world.a_child())
    client.sign_in(world.id("police")).get(f"/meetings/{meeting.id}", status=404)
    assert "No meeting is published" in client.get("/meetings")
    client.sign_in(world.id("coordinator")).get(f"/meetings/{meeting.id}")


@pytest.mark.parametrize("act", ["left off", "put off", "approved"])
def test_what_leaves_the_agenda_leaves_the_partners_view(
    client: CheckedClient, world: World, scene: Scene, act: str
) -> None:
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, scene.meeting.id, {}, now=world.now)
    if act == "left off":
        with acting(world, "chair") as actor:
            commands.leave_off(world.session, actor, scene.item.id, because="Later")
    elif act == "put off":
        with acting(world, "chair") as actor:
            commands.put_off(world.session, actor, scene.item.id, because="Later", now=world.now)
    else:
        close(world, scene.item)
        approve(world, scene.item)
    assert "Aisha Ashdown" not in client.sign_in(world.id("police")).get(f"/meetings/{scene.meeting.id}")


def test_a_request_is_answered_by_the_agency_asked_or_those_who_run_it(
    client: CheckedClient, world: World, scene: Scene
) -> None:
    path = scene.path("/requests/{request}")
    for who in (*RUN_IT, "police", "police_lead"):
        client.sign_in(world.id(who)).get(path)
    for who in _others(RUN_IT, {"police", "police_lead"}):
        client.sign_in(world.id(who)).get(path, status=404)
        client.post(path, {"answer": "not_known"}, status=404)
    assert world.all(InformationRequest, InformationRequest.answer.is_not(None)) == []  # type: ignore[union-attr]


def test_a_brief_is_written_by_the_worker_their_manager_or_those_who_run_it(
    client: CheckedClient, world: World, scene: Scene
) -> None:
    path = scene.path("/briefs/{brief}")
    for who in (*RUN_IT, "worker", "manager"):
        client.sign_in(world.id(who)).get(path)
    for who in _others(RUN_IT, {"worker", "manager"}):
        client.sign_in(world.id(who)).get(path, status=404)
        client.post(path, {"last_seen": "Monday"}, status=404)


def test_an_item_of_another_meeting_is_not_arranged_by_this_one(client: CheckedClient, world: World) -> None:
    here, there = world.a_meeting(), world.a_meeting(world.day(7))
    item, other = world.an_item(here, world.a_child("Ann")), world.an_item(there, world.a_child("Ben"))
    before = world.again(other)
    client.sign_in(world.id("coordinator")).post(
        f"/meetings/{here.id}/arrange",
        {f"tier-{other.id}": "on_paper", f"place-{other.id}": "1", "back": other.id, "down": other.id},
    )
    after = world.again(other)
    assert (after.tier, after.position, after.version) == (before.tier, before.position, before.version)
    assert world.again(item).state is ItemState.ON_AGENDA


def test_nothing_of_a_child_stands_in_an_address_or_a_title(client: CheckedClient, world: World, scene: Scene) -> None:
    client.sign_in(world.id("chair"))
    for address in ("/meetings/{meeting}", "/items/{item}/room", "/items/{item}/read-back", "/items/{item}/approve"):
        page = client.get(scene.path(address))
        assert "Aisha" not in page.split("<title>")[1].split("</title>")[0]
        assert "Aisha" not in "".join(part.split('"')[0] for part in page.split('href="')[1:])
