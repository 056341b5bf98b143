"""Series, meetings and their agendas, as the reader may know them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.account.queries import AgencyLine, list_agencies
from mace.actions.queries import list_facts
from mace.database import MaceSession, plain_rows, rows
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.errors import NotThere
from mace.domain.ledger import is_late
from mace.domain.meetings import Reason, SubjectFacts, next_date, order_key, reasons, tier
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import (
    ActionState,
    DriftLevel,
    ItemState,
    MeetingState,
    RequestAnswer,
    RiskLevel,
    SeriesKind,
    SeriesRole,
    SubjectKind,
    Tier,
)
from mace.domain.words import count_of
from mace.history import Seen
from mace.models import (
    Action,
    Agency,
    Allocation,
    Child,
    InformationRequest,
    Item,
    Meeting,
    Person,
    Series,
    SeriesAgency,
    SeriesPerson,
    Subject,
    Team,
)

COMING = (MeetingState.PLANNED, MeetingState.PUBLISHED, MeetingState.OPENED)
DISCUSSED = (ItemState.CLOSED, ItemState.APPROVED)
OFF = (ItemState.LEFT_OFF, ItemState.PUT_OFF)
KINDS = {
    SeriesKind.CHILDREN: (SubjectKind.CHILD,),
    SeriesKind.CONTEXTS: (SubjectKind.CONTEXT, SubjectKind.PERSON),
    SeriesKind.BOTH: tuple(SubjectKind),
    SeriesKind.DAILY: tuple(SubjectKind),
}
"""Which subjects each kind of series discusses."""


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """A series in a list or picker."""

    id: UUID
    name: str
    kind: SeriesKind
    cadence_days: int
    available_minutes: int
    usual_time: time | None
    is_active: bool
    version: int
    next_on: date
    """The next day in its rhythm, for a new meeting."""


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """One series with whom it expects and who runs it."""

    line: SeriesLine
    agencies: tuple[AgencyLine, ...]
    expected: dict[UUID, bool]
    """Agency → whether a quorum needs it."""
    people: dict[UUID, SeriesRole]


def list_series(session: MaceSession, today: date) -> tuple[SeriesLine, ...]:
    """Every series by name; none of it names a child."""
    last = (
        sa.select(sa.func.max(col(Meeting.held_on)))
        .where(col(Meeting.series_id) == col(Series.id), col(Meeting.state) != MeetingState.CANCELLED)
        .scalar_subquery()
    )
    statement = sa.select(
        col(Series.id),
        col(Series.name),
        col(Series.kind),
        col(Series.cadence_days),
        col(Series.available_minutes),
        col(Series.usual_time),
        col(Series.is_active),
        col(Series.version),
        last.label("last_on"),
    ).order_by(col(Series.name), col(Series.id))
    lines = []
    for row in rows(session, statement):
        found = row._asdict()
        last_on = found.pop("last_on")
        lines.append(SeriesLine(**found, next_on=next_date(last_on, row.cadence_days, today) if last_on else today))
    return tuple(lines)


def get_series(session: MaceSession, actor: Actor, today: date, series_id: UUID) -> SeriesPage:
    """One series. Raises ``NotThere``."""
    line = next((one for one in list_series(session, today) if one.id == series_id), None)
    if line is None:
        raise NotThere
    expected = rows(
        session,
        sa.select(col(SeriesAgency.agency_id), col(SeriesAgency.for_quorum))
        .where(col(SeriesAgency.series_id) == series_id)
        .order_by(col(SeriesAgency.agency_id)),
    )
    people = rows(
        session,
        sa.select(col(SeriesPerson.person_id), col(SeriesPerson.role))
        .where(col(SeriesPerson.series_id) == series_id)
        .order_by(col(SeriesPerson.person_id), col(SeriesPerson.role).desc()),
    )
    return SeriesPage(
        line,
        list_agencies(session),
        {row[0]: row[1] for row in expected},
        {row[0]: row[1] for row in people},
    )


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in a list."""

    id: UUID
    series: str
    held_on: date
    starts_at: time | None
    state: MeetingState
    items: int
    discussed: int
    approved: int

    @property
    def to_approve(self) -> int:
        """Items read back and not approved yet."""
        return self.discussed - self.approved


