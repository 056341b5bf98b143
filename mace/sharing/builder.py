"""The one builder of everything that is shown of a child's record, by rule 9.

A copy starts from nothing and takes in what its reader may have; nothing is ever taken out of a whole. What was
released is frozen as text (:func:`freeze`) and drawn from that text for good (:func:`copy_for`).
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from mace.domain.handling import Reader, build
from mace.domain.vocabulary import Decision, Extent, Handling, LineKind, Release, Source

SHAPE = 1
"""The shape of a frozen record. Text that was signed is never rewritten, so a later shape reads the earlier ones."""

AGREED_KINDS = frozenset({LineKind.DECISION, LineKind.CONTINGENCY, LineKind.SAFETY_TONIGHT})
"""What goes out when an item is read back: decisions, contingency and safety steps, beside its actions (rule 8)."""


@dataclass(frozen=True, slots=True)
class Present:
    """An agency at the item, and in what way."""

    agency: str
    who: str
    presence: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a record says of the item itself, in the words of the day it was released."""

    series: str
    meeting_on: date
    subject: str
    reference: str
    level: str = ""
    level_name: str = ""
    assessed: str = ""
    """The level as assessed, with what, by whom and when."""
    direction: str = ""
    harm_status: str = ""
    next_review_on: date | None = None
    quorum: str = ""
    present: tuple[Present, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One contribution as it stood."""

    kind: LineKind
    words: str
    source: Source
    source_agency_id: UUID
    source_agency: str
    handling: Handling
    said_on: date
    received_from: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """The worry an action reduces: a line of its own, with its own source and code."""

    words: str
    source_agency_id: UUID
    source_agency: str
    handling: Handling


@dataclass(frozen=True, slots=True)
class ActionLine:
    """An action as it stood, with what the meeting decided about it."""

    id: UUID
    number: int
    what: str
    owner_id: UUID | None
    owner: str
    owner_agency: str
    due: date | None
    first_due: date | None
    state: str
    has_ended: bool
    why: str
    contingency: str
    safe_meanwhile: str
    history: str
    decision: Decision | None
    decision_reason: str
    source_agency_id: UUID
    source_agency: str
    handling: Handling
    concern: Concern | None = None


@dataclass(frozen=True, slots=True)
class Frozen:
    """A released record read back from its text."""

    header: Header
    lines: tuple[Line, ...]
    actions: tuple[ActionLine, ...]


def freeze(header: Header, lines: Iterable[Line], actions: Iterable[ActionLine], release: Release) -> str:
    """The text of a version. What is agreed in the meeting carries decisions, contingency and safety steps only."""
    kept = [line for line in lines if release is not Release.AGREED or line.kind in AGREED_KINDS]
    body = {"shape": SHAPE, "header": asdict(header), "lines": [asdict(line) for line in kept]}
    return json.dumps({**body, "actions": [asdict(one) for one in actions]}, default=str, ensure_ascii=False)


def thaw(body: str) -> Frozen:
    """The record that this text holds."""
    read = json.loads(body)
    header = read["header"]
    return Frozen(
        Header(
            **{
                **header,
                "meeting_on": date.fromisoformat(header["meeting_on"]),
                "next_review_on": _day(header["next_review_on"]),
                "present": tuple(Present(**one) for one in header["present"]),
            }
        ),
        tuple(_line(line) for line in read["lines"]),
        tuple(_action(one) for one in read["actions"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _source(read: dict[str, Any]) -> dict[str, Any]:
    return {"source_agency_id": UUID(read["source_agency_id"]), "handling": Handling(read["handling"])}


def _line(read: dict[str, Any]) -> Line:
    return Line(
        **{
            **read,
            **_source(read),
            "kind": LineKind(read["kind"]),
            "source": Source(read["source"]),
            "said_on": date.fromisoformat(read["said_on"]),
        }
    )


def _action(read: dict[str, Any]) -> ActionLine:
    concern = read["concern"]
    return ActionLine(
        **{
            **read,
            **_source(read),
            "id": UUID(read["id"]),
            "owner_id": UUID(read["owner_id"]) if read["owner_id"] else None,
            "due": _day(read["due"]),
            "first_due": _day(read["first_due"]),
            "decision": Decision(read["decision"]) if read["decision"] else None,
            "concern": Concern(**{**concern, **_source(concern)}) if concern else None,
        }
    )


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the record with its facts and the lines under it."""

    title: str
    main: LineKind | None = None
    """The kind that the heading speaks of: a line of another kind says which."""
    lines: tuple[Line, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class RecordCopy:
    """A record as one reader gets it, in the order in which it is read."""

    subject: str
    reference: str
    series: str
    meeting_on: date
    level: str
    level_name: str
    extent: Extent
    mine: tuple[ActionLine, ...]
    """Unfinished actions that the reader owns."""
    others: tuple[ActionLine, ...]
    """Unfinished actions of others."""
    ended: tuple[ActionLine, ...]
    """Actions that the meeting ended."""
    sections: tuple[Section, ...]
    ask: tuple[str, ...]
    """Agencies that hold more than this reader may have: "more is held by …, ask …" (rule 9)."""


DECIDED = (
    ("What was decided", (LineKind.DECISION,)),
    ("What keeps the child safe", (LineKind.SAFETY_TONIGHT,)),
    ("What happens if it fails", (LineKind.CONTINGENCY,)),
)
TOLD = (
    ("Why it came to the meeting", (LineKind.REFERRAL,)),
    ("What we are worried about", (LineKind.WORRY, LineKind.NO_ACTION)),
    ("What has changed", (LineKind.CHANGED, LineKind.UPDATE)),
    ("What agencies told the meeting", (LineKind.INFORMATION,)),
    (
        "What life is like, and what the child says",
        (LineKind.LIFE_NOW, LineKind.CHILDS_WORDS, LineKind.NOT_HEARD, LineKind.PLAN_TO_HEAR),
    ),
    ("What this means", (LineKind.ANALYSIS,)),
)
LEVEL = ("Level, and why", (LineKind.RATIONALE, LineKind.DISSENT))
WHO_TELLS = ("Who tells whom", (LineKind.WHO_TELLS,))


def copy_for(body: str, reader: Reader, extent: Extent, action_id: UUID | None = None) -> RecordCopy:
    """The record as this reader gets it: from nothing, adding what they may have (rules 8 and 9).

    An owner who does not work with the child gets their own action, its reason and what happens if it fails.
    """
    whole = thaw(body)
    own_only = extent is Extent.OWN_ACTION
    wanted = [one for one in whole.actions if not own_only or one.id == action_id]
    actions = tuple(_for_reader(reader, one, own_only) for one in build(reader, wanted))
    lines = () if own_only else whole.lines
    header = _header_for(reader, whole.header, own_only)
    mine = tuple(one for one in actions if one.owner_id is not None and one.owner_id == reader.person_id)
    return RecordCopy(
        subject=whole.header.subject,
        reference=whole.header.reference,
        series=whole.header.series,
        meeting_on=whole.header.meeting_on,
        level=header.level,
        level_name=header.level_name,
        extent=extent,
        mine=tuple(one for one in mine if not one.has_ended),
        others=tuple(one for one in actions if one not in mine and not one.has_ended),
        ended=tuple(one for one in actions if one.has_ended),
        sections=_sections(build(reader, lines), header),
        ask=_held_by(reader, [*wanted, *lines]),
    )


def _for_reader(reader: Reader, action: ActionLine, own_only: bool) -> ActionLine:
    """The action with its worry only where the reader may have that too, and no decision beside an own action."""
    concern = next(iter(build(reader, [action.concern])), None) if action.concern else None
    if own_only:
        return replace(action, concern=concern, decision=None, decision_reason="")
    return replace(action, concern=concern)


def _header_for(reader: Reader, header: Header, own_only: bool) -> Header:
    """What the whole meeting may know of the item; an own action and a copy for the family go without."""
    if not reader.for_family and not own_only:
        return header
    return Header(header.series, header.meeting_on, header.subject, header.reference)


def _held_by(reader: Reader, held: Iterable[Line | ActionLine]) -> tuple[str, ...]:
    """Whom to ask for what this reader may not have; nobody is named to a family."""
    if reader.for_family:
        return ()
    held = tuple(held)
    had = build(reader, held)
    return tuple(sorted({one.source_agency for one in held if one not in had}))


def _sections(lines: tuple[Line, ...], header: Header) -> tuple[Section, ...]:
    found = (
        *(_section(lines, *part) for part in (*DECIDED, *TOLD)),
        _section(lines, *LEVEL, facts=_level(header)),
        Section("Next review", day=header.next_review_on),
        _section(lines, *WHO_TELLS),
        Section("Who was there", facts=_there(header)),
    )
    return tuple(section for section in found if section.lines or section.facts or section.day)


def _section(
    lines: tuple[Line, ...], title: str, kinds: tuple[LineKind, ...], facts: tuple[tuple[str, str], ...] = ()
) -> Section:
    return Section(title, kinds[0], tuple(line for kind in kinds for line in lines if line.kind is kind), facts)


def _level(header: Header) -> tuple[tuple[str, str], ...]:
    found = (
        ("The meeting’s view", header.level_name),
        ("As assessed", header.assessed),
        ("Since last time", header.direction),
        ("Harm", header.harm_status),
    )
    return tuple((name, words) for name, words in found if words)


def _there(header: Header) -> tuple[tuple[str, str], ...]:
    there = tuple((one.agency, f"{one.presence}, {one.who}" if one.who else one.presence) for one in header.present)
    return there + ((("Quorum", header.quorum),) if header.quorum else ())


def marking(release: Release, number: int) -> str:
    """What stands at the top of a version (rule 8)."""
    return release.label if release is Release.AGREED else f"{release.label}, version {number}"


__all__ = [
    "AGREED_KINDS",
    "ActionLine",
    "Concern",
    "Frozen",
    "Header",
    "Line",
    "Present",
    "RecordCopy",
    "Section",
    "build",
    "copy_for",
    "freeze",
    "marking",
    "thaw",
]
