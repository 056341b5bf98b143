"""The register: every action in scope, narrowed, sorted, page by page; and the same as a download."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace import scope
from mace.actions.queries.lines import OWNER, ActionLine, line_columns, line_of, with_history
from mace.database import MaceSession, plain_rows
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import ActionState, DriftLevel, SubjectKind, Term
from mace.history import Seen
from mace.models import Action, ActionChild, Item, LedgerLine, Person, Subject, Waiting

PAGE = 50
COUNTED_TO = 1000


class Sort(Term):
    """In which order the register stands."""

    WORST = "worst", "Worst first"
    DUE = "due", "Due date, soonest first"
    NEWEST = "newest", "Newest first"
    OWNER = "owner", "Owner"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the register is narrowed to. Empty means all unfinished."""

    agency_id: UUID | None = None
    owner_id: UUID | None = None
    subject_id: UUID | None = None
    drift: DriftLevel | None = None
    state: ActionState | None = None
    late: bool = False
    ended: bool = False
    words: str = ""
    """Words of the action, or its number."""
    due_by: date | None = None
    mine: bool = False
    """Owned by me, chased by me, or offered to the plan I lead."""
    everything: bool = False
    """Unfinished and ended together."""
    meeting_id: UUID | None = None
    """Set at that meeting, or decided there."""
    not_looked_at: bool = False
    """Imported, and no meeting here has looked at it yet."""
    not_accepted: bool = False
    """Its owner has not said yes to it."""

    @property
    def is_narrow(self) -> bool:
        """Whether it leaves few actions, found by index, whatever the area holds."""
        return self.mine or self.subject_id is not None or self.meeting_id is not None

    @property
    def shows(self) -> str:
        """ "unfinished", "ended" or "all"; a state says which by itself."""
        if self.state is not None:
            return "ended" if self.state.is_ended else "unfinished"
        return "all" if self.everything else "ended" if self.ended else "unfinished"


@dataclass(frozen=True, slots=True)
class Register:
    """One page of the register."""

    lines: tuple[ActionLine, ...]
    count: str
    next_after: str
    seen: Seen
    previous_before: str = ""


def _narrowed(statement: Any, actor: Actor, filters: Filters, today: date) -> Any:
    wanted: list[Any] = []
    if filters.shows != "all":
        ended = filters.shows == "ended"
        wanted.append(col(Action.ended_on).is_not(None) if ended else col(Action.ended_on).is_(None))
    equal = (
        (Action.owner_agency_id, filters.agency_id),
        (Action.owner_id, filters.owner_id),
        (Action.drift, filters.drift),
        (Action.state, filters.state),
    )
    wanted += [col(column) == value for column, value in equal if value is not None]
    if filters.subject_id:
        wanted.append(on_record(filters.subject_id))
    if filters.meeting_id:
        wanted.append(_of_meeting(filters.meeting_id))
    if filters.mine:
        wanted.append(_mine(actor, filters.shows))
    if filters.late:
        wanted.append(col(Action.late_from) <= today)
    if filters.due_by:
        wanted.append(col(Action.due) <= filters.due_by)
    if filters.not_looked_at:
        wanted += [col(Action.imported), col(Action.confirmed_at).is_(None)]
    if filters.not_accepted:
        wanted += [col(Action.owner_accepted_at).is_(None), col(Action.owner_id).is_not(None)]
        wanted.append(sa.not_(col(Action.imported)))
    if filters.words:
        wanted.append(_says(filters.words))
    return statement.where(*wanted)


def on_record(subject_id: Any) -> Any:
    """Actions that stand on a subject's record: about it, or protecting it. One list of ids, found by index."""
    about = aliased(Action)
    return col(Action.id).in_(
        sa.union_all(
            sa.select(col(about.id)).where(col(about.subject_id) == subject_id),
            sa.select(col(ActionChild.action_id)).where(col(ActionChild.child_id) == subject_id),
        )
    )


def _of_meeting(meeting_id: UUID) -> Any:
    agreed = aliased(Action)
    items = sa.select(col(Item.id)).where(col(Item.meeting_id) == meeting_id)
    return col(Action.id).in_(
        sa.union_all(
            sa.select(col(agreed.id)).where(col(agreed.set_at_item_id).in_(items)),
            sa.select(col(LedgerLine.action_id)).where(col(LedgerLine.meeting_id) == meeting_id),
        )
    )


