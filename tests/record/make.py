"""Rows that the tests of records need beside the world's."""

from datetime import date, time
from typing import Any

from mace.domain.vocabulary import EventKind, Handling
from mace.models import ContextChild, Event, PersonOfConcern, Subject
from tests.world import World


def an_event(
    world: World,
    subject: Subject,
    words: str = "Out all night",
    *,
    on: date | None = None,
    at: time | None = None,
    kind: EventKind = EventKind.MISSING,
    by: str = "care",
    handling: Handling = Handling.WHOLE_MEETING,
    **values: Any,
) -> Event:
    """Something that happened."""
    event = Event(
        subject_id=subject.id,
        kind=kind,
        happened_on=on or world.day(-3),
        at_time=at,
        words=words,
        entered_at=world.now,
        source_agency_id=world.agencies[by].id,
        handling=handling,
        **values,
    )
    world.add(event)
    return event


def a_link(world: World, context: Subject, child: Subject, how: str = "Seen there") -> ContextChild:
    """A child linked with a place, group or person."""
    link = ContextChild(context_id=context.id, child_id=child.id, how=how)
    world.add(link)
    return link


def may_harm(world: World, child: Subject, described_as: str = "Named by another child") -> None:
    """The second role of a child's record."""
    world.add(PersonOfConcern(subject_id=child.id, described_as=described_as, police_reference="P1"))
