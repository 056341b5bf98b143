"""Whoever is not let in changes nothing, whatever they send: every form, to every thing that is not theirs."""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from mace.database import open_session
from mace.domain.errors import NotThere
from mace.domain.policy import may
from mace.domain.vocabulary import ActionState
from mace.models import LedgerLine, Meeting, Model, Person
from mace.web.access import declared, today
from tests.seen.ground import ON_IT, RUNNING, Ground
from tests.seen.oracle import Oracle
from tests.seen.people import actor_of_person
from tests.seen.sending import WORDS, Body, find_forms, taken_back
from tests.seen.table import NOTHING, Row, read_table
from tests.seen.walk import NOBODY, Walker, address_of_row, ear_for, rules_of, unknown_address

OF_THE_TOOL = {"trail", "trail_head", "history_value", "live_session", "sign_in_attempt"}
"""What changes by being there: the trail of what was read, and sessions."""
ONLY_LOOKS = {"actions.narrow", "record.children", "record.contexts", "record.search"}
"""Forms that ask and change nothing."""
NOT_HERE = {
    "intake.changes": "no copy of a spreadsheet has come in, so no cell waits for a decision",
    "intake.columns": "how columns are read is one’s own until the import runs",
    "intake.people": "nobody here was named by a spreadsheet",
}
"""Forms that have nothing to change in the demonstration, each with the reason."""


@dataclass
class Desk:
    """A ground of its own with the meeting running, everybody at the tool, and every form filled in."""

    ground: Ground
    walkers: dict[str, Walker]
    forms: dict[str, Body]
    rows: tuple[Row, ...]

    def address(self, row: Row) -> str:
        return address_of_row(self.ground, rules_of(self.ground.app)[row.endpoint], row)

    def body(self, row: Row) -> Body:
        """What somebody would send there: the form of that very page, or one of the same kind."""
        of_kind = next((self.forms[self.address(one)] for one in self._like(row)), {})
        made = OVERRIDES.get(row.endpoint, lambda _ground: {})(self.ground)
        return {**(self.forms.get(self.address(row)) or of_kind), **made}

    def _like(self, row: Row) -> Iterator[Row]:
        return (one for one in self.rows if one.endpoint == row.endpoint and self.address(one) in self.forms)


def a_day(ground: Ground, days: int) -> list[str]:
    """In three boxes."""
    day = ground.today.fromordinal(ground.today.toordinal() + days)
    return [str(day.day), str(day.month), str(day.year)]


OVERRIDES: dict[str, Callable[[Ground], Body]] = {
    "intake.start": lambda _: {"file": (io.BytesIO(b"Ref,Child,Action\n1,Anna Alderton,Call\n"), "tracker.csv")},
    "meetings.add_action": lambda _: {"new-new_owner": "", "new-new_owner_agency": "", "new-new_concern": ""},
    "meetings.add_to_agenda": lambda ground: {"add": str(ground.things["Chloe, of Grace’s other team"]["subject_id"])},
    "meetings.decide": lambda _: {"as": "accepted_done", "decide-reason": WORDS},
    "meetings.meeting_details": lambda _: {"starts_at": "10:00", "available_minutes": "120"},
    "meetings.new_series": lambda ground: {
        "name": "One more series",
        "cadence_days": "28",
        "available_minutes": "120",
        "usual_time": "",
        f"expected-{_agency(ground)}": "yes",
    },
    "record.add_event": lambda ground: {"at_time": "", "kind": "other", "happened_on": a_day(ground, -1)},
    "record.link_child": lambda ground: {"child": str(ground.things["Ben, Tom’s"]["subject_id"]), "words": "Ben"},
    "record.working_with": lambda _: {"name": "", "job": "", "agency": ""},
}
"""Where the last of each list and the same words everywhere do not fit together."""


def _agency(ground: Ground) -> Any:
    with ground.looking() as session:
        return session.get_one(Person, ground.people["priya"]).agency_id


def decided_already(ground: Ground) -> None:
    """The meeting has looked at the action of its item."""
    with ground.looking() as session:
        meeting = session.get_one(Meeting, ground.things[RUNNING]["meeting_id"])
        session.add(
            LedgerLine(
                action_id=ground.things[f"{ON_IT}, and an action"]["action_id"],
                meeting_id=meeting.id,
                meeting_on=meeting.held_on,
                state_found=ActionState.IN_PROGRESS,
                decision="noted",  # type: ignore[arg-type]
                leaves_open=True,
                carried_late=False,
                at=meeting.published_at,
            )
        )
        session.commit()


def more_pages(ground: Ground) -> list[tuple[str, str]]:
    """Pages with forms that no address of the table draws by itself."""
    child = ground.things["Dawid, Hannah’s, Sue works with him"]["subject_id"]
    place, item = ground.things["a place"]["subject_id"], ground.things[f"{ON_IT}, and an action"]
    return [
        ("priya", f"/children/{child}?tab=people"),
        ("priya", f"/contexts/{place}?tab=children"),
        ("priya", f"/items/{item['item_id']}/room?decide={item['action_id']}&as=accepted_done"),
    ]


