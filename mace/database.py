"""The engine, the session of a request, the one way to write, and the tripwire under every statement.

- Reads run in a transaction that cannot write. Writing happens inside ``transaction(session, actor)`` only.
- SQL that names a protected table passes only when marked: by ``mace.scope`` (what this person may know), by
  ``system_scope`` (named and recorded), or while ``transaction`` flushes.
- SQL that changes anything passes while ``transaction`` flushes, where the history sees it, and when the history
  itself writes its chain. No other statement changes a row.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import monotonic
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import ORMExecuteState, SessionTransaction
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from mace.domain.policy import Actor
from mace.kept import ask
from mace.models import Model
from mace.settings import Settings

SCOPED = "mace_scope"
"""Execution option that marks a statement as one that knows whom it is for."""
CHAINED = "mace_chain"
"""Execution option of the statements with which ``mace.history`` writes its own chain."""
TOUCHED: ContextVar[bool] = ContextVar("mace_touched", default=False)
"""True once this request has read a protected table: such a page is not sent without its trail row."""
UNSEEN_SECONDS = 5
"""After so long in the pool a connection is tried before it is used: the server may have let go of it."""


class Unscoped(RuntimeError):
    """A statement named a protected table without saying for whom: a bug, stopped before data moved."""


class Unrecorded(RuntimeError):
    """A statement would change rows past the history: a bug, stopped before data moved."""


class ReadOnly(RuntimeError):
    """Something tried to write outside ``transaction``, or to end it from inside."""


class NobodyNamed(RuntimeError):
    """A change with nobody to answer for it."""


def protected_tables() -> frozenset[str]:
    """Names of the tables that say something about a child."""
    return frozenset(mapper.class_.__tablename__ for mapper in Model._sa_registry.mappers if mapper.class_.PROTECTED)


@dataclass(frozen=True, slots=True)
class Engines:
    """One database, asked over connections that cannot write and changed over others that can.

    Two kinds, because SQLite forgets every statement it has prepared when a connection is switched from one to the
    other, and preparing again costs a page a tenth of its time.
    """

    reading: Engine
    writing: Engine

    def dispose(self) -> None:
        """Close every connection."""
        self.reading.dispose()
        self.writing.dispose()


def make_engines(settings: Settings) -> Engines:
    """Both engines of this database, under the tripwire."""
    reading, writing = _engine(settings, reads_only=True), _engine(settings, reads_only=False)
    _guard(reading)
    _guard(writing)
    return Engines(reading, writing)


def make_migration_engine(settings: Settings) -> Engine:
    """An engine that writes and that the tripwire does not watch; nothing but a migration asks for it."""
    return _engine(settings, reads_only=False)


def _engine(settings: Settings, *, reads_only: bool) -> Engine:
    """SQLite through SQLCipher's driver, encrypted when a key is set; or PostgreSQL."""
    url = sa.make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, settings.database_key, reads_only=reads_only)
    return _postgresql(url, reads_only=reads_only)


def _postgresql(url: sa.URL, *, reads_only: bool) -> Engine:
    """Each question of a page sees what is committed when it is asked, in a transaction or not: so none is opened."""
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
        poolclass=QueuePool,
        isolation_level="AUTOCOMMIT" if reads_only else None,
        skip_autocommit_rollback=reads_only,
    )

    def on_connect(connection: Any, record: Any) -> None:
        was_used(connection, record)
        if reads_only:
            connection.execute("SET default_transaction_read_only = on")
            connection.commit()

    def was_used(_connection: Any, record: Any) -> None:
        record.info["mace_used"] = monotonic()

    def on_checkout(connection: Any, record: Any, _proxy: Any) -> None:
        if monotonic() - record.info["mace_used"] > UNSEEN_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise sa.exc.InvalidatePoolError from error

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "checkout", on_checkout)
    event.listen(engine, "checkin", was_used)
    return engine


