"""What an area's spreadsheet says, read without ever guessing: cells to facts, rows to a plan of what would be made.

Nothing here opens a file or writes to a database. What cannot be read is kept in the words it was typed in, and
becomes a :class:`Problem` that names sheet, row and column.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

from mace.domain.names import word_order
from mace.domain.vocabulary import ActionState, AgencyKind, Harm, RiskLevel
from mace.domain.words import count_of, full_day

NoteKind = Literal["carried", "ended", "other"]
SheetKind = Literal["children", "actions"]

CARRIED: Final[NoteKind] = "carried"
ENDED: Final[NoteKind] = "ended"
OTHER: Final[NoteKind] = "other"

FORMULA = "This cell holds a formula. It was kept as text and not worked out."
HEADING_SEARCH_ROWS = 40


# --- Cells ----------------------------------------------------------------------------------------------------------

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff\u200b]")
_SPACES = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u3000]+")


def cell_text(value: object) -> str:
    """The words of a cell: a day as ``2026-05-21``, a whole number without its point, control characters dropped."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return _clean(value if isinstance(value, str) else str(value)[:400])


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SPACES.sub(" ", _UNWANTED.sub("", text)).strip()


def is_formula(words: str) -> bool:
    """True for text that a spreadsheet would work out."""
    return len(words) > 1 and words[0] == "="


# --- Days -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day, or none and the words that stood in its place. ``problem`` says why words could not be read."""

    day: date | None
    words: str = ""
    problem: str | None = None


_EARLIEST, _LATEST = 1950, 2100
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
            "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_TIME = r"(?:[ t,]+(?:at )?\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?: ?[ap]m)?z?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}", re.ASCII)
_NUMERIC = re.compile(rf"(\d{{1,2}}) ?[-/.\\] ?(\d{{1,2}}) ?[-/.\\] ?(\d{{4}}|\d{{2}}){_TIME}", re.ASCII)
_NAMED = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?(?: of)?[ \-/.,]*({_MONTH})\.?[ \-/.,']*(\d{{4}}|\d{{2}}){_TIME}", re.ASCII
)
_NAMED_FIRST = re.compile(rf"({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}}){_TIME}", re.ASCII)
_BEFORE_DAY = re.compile(
    r"^(?:(?:due )?(?:by|on|due|before)[ :]+)?(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?"
    r"|sun)(?:day)?\.?,? +)?"
)
_NO_DAY = re.compile(
    r"(?:(?:to be|tb) ?(?:confirmed|agreed|decided|c|a|d)|on ?-?going|asap|a\.s\.a\.p\.?|as soon as possible"
    r"|urgent(?:ly)?"
    r"|immediate(?:ly)?|(?:the |by |at )*next (?:mace )?(?:meeting|mace|review|panel|mtg)|n/?k|n/?a|none"
    r"|not (?:known|set|agreed|applicable)|unknown"
    r"|no date(?: agreed| set)?|continuous|continuing|rolling|in progress|awaiting|pending|when (?:possible"
    r"|available)"
    r"|-+|–+|—+|\?+|\.+|x+|open)[ .!]*"
)
_ROUGH_DAY = re.compile(
    r"(?<!\d)(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{2,4})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}\b)",
    re.ASCII,
)


def read_day(value: object) -> DayRead:
    """The day a cell holds, if it is one beyond doubt; days are read as people here write them, day before month."""
    if isinstance(value, datetime):
        return _believable(value.date(), full_day(value.date()))
    if isinstance(value, date):
        return _believable(value, full_day(value))
    if isinstance(value, bool):
        return DayRead(None, str(value), "This is not a date.")
    if isinstance(value, int | float):
        words = cell_text(value)
        return DayRead(None, words, f"“{words}” is a number, not a date.")
    return _read_day_text(cell_text(value))


@lru_cache(maxsize=4096)
def _read_day_text(words: str) -> DayRead:
    if is_formula(words):
        return DayRead(None, words, FORMULA)
    text = " ".join(words[:200].lower().split())
    if not text or _NO_DAY.fullmatch(text):
        return DayRead(None, words)
    text = _BEFORE_DAY.sub("", text, count=1).strip(" .")
    parts = _day_parts(text)
    if parts is None:
        return DayRead(None, words, _why_no_day(words, text))
    try:
        day = date(*parts)
    except ValueError:
        return DayRead(None, words, f"There is no such day as “{_short(words)}”.")
    return _believable(day, words)


def _day_parts(text: str) -> tuple[int, int, int] | None:
    if found := _ISO.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _NUMERIC.fullmatch(text):
        return _year(found[3]), int(found[2]), int(found[1])
    if found := _NAMED.fullmatch(text):
        return _year(found[3]), _MONTHS[found[2]], int(found[1])
    if found := _NAMED_FIRST.fullmatch(text):
        return int(found[3]), _MONTHS[found[1]], int(found[2])
    return None


def _year(digits: str) -> int:
    number = int(digits)
    if len(digits) == 4:
        return number
    return 2000 + number if number < 70 else 1900 + number


def _why_no_day(words: str, text: str) -> str:
    found = len(_ROUGH_DAY.findall(text))
    if found > 1:
        return f"“{_short(words)}” holds more than one date."
    if found and re.fullmatch(rf"\d{{1,2}}(?:[-/.]\d{{1,2}}|(?:st|nd|rd|th)? {_MONTH})", text, re.ASCII):
        return f"“{_short(words)}” has no year."
    if found:
        return f"“{_short(words)}” has other words beside the date."
    return f"“{_short(words)}” is not a date."


def _believable(day: date, words: str) -> DayRead:
    if day.year <= 1900:
        problem = f"{full_day(day)} is what a spreadsheet shows for an empty or broken date."
        return DayRead(None, words, problem)
    if not _EARLIEST <= day.year <= _LATEST:
        return DayRead(None, words, f"{full_day(day)} cannot be right.")
    return DayRead(day, words)


def _short(words: str) -> str:
    return words if len(words) <= 60 else words[:59] + "…"


# --- Owners ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contributor:
    """Somebody, or some agency, beside the owner."""

    person: str | None
    agency: AgencyKind | None


@dataclass(frozen=True, slots=True)
class OwnerRead:
    """Whom a cell makes responsible. ``person`` is empty where it names an agency but nobody in it."""

    person: str | None
    agency: AgencyKind | None
    contributors: tuple[Contributor, ...] = ()
    is_shared: bool = False
    problem: str | None = None


