"""Words that stand in one record only: made-up streets, surnames, nicknames and registrations.

A test that finds one of them where somebody reads another child's record has found a leak. Each is worked out from the
number of the record and the field it stands in, so that nothing about them needs to be stored.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from types import MappingProxyType

from mace.domain.vocabulary import Sex

SUBJECTS = 30
"""How many records have words of their own: 26 children, then two places, a group and a person of concern."""
MOST_ACTIONS = 5
"""The most actions that one record has words for."""


def _each(*fields: str) -> tuple[str, ...]:
    """The fields of every action of a record, by its place among them."""
    return tuple(f"{field} {n}" for n in range(1, MOST_ACTIONS + 1) for field in fields)


FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "place": (
            *("school", "send needs", "neurodiversity", "placing authority", "why", "not taken", "closing"),
            *("worry", "changed", "life", "decision", "not heard", "plan to hear", "rationale", "dissent"),
            *("contingency", "safety", "no action", "who tells", "event", "working with", "what happens"),
            *("left off", "put off", "anyway", "correction", "disagree", "not mine", "told by hand"),
            *("brief: seen", "brief: changed", "brief: need", "brief: tells"),
            *_each("action"),
        ),
        "name": (
            *("source", "responsible", "link"),
            *_each("why", "contingency", "update", "evidence", "reason", "chase", "meanwhile", "covers", "answer"),
        ),
        "nick": ("also known as", "says", "analysis", "brief: says", *_each("action")),
        "reg": ("information", "responsible", *_each("action")),
    }
)
"""For each kind of word, the fields that hold one."""

_ROADS = (
    *("Thack", "Brind", "Quarn", "Skelden", "Hasken", "Pellen", "Cander", "Ravel", "Ingel", "Lox", "Merrin", "Nesper"),
    *("Penna", "Rudden", "Salder", "Trill", "Ulver", "Vesper", "Whinna", "Yarl", "Adder", "Croxen", "Drayen", "Elver"),
    *("Farrin", "Gristen", "Jarvis", "Kellan", "Morten", "Ottal", "Tolver", "Hollin", "Fennel", "Wexen", "Osper"),
    *("Corven", "Tamber", "Bexen", "Dunster", "Gorse", "Hempen", "Ister", "Karn", "Lumber", "Mossen", "Norden"),
    *("Pasker", "Rethen"),
)
_PLACES = (
    *("mere", "dene", "wick", "combe", "thorpe", "holt", "garth", "stead", "moor", "beck", "fold", "shaw"),
    *("hurst", "low", "gate", "croft", "lea", "wold", "rigg", "side", "green", "well", "ford", "brook"),
    *("field", "land", "cliff", "acre", "barrow", "crest"),
)
_FAMILIES = (
    *("Thack", "Brind", "Quarn", "Skeld", "Hask", "Pell", "Cand", "Rav", "Ing", "Lox", "Merr", "Nesp"),
    *("Penn", "Rudd", "Sald", "Trill", "Ulv", "Vess", "Whinn", "Yarl", "Add", "Crox", "Drayn", "Elv"),
    *("Farr", "Grist", "Jarv", "Kell", "Mort", "Ott", "Tolv", "Holl", "Fenn", "Wex", "Osp", "Corv"),
    *("Tamm", "Bexl", "Dunst", "Gorr", "Hemp", "Ist", "Karn", "Lumb", "Moss", "Norr", "Pask", "Reth"),
)
_SURNAMES = (
    *("by", "erton", "ingham", "aby", "son", "ard", "ett", "ill", "ock", "ory", "ane", "eman"),
    *("aster", "idge", "wright", "kin", "ander", "ovan", "ury", "oll", "ewin", "ister", "oway", "orne"),
    *("effer", "arty", "ibald", "oyle", "utton", "imore", "egan", "ison", "alin", "erby", "umber", "igan"),
)
_NICKS = (
    ("Ba", "Bri", "Che", "Da", "De", "Fi", "Ja", "Ke", "Lo", "Ma", "Mo", "Ni", "Ra", "Re", "Ro", "Sha", "Te", "Zi"),
    ("zzo", "mmo", "xie", "zza", "nko", "rko", "ffo", "jay", "zed", "vvo", "ddo", "kko", "sko", "lzi", "lbo"),
)
_STRIDE = 7919
"""A prime: neighbouring fields get words that begin differently."""
_LETTERS = "ABCDEFGHJKLMNOPRSTUVWXY"
_YEARS = ("14", "64", "15", "65", "16", "66", "17", "67", "18", "68", "19", "69", "20", "70", "21", "71")


def _registrations() -> tuple[str, ...]:
    """Number plates in today's pattern, of an area that issues none."""
    letters = len(_LETTERS)
    ends = (
        _LETTERS[n % letters] + _LETTERS[n * 7 % letters] + _LETTERS[n * 3 // letters % letters] for n in range(240)
    )
    return tuple(f"XN{_YEARS[n % len(_YEARS)]} {end}" for n, end in enumerate(ends))


POOLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "place": tuple(one + two for two, one in product(_PLACES, _ROADS)),
        "name": tuple(one + two for two, one in product(_SURNAMES, _FAMILIES)),
        "nick": tuple(one + two for two, one in product(_NICKS[1], _NICKS[0])),
        "reg": _registrations(),
    }
)
SLOT = re.compile(r"\{(\w+)\}")
_FOUND = re.compile(r"[A-Z]{2}\d\d [A-Z]{3}|[A-Z][a-z]+")


def canary(kind: str, number: int, field: str) -> str:
    """The word of this kind that stands in this field of this record, and in no other."""
    fields, pool = FIELDS[kind], POOLS[kind]
    return pool[(number * len(fields) + fields.index(field)) * _STRIDE % len(pool)]


@cache
def every_canary() -> Mapping[str, tuple[int, str]]:
    """Every word there is, with the number of its record and the field."""
    return MappingProxyType(
        {
            canary(kind, number, field): (number, field)
            for kind, fields in FIELDS.items()
            for number in range(SUBJECTS)
            for field in fields
        }
    )


def canaries_in(words: str) -> Iterator[str]:
    """The canaries that stand in a text."""
    known = every_canary()
    return (found for found in _FOUND.findall(words) if found in known)


@dataclass(frozen=True, slots=True)
class Voice:
    """What is said in one record: fills the slots of a text with the words of that record alone."""

    number: int
    first: str
    sex: Sex = Sex.NOT_KNOWN

    def say(self, field: str, words: str, **more: str) -> str:
        """The text with every slot filled. Raises ``KeyError`` or ``ValueError`` for a slot the field does not have."""
        known = {**self._pronouns(), "first": self.first, **more}
        return SLOT.sub(lambda slot: known.get(slot[1]) or canary(slot[1], self.number, field), words)

    def _pronouns(self) -> dict[str, str]:
        she = self.sex is Sex.FEMALE
        they, them, their, theirs = ("she", "her", "her", "hers") if she else ("he", "him", "his", "his")
        themself = "herself" if she else "himself"
        return {
            "themself": themself,
            "they": they,
            "They": they.capitalize(),
            "them": them,
            "their": their,
            "theirs": theirs,
        }
