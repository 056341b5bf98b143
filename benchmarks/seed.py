"""An area of any size in bulk: as many actions as asked for, with their children, owners, looks and updates.

Everything follows from the number of the row, so that two runs measure the same rows. One action in five is
unfinished; what is stored beside each comes from the rules themselves. A larger area has more children and more
workers, each with as much to do as in a small one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa
from pydantic_core import PydanticUndefined
from sqlalchemy.engine import Connection

from mace.calendar import london_day
from mace.database import make_migration_engine
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.ledger import ActionFacts, LedgerLine, life_of
from mace.domain.policy import Role
from mace.domain.vocabulary import (
    ActionState,
    AgencyKind,
    Decision,
    EventKind,
    ItemState,
    LineKind,
    MeetingState,
    RiskLevel,
    SeriesKind,
    SubjectKind,
)
from mace.models import Model
from mace.settings import Settings

ACTIONS_OF_CHILD, ACTIONS_OF_OWNER, MEETINGS = 10, 250, 7
MANY = 300
"""Actions of the first child that one act notes."""
AGENDA, EVENTS = 60, 80
NAMESPACE = UUID("5e1f8a0e-6f5b-4c38-9a44-0f6b1d0c7e55")
AREA = Area()
Row = dict[str, Any]


def key(*words: object) -> UUID:
    """The id of the row of that name."""
    return uuid5(NAMESPACE, "/".join(str(word) for word in words))


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the pages need of it."""

    chair: UUID
    worker: UUID
    series: UUID
    agency: UUID
    child: UUID
    """The child with many actions in date."""
    action: UUID
    """An unfinished action with a history."""
    meeting: UUID
    """The coming meeting with :data:`AGENDA` children on its agenda."""
    told_child: UUID
    """A child with :data:`EVENTS` entries in its chronology."""


def seed(settings: Settings, actions: int) -> Seeded:
    """Fill a migrated, empty database."""
    engine = make_migration_engine(settings)
    now = datetime.now(UTC)
    today = london_day(now)
    with engine.begin() as connection:
        for table, rows in _tables(actions, today, now):
            _insert(connection, table, rows)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # which does so by itself; the tool never does it on SQLite
            connection.exec_driver_sql("ANALYZE")
        connection.commit()
    engine.dispose()
    return Seeded(
        chair=key("chair"),
        worker=key("owner", 0),
        series=key("series"),
        agency=key("agency", 0),
        child=key("child", 0),
        action=key("action", 1),
        meeting=key("meeting", "next"),
        told_child=key("child", 5),
    )


def _children(actions: int) -> int:
    return actions // ACTIONS_OF_CHILD


def _owners(actions: int) -> int:
    """One more than a round number, so that the fifth of the actions that is unfinished falls on every owner alike."""
    return actions // ACTIONS_OF_OWNER + 1


