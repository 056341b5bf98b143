"""What a person chose about a workbook before it is imported: sheets and columns, rows left out, cells put right."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from mace.domain import tracker
from mace.domain.tracker import Plan

Rows = Sequence[Sequence[object]]
Named = tuple[str, Rows]
"""A sheet of a workbook: its name and its rows."""


class Misfit(Exception):
    """A kept mapping does not fit this workbook, in a sentence that says what is missing."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All that was chosen. Rows are named by sheet and number, cells by sheet, number and field."""

    sheets: tuple[tuple[str, tracker.Mapping], ...] = ()
    left_out: frozenset[tuple[str, int]] = frozenset()
    fixes: Mapping[tuple[str, int, str], str] = field(default_factory=dict)

    def to_json(self) -> str:
        """As it is kept beside the workbook, or under a name."""
        return json.dumps(
            {
                "sheets": [{"name": name, **mapping.to_dict()} for name, mapping in self.sheets],
                "left_out": sorted(self.left_out),
                "fixes": [[*place, words] for place, words in sorted(self.fixes.items())],
            }
        )

    @classmethod
    def from_json(cls, kept: str) -> "Choices":
        """What was kept."""
        found = json.loads(kept)
        return cls(
            tuple((str(one["name"]), tracker.Mapping.from_dict(one)) for one in found.get("sheets", ())),
            frozenset((str(sheet), int(row)) for sheet, row in found.get("left_out", ())),
            {(str(sheet), int(row), str(name)): str(words) for sheet, row, name, words in found.get("fixes", ())},
        )

    def mapping_of(self, sheet: str) -> tracker.Mapping | None:
        """How a sheet is read, or None where it is not used."""
        return next((mapping for name, mapping in self.sheets if name == sheet), None)

    def read_as(self, sheets: Iterable[tuple[str, tracker.Mapping]]) -> "Choices":
        """The same with other columns. What was said about rows stays where a sheet keeps its heading row."""
        chosen = tuple(sheets)
        kept = {
            name
            for name, mapping in chosen
            if (before := self.mapping_of(name)) is not None
            and (before.kind, before.heading_row) == (mapping.kind, mapping.heading_row)
        }
        return Choices(
            chosen,
            frozenset(place for place in self.left_out if place[0] in kept),
            {place: words for place, words in self.fixes.items() if place[0] in kept},
        )

    def put_right(
        self,
        shown: Iterable[tuple[str, int]],
        left_out: Iterable[tuple[str, int]],
        fixes: Mapping[tuple[str, int, str], str],
    ) -> "Choices":
        """The same with what was said about the ``shown`` rows; an empty fix is none."""
        rows = set(shown)
        merged = {**self.fixes, **fixes}
        return replace(
            self,
            left_out=(self.left_out - rows) | (frozenset(left_out) & rows),
            fixes={place: words for place, words in merged.items() if words},
        )

    def plan(self, sheets: Iterable[Named], today: date) -> Plan:
        """What the workbook would make, read this way."""
        rows: dict[str, Rows] = {}
        for name, some in sheets:
            rows.setdefault(name, some)
        read = [(name, rows[name], mapping) for name, mapping in self.sheets if name in rows]
        return tracker.plan(read, today, self.left_out, self.fixes)


def suggested(sheets: Iterable[Named]) -> Choices:
    """The sheets that look like a list of children or a log of actions, with the columns we understand."""
    found = ((name, tracker.suggest(rows)) for name, rows in sheets)
    return Choices(tuple((name, mapping) for name, mapping in found if mapping is not None))


def fitted(kept: Choices, sheets: Iterable[Named]) -> Choices:
    """A kept mapping on another workbook: each sheet found by its name, else by its headings. Raises
    :class:`Misfit`."""
    here = list(sheets)
    found: list[tuple[str, tracker.Mapping]] = []
    for name, mapping in kept.sheets:
        taken = {one for one, _ in found}
        likely = sorted(here, key=lambda sheet: sheet[0].casefold() != name.casefold())
        fits = ((one, mapping.fitted(rows)) for one, rows in likely if one not in taken)
        first = next(((one, fit) for one, fit in fits if fit is not None), None)
        if first is None:
            headings = ", ".join(f"“{words}”" for words in mapping.headings.values())
            raise Misfit(f"No sheet here has the columns of “{name}”: {headings}.")
        found.append(first)
    return Choices(tuple(found))
