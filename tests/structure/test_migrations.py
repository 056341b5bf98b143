"""The migrated schema is the declared schema, statement by statement: autogenerate's own check misses constraints."""

import ast
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

import mace.migrations
from mace.cli import migrations_app
from mace.database import make_migration_engine
from mace.models import Model
from mace.settings import Settings
from tests.conftest import ON_POSTGRESQL, _on_server, _settings, _url_of

MIGRATIONS = sorted(Path(mace.migrations.__path__[0]).glob("2*.py"))


@pytest.fixture
def blank(tmp_path: Path) -> Iterator[Settings]:
    """A database with nothing in it, not even tables."""
    if not ON_POSTGRESQL:
        yield _settings(f"sqlite:///{tmp_path / 'blank.sqlite'}", tmp_path)
        return
    name = f"mace_blank_{uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}"')
    yield _settings(_url_of(name), tmp_path)
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _open(settings: Settings) -> Iterator[sa.Connection]:
    engine = make_migration_engine(settings)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def _run(connection: sa.Connection, step: str, changed: Callable[[str], str] = lambda text: text) -> None:
    """Run ``upgrade`` or ``downgrade`` of every migration, the first of them as ``changed`` leaves it."""
    context = MigrationContext.configure(connection, opts={"render_as_batch": True, "target_metadata": Model.metadata})
    with Operations.context(context):
        for number, path in enumerate(MIGRATIONS):
            text = path.read_text(encoding="utf-8")
            module = ModuleType(path.stem)
            exec(compile(changed(text) if number == 0 else text, path.name, "exec"), module.__dict__)
            getattr(module, step)()


def schema_of(connection: sa.Connection) -> dict[str, list[str]]:
    """Every table and index of a database as the database says it, in an order that does not depend on who made it."""
    return _schema_of_postgresql(connection) if ON_POSTGRESQL else _schema_of_sqlite(connection)


def _schema_of_sqlite(connection: sa.Connection) -> dict[str, list[str]]:
    found = connection.exec_driver_sql(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    )
    return {f"{kind} {name}": _parts(sql) for kind, name, sql in found if name != "alembic_version" and sql is not None}


def _parts(sql: str) -> list[str]:
    """The columns and constraints of a CREATE statement, each on its line, sorted."""
    plain = re.sub(r"\s+", " ", sql.replace('"', "").replace("IF NOT EXISTS ", "")).strip()
    head, body = plain.split("(", 1)
    parts, depth, start = [], 0, 0
    body = body.rsplit(")", 1)[0] if "WHERE" not in body else body
    for at, letter in enumerate(body):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(body[start:at].strip())
            start = at + 1
    return [head.strip(), *sorted([*parts, body[start:].strip()])]


def _schema_of_postgresql(connection: sa.Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, name, line in connection.exec_driver_sql(
        "SELECT 'table', c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod) "
        "|| CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END "
        "|| coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') "
        "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
        "LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
        "UNION ALL SELECT 'table', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 "
        "UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    ):
        if "alembic_version" not in line and name != "alembic_version":
            found.setdefault(f"{kind} {name.strip(chr(34))}", []).append(line)
    return {name: sorted(lines) for name, lines in found.items()}


def differences(migrated: dict[str, list[str]], declared: dict[str, list[str]]) -> list[str]:
    """What one has and the other has not."""
    return [
        f"{name}: migrated {sorted(set(migrated.get(name, [])) - set(declared.get(name, [])))}, "
        f"declared {sorted(set(declared.get(name, [])) - set(migrated.get(name, [])))}"
        for name in sorted(set(migrated) | set(declared))
        if migrated.get(name) != declared.get(name)
    ]


@pytest.fixture
def declared(blank: Settings) -> dict[str, list[str]]:
    """The schema as the models declare it; the database is blank again afterwards."""
    with _open(blank) as connection:
        Model.metadata.create_all(connection)
        found = schema_of(connection)
        Model.metadata.drop_all(connection)
    return found


def test_the_migrated_schema_is_the_declared_one(settings: Settings, declared: dict[str, list[str]]) -> None:
    with _open(settings) as connection:
        migrated = schema_of(connection)
    assert len(declared) > 100
    assert differences(migrated, declared) == []


def _without_a_line(pattern: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        left, times = re.subn(pattern, "", text, count=1, flags=re.MULTILINE)
        assert times == 1, f"nothing to sabotage: {pattern}"
        return left

    return changed


def _with(pattern: str, other: str) -> Callable[[str], str]:
    def changed(text: str) -> str:
        left, times = re.subn(pattern, other, text, count=1)
        assert times == 1, f"nothing to sabotage: {pattern}"
        return left

    return changed


SABOTAGE = {
    "misses a check": _without_a_line(r"^\s+sa\.CheckConstraint\(\s*\"[^\"]*\",\s*name=[^\n]*cadence_possible[^\n]*,$"),
    "misses a column": _without_a_line(r"^\s+sa\.Column\(\"school\", sa\.String\(length=200\), nullable=False\),$"),
    "misses a word of an enumeration": _with(r'\s+"youth_justice",', ""),
    "misses a not null": _with(
        r'sa\.Column\("held_on", sa\.Date\(\), nullable=False\)', 'sa.Column("held_on", sa.Date())'
    ),
    "has another length": _with(r'"reference", sa\.String\(length=40\)', '"reference", sa.String(length=41)'),
    "misses an index": _with(r"\s+batch_op\.create_index\(\s*\"ix_event_subject_on\"[^)]*\)", "\n        pass"),
    "has another condition of an index": _with(
        r'sqlite_where=sa\.text\("ended_on IS NULL"\),\s*postgresql_where=sa\.text\("ended_on IS NULL"\)',
        'sqlite_where=sa.text("1 = 1"), postgresql_where=sa.text("1 = 1")',
    ),
    "misses a foreign key": _without_a_line(r"^\s+sa\.ForeignKeyConstraint\(\s*\[\"closed_by_id\"\][^)]*\)[^)]*\),$"),
    "misses a unique": _without_a_line(r"^\s+sa\.UniqueConstraint\(\"email\"[^\n]*\),$"),
}


@pytest.mark.parametrize("sabotage", SABOTAGE)
def test_a_migration_is_found_that(blank: Settings, declared: dict[str, list[str]], sabotage: str) -> None:
    with _open(blank) as connection:
        _run(connection, "upgrade", SABOTAGE[sabotage])
        migrated = schema_of(connection)
    assert differences(migrated, declared) != []


def test_the_way_of_sabotage_itself_changes_nothing(blank: Settings, declared: dict[str, list[str]]) -> None:
    with _open(blank) as connection:
        _run(connection, "upgrade")
        assert differences(schema_of(connection), declared) == []


def test_going_back_leaves_nothing(blank: Settings) -> None:
    with _open(blank) as connection:
        _run(connection, "upgrade")
    with _open(blank) as connection:
        _run(connection, "downgrade")
        assert schema_of(connection) == {}
        _run(connection, "upgrade")


def test_a_fresh_database_says_that_it_needs_migrating(blank: Settings) -> None:
    app, alembic = migrations_app(blank)
    with app.app_context():
        assert alembic.needs_upgrade()
        alembic.upgrade()
        assert not alembic.needs_upgrade()
    alembic.engines["default"].dispose()


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_says_what_it_does_and_needs_nothing_of_ours(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words: Any = ast.get_docstring(tree)
    assert words
    assert re.fullmatch(r"[A-Z][^.]*\.", words)
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not [name for name in imported if name.split(".")[0] in ("mace", "sqlmodel", "flask")]
