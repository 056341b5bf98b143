"""Whom a release of an item goes to (rule 8): said at read-back before anything is sent, and used when it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.policy import Role
from mace.domain.vocabulary import Extent, SubjectKind, Told
from mace.models import (
    Action,
    ActionChild,
    Agency,
    Allocation,
    Item,
    LedgerLine,
    Meeting,
    Person,
    RoleHolding,
    SignInMethod,
    Subject,
    WorkingWith,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody a release goes to; one row a person, and one an action for an owner of several."""

    person_id: UUID | None
    """Empty where it cannot be delivered."""
    name: str
    agency: str
    told: Told
    extent: Extent
    action_id: UUID | None = None
    undeliverable: str = ""
    """Why nobody can be reached: it goes on the coordinator's list."""
    instead_of: str = ""
    """The worker who cannot sign in, for whom the manager gets it."""


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    name: str
    agency: str
    signs_in: bool


def list_recipients(
    session: MaceSession, item_id: UUID, *, for_record: bool = False, today: date | None = None
) -> tuple[Recipient, ...]:
    """Whom a release of this item, already found in scope, goes to; as on the meeting's day unless told otherwise.

    The whole goes to the lead practitioner, their manager and, once the record is approved, to everybody listed as
    working with the child. An owner who does not work with the child gets each own action alone. Where the lead
    practitioner cannot be reached it goes to the manager, where nobody can, to the "could not be delivered" list.
    """
    item = _item(session, item_id)
    today = today or item.held_on
    lead, team_id = _lead(session, item.subject_id, today)
    managers = _managers(session, team_id, today)
    listed = _listed(session, item.subject_id, today)
    owned = _owned(session, item_id, item.subject_id, item.meeting_id, today)
    owners = {person.id for person, _ in owned}
    working = [person for person in listed if for_record or person.id in owners]
    whole = (
        *_to_lead(lead, managers, item.kind),
        *(_whole(person, Told.WORKING_WITH) for person in working),
    )
    works_with = {person.id for person in (*working, *managers, *((lead,) if lead else ()))}
    own = (_own(person, action_id) for person, action_id in owned if person.id not in works_with)
    return _once(whole) + tuple(own)


def _item(session: MaceSession, item_id: UUID) -> Any:
    statement = (
        sa.select(col(Item.subject_id), col(Item.meeting_id), col(Subject.kind), col(Meeting.held_on))
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Item.id) == item_id)
    )
    return scope.one_row(session, scope.within(statement, "an item in scope"))


def _people(today: date) -> tuple[Any, ...]:
    """Columns of a person, with whether they can sign in today."""
    has_method = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    stays = sa.or_(col(Person.leaves_on).is_(None), col(Person.leaves_on) >= today)
    signs_in = sa.and_(has_method, col(Person.is_active), stays)
    return col(Person.id), col(Person.name), col(Agency.name), signs_in


def _person(row: Any) -> _Person:
    return _Person(row[0], row[1], row[2], bool(row[3]))


def _lead(session: MaceSession, subject_id: UUID, today: date) -> tuple[_Person | None, UUID | None]:
    statement = (
        sa.select(*_people(today), col(Allocation.team_id))
        .select_from(Allocation)
        .join(Person, col(Person.id) == col(Allocation.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Allocation.child_id) == subject_id, col(Allocation.ended_on).is_(None))
    )
    found = rows(session, scope.within(statement, "allocation of an item in scope"))
    return (_person(found[0]), found[0][4]) if found else (None, None)


