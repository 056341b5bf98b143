"""Reaching past every guard into the database, as somebody with its file or its superuser could."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from mace.database import make_migration_engine
from mace.settings import Settings
from tests.conftest import ON_POSTGRESQL

GUARDED = ("trail", "history_tombstone", "history_value")


@contextmanager
def connected(settings: Settings) -> Iterator[sa.Connection]:
    """A connection without tripwire; the database's own guards stand."""
    engine = make_migration_engine(settings)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def unguarded(settings: Settings) -> Iterator[sa.Connection]:
    """A connection for which the database's guards are off too."""
    with connected(settings) as connection:
        if ON_POSTGRESQL:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield connection
            return
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        triggers = [
            tuple(row)
            for row in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ]
        for name, _ in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.exec_driver_sql(sql)


def run(settings: Settings, *statements: str, **values: Any) -> None:
    """Change rows past every guard."""
    with unguarded(settings) as connection:
        for statement in statements:
            connection.execute(sa.text(statement), values)
