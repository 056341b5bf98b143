"""Series, meetings, items; who was there; what was asked before and said during."""

from datetime import date, datetime, time
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.domain.vocabulary import (
    Direction,
    HarmStatus,
    ItemState,
    LineKind,
    MeetingState,
    Presence,
    ReferralOutcome,
    RequestAnswer,
    RiskLevel,
    SeriesKind,
    SeriesRole,
    Tier,
)
from mace.models.base import LONG, Keyed, Versioned, term
from mace.models.children import Contributed


class Series(Versioned, table=True):
    """A meeting that happens again and again."""

    __tablename__ = "series"
    __table_args__ = (
        sa.UniqueConstraint("name"),
        sa.CheckConstraint("cadence_days BETWEEN 1 AND 366", name="cadence_possible"),
        sa.CheckConstraint("available_minutes BETWEEN 10 AND 600", name="minutes_possible"),
    )

    name: str = Field(max_length=200)
    kind: SeriesKind = Field(default=SeriesKind.BOTH, sa_type=term(SeriesKind))
    cadence_days: int = 28
    available_minutes: int = 150
    usual_time: time | None = None
    is_active: bool = True


class SeriesAgency(Keyed, table=True):
    """An agency expected at a series, and whether it must be there for a quorum."""

    __tablename__ = "series_agency"
    __table_args__ = (sa.UniqueConstraint("series_id", "agency_id"),)

    series_id: UUID = Field(foreign_key="series.id")
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    for_quorum: bool = False


class SeriesPerson(Keyed, table=True):
    """Who chairs, deputises or takes the minutes."""

    __tablename__ = "series_person"
    __table_args__ = (sa.UniqueConstraint("series_id", "person_id", "role"),)

    series_id: UUID = Field(foreign_key="series.id")
    person_id: UUID = Field(foreign_key="person.id")
    role: SeriesRole = Field(sa_type=term(SeriesRole))


class Meeting(Versioned, table=True):
    """One meeting of a series."""

    __tablename__ = "meeting"
    __table_args__ = (sa.Index("ix_meeting_series_on", "series_id", "held_on"),)

    series_id: UUID = Field(foreign_key="series.id")
    held_on: date
    starts_at: time | None = None
    place: str = Field(default="", max_length=300)
    state: MeetingState = Field(default=MeetingState.PLANNED, sa_type=term(MeetingState))
    available_minutes: int = 150
    minute_taker_id: UUID | None = Field(default=None, foreign_key="person.id")
    agenda_built_at: datetime | None = None
    published_at: datetime | None = None
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    cancelled_because: str = Field(default="", max_length=500)


class MeetingAttendance(Keyed, table=True):
    """Who came, agency by agency: what each new item starts from."""

    __tablename__ = "meeting_attendance"
    __table_args__ = (sa.UniqueConstraint("meeting_id", "agency_id"),)

    meeting_id: UUID = Field(foreign_key="meeting.id")
    agency_id: UUID = Field(foreign_key="agency.id")
    presence: Presence = Field(sa_type=term(Presence))
    who: str = Field(default="", max_length=300)


class Item(Versioned, table=True):
    """One subject at one meeting (rule 1)."""

    __tablename__ = "item"
    __table_args__ = (
        sa.UniqueConstraint("meeting_id", "subject_id"),
        sa.CheckConstraint("state <> 'left_off' OR off_because <> ''", name="left_off_has_reason"),
        sa.CheckConstraint("state <> 'put_off' OR off_because <> ''", name="put_off_has_reason"),
        sa.CheckConstraint(
            "(state IN ('closed', 'approved')) = (closed_at IS NOT NULL)",
            name="closed_has_moment",
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_at IS NOT NULL)",
            name="approved_has_moment",
        ),
        sa.Index("ix_item_subject", "subject_id"),
        sa.Index("ix_item_meeting_position", "meeting_id", "position"),
    )
    PROTECTED: ClassVar[bool] = True

    meeting_id: UUID = Field(foreign_key="meeting.id")
    subject_id: UUID = Field(foreign_key="subject.id")
    position: int
    tier: Tier = Field(default=Tier.REVIEW, sa_type=term(Tier))
    minutes: int = 5
    reasons: str = Field(default="", sa_type=LONG)
    """Why it is on the agenda, one reason a line, in words."""
    state: ItemState = Field(default=ItemState.ON_AGENDA, sa_type=term(ItemState))
    off_because: str = Field(default="", max_length=500)
    times_put_off: int = 0
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    approved_at: datetime | None = None
    approved_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    approved_anyway_because: str = Field(default="", sa_type=LONG)
    is_quorate: bool | None = None
    quorum_words: str = Field(default="", max_length=500)
    assessed_with: str = Field(default="", max_length=200)
    assessed_level: str = Field(default="", max_length=100)
    assessed_on: date | None = None
    assessed_by: str = Field(default="", max_length=200)
    level: RiskLevel | None = Field(default=None, sa_type=term(RiskLevel))
    harm_status: HarmStatus | None = Field(default=None, sa_type=term(HarmStatus))
    direction: Direction | None = Field(default=None, sa_type=term(Direction))
    next_review_on: date | None = None
    proposes_exit: bool = False
    saved_at: datetime | None = None
    """When somebody last saved the record."""
    saved_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    saves: int = 0
    """How often the record was saved: what tells two writers apart. ``version`` also counts decisions and moves."""