def _mine(actor: Actor, shows: str) -> Any:
    """One list of ids, found by index."""
    mine = aliased(Action)
    owned = sa.select(col(mine.id)).where(col(mine.owner_id) == actor.person_id)
    if shows == "unfinished":
        owned = owned.where(col(mine.ended_on).is_(None))
    return col(Action.id).in_(
        sa.union_all(
            owned,
            sa.select(col(mine.id)).where(col(mine.offered_to_id) == actor.person_id),
            sa.select(col(Waiting.action_id)).where(
                col(Waiting.chaser_id) == actor.person_id, col(Waiting.ended_on).is_(None)
            ),
        )
    )


def _says(words: str) -> Any:
    pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    said = col(Action.what).ilike(pattern, escape="\\")
    number = as_number(words)
    return said if number is None else sa.or_(said, col(Action.number) == number)


def as_number(typed: int | str) -> int | None:
    """The number somebody means by "14" or "#14", or None."""
    text = str(typed).strip().removeprefix("#").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


class _Order(NamedTuple):
    """Columns that all run the same way, so that one comparison finds the place; the action's id breaks ties."""

    columns: tuple[Any, ...]
    descending: bool = False


DUE_OR_LAST = sa.literal_column("coalesce(action.due, '9999-12-31')", sa.Date)
"""The due date, undated actions last; written as the index is, so that both databases use it."""
_ENDED_LAST = _Order((col(Action.ended_on),), descending=True)
_ORDERS = {
    Sort.WORST: _Order((col(Action.sort_weight),)),
    Sort.DUE: _Order((DUE_OR_LAST,)),
    Sort.NEWEST: _Order((col(Action.set_on),), descending=True),
    Sort.OWNER: _Order(
        (
            sa.case((col(Action.owner_id).is_(None), 1), else_=0),
            sa.func.coalesce(OWNER.name, ""),
            col(Action.sort_weight),
        )
    ),
}


def _order(sort: Sort, filters: Filters) -> _Order:
    """Among ended actions nothing is worse than another: the last to end comes first."""
    return _ENDED_LAST if filters.shows == "ended" and sort is Sort.WORST else _ORDERS[sort]


def _cursor(row: Any, order: _Order) -> str:
    """The place of a row in words that may stand in an address: days, numbers and ids, never a name."""
    if order is _ORDERS[Sort.OWNER]:
        place = f"{row.owner_id or 'nobody'}_{row.sort_weight}"
    elif order is _ORDERS[Sort.WORST]:
        place = str(row.sort_weight)
    elif order is _ENDED_LAST:
        place = row.ended_on.isoformat()
    elif order is _ORDERS[Sort.NEWEST]:
        place = row.set_on.isoformat()
    else:
        place = (row.due or date(9999, 12, 31)).isoformat()
    return f"{place}_{row.id}"


def _place(cursor: str, order: _Order) -> dict[str, Any]:
    """What a cursor says, as parameters; nothing for one that makes no sense: it is ignored calmly."""
    *place, last = cursor[:120].split("_")
    try:
        said: dict[str, Any] = {"last_id": UUID(last)}
        if order is _ORDERS[Sort.OWNER]:
            owner, weight = place
            nobody = owner == "nobody"
            return said | {"nobody": int(nobody), "owner": None if nobody else UUID(owner), "value": _small(weight)}
        (value,) = place
        return said | {"value": _small(value) if order is _ORDERS[Sort.WORST] else date.fromisoformat(value)}
    except ValueError:
        return {}


def _small(text: str) -> int:
    if len(text) > 12 or not text.isascii() or abs(int(text)) >= 2**31:
        raise ValueError("not a weight")
    return int(text)


def _there(order: _Order) -> tuple[Any, ...]:
    """The place of a cursor, column by column. An owner's name is looked up: none stands in an address."""
    last = sa.bindparam("last_id", type_=sa.Uuid())
    value = sa.bindparam("value", type_=order.columns[-1].type)
    if order is not _ORDERS[Sort.OWNER]:
        return value, last
    named = sa.select(col(Person.name)).where(col(Person.id) == sa.bindparam("owner", type_=sa.Uuid()))
    return (
        sa.bindparam("nobody", type_=sa.Integer()),
        sa.func.coalesce(named.scalar_subquery(), ""),
        value,
        last,
    )


