"""What the commands ask about children: who reads, and whether somebody is here already."""

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.handling import Reader
from mace.domain.names import folded, word_order
from mace.domain.policy import Actor
from mace.domain.vocabulary import SubjectKind
from mace.models import Allocation, Child, Subject, WorkingWith

ALIKE = 0.8
"""Two names this alike, with the same birthday, are worth a look: "Kasia Brackly" and "Katia Brackley"."""


def reader_of(session: MaceSession, actor: Actor, subject_id: UUID) -> Reader:
    """The reader that rule 9 sees in this actor, for this subject."""
    leads = sa.select(col(Allocation.id)).where(
        col(Allocation.child_id) == subject_id,
        col(Allocation.person_id) == actor.person_id,
        col(Allocation.ended_on).is_(None),
    )
    listed = sa.select(col(WorkingWith.id)).where(
        col(WorkingWith.child_id) == subject_id,
        col(WorkingWith.person_id) == actor.person_id,
        col(WorkingWith.ended_on).is_(None),
    )
    works = bool(rows(session, scope.within(leads.union_all(listed), "the reader's own work with the child")))
    return Reader(actor.person_id, actor.agency_id, actor.agency_kind, works_with_child=works)


@dataclass(frozen=True, slots=True)
class SameChild:
    """A child who is here already and may be the one being added."""

    id: UUID
    name: str
    reference: str
    born_on: date | None
    closed_on: date | None


def find_same(
    session: MaceSession, actor: Actor, today: date, *, name: str, number: str, born_on: date | None
) -> tuple[SameChild, ...]:
    """Children in scope with this number; with a name like this and this birthday; or with just this name where a
    birthday is missing. By name."""
    compared = folded(name)
    same_name = col(Subject.search_name).contains(compared) if compared else sa.false()
    wanted = [sa.func.lower(col(Subject.reference)) == number.lower(), same_name]
    if born_on is not None:
        wanted.append(col(Child.born_on) == born_on)
    statement: Any = (
        sa.select(
            col(Subject.id),
            col(Subject.name),
            col(Subject.reference),
            col(Child.born_on),
            col(Subject.closed_on),
            col(Subject.search_name),
            col(Child.also_known_as),
        )
        .join(Child, col(Child.subject_id) == col(Subject.id))
        .where(col(Subject.kind) == SubjectKind.CHILD, sa.or_(*wanted))
        .order_by(col(Subject.name), col(Subject.id))
    )
    return tuple(
        SameChild(*row[:5])
        for row in rows(session, scope.subjects(statement, actor, today))
        if row.reference.lower() == number.lower() or _same(row, name, born_on)
    )


def _same(row: Any, name: str, born_on: date | None) -> bool:
    if born_on is not None and row.born_on is not None and row.born_on != born_on:
        return False
    known = [row.name, *([row.also_known_as] if row.also_known_as else [])]
    if born_on is None or row.born_on is None:
        return any(word_order(one) == word_order(name) for one in known)
    return any(_alike(one, name) for one in known)


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, word_order(one), word_order(other)).ratio() >= ALIKE
