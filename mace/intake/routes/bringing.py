"""Choose the file, match its columns, check its rows, import."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.domain.tracker import Mapping
from mace.intake.commands import uploads as commands
from mace.intake.commands.bring_in import Into, bring_in
from mace.intake.forms import (
    ColumnsForm,
    RowsTyped,
    RunForm,
    UploadForm,
    columns_form,
    read_asked,
    read_rows,
)
from mace.intake.queries import uploads as queries
from mace.intake.queries.batches import list_batches
from mace.intake.queries.changes import count_changes
from mace.intake.queries.check import MOST_AT_ONCE, find_usual_series, get_check, get_ready, list_series, use_mapping
from mace.intake.queries.people import count_named_people
from mace.intake.queries.uploads import SheetShape, UploadPage
from mace.intake.routes.feature import blueprint
from mace.intake.workbook import Sheet
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import as_uuid

Answer = tuple[str, int] | Response


@blueprint.route("/import", methods=["GET", "POST"])
@requires(Permission.IMPORT_RUN, writes=True)
def start() -> Answer:
    """Choose a file; earlier imports; what waits for a decision."""
    form, status = UploadForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                looked = queries.look_into(form.content(), form.file_name())
                with transaction(session(), actor()):
                    upload = commands.keep_upload(session(), actor(), looked, now=now())
                return redirect(url_for("intake.columns", upload_id=upload.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    batches = list_batches(session(), actor())
    return draw(
        "intake/start.html",
        batches.seen,
        form=form,
        batches=batches.lines,
        mappings=queries.list_mappings(session()),
        unfinished=queries.find_unfinished(session(), actor()),
        changes=count_changes(session(), actor()),
        people=count_named_people(session(), actor(), today()),
        status=status,
    )


@blueprint.post("/import/<uuid:upload_id>/give-up")
@requires(Permission.IMPORT_RUN, load=queries.get_upload, writes=True)
def give_up(upload_id: UUID) -> Answer:
    """Delete an upload of which nothing was made."""
    with transaction(session(), actor()):
        commands.give_up(session(), actor(), upload_id)
    flash("The upload is deleted. Nothing was imported.", "success")
    return redirect(url_for("intake.start"))


# --- Columns --------------------------------------------------------------------------------------------------------


@blueprint.route("/import/<uuid:upload_id>/columns", methods=["GET", "POST"])
@requires(Permission.IMPORT_RUN, load=queries.get_upload, writes=True)
def columns(upload_id: UUID) -> Answer:
    """Which sheets are read, and which column holds what."""
    page = loaded(UploadPage)
    sheets = queries.read_sheets(session(), actor(), upload_id)
    names = [one.name for one in queries.list_mappings(session())]
    if request.method == "GET":
        shapes = queries.list_shapes(sheets, page.choices)
        return _draw_columns(page, shapes, columns_form(shapes, names), 200)
    asked = read_asked(request.form, len(sheets))
    shapes = queries.list_shapes(sheets, page.choices, asked)
    form, status = columns_form(shapes, names), 422
    act = request.form.get("act", "")
    changed = _suggest_where_changed(form, shapes)
    if act == "use":
        if used := _use_mapping(form, upload_id, sheets):
            return used
    elif changed or act == "show":
        status = 200 if act == "show" else 422
        if status == 422:
            form.refuse(f"You changed how “{changed[0]}” is read: check its columns, then continue")
    elif form.validate() and form.check(shapes):
        return _read_as(form, upload_id, sheets, shapes)
    return _draw_columns(page, shapes, form, status)


def _draw_columns(page: UploadPage, shapes: tuple[SheetShape, ...], form: ColumnsForm, status: int) -> Answer:
    return draw("intake/columns.html", page.seen, page=page, shapes=shapes, form=form, status=status)


def _suggest_where_changed(form: ColumnsForm, shapes: tuple[SheetShape, ...]) -> list[str]:
    """Names of sheets whose columns are not those the person was looking at."""
    changed = []
    for place, shape in enumerate(shapes):
        if shape.kind and request.form.get(f"s{place}_shown") != f"{shape.kind}:{shape.heading_row}":
            form.suggest_again(place, shape)
            changed.append(shape.name)
    return changed


def _use_mapping(form: ColumnsForm, upload_id: UUID, sheets: list[Sheet]) -> Answer | None:
    name = str(form.mapping.data or "")
    try:
        if not name:
            raise Refused("Choose the mapping", "mapping")
        found = use_mapping(session(), name, sheets)
    except Refused as no:
        form.refuse(no.reason, no.field)
        return None
    with transaction(session(), actor()):
        commands.read_as(session(), actor(), upload_id, found.sheets)
    flash("The columns are matched by that mapping. Look through them, then continue.", "success")
    return redirect(url_for("intake.columns", upload_id=upload_id))


def _read_as(form: ColumnsForm, upload_id: UUID, sheets: list[Sheet], shapes: tuple[SheetShape, ...]) -> Answer:
    chosen = []
    for place, shape in enumerate(shapes):
        if kind := form.kind_of(place):
            found = form.columns_of(place, shape)
            headings = queries.heading_words(sheets[place], shape.heading_row, found)
            chosen.append((shape.name, Mapping(kind, shape.heading_row, found, headings)))
    with transaction(session(), actor()):
        commands.read_as(session(), actor(), upload_id, chosen)
        if form.keep_as.data:
            commands.save_mapping(session(), actor(), form.keep_as.data, chosen, now=now())
    return redirect(url_for("intake.check", upload_id=upload_id))


# --- Rows -----------------------------------------------------------------------------------------------------------


def _page_number() -> int:
    typed = request.values.get("page", "1")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


@blueprint.get("/import/<uuid:upload_id>/check")
@requires(Permission.IMPORT_RUN, load=queries.get_upload)
def check(upload_id: UUID) -> Answer:
    """What would be made, and what each row leaves open."""
    page = loaded(UploadPage)
    if not page.choices.sheets:
        return redirect(url_for("intake.columns", upload_id=upload_id))
    return _draw_check(page, _run_form())


def _run_form() -> RunForm:
    usual = find_usual_series(session(), actor())
    return RunForm(series=str(usual or ""), new_series="MACE").offer(list_series(session()))


def _draw_check(page: UploadPage, form: RunForm, typed: RowsTyped | None = None, status: int = 200) -> Answer:
    found = get_check(session(), actor(), page, _page_number(), now())
    kept: dict[str, Any] = request.form.to_dict() if typed is not None else {}
    return draw(
        "intake/check.html",
        page.seen,
        page=page,
        check=found,
        form=form,
        kept=kept,
        out=request.form.getlist("out") if typed is not None else [],
        too_long=typed.too_long if typed is not None else (),
        most=MOST_AT_ONCE,
        status=status,
    )


@blueprint.post("/import/<uuid:upload_id>/rows")
@requires(Permission.IMPORT_RUN, load=queries.get_upload, writes=True)
def rows(upload_id: UUID) -> Answer:
    """Leave rows out, put cells right."""
    page = loaded(UploadPage)
    names = [sheet.name for sheet in queries.read_sheets(session(), actor(), upload_id)]
    typed = read_rows(request.form, names)
    if typed.too_long:
        form = _run_form()
        form.refuse("A cell can hold 5,000 characters: make it shorter")
        return _draw_check(page, form, typed, 422)
    with transaction(session(), actor()):
        commands.put_right(session(), actor(), upload_id, shown=typed.shown, left_out=typed.left_out, fixes=typed.fixes)
    return redirect(url_for("intake.check", upload_id=upload_id, page=_page_number()))


@blueprint.post("/import/<uuid:upload_id>/run")
@requires(Permission.IMPORT_RUN, load=queries.get_upload, writes=True)
def run(upload_id: UUID) -> Answer:
    """Import everything in one transaction."""
    page, form = loaded(UploadPage), _run_form()
    if form.validate():
        ready = get_ready(session(), actor(), page, now())
        try:
            with transaction(session(), actor()):
                batch = bring_in(
                    session(),
                    actor(),
                    ready.plan,
                    _into(form),
                    digest=page.digest,
                    area=settings().area,
                    now=now(),
                    at_most=MOST_AT_ONCE,
                )
                commands.give_up(session(), actor(), upload_id)
            if batch is None:
                flash("Everything in this file is here already. Nothing was made.", "success")
                return redirect(url_for("intake.start"))
            flash("The spreadsheet is imported.", "success")
            return redirect(url_for("intake.batch", batch_id=batch.id))
        except Refused as no:
            form.refuse(no.reason, no.field)
    return _draw_check(page, form, status=422)


def _into(form: RunForm) -> Into:
    if "series" in form:
        return Into(as_uuid(form.series.data))
    return Into(None, str(form.new_series.data or ""))
