"""Guessing: each try is counted before anything is verified, for the account and for the address."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from mace.account import commands
from mace.account.commands import PER_ACCOUNT, PER_ADDRESS, TOO_MANY, WINDOW
from mace.database import transaction
from mace.domain.errors import Refused
from mace.models import SignInAttempt
from tests.account.door import PASSWORD, email_of, has_password, token_on, try_to_sign_in
from tests.world import TEST, World


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every verification that reaches the hasher; it still happens."""
    reached: list[str] = []
    real: Callable[[str, str], bool] = commands._matches

    def counting(secret_hash: str, password: str) -> bool:
        reached.append(secret_hash)
        return real(secret_hash, password)

    monkeypatch.setattr(commands, "_matches", counting)
    return reached


def _ago(world: World, span: timedelta) -> None:
    """Make every try so far that much older."""
    for attempt in world.all(SignInAttempt):
        with transaction(world.session, TEST):
            world.session.get_one(SignInAttempt, attempt.id).at = attempt.at - span


def test_of_a_hundred_guesses_at_once_five_reach_the_hasher(app: Flask, world: World, verified: list[str]) -> None:
    has_password(world, "chair")
    browsers = [app.test_client() for _ in range(100)]
    tokens = [token_on(browser) for browser in browsers]

    def guess(number: int) -> int:
        answer = browsers[number].post(
            "/sign-in",
            data={"email": email_of("chair"), "password": f"guess {number}", "csrf_token": tokens[number]},
            environ_overrides={"REMOTE_ADDR": f"10.0.{number // 20}.{number % 20}"},
        )
        return answer.status_code

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(guess, range(100)))
    assert len(verified) <= PER_ACCOUNT
    assert (answers.count(422), answers.count(429)) == (PER_ACCOUNT, 100 - PER_ACCOUNT)


def test_an_account_under_guessing_stops_nobody_else_at_the_same_address(app: Flask, world: World) -> None:
    has_password(world, "chair", "worker")
    for _ in range(PER_ACCOUNT + 1):
        _, answer = try_to_sign_in(app, email_of("chair"), "wrong")
    assert answer.status_code == 429
    assert TOO_MANY in answer.get_data(as_text=True)
    assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 429
    assert try_to_sign_in(app, email_of("worker"), PASSWORD)[1].status_code == 302


def test_five_minutes_later_the_right_password_works_again(app: Flask, world: World) -> None:
    has_password(world, "chair")
    for _ in range(PER_ACCOUNT):
        try_to_sign_in(app, email_of("chair"), "wrong")
    _ago(world, WINDOW - timedelta(seconds=5))
    assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 429
    _ago(world, timedelta(seconds=10))
    assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 302


def test_signing_in_rightly_is_no_guess(app: Flask, world: World) -> None:
    has_password(world, "chair")
    for _ in range(PER_ACCOUNT + 2):
        assert try_to_sign_in(app, email_of("chair"), PASSWORD)[1].status_code == 302


def test_an_address_that_tries_many_accounts_is_stopped_and_only_that_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_password(world, "chair")
    monkeypatch.setattr(commands, "_matches", lambda _secret, password: password == PASSWORD)
    for number in range(PER_ADDRESS):
        with pytest.raises(Refused, match="wrong"):
            commands.sign_in(world.session, f"guess{number}@test.example", "x", "10.1.1.1", now=world.now)
    with pytest.raises(Refused, match="Too many"):
        commands.sign_in(world.session, email_of("chair"), PASSWORD, "10.1.1.1", now=world.now)
    assert commands.sign_in(world.session, email_of("chair"), PASSWORD, "10.1.1.2", now=world.now)


def test_a_header_does_not_change_the_address_that_is_counted(app: Flask, world: World) -> None:
    browser = app.test_client()
    browser.post(
        "/sign-in",
        data={"email": "a@test.example", "password": "x", "csrf_token": token_on(browser)},
        headers={"X-Forwarded-For": "10.9.9.9", "Forwarded": "for=10.9.9.9", "X-Real-IP": "10.9.9.9"},
    )
    assert [row.address for row in world.all(SignInAttempt)] == ["127.0.0.1"]


def test_an_unknown_account_is_throttled_like_a_known_one(app: Flask, world: World) -> None:
    for _ in range(PER_ACCOUNT):
        assert try_to_sign_in(app, "nobody@test.example", "wrong")[1].status_code == 422
    assert try_to_sign_in(app, "nobody@test.example", "wrong")[1].status_code == 429


def test_a_try_keeps_no_address_of_a_person_in_clear(app: Flask, world: World) -> None:
    try_to_sign_in(app, email_of("chair"), "wrong")
    (attempt,) = world.all(SignInAttempt)
    assert "chair" not in attempt.account
    assert len(attempt.account) == 64
