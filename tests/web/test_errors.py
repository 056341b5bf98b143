"""Error pages: plain words, a number, nothing of the fault; and something is said even when nothing works."""

import logging

import pytest
import sqlalchemy as sa
from flask import Flask, abort
from sqlalchemy.orm.exc import StaleDataError

from mace.domain.policy import Permission
from mace.web.access import requires
from mace.web.errors import PAGES
from tests.asked import listening
from tests.pages import CheckedClient, check_page
from tests.world import World

CANARY = "Quarrendon Arcade"


def _failing(app: Flask, error: Exception | None = None, code: int = 0) -> None:
    app.testing = False

    @requires(Permission.HOME_READ)
    def fails() -> str:
        if error is not None:
            raise error
        abort(code)

    app.add_url_rule("/fails", "fails", fails)


@pytest.mark.parametrize("code", sorted(PAGES))
def test_each_has_words_of_its_own(app: Flask, world: World, code: int) -> None:
    _failing(app, code=code)
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/fails")
    assert answer.status_code == code
    page = answer.get_data(as_text=True)
    check_page(page)
    assert PAGES[code][0] in page.replace("&#39;", "'")
    assert ("Incident number" in page) == (code != 404)


@pytest.mark.parametrize("code", [406, 410, 414, 415, 418, 428, 431, 451, 501, 502, 504])
def test_one_without_words_of_its_own_keeps_its_number(app: Flask, world: World, code: int) -> None:
    _failing(app, code=code)
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/fails")
    assert answer.status_code == code
    check_page(answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError(f"invalid: {CANARY}"), 500),
        (KeyError(CANARY), 500),
        (StaleDataError(CANARY), 409),
        (sa.exc.OperationalError(f"SELECT '{CANARY}'", {"name": CANARY}, Exception("locked")), 503),
        (sa.exc.IntegrityError(f"INSERT '{CANARY}'", {"name": CANARY}, Exception("unique")), 500),
        (sa.exc.TimeoutError("no connection"), 503),
    ],
)
def test_a_fault_tells_nobody_what_it_was_about(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture, error: Exception, code: int
) -> None:
    _failing(app, error)
    with caplog.at_level(logging.INFO):
        answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/fails")
    page = answer.get_data(as_text=True)
    assert answer.status_code == code
    check_page(page)
    logged = " ".join(record.getMessage() for record in caplog.records)
    for text in (page, logged, caplog.text):
        assert CANARY not in text
    (line,) = (record.getMessage() for record in caplog.records if "incident" in record.getMessage())
    assert type(error).__name__ in line
    assert "test_errors.py" in line
    number = line.split()[1]
    assert number in page


def test_with_the_database_gone_there_is_still_a_page_with_headers(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    app.testing = False
    client = CheckedClient(app).sign_in(world.id("chair"))

    def refuse(*_given: object) -> None:
        raise sa.exc.OperationalError("SELECT", {}, Exception("the server has gone away"))

    with listening(app, refuse):
        answer = client.raw.get("/actions")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "Sorry, there is a problem" in page
    assert "gone away" not in page
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert client.raw.get("/actions").status_code == 200


def test_a_method_that_is_not_taken_names_those_that_are(app: Flask, world: World) -> None:
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.delete("/actions")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_word_of_a_request_never_reaches_the_log(app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> None:
    app.testing = False
    client = CheckedClient(app).sign_in(world.id("chair"))
    with caplog.at_level(logging.DEBUG):
        client.post("/search", {"words": CANARY}, status=200)
        client.raw.post("/search", data={"words": CANARY})
        client.raw.get(f"/actions?words={CANARY}")
        client.raw.get(f"/{CANARY}")
        client.raw.post("/children/new", data={"name": CANARY, "csrf_token": client.token()})
        app.test_client().post("/sign-in", data={"email": f"{CANARY}@test.example", "password": CANARY})
    assert CANARY not in caplog.text
