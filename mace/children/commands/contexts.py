"""Places, groups and themes, people who may be harming children, and the children linked with them (rule 1)."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.children.commands.finding import (
    agency_of,
    check_version,
    child_for,
    search_name,
    store,
    subject_for,
)
from mace.database import MaceSession, rows, wait_turn
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Actor, Permission, in_area
from mace.domain.vocabulary import ContextKind, SubjectKind
from mace.models import Concern, Context, ContextChild, PersonOfConcern, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextDetails:
    """What a place, group or theme is."""

    name: str
    kind: ContextKind
    what_happens: str = ""
    who_is_responsible: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """Who may be harming children: no raw intelligence, only where it is held."""

    name: str
    described_as: str = ""
    police_reference: str = ""


def add_context(
    session: MaceSession,
    actor: Actor,
    *,
    name: str,
    kind: ContextKind,
    what_happens: str,
    who_is_responsible: str = "",
    now: datetime,
) -> Subject:
    """Add a place, group, school, online space, transport or theme; what happens there is its first worry."""
    subject = _add_subject(session, actor, SubjectKind.CONTEXT, name, what_happens, now)
    session.add(
        Context(
            subject_id=subject.id,
            kind=kind,
            what_happens=what_happens,
            who_is_responsible=who_is_responsible,
        )
    )
    return subject


def add_person_of_concern(session: MaceSession, actor: Actor, details: PersonDetails, *, now: datetime) -> Subject:
    """Add an adult who may be harming children. A child who may be is that child's own record, with both roles."""
    subject = _add_subject(session, actor, SubjectKind.PERSON, details.name, details.described_as, now)
    session.add(
        PersonOfConcern(
            subject_id=subject.id, described_as=details.described_as, police_reference=details.police_reference
        )
    )
    return subject


def edit_context(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    details: ContextDetails,
    *,
    version: int | None,
    now: datetime,
) -> Subject:
    """Put right what a place, group or theme is."""
    subject = _of_kind(session, actor, subject_id, SubjectKind.CONTEXT, now)
    check_version(subject, version)
    wanted = select(Context).where(Context.subject_id == subject.id)
    context = session.exec(scope.within(wanted, "details of a context in scope")).one()
    context.kind, context.what_happens = details.kind, details.what_happens
    context.who_is_responsible = details.who_is_responsible
    _rename(subject, details.name, now)
    store(session)
    return subject


def edit_person_of_concern(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    details: PersonDetails,
    *,
    version: int | None,
    now: datetime,
) -> Subject:
    """Put right who somebody is who may be harming children."""
    subject = _of_kind(session, actor, subject_id, SubjectKind.PERSON, now)
    check_version(subject, version)
    wanted = select(PersonOfConcern).where(PersonOfConcern.subject_id == subject.id)
    role = session.exec(scope.within(wanted, "details of a person in scope")).one()
    role.described_as, role.police_reference = details.described_as, details.police_reference
    _rename(subject, details.name, now)
    store(session)
    return subject


def link_child(
    session: MaceSession, actor: Actor, context_id: UUID, child_id: UUID, how: str, *, now: datetime
) -> ContextChild:
    """Say that a child is linked with a place, group or person, and how. Only somebody who may open both can."""
    today = london_day(now)
    context = subject_for(session, actor, context_id, today, Permission.CONTEXT_EDIT)
    child = child_for(session, actor, child_id, today, Permission.CHILD_EDIT)
    if context.id == child.id:
        raise Refused("A child is not linked with their own record", "child")
    if not how:
        raise Refused("Say how they are linked, and who says so", "how")
    wanted = select(ContextChild).where(ContextChild.context_id == context.id, ContextChild.child_id == child.id)
    link: ContextChild | None = session.exec(scope.within(wanted, "link of subjects in scope")).one_or_none()
    if link is not None:
        raise Refused("They are linked already", "child")
    link = ContextChild(context_id=context.id, child_id=child.id, how=how)
    session.add(link)
    return link


def unlink_child(session: MaceSession, actor: Actor, context_id: UUID, link_id: UUID, *, now: datetime) -> None:
    """Take a link back. That it was there stays in the trail."""
    context = subject_for(session, actor, context_id, london_day(now), Permission.CONTEXT_EDIT)
    wanted = select(ContextChild).where(ContextChild.id == link_id, ContextChild.context_id == context.id)
    link = session.exec(scope.within(wanted, "link of a subject in scope")).one_or_none()
    if link is None:
        raise NotThere
    session.delete(link)


def _add_subject(
    session: MaceSession, actor: Actor, kind: SubjectKind, name: str, worry: str, now: datetime
) -> Subject:
    if not in_area(actor, Permission.CONTEXT_EDIT):
        raise Refused("Only those who run the meetings add places, groups and people")
    today = london_day(now)
    subject = Subject(
        kind=kind,
        name=name,
        search_name=search_name(name),
        reference=_next_reference(session, "P" if kind is SubjectKind.PERSON else "C"),
        on_mace_since=today,
    )
    session.add(subject)
    store(session)
    session.add(
        Concern(
            subject_id=subject.id,
            words=worry or name,
            raised_on=today,
            source_agency_id=agency_of(actor),
            source_person_id=actor.person_id,
            entered_by_id=actor.person_id,
        )
    )
    return subject


def _next_reference(session: MaceSession, letter: str) -> str:
    """ "C-12": one more than the highest; two people adding at once wait for each other."""
    wait_turn(session, "the next reference")
    statement = sa.select(col(Subject.reference)).where(col(Subject.reference).like(f"{letter}-%"))
    taken = rows(session, scope.within(statement, "next reference"))
    numbers = (re.fullmatch(rf"{letter}-(\d{{1,9}})", row[0]) for row in taken)
    return f"{letter}-{max((int(found.group(1)) for found in numbers if found), default=0) + 1}"


def _of_kind(session: MaceSession, actor: Actor, subject_id: UUID, kind: SubjectKind, now: datetime) -> Subject:
    subject = subject_for(session, actor, subject_id, london_day(now), Permission.CONTEXT_EDIT)
    if subject.kind is not kind:
        raise NotThere
    return subject


def _rename(subject: Subject, name: str, now: datetime) -> None:
    subject.name, subject.search_name, subject.details_saved_at = name, search_name(name), now
