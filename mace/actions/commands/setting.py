"""Agreeing an action."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.actions.commands.finding import find_person
from mace.actions.commands.standing import store_standing
from mace.calendar import london_day
from mace.database import MaceSession, rows, wait_turn
from mace.domain.actions import missing_at_typing
from mace.domain.area import Area
from mace.domain.errors import Refused
from mace.domain.ledger import late_line
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import SubjectKind
from mace.models import Action, ActionChild, Concern, Subject


def next_number(session: MaceSession) -> int:
    """The next short number; two people setting actions at once wait for each other."""
    wait_turn(session, "the next action number")
    found = rows(session, scope.within(sa.select(sa.func.max(col(Action.number))), "next number"))
    return int(found[0][0] or 0) + 1


def set_action(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    series_id: UUID,
    what: str,
    owner_id: UUID | None,
    due: date | None,
    concern_id: UUID | None,
    why: str = "",
    contingency: str = "",
    long_date_reason: str = "",
    item_id: UUID | None = None,
    other_children: Iterable[UUID] = (),
    owner_is_here: bool = True,
    area: Area,
    now: datetime,
) -> Action:
    """Agree an action for a subject. Raises :class:`Refused` for whichever of the four things are missing."""
    today = london_day(now)
    missing = missing_at_typing(what=what, owner_id=owner_id, due=due, concern_id=concern_id)
    if missing:
        raise Refused.missing(missing)
    subject = _subject(session, actor, subject_id, today)
    owner = find_person(session, owner_id, "Choose one person who owns it", "owner")
    if due is not None and due < today:
        raise Refused("The date must be today or later", "due")
    _check_concern(session, concern_id, subject_id)
    children = _children(session, actor, subject, other_children, today)
    action = Action(
        number=next_number(session),
        subject_id=subject_id,
        series_id=series_id,
        concern_id=concern_id,
        set_at_item_id=item_id,
        what=what,
        why=why,
        contingency=contingency,
        owner_id=owner.id,
        owner_agency_id=owner.agency_id,
        owner_accepted_at=now if owner_is_here else None,
        set_on=today,
        first_due=due,
        due=due,
        long_date_reason=long_date_reason,
        late_line=late_line(today, due, None, subject.level, area, has_long_date_reason=bool(long_date_reason)),
        level_when_set=subject.level,
        source_agency_id=actor.agency_id or owner.agency_id,
        source_person_id=actor.person_id,
        entered_by_id=actor.person_id,
    )
    session.add(action)
    session.flush()
    for child_id in children:
        session.add(ActionChild(action_id=action.id, child_id=child_id))
    store_standing(session, [action], today, area)
    return action


def _subject(session: MaceSession, actor: Actor, subject_id: UUID, today: date) -> Subject:
    statement = select(Subject).where(Subject.id == subject_id)
    subject: Subject = scope.one(session, scope.subjects(statement, actor, today, Permission.ACTION_ADD))
    return subject


def _check_concern(session: MaceSession, concern_id: UUID | None, subject_id: UUID) -> None:
    own = select(Concern.id).where(Concern.id == concern_id, Concern.subject_id == subject_id)
    if session.exec(scope.within(own, "own concern")).one_or_none() is None:
        raise Refused("Choose which concern it reduces", "concern")


def _children(
    session: MaceSession, actor: Actor, subject: Subject, others: Iterable[UUID], today: date
) -> tuple[UUID, ...]:
    """The children it protects: the subject where that is a child, and others whose records it stands on too."""
    wanted = set(others) - {subject.id}
    statement = (
        select(Subject.id)
        .where(col(Subject.id).in_(wanted), Subject.kind == SubjectKind.CHILD)
        .order_by(col(Subject.id))
    )
    found = session.exec(scope.subjects(statement, actor, today, Permission.ACTION_ADD)).all() if wanted else []
    if len(found) != len(wanted):
        raise Refused("Choose the children it protects from the list", "other_children")
    return (subject.id, *found) if subject.kind is SubjectKind.CHILD else tuple(found)
