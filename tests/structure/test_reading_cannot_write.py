"""A request that was declared read-only cannot change anything, whichever way it tries."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from mace.database import MaceSession, NobodyNamed, ReadOnly, Unrecorded, make_engines, transaction
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import AgencyKind
from mace.models import Agency, Trail
from mace.settings import Settings
from mace.web.access import actor, requires, session
from tests.pages import CheckedClient
from tests.world import World


def _agency() -> Agency:
    return Agency(name=f"Slipped in {uuid4()}", kind=AgencyKind.OTHER)


def _in_a_transaction() -> None:
    with transaction(session(), actor()):
        session().add(_agency())


def _by_a_flush() -> None:
    session().add(_agency())
    session().flush()


def _by_a_commit() -> None:
    session().add(_agency())
    session().commit()


def _by_the_core() -> None:
    session().execute(sa.insert(Agency).values(id=uuid4(), name="Slipped in", kind=AgencyKind.OTHER))


def _by_text() -> None:
    session().execute(sa.text("UPDATE agency SET name = 'Slipped in'"))


def _by_another_connection() -> None:
    engine = session().get_bind()
    with engine.connect() as connection:
        connection.execute(sa.text("UPDATE agency SET name = 'Slipped in'"))
        connection.commit()


def _by_changing_a_row() -> None:
    session().get_one(Agency, session().scalars(sa.select(Agency.id)).first()).name = "Slipped in"
    session().flush()


WAYS: tuple[Callable[[], None], ...] = (
    _in_a_transaction,
    _by_a_flush,
    _by_a_commit,
    _by_the_core,
    _by_text,
    _by_another_connection,
    _by_changing_a_row,
)


def _answering(app: Flask, way: Callable[[], None], *, writes: bool) -> None:
    @requires(Permission.HOME_READ, writes=writes)
    def tries() -> str:
        way()
        return "done"

    app.add_url_rule("/tries", "tries", tries, methods=["GET", "POST"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_read_only_endpoint_that_writes_raises(
    app: Flask, world: World, way: Callable[[], None], method: str
) -> None:
    _answering(app, way, writes=False)
    app.config["WTF_CSRF_ENABLED"] = False
    client = CheckedClient(app).sign_in(world.id("chair"))
    with pytest.raises((ReadOnly, Unrecorded)):
        client.raw.open("/tries", method=method)
    assert not [agency for agency in world.all(Agency) if "Slipped in" in agency.name]


@pytest.mark.parametrize("way", WAYS[1:])
def test_an_endpoint_that_may_write_still_needs_its_transaction(
    app: Flask, world: World, way: Callable[[], None]
) -> None:
    _answering(app, way, writes=True)
    client = CheckedClient(app).sign_in(world.id("chair"))
    with pytest.raises((ReadOnly, Unrecorded)):
        client.raw.get("/tries")
    assert not [agency for agency in world.all(Agency) if "Slipped in" in agency.name]


def test_with_both_it_writes(app: Flask, world: World) -> None:
    _answering(app, _in_a_transaction, writes=True)
    assert CheckedClient(app).sign_in(world.id("chair")).raw.get("/tries").status_code == 200
    assert len([agency for agency in world.all(Agency) if "Slipped in" in agency.name]) == 1


@pytest.mark.parametrize(
    "nobody",
    [Actor(name=""), Actor(name="Ruth Okoro"), Actor(name="", system=True)],
    ids=["nobody", "a name and no person", "a system without a name"],
)
def test_a_change_with_nobody_named_raises(world: World, session: MaceSession, nobody: Actor) -> None:
    before = len(world.all(Trail))
    with pytest.raises(NobodyNamed), transaction(session, nobody):
        session.add(_agency())
    assert len(world.all(Trail)) == before


def test_the_database_itself_refuses_what_slips_past_the_guards(settings: Settings, world: World) -> None:
    """Even a statement that no guard saw cannot write in a transaction that only reads."""
    engine = make_engines(settings).reading
    with engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        connection.execute(sa.text("SELECT 1"))
        cursor = raw.cursor()
        with pytest.raises(Exception, match=r"read-?\s?only"):
            cursor.execute("UPDATE agency SET name = 'Slipped in'")
    engine.dispose()
    assert not [agency for agency in world.all(Agency) if agency.name == "Slipped in"]
