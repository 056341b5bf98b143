"""Running a meeting: who is there, one page an item, read back and close, approve, correct, end."""

import json
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mace.account.queries import list_agencies, list_people
from mace.children.commands import add_event
from mace.database import transaction
from mace.domain.actions import IN_THE_ROOM, decisions_for
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Permission, may_approve
from mace.domain.vocabulary import Decision, EventKind, ItemState, LineKind, MeetingState, Presence
from mace.domain.words import count_of
from mace.meetings.commands import room as commands
from mace.meetings.forms import (
    FIELDS,
    FIRST_LOOK_CHOICES,
    LINES,
    ApproveForm,
    BecauseForm,
    CorrectionForm,
    DecideForm,
    EndForm,
    FirstLookRow,
    HappenedForm,
    NewActionForm,
    RecordForm,
    known_version,
    presences_of,
)
from mace.meetings.queries import room as queries
from mace.meetings.queries.agenda import MeetingPage, get_meeting
from mace.meetings.queries.room import RoomPage
from mace.meetings.routes.blueprint import blueprint
from mace.sharing.queries.recipients import list_recipients
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import Form, as_uuid
from mace.web.templating import moment

Answer = tuple[str, int] | Response
DRAFT_LIMIT = 400_000
"""Characters of a draft; the server's own limit on a request stays far above."""


def get_room(session_: Any, actor_: Any, today_: Any, item_id: UUID, **_others: UUID) -> RoomPage:
    """The loader of everything about one item."""
    return queries.get_room(session_, actor_, today_, item_id, settings().area)


# --- The meeting ----------------------------------------------------------------------------------------------------


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
            return _to_next(page, None)
        except Refused as no:
            form.refuse(no.reason, no.field)
            status = 422
    known = {here.agency_id: (here.presence, here.who) for here in queries.list_attendance(session(), page)}
    return draw(
        "meetings/attendance.html",
        page.seen,
        form=form,
        page=page,
        presences=list(Presence),
        given=given or known,
        status=status,
    )


def _to_next(page: MeetingPage, following: UUID | None) -> Response:
    """On to the next item that is not over, or to the agenda when all are."""
    first = following or next((item.id for item in page.items if not item.is_over), None)
    if first is None:
        return redirect(url_for("meetings.agenda", meeting_id=page.id))
    return redirect(url_for("meetings.room", item_id=first))


@blueprint.route("/meetings/<uuid:meeting_id>/end", methods=["GET", "POST"])
@requires(Permission.ITEM_RUN, load=get_meeting, writes=True)
def end(meeting_id: UUID) -> Answer:
    """End the meeting; what was not discussed is put off with a reason."""
    page, form, status = loaded(MeetingPage), EndForm(), 200
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
    return draw("meetings/end.html", page.seen, form=form, page=page, left=left, status=status)


# --- One item -------------------------------------------------------------------------------------------------------


@blueprint.get("/items/<uuid:item_id>/room")
@requires(Permission.ITEM_RUN, load=get_room)
def room(item_id: UUID) -> tuple[str, int]:
    """One item while the meeting talks, in the order in which it talks."""
    page = loaded(RoomPage)
    chosen = as_uuid(request.args.get("decide"))
    decision = _decision(request.args.get("as"))
    return _draw(page, deciding=chosen if decision else None, decision=decision)


def _decision(value: str | None) -> Decision | None:
    return next((one for one in FIELDS if one.value == value), None)


