"""``mace import-tracker``: on a database that was only migrated, with the truth on standard output."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from mace.cli import main, opened
from mace.database import transaction
from mace.domain.choices import suggested
from mace.domain.policy import system_actor
from mace.intake.queries.uploads import look_into
from mace.models import ImportMapping, Series
from mace.settings import Settings
from mace.web.access import now
from tests.intake.make import TRACKER, TRUTH, a_child_row, a_workbook, an_action_row

Run = Any


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on this test's database; returns exit code, standard output, standard error."""
    monkeypatch.setenv("MACE_MODE", "test")
    monkeypatch.setenv("MACE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MACE_INSTANCE", str(settings.instance))
    monkeypatch.setenv("MACE_SECRET_KEY", settings.secret_key)

    def go(*arguments: object) -> tuple[int, str, str]:
        code = main(["import-tracker", *(str(one) for one in arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return go


def test_a_migrated_database_is_enough_and_the_truth_is_printed(run: Run) -> None:
    code, out, _ = run(TRACKER, "--json")
    assert code == 0
    assert json.loads(out) == TRUTH


def test_a_second_run_prints_the_same_truth(run: Run) -> None:
    run(TRACKER)
    code, out, _ = run(TRACKER, "--json")
    assert (code, json.loads(out)) == (0, TRUTH)
    assert "nothing was made" in run(TRACKER)[1]


def test_a_dry_run_says_what_it_would_make_and_makes_nothing(run: Run, settings: Settings) -> None:
    code, out, _ = run(TRACKER, "--dry-run", "--json")
    assert (code, json.loads(out)) == (0, TRUTH)
    assert _series(settings) == []
    assert run(TRACKER, "--dry-run")[1].startswith("This would make 24 children and 96 actions")


def test_it_makes_the_series_mace_or_the_one_that_is_named(run: Run, settings: Settings) -> None:
    run(TRACKER)
    assert _series(settings) == ["MACE"]


def test_a_named_series_is_made_once(run: Run, settings: Settings, tmp_path: Path) -> None:
    run(_file(tmp_path, a_workbook([a_child_row()])), "--series", "South")
    run(_file(tmp_path, a_workbook([a_child_row(), a_child_row("900002", "Callum Hussain")])), "--series", "South")
    assert _series(settings) == ["South"]


def test_a_csv_alone_will_do(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_bytes("Ref;Child;LCS No;Action;Owner\nA1;Zoë;900001;Meet parents;Police\n".encode("cp1252"))
    code, out, err = run(file, "--json")
    assert code == 0
    truth = json.loads(out)
    assert (truth["children"], truth["actions"], truth["no_date"]) == (1, 1, 1)
    assert "CSV, row 2" in err


def test_what_is_to_be_looked_at_stands_beside_the_answer(run: Run) -> None:
    _, out, err = run(TRACKER, "--json")
    assert json.loads(out)
    assert "Action log, row 9, Due: No date agreed: the cell says “TBC”." in err


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"%PDF-1.7", "a.xlsx", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "a.xls", "password, or is in the old .xls form"),
        (b"", "a.xlsx", "This file is empty"),
        (b"\n\n", "a.csv", "nothing in this file"),
        (b"a,b\n1,2\n", "a.csv", "No sheet of this file looks like"),
        (b"Ref,Kei\0ra\n", "a.csv", "not a CSV file"),
        (b"PK\x03\x04 and no more", "a.xlsx", "damaged"),
    ],
)
def test_a_bad_file_ends_in_one_plain_line(run: Run, tmp_path: Path, content: bytes, name: str, says: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    code, out, err = run(file)
    assert (code, out) == (1, "")
    assert says in err
    assert err.startswith("mace: ")
    assert err.count("\n") == 1


def test_a_file_that_is_not_there_and_a_folder_are_said(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "none.xlsx")[0] == 1
    assert "cannot be read" in run(tmp_path)[2]


def test_rows_that_stop_are_named_and_nothing_is_imported(run: Run, settings: Settings, tmp_path: Path) -> None:
    file = _file(tmp_path, a_workbook([a_child_row(), a_child_row(name="Callum Hussain")]))
    code, _, err = run(file)
    assert code == 1
    assert "Children, row 3, LCS No: Rows 2 and 3 both have number 900001" in err
    assert "nothing was imported" in err
    assert _series(settings) == []


def test_a_named_mapping_reads_headings_of_its_own(run: Run, settings: Settings, tmp_path: Path) -> None:
    plain = look_into(a_workbook([a_child_row()], [an_action_row()]), "a.xlsx")
    with opened(settings) as session, transaction(session, system_actor("test")):
        session.add(ImportMapping(name="Ours", content=suggested(plain.named).to_json(), saved_at=now()))
    code, out, _ = run(_file(tmp_path, a_workbook([a_child_row()], [an_action_row()])), "--mapping", "Ours", "--json")
    assert (code, json.loads(out)["actions"]) == (0, 1)
    assert "no mapping called “Theirs”" in run(TRACKER, "--mapping", "Theirs")[2]


def test_a_mapping_that_does_not_fit_says_which_columns_it_misses(run: Run, settings: Settings, tmp_path: Path) -> None:
    plain = look_into(a_workbook([a_child_row()], [an_action_row()]), "a.xlsx")
    with opened(settings) as session, transaction(session, system_actor("test")):
        session.add(ImportMapping(name="Ours", content=suggested(plain.named).to_json(), saved_at=now()))
    file = _file(tmp_path, a_workbook(**{"Log": (("Ref", "Action"), ("A1", "Meet"))}))
    code, _, err = run(file, "--mapping", "Ours")
    assert code == 1
    assert "No sheet here has the columns of “Children”" in err


def _file(folder: Path, content: bytes) -> Path:
    file = folder / "tracker.xlsx"
    file.write_bytes(content)
    return file


def _series(settings: Settings) -> list[str]:
    with opened(settings) as session:
        return list(session.exec(select(Series.name)).all())
