"""Every change is in the trail with what was and what is, in the same transaction, and half a change never is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from mace.account.commands import add_password
from mace.database import MaceSession, Unrecorded, make_migration_engine, transaction
from mace.history import note
from mace.models import Agency, Model, Person, Series, SignInMethod, Trail, TrailValue
from tests.asked import listening
from tests.pages import CheckedClient
from tests.world import TEST, World


def _values(world: World, row: Trail) -> dict[str, tuple[str | None, str | None]]:
    """The values beside an event: field, old, new."""
    found: dict[str, dict[str, str]] = {}
    for value in world.all(TrailValue, TrailValue.seq == row.seq):
        found.setdefault(value.field, {})[value.side] = value.value
    return {name: (sides.get("old"), sides.get("new")) for name, sides in found.items()}


def _last(world: World) -> Trail:
    rows: list[Trail] = sorted(world.all(Trail), key=lambda row: row.seq)
    return rows[-1]


def test_a_new_row_is_kept_with_every_field(world: World, session: MaceSession) -> None:
    child = world.a_child("Aisha Ashdown", worker=None)
    (row,) = (one for one in world.all(Trail) if one.object_id == str(child.id) and one.table_name == "subject")
    assert (row.act, row.subject_id, row.acting_as) == ("created", child.id, "test")
    values = _values(world, row)
    assert values["name"] == (None, "Aisha Ashdown")
    assert values["level"] == (None, "moderate")
    assert "closed_on" not in values, "nothing is nothing"


def test_a_changed_row_is_kept_with_old_and_new_of_what_changed_only(world: World, session: MaceSession) -> None:
    with transaction(session, world.actor("chair")):
        person = session.get_one(Person, world.id("worker"))
        person.job, person.leaves_on = "Senior social worker", date(2027, 1, 31)
    row = _last(world)
    assert (row.act, row.table_name, row.object_id) == ("changed", "person", str(world.id("worker")))
    assert (row.person_id, row.acting_as) == (world.id("chair"), "chair")
    assert _values(world, row) == {"job": ("", "Senior social worker"), "leaves_on": (None, "2027-01-31")}


def test_a_field_that_was_set_unread_is_refused_for_nobody_would_know_what_it_was(
    world: World, session: MaceSession
) -> None:
    with pytest.raises(Unrecorded, match="job"), transaction(session, TEST):
        person = session.get_one(Person, world.id("worker"))
        session.expire(person, ["job"])
        person.job = "Advanced practitioner"


def test_a_deleted_row_is_kept_with_all_it_was(world: World, session: MaceSession) -> None:
    agency = Agency(name="Closed agency", kind=next(iter(world.agencies.values())).kind)
    agency_id = agency.id
    world.add(agency)
    with transaction(session, TEST):
        session.delete(session.get_one(Agency, agency_id))
    row = _last(world)
    assert (row.act, row.object_id) == ("deleted", str(agency_id))
    assert _values(world, row)["name"] == ("Closed agency", None)


def test_a_save_that_changes_nothing_says_nothing(world: World, session: MaceSession) -> None:
    before = _last(world).seq
    with transaction(session, TEST):
        person = session.get_one(Person, world.id("worker"))
        person.job = person.job
    assert _last(world).seq == before


def test_a_secret_is_never_kept(world: World, session: MaceSession) -> None:
    with transaction(session, TEST):
        add_password(session, world.id("worker"), "a password of one's own")
    kept = [row.secret_hash for row in world.all(SignInMethod)]
    values = {value.value for value in world.all(TrailValue, TrailValue.field == "secret_hash")}
    assert values == {"not kept"}
    assert not values & set(kept)


def test_the_chain_itself_holds_no_value(world: World) -> None:
    child = world.a_child("Aisha Ashdown")
    world.an_action(child, what="A word that stands nowhere else: Quarrendon")
    chain = " ".join(f"{row.detail} {row.object_id} {row.acting_as} {row.scope} {row.act}" for row in world.all(Trail))
    assert "Quarrendon" not in chain
    assert "Ashdown" not in chain
    assert any("Quarrendon" in value.value for value in world.all(TrailValue))


def test_the_same_value_has_another_hash_each_time(world: World) -> None:
    """Or somebody could guess an erased value from its hash."""
    world.a_child("Aisha Ashdown")
    world.a_child("Aisha Ashdown")
    hashes = [
        json.loads(row.detail)["name"]["new"]
        for row in world.all(Trail)
        if row.table_name == "subject" and row.act == "created"
    ]
    assert len(hashes) == len(set(hashes)) == 2


def test_a_change_by_a_page_carries_the_request(app: Flask, world: World) -> None:
    action = world.an_action(world.a_child())
    client = CheckedClient(app).sign_in(world.id("worker"))
    client.post(f"/actions/{action.id}/update", {"says": "progress", "words": "Seen twice", "version": action.version})
    rows = [
        row for row in world.all(Trail) if row.person_id == world.id("worker") and row.act in ("created", "changed")
    ]
    assert rows
    assert len({row.request_id for row in rows}) == 1
    assert rows[0].request_id


def test_a_named_event_cannot_pretend_to_be_a_change_of_a_row(session: MaceSession) -> None:
    with pytest.raises(ValueError, match="by itself"), transaction(session, TEST):
        note(session, "changed", detail={"name": "x"})


def test_what_was_raised_in_leaves_neither_change_nor_trail(world: World, session: MaceSession) -> None:
    before = _dump(world)
    with pytest.raises(ZeroDivisionError), transaction(session, TEST):
        session.get_one(Person, world.id("worker")).job = "Never"
        session.add(Agency(name="Never", kind=next(iter(world.agencies.values())).kind))
        session.flush()
        _ = 1 / 0
    assert _dump(world) == before


NOT_OF_THE_WORK = {"live_session", "sign_in_attempt"}


def _dump(world: World) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the database, beside who is signed in; of the trail the changes."""
    engine = make_migration_engine(world.settings)
    with engine.connect() as connection:
        found = {
            table.name: sorted(tuple(map(str, row)) for row in connection.execute(sa.select(table)))
            for table in Model.metadata.tables.values()
            if table.name not in NOT_OF_THE_WORK
        }
    engine.dispose()
    return found


