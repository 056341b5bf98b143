"""What an actor may know, as SQL: the twin of ``mace.domain.policy``. Every read of a protected table starts here.

Each function takes a statement, limits it to what this person may know, and marks it for the tripwire.
"""

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import col

from mace.database import MaceSession, scoped
from mace.domain.errors import NotThere
from mace.domain.policy import Actor, Permission, Role, Scope, scopes
from mace.domain.vocabulary import ActionState, ItemState, MeetingState, Told
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Allocation,
    Brief,
    Delivery,
    InformationRequest,
    Item,
    Meeting,
    Person,
    RoleHolding,
    SeriesAgency,
    Subject,
    UpdateRequest,
    Waiting,
    WorkingWith,
)

LISTING_LASTS_DAYS = 14
"""Days that access lasts after an action or a listing ends (rule 8)."""
PUBLISHED = (MeetingState.PUBLISHED, MeetingState.OPENED, MeetingState.HELD)
OFF = (ItemState.LEFT_OFF, ItemState.PUT_OFF, ItemState.APPROVED)

Rule = sa.ColumnElement[bool]


def _allocated(actor: Actor, today: date) -> Any:
    """Ids of the children whose live lead practitioner or listed worker this person is."""
    leads = sa.select(col(Allocation.child_id)).where(
        col(Allocation.person_id) == actor.person_id, col(Allocation.ended_on).is_(None)
    )
    works = sa.select(col(WorkingWith.child_id)).where(
        col(WorkingWith.person_id) == actor.person_id,
        sa.or_(
            col(WorkingWith.ended_on).is_(None),
            col(WorkingWith.ended_on) >= today - timedelta(days=LISTING_LASTS_DAYS),
        ),
    )
    return leads.union_all(works)


def _team(actor: Actor) -> Any:
    """Ids of the children whose live lead practitioner is in a team that this person manages."""
    return sa.select(col(Allocation.child_id)).where(
        col(Allocation.team_id).in_(sorted(actor.manages, key=str)),
        col(Allocation.ended_on).is_(None),
    )


def _subject_rule(actor: Actor, permission: Permission, today: date, subject_id: Any) -> Rule:
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return sa.true()
    rules: list[Rule] = []
    if Scope.ALLOCATED in held and actor.person_id is not None:
        rules.append(subject_id.in_(_allocated(actor, today)))
    if Scope.TEAM in held and actor.manages:
        rules.append(subject_id.in_(_team(actor)))
    return sa.or_(sa.false(), *rules)


def subjects(
    statement: Any,
    actor: Actor,
    today: date,
    permission: Permission = Permission.CHILD_READ,
) -> Any:
    """Limit a statement over ``Subject`` to the children, places and people this person may open."""
    return scoped(
        statement.where(_subject_rule(actor, permission, today, col(Subject.id))),
        permission,
    )


def about(
    statement: Any,
    subject_id: Any,
    actor: Actor,
    today: date,
    permission: Permission = Permission.CHILD_READ,
) -> Any:
    """Limit a statement over rows with a subject column (events, concerns, items …) to visible subjects."""
    return scoped(
        statement.where(_subject_rule(actor, permission, today, col(subject_id))),
        permission,
    )


def may_open(subject_id: Any, actor: Actor, today: date) -> Rule:
    """Whether this person may open the record of the subject in that column: a column for a page's links."""
    return _subject_rule(actor, Permission.CHILD_READ, today, col(subject_id))


def actions(
    statement: Any,
    actor: Actor,
    today: date,
    permission: Permission = Permission.ACTION_READ,
    *,
    is_narrow: bool = False,
) -> Any:
    """Limit a statement over ``Action`` to those this person owns, helps with, chases, is offered, answers for, or
    that stand on a record they may open. ``is_narrow``: an index finds its few rows already."""
    if Scope.AREA in scopes(actor, permission):
        return scoped(statement, permission)
    reach = () if is_narrow else _within_reach(actor, today, permission)
    return scoped(statement.where(*reach, may_action(actor, today, permission)), permission)


