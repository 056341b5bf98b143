"""Places, groups and themes, people who may be harming children, and the children linked with them."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.children import commands
from mace.children.commands import ContextDetails, PersonDetails
from mace.database import transaction
from mace.domain.errors import Clash
from mace.domain.policy import Permission, may
from mace.domain.vocabulary import ContextKind, SubjectKind
from mace.record import queries
from mace.record.forms import ContextForm, LinkForm, PersonOfConcernForm
from mace.record.queries import ChildList, ChildPage, Wanted
from mace.record.routes.ground import blueprint, number, page_of, typed
from mace.record.routes.identity import filled
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.attempt import attempt, status
from mace.web.forms import as_uuid

OFFERED = 20
"""Children offered to choose from when one is linked; more than these, and the words must say more."""


@blueprint.route("/contexts", methods=["GET", "POST"])
@requires(Permission.CONTEXT_READ)
def contexts() -> tuple[str, int]:
    """Places and people. Names are posted, so that none stands in an address."""
    kinds: list[ContextKind | SubjectKind] = [*ContextKind, SubjectKind.PERSON]
    kind = next((one for one in kinds if one.value == request.values.get("kind")), None)
    words = typed("words") if request.method == "POST" else ""
    closed = request.values.get("shown") == "left"
    found = queries.list_contexts(
        session(), actor(), today(), words=words, kind=kind, closed=closed, page=number("page")
    )
    return draw(
        "record/contexts.html",
        found.seen,
        found=found,
        words=words,
        kind=kind,
        kinds=kinds,
        closed=closed,
        level_names=settings().area.level_names,
        may_add=may(actor(), Permission.CONTEXT_EDIT),
    )


@blueprint.route("/contexts/new", methods=["GET", "POST"])
@requires(Permission.CONTEXT_EDIT, writes=True)
def add_context() -> tuple[str, int] | Response:
    """Add a place, group, school, online space, transport or theme."""
    form = ContextForm()
    added = attempt(form, lambda: _add_context(form.details()))
    if added is not None:
        flash("It is added.", "success")
        return redirect(url_for("record.context", subject_id=added.id))
    return draw("record/context_form.html", form=form, page=None, back=url_for("record.contexts"), status=status())


def _add_context(details: ContextDetails) -> Any:
    return commands.add_context(
        session(),
        actor(),
        name=details.name,
        kind=details.kind,
        what_happens=details.what_happens,
        who_is_responsible=details.who_is_responsible,
        now=now(),
    )


@blueprint.route("/contexts/new-person", methods=["GET", "POST"])
@requires(Permission.CONTEXT_EDIT, writes=True)
def add_person() -> tuple[str, int] | Response:
    """Add an adult who may be harming children."""
    form = PersonOfConcernForm()
    added = attempt(form, lambda: commands.add_person_of_concern(session(), actor(), form.details(), now=now()))
    if added is not None:
        flash("The person is added.", "success")
        return redirect(url_for("record.context", subject_id=added.id))
    return draw("record/person_form.html", form=form, page=None, back=url_for("record.contexts"), status=status())


@blueprint.route("/contexts/<uuid:subject_id>/edit", methods=["GET", "POST"])
@requires(Permission.CONTEXT_EDIT, load=queries.get_context_to_edit, writes=True)
def edit_context(subject_id: UUID) -> tuple[str, int] | Response:
    """Put right what a place, group or person is. A save that comes second shows both texts."""
    page = loaded(ChildPage)
    is_person = page.kind is SubjectKind.PERSON
    form = filled(PersonOfConcernForm if is_person else ContextForm, page.version, _stored(page))
    differences: tuple[Any, ...] = ()
    edit = commands.edit_person_of_concern if is_person else commands.edit_context

    def save() -> Any:
        return edit(session(), actor(), subject_id, form.details(), version=form.known_version(), now=now())

    try:
        saved = attempt(form, save)
    except Clash as clash:
        saved, page = None, queries.get_context_to_edit(session(), actor(), today(), subject_id)
        differences = form.differences(_stored(page))
        form.refuse(clash.reason)
        form.version.data = str(page.version)
    if saved is not None:
        flash("It is saved.", "success")
        return redirect(page_of(page))
    return draw(
        "record/person_form.html" if is_person else "record/context_form.html",
        page.seen,
        page=page,
        form=form,
        differences=differences,
        back=page_of(page),
        status=status(),
    )


def _stored(page: ChildPage) -> ContextDetails | PersonDetails:
    if page.context_kind is None:
        return PersonDetails(name=page.name, described_as=page.described_as, police_reference=page.police_reference)
    return ContextDetails(
        name=page.name,
        kind=page.context_kind,
        what_happens=page.what_happens,
        who_is_responsible=page.who_is_responsible,
    )


@blueprint.route("/contexts/<uuid:subject_id>/children", methods=["GET", "POST"])
@requires(Permission.CONTEXT_EDIT, load=queries.get_context_to_link, writes=True)
def link_child(subject_id: UUID) -> tuple[str, int] | Response:
    """Link a child: look for them by name or number, choose, say how."""
    page, form = loaded(ChildPage), LinkForm()
    found = _looked_for()
    if found is not None:
        form.offer([(line.id, f"{line.name}, {line.reference}") for line in found.lines])
    if request.method == "POST" and form.validate() and found is not None and _says_who(form, found):
        child_id = as_uuid(form.child.data)
        linked = attempt(form, lambda: _link(subject_id, child_id, form.how.data))
        if linked is not None:
            flash("The child is linked.", "success")
            return redirect(page_of(page, tab="children"))
    return draw(
        "record/link_child.html",
        page.seen,
        *([found.seen] if found else ()),
        page=page,
        form=form,
        found=found,
        back=page_of(page, tab="children"),
        status=status(),
    )


def _looked_for() -> ChildList | None:
    """Children that the words of the form find, when it was posted."""
    words = typed("words") if request.method == "POST" else ""
    return queries.list_children(session(), actor(), today(), Wanted(words=words), size=OFFERED) if words else None


def _says_who(form: LinkForm, found: ChildList) -> bool:
    """One child was chosen, or the words were exactly one child's number; else the page says what to do."""
    exact = [line for line in found.lines if line.reference.lower() == form.words.data.lower()]
    if not form.child.data and len(exact) == 1:
        form.child.data = str(exact[0].id)
    if form.child.data:
        return True
    if not found.lines:
        form.refuse("No child is found: check the spelling, or use the local number", "words")
    elif found.count > OFFERED:
        form.refuse(f"{found.count} children are found: type more of the name, or the local number", "words")
    else:
        form.refuse("Choose which child you mean", "child")
    return False


def _link(subject_id: UUID, child_id: UUID | None, how: str) -> Any:
    if child_id is None:
        return None
    return commands.link_child(session(), actor(), subject_id, child_id, how, now=now())


@blueprint.post("/contexts/<uuid:subject_id>/children/unlink")
@requires(Permission.CONTEXT_EDIT, load=queries.get_context_to_link, writes=True)
def unlink_child(subject_id: UUID) -> Response:
    """Take a link back."""
    page = loaded(ChildPage)
    link_id = as_uuid(request.form.get("link"))
    if link_id is not None:
        with transaction(session(), actor()):
            commands.unlink_child(session(), actor(), subject_id, link_id, now=now())
        flash("The link is taken away.", "success")
    return redirect(page_of(page, tab="children"))
