"""No word of a record reaches anybody who may not have it: in no byte of any page, download, error or header."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from mace import scope
from mace.models import Subject
from tests.seen.ground import Ground
from tests.seen.oracle import Oracle
from tests.seen.walk import EVERY, Answer, Ear, Walker, address_of, rules_of


def foreign(answers: list[Answer], allowed: frozenset[str] | None) -> list[tuple[str, str, str, int, list[str]]]:
    """What somebody was sent and may not have."""
    if allowed is None:
        return []
    return [
        (one.who, one.thing, one.address, one.status, sorted(one.found - allowed))
        for one in answers
        if one.found - allowed
    ]


def test_nobody_is_sent_a_word_that_is_not_theirs(ground: Ground, walks: dict[str, Walker], oracle: Oracle) -> None:
    sent = []
    for who, walk in walks.items():
        allowed = oracle.allows(ground.people[who], ground.canaries) if who in ground.people else frozenset[str]()
        sent += foreign(walk.answers, allowed)
    assert sent == []


def test_everybody_was_sent_most_of_what_is_theirs(ground: Ground, walks: dict[str, Walker], oracle: Oracle) -> None:
    """So the walk goes where the words are: a page that nobody opened would have hidden a leak."""
    for who in ("hannah", "tom", "grace", "neil", "karen", "imran", "jo", "sue"):
        allowed = oracle.allows(ground.people[who], ground.canaries)
        assert allowed is not None
        heard = frozenset[str]().union(*(one.found for one in walks[who].answers))
        assert len(heard & allowed) > 0.9 * len(allowed), (who, sorted(allowed - heard))
    area = frozenset[str]().union(*(one.found for one in walks["priya"].answers))
    assert len(area) > 200


def test_those_without_cases_are_sent_no_word_at_all(walks: dict[str, Walker]) -> None:
    for who in ("amir", "ellen", "piotr", "sam", "max", "lena", "nora", "dean", "nobody"):
        assert not [one for one in walks[who].answers if one.found], who


def test_no_refusal_carries_a_word(walks: dict[str, Walker]) -> None:
    refused = [one for walk in walks.values() for one in walk.answers if one.status in (401, 403, 404, 405)]
    assert len(refused) > 5000
    assert [(one.who, one.address, one.found) for one in refused if one.found] == []


def test_no_title_header_file_name_or_redirect_carries_a_word_or_a_name(walks: dict[str, Walker]) -> None:
    """Not even for those who run the meetings: such things stay in a browser's history and on the way."""
    outside = [(one.who, one.address, one.outside) for walk in walks.values() for one in walk.answers if one.outside]
    assert outside == []


def test_no_link_carries_a_word_or_a_name(walks: dict[str, Walker], ear: Ear) -> None:
    followed = {one.address for walk in walks.values() for one in walk.answers}
    assert [address for address in followed if ear.hear(address)] == []


def test_nothing_fell_over_on_the_way(walks: dict[str, Walker]) -> None:
    assert [(one.who, one.address) for walk in walks.values() for one in walk.answers if one.status >= 500] == []


def test_the_ear_hears(ear: Ear, ground: Ground) -> None:
    word = ground.canaries[0]["canary"]
    assert ear.hear(f"<td>{word.upper()}’s</td> 401037, aisha ashdown") == {word.lower(), "401037", "aisha ashdown"}
    assert ear.hear("nothing of anybody") == frozenset()


# --- The test can fail ------------------------------------------------------------------------------------------------


def forget_statements() -> None:
    """Those that the tool has built once and keeps."""
    for name, module in list(sys.modules.items()):
        if name.startswith("mace."):
            for value in vars(module).values():
                if type(value).__name__ == "_lru_cache_wrapper":
                    value.cache_clear()


def _anything(statement: Any, *_: Any, **__: Any) -> Any:
    return scope.scoped(statement, "everything, on purpose")


def _true(*_: Any, **__: Any) -> Any:
    return sa.true()


LOOSE: dict[str, tuple[str, Callable[..., Any], str, str]] = {
    "whose child it is": ("_subject_rule", _true, "hannah", "subject"),
    "whose action it is": ("may_action", _true, "imran", "action"),
    "to whom a record was sent": ("deliveries", _anything, "jo", "delivery"),
    "whether it is still theirs": ("still_told", _true, "tom", "delivery"),
    "whose brief it is": ("briefs", _anything, "mia", "brief"),
}


@pytest.mark.parametrize("what", LOOSE)
def test_one_loosened_scope_is_heard(
    what: str, ground: Ground, ear: Ear, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, instead, who, kind = LOOSE[what]
    forget_statements()
    monkeypatch.setattr(scope, name, instead)
    walker = Walker(ground, ear, who)
    endpoint, argument = EVERY[kind]
    with ground.looking() as session:
        table = Subject.metadata.tables[kind]
        keys = session.execute(sa.select(table.c.id).order_by(table.c.id)).scalars().all()
    for key in keys:
        walker.get(address_of(rules_of(ground.app)[endpoint], {argument: key}))
    forget_statements()
    assert foreign(walker.answers, oracle.allows(ground.people[who], ground.canaries))
