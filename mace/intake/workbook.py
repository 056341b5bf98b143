"""Open somebody else's workbook safely: rows of plain values, or one plain sentence that says why not.

Formulas are never worked out: a cell that holds one gives its text, starting with "=". The sheets are streamed, so
that empty rows cost next to nothing, and nothing is unpacked beyond fixed limits.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, cast

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

Kind = Literal["xlsx", "csv"]
Value = str | int | float | bool | date | None
Row = tuple[Value, ...]

FILE_LIMIT: Final = 10 * 1024 * 1024
UNPACKED_LIMIT: Final = 400 * 1024 * 1024
TEXT_LIMIT: Final = 80 * 1024 * 1024
PART_LIMIT: Final = 10 * 1024 * 1024
ROW_LIMIT: Final = 60_000
COLUMN_LIMIT: Final = 200
SHEET_LIMIT: Final = 50
STRING_LIMIT: Final = 600_000
MERGE_LIMIT: Final = 20_000
LAST_ROW: Final = 1_048_576
LETTERS_LIMIT: Final = 40_000_000
CELLS_LIMIT: Final = 2_000_000
LINES_LIMIT: Final = 3_000_000
"""Over all sheets: letters typed into cells, cells with something in them, and rows, empty ones among them."""
CELL_LIMIT: Final = 32_767
_CHUNK: Final = 1 << 18

_NOT_A_WORKBOOK = "This is not an Excel workbook. Open it in Excel, save it as .xlsx and choose that file."
_DAMAGED = "This workbook is damaged. Open it in Excel, save it again as .xlsx and choose that file."
_TOO_LARGE = (
    "This workbook unpacks to far more than a tracker holds. Save only the sheets you need as a new .xlsx file."
)
_OLD_OR_LOCKED = (
    "This workbook has a password, or is in the old .xls form. Open it in Excel, take the password off, "
    "and save it as .xlsx."
)
_TOO_MANY_ROWS = (
    f"This sheet has more than {ROW_LIMIT:,} rows with something in them. Take out the rows you do not need."
)


class WorkbookError(Exception):
    """Why a file cannot be read, in a plain sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet; the first of ``rows`` is row 1, and a row without words may be an empty tuple."""

    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a file, in its order, hidden ones too."""

    sheets: list[Sheet]


def kind_of(file_name: str) -> Kind:
    """What a file is by its name; a file that is neither is opened as a workbook, and refused as one."""
    return "csv" if file_name.lower().endswith((".csv", ".tsv", ".txt")) else "xlsx"


def open_workbook(content: bytes, kind: Kind) -> Workbook:
    """Read a file that somebody chose; :class:`WorkbookError` where it cannot be read."""
    if not content:
        raise WorkbookError("This file is empty.")
    if len(content) > FILE_LIMIT:
        raise WorkbookError("This file is larger than 10 MB. Save only the sheets you need as a new file.")
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise WorkbookError(_OLD_OR_LOCKED)
    is_zip = content.startswith(b"PK")
    if kind == "csv":
        if is_zip:
            raise WorkbookError("This is not a CSV file. If it is an Excel workbook, its name must end in .xlsx.")
        return Workbook([Sheet("CSV", _csv_rows(content))])
    if not is_zip:
        raise WorkbookError(_NOT_A_WORKBOOK)
    try:
        return _xlsx(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, OSError) as error:
        raise WorkbookError(_DAMAGED) from error
    except DefusedXmlException as error:
        raise WorkbookError(_NOT_A_WORKBOOK) from error
    except (ValueError, IndexError, OverflowError) as error:
        raise WorkbookError(_DAMAGED) from error


# --- CSV ------------------------------------------------------------------------------------------------------------


