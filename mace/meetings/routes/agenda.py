"""Series, meetings, and the agenda that builds itself."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from mace.account.queries import list_agencies, list_people
from mace.database import transaction
from mace.domain.errors import Clash, Refused
from mace.domain.policy import Permission, in_area
from mace.domain.vocabulary import MeetingState, SeriesKind, SeriesRole, Tier
from mace.domain.words import count_of
from mace.history import Seen
from mace.meetings import commands
from mace.meetings.forms import (
    BecauseForm,
    FindForm,
    MeetingForm,
    SeriesForm,
    differences,
    places_of,
    read_clock,
    tiers_of,
)
from mace.meetings.queries import agenda as queries
from mace.meetings.queries.agenda import MeetingPage, SeriesPage
from mace.meetings.queries.before import count_answers
from mace.meetings.routes.ground import Answer, blueprint
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.forms import as_uuid, choices, known_version


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
        may_manage=in_area(actor(), Permission.MEETING_MANAGE),
    )


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
    form = _series_of(page)
    people = [person for person in list_people(session()) if person.signs_in]
    status, clash = 200, None
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
                        page.line.id if page else None,
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
            except Clash as no:
                status, clash = 409, _series_clash(page, form, agencies, expected)
                form.refuse(no.reason)
                form.version.data = str(page.line.version) if page else ""
            except Refused as no:
                if no.field == "expected" and agencies:
                    form.refuse_at(no.reason, f"expected-{next(iter(agencies))}")
                else:
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
        clash=clash,
        status=status,
    )


def _series_of(page: SeriesPage | None, *, as_saved: bool = False) -> SeriesForm:
    """The form as typed, or as the series stands."""
    line = page.line if page else None
    values = {
        "version": str(line.version) if line else "",
        "name": line.name if line else "",
        "kind": (line.kind if line else SeriesKind.BOTH).value,
        "cadence_days": str(line.cadence_days if line else 28),
        "available_minutes": str(line.available_minutes if line else 150),
        "usual_time": f"{line.usual_time:%H:%M}" if line and line.usual_time else "",
    }
    return SeriesForm(formdata=None, **values) if as_saved else SeriesForm(**values)


def _series_clash(
    page: SeriesPage | None, form: SeriesForm, agencies: dict[UUID, str], expected: dict[UUID, bool]
) -> list[tuple[str, str]]:
    """What somebody else saved while this was typed."""
    if page is None:
        return []
    clash = differences(form, _series_of(page, as_saved=True))
    if page.expected != expected:
        needed = {True: " (for a quorum)", False: ""}
        names = [agencies[one] + needed[page.expected[one]] for one in agencies if one in page.expected]
        clash.append(("Whom it expects", ", ".join(names)))
    return clash


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
    return draw("meetings/meeting.html", form=form, page=None, known=known, clash=None, status=status)


def _offer_minute_takers(form: MeetingForm, named: UUID | None = None, name: str = "") -> None:
    """Everybody who signs in, and whoever is named already, even if they have left."""
    people = [(person.id, person.words) for person in list_people(session()) if person.signs_in]
    if named is not None and named not in dict(people):
        people.insert(0, (named, name))
    form.minute_taker.choices = choices(people, "Nobody yet")


@blueprint.route("/meetings/<uuid:meeting_id>/details", methods=["GET", "POST"])
@requires(Permission.MEETING_MANAGE, load=queries.get_meeting, writes=True)
def meeting_details(meeting_id: UUID) -> Answer:
    """Move a meeting, or put its details right."""
    page, status, clash = loaded(MeetingPage), 200, None
    form = _details_of(page)
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
                moved = " Look again for what is due by then." if form.day() != page.held_on else ""
                flash(f"The meeting is changed.{moved}", "success")
                return redirect(url_for("meetings.agenda", meeting_id=meeting_id))
            except Clash as no:
                form.refuse(no.reason)
                page = queries.get_meeting(session(), actor(), today(), meeting_id)
                status, clash = 409, differences(form, _details_of(page, as_saved=True))
                form.version.data = str(page.version)
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("meetings/meeting.html", page.seen, form=form, page=page, known=[], clash=clash, status=status)


def _details_of(page: MeetingPage, *, as_saved: bool = False) -> MeetingForm:
    """The form as typed, or as the meeting stands."""
    values = {
        "version": str(page.version),
        "series": str(page.series_id),
        "held_on": page.held_on,
        "starts_at": f"{page.starts_at:%H:%M}" if page.starts_at else "",
        "place": page.place,
        "available_minutes": str(page.available_minutes),
        "minute_taker": str(page.minute_taker_id or ""),
    }
    form = MeetingForm(formdata=None, **values) if as_saved else MeetingForm(**values)
    form.series.choices = choices([(page.series_id, page.series)])
    _offer_minute_takers(form, page.minute_taker_id, page.minute_taker)
    return form


@blueprint.get("/meetings/<uuid:meeting_id>")
@requires(Permission.MEETING_READ, load=queries.get_meeting)
def agenda(meeting_id: UUID) -> tuple[str, int]:
    """The agenda: for those who run it with everything to arrange it, for partners as published."""
    page = loaded(MeetingPage)
    is_asking = page.may_manage and page.state in (MeetingState.PUBLISHED, MeetingState.OPENED)
    tally = count_answers(session(), actor(), meeting_id) if is_asking else None
    return draw("meetings/agenda.html", page.seen, page=page, tally=tally, tiers=list(Tier), area=settings().area)


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
    """Move one item up or down, put one back, or save the order and how much time each gets."""
    page = loaded(MeetingPage)
    items = [item.id for item in (*page.items, *page.off)]
    up, down, back = (as_uuid(request.form.get(name)) for name in ("up", "down", "back"))

    def act() -> None:
        commands.set_tiers(session(), actor(), meeting_id, tiers_of(request.form, items), area=settings().area)
        commands.order_items(session(), actor(), meeting_id, places_of(request.form, items))
        if up in items or down in items:
            commands.move_item(session(), actor(), up or down or UUID(int=0), up=up is not None)
        if back in items:
            commands.put_back(session(), actor(), back or UUID(int=0), now=now())

    response = _act(meeting_id, act, "" if up or down or back else "The agenda is saved.")
    if (up or down) in items:
        return redirect(url_for("meetings.agenda", meeting_id=meeting_id, _anchor=f"item-{up or down}"))
    if back in items and request.form.get("then") == "room":
        return redirect(url_for("meetings.room", item_id=back))
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
