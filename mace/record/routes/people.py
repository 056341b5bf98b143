"""Whose child it is, and who else works with the child."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.children import commands
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission, in_area, system_actor
from mace.meetings.commands import ask_new_lead
from mace.record import queries
from mace.record.forms import AllocateForm, WorkingWithForm
from mace.record.queries import ChildPage
from mace.record.routes.ground import agencies, blueprint, page_of, people, then, who
from mace.sharing.commands import follow_allocation
from mace.web.access import actor, draw, loaded, now, requires, session
from mace.web.attempt import attempt, status
from mace.web.forms import as_uuid

FOLLOWING = system_actor("allocation")


@blueprint.route("/children/<uuid:subject_id>/worker", methods=["GET", "POST"])
@requires(Permission.ALLOCATION_CHANGE, load=queries.get_child_to_allocate, writes=True)
def allocate(subject_id: UUID) -> tuple[str, int] | Response:
    """ "Still ours", or "now hers"."""
    page = loaded(ChildPage)
    form = AllocateForm().offer(people(), agencies())
    if request.method == "POST" and request.form.get("act") == "confirm":
        try:
            with transaction(session(), actor()):
                commands.confirm_worker(session(), actor(), subject_id, now=now())
            flash("The worker is confirmed as at today.", "success")
            return redirect(then(page_of(page, tab="people")))
        except Refused as no:
            form.refuse(no.reason, no.field)
    elif attempt(form, lambda: _now_theirs(subject_id, form)):
        flash("The lead practitioner is changed from today.", "success")
        stays = in_area(actor(), Permission.CHILD_READ)
        return redirect(then(page_of(page, tab="people") if stays else url_for("record.children")))
    return draw(
        "record/allocate.html",
        page.seen,
        page=page,
        form=form,
        back=then(page_of(page, tab="people")),
        status=status(),
    )


def _now_theirs(subject_id: UUID, form: AllocateForm) -> Any:
    """The child is somebody else's, and the newest record and what a meeting asks go with it. The tool sends that:
    whoever gives a child to another team may not reach it any more."""
    allocation = commands.allocate(session(), actor(), subject_id, who(form), now=now())
    follow_allocation(session(), FOLLOWING, subject_id, now=now())
    ask_new_lead(session(), FOLLOWING, subject_id, now=now())
    return allocation


@blueprint.route("/children/<uuid:subject_id>/working-with", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=queries.get_child_to_edit, writes=True)
def working_with(subject_id: UUID) -> tuple[str, int] | Response:
    """List somebody as working with the child."""
    page = loaded(ChildPage)
    form = WorkingWithForm().offer(people(), agencies())
    listed = attempt(
        form,
        lambda: commands.list_as_working_with(session(), actor(), subject_id, who(form), form.how.data, now=now()),
    )
    if listed is not None:
        flash("They are listed, and may open this record from now on.", "success")
        return redirect(page_of(page, tab="people"))
    return draw(
        "record/working_with.html",
        page.seen,
        page=page,
        form=form,
        back=page_of(page, tab="people"),
        status=status(),
    )


@blueprint.post("/children/<uuid:subject_id>/working-with/end")
@requires(Permission.CHILD_EDIT, load=queries.get_child_to_edit, writes=True)
def end_working_with(subject_id: UUID) -> Response:
    """Somebody no longer works with the child."""
    page = loaded(ChildPage)
    listing_id = as_uuid(request.form.get("listing"))
    try:
        if listing_id is not None:
            with transaction(session(), actor()):
                commands.end_working_with(session(), actor(), subject_id, listing_id, now=now())
            flash("It is written down that they no longer work with the child.", "success")
    except Refused as no:
        flash(no.reason, "success")
    return redirect(page_of(page, tab="people"))
