"""What was chosen about a workbook: kept, read back, fitted to another copy."""

from datetime import date

import pytest

from mace.domain.choices import Choices, Misfit, fitted, suggested

ACTIONS = ("Ref", "LCS No", "Action", "Owner", "Due", "Status")
ROW = ("A1", "400001", "Meet parents", "Marcus Grant (CSC)", "21/05/2026", "open")
LOG = ("Action log", [ACTIONS, ROW])
TODAY = date(2026, 11, 24)


def test_choices_are_kept_and_read_back() -> None:
    chosen = suggested([LOG]).put_right([("Action log", 2)], [("Action log", 2)], {("Action log", 2, "due"): "TBC"})
    assert Choices.from_json(chosen.to_json()) == chosen


def test_sheets_that_look_like_nothing_are_not_used() -> None:
    assert [name for name, _ in suggested([("Notes", [("Hello",)]), LOG]).sheets] == ["Action log"]


def test_only_rows_that_were_shown_are_taken_in_again() -> None:
    places = [("Action log", 2), ("Action log", 3)]
    chosen = suggested([LOG]).put_right(places, places, {})
    again = chosen.put_right(places[:1], [], {})
    assert again.left_out == frozenset(places[1:])


def test_an_emptied_box_is_no_fix() -> None:
    place = ("Action log", 2, "due")
    chosen = suggested([LOG]).put_right([], [], {place: "TBC"})
    assert chosen.put_right([], [], {place: ""}).fixes == {}


def test_other_columns_keep_what_was_said_about_rows_and_another_heading_row_does_not() -> None:
    chosen = suggested([LOG]).put_right([("Action log", 2)], [("Action log", 2)], {("Action log", 2, "due"): "TBC"})
    ((name, mapping),) = chosen.sheets
    kept = chosen.read_as([(name, type(mapping)(mapping.kind, 1, {"number": 1, "what": 2}))])
    assert kept.left_out
    assert kept.fixes
    moved = chosen.read_as([(name, type(mapping)(mapping.kind, 2, mapping.columns))])
    assert not moved.left_out
    assert not moved.fixes


def test_a_kept_mapping_fits_a_copy_whose_sheet_has_another_name() -> None:
    copy = ("Log 2027", [("A title",), ("Extra", *ACTIONS), ("", *ROW)])
    ((name, mapping),) = fitted(suggested([LOG]), [("Children", [("x",)]), copy]).sheets
    assert (name, mapping.heading_row, mapping.columns["ref"]) == ("Log 2027", 2, 1)


def test_a_kept_mapping_prefers_the_sheet_of_its_name() -> None:
    ((name, _),) = fitted(suggested([LOG]), [("Other", LOG[1]), ("ACTION LOG", LOG[1])]).sheets
    assert name == "ACTION LOG"


def test_a_kept_mapping_that_does_not_fit_names_the_columns_it_misses() -> None:
    with pytest.raises(Misfit, match="No sheet here has the columns of “Action log”: “Ref”"):
        fitted(suggested([LOG]), [("Action log", [ACTIONS[:-1]])])


def test_of_two_sheets_with_one_name_the_first_is_read() -> None:
    made = suggested([LOG]).plan([LOG, ("Action log", [ACTIONS])], TODAY)
    assert len(made.actions) == 1
