"""The truth table as read from its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT = Path(__file__).with_name("who_sees_what.txt")
ANYBODY = "anybody"
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One endpoint, one thing, and who is let in by short name."""

    endpoint: str
    thing: str
    people: frozenset[str]

    @property
    def is_public(self) -> bool:
        """Needs no sign-in."""
        return ANYBODY in self.people


def read_table() -> tuple[Row, ...]:
    """Every line of the text, for each endpoint of its block."""
    return tuple(_rows(TEXT.read_text(encoding="utf-8").splitlines()))


def _rows(lines: list[str]) -> Iterator[Row]:
    groups: dict[str, frozenset[str]] = {}
    endpoints: list[str] = []
    was_thing = False
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("= "):
            name, *members = line.removeprefix("= ").split()
            groups[name] = frozenset(member.lower() for member in members)
        elif line.startswith(" "):
            was_thing = True
            thing, words = re.split(r"\s{2,}", line.strip(), maxsplit=1)
            people = frozenset().union(*(_people(word, groups) for word in words.split()))
            yield from (Row(endpoint, thing, people) for endpoint in endpoints)
        else:
            endpoints = line.split() if was_thing else [*endpoints, *line.split()]
            was_thing = False


def _people(word: str, groups: dict[str, frozenset[str]]) -> frozenset[str]:
    if word == "nobody":
        return frozenset()
    return groups.get(word, frozenset({word.lower()}))