def _managers(session: MaceSession, team_id: UUID | None, today: date) -> tuple[_Person, ...]:
    """Managers of the team who can sign in."""
    statement = (
        sa.select(*_people(today))
        .select_from(RoleHolding)
        .join(Person, col(Person.id) == col(RoleHolding.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(
            col(RoleHolding.role) == Role.TEAM_MANAGER,
            col(RoleHolding.team_id) == team_id,
            col(RoleHolding.starts_on) <= today,
            sa.or_(col(RoleHolding.ends_on).is_(None), col(RoleHolding.ends_on) >= today),
        )
        .order_by(col(Person.name), col(Person.id))
    )
    found = rows(session, statement) if team_id is not None else ()
    return tuple(person for person in map(_person, found) if person.signs_in)


def _listed(session: MaceSession, subject_id: UUID, today: date) -> tuple[_Person, ...]:
    statement = (
        sa.select(*_people(today))
        .select_from(WorkingWith)
        .join(Person, col(Person.id) == col(WorkingWith.person_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(
            col(WorkingWith.child_id) == subject_id,
            sa.or_(col(WorkingWith.ended_on).is_(None), col(WorkingWith.ended_on) > today),
        )
        .order_by(col(Person.name), col(Person.id))
    )
    return tuple(map(_person, rows(session, scope.within(statement, "listings of an item in scope"))))


def _owned(
    session: MaceSession, item_id: UUID, subject_id: UUID, meeting_id: UUID, today: date
) -> tuple[tuple[_Person, UUID], ...]:
    """Owners of the actions of this record, each with the action, by name and number."""
    statement = (
        sa.select(*_people(today), col(Action.id))
        .select_from(Action)
        .join(Person, col(Person.id) == col(Action.owner_id))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(on_this_record(item_id, subject_id, meeting_id))
        .order_by(col(Person.name), col(Person.id), col(Action.number))
    )
    found = rows(session, scope.within(statement, "actions of an item in scope"))
    return tuple((_person(row), row[4]) for row in found)


def on_this_record(item_id: UUID, subject_id: UUID, meeting_id: UUID) -> Any:
    """The actions that a release of an item speaks of: unfinished on this record, set or decided at this item."""
    protects = sa.select(col(ActionChild.action_id)).where(col(ActionChild.child_id) == subject_id)
    decided = sa.select(col(LedgerLine.action_id)).where(col(LedgerLine.meeting_id) == meeting_id)
    return sa.and_(
        sa.or_(col(Action.subject_id) == subject_id, col(Action.id).in_(protects)),
        sa.or_(
            col(Action.ended_on).is_(None),
            col(Action.set_at_item_id) == item_id,
            col(Action.id).in_(decided),
        ),
    )


def _to_lead(lead: _Person | None, managers: tuple[_Person, ...], kind: SubjectKind) -> tuple[Recipient, ...]:
    if lead is not None and lead.signs_in:
        return (_whole(lead, Told.LEAD), *(_whole(person, Told.MANAGER) for person in managers))
    if lead is not None and managers:
        return tuple(_whole(person, Told.MANAGER, instead_of=lead.name) for person in managers)
    if lead is not None:
        why = f"{lead.name} cannot sign in, and neither can a manager of their team"
        return (Recipient(None, lead.name, lead.agency, Told.LEAD, Extent.WHOLE, undeliverable=why),)
    if kind is SubjectKind.CHILD:
        why = "No worker is allocated to this child"
        return (Recipient(None, "Lead practitioner", "", Told.LEAD, Extent.WHOLE, undeliverable=why),)
    return ()


def _whole(person: _Person, told: Told, instead_of: str = "") -> Recipient:
    if person.signs_in:
        return Recipient(person.id, person.name, person.agency, told, Extent.WHOLE, instead_of=instead_of)
    return Recipient(None, person.name, person.agency, told, Extent.WHOLE, undeliverable=_cannot(person))


def _own(person: _Person, action_id: UUID) -> Recipient:
    reached = person.id if person.signs_in else None
    why = "" if person.signs_in else _cannot(person)
    return Recipient(reached, person.name, person.agency, Told.OWNER, Extent.OWN_ACTION, action_id, why)


def _cannot(person: _Person) -> str:
    return f"{person.name} cannot sign in"


def _once(recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The first row of each person: who leads is told as that, even if also listed."""
    first: dict[object, Recipient] = {}
    for one in recipients:
        first.setdefault(one.person_id or (one.name, one.agency), one)
    return tuple(first.values())
