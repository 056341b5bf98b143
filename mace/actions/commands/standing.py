"""Where an action stands, written beside it: what lists sort by and say, so that none asks the rules again."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.actions.queries import list_facts
from mace.database import MaceSession
from mace.domain.area import Area
from mace.domain.drift import standing
from mace.domain.ledger import ActionFacts, life_of
from mace.domain.vocabulary import ActionState
from mace.models import Action


def store_standing(session: MaceSession, actions: Sequence[Action], today: date, area: Area) -> None:
    """Write beside each action where it stands: level, counts, since when it is late, its place in the list."""
    session.flush()
    write_standings(actions, list_facts(session, actions), today, area)


def write_standings(actions: Sequence[Action], facts: Mapping[UUID, ActionFacts], today: date, area: Area) -> None:
    """The same for facts already gathered."""
    for action in actions:
        stands, life = standing(facts[action.id], today, area), life_of(facts[action.id])
        unfinished = action.state.is_ended and action.state is not ActionState.DONE
        late = life.late_carries > 0 or life.late_from is not None
        for name, value in (
            ("drift", stands.level),
            ("sort_weight", stands.sort_weight),
            ("drift_changes_on", stands.changes_on),
            ("carries", life.carries),
            ("late_carries", life.late_carries),
            ("carries_before", life.carries_before),
            ("late_carries_before", life.late_carries_before),
            ("late_from", life.late_from),
            ("ended_after_late_carries", life.late_carries if unfinished and late else None),
        ):
            if getattr(action, name) != value:
                setattr(action, name, value)


def refresh_standings(session: MaceSession, today: date, area: Area, *, batch: int = 200) -> int:
    """Store again the standing of unfinished actions whose day has come; the daily check's part. Returns how many."""
    due = (
        select(Action)
        .where(col(Action.drift_changes_on) <= today)
        .order_by(col(Action.drift_changes_on), col(Action.id))
        .limit(batch)
    )
    actions = list(session.exec(scope.within(due, "the daily check")).all())
    store_standing(session, actions, today, area)
    return len(actions)
