"""What is asked before a meeting, and the answers: information requests, briefs, questions to owners."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, rows, wait_turn
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Actor
from mace.domain.vocabulary import ActionState, LineKind, RequestAnswer, SubjectKind
from mace.meetings.queries.before import ASKING, TAKES_ANSWERS, answer_version
from mace.models import (
    Action,
    Agency,
    Allocation,
    Brief,
    Contribution,
    InformationRequest,
    Item,
    Meeting,
    Person,
    SeriesAgency,
    Subject,
    UpdateRequest,
)


def ask_about(session: MaceSession, actor: Actor, meeting: Meeting, items: Sequence[Item], *, now: datetime) -> None:
    """Ask what each published item needs, and nothing twice.

    Member agencies expected at the series: what do you know of this child (core members get the identity for that
    purpose)? The lead practitioner: five lines; their own agency is not asked twice. Owners of unfinished actions:
    what happened to your action?
    """
    _ask_agencies_and_leads(session, meeting, items, now)
    _ask_owners(session, meeting, items, now)
    session.flush()


def _ask_agencies_and_leads(session: MaceSession, meeting: Meeting, items: Sequence[Item], now: datetime) -> None:
    expected = session.exec(
        select(SeriesAgency.agency_id)
        .join(Agency, col(Agency.id) == col(SeriesAgency.agency_id))
        .where(SeriesAgency.series_id == meeting.series_id, col(Agency.is_member))
        .order_by(col(SeriesAgency.agency_id))
    ).all()
    ids = [item.id for item in items]
    asked = set(_pairs(session, InformationRequest.item_id, InformationRequest.agency_id, ids))
    written = set(_pairs(session, Brief.item_id, Brief.person_id, ids))
    leads = _leads(session, [item.subject_id for item in items])
    for item in (one for one in items if one.subject_id in leads):
        lead, lead_agency = leads[item.subject_id]
        for agency_id in expected:
            if agency_id != lead_agency and (item.id, agency_id) not in asked:
                session.add(InformationRequest(item_id=item.id, agency_id=agency_id, asked_at=now))
        if lead is not None and (item.id, lead) not in written:
            session.add(_brief(item.id, lead, lead_agency, now))


def _pairs(session: MaceSession, item_id: Any, other: Any, ids: Sequence[UUID]) -> Sequence[Any]:
    """Whom an item has asked already."""
    statement = sa.select(col(item_id), col(other)).where(col(item_id).in_(ids)).order_by(col(item_id), col(other))
    return [tuple(row) for row in rows(session, scope.within(statement, "what was asked about items of an agenda"))]


def _leads(session: MaceSession, subject_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID | None, UUID]]:
    """The children among these, each with the live lead practitioner and their agency, where there is one."""
    statement = (
        sa.select(col(Subject.id), col(Person.id), col(Person.agency_id))
        .outerjoin(Allocation, sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None)))
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .where(col(Subject.id).in_(subject_ids), col(Subject.kind) == SubjectKind.CHILD)
        .order_by(col(Subject.id))
    )
    found = rows(session, scope.within(statement, "children of an agenda"))
    return {subject_id: (lead, agency_id) for subject_id, lead, agency_id in found}


def _brief(item_id: UUID, person_id: UUID, agency_id: UUID, now: datetime) -> Brief:
    return Brief(
        item_id=item_id, person_id=person_id, asked_at=now, source_agency_id=agency_id, source_person_id=person_id
    )


def _ask_owners(session: MaceSession, meeting: Meeting, items: Sequence[Item], now: datetime) -> None:
    asked = sa.select(col(UpdateRequest.action_id)).where(col(UpdateRequest.meeting_id) == meeting.id)
    unfinished = (
        select(Action)
        .where(
            col(Action.subject_id).in_([item.subject_id for item in items]),
            Action.series_id == meeting.series_id,
            col(Action.ended_on).is_(None),
            col(Action.state) != ActionState.REPORTED_DONE,
            col(Action.id).not_in(asked),
        )
        .order_by(col(Action.number))
    )
    for action in session.exec(scope.within(unfinished, "actions of an agenda just published")):
        session.add(
            UpdateRequest(
                action_id=action.id,
                meeting_id=meeting.id,
                person_id=action.owner_id,
                agency_id=action.owner_agency_id,
                asked_at=now,
            )
        )


def ask_new_lead(session: MaceSession, actor: Actor, child_id: UUID, *, now: datetime) -> None:
    """After "now hers": a brief nobody has written yet is asked of whoever leads now (rule 8: reallocation moves what
    is open). One that is written stays as its author wrote it."""
    session.flush()
    lead, agency_id = _leads(session, [child_id]).get(child_id, (None, None))
    if lead is None or agency_id is None:
        return
    statement = (
        select(Item)
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(
            Item.subject_id == child_id,
            col(Item.state).in_(TAKES_ANSWERS),
            col(Meeting.state).in_(ASKING),
        )
        .order_by(col(Item.id))
    )
    for item in session.exec(scope.within(statement, "items of a child whose worker was changed")).all():
        asked = select(Brief).where(Brief.item_id == item.id).order_by(col(Brief.asked_at), col(Brief.id))
        briefs = session.exec(scope.within(asked, "briefs of a child whose worker was changed")).all()
        if any(brief.person_id == lead for brief in briefs):
            continue
        for brief in briefs:
            if brief.answered_at is None:
                session.delete(brief)
        session.add(_brief(item.id, lead, agency_id, now))
    session.flush()


def answer_request(
    session: MaceSession,
    actor: Actor,
    request_id: UUID,
    *,
    answer: RequestAnswer,
    words: str = "",
    received_from: str = "",
    version: str | None = None,
    now: datetime,
) -> InformationRequest:
    """An agency says what it knows, or somebody enters what it sent ("received from X, entered by Y")."""
    wait_turn(session, f"request {request_id}")
    request: InformationRequest = scope.one(
        session, scope.requests(select(InformationRequest).where(InformationRequest.id == request_id), actor)
    )
    item = _item_that_takes_answers(session, request.item_id)
    line = _line_of(session, request.contribution_id)
    if version is not None and version != answer_version(request.answered_at):
        raise Clash("Somebody answered this while you were writing. Theirs stands beside yours: save what is right")
    if answer is RequestAnswer.HERE_IT_IS and not words:
        raise Refused("Say what you know: who saw what, where and when", "words")
    if answer is not RequestAnswer.HERE_IT_IS and words and (line is None or words != line.words):
        raise Refused("You wrote what you know: choose “Here is what we know”, or take your words out", "answer")
    on_behalf = request.agency_id != actor.agency_id
    if on_behalf and not received_from:
        raise Refused("Say who sent it and how: you enter it for another agency", "received_from")
    received_from = received_from if on_behalf else ""
    if answer is RequestAnswer.HERE_IT_IS:
        if line is None:
            line = Contribution(
                subject_id=item.subject_id,
                item_id=item.id,
                kind=LineKind.INFORMATION,
                words=words,
                said_on=london_day(now),
                entered_at=now,
                source_agency_id=request.agency_id,
            )
            session.add(line)
        line.words, line.said_on, line.entered_at = words, london_day(now), now
        line.source_person_id = None if on_behalf else actor.person_id
        line.entered_by_id, line.received_from = actor.person_id, received_from
        session.flush()
        request.contribution_id = line.id
    elif line is not None:
        request.contribution_id = None
        session.flush()
        session.delete(line)
    request.answer, request.answered_at, request.answered_by_id = answer, now, actor.person_id
    request.received_from = received_from
    return request


def _item_that_takes_answers(session: MaceSession, item_id: UUID) -> Item:
    """The item, while its meeting still listens."""
    statement = (
        sa.select(Item, col(Meeting.state))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Item.id) == item_id)
    )
    item, meeting_state = scope.one_row(session, scope.within(statement, "the item of what was asked"))
    if item.state not in TAKES_ANSWERS or meeting_state not in ASKING:
        raise Refused("This item is read back or off the agenda, so nothing can be added. What you wrote is below")
    found: Item = item
    return found


def _line_of(session: MaceSession, contribution_id: UUID | None) -> Contribution | None:
    statement = select(Contribution).where(Contribution.id == contribution_id)
    found: Contribution | None = session.exec(scope.within(statement, "the answer to a request in scope")).one_or_none()
    return found


def answer_brief(
    session: MaceSession,
    actor: Actor,
    brief_id: UUID,
    *,
    last_seen: str,
    childs_words: str,
    what_changed: str,
    what_i_need: str,
    who_tells: str,
    received_from: str = "",
    version: int | None = None,
    now: datetime,
) -> Brief:
    """The worker's five lines, written by them or entered for them."""
    wait_turn(session, f"brief {brief_id}")
    brief: Brief = scope.one(session, scope.briefs(select(Brief).where(Brief.id == brief_id), actor))
    if version is not None and version != brief.version:
        raise Clash(
            "Somebody else saved this brief while you were writing. Theirs stands beside yours: put them together"
        )
    _item_that_takes_answers(session, brief.item_id)
    said = (last_seen, childs_words, what_changed, what_i_need, who_tells)
    if not any(said):
        raise Refused("Write at least one line", "last_seen")
    if brief.person_id != actor.person_id and not received_from:
        raise Refused("Say who sent it and how: you enter it for the worker", "received_from")
    brief.last_seen, brief.childs_words, brief.what_changed, brief.what_i_need, brief.who_tells = said
    brief.answered_at, brief.entered_by_id = now, actor.person_id
    brief.received_from = "" if brief.person_id == actor.person_id else received_from
    return brief
