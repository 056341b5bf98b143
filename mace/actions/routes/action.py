"""One action: its page, and what its owner, chaser, plan lead and agency say about it."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mace.actions import commands, queries
from mace.actions.forms import ChaseForm, DisownForm, OfferForm, UpdateForm
from mace.actions.queries import ActionHead, ActionPage
from mace.actions.routes import blueprint
from mace.database import MaceSession, transaction
from mace.domain.errors import Clash, NotThere
from mace.domain.policy import Actor, Permission
from mace.web.access import actor, draw, loaded, now, requires, session, settings
from mace.web.attempt import attempt, status
from mace.web.forms import Form


def get_action(session_: MaceSession, actor_: Actor, today_: date, action_id: UUID) -> ActionPage:
    """The loader of everything about one action."""
    return queries.get_action(session_, actor_, today_, action_id, settings().area)


def get_to_update(session_: MaceSession, actor_: Actor, today_: date, action_id: UUID) -> ActionHead:
    """The loader of an action that this person may say something about."""
    head = queries.get_action_head(session_, actor_, today_, action_id)
    if not (head.may_update or head.line.ended_on):
        raise NotThere
    return head


def get_to_chase(session_: MaceSession, actor_: Actor, today_: date, action_id: UUID) -> ActionHead:
    """The loader of an action that waits, for those who may chase."""
    head = queries.get_action_head(session_, actor_, today_, action_id)
    if not head.may_chase:
        raise NotThere
    return head


def get_to_answer(session_: MaceSession, actor_: Actor, today_: date, action_id: UUID) -> ActionHead:
    """The loader of an action that is offered to another plan, for those who may answer."""
    head = queries.get_action_head(session_, actor_, today_, action_id)
    if not head.may_answer_offer:
        raise NotThere
    return head


def get_own(session_: MaceSession, actor_: Actor, today_: date, action_id: UUID) -> ActionHead:
    """The loader of an unfinished action that this person owns."""
    head = queries.get_action_head(session_, actor_, today_, action_id)
    if head.line.owner_id != actor_.person_id or head.line.ended_on:
        raise NotThere
    return head


@blueprint.get("/actions/<uuid:action_id>")
@requires(Permission.ACTION_READ, load=get_action)
def action(action_id: UUID) -> tuple[str, int]:
    """One action with its life."""
    page = loaded(ActionPage)
    return draw("actions/action.html", page.seen, page=page)


def _answered(
    form: Form, command: Callable[[], object], done: str, template: str, then: str
) -> tuple[str, int] | AnyResponse:
    """Show a form about an action; when it is sent and nothing is refused, do it and go on."""
    head, theirs = loaded(ActionHead), ""
    try:
        if attempt(form, command):
            flash(done, "success")
            return redirect(then)
    except Clash as clash:
        form.refuse(clash.reason, clash.field)
        theirs = clash.theirs
    if "version" in form and request.method == "POST":
        form.version.data = str(head.version)
    return draw(template, head.seen, head=head, form=form, theirs=theirs, status=status())


@blueprint.route("/actions/<uuid:action_id>/update", methods=["GET", "POST"])
@requires(Permission.ACTION_UPDATE, load=get_to_update, writes=True)
def update(action_id: UUID) -> tuple[str, int] | AnyResponse:
    """Say what happened to an action."""
    head = loaded(ActionHead)
    form = UpdateForm(version=str(head.version))
    return _answered(
        form,
        lambda: commands.record_update(
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
        ),
        "Your update is saved.",
        "actions/update.html",
        url_for("actions.action", action_id=action_id),
    )


@blueprint.post("/actions/<uuid:action_id>/accept")
@requires(Permission.ACTION_READ, load=get_own, writes=True)
def accept(action_id: UUID) -> AnyResponse:
    """Say yes to an action that is mine."""
    with transaction(session(), actor()):
        commands.accept_action(session(), actor(), action_id, area=settings().area, now=now())
    flash("You have accepted this action.", "success")
    return redirect(url_for("actions.action", action_id=action_id))


@blueprint.route("/actions/<uuid:action_id>/not-mine", methods=["GET", "POST"])
@requires(Permission.ACTION_READ, load=get_own, writes=True)
def not_mine(action_id: UUID) -> tuple[str, int] | AnyResponse:
    """Say that an action is not mine, and why."""
    form = DisownForm()
    return _answered(
        form,
        lambda: commands.disown_action(
            session(), actor(), action_id, because=form.because.data, area=settings().area, now=now()
        ),
        "Your words are kept. The coordinator sees that this action is not accepted; the next meeting names an owner.",
        "actions/not_mine.html",
        url_for("actions.action", action_id=action_id),
    )


@blueprint.route("/actions/<uuid:action_id>/chase", methods=["GET", "POST"])
@requires(Permission.ACTION_READ, load=get_to_chase, writes=True)
def chase(action_id: UUID) -> tuple[str, int] | AnyResponse:
    """Write down a chase of what an action waits on."""
    form = ChaseForm()
    return _answered(
        form,
        lambda: commands.record_chase(
            session(),
            actor(),
            action_id,
            chased_on=form.chased_on.data,
            words=form.words.data,
            next_by=form.next_by.data,
            area=settings().area,
            now=now(),
        ),
        "Your chase is saved.",
        "actions/chase.html",
        url_for("actions.action", action_id=action_id),
    )


@blueprint.route("/actions/<uuid:action_id>/offer", methods=["GET", "POST"])
@requires(Permission.ACTION_READ, load=get_to_answer, writes=True)
def offer(action_id: UUID) -> tuple[str, int] | AnyResponse:
    """Answer for the plan that an action is offered to."""
    form = OfferForm()
    return _answered(
        form,
        lambda: commands.answer_offer(
            session(),
            actor(),
            action_id,
            accepts=form.accepts(),
            reason=form.reason.data or "",
            received_from=form.received_from.data or "",
            area=settings().area,
            now=now(),
        ),
        "The answer is saved.",
        "actions/offer.html",
        _after_offer(action_id),
    )


def _after_offer(action_id: UUID) -> str:
    """Back to the action, which a lead who declined may read no longer."""
    return (
        url_for("actions.register")
        if loaded(ActionHead).is_offered_to_me
        else url_for("actions.action", action_id=action_id)
    )
