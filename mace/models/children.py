"""Who and what an item can be about: children, people of concern, contexts; who works with them; what happened."""

from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.domain.vocabulary import (
    ContextKind,
    Direction,
    EventKind,
    Handling,
    Harm,
    HarmStatus,
    LegalStatus,
    RiskLevel,
    Sex,
    Source,
    SubjectKind,
)
from mace.models.base import LONG, Keyed, Model, Versioned, term


class Contributed(Model):
    """What every line of a child's record carries: who says it, and who may have it (rule 9)."""

    source_agency_id: UUID = Field(foreign_key="agency.id")
    source_person_id: UUID | None = Field(default=None, foreign_key="person.id")
    entered_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    """Who typed it; empty for what an import made."""
    received_from: str = Field(default="", max_length=300)
    """Filled where it came by e-mail or telephone: "received from X, entered by Y"."""
    handling: Handling = Field(default=Handling.WHOLE_MEETING, sa_type=term(Handling))
    source: Source = Field(default=Source.FACT, sa_type=term(Source))


class Subject(Versioned, table=True):
    """What an item is about. A child who may also be harming others is one subject with both rows beside it."""

    __tablename__ = "subject"
    __table_args__ = (
        sa.UniqueConstraint("reference"),
        sa.CheckConstraint("name <> ''", name="name_not_blank"),
        sa.CheckConstraint("reference <> ''", name="reference_not_blank"),
    )
    PROTECTED: ClassVar[bool] = True

    kind: SubjectKind = Field(sa_type=term(SubjectKind))
    name: str = Field(max_length=200)
    search_name: str = Field(default="", max_length=500, index=True)
    """Name and other names, folded for search: lower case, no accents, no punctuation."""
    reference: str = Field(max_length=40)
    """The local number of a child; "P-7" or "C-12" for the others."""
    on_mace_since: date
    closed_on: date | None = None
    closed_because: str = Field(default="", sa_type=LONG)
    level: RiskLevel | None = Field(default=None, sa_type=term(RiskLevel))
    level_on: date | None = None
    harm_status: HarmStatus | None = Field(default=None, sa_type=term(HarmStatus))
    direction: Direction | None = Field(default=None, sa_type=term(Direction))
    next_review_on: date | None = None
    exit_proposed_on: date | None = None
    imported: bool = False
    details_saved_at: datetime | None = None
    """When somebody last saved who or what this is. It moves the version on, whichever row beside it changed."""


class Child(Model, table=True):
    """A child's identity and circumstances (``practice.md`` 1.9, rows 1 and 2)."""

    __tablename__ = "child"
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(primary_key=True, foreign_key="subject.id")
    also_known_as: str = Field(default="", max_length=200)
    born_on: date | None = None
    sex: Sex = Field(default=Sex.NOT_KNOWN, sa_type=term(Sex))
    ethnicity: str = Field(default="", max_length=100)
    language: str = Field(default="", max_length=100)
    needs_interpreter: bool = False
    send_needs: str = Field(default="", max_length=300)
    neurodiversity: str = Field(default="", max_length=300)
    legal_status: LegalStatus = Field(default=LegalStatus.NOT_KNOWN, sa_type=term(LegalStatus))
    school: str = Field(default="", max_length=200)
    placing_authority: str = Field(default="", max_length=200)
    """Filled when another authority placed the child here."""
    harms: str = Field(default="", max_length=300)
    """Values of :class:`Harm`, comma separated, in the order typed."""

    @property
    def harm_list(self) -> tuple[Harm, ...]:
        """The kinds of harm, parsed."""
        return harms_in(self.harms)


def harms_in(stored: str) -> tuple[Harm, ...]:
    """The kinds of harm in a stored line of them."""
    return tuple(Harm(value) for value in stored.split(",") if value)


class PersonOfConcern(Model, table=True):
    """A person who may be harming children: no raw intelligence, only a reference to where it is held."""

    __tablename__ = "person_of_concern"
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(primary_key=True, foreign_key="subject.id")
    described_as: str = Field(default="", sa_type=LONG)
    police_reference: str = Field(default="", max_length=100)


class Context(Model, table=True):
    """A place, group, school, online space or theme (``practice.md`` 2.5)."""

    __tablename__ = "context"
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(primary_key=True, foreign_key="subject.id")
    kind: ContextKind = Field(sa_type=term(ContextKind))
    what_happens: str = Field(default="", sa_type=LONG)
    who_is_responsible: str = Field(default="", max_length=300)


class ContextChild(Keyed, table=True):
    """A child linked with a place, group or person."""

    __tablename__ = "context_child"
    __table_args__ = (sa.UniqueConstraint("context_id", "child_id"),)
    PROTECTED: ClassVar[bool] = True

    context_id: UUID = Field(foreign_key="subject.id")
    child_id: UUID = Field(foreign_key="subject.id", index=True)
    how: str = Field(default="", max_length=300)


class Allocation(Keyed, table=True):
    """The lead practitioner of a child over time; the live one has no end."""

    __tablename__ = "allocation"
    __table_args__ = (
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),
        sa.Index(
            "uq_allocation_one_live",
            "child_id",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
    )
    PROTECTED: ClassVar[bool] = True

    child_id: UUID = Field(foreign_key="subject.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    team_id: UUID | None = Field(default=None, foreign_key="team.id", index=True)
    started_on: date
    ended_on: date | None = None
    confirmed_on: date | None = None
    """The day somebody last said "still ours"; "allocation as at" on screen."""
    confirmed_by_id: UUID | None = Field(default=None, foreign_key="person.id")


class WorkingWith(Keyed, table=True):
    """Somebody listed as working with the child, beside the lead practitioner."""

    __tablename__ = "working_with"
    __table_args__ = (sa.CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="ends_after_start"),)
    PROTECTED: ClassVar[bool] = True

    child_id: UUID = Field(foreign_key="subject.id", index=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    how: str = Field(default="", max_length=200)
    started_on: date
    ended_on: date | None = None


class Concern(Contributed, Versioned, table=True):
    """One thing we are worried about, that actions reduce."""

    __tablename__ = "concern"
    __table_args__ = (sa.CheckConstraint("words <> ''", name="words_not_blank"),)
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(foreign_key="subject.id", index=True)
    words: str = Field(sa_type=LONG)
    harm: Harm = Field(default=Harm.UNKNOWN, sa_type=term(Harm))
    raised_on: date
    ended_on: date | None = None
    ended_because: str = Field(default="", sa_type=LONG)
    """What changed, so that this is a worry no more."""


class Event(Contributed, Keyed, table=True):
    """Something that happened, for the chronology. A correction ends the row and adds another."""

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_subject_on", "subject_id", "happened_on"),)
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(foreign_key="subject.id")
    kind: EventKind = Field(sa_type=term(EventKind))
    happened_on: date
    at_time: time | None = None
    words: str = Field(default="", sa_type=LONG)
    entered_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_because: str = Field(default="", max_length=500)
