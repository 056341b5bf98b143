"""Who a child is, how they came to these meetings, and how they leave."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.calendar import london_day
from mace.children.commands.finding import (
    NUMBER_TAKEN,
    check_version,
    child_for,
    search_name,
    store,
    subject_to_edit,
    told_by,
)
from mace.children.queries import find_same
from mace.database import MaceSession, rows
from mace.domain.deadlines import age_on
from mace.domain.errors import Refused
from mace.domain.policy import Actor, Permission, may
from mace.domain.vocabulary import Harm, LegalStatus, ReferralOutcome, Sex, SubjectKind
from mace.models import Action, Child, Concern, PersonOfConcern, Referral, Subject

OLDEST = 25
"""Care leavers are supported until 25 (``practice.md`` 1.9, row 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildDetails:
    """Who a child is and how they live (``practice.md`` 1.9, rows 1 and 2)."""

    name: str
    number: str
    also_known_as: str = ""
    born_on: date | None = None
    sex: Sex = Sex.NOT_KNOWN
    ethnicity: str = ""
    language: str = ""
    needs_interpreter: bool = False
    send_needs: str = ""
    neurodiversity: str = ""
    legal_status: LegalStatus = LegalStatus.NOT_KNOWN
    school: str = ""
    placing_authority: str = ""
    harms: tuple[Harm, ...] = ()


def add_child(
    session: MaceSession,
    actor: Actor,
    *,
    name: str,
    number: str,
    born_on: date | None,
    source: str,
    why: str,
    outcome: ReferralOutcome,
    outcome_because: str,
    who_tells: str,
    harm: Harm = Harm.UNKNOWN,
    from_agency_id: UUID | None = None,
    none_of_these: bool = False,
    now: datetime,
) -> Subject:
    """Quick-add a new child: source, reason, date, taken or not and why, and who tells the referrer.

    A child who was not taken is kept, so that the next who asks finds what was said. Refused for a number that is
    taken, and for a name and birthday like another child's unless ``none_of_these``.
    """
    today = london_day(now)
    if not may(actor, Permission.CHILD_CREATE):
        raise Refused("Only those who run the meetings add children")
    _check_number(session, number)
    _check_birthday(born_on, today)
    if not none_of_these and find_same(session, actor, today, name=name, number=number, born_on=born_on):
        raise Refused("A child like this is here already. Is it one of these?", "none_of_these")
    _check_outcome(outcome, outcome_because)
    taken = outcome is ReferralOutcome.TAKEN
    subject = Subject(
        kind=SubjectKind.CHILD,
        name=name,
        search_name=search_name(name),
        reference=number,
        on_mace_since=today,
        closed_on=None if taken else today,
        closed_because="" if taken else outcome_because,
    )
    session.add(subject)
    store(session)
    session.add(Child(subject_id=subject.id, born_on=born_on, harms=harm.value))
    told = told_by(session, actor, from_agency_id, source)
    session.add(_referral(subject, source, why, outcome, outcome_because, who_tells, now, told))
    if taken:
        session.add(Concern(subject_id=subject.id, words=why, harm=harm, raised_on=today, **told))
    return subject


def edit_child(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    details: ChildDetails,
    *,
    version: int | None,
    now: datetime,
) -> Subject:
    """Put right who a child is. A stale save is a :class:`mace.domain.errors.Clash` and stores nothing."""
    today = london_day(now)
    subject = child_for(session, actor, subject_id, today, Permission.CHILD_EDIT)
    check_version(subject, version)
    _check_birthday(details.born_on, today)
    if details.number != subject.reference:
        _check_number(session, details.number)
    wanted = select(Child).where(Child.subject_id == subject.id)
    child = session.exec(scope.within(wanted, "details of a child in scope")).one()
    beside = {field.name for field in fields(ChildDetails)} - {"name", "number", "harms"}
    for name in sorted(beside):
        setattr(child, name, getattr(details, name))
    child.harms = ",".join(harm.value for harm in details.harms)
    subject.name, subject.reference = details.name, details.number
    subject.search_name = search_name(details.name, details.also_known_as)
    subject.details_saved_at = now
    store(session)
    return subject


def leave_meetings(session: MaceSession, actor: Actor, subject_id: UUID, because: str, *, now: datetime) -> Subject:
    """End a subject's time with the meetings. Refused while one of its actions is unfinished and on no other plan:
    what is still to do needs somewhere to go before nobody looks at it any more (rule 2)."""
    today = london_day(now)
    subject = subject_to_edit(session, actor, subject_id, today)
    if not because:
        raise Refused("Say what changed, and who keeps an eye on it now", "because")
    if subject.closed_on is not None:
        raise Refused("This record has left these meetings already")
    unfinished = list_holding_open(session, subject.id)
    if unfinished:
        named = " and ".join(str(number) for number in unfinished)
        one = len(unfinished) == 1
        raise Refused(
            f"{'Action' if one else 'Actions'} {named} {'is' if one else 'are'} unfinished: "
            "end each at a meeting, or move it to another plan first"
        )
    subject.closed_on, subject.closed_because = today, because
    subject.next_review_on = subject.exit_proposed_on = None
    store(session)
    return subject


def list_holding_open(session: MaceSession, subject_id: UUID) -> tuple[int, ...]:
    """Numbers of the unfinished actions of a subject that no other plan has been offered."""
    statement = (
        sa.select(col(Action.number))
        .where(
            col(Action.subject_id) == subject_id,
            col(Action.ended_on).is_(None),
            col(Action.offered_to_plan) == "",
        )
        .order_by(col(Action.number))
    )
    return tuple(row[0] for row in rows(session, scope.within(statement, "actions of a subject in scope")))


def bring_back(
    session: MaceSession,
    actor: Actor,
    subject_id: UUID,
    *,
    source: str,
    why: str,
    who_tells: str,
    harm: Harm = Harm.UNKNOWN,
    from_agency_id: UUID | None = None,
    now: datetime,
) -> Subject:
    """Take on a subject that left these meetings, or was not taken before: a new referral and a new worry."""
    today = london_day(now)
    subject = subject_to_edit(session, actor, subject_id, today)
    if subject.closed_on is None:
        raise Refused("This record is with these meetings already")
    subject.closed_on, subject.closed_because, subject.on_mace_since = None, "", today
    told = told_by(session, actor, from_agency_id, source)
    session.add(_referral(subject, source, why, ReferralOutcome.TAKEN, "", who_tells, now, told))
    session.add(Concern(subject_id=subject.id, words=why, harm=harm, raised_on=today, **told))
    store(session)
    return subject


def say_may_harm(
    session: MaceSession,
    actor: Actor,
    child_id: UUID,
    *,
    described_as: str,
    police_reference: str,
    now: datetime,
) -> PersonOfConcern:
    """Write down that a child may also be harming others: one record holds both roles (rule 1)."""
    today = london_day(now)
    child = child_for(session, actor, child_id, today, Permission.CONTEXT_EDIT)
    if not described_as:
        raise Refused("Say what is known, and where it is held", "described_as")
    role = find_role(session, child)
    if role is None:
        role = PersonOfConcern(subject_id=child.id)
        session.add(role)
    role.described_as, role.police_reference = described_as, police_reference
    child.details_saved_at = now
    store(session)
    return role


def say_does_not_harm(session: MaceSession, actor: Actor, child_id: UUID, *, now: datetime) -> None:
    """Take back that a child may be harming others. What was written stays in the trail."""
    child = child_for(session, actor, child_id, london_day(now), Permission.CONTEXT_EDIT)
    role = find_role(session, child)
    if role is None:
        raise Refused("Nothing is written down about this child harming others")
    session.delete(role)
    child.details_saved_at = now
    store(session)


def find_role(session: MaceSession, subject: Subject) -> PersonOfConcern | None:
    """What is written of this subject as somebody who may be harming children."""
    wanted = select(PersonOfConcern).where(PersonOfConcern.subject_id == subject.id)
    found: PersonOfConcern | None = session.exec(scope.within(wanted, "role of a subject in scope")).one_or_none()
    return found


def _referral(
    subject: Subject,
    source: str,
    why: str,
    outcome: ReferralOutcome,
    because: str,
    who_tells: str,
    now: datetime,
    told: dict[str, Any],
) -> Referral:
    return Referral(
        subject_id=subject.id,
        from_whom=source,
        why=why,
        referred_on=london_day(now),
        outcome=outcome,
        outcome_because=because,
        who_tells_referrer=who_tells,
        decided_at=now,
        **told,
    )


def _check_outcome(outcome: ReferralOutcome, because: str) -> None:
    if outcome is ReferralOutcome.NOT_TAKEN and not because:
        raise Refused("Say why not, and where they were told to go", "outcome_because")


def _check_number(session: MaceSession, number: str) -> None:
    same = sa.func.lower(col(Subject.reference)) == number.lower()
    wanted = scope.within(sa.select(col(Subject.id)).where(same), "a number is unique")
    if rows(session, wanted):
        raise Refused(NUMBER_TAKEN, "number")


def _check_birthday(born_on: date | None, today: date) -> None:
    if born_on is None:
        return
    if born_on > today:
        raise Refused("The date of birth cannot be in the future", "born_on")
    if age_on(born_on, today) > OLDEST:
        raise Refused("Check the date of birth: these meetings are for children and care leavers up to 25", "born_on")
