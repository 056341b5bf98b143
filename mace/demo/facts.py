"""What ``mace demo --json`` prints: who may sign in, example objects, and every canary with the record it stands in."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.demo.canaries import canaries_in, every_canary
from mace.demo.partnership import AGENCIES, PASSWORD, PERSONAS, SERIES
from mace.demo.script import read_children, read_contexts
from mace.domain.vocabulary import ItemState, MeetingState
from mace.models import (
    Action,
    Allocation,
    Brief,
    Chase,
    Child,
    Concern,
    Context,
    ContextChild,
    Contribution,
    Delivery,
    Event,
    InformationRequest,
    Item,
    LedgerLine,
    Meeting,
    Person,
    PersonOfConcern,
    RecordVersion,
    Referral,
    Series,
    Subject,
    Waiting,
    WorkingWith,
)

WHY = "examples of the demonstration"


def demo_facts(session: MaceSession) -> dict[str, Any]:
    """People, example objects, and canaries, of a database that holds the demonstration."""
    numbers = _subjects(session)
    return {
        "people": _people(session),
        "examples": _examples(session, numbers),
        "canaries": _canaries(session, numbers),
    }


def _people(session: MaceSession) -> list[dict[str, Any]]:
    statement = sa.select(col(Person.email), col(Person.id)).where(col(Person.email).is_not(None))
    ids = {email: key for email, key in rows(session, statement.order_by(col(Person.email)))}
    return [
        {
            "id": str(ids[persona.email]),
            "name": persona.name,
            "email": persona.email,
            "role": persona.roles[0].value,
            "roles": [role.value for role in persona.roles],
            "agency": AGENCIES[persona.agency][0],
            "password": PASSWORD,
        }
        for persona in PERSONAS.values()
        if persona.email in ids
    ]


def _subjects(session: MaceSession) -> dict[int, UUID]:
    """The children by number, then the places, the group and the person, whatever they are called by now."""
    children = [f"40{1000 + child.number * 37}" for child in read_children()]
    letters = ["P" if context.kind is None else "C" for context in read_contexts()]
    contexts = [f"{letter}-{letters[:n].count(letter) + 1}" for n, letter in enumerate(letters)]
    statement = sa.select(col(Subject.reference), col(Subject.id)).order_by(col(Subject.reference))
    known = {reference: subject_id for reference, subject_id in rows(session, scope.within(statement, WHY))}
    return {number: known[reference] for number, reference in enumerate((*children, *contexts)) if reference in known}


# --- Examples ---------------------------------------------------------------------------------------------------------


def _examples(session: MaceSession, numbers: dict[int, UUID]) -> dict[str, Any]:
    """One of each, so that a test can ask for "own", "other", "ended" and so on; empty for what is gone by now."""
    coming = _first(session, _meetings(MeetingState.PUBLISHED))
    held = _first(session, _meetings(MeetingState.HELD))
    child, other = numbers.get(0), numbers.get(1)
    here = col(Item.meeting_id) == coming, col(Item.state) == ItemState.ON_AGENDA
    found = {
        "child": child,
        "other_child": other,
        "closed_child": numbers.get(6),
        "imported_child": None,
        "child_without_worker": numbers.get(12),
        "child_not_taken": numbers.get(25),
        "context": numbers.get(26),
        "person_of_concern": numbers.get(29),
        "series": _first(session, sa.select(col(Series.id)).where(col(Series.name) == SERIES)),
        "next_meeting": coming,
        "held_meeting": held,
        "action": _first(session, _actions(child).where(col(Action.ended_on).is_(None))),
        "other_action": _first(session, _actions(other).where(col(Action.ended_on).is_(None))),
        "ended_action": _first(session, _actions(child).where(col(Action.ended_on).is_not(None))),
        "shared_action": _first(session, _actions(numbers.get(26)).where(col(Action.ended_on).is_(None))),
        "item_closed": _first(session, _items(col(Item.state) == ItemState.CLOSED)),
        "item_approved": _first(session, _items(col(Item.state) == ItemState.APPROVED)),
        "item_on_agenda": _first(session, _items(*here)),
        "delivery": _first(session, _deliveries(child, "hannah.bell@demo.example")),
        "other_delivery": _first(session, _deliveries(other, "tom.weller@demo.example")),
        "request": _first(
            session,
            sa.select(col(InformationRequest.id))
            .join(Item, col(Item.id) == col(InformationRequest.item_id))
            .where(*here, col(InformationRequest.agency_id) == _agency_of("imran.sadiq@demo.example"))
            .order_by(col(Item.position)),
        ),
        "brief": _first(
            session,
            sa.select(col(Brief.id))
            .join(Item, col(Item.id) == col(Brief.item_id))
            .join(Person, col(Person.id) == col(Brief.person_id))
            .where(*here, col(Person.email) == "hannah.bell@demo.example")
            .order_by(col(Item.position)),
        ),
        "allocation": _first(session, sa.select(col(Allocation.id)).where(col(Allocation.child_id) == child)),
    }
    return {
        **{name: str(key) if key is not None else None for name, key in found.items()},
        "children": len(read_children()),
    }


def _first(session: MaceSession, statement: Any) -> UUID | None:
    found = rows(session, scope.within(statement.limit(1), WHY))
    return found[0][0] if found else None


def _meetings(state: MeetingState) -> Any:
    return (
        sa.select(col(Meeting.id))
        .where(col(Meeting.state) == state)
        .order_by(col(Meeting.held_on).desc(), col(Meeting.id))
    )


def _actions(subject_id: UUID | None) -> Any:
    return sa.select(col(Action.id)).where(col(Action.subject_id) == subject_id).order_by(col(Action.number))


def _items(*where: Any) -> Any:
    return (
        sa.select(col(Item.id))
        .join(Meeting, col(Meeting.id) == col(Item.meeting_id))
        .where(*where)
        .order_by(col(Meeting.held_on).desc(), col(Item.position), col(Item.id))
    )


def _deliveries(subject_id: UUID | None, email: str) -> Any:
    return (
        sa.select(col(Delivery.id))
        .join(Person, col(Person.id) == col(Delivery.person_id))
        .where(
            col(Delivery.subject_id) == subject_id,
            col(Person.email) == email,
            col(Delivery.superseded_at).is_(None),
        )
        .order_by(col(Delivery.sent_at).desc(), col(Delivery.id))
    )


def _agency_of(email: str) -> Any:
    return sa.select(col(Person.agency_id)).where(col(Person.email) == email).scalar_subquery()


# --- Canaries ---------------------------------------------------------------------------------------------------------


def _canaries(session: MaceSession, numbers: dict[int, UUID]) -> list[dict[str, Any]]:
    """Every canary that stands somewhere. ``on`` names all records that may show it: the place's action that protects
    four children stands on theirs too, and a link with a place stands on both."""
    also = _also(session, numbers)
    return [
        {
            "canary": word,
            "child": str(numbers[number]),
            "subject": str(numbers[number]),
            "field": field,
            "on": sorted({str(numbers[number]), *also.get((number, field), ())}),
        }
        for word, (number, field) in _standing(session)
        if number in numbers
    ]


def _standing(session: MaceSession) -> Iterator[tuple[str, tuple[int, str]]]:
    found = {word for words in _texts(session) for word in canaries_in(words)}
    return ((word, where) for word, where in every_canary().items() if word in found)


def _also(session: MaceSession, numbers: dict[int, UUID]) -> dict[tuple[int, str], set[str]]:
    """Other records on which a field of one stands."""
    also: dict[tuple[int, str], set[str]] = {}
    for context in read_contexts():
        for place, promise in enumerate(context.promises, start=1):
            children = {str(numbers[number]) for number in promise.protects if number in numbers}
            for field in ("action", "why", "contingency", "update", "evidence", "reason"):
                also[context.number, f"{field} {place}"] = children
        for number, _how in context.links:
            also.setdefault((number, "link"), set()).add(str(numbers[context.number]))
    return also


TEXTS: tuple[tuple[Any, ...], ...] = (
    (Subject.closed_because,),
    (Child.also_known_as, Child.school, Child.send_needs, Child.neurodiversity, Child.placing_authority),
    (Concern.words, Concern.ended_because),
    (Event.words,),
    (Contribution.words,),
    (Action.what, Action.why, Action.contingency, Action.evidence, Action.ended_because, Action.what_covers_it),
    (Action.offered_to_plan,),
    (LedgerLine.reason,),
    (Waiting.asked, Waiting.safe_meanwhile, Waiting.another_way),
    (Chase.words,),
    (Brief.last_seen, Brief.childs_words, Brief.what_changed, Brief.what_i_need, Brief.who_tells),
    (Referral.from_whom, Referral.why, Referral.outcome_because, Referral.who_tells_referrer),
    (Item.off_because, Item.approved_anyway_because),
    (RecordVersion.because,),
    (Delivery.answer_words, Delivery.to_name),
    (Context.what_happens, Context.who_is_responsible),
    (PersonOfConcern.described_as, PersonOfConcern.police_reference),
    (ContextChild.how,),
    (WorkingWith.how,),
)
"""Every column of the records' own words."""


def _texts(session: MaceSession) -> Iterator[str]:
    for columns in TEXTS:
        statement = sa.select(*(col(column) for column in columns))
        for row in rows(session, scope.within(statement, "canaries of the demonstration")):
            yield from (words for words in row if words)
