"""The chain: one unbroken line under parallel writers; whatever is altered in it is found and named."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from mace.database import MaceSession, open_session, transaction, wait_turn
from mace.history import Seen, _Pending, append_pending, erase_values, note, record_view, verify
from mace.models import Person, Trail, TrailHead, TrailTombstone, TrailValue
from mace.settings import Settings
from tests.conftest import ON_POSTGRESQL
from tests.history.tamper import connected, run, unguarded
from tests.world import TEST, World


@pytest.fixture
def length(world: World, session: MaceSession) -> int:
    """A trail of some length that holds: how many rows."""
    for number in range(12):
        with transaction(session, TEST):
            session.get_one(Person, world.id("worker")).job = f"Job {number}"
    verdict = verify(session)
    assert verdict.holds
    assert verdict.rows > 30
    return verdict.rows


def _found(session: MaceSession) -> tuple[int | None, str]:
    session.rollback()
    verdict = verify(session)
    return verdict.seq, verdict.wrong


SEQ = 20
COLUMNS = {
    "at": "at = '2020-01-01 00:00:00.000000'",
    "act": "act = 'read'",
    "table_name": "table_name = 'child'",
    "object_id": "object_id = 'x'",
    "subject_id": f"subject_id = '{uuid4().hex}'",
    "person_id": f"person_id = '{uuid4().hex}'",
    "acting_as": "acting_as = 'somebody else'",
    "scope": "scope = 'area'",
    "request_id": "request_id = 'another'",
    "detail": "detail = '{}'",
    "previous": "previous = digest",
    "digest": "digest = previous",
}


@pytest.mark.parametrize("column", COLUMNS)
def test_an_edited_row_is_named(settings: Settings, session: MaceSession, length: int, column: str) -> None:
    run(settings, f"UPDATE trail SET {COLUMNS[column]} WHERE seq = {SEQ}")
    assert _found(session) == (SEQ, "the row was changed or replaced")


def test_a_deleted_row_is_named(settings: Settings, session: MaceSession, length: int) -> None:
    run(settings, f"DELETE FROM history_value WHERE seq = {SEQ}", f"DELETE FROM trail WHERE seq = {SEQ}")
    assert _found(session) == (SEQ, "a row is missing")


def test_a_deleted_first_row_is_named(settings: Settings, session: MaceSession, length: int) -> None:
    run(settings, "DELETE FROM history_value WHERE seq = 1", "DELETE FROM trail WHERE seq = 1")
    assert _found(session) == (1, "a row is missing")


def test_two_rows_swapped_are_named_by_the_first(settings: Settings, session: MaceSession, length: int) -> None:
    run(
        settings,
        "UPDATE trail SET seq = 9001 WHERE seq = 20",
        "UPDATE trail SET seq = 20 WHERE seq = 25",
        "UPDATE trail SET seq = 25 WHERE seq = 9001",
    )
    assert _found(session)[0] == SEQ


@pytest.mark.parametrize("cut", [1, 5])
def test_a_cut_tail_is_named(settings: Settings, session: MaceSession, length: int, cut: int) -> None:
    run(
        settings,
        f"DELETE FROM history_value WHERE seq > {length - cut}",
        f"DELETE FROM trail WHERE seq > {length - cut}",
    )
    assert _found(session) == (length - cut + 1, "the end of the trail was cut off")


def test_an_empty_trail_or_a_lost_head_is_found(settings: Settings, session: MaceSession, length: int) -> None:
    run(settings, "DELETE FROM trail_head")
    assert _found(session) == (length + 1, "the end of the trail was cut off")
    run(settings, "DELETE FROM history_value", "DELETE FROM trail")
    assert _found(session)[0] == 1


VALUES = {
    "changed": f"UPDATE history_value SET value = 'Never said' WHERE seq = {SEQ} AND field = 'name'",
    "its key changed": f"UPDATE history_value SET secret = '{'0' * 32}' WHERE seq = {SEQ} AND field = 'name'",
    "removed": f"DELETE FROM history_value WHERE seq = {SEQ} AND field = 'name'",
    "all removed": f"DELETE FROM history_value WHERE seq = {SEQ}",
    "moved to another field": f"UPDATE history_value SET field = 'reason' WHERE seq = {SEQ} AND field = 'name'",
    "added": f"INSERT INTO history_value VALUES ({SEQ}, 'reason', 'new', 'Never said', '{'0' * 32}')",
}


@pytest.mark.parametrize("what", VALUES)
def test_a_value_beside_a_row_is_found_that_was(
    settings: Settings, world: World, session: MaceSession, length: int, what: str
) -> None:
    (row,) = (one for one in world.all(Trail) if one.seq == SEQ)
    assert '"name"' in row.detail
    run(settings, VALUES[what])
    assert _found(session) == (SEQ, "a value beside the row was changed or removed without approval")


def test_of_two_bad_rows_the_first_is_named(settings: Settings, session: MaceSession, length: int) -> None:
    run(settings, "UPDATE trail SET act = 'read' WHERE seq = 25", VALUES["changed"])
    assert _found(session)[0] == SEQ
    run(settings, "UPDATE trail SET act = 'read' WHERE seq = 7")
    assert _found(session)[0] == 7


def test_a_value_of_no_row_is_found(settings: Settings, session: MaceSession, length: int) -> None:
    with unguarded(settings) as connection:
        if not ON_POSTGRESQL:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql(
            f"INSERT INTO history_value VALUES ({length + 5}, 'name', 'new', 'Never said', '{'0' * 32}')"
        )
    assert _found(session)[0] == length + 1


def test_an_approved_erasure_leaves_a_tombstone_and_the_chain_holds(
    world: World, session: MaceSession, length: int
) -> None:
    with transaction(session, TEST):
        erase_values(session, (seq for seq in (SEQ, SEQ, 21)), world.id("ig_lead"), "erased on request", now=world.now)
    assert [value for value in world.all(TrailValue) if value.seq in (SEQ, 21)] == []
    assert {(tomb.seq, tomb.reason) for tomb in world.all(TrailTombstone)} == {
        (SEQ, "erased on request"),
        (21, "erased on request"),
    }
    last = max(world.all(Trail), key=lambda row: row.seq)
    assert (last.act, last.detail) == ("erased values", f'{{"reason": "erased on request", "seqs": [{SEQ}, 21]}}')
    assert _found(session) == (None, "")


def test_a_tombstone_that_nobody_approved_hides_nothing(
    settings: Settings, world: World, session: MaceSession, length: int
) -> None:
    """Whoever writes a tombstone past the tool can make the values go; the trail shows that no approval is in it."""
    with connected(settings) as connection:
        connection.execute(
            sa.insert(sa.table("history_tombstone", *map(sa.column, ("seq", "approved_by_id", "reason", "at")))),
            {
                "seq": SEQ,
                "approved_by_id": world.id("ig_lead") if ON_POSTGRESQL else world.id("ig_lead").hex,
                "reason": "forged",
                "at": world.now if ON_POSTGRESQL else str(world.now),
            },
        )
        connection.exec_driver_sql(f"DELETE FROM history_value WHERE seq = {SEQ}")
    assert _found(session) == (SEQ, "values beside the row were erased and no approval is in the trail")


def test_after_an_erasure_nobody_can_put_other_words_there(
    settings: Settings, world: World, session: MaceSession, length: int
) -> None:
    with transaction(session, TEST):
        erase_values(session, [SEQ], world.id("ig_lead"), "erased on request", now=world.now)
    run(settings, VALUES["added"])
    assert _found(session)[0] == SEQ


REFUSED = {
    "UPDATE trail": f"UPDATE trail SET act = 'read' WHERE seq = {SEQ}",
    "DELETE trail": "DELETE FROM trail WHERE seq = (SELECT max(seq) FROM trail)",
    "DELETE all of trail": "DELETE FROM trail",
    "UPDATE value": f"UPDATE history_value SET value = 'x' WHERE seq = {SEQ}",
    "DELETE value without a tombstone": f"DELETE FROM history_value WHERE seq = {SEQ}",
    "DELETE all values": "DELETE FROM history_value",
    "UPDATE tombstone": "UPDATE history_tombstone SET reason = 'x'",
    "DELETE tombstone": "DELETE FROM history_tombstone",
}
ON_SQLITE = {
    "REPLACE trail": "REPLACE INTO trail SELECT * FROM trail WHERE seq = 20",
    "INSERT OR REPLACE trail": "INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE seq = 20",
    "UPDATE OR REPLACE trail": "UPDATE OR REPLACE trail SET seq = 20 WHERE seq = 21",
    "REPLACE value": "REPLACE INTO history_value SELECT * FROM history_value WHERE seq = 20",
    "REPLACE tombstone": "REPLACE INTO history_tombstone SELECT * FROM history_tombstone",
}
ON_SERVER = {
    "TRUNCATE trail": "TRUNCATE trail CASCADE",
    "TRUNCATE values": "TRUNCATE history_value",
    "TRUNCATE tombstones": "TRUNCATE history_tombstone",
}


@pytest.mark.parametrize("what", {**REFUSED, **(ON_SERVER if ON_POSTGRESQL else ON_SQLITE)})
def test_the_database_refuses_to(
    settings: Settings, world: World, session: MaceSession, length: int, what: str
) -> None:
    with transaction(session, TEST):
        erase_values(session, [3], world.id("ig_lead"), "erased on request", now=world.now)
    statement = {**REFUSED, **ON_SERVER, **ON_SQLITE}[what]
    with pytest.raises(sa.exc.DBAPIError, match="the trail cannot be changed"), connected(settings) as connection:
        connection.exec_driver_sql(statement)
    assert _found(session) == (None, "")


def _at_once(app: Flask, times: int, write: Callable[[MaceSession, int], None], workers: int = 8) -> None:
    def one(worker: int) -> None:
        with open_session(app.extensions["mace_engines"]) as session:
            for number in range(times):
                write(session, worker * times + number)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(one, range(workers)))


def test_eight_writers_at_once_leave_one_unbroken_chain(app: Flask, world: World, session: MaceSession) -> None:
    before = verify(session).rows
    actor = world.actor("chair")

    def write(own: MaceSession, number: int) -> None:
        if number % 2:
            record_view(own, actor, Seen("subject", (uuid4(),), scope="area"))
        else:
            with transaction(own, actor):
                own.get_one(Person, world.id("worker")).job = f"Job {number}"

    _at_once(app, 50, write)
    session.rollback()
    verdict = verify(session)
    assert (verdict.holds, verdict.rows) == (True, before + 400)


def test_no_writer_overwrites_what_another_counted(app: Flask, world: World, session: MaceSession) -> None:
    """Read, add, write: under parallel writers nothing that was acknowledged is lost."""
    with transaction(session, TEST):
        session.get_one(Person, world.id("worker")).job = "0"

    def write(own: MaceSession, _number: int) -> None:
        with transaction(own, TEST):
            wait_turn(own, "the count")
            person = own.get_one(Person, world.id("worker"))
            person.job = str(int(person.job) + 1)

    _at_once(app, 20, write, workers=6)
    assert world.again(world.people["worker"]).job == "120"
    session.rollback()
    assert verify(session).holds


def test_a_rolled_back_writer_leaves_no_gap(world: World, session: MaceSession) -> None:
    before = verify(session).rows
    for number in range(6):
        if number % 2:
            with transaction(session, TEST):
                note(session, "kept")
        else:
            with pytest.raises(ZeroDivisionError), transaction(session, TEST):
                note(session, "not kept")
                session.flush()
                _ = 1 / 0
    session.rollback()
    verdict = verify(session)
    assert (verdict.holds, verdict.rows) == (True, before + 3)


def test_the_head_says_where_the_chain_ends(world: World, length: int) -> None:
    (head,) = world.all(TrailHead)
    last = max(world.all(Trail), key=lambda row: row.seq)
    assert (head.seq, head.digest) == (last.seq, last.digest) == (length, last.digest)


def test_a_long_trail_is_walked_in_seconds_and_little_memory(settings: Settings, world: World, session: Any) -> None:
    """20,000 rows: the walk reads as it goes, so a million is fifty times this."""
    with transaction(session, TEST):
        session.pending_history = [_Pending("read", "subject", str(uuid4()), scope="area") for _ in range(20_000)]
        append_pending(session, TEST)
    began = perf_counter()
    assert verify(session).holds
    assert perf_counter() - began < 5
    with unguarded(settings) as connection:
        connection.exec_driver_sql("UPDATE trail SET act = 'x' WHERE seq = 15000")
    assert _found(session)[0] == 15_000
