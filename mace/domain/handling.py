"""Rule 9: who may have a contribution. What a person gets is built up from what they may have."""

from dataclasses import dataclass
from uuid import UUID

from mace.domain.vocabulary import AgencyKind, Handling


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever a copy is made for."""

    person_id: UUID | None
    agency_id: UUID | None
    agency_kind: AgencyKind | None
    works_with_child: bool = False
    for_family: bool = False
    """A copy that the family may see: built from what may be told to them alone."""


def may_have(reader: Reader, handling: Handling, source_agency: UUID) -> bool:
    """Whether this reader may have a line with this code from this agency.

    The agency that said it may always have it back; a family copy holds only what may be told to the family.
    """
    if reader.for_family:
        return handling is Handling.FAMILY_MAY_KNOW
    if reader.agency_id == source_agency:
        return True
    if handling is Handling.POLICE_ONLY:
        return reader.agency_kind is AgencyKind.POLICE
    if handling is Handling.NAMED_PEOPLE:
        return False
    if handling is Handling.THIRD_PARTY:
        return reader.works_with_child
    return True
