"""Signing in: the same answer whatever was wrong, nothing carried over, and back to where one wanted to go."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from flask import Flask
from sqlmodel import select

from mace import create_app
from mace.account import commands
from mace.account.commands import HASHER, LONGEST
from mace.account.routes import safe_path
from mace.database import transaction
from mace.models import LiveSession, Person, SignInAttempt, SignInMethod, Trail
from mace.settings import Settings, load_settings
from mace.web.login import token_hash
from tests.account.door import PASSWORD, email_of, has_password, plain, token_on, try_to_sign_in
from tests.world import TEST, World


def test_the_right_password_opens_the_start_page(app: Flask, world: World) -> None:
    has_password(world, "chair")
    browser, response = try_to_sign_in(app, email_of("chair"), PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert "Ruth Okoro" in browser.get("/").get_data(as_text=True)


def test_an_address_counts_whatever_its_case_and_spaces(app: Flask, world: World) -> None:
    has_password(world, "chair")
    assert try_to_sign_in(app, "  CHAIR@Test.Example ", PASSWORD)[1].status_code == 302


def test_wrong_unknown_inactive_and_gone_get_the_same_answer(app: Flask, world: World) -> None:
    has_password(world, "chair", "worker", "police", "nurse")
    with transaction(world.session, TEST):
        world.session.get_one(Person, world.id("worker")).is_active = False
        world.session.get_one(Person, world.id("police")).leaves_on = world.day(-1)
        nurse = world.session.get_one(Person, world.id("nurse"))
        nurse.email = "no-method@test.example"
    with transaction(world.session, TEST):
        for method in world.session.exec(_methods_of(world, "nurse")):
            world.session.delete(method)
    tries = {
        "wrong password": (email_of("chair"), "not the password at all"),
        "nobody of that address": ("nobody@test.example", PASSWORD),
        "deactivated": (email_of("worker"), PASSWORD),
        "left yesterday": (email_of("police"), PASSWORD),
        "no way to sign in": ("no-method@test.example", PASSWORD),
        "longer than any password": (email_of("chair"), "x" * (LONGEST + 1)),
    }
    answers = {what: try_to_sign_in(app, *typed)[1] for what, typed in tries.items()}
    assert {answer.status_code for answer in answers.values()} == {422}
    assert len({plain(answer) for answer in answers.values()}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers.values()}) == 1
    assert commands.WRONG in plain(answers["wrong password"])


def _methods_of(world: World, name: str) -> object:
    return select(SignInMethod).where(SignInMethod.person_id == world.id(name))


def test_a_password_beyond_the_limit_never_reaches_the_hasher(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_password(world, "chair")
    reached: list[int] = []
    counted = commands._matches
    monkeypatch.setattr(commands, "_matches", lambda *given: reached.append(1) or counted(*given))
    try_to_sign_in(app, email_of("chair"), "x" * (LONGEST + 1))
    assert reached == []
    try_to_sign_in(app, email_of("chair"), "x" * LONGEST)
    assert reached == [1]


def test_an_unknown_address_costs_as_much_as_a_known_one(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_password(world, "chair")
    verified: list[str] = []
    counted = commands._matches
    monkeypatch.setattr(commands, "_matches", lambda *given: verified.append(given[0]) or counted(*given))
    for email in (email_of("chair"), "nobody@test.example"):
        try_to_sign_in(app, email, "not the password at all")
    known, unknown = (extract_parameters(secret) for secret in verified)
    assert known == unknown


def test_passwords_are_kept_as_argon2id_of_owasp_strength(world: World) -> None:
    has_password(world, "chair")
    kept = next(one for one in world.all(SignInMethod) if one.person_id == world.id("chair")).secret_hash
    found = extract_parameters(kept)
    assert (found.type, found.memory_cost >= 19456, found.time_cost >= 2) == (Type.ID, True, True)


def test_a_weaker_hash_is_made_again_at_the_next_sign_in(app: Flask, world: World) -> None:
    has_password(world, "chair")
    with transaction(world.session, TEST):
        method = world.session.exec(_methods_of(world, "chair")).one()
        method.secret_hash = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 302
    kept = next(one for one in world.all(SignInMethod) if one.person_id == world.id("chair")).secret_hash
    assert not HASHER.check_needs_rehash(kept)
    assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 302


def test_a_long_password_is_not_cut_short(app: Flask, world: World) -> None:
    with transaction(world.session, TEST):
        commands.add_password(world.session, world.id("chair"), "ä" * 60 + "the end of it")
    assert try_to_sign_in(app, email_of("chair"), "ä" * 60)[1].status_code == 422
    assert try_to_sign_in(app, email_of("chair"), "ä" * 60 + "the end of it")[1].status_code == 302


def test_half_a_character_in_a_password_is_only_a_wrong_password() -> None:
    assert not commands._matches(commands._NOBODY, "\ud800")


def test_signing_in_and_out_stand_in_the_trail_without_the_password(app: Flask, world: World) -> None:
    has_password(world, "chair")
    browser, _ = try_to_sign_in(app, email_of("chair"), PASSWORD)
    browser.post("/sign-out", data={"csrf_token": token_on(browser, "/")})
    acts = [row.act for row in world.all(Trail) if row.object_id == str(world.id("chair")) and " " in row.act]
    assert acts == ["signed in", "signed out"]
    assert all(PASSWORD not in row.detail for row in world.all(Trail))


def test_what_stood_in_the_cookie_before_signing_in_is_gone_after(app: Flask, world: World) -> None:
    has_password(world, "chair")
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        cookie["_user_id"] = "a token that somebody else knows"
    before = token_on(browser)
    try_to_sign_in(app, email_of("chair"), PASSWORD, browser=browser)
    with browser.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie["_user_id"] != "a token that somebody else knows"
    assert token_on(browser, "/") != before


def test_every_sign_in_has_a_token_of_its_own_and_the_table_only_its_hash(app: Flask, world: World) -> None:
    has_password(world, "chair")
    tokens = set()
    for _ in range(2):
        browser, _response = try_to_sign_in(app, email_of("chair"), PASSWORD)
        with browser.session_transaction() as cookie:
            tokens.add(cookie["_user_id"])
    assert len(tokens) == 2
    assert all(len(token) >= 43 for token in tokens), "less than 256 bits"
    assert {row.token_hash for row in world.all(LiveSession)} == {token_hash(token) for token in tokens}


LEADING_OFF = (
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "//evil.example/%2f..",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    " //evil.example",
    " https://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "//user@evil.example",
    "//evil。example",
    "/\u202e//evil.example",
    "/\x00/evil.example",
    "evil.example",
    "?next=//evil.example",
    "//[::1]",
    "/\\\\\\evil.example",
    "http://[broken",
    "",
)


def test_no_payload_leads_off_the_site(settings: Settings, world: World) -> None:
    app = create_app(replace(settings, mode="demo"))
    browser, address = app.test_client(), f"/demo-sign-in/{world.id('chair')}"
    for payload in LEADING_OFF:
        answer = browser.post(address, query_string={"next": payload}, data={"csrf_token": token_on(browser)})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/"), payload
        browser.post("/sign-out", data={"csrf_token": token_on(browser, "/")})
    app.extensions["mace_engines"].dispose()


@pytest.mark.parametrize("path", ["/actions", "/actions?late=yes&due=7", "/children/x?tab=actions", "/%2f%2fevil"])
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert safe_path(path) == path


def test_a_page_asked_for_while_signed_out_comes_after_signing_in(app: Flask, world: World) -> None:
    has_password(world, "chair")
    browser = app.test_client()
    answer = browser.get("/actions?late=yes")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/actions?late%3Dyes")
    page = browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert 'action="/sign-in?next=/actions?late%3Dyes"' in page
    _, response = try_to_sign_in(app, email_of("chair"), PASSWORD, browser=browser, following="/actions?late=yes")
    assert response.headers["Location"] == "/actions?late=yes"


def test_a_form_posted_while_signed_out_says_so_and_gives_the_words_back(app: Flask, world: World) -> None:
    action = world.an_action(world.a_child())
    answer = app.test_client().post(
        f"/actions/{action.id}/update",
        data={"words": "He was seen <b>twice</b> on Monday", "version": "1", "password": "a secret", "csrf_token": "x"},
        headers={"Referer": f"http://localhost/actions/{action.id}/update"},
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "You are signed out, so this was not saved" in page
    assert "He was seen &lt;b&gt;twice&lt;/b&gt; on Monday" in page
    assert f'href="/sign-in?next=/actions/{action.id}/update"' in page
    assert "a secret" not in page
    assert world.all(SignInAttempt) == []


def test_another_site_cannot_make_us_show_its_words(app: Flask, world: World) -> None:
    answer = app.test_client().post(
        "/search", data={"words": "Call this number"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 401
    assert "Call this number" not in answer.get_data(as_text=True)


def test_the_cookie_over_https_cannot_be_read_sent_elsewhere_or_set_by_a_neighbour(
    settings: Settings, world: World
) -> None:
    has_password(world, "chair")
    over_https = load_settings(
        {
            "MACE_MODE": "test",
            "MACE_DATABASE_URL": settings.database_url,
            "MACE_SECRET_KEY": settings.secret_key,
            "MACE_INSTANCE": str(settings.instance),
            "MACE_HTTPS": "yes",
        }
    )
    app = create_app(over_https)
    browser = app.test_client()
    page = browser.get("/sign-in", base_url="https://mace.test")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert token
    response = browser.post(
        "/sign-in",
        base_url="https://mace.test",
        headers={"Referer": "https://mace.test/sign-in"},
        data={"email": email_of("chair"), "password": PASSWORD, "csrf_token": token.group(1)},
    )
    assert response.status_code == 302
    set_cookie = response.headers["Set-Cookie"]
    name, *rest = [part.strip() for part in set_cookie.split(";")]
    flags = {part.partition("=")[0].lower(): part.partition("=")[2] for part in rest}
    assert name.startswith("__Host-")
    assert {"secure", "httponly"} <= set(flags)
    assert (flags["samesite"], flags["path"]) == ("Lax", "/")
    assert "domain" not in flags
    assert len(set_cookie) < 4096
    assert "max-age=" in response.headers["Strict-Transport-Security"]
    app.extensions["mace_engines"].dispose()


def test_no_account_exists_in_a_migrated_database(settings: Settings, app: Flask) -> None:
    answer = try_to_sign_in(app, "admin@test.example", "admin")[1]
    assert answer.status_code == 422
    assert timedelta(minutes=5) <= settings.idle_limit <= timedelta(minutes=30)
