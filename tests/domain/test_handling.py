"""Who may have a contribution (rule 9)."""

from uuid import uuid4

import pytest

from mace.domain.handling import Reader, may_have
from mace.domain.vocabulary import AgencyKind, Handling

SOURCE, OTHER = uuid4(), uuid4()
H = Handling
EVERYBODY = {H.WHOLE_MEETING, H.FAMILY_MAY_KNOW}
PROFESSIONAL = EVERYBODY | {H.PROFESSIONALS, H.NOT_TO_FAMILY}


@pytest.mark.parametrize(
    ("reader", "may"),
    [
        (Reader(uuid4(), SOURCE, AgencyKind.HEALTH), set(Handling)),
        (Reader(uuid4(), OTHER, AgencyKind.HEALTH), PROFESSIONAL),
        (Reader(uuid4(), OTHER, AgencyKind.POLICE), PROFESSIONAL | {H.POLICE_ONLY}),
        (
            Reader(uuid4(), OTHER, AgencyKind.SOCIAL_CARE, works_with_child=True),
            PROFESSIONAL | {H.NAMED_PEOPLE, H.THIRD_PARTY},
        ),
        (Reader(uuid4(), None, None), EVERYBODY),
        (Reader(None, None, None, for_family=True), {H.FAMILY_MAY_KNOW}),
        (
            Reader(uuid4(), SOURCE, AgencyKind.POLICE, works_with_child=True, for_family=True),
            {H.FAMILY_MAY_KNOW},
        ),
    ],
    ids=["its own agency", "another", "police", "works with the child", "no agency", "family", "family via source"],
)
def test_each_reader_has_exactly_what_the_codes_allow(reader: Reader, may: set[Handling]) -> None:
    assert {code for code in Handling if may_have(reader, code, SOURCE)} == may