_AGENCIES: Final = {
    name: agency
    for agency, names in (
        (
            AgencyKind.SOCIAL_CARE,
            "csc|cs|sw|social worker|social work|social workers|social care|children's social care"
            "|children social care"
            "|childrens social care|children's services|childrens services|allocated sw|allocated social worker"
            "|cic team"
            "|edt|mash|asw|lac team|looked after team|early help|family support|fostering|placements"
            "|commissioning|lado|iro",
        ),
        (
            AgencyKind.POLICE,
            "police|btp|british transport police|officer|oic|met police|cse team police|missing team"
            "|neighbourhood police"
            "|pc|dc|ds|di|pcso|intel|police intelligence",
        ),
        (
            AgencyKind.HEALTH,
            "health|nhs|camhs|school nurse|gp|icb|ccg|sexual health|hospital|named nurse|nurse|public health"
            "|lac nurse"
            "|health visitor|ed|a&e",
        ),
        (
            AgencyKind.EDUCATION,
            "education|school|schools|college|ewo|virtual school|education welfare|pru|academy|send|dsl|inclusion",
        ),
        (
            AgencyKind.YOUTH_JUSTICE,
            "yjs|yot|yos|youth justice|youth offending|youth offending team|youth offending service"
            "|youth justice service",
        ),
        (AgencyKind.HOUSING, "housing|housing options|homelessness|housing association|landlord"),
        (
            AgencyKind.VOLUNTARY,
            "voluntary|voluntary sector|vcs|vcse|third sector|charity|barnardo's|barnardos|nspcc|st giles|catch22"
            "|the children's society|children's society|childrens society|youth service",
        ),
        (AgencyKind.COMMUNITY_SAFETY, "community safety|csp|asb|asb team|licensing|trading standards"
        "|community safety team"),
        (AgencyKind.PROBATION, "probation|nps|cjs probation|probation service"),
    )
    for name in names.split("|")
}  # fmt: skip
_RANKS = re.compile(r"(?:pc|dc|ds|di|dci|ps|sgt|insp|inspector|sergeant|pcso|wpc)\.? [^\W\d_]", re.IGNORECASE)
_NURSES = re.compile(r"(?:nurse|dr|matron)\.? [^\W\d_]", re.IGNORECASE)
_WORKERS = re.compile(r"(?:sw|social worker)\.? [^\W\d_]", re.IGNORECASE)
_EVERYBODY = re.compile(
    r"(?:all|everyone|everybody|all (?:agencies|partners|professionals|members|to note)|mace|panel|the (?:panel"
    r"|meeting))"
)
_NOBODY = re.compile(
    r"(?:tb[cad]|to be (?:confirmed|agreed|decided)|n/?a|none|nobody|no one|unknown|not known|-+|–+|\?+|vacant"
    r"|as above)"
)
_AFTER_DASH = re.compile(r"(.+?)\s*(?: [-–]|[-–,:]) (.+)")
_IN_BRACKETS = re.compile(r"([^()]*)\(([^()]*)\)?\s*")
_TITLE = re.compile(
    r"(?:pc|dc|ds|di|dci|ps|sgt|insp|inspector|sergeant|pcso|wpc|nurse|dr|matron|sw|social worker|mr|mrs|ms|miss)\.? +",
    re.IGNORECASE,
)


def name_key(name: str) -> str:
    """A person's name for comparing, without rank or title: "PC Imran Sadiq" and "Sadiq, Imran" are one man."""
    return word_order(_TITLE.sub("", name.strip(), count=1))


def read_owner(value: object) -> OwnerRead:
    """Who owns an action: the first person a cell names, else nobody named at its first agency."""
    return _read_owner_text(cell_text(value))


@lru_cache(maxsize=4096)
def _read_owner_text(words: str) -> OwnerRead:
    if is_formula(words):
        return OwnerRead(None, None, problem=FORMULA)
    text = " ".join(words[:400].replace("’", "'").split())
    if not text or _NOBODY.fullmatch(text.lower()):
        return OwnerRead(None, None, problem="Nobody is named as owner.")
    if _EVERYBODY.fullmatch(text.lower()):
        return OwnerRead(None, None, (), True, f"“{_short(words)}” names everybody, so nobody owns it.")
    pieces = _owner_parts(text)
    parts = list(dict.fromkeys(_owner_part(piece) for piece in pieces))
    if not parts:
        return OwnerRead(None, None, problem="Nobody is named as owner.")
    owner = next((part for part in parts if part.person), parts[0])
    others = tuple(part for part in parts if part is not owner)
    shared = len(pieces) > 1  # "CSC / SW" names one agency twice, and still nobody in it
    return OwnerRead(owner.person, owner.agency, others, shared, _owner_problem(owner, shared))


def _owner_problem(owner: Contributor, shared: bool) -> str | None:
    if owner.person is None:
        at = owner.agency.label if owner.agency else "any agency"
        why = "More than one owner, and nobody is named" if shared else "Nobody is named"
        return f"{why}: kept as nobody named at {at}."
    if owner.agency is None:
        return f"No agency is given for “{_short(owner.person)}”."
    if shared:
        return f"More than one owner: “{_short(owner.person)}” owns it, the others contribute."
    return None


def _owner_parts(text: str) -> list[str]:
    """The cell cut at "/", "&", "and", ";", "+", and at commas that do not sit inside one name; never in brackets."""
    if text.lower() in _AGENCIES:
        return [text]
    pieces: list[str] = []
    depth, start = 0, 0
    for found in re.finditer(r"[()]|\s*[/;+&|]\s*|\s+and\s+|,\s*", text, re.IGNORECASE):
        mark = found[0]
        if mark in "()":
            depth = depth + 1 if mark == "(" else max(0, depth - 1)
        elif depth == 0 and not (mark[0] == "," and _one_name(text[start : found.start()], text[found.end() :])):
            pieces.append(text[start : found.start()])
            start = found.end()
    pieces.append(text[start:])
    return [piece for piece in (piece.strip(" ,.-–") for piece in pieces) if piece]


def _one_name(before: str, after: str) -> bool:
    """True for the comma of "Grant, Marcus (CSC)"."""
    before, after = before.strip(), re.split(r"[(/;,&+]", after, maxsplit=1)[0].strip()
    return " " not in before and " " not in after and _agency(before) is None and _agency(after) is None


def _agency(text: str) -> AgencyKind | None:
    return _AGENCIES.get(text.lower().strip(" .:-–"))


