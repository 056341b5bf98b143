"""Who may have a contribution. What a person gets is built up from what they may have (rule 9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from mace.domain.vocabulary import AgencyKind, Handling


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever a copy is made for."""

    person_id: UUID | None
    agency_id: UUID | None
    agency_kind: AgencyKind | None
    works_with_child: bool = False
    """The lead practitioner, or listed as working with the child now."""
    for_family: bool = False
    """A copy that the family may see: built from what may be told to them alone."""


def may_have(reader: Reader, handling: Handling, source_agency_id: UUID) -> bool:
    """Whether this reader may have a line with this code from this agency (rule 9).

    A family copy holds only what may be told to the family, whoever makes it; otherwise the agency that said it may
    always have it back. A code this does not know is had by nobody else.
    """
    if reader.for_family:
        return handling is Handling.FAMILY_MAY_KNOW
    if reader.agency_id is not None and reader.agency_id == source_agency_id:
        return True
    match handling:
        case Handling.WHOLE_MEETING | Handling.FAMILY_MAY_KNOW:
            return True
        case Handling.PROFESSIONALS | Handling.NOT_TO_FAMILY:
            return reader.agency_id is not None
        case Handling.POLICE_ONLY:
            return reader.agency_kind is AgencyKind.POLICE
        case Handling.NAMED_PEOPLE | Handling.THIRD_PARTY:
            return reader.works_with_child
        case _:
            return False


class Held(Protocol):
    """Anything with a source and a handling code."""

    @property
    def handling(self) -> Handling:
        """Who may have it."""

    @property
    def source_agency_id(self) -> UUID:
        """The agency that said it."""


H = TypeVar("H", bound=Held)


def build(reader: Reader, lines: Iterable[H]) -> tuple[H, ...]:
    """What this reader may have of these lines, in their order: from nothing, adding (rule 9).

    Whatever shows a line asks here, so that the question is asked in one way; a structure test sees to it.
    """
    return tuple(line for line in lines if may_have(reader, line.handling, line.source_agency_id))
