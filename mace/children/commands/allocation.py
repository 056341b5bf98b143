"""Whose child it is, and who else works with the child (rule 8)."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.children.commands.finding import child_for
from mace.database import MaceSession
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor, Permission
from mace.models import Allocation, Person, WorkingWith


def confirm_worker(session: MaceSession, actor: Actor, child_id: UUID, *, now: datetime) -> None:
    """ "Still ours": the live lead practitioner is right as at today."""
    live = _live_allocation(session, actor, child_id, london_day(now))
    if live is None:
        raise Refused("No worker is allocated: name one first", "person")
    live.confirmed_on, live.confirmed_by_id = london_day(now), actor.person_id


def allocate(
    session: MaceSession,
    actor: Actor,
    child_id: UUID,
    person_id: UUID,
    *,
    now: datetime,
) -> Allocation:
    """ "Now hers": end the live allocation and start another. The old worker's access ends at once."""
    today = london_day(now)
    live = _live_allocation(session, actor, child_id, today)
    person = _person(session, person_id, "Choose the worker")
    if live is not None and live.person_id == person_id:
        live.confirmed_on, live.confirmed_by_id = today, actor.person_id
        return live
    if live is not None:
        live.ended_on = today
        session.flush()
    allocation = Allocation(
        child_id=child_id,
        person_id=person_id,
        team_id=person.team_id,
        started_on=today,
        confirmed_on=today,
        confirmed_by_id=actor.person_id,
    )
    session.add(allocation)
    session.flush()
    return allocation


def list_as_working_with(
    session: MaceSession,
    actor: Actor,
    child_id: UUID,
    person_id: UUID,
    how: str,
    *,
    now: datetime,
) -> WorkingWith:
    """List somebody as working with the child: they may open its page from now on."""
    today = london_day(now)
    child_for(session, actor, child_id, today, Permission.CHILD_EDIT)
    _person(session, person_id, "Choose the person")
    listed = select(WorkingWith).where(
        WorkingWith.child_id == child_id, WorkingWith.person_id == person_id, col(WorkingWith.ended_on).is_(None)
    )
    if session.exec(scope.within(listed, "listings of a child in scope")).first() is not None:
        raise Refused("This person is listed already", "person")
    listing = WorkingWith(child_id=child_id, person_id=person_id, how=how, started_on=today)
    session.add(listing)
    return listing


def end_working_with(
    session: MaceSession, actor: Actor, child_id: UUID, listing_id: UUID, *, now: datetime
) -> WorkingWith:
    """Somebody no longer works with the child: their access ends 14 days from today (rule 8)."""
    today = london_day(now)
    child_for(session, actor, child_id, today, Permission.CHILD_EDIT)
    wanted = select(WorkingWith).where(WorkingWith.id == listing_id, WorkingWith.child_id == child_id)
    listing: WorkingWith | None = session.exec(scope.within(wanted, "listing of a child in scope")).one_or_none()
    if listing is None:
        raise NotThere
    if listing.ended_on is not None:
        raise Refused("This has ended already")
    listing.ended_on = today
    return listing


def _person(session: MaceSession, person_id: UUID, sentence: str) -> Person:
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Refused(sentence, "person")
    return person


def _live_allocation(session: MaceSession, actor: Actor, child_id: UUID, today: date) -> Allocation | None:
    """The live allocation of a child whose worker this person may change; ``NotThere`` for other children."""
    child_for(session, actor, child_id, today, Permission.ALLOCATION_CHANGE)
    live = select(Allocation).where(Allocation.child_id == child_id, col(Allocation.ended_on).is_(None))
    found: Allocation | None = session.exec(scope.within(live, "allocation of a child in scope")).one_or_none()
    return found
