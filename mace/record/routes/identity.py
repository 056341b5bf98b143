"""Who a child is; leaving the meetings and coming back; a child who may also be harming others."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from mace.children import commands
from mace.database import transaction
from mace.domain.errors import Clash
from mace.domain.policy import Permission
from mace.domain.vocabulary import Harm, Term
from mace.record import queries
from mace.record.forms import ChildForm, ComeBackForm, LeaveForm, RoleForm, VersionedForm
from mace.record.queries import ChildPage
from mace.record.routes.ground import agencies, blueprint, page_of
from mace.web.access import actor, draw, loaded, now, requires, session, today
from mace.web.attempt import attempt, status
from mace.web.forms import as_uuid


def filled(kind: type[VersionedForm], version: int, details: Any) -> Any:
    """A form filled with details as they are stored."""
    values = {field.name: _typed(getattr(details, field.name)) for field in fields(details)}
    return kind(version=str(version), **values)


def _typed(value: Any) -> Any:
    if isinstance(value, Term):
        return value.value
    return [one.value for one in value] if isinstance(value, tuple) else value


@blueprint.route("/children/<uuid:subject_id>/edit", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=queries.get_child_to_edit, writes=True)
def edit_child(subject_id: UUID) -> tuple[str, int] | Response:
    """Put right who a child is. A save that comes second shows both texts and loses neither."""
    page = loaded(ChildPage)
    form: ChildForm = filled(ChildForm, page.version, page.details)
    differences: tuple[Any, ...] = ()
    try:
        saved = attempt(form, lambda: _edit(subject_id, form))
    except Clash as clash:
        saved, page = None, queries.get_child_to_edit(session(), actor(), today(), subject_id)
        differences = form.differences(page.details)
        form.refuse(clash.reason)
        form.version.data = str(page.version)
    if saved is not None:
        flash("The details are saved.", "success")
        return redirect(page_of(page))
    return draw(
        "record/edit_child.html",
        page.seen,
        page=page,
        form=form,
        differences=differences,
        back=page_of(page),
        status=status(),
    )


def _edit(subject_id: UUID, form: ChildForm) -> Any:
    return commands.edit_child(session(), actor(), subject_id, form.details(), version=form.known_version(), now=now())


@blueprint.route("/subjects/<uuid:subject_id>/leave", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=queries.get_to_edit, writes=True)
def leave(subject_id: UUID) -> tuple[str, int] | Response:
    """End a record's time with these meetings."""
    page, form = loaded(ChildPage), LeaveForm()
    done = attempt(form, lambda: commands.leave_meetings(session(), actor(), subject_id, form.because.data, now=now()))
    if done is not None:
        flash("The record has left these meetings. It can come back at any time.", "success")
        return redirect(page_of(page))
    return draw("record/leave.html", page.seen, page=page, form=form, back=page_of(page), status=status())


@blueprint.route("/subjects/<uuid:subject_id>/come-back", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=queries.get_to_edit, writes=True)
def come_back(subject_id: UUID) -> tuple[str, int] | Response:
    """Take on a record that left these meetings, or a child who was not taken before."""
    page = loaded(ChildPage)
    form = ComeBackForm(harm=Harm.UNKNOWN.value).offer(agencies(), actor().agency_id)
    done = attempt(
        form,
        lambda: commands.bring_back(
            session(),
            actor(),
            subject_id,
            source=form.from_whom.data,
            from_agency_id=as_uuid(form.agency.data),
            why=form.why.data,
            who_tells=form.who_tells.data,
            harm=Harm(form.harm.data),
            now=now(),
        ),
    )
    if done is not None:
        flash("The record is with these meetings again.", "success")
        return redirect(page_of(page))
    return draw("record/come_back.html", page.seen, page=page, form=form, back=page_of(page), status=status())


@blueprint.route("/children/<uuid:subject_id>/may-harm", methods=["GET", "POST"])
@requires(Permission.CONTEXT_EDIT, load=queries.get_child_to_edit, writes=True)
def may_harm(subject_id: UUID) -> tuple[str, int] | Response:
    """One record holds both roles of a child who may also be harming others."""
    page = loaded(ChildPage)
    form = RoleForm(described_as=page.described_as, police_reference=page.police_reference)
    if request.method == "POST" and request.form.get("act") == "take_back":
        with transaction(session(), actor()):
            commands.say_does_not_harm(session(), actor(), subject_id, now=now())
        flash("It is no longer written down that this child may be harming others.", "success")
        return redirect(page_of(page))
    done = attempt(
        form,
        lambda: commands.say_may_harm(
            session(),
            actor(),
            subject_id,
            described_as=form.described_as.data,
            police_reference=form.police_reference.data or "",
            now=now(),
        ),
    )
    if done is not None:
        flash("Both roles are on this record.", "success")
        return redirect(page_of(page, tab="children"))
    return draw("record/may_harm.html", page.seen, page=page, form=form, back=page_of(page), status=status())
