"""Keeping what somebody searches for on the server: words typed may hold a name, and no name stands in an address."""

import json
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import col, select

from mace import scope
from mace.actions.queries.narrowing import SEARCH
from mace.database import MaceSession
from mace.domain.policy import Actor
from mace.models import Draft

KEPT_SEARCHES = 20
"""How many searches of one person are kept: enough for their open pages."""


def keep_search(session: MaceSession, actor: Actor, words: str, *, now: datetime) -> UUID:
    """Keep these words for this person alone; returns what stands for them in an address."""
    older = (
        select(Draft)
        .where(Draft.form == SEARCH)
        .order_by(col(Draft.saved_at).desc(), col(Draft.id))
        .offset(KEPT_SEARCHES - 1)
    )
    for draft in session.exec(scope.own(older, Draft.person_id, actor)).all():
        session.delete(draft)
    kept = Draft(person_id=actor.me, form=SEARCH, about_id=uuid4(), content=json.dumps({"words": words}), saved_at=now)
    session.add(kept)
    session.flush()
    return kept.about_id
