"""Actions, the children they protect, the carry ledger, and what they wait on."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.domain.vocabulary import ActionState, Cause, Decision, DriftLevel, RiskLevel
from mace.models.base import LONG, Keyed, Model, Versioned, term
from mace.models.children import Contributed


class Action(Contributed, Versioned, table=True):
    """Something one named person will do by a date, that reduces one concern (rule 2)."""

    __tablename__ = "action"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("what <> ''", name="what_not_blank"),
        sa.CheckConstraint("imported OR owner_id IS NOT NULL", name="has_owner_unless_imported"),
        sa.CheckConstraint("imported OR first_due IS NOT NULL", name="has_date_unless_imported"),
        sa.CheckConstraint("imported OR concern_id IS NOT NULL", name="has_concern_unless_imported"),
        sa.CheckConstraint(
            "(state IN ('done', 'moved', 'no_longer_needed', 'stopped')) = (ended_on IS NOT NULL)",
            name="ended_has_date",
        ),
        sa.CheckConstraint("state <> 'stopped' OR ended_because <> ''", name="stopped_has_reason"),
        sa.CheckConstraint(
            "state <> 'no_longer_needed' OR (ended_because <> '' AND what_covers_it <> '')",
            name="no_longer_needed_is_covered",
        ),
        sa.CheckConstraint("carries >= late_carries AND late_carries >= 0", name="carries_counted"),
        sa.CheckConstraint(
            "carries >= carries_before AND late_carries >= late_carries_before AND late_carries_before >= 0",
            name="carries_before_counted",
        ),
        sa.Index(
            "ix_action_unfinished",
            "sort_weight",
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index("ix_action_owner_unfinished", "owner_id", "ended_on", "due"),
        sa.Index(
            "ix_action_agency_unfinished",
            "owner_agency_id",
            "sort_weight",
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index("ix_action_subject", "subject_id", "ended_on"),
        sa.Index(
            "ix_action_due_unfinished",
            sa.text("coalesce(due, '9999-12-31')"),
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index(
            "ix_action_newest_unfinished",
            "set_on",
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index(
            "ix_action_drift_unfinished",
            "drift",
            "sort_weight",
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index(
            "ix_action_state_unfinished",
            "state",
            "sort_weight",
            "id",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index(
            "ix_action_late_unfinished",
            "late_from",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index(
            "ix_action_ended",
            "ended_on",
            "id",
            sqlite_where=sa.text("ended_on IS NOT NULL"),
            postgresql_where=sa.text("ended_on IS NOT NULL"),
        ),
        sa.Index(
            "ix_action_offered",
            "offered_to_id",
            sqlite_where=sa.text("offered_to_id IS NOT NULL"),
            postgresql_where=sa.text("offered_to_id IS NOT NULL"),
        ),
        sa.Index("ix_action_set_at", "set_at_item_id"),
        sa.Index("ix_action_sort", "sort_weight", "id"),
        sa.Index(
            "ix_action_drift_changes",
            "drift_changes_on",
            sqlite_where=sa.text("drift_changes_on IS NOT NULL"),
            postgresql_where=sa.text("drift_changes_on IS NOT NULL"),
        ),
    )
    PROTECTED: ClassVar[bool] = True

    number: int
    """The short number people say aloud."""
    subject_id: UUID = Field(foreign_key="subject.id")
    series_id: UUID = Field(foreign_key="series.id")
    """The owning series: only its meetings carry the action."""
    concern_id: UUID | None = Field(default=None, foreign_key="concern.id")
    set_at_item_id: UUID | None = Field(default=None, foreign_key="item.id")
    what: str = Field(sa_type=LONG)
    """What will exist when it is done."""
    why: str = Field(default="", sa_type=LONG)
    contingency: str = Field(default="", sa_type=LONG)
    owner_id: UUID | None = Field(default=None, foreign_key="person.id")
    owner_agency_id: UUID = Field(foreign_key="agency.id")
    owner_accepted_at: datetime | None = None
    set_on: date
    first_due: date | None = None
    """Never overwritten."""
    first_due_words: str = Field(default="", max_length=200)
    """What stood in the date's place when it was no date: "ongoing"."""
    due: date | None = None
    long_date_reason: str = Field(default="", max_length=500)
    late_line: date
    """The day after which it is late (rule 3)."""
    level_when_set: RiskLevel | None = Field(default=None, sa_type=term(RiskLevel))
    state: ActionState = Field(default=ActionState.OPEN, sa_type=term(ActionState))
    reported_done_on: date | None = None
    """The day the owner says it was done."""
    reported_done_at: datetime | None = None
    evidence: str = Field(default="", sa_type=LONG)
    reported_refused: bool = False
    ended_on: date | None = None
    ended_because: str = Field(default="", sa_type=LONG)
    what_covers_it: str = Field(default="", sa_type=LONG)
    ended_after_late_carries: int | None = None
    offered_to_plan: str = Field(default="", max_length=300)
    offered_to_id: UUID | None = Field(default=None, foreign_key="person.id")
    offered_on: date | None = None
    owner_changes: int = 0
    last_update_on: date | None = None
    imported: bool = False
    confirmed_at: datetime | None = None
    """When a meeting of this tool first looked at an imported action."""
    carries: int = 0
    late_carries: int = 0
    carries_before: int = 0
    """Of the carries, those before this tool; so for the late ones below."""
    late_carries_before: int = 0
    date_moves: int = 0
    late_from: date | None = None
    """The first day on which it counts as late as things stand; empty where no such day comes by itself."""
    drift: DriftLevel = Field(default=DriftLevel.ON_TRACK, sa_type=term(DriftLevel))
    sort_weight: int = 0
    """Lower is worse: "what needs attention" reads upwards from the smallest."""
    drift_changes_on: date | None = None
    """The first day on which time alone could change the drift; empty once ended."""


