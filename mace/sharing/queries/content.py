"""What the record of an item already found in scope says on the day it is released: read once, then frozen."""

from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from mace import scope
from mace.actions.queries import list_facts
from mace.database import MaceSession, rows
from mace.domain.area import Area
from mace.domain.ledger import history_in_words
from mace.domain.words import full_day
from mace.models import Action, Agency, Attendance, Contribution, Item, LedgerLine, Meeting, Person, Series, Subject
from mace.models import Concern as ConcernRow
from mace.models import Waiting as WaitingRow
from mace.sharing.builder import ActionLine, Concern, Header, Line, Present
from mace.sharing.queries.recipients import on_this_record


def read_header(session: MaceSession, item: Item, area: Area) -> Header:
    """What is said of the item itself: meeting, subject, level, review, quorum, who was there."""
    statement = (
        sa.select(col(Series.name), col(Meeting.held_on), col(Subject.name), col(Subject.reference))
        .select_from(Meeting)
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .join(Subject, col(Subject.id) == item.subject_id)
        .where(col(Meeting.id) == item.meeting_id)
    )
    series, held_on, subject, reference = scope.one_row(session, scope.within(statement, "an item in scope"))
    return Header(
        series=series,
        meeting_on=held_on,
        subject=subject,
        reference=reference,
        level=item.level.value if item.level else "",
        level_name=area.level_name(item.level) if item.level else "",
        assessed=_assessed(item),
        direction=item.direction.label if item.direction else "",
        harm_status=item.harm_status.label if item.harm_status else "",
        next_review_on=item.next_review_on,
        quorum=item.quorum_words,
        present=_present(session, item.id),
    )


def _assessed(item: Item) -> str:
    said = (
        item.assessed_level,
        f"with {item.assessed_with}" if item.assessed_with else "",
        f"by {item.assessed_by}" if item.assessed_by else "",
        f"on {full_day(item.assessed_on)}" if item.assessed_on else "",
    )
    return " ".join(part for part in said if part)


def _present(session: MaceSession, item_id: UUID) -> tuple[Present, ...]:
    statement = (
        sa.select(col(Agency.name), col(Attendance.who), col(Attendance.presence))
        .join(Agency, col(Agency.id) == col(Attendance.agency_id))
        .where(col(Attendance.item_id) == item_id)
        .order_by(col(Agency.name), col(Attendance.id))
    )
    found = rows(session, scope.within(statement, "attendance of an item in scope"))
    return tuple(Present(agency, who, presence.label) for agency, who, presence in found)


def read_lines(session: MaceSession, item_id: UUID) -> tuple[Line, ...]:
    """Every contribution to the item, in the order in which it was entered."""
    statement = (
        sa.select(
            col(Contribution.kind),
            col(Contribution.words),
            col(Contribution.source),
            col(Contribution.source_agency_id),
            col(Agency.name),
            col(Contribution.handling),
            col(Contribution.said_on),
            col(Contribution.received_from),
        )
        .join(Agency, col(Agency.id) == col(Contribution.source_agency_id))
        .where(col(Contribution.item_id) == item_id)
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    return tuple(Line(*row) for row in rows(session, scope.within(statement, "lines of an item in scope")))


def read_actions(session: MaceSession, item: Item, today: date) -> tuple[ActionLine, ...]:
    """The actions that the record speaks of, by date: as they stand, with this meeting's decision."""
    owner, owner_agency, source = aliased(Person), aliased(Agency), aliased(Agency)
    statement: Any = (
        select(Action, col(owner.name), col(owner_agency.name), col(source.name))
        .join(owner_agency, col(owner_agency.id) == col(Action.owner_agency_id))
        .join(source, col(source.id) == col(Action.source_agency_id))
        .outerjoin(owner, col(owner.id) == col(Action.owner_id))
        .where(on_this_record(item.id, item.subject_id, item.meeting_id))
        .order_by(col(Action.due).is_(None), col(Action.due), col(Action.number))
    )
    found = session.exec(scope.within(statement, "actions of an item in scope")).all()
    facts = list_facts(session, [row[0] for row in found])
    decided = _decided(session, item.meeting_id)
    meanwhile = _meanwhile(session, [row[0].id for row in found])
    concerns = _concerns(session, item.subject_id)
    return tuple(
        ActionLine(
            id=action.id,
            number=action.number,
            what=action.what,
            owner_id=action.owner_id,
            owner=owner_name or "Nobody named",
            owner_agency=agency,
            due=action.due,
            first_due=action.first_due,
            state=action.state.label,
            has_ended=action.ended_on is not None,
            why=action.why,
            contingency=action.contingency,
            safe_meanwhile=meanwhile.get(action.id, ""),
            history=history_in_words(facts[action.id], today),
            decision=decided.get(action.id, (None, ""))[0],
            decision_reason=decided.get(action.id, (None, ""))[1],
            source_agency_id=action.source_agency_id,
            source_agency=source_name,
            handling=action.handling,
            concern=concerns.get(action.concern_id),
        )
        for action, owner_name, agency, source_name in found
    )


def _decided(session: MaceSession, meeting_id: UUID) -> dict[UUID, tuple[Any, str]]:
    statement = (
        sa.select(col(LedgerLine.action_id), col(LedgerLine.decision), col(LedgerLine.reason))
        .where(col(LedgerLine.meeting_id) == meeting_id)
        .order_by(col(LedgerLine.id))
    )
    found = rows(session, scope.within(statement, "decisions of a meeting in scope"))
    return {action_id: (decision, reason) for action_id, decision, reason in found}


def _meanwhile(session: MaceSession, action_ids: list[UUID]) -> dict[UUID, str]:
    statement = (
        sa.select(col(WaitingRow.action_id), col(WaitingRow.safe_meanwhile))
        .where(col(WaitingRow.action_id).in_(action_ids), col(WaitingRow.ended_on).is_(None))
        .order_by(col(WaitingRow.id))
    )
    found = rows(session, scope.within(statement, "waiting of actions of an item in scope"))
    return {action_id: words for action_id, words in found}


def _concerns(session: MaceSession, subject_id: UUID) -> dict[UUID | None, Concern]:
    """Worries about this subject. One about another child is left out: no record reveals another (rule 2)."""
    statement = (
        sa.select(
            col(ConcernRow.id),
            col(ConcernRow.words),
            col(ConcernRow.source_agency_id),
            col(Agency.name),
            col(ConcernRow.handling),
        )
        .join(Agency, col(Agency.id) == col(ConcernRow.source_agency_id))
        .where(col(ConcernRow.subject_id) == subject_id)
        .order_by(col(ConcernRow.id))
    )
    found = rows(session, scope.within(statement, "worries of an item in scope"))
    return {row[0]: Concern(*row[1:]) for row in found}
