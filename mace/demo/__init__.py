"""A made-up partnership with seven meetings behind it: the same every time, its dates relative to today.

Nothing of it is written by hand into tables: the people of the story give the tool's own commands, as real ones would.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlmodel import select

from mace.actions.commands import refresh_standings
from mace.calendar import london_day
from mace.database import MaceSession, transaction
from mace.demo import between, meetings
from mace.demo.arrivals import Thread, child_arrives, context_arrives
from mace.demo.coming import prepare_meeting
from mace.demo.facts import demo_facts
from mace.demo.partnership import HELD, PASSWORD, Stage, at, make_partnership
from mace.demo.script import read_children, read_contexts
from mace.domain.policy import system_actor
from mace.domain.vocabulary import Release
from mace.meetings.commands import publish
from mace.models import Agency, Installation
from mace.models.base import NEW_KEY
from mace.settings import Settings

ACTOR = system_actor("demo")

__all__ = ["ACTOR", "PASSWORD", "demo_facts", "fill", "is_empty"]


def is_empty(session: MaceSession) -> bool:
    """True for a database that has only been migrated."""
    return session.exec(select(Agency.id).limit(1)).first() is None


def fill(session: MaceSession, settings: Settings, *, now: datetime | None = None) -> None:
    """Make the partnership in one transaction. The database remembers that it has held demo data."""
    today = london_day(now or datetime.now(UTC))
    with _same_keys(), transaction(session, ACTOR):
        installation = session.exec(select(Installation)).one()
        installation.held_demo_data, installation.demo_day = True, today.isoformat()
        stage = Stage(session, settings.area, make_partnership(session, today))
        threads: dict[UUID, Thread] = {}
        for number in range(1, HELD + 1):
            _live_through(stage, number, threads)
        _arrive(stage, HELD + 1, threads)
        prepare_meeting(stage, threads)
        while refresh_standings(session, today, settings.area):
            session.flush()


@contextmanager
def _same_keys() -> Iterator[None]:
    """The same key for the same row every time, for as long as the demonstration is filled."""
    numbers = count()
    before = NEW_KEY.set(lambda: uuid5(NAMESPACE_URL, f"mace-demo:{next(numbers)}"))
    try:
        yield
    finally:
        NEW_KEY.reset(before)


def _arrive(stage: Stage, number: int, threads: dict[UUID, Thread]) -> None:
    """Whoever comes to the meetings before this one, and what happened to everybody since the last."""
    for child in (one for one in read_children() if one.first == number):
        thread = child_arrives(stage, child)
        threads[thread.subject_id] = thread
        stage.children[child.number] = thread.subject_id
    for context in (one for one in read_contexts() if one.first == number):
        thread = context_arrives(stage, context, threads)
        threads[thread.subject_id] = thread
    between.add_events(stage, number, threads)
    between.report_done(stage, number, threads)


def _live_through(stage: Stage, number: int, threads: dict[UUID, Thread]) -> None:
    """One meeting, from what comes before it to what follows."""
    _arrive(stage, number, threads)
    meeting = meetings.make_meeting(stage, number, threads)
    published_at = at(meeting.held_on - timedelta(days=7), 15)
    publish(stage.session, stage.actor("priya"), meeting.id, now=published_at)
    between.answer_requests(stage, number, meeting, threads)
    between.write_briefs(stage, number, meeting, threads)
    between.give_updates(stage, number, meeting, threads)
    meetings.hold_meeting(stage, number, meeting, threads)
    between.read_records(stage, number, meeting, threads, Release.AGREED)
    meetings.approve_records(stage, number, meeting, threads)
    between.read_records(stage, number, meeting, threads, Release.RECORD)
    meetings.correct_a_record(stage, number, meeting, threads)
    between.chase(stage, number, threads)
    between.answer_offers(stage, number, threads)
    meetings.approve_records(stage, number, meeting, threads, late=True)
    if number == between.HANDED_ON_AFTER:
        between.hand_on(stage, number, threads)
    for release in (Release.RECORD, Release.CORRECTION):
        between.read_records(stage, number, meeting, threads, release)
    if number == meetings.LEAVES[0]:
        between.leave(stage, number, meetings.LEAVES[1], threads)
