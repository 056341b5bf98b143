"""A statement that is asked again goes straight to the driver, and answers, guards and fails as it did at first."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import col

from mace import scope
from mace.database import (
    TOUCHED,
    MaceSession,
    Unscoped,
    make_engines,
    make_migration_engine,
    open_session,
    plain_rows,
    rows,
    system_scope,
    transaction,
)
from mace.models import Action, LiveSession, Meeting, Person, Subject
from mace.settings import Settings
from tests.asked import questions_to
from tests.conftest import ON_POSTGRESQL
from tests.world import TEST, World

TIMES = 4


def _in_scope(statement: Any) -> Any:
    return scope.within(statement, "for the test")


@pytest.fixture
def filled(world: World) -> World:
    """Some rows of every type that a column has."""
    child = world.a_child("Łucja O’Brien", worker="worker")
    world.an_action(child, set_on=world.day(-60), due=world.day(-10), last_update_on=world.today)
    world.an_action(world.a_child(), due=None)
    world.a_meeting(world.day(3))
    world.add(
        LiveSession(
            token_hash="a" * 64,
            person_id=world.id("worker"),
            started_at=datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC),
            seen_at=world.now,
        )
    )
    return world


@pytest.mark.parametrize("table", [Action, LiveSession, Meeting, Person, Subject])
def test_it_gives_what_it_gave(session: MaceSession, filled: World, table: Any) -> None:
    statement = _in_scope(sa.select(*sa.inspect(table).columns).order_by(*sa.inspect(table).primary_key))
    first = rows(session, statement)
    assert first
    for _ in range(TIMES):
        again = plain_rows(session, statement)
        assert [tuple(row) for row in again] == [tuple(row) for row in first]
        assert [type(cell) for row in again for cell in row] == [type(cell) for row in first for cell in row]
        assert [row._asdict() for row in again] == [row._asdict() for row in first]


def test_each_time_it_is_given_values_of_their_types(session: MaceSession, filled: World) -> None:
    statement = sa.select(col(LiveSession.person_id)).where(
        col(LiveSession.person_id) == sa.bindparam("who"), col(LiveSession.started_at) > sa.bindparam("since")
    )
    meetings = sa.select(col(Meeting.id)).where(col(Meeting.held_on) == sa.bindparam("day"))
    before, after = datetime(2026, 3, 29, 0, 59, 59, 999998, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC)
    for _ in range(TIMES):
        assert plain_rows(session, statement, {"who": filled.id("worker"), "since": before})
        assert not plain_rows(session, statement, {"who": filled.id("worker"), "since": after})
        assert not plain_rows(session, statement, {"who": filled.id("chair"), "since": before})
        assert not plain_rows(session, statement, {"who": None, "since": before})
        assert plain_rows(session, meetings, {"day": filled.day(3)})
        assert not plain_rows(session, meetings, {"day": date(1999, 1, 1)})


def test_a_list_may_be_longer_the_next_time(session: MaceSession, filled: World) -> None:
    statement = sa.select(col(Person.id)).where(col(Person.id).in_(sa.bindparam("ids", expanding=True)))
    everybody = [row.id for row in rows(session, sa.select(col(Person.id)))]
    for number in (1, 2, 0, 5):
        found = plain_rows(session, statement, {"ids": everybody[:number]})
        assert {row.id for row in found} == set(everybody[:number])


def test_what_shapes_the_text_of_a_statement_is_never_kept(session: MaceSession, filled: World) -> None:
    everybody = [row.id for row in rows(session, sa.select(col(Person.id)))]
    among = sa.select(col(Person.id)).where(col(Person.id).in_(sa.bindparam("ids", expanding=True)))
    written_in = sa.select(col(Person.id)).where(col(Person.name) == sa.bindparam("name", literal_execute=True))
    for person_id in everybody[:TIMES]:
        name = session.get_one(Person, person_id).name
        assert {row.id for row in plain_rows(session, among, {"ids": {person_id}})} == {person_id}
        assert person_id in {row.id for row in plain_rows(session, written_in, {"name": name})}


def test_it_sees_what_was_saved_since(session: MaceSession, filled: World) -> None:
    statement = _in_scope(sa.select(sa.func.count(col(Subject.id)).label("number")))
    before = [plain_rows(session, statement)[0].number for _ in range(TIMES)]
    filled.a_child("Ben Brackley")
    session.rollback()
    assert plain_rows(session, statement)[0].number == before[-1] + 1


def test_nobody_asks_without_scope_however_often(session: MaceSession, filled: World) -> None:
    statement = sa.select(col(Subject.name))
    for _ in range(TIMES):
        with pytest.raises(Unscoped):
            plain_rows(session, statement)
    with transaction(session, TEST), system_scope(session, "for the test"):
        for _ in range(TIMES):
            assert plain_rows(session, statement)
    with pytest.raises(Unscoped):
        plain_rows(session, statement)


def test_what_it_read_is_known_to_the_door(session: MaceSession, filled: World) -> None:
    statement = _in_scope(sa.select(col(Subject.name)))
    for _ in range(TIMES):
        TOUCHED.set(False)
        plain_rows(session, statement)
        assert TOUCHED.get()
    TOUCHED.set(False)
    plain_rows(session, sa.select(col(Person.name)))
    assert not TOUCHED.get()


def test_whoever_listens_hears_it_each_time(app: Flask, session: MaceSession, filled: World) -> None:
    statement = sa.select(col(Person.name)).where(col(Person.name) == "nobody")
    with questions_to(app) as asked:
        for _ in range(TIMES):
            plain_rows(session, statement)
    assert len(asked) == TIMES
    assert len(set(asked)) == 1


@pytest.mark.skipif(not ON_POSTGRESQL, reason="an SQLite file has no server to lose")
def test_a_server_that_came_back_costs_one_question(settings: Settings) -> None:
    engines = make_engines(settings)
    sessions = [open_session(engines) for _ in range(4)]
    statement = sa.select(sa.func.count(col(Person.id)))
    for session in (*sessions, *sessions, *sessions):
        plain_rows(session, statement)
    for session in sessions:
        session.close()
    admin = make_migration_engine(settings)
    with admin.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.exec_driver_sql(f"{others} AND pid <> pg_backend_pid()")
    admin.dispose()
    failed = 0
    for _ in range(6):
        with open_session(engines) as session:
            try:
                plain_rows(session, statement)
            except sa.exc.OperationalError:
                failed += 1
    assert failed <= 1
    engines.dispose()


def test_it_fails_as_any_statement_does(session: MaceSession, filled: World) -> None:
    statement = sa.select(sa.func.abs(sa.bindparam("figure", type_=sa.BigInteger())))
    for _ in range(TIMES):
        assert plain_rows(session, statement, {"figure": -5})[0][0] == 5
    with pytest.raises(sa.exc.OperationalError if not ON_POSTGRESQL else sa.exc.DataError) as told:
        plain_rows(session, statement, {"figure": -(2**63)})
    assert told.value.statement
    assert told.value.params is None
    session.rollback()
    assert plain_rows(session, statement, {"figure": -7})[0][0] == 7
