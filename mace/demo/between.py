"""What happens between two meetings: events, updates, answers, chases, and records opened, answered and filed."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.actions import commands as actions
from mace.children import commands as children
from mace.database import rows
from mace.demo.arrivals import Agreed, Thread
from mace.demo.meetings import find_action, list_items, with_tail
from mace.demo.partnership import HELD, NAMED, PERSONAS, Stage, at, working_day
from mace.demo.script import Child, Happening, pool, read_templates
from mace.domain.vocabulary import (
    ActionState,
    EventKind,
    Extent,
    ItemState,
    RecordAnswer,
    Release,
    RequestAnswer,
    Told,
)
from mace.meetings import commands as meetings
from mace.models import Brief, Delivery, InformationRequest, Item, Meeting, RecordVersion
from mace.sharing import commands as sharing

FROM_POLICE = frozenset({EventKind.MISSING, EventKind.RETURNED, EventKind.ARREST})
BY_AGENCY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"social_care": ("priya",), "police": ("imran", "karen"), "health": ("jo",), "education": ("sue",)}
)
"""Who answers for the agencies whose people can sign in; the others send it by e-mail."""
BY_EMAIL: Mapping[str, str] = MappingProxyType(
    {"youth_justice": "dev", "housing": "ros", "voluntary": "bea", "community_safety": "owen"}
)
HANDED_ON, HANDED_ON_AFTER = 14, 5
"""The child whose worker changes, and after which meeting."""
DISAGREES: Mapping[tuple[int, int], int] = MappingProxyType({(6, 8): 0, (7, 5): 1})
"""Records that their reader does not agree with, by meeting and record."""
NOT_MINE = (7, 11)
"""The record that came to somebody who works with the child no more."""


# --- Before a meeting -------------------------------------------------------------------------------------------------


def add_events(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> None:
    """What happened to the children before this meeting, entered a day after it."""
    for thread in threads.values():
        happened = thread.script.events if isinstance(thread.script, Child) else ()
        for event in happened:
            if event.before == number:
                _add_event(stage, thread, event, stage.who.day(number) - timedelta(days=event.days))


def _add_event(stage: Stage, thread: Thread, event: Happening, day: date) -> None:
    from_police = event.kind in FROM_POLICE
    is_seen = event.kind in (EventKind.SEEN, EventKind.RETURN_INTERVIEW)
    worker = thread.worker if is_seen and thread.worker in PERSONAS else "priya"
    children.add_event(
        stage.session,
        stage.actor(worker),
        thread.subject_id,
        kind=event.kind,
        happened_on=day,
        words=stage.say(thread.script.voice, "event", event.words, thread.worker),
        received_from="Imran Sadiq, by e-mail" if from_police else "",
        agency_id=stage.who.agencies["police"].id if from_police else None,
        now=at(day + timedelta(days=1), 9, 10),
    )
    stage.session.flush()


def report_done(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> None:
    """Owners who have done what they promised say so, before the agenda is made."""
    now = at(working_day(stage.who.day(number) - timedelta(days=11)), 15)
    for thread, agreed in _in_work(threads):
        last = number > HELD
        is_done = agreed.promise.since == "d" if last else agreed.next_look in ("d", "r")
        if is_done and find_action(stage, agreed.id).state is not ActionState.REPORTED_DONE:
            _tell(stage, thread, agreed, number, now, is_done=True)


def give_updates(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread]) -> None:
    """Owners answer "what happened to your action?", most of them."""
    now = at(working_day(meeting.held_on - timedelta(days=3)), 14)
    on_agenda = {subject_id for _, subject_id in list_items(stage, meeting.id)}
    for thread, agreed in _in_work(threads):
        is_open = find_action(stage, agreed.id).state in (ActionState.OPEN, ActionState.IN_PROGRESS)
        asked = thread.subject_id in on_agenda and _answers(thread, agreed, number)
        if is_open and (agreed.promise.since == "u" if number > HELD else asked):
            _tell(stage, thread, agreed, number, now, is_done=False)


def _in_work(threads: Mapping[UUID, Thread]) -> Iterator[tuple[Thread, Agreed]]:
    return ((thread, agreed) for thread in threads.values() for agreed in thread.unfinished())


def _answers(thread: Thread, agreed: Agreed, number: int) -> bool:
    return agreed.next_look in ("", "n") or (agreed.next_look == "c" and (thread.script.number + number) % 3 > 0)


def _tell(stage: Stage, thread: Thread, agreed: Agreed, number: int, now: datetime, *, is_done: bool) -> None:
    """The owner's own words, or what they sent by e-mail."""
    action = find_action(stage, agreed.id)
    owner = next(key for key, person in stage.who.people.items() if person.id == action.owner_id)
    template, place = read_templates()[agreed.promise.do], agreed.place
    so_far = template["so_far"]
    words = template["done"] if is_done else so_far[agreed.looks % len(so_far)]
    field, tail = (f"evidence {place}", "done") if is_done else (f"update {place}", "so_far")
    by_email = owner in NAMED
    actions.record_update(
        stage.session,
        stage.actor("priya" if by_email else owner),
        action.id,
        words=with_tail(stage, thread, field, place, words, tail, number),
        is_done=is_done,
        done_on=now.date() - timedelta(days=1) if is_done else None,
        received_from=f"{stage.who.people[owner].name}, by e-mail" if by_email else "",
        source_person_id=action.owner_id if by_email else None,
        area=stage.area,
        now=now,
    )
    stage.session.flush()