def _csv_rows(content: bytes) -> list[Row]:
    text = _decoded(content)
    rows: list[Row] = []
    filled = 0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            row = tuple(cell[:CELL_LIMIT] for cell in cells[:COLUMN_LIMIT]) if any(cells) else ()
            rows.append(row)
            filled += bool(row)
            if filled > ROW_LIMIT:
                raise WorkbookError(_TOO_MANY_ROWS)
            if len(rows) > LAST_ROW:
                raise WorkbookError(_TOO_LARGE)
    except csv.Error as error:
        raise WorkbookError("This CSV file is damaged: a quotation mark is opened and never closed.") from error
    return _without_tail(rows)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise WorkbookError("This is not a CSV file.") from error
    if b"\0" in content:
        raise WorkbookError("This is not a CSV file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """The mark that cuts the first lines into the most columns, most evenly."""
    head = text[:65_536]

    def score(mark: str) -> tuple[int, int]:
        widths: list[int] = []
        try:
            for cells in csv.reader(io.StringIO(head, newline=""), delimiter=mark):
                widths.append(len(cells))
                if len(widths) == 60:
                    break
        except csv.Error:
            return 0, 0
        wide = [width for width in widths if width > 1]
        return (max(wide.count(width) for width in set(wide)), max(wide)) if wide else (0, 0)

    return max(",;\t|", key=score)


def _without_tail(rows: list[Row]) -> list[Row]:
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    return rows


# --- XLSX -----------------------------------------------------------------------------------------------------------


class _Package:
    """The parts of a workbook, unpacked within one allowance."""

    def __init__(self, content: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(content))
        self.names = {info.filename.lower(): info for info in self.archive.infolist()[:2000]}
        self.left = UNPACKED_LIMIT
        self.letters, self.cells, self.lines = LETTERS_LIMIT, CELLS_LIMIT, LINES_LIMIT

    def take(self, letters: int = 0, cells: int = 0, lines: int = 0) -> None:
        """Use some of what one workbook may hold over all its sheets."""
        self.letters -= letters
        self.cells -= cells
        self.lines -= lines
        if self.letters < 0 or self.cells < 0 or self.lines < 0:
            raise WorkbookError(_TOO_LARGE)

    def has(self, name: str) -> bool:
        return name.lower() in self.names

    def chunks(self, name: str, limit: int) -> Iterator[bytes]:
        """The bytes of a part; what the archive claims about its size is not believed."""
        info = self.names[name.lower()]
        if info.flag_bits & 1:
            raise WorkbookError(_OLD_OR_LOCKED)
        taken = 0
        with self.archive.open(info) as part:
            while chunk := part.read(_CHUNK):
                taken += len(chunk)
                self.left -= len(chunk)
                if taken > limit or self.left < 0:
                    raise WorkbookError(_TOO_LARGE)
                yield chunk


def _xlsx(content: bytes) -> Workbook:
    package = _Package(content)
    if package.has("EncryptedPackage"):
        raise WorkbookError(_OLD_OR_LOCKED)
    root = _relations(package, "_rels/.rels") if package.has("_rels/.rels") else {}
    book = next((path for kind, path in root.values() if kind == "officeDocument"), "xl/workbook.xml")
    if not package.has(book):
        raise WorkbookError(_NOT_A_WORKBOOK)
    folder, _, file = book.rpartition("/")
    related = _relations(package, f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels", folder)
    names, starts_1904 = _sheet_names(package, book)
    by_kind = {kind: path for kind, path in related.values()}
    strings = _shared_strings(package, by_kind.get("sharedStrings", f"{folder}/sharedStrings.xml"))
    dated = _date_styles(package, by_kind.get("styles", f"{folder}/styles.xml"))
    first_day = datetime(1904, 1, 1) if starts_1904 else datetime(1899, 12, 30)
    sheets = []
    for name, relation in names[:SHEET_LIMIT]:
        kind, path = related.get(relation, ("", ""))
        if kind == "worksheet":
            sheets.append(Sheet(name, _SheetReader(package, strings, dated, first_day).read(path)))
    if not sheets:
        raise WorkbookError("This workbook has no sheet with rows in it.")
    return Workbook(sheets)


Start = Callable[[str, Any], None]
End = Callable[[str], None]


class _Listener:
    """What the parser calls; names come without their prefix."""

    def __init__(self, start: Start, end: End, words: Callable[[str], None]) -> None:
        self.start, self.end, self.characters = start, end, words

    def startElement(self, name: str, attributes: Any) -> None:
        self.start(name.rpartition(":")[2], attributes)

    def endElement(self, name: str) -> None:
        self.end(name.rpartition(":")[2])

    def startDocument(self) -> None: ...

    def endDocument(self) -> None: ...

    def setDocumentLocator(self, locator: object) -> None: ...

    def ignorableWhitespace(self, words: str) -> None: ...

    def processingInstruction(self, target: str, data: str) -> None: ...

    def skippedEntity(self, name: str) -> None: ...


def _parse(chunks: Iterator[bytes], start: Start, end: End, words: Callable[[str], None]) -> None:
    """Feed a part to a parser that refuses document types and entities."""
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(cast(Any, _Listener(start, end, words)))
    parser.setErrorHandler(cast(Any, _Strict()))
    for chunk in chunks:
        parser.feed(chunk)
    parser.close()


class _Strict:
    """Every fault in the mark-up ends the reading."""

    def error(self, fault: Exception) -> None:
        raise WorkbookError(_DAMAGED) from fault

    fatalError = error

    def warning(self, fault: Exception) -> None: ...


def _nothing(*_: object) -> None: ...


def _relations(package: _Package, name: str, folder: str = "") -> dict[str, tuple[str, str]]:
    """The related parts of a part, by their id: last word of the type, and path."""
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Any) -> None:
        if tag == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") or not folder else f"{folder}/{target}"
            while "/../" in path:
                path = re.sub(r"[^/]*/\.\./", "", path, count=1)
            found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], path.replace("/./", "/"))

    if package.has(name):
        _parse(package.chunks(name, PART_LIMIT), start, _nothing, _nothing)
    return found


def _sheet_names(package: _Package, name: str) -> tuple[list[tuple[str, str]], bool]:
    names: list[tuple[str, str]] = []
    starts_1904 = False

    def start(tag: str, attributes: Any) -> None:
        nonlocal starts_1904
        if tag == "sheet":
            relation = next((attributes[key] for key in attributes.getNames() if key.rpartition(":")[2] == "id"), "")
            names.append((attributes.get("name", "Sheet")[:100], relation))
        elif tag == "workbookPr":
            starts_1904 = attributes.get("date1904", "0") in ("1", "true")

    _parse(package.chunks(name, PART_LIMIT), start, _nothing, _nothing)
    return names, starts_1904


def _date_styles(package: _Package, name: str) -> frozenset[str]:
    """The cell styles, by their number in words, that show a number as a day."""
    formats: dict[str, str] = {}
    dated: set[str] = set()
    inside = False
    count = 0

    def start(tag: str, attributes: Any) -> None:
        nonlocal inside, count
        if tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")[:500]
        elif tag == "cellXfs":
            inside = True
        elif tag == "xf" and inside:
            number = attributes.get("numFmtId", "0")
            shown = formats.get(number) or BUILTIN_FORMATS.get(int(number) if number.isdecimal() else 0, "General")
            if is_date_format(shown) or number in _LOCAL_DATES:
                dated.add(str(count))
            count += 1

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and tag != "cellXfs"

    if package.has(name):
        _parse(package.chunks(name, PART_LIMIT), start, end, _nothing)
    return frozenset(dated)


_LOCAL_DATES: Final = frozenset(str(number) for number in (*range(27, 37), *range(50, 59)))


def _shared_strings(package: _Package, name: str) -> list[str]:
    table = _StringTable()
    if package.has(name):
        _parse(package.chunks(name, TEXT_LIMIT), table.start, table.end, table.words)
    return table.strings


class _StringTable:
    """Gathers the shared strings of a workbook, without their phonetic guides."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self.parts: list[str] = []
        self.reading = self.phonetic = False

    def start(self, tag: str, _: Any) -> None:
        if tag == "si":
            self.parts.clear()
        elif tag == "t":
            self.reading = not self.phonetic
        elif tag == "rPh":
            self.phonetic = True

    def end(self, tag: str) -> None:
        if tag == "si":
            self.strings.append(_words(self.parts))
            if len(self.strings) > STRING_LIMIT:
                raise WorkbookError(_TOO_LARGE)
        elif tag == "t":
            self.reading = False
        elif tag == "rPh":
            self.phonetic = False

    def words(self, text: str) -> None:
        if self.reading:
            self.parts.append(text)


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _words(parts: list[str]) -> str:
    text = (parts[0] if len(parts) == 1 else "".join(parts))[:CELL_LIMIT]
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


# Cells and rows with nothing in them, as Excel writes them by the million; those that give no place are left in.
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]{1,3}\d{1,7}"[^<>]*/>')
_EMPTY_ROW = re.compile(rb'<row r="\d{1,7}"[^<>]*(?:/>|>\s*</row>)')
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def _without_empty(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same mark-up with empty cells and rows taken out before it is parsed, cut only between rows where it can."""
    rest = b""
    for chunk in chunks:
        held = rest + chunk
        cut = held.rfind(b"</row>") + 6
        if cut == 5:
            cut = held.rfind(b">") + 1
        rest = held[cut:]
        yield _stripped(held[:cut])
        if len(rest) > _CHUNK * 8:
            yield rest
            rest = b""
    yield _stripped(rest)


def _stripped(mark_up: bytes) -> bytes:
    if b"<!" in mark_up:  # a comment or CDATA: leave every byte where it is
        return mark_up
    return _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", mark_up))


class _SheetReader:
    """Reads one sheet, element by element."""

    def __init__(self, package: _Package, strings: list[str], dated: frozenset[str], first_day: datetime) -> None:
        self.package = package
        self.strings, self.dated, self.first_day = strings, dated, first_day
        self.rows: list[Row] = []
        self.filled = 0
        self.number = 0
        self.column = -1
        self.cells: list[Value] = []
        self.kind = self.style = ""
        self.formula: str | None = None
        self.parts: list[str] = []
        self.reading = self.phonetic = False
        self.columns: dict[str, int] = {}
        self.same: dict[str, str] = {}
        self.merged: list[str] = []

    def read(self, path: str) -> list[Row]:
        _parse(_without_empty(self.package.chunks(path, UNPACKED_LIMIT)), self.start, self.end, self.words)
        self.fill_merged()
        return _without_tail(self.rows)

    def start(self, tag: str, attributes: Any) -> None:
        if tag == "c":
            self.start_cell(attributes)
        elif tag in ("v", "t", "f"):
            self.reading = not self.phonetic
            if tag != "t":
                self.parts.clear()
        elif tag == "row":
            self.start_row(attributes)
        elif tag == "rPh":
            self.phonetic = True
        elif tag == "mergeCell" and len(self.merged) < MERGE_LIMIT:
            self.merged.append(attributes.get("ref", ""))

    def start_row(self, attributes: Any) -> None:
        given = attributes.get("r", "")
        number = int(given) if given.isdecimal() and len(given) < 9 else self.number + 1
        if not self.number < number <= LAST_ROW:
            raise WorkbookError(_DAMAGED)
        self.number = number
        self.column = -1
        self.cells = []

    def start_cell(self, attributes: Any) -> None:
        place = _PLACE.fullmatch(attributes.get("r", ""))
        self.column = self.column_number(place[1]) if place else self.column + 1
        self.kind = attributes.get("t", "n")
        self.style = attributes.get("s", "")
        self.formula = None
        self.parts.clear()

    def column_number(self, letters: str) -> int:
        number = self.columns.get(letters)
        if number is None:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - 64
            self.columns[letters] = number = number - 1
        return number

    def words(self, text: str) -> None:
        if self.reading:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        if tag == "c":
            self.end_cell()
        elif tag in ("v", "t"):
            self.reading = False
        elif tag == "f":
            self.reading = False
            self.formula = _words(self.parts)
            self.parts.clear()
        elif tag == "row":
            self.end_row()
        elif tag == "rPh":
            self.phonetic = False

    def end_cell(self) -> None:
        if self.column >= COLUMN_LIMIT:
            return
        value: Value
        if self.formula is not None:
            value = f"={self.formula or '(shared formula)'}"
        elif not self.parts:
            return
        else:
            value = self.value(_words(self.parts))
        if value is None or value == "":
            return
        if isinstance(value, str) and len(value) < 80:
            value = self.same.setdefault(value, value) if len(self.same) < 20_000 else self.same.get(value, value)
        short = self.column - len(self.cells)
        if short > 0:
            self.cells.extend([None] * short)
        if short >= 0:
            self.cells.append(value)
        else:
            self.cells[self.column] = value

    def value(self, words: str) -> Value:
        if self.kind == "s":
            return self.strings[int(words)]
        if self.kind in ("inlineStr", "str", "e"):
            self.package.take(letters=len(words))
            return words
        if self.kind == "b":
            return words.strip() == "1"
        if self.kind == "d":
            return datetime.fromisoformat(words.strip())
        return self.numeric(words.strip())

    def numeric(self, words: str) -> Value:
        if not words:
            return None
        whole = words.isdecimal() and words.isascii()
        if self.style in self.dated:
            return self.day(float(words))
        if whole:
            return int(words) if len(words) < 16 else words
        number = float(words)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number

    def day(self, serial: float) -> Value:
        """The day of a serial number; 1900 had no 29 February, whatever spreadsheets say."""
        if 0 <= serial < 1 and serial != 0:
            return (datetime.min + timedelta(days=serial)).time().isoformat("minutes")
        if self.first_day.year == 1899 and serial < 60:
            serial += 1
        try:
            return self.first_day + timedelta(seconds=round(serial * 86_400))
        except (OverflowError, ValueError):
            return serial

    def end_row(self) -> None:
        if not self.cells:
            return
        self.filled += 1
        if self.filled > ROW_LIMIT:
            raise WorkbookError(_TOO_MANY_ROWS)
        gap = self.number - 1 - len(self.rows)
        self.package.take(cells=len(self.cells), lines=gap + 1)
        if gap > 0:
            self.rows.extend([()] * gap)
        self.rows.append(tuple(self.cells))
        self.cells = []

    def fill_merged(self) -> None:
        """A cell merged down a column stands for every row it covers, as it does to the eye."""
        for reference in self.merged:
            found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", reference)
            if not found or found[1] != found[3]:
                continue
            column, first, last = self.column_number(found[1]), int(found[2]) - 1, int(found[4]) - 1
            if not 0 <= first < len(self.rows) or column >= len(self.rows[first]) or self.rows[first][column] is None:
                continue
            value = self.rows[first][column]
            for number in range(first + 1, min(last + 1, len(self.rows))):
                row = self.rows[number]
                if row and (column >= len(row) or row[column] is None):
                    cells = [*row, *[None] * (column + 1 - len(row))]
                    cells[column] = value
                    self.rows[number] = tuple(cells)