def _insert(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    statement = sa.insert(Model.metadata.tables[table])
    left = iter(rows)
    while some := list(islice(left, 5_000)):
        connection.execute(statement, some)


def _tables(actions: int, today: date, now: datetime) -> Iterator[tuple[str, Iterable[Row]]]:
    children, owners = _children(actions), _owners(actions)
    kinds = (AgencyKind.SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HEALTH, AgencyKind.EDUCATION)
    yield (
        "agency",
        ({"id": key("agency", n), "name": f"Agency {n}", "kind": kinds[n % 4], "is_member": True} for n in range(8)),
    )
    yield "person", (_person(key("owner", n), f"Worker {n:03}", n) for n in range(owners))
    yield "person", [_person(key("chair"), "Ruth Okoro", 0)]
    yield (
        "role_holding",
        [
            {
                "id": key("role", who),
                "person_id": who,
                "role": role,
                "team_id": None,
                "starts_on": today - timedelta(days=400),
                "ends_on": None,
            }
            for who, role in (
                (key("chair"), Role.CHAIR),
                *((key("owner", n), Role.PRACTITIONER) for n in range(owners)),
            )
        ],
    )
    yield "series", [_row("series", id=key("series"), name="MACE", kind=SeriesKind.BOTH)]
    yield (
        "meeting",
        (
            _row(
                "meeting",
                id=key("meeting", n),
                series_id=key("series"),
                held_on=today - timedelta(days=28 * (MEETINGS - n)),
                state=MeetingState.HELD,
            )
            for n in range(MEETINGS)
        ),
    )
    yield (
        "subject",
        (
            _row(
                "subject",
                id=key("child", n),
                kind=SubjectKind.CHILD,
                name=f"Child {n:04}",
                search_name=f"child {n:04}",
                reference=f"4{n:05}",
                on_mace_since=today - timedelta(days=300),
                level=RiskLevel.MODERATE,
            )
            for n in range(children)
        ),
    )
    yield (
        "child",
        (
            _row("child", subject_id=key("child", n), born_on=today - timedelta(days=5_000 + n % 900))
            for n in range(children)
        ),
    )
    yield from _coming(today, now)
    yield (
        "concern",
        (
            _row(
                "concern",
                id=key("concern", n),
                subject_id=key("child", n),
                words="Older men give lifts after school",
                raised_on=today - timedelta(days=300),
                source_agency_id=key("agency", 0),
            )
            for n in range(children)
        ),
    )
    yield (
        "allocation",
        (
            _row(
                "allocation",
                id=key("allocation", n),
                child_id=key("child", n),
                person_id=key("owner", n % owners),
                started_on=today - timedelta(days=100),
            )
            for n in range(children)
        ),
    )
    for start in range(0, actions + MANY, 5_000):
        made = [_action(n, actions, today, now) for n in range(start, min(start + 5_000, actions + MANY))]
        yield "action", (action for action, _ in made)
        yield "action_child", ({"action_id": a["id"], "child_id": a["subject_id"]} for a, _ in made)
        yield "ledger_line", (line for _, lines in made for line in lines)
        yield "contribution", (_update(a, n, today, now) for a, _ in made for n in range(2))


def _coming(today: date, now: datetime) -> Iterator[tuple[str, Iterable[Row]]]:
    """The coming meeting with its agenda and what is asked before it, and one child's long chronology."""
    yield (
        "series_agency",
        (
            {"id": key("expected", n), "series_id": key("series"), "agency_id": key("agency", n), "for_quorum": n < 3}
            for n in range(8)
        ),
    )
    meeting = _row(
        "meeting",
        id=key("meeting", "next"),
        series_id=key("series"),
        held_on=today + timedelta(days=3),
        state=MeetingState.PUBLISHED,
        published_at=now,
    )
    yield "meeting", [meeting]
    yield (
        "item",
        (
            _row(
                "item",
                id=key("item", n),
                meeting_id=meeting["id"],
                subject_id=key("child", n),
                position=n + 1,
                reasons="3 actions late\nReview due 24 November",
                state=ItemState.ON_AGENDA,
            )
            for n in range(AGENDA)
        ),
    )
    yield (
        "information_request",
        (
            _row(
                "information_request",
                id=key("request", n, m),
                item_id=key("item", n),
                agency_id=key("agency", m),
                asked_at=now,
            )
            for n in range(AGENDA)
            for m in range(7)
        ),
    )
    yield (
        "event",
        (
            _row(
                "event",
                id=key("event", n),
                subject_id=key("child", 5),
                kind=EventKind.MISSING,
                happened_on=today - timedelta(days=n + 1),
                words="Found at the station; safe and well, tired and hungry",
                entered_at=now,
                source_agency_id=key("agency", 1),
            )
            for n in range(EVENTS)
        ),
    )


def _row(table: str, **values: Any) -> Row:
    """A row with the model's own defaults."""
    return {**_defaults(table), **values}


@cache
def _defaults(table: str) -> Row:
    model = next(m.class_ for m in Model._sa_registry.mappers if m.class_.__tablename__ == table)
    return {name: field.default for name, field in model.model_fields.items() if field.default is not PydanticUndefined}


def _person(person_id: UUID, name: str, n: int) -> Row:
    return _row("person", id=person_id, name=name, agency_id=key("agency", n % 8), email=f"{person_id}@bench.example")


def _action(n: int, actions: int, today: date, now: datetime) -> tuple[Row, list[Row]]:
    """An action and the lines of its ledger. The last :data:`MANY` are in date with an update, all of one child."""
    many = n >= actions
    open_ = many or n % 5 == 0 or n == 1
    owner, child = n % _owners(actions), 0 if many else n % _children(actions)
    set_on = today - timedelta(days=20 if many else 40 + n % 150)
    due = today + timedelta(days=20) if many else set_on + timedelta(days=14 + n % 40)
    looks = [] if many else _looks(n, set_on, due, today)
    ended_on = None if open_ else today - timedelta(days=n % 40)
    if ended_on is not None:
        looks = [look for look in looks if look.meeting_on < ended_on]
    facts = ActionFacts(
        set_on=set_on,
        first_due=due,
        due=due + timedelta(days=28) if looks else due,
        late_line=due,
        state=ActionState.OPEN if open_ else ActionState.DONE,
        ended_on=ended_on,
        lines=tuple(looks),
        last_update_on=today - timedelta(days=1 if many else n % 30),
        date_moves=len(looks),
        level=RiskLevel.MODERATE,
    )
    stands, life = standing(facts, today, AREA), life_of(facts)
    row = _row(
        "action",
        id=key("action", n),
        number=n + 1,
        subject_id=key("child", child),
        series_id=key("series"),
        concern_id=key("concern", child),
        what=f"A safety plan for evenings is agreed in writing, part {n}",
        why="Lifts after school",
        owner_id=key("owner", owner),
        owner_agency_id=key("agency", owner % 8),
        owner_accepted_at=now,
        set_on=set_on,
        first_due=due,
        due=facts.due,
        late_line=due,
        level_when_set=RiskLevel.MODERATE,
        state=facts.state,
        ended_on=ended_on,
        last_update_on=facts.last_update_on,
        carries=life.carries,
        late_carries=life.late_carries,
        date_moves=facts.date_moves,
        late_from=life.late_from,
        drift=stands.level,
        sort_weight=stands.sort_weight,
        drift_changes_on=stands.changes_on,
        source_agency_id=key("agency", owner % 8),
    )
    return row, [_line(row["id"], n, m, look, now) for m, look in enumerate(looks)]


def _looks(n: int, set_on: date, due: date, today: date) -> list[LedgerLine]:
    held = (today - timedelta(days=28 * (MEETINGS - m)) for m in range(MEETINGS))
    since = [day for day in held if day > set_on][: n % 6]
    return [LedgerLine(day, Decision.CARRIED, day > due) for day in since]


def _line(action_id: UUID, n: int, m: int, look: LedgerLine, now: datetime) -> Row:
    meeting = MEETINGS - (london_day(now) - look.meeting_on).days // 28
    return _row(
        "ledger_line",
        id=key("line", n, m),
        action_id=action_id,
        meeting_id=key("meeting", meeting),
        meeting_on=look.meeting_on,
        state_found=ActionState.OPEN,
        decision=look.decision,
        leaves_open=True,
        carried_late=look.carried_late,
        reason="The owner was away and nobody had been asked to stand in",
        by_id=key("chair"),
        at=now,
    )


def _update(action: Row, n: int, today: date, now: datetime) -> Row:
    return _row(
        "contribution",
        id=key("update", action["id"], n),
        subject_id=action["subject_id"],
        action_id=action["id"],
        kind=LineKind.UPDATE,
        words="Spoke to the family; they will ring when the car is there",
        said_on=today - timedelta(days=5 + n),
        entered_at=now - timedelta(days=5 + n),
        source_agency_id=action["owner_agency_id"],
        source_person_id=action["owner_id"],
    )