def answer_requests(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread]) -> None:
    """Agencies say what they know: some know nothing, some nothing new, some have not answered yet."""
    statement = (
        sa.select(col(InformationRequest.id), col(InformationRequest.agency_id), col(Item.subject_id))
        .join(Item, col(Item.id) == col(InformationRequest.item_id))
        .where(col(Item.meeting_id) == meeting.id, col(Item.state) == ItemState.ON_AGENDA)
        .order_by(col(Item.position), col(InformationRequest.id))
    )
    keys = {agency.id: key for key, agency in stage.who.agencies.items()}
    for request_id, agency_id, subject_id in rows(stage.session, scope.within(statement, "the demonstration’s own")):
        _answer_request(stage, number, meeting, request_id, keys[agency_id], threads[subject_id])


def _answer_request(stage: Stage, number: int, meeting: Meeting, request_id: UUID, agency: str, thread: Thread) -> None:
    turn = (thread.script.number * 5 + list(stage.who.agencies).index(agency) * 3 + number) % 11
    answer = {0: RequestAnswer.HERE_IT_IS, 3: RequestAnswer.HERE_IT_IS, 1: RequestAnswer.NOTHING_NEW}.get(turn)
    if number > HELD:
        answer = answer or {
            2: RequestAnswer.NOT_KNOWN,
            4: RequestAnswer.NOTHING_NEW,
            6: RequestAnswer.HERE_IT_IS,
            9: RequestAnswer.NOT_KNOWN,
        }.get(turn)
    if answer is None:
        return
    said = pool("information", agency)
    words = said[(thread.script.number + number) % len(said)] if answer is RequestAnswer.HERE_IT_IS else ""
    people = BY_AGENCY.get(agency, ())
    who = people[thread.script.number % len(people)] if people else "priya"
    meetings.answer_request(
        stage.session,
        stage.actor(who),
        request_id,
        answer=answer,
        words=stage.say(thread.script.voice, "information", words, thread.worker),
        received_from="" if people else f"{stage.who.people[BY_EMAIL[agency]].name}, by e-mail",
        now=at(working_day(meeting.held_on - timedelta(days=2)), 10, turn),
    )


def write_briefs(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread]) -> None:
    """Workers write their five lines: Hannah mostly, Tom sometimes, Grace for somebody without an account."""
    statement = (
        sa.select(col(Brief.id), col(Item.subject_id))
        .join(Item, col(Item.id) == col(Brief.item_id))
        .where(col(Item.meeting_id) == meeting.id, col(Item.state) == ItemState.ON_AGENDA)
        .order_by(col(Item.position), col(Brief.id))
    )
    for brief_id, subject_id in rows(stage.session, scope.within(statement, "the demonstration’s own")):
        thread = threads[subject_id]
        turn = thread.script.number + number
        writer = {"hannah": "hannah", "tom": "tom" if turn % 3 == 0 else "", "marcus": "grace"}.get(thread.worker, "")
        if not writer or turn % 4 == 0:
            continue
        said = {
            field: stage.say(
                thread.script.voice, f"brief: {field}", pool("briefs", field)[turn % len(pool("briefs", field))]
            )
            for field in ("seen", "says", "changed", "need", "tells")
        }
        meetings.answer_brief(
            stage.session,
            stage.actor(writer),
            brief_id,
            last_seen=said["seen"],
            childs_words=said["says"],
            what_changed=said["changed"],
            what_i_need=said["need"],
            who_tells=said["tells"],
            received_from="Marcus Bright, by telephone" if writer == "grace" else "",
            now=at(working_day(meeting.held_on - timedelta(days=2)), 16, turn),
        )


