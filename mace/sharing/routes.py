"""Records that were sent: my list, the one page, its answer, the copy for the case system, who has been told."""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission, in_area
from mace.domain.words import count_of
from mace.history import Seen
from mace.sharing import commands, queries
from mace.sharing.forms import AnswerForm, FiledForm, TellForm
from mace.sharing.queries import RecordPage, ToldPage
from mace.web.access import actor, draw, loaded, now, requires, session, settings, today
from mace.web.access import record as write_down
from mace.web.forms import as_uuid

blueprint = Blueprint("sharing", __name__)

COPIED = "copied for the case system"


@blueprint.get("/records")
@requires(Permission.RECORD_READ)
def records() -> tuple[str, int]:
    """What was sent to me, and for those who answer for others what nobody has opened or answered."""
    here, me, day, area = session(), actor(), today(), settings().area
    to_answer = queries.list_to_answer(here, me, day, area)
    answered = queries.list_answered(here, me, day)
    team = queries.list_team_unanswered(here, me, day, area) if me.manages else None
    shown = [to_answer.seen, answered.seen, *([team.seen] if team else [])]
    undelivered = unanswered = None
    not_reaching: tuple[queries.NotReaching, ...] = ()
    runs = in_area(me, Permission.RECORD_TELL)
    if runs:
        undelivered = queries.list_undelivered(here, me, day)
        unanswered = queries.list_unanswered(here, me, day, area)
        not_reaching = queries.list_not_reaching(here, me, day, area)
        children = Seen("subject", tuple(one.subject_id for one in not_reaching), act="listed")
        shown += [undelivered.seen, unanswered.seen, children]
    return draw(
        "sharing/records.html",
        *shown,
        to_answer=to_answer,
        answered_before=answered,
        team=team,
        runs=runs,
        undelivered=undelivered,
        unanswered=unanswered,
        not_reaching=not_reaching,
        days=area.record_chase_working_days,
    )


@blueprint.get("/records/<uuid:delivery_id>")
@requires(Permission.RECORD_READ, load=queries.get_record, writes=True)
def record(delivery_id: UUID) -> tuple[str, int]:
    """The one page. The first time that the person it was sent to opens it is written down."""
    page = loaded(RecordPage)
    form = AnswerForm(answer=page.answer.value if page.answer else None, words=page.answer_words)
    return _record(page, form.offer(page.answers))


def _record(page: RecordPage, form: AnswerForm, status: int = 200) -> tuple[str, int]:
    _mark_opened(page)
    return draw("sharing/record.html", page.seen, page=page, form=form, at=now(), me=actor(), status=status)


def _mark_opened(page: RecordPage) -> None:
    if page.is_mine and page.opened_at is None:
        with transaction(session(), actor()):
            commands.mark_opened(session(), actor(), page.id, now=now())


@blueprint.post("/records/<uuid:delivery_id>/answer")
@requires(Permission.RECORD_ANSWER, load=queries.get_record_to_answer, writes=True)
def answer(delivery_id: UUID) -> tuple[str, int] | AnyResponse:
    """Read and acting, I disagree because, or not my child now."""
    page = loaded(RecordPage)
    form = AnswerForm().offer(page.answers)
    if form.validate():
        try:
            with transaction(session(), actor()):
                commands.answer_record(
                    session(), actor(), delivery_id, form.chosen(), words=form.words.data or "", now=now()
                )
            flash("Your answer is saved.", "success")
            return redirect(url_for("sharing.record", delivery_id=delivery_id))
        except Refused as no:
            form.refuse(no.reason, no.field)
    return _record(page, form, status=422)


@blueprint.get("/records/<uuid:delivery_id>/copy")
@requires(Permission.RECORD_READ, load=queries.get_record, writes=True)
def copy(delivery_id: UUID) -> tuple[str, int]:
    """The record as plain text, to put on the case system."""
    page = loaded(RecordPage)
    return _copy(page, FiledForm(filed_on=page.filed_on or today()))


