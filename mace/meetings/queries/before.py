"""What is asked before a meeting: information requests, briefs, questions to owners, and who has answered."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, plain_rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ItemState, MeetingState, RequestAnswer
from mace.history import Seen
from mace.models import (
    Action,
    Agency,
    Brief,
    Child,
    Contribution,
    InformationRequest,
    Item,
    Meeting,
    Person,
    Series,
    Subject,
    UpdateRequest,
)

ASKING = (MeetingState.PUBLISHED, MeetingState.OPENED)
ANSWERED_BY = aliased(Person, name="answered_by_person")
TAKES_ANSWERS = (ItemState.ON_AGENDA, ItemState.OPENED)


@dataclass(frozen=True, slots=True)
class RequestPage:
    """What an agency is asked about a child: identity for that purpose, and the answer so far."""

    id: UUID
    meeting_id: UUID
    held_on: date
    series: str
    subject_id: UUID
    name: str
    reference: str
    also_known_as: str
    born_on: date | None
    school: str
    agency_id: UUID
    agency: str
    answer: RequestAnswer | None
    answered_at: datetime | None
    answered_by: str
    received_from: str
    words: str
    is_ours: bool
    takes_answers: bool
    seen: Seen

    @property
    def version(self) -> str:
        """Which answer the reader is looking at."""
        return answer_version(self.answered_at)


def answer_version(answered_at: datetime | None) -> str:
    """What tells one answer from the next: the moment it was given."""
    return answered_at.isoformat() if answered_at else "none"


def _request_columns() -> Any:
    return (
        sa.select(
            col(InformationRequest.id),
            col(Meeting.id).label("meeting_id"),
            col(Meeting.held_on),
            col(Series.name).label("series"),
            col(Subject.id).label("subject_id"),
            col(Subject.name),
            col(Subject.reference),
            sa.func.coalesce(col(Child.also_known_as), "").label("also_known_as"),
            col(Child.born_on),
            sa.func.coalesce(col(Child.school), "").label("school"),
            col(Agency.id).label("agency_id"),
            col(Agency.name).label("agency"),
            col(InformationRequest.answer),
            col(InformationRequest.answered_at),
            sa.func.coalesce(col(ANSWERED_BY.name), "").label("answered_by"),
            col(InformationRequest.received_from),
            sa.func.coalesce(col(Contribution.words), "").label("words"),
            col(Item.state),
            col(Meeting.state).label("meeting_state"),
        )
        .join(Item, col(Item.id) == col(InformationRequest.item_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .outerjoin(Child, col(Child.subject_id) == col(Subject.id))
        .join(Agency, col(Agency.id) == col(InformationRequest.agency_id))
        .outerjoin(ANSWERED_BY, col(ANSWERED_BY.id) == col(InformationRequest.answered_by_id))
        .outerjoin(Contribution, col(Contribution.id) == col(InformationRequest.contribution_id))
        .order_by(col(Meeting.held_on), col(Item.position), col(Agency.name), col(InformationRequest.id))
    )


def _request(row: Any, actor: Actor) -> RequestPage:
    found = row._asdict()
    ours = found["agency_id"] == actor.agency_id
    takes_answers = _takes_answers(found)
    return RequestPage(
        **found,
        is_ours=ours,
        takes_answers=takes_answers,
        seen=Seen("information_request", (row.id,), row.subject_id, "agency" if ours else "area"),
    )


def _takes_answers(found: dict[str, Any]) -> bool:
    """Whether the item is still to be discussed, at a meeting that is still to come."""
    item, meeting = found.pop("state"), found.pop("meeting_state")
    return item in TAKES_ANSWERS and meeting in ASKING


def get_request(session: MaceSession, actor: Actor, today: date, request_id: UUID) -> RequestPage:
    """One request asked of the reader's agency, or any for those who run meetings. Raises ``NotThere``."""
    statement = _request_columns().where(col(InformationRequest.id) == request_id)
    return _request(scope.one_row(session, scope.requests(statement, actor)), actor)


def list_requests(
    session: MaceSession, actor: Actor, *, meeting_id: UUID | None = None, ours: bool = True
) -> tuple[RequestPage, ...]:
    """Requests of meetings still to come, in the order of the agenda: the reader's agency's, or everybody's."""
    statement = _requests_statement(actor, meeting_id is not None, ours)
    found = plain_rows(session, statement, {"meeting_id": meeting_id} if meeting_id else {})
    return tuple(_request(row, actor) for row in found)


MEETING_ID = sa.bindparam("meeting_id", type_=sa.Uuid())
"""Which meeting a statement asks about: each is built once for a reader and serves every meeting."""


