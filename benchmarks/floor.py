"""The floor of a page: its own SQL by the bare driver, its values as Python has them, its own template, nothing else.

No sign-in, no permission, no trail, no records. What the page asks and draws is taken from one real request, so that
every page has a floor without anybody writing it twice; how many queries that is stands beside each figure, so that
waste in the SQL cannot hide in the floor.
"""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from flask import Flask, template_rendered
from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.measure import Environ, call

_NOT_THE_PAGE = re.compile(r"\b(live_session|role_holding|trail_head|trail|history_value)\b")


@dataclass
class Taken:
    """What one real request asked and drew."""

    statements: list[tuple[str, Any, list[Any]]] = field(default_factory=list)
    """SQL, parameters, and for each column what makes a Python value of what the driver gives, or None."""
    queries: int = 0
    template: Any = None
    context: dict[str, Any] = field(default_factory=dict)


def take(app: Flask, environ: Environ) -> Taken:
    """Answer one request and keep its queries, its template and what was given to it."""
    taken = Taken()
    engine: Engine = app.extensions["mace_engines"].reading

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            taken.queries += not _NOT_THE_PAGE.search(statement) or "live_session" in statement
            if not _NOT_THE_PAGE.search(statement):
                taken.statements.append((statement, parameters, _readers(context, engine)))

    def drawn(_sender: Any, template: Any, context: dict[str, Any], **_more: Any) -> None:
        if taken.template is None:
            frame = context["frame"]
            kept = {name: getattr(frame, name) for name in frame.__dataclass_fields__}
            frozen = SimpleNamespace(**kept, notices=[])
            taken.template = template
            taken.context = {**context, "frame": frozen}

    event.listen(engine, "before_cursor_execute", note)
    template_rendered.connect(drawn, app)
    try:
        call(app, environ)
    finally:
        event.remove(engine, "before_cursor_execute", note)
        template_rendered.disconnect(drawn, app)
    return taken


def _readers(context: Any, engine: Engine) -> list[Any]:
    """What the types of a query's columns do to what the driver gives."""
    if hasattr(context, "readers"):
        kept = dict(context.readers)
        return [kept.get(place) for place in range(len(context.row._fields))]
    columns = context.compiled._result_columns if context.compiled is not None else []
    return [column.type._cached_result_processor(engine.dialect, None) for column in columns]


def _read(readers: list[Any], rows: list[Any]) -> list[Any]:
    wanted = [(n, read) for n, read in enumerate(readers) if read is not None]
    made = []
    for row in rows:
        cells = list(row)
        for n, read in wanted:
            cells[n] = read(cells[n])
        made.append(cells)
    return made


ByHand = Callable[[list[list[Any]], dict[str, Any]], dict[str, Any]]
"""Makes what a template draws from raw rows, as a page written by hand has to: the rows of each query in turn, and the
context of the real page to take the rest from."""


def floor_of(app: Flask, taken: Taken, by_hand: ByHand | None = None) -> Flask:
    """A bare application that asks the same and draws the same, and does nothing else."""
    engine: Engine = app.extensions["mace_engines"].reading
    here = threading.local()
    bare = Flask("floor", static_folder=None)
    held = bare.extensions["raw_connections"] = []
    bare.config.update(
        SECRET_KEY=app.config["SECRET_KEY"],
        SESSION_COOKIE_NAME=app.config["SESSION_COOKIE_NAME"],
        WTF_CSRF_TIME_LIMIT=None,
    )

    def page(**_ids: Any) -> Any:
        if not hasattr(here, "raw"):
            here.raw = engine.raw_connection()
            held.append(here.raw)
        cursor, answers = here.raw.cursor(), []
        for statement, parameters, readers in taken.statements:
            cursor.execute(statement, parameters)
            answers.append(_read(readers, cursor.fetchall()))
        made = by_hand(answers, taken.context) if by_hand else taken.context
        return taken.template.render(made) if taken.template is not None else made["text"]

    for rule in app.url_map.iter_rules():
        bare.add_url_rule(rule.rule, rule.endpoint, page, methods=rule.methods)
    return bare


def let_go(bare: Flask) -> None:
    """Give back the connections that a floor's threads hold."""
    for connection in bare.extensions["raw_connections"]:
        connection.close()
