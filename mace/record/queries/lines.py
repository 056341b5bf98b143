"""The words of a record, drawn for one reader. Every line passes the one builder (rule 9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.actions.queries.register import on_record
from mace.database import MaceSession, plain_rows, rows
from mace.domain.handling import build
from mace.domain.policy import Actor
from mace.domain.vocabulary import Handling, Harm, ItemState, LineKind, ReferralOutcome, RiskLevel
from mace.models import (
    Action,
    Agency,
    Concern,
    Contribution,
    Item,
    Meeting,
    Person,
    Referral,
    Series,
)
from mace.record.queries.page import RELEASED, SUBJECT_ID, ChildPage

ON_OVERVIEW = (
    LineKind.SAFETY_TONIGHT,
    LineKind.LIFE_NOW,
    LineKind.CHILDS_WORDS,
    LineKind.ANALYSIS,
    LineKind.RATIONALE,
    LineKind.CONTINGENCY,
)


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One line of a record, drawn for one reader."""

    id: UUID
    on: date
    kind: str
    words: str
    source: str
    source_agency_id: UUID
    handling: Handling


@dataclass(frozen=True, slots=True)
class ConcernLine(RecordLine):
    """One worry."""

    harm: Harm
    version: int
    ended_on: date | None
    ended_because: str


@dataclass(frozen=True, slots=True)
class Contingency(RecordLine):
    """What happens if an action fails, or the plan as a whole."""

    number: int | None
    """Of the action; none for what the meeting said of the whole plan."""


@dataclass(frozen=True, slots=True)
class ReferralLine(RecordLine):
    """How the child came to these meetings."""

    outcome: ReferralOutcome
    because: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first tab says, as this reader may have it."""

    worries: tuple[ConcernLine, ...]
    past_worries: tuple[ConcernLine, ...]
    if_it_fails: tuple[Contingency, ...]
    said: tuple[RecordLine, ...]
    """What the last review said of life now, the child's words, the level and safety."""
    referrals: tuple[ReferralLine, ...]


def get_overview(session: MaceSession, page: ChildPage) -> Overview:
    """The lines of the first tab, for a page found in scope: one query, then the builder."""
    item_id = page.last_review.item_id if page.last_review else None
    found = plain_rows(session, _overview_statement(), {"subject_id": page.id, "item_id": item_id})
    lines = build(page.reader, [_line(row) for row in found])
    said = sorted(
        (line for line in lines if type(line) is RecordLine),
        key=lambda line: [kind.label for kind in ON_OVERVIEW].index(line.kind),
    )
    worries = tuple(line for line in lines if isinstance(line, ConcernLine))
    return Overview(
        worries=tuple(line for line in worries if line.ended_on is None),
        past_worries=tuple(line for line in worries if line.ended_on is not None),
        if_it_fails=tuple(line for line in lines if isinstance(line, Contingency)),
        said=tuple(said),
        referrals=tuple(line for line in lines if isinstance(line, ReferralLine)),
    )


@cache
def _overview_statement() -> Any:
    """Built once; without a last review nothing was said at it."""
    joined = sa.union_all(_concerns(), _contingencies(), _referrals(), _said()).subquery()
    statement = sa.select(joined).order_by(joined.c.on, joined.c.number, joined.c.id)
    return scope.within(statement, "lines of a record in scope, drawn by rule 9")


def get_concern(session: MaceSession, page: ChildPage, concern_id: UUID) -> ConcernLine | None:
    """One live worry of a page found in scope, if this reader may have it."""
    statement = scope.within(_concerns().where(col(Concern.id) == concern_id), "worry of a record in scope")
    found = plain_rows(session, statement, {"subject_id": page.id})
    drawn = build(page.reader, [_line(row) for row in found])
    return next((line for line in drawn if isinstance(line, ConcernLine) and line.ended_on is None), None)


def _line(row: Any) -> RecordLine:
    shared: dict[str, Any] = {
        "id": row.id,
        "on": row.on,
        "words": row.words,
        "source": said_by(row.agency, row.received_from, row.entered_by),
        "source_agency_id": row.source_agency_id,
        "handling": Handling(row.handling),
    }
    match row.part:
        case "concern":
            harm = Harm(row.term)
            return ConcernLine(
                kind=harm.label,
                harm=harm,
                version=row.number,
                ended_on=row.ended_on,
                ended_because=row.because,
                **shared,
            )
        case "action":
            return Contingency(kind=LineKind.CONTINGENCY.label, number=row.number, **shared)
        case "referral":
            outcome = ReferralOutcome(row.term)
            return ReferralLine(kind=LineKind.REFERRAL.label, outcome=outcome, because=row.because, **shared)
    kind = LineKind(row.term)
    if kind is LineKind.CONTINGENCY:
        return Contingency(kind=kind.label, number=None, **shared)
    return RecordLine(kind=kind.label, **shared)