class Attendance(Keyed, table=True):
    """Which agencies were there for one item."""

    __tablename__ = "attendance"
    __table_args__ = (sa.UniqueConstraint("item_id", "agency_id"),)
    PROTECTED: ClassVar[bool] = True

    item_id: UUID = Field(foreign_key="item.id")
    agency_id: UUID = Field(foreign_key="agency.id")
    presence: Presence = Field(sa_type=term(Presence))
    who: str = Field(default="", max_length=300)


class Contribution(Contributed, Versioned, table=True):
    """One line of a child's record."""

    __tablename__ = "contribution"
    __table_args__ = (
        sa.CheckConstraint("words <> ''", name="words_not_blank"),
        sa.Index("ix_contribution_subject_on", "subject_id", "said_on"),
    )
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(foreign_key="subject.id")
    item_id: UUID | None = Field(default=None, foreign_key="item.id", index=True)
    action_id: UUID | None = Field(default=None, foreign_key="action.id", index=True)
    kind: LineKind = Field(sa_type=term(LineKind))
    words: str = Field(sa_type=LONG)
    said_on: date
    entered_at: datetime


class InformationRequest(Keyed, table=True):
    """What an agency is asked about a subject on a published agenda."""

    __tablename__ = "information_request"
    __table_args__ = (sa.UniqueConstraint("item_id", "agency_id"),)
    PROTECTED: ClassVar[bool] = True

    item_id: UUID = Field(foreign_key="item.id")
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    asked_at: datetime
    answer: RequestAnswer | None = Field(default=None, sa_type=term(RequestAnswer))
    answered_at: datetime | None = None
    answered_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    received_from: str = Field(default="", max_length=300)
    contribution_id: UUID | None = Field(default=None, foreign_key="contribution.id")


class Brief(Contributed, Versioned, table=True):
    """The five lines a worker writes before a meeting."""

    __tablename__ = "brief"
    __table_args__ = (sa.UniqueConstraint("item_id", "person_id"),)
    PROTECTED: ClassVar[bool] = True

    item_id: UUID = Field(foreign_key="item.id")
    person_id: UUID = Field(foreign_key="person.id", index=True)
    asked_at: datetime
    last_seen: str = Field(default="", sa_type=LONG)
    childs_words: str = Field(default="", sa_type=LONG)
    what_changed: str = Field(default="", sa_type=LONG)
    what_i_need: str = Field(default="", sa_type=LONG)
    who_tells: str = Field(default="", sa_type=LONG)
    answered_at: datetime | None = None


class UpdateRequest(Keyed, table=True):
    """ "What happened to your action?", asked of an owner before a meeting."""

    __tablename__ = "update_request"
    __table_args__ = (sa.UniqueConstraint("action_id", "meeting_id"),)
    PROTECTED: ClassVar[bool] = True

    action_id: UUID = Field(foreign_key="action.id")
    meeting_id: UUID = Field(foreign_key="meeting.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    agency_id: UUID = Field(foreign_key="agency.id", index=True)
    asked_at: datetime
    answered_at: datetime | None = None


class Referral(Contributed, Keyed, table=True):
    """How a child came to the meeting: taken or not and why, and who tells the referrer."""

    __tablename__ = "referral"
    PROTECTED: ClassVar[bool] = True

    subject_id: UUID = Field(foreign_key="subject.id", index=True)
    from_whom: str = Field(max_length=300)
    why: str = Field(sa_type=LONG)
    referred_on: date
    outcome: ReferralOutcome = Field(sa_type=term(ReferralOutcome))
    outcome_because: str = Field(default="", sa_type=LONG)
    who_tells_referrer: str = Field(default="", max_length=300)
    decided_at: datetime


class Draft(Keyed, table=True):
    """What somebody is typing, kept on the server until Save. Overwritten, not history."""

    __tablename__ = "draft"
    __table_args__ = (sa.UniqueConstraint("person_id", "form", "about_id"),)
    PROTECTED: ClassVar[bool] = True
    HISTORY: ClassVar[bool] = False

    person_id: UUID = Field(foreign_key="person.id")
    form: str = Field(max_length=40)
    about_id: UUID
    content: str = Field(sa_type=LONG)
    """JSON of the form's fields."""
    revision: int = 1
    saved_at: datetime
