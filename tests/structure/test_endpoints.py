"""The checked-in table of endpoints is the application's own."""

from flask import Flask

from mace.web.access import PUBLIC, declared, route_table
from tests.structure.endpoints import TABLE, table_of

AGAIN = "Access has changed. If that is meant: python -m tests.structure.endpoints, and read the difference."


def test_who_may_use_what_is_what_was_decided(app: Flask) -> None:
    written = TABLE.read_text(encoding="utf-8").splitlines()
    found = table_of(app).splitlines()
    missing, extra = sorted(set(written) - set(found)), sorted(set(found) - set(written))
    assert written == found, f"{AGAIN}\nno longer so: {missing}\nnew: {extra}"


def test_a_changed_permission_is_a_difference(app: Flask) -> None:
    changed = TABLE.read_text(encoding="utf-8").replace("action:read", "action:list", 1)
    assert changed != table_of(app)


def test_every_public_endpoint_exists_and_is_public(app: Flask) -> None:
    public = {row["endpoint"] for row in route_table(app) if row["permission"] in ("public", "static")}
    assert public == PUBLIC


def test_no_endpoint_that_only_reads_by_get_says_that_it_writes(app: Flask) -> None:
    """A GET that writes (a record marked as opened) is a decision, and stands here."""
    writing = {
        row["endpoint"]
        for row in route_table(app)
        if row["methods"] == ["GET"] and getattr(declared(app, row["endpoint"]), "writes", False)
    }
    assert writing == {"home.healthz", "sharing.record", "sharing.copy", "sharing.copy_text"}


def test_every_endpoint_that_takes_an_unsafe_method_and_no_id_still_names_its_permission(app: Flask) -> None:
    for row in route_table(app):
        if set(row["methods"]) - {"GET"}:
            assert row["permission"] not in ("nothing", "static"), row
