"""The trail: a chain of events, the values they name, and what the installation is."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.models.base import LONG, Model


class Trail(Model, table=True):
    """One event in the chain. The database refuses to change or delete it."""

    __tablename__ = "trail"
    HISTORY: ClassVar[bool] = False

    seq: int = Field(
        primary_key=True,
        sa_type=sa.BigInteger,
        sa_column_kwargs={"autoincrement": False},
    )
    at: datetime
    act: str = Field(max_length=60)
    """"created", "changed", "deleted", "read", or a named event such as "signed in"."""
    table_name: str = Field(default="", max_length=40)
    object_id: str = Field(default="", max_length=80, index=True)
    subject_id: UUID | None = Field(default=None, index=True)
    """The child or context it is about, where there is one."""
    person_id: UUID | None = Field(default=None, index=True)
    acting_as: str = Field(default="", max_length=200)
    """Roles of the person, or the name of the system actor."""
    scope: str = Field(default="", max_length=60)
    """The relations that let this person: :class:`mace.domain.policy.Scope` values."""
    request_id: str = Field(default="", max_length=40)
    detail: str = Field(default="", sa_type=LONG)
    """JSON: field names with the keyed hash of each value, or the ids of all objects a list showed."""
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)


class TrailValue(Model, table=True):
    """A value that an event names. Deletable only by an approved erasure, which leaves a tombstone."""

    __tablename__ = "history_value"
    PROTECTED: ClassVar[bool] = True
    HISTORY: ClassVar[bool] = False

    seq: int = Field(primary_key=True, foreign_key="trail.seq", sa_type=sa.BigInteger)
    field: str = Field(primary_key=True, max_length=60)
    side: str = Field(primary_key=True, max_length=3)
    """"old" or "new"."""
    value: str = Field(sa_type=LONG)
    secret: str = Field(max_length=64)
    """The key of the hash in the chain, so that nobody can guess a deleted value from it."""


class TrailTombstone(Model, table=True):
    """Says that the values of an event were erased, and on whose approval."""

    __tablename__ = "history_tombstone"
    HISTORY: ClassVar[bool] = False

    seq: int = Field(primary_key=True, foreign_key="trail.seq", sa_type=sa.BigInteger)
    approved_by_id: UUID = Field(foreign_key="person.id")
    reason: str = Field(max_length=300)
    at: datetime


class TrailHead(Model, table=True):
    """The last link, locked by whoever adds the next one."""

    __tablename__ = "trail_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)
    HISTORY: ClassVar[bool] = False

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(sa_type=sa.BigInteger)
    digest: str = Field(max_length=64)


class Installation(Model, table=True):
    """What this database is: once it has held demo data it never serves production."""

    __tablename__ = "installation"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)
    HISTORY: ClassVar[bool] = False

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    held_demo_data: bool = False
    demo_day: str = Field(default="", max_length=10)
