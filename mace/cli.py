"""The ``mace`` command: serve, migrate, demo, routes, verify, doctor, import-tracker. Acts as a named system actor.

Exit codes: 0 done, 1 a person's mistake or a refused act (one plain line), 2 wrong usage.
"""

import argparse
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_alembic import Alembic
from sqlmodel import select

from mace import create_app
from mace.database import MaceSession, make_engines, make_migration_engine, open_session, transaction
from mace.doctor import Finding, Look, look_over, stored
from mace.domain.errors import Refused
from mace.domain.policy import system_actor
from mace.history import verify as verify_trail
from mace.models import Installation, Model
from mace.settings import BadSetting, Settings, load_settings


class Mistake(Exception):
    """A user's mistake, said in one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    parser = _parser()
    options = parser.parse_args(arguments)
    os.umask(0o077)
    try:
        result: int | None = options.run(options)
        return result or 0
    except (Mistake, BadSetting, Refused) as no:
        print(f"mace: {no}", file=sys.stderr)
    except sa.exc.DatabaseError as wrong:
        if type(wrong) not in (sa.exc.DatabaseError, sa.exc.OperationalError, sa.exc.ProgrammingError):
            raise
        print("mace: the database cannot be used: check its address, its key and who may open it", file=sys.stderr)
    except BrokenPipeError:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mace", description="The multi-agency child exploitation meeting.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[Any], int | None], words: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=words, description=words)
        command.set_defaults(run=run)
        return command

    serve_ = add("serve", serve, "Serve the tool.")
    serve_.add_argument("--listen", default="127.0.0.1:8000", metavar="HOST:PORT")
    add("migrate", migrate, "Bring the database to this version's schema.")
    demo_ = add("demo", demo, "Fill an empty database with the demonstration partnership.")
    demo_.add_argument(
        "--json",
        action="store_true",
        help="print people, passwords, example ids and canaries",
    )
    demo_.add_argument(
        "--if-empty",
        action="store_true",
        help="do nothing on a database that holds something",
    )
    routes_ = add("routes", routes, "List every endpoint with its permission.")
    routes_.add_argument("--json", action="store_true")
    add("verify", verify, "Check the trail; names the first bad row.")
    add("doctor", doctor, "Say what must be put right before real data is served.")
    tracker = add("import-tracker", import_tracker, "Import a tracker spreadsheet.")
    tracker.add_argument("file", type=Path)
    tracker.add_argument(
        "--mapping",
        help="a named mapping; without one the tool's own suggestion is used",
    )
    tracker.add_argument(
        "--series",
        help="the series of meetings it goes into; made where there is none of that name",
    )
    tracker.add_argument(
        "--dry-run",
        action="store_true",
        help="say what it would make, and make nothing",
    )
    tracker.add_argument("--json", action="store_true")
    return parser


@contextmanager
def opened(settings: Settings) -> Iterator[MaceSession]:
    """A session on the migrated database of these settings, and no connection left behind."""
    check_is_migrated(settings)
    with _connected(settings) as session:
        yield session


@contextmanager
def _connected(settings: Settings) -> Iterator[MaceSession]:
    engines = make_engines(settings)
    try:
        with open_session(engines) as session:
            yield session
    finally:
        engines.dispose()


def run_migrations(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    app, alembic = migrations_app(settings)
    with app.app_context():
        alembic.upgrade()
    alembic.engines["default"].dispose()


def migrations_app(settings: Settings) -> tuple[Flask, Alembic]:
    """A bare application that knows how to migrate and nothing else."""
    app = Flask("mace", root_path=str(Path(__file__).parent))
    app.config["ALEMBIC"] = {"script_location": str(Path(__file__).parent / "migrations")}
    app.config["ALEMBIC_CONTEXT"] = {
        "render_as_batch": True,
        "render_item": render_item,
    }
    alembic = Alembic(
        app,
        run_mkdir=False,
        command_name="",
        metadatas=Model.metadata,
        engines=make_migration_engine(settings),
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return app, alembic


def render_item(kind: str, item: Any, _context: Any) -> Any:
    """Write plain SQLAlchemy types into migrations, so that they need nothing of ours."""
    if kind == "type":
        name = type(item).__name__
        if name == "AutoString":
            return f"sa.String(length={item.length})" if item.length else "sa.String()"
        if name == "UTCDateTime":
            return "sa.DateTime(timezone=True)"
    return False


def migrate(_options: Any) -> None:
    """``mace migrate``."""
    run_migrations(load_settings())
    print("The database is up to date.")


def _serving_settings(listen: str) -> tuple[Settings, str, int]:
    settings = load_settings()
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise Mistake(f"--listen is {listen!r}: write it as 127.0.0.1:8000")
    if settings.is_demo and host not in ("127.0.0.1", "localhost", "[::1]"):
        raise Mistake("demo mode serves this machine only: use --listen 127.0.0.1:8000")
    return settings, host, int(port)


def is_migrated(settings: Settings) -> bool:
    """Whether the database has this version's schema. An SQLite file that is not there is not made by asking."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        if file.parent.is_dir() and not file.exists():
            return False
    app, alembic = migrations_app(settings)
    try:
        with app.app_context():
            return not alembic.needs_upgrade()
    finally:
        alembic.engines["default"].dispose()


