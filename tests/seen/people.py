"""The people of the ground as they stand before the door."""

from datetime import UTC, datetime

from mace.database import MaceSession
from mace.domain.policy import Actor
from mace.models import Agency, Person
from mace.web.login import actor_of
from tests.seen.ground import Ground


def actor_of_person(session: MaceSession, ground: Ground, who: str) -> Actor | None:
    """Somebody with the roles they hold today; nobody where the account is switched off."""
    person = session.get_one(Person, ground.people[who])
    if not person.is_active:
        return None
    found = actor_of(session, person, session.get_one(Agency, person.agency_id), datetime.now(UTC))
    session.rollback()
    return found