@dataclass(frozen=True, slots=True)
class Meetings:
    """The meetings this person runs or is invited to."""

    coming: tuple[MeetingLine, ...]
    past: tuple[MeetingLine, ...]
    counts_items: bool
    seen: Seen


def list_meetings(session: MaceSession, actor: Actor, *, limit: int = 60) -> Meetings:
    """Coming meetings soonest first, past ones newest first."""
    statement: Any = (
        sa.select(
            col(Meeting.id),
            col(Series.name).label("series"),
            col(Meeting.held_on),
            col(Meeting.starts_at),
            col(Meeting.state),
        )
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .order_by(col(Meeting.held_on).desc(), col(Meeting.id))
        .limit(limit)
    )
    found = rows(session, scope.meetings(statement, actor))
    counted: dict[UUID, dict[ItemState, int]] = {}
    area = in_area(actor, Permission.MEETING_READ)
    if area:
        numbers = (
            sa.select(col(Item.meeting_id), col(Item.state), sa.func.count())
            .where(col(Item.meeting_id).in_([row[0] for row in found]))
            .group_by(col(Item.meeting_id), col(Item.state))
        )
        for meeting_id, state, number in rows(session, scope.items(numbers, actor)):
            counted.setdefault(meeting_id, {})[state] = number
    lines = [_meeting_line(row, counted.get(row[0], {})) for row in found]
    coming = sorted((line for line in lines if line.state in COMING), key=lambda line: (line.held_on, str(line.id)))
    past = tuple(line for line in lines if line.state not in COMING)
    return Meetings(tuple(coming), past, area, Seen("meeting", tuple(line.id for line in lines), act="listed"))