def _owner_part(text: str) -> Contributor:
    whole = _agency(text)
    if whole:
        return Contributor(None, whole)
    head, inside = text, ""
    if (found := _IN_BRACKETS.fullmatch(text)) or (
        (found := _AFTER_DASH.fullmatch(text)) and (_agency_of(found[1]) or _agency_of(found[2]))
    ):
        head, inside = found[1].strip(), found[2].strip()
    at_head = _agency(head)
    if at_head:
        named = inside if inside and _agency_of(inside) is None and not _NOBODY.fullmatch(inside.lower()) else None
        return Contributor(named, at_head)
    agency = _agency_of(inside) if inside else None
    if inside and agency is None:
        agency = AgencyKind.OTHER
    person = head or None
    return Contributor(person, agency or _agency_by_title(head))


def _agency_of(text: str) -> AgencyKind | None:
    """The agency of the words in brackets: the whole, else its first part that is one ("CSC/EDT", "Police MASH")."""
    return _agency(text) or next(
        (agency for part in re.split(r"[/,&;]| - | ", text) if (agency := _agency(part)) is not None), None
    )


def _agency_by_title(person: str) -> AgencyKind | None:
    if _RANKS.match(person):
        return AgencyKind.POLICE
    if _NURSES.match(person):
        return AgencyKind.HEALTH
    return AgencyKind.SOCIAL_CARE if _WORKERS.match(person) else None


# --- Notes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Note:
    """One entry of an updates cell, with the day it was typed under."""

    day: date | None
    kind: NoteKind
    words: str
    problem: str | None = None


_NOTE_DAY_TEXT = (
    r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[ \-]{_MONTH}[ \-,.]+(?:\d{{4}}|\d{{2}})(?!\d))"
)
_CARRY_TEXT = (
    r"(?:c ?/ ?f(?:wd|orward)?\b|c\.f\.?(?=\W|$)|cfwd\b|cf\b"
    r"|carr(?:ied|y) ?-?(?:forward|fwd|over|fw)\b|roll(?:ed)? (?:over|forward)\b)"
)
_NOTE_DAY = re.compile(rf"[\[(]?({_NOTE_DAY_TEXT})[\])]?[ :;,\-–—.]*", re.IGNORECASE | re.ASCII)
_NEXT_NOTE = re.compile(
    rf"[;|] *(?={_NOTE_DAY_TEXT})|(?<=[^\s(\[]) +(?=[\[(]?{_NOTE_DAY_TEXT}[\])]?[ :;,\-–.]*(?:{_CARRY_TEXT}"
    rf"|done\b|complete|closed\b))",
    re.IGNORECASE | re.ASCII,
)
_CARRY = re.compile(_CARRY_TEXT, re.IGNORECASE)
_CARRY_WORD_FIRST = re.compile(r"cf\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:\bnot|\bno longer|n't|\bnever|\bnothing|\bdo not|\bto be)(?: be| been| being)? *$", re.IGNORECASE
)
_ENDED = re.compile(
    r"(?:(?:action|now|all|this|task|marked|is|has been|was)[ :]+)*"
    r"(?:done|completed?|closed|ended|finished|discharged|actioned|signed off)\b(?! by\b)",
    re.IGNORECASE,
)


def read_notes(value: object) -> tuple[Note, ...]:
    """The entries of an updates cell, in the order typed; a line without a day of its own stands by itself."""
    if isinstance(value, date):
        return (Note(value.date() if isinstance(value, datetime) else value, OTHER, ""),)
    text = cell_text(value)
    if not text:
        return ()
    lines = (line.strip() for line in text.split("\n"))
    return tuple(
        _read_note(entry)
        for line in lines
        if line
        for entry in (_NEXT_NOTE.split(line) if not is_formula(line) else [line])
        if entry.strip()
    )


def _read_note(entry: str) -> Note:
    entry = entry.strip()
    if is_formula(entry):
        return Note(None, OTHER, entry, FORMULA)
    day, words = None, entry.lstrip("•*· ")
    if found := _NOTE_DAY.match(words):
        read = _read_day_text(found[1])
        if read.day is None:
            return Note(None, _note_kind(words[found.end() :]), entry, read.problem)
        day, words = read.day, words[found.end() :].strip()
    kind = _note_kind(words)
    problem = None
    if day is None and kind != OTHER:
        problem = f"“{_short(entry)}” has no date."
    elif is_formula(words):
        problem = FORMULA
    return Note(day, kind, words, problem)


def _note_kind(words: str) -> NoteKind:
    words = words.strip()
    for found in _CARRY.finditer(words):
        if _CARRY_WORD_FIRST.match(found[0]) and found.start() != 0:
            continue  # "cf" further on means "compare"
        if not _NOT_BEFORE.search(words[: found.start()]):
            return CARRIED
    return ENDED if _ENDED.match(words) else OTHER


def in_time(note: Note, today: date) -> Note:
    """The note; one dated after today keeps its day among its words only."""
    if note.day is None or note.day <= today:
        return note
    words = f"{full_day(note.day)}: {note.words}"
    return Note(None, note.kind, words, f"The note of {full_day(note.day)} is dated after today.")


def new_notes(old: object, new: object) -> tuple[Note, ...]:
    """The entries of a newer cell that the older one did not have."""
    known = Counter(read_notes(old))
    added = []
    for note in read_notes(new):
        if known[note]:
            known[note] -= 1
        else:
            added.append(note)
    return tuple(added)


# --- State, level, harms --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StateRead:
    """The state of an action; *open* where the words could not be read."""

    state: ActionState
    words: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LevelRead:
    """The level of risk, or none."""

    level: RiskLevel | None
    words: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class HarmsRead:
    """The kinds of harm a cell names."""

    harms: tuple[Harm, ...]
    words: str = ""
    problem: str | None = None


