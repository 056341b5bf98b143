"""What the register can be narrowed to: names for what an address chose, and what there is to choose from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.actions.queries.lines import OWNER
from mace.database import MaceSession, rows
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission
from mace.domain.words import full_day
from mace.history import Seen
from mace.models import Action, Agency, Draft, Meeting, Person, Series, Subject

SEARCH = "actions-search"
"""The form under which somebody's words are kept, so that they never stand in an address."""
Choice = tuple[UUID, str]


def name_filters(session: MaceSession, actor: Actor, today: date, chosen: Mapping[str, UUID]) -> dict[str, str]:
    """For each filter that an address chose by id, its words; those that are not there for this reader fall away."""
    found = {name: _named(session, actor, today, name, one) for name, one in chosen.items()}
    return {name: words for name, words in found.items() if words}


def _named(session: MaceSession, actor: Actor, today: date, name: str, wanted: UUID) -> str:
    statement: Any
    if name == "agency":
        statement = sa.select(col(Agency.name)).where(col(Agency.id) == wanted)
    elif name == "owner":
        statement = sa.select(col(Person.name)).where(col(Person.id) == wanted)
    elif name == "child":
        statement = sa.select(col(Subject.name)).where(col(Subject.id) == wanted)
        statement = scope.subjects(statement, actor, today, Permission.CHILD_LIST)
    elif name == "meeting":
        return next((words for _, words in _meetings(session, actor, wanted=wanted)), "")
    else:
        kept = sa.select(col(Draft.content)).where(col(Draft.form) == SEARCH, col(Draft.about_id) == wanted)
        statement = scope.own(kept, Draft.person_id, actor)
    found = rows(session, statement)
    if not found:
        return ""
    return str(json.loads(found[0][0])["words"] if name == "search" else found[0][0])


def _meetings(session: MaceSession, actor: Actor, *, wanted: UUID | None = None) -> tuple[Choice, ...]:
    """Meetings that this person runs or is invited to, the last first."""
    statement = (
        sa.select(col(Meeting.id), col(Meeting.held_on), col(Series.name))
        .join(Series, col(Series.id) == col(Meeting.series_id))
        .order_by(col(Meeting.held_on).desc(), col(Meeting.id))
        .limit(30)
    )
    if wanted is not None:
        statement = statement.where(col(Meeting.id) == wanted)
    found = rows(session, scope.meetings(statement, actor))
    return tuple((meeting_id, f"{series}, {full_day(on)}") for meeting_id, on, series in found)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the register can be narrowed to besides what stands on its own page."""

    owners: tuple[Choice, ...]
    meetings: tuple[Choice, ...]
    seen: Seen


def get_choices(session: MaceSession, actor: Actor, today: date) -> Choices:
    """Owners of unfinished actions in scope, with their agency, and meetings."""
    owns = sa.select(col(Action.id)).where(col(Action.owner_id) == col(OWNER.id), col(Action.ended_on).is_(None))
    owns = scope.actions(owns, actor, today, Permission.ACTION_LIST)
    statement = (
        sa.select(col(OWNER.id), col(OWNER.name), col(Agency.name))
        .join(Agency, col(Agency.id) == col(OWNER.agency_id))
        .where(owns.exists())
        .order_by(col(OWNER.name), col(OWNER.id))
    )
    owners = rows(session, scope.within(statement, "owners of actions in scope"))
    return Choices(
        tuple((person_id, f"{name}, {agency}") for person_id, name, agency in owners),
        _meetings(session, actor),
        Seen("action", (), act="listed owners"),
    )


@dataclass(frozen=True, slots=True)
class Children:
    """Children, places and people found by name or number."""

    children: tuple[Choice, ...]
    seen: Seen


def list_children_named(session: MaceSession, actor: Actor, today: date, words: str, *, limit: int = 20) -> Children:
    """Those in scope with such a name or just this number, by name."""
    named = col(Subject.search_name).contains(folded(words), autoescape=True) if folded(words) else sa.false()
    statement = (
        sa.select(col(Subject.id), col(Subject.name), col(Subject.reference))
        .where(sa.or_(named, col(Subject.reference) == words.strip()))
        .order_by(col(Subject.name), col(Subject.id))
        .limit(limit)
    )
    found = rows(session, scope.subjects(statement, actor, today, Permission.CHILD_LIST))
    return Children(
        tuple((subject_id, f"{name} ({reference})") for subject_id, name, reference in found),
        Seen("subject", tuple(row[0] for row in found), act="searched"),
    )