def _meeting_line(row: Any, numbers: dict[ItemState, int]) -> MeetingLine:
    on = sum(number for state, number in numbers.items() if state not in OFF)
    discussed = sum(numbers.get(state, 0) for state in DISCUSSED)
    approved = numbers.get(ItemState.APPROVED, 0)
    return MeetingLine(**row._asdict(), items=on, discussed=discussed, approved=approved)


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """One item of an agenda."""

    id: UUID
    position: int
    subject_id: UUID
    kind: SubjectKind
    name: str
    reference: str
    born_on: date | None
    level: RiskLevel | None
    tier: Tier
    minutes: int
    reasons: tuple[str, ...]
    state: ItemState
    off_because: str
    times_put_off: int
    worker_id: UUID | None
    worker: str
    team: str
    confirmed_on: date | None
    request_id: UUID | None = None
    """What the reader's own agency is asked about this subject."""
    request_answer: RequestAnswer | None = None
    answers: int = 0
    requests: int = 0

    @property
    def is_child(self) -> bool:
        """True for a child, who has a worker."""
        return self.kind is SubjectKind.CHILD

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons in words, and how often running it was put off, where that is more than last time."""
        running = f"Put off {count_of(self.times_put_off, 'time')} running"
        return (*self.reasons, running) if self.times_put_off > 1 else self.reasons

    @property
    def is_over(self) -> bool:
        """Read back already."""
        return self.state in DISCUSSED


@dataclass(frozen=True, slots=True)
class MeetingPage:
    """A meeting and its agenda."""

    id: UUID
    version: int
    series_id: UUID
    series: str
    series_kind: SeriesKind
    held_on: date
    starts_at: time | None
    place: str
    state: MeetingState
    available_minutes: int
    minute_taker_id: UUID | None
    minute_taker: str
    cancelled_because: str
    chairs: tuple[str, ...]
    agencies: tuple[tuple[UUID, str, bool], ...]
    """Expected agencies: id, name, whether a quorum needs it."""
    items: tuple[AgendaItem, ...]
    off: tuple[AgendaItem, ...]
    may_manage: bool
    may_run: bool
    seen: Seen

    @property
    def planned_minutes(self) -> int:
        """Minutes of all items on the agenda."""
        return sum(item.minutes for item in self.items)

    @property
    def minutes_over(self) -> int:
        """How far the plan is over what there is; negative when there is time left."""
        return self.planned_minutes - self.available_minutes

    @property
    def is_open(self) -> bool:
        """The agenda can still change."""
        return self.state in COMING

    @property
    def discussed(self) -> int:
        """Items read back."""
        return sum(item.is_over for item in self.items)

    def following(self, item_id: UUID | None = None) -> AgendaItem | None:
        """The next item that is not over, after this one in the order of the agenda, then from its start."""
        here = next((n for n, one in enumerate(self.items) if one.id == item_id), -1)
        others = (*self.items[here + 1 :], *self.items[: max(here, 0)])
        return next((one for one in others if not one.is_over and one.id != item_id), None)


MEETING_ID = sa.bindparam("meeting_id", type_=sa.Uuid())
SERIES_ID = sa.bindparam("series_id", type_=sa.Uuid())
"""Which meeting or series a statement asks about: each is built once for a reader and serves every one."""


@lru_cache(maxsize=256)
def _meeting_statement(actor: Actor) -> Any:
    taker = sa.select(col(Person.name)).where(col(Person.id) == col(Meeting.minute_taker_id)).scalar_subquery()
    statement: Any = (
        sa.select(
            col(Meeting.id),
            col(Meeting.version),
            col(Meeting.series_id),
            col(Series.name).label("series"),
            col(Series.kind),
            col(Meeting.held_on),
            col(Meeting.starts_at),
            col(Meeting.place),
            col(Meeting.state),
            col(Meeting.available_minutes),
            col(Meeting.minute_taker_id),
            taker.label("minute_taker"),
            col(Meeting.cancelled_because),
        )
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Meeting.id) == MEETING_ID)
    )
    return scope.meetings(statement, actor)


def get_meeting(session: MaceSession, actor: Actor, today: date, meeting_id: UUID) -> MeetingPage:
    """A meeting with the items this reader may know. Raises ``NotThere``."""
    found = plain_rows(session, _meeting_statement(actor), {"meeting_id": meeting_id})
    if not found:
        raise NotThere
    meeting = found[0]
    items = _items(session, actor, meeting_id)
    manage = in_area(actor, Permission.MEETING_MANAGE)
    return MeetingPage(
        id=meeting.id,
        version=meeting.version,
        series_id=meeting.series_id,
        series=meeting.series,
        series_kind=meeting.kind,
        held_on=meeting.held_on,
        starts_at=meeting.starts_at,
        place=meeting.place,
        state=meeting.state,
        available_minutes=meeting.available_minutes,
        minute_taker_id=meeting.minute_taker_id,
        minute_taker=meeting.minute_taker or "",
        cancelled_because=meeting.cancelled_because,
        chairs=_chairs(session, meeting.series_id),
        agencies=_expected(session, meeting.series_id),
        items=tuple(item for item in items if item.state not in OFF),
        off=tuple(item for item in items if item.state in OFF),
        may_manage=manage,
        may_run=in_area(actor, Permission.ITEM_RUN),
        seen=Seen("item", tuple(item.id for item in items), scope="area" if manage else "meeting", act="listed"),
    )


@lru_cache(maxsize=256)
def _items_statement(actor: Actor) -> Any:
    live = sa.and_(col(Allocation.child_id) == col(Item.subject_id), col(Allocation.ended_on).is_(None))
    asked = sa.and_(
        col(InformationRequest.item_id) == col(Item.id), col(InformationRequest.agency_id) == actor.agency_id
    )
    statement: Any = (
        sa.select(
            col(Item.id),
            col(Item.position),
            col(Item.subject_id),
            col(Subject.kind),
            col(Subject.name),
            col(Subject.reference),
            col(Child.born_on),
            col(Subject.level),
            col(Item.tier),
            col(Item.minutes),
            col(Item.reasons),
            col(Item.state),
            col(Item.off_because),
            col(Item.times_put_off),
            col(Person.id).label("worker_id"),
            sa.func.coalesce(col(Person.name), "").label("worker"),
            sa.func.coalesce(col(Team.name), "").label("team"),
            col(Allocation.confirmed_on),
            col(InformationRequest.id).label("request_id"),
            col(InformationRequest.answer).label("request_answer"),
        )
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .outerjoin(Child, col(Child.subject_id) == col(Item.subject_id))
        .outerjoin(Allocation, live)
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .outerjoin(Team, col(Team.id) == col(Allocation.team_id))
        .outerjoin(InformationRequest, asked)
        .where(col(Item.meeting_id) == MEETING_ID)
        .order_by(col(Item.position), col(Item.id))
    )
    return scope.items(statement, actor)


def _items(session: MaceSession, actor: Actor, meeting_id: UUID) -> list[AgendaItem]:
    answered = _answered(session, actor, meeting_id)
    found = plain_rows(session, _items_statement(actor), {"meeting_id": meeting_id})
    items = [agenda_item(row, answered.get(row.id, (0, 0))) for row in found]
    return items if in_area(actor, Permission.MEETING_MANAGE) else [replace(item, **_ONLY_IDENTITY) for item in items]


def agenda_item(row: Sequence[Any], answered: tuple[int, ...]) -> AgendaItem:
    """One item from the columns of its row, in their order, and how many of those asked about it have answered."""
    because = tuple(line for line in row[10].split("\n") if line)
    cells: list[Any] = [*row[:10], because, *row[11:], *answered]
    return AgendaItem(*cells)


_ONLY_IDENTITY: dict[str, Any] = {
    "level": None,
    "reasons": (),
    "off_because": "",
    "times_put_off": 0,
    "worker_id": None,
    "worker": "",
    "team": "",
    "confirmed_on": None,
}
"""What an agency that is only asked what it knows is not told: it gets the identity for that purpose."""


def _answered(session: MaceSession, actor: Actor, meeting_id: UUID) -> dict[UUID, tuple[int, ...]]:
    """For those who run meetings: answers and requests of each item."""
    if not in_area(actor, Permission.REQUEST_ANSWER):
        return {}
    found = plain_rows(session, _answered_statement(actor), {"meeting_id": meeting_id})
    return {item_id: (answers, requests) for item_id, answers, requests in found}


@lru_cache(maxsize=256)
def _answered_statement(actor: Actor) -> Any:
    statement = (
        sa.select(
            col(InformationRequest.item_id),
            sa.func.count(col(InformationRequest.answered_at)),
            sa.func.count(col(InformationRequest.id)),
        )
        .join(Item, col(Item.id) == col(InformationRequest.item_id))
        .where(col(Item.meeting_id) == MEETING_ID)
        .group_by(col(InformationRequest.item_id))
    )
    return scope.requests(statement, actor)


_CHAIRS = (
    sa.select(col(Person.name), col(SeriesPerson.role))
    .join(Person, col(Person.id) == col(SeriesPerson.person_id))
    .where(col(SeriesPerson.series_id) == SERIES_ID, col(SeriesPerson.role) != SeriesRole.MINUTE_TAKER)
    .order_by(col(SeriesPerson.role), col(Person.name), col(Person.id))
)
_EXPECTED = (
    sa.select(col(Agency.id), col(Agency.name), col(SeriesAgency.for_quorum))
    .join(SeriesAgency, col(SeriesAgency.agency_id) == col(Agency.id))
    .where(col(SeriesAgency.series_id) == SERIES_ID, col(Agency.is_member))
    .order_by(col(Agency.name), col(Agency.id))
)


def _chairs(session: MaceSession, series_id: UUID) -> tuple[str, ...]:
    found = plain_rows(session, _CHAIRS, {"series_id": series_id})
    return tuple(f"{name} ({role.label.lower()})" for name, role in found)


def _expected(session: MaceSession, series_id: UUID) -> tuple[tuple[UUID, str, bool], ...]:
    """Member agencies the series expects. One that has left the partnership is asked nothing and misses nothing."""
    found = plain_rows(session, _EXPECTED, {"series_id": series_id})
    return tuple((row[0], row[1], row[2]) for row in found)


@dataclass(frozen=True, slots=True)
class Due:
    """A subject that a meeting on that day should discuss, and why."""

    subject_id: UUID
    facts: SubjectFacts
    reasons: tuple[Reason, ...]
    tier: Tier
    times_put_off: int


def list_due(
    session: MaceSession,
    actor: Actor,
    series_id: UUID,
    kind: SeriesKind,
    meeting_on: date,
    area: Area,
    *,
    subject_ids: Sequence[UUID] | None = None,
) -> tuple[Due, ...]:
    """Every open subject with a reason to be discussed on that day, in the order of an agenda.

    With ``subject_ids`` those subjects alone, each with its reasons, even none: somebody asked for them.
    """
    statement: Any = sa.select(
        col(Subject.id),
        col(Subject.kind),
        col(Subject.name),
        col(Subject.level),
        col(Subject.next_review_on),
        col(Subject.exit_proposed_on),
        col(Subject.imported),
    ).where(col(Subject.closed_on).is_(None), col(Subject.kind).in_(KINDS[kind]))
    if subject_ids is not None:
        statement = statement.where(col(Subject.id).in_(subject_ids))
    subjects = rows(session, scope.area(statement, actor, Permission.MEETING_MANAGE))
    standings = _standings(session, actor, series_id, meeting_on, area)
    pasts = _pasts(session, actor, series_id, meeting_on)
    elsewhere = _with_another_series(session, actor, series_id)
    found = []
    for row in subjects:
        standing_ = standings.get(row.id, _Standing())
        past = pasts.get(row.id, _Past())
        ours = row.id not in elsewhere
        facts = SubjectFacts(
            kind=row.kind,
            is_new=ours and not past.discussed and not row.imported and not past.put_off_last,
            late_actions=standing_.late,
            worst_drift=standing_.worst,
            reported_done=standing_.reported,
            unconfirmed_imports=standing_.unconfirmed,
            first_look_due=ours and row.imported and not past.discussed,
            next_review_on=row.next_review_on if ours else None,
            put_off_last_time=past.put_off_last,
            exit_proposed=ours and row.exit_proposed_on is not None,
            level=row.level,
            open_actions=standing_.unfinished,
        )
        because = reasons(facts, meeting_on)
        if because or subject_ids is not None:
            due = Due(row.id, facts, because, tier(facts, because), past.times_put_off)
            found.append((order_key(facts, because), row.name, due))
    return tuple(due for _, _, due in sorted(found, key=lambda one: (one[0], one[1], str(one[2].subject_id))))


@dataclass(slots=True)
class _Standing:
    """How the unfinished actions of a subject in one series stand on the day of a meeting."""

    late: int = 0
    worst: DriftLevel = DriftLevel.ON_TRACK
    reported: int = 0
    unconfirmed: int = 0
    unfinished: int = 0


def _standings(
    session: MaceSession, actor: Actor, series_id: UUID, meeting_on: date, area: Area
) -> dict[UUID, _Standing]:
    statement = select(Action).where(Action.series_id == series_id, col(Action.ended_on).is_(None))
    actions = session.exec(scope.area(statement, actor, Permission.MEETING_MANAGE)).all()
    found: dict[UUID, _Standing] = {}
    for start in range(0, len(actions), 500):
        some = actions[start : start + 500]
        facts = list_facts(session, some)
        for action in some:
            one = found.setdefault(action.subject_id, _Standing())
            level = standing(facts[action.id], meeting_on, area).level
            one.late += is_late(facts[action.id], meeting_on)
            one.worst = max(one.worst, level, key=lambda reached: reached.rank)
            one.reported += action.state is ActionState.REPORTED_DONE
            one.unconfirmed += action.imported and action.confirmed_at is None
            one.unfinished += 1
    return found


@dataclass(frozen=True, slots=True)
class _Past:
    """What earlier meetings of one series did with a subject."""

    discussed: bool = False
    put_off_last: bool = False
    times_put_off: int = 0
    """How often running."""


def _pasts(session: MaceSession, actor: Actor, series_id: UUID, meeting_on: date) -> dict[UUID, _Past]:
    """Each subject's past here. Leaving it off an agenda is no look at it: it stays put off as often as before."""
    statement = (
        sa.select(col(Item.subject_id), col(Item.state), col(Item.times_put_off))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(
            col(Meeting.series_id) == series_id,
            col(Meeting.state) == MeetingState.HELD,
            col(Meeting.held_on) <= meeting_on,
        )
        .order_by(col(Meeting.held_on), col(Item.id))
    )
    found: dict[UUID, _Past] = {}
    for subject_id, state, times in rows(session, scope.area(statement, actor, Permission.MEETING_MANAGE)):
        if state is ItemState.LEFT_OFF:
            continue
        discussed = found.get(subject_id, _Past()).discussed or state in DISCUSSED
        put_off = state is ItemState.PUT_OFF
        found[subject_id] = _Past(discussed, put_off, times if put_off else 0)
    return found


