"""One migrated template database a worker, copied for each test; a client that checks every page it fetches."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from mace import create_app
from mace.cli import run_migrations
from mace.database import MaceSession, open_session
from mace.settings import Settings, load_settings
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
    """A migrated, empty database: the URL of the one that tests copy."""
    folder = tmp_path_factory.mktemp("template")
    if ON_POSTGRESQL:
        name = f"mace_template_{uuid4().hex[:12]}"
        _on_server(f'CREATE DATABASE "{name}"')
        run_migrations(_settings(_url_of(name), folder))
        yield name
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
    else:
        path = folder / "template.sqlite"
        run_migrations(_settings(f"sqlite:///{path}", folder))
        yield str(path)


@pytest.fixture
def settings(template: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings whose database is a fresh copy of the template."""
    if ON_POSTGRESQL:
        name = f"mace_test_{uuid4().hex[:12]}"
        # Copying the files is 18 times faster than writing the copy into the log (0.02 s against 0.38 s).
        _on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        yield _settings(_url_of(name), tmp_path)
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')
        return
    import sqlcipher3

    descriptor, path = tempfile.mkstemp(dir=tmp_path, suffix=".sqlite")
    os.close(descriptor)
    source, target = sqlcipher3.connect(template), sqlcipher3.connect(path)
    source.backup(target)
    source.close()
    target.close()
    yield _settings(f"sqlite:///{path}", tmp_path)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on that database."""
    made = create_app(settings)
    made.testing = True
    yield made
    made.extensions["mace_engine"].dispose()


@pytest.fixture
def client(app: Flask) -> CheckedClient:
    """A browser that checks every page."""
    return CheckedClient(app)


@pytest.fixture
def session(app: Flask) -> Iterator[MaceSession]:
    """A database session beside the application's own."""
    with open_session(app.extensions["mace_engine"]) as opened:
        yield opened


@pytest.fixture
def world(session: MaceSession, settings: Settings) -> World:
    """A small partnership in that database."""
    return a_world(session, settings)