def confirm_workers(stage: Stage, threads: Mapping[UUID, Thread]) -> None:
    """Before the meeting to come the manager says "still ours" of some of hers."""
    now = at(working_day(stage.who.day(HELD + 1) - timedelta(days=3)), 11)
    for thread in threads.values():
        if thread.worker in ("hannah", "marcus") and thread.script.number % 3 and not thread.has_left:
            children.confirm_worker(stage.session, stage.actor("grace"), thread.subject_id, now=now)
    stage.session.flush()


# --- After a meeting --------------------------------------------------------------------------------------------------


def chase(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> None:
    """Whoever promised to chase does, in time, about two weeks after the meeting; in some cases nobody did."""
    for thread, agreed in _in_work(threads):
        if agreed.chase_by is None or agreed.last_look != "w":
            continue
        if find_action(stage, agreed.id).state is not ActionState.WAITING_ON:
            continue
        day = working_day(min(stage.who.day(number) + timedelta(days=16), agreed.chase_by))
        owner = read_templates()[agreed.promise.do]["owner"]
        said = pool("waits", "chase")
        words = said[(thread.script.number + number) % len(said)]
        agreed.chase_by = day + timedelta(days=stage.area.chase_within_days)
        actions.record_chase(
            stage.session,
            stage.actor(owner if owner in ("jo", "karen") else "priya"),
            agreed.id,
            chased_on=day,
            words=stage.say(thread.script.voice, f"chase {agreed.place}", words),
            next_by=agreed.chase_by,
            area=stage.area,
            now=at(day, 12),
        )
        stage.session.flush()


def answer_offers(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> None:
    """The lead of the other plan takes over what was offered."""
    for thread, agreed in _in_work(threads):
        action = find_action(stage, agreed.id)
        if agreed.last_look != "o" or action.offered_to_id is None:
            continue
        lead = next(key for key, person in stage.who.people.items() if person.id == action.offered_to_id)
        words = stage.say(thread.script.voice, f"answer {agreed.place}", pool("reasons", "answer")[0])
        now = at(working_day(stage.who.day(number) + timedelta(days=8)), 13)
        actions.answer_offer(
            stage.session, stage.actor(lead), agreed.id, accepts=True, reason=words, area=stage.area, now=now
        )
        agreed.is_over = True
        stage.session.flush()


def hand_on(stage: Stage, number: int, threads: Mapping[UUID, Thread]) -> None:
    """A child’s worker changes, and what was sent follows."""
    thread = next(one for one in threads.values() if one.script.number == HANDED_ON)
    now = at(working_day(stage.who.day(number) + timedelta(days=13)), 9)
    priya, hannah = stage.actor("priya"), stage.who.people["hannah"]
    children.allocate(stage.session, priya, thread.subject_id, hannah.id, now=now)
    stage.session.flush()
    sharing.follow_allocation(stage.session, priya, thread.subject_id, now=now)
    thread.worker = "hannah"
    stage.session.flush()


def leave(stage: Stage, number: int, child: int, threads: Mapping[UUID, Thread]) -> None:
    """A child leaves the meetings: what worried us has changed, and somebody keeps an eye on it."""
    thread = next(one for one in threads.values() if one.script.number == child)
    script = thread.script
    closing = stage.say(script.voice, "closing", script.closing) if isinstance(script, Child) else ""
    now = at(working_day(stage.who.day(number) + timedelta(days=9)), 14)
    priya = stage.actor("priya")
    if thread.concern_id is not None:
        children.end_concern(
            stage.session, priya, thread.subject_id, thread.concern_id, what_changed=closing, version=None, now=now
        )
    children.leave_meetings(stage.session, priya, thread.subject_id, closing, now=now)
    thread.has_left = True
    stage.session.flush()


# --- Records that were sent -------------------------------------------------------------------------------------------


def read_records(stage: Stage, number: int, meeting: Meeting, threads: Mapping[UUID, Thread], release: Release) -> None:
    """Those who were sent a record open it, answer it, file it: not everybody, and not at once."""
    statement = (
        sa.select(Delivery, RecordVersion)
        .join(RecordVersion, col(RecordVersion.id) == col(Delivery.record_version_id))
        .join(Item, col(Item.id) == col(RecordVersion.item_id))
        .where(
            col(Item.meeting_id) == meeting.id,
            col(RecordVersion.release) == release,
            col(Delivery.answered_at).is_(None),
            col(Delivery.superseded_at).is_(None),
        )
        .order_by(col(Item.position), col(Delivery.id))
    )
    keys = {stage.who.people[key].id: key for key in PERSONAS}
    found = stage.session.execute(scope.within(statement, "the demonstration’s own")).all()
    for sent, version in found:
        thread = threads[sent.subject_id]
        if sent.undelivered_because:
            _tell_by_hand(stage, number, thread, sent, version)
        elif sent.person_id is not None:
            _read(stage, number, thread, sent, keys[sent.person_id], release)
    stage.session.flush()


def _read(stage: Stage, number: int, thread: Thread, sent: Delivery, who: str, release: Release) -> None:
    actor, key = stage.actor(who), (number, thread.script.number)
    wait = 17 if release is not Release.AGREED else 2
    opened_at = sent.sent_at + timedelta(hours=wait + thread.script.number % 4)
    if release is Release.AGREED and number < HELD:
        return
    turn = thread.script.number + number
    if not _opens(who, number, turn):
        return
    sharing.mark_opened(stage.session, actor, sent.id, now=opened_at)
    answered_at = opened_at + timedelta(minutes=20 + turn % 9 * 17)
    if key == NOT_MINE and sent.told is Told.LEAD and release is Release.RECORD:
        words = stage.say(thread.script.voice, "not mine", pool("lines", "not_mine")[0])
        sharing.answer_record(stage.session, actor, sent.id, RecordAnswer.NOT_MINE, words=words, now=answered_at)
    elif key in DISAGREES and sent.told is Told.LEAD and release is Release.RECORD:
        words = stage.say(thread.script.voice, "disagree", pool("lines", "disagree")[DISAGREES[key]])
        sharing.answer_record(stage.session, actor, sent.id, RecordAnswer.DISAGREE, words=words, now=answered_at)
    elif _acts(who, number, turn):
        sharing.answer_record(stage.session, actor, sent.id, RecordAnswer.ACTING, now=answered_at)
        if sent.extent is Extent.WHOLE and sent.told is Told.LEAD and turn % 3:
            sharing.mark_filed(stage.session, actor, sent.id, answered_at.date(), now=answered_at)


def _opens(who: str, number: int, turn: int) -> bool:
    """Before the last meetings everybody did."""
    if number < HELD - 1:
        return True
    return {"tom": turn % 3 == 0, "imran": number < HELD, "sue": turn % 2 == 0}.get(who, True)


def _acts(who: str, number: int, turn: int) -> bool:
    if number < HELD:
        return who != "tom" or number < HELD - 1 or turn % 2 == 0
    return {"hannah": turn % 3 > 0, "karen": turn % 2 == 0, "jo": True, "grace": turn % 2 == 0}.get(who, False)


def _tell_by_hand(stage: Stage, number: int, thread: Thread, sent: Delivery, version: RecordVersion) -> None:
    """What nobody could be sent is told by telephone; after the last meeting it still waits."""
    if number == HELD or version.release is Release.AGREED:
        return
    how = pool("lines", "told_by_hand")[thread.script.number % 2]
    named = sent.to_name.split(",")[0]
    is_nobody = named == "Lead practitioner"
    sharing.tell_by_hand(
        stage.session,
        stage.actor("priya"),
        version.item_id,
        version.id,
        name=stage.say(thread.script.voice, "told by hand", how) if is_nobody else named,
        organisation="" if is_nobody else sent.to_name.partition(", ")[2],
        how="by telephone, then by secure e-mail",
        told_on=(sent.sent_at + timedelta(days=1)).date(),
        instead_of=sent.id,
        now=sent.sent_at + timedelta(days=1, hours=1),
    )