def _draw(
    page: RoomPage,
    *,
    record: RecordForm | None = None,
    decide: DecideForm | None = None,
    deciding: UUID | None = None,
    decision: Decision | None = None,
    new_action: NewActionForm | None = None,
    happened: HappenedForm | None = None,
    form: Form | None = None,
    clash: bool = False,
    status: int = 200,
) -> tuple[str, int]:
    """Draw the room with the form that has something to say, the others as they stand."""
    people = [(person.id, person.words) for person in list_people(session())]
    agencies = [(agency.id, agency.name) for agency in list_agencies(session())]
    if record is None:
        record = _record_form(page)
    if deciding is not None and decide is None:
        one = next((one for one in page.actions if one.line.id == deciding), None)
        if one is None or one.decided is not None:
            deciding = decision = None
        else:
            decide = DecideForm(prefix="decide", formdata=None, version=str(one.version), what=one.line.what)
    if decide is not None:
        decide.offer(people, agencies)
    new_action = new_action or NewActionForm(prefix="new", formdata=None)
    new_action.offer(people, agencies, [(concern.id, concern.words) for concern in page.concerns])
    return draw(
        "meetings/room.html",
        page.seen,
        page=page,
        record=record,
        decide=decide,
        deciding=deciding,
        decision=decision,
        fields=FIELDS,
        new_action=new_action,
        happened=happened or HappenedForm(prefix="happened", formdata=None),
        form=form,
        clash=[
            (field.label.text, page.lines.get(kind, ""))
            for name, kind in LINES.items()
            if (field := record[name]).data != page.lines.get(kind, "")
        ]
        if clash
        else [],
        decisions_for=decisions_for,
        in_the_room=IN_THE_ROOM,
        area=settings().area,
        status=status,
    )


def _record_form(page: RoomPage, kind: type[RecordForm] = RecordForm) -> RecordForm:
    """The record as saved, or as this person was typing it; what a brief says already is filled in."""
    if page.draft is not None and kind is RecordForm:
        pairs = [(str(name), str(value)) for name, value in json.loads(page.draft.content)]
        return RecordForm(formdata=MultiDict(pairs), prefix="record").offer(settings().area)
    briefs = {kind_: words for brief in page.briefs for kind_, words in brief.words.items()}
    saved = page.lines if page.saved_at is not None else {**briefs, **page.lines}
    level = page.level or page.subject_level
    return kind(
        prefix="record",
        formdata=None,
        version=str(page.version),
        assessed_with=page.assessed_with,
        assessed_level=page.assessed_level,
        assessed_on=page.assessed_on,
        assessed_by=page.assessed_by,
        level=level.value if level else None,
        harm_status=page.harm_status.value if page.harm_status else "",
        direction=page.direction.value if page.direction else None,
        next_review_on=page.next_review_on,
        proposes_exit=page.proposes_exit,
        **{name: saved.get(line, "") for name, line in LINES.items()},
    ).offer(settings().area)


def _posted_record(kind: type[RecordForm] = RecordForm) -> RecordForm:
    return kind(prefix="record").offer(settings().area)


def _again(page: RoomPage) -> RoomPage:
    """The page as it stands after somebody else's save, for the trail and the versions."""
    return queries.get_room(session(), actor(), today(), page.item.id, settings().area)


@blueprint.post("/items/<uuid:item_id>/record")
@requires(Permission.ITEM_RUN, load=get_room, writes=True)
def save_record(item_id: UUID) -> Answer:
    """Save what the meeting writes."""
    page, form = loaded(RoomPage), _posted_record()
    if request.form.get("throw_away"):
        with transaction(session(), actor()):
            commands.drop_draft(session(), actor(), commands.RECORD_DRAFT, item_id)
        flash("The text that was not saved is gone.", "success")
        return redirect(url_for("meetings.room", item_id=item_id, _anchor="discussion"))
    if not form.validate():
        return _draw(page, record=form, form=form, status=422)
    try:
        with transaction(session(), actor()):
            commands.save_record(
                session(),
                actor(),
                item_id,
                lines=form.lines(),
                risk=commands.Risk(**form.risk()),
                version=known_version(form.version.data),
                now=now(),
            )
    except Clash as no:
        form.refuse(no.reason)
        page = _again(page)
        form.version.data = str(page.version)
        return _draw(page, record=form, form=form, clash=True, status=409)
    except Refused as no:
        form.refuse(no.reason, no.field)
        return _draw(_again(page), record=form, form=form, status=422)
    if request.form.get("then") == "read-back":
        return redirect(url_for("meetings.read_back", item_id=item_id))
    flash("The record is saved.", "success")
    return redirect(url_for("meetings.room", item_id=item_id, _anchor="discussion"))


