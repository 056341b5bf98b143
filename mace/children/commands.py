"""What may change about a child: identity, allocation, concerns, events."""

from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession
from mace.domain.errors import Refused
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission, Scope, may, scopes
from mace.domain.vocabulary import (
    ContextKind,
    EventKind,
    Handling,
    Harm,
    ReferralOutcome,
    SubjectKind,
)
from mace.models import (
    Allocation,
    Child,
    Concern,
    Context,
    Event,
    Person,
    Referral,
    Subject,
    WorkingWith,
)


def add_child(
    session: MaceSession,
    actor: Actor,
    *,
    name: str,
    number: str,
    born_on: date | None,
    source: str,
    why: str,
    outcome: ReferralOutcome,
    outcome_because: str,
    who_tells: str,
    harm: Harm = Harm.UNKNOWN,
    now: datetime,
) -> Subject:
    """Quick-add a new child: source, reason, date, taken or not and why, and who tells the referrer."""
    today = london_day(now)
    if not may(actor, Permission.CHILD_CREATE):
        raise Refused("Only those who run the meetings add children")
    taken_number = session.exec(scope.within(select(Subject.id).where(Subject.reference == number), "number is unique"))
    if taken_number.one_or_none() is not None:
        raise Refused("Another child has this number: search for it first", "number")
    if born_on is not None and not today.year - 26 <= born_on.year <= today.year:
        raise Refused(
            "Check the date of birth: this tool is for children and care leavers",
            "born_on",
        )
    taken = outcome is ReferralOutcome.TAKEN
    if not taken and not outcome_because:
        raise Refused("Say why not, and where they were told to go", "outcome_because")
    subject = Subject(
        kind=SubjectKind.CHILD,
        name=name,
        search_name=folded(name),
        reference=number,
        on_mace_since=today,
        closed_on=None if taken else today,
        closed_because="" if taken else outcome_because,
    )
    session.add(subject)
    session.flush()
    session.add(Child(subject_id=subject.id, born_on=born_on, harms=harm.value))
    agency_id = _agency_of(actor)
    session.add(
        Referral(
            subject_id=subject.id,
            from_whom=source,
            why=why,
            referred_on=today,
            outcome=outcome,
            outcome_because=outcome_because,
            who_tells_referrer=who_tells,
            decided_at=now,
            source_agency_id=agency_id,
            entered_by_id=actor.person_id,
        )
    )
    if taken:
        session.add(
            Concern(
                subject_id=subject.id,
                words=why[:500],
                harm=harm,
                raised_on=today,
                source_agency_id=agency_id,
                entered_by_id=actor.person_id,
            )
        )
    return subject


def _agency_of(actor: Actor) -> UUID:
    if actor.agency_id is None:
        raise Refused("Only a person of an agency may add to a record")
    return actor.agency_id


def _subject(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    today: date,
    permission: Permission,
) -> Subject:
    found: Subject = scope.one(
        session,
        scope.subjects(select(Subject).where(Subject.id == subject_id), actor, today, permission),
    )
    return found


def add_event(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    kind: EventKind,
    happened_on: date,
    words: str,
    at_time: time | None = None,
    received_from: str = "",
    handling: Handling = Handling.WHOLE_MEETING,
    now: datetime,
) -> Event:
    """Add something that happened to the chronology."""
    today = london_day(now)
    subject = _subject(session, actor, subject_id, today, Permission.CHILD_READ)
    if happened_on > today:
        raise Refused("The day it happened cannot be in the future", "happened_on")
    event = Event(
        subject_id=subject.id,
        kind=kind,
        happened_on=happened_on,
        at_time=at_time,
        words=words,
        entered_at=now,
        source_agency_id=_agency_of(actor),
        source_person_id=actor.person_id,
        entered_by_id=actor.person_id,
        received_from=received_from,
        handling=handling,
    )
    session.add(event)
    return event


def add_concern(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    words: str,
    harm: Harm,
    now: datetime,
) -> Concern:
    """Name one more thing we are worried about."""
    today = london_day(now)
    subject = _subject(session, actor, subject_id, today, Permission.CHILD_EDIT)
    if not words:
        raise Refused("Say what the worry is: who, what, where, when", "words")
    concern = Concern(
        subject_id=subject.id,
        words=words[:500],
        harm=harm,
        raised_on=today,
        source_agency_id=_agency_of(actor),
        source_person_id=actor.person_id,
        entered_by_id=actor.person_id,
    )
    session.add(concern)
    return concern


def confirm_worker(session: MaceSession, actor: Actor, child_id: UUID, *, now: datetime) -> None:
    """ "Still ours": the live lead practitioner is right as at today."""
    live = _live_allocation(session, actor, child_id, london_day(now))
    if live is None:
        raise Refused("No worker is allocated: name one first")
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
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Refused("Choose the worker", "person")
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
    return allocation


def _live_allocation(session: MaceSession, actor: Actor, child_id: UUID, today: date) -> Allocation | None:
    """The live allocation of a child whose worker this person may change; ``NotThere`` for other children."""
    _subject(session, actor, child_id, today, Permission.ALLOCATION_CHANGE)
    live = select(Allocation).where(Allocation.child_id == child_id, col(Allocation.ended_on).is_(None))
    found: Allocation | None = session.exec(scope.within(live, "allocation of a child in scope")).one_or_none()
    return found


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
    _subject(session, actor, child_id, today, Permission.CHILD_EDIT)
    if session.get(Person, person_id) is None:
        raise Refused("Choose the person", "person")
    listing = WorkingWith(child_id=child_id, person_id=person_id, how=how, started_on=today)
    session.add(listing)
    return listing


def add_context(
    session: MaceSession,
    actor: Actor,
    *,
    name: str,
    kind: ContextKind,
    what_happens: str,
    who_is_responsible: str = "",
    now: datetime,
) -> Subject:
    """Add a place, group, school, online space or theme."""
    if Scope.AREA not in scopes(actor, Permission.CONTEXT_EDIT):
        raise Refused("Only those who run the meetings add places and groups")
    number = len(
        session.exec(
            scope.within(
                select(Subject.id).where(Subject.kind == SubjectKind.CONTEXT),
                "numbering",
            )
        ).all()
    )
    subject = Subject(
        kind=SubjectKind.CONTEXT,
        name=name,
        search_name=folded(name),
        reference=f"C-{number + 1}",
        on_mace_since=london_day(now),
    )
    session.add(subject)
    session.flush()
    session.add(
        Context(
            subject_id=subject.id,
            kind=kind,
            what_happens=what_happens,
            who_is_responsible=who_is_responsible,
        )
    )
    session.add(
        Concern(
            subject_id=subject.id,
            words=(what_happens or name)[:500],
            raised_on=london_day(now),
            source_agency_id=_agency_of(actor),
            entered_by_id=actor.person_id,
        )
    )
    return subject
