"""Who is here already, by name and kind of agency; and who was only named by a spreadsheet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import Plan, name_key
from mace.domain.vocabulary import AgencyKind
from mace.history import Seen
from mace.models import Action, Agency, Allocation, ImportedRow, Person, SeriesAgency, SignInMethod

NOT_GIVEN = "Agency not given"
"""Stands for the agency of a person whose row names none."""


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody who can own an action."""

    id: UUID
    name: str
    agency_id: UUID
    agency: str
    kind: AgencyKind
    signs_in: bool


@dataclass(slots=True)
class PeopleHere:
    """Everybody here, found by name within a kind of agency."""

    by_name: dict[tuple[str, AgencyKind], list[PersonHere]] = field(default_factory=dict)
    anywhere: dict[str, list[PersonHere]] = field(default_factory=dict)

    def add(self, person: PersonHere, name: str = "") -> None:
        """Let a person be found, under another name too where one is given."""
        key = name_key(name or person.name)
        for found in (self.by_name.setdefault((key, person.kind), []), self.anywhere.setdefault(key, [])):
            if person not in found:
                found.append(person)

    def find(self, name: str, kind: AgencyKind | None) -> PersonHere | None:
        """The one person of this name at an agency of this kind; None where there is none, or no telling which.

        Where the kind is not said, the one person of that first and last name anywhere, else one named so before.
        """
        key = name_key(name)
        if kind is not None:
            return _the_one(self.by_name.get((key, kind), []), name)
        everybody = self.anywhere.get(key, [])
        if len(everybody) == 1 and " " in key:
            return everybody[0]
        return next((person for person in everybody if person.agency == NOT_GIVEN), None)


def _the_one(found: list[PersonHere], name: str) -> PersonHere | None:
    """One of several of that name: the one written exactly so, else the one who is only named, else nobody."""
    exact = [person for person in found if folded(person.name) == folded(name)]
    named = [person for person in found if not person.signs_in]
    return next((some[0] for some in (found, exact, named) if len(some) == 1), None)


def list_people_here(session: MaceSession) -> PeopleHere:
    """Everybody active; those who turned out to be somebody else lead to that account."""
    signs_in = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    statement = (
        sa.select(
            col(Person.id),
            col(Person.name),
            col(Agency.id),
            col(Agency.name),
            col(Agency.kind),
            signs_in,
            col(Person.is_active),
            col(Person.same_as_id),
        )
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .order_by(col(Person.name), col(Person.id))
    )
    found = rows(session, statement)
    active = {row[0]: PersonHere(*row[:6]) for row in found if row[6]}
    here = PeopleHere()
    for person in active.values():
        here.add(person)
    for row in found:
        if row[7] in active:
            here.add(active[row[7]], row[1])
    return here


def list_agencies_here(session: MaceSession, series_id: UUID | None) -> dict[AgencyKind, UUID]:
    """The member agency that stands for each kind: one expected at the series before others, then by name."""
    expected = sa.exists().where(
        col(SeriesAgency.agency_id) == col(Agency.id), col(SeriesAgency.series_id) == series_id
    )
    statement = (
        sa.select(col(Agency.kind), col(Agency.id))
        .where(col(Agency.is_member))
        .order_by(sa.case((expected, 0), else_=1), col(Agency.name), col(Agency.id))
    )
    found: dict[AgencyKind, UUID] = {}
    for kind, agency_id in rows(session, statement):
        found.setdefault(kind, agency_id)
    return found


@dataclass(frozen=True, slots=True)
class NamedHere:
    """Somebody a workbook names, and who that is here, if anybody."""

    name: str
    agency: str
    here: str


def list_named_in(session: MaceSession, plan: Plan) -> tuple[NamedHere, ...]:
    """Everybody a plan names, by name, once each at a kind of agency."""
    here = list_people_here(session)
    named: dict[tuple[str, AgencyKind | None], NamedHere] = {}
    for name, kind in _names(plan):
        key = (name_key(name), kind)
        if key not in named:
            person = here.find(name, kind)
            where = kind.label if kind else "agency not given"
            named[key] = NamedHere(name, where, f"{person.name}, {person.agency}" if person else "")
    return tuple(sorted(named.values(), key=lambda one: (folded(one.name), one.agency)))


def _names(plan: Plan) -> Iterable[tuple[str, AgencyKind | None]]:
    for child in plan.children:
        if child.worker:
            yield child.worker, child.worker_agency
    for action in plan.actions:
        if action.owner_name:
            yield action.owner_name, action.owner_agency
        for helper in action.contributors:
            if helper.person:
                yield helper.person, helper.agency


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who signs in, as a choice for "this is …"."""

    id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody an import named, with what stands in that name, and the accounts it could be: same name first."""

    id: UUID
    name: str
    agency: str
    open_actions: int
    children: int
    accounts: tuple[Account, ...]
    likely: str
    """The one account of the same name, in words, where there is one."""


@dataclass(frozen=True, slots=True)
class NamedPeople:
    """Everybody who was named by an import and has no account yet."""

    people: tuple[NamedPerson, ...]
    seen: Seen


def list_named_people(session: MaceSession, actor: Actor, today: date) -> NamedPeople:
    """Named people without an account, by name, each with the accounts of the same kind of agency."""
    open_actions = (
        sa.select(sa.func.count(col(Action.id)))
        .where(col(Action.owner_id) == col(Person.id), col(Action.ended_on).is_(None))
        .scalar_subquery()
    )
    children = (
        sa.select(sa.func.count(col(Allocation.id)))
        .where(col(Allocation.person_id) == col(Person.id), col(Allocation.ended_on).is_(None))
        .scalar_subquery()
    )
    signs_in = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    statement = (
        sa.select(col(Person.id), col(Person.name), col(Agency.name), col(Agency.kind), open_actions, children)
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Person.id).in_(sa.select(col(ImportedRow.made_id)).where(col(ImportedRow.kind) == "person")))
        .where(col(Person.is_active), sa.not_(signs_in))
        .order_by(col(Person.name), col(Person.id))
    )
    found = rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))
    accounts = (
        sa.select(col(Person.id), col(Person.name), col(Agency.name), col(Agency.kind))
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Person.is_active), signs_in)
        .order_by(col(Person.name), col(Person.id))
    )
    by_kind: dict[AgencyKind, list[tuple[UUID, str, str]]] = {}
    for person_id, name, agency, kind in rows(session, accounts):
        by_kind.setdefault(kind, []).append((person_id, name, agency))
    people = tuple(_named_person(row, by_kind.get(row[3], [])) for row in found)
    return NamedPeople(people, Seen("person", tuple(person.id for person in people), act="listed"))


def _named_person(
    row: tuple[UUID, str, str, AgencyKind, int, int], accounts: list[tuple[UUID, str, str]]
) -> NamedPerson:
    key = name_key(row[1])
    same = [one for one in accounts if name_key(one[1]) == key]
    others = [one for one in accounts if name_key(one[1]) != key]
    choices = tuple(Account(one[0], f"{one[1]}, {one[2]}") for one in (*same, *others))
    return NamedPerson(row[0], row[1], row[2], row[4], row[5], choices, choices[0].words if len(same) == 1 else "")


def count_named_people(session: MaceSession, actor: Actor, today: date) -> int:
    """How many named people have no account yet."""
    signs_in = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    named = sa.select(col(ImportedRow.made_id)).where(col(ImportedRow.kind) == "person")
    statement = sa.select(sa.func.count(col(Person.id))).where(
        col(Person.id).in_(named), col(Person.is_active), sa.not_(signs_in)
    )
    return int(rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))[0][0])