class Broken(Exception):
    """What the test makes go wrong."""


@contextmanager
def _breaking_at(app: Flask, number: int) -> Iterator[None]:
    """Let the writing statement of this number fail, counted from one."""
    seen = count(1)

    def on_execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE") and next(seen) == number:
            raise Broken

    with listening(app, on_execute):
        yield


@pytest.mark.parametrize("what", ["an update of an action", "a new child"])
def test_a_change_that_breaks_at_any_statement_leaves_nothing(app: Flask, world: World, what: str) -> None:
    action = world.an_action(world.a_child())
    path, form = {
        "an update of an action": (
            f"/actions/{action.id}/update",
            {"says": "progress", "words": "Seen twice", "version": action.version},
        ),
        "a new child": (
            "/children/new",
            {
                "name": "Ben Brackley",
                "number": "900001",
                "from_whom": "The school",
                "why": "Seen with older boys at the station",
                "harm": "unknown",
                "outcome": "taken",
                "who_tells": "The coordinator",
            },
        ),
    }[what]
    app.testing = False
    client = CheckedClient(app).sign_in(world.id("chair"))
    token, before = client.token(), _dump(world)
    broken = 0
    for number in range(1, 200):
        with _breaking_at(app, number):
            answer = client.raw.post(path, data={**form, "csrf_token": token})
        if answer.status_code == 302:
            break
        broken += 1
        assert answer.status_code == 500, answer.get_data(as_text=True)
        assert _dump(world) == before, f"something stayed after statement {number} broke"
    assert answer.status_code == 302
    assert broken >= 4
    assert _dump(world) != before


def test_ids_are_uuids_in_the_trail_of_a_list(app: Flask, world: World) -> None:
    for _ in range(2):
        world.an_action(world.a_child())
    CheckedClient(app).sign_in(world.id("chair")).get("/actions")
    (row,) = (one for one in world.all(Trail) if one.act == "listed")
    assert {type(UUID(key)) for key in json.loads(row.detail)["ids"]} == {UUID}


def test_the_name_of_a_series_is_kept_though_nobody_protects_it(world: World, session: MaceSession) -> None:
    with transaction(session, TEST):
        session.get_one(Series, world.series.id).name = "Another name"
    assert _values(world, _last(world)) == {"name": ("Northborough MACE", "Another name")}