def _with_another_series(session: MaceSession, actor: Actor, series_id: UUID) -> frozenset[UUID]:
    """Subjects that another series looks after: it last had them on an agenda, or alone owns their actions.

    Here they come up for actions of this series only; a subject that no series has had yet is new to each.
    """
    last: dict[UUID, UUID] = {}
    owned = sa.select(col(Action.subject_id), col(Action.series_id)).distinct().order_by(col(Action.subject_id))
    for subject_id, owner in rows(session, scope.area(owned, actor, Permission.MEETING_MANAGE)):
        if owner == series_id or subject_id not in last:
            last[subject_id] = owner
    agendas = (
        sa.select(col(Item.subject_id), col(Meeting.series_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Meeting.state) != MeetingState.CANCELLED, col(Item.state) != ItemState.LEFT_OFF)
        .order_by(col(Meeting.held_on), col(Item.id))
    )
    for subject_id, owner in rows(session, scope.area(agendas, actor, Permission.MEETING_MANAGE)):
        last[subject_id] = owner
    return frozenset(subject_id for subject_id, owner in last.items() if owner != series_id)


@dataclass(frozen=True, slots=True)
class Addable:
    """A subject that could be added to an agenda."""

    id: UUID
    name: str
    reference: str
    kind: SubjectKind
    level: RiskLevel | None
    worker: str


