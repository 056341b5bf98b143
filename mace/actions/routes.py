"""The register, its two exports, one action's page, and updating it."""

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import xlsxwriter
from flask import Blueprint, Response, flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mace.account.queries import list_agencies
from mace.actions import commands, queries
from mace.actions.forms import UpdateForm
from mace.actions.queries import ActionLine, ActionPage, Filters
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.domain.vocabulary import ActionState, DriftLevel
from mace.web.access import actor, draw, loaded, now, record, requires, session, settings, today
from mace.web.forms import as_uuid, clean

blueprint = Blueprint("actions", __name__)

EXPORT_LIMIT = 10_000
HEADINGS = (
    "Number",
    "About",
    "Action",
    "Owner",
    "Agency",
    "State",
    "Plan",
    "Set on",
    "First date",
    "Due",
    "Ended on",
    "Carried",
    "Carried late",
    "History",
)


@blueprint.get("/actions")
@requires(Permission.ACTION_LIST)
def register() -> tuple[str, int]:
    """Every action in scope, worst first, with filters."""
    after = request.args.get("after", "")
    weight, _, last = after.partition("_")
    if (
        as_uuid(last) is None
        or not weight.lstrip("-").isascii()
        or not weight.lstrip("-").isdigit()
        or len(weight) > 12
    ):
        after = ""
    page = queries.list_register(session(), actor(), today(), _filters(), after=after)
    agencies = list_agencies(session())
    return draw(
        "actions/register.html",
        page.seen,
        page=page,
        agencies=agencies,
        states=[state for state in ActionState if not state.is_ended],
        levels=list(DriftLevel),
        chosen=_chosen({str(agency.id): agency.name for agency in agencies}),
        args={name: value for name, value in request.args.items() if name != "after"},
    )


def _filters() -> Filters:
    given = request.args
    due_in = given.get("due", "")
    return Filters(
        agency_id=as_uuid(given.get("agency")),
        drift=_term(DriftLevel, given.get("drift")),
        state=_term(ActionState, given.get("state")),
        late=given.get("late") == "yes",
        ended=given.get("ended") == "yes",
        words=str(clean(given.get("words", "")))[:200],
        due_by=today() + timedelta(days=int(due_in)) if due_in in ("7", "14", "28") else None,
        mine=given.get("mine") == "yes",
    )


def _term(terms: Any, value: str | None) -> Any:
    return next((term for term in terms if term.value == value), None)


def _chosen(agencies: dict[str, str]) -> list[tuple[str, str]]:
    """The filters in force, each with the address that removes it."""
    words = {
        "agency": agencies.get(request.args.get("agency", ""), ""),
        "drift": getattr(_term(DriftLevel, request.args.get("drift")), "label", ""),
        "state": getattr(_term(ActionState, request.args.get("state")), "label", ""),
        "late": "Late" if request.args.get("late") == "yes" else "",
        "ended": "Ended" if request.args.get("ended") == "yes" else "",
        "mine": "Mine" if request.args.get("mine") == "yes" else "",
        "due": f"Due within {request.args['due']} days" if request.args.get("due") in ("7", "14", "28") else "",
        "words": f"“{str(clean(request.args.get('words', '')))[:200]}”" if request.args.get("words") else "",
    }
    left: dict[str, Any] = {name: value for name, value in request.args.items() if name != "after"}
    return [
        (shown, url_for("actions.register", **{other: value for other, value in left.items() if other != name}))
        for name, shown in words.items()
        if shown
    ]


@blueprint.get("/actions.csv")
@requires(Permission.ACTION_LIST)
def register_csv() -> Response:
    """The register as CSV: no cell can become a formula."""
    page = queries.list_register(session(), actor(), today(), _filters(), limit=EXPORT_LIMIT)
    record(page.seen)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    writer.writerows([[_safe(cell) for cell in _cells(line)] for line in page.lines])
    return _download(("\ufeff" + text.getvalue()).encode(), "text/csv", "actions.csv")


@blueprint.get("/actions.xlsx")
@requires(Permission.ACTION_LIST)
def register_xlsx() -> Response:
    """The register as a workbook of plain text and dates: no formula, no link."""
    page = queries.list_register(session(), actor(), today(), _filters(), limit=EXPORT_LIMIT)
    record(page.seen)
    made = io.BytesIO()
    workbook = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet("Actions")
    sheet.write_row(0, 0, HEADINGS, workbook.add_format({"bold": True}))
    for number, line in enumerate(page.lines, start=1):
        for column, cell in enumerate(_cells(line)):
            if isinstance(cell, int):
                sheet.write_number(number, column, cell)
            else:
                sheet.write_string(number, column, str(clean(cell))[:32000])
    sheet.freeze_panes(1, 0)
    workbook.close()
    return _download(
        made.getvalue(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "actions.xlsx"
    )


def _cells(line: ActionLine) -> tuple[int | str, ...]:
    return (
        line.number,
        line.subject,
        line.what,
        line.owner,
        line.agency,
        line.state.label,
        line.drift.label,
        line.set_on.isoformat(),
        line.first_due.isoformat() if line.first_due else line.first_due_words or "no date agreed",
        line.due.isoformat() if line.due else "",
        line.ended_on.isoformat() if line.ended_on else "",
        line.carries,
        line.late_carries,
        line.history,
    )


def _safe(cell: int | str) -> int | str:
    """A cell that a spreadsheet will not take for a formula."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"):
        return "'" + cell
    return cell


def _download(content: bytes, kind: str, name: str) -> Response:
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def get_action(session_: Any, actor_: Any, today_: Any, action_id: UUID) -> ActionPage:
    """The loader of everything about one action."""
    return queries.get_action(session_, actor_, today_, action_id, settings().area)


@blueprint.get("/actions/<uuid:action_id>")
@requires(Permission.ACTION_READ, load=get_action)
def action(action_id: UUID) -> tuple[str, int]:
    """One action with its life."""
    page = loaded(ActionPage)
    return draw("actions/action.html", page.seen, page=page)


@blueprint.route("/actions/<uuid:action_id>/update", methods=["GET", "POST"])
@requires(Permission.ACTION_UPDATE, load=get_action, writes=True)
def update(action_id: UUID) -> tuple[str, int] | AnyResponse:
    """Say what happened to an action."""
    page = loaded(ActionPage)
    form, status = UpdateForm(version=str(page.version)), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.record_update(
                        session(),
                        actor(),
                        action_id,
                        words=form.words.data,
                        is_done=form.is_done(),
                        done_on=form.day_done(),
                        received_from=form.received_from.data or "",
                        version=form.known_version(),
                        area=settings().area,
                        now=now(),
                    )
                flash("Your update is saved.", "success")
                return redirect(url_for("actions.action", action_id=action_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
                form.version.data = str(page.version)
    return draw("actions/update.html", page.seen, page=page, form=form, status=status)
