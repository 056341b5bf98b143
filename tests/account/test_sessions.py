"""Live sessions: when they end, what ends them, and that a copied cookie is worth nothing afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select
from werkzeug.test import Client

from mace.account.commands import start_session
from mace.database import open_session, transaction
from mace.domain.policy import Permission
from mace.models import LiveSession, Person, RoleHolding
from mace.web.access import now, requires
from mace.web.login import find_signed_in, token_hash
from tests.account.door import PASSWORD, email_of, has_password, token_on, try_to_sign_in
from tests.pages import CheckedClient
from tests.world import TEST, World


def _signed_in(app: Flask, world: World, name: str) -> Client:
    client = CheckedClient(app).sign_in(world.id(name))
    return client.raw


def _is_in(browser: Client) -> bool:
    answer = browser.get("/")
    assert answer.status_code in (200, 302)
    return answer.status_code == 200


def _why(browser: Client) -> str:
    return browser.get("/", follow_redirects=True).get_data(as_text=True)


def _move(world: World, *, seen: timedelta = timedelta(), started: timedelta = timedelta()) -> None:
    """Make the live sessions so much older: the rows' times move, not the clock."""
    for live in world.all(LiveSession):
        with transaction(world.session, TEST):
            row = world.session.get_one(LiveSession, live.token_hash)
            row.seen_at, row.started_at = live.seen_at - seen, live.started_at - started


def _copy(app: Flask, browser: Client) -> Client:
    """The same cookie in another browser."""
    other = app.test_client()
    with browser.session_transaction() as cookie:
        kept = dict(cookie)
    with other.session_transaction() as cookie:
        cookie.update(kept)
    return other


def test_a_copied_cookie_is_dead_after_signing_out(app: Flask, world: World) -> None:
    browser = _signed_in(app, world, "chair")
    thief = _copy(app, browser)
    assert _is_in(thief)
    answer = browser.post("/sign-out", data={"csrf_token": token_on(browser, "/")})
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert not _is_in(browser)
    assert not _is_in(thief)


def test_a_second_sign_in_ends_the_first_and_says_why(app: Flask, world: World) -> None:
    has_password(world, "chair")
    first, _ = try_to_sign_in(app, email_of("chair"), PASSWORD)
    second, _ = try_to_sign_in(app, email_of("chair"), PASSWORD)
    assert _is_in(second)
    assert not _is_in(first)
    assert "because you signed in somewhere else" in _why(first)
    assert "somewhere else" not in app.test_client().get("/sign-in").get_data(as_text=True)


def test_a_sign_in_ends_nobody_elses_session(app: Flask, world: World) -> None:
    worker = _signed_in(app, world, "worker")
    _signed_in(app, world, "chair")
    assert _is_in(worker)


@pytest.mark.parametrize(("seconds", "is_in"), [(-1, True), (5, False)])
def test_fifteen_minutes_without_activity_sign_out(app: Flask, world: World, seconds: int, is_in: bool) -> None:
    browser = _signed_in(app, world, "chair")
    _move(world, seen=timedelta(minutes=15, seconds=seconds))
    assert _is_in(browser) is is_in
    if not is_in:
        assert "You were signed out after 15 minutes without activity." in _why(browser)


@pytest.mark.parametrize(("seconds", "is_in"), [(-5, True), (5, False)])
def test_ten_hours_sign_out_however_busy(app: Flask, world: World, seconds: int, is_in: bool) -> None:
    browser = _signed_in(app, world, "chair")
    _move(world, started=timedelta(hours=10, seconds=seconds))
    assert _is_in(browser) is is_in
    if not is_in:
        assert "You were signed out after 10 hours." in _why(browser)


def test_each_page_starts_the_fifteen_minutes_again(app: Flask, world: World) -> None:
    browser = _signed_in(app, world, "chair")
    for _ in range(3):
        _move(world, seen=timedelta(minutes=10))
        assert _is_in(browser)


def test_a_page_that_asks_for_news_by_itself_keeps_nobody_signed_in(app: Flask, world: World) -> None:
    @requires(Permission.HOME_READ, quiet=True)
    def news() -> str:
        return "nothing new"

    app.add_url_rule("/news", "news", news)
    browser = _signed_in(app, world, "chair")
    _move(world, seen=timedelta(minutes=10))
    assert browser.get("/news").status_code == 200
    _move(world, seen=timedelta(minutes=6))
    assert not _is_in(browser)


def test_an_account_that_closes_is_out_at_the_next_request(app: Flask, world: World) -> None:
    browser = _signed_in(app, world, "chair")
    with transaction(world.session, TEST):
        world.session.get_one(Person, world.id("chair")).is_active = False
    assert not _is_in(browser)
    assert "Your account is closed" in _why(browser)


@pytest.mark.parametrize(("days", "is_in"), [(0, True), (-1, False)])
def test_the_last_day_is_the_last_day(app: Flask, world: World, days: int, is_in: bool) -> None:
    browser = _signed_in(app, world, "chair")
    with transaction(world.session, TEST):
        world.session.get_one(Person, world.id("chair")).leaves_on = world.day(days)
    assert _is_in(browser) is is_in


def test_a_role_that_ends_is_gone_at_the_next_request(app: Flask, world: World) -> None:
    action = world.an_action(world.a_child())
    browser = _signed_in(app, world, "chair")
    assert browser.get(f"/actions/{action.id}").status_code == 200
    with transaction(world.session, TEST):
        wanted = select(RoleHolding).where(RoleHolding.person_id == world.id("chair"))
        world.session.exec(wanted).one().ends_on = world.day(-1)
    assert browser.get(f"/actions/{action.id}").status_code == 404
    assert browser.get("/actions").status_code == 403
    assert browser.get("/").status_code == 403


def test_the_session_of_a_shown_page_signs_nobody_in(world: World) -> None:
    with transaction(world.session, TEST):
        world.session.add(
            LiveSession(
                token_hash=token_hash("on the wall"),
                kind="shown_page",
                person_id=world.id("chair"),
                started_at=world.now,
                seen_at=world.now,
            )
        )
    assert find_signed_in(world.session, "on the wall", world.settings, world.now) is None
    start_session(world.session, world.id("chair"), now=now())
    (shown,) = (row for row in world.all(LiveSession) if row.kind == "shown_page")
    assert shown.ended_at is None


def test_a_made_up_token_is_nobody(app: Flask, world: World) -> None:
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = str(world.id("chair"))
    assert not _is_in(browser)


def test_two_sign_ins_at_once_leave_one_live_session(app: Flask, world: World) -> None:
    def begin(_number: int) -> None:
        with open_session(app.extensions["mace_engines"]) as session:
            start_session(session, world.id("chair"), now=now())

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(16)))
    assert [row.ended_at for row in world.all(LiveSession)].count(None) == 1
