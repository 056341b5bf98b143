"""The page before an import: what would be made, what each row leaves open, whom it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.calendar import london_day
from mace.database import MaceSession, rows
from mace.domain.choices import Choices, Misfit, fitted
from mace.domain.errors import Refused
from mace.domain.policy import Actor, Permission
from mace.domain.tracker import FIELDS, Plan, Problem, cell_text, truth
from mace.domain.words import counts_of
from mace.intake.queries.known import Known, list_known
from mace.intake.queries.people import NamedHere, list_named_in
from mace.intake.queries.uploads import Looked, UploadPage, find_mapping, read_sheets, suggested_for
from mace.intake.workbook import Sheet
from mace.models import ImportBatch, Series

PAGE = 50
MOST_AT_ONCE = 5_000
"""So many new rows go in through the pages at once, about 15 seconds of work: everybody else waits meanwhile. More is
for the command line, out of hours."""

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class CellToCheck:
    """What there is to say about one cell of a row; ``field`` is empty where it cannot be put right here."""

    field: str
    label: str
    words: tuple[str, ...]
    typed: str
    stops: bool

    @property
    def is_long(self) -> bool:
        """True for words that need more than one line."""
        return "\n" in self.typed or len(self.typed) > 60


@dataclass(frozen=True, slots=True)
class RowToCheck:
    """A row with something to look at."""

    sheet: str
    place: int
    """Which of the sheets, counted from 0."""
    row: int
    about: str
    what: str
    stops: bool
    cells: tuple[CellToCheck, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the workbook holds, as its owner would count it."""

    children: int
    actions: int
    open: int
    carried: int
    undated: int
    shared: int


@dataclass(frozen=True, slots=True)
class News:
    """What of it is new here."""

    children: int
    actions: int
    notes: int
    cells: int

    @property
    def is_nothing(self) -> bool:
        """True where everything is here already."""
        return not (self.children or self.actions or self.notes or self.cells)

    @property
    def words(self) -> str:
        """What comes in by itself, in words."""
        return counts_of(
            (self.children, "child", "children"),
            (self.actions, "action", "actions"),
            (self.notes, "new entry on an earlier action", "new entries on earlier actions"),
        )


