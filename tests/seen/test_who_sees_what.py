"""Every endpoint, every thing, everybody: the answer is the one of the checked-in table."""

import pytest

from tests.seen.ground import Ground
from tests.seen.table import NOTHING, read_table
from tests.seen.walk import NOBODY, Answer, Walker, rules_of

ROWS = {(row.endpoint, row.thing): row for row in read_table()}


def expected(answer: Answer) -> str:
    """What the table says of it."""
    row = ROWS.get((answer.endpoint, answer.thing))
    if row is not None and (row.is_public or answer.who in row.people):
        return "let in"
    if answer.who in (NOBODY, "dean"):
        return "the sign-in page"
    return "403" if answer.thing == NOTHING else "404"


def what_came(answer: Answer) -> str:
    """What the tool did."""
    if answer.is_at_the_door:
        return "the sign-in page"
    return "let in" if answer.is_let_in else str(answer.status)


def of_the_table(walk: Walker) -> list[Answer]:
    """The answers that a row of the table speaks of, and those about nothing."""
    return [one for one in walk.answers if (one.endpoint, one.thing) in ROWS or one.thing == "unknown"]


def test_every_endpoint_is_in_the_table_and_nothing_else(ground: Ground) -> None:
    assert {row.endpoint for row in read_table()} == set(rules_of(ground.app))


def test_no_line_is_there_twice() -> None:
    assert len(ROWS) == len(read_table())


def test_the_table_speaks_only_of_people_and_things_that_are_there(ground: Ground) -> None:
    people, things = set(ground.people) | {"anybody"}, {*ground.things, NOTHING}
    assert {who for row in read_table() for who in row.people} <= people
    assert {row.thing for row in read_table()} <= things
    for row in read_table():
        if row.thing != NOTHING and not row.is_public:
            assert set(rules_of(ground.app)[row.endpoint].arguments) == set(ground.things[row.thing]), row


def test_everybody_gets_what_the_table_says(walks: dict[str, Walker]) -> None:
    wrong = [
        (one.who, one.endpoint, one.thing, f"{what_came(one)}, not {expected(one)}")
        for walk in walks.values()
        for one in of_the_table(walk)
        if what_came(one) != expected(one)
    ]
    assert wrong == []
    assert sum(len(of_the_table(walk)) for walk in walks.values()) > 8000


def test_what_is_not_there_is_let_in_for_nobody(walks: dict[str, Walker]) -> None:
    unknown = [one for walk in walks.values() for one in walk.answers if one.thing == "unknown"]
    assert len(unknown) > 1000
    assert [one for one in unknown if one.is_let_in] == []


@pytest.mark.parametrize("who", ["hannah", "imran", "priya"])
def test_the_table_can_be_wrong(walks: dict[str, Walker], who: str) -> None:
    """Somebody else's answers are not these: the comparison sees a difference."""
    other = {"hannah": "tom", "imran": "jo", "priya": "hannah"}[who]
    theirs = {(one.endpoint, one.thing): what_came(one) for one in of_the_table(walks[other])}
    assert [one for one in of_the_table(walks[who]) if theirs[one.endpoint, one.thing] != expected(one)]
