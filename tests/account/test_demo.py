"""The demonstration's one-click sign-in: there in demo mode, nowhere else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from mace import create_app
from mace.database import transaction
from mace.models import Person
from mace.settings import Settings
from tests.account.door import token_on
from tests.pages import CheckedClient, check_page
from tests.world import TEST, World


@pytest.fixture
def demo_app(settings: Settings) -> Iterator[Flask]:
    made = create_app(replace(settings, mode="demo"))
    made.testing = True
    yield made
    made.extensions["mace_engines"].dispose()


def test_the_sign_in_page_of_the_demonstration_lists_everybody(demo_app: Flask, world: World) -> None:
    page = CheckedClient(demo_app).get("/sign-in")
    for person in world.people.values():
        assert person.name in page


def test_one_click_signs_in_and_leads_where_one_wanted_to_go(demo_app: Flask, world: World) -> None:
    browser = demo_app.test_client()
    page = browser.get("/sign-in?next=/actions").get_data(as_text=True)
    address = f"/demo-sign-in/{world.id('chair')}?next=/actions"
    assert f'action="{address}"' in page
    answer = browser.post(address, data={"csrf_token": token_on(browser)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/actions")
    check_page(browser.get("/actions").get_data(as_text=True))


def test_outside_demo_mode_there_is_no_such_page_and_no_list(app: Flask, world: World) -> None:
    browser = app.test_client()
    assert "Ruth Okoro" not in browser.get("/sign-in").get_data(as_text=True)
    answer = browser.post(f"/demo-sign-in/{world.id('chair')}", data={"csrf_token": token_on(browser)})
    assert answer.status_code == 404
    assert browser.get("/").status_code == 302


def test_nobody_becomes_somebody_who_left(demo_app: Flask, world: World) -> None:
    with transaction(world.session, TEST):
        world.session.get_one(Person, world.id("chair")).leaves_on = world.day(-1)
    browser = demo_app.test_client()
    answer = browser.post(f"/demo-sign-in/{world.id('chair')}", data={"csrf_token": token_on(browser)})
    assert answer.status_code == 404
    assert browser.get("/").status_code == 302
