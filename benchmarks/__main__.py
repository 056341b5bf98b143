"""``python -m benchmarks``: each page's CPU as a ratio to its floor, on areas of several sizes, on both databases.

Goals 1, 2, 4 and 5: a page at most 1.5 times its floor with at most 8 queries; the largest area at most 1.15 times the
smallest; an update at most 4 ms, 300 actions noted in one act at most 150 ms.
"""

import argparse
import gc
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask
from flask.sessions import SecureCookieSessionInterface

from benchmarks.floor import floor_of, let_go, take
from benchmarks.measure import Environ, Server, call, environ_of, interleaved, trail_clock
from benchmarks.pages import PAGES, Page
from benchmarks.seed import AREA, MANY, Seeded, key, seed
from mace import create_app
from mace.account.commands import start_session
from mace.actions import commands, queries
from mace.actions.queries import Filters
from mace.calendar import london_day
from mace.cli import run_migrations
from mace.database import MaceSession, open_session, transaction
from mace.domain.policy import Actor, Role, system_actor
from mace.domain.vocabulary import MeetingState
from mace.models import Meeting
from mace.settings import Settings, load_settings

MOST_QUERIES, MOST_TIMES_FLOOR, MOST_TIMES_SMALLEST = 8, 1.5, 1.15
UPDATE_MS, NOTED_MS = 4.0, 150.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One page of one area."""

    page: float
    floor: float
    trail: float
    queries: int

    @property
    def ratio(self) -> float:
        """The page without the durable trail write, which is reported beside it, to its floor."""
        return (self.page - self.trail) / self.floor


logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", default="5000,50000", help="numbers of actions, smallest first (also 500000)")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",")]
    server = os.environ.get("MACE_TEST_POSTGRESQL_URL", "")
    missed: list[str] = []
    if options.database in ("sqlite", "both"):
        with tempfile.TemporaryDirectory() as folder:
            urls = [f"sqlite:///{folder}/{size}.sqlite" for size in sizes]
            missed += _database("SQLite", sizes, urls, Path(folder))
    if options.database in ("postgresql", "both") and server:
        with tempfile.TemporaryDirectory() as folder, _Databases(server, len(sizes)) as urls:
            missed += _database("PostgreSQL", sizes, urls, Path(folder))
    elif options.database != "sqlite":
        print("PostgreSQL is left out: MACE_TEST_POSTGRESQL_URL names no server.")
    print("\nEvery goal is met." if not missed else "\nNot met:\n" + "\n".join(f"  {line}" for line in missed))
    return int(bool(missed))


class _Databases:
    """Databases of their own on the server, dropped afterwards."""

    def __init__(self, server: str, number: int) -> None:
        self.server = sa.make_url(server)
        self.names = [f"mace_bench_{uuid4().hex[:12]}" for _ in range(number)]

    def _run(self, statement: str) -> None:
        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for name in self.names:
                connection.exec_driver_sql(statement.format(name))
        engine.dispose()

    def __enter__(self) -> list[str]:
        self._run('CREATE DATABASE "{}"')
        return [self.server.set(database=name).render_as_string(hide_password=False) for name in self.names]

    def __exit__(self, *_error: object) -> None:
        self._run('DROP DATABASE "{}" WITH (FORCE)')


def _database(name: str, sizes: list[int], urls: list[str], folder: Path) -> list[str]:
    """Measure one database and print its table. Returns the goals it misses."""
    print(f"\n{name}: CPU milliseconds a request (ratio to its floor)")
    areas = []
    for size, url in zip(sizes, urls, strict=True):
        started = time.perf_counter()
        area = _Area(url, size, folder)
        areas.append(area)
        print(f"  {size:,} actions seeded in {time.perf_counter() - started:.0f} s")
    missed: list[str] = []
    print(f"  {'':30}" + "".join(f"{size:>24,}" for size in sizes) + f"{'queries':>9}{'trail':>7}{'flat':>7}")
    for page in PAGES:
        figures = _figures(page, areas)
        flat = figures[-1].page / figures[0].page
        cells = "".join(f"{f.page:>10.2f} / {f.floor:4.2f} ({f.ratio:4.2f})" for f in figures)
        print(f"  {page.name:30}{cells}{figures[-1].queries:>9}{figures[-1].trail:>7.2f}{flat:>7.2f}")
        where = f"{name}, {page.name}"
        missed += [f"{where}: {f.ratio:.2f} times its floor" for f in figures if f.ratio > MOST_TIMES_FLOOR]
        missed += [f"{where}: {f.queries} queries" for f in figures if f.queries > MOST_QUERIES]
        if page.is_flat and flat > MOST_TIMES_SMALLEST:
            missed.append(f"{where}: the largest area takes {flat:.2f} times the smallest")
    for words, act, most in (
        ("one update, durable", _Area.update, UPDATE_MS),
        (f"{MANY} noted in one act, in all", _Area.note_many, NOTED_MS),
    ):
        times = [act(area) for area in areas]
        print(f"  {words:30}" + "".join(f"{one:>10.1f}{'':14}" for one in times) + f"  at most {most:.0f}")
        missed += [f"{name}, {words}: {one:.1f} ms" for one in times if one > most]
    for area in areas:
        area.close()
    return missed


class _Sides:
    """A page of one area beside its floor."""

    def __init__(self, app: Flask, bare: Flask, path: str, cookie: str, times: int, queries: int) -> None:
        self.engines, self.bare, self.queries = app.extensions["mace_engines"], bare, queries
        self.servers = Server(app), Server(bare)
        self.acts = [partial(server.ask, path, cookie, times) for server in self.servers]

    def close(self) -> None:
        """Stop serving."""
        for server in self.servers:
            server.close()
        let_go(self.bare)


def _figures(page: Page, areas: Sequence["_Area"]) -> list[Figure]:
    """One page of every area and their floors, all in turn, so that a busy moment of the machine is no area's."""
    sides = [area.sides(page) for area in areas]
    with trail_clock() as clock:
        taken = interleaved([act for one in sides for act in one.acts])
    for one in sides:
        one.close()
    pairs = zip(taken[::2], taken[1::2], sides, strict=True)
    return [Figure(whole, low, clock.usual(one.engines), one.queries) for whole, low, one in pairs]