def _falls(order: _Order, direction: str) -> bool:
    return order.descending != (direction == "before")


def _ordered(statement: Any, order: _Order, direction: str) -> Any:
    """In this order, or backwards where the page is the one before a place."""
    columns = (*order.columns, col(Action.id))
    return statement.order_by(*(column.desc() if _falls(order, direction) else column for column in columns))


def _beyond(order: _Order, direction: str) -> Any:
    """What comes "after" or "before" a place."""
    here, there = sa.tuple_(*order.columns, col(Action.id)), sa.tuple_(*_there(order))
    return here < there if _falls(order, direction) else here > there


def _kept(build: Callable[..., Any]) -> Callable[..., Any]:
    """A statement is built once for each reader and what they narrow to, and kept; not where it holds words they
    typed."""
    keep = lru_cache(maxsize=256)(build)

    def statement(actor: Actor, today: date, filters: Filters, *more: Any) -> Any:
        return (build if filters.words else keep)(actor, today, filters, *more)

    statement.cache_clear = keep.cache_clear  # type: ignore[attr-defined]
    return statement


@_kept
def _page_statement(actor: Actor, today: date, filters: Filters, sort: Sort, direction: str, limit: int) -> Any:
    return _whole_lines(line_columns(actor, today), actor, today, filters, sort, direction, limit)


def _whole_lines(
    columns: Any, actor: Actor, today: date, filters: Filters, sort: Sort, direction: str, limit: int
) -> Any:
    """Lines in their order. Which ones is asked of the actions alone, so that an index gives them in order and the
    rest is joined to those few; neither database's planner is left to join first and sort afterwards."""
    order = _order(sort, filters)
    wanted = sa.select(col(Action.id))
    if sort is Sort.OWNER:
        wanted = wanted.outerjoin(OWNER, col(OWNER.id) == col(Action.owner_id))
    wanted = _ordered(_narrowed(wanted, actor, filters, today), order, direction).limit(limit)
    if direction:
        wanted = wanted.where(_beyond(order, direction))
    limited = scope.actions(wanted, actor, today, Permission.ACTION_LIST, is_narrow=filters.is_narrow)
    page = limited.subquery("page")
    statement = _ordered(columns.join(page, page.c.id == col(Action.id)), order, direction)
    return scope.within(statement, "a page of a scoped list")


@_kept
def _count_statement(actor: Actor, today: date, filters: Filters) -> Any:
    narrowed = _narrowed(sa.select(col(Action.id)), actor, filters, today)
    limited = scope.actions(narrowed, actor, today, Permission.ACTION_LIST, is_narrow=filters.is_narrow)
    inner = limited.limit(COUNTED_TO + 1).subquery()
    return scope.within(sa.select(sa.func.count()).select_from(inner), "count of a scoped list")


def list_register(
    session: MaceSession,
    actor: Actor,
    today: date,
    filters: Filters,
    *,
    after: str = "",
    before: str = "",
    sort: Sort = Sort.WORST,
    limit: int = PAGE,
) -> Register:
    """A page of the register by keyset, after one row or before another; the count stops at 1,000."""
    order = _order(sort, filters)
    place = _place(after or before, order) if after or before else {}
    direction = ("after" if after else "before") if place else ""
    statement = _page_statement(actor, today, filters, sort, direction, limit + 1)
    found: Sequence[Any] = plain_rows(session, statement, place)
    shown = list(found[:limit])
    if direction == "before":
        shown.reverse()
    goes_on = len(found) > limit
    lines = with_history(session, actor, today, shown)
    number = count_actions(session, actor, today, filters) if place or goes_on else len(found)
    return Register(
        lines,
        counted(number),
        next_after=_cursor(shown[-1], order) if shown and (goes_on or direction == "before") else "",
        previous_before=_cursor(shown[0], order) if shown and (goes_on if direction == "before" else place) else "",
        seen=Seen("action", tuple(line.id for line in lines), act="listed"),
    )


