"""How children, places, a group and a person of concern come to the meetings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from mace import scope
from mace.children import commands as children
from mace.demo.partnership import Stage, at
from mace.demo.script import Child, Context, Promise
from mace.domain.vocabulary import ReferralOutcome
from mace.models import Concern


@dataclass(slots=True)
class Agreed:
    """An action of the story, and how often a meeting has looked at it."""

    id: UUID
    promise: Promise
    place: int
    """Which of the record's actions it is, from 1."""
    looks: int = 0
    is_over: bool = False
    chase_by: date | None = None
    """The day of the next chase, while it waits and somebody keeps promises."""

    @property
    def next_look(self) -> str:
        """The letter of its life that comes next. When the script has run out, a wait goes on; else it is empty."""
        return self.promise.life[self.looks : self.looks + 1] or self._wait_goes_on()

    @property
    def last_look(self) -> str:
        """The letter that the last meeting went by."""
        return (self.promise.life[: self.looks] or self._wait_goes_on())[-1:]

    def _wait_goes_on(self) -> str:
        last = self.promise.life[-1:]
        return last if last in ("w", "W") else ""


@dataclass(slots=True)
class Thread:
    """One subject as the story goes on."""

    script: Child | Context
    subject_id: UUID
    concern_id: UUID | None
    worker: str = ""
    agreed: list[Agreed] = field(default_factory=list)
    discussed: int = 0
    unheard: int = 0
    last_on: date | None = None
    has_left: bool = False

    @property
    def is_child(self) -> bool:
        """A child, not a place, group or person."""
        return isinstance(self.script, Child)

    def unfinished(self) -> Iterator[Agreed]:
        """Its actions that nothing has ended, oldest first."""
        return (one for one in self.agreed if not one.is_over)


def child_arrives(stage: Stage, child: Child) -> Thread:
    """A referral comes, the coordinator adds the child, and a worker is named."""
    meeting_on = stage.who.day(child.first)
    now = at(meeting_on - timedelta(days=12 + child.number % 6), 11, child.number)
    priya, voice = stage.actor("priya"), child.voice
    born_on = _born_on(stage.who.day(8), *child.identity["age"])
    subject = children.add_child(
        stage.session,
        priya,
        name=child.identity["name"],
        number=f"40{1000 + child.number * 37}",
        born_on=born_on,
        source=voice.say("source", child.source),
        why=voice.say("why", child.why),
        outcome=ReferralOutcome.NOT_TAKEN if child.not_taken else ReferralOutcome.TAKEN,
        outcome_because=voice.say("not taken", child.not_taken),
        who_tells=voice.say("source", child.tells),
        harm=child.harms[0],
        from_agency_id=stage.who.agencies[child.source_agency].id,
        now=now,
    )
    stage.session.flush()
    details = _details(child, subject.reference, born_on)
    children.edit_child(stage.session, priya, subject.id, details, version=None, now=now)
    if child.worker:
        children.allocate(
            stage.session, priya, subject.id, stage.who.people[child.worker].id, now=now + timedelta(hours=3)
        )
    if child.works_with is not None:
        how = voice.say("working with", child.works_with["how"])
        who = stage.who.people[child.works_with["who"]].id
        children.list_as_working_with(stage.session, priya, subject.id, who, how, now=now)
    if child.may_harm is not None:
        children.say_may_harm(
            stage.session,
            priya,
            subject.id,
            described_as=voice.say("what happens", child.may_harm["described_as"]),
            police_reference=voice.say("responsible", child.may_harm["police_reference"]),
            now=now,
        )
    stage.session.flush()
    return Thread(child, subject.id, _first_concern(stage, subject.id), child.worker, has_left=bool(child.not_taken))


def _born_on(today: date, years: int, days: int) -> date:
    """The birthday of somebody who is so many years and days old."""
    return today - timedelta(days=years * 365 + (years + 3) // 4 + days)


def _details(child: Child, number: str, born_on: date) -> children.ChildDetails:
    spoken = ("school", "also_known_as", "send_needs", "neurodiversity", "placing_authority")
    said: dict[str, Any] = {
        name: child.voice.say(name.replace("_", " "), value) if name in spoken else value
        for name, value in child.identity.items()
        if name != "age"
    }
    return children.ChildDetails(number=number, born_on=born_on, harms=child.harms, **said)


def context_arrives(stage: Stage, context: Context, threads: dict[UUID, Thread]) -> Thread:
    """A place, a group or a person comes to the meetings, and children are linked with it."""
    now = at(stage.who.day(context.first) - timedelta(days=11), 15)
    priya, voice = stage.actor("priya"), context.voice
    what_happens = voice.say("what happens", context.what_happens)
    responsible = voice.say("responsible", context.who_is_responsible)
    if context.kind is None:
        details = children.PersonDetails(name=voice.first, described_as=what_happens, police_reference=responsible)
        subject = children.add_person_of_concern(stage.session, priya, details, now=now)
    else:
        subject = children.add_context(
            stage.session,
            priya,
            name=voice.first,
            kind=context.kind,
            what_happens=what_happens,
            who_is_responsible=responsible,
            now=now,
        )
    stage.session.flush()
    numbered = {thread.script.number: thread for thread in threads.values()}
    for number, how in context.links:
        child = numbered[number]
        words = child.script.voice.say("link", how)
        children.link_child(stage.session, priya, subject.id, child.subject_id, words, now=now)
    stage.session.flush()
    return Thread(context, subject.id, _first_concern(stage, subject.id))


def _first_concern(stage: Stage, subject_id: UUID) -> UUID | None:
    statement = select(Concern.id).where(Concern.subject_id == subject_id).order_by(col(Concern.raised_on)).limit(1)
    found: UUID | None = stage.session.exec(scope.within(statement, "the demonstration’s own subject")).first()
    return found