_STATES: Final = {
    name: state
    for state, names in (
        (ActionState.OPEN, "open|o/s|os|outstanding|not started|new|live|to do|todo|active|overdue"
        "|carried forward|c/f|cf|o"
                           "|not done|incomplete|not complete|not completed|no update|late|amber|red|no"),
        (ActionState.IN_PROGRESS, "ongoing|on going|on-going|in progress|started|underway|under way|in hand"
        "|part complete|partially complete"
                                  "|partly done|wip|progressing"),
        (ActionState.DONE, "closed|done|complete|completed|finished|ended|actioned|discharged|c|green|yes"
        "|achieved|signed off"),
        (ActionState.NO_LONGER_NEEDED, "no longer needed|no longer required|not required|n/a|not applicable|nfa"
        "|withdrawn|superseded"
                                       "|no further action|cancelled"),
        (ActionState.STOPPED, "stopped|abandoned|unable to complete|not possible|could not be done|not achieved"),
    )
    for name in names.split("|")
}  # fmt: skip
_LEVELS: Final = {
    name: level
    for level, names in (
        (RiskLevel.EMERGING, "emerging|low|standard|green|l"),
        (RiskLevel.MODERATE, "moderate|medium|med|amber|m"),
        (RiskLevel.SIGNIFICANT, "significant|high|red|severe|h|very high|critical"),
    )
    for name in names.split("|")
}
_HARMS: Final = {
    name: harm
    for harm, names in (
        (Harm.CSE, "cse|sexual exploitation|child sexual exploitation|sexual"),
        (Harm.CCE, "cce|criminal exploitation|child criminal exploitation|criminal"),
        (Harm.COUNTY_LINES, "county lines|county line|countylines|cl"),
        (Harm.TRAFFICKING, "trafficking|modern slavery|modern slavery and trafficking|nrm|human trafficking"
        "|slavery|mds"),
        (Harm.HARMFUL_SEXUAL_BEHAVIOUR, "hsb|harmful sexual behaviour|peer on peer|sexually harmful behaviour"),
        (Harm.SERIOUS_VIOLENCE, "serious violence|serious youth violence|syv|youth violence|gangs|gang"
        "|knife crime|weapons"),
        (Harm.ONLINE, "online|online exploitation|online grooming|internet|online harm"),
        (Harm.FINANCIAL, "financial|financial exploitation|money mule|money laundering"),
        (Harm.HOME_TAKEN_OVER, "cuckooing|home taken over|cuckooed"),
        (Harm.MISSING, "missing|mfh|missing from home|missing episodes|misper"),
        (Harm.UNKNOWN, "unknown|not known|unclear|tbc|n/k|nk|not yet known"),
    )
    for name in names.split("|")
}  # fmt: skip


def _plain(words: str) -> str:
    return " ".join(words[:200].lower().replace("’", "'").split()).strip(" .!:-–*")


def read_state(value: object) -> StateRead:
    """The state a cell names; unread words leave the action open, with a problem."""
    words = cell_text(value)
    text = _plain(words)
    if not text:
        return StateRead(ActionState.OPEN, words, "No status is given: kept as open.")
    if is_formula(words):
        return StateRead(ActionState.OPEN, words, FORMULA)
    state = _STATES.get(text)
    if state is None:
        state = _STATES.get(_plain(re.split(r"[-–:(,;]| \d", text, maxsplit=1)[0]))
    if state is None:
        return StateRead(ActionState.OPEN, words, f"“{_short(words)}” is not a status we know: kept as open.")
    return StateRead(state, words)


def read_level(value: object) -> LevelRead:
    """The level of risk a cell names, in the names areas use for the same three."""
    words = cell_text(value)
    text = _plain(words)
    if not text or text in ("n/a", "n/k", "not known", "unknown", "tbc", "none", "not assessed"):
        return LevelRead(None, words)
    if is_formula(words):
        return LevelRead(None, words, FORMULA)
    level = (
        _LEVELS.get(text) or _LEVELS.get(text.removesuffix(" risk").strip()) or _LEVELS.get(text.removesuffix(" level"))
    )
    return LevelRead(level, words, None if level else f"“{_short(words)}” is not a level we know.")


def read_harms(value: object) -> HarmsRead:
    """The kinds of harm a cell names, each once, in its order."""
    words = cell_text(value)
    if not words:
        return HarmsRead((), words)
    if is_formula(words):
        return HarmsRead((), words, FORMULA)
    if (whole := _HARMS.get(_plain(words))) is not None:
        return HarmsRead((whole,), words)
    found: dict[Harm, None] = {}
    unread = []
    for part in re.split(r"[/,;&+\n|]| and |\(|\)", words[:400]):
        text = _plain(part)
        harm = _HARMS.get(text)
        if harm is not None:
            found[harm] = None
        elif text:
            unread.append(part.strip())
    problem = f"“{_short(', '.join(unread))}” is not a kind of harm we know." if unread else None
    return HarmsRead(tuple(found), words, problem)


_CLOSED_CHILD: Final = re.compile(
    r"closed?|exit(?:ed)?|removed|step(?:ped)? down|ended|discharged|off mace|inactive|archived|no|deregistered"
)
_OPEN_CHILD: Final = re.compile(r"open|active|current|live|on mace|yes|new|ongoing|review|monitoring|re-?opened")


# --- Headings and mappings ------------------------------------------------------------------------------------------

CHILD_FIELDS: Final[dict[str, str]] = {
    "number": "Child’s number",
    "name": "Child’s name",
    "born": "Date of birth",
    "worker": "Worker",
    "since": "Known to the meeting since",
    "harms": "Kinds of harm",
    "level": "Level of risk",
    "status": "Open or closed",
}
ACTION_FIELDS: Final[dict[str, str]] = {
    "ref": "Reference",
    "child": "Child’s name",
    "number": "Child’s number",
    "set_on": "Set on (meeting)",
    "what": "Action",
    "owner": "Owner",
    "agency": "Owner’s agency",
    "due": "Due",
    "state": "Status",
    "ended_on": "Ended on",
    "notes": "Updates",
}
FIELDS: Final[dict[SheetKind, dict[str, str]]] = {"children": CHILD_FIELDS, "actions": ACTION_FIELDS}
NEEDED: Final[dict[SheetKind, tuple[str, ...]]] = {"children": ("number", "name"), "actions": ("number", "what")}

