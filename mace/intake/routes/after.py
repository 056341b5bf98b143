"""What came of an import: its page, its undo, changed cells to decide, named people to match."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.domain.words import count_of
from mace.intake.commands.changes import decide_change
from mace.intake.commands.people import match_person
from mace.intake.commands.undo import undo_import
from mace.intake.forms import ActForm, change_field, changes_form, people_form, person_field
from mace.intake.queries.batches import BatchPage, get_batch
from mace.intake.queries.changes import list_changes
from mace.intake.queries.people import list_named_people
from mace.intake.routes.feature import blueprint
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import as_uuid

Answer = tuple[str, int] | Response


@blueprint.get("/import/batches/<uuid:batch_id>")
@requires(Permission.IMPORT_RUN, load=get_batch)
def batch(batch_id: UUID) -> Answer:
    """What an import made."""
    page = loaded(BatchPage)
    return draw("intake/batch.html", page.seen, page=page, form=ActForm())


@blueprint.post("/import/batches/<uuid:batch_id>/undo")
@requires(Permission.IMPORT_RUN, load=get_batch, writes=True)
def undo(batch_id: UUID) -> Answer:
    """Take an import back, while nothing is built on it."""
    page, form = loaded(BatchPage), ActForm()
    try:
        with transaction(session(), actor()):
            undo_import(session(), actor(), batch_id, area=settings().area, now=now())
        flash("The import is undone. What it made is removed.", "success")
        return redirect(url_for("intake.start"))
    except Refused as no:
        form.refuse(no.reason)
    return draw("intake/batch.html", page.seen, page=page, form=form, status=422)


@blueprint.route("/import/changes", methods=["GET", "POST"])
@requires(Permission.IMPORT_RUN, writes=True)
def changes() -> Answer:
    """Cells that a newer copy changed: take the new words, or keep ours."""
    found = list_changes(session(), actor(), today())
    form, status = changes_form(found.lines), 200
    if request.method == "POST":
        status = 422
        decided = [(line.id, form[change_field(line.id)].data) for line in found.lines]
        decided = [(change_id, said) for change_id, said in decided if said in ("take", "keep")]
        if form.validate():
            try:
                with transaction(session(), actor()):
                    for change_id, said in decided:
                        decide_change(
                            session(), actor(), change_id, take=said == "take", area=settings().area, now=now()
                        )
                flash(f"{count_of(len(decided), 'cell')} decided.", "success")
                return redirect(url_for("intake.changes"))
            except Refused as no:
                refused = as_uuid(no.field)
                form.refuse(no.reason, change_field(refused) if refused else None)
    fields: dict[UUID, Any] = {line.id: form[change_field(line.id)] for line in found.lines}
    return draw("intake/changes.html", found.seen, found=found, form=form, fields=fields, status=status)


@blueprint.route("/import/people", methods=["GET", "POST"])
@requires(Permission.IMPORT_RUN, writes=True)
def people() -> Answer:
    """Named people without an account: "this is …"."""
    found = list_named_people(session(), actor(), today())
    form, status = people_form(found.people), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            chosen = [(one.id, as_uuid(form[person_field(one.id)].data)) for one in found.people]
            matched = [(person_id, account_id) for person_id, account_id in chosen if account_id is not None]
            try:
                with transaction(session(), actor()):
                    for person_id, account_id in matched:
                        match_person(session(), actor(), person_id, account_id, now=now())
                who = count_of(len(matched), "person", "people")
                flash(f"{who} matched. What is unfinished in their names is theirs now.", "success")
                return redirect(url_for("intake.people"))
            except Refused as no:
                form.refuse(no.reason)
    fields: dict[UUID, Any] = {one.id: form[person_field(one.id)] for one in found.people}
    return draw("intake/people.html", found.seen, found=found, form=form, fields=fields, status=status)
