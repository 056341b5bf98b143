"""The list of children, search, one child's page with its tabs, and adding to it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.account.queries import list_people
from mace.actions.queries import list_of_subject
from mace.children import commands
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission, may
from mace.domain.vocabulary import EventKind, Harm, ReferralOutcome
from mace.record import queries
from mace.record.forms import AddChildForm, AllocateForm, EventForm
from mace.record.queries import ChildPage
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import as_uuid, clean

blueprint = Blueprint("record", __name__)
TABS = (("overview", "Overview"), ("actions", "Actions"), ("meetings", "Meetings"), ("chronology", "Chronology"))


@blueprint.get("/children")
@requires(Permission.CHILD_LIST)
def children() -> tuple[str, int]:
    """Everybody this person may open."""
    unconfirmed = request.args.get("workers") == "unconfirmed"
    found = queries.list_children(session(), actor(), today(), unconfirmed=unconfirmed)
    may_add = may(actor(), Permission.CHILD_CREATE)
    return draw("record/children.html", found.seen, found=found, words="", unconfirmed=unconfirmed, may_add=may_add)


@blueprint.post("/search")
@requires(Permission.CHILD_LIST)
def search() -> tuple[str, int]:
    """Search by name or number. Posted, so that no name stands in an address."""
    words = str(clean(request.form.get("words", "")))[:200]
    found = queries.list_children(session(), actor(), today(), words=words)
    return draw("record/children.html", found.seen, found=found, words=words, unconfirmed=False, may_add=False)


@blueprint.get("/children/<uuid:subject_id>")
@requires(Permission.CHILD_READ, load=queries.get_child)
def child(subject_id: UUID) -> tuple[str, int]:
    """One child's page; the tab is chosen in the address."""
    page = loaded(ChildPage)
    tab = request.args.get("tab", "overview")
    shown: dict[str, Any] = {"unfinished": list_of_subject(session(), actor(), today(), subject_id, ended=False)}
    if tab == "actions":
        shown["ended"] = list_of_subject(session(), actor(), today(), subject_id, ended=True)
    elif tab == "meetings":
        shown["items"] = queries.list_meetings_of(session(), actor(), today(), subject_id)
        shown["lines"] = queries.list_lines(session(), actor(), subject_id, [item.id for item in shown["items"]])
    elif tab == "chronology":
        kind = next((one for one in EventKind if one.value == request.args.get("kind")), None)
        shown["chosen"] = kind
        shown["happenings"] = queries.list_chronology(session(), actor(), today(), subject_id, kind=kind)
    return draw(
        "record/child.html",
        page.seen,
        page=page,
        tab=tab if tab in dict(TABS) else "overview",
        tabs=[(text, url_for("record.child", subject_id=subject_id, tab=key), key == tab) for key, text in TABS],
        kinds=list(EventKind),
        level_name=settings().area.level_name(page.level) if page.level else "",
        **shown,
    )


@blueprint.route("/children/<uuid:subject_id>/happened", methods=["GET", "POST"])
@requires(Permission.CHILD_READ, load=queries.get_child, writes=True)
def add_event(subject_id: UUID) -> tuple[str, int] | Response:
    """Add something that happened."""
    page, form, status = loaded(ChildPage), EventForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.add_event(
                        session(),
                        actor(),
                        subject_id,
                        kind=EventKind(form.kind.data),
                        happened_on=form.day(),
                        words=form.words.data,
                        received_from=form.received_from.data or "",
                        now=now(),
                    )
                flash("It is in the chronology.", "success")
                return redirect(url_for("record.child", subject_id=subject_id, tab="chronology"))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("record/add_event.html", page.seen, page=page, form=form, status=status)


@blueprint.route("/children/new", methods=["GET", "POST"])
@requires(Permission.CHILD_CREATE, writes=True)
def add_child() -> tuple[str, int] | Response:
    """Quick-add a new child."""
    form, status = AddChildForm(harm=Harm.UNKNOWN.value), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    subject = commands.add_child(
                        session(),
                        actor(),
                        name=form.name.data,
                        number=form.number.data,
                        born_on=form.born_on.data,
                        source=form.from_whom.data,
                        why=form.why.data,
                        outcome=ReferralOutcome(form.outcome.data),
                        outcome_because=form.outcome_because.data or "",
                        who_tells=form.who_tells.data,
                        harm=Harm(form.harm.data),
                        now=now(),
                    )
                flash("The child is added. Say next whose child it is.", "success")
                return redirect(url_for("record.allocate", subject_id=subject.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("record/add_child.html", form=form, status=status)


@blueprint.route("/children/<uuid:subject_id>/worker", methods=["GET", "POST"])
@requires(Permission.ALLOCATION_CHANGE, load=queries.get_child, writes=True)
def allocate(subject_id: UUID) -> tuple[str, int] | Response:
    """ "Still ours", or "now hers"."""
    page, status = loaded(ChildPage), 200
    people = [(str(person.id), person.words) for person in list_people(session())]
    form = AllocateForm().offer(people)
    if request.method == "POST":
        status = 422
        person_id = as_uuid(form.person.data)
        try:
            with transaction(session(), actor()):
                if request.form.get("act") == "confirm":
                    commands.confirm_worker(session(), actor(), subject_id, now=now())
                elif person_id is None:
                    raise Refused("Choose the worker from the list", "person")
                else:
                    commands.allocate(session(), actor(), subject_id, person_id, now=now())
            flash("The worker is confirmed as at today.", "success")
            return redirect(url_for("record.children", workers="unconfirmed"))
        except Refused as no:
            form.refuse(no.reason, no.field)
    return draw("record/allocate.html", page.seen, page=page, form=form, status=status)
