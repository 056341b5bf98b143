"""A workbook between upload and import: whose it is, what is in it, how its columns are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.choices import Choices, suggested
from mace.domain.errors import Refused
from mace.domain.policy import Actor
from mace.domain.tracker import SheetKind, cell_text, suggest, suggest_mapping
from mace.history import Seen
from mace.intake.workbook import Kind, Sheet, WorkbookError, kind_of, open_workbook
from mace.models import ImportMapping, Upload

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that can be read."""

    content: bytes
    kind: Kind
    digest: str
    sheets: tuple[Sheet, ...]

    @property
    def named(self) -> list[tuple[str, list[tuple[object, ...]]]]:
        """Its sheets by name."""
        return [(sheet.name, list(sheet.rows)) for sheet in self.sheets]


def look_into(content: bytes, file_name: str) -> Looked:
    """Open a file that somebody chose. Raises :class:`Refused` with what to do where it cannot be read."""
    kind = kind_of(file_name)
    try:
        sheets = tuple(open_workbook(content, kind).sheets)
    except WorkbookError as wrong:
        raise Refused(str(wrong), "file") from wrong
    if not any(sheet.rows for sheet in sheets):
        raise Refused("There is nothing in this file.", "file")
    return Looked(content, kind, sha256(content).hexdigest(), sheets)


@dataclass(frozen=True, slots=True)
class UploadPage:
    """An upload of this person, without its contents."""

    id: UUID
    kind: str
    size: int
    digest: str
    uploaded_at: datetime
    choices: Choices
    seen: Seen


def get_upload(session: MaceSession, actor: Actor, today: date, upload_id: UUID) -> UploadPage:
    """One's own upload. Raises ``NotThere`` for anybody else's, or one that was imported or given up."""
    statement = sa.select(
        col(Upload.id),
        col(Upload.file_kind),
        sa.func.length(col(Upload.content)),
        col(Upload.digest),
        col(Upload.uploaded_at),
        col(Upload.choices),
    ).where(col(Upload.id) == upload_id)
    found = scope.one_row(session, scope.own(statement, Upload.person_id, actor))
    kept = Choices.from_json(found[5])
    seen = Seen("upload", (upload_id,), scope="self")
    return UploadPage(found[0], found[1], found[2], found[3], found[4], kept, seen)


def find_unfinished(session: MaceSession, actor: Actor) -> tuple[UUID, datetime] | None:
    """The upload this person has not finished with."""
    statement = (
        sa.select(col(Upload.id), col(Upload.uploaded_at))
        .order_by(col(Upload.uploaded_at).desc(), col(Upload.id))
        .limit(1)
    )
    found = rows(session, scope.own(statement, Upload.person_id, actor))
    return (found[0][0], found[0][1]) if found else None


def read_sheets(session: MaceSession, actor: Actor, upload_id: UUID) -> list[Sheet]:
    """The sheets of one's own upload, read again from what was kept."""
    statement = sa.select(col(Upload.content), col(Upload.file_kind)).where(col(Upload.id) == upload_id)
    content, kind = scope.one_row(session, scope.own(statement, Upload.person_id, actor))
    return open_workbook(content, "csv" if kind == "csv" else "xlsx").sheets


@dataclass(frozen=True, slots=True)
class ColumnShape:
    """One column: its heading, the first things under it, and what we take it for."""

    index: int
    letters: str
    heading: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class SheetShape:
    """One sheet and how it is read; ``kind`` is empty where it is not used."""

    name: str
    rows: int
    kind: SheetKind | None
    heading_row: int
    columns: tuple[ColumnShape, ...]


Asked = Mapping[int, tuple[SheetKind | None, int]]
"""For sheets by their place in the file: what the sheet is, and its heading row."""


def list_shapes(sheets: Sequence[Sheet], choices: Choices, asked: Asked | None = None) -> tuple[SheetShape, ...]:
    """The sheets as the page of columns shows them: as chosen before, or as just asked, with suggestions."""
    return tuple(_shape(sheet, choices, (asked or {}).get(place)) for place, sheet in enumerate(sheets))


def _shape(sheet: Sheet, choices: Choices, asked: tuple[SheetKind | None, int] | None) -> SheetShape:
    chosen = choices.mapping_of(sheet.name)
    if asked is not None and (chosen is None or asked != (chosen.kind, chosen.heading_row)):
        kind, heading_row = asked
        chosen = suggest_mapping(_row(sheet, heading_row), kind, heading_row) if kind else None
    elif chosen is None:
        looks = suggest(sheet.rows)
        kind, heading_row = None, looks.heading_row if looks else 1
    else:
        kind, heading_row = chosen.kind, chosen.heading_row
    fields = {index: name for name, index in chosen.columns.items()} if chosen else {}
    columns = _columns(sheet, heading_row, fields) if kind else ()
    return SheetShape(sheet.name, len(sheet.rows), kind, heading_row, columns)


def _row(sheet: Sheet, number: int) -> Sequence[object]:
    return sheet.rows[number - 1] if 1 <= number <= len(sheet.rows) else ()


def _columns(sheet: Sheet, heading_row: int, fields: Mapping[int, str]) -> tuple[ColumnShape, ...]:
    under = [row for row in sheet.rows[heading_row : heading_row + 200] if row]
    headings = _row(sheet, heading_row)
    width = max([len(headings), *(len(row) for row in under)], default=0)
    shown = []
    for index in range(width):
        heading = cell_text(headings[index]) if index < len(headings) else ""
        texts = (cell_text(row[index]) for row in under if index < len(row) and row[index] is not None)
        samples = tuple(dict.fromkeys(text[:60] for text in texts if text))[:SAMPLES]
        if heading or samples:
            shown.append(ColumnShape(index, letters(index), heading, samples, fields.get(index, "")))
    return tuple(shown)


def letters(index: int) -> str:
    """The name a spreadsheet gives to a column, counted from 0: A, B, … Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def heading_words(sheet: Sheet, heading_row: int, columns: Mapping[str, int]) -> dict[str, str]:
    """The heading of each matched column, by which it is found again where columns moved."""
    headings = _row(sheet, heading_row)
    words = {name: cell_text(headings[index]) if index < len(headings) else "" for name, index in columns.items()}
    return words if all(words.values()) else {}


@dataclass(frozen=True, slots=True)
class MappingLine:
    """A named way to read a workbook."""

    id: UUID
    name: str
    saved_at: datetime
    sheets: tuple[str, ...]


def list_mappings(session: MaceSession) -> tuple[MappingLine, ...]:
    """Named mappings by name. They name columns, no child."""
    found = session.exec(select(ImportMapping).order_by(col(ImportMapping.name), col(ImportMapping.id))).all()
    return tuple(
        MappingLine(one.id, one.name, one.saved_at, tuple(name for name, _ in Choices.from_json(one.content).sheets))
        for one in found
    )


def find_mapping(session: MaceSession, name: str) -> Choices | None:
    """The mapping of this name."""
    found = session.exec(select(ImportMapping.content).where(ImportMapping.name == name)).one_or_none()
    return Choices.from_json(found) if found is not None else None


def suggested_for(looked: Looked) -> Choices:
    """How we would read a file that was just opened."""
    return suggested(looked.named)