@blueprint.post("/items/<uuid:item_id>/draft")
@requires(Permission.ITEM_RUN, load=get_room, writes=True, quiet=True)
def save_draft(item_id: UUID) -> tuple[dict[str, Any], int]:
    """Keep what is being typed, within seconds; says when somebody else saved the record meanwhile."""
    page = loaded(RoomPage)
    pairs = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name.startswith("record-") and "csrf" not in name
    ]
    content = json.dumps(pairs, ensure_ascii=False)
    if len(content) > DRAFT_LIMIT:
        return {"error": "too long"}, 413
    version = known_version(request.form.get("record-version"))
    with transaction(session(), actor()):
        draft = commands.save_draft(session(), actor(), commands.RECORD_DRAFT, item_id, content, now=now())
    if version is not None and version != page.version and page.saved_at is not None:
        return {"by": page.saved_by, "at": moment(page.saved_at), "revision": draft.revision}, 409
    return {"revision": draft.revision, "saved_at": moment(draft.saved_at).rpartition(" at ")[2]}, 200


@blueprint.post("/items/<uuid:item_id>/decide/<uuid:action_id>")
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def decide(item_id: UUID, action_id: UUID) -> Answer:
    """Decide about one unfinished action."""
    page = loaded(RoomPage)
    decision = _decision(request.form.get("as"))
    form = DecideForm(prefix="decide")
    form.offer(
        [(person.id, person.words) for person in list_people(session())],
        [(agency.id, agency.name) for agency in list_agencies(session())],
    )
    if decision is None:
        return redirect(url_for("meetings.room", item_id=item_id, _anchor=f"action-{action_id}"))
    wrong = [form[name] for name in FIELDS[decision] if not form[name].validate(form)]
    if not wrong:
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
                    **form.said(decision),
                )
            return redirect(url_for("meetings.room", item_id=item_id, _anchor=f"action-{action_id}"))
        except Refused as no:
            form.refuse_all(no)
            page = _again(page)
            one = next((one for one in page.actions if one.line.id == action_id), None)
            if isinstance(no, Clash) and one is not None and one.decided is not None:
                said = [str(form[name].data) for name in FIELDS[decision] if isinstance(form[name].data, str)]
                return _draw_decided_already(page, action_id, no, [words for words in said if words])
            if one is not None:
                form.version.data = str(one.version)
    return _draw(page, decide=form, deciding=action_id, decision=decision, form=form, status=422)


