"""The trail: every change and every look at a protected record, in one chain that nobody can alter unseen.

The chained row holds ids, field names and a keyed hash of each value; the values lie beside it and can be erased on
approval without breaking the chain. Source: rule 12, ``security.md`` F17.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event

from mace.database import CHAINED, MaceSession, Unrecorded, as_of_now
from mace.domain.policy import Actor
from mace.kept import ask, tell
from mace.models import Model, TrailHead

START = "0" * 64
ERASED = "erased values"
_OF_A_ROW = frozenset({"created", "changed", "deleted"})
_NOT_HISTORY = frozenset({"version"})
_NEVER_KEPT = frozenset({"secret_hash"})
"""Fields of which the trail says that they changed, and never what they were."""
_BY_THE_CHAIN = {CHAINED: "trail"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page shows of protected records: for the trail, before the page is drawn."""

    table: str
    ids: tuple[UUID, ...]
    subject_id: UUID | None = None
    scope: str = ""
    act: str = "read"


@dataclass(slots=True)
class _Pending:
    act: str
    table: str = ""
    object_id: str = ""
    subject_id: UUID | None = None
    scope: str = ""
    changes: tuple[tuple[str, str | None, str | None], ...] = ()
    detail: dict[str, Any] | None = None


def _text(value: Any) -> str | None:
    """A value as the trail keeps it."""
    if value is None:
        return None
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return str(value)


@event.listens_for(MaceSession, "before_flush")
def _collect(session: Any, _context: Any, _instances: Any) -> None:
    for row in session.new:
        if type(row).HISTORY:
            session.pending_history.append(_made(row))
    for row in session.dirty:
        if type(row).HISTORY and (change := _changed(row)).changes:
            session.pending_history.append(change)
    for row in session.deleted:
        if type(row).HISTORY:
            session.pending_history.append(_removed(row))


def _columns(row: Model) -> list[str]:
    return [name for name in type(row).model_fields if name not in _NOT_HISTORY]


def _kept(name: str, value: Any) -> str | None:
    return "not kept" if name in _NEVER_KEPT and value is not None else _text(value)


def _made(row: Model) -> _Pending:
    changes = ((name, None, _kept(name, getattr(row, name))) for name in _columns(row))
    return _Pending("created", *_named(row), changes=tuple(one for one in changes if one[2] is not None))


def _removed(row: Model) -> _Pending:
    changes = ((name, _kept(name, getattr(row, name)), None) for name in _columns(row))
    return _Pending("deleted", *_named(row), changes=tuple(one for one in changes if one[1] is not None))


def _changed(row: Model) -> _Pending:
    state = sa.inspect(row)
    changes = []
    for name in _columns(row):
        if name not in state.committed_state:
            continue
        past = state.attrs[name].history
        if past.has_changes():
            if not past.deleted:
                raise Unrecorded(f"{name} was set before it was read, so nobody knows what it was: load the row first")
            changes.append((name, _kept(name, past.deleted[0]), _kept(name, getattr(row, name))))
    return _Pending("changed", *_named(row), changes=tuple(changes))


def _named(row: Model) -> tuple[str, str, UUID | None]:
    table = type(row).__tablename__
    keys = sa.inspect(type(row)).primary_key
    object_id = ":".join(str(getattr(row, key.name)) for key in keys)
    subject = row.id if table == "subject" else getattr(row, "subject_id", None) or getattr(row, "child_id", None)  # type: ignore[attr-defined]
    return str(table), object_id, subject


def note(
    session: MaceSession,
    act: str,
    *,
    subject_id: UUID | None = None,
    object_id: str = "",
    detail: Any = None,
) -> None:
    """Add a named event ("signed in", "exported") to the change under way."""
    if act in _OF_A_ROW:
        raise ValueError(f"{act} is what the history says of a row by itself")
    session.pending_history.append(_Pending(act, object_id=object_id, subject_id=subject_id, detail=detail))