def find_addable(
    session: MaceSession, actor: Actor, meeting_id: UUID, words: str, limit: int = 20
) -> tuple[Addable, ...]:
    """Open subjects by name or number that do not stand on this agenda."""
    on_agenda = sa.select(col(Item.subject_id)).where(col(Item.meeting_id) == meeting_id)
    live = sa.and_(col(Allocation.child_id) == col(Subject.id), col(Allocation.ended_on).is_(None))
    statement: Any = (
        sa.select(
            col(Subject.id),
            col(Subject.name),
            col(Subject.reference),
            col(Subject.kind),
            col(Subject.level),
            sa.func.coalesce(col(Person.name), "").label("worker"),
        )
        .outerjoin(Allocation, live)
        .outerjoin(Person, col(Person.id) == col(Allocation.person_id))
        .where(
            col(Subject.closed_on).is_(None),
            col(Subject.id).not_in(on_agenda),
            sa.or_(
                col(Subject.search_name).contains(folded(words), autoescape=True),
                col(Subject.reference) == words.strip(),
            ),
        )
        .order_by(col(Subject.name), col(Subject.id))
        .limit(limit)
    )
    found = rows(session, scope.area(statement, actor, Permission.MEETING_MANAGE))
    return tuple(Addable(**row._asdict()) for row in found)