def count_actions(session: MaceSession, actor: Actor, today: date, filters: Filters) -> int:
    """How many actions in scope match; it stops one past 1,000, where :func:`counted` says "1,000+"."""
    return int(plain_rows(session, _count_statement(actor, today, filters))[0][0])


def counted(number: int) -> str:
    """A count as a page shows it."""
    return f"{COUNTED_TO:,}+" if number > COUNTED_TO else f"{number:,}"


def list_of_subject(
    session: MaceSession, actor: Actor, today: date, subject_id: UUID, *, ended: bool
) -> tuple[ActionLine, ...]:
    """Every action that stands on this record, worst first; of those that ended, the last first."""
    found = plain_rows(session, _of_subject(actor, today, ended), {"subject_id": subject_id})
    return with_history(session, actor, today, found)


@lru_cache(maxsize=256)
def _of_subject(actor: Actor, today: date, ended: bool) -> Any:
    """Built once for each reader, whoever's record it is."""
    statement = _narrowed(line_columns(actor, today), actor, Filters(ended=ended), today)
    statement = statement.where(on_record(sa.bindparam("subject_id", type_=sa.Uuid())))
    statement = statement.order_by(col(Action.sort_weight), col(Action.ended_on).desc(), col(Action.number))
    return scope.actions(statement, actor, today, Permission.ACTION_LIST, is_narrow=True)


def find_by_number(session: MaceSession, actor: Actor, today: date, number: int | str) -> ActionLine | None:
    """The action of this number in scope, as people say it ("14", "#14"); None for anything else."""
    wanted = as_number(number)
    if wanted is None:
        return None
    statement = line_columns(actor, today).where(col(Action.number) == wanted)
    found = plain_rows(session, scope.actions(statement, actor, today, Permission.ACTION_LIST))
    return line_of(found[0], today) if found else None


@dataclass(frozen=True, slots=True)
class ExportLine:
    """An action with what a download adds to the page's row."""

    line: ActionLine
    late_line: date
    date_moves: int
    waits_on: str
    waits_since: date | None
    reported_done_on: date | None
    ended_because: str
    children: int


@dataclass(frozen=True, slots=True)
class Export:
    """The register as a download."""

    lines: tuple[ExportLine, ...]
    is_cut: bool
    """More matched than a download holds."""
    seen: Seen


def list_export(
    session: MaceSession, actor: Actor, today: date, filters: Filters, *, sort: Sort = Sort.WORST, limit: int
) -> Export:
    """The register with the same filters, whole up to a limit."""
    found = plain_rows(session, _export_statement(actor, today, filters, sort, limit + 1))
    lines = tuple(_export_line(row, today) for row in found[:limit])
    return Export(lines, len(found) > limit, Seen("action", tuple(one.line.id for one in lines), act="exported"))


@_kept
def _export_statement(actor: Actor, today: date, filters: Filters, sort: Sort, limit: int) -> Any:
    columns = line_columns(actor, today).add_columns(
        col(Action.date_moves), col(Action.ended_because), _children(actor, today).label("children")
    )
    return _whole_lines(columns, actor, today, filters, sort, "", limit)


def _children(actor: Actor, today: date) -> Any:
    """How many children it protects, of those that this reader may know."""
    statement = (
        sa.select(sa.func.count(col(ActionChild.child_id)))
        .join(Subject, col(Subject.id) == col(ActionChild.child_id))
        .where(col(ActionChild.action_id) == col(Action.id), col(Subject.kind) == SubjectKind.CHILD)
        .correlate(Action)
    )
    return scope.about(statement, ActionChild.child_id, actor, today, Permission.ACTION_LIST).scalar_subquery()


def _export_line(row: Any, today: date) -> ExportLine:
    line = line_of(row, today)
    waits = line.state is ActionState.WAITING_ON and row.waits_on is not None
    return ExportLine(
        line=line,
        late_line=row.late_line,
        date_moves=row.date_moves,
        waits_on=row.waits_on if waits else "",
        waits_since=min(row.asked_on, row.began_on) if waits else None,
        reported_done_on=row.reported_done_on,
        ended_because=row.ended_because,
        children=row.children,
    )