_NUMBER_NAMES = (
    "lcs no|lcs|lcs number|lcs id|lcs ref|ics no|ics number|ics id|liquidlogic id|liquidlogic no|mosaic id"
    "|mosaic no|mosaic number"
    "|mosaic|carefirst no|carefirst id|eclipse id|azeus id|person id|person no|person number|child id|child no"
    "|child number"
    "|case no|case number|case id|client id|client no|system id|system no|case system no|p number|local no"
    "|local number|unique id|id no|child ref"
)
_CHILD_NAMES = (
    "child|child name|child's name|name|name of child|young person|yp|yp name|young person's name|name of yp"
    "|full name|child/yp"
    "|childs name|young person name|subject|initials|child initials|yp initials|child/young person"
)
_SYNONYMS: Final[dict[SheetKind, dict[str, str]]] = {
    "children": {
        "number": _NUMBER_NAMES + "|ref|id|number|no",
        "name": _CHILD_NAMES,
        "born": "dob|d.o.b|date of birth|d o b|birth date|born|birthday",
        "worker": "allocated sw|sw|social worker|allocated social worker|allocated worker|worker"
        "|lead professional|lead practitioner"
                  "|key worker|case worker|allocated to|lead worker|practitioner|allocated practitioner|asw",
        "since": "on mace since|since|date added|date referred|referral date|date opened|first mace"
        "|date of first mace|start date"
                 "|date on mace|added|added to mace|date of referral|opened|first discussed|date first discussed",
        "harms": "concern|concerns|harm|harms|type|type of exploitation|exploitation type|exploitation|cse/cce"
        "|risk type|category"
                 "|primary concern|nature of concern|vulnerability|theme",
        "level": "risk now|risk|risk level|level|level of risk|current risk|rag|rag rating|risk rating"
        "|risk score|current risk level|rating"
                 "|outcome of risk assessment|grading",
        "status": "status|open/closed|open or closed|current status|case status|active|state|mace status",
    },
    "actions": {
        "ref": "ref|ref no|action ref|action no|action number|no|id|action id|reference|number|item|#",
        "child": _CHILD_NAMES,
        "number": _NUMBER_NAMES,
        "set_on": "meeting|meeting date|date of meeting|date set|set on|date|mace date|date raised|raised"
        "|date of mace|date agreed|date added"
                  "|created|date created|action date|agreed on|panel date|date of panel",
        "what": "action|actions|action agreed|agreed action|description|task|action required|what"
        "|action description|details|agreed actions"
                "|action point|action to be taken|what needs to happen|outcome required|recommendation"
                "|actions agreed",
        "owner": "owner|lead|who|by whom|responsible|person responsible|action owner|allocated to|assigned to"
        "|responsible person|lead officer"
                 "|owner/agency|responsibility|lead professional|action lead|named lead|who by|assignee"
                 "|lead person",
        "agency": "agency|lead agency|agency responsible|responsible agency|organisation|service|owner agency"
        "|partner",
        "due": "due|due date|deadline|by when|target date|timescale|timescales|target|when|date due"
        "|completion date|to be completed by|complete by"
               "|review date|timeframe|target completion|target completion date",
        "state": "status|state|progress|open/closed|complete|completed?|rag|rag status|action status"
        "|outcome status|current status|complete y/n"
                 "|completed|completed y/n",
        "ended_on": "date completed|date closed|closed on|completed on|closed date|completed date"
        "|actual completion date|date complete|date done"
                    "|closure date|date ended",
        "notes": "updates|update|notes|comments|comment|progress notes|update/outcome|progress update|outcome"
        "|update notes|latest update|commentary"
                 "|narrative|progress/updates|updates/comments|outcome/update",
    },
}  # fmt: skip
_COUNTS_ROWS: Final = frozenset({"ref", "id", "number", "no"})
"""Headings that may only count the rows of a list: a child's number stands under another one, where there is one."""
_LOOKUP: Final[dict[SheetKind, dict[str, str]]] = {
    kind: {name: field_ for field_, names in fields.items() for name in names.split("|")}
    for kind, fields in _SYNONYMS.items()
}
_TELLING: Final[dict[SheetKind, frozenset[str]]] = {
    "actions": frozenset({"what", "owner", "due", "notes", "ended_on"}),
    "children": frozenset({"born", "worker", "since", "harms", "level"}),
}


@dataclass(frozen=True)
class Mapping:
    """Which column holds what: ``columns`` counts from 0, ``heading_row`` from 1.

    ``headings`` finds the columns again in a workbook where they moved.
    """

    kind: SheetKind
    heading_row: int
    columns: dict[str, int]
    headings: dict[str, str] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Plain data, as a named mapping is kept."""
        return {
            "kind": self.kind,
            "heading_row": self.heading_row,
            "columns": dict(self.columns),
            "headings": dict(self.headings),
        }

    @classmethod
    def from_dict(cls, data: AnyMapping[str, object]) -> "Mapping":
        """The mapping that was kept; ``ValueError`` where the data are not one."""
        kind, heading_row, columns, headings = (data.get(k) for k in ("kind", "heading_row", "columns", "headings"))
        if kind not in ("children", "actions") or not isinstance(columns, dict) or not isinstance(headings or {}, dict):
            raise ValueError("This is not a mapping of columns.")
        if isinstance(heading_row, bool) or not isinstance(heading_row, int) or not 1 <= heading_row <= 1_048_576:
            raise ValueError("The heading row must be a row of the sheet.")
        chosen: SheetKind = "children" if kind == "children" else "actions"
        for name, column in columns.items():
            if name not in FIELDS[chosen] or type(column) is not int or not 0 <= column < 16_384:
                raise ValueError(f"“{_short(str(name))}” cannot stand in that column.")
        names = {str(k): str(v) for k, v in (headings if isinstance(headings, dict) else {}).items()}
        return cls(chosen, heading_row, dict(columns), names)

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without which no row can be read."""
        return tuple(name for name in NEEDED[self.kind] if name not in self.columns)

    def fitted(self, rows: Sequence[Sequence[object]]) -> "Mapping | None":
        """This mapping on another workbook: found again by its headings wherever they moved, or None if one is gone."""
        if not self.headings:
            return self
        wanted = {name: _heading(words) for name, words in self.headings.items() if name in self.columns}
        for number, row in enumerate(rows[:HEADING_SEARCH_ROWS], start=1):
            here: dict[str, int] = {}
            for index, cell in enumerate(row):
                here.setdefault(_heading(cell_text(cell)), index)
            if wanted and all(words in here for words in wanted.values()):
                columns = {name: here[words] for name, words in wanted.items()}
                return Mapping(self.kind, number, columns, self.headings)
        return None


def _heading(words: str) -> str:
    text = " ".join(words[:200].lower().replace("’", "'").replace("_", " ").split())
    text = re.sub(r"\s*\([^)]*\)", "", text)
    return re.sub(r" ?/ ?", "/", text).strip(" .:*?-")


def suggest_kind(headings: Sequence[object]) -> SheetKind | None:
    """Whether a row of headings belongs to a list of children, a log of actions, or neither."""
    scores = {kind: len(_TELLING[kind] & set(_suggested(headings, kind))) for kind in _LOOKUP}
    if "what" not in _suggested(headings, "actions"):
        scores["actions"] = 0
    if "name" not in (mapped := _suggested(headings, "children")) and "number" not in mapped:
        scores["children"] = 0
    best = max(scores, key=lambda kind: scores[kind])
    return best if scores[best] >= 1 else None


def suggest_heading_row(rows: Sequence[Sequence[object]]) -> int | None:
    """The row, counted from 1, that looks most like headings among the first rows of a sheet."""
    best, best_score = None, 1
    for number, row in enumerate(rows[:HEADING_SEARCH_ROWS], start=1):
        score = max(len(_suggested(row, kind)) for kind in _LOOKUP) if suggest_kind(row) else 0
        if score > best_score:
            best, best_score = number, score
    return best