def _within_reach(actor: Actor, today: date, permission: Permission) -> tuple[Rule, ...]:
    """Every action that :func:`may_action` could allow and some more, each found by an index: so that a worker's list
    costs what their own work costs, not what the area's does. Not for an agency's lead, whom a good part concerns."""
    held = scopes(actor, permission)
    if Scope.AGENCY in held or not held:
        return ()
    action = aliased(Action)
    rules: list[Rule] = []
    by_id: list[Any] = []
    if Scope.SELF in held and actor.person_id is not None:
        me = actor.person_id
        rules += [col(action.owner_id) == me, col(action.offered_to_id) == me]
        by_id.append(sa.select(col(ActionContributor.action_id)).where(col(ActionContributor.person_id) == me))
        by_id.append(sa.select(col(Waiting.action_id)).where(col(Waiting.chaser_id) == me))
    if Scope.TEAM in held and actor.manages:
        people = sa.select(col(Person.id)).where(col(Person.team_id).in_(sorted(actor.manages, key=str)))
        rules.append(col(action.owner_id).in_(people))
    if held & {Scope.ALLOCATED, Scope.TEAM}:
        rules.append(_subject_rule(actor, permission, today, col(action.subject_id)))
        children = _subject_rule(actor, permission, today, col(ActionChild.child_id))
        by_id.append(sa.select(col(ActionChild.action_id)).where(children))
    found = [sa.select(col(action.id)).where(rule) for rule in rules]
    return (col(Action.id).in_(sa.union_all(*found, *by_id)),) if found or by_id else ()


def may_action(actor: Actor, today: date, permission: Permission) -> Rule:
    """Whether this person may do this to the ``Action`` of the row: a column for a page's buttons."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return sa.true()
    rules = [knows_whom(actor, today, permission)]
    if held & {Scope.ALLOCATED, Scope.TEAM}:
        children = _subject_rule(actor, permission, today, col(ActionChild.child_id))
        rules.append(col(Action.id).in_(sa.select(col(ActionChild.action_id)).where(children)))
    return sa.or_(*rules)


def knows_whom(actor: Actor, today: date, permission: Permission = Permission.ACTION_LIST) -> Rule:
    """Whether this person may know whom the ``Action`` of the row is about. Not where they reach it only through
    another child that it protects: no child's record reveals another (rule 2)."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return sa.true()
    rules: list[Rule] = []
    if Scope.SELF in held and actor.person_id is not None:
        rules += _own_actions(actor, permission)
    if Scope.AGENCY in held:
        rules.append(col(Action.owner_agency_id) == actor.agency_id)
    if Scope.TEAM in held and actor.manages:
        people = sa.select(col(Person.id)).where(col(Person.team_id).in_(sorted(actor.manages, key=str)))
        rules.append(col(Action.owner_id).in_(people))
    if rules:
        rules = [sa.and_(_lasts(today), sa.or_(*rules))]
    rules.append(_subject_rule(actor, permission, today, col(Action.subject_id)))
    return sa.or_(sa.false(), *rules)


def _lasts(today: date) -> Rule:
    """What gives access by itself: an action that is unfinished, or ended at most 14 days ago (rule 8)."""
    since = today - timedelta(days=LISTING_LASTS_DAYS)
    return sa.or_(col(Action.ended_on).is_(None), col(Action.ended_on) >= since)


def lets_to_action(actor: Actor, today: date, permission: Permission = Permission.ACTION_READ) -> Any:
    """Which relation lets this person to the ``Action`` of the row, strongest first: what the trail says of a read.

    The twin of :func:`mace.domain.policy.scope_on_action`.
    """
    held = scopes(actor, permission)
    found: list[tuple[Rule, Scope]] = []
    if Scope.SELF in held and actor.person_id is not None:
        found.append((sa.or_(*_own_actions(actor, permission)), Scope.SELF))
    if Scope.AGENCY in held:
        found.append((col(Action.owner_agency_id) == actor.agency_id, Scope.AGENCY))
    if Scope.TEAM in held and actor.manages:
        people = sa.select(col(Person.id)).where(col(Person.team_id).in_(sorted(actor.manages, key=str)))
        found.append((col(Action.owner_id).in_(people), Scope.TEAM))
    found = [(sa.and_(_lasts(today), rule), one) for rule, one in found]
    if Scope.ALLOCATED in held and actor.person_id is not None:
        found.append((_on_the_record_of(_allocated(actor, today)), Scope.ALLOCATED))
    if Scope.TEAM in held and actor.manages:
        found.append((_on_the_record_of(_team(actor)), Scope.TEAM))
    otherwise = Scope.AREA if Scope.AREA in held else ""
    words = [(rule, sa.literal(str(one))) for rule, one in found]
    return sa.case(*words, else_=otherwise) if words else sa.literal(str(otherwise))


def _on_the_record_of(subjects: Any) -> Rule:
    protects = sa.select(col(ActionChild.action_id)).where(col(ActionChild.child_id).in_(subjects))
    return sa.or_(col(Action.subject_id).in_(subjects), col(Action.id).in_(protects))


