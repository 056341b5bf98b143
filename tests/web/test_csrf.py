"""Every address that changes something refuses a request that did not come from a page of this person's session."""

import pytest
from flask import Flask

from mace.models import Model, Trail
from tests.pages import CheckedClient
from tests.web.everywhere import Address, addresses, example_ids
from tests.world import World


def unsafe(app: Flask, world: World) -> list[Address]:
    """Every address that takes POST."""
    return [one for one in addresses(app, example_ids(world)) if "POST" in one.methods]


def _trail(world: World) -> int:
    return len(world.all(Trail))


@pytest.mark.parametrize("kind", ["no token", "another person's token", "an earlier session's token", "nonsense"])
def test_without_this_sessions_token_nothing_is_done(app: Flask, world: World, kind: str) -> None:
    everything = unsafe(app, world)
    other = CheckedClient(app).sign_in(world.id("chair")).token()
    earlier = CheckedClient(app).sign_in(world.id("coordinator")).token()
    client = CheckedClient(app).sign_in(world.id("coordinator"))
    assert client.token() != earlier
    token = {"no token": None, "another person's token": other, "an earlier session's token": earlier, "nonsense": "x"}[
        kind
    ]
    before, refused = _trail(world), 0
    for one in everything:
        answer = client.raw.post(one.path, data={"words": "typed"} | ({"csrf_token": token} if token else {}))
        if one.endpoint == "account.sign_in":
            assert answer.status_code in (302, 400)
            continue
        assert answer.status_code in (400, 404), one.endpoint
        refused += answer.status_code == 400
    assert refused > 30
    assert _trail(world) == before
    assert client.raw.get("/").status_code == 200, "the session goes on"


def test_a_form_that_is_too_old_says_so_and_gives_the_words_back(app: Flask, world: World) -> None:
    client = CheckedClient(app).sign_in(world.id("coordinator"))
    answer = client.raw.post("/children/new", data={"why": "Seen at the <station>", "csrf_token": "old"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "too old, so it was not saved" in page
    assert "Seen at the &lt;station&gt;" in page


def test_a_token_stays_good_as_long_as_the_session(app: Flask) -> None:
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


def test_the_session_cookie_is_not_sent_along_from_other_sites(app: Flask) -> None:
    assert app.config["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert app.config["SESSION_COOKIE_HTTPONLY"]


def test_a_get_changes_nothing_but_what_is_seen(app: Flask, world: World) -> None:
    """Every GET, and HEAD, twice: no row of the work differs, whatever stands in the query."""
    ids = example_ids(world)
    client = CheckedClient(app).sign_in(world.id("coordinator")).raw
    kinds = [mapper.class_ for mapper in Model._sa_registry.mappers if mapper.class_.HISTORY]

    def rows() -> dict[str, set[str]]:
        return {
            kind.__tablename__: {str([getattr(row, name) for name in kind.model_fields]) for row in world.all(kind)}
            for kind in kinds
        }

    before = rows()
    for one in addresses(app, ids):
        if "GET" in one.methods and one.endpoint not in ("sharing.record", "sharing.copy", "sharing.copy_text"):
            client.get(f"{one.path}?act=delete&words=x&done=yes")
    assert rows() == before
