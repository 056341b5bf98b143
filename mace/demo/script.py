"""The story as it is written down beside this file: who the children are, what happens, what is said."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mace.demo.canaries import Voice
from mace.domain.vocabulary import ContextKind, Direction, EventKind, Harm, LegalStatus, RiskLevel, Sex


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens so many days before a meeting."""

    before: int
    days: int
    kind: EventKind
    words: str


@dataclass(frozen=True, slots=True)
class Promise:
    """An action that a meeting agrees, and what the meetings after it will decide: one letter a look.

    ``n`` in date, ``c`` carried, ``w`` waits and is chased, ``W`` waits and the chase is missed, ``x`` changed, ``d``
    done and accepted, ``r`` reported and not accepted, ``o`` offered to another plan and taken on there, ``O`` not yet
    taken on, ``l`` no longer needed, ``s`` stopped.
    """

    at: int
    """The meeting that agrees it, or the first after it that discusses its subject."""
    do: str
    life: str
    owner: str = ""
    due: int = 0
    """So many days after it is agreed; by the next meeting where nothing is said."""
    since: str = ""
    """What its owner says before the meeting to come: ``u`` an update, ``d`` that it is done."""
    protects: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What the records of one subject say, discussion after discussion."""

    levels: tuple[RiskLevel, ...] = ()
    directions: tuple[Direction, ...] = ()
    worry: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    life: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    analysis: tuple[str, ...] = ()
    decision: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the demonstration."""

    number: int
    voice: Voice
    identity: Mapping[str, Any]
    harms: tuple[Harm, ...]
    worker: str
    first: int
    """The first meeting that hears of the child."""
    source: str
    source_agency: str
    why: str
    tells: str
    said: Said
    events: tuple[Happening, ...]
    promises: tuple[Promise, ...]
    not_taken: str = ""
    closing: str = ""
    works_with: Mapping[str, str] | None = None
    may_harm: Mapping[str, str] | None = None
    """Filled for a child who may be harming others too."""


@dataclass(frozen=True, slots=True)
class Context:
    """A place, a group or a person of concern of the demonstration."""

    number: int
    voice: Voice
    kind: ContextKind | None
    """Empty for a person."""
    first: int
    what_happens: str
    who_is_responsible: str
    said: Said
    promises: tuple[Promise, ...]
    links: tuple[tuple[int, str], ...]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).with_name(name)).read_text(encoding="utf-8"))


@cache
def read_children() -> tuple[Child, ...]:
    """The twenty-six, in the order of their numbers."""
    return tuple(_child(number, table) for number, table in enumerate(_read("children.toml")["child"]))


@cache
def read_contexts() -> tuple[Context, ...]:
    """The places, the group and the person of concern; their numbers go on from the children's."""
    first = len(read_children())
    return tuple(_context(number, table) for number, table in enumerate(_read("said.toml")["context"], start=first))


@cache
def read_templates() -> Mapping[str, Mapping[str, Any]]:
    """What can be agreed, by its short name."""
    return _read("actions.toml")


def pool(*path: str) -> Sequence[str]:
    """A table of things said again and again."""
    found: Any = _pools()
    for name in path:
        found = found[name]
    return tuple(found)


@cache
def _pools() -> Mapping[str, Any]:
    return _read("said.toml")


def _said(table: Mapping[str, Any]) -> Said:
    texts = ("worry", "changed", "life", "says", "analysis", "decision")
    return Said(
        levels=tuple(RiskLevel(value) for value in table.get("levels", ())),
        directions=tuple(Direction(value) for value in table.get("directions", ())),
        **{name: tuple(table.get(name, ())) for name in texts},
    )


def _promises(table: Mapping[str, Any]) -> tuple[Promise, ...]:
    return tuple(Promise(**{**one, "protects": tuple(one.get("protects", ()))}) for one in table.get("actions", ()))


def _child(number: int, table: Mapping[str, Any]) -> Child:
    sex = Sex(table["sex"])
    kept = ("name", "ethnicity", "language", "needs_interpreter", "age", "school", "also_known_as")
    beside = ("send_needs", "neurodiversity", "placing_authority")
    return Child(
        number=number,
        voice=Voice(number, str(table["name"]).split()[0], sex),
        identity={
            **{name: table[name] for name in (*kept, *beside) if name in table},
            "sex": sex,
            "legal_status": LegalStatus(table["legal_status"]),
        },
        harms=tuple(Harm(value) for value in table["harms"]),
        worker=table["worker"],
        first=table["from"],
        source=table["source"],
        source_agency=table["source_agency"],
        why=table["why"],
        tells=table["tells"],
        said=_said(table),
        events=tuple(Happening(**{**one, "kind": EventKind(one["kind"])}) for one in table.get("events", ())),
        promises=_promises(table),
        not_taken=table.get("not_taken", ""),
        closing=table.get("closing", ""),
        works_with=table.get("works_with"),
        may_harm=table.get("may_harm"),
    )


def _context(number: int, table: Mapping[str, Any]) -> Context:
    return Context(
        number=number,
        voice=Voice(number, str(table["name"])),
        kind=None if table["kind"] == "person" else ContextKind(table["kind"]),
        first=table["from"],
        what_happens=table["what_happens"],
        who_is_responsible=table["who_is_responsible"],
        said=_said(table),
        promises=_promises(table),
        links=tuple((child, how) for child, how in table["links"]),
    )
