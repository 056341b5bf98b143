"""Every page of a protected record leaves an event before it is drawn: who, in which role, which relation let them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask, before_render_template

from mace import scope
from mace.domain.policy import Permission, Scope
from mace.history import Seen
from mace.models import Action, Subject, Trail
from mace.web.access import actor, draw, record, requires, session, today
from tests.asked import listening
from tests.pages import CheckedClient
from tests.world import World

CHANGES = ("created", "changed", "deleted")
SCOPES = {one.value for one in Scope}


def _reads(world: World) -> list[Trail]:
    found = [row for row in world.all(Trail) if row.table_name and row.act not in CHANGES]
    return sorted(found, key=lambda row: row.seq)


def _ids(row: Trail) -> set[UUID]:
    return {UUID(key) for key in json.loads(row.detail)["ids"]} if row.detail else {UUID(row.object_id)}


@pytest.fixture
def some_work(world: World) -> dict[str, Any]:
    """A child of each worker, with an action each."""
    mine, theirs = world.a_child("Aisha Ashdown"), world.a_child("Ben Brackley", worker="other_worker")
    return {
        "mine": mine,
        "theirs": theirs,
        "my action": world.an_action(mine),
        "their action": world.an_action(theirs, owner="other_worker"),
    }


def test_one_page_of_an_action_is_one_event(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    action = some_work["my action"]
    CheckedClient(app).sign_in(world.id("worker")).get(f"/actions/{action.id}")
    (row,) = _reads(world)
    assert (row.act, row.table_name, row.object_id) == ("read", "action", str(action.id))
    assert (row.person_id, row.acting_as, row.subject_id) == (world.id("worker"), "practitioner", some_work["mine"].id)
    assert row.scope == "self"
    assert row.request_id


@pytest.mark.parametrize(
    ("who", "because"),
    [("worker", "allocated"), ("manager", "team"), ("chair", "area"), ("coordinator", "area")],
)
def test_the_event_names_the_relation_that_let_them(
    app: Flask, world: World, some_work: dict[str, Any], who: str, because: str
) -> None:
    CheckedClient(app).sign_in(world.id(who)).get(f"/children/{some_work['mine'].id}")
    events = [row for row in _reads(world) if row.table_name == "subject" and row.act == "read"]
    assert [row.scope for row in events] == [because]


def test_a_list_names_everybody_on_it_and_nobody_else(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    CheckedClient(app).sign_in(world.id("worker")).get("/actions")
    (row,) = _reads(world)
    assert (row.act, _ids(row)) == ("listed", {some_work["my action"].id})
    assert set(row.scope.split("+")) <= SCOPES
    assert row.scope


def test_a_download_leaves_its_event_too(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    client = CheckedClient(app).sign_in(world.id("chair"))
    for path in ("/actions.csv", "/actions.xlsx"):
        assert client.raw.get(path).status_code == 200
    ids = {some_work["my action"].id, some_work["their action"].id}
    assert [(row.act, _ids(row)) for row in _reads(world)] == [("exported", ids), ("exported", ids)]


def test_a_search_leaves_who_was_found_and_not_what_was_typed(
    app: Flask, world: World, some_work: dict[str, Any]
) -> None:
    CheckedClient(app).sign_in(world.id("chair")).post("/search", {"words": "Brackley"}, status=200)
    found = [row for row in _reads(world) if row.table_name == "subject"]
    assert set.union(*map(_ids, found)) == {some_work["theirs"].id}
    assert all("Brackley" not in row.detail for row in world.all(Trail))


def test_over_a_whole_session_no_read_is_missing_and_none_is_made_up(
    app: Flask, world: World, some_work: dict[str, Any]
) -> None:
    """The oracle: who opened which record, page by page; what is not theirs leaves nothing."""
    pages = {
        "worker": {"mine", "my action"},
        "other_worker": {"theirs", "their action"},
        "manager": {"mine", "my action"},
        "chair": {"mine", "theirs", "my action", "their action"},
        "police": set(),
        "sysadmin": set(),
        "analyst": set(),
    }
    expected: list[tuple[str, UUID]] = []
    for who, opens in pages.items():
        client = CheckedClient(app).sign_in(world.id(who))
        for name, thing in some_work.items():
            path = "/actions" if isinstance(thing, Action) else "/children"
            answer = client.raw.get(f"{path}/{thing.id}")
            assert answer.status_code == (200 if name in opens else 404), f"{who} {name}"
            if name in opens:
                expected.append((who, thing.id))
        assert client.raw.get(f"/children/{uuid4()}").status_code == 404
    people = {person.id: key for key, person in world.people.items()}
    found = [(people[row.person_id], UUID(row.object_id)) for row in _reads(world) if row.object_id]
    assert found == expected
    assert all(set(row.scope.split("+")) <= SCOPES for row in _reads(world))


def test_the_event_is_there_before_the_page_is_drawn(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    counts: list[int] = []

    def look(_app: Flask, template: Any, **_rest: Any) -> None:
        counts.append(len(_reads(world)))

    with before_render_template.connected_to(look, app):
        CheckedClient(app).sign_in(world.id("worker")).get(f"/actions/{some_work['my action'].id}")
    assert counts == [1]


@contextmanager
def _trail_that_cannot_be_written(app: Flask, error: type[Exception]) -> Iterator[None]:
    def refuse(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO trail"):
            if error is sa.exc.OperationalError:
                raise sa.exc.OperationalError(statement, {}, Exception("disk full"))
            raise error

    with listening(app, refuse):
        yield


@pytest.mark.parametrize(("error", "status"), [(sa.exc.OperationalError, 503), (RuntimeError, 500)])
@pytest.mark.parametrize("page", ["/", "/actions", "/actions.csv", "/actions.xlsx", "/children", "action", "child"])
def test_no_trail_no_page(
    app: Flask, world: World, some_work: dict[str, Any], page: str, error: type[Exception], status: int
) -> None:
    app.testing = False
    paths = {"action": f"/actions/{some_work['my action'].id}", "child": f"/children/{some_work['mine'].id}"}
    client = CheckedClient(app).sign_in(world.id("chair"))
    with _trail_that_cannot_be_written(app, error):
        answer = client.raw.get(paths.get(page, page))
    text = answer.get_data(as_text=True)
    assert answer.status_code == status
    for word in ("Ashdown", "Brackley", "safety plan", "Older men", str(some_work["mine"].id)):
        assert word not in text
    assert _reads(world) == []
    assert client.raw.get(paths.get(page, page)).status_code == 200


def _page(app: Flask, view: Any, *, quiet: bool = False) -> None:
    app.add_url_rule("/sabotage", "sabotage", requires(Permission.CHILD_LIST, quiet=quiet)(view))


def _names() -> str:
    statement = scope.subjects(sa.select(Subject.name), actor(), today())
    return ", ".join(session().scalars(statement))


def test_a_page_that_forgets_its_event_is_not_sent(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    _page(app, lambda: _names())
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/sabotage")
    assert answer.status_code == 500
    assert "Ashdown" not in answer.get_data(as_text=True)


def test_nor_one_that_is_drawn_without_saying_what_it_shows(
    app: Flask, world: World, some_work: dict[str, Any]
) -> None:
    _page(app, lambda: draw("errors/error.html", title=_names(), words="", incident="", typed=""))
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/sabotage")
    assert answer.status_code == 500
    assert "Ashdown" not in answer.get_data(as_text=True)


def test_one_that_says_it_is_sent(app: Flask, world: World, some_work: dict[str, Any]) -> None:
    def view() -> str:
        names = _names()
        record(Seen("subject", (some_work["mine"].id,)))
        return names

    _page(app, view)
    assert "Ashdown" in CheckedClient(app).sign_in(world.id("chair")).raw.get("/sabotage").get_data(as_text=True)
    assert [row.scope for row in _reads(world)] == ["area"]


def test_a_page_without_protected_words_leaves_no_event(app: Flask, world: World) -> None:
    client = CheckedClient(app)
    client.get("/sign-in")
    client.sign_in(world.id("sysadmin")).get("/")
    assert _reads(world) == []
