"""Finding what a command is about, within what its actor may do to it, and storing without overwriting anybody."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import select

from mace import scope
from mace.database import MaceSession
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.names import folded
from mace.domain.policy import Actor, Permission
from mace.domain.vocabulary import SubjectKind
from mace.models import Agency, Subject

SAVED_FIRST = "Somebody else saved this while you were writing. Look at both, then save what should stand."
NUMBER_TAKEN = "Another record has this number: search for it first"
SEARCH_NAME = 500
"""What the column of a search name takes; letters such as "ß" grow when folded."""


def subject_for(session: MaceSession, actor: Actor, subject_id: UUID, today: date, permission: Permission) -> Subject:
    """The subject, if this person may do this to it. Raises ``NotThere``."""
    wanted = select(Subject).where(Subject.id == subject_id)
    found: Subject = scope.one(session, scope.subjects(wanted, actor, today, permission))
    return found


def subject_to_edit(session: MaceSession, actor: Actor, subject_id: UUID, today: date) -> Subject:
    """The subject, if this person may change who or what it is. Raises ``NotThere``."""
    found = subject_for(session, actor, subject_id, today, Permission.CHILD_READ)
    wanted = Permission.CHILD_EDIT if found.kind is SubjectKind.CHILD else Permission.CONTEXT_EDIT
    return subject_for(session, actor, subject_id, today, wanted)


def child_for(session: MaceSession, actor: Actor, child_id: UUID, today: date, permission: Permission) -> Subject:
    """The child, if this person may do this to it; places and groups are not children. Raises ``NotThere``."""
    found = subject_for(session, actor, child_id, today, permission)
    if found.kind is not SubjectKind.CHILD:
        raise NotThere
    return found


def agency_of(actor: Actor) -> UUID:
    """The agency that says what this person adds."""
    if actor.agency_id is None:
        raise Refused("Only a person of an agency may add to a record")
    return actor.agency_id


def told_by(session: MaceSession, actor: Actor, agency_id: UUID | None, received_from: str) -> dict[str, Any]:
    """Who says it and who typed it: "received from X, entered by Y" where they are not the same (rule 9)."""
    own = agency_of(actor)
    if agency_id is not None and agency_id != own:
        if session.get(Agency, agency_id) is None:
            raise Refused("Choose the agency that says so", "agency")
        if not received_from:
            raise Refused("Say who told you, and how it came", "received_from")
    return {
        "source_agency_id": agency_id or own,
        "source_person_id": None if received_from else actor.person_id,
        "entered_by_id": actor.person_id,
        "received_from": received_from,
    }


def search_name(*names: str) -> str:
    """The names under which a subject is found."""
    return folded(*names)[:SEARCH_NAME]


def check_version(row: Any, version: int | None) -> None:
    """Raise :class:`Clash` when the row was saved after the page that this save comes from was drawn."""
    if version is not None and version != row.version:
        raise Clash(SAVED_FIRST)


def store(session: MaceSession) -> None:
    """Write what changed now, so that somebody else's save or number shows as a refusal, never as a fault."""
    try:
        session.flush()
    except StaleDataError:
        raise Clash(SAVED_FIRST) from None
    except IntegrityError as broken:
        if any(name in str(broken.orig) for name in ("uq_subject_reference", "subject.reference")):
            raise Refused(NUMBER_TAKEN, "number") from None
        raise
