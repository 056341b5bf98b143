"""The pages that are measured: a name, and the address of each from what was seeded. Add a line to add a page."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from benchmarks.floor import ByHand
from benchmarks.seed import Seeded
from mace.actions.queries.lines import line_of
from mace.domain.vocabulary import ActionState, DriftLevel


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the table."""

    name: str
    path: Callable[[Seeded, str], str]
    """From what was seeded and the place in the middle of the register."""
    is_flat: bool = True
    """False for one whose rows grow with the area, as a whole download's do."""
    times: int = 40
    by_hand: ByHand | None = None
    """How its floor makes what it draws from raw rows; without one it draws what the real page made."""


def _register_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """The register's lines and their words from the driver's own rows."""
    rows = next(rows for rows in answers if rows and len(rows[0]) == 29)
    lines = tuple(line_of(_read(row), context["today"]) for row in rows[:50])
    return {**context, "page": replace(context["page"], lines=lines)}


def _read(row: Any) -> list[Any]:
    """A row with its words, days and ids as Python has them: SQLite gives text."""
    cells = list(row)
    cells[10], cells[11] = ActionState(cells[10]), DriftLevel(cells[11])
    if isinstance(cells[0], str):
        cells[0], cells[3] = UUID(cells[0]), UUID(cells[3])
        for n in (7, 8, 14, 15, 18, 19, 22, 26, 27):
            if cells[n] is not None:
                cells[n] = date.fromisoformat(cells[n])
        if cells[23] is not None:
            cells[23] = datetime.fromisoformat(cells[23])
    return cells


PAGES: tuple[Page, ...] = (
    Page("register, first page", lambda seeded, middle: "/actions", by_hand=_register_by_hand),
    Page("register, deep page", lambda seeded, middle: f"/actions?after={middle}", by_hand=_register_by_hand),
    Page("register, by due date", lambda seeded, middle: "/actions?sort=due", by_hand=_register_by_hand),
    Page("register, late only", lambda seeded, middle: "/actions?late=yes", by_hand=_register_by_hand),
    Page("one action", lambda seeded, middle: f"/actions/{seeded.action}"),
    Page("one child's actions, CSV", lambda seeded, middle: f"/actions.csv?child={seeded.child}", times=10),
)
