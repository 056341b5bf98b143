"""Series, meetings, and the agenda that builds itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.account.queries import list_agencies, list_people
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.domain.vocabulary import MeetingState, SeriesKind, SeriesRole, Tier
from mace.domain.words import count_of
from mace.meetings.commands import agenda as commands
from mace.meetings.forms import BecauseForm, FindForm, MeetingForm, SeriesForm, known_version, read_clock, tiers_of
from mace.meetings.queries import agenda as queries
from mace.meetings.queries.agenda import MeetingPage, SeriesPage
from mace.meetings.queries.before import get_board
from mace.meetings.routes.blueprint import blueprint
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import as_uuid, choices

Answer = tuple[str, int] | Response


@blueprint.get("/meetings")
@requires(Permission.MEETING_READ)
def meetings() -> tuple[str, int]:
    """The meetings this person runs or is invited to."""
    found = queries.list_meetings(session(), actor())
    return draw(
        "meetings/meetings.html",
        found.seen,
        found=found,
        series=queries.list_series(session(), today()),
        may_manage=_may(Permission.MEETING_MANAGE),
    )


def _may(permission: Permission) -> bool:
    from mace.domain.policy import in_area

    return in_area(actor(), permission)


# --- Series ---------------------------------------------------------------------------------------------------------


@blueprint.route("/series/new", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, writes=True)
def new_series() -> Answer:
    """Set up a series."""
    agencies = list_agencies(session())
    return _series_form(None, {agency.id: agency.name for agency in agencies}, {}, {})


@blueprint.route("/series/<uuid:series_id>", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=queries.get_series, writes=True)
def series(series_id: UUID) -> Answer:
    """Change a series."""
    page = loaded(SeriesPage)
    return _series_form(page, {agency.id: agency.name for agency in page.agencies}, page.expected, page.people)


def _series_form(
    page: SeriesPage | None, agencies: dict[UUID, str], expected: dict[UUID, bool], roles: dict[UUID, SeriesRole]
) -> Answer:
    line = page.line if page else None
    form = SeriesForm(
        version=str(line.version) if line else "",
        name=line.name if line else "",
        kind=(line.kind if line else SeriesKind.BOTH).value,
        cadence_days=str(line.cadence_days if line else 28),
        available_minutes=str(line.available_minutes if line else 150),
        usual_time=f"{line.usual_time:%H:%M}" if line and line.usual_time else "",
    )
    people = [person for person in list_people(session()) if person.signs_in]
    status = 200
    if request.method == "POST":
        status = 422
        expected = form.expected(request.form, list(agencies))
        roles = form.people(request.form, [person.id for person in people])
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.save_series(
                        session(),
                        actor(),
                        line.id if line else None,
                        name=form.name.data,
                        kind=SeriesKind(form.kind.data),
                        cadence_days=int(form.cadence_days.data),
                        available_minutes=int(form.available_minutes.data),
                        usual_time=read_clock(form.usual_time.data) if form.usual_time.data else None,
                        agencies=expected,
                        people=roles,
                        version=known_version(form.version.data),
                    )
                flash("The series is saved.", "success")
                return redirect(url_for("meetings.meetings"))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw(
        "meetings/series.html",
        form=form,
        page=page,
        agencies=agencies,
        expected=expected,
        people=people,
        roles=roles,
        parts=list(SeriesRole),
        status=status,
    )


# --- Meetings -------------------------------------------------------------------------------------------------------


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, writes=True)
def new_meeting() -> Answer:
    """Make the next meeting of a series: its agenda builds itself."""
    known = [line for line in queries.list_series(session(), today()) if line.is_active]
    chosen = next((line for line in known if str(line.id) == request.args.get("series")), known[0] if known else None)
    form = MeetingForm(
        series=str(chosen.id) if chosen else "",
        held_on=chosen.next_on if chosen else None,
        starts_at=f"{chosen.usual_time:%H:%M}" if chosen and chosen.usual_time else "",
        available_minutes=str(chosen.available_minutes) if chosen else "150",
        minute_taker=str(actor().person_id),
    )
    form.series.choices = choices([(line.id, line.name) for line in known], "Choose")
    _offer_minute_takers(form)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    meeting = commands.make_meeting(
                        session(),
                        actor(),
                        as_uuid(form.series.data) or UUID(int=0),
                        **form.said(),
                        area=settings().area,
                        now=now(),
                    )
                flash("The meeting is made, and its agenda has built itself. Check it, then publish it.", "success")
                return redirect(url_for("meetings.agenda", meeting_id=meeting.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/meeting.html", form=form, page=None, known=known, status=status)


def _offer_minute_takers(form: MeetingForm) -> None:
    people = [(person.id, person.words) for person in list_people(session()) if person.signs_in]
    form.minute_taker.choices = choices(people, "Nobody yet")


@blueprint.route("/meetings/<uuid:meeting_id>/details", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def meeting_details(meeting_id: UUID) -> Answer:
    """Move a meeting, or put its details right."""
    page = loaded(MeetingPage)
    form = MeetingForm(
        version=str(page.version),
        series=str(page.series_id),
        held_on=page.held_on,
        starts_at=f"{page.starts_at:%H:%M}" if page.starts_at else "",
        place=page.place,
        available_minutes=str(page.available_minutes),
        minute_taker=str(page.minute_taker_id or ""),
    )
    form.series.choices = choices([(page.series_id, page.series)])
    _offer_minute_takers(form)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.change_meeting(
                        session(),
                        actor(),
                        meeting_id,
                        **form.said(),
                        version=known_version(form.version.data),
                        now=now(),
                    )
                flash("The meeting is changed.", "success")
                return redirect(url_for("meetings.agenda", meeting_id=meeting_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/meeting.html", page.seen, form=form, page=page, known=[], status=status)


@blueprint.get("/meetings/<uuid:meeting_id>")
@requires(Permission.MEETING_READ, load=queries.get_meeting)
def agenda(meeting_id: UUID) -> tuple[str, int]:
    """The agenda: for those who run it with everything to arrange it, for partners as published."""
    page = loaded(MeetingPage)
    seen = [page.seen]
    board = None
    if page.may_manage and page.state is not MeetingState.PLANNED:
        board = get_board(session(), actor(), meeting_id)
        seen.append(board.seen)
    return draw("meetings/agenda.html", *seen, page=page, board=board, tiers=list(Tier), area=settings().area)


def _act(meeting_id: UUID, act: Callable[[], Any], said: str | Callable[[Any], str] = "") -> Response:
    """Do one thing to an agenda and go back to it, with what was done or why not."""
    try:
        with transaction(session(), actor()):
            done = act()
    except Refused as no:
        flash(no.reason, "refused")
    else:
        words = said(done) if callable(said) else said
        if words:
            flash(words, "success")
    return redirect(url_for("meetings.agenda", meeting_id=meeting_id))


@blueprint.post("/meetings/<uuid:meeting_id>/build")
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def build_agenda(meeting_id: UUID) -> Response:
    """Look again for what is due."""

    def words(added: int) -> str:
        return (
            f"{count_of(added, 'more item')} put on." if added else "Nothing more is due. The reasons are up to date."
        )

    return _act(
        meeting_id,
        lambda: commands.build_agenda(session(), actor(), meeting_id, area=settings().area, now=now()),
        words,
    )


@blueprint.post("/meetings/<uuid:meeting_id>/arrange")
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def arrange(meeting_id: UUID) -> Response:
    """Move one item up or down, put one back, or save how much time each gets."""
    page = loaded(MeetingPage)
    items = [item.id for item in (*page.items, *page.off)]
    up, down, back = (as_uuid(request.form.get(name)) for name in ("up", "down", "back"))

    def act() -> None:
        commands.set_tiers(session(), actor(), meeting_id, tiers_of(request.form, items), area=settings().area)
        if up in items or down in items:
            commands.move_item(session(), actor(), up or down or UUID(int=0), up=up is not None)
        if back in items:
            commands.put_back(session(), actor(), back or UUID(int=0))

    response = _act(meeting_id, act, "" if up or down else "The agenda is saved.")
    if (up or down) in items:
        response = redirect(url_for("meetings.agenda", meeting_id=meeting_id, _anchor=f"item-{up or down}"))
    return response


def get_item(session_: Any, actor_: Any, today_: Any, item_id: UUID) -> MeetingPage:
    """The loader of an item's meeting."""
    return queries.get_meeting_of_item(session_, actor_, today_, item_id)