def _own_actions(actor: Actor, permission: Permission) -> list[Rule]:
    """Owner and helper; for reading also who chases what it waits on, and who leads the plan it moves to."""
    helps = sa.select(col(ActionContributor.action_id)).where(col(ActionContributor.person_id) == actor.person_id)
    rules = [col(Action.owner_id) == actor.person_id, col(Action.id).in_(helps)]
    if permission is not Permission.ACTION_UPDATE:
        chases = sa.select(col(Waiting.action_id)).where(
            col(Waiting.chaser_id) == actor.person_id, col(Waiting.ended_on).is_(None)
        )
        offered = sa.and_(
            col(Action.offered_to_id) == actor.person_id,
            sa.or_(col(Action.ended_on).is_(None), col(Action.state) == ActionState.MOVED),
        )
        rules += [col(Action.id).in_(chases), offered]
    return rules


def items(statement: Any, actor: Actor, permission: Permission = Permission.ITEM_READ) -> Any:
    """Limit a statement over ``Item``: all for those who run meetings; for a partner those on a published agenda
    of a series that expects their agency, until the record is approved."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return scoped(statement, permission)
    rule: Rule = sa.false()
    if Scope.MEETING in held:
        invited = (
            sa.select(col(Meeting.id))
            .join(SeriesAgency, col(SeriesAgency.series_id) == col(Meeting.series_id))
            .where(
                col(Meeting.state).in_(PUBLISHED),
                col(SeriesAgency.agency_id) == actor.agency_id,
            )
        )
        rule = sa.and_(col(Item.meeting_id).in_(invited), col(Item.state).not_in(OFF))
    return scoped(statement.where(rule), permission)


def meetings(statement: Any, actor: Actor) -> Any:
    """Limit a statement over ``Meeting`` (which names no child) to those this person runs or is invited to."""
    held = scopes(actor, Permission.MEETING_READ)
    if Scope.AREA in held:
        return statement
    rule: Rule = sa.false()
    if Scope.MEETING in held:
        expected = sa.select(col(SeriesAgency.series_id)).where(col(SeriesAgency.agency_id) == actor.agency_id)
        rule = sa.and_(col(Meeting.series_id).in_(expected), col(Meeting.state).in_(PUBLISHED))
    return statement.where(rule)


def deliveries(statement: Any, actor: Actor, today: date, permission: Permission = Permission.RECORD_READ) -> Any:
    """Limit a statement over ``Delivery`` to what was sent to this person, for as long as what it was sent for lasts
    (rule 8): so a reallocation ends access at the next request."""
    held = scopes(actor, permission)
    if Scope.AREA in held:
        return scoped(statement, permission)
    rule: Rule = sa.false()
    if Scope.SELF in held and actor.person_id is not None:
        rule = sa.and_(col(Delivery.person_id) == actor.person_id, still_told(today))
    return scoped(statement.where(rule), permission)


# Aliases, so that a page which itself reads allocations or actions does not narrow these; made once, being costly.
_LIVE, _ROLE, _OWN, _CHILD, _LISTING = (
    aliased(Allocation, name="told_live"),
    aliased(RoleHolding, name="told_role"),
    aliased(Action, name="told_action"),
    aliased(ActionChild, name="told_child"),
    aliased(WorkingWith, name="told_listing"),
)


def still_told(today: date) -> Rule:
    """What a delivery was sent for still lasts: its person leads, manages, is listed, or owns the action it carries
    (rule 8). Told by hand, it was given as it is."""
    since = today - timedelta(days=LISTING_LASTS_DAYS)
    to, about, told = col(Delivery.person_id), col(Delivery.subject_id), col(Delivery.told)
    live, role, own, child, listing = _LIVE, _ROLE, _OWN, _CHILD, _LISTING
    is_live = sa.and_(col(live.child_id) == about, col(live.ended_on).is_(None))
    leads = sa.exists().where(is_live, col(live.person_id) == to)
    manages = sa.exists().where(
        is_live,
        col(role.team_id) == col(live.team_id),
        col(role.person_id) == to,
        col(role.role) == Role.TEAM_MANAGER,
        col(role.starts_on) <= today,
        sa.or_(col(role.ends_on).is_(None), col(role.ends_on) >= today),
    )
    owns = sa.exists().where(
        col(own.id) == sa.func.coalesce(col(Delivery.action_id), col(own.id)),
        col(own.owner_id) == to,
        sa.or_(col(own.ended_on).is_(None), col(own.ended_on) >= since),
        sa.or_(
            col(own.subject_id) == about,
            col(own.id).in_(sa.select(col(child.action_id)).where(col(child.child_id) == about).correlate(Delivery)),
        ),
    )
    listed = sa.exists().where(
        col(listing.child_id) == about,
        col(listing.person_id) == to,
        sa.or_(col(listing.ended_on).is_(None), col(listing.ended_on) >= since),
    )
    return sa.and_(
        col(Delivery.ended_at).is_(None),
        sa.or_(
            sa.and_(told == Told.LEAD, leads),
            sa.and_(told == Told.MANAGER, manages),
            sa.and_(told == Told.OWNER, owns),
            sa.and_(told == Told.WORKING_WITH, listed),
            told == Told.BY_HAND,
        ),
    )


def deliveries_to_team(statement: Any, actor: Actor) -> Any:
    """Limit a statement over ``Delivery`` to those sent to the live lead practitioner of a team that this person
    manages: who was told what and when, never what it says."""
    rule: Rule = sa.false()
    if Scope.TEAM in scopes(actor, Permission.CHILD_LIST) and actor.manages:
        live = aliased(Allocation)
        rule = sa.exists().where(
            col(live.child_id) == col(Delivery.subject_id),
            col(live.person_id) == col(Delivery.person_id),
            col(live.team_id).in_(sorted(actor.manages, key=str)),
            col(live.ended_on).is_(None),
        )
    return scoped(statement.where(rule), Permission.CHILD_LIST)


def requests(statement: Any, actor: Actor) -> Any:
    """Limit a statement over ``InformationRequest`` to those asked of this person's agency, until the record is
    approved, the child leaves the agenda or the meeting is cancelled: they were told who it is for that purpose
    alone."""
    held = scopes(actor, Permission.REQUEST_ANSWER)
    if Scope.AREA in held:
        return scoped(statement, Permission.REQUEST_ANSWER)
    rule: Rule = sa.false()
    if Scope.AGENCY in held:
        asking = (
            sa.select(col(Item.id))
            .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
            .where(col(Meeting.state).in_(PUBLISHED), col(Item.state).not_in(OFF))
        )
        ours = col(InformationRequest.agency_id) == actor.agency_id
        rule = sa.and_(ours, col(InformationRequest.item_id).in_(asking))
    return scoped(statement.where(rule), Permission.REQUEST_ANSWER)


def briefs(statement: Any, actor: Actor) -> Any:
    """Limit a statement over ``Brief`` to those asked of this person, or of the team they manage, while the child is
    theirs: an ended allocation ends access at once (rule 8)."""
    held = scopes(actor, Permission.BRIEF_ANSWER)
    if Scope.AREA in held:
        return scoped(statement, Permission.BRIEF_ANSWER)
    item, live = aliased(Item), aliased(Allocation)
    asked_of_lead = sa.exists().where(
        col(item.id) == col(Brief.item_id),
        col(live.child_id) == col(item.subject_id),
        col(live.person_id) == col(Brief.person_id),
        col(live.ended_on).is_(None),
    )
    rules: list[Rule] = []
    if Scope.SELF in held and actor.person_id is not None:
        rules.append(asked_of_lead.where(col(live.person_id) == actor.person_id))
    if Scope.TEAM in held and actor.manages:
        rules.append(asked_of_lead.where(col(live.team_id).in_(sorted(actor.manages, key=str))))
    return scoped(statement.where(sa.or_(sa.false(), *rules)), Permission.BRIEF_ANSWER)


def update_requests(statement: Any, actor: Actor) -> Any:
    """Limit a statement over ``UpdateRequest`` to those asked of this person, or of the agency they lead."""
    held = scopes(actor, Permission.ACTION_UPDATE)
    if Scope.AREA in held:
        return scoped(statement, Permission.ACTION_UPDATE)
    rules: list[Rule] = []
    if Scope.SELF in held:
        rules.append(col(UpdateRequest.person_id) == actor.person_id)
    if Scope.AGENCY in held:
        rules.append(col(UpdateRequest.agency_id) == actor.agency_id)
    return scoped(statement.where(sa.or_(sa.false(), *rules)), Permission.ACTION_UPDATE)


def own(statement: Any, owner_id: Any, actor: Actor) -> Any:
    """Limit a statement to rows that are private to one person: drafts, uploads."""
    return scoped(statement.where(col(owner_id) == actor.person_id), "own")


def area(statement: Any, actor: Actor, permission: Permission) -> Any:
    """Everything for those who hold the permission over the whole partnership, nothing for anybody else."""
    if Scope.AREA in scopes(actor, permission):
        return scoped(statement, permission)
    return scoped(statement.where(sa.false()), permission)


def within(statement: Any, why: str) -> Any:
    """Mark a statement that is already limited by ids which another scoped query returned to this reader.

    The reason names that query; use it for the parts of a page whose whole was found in scope.
    """
    return scoped(statement, why)


def one(session: MaceSession, statement: Any) -> Any:
    """The one row, or :class:`NotThere`: absent and hidden are the same."""
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotThere
    return row


def one_row(session: MaceSession, statement: Any) -> Any:
    """The one row of a statement over several entities, or :class:`NotThere`."""
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotThere
    return row
