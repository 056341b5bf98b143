"""What happened: adding an entry, and putting one right."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect, request
from werkzeug.wrappers import Response

from mace.children import commands
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import Permission
from mace.record import queries
from mace.record.forms import CorrectEventForm, EventForm
from mace.record.queries import ChildPage, Happening
from mace.record.routes.ground import agencies, blueprint, page_of
from mace.web.access import actor, draw, loaded, now, requires, session
from mace.web.attempt import attempt, status


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a chronology on its record."""

    page: ChildPage
    line: Happening


def get_entry(session_: Any, actor_: Any, today_: Any, subject_id: UUID, event_id: UUID) -> Entry:
    """The loader of an entry that this person may put right. Raises ``NotThere``."""
    page = queries.get_child(session_, actor_, today_, subject_id)
    return Entry(page, queries.get_happening(session_, actor_, page, event_id))


@blueprint.route("/subjects/<uuid:subject_id>/happened", methods=["GET", "POST"])
@requires(Permission.CHILD_READ, load=queries.get_child, writes=True)
def add_event(subject_id: UUID) -> tuple[str, int] | Response:
    """Add something that happened."""
    page = loaded(ChildPage)
    form = EventForm().offer(agencies(), actor().agency_id)
    added = attempt(form, lambda: commands.add_event(session(), actor(), subject_id, **form.what(), now=now()))
    back = page_of(page, tab="chronology")
    if added is not None:
        flash("It is in the chronology.", "success")
        return redirect(back)
    return draw("record/add_event.html", page.seen, page=page, form=form, back=back, status=status())


@blueprint.route("/subjects/<uuid:subject_id>/happened/<uuid:event_id>", methods=["GET", "POST"])
@requires(Permission.CHILD_READ, load=get_entry, writes=True)
def correct_event(subject_id: UUID, event_id: UUID) -> tuple[str, int] | Response:
    """Put an entry right, or take it out; what it said stays in the trail."""
    entry = loaded(Entry)
    line = entry.line
    form = CorrectEventForm(
        kind=line.kind.value,
        happened_on=line.on,
        at_time=line.at_time.strftime("%H:%M") if line.at_time else "",
        words=line.words,
        received_from=line.received_from,
        agency=str(line.source_agency_id),
    ).offer(agencies(), None)
    back = page_of(entry.page, tab="chronology")
    if request.method == "POST" and _correct(form, subject_id, event_id):
        flash("The chronology is put right.", "success")
        return redirect(back)
    return draw(
        "record/correct_event.html",
        entry.page.seen,
        page=entry.page,
        line=line,
        form=form,
        back=back,
        status=status(),
    )


def _correct(form: CorrectEventForm, subject_id: UUID, event_id: UUID) -> bool:
    form.validate()
    if form.only_withdraws():
        form.forget_the_rest()
    if form.errors:
        return False
    try:
        with transaction(session(), actor()):
            if form.only_withdraws():
                commands.withdraw_event(session(), actor(), subject_id, event_id, because=form.because.data, now=now())
            else:
                commands.correct_event(
                    session(), actor(), subject_id, event_id, because=form.because.data, **form.what(), now=now()
                )
        return True
    except Refused as no:
        form.refuse(no.reason, no.field)
    return False