def suggest_mapping(headings: Sequence[object], kind: SheetKind | None = None, heading_row: int = 1) -> Mapping | None:
    """The columns as we understand their headings; None where they are not a list we know."""
    kind = kind or suggest_kind(headings)
    if kind is None:
        return None
    columns = _suggested(headings, kind)
    return Mapping(kind, heading_row, columns, {name: cell_text(headings[index]) for name, index in columns.items()})


def suggest(rows: Sequence[Sequence[object]]) -> Mapping | None:
    """The whole suggestion for one sheet."""
    number = suggest_heading_row(rows)
    return None if number is None else suggest_mapping(rows[number - 1], heading_row=number)


def _suggested(headings: Sequence[object], kind: SheetKind) -> dict[str, int]:
    columns: dict[str, int] = {}
    weak: set[str] = set()
    for index, cell in enumerate(headings[:200]):
        words = _heading(cell_text(cell)) if isinstance(cell, str) else ""
        name = _LOOKUP[kind].get(words)
        is_weak = kind == "children" and words in _COUNTS_ROWS
        if name and (name not in columns or (name in weak and not is_weak)):
            columns[name] = index
            weak = weak | {name} if is_weak else weak - {name}
    return columns


# --- The plan -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person should look at. A problem that ``stops`` must be put right, or its row left out.

    ``field`` names the cell that could be put right, where it is one.
    """

    sheet: str
    row: int
    column: str
    words: str
    stops: bool = False
    field: str = ""


@dataclass(frozen=True, slots=True)
class PlannedChild:
    """A child that an import would make. ``values`` are the cells as the file has them, before any was put right."""

    local_number: str
    name: str
    born_on: date | None
    worker: str | None
    worker_agency: AgencyKind
    since: date | None
    harms: tuple[Harm, ...]
    harm_words: str
    """The cell as typed, where it says more than the kinds of harm we know."""
    level: RiskLevel | None
    is_open: bool
    sheet: str
    row: int
    row_key: str
    content_hash: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """An action that an import would make. ``carried`` counts its carry notes, dated or not.

    ``values`` are the cells as the file has them, before any was put right: a newer copy is compared with those.
    """

    row_key: str
    content_hash: str
    ref: str
    child_number: str
    set_on: date
    """As the row says; where it does not, the day of its first note or of the import, and a problem says so."""
    what: str
    owner_name: str | None
    owner_agency: AgencyKind | None
    contributors: tuple[Contributor, ...]
    is_shared: bool
    due: DayRead
    state: ActionState
    state_words: str
    """The cell as typed, where it says more than the state."""
    ended_on: date | None
    """Set for an ended action, by what the row says as far as it goes; a problem says where it does not."""
    notes: tuple[Note, ...]
    carried: int
    sheet: str
    row: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would make, and what stands against it."""

    children: tuple[PlannedChild, ...]
    actions: tuple[PlannedAction, ...]
    problems: tuple[Problem, ...]

    @property
    def stops(self) -> tuple[Problem, ...]:
        """The problems that must be put right first."""
        return tuple(problem for problem in self.problems if problem.stops)


SheetRows = tuple[str, Iterable[Sequence[object]], Mapping]
Fixes = AnyMapping[tuple[str, int, str], str]


def plan(
    sheets: Sequence[SheetRows],
    today: date,
    left_out: frozenset[tuple[str, int]] = frozenset(),
    fixes: Fixes | None = None,
) -> Plan:
    """What the sheets would make. ``left_out`` holds (sheet, row); ``fixes`` words by (sheet, row, field).

    What a file says happened after ``today`` is kept in words and counts for nothing.
    """
    planner = _Planner(today, left_out, fixes or {})
    for kind in ("children", "actions"):
        for name, rows, mapping in sheets:
            if mapping.kind == kind:
                planner.read(name, rows, mapping)
    planner.keep_open()
    order = {name: index for index, (name, _, _) in enumerate(sheets)}
    problems = sorted(planner.problems, key=lambda problem: (order.get(problem.sheet, 0), problem.row))
    return Plan(tuple(planner.children.values()), tuple(planner.actions), tuple(problems))


@dataclass(slots=True)
class _Row:
    """One row on its way into the plan: ``values`` with cells put right, ``said`` as the file has it."""

    sheet: str
    number: int
    mapping: Mapping
    cells: dict[str, object]
    values: dict[str, str]
    said: dict[str, str]


