"""A migrated, empty database for each test; a client that checks every page it fetches."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from mace import create_app
from mace.cli import run_migrations
from mace.database import MaceSession, make_engines, open_session
from mace.demo import fill
from mace.models import Model
from mace.settings import Settings, load_settings
from tests.asked import Asked, questions_to
from tests.pages import CheckedClient
from tests.world import World, a_world

ON_POSTGRESQL = os.environ.get("MACE_TEST_DATABASE") == "postgresql"
SERVER = os.environ.get("MACE_TEST_POSTGRESQL_URL", "")


def _settings(url: str, folder: Path) -> Settings:
    return load_settings(
        {
            "MACE_MODE": "test",
            "MACE_DATABASE_URL": url,
            "MACE_SECRET_KEY": "test " * 8,
            "MACE_INSTANCE": str(folder),
        }
    )


def _on_server(*statements: str) -> None:
    engine = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def _url_of(name: str) -> str:
    return sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated, empty database that no test uses itself, only copies of it: a file, or a database's name."""
    folder = tmp_path_factory.mktemp("template")
    if ON_POSTGRESQL:
        name = f"mace_test_{uuid4().hex[:12]}"
        _on_server(f'CREATE DATABASE "{name}"')
        run_migrations(_settings(_url_of(name), folder))
        yield name
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
    else:
        path = folder / "template.sqlite"
        run_migrations(_settings(f"sqlite:///{path}", folder))
        yield str(path)


def _emptied(name: str) -> None:
    """Take every row out again, past triggers and keys: 15 times faster than a copy of the database for each test."""
    tables = "; ".join(f'DELETE FROM "{table.name}"' for table in reversed(Model.metadata.sorted_tables))
    engine = sa.create_engine(_url_of(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql(tables)
        connection.exec_driver_sql(f"INSERT INTO trail_head (id, seq, digest) VALUES (1, 0, '{'0' * 64}')")
        connection.exec_driver_sql("INSERT INTO installation (id, held_demo_data, demo_day) VALUES (1, FALSE, '')")
    engine.dispose()


@pytest.fixture
def settings(request: pytest.FixtureRequest, template: str, tmp_path: Path) -> Settings:
    """Settings whose database has been migrated and holds nothing."""
    if ON_POSTGRESQL:
        name = request.getfixturevalue("in_turn")
        _emptied(name)
        return _settings(_url_of(name), tmp_path)
    return _settings(_copied(template, tmp_path), tmp_path)


def _copied(path: str, folder: Path) -> str:
    """The address of a copy of an SQLite file."""
    import sqlcipher3

    descriptor, copy = tempfile.mkstemp(dir=folder, suffix=".sqlite")
    os.close(descriptor)
    source, target = sqlcipher3.connect(path), sqlcipher3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return f"sqlite:///{copy}"


@contextmanager
def own_database(folder: Path, source: str) -> Iterator[Settings]:
    """Settings of a database of its own, copied from another."""
    if not ON_POSTGRESQL:
        yield _settings(_copied(source, folder), folder)
        return
    name = f"mace_test_{uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    yield _settings(_url_of(name), folder)
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def in_turn(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the one database that tests on PostgreSQL use in turn, each taking out what the one before left."""
    with own_database(tmp_path_factory.mktemp("in_turn"), template) as copied:
        yield str(sa.make_url(copied.database_url).database)


@pytest.fixture(scope="session")
def demo_template(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database that holds the demonstration, filled once and never used itself: a file, or a database's name."""
    folder = tmp_path_factory.mktemp("demo")
    with own_database(folder, template) as filled:
        engines = make_engines(filled)
        with open_session(engines) as opened:
            fill(opened, filled)
        engines.dispose()
        url = sa.make_url(filled.database_url)
        yield str(url.database)


@pytest.fixture(scope="session")
def demo_settings(demo_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The demonstration, for tests that only read."""
    with own_database(tmp_path_factory.mktemp("demo_read"), demo_template) as copied:
        yield copied


@pytest.fixture(scope="session")
def demo_app(demo_settings: Settings) -> Iterator[Flask]:
    """The application on it."""
    yield from _made(demo_settings)


@pytest.fixture
def demo_copy(demo_template: str, tmp_path: Path) -> Iterator[Settings]:
    """The demonstration, for one test that changes it."""
    with own_database(tmp_path, demo_template) as copied:
        yield copied


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on that database."""
    yield from _made(settings)


class _Compiled(BytecodeCache):
    """Templates compiled once for all the applications of a run: that was a third of its time."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


def _made(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    made.testing = True
    made.jinja_env.bytecode_cache = COMPILED
    yield made
    made.extensions["mace_engines"].dispose()


@pytest.fixture
def taken() -> Iterator[str]:
    """An address where something listens already: a server that starts there against all reason ends at once."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """A browser that checks every page."""
    return CheckedClient(app)


@pytest.fixture
def asked(app: Flask) -> Iterator[Asked]:
    """Every question that the application puts to its database, to be cleared and counted."""
    with questions_to(app) as questions:
        yield questions


@pytest.fixture
def session(app: Flask) -> Iterator[MaceSession]:
    """A database session beside the application's own."""
    with open_session(app.extensions["mace_engines"]) as opened:
        yield opened


@pytest.fixture
def world(session: MaceSession, settings: Settings) -> World:
    """A small partnership in that database."""
    return a_world(session, settings)
