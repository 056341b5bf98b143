"""The rows a command changes, found within what its actor may do."""

from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.database import MaceSession
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor, Permission
from mace.models import Action, Person, Waiting

ACTION_ID = sa.bindparam("action_id", type_=sa.Uuid())


def find_action(session: MaceSession, actor: Actor, action_id: UUID, today: date, permission: Permission) -> Action:
    """The action, where this person may do this to it. Raises :class:`NotThere`."""
    found = session.execute(_action_statement(actor, today, permission), {"action_id": action_id})
    action: Action | None = found.scalar_one_or_none()
    if action is None:
        raise NotThere
    return action


@lru_cache(maxsize=256)
def _action_statement(actor: Actor, today: date, permission: Permission) -> Any:
    """Built once for each actor and kept."""
    return scope.actions(select(Action).where(col(Action.id) == ACTION_ID), actor, today, permission)


def live_wait(session: MaceSession, action_id: UUID) -> Waiting | None:
    """What an action found in scope waits on now."""
    found: Waiting | None = session.execute(_wait_statement(), {"action_id": action_id}).scalar_one_or_none()
    return found


@cache
def _wait_statement() -> Any:
    statement = select(Waiting).where(col(Waiting.action_id) == ACTION_ID, col(Waiting.ended_on).is_(None))
    return scope.within(statement, "waiting of an action in scope")


def find_person(session: MaceSession, person_id: UUID | None, sentence: str, field: str) -> Person:
    """Somebody who can be named today. Raises :class:`Refused` with the sentence."""
    found = session.get(Person, person_id) if person_id is not None else None
    if found is None or not found.is_active:
        raise Refused(sentence, field)
    return found
