"""What a person may type while a spreadsheet comes in. Which fields there are depends on the file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from mace.domain.tracker import FIELDS, NEEDED, SheetKind, cell_text
from mace.intake.queries.changes import ChangeLine
from mace.intake.queries.people import NamedPerson
from mace.intake.queries.uploads import SheetShape
from mace.web.forms import (
    ChoiceField,
    FileField,
    Form,
    Needed,
    PickField,
    TextField,
    choices,
    clean,
)

KINDS: tuple[tuple[SheetKind, str], ...] = (("children", "A list of children"), ("actions", "A log of actions"))
LONGEST_CELL = 5_000


class UploadForm(Form):
    """The file itself."""

    file = FileField(
        "Choose the spreadsheet",
        validators=[Needed("Choose the spreadsheet")],
        description="An .xlsx or .csv file, up to 10 MB. Nothing is imported until you have checked it.",
    )

    def content(self) -> bytes:
        """The bytes of the file."""
        return bytes(self.file.data.read())

    def file_name(self) -> str:
        """What the file is called, which says what it is."""
        return str(self.file.data.filename or "")


# --- Columns --------------------------------------------------------------------------------------------------------


class ColumnsForm(Form):
    """Which sheets are read, and which column holds what. The fields of each sheet are added by
    :func:`columns_form`."""

    mapping = PickField("Read it by a named mapping")
    keep_as = TextField(
        "Keep these choices under a name",
        longest=100,
        description="Optional, for the next copy. A name that is there already gets these choices.",
    )

    def check(self, shapes: Sequence[SheetShape]) -> bool:
        """Whether every used sheet has its headings and columns; says beside each field what to do."""
        used = [(place, shape) for place, shape in enumerate(shapes) if self.kind_of(place)]
        if not used:
            self.refuse("Say what is on at least one sheet", "s0_kind")
        for place, shape in used:
            self._check_sheet(place, shape)
        return not self.errors and not self.form_errors

    def _check_sheet(self, place: int, shape: SheetShape) -> None:
        kind = self.kind_of(place)
        row = heading_row(str(self[f"s{place}_row"].data or ""))
        if row is None or row > shape.rows:
            self.refuse(
                f"“{shape.name}” has {shape.rows:,} rows: enter the number of the one with the headings",
                f"s{place}_row",
            )
            return
        taken: dict[str, str] = {}
        for column in shape.columns:
            name = f"s{place}_c{column.index}"
            field = str(self[name].data or "")
            label = FIELDS[kind].get(field, "") if kind else ""
            if field and field in taken:
                self.refuse(f"“{label}” is matched twice, with column {taken[field]} too: choose one of them", name)
            taken.setdefault(field, column.letters)
        missing = [FIELDS[kind][name] for name in NEEDED[kind] if name not in taken] if kind else []
        for label in missing:
            self.refuse(f"Choose the column of “{shape.name}” that holds “{label}”", f"s{place}_kind")

    def kind_of(self, place: int) -> SheetKind | None:
        """What a sheet is said to be."""
        return next((kind for kind, _ in KINDS if kind == self[f"s{place}_kind"].data), None)

    def columns_of(self, place: int, shape: SheetShape) -> dict[str, int]:
        """The matched columns of a sheet, by field."""
        return {
            str(field): column.index
            for column in shape.columns
            if (field := self[f"s{place}_c{column.index}"].data) not in (None, "")
        }

    def suggest_again(self, place: int, shape: SheetShape) -> None:
        """Forget what was chosen for columns that are no longer the same."""
        for column in shape.columns:
            self[f"s{place}_c{column.index}"].data = column.field


def columns_form(shapes: Sequence[SheetShape], mappings: Iterable[str]) -> ColumnsForm:
    """The form for these sheets."""
    fields: dict[str, Any] = {}
    values: dict[str, str] = {}
    for place, shape in enumerate(shapes):
        fields[f"s{place}_kind"] = PickField("What is on this sheet", choices=choices(KINDS, "Not used"))
        fields[f"s{place}_row"] = TextField("Row of the headings", longest=7)
        values[f"s{place}_kind"], values[f"s{place}_row"] = shape.kind or "", str(shape.heading_row)
        for column in shape.columns:
            offered = choices(FIELDS[shape.kind].items(), "Not used") if shape.kind else []
            fields[f"s{place}_c{column.index}"] = PickField(f"Column {column.letters}", choices=offered)
            values[f"s{place}_c{column.index}"] = column.field
    form = cast(ColumnsForm, type("SheetsForm", (ColumnsForm,), fields)(data=values))
    form.mapping.choices = choices(((name, name) for name in mappings), "Choose")
    return form


def read_asked(given: Mapping[str, Any], sheets: int) -> dict[int, tuple[SheetKind | None, int]]:
    """What the person says each sheet is, and where its headings are."""
    asked: dict[int, tuple[SheetKind | None, int]] = {}
    for place in range(sheets):
        kind = next((kind for kind, _ in KINDS if kind == given.get(f"s{place}_kind")), None)
        asked[place] = (kind, heading_row(str(given.get(f"s{place}_row", ""))) or 1)
    return asked


def heading_row(typed: str) -> int | None:
    """The number of a row, or None for what is no number."""
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 7 and int(typed) > 0 else None


# --- Rows -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowsTyped:
    """What was said about the rows of one page. ``too_long`` names cells that cannot be kept."""

    shown: frozenset[tuple[str, int]]
    left_out: frozenset[tuple[str, int]]
    fixes: dict[tuple[str, int, str], str]
    too_long: tuple[str, ...]


def read_rows(given: Any, sheets: Sequence[str]) -> RowsTyped:
    """Rows left out, and cells put right: only what differs from what stood in the box counts as a fix."""
    shown = {place for name in given.getlist("shown") if (place := _place(name, sheets)) is not None}
    left_out = {place for name in given.getlist("out") if (place := _place(name, sheets)) is not None}
    fixes: dict[tuple[str, int, str], str] = {}
    too_long = []
    for name, typed in given.items():
        parts = name.split(":")
        place = _place(":".join(parts[1:3]), sheets) if parts[0] == "fix" and len(parts) == 4 else None
        if place is None or place not in shown or not any(parts[3] in fields for fields in FIELDS.values()):
            continue
        words = cell_text(clean(typed))
        if words == cell_text(given.get(f"was:{':'.join(parts[1:])}", "")):
            continue
        if len(words) > LONGEST_CELL:
            too_long.append(name)
        fixes[(*place, parts[3])] = words
    return RowsTyped(frozenset(shown), frozenset(left_out), fixes, tuple(too_long))


def _place(name: str, sheets: Sequence[str]) -> tuple[str, int] | None:
    sheet, _, row = name.partition(":")
    number = heading_row(row)
    if not (sheet.isascii() and sheet.isdigit() and len(sheet) < 4 and int(sheet) < len(sheets)) or number is None:
        return None
    return sheets[int(sheet)], number


class RunForm(Form):
    """Where the import goes."""

    series = PickField("Series of meetings it goes into", wrong="Choose the series of meetings it goes into")
    new_series = TextField(
        "Name of the series of meetings",
        longest=200,
        description="There is no series yet. This makes one that expects every agency; you can change it later.",
    )

    def offer(self, series: Sequence[tuple[UUID, str]]) -> "RunForm":
        """Set the series to choose from; with none, one is made."""
        if series:
            self.series.choices = choices(series)
            del self.new_series
        else:
            del self.series
            self.new_series.validators = [*self.new_series.validators, Needed("Give the series of meetings a name")]
        return self


# --- Afterwards -----------------------------------------------------------------------------------------------------

DECISIONS = (("take", "Take the new"), ("keep", "Keep ours"))


class ActForm(Form):
    """One button."""


def changes_form(lines: Sequence[ChangeLine]) -> Form:
    """A choice for each changed cell; one that is left open keeps waiting."""
    fields = {
        change_field(line.id): ChoiceField(line.label, choices=choices(DECISIONS[1:] if line.stays else DECISIONS))
        for line in lines
    }
    return cast(Form, type("DecisionsForm", (Form,), fields)())


def change_field(change_id: UUID) -> str:
    """The name of the field for one changed cell."""
    return f"c_{change_id.hex}"


def people_form(people: Sequence[NamedPerson]) -> Form:
    """An account to choose for each named person."""
    fields = {
        person_field(person.id): PickField(
            f"{person.name} is",
            choices=choices([(one.id, one.words) for one in person.accounts], "Not matched yet"),
        )
        for person in people
    }
    return cast(Form, type("MatchesForm", (Form,), fields)())


def person_field(person_id: UUID) -> str:
    """The name of the field for one named person."""
    return f"p_{person_id.hex}"