def get_meeting_of_item(session: MaceSession, actor: Actor, today: date, item_id: UUID) -> MeetingPage:
    """The meeting an item stands on, for those who arrange it. Raises ``NotThere``."""
    statement = sa.select(col(Item.meeting_id)).where(col(Item.id) == item_id)
    row = scope.one_row(session, scope.area(statement, actor, Permission.MEETING_MANAGE))
    return get_meeting(session, actor, today, row[0])


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """A coming meeting on a start page; items and minutes only for those who run it."""

    id: UUID
    series: str
    held_on: date
    starts_at: time | None
    state: MeetingState
    available_minutes: int
    items: int = 0
    planned_minutes: int = 0


def list_next(session: MaceSession, actor: Actor, *, limit: int = 3) -> tuple[NextMeeting, ...]:
    """The coming meetings this person runs or is invited to, soonest first."""
    return tuple(NextMeeting(*row) for row in plain_rows(session, _next_statement(actor, limit)))


@lru_cache(maxsize=256)
def _next_statement(actor: Actor, limit: int) -> Any:
    statement: Any = (
        sa.select(
            col(Meeting.id),
            col(Series.name).label("series"),
            col(Meeting.held_on),
            col(Meeting.starts_at),
            col(Meeting.state),
            col(Meeting.available_minutes),
        )
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Meeting.state).in_(COMING))
        .order_by(col(Meeting.held_on), col(Meeting.starts_at), col(Meeting.id))
        .limit(limit)
    )
    if in_area(actor, Permission.MEETING_MANAGE):
        statement = statement.add_columns(
            _on_agenda(actor, sa.func.count(col(Item.id))),
            _on_agenda(actor, sa.cast(sa.func.coalesce(sa.func.sum(col(Item.minutes)), 0), sa.Integer)),
        )
    return scope.within(scope.meetings(statement, actor), "meetings in scope, with what is planned for each")