def _copy(page: RecordPage, form: FiledForm, status: int = 200) -> tuple[str, int]:
    _mark_opened(page)
    return draw(
        "sharing/copy.html", replace(page.seen, act=COPIED), page=page, form=form, text=_text(page), status=status
    )


def _text(page: RecordPage) -> str:
    return render_template("sharing/copy.txt", page=page, copy=page.copy, at=now(), me=actor()).strip() + "\n"


@blueprint.get("/records/<uuid:delivery_id>/copy.txt")
@requires(Permission.RECORD_READ, load=queries.get_record, writes=True)
def copy_text(delivery_id: UUID) -> Response:
    """The same text as a file whose name names nobody."""
    page = loaded(RecordPage)
    _mark_opened(page)
    write_down(replace(page.seen, act=COPIED))
    name = f"mace-record-{page.copy.meeting_on.isoformat()}-version-{page.number}.txt"
    return Response(
        "\ufeff" + _text(page),
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@blueprint.post("/records/<uuid:delivery_id>/filed")
@requires(Permission.RECORD_ANSWER, load=queries.get_record_to_answer, writes=True)
def filed(delivery_id: UUID) -> tuple[str, int] | AnyResponse:
    """The copy is on the case system."""
    page = loaded(RecordPage)
    form = FiledForm()
    if form.validate():
        try:
            with transaction(session(), actor()):
                commands.mark_filed(session(), actor(), delivery_id, form.day(), now=now())
            flash("It is marked as filed on the case system.", "success")
            return redirect(url_for("sharing.record", delivery_id=delivery_id))
        except Refused as no:
            form.refuse(no.reason, no.field)
    return _copy(page, form, status=422)


@blueprint.route("/items/<uuid:item_id>/told", methods=["GET", "POST"])
@requires(Permission.RECORD_TELL, load=queries.get_told, writes=True)
def told(item_id: UUID) -> tuple[str, int] | AnyResponse:
    """Who has been told, and adding somebody without an account."""
    page, status = loaded(ToldPage), 200
    form = _tell_form(page)
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with transaction(session(), actor()):
                    commands.tell_by_hand(
                        session(),
                        actor(),
                        item_id,
                        form.version_id(),
                        name=form.name.data,
                        organisation=form.organisation.data,
                        how=form.how.data,
                        told_on=form.day(),
                        instead_of=form.settles(),
                        now=now(),
                    )
                flash("They are on the list of who has been told.", "success")
                return redirect(url_for("sharing.told", item_id=item_id))
            except Refused as no:
                form.refuse(no.reason, no.field)
    return draw("sharing/told.html", page.seen, page=page, form=form, status=status)


def _tell_form(page: ToldPage) -> TellForm:
    """The form, filled for somebody who could not be reached where the address names that delivery."""
    settles = as_uuid(request.args.get("for"))
    lines = (line for version in page.versions for line in version.lines)
    name, _, organisation = next((line.to for line in lines if line.id == settles), "").partition(", ")
    form = TellForm(name=name, organisation=organisation, told_on=today(), instead_of=str(settles or ""))
    return form.offer([(version.id, version.marking) for version in page.versions])


@blueprint.post("/items/<uuid:item_id>/send")
@requires(Permission.RECORD_TELL, load=queries.get_told, writes=True)
def send(item_id: UUID) -> tuple[str, int] | AnyResponse:
    """Send the newest version to whoever it goes to today and has not had it."""
    page = loaded(ToldPage)
    try:
        with transaction(session(), actor()):
            reached = commands.send_again(session(), actor(), item_id, now=now())
        flash(f"Sent to {count_of(reached, 'more person', 'more people')}.", "success")
        return redirect(url_for("sharing.told", item_id=item_id))
    except Refused as no:
        form = _tell_form(page)
        form.refuse(no.reason)
        return draw("sharing/told.html", page.seen, page=page, form=form, status=422)
