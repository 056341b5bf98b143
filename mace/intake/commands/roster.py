"""The people and agencies that a workbook names: found where they are here, made where they are not, never twice."""

from collections.abc import Callable
from uuid import UUID

from sqlmodel import select

from mace.database import MaceSession
from mace.domain.tracker import LONGEST_NAME
from mace.domain.vocabulary import AgencyKind
from mace.intake.queries.people import NOT_GIVEN, PeopleHere, PersonHere
from mace.models import Agency, Person


class Roster:
    """Finds or makes. ``made`` is told of everything that had to be made."""

    def __init__(
        self,
        session: MaceSession,
        people: PeopleHere,
        agencies: dict[AgencyKind, UUID],
        made: Callable[[str, UUID], None],
    ) -> None:
        self.session, self.people, self.agencies, self.made = session, people, agencies, made
        self.without: UUID | None = None

    def agency(self, kind: AgencyKind | None) -> UUID:
        """The agency that stands for this kind; one to stand for no agency at all where none is named."""
        if kind is None:
            if self.without is None:
                self.without = self._agency(NOT_GIVEN, AgencyKind.OTHER, is_member=False)
            return self.without
        if kind not in self.agencies:
            self.agencies[kind] = self._agency(kind.label, kind, is_member=True)
        return self.agencies[kind]

    def _agency(self, name: str, kind: AgencyKind, *, is_member: bool) -> UUID:
        found = self.session.exec(select(Agency).where(Agency.name == name)).one_or_none()
        if found is not None:
            return found.id
        agency = Agency(name=name, kind=kind, is_member=is_member)
        self.session.add(agency)
        self.session.flush()
        self.made("agency", agency.id)
        return agency.id

    def owner(self, name: str | None, kind: AgencyKind | None) -> tuple[UUID | None, UUID]:
        """The person and agency that a cell names; nobody at the agency where it names no person."""
        if not name:
            return None, self.agency(kind)
        person = self.people.find(name, kind)
        if person is None:
            person = self._person(name, kind)
        return person.id, person.agency_id

    def _person(self, name: str, kind: AgencyKind | None) -> PersonHere:
        agency_id = self.agency(kind)
        row = Person(name=name[:LONGEST_NAME], agency_id=agency_id)
        self.session.add(row)
        self.session.flush()
        self.made("person", row.id)
        at = kind.label if kind else NOT_GIVEN
        person = PersonHere(row.id, row.name, agency_id, at, kind or AgencyKind.OTHER, False)
        self.people.add(person)
        return person
