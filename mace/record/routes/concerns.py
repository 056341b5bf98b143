"""What worries us: one more worry, the same said better, and a worry no more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import flash, redirect
from werkzeug.wrappers import Response

from mace.children import commands
from mace.domain.errors import Clash, NotThere
from mace.domain.policy import Permission
from mace.domain.vocabulary import Harm
from mace.record import queries
from mace.record.forms import ConcernForm, Difference, EndConcernForm
from mace.record.queries import ChildPage, ConcernLine
from mace.record.routes.ground import blueprint, page_of
from mace.web.access import actor, draw, loaded, now, requires, session, today
from mace.web.attempt import attempt, status


@dataclass(frozen=True, slots=True)
class Worry:
    """One worry on its record."""

    page: ChildPage
    line: ConcernLine


def get_worry(session_: Any, actor_: Any, today_: Any, subject_id: UUID, concern_id: UUID) -> Worry:
    """The loader of a live worry that this person may change. Raises ``NotThere``."""
    page = queries.get_to_edit(session_, actor_, today_, subject_id)
    line = queries.get_concern(session_, page, concern_id)
    if line is None:
        raise NotThere
    return Worry(page, line)


@blueprint.route("/subjects/<uuid:subject_id>/worries/new", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=queries.get_to_edit, writes=True)
def add_concern(subject_id: UUID) -> tuple[str, int] | Response:
    """Name one more thing we are worried about."""
    page, form = loaded(ChildPage), ConcernForm(harm=Harm.UNKNOWN.value)
    added = attempt(
        form,
        lambda: commands.add_concern(
            session(), actor(), subject_id, words=form.words.data, harm=form.kind_of_harm(), now=now()
        ),
    )
    if added is not None:
        flash("The worry is on the record.", "success")
        return redirect(page_of(page))
    return draw("record/concern.html", page.seen, page=page, form=form, line=None, back=page_of(page), status=status())


@blueprint.route("/subjects/<uuid:subject_id>/worries/<uuid:concern_id>", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=get_worry, writes=True)
def reword_concern(subject_id: UUID, concern_id: UUID) -> tuple[str, int] | Response:
    """Say the same worry better. A save that comes second shows both texts."""
    worry = loaded(Worry)
    page, line = worry.page, worry.line
    form = ConcernForm(version=str(line.version), words=line.words, harm=line.harm.value)
    differences: tuple[Difference, ...] = ()
    try:
        saved = attempt(
            form,
            lambda: commands.reword_concern(
                session(),
                actor(),
                subject_id,
                concern_id,
                words=form.words.data,
                harm=form.kind_of_harm(),
                version=form.known_version(),
                now=now(),
            ),
        )
    except Clash as clash:
        saved, line = None, get_worry(session(), actor(), today(), subject_id, concern_id).line
        differences = (Difference("The worry", line.words, form.words.data),)
        form.refuse(clash.reason)
        form.version.data = str(line.version)
    if saved is not None:
        flash("The worry is reworded.", "success")
        return redirect(page_of(page))
    return draw(
        "record/concern.html",
        page.seen,
        page=page,
        form=form,
        line=line,
        differences=differences,
        back=page_of(page),
        status=status(),
    )


@blueprint.route("/subjects/<uuid:subject_id>/worries/<uuid:concern_id>/end", methods=["GET", "POST"])
@requires(Permission.CHILD_EDIT, load=get_worry, writes=True)
def end_concern(subject_id: UUID, concern_id: UUID) -> tuple[str, int] | Response:
    """A worry no more, because of what changed."""
    worry = loaded(Worry)
    form = EndConcernForm(version=str(worry.line.version))
    try:
        ended = attempt(
            form,
            lambda: commands.end_concern(
                session(),
                actor(),
                subject_id,
                concern_id,
                what_changed=form.what_changed.data,
                version=form.known_version(),
                now=now(),
            ),
        )
    except Clash as clash:
        ended, worry = None, get_worry(session(), actor(), today(), subject_id, concern_id)
        form.refuse(clash.reason)
        form.version.data = str(worry.line.version)
    if ended is not None:
        flash("It is written down what changed.", "success")
        return redirect(page_of(worry.page))
    return draw(
        "record/end_concern.html",
        worry.page.seen,
        page=worry.page,
        line=worry.line,
        form=form,
        back=page_of(worry.page),
        status=status(),
    )
