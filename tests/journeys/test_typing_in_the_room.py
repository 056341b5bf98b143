"""What is typed in the room is kept, whatever is pressed next, and two people see what the other did."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser

from tests.journeys.conftest import Server, Somebody

WORRY, ASKED = "What are we worried about?", "What has changed since last time?"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def room(server: Server, chromium: Browser) -> str:
    """The first item of the coming meeting, which runs today."""
    ruth = Somebody(chromium, server, "Ruth Okoro")
    ruth.go("/meetings")
    ruth.page.get_by_role("table", name=re.compile("Coming")).get_by_role("link").first.click()
    ruth.page.wait_for_load_state()
    meeting = ruth.page.url
    ruth.go(f"{meeting}/details")
    ruth.day("held_on", date.today())
    ruth.follow("Save")
    ruth.go(f"{meeting}/attendance")
    ruth.follow("Start the meeting")
    found = ruth.page.url
    ruth.leave()
    return found


@pytest.fixture
def ruth(server: Server, chromium: Browser, room: str) -> Iterator[Somebody]:
    somebody = Somebody(chromium, server, "Ruth Okoro")
    somebody.go(room)
    yield somebody
    somebody.leave()


def _typed(somebody: Somebody, label: str = WORRY) -> str:
    return somebody.page.get_by_label(label).input_value()


@pytest.mark.parametrize("press", ["Agree this action", "Change for this item", "Carry"])
def test_what_was_just_typed_is_on_the_next_page(ruth: Somebody, room: str, press: str) -> None:
    words = f"Two men wait after school; then {press}"
    ruth.page.get_by_label(WORRY).fill(words)
    with ruth.page.expect_navigation():
        ruth.follow(re.compile(f"^{press}"))
    if press == "Change for this item":
        assert ruth.page.url.endswith("/attendance")
        ruth.go(room)
    assert _typed(ruth) == words


def test_a_link_within_the_page_waits_for_nothing(ruth: Somebody) -> None:
    ruth.page.get_by_label(WORRY).fill("Three men")
    ruth.page.get_by_role("navigation", name="On this page").get_by_role("link", name="Finish").click()
    assert ruth.page.url.endswith("#finish")
    assert _typed(ruth) == "Three men"
    ruth.page.get_by_text("Draft kept at").wait_for(timeout=6000)


def test_a_server_that_does_not_answer_stops_nobody(ruth: Somebody, room: str) -> None:
    ruth.page.route("**/draft", lambda route: route.abort())
    ruth.page.get_by_label(WORRY).fill("Nobody hears this")
    ruth.page.get_by_text("Not kept yet").wait_for(timeout=6000)
    ruth.page.get_by_role("link", name="Change for this item").click()
    ruth.page.wait_for_url("**/attendance", timeout=10_000)


def test_somebody_elses_save_is_told_and_both_texts_are_shown(
    ruth: Somebody, server: Server, chromium: Browser, room: str
) -> None:
    priya = Somebody(chromium, server, "Priya Nair")
    priya.go(room)
    priya.page.get_by_label(ASKED).fill("Priya: he moved to his aunt")
    priya.page.get_by_role("button", name="Save", exact=True).click()
    priya.page.wait_for_load_state()
    priya.reads("The record is saved")
    ruth.page.get_by_label(ASKED).fill("Ruth: nothing since 4 March")
    ruth.page.get_by_text(re.compile("Priya Nair saved this record")).wait_for(timeout=6000)
    ruth.page.get_by_role("button", name="Save", exact=True).click()
    ruth.page.wait_for_load_state()
    ruth.reads("What Priya Nair saved", "Priya: he moved to his aunt")
    ruth.check()
    assert _typed(ruth, ASKED) == "Ruth: nothing since 4 March"
    priya.leave()


def test_without_script_the_item_is_decided_written_read_back_and_closed(
    server: Server, chromium: Browser, room: str
) -> None:
    ruth = Somebody(chromium, server, "Ruth Okoro", script=False)
    ruth.go(room)
    ruth.page.get_by_label(WORRY).fill("Two men wait after school")
    ruth.page.get_by_label("What did the meeting decide?").fill("The school calls 999")
    ruth.page.get_by_role("button", name="Save and read back").click()
    ruth.page.wait_for_load_state()
    ruth.reads("Read back:", "The school calls 999")
    ruth.follow("Close and send")
    ruth.reads("What was agreed has been sent")
    ruth.leave()