class _Planner:
    def __init__(self, today: date, left_out: frozenset[tuple[str, int]], fixes: Fixes) -> None:
        self.today = today
        self.left_out = left_out
        self.fixes = fixes
        self.fixed_rows = {(sheet, row) for sheet, row, _ in fixes}
        self.problems: list[Problem] = []
        self.children: dict[str, PlannedChild] = {}
        self.closed: dict[str, _Row] = {}
        self.by_name: dict[str, list[str]] = {}
        self.actions: list[PlannedAction] = []
        self.action_rows: dict[str, PlannedAction] = {}
        self.seen: dict[tuple[str, str], tuple[str, int]] = {}
        self.repeats: Counter[str] = Counter()

    def read(self, sheet: str, rows: Iterable[Sequence[object]], mapping: Mapping) -> None:
        if mapping.missing:
            wanted = " and ".join(f"“{FIELDS[mapping.kind][name]}”" for name in mapping.missing)
            self.problems.append(Problem(sheet, mapping.heading_row, "", f"Choose the column for {wanted}.", True))
            return
        one = self.child if mapping.kind == "children" else self.action
        columns = [(name, mapping.columns[name]) for name in FIELDS[mapping.kind] if name in mapping.columns]
        for number, row in enumerate(rows, start=1):
            if number <= mapping.heading_row or not row or (sheet, number) in self.left_out:
                continue
            cells = {name: row[index] if index < len(row) else None for name, index in columns}
            said = values = {name: cell_text(cell) for name, cell in cells.items()}
            if (sheet, number) in self.fixed_rows:
                cells |= {name: self.fixes[key] for name in cells if (key := (sheet, number, name)) in self.fixes}
                values = {name: cell_text(cell) for name, cell in cells.items()}
            if any(values.values()):
                one(_Row(sheet, number, mapping, cells, values, said))

    def flag(self, row: _Row, name: str, words: str | None, stops: bool = False) -> None:
        if words:
            column = row.mapping.headings.get(name) or FIELDS[row.mapping.kind].get(name, "")
            here = name if name in row.cells else ""
            self.problems.append(Problem(row.sheet, row.number, column, words, stops, here))

    def flag_both(self, first: PlannedChild | PlannedAction, row: _Row, name: str, words: str) -> None:
        """Two rows that cannot both be right: either may be put right or left out."""
        self.flag(row, name, words, True)
        self.problems.append(replace(self.problems[-1], sheet=first.sheet, row=first.row))

    def repeated(self, row: _Row) -> bool:
        key = (row.mapping.kind, content_hash(row.values))
        first = self.seen.setdefault(key, (row.sheet, row.number))
        if first == (row.sheet, row.number):
            return False
        self.flag(row, "", f"This row repeats row {first[1]} of “{first[0]}” word for word and was counted once.")
        return True

    def child(self, row: _Row) -> None:
        number, name = row.values["number"], row.values["name"]
        if self.repeated(row):
            return
        if not number or is_formula(number):
            return self.flag(row, "number", "This child has no number.", True)
        if not name or is_formula(name):
            return self.flag(row, "name", "This child has no name.", True)
        if too_long := _too_long(number, name):
            return self.flag(row, *too_long, True)
        if first := self.children.get(number):
            words = f"Rows {first.row} and {row.number} both have number {_short(number)}: “{first.name}” and “{name}”."
            if first.sheet != row.sheet:
                words = f"{words} Row {first.row} is on “{first.sheet}”."
            return self.flag_both(first, row, "number", words)
        born, since = read_day(row.cells.get("born")), read_day(row.cells.get("since"))
        harms, level = read_harms(row.cells.get("harms")), read_level(row.cells.get("level"))
        worker, worker_agency = self.worker(row)
        status = _plain(row.values.get("status", ""))
        for field_, problem in (
            ("born", born.problem),
            ("since", since.problem),
            ("harms", harms.problem),
            ("level", level.problem),
        ):
            self.flag(row, field_, problem)
        if status and not _OPEN_CHILD.fullmatch(status) and not _CLOSED_CHILD.fullmatch(status):
            self.flag(row, "status", f"“{_short(status)}” is neither open nor closed: kept as open.")
        if _CLOSED_CHILD.fullmatch(status):
            self.closed[number] = row
        self.keep(
            PlannedChild(
                number, name, born.day, worker, worker_agency, since.day,
                harms.harms, harms.words if harms.problem else "", level.level,
                number not in self.closed, row.sheet, row.number, number, content_hash(row.said), row.said,
            )
        )  # fmt: skip

    def worker(self, row: _Row) -> tuple[str | None, AgencyKind]:
        """Whose child it is: one person, at children's social care unless the cell names another agency."""
        words = row.values.get("worker", "")
        read = read_owner(words)
        if is_formula(words):
            self.flag(row, "worker", FORMULA)
        elif read.person is None and words and not _NOBODY.fullmatch(words.lower()):
            self.flag(row, "worker", f"“{_short(words)}” names no worker: nobody is allocated.")
        elif read.person is not None and read.is_shared:
            self.flag(
                row,
                "worker",
                f"More than one worker: “{_short(read.person)}” is taken as the lead; the others are only named here.",
            )
        return read.person, read.agency or AgencyKind.SOCIAL_CARE

    def keep(self, child: PlannedChild) -> None:
        self.children[child.local_number] = child
        self.by_name.setdefault(_plain(child.name), []).append(child.local_number)

    def keep_open(self) -> None:
        """A closed child with something still to do stays open: else nobody would look at that any more."""
        todo = Counter(action.child_number for action in self.actions if not action.state.is_ended)
        for number, row in self.closed.items():
            if unfinished := todo[number]:
                self.children[number] = replace(self.children[number], is_open=True)
                words = f"Closed, but {count_of(unfinished, 'action')} of this child is unfinished: kept open."
                self.flag(row, "status", words if unfinished == 1 else words.replace(" is ", " are "))

    def child_of(self, row: _Row) -> str | None:
        """The number of the child a row of the log is about; None after a problem that stops."""
        number, name = row.values.get("number", ""), row.values.get("child", "")
        if not number or is_formula(number):
            known = self.by_name.get(_plain(name), []) if name else []
            if len(known) == 1 and not number:
                self.flag(
                    row, "number", f"No number: taken as {self.children[known[0]].name}, the only child of that name."
                )
                return known[0]
            why = "more than one child has that name" if len(known) > 1 else "no child of that name is listed"
            self.flag(
                row,
                "number",
                f"There is no number, and {why if name else 'no name'}: we cannot tell which child.",
                True,
            )
            return None
        child = self.children.get(number)
        if child is None:
            if too_long := _too_long(number, name):
                self.flag(row, *too_long, True)
                return None
            self.flag(row, "number", f"Number {_short(number)} is in the log but not in the list of children.")
            values = {"number": number, "name": name}
            shown = "" if is_formula(name) else name
            self.keep(
                PlannedChild(
                    number, shown or f"Child {number}", None, None, AgencyKind.SOCIAL_CARE, None, (), "", None, True,
                    row.sheet, row.number, number, content_hash(values), values,
                )
            )  # fmt: skip
        elif name and not same_child(name, child.name):
            belongs_to_another = _plain(name) in self.by_name
            self.flag(
                row,
                "child",
                f"Number {_short(number)} is {child.name}, but this row says “{_short(name)}”.",
                belongs_to_another,
            )
            if belongs_to_another:
                return None
        return number

    def action(self, row: _Row) -> None:
        if self.repeated(row):
            return
        what = row.values["what"]
        if not what:
            return self.flag(row, "what", "This row says no action.", True)
        if is_formula(what):
            self.flag(row, "what", FORMULA)
        ref = row.values.get("ref", "")
        if ref and (first := self.action_rows.get(ref)):
            words = f"Rows {first.row} and {row.number} both have reference {_short(ref)} but differ."
            if first.sheet != row.sheet:
                words = f"{words} Row {first.row} is on “{first.sheet}”."
            return self.flag_both(first, row, "ref", words)
        number = self.child_of(row)
        if number is None:
            return None
        action = self.build(row, ref, number, what)
        self.actions.append(action)
        if ref:
            self.action_rows[ref] = action
        return None

    def build(self, row: _Row, ref: str, number: str, what: str) -> PlannedAction:
        due, state = read_day(row.cells.get("due")), read_state(row.cells.get("state"))
        notes = tuple(in_time(note, self.today) for note in read_notes(row.cells.get("notes")))
        owner = self.owner(row)
        set_on, is_said = self.day_set(row, notes)
        if due.day is None:
            said = f"the cell says “{_short(due.words)}”" if due.words else "the cell is empty"
            self.flag(
                row, "due", f"{due.problem} Kept as no date agreed." if due.problem else f"No date agreed: {said}."
            )
        elif is_said and due.day < set_on:
            self.flag(row, "due", "The date due is before the action was agreed.")
        self.flag(row, "state", state.problem)
        for note in notes:
            self.flag(row, "notes", note.problem)
        return PlannedAction(
            lasting_ref(ref) if ref else self.key(row), content_hash(row.said), ref, number, set_on, what,
            owner.person, owner.agency, owner.contributors, owner.is_shared, due, state.state,
            "" if _plain(state.words) in _STATES else state.words,
            self.ended_on(row, state, notes, set_on, is_said), notes, sum(note.kind == CARRIED for note in notes),
            row.sheet, row.number, row.said,
        )  # fmt: skip

    def day_set(self, row: _Row, notes: tuple[Note, ...]) -> tuple[date, bool]:
        """The day it was agreed, and whether the row says so itself."""
        read = read_day(row.cells.get("set_on"))
        if read.day is not None and read.day <= self.today:
            return read.day, True
        why = read.problem or "It does not say when this was agreed."
        if read.day is not None:
            why = f"{full_day(read.day)} is after today."
        noted = [note.day for note in notes if note.day]
        day, basis = (min(noted), "its first note") if noted else (self.today, "the day of the import")
        self.flag(row, "set_on", f"{why} Counted from {full_day(day)}, {basis}.")
        return day, False

    def owner(self, row: _Row) -> OwnerRead:
        owner = read_owner(row.cells.get("owner"))
        words = row.values.get("agency", "")
        if words and owner.agency is None:
            beside = read_owner(words)
            if beside.agency is None:
                self.flag(row, "agency", f"“{_short(words)}” is not an agency we know.")
            else:
                shared = owner.is_shared or beside.is_shared
                problem = _owner_problem(Contributor(owner.person, beside.agency), shared)
                others = owner.contributors + beside.contributors
                owner = OwnerRead(owner.person, beside.agency, others, shared, problem)
        self.flag(row, "owner", owner.problem)
        return owner

    def ended_on(
        self, row: _Row, state: StateRead, notes: tuple[Note, ...], set_on: date, is_said: bool
    ) -> date | None:
        """The day it ended: as typed, else its last note that says so; else the best the row has, flagged."""
        typed = read_day(row.cells.get("ended_on"))
        self.flag(row, "ended_on", typed.problem)
        if not state.state.is_ended:
            if typed.day or any(note.kind == ENDED for note in notes):
                words = f"The status is “{_short(state.words)}”, but elsewhere the row says it has ended: kept as open."
                self.flag(row, "state", words)
            return None
        said = [day for day in (typed.day, *(n.day for n in reversed(notes) if n.kind == ENDED)) if day]
        if possible := [day for day in said if day <= self.today]:
            if is_said and possible[0] < set_on:
                self.flag(row, "ended_on" if typed.day else "notes", "It ended before it was agreed.")
            return possible[0]
        noted = [note.day for note in notes if note.day]
        if noted:
            day, basis = max(noted), "its last note"
        else:
            day, basis = set_on, "the day it was agreed" if is_said else "the day of the import"
        why = f"{full_day(said[0])} is after today." if said else "It has ended, but does not say when."
        name = "ended_on" if "ended_on" in row.cells else "state"
        self.flag(row, name, f"{why} Counted as ended on {full_day(day)}, {basis}.")
        return day

    def key(self, row: _Row) -> str:
        """The lasting name of a row without a reference: its child, meeting and words, and which of those alike."""
        said = row.said
        child = said.get("number") or said.get("child", "")
        words = "\x1f".join((child, said.get("set_on", ""), _plain(said["what"])))
        digest = sha256(words.encode("utf-8", "replace")).hexdigest()[:24]
        self.repeats[digest] += 1
        nth = self.repeats[digest]
        return f"row-{digest}" if nth == 1 else f"row-{digest}-{nth}"