def _on_agenda(actor: Actor, figure: Any) -> Any:
    """A figure of what is still on the agenda of each meeting."""
    items = sa.select(figure).where(col(Item.meeting_id) == col(Meeting.id), col(Item.state).not_in(OFF))
    return scope.items(items, actor).correlate(Meeting).scalar_subquery()


@dataclass(frozen=True, slots=True)
class ToApprove:
    """A held meeting with records that nobody has approved yet."""

    meeting_id: UUID
    series: str
    held_on: date
    number: int


def list_to_approve(session: MaceSession, actor: Actor) -> tuple[ToApprove, ...]:
    """Meetings with items read back and not approved, oldest first; for those who may approve."""
    return tuple(ToApprove(*row) for row in plain_rows(session, _to_approve_statement(actor)))


@lru_cache(maxsize=256)
def _to_approve_statement(actor: Actor) -> Any:
    statement: Any = (
        sa.select(
            col(Meeting.id).label("meeting_id"),
            col(Series.name).label("series"),
            col(Meeting.held_on),
            sa.func.count(col(Item.id)).label("number"),
        )
        .join(Item, col(Item.meeting_id) == col(Meeting.id))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .where(col(Item.state) == ItemState.CLOSED)
        .group_by(col(Meeting.id), col(Series.name), col(Meeting.held_on))
        .order_by(col(Meeting.held_on), col(Meeting.id))
    )
    return scope.area(statement, actor, Permission.ITEM_APPROVE)