def said_by(agency: str, received_from: str, entered_by: str | None) -> str:
    """ "Fenland Police", or "Fenland Police: received from X, entered by Y" (rule 9)."""
    if not received_from:
        return agency
    return f"{agency}: received from {received_from}, entered by {entered_by or 'the import'}"


def _columns(row: Any, part: str, by: Any, *, on: Any, words: Any, **values: Any) -> Any:
    """The same columns for every kind of line, so that one query brings them all."""
    return (
        sa.select(
            sa.literal(part).label("part"),
            col(row.id).label("id"),
            on.label("on"),
            words.label("words"),
            values.get("term", sa.literal("")).label("term"),
            values.get("number", sa.literal(0)).label("number"),
            values.get("ended_on", sa.cast(sa.null(), sa.Date)).label("ended_on"),
            values.get("because", sa.literal("")).label("because"),
            sa.type_coerce(col(row.handling), sa.String).label("handling"),
            col(row.source_agency_id).label("source_agency_id"),
            col(Agency.name).label("agency"),
            col(row.received_from).label("received_from"),
            col(by.name).label("entered_by"),
        )
        .select_from(row)
        .join(Agency, col(Agency.id) == col(row.source_agency_id))
        .outerjoin(by, col(by.id) == col(row.entered_by_id))
    )


def _concerns() -> Any:
    return _columns(
        Concern,
        "concern",
        aliased(Person),
        on=col(Concern.raised_on),
        words=col(Concern.words),
        term=sa.type_coerce(col(Concern.harm), sa.String),
        number=col(Concern.version),
        ended_on=col(Concern.ended_on),
        because=col(Concern.ended_because),
    ).where(col(Concern.subject_id) == SUBJECT_ID)


def _contingencies() -> Any:
    return _columns(
        Action,
        "action",
        aliased(Person),
        on=col(Action.set_on),
        words=col(Action.contingency),
        number=col(Action.number),
    ).where(
        on_record(SUBJECT_ID),
        col(Action.ended_on).is_(None),
        col(Action.contingency) != "",
    )


def _referrals() -> Any:
    return _columns(
        Referral,
        "referral",
        aliased(Person),
        on=col(Referral.referred_on),
        words=col(Referral.why),
        term=sa.type_coerce(col(Referral.outcome), sa.String),
        because=col(Referral.outcome_because),
    ).where(col(Referral.subject_id) == SUBJECT_ID)


def _said() -> Any:
    return _columns(
        Contribution,
        "line",
        aliased(Person),
        on=col(Contribution.said_on),
        words=col(Contribution.words),
        term=sa.type_coerce(col(Contribution.kind), sa.String),
    ).where(
        col(Contribution.subject_id) == SUBJECT_ID,
        col(Contribution.item_id) == sa.bindparam("item_id", type_=sa.Uuid()),
        col(Contribution.kind).in_(ON_OVERVIEW),
    )


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One meeting that had the subject on its agenda."""

    id: UUID
    on: date
    series: str
    state: ItemState
    off_because: str
    level: RiskLevel | None
    lines: tuple[RecordLine, ...] = ()

    @property
    def is_released(self) -> bool:
        """Read back: from then on its words are part of the record."""
        return self.state in RELEASED


def list_meetings_of(session: MaceSession, actor: Actor, today: date, page: ChildPage) -> tuple[ItemLine, ...]:
    """The meetings of a subject, newest first, with what was said.

    What is typed in the room reaches the record when the item is read back; until then only those who run the
    meeting see it here.
    """
    statement: Any = (
        sa.select(
            col(Item.id),
            col(Meeting.held_on),
            col(Series.name),
            col(Item.state),
            col(Item.off_because),
            col(Item.level),
        )
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Item.subject_id) == page.id)
        .order_by(col(Meeting.held_on).desc(), col(Item.id))
    )
    items = [ItemLine(*row) for row in rows(session, scope.about(statement, Item.subject_id, actor, today))]
    lines = list_lines(session, page, [item.id for item in items if item.is_released or page.may_run])
    return tuple(
        ItemLine(item.id, item.on, item.series, item.state, item.off_because, item.level, lines.get(item.id, ()))
        for item in items
    )


def list_lines(session: MaceSession, page: ChildPage, item_ids: Iterable[UUID]) -> dict[UUID, tuple[RecordLine, ...]]:
    """The lines of items of a page found in scope, as this reader may have them."""
    by = aliased(Person)
    statement = _columns(
        Contribution,
        "line",
        by,
        on=col(Contribution.said_on),
        words=col(Contribution.words),
        term=sa.type_coerce(col(Contribution.kind), sa.String),
    )
    statement = (
        statement.add_columns(col(Contribution.item_id).label("item_id"))
        .where(col(Contribution.subject_id) == page.id, col(Contribution.item_id).in_(list(item_ids)))
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    found: dict[UUID, list[RecordLine]] = {}
    for row in rows(session, scope.within(statement, "lines of items in scope, drawn by rule 9")):
        found.setdefault(row.item_id, []).append(_line(row))
    return {item_id: build(page.reader, lines) for item_id, lines in found.items()}
