"""Ring 4: SQL that names a protected table without saying for whom raises, whichever way it is written."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session as Plain
from sqlalchemy.orm import aliased, joinedload, lazyload, registry, relationship, selectinload, subqueryload
from sqlmodel import col, select

from mace import scope
from mace.database import (
    TOUCHED,
    MaceSession,
    NobodyNamed,
    ReadOnly,
    Unrecorded,
    Unscoped,
    open_session,
    protected_tables,
    scoped,
    system_scope,
    transaction,
)
from mace.domain.policy import Actor
from mace.domain.vocabulary import AgencyKind
from mace.models import Action, Agency, Event, Item, Model, Person, Subject
from mace.models import Trail as TrailRow
from tests.world import TEST, World

ACTION, SUBJECT, PERSON = (Model.metadata.tables[name] for name in ("action", "subject", "person"))
Way = Callable[[MaceSession, UUID], Any]

READS: dict[str, Way] = {
    "ORM select": lambda s, _: s.exec(select(Subject)).all(),
    "ORM select of a column": lambda s, _: s.exec(select(Subject.name)).all(),
    "get": lambda s, key: s.get(Subject, key),
    "get_one": lambda s, key: s.get_one(Subject, key),
    "legacy query": lambda s, _: Plain.query(s, Subject).all(),
    "legacy count": lambda s, _: Plain.query(s, Subject).count(),
    "count": lambda s, _: s.exec(select(sa.func.count()).select_from(Subject)).one(),
    "count over a scoped sub-query": lambda s, _: s.execute(
        sa.select(sa.func.count()).select_from(scoped(sa.select(col(Subject.id)), "test").subquery())
    ).one(),
    "exists": lambda s, key: s.execute(sa.select(sa.exists().where(col(Subject.id) == key))).one(),
    "sub-query in the condition": lambda s, _: s.exec(
        select(Person).where(col(Person.id).in_(sa.select(col(Action.owner_id))))
    ).all(),
    "scalar sub-query": lambda s, _: s.execute(
        sa.select(sa.select(sa.func.max(col(Action.number))).scalar_subquery())
    ).one(),
    "common table expression": lambda s, _: s.execute(sa.select(sa.select(col(Subject.name)).cte("named"))).all(),
    "join": lambda s, _: s.exec(select(Person).join(Action, col(Action.owner_id) == col(Person.id))).all(),
    "alias": lambda s, _: s.exec(select(aliased(Subject, name="innocent"))).all(),
    "union": lambda s, _: s.execute(sa.union(sa.select(col(Person.name)), sa.select(col(Subject.name)))).all(),
    "union with a scoped part": lambda s, _: s.execute(
        sa.union_all(scoped(sa.select(col(Subject.name)), "test"), sa.select(col(Event.words)))
    ).all(),
    "stream": lambda s, _: list(s.scalars(select(Subject).execution_options(yield_per=1))),
    "Core select": lambda s, _: s.execute(sa.select(SUBJECT)).all(),
    "Core select by a name": lambda s, _: s.execute(
        sa.select(sa.column("name")).select_from(sa.table("subject"))
    ).all(),
    "Core select with a schema": lambda s, _: s.execute(
        sa.select(sa.column("name")).select_from(sa.table("subject", schema=_schema(s)))
    ).all(),
    "text": lambda s, _: s.execute(sa.text("SELECT name FROM subject")).all(),
    "text in capitals and quotes": lambda s, _: s.execute(sa.text('SELECT name FROM "subject"')).all(),
    "text with a schema": lambda s, _: s.execute(sa.text(f"SELECT name FROM {_schema(s)}.subject")).all(),
    "text in odd case": lambda s, _: s.execute(sa.text("select NAME from SuBjEcT")).all(),
    "text without spaces": lambda s, _: s.execute(sa.text("SELECT name FROM/**/subject")).all(),
    "text of columns": lambda s, _: s.execute(sa.text("SELECT * FROM item").columns(sa.column("id"))).all(),
    "session.connection": lambda s, _: s.connection().execute(sa.select(SUBJECT)).all(),
    "driver SQL": lambda s, _: s.connection().exec_driver_sql("SELECT name FROM subject").all(),
    "a connection of one's own": lambda s, _: _own_connection(s, "SELECT name FROM subject"),
    "values of the history": lambda s, _: s.execute(sa.text("SELECT value FROM history_value")).all(),
}
CHANGES: dict[str, Way] = {
    "bulk update of a protected table": lambda s, _: s.execute(sa.update(Subject).values(name="x")),
    "bulk delete of a protected table": lambda s, _: s.execute(sa.delete(Subject)),
    "bulk insert of a protected table": lambda s, key: s.execute(sa.insert(Subject).values(id=key)),
    "bulk update with a mark": lambda s, _: s.execute(scoped(sa.update(Subject).values(name="x"), "test")),
    "bulk delete with a mark": lambda s, _: s.execute(scoped(sa.delete(Event), "test")),
    "legacy bulk update": lambda s, _: Plain.query(s, Subject).update({"name": "x"}),
    "legacy bulk delete": lambda s, _: Plain.query(s, Person).delete(),
    "legacy bulk mappings": lambda s, key: s.bulk_update_mappings(Person, [{"id": key, "name": "x"}]),
    "legacy bulk save": lambda s, _: s.bulk_save_objects([Person(name="x", agency_id=uuid4())]),
    "bulk update of any table": lambda s, _: s.execute(sa.update(Person).values(is_active=False)),
    "Core update of any table": lambda s, _: s.execute(sa.update(PERSON).values(is_active=False)),
    "Core insert": lambda s, key: s.connection().execute(sa.insert(PERSON).values(id=key, name="x")),
    "Core delete": lambda s, _: s.connection().execute(sa.delete(ACTION)),
    "Core update with a mark": lambda s, _: s.connection().execute(scoped(sa.update(SUBJECT).values(name="x"), "test")),
    "text update": lambda s, _: s.execute(sa.text("UPDATE person SET name = 'x'")),
    "text delete": lambda s, _: s.execute(sa.text("delete from person")),
    "text behind a comment": lambda s, _: s.execute(sa.text("/* tidy */ DELETE FROM person")),
    "text behind a common table expression": lambda s, _: s.execute(
        sa.text("WITH gone AS (SELECT 1) DELETE FROM person")
    ),
    "text drop": lambda s, _: s.execute(sa.text("DROP TABLE person")),
    "the chain itself": lambda s, _: s.execute(sa.text("UPDATE trail_head SET seq = 0")),
    "driver SQL": lambda s, _: s.connection().exec_driver_sql("UPDATE person SET name = 'x'"),
    "a connection of one's own": lambda s, _: _own_connection(s, "UPDATE person SET name = 'x'"),
}


def _schema(session: MaceSession) -> str:
    return "public" if session.connection().dialect.name == "postgresql" else "main"


def _own_connection(session: MaceSession, statement: str) -> Any:
    with session.engines.reading.connect() as connection:
        return connection.exec_driver_sql(statement).all()


@pytest.mark.parametrize("way", READS)
def test_a_read_without_scope_raises(session: MaceSession, way: str) -> None:
    with pytest.raises(Unscoped):
        READS[way](session, uuid4())


@pytest.mark.parametrize("way", READS)
def test_a_read_without_scope_raises_inside_a_change_too(session: MaceSession, way: str) -> None:
    with pytest.raises(Unscoped), transaction(session, TEST):
        session.add(_anybody())
        session.flush()
        READS[way](session, uuid4())


@pytest.mark.parametrize("way", CHANGES)
def test_a_change_past_the_history_raises_inside_a_transaction(session: MaceSession, way: str) -> None:
    with pytest.raises(Unrecorded), transaction(session, TEST):
        CHANGES[way](session, uuid4())


@pytest.mark.parametrize("way", CHANGES)
def test_a_change_past_the_history_raises_where_one_reads(session: MaceSession, way: str) -> None:
    with pytest.raises((Unrecorded, ReadOnly)):
        CHANGES[way](session, uuid4())


@pytest.mark.parametrize("way", [way for way in CHANGES if "own" not in way])
def test_nor_does_a_system_scope_change_anything(session: MaceSession, way: str) -> None:
    with pytest.raises(Unrecorded), transaction(session, TEST), system_scope(session, "test"):
        CHANGES[way](session, uuid4())


def _anybody() -> Agency:
    return Agency(name=f"Agency {uuid4()}", kind=AgencyKind.OTHER)


class Child:
    """The subject table with a relationship, as a later model might declare it."""


class Happening:
    """The event table with a relationship."""


@pytest.fixture(scope="module")
def related() -> Iterator[None]:
    mapped = registry(metadata=Model.metadata)
    mapped.map_imperatively(
        Child,
        SUBJECT,
        properties={"events": relationship(Happening, back_populates="child"), "name_of": SUBJECT.c.name},
    )
    mapped.map_imperatively(
        Happening,
        Model.metadata.tables["event"],
        properties={"child": relationship(Child, back_populates="events")},
    )
    yield
    mapped.dispose()


def _one(session: MaceSession, *options: Any) -> Any:
    return session.scalars(scoped(sa.select(Child).options(*options), "test")).unique().one()


@pytest.mark.usefixtures("related")
def test_a_lazy_relationship_raises(world: World, session: MaceSession) -> None:
    world.a_child()
    child = _one(session, lazyload(Child.events))
    with pytest.raises(Unscoped):
        child.events  # noqa: B018


@pytest.mark.usefixtures("related")
@pytest.mark.parametrize("eager", [joinedload, selectinload, subqueryload])
def test_an_eager_relationship_carries_the_mark(world: World, session: MaceSession, eager: Any) -> None:
    world.a_child()
    assert list(_one(session, eager(Child.events)).events) == []


@pytest.mark.usefixtures("related")
def test_an_expired_row_does_not_refresh_itself(world: World, session: MaceSession) -> None:
    world.a_child()
    child = _one(session)
    session.expire(child)
    with pytest.raises(Unscoped):
        child.name_of  # noqa: B018
    with pytest.raises(Unscoped):
        session.refresh(child)


def test_after_a_failed_flush_the_door_is_shut_again(world: World, session: MaceSession) -> None:
    subject = world.a_child()
    with pytest.raises(Unscoped), transaction(session, TEST):
        session.add(_same(subject))
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        session.rollback()
        session.exec(select(Subject)).all()


def _same(subject: Subject) -> Subject:
    return Subject(kind=subject.kind, name="Another", reference=subject.reference, on_mace_since=subject.on_mace_since)


def test_what_was_taken_back_inside_a_transaction_is_not_quietly_half_saved(world: World, session: MaceSession) -> None:
    before = len(world.all(TrailRow))
    with pytest.raises(ReadOnly), transaction(session, TEST):
        session.add(_anybody())
        session.flush()
        session.rollback()
    with pytest.raises(ReadOnly), transaction(session, TEST):
        session.add(_anybody())
        session.rollback()
        session.add(_anybody())
        session.flush()
    assert len(world.all(TrailRow)) == before


def test_no_savepoint_takes_back_a_part(session: MaceSession) -> None:
    with pytest.raises(ReadOnly), transaction(session, TEST), session.begin_nested():
        pass


def test_the_mark_of_a_flush_does_not_outlive_it(session: MaceSession) -> None:
    with transaction(session, TEST):
        session.add(_anybody())
        session.flush()
        with pytest.raises(Unscoped):
            session.execute(sa.select(SUBJECT)).all()


def test_no_mark_stays_on_a_connection_that_goes_back(app: Flask, session: MaceSession) -> None:
    with pytest.raises(ZeroDivisionError), transaction(session, TEST), system_scope(session, "test"):
        session.execute(sa.select(SUBJECT)).all()
        _ = 1 / 0
    engines = app.extensions["mace_engines"]
    for _ in range(30):
        with open_session(engines) as another, pytest.raises(Unscoped):
            another.execute(sa.select(SUBJECT)).all()


def test_a_system_scope_needs_a_reason_and_somebody_and_leaves_both_in_the_trail(
    world: World, session: MaceSession
) -> None:
    with pytest.raises(NobodyNamed), system_scope(session, "looking round"):
        pass
    with pytest.raises(NobodyNamed), transaction(session, TEST), system_scope(session, ""):
        pass
    with transaction(session, TEST), system_scope(session, "counting for the test"):
        session.execute(sa.select(SUBJECT)).all()
    last = max(world.all(TrailRow), key=lambda row: row.seq)
    assert (last.act, last.acting_as) == ("system scope", "test")
    assert "counting for the test" in last.detail


def test_scope_is_what_lets_a_read_through(world: World, session: MaceSession) -> None:
    child = world.a_child()
    found = session.exec(scope.subjects(select(Subject.id), world.actor("chair"), world.today)).all()
    assert found == [child.id]
    assert TOUCHED.get()


@pytest.mark.parametrize("table", sorted(protected_tables()))
def test_every_protected_table_trips_it(session: MaceSession, table: str) -> None:
    for written in (table, f'"{table}"', table.upper(), f"{_schema(session)}.{table}", f"({table})", f"x,{table}"):
        with pytest.raises(Unscoped):
            session.execute(sa.text(f"SELECT 1 FROM {written}"))


def test_every_table_that_leads_to_a_child_is_protected() -> None:
    """A row that points at a protected row says something about it."""
    open_ones = {
        table.name
        for table in Model.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in protected_tables() and table.name not in protected_tables()
    }
    assert open_ones == set()


def test_which_tables_are_open_is_a_decision() -> None:
    """A new table stands here or is protected."""
    assert set(Model.metadata.tables) - protected_tables() == {
        "agency",
        "history_tombstone",
        "import_mapping",
        "installation",
        "live_session",
        "meeting",
        "meeting_attendance",
        "person",
        "role_holding",
        "series",
        "series_agency",
        "series_person",
        "sign_in_attempt",
        "sign_in_method",
        "team",
        "trail",
        "trail_head",
    }


def test_words_that_only_look_like_a_table_trip_nothing(session: MaceSession) -> None:
    session.execute(sa.text("SELECT 1 AS actions, 2 AS subject_id, 3 AS my_item"))
    session.execute(sa.select(sa.func.count()).select_from(Person).where(col(Person.name) == "update subject set"))


def test_a_named_person_may_change_and_nobody_may_not(session: MaceSession) -> None:
    for nobody in (Actor(name="somebody"), Actor(name="", system=True), Actor(name="")):
        with pytest.raises(NobodyNamed), transaction(session, nobody):
            session.add(_anybody())
    session.add(_anybody())
    with pytest.raises(ReadOnly):
        session.flush()
    session.add(_anybody())
    with pytest.raises(ReadOnly):
        session.commit()


def test_a_command_never_commits(world: World, session: MaceSession) -> None:
    with pytest.raises(ReadOnly), transaction(session, TEST):
        session.add(_anybody())
        session.commit()
    assert len(world.agencies) == len(world.all(Agency))


@pytest.mark.parametrize("kind", [Item, Action])
def test_loading_a_row_by_its_mark_leaves_no_open_door(world: World, session: MaceSession, kind: Any) -> None:
    session.exec(scoped(select(kind), "test")).all()
    with pytest.raises(Unscoped):
        session.exec(select(kind)).all()
