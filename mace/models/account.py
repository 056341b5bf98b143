"""Agencies, teams, people, the roles they hold, how they sign in, and their live sessions."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.domain.policy import Role
from mace.domain.vocabulary import AgencyKind
from mace.models.base import Keyed, Model, term


class Agency(Keyed, table=True):
    """An organisation round the table."""

    __tablename__ = "agency"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("name <> ''", name="name_not_blank"),
    )

    name: str = Field(max_length=200)
    kind: AgencyKind = Field(sa_type=term(AgencyKind))
    is_member: bool = True
    """False for an agency that is only named in records (a placing authority, a school elsewhere)."""


class Team(Keyed, table=True):
    """A team inside an agency."""

    __tablename__ = "team"
    __table_args__ = (sa.UniqueConstraint("agency_id", "name"),)

    name: str = Field(max_length=200)
    agency_id: UUID = Field(foreign_key="agency.id")


class Person(Keyed, table=True):
    """A professional: with sign-in methods a user of the tool, without them a named person."""

    __tablename__ = "person"
    __table_args__ = (
        sa.UniqueConstraint("email"),
        sa.CheckConstraint("name <> ''", name="name_not_blank"),
        sa.CheckConstraint("email IS NULL OR email = lower(email)", name="email_lower_case"),
    )

    name: str = Field(max_length=200)
    job: str = Field(default="", max_length=200)
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    team_id: UUID | None = Field(default=None, foreign_key="team.id", index=True)
    email: str | None = Field(default=None, max_length=254)
    is_active: bool = True
    leaves_on: date | None = None
    same_as_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    """The account that a person named by a spreadsheet turned out to be; the named person is inactive then."""


class RoleHolding(Keyed, table=True):
    """A role held by a person for a time; a team manager's names the team."""

    __tablename__ = "role_holding"
    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("role <> 'team_manager' OR team_id IS NOT NULL", name="manager_has_team"),
    )

    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: Role = Field(sa_type=term(Role))
    team_id: UUID | None = Field(default=None, foreign_key="team.id")
    starts_on: date
    ends_on: date | None = None
    """The last day on which it is held."""


class SignInMethod(Keyed, table=True):
    """One way a person can sign in. The secret is an argon2id hash."""

    __tablename__ = "sign_in_method"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "kind"),
        sa.CheckConstraint("kind IN ('password')", name="kind_known"),
    )

    person_id: UUID = Field(foreign_key="person.id")
    kind: str = Field(max_length=20)
    secret_hash: str = Field(max_length=500)


class SignInAttempt(Keyed, table=True):
    """One try, counted before anything is verified."""

    __tablename__ = "sign_in_attempt"
    HISTORY: ClassVar[bool] = False

    account: str = Field(max_length=64, index=True)
    """SHA-256 of the e-mail address as typed, lower case."""
    address: str = Field(max_length=64, index=True)
    at: datetime
    succeeded: bool = False


class LiveSession(Model, table=True):
    """A signed-in browser. Only the SHA-256 of its token is kept."""

    __tablename__ = "live_session"
    __table_args__ = (sa.CheckConstraint("kind IN ('person', 'shown_page')", name="kind_known"),)
    HISTORY: ClassVar[bool] = False

    token_hash: str = Field(primary_key=True, max_length=64)
    kind: str = Field(default="person", max_length=20)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    ended_because: str = Field(default="", max_length=100)