@blueprint.route("/items/<uuid:item_id>/leave-off", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=get_item, writes=True)
def leave_off(item_id: UUID) -> Answer:
    """Leave a subject off an agenda, with a reason."""
    page = loaded(MeetingPage)
    item = next(one for one in (*page.items, *page.off) if one.id == item_id)
    form, status = BecauseForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.leave_off(session(), actor(), item_id, because=form.because.data)
                flash("It is left off this agenda. It can be put back below.", "success")
                return redirect(url_for("meetings.agenda", meeting_id=page.id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/leave_off.html", page.seen, form=form, page=page, item=item, status=status)


@blueprint.route("/meetings/<uuid:meeting_id>/add", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def add_to_agenda(meeting_id: UUID) -> Answer:
    """Find somebody to add. The words are posted, so that no name stands in an address."""
    page, form, status = loaded(MeetingPage), FindForm(), 200
    found, searched = None, False
    if request.method == "POST":
        subject_id = as_uuid(request.form.get("add"))
        if subject_id is not None:
            return _act(
                meeting_id,
                lambda: commands.add_to_agenda(
                    session(), actor(), meeting_id, subject_id, area=settings().area, now=now()
                ),
                "It is on the agenda.",
            )
        searched = True
        if form.validate():
            found = queries.find_addable(session(), actor(), meeting_id, form.words.data)
        else:
            status = 422
    from mace.history import Seen

    seen = [page.seen]
    if found:
        seen.append(Seen("subject", tuple(one.id for one in found), act="searched"))
    return draw("meetings/add.html", *seen, form=form, page=page, found=found, searched=searched, status=status)


@blueprint.get("/meetings/<uuid:meeting_id>/workers")
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting)
def workers(meeting_id: UUID) -> tuple[str, int]:
    """Whose children are these? Each with "allocation as at", confirmed in one click."""
    page = loaded(MeetingPage)
    children = [item for item in page.items if item.is_child]
    unconfirmed = [
        item for item in children if item.worker_id is None or item.confirmed_on is None or item.confirmed_on < today()
    ]
    return draw("meetings/workers.html", page.seen, page=page, children=children, unconfirmed=unconfirmed)


@blueprint.post("/meetings/<uuid:meeting_id>/publish")
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def publish(meeting_id: UUID) -> Response:
    """Send the agenda out."""
    return _act(
        meeting_id,
        lambda: commands.publish(session(), actor(), meeting_id, now=now()),
        "The agenda is published. Agencies, workers and owners find what is asked of them on their start pages.",
    )


@blueprint.route("/meetings/<uuid:meeting_id>/cancel", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def cancel(meeting_id: UUID) -> Answer:
    """Cancel a meeting, with a reason."""
    page, form, status = loaded(MeetingPage), BecauseForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.cancel_meeting(session(), actor(), meeting_id, because=form.because.data, now=now())
                flash("The meeting is cancelled. What was on its agenda is due at the next one.", "success")
                return redirect(url_for("meetings.meetings"))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/cancel.html", page.seen, form=form, page=page, status=status)
