"""One item while the meeting talks: decisions, new actions, what happened, the first look at what was imported."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.children.commands import add_event
from mace.database import transaction
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Permission
from mace.domain.vocabulary import Cause, Decision, EventKind
from mace.domain.words import count_of
from mace.meetings import commands
from mace.meetings.forms import (
    FIELDS,
    DecideForm,
    FirstLookRow,
    HappenedForm,
    NewActionForm,
    first_look_choices,
    in_words,
)
from mace.meetings.queries.room import RoomPage
from mace.meetings.routes.ground import (
    Answer,
    again,
    agencies,
    asked_of,
    blueprint,
    draw_room,
    get_room,
    offer_new_action,
    people,
)
from mace.web.access import actor, draw, loaded, now, requires, session, settings
from mace.web.forms import Form, as_uuid, known_version


@blueprint.get("/items/<uuid:item_id>/room")
@requires(Permission.ITEM_RUN, load=get_room)
def room(item_id: UUID) -> tuple[str, int]:
    """One item while the meeting talks, in the order in which it talks."""
    decision = _decision(request.args.get("as"))
    return draw_room(loaded(RoomPage), deciding=as_uuid(request.args.get("decide")), decision=decision)


def _decision(value: str | None) -> Decision | None:
    return next((one for one in FIELDS if one.value == value), None)


def _to_action(item_id: UUID, action_id: UUID) -> Response:
    return redirect(url_for("meetings.room", item_id=item_id, _anchor=f"action-{action_id}"))


# --- Actions --------------------------------------------------------------------------------------------------------


@blueprint.post("/items/<uuid:item_id>/decide/<uuid:action_id>")
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def decide(item_id: UUID, action_id: UUID) -> Answer:
    """Decide about one unfinished action."""
    page, decision = loaded(RoomPage), _decision(request.form.get("as"))
    if decision is None:
        return _to_action(item_id, action_id)
    one = next((one for one in page.actions if one.line.id == action_id), None)
    names = asked_of(page, action_id, decision)
    form = DecideForm(prefix="decide").offer(people(), agencies(), decision, one is None or one.facts.has_owner)
    status = 422
    if not form.wrong(names):
        said = form.said(names)
        if one is not None and said.get("what") == one.line.what:
            del said["what"]
        try:
            with transaction(session(), actor()):
                commands.decide_action(
                    session(),
                    actor(),
                    item_id,
                    action_id,
                    decision,
                    version=known_version(form.version.data),
                    area=settings().area,
                    now=now(),
                    **said,
                )
            return _to_action(item_id, action_id)
        except Refused as no:
            form.refuse_all(no)
            page = again(page)
            status = 409 if isinstance(no, Clash) else 422
            one = next((one for one in page.actions if one.line.id == action_id), None)
            if one is not None and one.decided is not None:
                return _draw_decided_already(page, action_id, form, names)
            if one is not None:
                form.version.data = str(one.version)
    return draw_room(page, decide=form, deciding=action_id, decision=decision, form=form, status=status)


def _draw_decided_already(page: RoomPage, action_id: UUID, form: DecideForm, names: Sequence[str]) -> tuple[str, int]:
    """Two people decided at once: what stands, and what the second one typed."""
    typed = [(form[name].label.text, in_words(form[name])) for name in names]
    return draw(
        "meetings/decided_already.html",
        page.seen,
        page=page,
        one=next(one for one in page.actions if one.line.id == action_id),
        decided=page.decided[action_id],
        typed=[(label, words) for label, words in typed if words],
        status=409,
    )


@blueprint.post("/items/<uuid:item_id>/undo/<uuid:action_id>")
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def undo_decision(item_id: UUID, action_id: UUID) -> Response:
    """Take back this meeting's decision about an action."""
    try:
        with transaction(session(), actor()):
            commands.take_back_decision(session(), actor(), item_id, action_id, area=settings().area, now=now())
        flash("The decision is taken back. Decide again.", "success")
    except Refused as no:
        flash(no.reason, "refused")
    return _to_action(item_id, action_id)


@blueprint.post("/items/<uuid:item_id>/noted")
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def note_in_date(item_id: UUID) -> Response:
    """Note everything that is in date and has an update, in one act."""
    try:
        with transaction(session(), actor()):
            noted = commands.note_in_date(session(), actor(), item_id, area=settings().area, now=now())
        flash(f"{count_of(noted, 'action')} noted.", "success")
    except Refused as no:
        flash(no.reason, "refused")
    return redirect(url_for("meetings.room", item_id=item_id, _anchor="actions"))


