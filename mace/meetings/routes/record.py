"""The record of an item: kept while it is typed, saved, approved, corrected."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for

from mace.database import transaction
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Permission, may_approve
from mace.domain.vocabulary import ItemState
from mace.meetings import commands
from mace.meetings.forms import LINES, ApproveForm, CorrectionForm, differences
from mace.meetings.queries.agenda import MeetingPage, get_meeting
from mace.meetings.queries.quality import list_worst_records
from mace.meetings.queries.room import RecordHead, RoomPage, get_record_head
from mace.meetings.routes.ground import (
    Answer,
    again,
    blueprint,
    draw_room,
    get_room,
    keep_draft,
    posted_record,
    saved_record,
)
from mace.sharing.queries.recipients import list_recipients
from mace.web.access import actor, draw, loaded, now, requires, session, settings
from mace.web.forms import known_version
from mace.web.templating import moment


@blueprint.post("/items/<uuid:item_id>/record")
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def save_record(item_id: UUID) -> Answer:
    """Save what the meeting writes. What cannot be saved is kept as a draft."""
    page, form = loaded(RoomPage), posted_record()
    if request.form.get("throw_away"):
        with transaction(session(), actor()):
            commands.drop_draft(session(), actor(), commands.RECORD_DRAFT, item_id)
        flash("The text that was not saved is gone.", "success")
        return redirect(url_for("meetings.room", item_id=item_id, _anchor="discussion"))
    clash = False
    if form.validate():
        try:
            with transaction(session(), actor()):
                commands.save_record(
                    session(),
                    actor(),
                    item_id,
                    lines=form.lines(),
                    risk=commands.Risk(**form.risk()),
                    version=known_version(form.version.data),
                    area=settings().area,
                    now=now(),
                )
            if request.form.get("then") == "read-back":
                return redirect(url_for("meetings.read_back", item_id=item_id))
            flash("The record is saved.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="discussion"))
        except Refused as no:
            form.refuse(no.reason, no.field)
            clash = isinstance(no, Clash)
    with transaction(session(), actor()):
        keep_draft(item_id)
    page = again(page)
    form.version.data = str(page.saves) if clash else form.version.data
    return draw_room(page, record=form, form=form, clash=clash, status=409 if clash else 422)


@blueprint.post("/items/<uuid:item_id>/draft")
@requires(Permission.ITEM_RUN, load=get_record_head, writes=True, quiet=True)
def save_draft(item_id: UUID) -> tuple[dict[str, Any], int]:
    """Keep what is being typed, within seconds; says when somebody else saved the record meanwhile."""
    head = loaded(RecordHead)
    with transaction(session(), actor()):
        kept = keep_draft(item_id)
    if kept is None:
        return {"error": "too long"}, 413
    version = known_version(request.form.get("record-version"))
    if version is not None and version != head.saves and head.saved_at is not None:
        return {"by": head.saved_by, "at": moment(head.saved_at), "revision": kept[0]}, 409
    return {"revision": kept[0], "saved_at": kept[1]}, 200


# --- Afterwards -----------------------------------------------------------------------------------------------------


@blueprint.get("/meetings/<uuid:meeting_id>/records")
@requires(Permission.ITEM_RUN, load=get_meeting)
def records_to_approve(meeting_id: UUID) -> tuple[str, int]:
    """The records of a meeting: which are approved, which lack what, the three worst first."""
    page = loaded(MeetingPage)
    return draw(
        "meetings/records.html",
        page.seen,
        page=page,
        worst=list_worst_records(session(), actor(), page),
        may_approve=may_approve(actor(), page.minute_taker_id),
    )


@blueprint.route("/items/<uuid:item_id>/approve", methods=["GET", "POST"])
@requires(Permission.ITEM_APPROVE, load=get_room, writes=True)
def approve(item_id: UUID) -> Answer:
    """Approve the record of an item: it goes out as version one."""
    page, status = loaded(RoomPage), 200
    form = ApproveForm(version=str(page.saves))
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.approve_item(
                        session(),
                        actor(),
                        item_id,
                        anyway_because=form.anyway_because.data or "",
                        version=known_version(form.version.data),
                        area=settings().area,
                        now=now(),
                    )
                flash("The record is approved and sent as version 1.", "success")
                others = (item for item in page.meeting.items if item.id != item_id)
                following = next((item.id for item in others if item.state is ItemState.CLOSED), None)
                if following is not None:
                    return redirect(url_for("meetings.approve", item_id=following))
                return redirect(url_for("meetings.records_to_approve", meeting_id=page.meeting.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
                page = again(page)
                status = 409 if isinstance(no, Clash) else 422
                form.version.data = str(page.saves)
    return draw(
        "meetings/approve.html",
        page.seen,
        form=form,
        page=page,
        kinds=list(LINES.values()),
        may_approve=may_approve(actor(), page.meeting.minute_taker_id),
        recipients=list_recipients(session(), item_id, for_record=True),
        area=settings().area,
        status=status,
    )


@blueprint.route("/items/<uuid:item_id>/correct", methods=["GET", "POST"])
@requires(Permission.ITEM_APPROVE, load=get_room, writes=True)
def correct(item_id: UUID) -> Answer:
    """Correct an approved record: a new version with a reason."""
    page, status, clash = loaded(RoomPage), 200, None
    if page.item.state is not ItemState.APPROVED:
        return redirect(url_for("meetings.room", item_id=item_id))
    form = posted_record(CorrectionForm) if request.method == "POST" else saved_record(page, CorrectionForm)
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.correct_record(
                        session(),
                        actor(),
                        item_id,
                        lines=form.lines(),
                        risk=commands.Risk(**form.risk()),
                        because=form["because"].data,
                        version=known_version(form.version.data),
                        area=settings().area,
                        now=now(),
                    )
                flash("The correction is sent as the next version.", "success")
                return redirect(url_for("sharing.told", item_id=item_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
                page = again(page)
                form.version.data = str(page.saves)
                if isinstance(no, Clash):
                    status, clash = 409, differences(form, saved_record(page))
    return draw(
        "meetings/correct.html",
        page.seen,
        form=form,
        record=form,
        page=page,
        clash=clash,
        may_approve=may_approve(actor(), page.meeting.minute_taker_id),
        status=status,
    )