def record_view(session: MaceSession, actor: Actor, *seen: Seen) -> None:
    """Write down what is about to be shown. Ends the read transaction; commits before it returns.

    Called before the page is drawn; when it fails there is no page.
    """
    session.rollback()
    pending = [
        _Pending(
            one.act,
            one.table,
            str(one.ids[0]) if len(one.ids) == 1 else "",
            one.subject_id,
            one.scope,
            detail={"ids": [str(key) for key in one.ids]} if len(one.ids) != 1 else None,
        )
        for one in seen
    ]
    with session.engines.writing.begin() as connection:
        _append(connection, actor, session.request_id, pending)


def append_pending(session: MaceSession, actor: Actor) -> None:
    """Chain everything collected in this transaction. Last act before commit, so the head is locked briefly."""
    if session.pending_history:
        _append(session.connection(), actor, session.request_id, session.pending_history)
        session.pending_history = []


def _append(connection: sa.Connection, actor: Actor, request_id: str, pending: Sequence[_Pending]) -> None:
    (head,) = ask(connection, _HEAD, {})
    now = datetime.now(UTC)
    acting_as = actor.name if actor.system else ", ".join(sorted(role.value for role in actor.roles))
    seq, digest = head.seq, head.digest
    links: list[dict[str, Any]] = []
    values: list[dict[str, Any]] = []
    for one in pending:
        seq += 1
        link = {
            "seq": seq,
            "at": now,
            "act": one.act,
            "table_name": one.table,
            "object_id": one.object_id,
            "subject_id": one.subject_id,
            "person_id": actor.person_id,
            "acting_as": acting_as,
            "scope": one.scope,
            "request_id": request_id,
            "detail": _detail(one, seq, values),
            "previous": digest,
        }
        digest = _digest(link)
        links.append({**link, "digest": digest})
    tell(connection, _ADD_LINKS, links)
    if values:
        tell(connection, _ADD_VALUES, values)
    tell(connection, _MOVE_HEAD, [{"to": seq, "its_digest": digest}])


_TABLES = Model.metadata.tables
_HEAD = sa.select(TrailHead.seq, TrailHead.digest).where(TrailHead.id == 1).with_for_update()  # type: ignore[call-overload]
_ADD_LINKS, _ADD_VALUES, _MOVE_HEAD = (
    change.execution_options(**_BY_THE_CHAIN)
    for change in (
        sa.insert(_TABLES["trail"]),
        sa.insert(_TABLES["history_value"]),
        sa.update(_TABLES["trail_head"]).values(seq=sa.bindparam("to"), digest=sa.bindparam("its_digest")),
    )
)
"""Built once: every page leaves its row in the trail."""


def _detail(one: _Pending, seq: int, values: list[dict[str, Any]]) -> str:
    if one.detail is not None:
        return json.dumps(one.detail, sort_keys=True)
    if not one.changes:
        return ""
    hashes: dict[str, dict[str, str]] = {}
    for name, old, new in one.changes:
        for side, value in (("old", old), ("new", new)):
            if value is not None:
                secret = secrets.token_hex(16)
                hashes.setdefault(name, {})[side] = _keyed(secret, value)
                values.append(
                    {
                        "seq": seq,
                        "field": name,
                        "side": side,
                        "value": value,
                        "secret": secret,
                    }
                )
    return json.dumps(hashes, sort_keys=True)


def _keyed(secret: str, value: str) -> str:
    return hmac.digest(bytes.fromhex(secret), value.encode("utf-8", "surrogatepass"), "sha256").hex()