def check_is_migrated(settings: Settings) -> None:
    """Raise :class:`Mistake` where the database has not this version's schema."""
    if not is_migrated(settings):
        raise Mistake("the database is not up to date: run `mace migrate`")


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Everything that must be right before real data is served."""
    mounts = Path("/proc/self/mounts")
    looked = Look(
        settings,
        os.environ,
        mounts.read_text("utf-8", "replace") if mounts.exists() else "",
        datetime.now(UTC),
        is_migrated(settings),
    )
    if looked.is_migrated:
        with _connected(settings) as session:
            held_demo, last = stored(session)
        looked = replace(looked, held_demo=held_demo, last_event_at=last)
    return look_over(looked)


def doctor(_options: Any) -> int:
    """``mace doctor``."""
    findings = examine(load_settings())
    for one in findings:
        print(f"wrong  {one.what}: {one.wrong}" if one.wrong else f"right  {one.what}")
    return int(any(one.wrong for one in findings))


def check_may_serve(settings: Settings) -> None:
    """Raise :class:`Mistake`, a line for each reason, where this database must not be served so."""
    if settings.mode != "production":
        check_is_migrated(settings)
        return
    wrong = [one.wrong for one in examine(settings) if one.wrong]
    if wrong:
        raise Mistake("\nmace: ".join(wrong))


def serve(options: Any) -> None:
    """``mace serve``."""
    import resource

    settings, host, port = _serving_settings(options.listen)
    check_may_serve(settings)
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    app = create_app(settings)
    gc.collect()
    gc.freeze()
    server = listening(app, host, port)
    signal.signal(signal.SIGTERM, lambda *_given: sys.exit(0))
    print(f"MACE is ready: open http://{host}:{port} in a browser. Stop it with Ctrl-C.", flush=True)
    server.run()


def listening(app: Flask, host: str, port: int) -> Any:
    """A server that holds its port and is ready to run. Raises :class:`Mistake` where the port cannot be had."""
    import waitress

    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        held = socket.create_server((host.strip("[]"), port), family=family, backlog=1024)
    except OSError as wrong:
        raise Mistake(f"{host}:{port} cannot be had: is another server running there?") from wrong
    return waitress.create_server(
        app,
        sockets=[held],
        threads=8,
        connection_limit=5000,
        channel_timeout=30,
        asyncore_use_poll=True,
        ident=None,
        max_request_body_size=14 * 1024 * 1024,
    )


def demo(options: Any) -> None:
    """``mace demo``."""
    from mace.demo import demo_facts, fill, is_empty

    settings = load_settings()
    if settings.mode == "production":
        raise Mistake("the demonstration is for demo mode: set MACE_MODE=demo")
    with opened(settings) as session:
        empty = is_empty(session)
        already = session.exec(select(Installation.held_demo_data)).one()
        if empty:
            fill(session, settings)
        elif not already and not options.if_empty:
            raise Mistake("this database is not empty: the demonstration only fills an empty one")
        if options.json:
            if not empty and not already:
                raise Mistake("this database does not hold the demonstration")
            print(json.dumps(demo_facts(session), indent=1))
        elif empty:
            print("The demonstration partnership is ready.")


def routes(options: Any) -> None:
    """``mace routes``."""
    from mace.web.access import route_table

    table = route_table(create_app(load_settings()))
    if options.json:
        print(json.dumps(table, indent=1))
        return
    for row in table:
        print(f"{row['endpoint']:34} {','.join(row['methods']):10} {row['permission']:20} {row['rule']}")


def verify(_options: Any) -> int:
    """``mace verify``."""
    with opened(load_settings()) as session:
        verdict = verify_trail(session)
    if verdict.holds:
        print(f"The trail holds: {verdict.rows} rows.")
        return 0
    print(
        f"The trail does not hold from row {verdict.seq}: {verdict.wrong}.",
        file=sys.stderr,
    )
    return 1


def import_tracker(options: Any) -> None:
    """``mace import-tracker``."""
    from mace.intake.commands.bring_in import Into, bring_in
    from mace.intake.queries.batches import get_truth
    from mace.intake.queries.check import find_usual_series, get_ready_file, list_series
    from mace.intake.queries.uploads import look_into
    from mace.intake.workbook import FILE_LIMIT

    settings, actor, now = load_settings(), system_actor("import-tracker"), datetime.now(UTC)
    looked = look_into(_content(options.file, FILE_LIMIT), options.file.name)
    with opened(settings) as session:
        ready = get_ready_file(session, actor, looked, options.mapping, now)
        _print_problems(ready.problems)
        if ready.stops:
            raise Mistake(f"nothing was imported: put these rows right first, or take them out ({len(ready.stops)})")
        into = Into(find_usual_series(session, actor), "MACE")
        if options.series is not None:
            into = Into({name: key for key, name in list_series(session)}.get(options.series), options.series)
        with suppress(_OnlyTried), transaction(session, actor):
            batch = bring_in(session, actor, ready.plan, into, digest=looked.digest, area=settings.area, now=now)
            truth = get_truth(session, actor, ready.plan)
            if options.dry_run:
                raise _OnlyTried
    if options.json:
        print(json.dumps(truth, indent=1))
    elif batch is None:
        print("Everything in this file is here already: nothing was made.")
    else:
        would = "This would make" if options.dry_run else "Made"
        print(
            f"{would} {batch.children_made} children and {batch.actions_made} actions, "
            f"and add {batch.notes_added} entries to actions that were here before."
        )


class _OnlyTried(Exception):
    """Ends a dry run: everything it did is taken back."""


def _content(file: Path, limit: int) -> bytes:
    """The bytes of a file that a person named."""
    if not file.exists():
        raise Mistake(f"there is no file called {file}")
    try:
        if file.stat().st_size > limit:
            raise Mistake(f"{file} is larger than {limit // 1024 // 1024} MB: save only the sheets you need")
        return file.read_bytes()
    except OSError as wrong:
        raise Mistake(f"{file} cannot be read: {wrong.strerror}") from wrong


MOST_PROBLEMS = 100


def _print_problems(problems: Sequence[Any]) -> None:
    """Each thing to look at, by sheet and row, beside the answer."""
    for problem in sorted(problems, key=lambda one: not one.stops)[:MOST_PROBLEMS]:
        column = f", {problem.column}" if problem.column else ""
        print(f"{problem.sheet}, row {problem.row}{column}: {problem.words}", file=sys.stderr)
    if len(problems) > MOST_PROBLEMS:
        print(f"and {len(problems) - MOST_PROBLEMS} more", file=sys.stderr)
