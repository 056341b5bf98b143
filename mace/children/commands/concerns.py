"""What worries us: one thing each, reworded with a version, ended with what changed."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.children.commands.finding import SAVED_FIRST, agency_of, check_version, store, subject_to_edit
from mace.database import MaceSession, rows
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.policy import Actor
from mace.domain.vocabulary import Harm
from mace.models import Action, Concern


def add_concern(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    words: str,
    harm: Harm,
    now: datetime,
) -> Concern:
    """Name one more thing we are worried about."""
    today = london_day(now)
    subject = subject_to_edit(session, actor, subject_id, today)
    _check_words(words)
    concern = Concern(
        subject_id=subject.id,
        words=words,
        harm=harm,
        raised_on=today,
        source_agency_id=agency_of(actor),
        source_person_id=actor.person_id,
        entered_by_id=actor.person_id,
    )
    session.add(concern)
    return concern


def reword_concern(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    concern_id: UUID,
    *,
    words: str,
    harm: Harm,
    version: int | None,
    now: datetime,
) -> Concern:
    """Say the same worry better. A stale save carries the other text back in its ``Clash``."""
    concern = _live_concern(session, actor, subject_id, concern_id, now)
    _check_words(words)
    if version is not None and version != concern.version:
        raise Clash(SAVED_FIRST, concern.words, "words")
    concern.words, concern.harm = words, harm
    store(session)
    return concern


def end_concern(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    concern_id: UUID,
    *,
    what_changed: str,
    version: int | None,
    now: datetime,
) -> Concern:
    """A worry no more, because of what changed. Refused while an unfinished action still reduces it."""
    concern = _live_concern(session, actor, subject_id, concern_id, now)
    check_version(concern, version)
    if not what_changed:
        raise Refused("Say what changed, and who saw it", "what_changed")
    wanted = sa.select(col(Action.number)).where(col(Action.concern_id) == concern.id, col(Action.ended_on).is_(None))
    numbers = [row[0] for row in rows(session, scope.within(wanted.order_by(col(Action.number)), "own actions"))]
    if numbers:
        named = " and ".join(str(number) for number in numbers)
        raise Refused(f"Unfinished action {named} still reduces this worry: a meeting ends that first", "what_changed")
    concern.ended_on, concern.ended_because = london_day(now), what_changed
    store(session)
    return concern


def _live_concern(session: MaceSession, actor: Actor, subject_id: UUID, concern_id: UUID, now: datetime) -> Concern:
    subject = subject_to_edit(session, actor, subject_id, london_day(now))
    wanted = select(Concern).where(Concern.id == concern_id, Concern.subject_id == subject.id)
    concern: Concern | None = session.exec(scope.within(wanted, "concern of a subject in scope")).one_or_none()
    if concern is None:
        raise NotThere
    if concern.ended_on is not None:
        raise Refused("This worry has ended already: add it again if it is back")
    return concern


def _check_words(words: str) -> None:
    if not words:
        raise Refused("Say what the worry is: who, what, where, when", "words")
