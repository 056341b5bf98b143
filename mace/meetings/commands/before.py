"""What is asked before a meeting, and the answers: information requests, briefs, questions to owners."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Actor
from mace.domain.vocabulary import ActionState, ItemState, LineKind, RequestAnswer, SubjectKind
from mace.models import (
    Action,
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
    """Ask what each published item needs.

    Agencies expected at the series: what do you know of this child (core members get the identity for that
    purpose)? The lead practitioner: five lines; their own agency is not asked twice. Owners of unfinished actions:
    what happened to your action? For items just published, each once.
    """
    by_subject = {item.subject_id: item for item in items}
    children = {
        row[0]: row[1:]
        for row in rows(
            session,
            scope.within(
                sa.select(col(Subject.id), col(Person.id), col(Person.agency_id))
                .outerjoin(
                    Allocation,
                    sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None)),
                )
                .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
                .where(col(Subject.id).in_(list(by_subject)), col(Subject.kind) == SubjectKind.CHILD),
                "children of an agenda just published",
            ),
        )
    }
    expected = session.exec(
        select(SeriesAgency.agency_id)
        .where(SeriesAgency.series_id == meeting.series_id)
        .order_by(col(SeriesAgency.agency_id))
    ).all()
    for subject_id, (lead, lead_agency) in sorted(children.items(), key=lambda pair: str(pair[0])):
        item = by_subject[subject_id]
        for agency_id in expected:
            if agency_id != lead_agency:
                session.add(InformationRequest(item_id=item.id, agency_id=agency_id, asked_at=now))
        if lead is not None:
            session.add(
                Brief(
                    item_id=item.id, person_id=lead, asked_at=now, source_agency_id=lead_agency, source_person_id=lead
                )
            )
    unfinished = select(Action).where(
        col(Action.subject_id).in_(list(by_subject)),
        Action.series_id == meeting.series_id,
        col(Action.ended_on).is_(None),
        col(Action.state) != ActionState.REPORTED_DONE,
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
    session.flush()


def answer_request(
    session: MaceSession,
    actor: Actor,
    request_id: UUID,
    *,
    answer: RequestAnswer,
    words: str = "",
    received_from: str = "",
    now: datetime,
) -> InformationRequest:
    """An agency says what it knows, or somebody enters what it sent ("received from X, entered by Y")."""
    request: InformationRequest = scope.one(
        session, scope.requests(select(InformationRequest).where(InformationRequest.id == request_id), actor)
    )
    item: Item = scope.one(
        session, scope.within(select(Item).where(Item.id == request.item_id), "the item of a request in scope")
    )
    if item.state not in (ItemState.ON_AGENDA, ItemState.OPENED):
        raise Refused("This item is no longer on the agenda, so it takes no more information")
    if answer is RequestAnswer.HERE_IT_IS and not words:
        raise Refused("Say what you know: who saw what, where and when", "words")
    on_behalf = request.agency_id != actor.agency_id
    if on_behalf and not received_from:
        raise Refused("Say who sent it and how: you enter it for another agency", "received_from")
    line = _line_of(session, request.contribution_id)
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
    brief: Brief = scope.one(session, scope.briefs(select(Brief).where(Brief.id == brief_id), actor))
    if version is not None and version != brief.version:
        raise Clash(
            "Somebody else saved this brief while you were writing. Your words are kept: read theirs, then save again",
            theirs="\n".join((brief.last_seen, brief.childs_words, brief.what_changed, brief.what_i_need)),
        )
    item: Item = scope.one(
        session, scope.within(select(Item).where(Item.id == brief.item_id), "the item of a brief in scope")
    )
    if item.state not in (ItemState.ON_AGENDA, ItemState.OPENED):
        raise Refused("This item is no longer on the agenda, so the brief cannot change")
    said = (last_seen, childs_words, what_changed, what_i_need, who_tells)
    if not any(said):
        raise Refused("Write at least one line", "last_seen")
    if brief.person_id != actor.person_id and not received_from:
        raise Refused("Say who sent it and how: you enter it for the worker", "received_from")
    brief.last_seen, brief.childs_words, brief.what_changed, brief.what_i_need, brief.who_tells = said
    brief.answered_at, brief.entered_by_id, brief.received_from = now, actor.person_id, received_from
    return brief
