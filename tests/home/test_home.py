"""Each person's start page: the figures first, then lists whose rows end in something to do."""

import re

import pytest

from mace.database import transaction
from mace.domain.vocabulary import ItemState, MeetingState
from mace.meetings.commands import agenda as agendas
from tests.pages import CheckedClient
from tests.world import PEOPLE, World


def _numbers(page: str) -> dict[str, str]:
    found = re.findall(r'app-number__figure">([^<]+)</span><span class="app-number__words">([^<]+)<', page)
    return {words: figure for figure, words in found}


def _published(world: World) -> None:
    meeting = world.a_meeting(world.day(3))
    coordinator = world.actor("coordinator")
    with transaction(world.session, coordinator):
        agendas.build_agenda(world.session, coordinator, meeting.id, area=world.settings.area, now=world.now)
        agendas.publish(world.session, coordinator, meeting.id, now=world.now)


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_has_a_start_page_even_before_anything_happened(
    client: CheckedClient, world: World, name: str
) -> None:
    client.sign_in(world.id(name)).get("/")


def test_the_chair_sees_what_is_late_and_the_time_planned(client: CheckedClient, world: World) -> None:
    child = world.a_child(next_review_on=world.today)
    world.an_action(child, set_on=world.day(-60), due=world.day(-30))
    world.an_action(child, due=world.day(10))
    _published(world)
    numbers = _numbers(client.sign_in(world.id("chair")).get("/"))
    assert numbers["actions past their date"] == "1"
    assert any(figure == "10 of 150" for figure in numbers.values())


def test_the_coordinator_sees_what_is_outstanding(client: CheckedClient, world: World) -> None:
    world.an_action(world.a_child())
    world.a_child("Ben Brackley", worker=None, next_review_on=world.today)
    _published(world)
    numbers = _numbers(client.sign_in(world.id("coordinator")).get("/"))
    assert numbers["workers not confirmed this month"] == "2"
    assert numbers["updates outstanding"] == "9", "3 and 4 agencies, 1 brief, 1 owner"


def test_a_record_read_back_and_not_approved_is_on_the_coordinators_page(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(world.day(-1), MeetingState.HELD)
    world.an_item(meeting, world.a_child(), ItemState.CLOSED, closed_at=world.now)
    page = client.sign_in(world.id("coordinator")).get("/")
    assert _numbers(page)["records not approved"] == "1"
    assert f"/meetings/{meeting.id}/records" in page


def test_the_worker_sees_their_own_actions_and_briefs_only(client: CheckedClient, world: World) -> None:
    child = world.a_child(next_review_on=world.today)
    world.an_action(child, owner="worker", due=world.day(3), what="A plan for evenings")
    world.an_action(child, owner="police", due=world.day(3), what="A notice is served")
    world.an_action(world.a_child("Ben Brackley", worker="other_worker"), owner="other_worker", what="A place is found")
    _published(world)
    page = client.sign_in(world.id("worker")).get("/")
    assert _numbers(page) == {
        "of my actions due in 7 days, or late": "1",
        "records new or changed": "0",
        "briefs due": "1",
    }
    assert "A plan for evenings" in page
    assert "Say what happened, by" in page
    assert "A notice is served" not in page
    assert "A place is found" not in page
    assert "Ben Brackley" not in page


def test_the_manager_sees_the_team(client: CheckedClient, world: World) -> None:
    world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-30), what="A plan for evenings")
    other = world.a_child("Ben Brackley", worker="other_worker")
    world.an_action(other, owner="other_worker", set_on=world.day(-60), due=world.day(-30), what="A place is found")
    page = client.sign_in(world.id("manager")).get("/")
    numbers = _numbers(page)
    assert numbers["of my team’s actions late"] == "1"
    assert numbers["children whose worker is not confirmed this month"] == "1"
    assert "A place is found" not in page


def test_a_partner_answers_a_request_from_the_list(client: CheckedClient, world: World) -> None:
    world.a_child(next_review_on=world.today)
    _published(world)
    page = client.sign_in(world.id("police")).get("/")
    assert _numbers(page)["requests open"] == "1"
    request = re.search(r'action="(/requests/[^"]+)"', page)
    assert request
    assert client.post(request[1], {"answer": "nothing_new"}) == "/"
    assert _numbers(client.get("/"))["requests open"] == "0"


def test_a_partner_lead_sees_late_of_open(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.an_action(child, owner="police", set_on=world.day(-60), due=world.day(-30), what="A notice is served")
    world.an_action(child, owner="police_lead", what="A patrol passes each evening")
    page = client.sign_in(world.id("police_lead")).get("/")
    assert _numbers(page)["unfinished actions late"] == "1 of 2"
    assert "A notice is served" in page
    assert "A notice is served" in client.sign_in(world.id("police")).get("/")
    assert "A patrol passes" not in client.get("/"), "a member sees their own"


def test_those_without_cases_see_none(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child("Aisha Ashdown"))
    for name in ("sysadmin", "analyst", "executive", "ig_lead", "auditor"):
        page = client.sign_in(world.id(name)).get("/")
        assert "Aisha" not in page
        assert action.what not in page
