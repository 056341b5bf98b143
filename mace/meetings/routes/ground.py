"""The blueprint, and what the journeys of a meeting share: its loaders, where to go next, the page of an item."""

import json
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from mace.account.queries import list_agencies, list_people
from mace.domain.actions import IN_THE_ROOM
from mace.domain.vocabulary import Decision
from mace.meetings import commands
from mace.meetings.forms import (
    FIELDS,
    LINES,
    DecideForm,
    HappenedForm,
    NewActionForm,
    RecordForm,
    differences,
    fields_of,
)
from mace.meetings.queries import room as queries
from mace.meetings.queries.agenda import MeetingPage
from mace.meetings.queries.room import RoomPage
from mace.web.access import actor, draw, now, session, settings, today
from mace.web.forms import Form
from mace.web.templating import moment

blueprint = Blueprint("meetings", __name__)
Answer = tuple[str, int] | Response
DRAFT_LIMIT = 400_000
"""Characters of a draft; the server's own limit on a request stays far above."""


def get_room(session_: Any, actor_: Any, today_: Any, item_id: UUID, **_others: UUID) -> RoomPage:
    """The loader of everything about one item."""
    return queries.get_room(session_, actor_, today_, item_id, settings().area)


def again(page: RoomPage) -> RoomPage:
    """The page as it stands after somebody else's save, for the trail and the versions."""
    return queries.get_room(session(), actor(), today(), page.item.id, settings().area)


def to_next(page: MeetingPage, after: UUID | None = None) -> Response:
    """On to the next item that is not over, or to the agenda when all are."""
    following = page.following(after)
    if following is None:
        return redirect(url_for("meetings.agenda", meeting_id=page.id))
    return redirect(url_for("meetings.room", item_id=following.id))


def people() -> list[tuple[UUID, str]]:
    """Everybody who can be named, with their agency."""
    return [(person.id, person.words) for person in list_people(session())]


def agencies() -> list[tuple[UUID, str]]:
    """The member agencies."""
    return [(agency.id, agency.name) for agency in list_agencies(session())]


# --- The page of an item ---------------------------------------------------------------------------------------------


def draw_room(
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
    if record is None:
        record, clash = drafted_or_saved(page)
    if decide is None:
        decide = fresh_decision(page, deciding, decision)
    if new_action is None:
        new_action = NewActionForm(prefix="new", formdata=None)
        offer_new_action(new_action, page)
    return draw(
        "meetings/room.html",
        page.seen,
        page=page,
        record=record,
        decide=decide,
        deciding=deciding if decide is not None else None,
        decision=decision,
        fields=decide.refused(asked_of(page, deciding, decision)) if decide is not None else (),
        new_action=new_action,
        happened=happened or HappenedForm(prefix="happened", formdata=None),
        form=form,
        clash=differences(record, saved_record(page)) if clash else None,
        in_the_room=IN_THE_ROOM,
        area=settings().area,
        status=status,
    )


def saved_record(page: RoomPage, kind: type[RecordForm] = RecordForm) -> RecordForm:
    """The record as it is stored; before the first save with what a brief says already, and how the child stands."""
    briefs = {line: words for brief in page.briefs for line, words in brief.words.items()}
    is_saved = page.saved_at is not None
    lines = page.lines if is_saved else {**briefs, **page.lines}
    level = page.level or page.subject_level
    return kind(
        prefix="record",
        formdata=None,
        version=str(page.saves),
        assessed_with=page.assessed_with,
        assessed_level=page.assessed_level,
        assessed_on=page.assessed_on,
        assessed_by=page.assessed_by,
        level=level.value if level else None,
        harm_status=page.harm_status.value if page.harm_status else "",
        direction=page.direction.value if page.direction else None,
        next_review_on=page.next_review_on,
        proposes_exit=page.proposes_exit if is_saved else page.exit_proposed,
        **{name: lines.get(line, "") for name, line in LINES.items()},
    ).offer(settings().area)


def posted_record(kind: type[RecordForm] = RecordForm) -> RecordForm:
    """The record as it was typed and sent."""
    return kind(prefix="record").offer(settings().area)


def drafted_or_saved(page: RoomPage) -> tuple[RecordForm, bool]:
    """What this person was typing, else the record as it is stored; and whether somebody has saved meanwhile, so that
    both texts are to be shown."""
    if page.draft is None:
        return saved_record(page), False
    pairs = [(str(name), str(value)) for name, value in json.loads(page.draft.content)]
    record = RecordForm(formdata=MultiDict(pairs), prefix="record").offer(settings().area)
    is_stale = record.version.data != str(page.saves)
    record.version.data = str(page.saves)
    return record, is_stale


def keep_draft(item_id: UUID) -> tuple[int, str] | None:
    """Keep what was sent of the record as a draft; how often that was done and at what time, None where it is too
    long."""
    pairs = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name.startswith("record-") and "csrf" not in name
    ]
    content = json.dumps(pairs, ensure_ascii=False)
    if len(content) > DRAFT_LIMIT:
        return None
    draft = commands.save_draft(session(), actor(), commands.RECORD_DRAFT, item_id, content, now=now())
    return draft.revision, moment(draft.saved_at).rpartition(" at ")[2]


def asked_of(page: RoomPage, action_id: UUID | None, decision: Decision | None) -> tuple[str, ...]:
    """The fields that a decision about this action asks; none where there is nothing to decide."""
    one = next((one for one in page.actions if one.line.id == action_id), None)
    if one is None or decision is None:
        return FIELDS[decision] if decision is not None else ()
    return fields_of(
        decision,
        is_late=one.line.late,
        is_waiting=one.facts.waiting is not None,
        has_owner=one.facts.has_owner,
    )


def fresh_decision(page: RoomPage, action_id: UUID | None, decision: Decision | None) -> DecideForm | None:
    """An empty form for a decision about an action that is still to be looked at; what it waits on is filled in."""
    one = next((one for one in page.undecided if one.line.id == action_id), None)
    if one is None or decision is None:
        return None
    known: dict[str, Any] = {"version": str(one.version), "what": one.line.what}
    wait = queries.find_wait(session(), one.line.id) if decision is Decision.WAITING_ON else None
    if wait is not None:
        known |= {
            "body": wait.body,
            "agency_id": str(wait.agency_id or ""),
            "asked": wait.asked,
            "asked_on": wait.asked_on,
            "chaser_id": str(wait.chaser_id),
            "safe_meanwhile": wait.safe_meanwhile,
        }
    form = DecideForm(prefix="decide", formdata=None, **known)
    return form.offer(people(), agencies(), decision, one.facts.has_owner)


def offer_new_action(form: NewActionForm, page: RoomPage) -> None:
    """Offer people, agencies, the worries of this subject and the children an action can protect."""
    worries = [(concern.id, concern.words) for concern in page.concerns]
    form.offer(people(), agencies(), worries, page.linked_children)