class _Area:
    """One seeded area with its application, seen by its chair."""

    def __init__(self, url: str, size: int, folder: Path) -> None:
        self.settings = _settings(url, folder)
        run_migrations(self.settings)
        self.seeded: Seeded = seed(self.settings, size)
        self.app: Flask = create_app(self.settings)
        gc.freeze()
        self.chair = self._cookie(self.seeded.chair)
        self.worker = self._cookie(self.seeded.worker)
        self.middle = self._middle(size)

    def close(self) -> None:
        """Let go of the database."""
        self.app.extensions["mace_engines"].dispose()

    def session(self) -> MaceSession:
        """A session of its own."""
        return open_session(self.app.extensions["mace_engines"])

    def _cookie(self, person_id: Any) -> str:
        with self.session() as session:
            token = start_session(session, person_id, now=datetime.now(UTC))
        serializer = SecureCookieSessionInterface().get_signing_serializer(self.app)
        if serializer is None:
            raise RuntimeError("the application has no secret key")
        content = {"_user_id": token, "_fresh": True, "csrf_token": "bench"}
        return f"{self.app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}"

    def _middle(self, size: int) -> str:
        """The place of the page in the middle of the register."""
        after, actor, today = "", _chair(self.seeded), london_day(datetime.now(UTC))
        with self.session() as session:
            for _ in range(max(1, size // 5 // 50 // 2)):
                page = queries.list_register(session, actor, today, Filters(), after=after)
                after = page.next_after or after
        return after

    def sides(self, page: Page) -> "_Sides":
        """One page and its floor, served and ready to be asked."""
        path, cookie = page.path(self.seeded, self.middle), self.worker if page.by_worker else self.chair
        taken = take(self.app, environ_of(path, cookie))
        bare = floor_of(self.app, taken, page.by_hand)
        return _Sides(self.app, bare, path, cookie, page.times, taken.queries)

    def update(self) -> float:
        """What an owner's update costs, with history and trail in its one durable transaction."""
        with self.session() as session:
            mine = queries.list_register(
                session, _worker(self.seeded), london_day(datetime.now(UTC)), Filters(mine=True), limit=50
            )
        token = self._token()
        posts = [
            environ_of(
                f"/actions/{line.id}/update",
                self.worker,
                method="POST",
                data={"csrf_token": token, "says": "progress", "words": "Spoke to the family today"},
            )
            for line in mine.lines
        ]
        turn = cycle(posts)
        taken = []
        for _ in range(7):
            started = time.process_time()
            for _ in range(20):
                call(self.app, _again(next(turn)), "302")
            taken.append((time.process_time() - started) * 1000 / 20)
        return min(taken)

    def _token(self) -> str:
        from flask_wtf.csrf import generate_csrf

        with self.app.test_request_context(headers={"Cookie": self.worker}):
            return str(generate_csrf())

    def note_many(self) -> float:
        """What noting so many actions in one act takes in all."""
        taken = []
        for _ in range(7):
            actor = system_actor("bench")
            with self.session() as session:
                with transaction(session, actor):
                    meeting = Meeting(
                        series_id=self.seeded.series, held_on=london_day(datetime.now(UTC)), state=MeetingState.OPENED
                    )
                    session.add(meeting)
                    session.flush()
                    meeting_id = meeting.id
                started = time.process_time()
                with transaction(session, _chair(self.seeded)) as changing:
                    noted = commands.note_in_date(
                        changing,
                        _chair(self.seeded),
                        self.seeded.child,
                        meeting_id,
                        area=AREA,
                        now=datetime.now(UTC),
                    )
                taken.append((time.process_time() - started) * 1000)
                if noted < MANY:
                    raise RuntimeError(f"only {noted} were noted")
        return min(taken)


def _again(environ: Environ) -> Environ:
    """The same request with its body to be read anew."""
    environ["wsgi.input"].seek(0)
    return environ


def _actor(person_id: Any, role: Role) -> Actor:
    return Actor("bench", person_id=person_id, agency_id=key("agency", 0), roles=frozenset({role}))


def _chair(seeded: Seeded) -> Actor:
    return _actor(seeded.chair, Role.CHAIR)


def _worker(seeded: Seeded) -> Actor:
    return _actor(seeded.worker, Role.PRACTITIONER)


def _settings(url: str, folder: Path) -> Settings:
    return load_settings(
        {"MACE_MODE": "test", "MACE_DATABASE_URL": url, "MACE_SECRET_KEY": "bench " * 8, "MACE_INSTANCE": str(folder)}
    )


if __name__ == "__main__":
    sys.exit(main())