@lru_cache(maxsize=256)
def _requests_statement(actor: Actor, of_one_meeting: bool, ours: bool) -> Any:
    statement = _request_columns().where(
        col(Meeting.state).in_(ASKING), col(Item.state).not_in((ItemState.LEFT_OFF, ItemState.PUT_OFF))
    )
    if of_one_meeting:
        statement = statement.where(col(Meeting.id) == MEETING_ID)
    if ours:
        statement = statement.where(col(InformationRequest.agency_id) == actor.agency_id)
    return scope.requests(statement, actor)


@dataclass(frozen=True, slots=True)
class BriefPage:
    """The five lines asked of a worker about one child."""

    id: UUID
    version: int
    meeting_id: UUID
    held_on: date
    series: str
    subject_id: UUID
    name: str
    reference: str
    person: str
    last_seen: str
    childs_words: str
    what_changed: str
    what_i_need: str
    who_tells: str
    received_from: str
    answered_at: datetime | None
    is_mine: bool
    takes_answers: bool
    seen: Seen


def _brief_columns() -> Any:
    return (
        sa.select(
            col(Brief.id),
            col(Brief.version),
            col(Meeting.id).label("meeting_id"),
            col(Meeting.held_on),
            col(Series.name).label("series"),
            col(Subject.id).label("subject_id"),
            col(Subject.name),
            col(Subject.reference),
            col(Person.name).label("person"),
            col(Brief.last_seen),
            col(Brief.childs_words),
            col(Brief.what_changed),
            col(Brief.what_i_need),
            col(Brief.who_tells),
            col(Brief.received_from),
            col(Brief.answered_at),
            col(Brief.person_id),
            col(Item.state),
            col(Meeting.state).label("meeting_state"),
        )
        .join(Item, col(Item.id) == col(Brief.item_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .join(Person, col(Person.id) == col(Brief.person_id))
        .order_by(col(Meeting.held_on), col(Item.position), col(Brief.id))
    )


def _brief(row: Any, actor: Actor) -> BriefPage:
    found = row._asdict()
    takes_answers = _takes_answers(found)
    mine = found.pop("person_id") == actor.person_id
    seen = Seen("brief", (row.id,), row.subject_id, "self" if mine else "")
    return BriefPage(**found, is_mine=mine, takes_answers=takes_answers, seen=seen)


def get_brief(session: MaceSession, actor: Actor, today: date, brief_id: UUID) -> BriefPage:
    """A brief asked of this person or their team. Raises ``NotThere``."""
    statement = _brief_columns().where(col(Brief.id) == brief_id)
    return _brief(scope.one_row(session, scope.briefs(statement, actor)), actor)


def list_briefs(
    session: MaceSession,
    actor: Actor,
    *,
    meeting_id: UUID | None = None,
    mine: bool = False,
    outstanding: bool = False,
) -> tuple[BriefPage, ...]:
    """Briefs of meetings still to come that this person may write: their own, their team's, or everybody's."""
    statement = _briefs_statement(actor, meeting_id is not None, mine, outstanding)
    found = plain_rows(session, statement, {"meeting_id": meeting_id} if meeting_id else {})
    return tuple(_brief(row, actor) for row in found)


@lru_cache(maxsize=256)
def _briefs_statement(actor: Actor, of_one_meeting: bool, mine: bool, outstanding: bool) -> Any:
    statement = _brief_columns().where(
        col(Meeting.state).in_(ASKING), col(Item.state).not_in((ItemState.LEFT_OFF, ItemState.PUT_OFF))
    )
    if of_one_meeting:
        statement = statement.where(col(Meeting.id) == MEETING_ID)
    if mine:
        statement = statement.where(col(Brief.person_id) == actor.person_id)
    if outstanding:
        statement = statement.where(col(Brief.answered_at).is_(None), col(Item.state).in_(TAKES_ANSWERS))
    return scope.briefs(statement, actor)


@dataclass(frozen=True, slots=True)
class UpdateAsked:
    """ "What happened to your action?", as a list shows it."""

    action_id: UUID
    number: int
    what: str
    due: date | None
    subject: str
    owner: str
    agency: str
    meeting_id: UUID
    held_on: date
    answered_at: datetime | None


def list_updates_asked(
    session: MaceSession,
    actor: Actor,
    *,
    meeting_id: UUID | None = None,
    mine: bool = False,
    outstanding: bool = False,
) -> tuple[UpdateAsked, ...]:
    """Questions to owners of meetings still to come that this person may answer."""
    statement = _updates_statement(actor, meeting_id is not None, mine, outstanding)
    found = plain_rows(session, statement, {"meeting_id": meeting_id} if meeting_id else {})
    return tuple(UpdateAsked(*row) for row in found)


@lru_cache(maxsize=256)
def _updates_statement(actor: Actor, of_one_meeting: bool, mine: bool, outstanding: bool) -> Any:
    statement: Any = (
        sa.select(
            col(Action.id).label("action_id"),
            col(Action.number),
            col(Action.what),
            col(Action.due),
            col(Subject.name).label("subject"),
            sa.func.coalesce(col(Person.name), "Nobody named").label("owner"),
            col(Agency.name).label("agency"),
            col(Meeting.id).label("meeting_id"),
            col(Meeting.held_on),
            col(UpdateRequest.answered_at),
        )
        .join(Action, col(Action.id) == col(UpdateRequest.action_id))
        .join(Subject, col(Subject.id) == col(Action.subject_id))
        .join(Meeting, col(Meeting.id) == col(UpdateRequest.meeting_id))
        .join(Agency, col(Agency.id) == col(UpdateRequest.agency_id))
        .outerjoin(Person, col(Person.id) == col(UpdateRequest.person_id))
        .where(col(Meeting.state).in_(ASKING), col(Action.ended_on).is_(None))
        .order_by(col(Meeting.held_on), col(Agency.name), col(Action.due), col(Action.number))
    )
    if of_one_meeting:
        statement = statement.where(col(Meeting.id) == MEETING_ID)
    if mine:
        statement = statement.where(col(UpdateRequest.person_id) == actor.person_id)
    if outstanding:
        statement = statement.where(col(UpdateRequest.answered_at).is_(None))
    return scope.update_requests(statement, actor)


@dataclass(frozen=True, slots=True)
class Tally:
    """How much was asked before a meeting, and how much of it is still to come."""

    asked: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Board:
    """Who has answered before a meeting."""

    requests: tuple[RequestPage, ...]
    briefs: tuple[BriefPage, ...]
    updates: tuple[UpdateAsked, ...]

    tally: Tally

    @property
    def children(self) -> tuple[tuple[RequestPage, ...], ...]:
        """The requests child by child, in the order of the agenda."""
        return tuple(tuple(some) for _, some in groupby(self.requests, key=attrgetter("subject_id")))

    @property
    def seen(self) -> Seen:
        """For the trail: every request, brief and action listed."""
        ids = [one.id for one in self.requests] + [one.id for one in self.briefs]
        return Seen("information_request", tuple(ids + [one.action_id for one in self.updates]), act="listed")


def get_board(session: MaceSession, actor: Actor, meeting_id: UUID) -> Board:
    """Everything asked for a meeting, answered or not, for those who run it."""
    return Board(
        list_requests(session, actor, meeting_id=meeting_id, ours=False),
        list_briefs(session, actor, meeting_id=meeting_id),
        list_updates_asked(session, actor, meeting_id=meeting_id),
        count_answers(session, actor, meeting_id),
    )


def count_answers(session: MaceSession, actor: Actor, meeting_id: UUID | None = None) -> Tally:
    """Requests, briefs and questions that a meeting still waits for, or all coming meetings; for those who run them."""
    statement = _tally_statement(actor, meeting_id is not None)
    found = plain_rows(session, statement, {"meeting_id": meeting_id} if meeting_id else {})
    numbers = tuple(found[0]) if found else (0,)
    return Tally(sum(numbers[::2]), sum(numbers[::2]) - sum(numbers[1::2]))


@lru_cache(maxsize=256)
def _tally_statement(actor: Actor, of_one_meeting: bool) -> Any:
    asking = sa.select(col(Meeting.id)).where(col(Meeting.state).in_(ASKING))
    if of_one_meeting:
        asking = asking.where(col(Meeting.id) == MEETING_ID)
    items = sa.select(col(Item.id)).where(col(Item.meeting_id).in_(asking), col(Item.state).in_(TAKES_ANSWERS))
    unfinished = sa.exists().where(col(Action.id) == col(UpdateRequest.action_id), col(Action.ended_on).is_(None))
    parts = (
        (InformationRequest, col(InformationRequest.item_id).in_(items)),
        (Brief, col(Brief.item_id).in_(items)),
        (UpdateRequest, sa.and_(col(UpdateRequest.meeting_id).in_(asking), unfinished)),
    )
    counts: list[Any] = []
    for kind, rule in parts:
        for number in (sa.func.count(col(kind.id)), sa.func.count(col(kind.answered_at))):
            counts.append(sa.select(number).where(rule).scalar_subquery())
    return scope.area(sa.select(*counts), actor, Permission.MEETING_MANAGE)


def count_outstanding(session: MaceSession, actor: Actor) -> int:
    """Answers still to come before the coming meetings, for those who run them."""
    return count_answers(session, actor).outstanding