def _digest(link: dict[str, Any]) -> str:
    words = [
        str(link["seq"]),
        link["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        link["act"],
        link["table_name"],
        link["object_id"],
        str(link["subject_id"] or ""),
        str(link["person_id"] or ""),
        link["acting_as"],
        link["scope"],
        link["request_id"],
        link["detail"],
        link["previous"],
    ]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def last_event_at(session: MaceSession) -> datetime | None:
    """When the last event of the trail was; None for an empty trail."""
    trail = _TABLES["trail"]
    newest = sa.select(trail.c.at).order_by(trail.c.seq.desc()).limit(1).execution_options(**_BY_THE_CHAIN)
    return session.execute(newest).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the trail found. ``seq`` names the first bad row."""

    rows: int
    seq: int | None = None
    wrong: str = ""

    @property
    def holds(self) -> bool:
        """True when every link and every value agree."""
        return self.seq is None


def verify(session: MaceSession) -> Verdict:
    """Walk the chain from its start, with the values beside it, and name the first row that does not hold."""
    as_of_now(session)
    tables = Model.metadata.tables
    trail, kept = tables["trail"], tables["history_value"]
    tombs = set(session.scalars(sa.select(tables["history_tombstone"].c.seq)))
    head = session.execute(sa.select(TrailHead.seq, TrailHead.digest)).one_or_none()  # type: ignore[call-overload]
    with (
        _rows(session, sa.select(trail).order_by(trail.c.seq)) as links,
        _rows(session, sa.select(kept).order_by(kept.c.seq)) as values,
    ):
        return _walk(links, groupby(values, key=itemgetter("seq")), tombs, tuple(head) if head else None)


def _walk(links: Iterator[Any], values: Iterator[Any], tombs: set[int], head: tuple[int, str] | None) -> Verdict:
    approved: set[int] = set()
    gaps: list[int] = []
    previous, rows = START, 0
    beside = next(values, None)
    for link in links:
        rows += 1
        if link["seq"] != rows:
            return Verdict(rows, rows, "a row is missing")
        if link["previous"] != previous or link["digest"] != _digest(dict(link)):
            return Verdict(rows, rows, "the row was changed or replaced")
        previous = link["digest"]
        if link["act"] == ERASED:
            approved.update(json.loads(link["detail"])["seqs"])
        found: dict[tuple[str, str], str] = {}
        if beside is not None and beside[0] == rows:
            found = {(one["field"], one["side"]): _keyed(one["secret"], one["value"]) for one in beside[1]}
            beside = next(values, None)
        if found != _said(link):
            if found or rows not in tombs:
                return Verdict(rows, rows, "a value beside the row was changed or removed without approval")
            gaps.append(rows)
    unapproved = [seq for seq in gaps if seq not in approved]
    if unapproved:
        return Verdict(rows, unapproved[0], "values beside the row were erased and no approval is in the trail")
    if beside is not None or head != (rows, previous):
        return Verdict(rows, rows + 1, "the end of the trail was cut off")
    return Verdict(rows)


@contextmanager
def _rows(session: MaceSession, statement: Any) -> Iterator[Iterator[Any]]:
    """The rows of the chain one by one, however long it is."""
    marks = {**_BY_THE_CHAIN, "yield_per": 1000}
    with session.connection().execute(statement, execution_options=marks) as result:
        yield iter(result.mappings())


def _said(link: Any) -> dict[tuple[str, str], str]:
    """The values that a row of the chain names, each by its keyed hash."""
    if link["act"] not in _OF_A_ROW or not link["detail"]:
        return {}
    return {(name, side): keyed for name, sides in json.loads(link["detail"]).items() for side, keyed in sides.items()}


def erase_values(
    session: MaceSession,
    seqs: Iterable[int],
    approved_by: UUID,
    reason: str,
    *,
    now: datetime,
) -> None:
    """Delete the values of these events and leave a tombstone for each. The chain itself stays whole.

    Runs inside ``transaction``; the approval is the caller's duty.
    """
    connection = session.connection()
    tables = Model.metadata.tables
    erased = sorted(set(seqs))
    for seq in erased:
        tombstone = {"seq": seq, "approved_by_id": approved_by, "reason": reason, "at": now}
        connection.execute(sa.insert(tables["history_tombstone"]), tombstone, execution_options=_BY_THE_CHAIN)
        gone = sa.delete(tables["history_value"]).where(tables["history_value"].c.seq == seq)
        connection.execute(gone, execution_options=_BY_THE_CHAIN)
    note(session, ERASED, detail={"seqs": erased, "reason": reason})


__all__ = [
    "Seen",
    "Verdict",
    "append_pending",
    "erase_values",
    "note",
    "record_view",
    "verify",
]
