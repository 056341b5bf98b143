"""Opening somebody else's file: what is read as it stands, and one plain sentence for what cannot be read."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import openpyxl
import pytest

from mace.intake.workbook import (
    FILE_LIMIT,
    ROW_LIMIT,
    Kind,
    WorkbookError,
    kind_of,
    open_workbook,
)


def a_file(write: Callable[[Any], None], title: str = "Log") -> bytes:
    """A workbook with one sheet, written by Excel's own rules."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    write(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def raw(sheet: str, **parts: str) -> bytes:
    """A workbook whose sheet is exactly this mark-up."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'{head}<workbook {space} xmlns:r="{links}"><sheets><sheet name="Log" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{links}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml", parts.get("whole", f"{head}<worksheet {space}>{sheet}</worksheet>")
        )
    return file.getvalue()


def rows_of(content: bytes, kind: Kind = "xlsx") -> list[tuple[Any, ...]]:
    """The rows of the first sheet."""
    return list(open_workbook(content, kind).sheets[0].rows)


def refusal(content: bytes, kind: Kind = "xlsx") -> str:
    """Why a file cannot be read."""
    with pytest.raises(WorkbookError) as no:
        open_workbook(content, kind)
    return str(no.value)


# --- Files that are none


def test_a_file_that_is_no_workbook_says_what_to_do() -> None:
    assert "save it as .xlsx" in refusal(b"%PDF-1.7 something")
    assert refusal(b"") == "This file is empty."


def test_an_old_or_encrypted_workbook_is_named() -> None:
    assert "password, or is in the old .xls form" in refusal(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "not an Excel workbook" in refusal(file.getvalue())


def test_a_workbook_cut_short_is_damaged() -> None:
    content = a_file(lambda sheet: sheet.append(["Ref"]))
    assert "damaged" in refusal(content[: len(content) // 2])


def test_a_workbook_with_broken_mark_up_is_damaged() -> None:
    assert "damaged" in refusal(raw("<sheetData><row><c><v>1</row></sheetData>"))


def test_a_password_inside_the_archive_is_named() -> None:
    content = bytearray(a_file(lambda sheet: sheet.append(["Ref"])))
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        content[place + 8] |= 1
        place = content.find(b"PK\x01\x02", place + 1)
    assert "password" in refusal(bytes(content))


def test_a_file_above_ten_megabytes_is_refused_before_it_is_opened() -> None:
    assert "larger than 10 MB" in refusal(b"PK" + b"\0" * FILE_LIMIT)


def test_entities_in_the_mark_up_are_refused() -> None:
    whole = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>'
    assert "not an Excel workbook" in refusal(raw("", whole=whole))


def test_a_part_that_unpacks_to_far_too_much_is_refused() -> None:
    file = io.BytesIO(raw("<sheetData/>"))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        part.write(b"<sst>")
        for _ in range(81):
            part.write(b" " * 1024 * 1024)
        part.write(b"</sst>")
    assert "unpacks to far more" in refusal(file.getvalue())


def test_more_letters_than_a_tracker_can_have_are_refused() -> None:
    cell = '<c t="inlineStr"><is><t>' + "z" * 32_000 + "</t></is></c>"
    rows = "".join(f'<row r="{n}">{cell}</row>' for n in range(1, 1_300))
    assert "unpacks to far more" in refusal(raw(f"<sheetData>{rows}</sheetData>"))


def test_more_cells_than_a_tracker_can_have_are_refused() -> None:
    rows = "".join(f'<row r="{n}">{"<c><v>1</v></c>" * 200}</row>' for n in range(1, 10_002))
    assert "unpacks to far more" in refusal(raw(f"<sheetData>{rows}</sheetData>"))


# --- Cells


def test_cells_come_as_plain_values() -> None:
    def write(sheet: Any) -> None:
        sheet.append(["A001", 900001, 1.5, True, datetime(2026, 5, 21), None, "last"])

    assert rows_of(a_file(write)) == [("A001", 900001, 1.5, True, datetime(2026, 5, 21), None, "last")]


def test_a_formula_is_kept_as_text_and_never_worked_out() -> None:
    def write(sheet: Any) -> None:
        sheet.append(["=1+1", '=HYPERLINK("http://x","see email")'])

    assert rows_of(a_file(write)) == [("=1+1", '=HYPERLINK("http://x","see email")')]


def test_a_cell_merged_down_a_column_stands_for_every_row_it_covers() -> None:
    def write(sheet: Any) -> None:
        for n in range(4):
            sheet.append([f"A{n}", "Keira" if n == 1 else None, n])
        sheet.merge_cells("B2:B4")

    assert [row[1] for row in rows_of(a_file(write))] == [None, "Keira", "Keira", "Keira"]


def test_a_date_of_1900_comes_as_the_day_a_spreadsheet_shows() -> None:
    def write(sheet: Any) -> None:
        sheet["A1"] = 1
        sheet["A1"].number_format = "dd/mm/yyyy"
        sheet["A2"] = 61
        sheet["A2"].number_format = "dd/mm/yyyy"

    assert rows_of(a_file(write)) == [(datetime(1900, 1, 1),), (datetime(1900, 3, 1),)]


def test_a_million_empty_rows_cost_next_to_nothing() -> None:
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(2, 1_000_000))
    content = raw(
        f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Ref</t></is></c></row>{empty}'
        '<row r="1000000"><c r="A1000000" t="inlineStr"><is><t>last</t></is></c></row></sheetData>'
    )
    started = perf_counter()
    rows = rows_of(content)
    assert (len(rows), rows[0], rows[-1]) == (1_000_000, ("Ref",), ("last",))
    assert perf_counter() - started < 10


def test_more_rows_than_a_tracker_can_have_are_refused() -> None:
    filled = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, ROW_LIMIT + 2))
    assert "more than 60,000 rows" in refusal(raw(f"<sheetData>{filled}</sheetData>"))


def test_hidden_sheets_are_read_too() -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Old log")
    sheet.append(["Ref"])
    sheet.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    assert [one.name for one in open_workbook(file.getvalue(), "xlsx").sheets] == ["Sheet", "Old log"]


def test_escaped_characters_are_read_as_what_they_stand_for() -> None:
    content = raw('<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a_x0000_b</t></is></c></row></sheetData>')
    assert rows_of(content) == [("a\x00b",)]


# --- CSV


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ","),
        ("cp1252", ","),
        ("utf-16", ","),
        ("utf-8", ";"),
        ("utf-8", "\t"),
        ("utf-8", "|"),
    ],
)
def test_a_csv_is_read_in_every_encoding_and_with_every_mark_that_spreadsheets_write(encoding: str, mark: str) -> None:
    text = mark.join(("Ref", "Child", "Action")) + "\r\n" + mark.join(("A1", "Zoë O’Brien", "“Meet parents”")) + "\r\n"
    assert rows_of(text.encode(encoding), "csv") == [
        ("Ref", "Child", "Action"),
        ("A1", "Zoë O’Brien", "“Meet parents”"),
    ]


def test_a_line_break_inside_quotation_marks_belongs_to_its_cell() -> None:
    assert rows_of(b'Ref,Updates\r\nA1,"07/05/26 c/f\r\n04/06/26 c/f"\r\n', "csv")[1][1].count("c/f") == 2


def test_nul_bytes_in_a_csv_are_refused() -> None:
    assert refusal(b"Ref,Child\nA1,Kei\0ra\n", "csv") == "This is not a CSV file."


def test_a_workbook_named_csv_is_told_apart() -> None:
    assert "must end in .xlsx" in refusal(a_file(lambda sheet: sheet.append(["Ref"])), "csv")


def test_a_quotation_mark_never_closed_is_named() -> None:
    assert "never closed" in refusal(b'Ref,Child\nA1,"Keira' + b"x" * 200_000, "csv")


def test_the_name_says_what_a_file_is() -> None:
    assert [kind_of(name) for name in ("a.CSV", "a.tsv", "a.xlsx", "a.pdf", "a")] == [
        "csv",
        "csv",
        "xlsx",
        "xlsx",
        "xlsx",
    ]


def test_the_areas_own_workbook_opens() -> None:
    content = (Path(__file__).parents[1] / "data" / "mace-tracker.xlsx").read_bytes()
    assert [(sheet.name, len(sheet.rows)) for sheet in open_workbook(content, "xlsx").sheets] == [
        ("Children", 28),
        ("Action log", 103),
    ]
