"""Running a meeting: who is there, read back and close, put off, end."""

from uuid import UUID

from flask import flash, redirect, request, url_for

from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.domain.vocabulary import LineKind, MeetingState, Presence
from mace.meetings import commands
from mace.meetings.forms import BecauseForm, EndForm, presences_of
from mace.meetings.queries.agenda import MeetingPage, get_meeting
from mace.meetings.queries.room import RoomPage, list_attendance, list_not_read_back
from mace.meetings.routes.ground import Answer, again, blueprint, get_room, to_next
from mace.sharing.queries.recipients import list_recipients
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import Form


@blueprint.route("/meetings/<uuid:meeting_id>/attendance", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_meeting, writes=True)
def attendance(meeting_id: UUID) -> Answer:
    """Who is there: begins the meeting, or notes who came and went."""
    page = loaded(MeetingPage)
    form, status = Form(), 200
    agencies = [agency for agency, _, _ in page.agencies]
    given = presences_of(request.form, agencies) if request.method == "POST" else {}
    if request.method == "POST":
        try:
            with transaction(session(), actor()):
                if page.state is MeetingState.OPENED:
                    commands.set_attendance(session(), actor(), meeting_id, given)
                else:
                    commands.start_meeting(session(), actor(), meeting_id, given, now=now())
            return to_next(page)
        except Refused as no:
            form.refuse(no.reason, no.field)
            status = 422
    known = {here.agency_id: (here.presence, here.who) for here in list_attendance(session(), page)}
    return draw(
        "meetings/attendance.html",
        page.seen,
        form=form,
        page=page,
        presences=list(Presence),
        given=given or known,
        is_past=page.held_on < today(),
        status=status,
    )


@blueprint.route("/items/<uuid:item_id>/attendance", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def item_attendance(item_id: UUID) -> Answer:
    """Who is there for this one item."""
    page, form, status = loaded(RoomPage), Form(), 200
    agencies = [agency for agency, _, _ in page.meeting.agencies]
    given = presences_of(request.form, agencies) if request.method == "POST" else {}
    if request.method == "POST":
        try:
            with transaction(session(), actor()):
                commands.set_item_attendance(session(), actor(), item_id, given)
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="finish"))
        except Refused as no:
            form.refuse(no.reason, no.field)
            status = 422
    return draw(
        "meetings/item_attendance.html",
        page.seen,
        form=form,
        page=page.meeting,
        room=page,
        presences=list(Presence),
        given=given or {here.agency_id: (here.presence, here.who) for here in page.here},
        status=status,
    )


@blueprint.route("/items/<uuid:item_id>/read-back", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def read_back(item_id: UUID) -> Answer:
    """Read back what was agreed and who is told; closing sends it at once."""
    page, form, status = loaded(RoomPage), Form(), 200
    if request.method == "POST":
        try:
            with transaction(session(), actor()):
                commands.close_item(session(), actor(), item_id, area=settings().area, now=now())
            flash("The item is closed. What was agreed has been sent.", "success")
            return to_next(page.meeting, item_id)
        except Refused as no:
            form.refuse(no.reason)
            status = 409
            page = again(page)
    return draw(
        "meetings/read_back.html",
        page.seen,
        form=form,
        page=page,
        recipients=list_recipients(session(), item_id),
        released=(LineKind.DECISION, LineKind.CONTINGENCY, LineKind.SAFETY_TONIGHT),
        area=settings().area,
        status=status,
    )


@blueprint.route("/items/<uuid:item_id>/put-off", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def put_off(item_id: UUID) -> Answer:
    """Put an item off to the next meeting."""
    page, form, status = loaded(RoomPage), BecauseForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.put_off(session(), actor(), item_id, because=form.because.data, now=now())
                flash("It is put off, and comes back by itself at the next meeting.", "success")
                return to_next(page.meeting, item_id)
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/put_off.html", page.seen, form=form, page=page, status=status)


@blueprint.route("/meetings/<uuid:meeting_id>/end", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_meeting, writes=True)
def end(meeting_id: UUID) -> Answer:
    """End the meeting; what was not discussed is put off with a reason."""
    page, form, status = loaded(MeetingPage), EndForm(), 200
    if request.method == "GET" and page.state is not MeetingState.OPENED:
        return redirect(url_for("meetings.agenda", meeting_id=meeting_id))
    left = [item for item in page.items if not item.is_over]
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.end_meeting(
                        session(),
                        actor(),
                        meeting_id,
                        because=form.because.data or "",
                        area=settings().area,
                        now=now(),
                    )
                flash("The meeting has ended. Approve its records next.", "success")
                return redirect(url_for("meetings.records_to_approve", meeting_id=meeting_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    decided = list_not_read_back(session(), meeting_id, {item.id: item.subject_id for item in left})
    return draw("meetings/end.html", page.seen, form=form, page=page, left=left, decided=decided, status=status)