@pytest.fixture(scope="module")
def desk(running: Ground) -> Desk:
    ear = ear_for(running)
    walkers = {who: Walker(running, ear, who) for who in (*running.people, NOBODY)}
    rows = tuple(row for row in read_table() if not row.is_public)
    return Desk(running, walkers, find_forms(walkers, rows, more_pages(running)), rows)


def unsafe(desk: Desk) -> Iterator[Row]:
    """Every line of the table whose endpoint takes a form."""
    rules = rules_of(desk.ground.app)
    return (row for row in desk.rows if "POST" in (rules[row.endpoint].methods or ()))


def stored(ground: Ground) -> dict[str, str]:
    """A hash of every table."""
    found = {}
    with ground.looking() as session:
        for name, table in Model.metadata.tables.items():
            if name not in OF_THE_TOOL:
                rows = sorted(repr(tuple(row)) for row in session.execute(sa.select(table)))
                found[name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_these_forms_would_write(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent by somebody who is let in, each changes something: so a missing check would be seen below."""
    wrote: dict[str, set[str]] = {}
    for row in unsafe(desk):
        if row.endpoint == "meetings.undo_decision" and row.thing.startswith(ON_IT):
            decided_already(desk.ground)
        for who in sorted(row.people):
            if wrote.get(row.endpoint):
                break
            with taken_back(monkeypatch) as written:
                answer, _ = desk.walkers[who].post(desk.address(row), desk.body(row))
            assert answer.status < 500, (row, who)
            wrote.setdefault(row.endpoint, set()).update(written)
    assert {name for name, written in wrote.items() if not written} == ONLY_LOOKS | set(NOT_HERE)


def test_whoever_is_not_let_in_changes_nothing(desk: Desk) -> None:
    before, wrong, sent = stored(desk.ground), [], 0
    for who, walker in desk.walkers.items():
        for row in unsafe(desk):
            if who in row.people:
                continue
            answer, _ = walker.post(desk.address(row), desk.body(row))
            sent += 1
            if answer.status != refusal(who, row):
                wrong.append((who, row.endpoint, row.thing, answer.status))
        after = stored(desk.ground)
        assert [name for name in before if before[name] != after[name]] == [], f"{who} changed something"
    assert wrong == []
    assert sent > 5000


def test_a_form_that_comes_back_carries_no_word_of_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent empty, and sent as if somebody had saved meanwhile: what is shown beside it is theirs."""
    with desk.ground.looking() as session:
        oracle = Oracle(session.connection(), desk.walkers["hannah"].ear, desk.ground.today)
    statuses, wrong = set(), []
    for who, walker in desk.walkers.items():
        allowed = oracle.allows(desk.ground.people[who], desk.ground.canaries) if who != NOBODY else frozenset[str]()
        if allowed is None:
            continue
        for row in unsafe(desk):
            if who not in row.people:
                continue
            for body in ({}, {**desk.body(row), "version": "999", "record-version": "999"}):
                with taken_back(monkeypatch):
                    answer, _ = walker.post(desk.address(row), body)
                statuses.add(answer.status)
                if answer.found - allowed or answer.outside or answer.status >= 500:
                    wrong.append((who, row.endpoint, row.thing, answer.status, answer.found - allowed, answer.outside))
    assert wrong == []
    assert {409, 422} <= statuses


def refusal(who: str, row: Row) -> int:
    """What somebody who is not let in gets for a form."""
    if who in (NOBODY, "dean"):
        return 401
    return 403 if row.thing == NOTHING else 404


def test_nobody_changes_what_is_not_there(desk: Desk) -> None:
    before, wrong = stored(desk.ground), []
    forms = {row.endpoint: row for row in unsafe(desk) if row.thing != NOTHING}
    for who in ("priya", "hannah", "grace", "imran", "gus", "sam"):
        for row in forms.values():
            address = unknown_address(rules_of(desk.ground.app)[row.endpoint])
            answer, _ = desk.walkers[who].post(address, desk.body(row))
            if answer.status != 404:
                wrong.append((who, row.endpoint, answer.status))
    assert wrong == []
    assert stored(desk.ground) == before


def test_whoever_is_let_in_comes_through_the_door(desk: Desk) -> None:
    """What only takes a form has no page to open: the door itself says who passes."""
    ground, rules, wrong = desk.ground, rules_of(desk.ground.app), []
    with open_session(ground.app.extensions["mace_engines"]) as session, ground.app.test_request_context():
        for row in unsafe(desk):
            said = declared(ground.app, row.endpoint)
            assert said is not None
            assert said.permission is not None
            if "GET" in (rules[row.endpoint].methods or ()) or said.load is None:
                continue
            for who in ground.people:
                actor = actor_of_person(session, ground, who)
                try:
                    passes = actor is not None and may(actor, said.permission)
                    passes = passes and bool(said.load(session, actor, today(), **ground.things[row.thing]))
                except NotThere:
                    passes = False
                session.rollback()
                if passes is not (who in row.people):
                    wrong.append((who, row.endpoint, row.thing, passes))
    assert wrong == []