class ActionChild(Model, table=True):
    """A child that an action protects: one action for four girls stands on four records, counted once."""

    __tablename__ = "action_child"
    PROTECTED: ClassVar[bool] = True

    action_id: UUID = Field(primary_key=True, foreign_key="action.id")
    child_id: UUID = Field(primary_key=True, foreign_key="subject.id", index=True)


class ActionContributor(Keyed, table=True):
    """Somebody who helps the owner: a person, or an agency where nobody was named."""

    __tablename__ = "action_contributor"
    __table_args__ = (sa.Index("ix_action_contributor_action", "action_id"),)
    PROTECTED: ClassVar[bool] = True

    action_id: UUID = Field(foreign_key="action.id")
    person_id: UUID | None = Field(default=None, foreign_key="person.id", index=True)
    agency_id: UUID = Field(foreign_key="agency.id")


class LedgerLine(Keyed, table=True):
    """One look of one meeting at one unfinished action (rule 3). Written once."""

    __tablename__ = "ledger_line"
    __table_args__ = (
        sa.UniqueConstraint("action_id", "meeting_on", "meeting_id"),
        sa.UniqueConstraint("action_id", "meeting_id"),
        sa.CheckConstraint("imported = (meeting_id IS NULL)", name="meeting_unless_imported"),
        sa.CheckConstraint("NOT carried_late OR leaves_open", name="late_carry_is_a_carry"),
        sa.Index("ix_ledger_line_action_on", "action_id", "meeting_on"),
    )
    PROTECTED: ClassVar[bool] = True

    action_id: UUID = Field(foreign_key="action.id")
    meeting_id: UUID | None = Field(default=None, foreign_key="meeting.id", index=True)
    meeting_on: date
    state_found: ActionState = Field(sa_type=term(ActionState))
    decision: Decision = Field(sa_type=term(Decision))
    leaves_open: bool
    carried_late: bool
    cause: Cause | None = Field(default=None, sa_type=term(Cause))
    reason: str = Field(default="", sa_type=LONG)
    old_due: date | None = None
    new_due: date | None = None
    changed: str = Field(default="", sa_type=LONG)
    """JSON of what this line changed on the action, field by field as [before, after]: for "Wording was", and to take
    a line back whole."""
    by_id: UUID | None = Field(default=None, foreign_key="person.id")
    at: datetime
    imported: bool = False


class Waiting(Keyed, table=True):
    """What an action waits on (rule 4): accepted by a meeting, never by the owner alone."""

    __tablename__ = "waiting"
    __table_args__ = (
        sa.CheckConstraint("body <> '' AND asked <> '' AND safe_meanwhile <> ''", name="all_said"),
        sa.Index(
            "uq_waiting_one_live",
            "action_id",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
    )
    PROTECTED: ClassVar[bool] = True

    action_id: UUID = Field(foreign_key="action.id", index=True)
    body: str = Field(max_length=300)
    agency_id: UUID | None = Field(default=None, foreign_key="agency.id")
    asked: str = Field(sa_type=LONG)
    asked_on: date
    answer_expected_on: date
    chaser_id: UUID = Field(foreign_key="person.id", index=True)
    chase_by: date
    """The first promise; each chase promises the next."""
    safe_meanwhile: str = Field(sa_type=LONG)
    another_way: str = Field(default="", sa_type=LONG)
    """How else the child will be protected, asked for at the third review."""
    chased_before: int = 0
    """Chases made before the meeting accepted the same wait again: that resets nothing."""
    began_on: date
    ended_on: date | None = None
    item_id: UUID | None = Field(default=None, foreign_key="item.id")


class Chase(Keyed, table=True):
    """One time somebody chased what an action waits on."""

    __tablename__ = "chase"
    PROTECTED: ClassVar[bool] = True

    waiting_id: UUID = Field(foreign_key="waiting.id", index=True)
    chased_on: date
    """The day they say they chased."""
    entered_on: date
    """The day it was written down, from which it counts: nobody can chase into the past."""
    by_id: UUID = Field(foreign_key="person.id")
    words: str = Field(default="", sa_type=LONG)
    next_by: date