def _sqlite(url: sa.URL, key: str, *, reads_only: bool) -> Engine:
    import sqlcipher3

    engine = sa.create_engine(
        url,
        module=sqlcipher3.dbapi2,
        paramstyle="named",
        hide_parameters=True,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False, "timeout": 15, "cached_statements": 512},
        pool_size=10,
        max_overflow=10,
    )

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        if key:
            cursor.execute("PRAGMA cipher_log_level = NONE")
            cursor.execute("PRAGMA key = '" + key.replace("'", "''") + "'")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "secure_delete=ON",
            "trusted_schema=OFF",
            f"query_only={'ON' if reads_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        if reads_only:
            connection.connection.cursor().execute("BEGIN")
        else:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


_CHANGES = re.compile(
    r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE|MERGE|TRUNCATE|COPY|CREATE|ALTER|DROP)\b"
    r"|\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|MERGE\s+INTO|DELETE\s+FROM"
    r"|UPDATE\s+(?:OR\s+\w+\s+|ONLY\s+)?\S+\s+(?:AS\s+\w+\s+)?SET)\b",
    re.IGNORECASE,
)


def _guard(engine: Engine) -> None:
    names = "|".join(sorted(protected_tables(), key=len, reverse=True))
    names_protected = re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    verdicts: dict[str, tuple[bool, bool]] = {}

    def verdict(statement: str) -> tuple[bool, bool]:
        """Whether it names a protected table, and whether it changes anything."""
        found = verdicts.get(statement)
        if found is None:
            found = bool(names_protected.search(statement)), bool(_CHANGES.search(statement))
            if len(verdicts) < 5000:
                verdicts[statement] = found
        return found

    def before_execute(
        connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        context: Any,
        _many: bool,
    ) -> None:
        marks = context.execution_options if context is not None else {}
        if connection.info.get("mace_flushing") or marks.get(CHAINED):
            return
        touches, changes = verdict(statement)
        if changes:
            raise Unrecorded("A statement changes rows past the history: change them one by one in a transaction")
        if touches and not (marks.get(SCOPED) or connection.info.get("mace_system")):
            raise Unscoped("A statement names a protected table without saying for whom it asks")
        if touches:
            TOUCHED.set(True)

    event.listen(engine, "before_cursor_execute", before_execute)
    event.listen(engine, "rollback", _flush_is_taken_back)
    event.listen(engine, "checkin", _no_mark_stays)


def _flush_is_taken_back(connection: Connection) -> None:
    if not connection.invalidated:
        connection.info.pop("mace_flushing", None)


def _no_mark_stays(_connection: Any, record: Any) -> None:
    for mark in ("mace_flushing", "mace_system"):
        record.info.pop(mark, None)


