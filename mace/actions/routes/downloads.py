"""The register as CSV and as a workbook: the same filters and order as the page, no cell can become a formula."""

import csv
import io
from datetime import date, datetime
from typing import Any

import xlsxwriter
from flask import Response, request

from mace.actions import queries
from mace.actions.queries import Export, ExportLine
from mace.actions.routes import blueprint
from mace.actions.routes.chosen import read_chosen
from mace.domain.policy import Permission
from mace.web.access import actor, record, requires, session, today
from mace.web.forms import clean

EXPORT_LIMIT = 10_000
HEADINGS = (
    "Number",
    "About",
    "Children it protects",
    "Action",
    "Owner",
    "Agency",
    "State",
    "Plan",
    "Late",
    "Set on",
    "First date",
    "Late after",
    "Due now",
    "Date moved, times",
    "Carried, times",
    "Carried late, times",
    "Waiting on",
    "Waiting since",
    "Reported done on",
    "Ended on",
    "Ended because",
    "History",
)
WIDTHS = (8, 24, 10, 60, 22, 22, 16, 20, 6, 12, 16, 12, 12, 8, 8, 8, 20, 12, 12, 12, 40, 60)
CUT = f"Only the first {EXPORT_LIMIT:,} actions are here: narrow the list on its page to download the others"

Cell = int | str | date | None


@blueprint.get("/actions.csv")
@requires(Permission.ACTION_LIST)
def register_csv() -> Response:
    """The register as CSV."""
    export = _export()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([_csv(cell) for cell in _cells(line)] for line in export.lines)
    if export.is_cut:
        writer.writerow(["", CUT])
    return _download(("\ufeff" + text.getvalue()).encode(), "text/csv", "actions.csv")


@blueprint.get("/actions.xlsx")
@requires(Permission.ACTION_LIST)
def register_xlsx() -> Response:
    """The register as a workbook of plain text, numbers and dates: no formula, no link."""
    export = _export()
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet("Actions")
    bold, day = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "d mmm yyyy"})
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.write_row(0, 0, HEADINGS, bold)
    for number, line in enumerate(export.lines, start=1):
        _write(sheet, number, _cells(line), day)
    if export.is_cut:
        sheet.write_string(len(export.lines) + 1, 1, CUT)
    sheet.freeze_panes(1, 0)
    workbook.close()
    return _download(
        made.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "actions.xlsx"
    )


def _export() -> Export:
    """What the address asks for, written down before it leaves."""
    chosen = read_chosen(session(), actor(), today(), request.args)
    export = queries.list_export(session(), actor(), today(), chosen.filters, sort=chosen.sort, limit=EXPORT_LIMIT)
    record(export.seen)
    return export


def _cells(one: ExportLine) -> tuple[Cell, ...]:
    line = one.line
    return (
        line.number,
        line.subject,
        one.children,
        line.what,
        line.owner,
        line.agency,
        line.state.label,
        "" if line.ended_on else line.drift.label,
        "yes" if line.late else "no",
        line.set_on,
        line.first_due or line.first_due_words or "no date agreed",
        one.late_line,
        line.due,
        one.date_moves,
        line.carries,
        line.late_carries,
        one.waits_on,
        one.waits_since,
        one.reported_done_on,
        line.ended_on,
        one.ended_because,
        line.history,
    )


FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet could take for a formula."""


def _csv(cell: Cell) -> int | str:
    """A cell that a spreadsheet will not take for a formula."""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) and (cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA)):
        return "'" + cell
    return "" if cell is None else cell


def _write(sheet: Any, number: int, cells: tuple[Cell, ...], day: Any) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(number, column, cell)
        elif isinstance(cell, date):
            sheet.write_datetime(number, column, datetime(cell.year, cell.month, cell.day), day)
        elif cell:
            sheet.write_string(number, column, str(clean(cell))[:32_000])


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
