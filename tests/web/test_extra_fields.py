"""A field that a page does not have changes nothing: what is stored comes from the form and from nowhere else."""

from typing import Any
from uuid import uuid4

from flask import Flask

from mace.models import Action, Child, Concern, Model, Subject
from tests.pages import CheckedClient
from tests.web.everywhere import forms_on
from tests.world import World

NEW_CHILD = {
    "name": "Ben Brackley",
    "from_whom": "The school",
    "why": "Seen with older boys at the station",
    "harm": "unknown",
    "outcome": "taken",
    "who_tells": "The coordinator",
}


def every_column() -> dict[str, str]:
    """A value for each column of each table, as if a form had them all."""
    tables = Model.metadata.tables.values()
    names = {column.name for table in tables for column in table.columns} - {*NEW_CHILD, "says", "words", "version"}
    names -= {"day", "month", "year", "number", "sure", "same", "anyway"}
    values = {"bool": "true", "int": "7", "date": "2020-01-01", "UUID": str(uuid4())}
    kinds = {column.name: column.type.python_type.__name__ for table in tables for column in table.columns}
    return {name: values.get(kinds[name], "slipped in") for name in names} | {"is_admin": "true", "role": "chair"}


def _columns(row: Any, *without: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in type(row).model_fields if name not in {"id", "subject_id", *without}}


def test_a_new_child_takes_only_what_the_form_asks(app: Flask, world: World) -> None:
    client = CheckedClient(app).sign_in(world.id("coordinator"))
    extra = {name: value for name, value in every_column().items() if name not in _asked(client, "/children/new")}
    assert len(extra) > 150
    client.post("/children/new", {**NEW_CHILD, "number": "900001"})
    client.post("/children/new", {**extra, **NEW_CHILD, "name": "Carl Carrow", "number": "900002"})
    one, two = (next(row for row in world.all(Subject) if row.reference == f"90000{n}") for n in (1, 2))
    assert _columns(one, "name", "search_name", "reference") == _columns(two, "name", "search_name", "reference")
    for kind in (Child, Concern):
        plain, filled = (next(row for row in world.all(kind) if row.subject_id == key) for key in (one.id, two.id))
        assert _columns(plain) == _columns(filled)


def _asked(client: CheckedClient, path: str) -> set[str]:
    return {name for form in forms_on(path, client.get(path)) for name, _, _ in form.fields}


def test_an_update_of_an_action_takes_only_what_the_form_asks(app: Flask, world: World) -> None:
    plain, filled = (world.an_action(world.a_child(name)) for name in ("Aisha Ashdown", "Ben Brackley"))
    client = CheckedClient(app).sign_in(world.id("worker"))
    asked = _asked(client, f"/actions/{plain.id}/update")
    extra = {name: value for name, value in every_column().items() if name not in asked}
    typed = {"says": "progress", "words": "Seen twice", "version": plain.version}
    client.post(f"/actions/{plain.id}/update", typed)
    client.post(f"/actions/{filled.id}/update", {**extra, **typed})
    one, two = ({row.id: row for row in world.all(Action)}[key] for key in (plain.id, filled.id))
    assert _columns(one, "number", "concern_id", "owner_accepted_at") == _columns(
        two, "number", "concern_id", "owner_accepted_at"
    )
