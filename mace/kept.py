"""Statements that are put again, kept as the driver takes them.

What SQLAlchemy does for each (find the compiled form, fit the parameters, describe the result) costs a small page as
much as all its SQL. The first two times it does it; from then on the text goes straight to the driver with what its
types make of the values, and whoever listens on the engine, the tripwire first, hears it as before.
"""

import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def ask(connection: Connection, statement: Any, values: Mapping[str, Any]) -> Sequence[Any]:
    """The rows of a statement over columns, read by name or place, with values for its named parameters."""
    kept = _KEPT.get(statement)
    if kept is not None and kept.dialect is connection.dialect:
        return kept.ask(connection, values)
    found = connection.execute(statement, dict(values), execution_options=_BY_NAME)
    _keep(statement, found.context, values, tuple(found.keys()))
    return found.all()


def tell(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Carry out a change whose every value is given, once for each of these."""
    kept = _KEPT.get(statement)
    if kept is not None and kept.dialect is connection.dialect:
        kept.tell(connection, rows)
        return
    done = connection.execute(statement, [dict(row) for row in rows])
    _keep(statement, done.context, rows[0], ())


def _keep(statement: Any, context: Any, values: Mapping[str, Any], names: tuple[str, ...]) -> None:
    """The second time: many a statement is put once and gone."""
    _KEPT[statement] = _Kept.of(statement, context, values, names) if statement in _KEPT else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """A statement as the driver takes it, with what its types do to values on their way in and out."""

    dialect: sa.Dialect
    sql: str
    constants: dict[str, Any]
    writers: tuple[tuple[str, Any], ...]
    """Each parameter that a caller gives, and what makes the driver's value of it, if anything does."""
    readers: tuple[tuple[int, Any], ...]
    """The places of the columns whose values the driver does not give as Python has them."""
    row: Any
    execution_options: Mapping[str, Any]

    @classmethod
    def of(cls, statement: Any, context: Any, values: Mapping[str, Any], names: tuple[str, ...]) -> "_Kept | None":
        """From a statement and how it was just carried out. None where its text depends on what is given, and for a
        change to which SQLAlchemy adds values of its own: they would never be new again."""
        dialect, given, binds = context.dialect, context.parameters[0], context.compiled.binds
        constants = {name: value for name, value in given.items() if name not in values}
        shapes_text = any(name not in given or binds[name].expanding or binds[name].literal_execute for name in values)
        if shapes_text or (constants and not names):
            return None
        columns = statement.selected_columns if names else ()
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        return cls(
            dialect,
            _with_limits(context.statement, constants),
            constants,
            tuple((name, binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in values),
            tuple((place, read) for place, read in enumerate(readers) if read is not None),
            _row_class(names),
            statement.get_execution_options(),
        )

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return self.constants | {name: write(values[name]) if write else values[name] for name, write in self.writers}

    def ask(self, connection: Connection, values: Mapping[str, Any]) -> Sequence[Any]:
        """The rows, as at first."""
        found = self._carried_out(connection, self._given(values))
        make, readers = self.row._make, self.readers
        if not readers:
            return list(map(make, found))
        made = []
        for cells in map(list, found):
            for place, read in readers:
                cells[place] = read(cells[place])
            made.append(make(cells))
        return made

    def tell(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """The change, as at first."""
        self._carried_out(connection, [self._given(row) for row in rows], is_change=True)

    def _carried_out(self, connection: Connection, given: Any, *, is_change: bool = False) -> Any:
        """By the driver, after whoever listens; the statement stands in for its own context before them."""
        cursor = connection.connection.cursor()
        try:
            for hear in connection.dispatch.before_cursor_execute:
                hear(connection, cursor, self.sql, given, self, is_change)
            if is_change:
                return cursor.executemany(self.sql, given)
            cursor.execute(self.sql, given)
            return cursor.fetchall()
        except self.dialect.loaded_dbapi.Error as error:
            raise self._said_as_usual(connection, cursor, error) from error
        finally:
            cursor.close()

    def _said_as_usual(self, connection: Connection, cursor: Any, error: Exception) -> BaseException:
        """The driver's error as SQLAlchemy raises it; a connection that is gone, and those beside it in the pool, are
        not used again."""
        is_lost = self.dialect.is_disconnect(cast(Any, error), connection.connection, cursor)
        if is_lost:
            connection.invalidate(error)
            connection.engine.dispose()
        return sa.exc.DBAPIError.instance(
            self.sql,
            None,
            error,
            self.dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=self.dialect,
        )


_KEPT: WeakKeyDictionary[Any, _Kept | None] = WeakKeyDictionary()
"""Kept for as long as the statement itself is; None for one that was put once, or cannot be kept."""
_BY_NAME = {"_result_disable_adapt_to_context": True}
"""Rows are never read by a column. Without this, SQLAlchemy fits each result to a statement that looks like one it
compiled for another reader, which costs as much as the query; its ORM says the same."""
_LIMIT = re.compile(r"\b(?P<what>LIMIT|OFFSET) (?::|%\()(?P<name>\w+)(?:\)s(?:::\w+)?)?")


def _with_limits(sql: str, constants: Mapping[str, Any]) -> str:
    """The statement with its limits written out: a limit that is a parameter makes SQLite plan each time it is asked,
    and PostgreSQL plan for the tenth part of a table."""

    def written_out(found: re.Match[str]) -> str:
        value = constants.get(found["name"])
        return f"{found['what']} {value}" if isinstance(value, int) else found[0]

    return _LIMIT.sub(written_out, sql)


@lru_cache(maxsize=1024)
def _row_class(names: tuple[str, ...]) -> Any:
    return namedtuple("Found", names, rename=True)