LONGEST_NUMBER, LONGEST_NAME = 40, 200


def _too_long(number: str, name: str) -> tuple[str, str] | None:
    if len(number) > LONGEST_NUMBER:
        return "number", f"“{_short(number)}” is too long for a child’s number: {LONGEST_NUMBER} characters at most."
    if len(name) > LONGEST_NAME:
        return "name", f"This name is too long: {LONGEST_NAME} characters at most."
    return None


def lasting_ref(ref: str) -> str:
    """The lasting name of a row with a reference; of a very long one, its fingerprint."""
    return ref if len(ref) <= 100 else f"ref-{sha256(ref.encode('utf-8', 'replace')).hexdigest()[:24]}"


def is_another_action(old_values: AnyMapping[str, str], new_values: AnyMapping[str, str]) -> bool:
    """True where one reference stands for two actions, as when a new year's log begins again at A001: at least two
    of child, meeting and words differ."""
    return sum(old_values.get(name, "") != new_values.get(name, "") for name in ("number", "set_on", "what")) >= 2


def is_closed_word(words: str) -> bool:
    """True for words of the list of children that say a child is no longer discussed."""
    return _CLOSED_CHILD.fullmatch(_plain(words)) is not None


def is_carry_note(words: str) -> bool:
    """True for words of an updates cell that say it was carried."""
    return any(note.kind == CARRIED for note in read_notes(words))


def same_child(said: str, name: str) -> bool:
    """True where a cell says the child's name, one of its parts, or the initials."""
    said, name = _plain(said), _plain(name)
    parts = name.split()
    initials = "".join(part[0] for part in parts)
    letters = said.replace(".", "").replace(" ", "")
    return (
        said == name
        or said in parts
        or letters == initials
        or said.split() == parts[::-1]
        or said.split(", ") == parts[::-1]
    )


def content_hash(values: AnyMapping[str, str]) -> str:
    """A fingerprint of a row's words, the same however its columns are ordered."""
    joined = "\x1e".join(f"{name}\x1f{values[name]}" for name in sorted(values))
    return sha256(joined.encode("utf-8", "replace")).hexdigest()


def differences(old_values: AnyMapping[str, str], new_values: AnyMapping[str, str]) -> list[tuple[str, str, str]]:
    """The cells of a row that changed between two copies: field, old words, new words."""
    names = list(dict.fromkeys([*old_values, *new_values]))
    pairs = ((name, old_values.get(name, ""), new_values.get(name, "")) for name in names)
    return [(name, old, new) for name, old, new in pairs if old != new]


def truth(made: Plan) -> dict[str, object]:
    """The counts a coordinator can check against the spreadsheet."""
    return {
        "children": len(made.children),
        "actions": len(made.actions),
        "open": sum(not action.state.is_ended for action in made.actions),
        "carried": {action.ref or f"{action.sheet} row {action.row}": action.carried for action in made.actions},
        "no_date": sum(action.due.day is None for action in made.actions),
        "shared_owner": sum(action.is_shared for action in made.actions),
    }