@blueprint.post("/items/<uuid:item_id>/actions")
@requires(Permission.ACTION_ADD, load=get_room, writes=True)
def add_action(item_id: UUID) -> Answer:
    """Agree a new action."""
    page, form = loaded(RoomPage), NewActionForm(prefix="new")
    offer_new_action(form, page)
    if form.validate():
        try:
            with transaction(session(), actor()):
                made = commands.add_action(
                    session(),
                    actor(),
                    item_id,
                    what=form.what.data or "",
                    owner_id=as_uuid(form.owner.data),
                    due=form.due.data,
                    concern_id=as_uuid(form.concern.data),
                    new_concern=form.new_concern.data or "",
                    new_owner=form.new_owner.data or "",
                    new_owner_agency_id=as_uuid(form.new_owner_agency.data),
                    contingency=form.contingency.data or "",
                    long_date_reason=form.long_date_reason.data or "",
                    other_children=form.children(),
                    area=settings().area,
                    now=now(),
                )
            flash(f"Action {made.number} is agreed.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="new-action"))
        except Refused as no:
            form.refuse_all(no)
    return draw_room(again(page), new_action=form, form=form, status=422)


@blueprint.route("/items/<uuid:item_id>/first-look", methods=["GET", "POST"])
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def first_look(item_id: UUID) -> Answer:
    """The first look at what a spreadsheet brought, as a list."""
    page, form, status = loaded(RoomPage), Form(), 200
    rows: dict[UUID, FirstLookRow] = {}
    if request.method == "POST":
        rows = {one.line.id: FirstLookRow.read(one.line.id, request.form) for one in page.first_looks}
        try:
            number = _look_first(page, rows)
            flash(f"{count_of(number, 'action')} looked at.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="actions"))
        except Refused as no:
            status = 422
            _refuse_rows(form, rows, no)
            page = again(page)
    return draw(
        "meetings/first_look.html",
        page.seen,
        form=form,
        page=page,
        rows=rows,
        choices={
            one.line.id: first_look_choices(is_late=one.line.late, has_date=one.line.due is not None)
            for one in page.first_looks
        },
        causes=list(Cause),
        people=[(str(person_id), words) for person_id, words in people()],
        status=status,
    )


def _look_first(page: RoomPage, rows: dict[UUID, FirstLookRow]) -> int:
    lost = [(f"{key}-decision", "Choose what happens to it") for key, row in rows.items() if row.lost]
    if lost:
        raise Refused.missing(lost)
    late = {one.line.id for one in page.first_looks if one.line.late}
    looks = [
        commands.FirstLook(key, row.decision, row.said(is_late=key in late))
        for key, row in rows.items()
        if row.decision is not None
    ]
    if not looks:
        raise Refused("Choose what happens to at least one action")
    with transaction(session(), actor()):
        return commands.look_first(session(), actor(), page.item.id, looks, area=settings().area, now=now())


def _refuse_rows(form: Form, rows: dict[UUID, FirstLookRow], no: Refused) -> None:
    """Each wrong row says what is wrong with it, and the summary leads there."""
    for field, reason in ((no.field or "", no.reason), *no.also):
        key = as_uuid(field[:36])
        if key in rows:
            name = rows[key].refuse(field[37:], reason)
            form.refuse_at(rows[key].errors[name], f"{name}-{key}")
        else:
            form.refuse(reason)


# --- What happened --------------------------------------------------------------------------------------------------


@blueprint.post("/items/<uuid:item_id>/happened")
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def add_happened(item_id: UUID) -> Answer:
    """Type in what happened since last time."""
    page, form = loaded(RoomPage), HappenedForm(prefix="happened")
    if form.validate():
        try:
            with transaction(session(), actor()):
                add_event(
                    session(),
                    actor(),
                    page.item.subject_id,
                    kind=EventKind(form.kind.data),
                    happened_on=form.day(),
                    words=form.words.data,
                    now=now(),
                )
            flash("It is in the chronology.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="since"))
        except Refused as no:
            form.refuse(no.reason, no.field)
    return draw_room(again(page), happened=form, form=form, status=422)
