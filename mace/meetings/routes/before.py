"""What is asked before a meeting, and answering it."""

from uuid import UUID

from flask import flash, redirect, url_for

from mace.domain.errors import Clash
from mace.domain.policy import Permission, in_area
from mace.domain.vocabulary import RequestAnswer
from mace.meetings import commands
from mace.meetings.forms import AnswerForm, BriefForm, differences
from mace.meetings.queries import before as queries
from mace.meetings.queries.agenda import MeetingPage, get_meeting
from mace.meetings.queries.before import BriefPage, RequestPage
from mace.meetings.routes.ground import Answer, blueprint
from mace.web.access import actor, draw, loaded, now, requires, session, today
from mace.web.attempt import attempt, status
from mace.web.forms import known_version


@blueprint.get("/meetings/<uuid:meeting_id>/updates")
@requires(Permission.MEETING_MANAGE, load=get_meeting)
def updates(meeting_id: UUID) -> tuple[str, int]:
    """Who has answered, and who has not; each can be entered on behalf."""
    page = loaded(MeetingPage)
    board = queries.get_board(session(), actor(), meeting_id)
    return draw("meetings/updates.html", page.seen, board.seen, page=page, board=board)


def _back(meeting_id: UUID) -> str:
    """Those who run the meeting go back to who has answered, others to their start page."""
    if in_area(actor(), Permission.MEETING_MANAGE):
        return url_for("meetings.updates", meeting_id=meeting_id)
    return url_for("home.home")


@blueprint.route("/requests/<uuid:request_id>", methods=["GET", "POST"])
@requires(Permission.REQUEST_ANSWER, load=queries.get_request, writes=True)
def answer(request_id: UUID) -> Answer:
    """Say what the agency knows about a child."""
    page, clash = loaded(RequestPage), None
    form = AnswerForm(**_answered(page))
    try:
        saved = attempt(
            form,
            lambda: commands.answer_request(
                session(),
                actor(),
                request_id,
                answer=RequestAnswer(form.answer.data),
                words=form.words.data or "",
                received_from=form.received_from.data or "",
                version=form.version.data or None,
                now=now(),
            ),
        )
    except Clash as no:
        form.refuse(no.reason)
        page = queries.get_request(session(), actor(), today(), request_id)
        saved, clash = None, differences(form, AnswerForm(formdata=None, **_answered(page)))
        form.version.data = page.version
    if saved:
        flash("The answer is saved. It can be changed until the item is closed.", "success")
        return redirect(_back(page.meeting_id))
    return draw(
        "meetings/answer.html",
        page.seen,
        form=form,
        page=page,
        clash=clash,
        back=_back(page.meeting_id),
        status=status(clash),
    )


def _answered(page: RequestPage) -> dict[str, str | None]:
    """The answer as it stands."""
    return {
        "version": page.version,
        "answer": page.answer.value if page.answer else None,
        "words": page.words,
        "received_from": page.received_from,
    }


@blueprint.route("/briefs/<uuid:brief_id>", methods=["GET", "POST"])
@requires(Permission.BRIEF_ANSWER, load=queries.get_brief, writes=True)
def brief(brief_id: UUID) -> Answer:
    """Write five lines about a child before a meeting."""
    page, clash = loaded(BriefPage), None
    form = BriefForm(**_written(page))
    try:
        saved = attempt(
            form,
            lambda: commands.answer_brief(
                session(),
                actor(),
                brief_id,
                **form.said(),
                received_from=form.received_from.data or "",
                version=known_version(form.version.data),
                now=now(),
            ),
        )
    except Clash as no:
        form.refuse(no.reason)
        page = queries.get_brief(session(), actor(), today(), brief_id)
        saved, clash = None, differences(form, BriefForm(formdata=None, **_written(page)))
        form.version.data = str(page.version)
    if saved:
        flash("The five lines are saved. The meeting sees them beside the child.", "success")
        return redirect(_back(page.meeting_id))
    return draw(
        "meetings/brief.html",
        page.seen,
        form=form,
        page=page,
        clash=clash,
        back=_back(page.meeting_id),
        status=status(clash),
    )


def _written(page: BriefPage) -> dict[str, str]:
    """The brief as it stands."""
    return {
        "version": str(page.version),
        "last_seen": page.last_seen,
        "childs_words": page.childs_words,
        "what_changed": page.what_changed,
        "what_i_need": page.what_i_need,
        "who_tells": page.who_tells,
        "received_from": page.received_from,
    }