@dataclass(frozen=True, slots=True)
class Check:
    """The whole page."""

    counts: Counts
    news: News
    is_newer_copy: bool
    stops: int
    to_look_at: int
    too_many: bool
    rows: tuple[RowToCheck, ...]
    page: int
    pages: int
    left_out: tuple[RowToCheck, ...]
    people: tuple[NamedHere, ...]
    series: tuple[tuple[UUID, str], ...]
    imported_before: datetime | None


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan with what stands against it here."""

    sheets: tuple[Sheet, ...]
    plan: Plan
    known: Known
    problems: tuple[Problem, ...]

    @property
    def stops(self) -> tuple[Problem, ...]:
        """What must be put right or left out first."""
        return tuple(problem for problem in self.problems if problem.stops)


def get_ready(session: MaceSession, actor: Actor, upload: UploadPage, now: datetime) -> Ready:
    """Read the upload again and plan it, against what is here."""
    sheets = read_sheets(session, actor, upload.id)
    plan = plan_of(sheets, upload.choices, london_day(now))
    return ready(sheets, plan, list_known(session, actor, plan))


def get_ready_file(session: MaceSession, actor: Actor, looked: Looked, mapping: str | None, now: datetime) -> Ready:
    """Plan a file that no page shows: read by a named mapping, else by our own suggestion. Raises :class:`Refused`
    where there is no such mapping, it does not fit, or no sheet looks like a tracker."""
    choices = suggested_for(looked)
    if mapping is not None:
        choices = use_mapping(session, mapping, looked.sheets)
    if not choices.sheets:
        raise Refused("No sheet of this file looks like a list of children or a log of actions: name a mapping")
    plan = plan_of(looked.sheets, choices, london_day(now))
    return ready(looked.sheets, plan, list_known(session, actor, plan))


def use_mapping(session: MaceSession, name: str, sheets: Iterable[Sheet]) -> Choices:
    """How the named mapping reads these sheets. Raises :class:`Refused` where it does not fit them."""
    kept = find_mapping(session, name)
    if kept is None:
        raise Refused(f"There is no mapping called “{name}”", "mapping")
    try:
        return fitted(kept, [(sheet.name, sheet.rows) for sheet in sheets])
    except Misfit as no:
        raise Refused(str(no), "mapping") from no


def plan_of(sheets: Iterable[Sheet], choices: Choices, today: date) -> Plan:
    """What these sheets would make, read so."""
    return choices.plan([(sheet.name, sheet.rows) for sheet in sheets], today)


def ready(sheets: Sequence[Sheet], plan: Plan, known: Known) -> Ready:
    """The problems worth showing: none of rows that were imported before and have not changed."""
    done = {
        (one.sheet, one.row)
        for one in plan.children
        if (row := known.child_row(one)) is not None and row.is_same(one.content_hash)
    }
    done |= {
        (one.sheet, one.row)
        for one in plan.actions
        if (row := known.action_row(one)) is not None and row.is_same(one.content_hash)
    }
    of_file = tuple(problem for problem in plan.problems if problem.stops or (problem.sheet, problem.row) not in done)
    return Ready(tuple(sheets), plan, known, (*known.against_here(), *of_file))


def get_check(session: MaceSession, actor: Actor, upload: UploadPage, page: int, now: datetime) -> Check:
    """The page before an import: rows that stop it first, so many rows at a time."""
    ready_ = get_ready(session, actor, upload, now)
    plan, known = ready_.plan, ready_.known
    by_row: dict[Place, list[Problem]] = {}
    for problem in ready_.problems:
        by_row.setdefault((problem.sheet, problem.row), []).append(problem)
    order = {sheet.name: place for place, sheet in reversed(list(enumerate(ready_.sheets)))}
    stopped = {place for place, some in by_row.items() if any(problem.stops for problem in some)}
    places = sorted(by_row, key=lambda place: (place not in stopped, order.get(place[0], 0), place[1]))
    pages = max(1, -(-len(places) // PAGE))
    page = min(max(page, 1), pages)
    drawer = _Drawer(ready_, upload.choices, order)
    changed = (*known.changed_children(), *known.changed_actions(london_day(now)))
    return Check(
        counts=_counts(plan),
        news=News(
            len(known.new_children),
            len(known.new_actions),
            sum(len(change.notes) for _, change in changed),
            sum(len(change.cells) for _, change in changed),
        ),
        is_newer_copy=bool(known.rows) and len(known.new_actions) < len(plan.actions),
        stops=len(stopped),
        to_look_at=len(places) - len(stopped),
        too_many=len(known.new_children) + len(known.new_actions) > MOST_AT_ONCE,
        rows=tuple(drawer.row(place, by_row[place]) for place in places[(page - 1) * PAGE : page * PAGE]),
        page=page,
        pages=pages,
        left_out=tuple(drawer.row(place, ()) for place in sorted(upload.choices.left_out)[:500]),
        people=list_named_in(session, plan),
        series=list_series(session),
        imported_before=_imported_before(session, actor, upload.digest),
    )


def _counts(plan: Plan) -> Counts:
    counted: dict[str, Any] = truth(plan)
    return Counts(
        counted["children"],
        counted["actions"],
        counted["open"],
        sum(counted["carried"].values()),
        counted["no_date"],
        counted["shared_owner"],
    )


class _Drawer:
    """Draws rows of a workbook with the words that stand in them now."""

    def __init__(self, ready_: Ready, choices: Choices, order: dict[str, int]) -> None:
        self.sheets = {sheet.name: sheet for sheet in reversed(ready_.sheets)}
        self.choices, self.order = choices, order
        self.names = {child.local_number: child.name for child in ready_.plan.children}
        plan, known = ready_.plan, ready_.known
        rows_here = [one for one in plan.children if known.child_row(one) is not None]
        self.kept = {(one.sheet, one.row) for one in rows_here}
        self.kept |= {(one.sheet, one.row) for one in plan.actions if known.action_row(one) is not None}

    def row(self, place: Place, problems: Sequence[Problem]) -> RowToCheck:
        sheet, number = place
        mapping = self.choices.mapping_of(sheet)
        words = self.words(place)
        about = words.get("name") or self.names.get(words.get("number", "")) or words.get("child") or ""
        ref = words.get("ref", "")
        fields = FIELDS[mapping.kind] if mapping else {}
        return RowToCheck(
            sheet,
            self.order.get(sheet, 0),
            number,
            " · ".join(part for part in (ref, about) if part),
            words.get("what", ""),
            any(problem.stops for problem in problems),
            self.cells(place, problems, fields, words),
        )

    def cells(
        self, place: Place, problems: Sequence[Problem], fields: dict[str, str], words: dict[str, str]
    ) -> tuple[CellToCheck, ...]:
        """One entry for each cell, with everything there is to say about it."""
        by_cell: dict[tuple[str, str], list[Problem]] = {}
        for one in problems:
            by_cell.setdefault((one.field, one.column), []).append(one)
        return tuple(
            CellToCheck(
                "" if place in self.kept else name,
                fields.get(name, column),
                tuple(dict.fromkeys(one.words for one in some)),
                words.get(name, ""),
                any(one.stops for one in some),
            )
            for (name, column), some in by_cell.items()
        )

    def words(self, place: Place) -> dict[str, str]:
        sheet, number = place
        mapping, rows_ = self.choices.mapping_of(sheet), self.sheets[sheet].rows if sheet in self.sheets else []
        row = rows_[number - 1] if 1 <= number <= len(rows_) else ()
        if mapping is None:
            return {}
        return {
            name: self.choices.fixes.get((sheet, number, name), cell_text(row[index]) if index < len(row) else "")
            for name, index in mapping.columns.items()
        }


def list_series(session: MaceSession) -> tuple[tuple[UUID, str], ...]:
    """Series that run, by name: an import goes into one of them."""
    statement = (
        sa.select(col(Series.id), col(Series.name))
        .where(col(Series.is_active))
        .order_by(col(Series.name), col(Series.id))
    )
    return tuple((row[0], row[1]) for row in rows(session, statement))


def find_usual_series(session: MaceSession, actor: Actor) -> UUID | None:
    """The series that the last import went into, else the first by name; None where there is none yet."""
    series = list_series(session)
    last = (
        sa.select(col(ImportBatch.series_id))
        .where(col(ImportBatch.series_id).in_([one[0] for one in series]))
        .order_by(col(ImportBatch.made_at).desc(), col(ImportBatch.id))
        .limit(1)
    )
    found = rows(session, scope.area(last, actor, Permission.IMPORT_RUN))
    return found[0][0] if found else (series[0][0] if series else None)


def _imported_before(session: MaceSession, actor: Actor, digest: str) -> datetime | None:
    statement = sa.select(sa.func.max(col(ImportBatch.made_at))).where(
        col(ImportBatch.digest) == digest, col(ImportBatch.undone_at).is_(None)
    )
    found: datetime | None = rows(session, scope.area(statement, actor, Permission.IMPORT_RUN))[0][0]
    return found
