"""The demonstration: the partnership that was asked for, lived through the tool's own commands, the same each time."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from mace.cli import main
from mace.database import make_engines, make_migration_engine, open_session
from mace.demo import demo_facts, fill
from mace.demo.canaries import FIELDS, POOLS, SUBJECTS, every_canary
from mace.demo.facts import TEXTS
from mace.demo.partnership import meeting_days
from mace.domain.policy import Role
from mace.domain.vocabulary import Cause, Decision, DriftLevel, EventKind, LineKind, RecordAnswer
from mace.history import verify
from mace.models import Model
from mace.settings import Settings

TABLES = Model.metadata.tables
NOT_THE_SAME = {"trail", "history_value", "trail_head", "sign_in_method"}
"""Tables that differ by their nature: the trail has the moment of filling, a password its own salt."""


@contextmanager
def looking(settings: Settings) -> Iterator[sa.Connection]:
    """A look into the database that asks nobody."""
    engine = make_migration_engine(settings)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def count(settings: Settings, table: str, *where: Any) -> int:
    with looking(settings) as connection:
        statement = sa.select(sa.func.count()).select_from(TABLES[table]).where(*where)
        return int(connection.execute(statement).scalar_one())


def values(settings: Settings, table: str, column: str, *where: Any) -> list[Any]:
    with looking(settings) as connection:
        return list(connection.scalars(sa.select(TABLES[table].c[column]).where(*where)))


def today_of(settings: Settings) -> date:
    """The day on which it was filled."""
    return date.fromisoformat(values(settings, "installation", "demo_day")[0])


def facts_of(settings: Settings) -> dict[str, Any]:
    engines = make_engines(settings)
    with open_session(engines) as session:
        found = demo_facts(session)
    engines.dispose()
    return found


@pytest.fixture(scope="session")
def facts(demo_settings: Settings) -> dict[str, Any]:
    """What ``mace demo --json`` prints."""
    return facts_of(demo_settings)


def test_it_is_the_partnership_that_was_asked_for(demo_settings: Settings, facts: dict[str, Any]) -> None:
    subject, context = TABLES["subject"].c, TABLES["context"].c
    assert count(demo_settings, "agency") == 8
    assert count(demo_settings, "team") == 3
    assert count(demo_settings, "sign_in_method") == len(facts["people"]) == 14
    assert {Role(role) for person in facts["people"] for role in person["roles"]} == set(Role)
    assert count(demo_settings, "subject", subject.kind == "child") == facts["examples"]["children"] == 26
    assert count(demo_settings, "subject", subject.kind == "person") == 1
    assert count(demo_settings, "context", context.kind.in_(("place", "transport"))) == 2
    assert count(demo_settings, "context", context.kind == "peer_group") == 1
    assert count(demo_settings, "meeting", TABLES["meeting"].c.state == "held") == 7
    assert count(demo_settings, "meeting", TABLES["meeting"].c.state == "published") == 1


def test_every_example_is_there(facts: dict[str, Any]) -> None:
    assert [name for name, found in facts["examples"].items() if found is None] == ["imported_child"]


def test_it_has_drift_of_every_level_and_what_the_rules_speak_of(demo_settings: Settings) -> None:
    action = TABLES["action"].c
    levels = Counter(values(demo_settings, "action", "drift", action.ended_on.is_(None)))
    assert {level: number for level in DriftLevel if (number := levels[level]) < 3} == {}
    assert count(demo_settings, "action", action.ended_after_late_carries > 0) >= 2
    assert count(demo_settings, "action", action.state == "reported_done") >= 1
    missed = action.state == "waiting_on", action.late_from <= today_of(demo_settings)
    assert count(demo_settings, "action", *missed) >= 1
    assert count(demo_settings, "action", action.offered_to_id.is_not(None), action.ended_on.is_(None)) >= 1
    shared = Counter(values(demo_settings, "action_child", "action_id"))
    assert max(shared.values()) == 4, "one action protects four children"


def test_the_meetings_decided_in_every_way_for_every_cause(demo_settings: Settings) -> None:
    assert set(values(demo_settings, "ledger_line", "decision")) == set(Decision) - {Decision.IMPORTED}
    assert {cause for cause in values(demo_settings, "ledger_line", "cause") if cause} == set(Cause)
    assert set(values(demo_settings, "event", "kind")) == set(EventKind)


def test_the_records_have_every_line_and_some_wait_for_approval(demo_settings: Settings) -> None:
    written = set(values(demo_settings, "contribution", "kind"))
    assert written == set(LineKind) - {LineKind.REFERRAL}
    item = TABLES["item"].c
    assert 3 <= count(demo_settings, "item", item.state == "closed") <= 8
    assert count(demo_settings, "item", item.approved_anyway_because != "") == 1
    assert count(demo_settings, "item", item.state == "put_off") >= 2
    assert count(demo_settings, "item", item.is_quorate.is_(False)) >= 1
    assert count(demo_settings, "record_version", TABLES["record_version"].c.release == "correction") == 1


def test_records_are_opened_answered_and_filed_by_some_and_not_by_others(demo_settings: Settings) -> None:
    delivery = TABLES["delivery"].c
    answers = Counter(values(demo_settings, "delivery", "answer", delivery.superseded_at.is_(None)))
    assert {answer for answer in answers if answer} == set(RecordAnswer)
    assert answers[None] >= 10, "unanswered records"
    assert count(demo_settings, "delivery", delivery.filed_on.is_not(None)) >= 10
    assert count(demo_settings, "delivery", delivery.told == "by_hand") >= 3
    nobody = delivery.undelivered_because.like("No worker%"), delivery.superseded_at.is_(None)
    assert count(demo_settings, "delivery", *nobody) >= 1


def test_the_meeting_of_today_waits_to_be_opened(demo_settings: Settings) -> None:
    with looking(demo_settings) as connection:
        meeting = connection.execute(sa.select(TABLES["meeting"]).where(TABLES["meeting"].c.state == "published")).one()
    assert meeting.held_on == today_of(demo_settings)
    item = TABLES["item"].c
    planned = sum(values(demo_settings, "item", "minutes", item.meeting_id == meeting.id, item.state == "on_agenda"))
    assert 0 < planned - meeting.available_minutes <= 20
    assert count(demo_settings, "item", item.meeting_id == meeting.id, item.state == "left_off") == 1
    for table in ("information_request", "brief"):
        on_it = TABLES[table].c.item_id.in_(sa.select(item.id).where(item.meeting_id == meeting.id))
        answered = TABLES[table].c.answered_at
        assert count(demo_settings, table, on_it, answered.is_(None)) >= 3
        assert count(demo_settings, table, on_it, answered.is_not(None)) >= 3
    asked = TABLES["update_request"].c
    assert count(demo_settings, "update_request", asked.meeting_id == meeting.id, asked.answered_at.is_not(None)) >= 3


def test_every_meeting_before_was_on_a_working_day() -> None:
    for today in (date(2026, 11, 24), date(2026, 11, 28), date(2027, 1, 1), date(2028, 2, 29)):
        *held, last = meeting_days(today)
        assert last == today
        assert len(held) == 7
        assert all(day.weekday() < 5 for day in held)
        assert all(timedelta(days=21) <= after - day <= timedelta(days=33) for day, after in pairwise(held))


def test_its_trail_holds(demo_settings: Settings) -> None:
    engines = make_engines(demo_settings)
    with open_session(engines) as session:
        assert verify(session).holds
    engines.dispose()


def test_filled_twice_on_one_day_it_is_the_same(demo_settings: Settings, settings: Settings) -> None:
    day = today_of(demo_settings)
    engines = make_engines(settings)
    with open_session(engines) as session:
        fill(session, settings, now=datetime.fromisoformat(f"{day}T23:30:00+00:00"))
    engines.dispose()
    different = [
        name for name in TABLES if name not in NOT_THE_SAME and _rows(demo_settings, name) != _rows(settings, name)
    ]
    assert different == []
    assert facts_of(demo_settings) == facts_of(settings)


def _rows(settings: Settings, table: str) -> list[str]:
    with looking(settings) as connection:
        return sorted(repr(tuple(row)) for row in connection.execute(sa.select(TABLES[table])))


# --- Canaries ---------------------------------------------------------------------------------------------------------


def test_no_two_fields_have_the_same_canary_and_none_is_part_of_another() -> None:
    wanted = sum(len(fields) for fields in FIELDS.values()) * SUBJECTS
    assert len(every_canary()) == wanted, "a pool is too small"
    words = sorted(word for pool in POOLS.values() for word in pool)
    assert [(one, after) for one, after in pairwise(words) if after.startswith(one)] == []


def test_every_canary_stands_on_its_own_records_and_nowhere_else(
    demo_settings: Settings, facts: dict[str, Any]
) -> None:
    by_subject = _words_by_subject(demo_settings)
    for one in facts["canaries"]:
        stands = {subject for subject, words in by_subject.items() if one["canary"] in words}
        assert one["subject"] in stands, one
        assert stands <= set(one["on"]), one


def test_no_other_canary_stands_in_the_database(demo_settings: Settings, facts: dict[str, Any]) -> None:
    """What the facts do not list is nowhere: they leave none out."""
    listed = {one["canary"] for one in facts["canaries"]}
    whole = "\n".join(_words_by_subject(demo_settings).values())
    assert [word for word in every_canary() if word not in listed and word in whole] == []


def test_each_free_text_field_of_a_child_has_one(facts: dict[str, Any]) -> None:
    had = defaultdict(set)
    for one in facts["canaries"]:
        had[one["subject"]].add(one["field"])
    identity = {"school", "also known as", "source", "why"}
    written = {"worry", "changed", "life", "says", "analysis", "decision", "rationale", "contingency", "who tells"}
    agreed = {"action 1", "why 1", "contingency 1", "event", "information"}
    children = {one["subject"] for one in facts["canaries"] if one["field"] == "school"}
    assert len(children) == 26
    assert [child for child in children if not identity <= had[child]] == []
    discussed = [child for child in children if "worry" in had[child]]
    assert len(discussed) == 23
    assert {child: wanted for child in discussed if (wanted := (written | agreed) - had[child])} == {}
    kinds = {field.rstrip(" 12345") for fields in had.values() for field in fields}
    assert {field.rstrip(" 12345") for fields in FIELDS.values() for field in fields} == kinds


def _words_by_subject(settings: Settings) -> dict[str, str]:
    """Everything that stands in rows of each subject; what belongs to no subject stands under "nobody"."""
    found: dict[str, list[str]] = defaultdict(list)
    with looking(settings) as connection:
        owners = _owners(connection)
        for name, table in TABLES.items():
            if name in ("trail", "history_value"):
                continue
            for row in connection.execute(sa.select(table)).mappings():
                words = " ".join(str(value) for value in row.values() if isinstance(value, str))
                for owner in _subjects_of(name, row, owners):
                    found[owner].append(words)
    return {owner: "\n".join(words) for owner, words in found.items()}


LED_BY = ("subject_id", "context_id", "child_id")
BY_WAY_OF = ("item_id", "action_id", "waiting_id", "record_version_id")


def _owners(connection: sa.Connection) -> dict[UUID, str]:
    """Whose each item, action, wait and version is."""
    owners: dict[UUID, str] = {}
    for name in ("item", "action", "record_version"):
        table = TABLES[name]
        owners |= {key: str(subject) for key, subject in connection.execute(sa.select(table.c.id, table.c.subject_id))}
    waiting = TABLES["waiting"].c
    owners |= {key: owners[action] for key, action in connection.execute(sa.select(waiting.id, waiting.action_id))}
    return owners


def _subjects_of(table: str, row: Any, owners: dict[UUID, str]) -> set[str]:
    if table == "subject":
        return {str(row["id"])}
    led = {str(row[name]) for name in LED_BY if row.get(name) is not None}
    if led:
        return led
    return {owners[row[name]] for name in BY_WAY_OF if row.get(name) is not None} or {"nobody"}


# --- Words ------------------------------------------------------------------------------------------------------------

BLAMES = (
    *("puts herself", "puts himself", "putting herself", "putting himself", "promiscuous", "prostitut", "lifestyle"),
    *("refuses", "attention seeking", "streetwise", "non-engag", "not engaging", "fails to", "failed to attend"),
    *("her boyfriend is", "risky behaviour", "makes poor choices", "drug running", "sexual activity", "absconded"),
)
"""Words that lay on a child what others did (``practice.md`` section 3)."""


def test_no_text_blames_a_child(demo_settings: Settings) -> None:
    with looking(demo_settings) as connection:
        for columns in TEXTS:
            table = columns[0].table if hasattr(columns[0], "table") else columns[0].class_.__table__
            for row in connection.execute(sa.select(*(table.c[column.key] for column in columns))):
                said = " ".join(words for words in row if words).lower()
                assert [words for words in BLAMES if words in said] == [], said
                assert "{" not in said, f"a slot was left open: {said}"


def test_no_two_children_read_alike(demo_settings: Settings) -> None:
    concern = values(demo_settings, "concern", "words")
    assert len(set(concern)) == len(concern)
    for kind in (LineKind.WORRY, LineKind.LIFE_NOW, LineKind.ANALYSIS):
        line = TABLES["contribution"].c
        with looking(demo_settings) as connection:
            said = connection.execute(sa.select(line.words, line.subject_id).where(line.kind == kind)).all()
        by = defaultdict(set)
        for words, subject in said:
            by[words].add(subject)
        assert [words for words, children in by.items() if len(children) > 1] == []


# --- The command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_mode(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command on a database, in a mode."""

    def run(settings: Settings, mode: str, *arguments: str) -> int:
        for name, value in (
            ("MACE_MODE", mode),
            ("MACE_DATABASE_URL", settings.database_url),
            ("MACE_INSTANCE", str(settings.instance)),
            ("MACE_SECRET_KEY", settings.secret_key),
        ):
            monkeypatch.setenv(name, value)
        return main(["demo", *arguments])

    return run


def test_it_is_for_demo_mode(settings: Settings, in_mode: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert in_mode(settings, "production") == 1
    assert "for demo mode" in capsys.readouterr().err
    assert count(settings, "agency") == 0


def test_it_fills_only_an_empty_database(
    settings: Settings, world: Any, in_mode: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    before = count(settings, "person")
    assert in_mode(settings, "demo") == 1
    assert "not empty" in capsys.readouterr().err
    assert in_mode(settings, "demo", "--if-empty") == 0
    assert count(settings, "person") == before


def test_on_its_own_database_it_prints_again(
    demo_copy: Settings, facts: dict[str, Any], in_mode: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_mode(demo_copy, "demo", "--json") == 0
    assert json.loads(capsys.readouterr().out) == facts
