"""The list of children, search, the workers to confirm, and a new child."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.children import commands
from mace.children.queries import SameChild, find_same
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission, may
from mace.domain.vocabulary import Harm, ReferralOutcome, RiskLevel
from mace.domain.words import count_of
from mace.history import Seen
from mace.record import queries
from mace.record.forms import AddChildForm
from mace.record.queries import Facets, Order, Shown, Wanted
from mace.record.routes.ground import agencies, blueprint, number, people, then, typed
from mace.web.access import actor, draw, now, requires, session, settings, today
from mace.web.attempt import attempt, status
from mace.web.forms import Form, as_uuid


@blueprint.route("/children", methods=["GET", "POST"])
@requires(Permission.CHILD_LIST)
def children() -> tuple[str, int]:
    """The children this person may open. Names are posted, so that none stands in an address."""
    wanted = _wanted()
    facets = queries.list_facets(session(), actor(), today())
    found = queries.list_children(session(), actor(), today(), wanted, page=number("page"))
    return draw(
        "record/children.html",
        found.seen,
        found=found,
        wanted=wanted,
        facets=facets,
        chosen=_chosen(wanted, facets),
        args=_args(wanted),
        shown=list(Shown),
        orders=list(Order),
        levels=list(RiskLevel),
        harms=list(Harm),
        level_names=settings().area.level_names,
        may_add=may(actor(), Permission.CHILD_CREATE),
        may_confirm=may(actor(), Permission.ALLOCATION_CHANGE),
    )


def _wanted() -> Wanted:
    given = request.values
    return Wanted(
        words=str(request.form.get("words", "")) and typed("words"),
        shown=_term(Shown, given.get("shown")) or Shown.OPEN,
        level=_term(RiskLevel, given.get("level")),
        team_id=as_uuid(given.get("team")),
        worker_id=as_uuid(given.get("worker")),
        unconfirmed=given.get("workers") == "unconfirmed",
        harm=_term(Harm, given.get("harm")),
        order=_term(Order, given.get("order")) or Order.NAME,
    )


def _term(terms: Any, value: str | None) -> Any:
    return next((term for term in terms if term.value == value), None)


def _args(wanted: Wanted) -> dict[str, str]:
    """The filters as an address carries them; never the words of a search."""
    args = {
        "shown": wanted.shown.value if wanted.shown is not Shown.OPEN else "",
        "level": wanted.level.value if wanted.level else "",
        "team": str(wanted.team_id or ""),
        "worker": str(wanted.worker_id or ""),
        "workers": "unconfirmed" if wanted.unconfirmed else "",
        "harm": wanted.harm.value if wanted.harm else "",
        "order": wanted.order.value if wanted.order is not Order.NAME else "",
    }
    return {name: value for name, value in args.items() if value}


def _chosen(wanted: Wanted, facets: Facets) -> list[tuple[str, str]]:
    """The filters in force, each with the address that takes it away."""
    words = {
        "shown": wanted.shown.label,
        "level": settings().area.level_name(wanted.level),
        "team": dict(facets.teams).get(wanted.team_id, "Team") if wanted.team_id else "",
        "worker": dict(facets.workers).get(wanted.worker_id, "Worker") if wanted.worker_id else "",
        "workers": "Worker not confirmed this month",
        "harm": wanted.harm.label if wanted.harm else "",
    }
    args: dict[str, Any] = dict(_args(wanted))
    return [
        (text, url_for("record.children", **{other: value for other, value in args.items() if other != name}))
        for name, text in words.items()
        if name in args
    ]


@blueprint.route("/search", methods=["GET", "POST"])
@requires(Permission.CHILD_LIST)
def search() -> tuple[str, int]:
    """Search everything this person may know. Posted, so that no name stands in an address."""
    words = typed("words") if request.method == "POST" else ""
    found = queries.search(session(), actor(), today(), words)
    return draw("record/search.html", *found.seen, found=found)


@blueprint.route("/children/workers", methods=["GET", "POST"])
@requires(Permission.ALLOCATION_CHANGE, writes=True)
def workers() -> tuple[str, int] | Response:
    """Workers whom nobody has confirmed this month: "still ours" in one click each, or for all that are ticked."""
    form = Form()
    if request.method == "POST":
        ids = [child_id for child_id in map(as_uuid, request.form.getlist("child")) if child_id is not None]
        if form.validate() and ids:
            try:
                _confirm(ids)
                flash(f"{count_of(len(ids), 'worker')} confirmed as at today.", "success")
                return redirect(then(url_for("record.workers")))
            except Refused as no:
                form.refuse(no.reason)
        elif not ids:
            form.refuse("Tick the children whose worker is right")
    found = queries.list_children(
        session(),
        actor(),
        today(),
        unconfirmed=True,
        page=number("page"),
        permission=Permission.ALLOCATION_CHANGE,
    )
    return draw("record/workers.html", found.seen, found=found, form=form, status=status())


def _confirm(ids: list[UUID]) -> None:
    with transaction(session(), actor()):
        for child_id in ids:
            commands.confirm_worker(session(), actor(), child_id, now=now())


@blueprint.route("/children/new", methods=["GET", "POST"])
@requires(Permission.CHILD_CREATE, writes=True)
def add_child() -> tuple[str, int] | Response:
    """Quick-add a new child; ``then`` in the address leads back, with the new record's id."""
    form = AddChildForm(harm=Harm.UNKNOWN.value).offer(people(), agencies(), actor().agency_id)
    subject = attempt(form, lambda: _add(form))
    if subject is not None:
        taken = form.outcome.data == ReferralOutcome.TAKEN.value
        flash("The child is added." if taken else "It is written down that the child was not taken.", "success")
        back = then("")
        if back:
            return redirect(f"{back}{'&' if '?' in back else '?'}added={subject.id}")
        return redirect(url_for("record.child", subject_id=subject.id))
    same = _same(form) if form.errors else ()
    seen = [Seen("subject", tuple(one.id for one in same), act="listed")] if request.method == "POST" else []
    return draw("record/add_child.html", *seen, form=form, same=same, back=then(""), status=status())


def _add(form: AddChildForm) -> Any:
    subject = commands.add_child(
        session(),
        actor(),
        name=form.name.data,
        number=form.number.data,
        born_on=form.born_on.data,
        source=form.from_whom.data,
        from_agency_id=as_uuid(form.agency.data),
        why=form.why.data,
        outcome=ReferralOutcome(form.outcome.data),
        outcome_because=form.outcome_because.data or "",
        who_tells=form.who_tells.data,
        harm=Harm(form.harm.data),
        none_of_these=form.none_of_these.data,
        now=now(),
    )
    lead = as_uuid(form.lead.data)
    if lead is not None and subject.closed_on is None:
        commands.allocate(session(), actor(), subject.id, lead, now=now())
    return subject


def _same(form: AddChildForm) -> tuple[SameChild, ...]:
    """Who is here already that this may be; only when that is what is wrong."""
    if not (form.none_of_these.errors or form.number.errors) or not form.name.data or not form.number.data:
        return ()
    return find_same(
        session(), actor(), today(), name=form.name.data, number=form.number.data, born_on=form.born_on.data
    )
