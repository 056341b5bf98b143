"""Versions of an item's record, and who was sent which."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.domain.vocabulary import Extent, RecordAnswer, Release, Told
from mace.models.base import LONG, Keyed, term


class RecordVersion(Keyed, table=True):
    """What was agreed or approved, frozen. Signed text never changes: a correction is the next version."""

    __tablename__ = "record_version"
    __table_args__ = (
        sa.UniqueConstraint("item_id", "number"),
        sa.CheckConstraint("(release = 'agreed') = (number = 0)", name="agreed_is_number_zero"),
        sa.CheckConstraint("release <> 'correction' OR because <> ''", name="correction_has_reason"),
    )
    PROTECTED: ClassVar[bool] = True

    item_id: UUID = Field(foreign_key="item.id")
    subject_id: UUID = Field(foreign_key="subject.id", index=True)
    number: int
    """0 for what was agreed in the meeting, then 1, 2, …"""
    release: Release = Field(sa_type=term(Release))
    made_at: datetime
    made_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    because: str = Field(default="", sa_type=LONG)
    body: str = Field(sa_type=LONG)
    """JSON: the lines of the record with source and handling of each, as they stood."""


class Delivery(Keyed, table=True):
    """One version sent to one person. Sent, opened, answered and filed are its four dates (rule 8)."""

    __tablename__ = "delivery"
    __table_args__ = (
        sa.CheckConstraint("person_id IS NOT NULL OR to_name <> ''", name="to_somebody"),
        sa.CheckConstraint("answer <> 'disagree' OR answer_words <> ''", name="disagreement_has_reason"),
        sa.Index("ix_delivery_person_open", "person_id", "answered_at"),
        sa.Index("ix_delivery_version", "record_version_id"),
    )
    PROTECTED: ClassVar[bool] = True

    record_version_id: UUID = Field(foreign_key="record_version.id")
    subject_id: UUID = Field(foreign_key="subject.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id")
    to_name: str = Field(default="", max_length=300)
    """Filled for somebody who is no person of the tool."""
    told: Told = Field(sa_type=term(Told))
    extent: Extent = Field(sa_type=term(Extent))
    action_id: UUID | None = Field(default=None, foreign_key="action.id")
    """The one action sent, where the extent is an owner's own action."""
    how: str = Field(default="", max_length=300)
    by_id: UUID | None = Field(default=None, foreign_key="person.id")
    sent_at: datetime
    undelivered_because: str = Field(default="", max_length=300)
    """Filled when nobody could be reached: the coordinator's "could not be delivered" list."""
    opened_at: datetime | None = None
    answer: RecordAnswer | None = Field(default=None, sa_type=term(RecordAnswer))
    answer_words: str = Field(default="", sa_type=LONG)
    answered_at: datetime | None = None
    filed_on: date | None = None
    filed_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    superseded_at: datetime | None = None
    """Set when a later version went to the same person: only the newest asks for an answer."""
    ended_at: datetime | None = None
    """Set when the person's work with the child ended and access with it."""
