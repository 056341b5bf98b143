"""What an application asks its database while something happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from mace.database import Engines

Asked = list[str]


@contextmanager
def listening(app: Flask, hear: Callable[..., None]) -> Iterator[None]:
    """Tell ``hear(connection, cursor, statement, …)`` of each statement, whichever connection carries it."""
    engines: Engines = app.extensions["mace_engines"]
    for engine in (engines.reading, engines.writing):
        sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        for engine in (engines.reading, engines.writing):
            sa.event.remove(engine, "before_cursor_execute", hear)


@contextmanager
def questions_to(app: Flask) -> Iterator[Asked]:
    """Every question put meanwhile, those of the trail's own write apart."""
    questions: Asked = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")) and "trail_head" not in statement:
            questions.append(statement)

    with listening(app, note):
        yield questions