class MaceSession(Session):
    """The session of one request or command: reads freely within scope, writes only inside ``transaction``."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines.reading, expire_on_commit=False, autoflush=False)
        self.engines = engines
        self.actor: Actor | None = None
        self.may_write = True
        """False for the length of a request that was declared read-only."""
        self.pending_history: list[Any] = []
        self.request_id = ""
        self.under_way: Connection | None = None
        """The connection of the transaction under way; None between two."""

    def begin_nested(self) -> SessionTransaction:
        """Never: a part of a change cannot be taken back, or its history would tell of what did not happen."""
        raise ReadOnly("A change is one piece: raise, and all of it is taken back")


def open_session(engines: Engines) -> MaceSession:
    """A session that cannot write until ``transaction`` says who."""
    return MaceSession(engines)


@event.listens_for(MaceSession, "after_begin")
def _is_under_way(session: Any, _transaction: Any, connection: Connection) -> None:
    session.under_way = connection


@event.listens_for(MaceSession, "after_transaction_end")
def _is_over(session: Any, _transaction: Any) -> None:
    session.under_way = None


@event.listens_for(MaceSession, "before_flush")
def _flush_needs_a_name(session: Any, _context: Any, _instances: Any) -> None:
    if not (session.new or session.dirty or session.deleted):
        return
    if session.actor is None:
        session.expunge_all()
        raise ReadOnly("A change was made outside transaction(): reading cannot write")
    session.connection().info["mace_flushing"] = True


@event.listens_for(MaceSession, "after_flush_postexec")
def _flush_is_over(session: Any, _context: Any) -> None:
    session.connection().info.pop("mace_flushing", None)


@event.listens_for(MaceSession, "do_orm_execute")
def _no_bulk_changes(state: ORMExecuteState) -> None:
    """Bulk statements go round the history, so they do not exist here."""
    if state.is_insert or state.is_update or state.is_delete:
        raise Unrecorded("Bulk changes go round the history: change rows one by one")


@event.listens_for(MaceSession, "before_commit")
def _only_the_transaction_commits(session: Any) -> None:
    if session.actor is not None:
        raise ReadOnly("A command never commits: transaction() does, at its end")


@event.listens_for(MaceSession, "after_rollback")
def _nothing_is_left(session: Any) -> None:
    """What was rolled back leaves no history either, and the transaction around it is over."""
    session.pending_history = []
    session.actor = None


@contextmanager
def transaction(session: MaceSession, actor: Actor) -> Iterator[MaceSession]:
    """Everything inside is one change by one named actor: data, history and messages together or not at all.

    Ends the read transaction first, so the lock is held for the write alone. Raises :class:`NobodyNamed` for an
    actor who is neither a person nor a named system actor, :class:`ReadOnly` in a read-only request.
    """
    from mace import history

    if actor.person_id is None and not (actor.system and actor.name):
        raise NobodyNamed("A change needs a person or a named system actor")
    if not session.may_write:
        raise ReadOnly("This request was declared read-only")
    if session.actor is not None:
        yield session
        return
    session.rollback()
    session.expunge_all()
    with _writing(session):
        session.actor = actor
        try:
            yield session
            if session.actor is None:
                raise ReadOnly("The change was taken back inside transaction(), so there is nothing to save")
            session.flush()
            history.append_pending(session, actor)
            session.actor = None
            session.commit()
        except BaseException:
            session.rollback()
            session.expunge_all()
            raise
        finally:
            session.actor = None
            session.pending_history = []


@contextmanager
def _writing(session: MaceSession) -> Iterator[None]:
    """Make the next transaction of this session one that may write."""
    if session.bind is not session.engines.reading:
        raise ReadOnly("A write is already under way on this session")
    connection = session.engines.writing.connect()
    session.bind = connection
    try:
        yield
    finally:
        session.bind = session.engines.reading
        connection.info.pop("mace_flushing", None)
        connection.close()


@contextmanager
def system_scope(session: MaceSession, reason: str) -> Iterator[None]:
    """Reads over everything, for the tool itself (imports' matching, sweeps, checks). Recorded with its reason.

    Stands inside ``transaction``, so that who looked and why is in the trail. Raises :class:`NobodyNamed` otherwise.
    """
    from mace import history

    if not reason or session.actor is None:
        raise NobodyNamed("A system scope needs a reason, and a transaction that names who reads")
    connection = session.connection()
    already = connection.info.get("mace_system", False)
    connection.info["mace_system"] = True
    try:
        yield
    finally:
        if not already:
            connection.info.pop("mace_system", None)
    history.note(session, "system scope", detail={"reason": reason})


def scoped(statement: Any, why: str) -> Any:
    """Mark a statement as limited to what its reader may know; called by ``mace.scope`` only."""
    return cast(Any, statement).execution_options(**{SCOPED: why})


def wait_turn(session: MaceSession, what: str) -> None:
    """Let no other transaction that waits for the same turn run until this one ends: what is counted stays counted.

    SQLite's writers already stand in one line; PostgreSQL's would each count before the others have added.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))


def as_of_now(session: MaceSession) -> None:
    """Let whatever this session reads next be of one moment, however long that takes and whoever writes meanwhile.

    SQLite reads so anyway; on PostgreSQL each question would see what has been committed since the one before.
    """
    session.rollback()
    if session.engines.reading.dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def rows(session: MaceSession, statement: Any) -> Sequence[Any]:
    """All rows of a statement over columns."""
    return session.execute(statement).all()


def plain_rows(session: MaceSession, statement: Any, values: dict[str, Any] | None = None) -> Sequence[Any]:
    """The same straight through the connection, with values for its named parameters; no entity can come of it."""
    return ask(session.under_way or session.connection(), statement, values or {})
