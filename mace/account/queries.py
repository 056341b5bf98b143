"""What may be asked about people, agencies and teams. None of it names a child."""

from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace.database import MaceSession, plain_rows, rows
from mace.domain.policy import Role
from mace.domain.vocabulary import AgencyKind
from mace.models import Agency, Person, RoleHolding, SignInMethod, Team


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as a list or picker shows them: always with the agency."""

    id: UUID
    name: str
    job: str
    agency_id: UUID
    agency: str
    email: str
    signs_in: bool
    roles: tuple[Role, ...] = ()

    @property
    def words(self) -> str:
        """Name and agency: who else of that name is there?"""
        return f"{self.name}, {self.agency}"


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An agency in a picker."""

    id: UUID
    name: str
    kind: AgencyKind


def list_people(session: MaceSession, *, agency_id: UUID | None = None) -> tuple[PersonLine, ...]:
    """Everybody active, by name."""
    signs_in = sa.exists().where(col(SignInMethod.person_id) == col(Person.id))
    statement = (
        sa.select(
            col(Person.id),
            col(Person.name),
            col(Person.job),
            col(Agency.id),
            col(Agency.name),
            col(Person.email),
            signs_in,
        )
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(col(Person.is_active))
        .order_by(col(Person.name), col(Person.id))
    )
    if agency_id is not None:
        statement = statement.where(col(Person.agency_id) == agency_id)
    return tuple(
        PersonLine(row[0], row[1], row[2], row[3], row[4], row[5] or "", bool(row[6]))
        for row in rows(session, statement)
    )


def list_personas(session: MaceSession) -> tuple[PersonLine, ...]:
    """Everybody who can sign in, with roles: the demo's sign-in page."""
    roles: dict[UUID, list[Role]] = {}
    for person_id, role in rows(
        session,
        sa.select(col(RoleHolding.person_id), col(RoleHolding.role)).order_by(col(RoleHolding.role)),
    ):
        roles.setdefault(person_id, []).append(role)
    people = [person for person in list_people(session) if person.signs_in]
    return tuple(
        PersonLine(
            p.id,
            p.name,
            p.job,
            p.agency_id,
            p.agency,
            p.email,
            True,
            tuple(roles.get(p.id, ())),
        )
        for p in sorted(
            people,
            key=lambda p: (
                list(Role).index(roles.get(p.id, [Role.SYSADMIN])[0]),
                p.name,
            ),
        )
    )


def list_agencies(session: MaceSession, *, members_only: bool = True) -> tuple[AgencyLine, ...]:
    """Agencies by name."""
    return tuple(AgencyLine(*row) for row in plain_rows(session, _MEMBERS if members_only else _AGENCIES))


_AGENCIES = sa.select(col(Agency.id), col(Agency.name), col(Agency.kind)).order_by(col(Agency.name), col(Agency.id))
_MEMBERS = _AGENCIES.where(col(Agency.is_member))


def list_teams(session: MaceSession) -> tuple[tuple[UUID, str], ...]:
    """Teams by name."""
    statement = sa.select(col(Team.id), col(Team.name)).order_by(col(Team.name), col(Team.id))
    return tuple((row[0], row[1]) for row in rows(session, statement))
