"""The pages that are measured: a name, and the address of each from what was seeded. Add a line to add a page."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from benchmarks.floor import ByHand
from benchmarks.seed import Seeded
from mace.actions.queries.lines import line_of
from mace.calendar import london_day
from mace.meetings.queries.agenda import agenda_item
from mace.record.queries.chronology import happening_of


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the table."""

    name: str
    path: Callable[[Seeded, str], str]
    """From what was seeded and the place in the middle of the register."""
    is_flat: bool = True
    """False for one whose rows grow with the area, as a whole download's do."""
    times: int = 40
    by_worker: bool = False
    """True for a page that a worker asks for, instead of the chair."""
    by_hand: ByHand | None = None
    """How its floor makes what it draws from raw rows; without one it draws what the real page made."""


REGISTER_COLUMNS = 29


def _register_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """The register's lines and their words from the driver's own rows."""
    rows = next(rows for rows in answers if rows and len(rows[0]) == REGISTER_COLUMNS)
    lines = tuple(line_of(row, context["today"]) for row in rows[:50])
    return {**context, "page": replace(context["page"], lines=lines)}


def _csv_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """The download's cells and their words from the driver's own rows."""
    today, text = london_day(datetime.now(UTC)), io.StringIO()
    writer = csv.writer(text)
    for row in answers[-1]:
        line = line_of(row, today)
        writer.writerow((*row[:22], line.history))
    return {"text": text.getvalue()}


def _start_page_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """A start page's actions and their words from the driver's own rows; its other lists are as the page made them."""
    page = context["page"]
    rows = next(rows for rows in answers if rows and len(rows[0]) == REGISTER_COLUMNS)
    lines = tuple(line_of(row, context["today"]) for row in rows[: len(page.register.lines)])
    return {**context, "page": replace(page, register=replace(page.register, lines=lines))}


def _overview_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """A child's unfinished actions and their words from the driver's own rows; the rest is as the page made it."""
    rows = next(rows for rows in answers if rows and len(rows[0]) == REGISTER_COLUMNS)
    return {**context, "unfinished": tuple(line_of(row, context["today"]) for row in rows)}


def _action_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """An action's line and its words from the driver's own rows; the rest is as the page made it."""
    page = context["page"]
    line = line_of(answers[0][0], context["today"])
    return {**context, "page": replace(page, head=replace(page.head, line=line))}


AGENDA_COLUMNS, CHRONOLOGY_COLUMNS = 20, 13


def _agenda_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """The items of an agenda, their reasons line by line and who has answered, from the driver's own rows."""
    rows = next(rows for rows in answers if rows and len(rows[0]) == AGENDA_COLUMNS)
    answered = {row[0]: row[1:] for row in next(rows for rows in answers if rows and len(rows[0]) == 3)}
    items = tuple(agenda_item(row, answered.get(row[0], (0, 0))) for row in rows)
    return {**context, "page": replace(context["page"], items=items)}


def _chronology_by_hand(answers: list[list[Any]], context: dict[str, Any]) -> dict[str, Any]:
    """What happened with the words of each entry, from the driver's own rows, all of them for anybody to put right."""
    rows = next(rows for rows in answers if rows and len(rows[0]) == CHRONOLOGY_COLUMNS)
    found = context["found"]
    lines = tuple(happening_of(row, row[0] == 0) for row in rows[: len(found.lines)])
    return {**context, "found": replace(found, lines=lines)}


PAGES: tuple[Page, ...] = (
    Page("register, first page", lambda seeded, middle: "/actions", by_hand=_register_by_hand),
    Page("register, deep page", lambda seeded, middle: f"/actions?after={middle}", by_hand=_register_by_hand),
    Page("register, by due date", lambda seeded, middle: "/actions?sort=due", by_hand=_register_by_hand),
    Page("register, late only", lambda seeded, middle: "/actions?late=yes", by_hand=_register_by_hand),
    Page("agenda of 60", lambda seeded, middle: f"/meetings/{seeded.meeting}", by_hand=_agenda_by_hand),
    Page("child, overview", lambda seeded, middle: f"/children/{seeded.told_child}", by_hand=_overview_by_hand),
    Page(
        "child, 80 entries",
        lambda seeded, middle: f"/children/{seeded.told_child}?tab=chronology",
        by_hand=_chronology_by_hand,
    ),
    Page("what needs attention", lambda seeded, middle: "/", by_hand=_start_page_by_hand),
    Page("my work", lambda seeded, middle: "/", by_worker=True, by_hand=_start_page_by_hand),
    Page("one action", lambda seeded, middle: f"/actions/{seeded.action}", by_hand=_action_by_hand),
    Page(
        "one child's actions, CSV",
        lambda seeded, middle: f"/actions.csv?child={seeded.child}",
        times=10,
        by_hand=_csv_by_hand,
    ),
)
