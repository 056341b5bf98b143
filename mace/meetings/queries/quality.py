"""What the records of a meeting still lack (rule 10)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.errors import NotThere
from mace.domain.policy import Actor, Permission
from mace.domain.quality import RecordFacts, says_nothing_changed, three_worst
from mace.domain.vocabulary import EventKind, ItemState, LineKind, SubjectKind
from mace.meetings.queries.agenda import DISCUSSED, AgendaItem, MeetingPage
from mace.models import Action, Concern, Contribution, Event, Item, Meeting, Subject


def record_facts(session: MaceSession, actor: Actor, item_id: UUID) -> RecordFacts:
    """What decides whether the record of an item is good enough. Raises ``NotThere``."""
    found = list_record_facts(session, actor, [item_id])
    if item_id not in found:
        raise NotThere
    return found[item_id]


def list_record_facts(session: MaceSession, actor: Actor, item_ids: Sequence[UUID]) -> dict[UUID, RecordFacts]:
    """The same for many items, in as many queries as for one."""
    statement = (
        sa.select(
            col(Item.id),
            col(Item.subject_id),
            col(Subject.kind),
            sa.func.coalesce(col(Item.level), col(Subject.level)).label("level"),
            col(Meeting.held_on),
        )
        .join(Subject, col(Subject.id) == col(Item.subject_id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Item.id).in_(item_ids))
        .order_by(col(Item.id))
    )
    found = rows(session, scope.area(statement, actor, Permission.ITEM_RUN))
    subject_ids = [row.subject_id for row in found]
    said = _said_at_items(session, subject_ids)
    past = _discussed_items(session, subject_ids)
    uncovered = _uncovered(session, subject_ids)
    missing = _missing_now(session, subject_ids)
    facts = {}
    for row in found:
        before = (item_id for item_id, on in past.get(row.subject_id, ()) if on < row.held_on)
        running = (row.id, *before)
        lines = said.get(row.id, {})
        facts[row.id] = RecordFacts(
            kinds=frozenset(kind for kind, words in lines.items() if words.strip()),
            level=row.level,
            is_about_child=row.kind is SubjectKind.CHILD,
            is_missing_now=row.subject_id in missing,
            uncovered_concerns=0 if LineKind.NO_ACTION in lines else uncovered.get(row.subject_id, 0),
            childs_words_reason=LineKind.NOT_HEARD in lines,
            not_obtained_running=_first_running(running, lambda key: LineKind.CHILDS_WORDS not in said.get(key, {})),
            has_plan_to_hear=LineKind.PLAN_TO_HEAR in lines,
            nothing_changed_running=_first_running(
                running, lambda key: says_nothing_changed(said.get(key, {}).get(LineKind.CHANGED, ""))
            ),
        )
    return facts


def _first_running(items: Iterable[UUID], holds: Callable[[UUID], bool]) -> int:
    """Reviews running, this one first, for which something holds."""
    number = 0
    for item_id in items:
        if not holds(item_id):
            break
        number += 1
    return number


def _discussed_items(session: MaceSession, subject_ids: Sequence[UUID]) -> dict[UUID, list[tuple[UUID, date]]]:
    """The items that discussed each subject, newest first, with their day."""
    statement = (
        sa.select(col(Item.subject_id), col(Item.id), col(Meeting.held_on))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(col(Item.subject_id).in_(subject_ids), col(Item.state).in_(DISCUSSED))
        .order_by(col(Meeting.held_on).desc(), col(Item.id))
    )
    found: dict[UUID, list[tuple[UUID, date]]] = {}
    for subject_id, item_id, on in rows(session, scope.within(statement, "items of subjects in scope")):
        found.setdefault(subject_id, []).append((item_id, on))
    return found


def _said_at_items(session: MaceSession, subject_ids: Sequence[UUID]) -> dict[UUID, dict[LineKind, str]]:
    """For each item of these subjects what was said, by kind."""
    statement = (
        sa.select(col(Contribution.item_id), col(Contribution.kind), col(Contribution.words))
        .where(col(Contribution.subject_id).in_(subject_ids), col(Contribution.item_id).is_not(None))
        .order_by(col(Contribution.entered_at), col(Contribution.id))
    )
    found: dict[UUID, dict[LineKind, str]] = {}
    for item_id, kind, words in rows(session, scope.within(statement, "lines in the records of subjects in scope")):
        found.setdefault(item_id, {})[kind] = words
    return found


def _uncovered(session: MaceSession, subject_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many live concerns of each subject no unfinished action reduces."""
    covered = sa.select(col(Action.concern_id)).where(
        col(Action.subject_id).in_(subject_ids), col(Action.ended_on).is_(None), col(Action.concern_id).is_not(None)
    )
    statement = (
        sa.select(col(Concern.subject_id), sa.func.count(col(Concern.id)))
        .where(
            col(Concern.subject_id).in_(subject_ids), col(Concern.ended_on).is_(None), col(Concern.id).not_in(covered)
        )
        .group_by(col(Concern.subject_id))
        .order_by(col(Concern.subject_id))
    )
    return {row[0]: row[1] for row in rows(session, scope.within(statement, "uncovered concerns of subjects in scope"))}


def _missing_now(session: MaceSession, subject_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those who went missing and have not come back."""
    statement = (
        sa.select(col(Event.subject_id), col(Event.kind))
        .where(
            col(Event.subject_id).in_(subject_ids),
            col(Event.kind).in_((EventKind.MISSING, EventKind.RETURNED)),
            col(Event.withdrawn_at).is_(None),
        )
        .order_by(col(Event.happened_on), col(Event.entered_at), col(Event.id).desc())
    )
    last = {row[0]: row[1] for row in rows(session, scope.within(statement, "whether children are missing now"))}
    return frozenset(subject_id for subject_id, kind in last.items() if kind is EventKind.MISSING)


def list_worst_records(session: MaceSession, actor: Actor, meeting: MeetingPage) -> tuple[tuple[AgendaItem, str], ...]:
    """The three records of a meeting that lack most, one line each (rule 10), among those not approved yet."""
    closed = {item.id: item for item in meeting.items if item.state is ItemState.CLOSED}
    worst = three_worst(list_record_facts(session, actor, list(closed)))
    return tuple((closed[item_id], words) for item_id, words in worst)