def _draw_decided_already(page: RoomPage, action_id: UUID, no: Clash, typed: list[str]) -> tuple[str, int]:
    """Two people decided at once: what stands, and what the second one typed."""
    return draw(
        "meetings/decided_already.html",
        page.seen,
        page=page,
        one=next(one for one in page.actions if one.line.id == action_id),
        decided=page.decided[action_id],
        reason=no.reason,
        typed=typed,
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
    return redirect(url_for("meetings.room", item_id=item_id, _anchor=f"action-{action_id}"))


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
    page = loaded(RoomPage)
    form = NewActionForm(prefix="new")
    form.offer(
        [(person.id, person.words) for person in list_people(session())],
        [(agency.id, agency.name) for agency in list_agencies(session())],
        [(concern.id, concern.words) for concern in page.concerns],
    )
    if form.validate():
        linked = {str(child_id): child_id for child_id, _ in page.linked_children}
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
                    other_children=[linked[one] for one in request.form.getlist("protects") if one in linked],
                    area=settings().area,
                    now=now(),
                )
            flash(f"Action {made.number} is agreed.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="new-action"))
        except Refused as no:
            form.refuse_all(no)
            page = _again(page)
    return _draw(page, new_action=form, form=form, status=422)


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
    return _draw(_again(page), happened=form, form=form, status=422)


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
            return redirect(url_for("meetings.room", item_id=item_id))
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


@blueprint.route("/items/<uuid:item_id>/first-look", methods=["GET", "POST"])
@requires(Permission.ACTION_DECIDE, load=get_room, writes=True)
def first_look(item_id: UUID) -> Answer:
    """The first look at what a spreadsheet brought, as a list."""
    page, form, status = loaded(RoomPage), Form(), 200
    people = [(str(person.id), person.words) for person in list_people(session())]
    rows: dict[UUID, FirstLookRow] = {}
    if request.method == "POST":
        rows = {one.line.id: FirstLookRow.read(one.line.id, request.form) for one in page.first_looks}
        looks = [
            commands.FirstLook(key, row.decision, row.said()) for key, row in rows.items() if row.decision is not None
        ]
        try:
            if not looks:
                raise Refused("Choose what happens to at least one action")
            with transaction(session(), actor()):
                number = commands.look_first(session(), actor(), item_id, looks, area=settings().area, now=now())
            flash(f"{count_of(number, 'action')} looked at.", "success")
            return redirect(url_for("meetings.room", item_id=item_id, _anchor="actions"))
        except Refused as no:
            status = 422
            action_id = as_uuid((no.field or "")[:36])
            form.refuse(no.reason)
            if action_id in rows:
                rows[action_id].error = no.reason
            page = _again(page)
    return draw(
        "meetings/first_look.html",
        page.seen,
        form=form,
        page=page,
        rows=rows,
        choices=FIRST_LOOK_CHOICES,
        people=people,
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
                return _to_next(page.meeting, page.following.id if page.following else None)
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/put_off.html", page.seen, form=form, page=page, status=status)


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
            return _to_next(page.meeting, page.following.id if page.following else None)
        except Refused as no:
            form.refuse(no.reason)
            status = 409
            page = _again(page)
    recipients = list_recipients(session(), item_id)
    return draw(
        "meetings/read_back.html",
        page.seen,
        form=form,
        page=page,
        recipients=recipients,
        released=(LineKind.DECISION, LineKind.CONTINGENCY, LineKind.SAFETY_TONIGHT),
        area=settings().area,
        status=status,
    )


# --- Afterwards -----------------------------------------------------------------------------------------------------


@blueprint.get("/meetings/<uuid:meeting_id>/records")
@requires(Permission.ITEM_RUN, load=get_meeting)
def records_to_approve(meeting_id: UUID) -> tuple[str, int]:
    """The records of a meeting: which are approved, which lack what, the three worst first."""
    page = loaded(MeetingPage)
    worst = queries.list_worst_records(session(), actor(), page)
    return draw(
        "meetings/records.html",
        page.seen,
        page=page,
        worst=worst,
        may_approve=may_approve(actor(), page.minute_taker_id),
    )


@blueprint.route("/items/<uuid:item_id>/approve", methods=["GET", "POST"])
@requires(Permission.ITEM_APPROVE, load=get_room, writes=True)
def approve(item_id: UUID) -> Answer:
    """Approve the record of an item: it goes out as version one."""
    page, form, status = loaded(RoomPage), ApproveForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.approve_item(
                        session(), actor(), item_id, anyway_because=form.anyway_because.data or "", now=now()
                    )
                flash("The record is approved and sent as version 1.", "success")
                following = next(
                    (item.id for item in page.meeting.items if item.state is ItemState.CLOSED and item.id != item_id),
                    None,
                )
                if following is not None:
                    return redirect(url_for("meetings.approve", item_id=following))
                return redirect(url_for("meetings.records_to_approve", meeting_id=page.meeting.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
                page = _again(page)
    return draw(
        "meetings/approve.html",
        page.seen,
        form=form,
        page=page,
        kinds=list(LINES.values()),
        may_approve=may_approve(actor(), page.meeting.minute_taker_id),
        recipients=list_recipients(session(), item_id),
        area=settings().area,
        status=status,
    )


@blueprint.route("/items/<uuid:item_id>/correct", methods=["GET", "POST"])
@requires(Permission.ITEM_APPROVE, load=get_room, writes=True)
def correct(item_id: UUID) -> Answer:
    """Correct an approved record: a new version with a reason."""
    page, status = loaded(RoomPage), 200
    if page.item.state is not ItemState.APPROVED:
        return redirect(url_for("meetings.room", item_id=item_id))
    form = _posted_record(CorrectionForm) if request.method == "POST" else _record_form(page, CorrectionForm)
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
                        now=now(),
                    )
                flash("The correction is sent as the next version.", "success")
                return redirect(url_for("sharing.told", item_id=item_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
                page = _again(page)
                form.version.data = str(page.version)
    return draw("meetings/correct.html", page.seen, form=form, record=form, page=page, status=status)
