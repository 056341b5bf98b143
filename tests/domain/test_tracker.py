"""Reading a tracker's cells and rows: what is read, what is left in its words, and what is never guessed."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mace.domain.tracker import (
    CARRIED,
    ENDED,
    OTHER,
    Contributor,
    Mapping,
    Note,
    Plan,
    cell_text,
    content_hash,
    differences,
    in_time,
    is_another_action,
    is_carry_note,
    is_closed_word,
    name_key,
    new_notes,
    plan,
    read_day,
    read_harms,
    read_level,
    read_notes,
    read_owner,
    read_state,
    same_child,
    suggest,
    suggest_heading_row,
    suggest_kind,
    suggest_mapping,
    truth,
)
from mace.domain.vocabulary import ActionState, AgencyKind, Harm, RiskLevel

TODAY = date(2026, 11, 24)
CHILDREN = ("LCS No", "Child", "DOB", "Allocated SW", "On MACE since", "Concern", "Risk now", "Status")
ACTIONS = ("Ref", "Child", "LCS No", "Meeting", "Action", "Owner", "Due", "Status", "Updates")
KEIRA = ("400001", "Keira Eastwell", "2 Nov 2011", "Marcus Grant", "9 Apr 2026", "County lines", "Moderate", "Open")


def an_action(*changes: tuple[int, object]) -> tuple[object, ...]:
    """A row of the log with some cells changed by their place."""
    row: list[object] = ["A001", "KE", "400001", "07/05/2026", "Meet parents", "Marcus Grant (CSC)", "21/05/2026"]
    row += ["open", ""]
    for place, cell in changes:
        row[place] = cell
    return tuple(row)


def planned(
    children: tuple[tuple[object, ...], ...] = (KEIRA,),
    actions: tuple[tuple[object, ...], ...] = (),
    fixes: dict[tuple[str, int, str], str] | None = None,
    left_out: frozenset[tuple[str, int]] = frozenset(),
) -> Plan:
    """The plan of a workbook with these rows under the usual headings."""
    sheets = []
    for name, rows in (("Children", (CHILDREN, *children)), ("Action log", (ACTIONS, *actions))):
        mapping = suggest(rows)
        assert mapping is not None
        sheets.append((name, rows, mapping))
    return plan(sheets, TODAY, left_out, fixes)


def words_of(made: Plan) -> list[str]:
    """What the plan has to say, in words."""
    return [problem.words for problem in made.problems]


# --- Days


@pytest.mark.parametrize(
    "cell",
    [
        "21/05/2026",
        "21.05.26",
        "21-5-26",
        "21 May 2026",
        "21st May 26",
        "21 of may 2026",
        "Thurs 21/05/2026",
        "by 21/05/2026",
        "2026-05-21",
        "21/05/2026 14:30",
        "May 21, 2026",
        " 21/05/2026. ",
        date(2026, 5, 21),
        datetime(2026, 5, 21, 9, 30),
    ],
)
def test_a_day_is_read_as_people_here_write_it(cell: object) -> None:
    assert read_day(cell).day == date(2026, 5, 21)


def test_the_day_comes_before_the_month() -> None:
    assert read_day("03/04/2026").day == date(2026, 4, 3)


@pytest.mark.parametrize(
    "cell", ["TBC", "ongoing", "on-going", "ASAP", "next meeting", "by the next MACE", "", "-", "n/k", "Urgent"]
)
def test_words_that_stand_for_no_date_are_no_date_and_no_problem(cell: str) -> None:
    read = read_day(cell)
    assert (read.day, read.words, read.problem) == (None, cell, None)


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("31/02/2026", "no such day"),
        ("21/05", "has no year"),
        ("21st May", "has no year"),
        ("21/05/26 or 28/05/26", "more than one date"),
        ("moved to 21/05/2026 by SW", "other words"),
        ("when mum is back", "is not a date"),
        (44000, "a number, not a date"),
        (True, "not a date"),
        ("=TODAY()", "formula"),
        ("0/5/2026", "no such day"),
        ("21/13/2026", "no such day"),
    ],
)
def test_what_only_looks_like_a_date_is_kept_in_words_with_the_reason(cell: object, says: str) -> None:
    read = read_day(cell)
    assert read.day is None
    assert says in (read.problem or "")
    assert read.words


@pytest.mark.parametrize("cell", [date(1900, 1, 1), datetime(1900, 12, 31), "01/01/1900"])
def test_a_date_of_1900_is_an_empty_cell_that_a_spreadsheet_dressed_up(cell: object) -> None:
    assert "empty or broken date" in (read_day(cell).problem or "")


def test_two_digits_below_seventy_are_this_century() -> None:
    assert read_day("01/01/69").day == date(2069, 1, 1)
    assert read_day("01/01/70").day == date(1970, 1, 1)


def test_years_that_cannot_be_right_are_not_taken() -> None:
    assert read_day("01/01/1950").day == date(1950, 1, 1)
    assert read_day("01/01/1949").day is None
    assert read_day("31/12/2100").day == date(2100, 12, 31)
    assert read_day("01/01/2101").day is None


@given(st.text(max_size=60))
def test_no_text_makes_reading_fail(text: str) -> None:
    read_day(text)
    read_owner(text)
    read_notes(text)
    read_state(text)
    read_harms(text)
    read_level(text)


@given(st.dates(date(1950, 1, 1), date(2100, 12, 31)))
def test_a_day_is_read_back_from_each_way_of_writing_it(day: date) -> None:
    for form in ("%d/%m/%Y", "%d.%m.%Y", "%d %B %Y", "%Y-%m-%d"):
        assert read_day(day.strftime(form)).day == day


# --- Owners


def test_an_owner_is_a_person_with_an_agency() -> None:
    read = read_owner("Marcus Grant (CSC)")
    assert (read.person, read.agency, read.is_shared, read.problem) == (
        "Marcus Grant",
        AgencyKind.SOCIAL_CARE,
        False,
        None,
    )


def test_a_rank_says_the_agency() -> None:
    assert read_owner("PC Imran Sadiq").agency is AgencyKind.POLICE
    assert read_owner("Nurse Jo Adeyemi").agency is AgencyKind.HEALTH


def test_two_owners_are_one_owner_and_a_contributor() -> None:
    read = read_owner("Marcus Grant (CSC) / PC Imran Sadiq (Police)")
    assert read.person == "Marcus Grant"
    assert read.contributors == (Contributor("PC Imran Sadiq", AgencyKind.POLICE),)
    assert read.is_shared


def test_where_nobody_is_named_it_is_nobody_at_the_first_agency() -> None:
    read = read_owner("Police / SW")
    assert (read.person, read.agency, read.is_shared) == (None, AgencyKind.POLICE, True)
    assert "nobody named at Police" in (read.problem or "")


def test_a_named_person_owns_it_even_when_an_agency_stands_first() -> None:
    assert read_owner("Police and Marcus Grant (CSC)").person == "Marcus Grant"


def test_one_agency_named_twice_is_still_shared_and_nobody() -> None:
    read = read_owner("CSC / SW")
    assert (read.person, read.agency, read.contributors, read.is_shared) == (None, AgencyKind.SOCIAL_CARE, (), True)


def test_everybody_is_nobody() -> None:
    read = read_owner("All")
    assert (read.person, read.agency, read.is_shared) == (None, None, True)


@pytest.mark.parametrize("cell", ["", "TBC", "n/a", None, "=A1"])
def test_no_owner_is_said_to_be_none(cell: object) -> None:
    read = read_owner(cell)
    assert read.person is None
    assert read.problem


def test_a_surname_before_a_comma_is_one_name() -> None:
    assert read_owner("Grant, Marcus (CSC)").person == "Grant, Marcus"


def test_names_are_compared_without_rank_case_accents_or_order() -> None:
    assert name_key("PC Imran Sadiq") == name_key("Sadiq, Imran") == name_key("imran SADIQ")
    assert name_key("Jo Adeyemi") != name_key("Joe Adeyemi")


def test_a_name_that_begins_like_a_rank_keeps_its_letters() -> None:
    assert name_key("Dipak Shah") == "dipak shah"


# --- Notes


def test_dated_entries_are_read_one_by_one() -> None:
    notes = read_notes("07/05/26 c/f - SW on leave\n04/06/26 carried forward\n02/07/26 done")
    assert [(note.day, note.kind) for note in notes] == [
        (date(2026, 5, 7), CARRIED),
        (date(2026, 6, 4), CARRIED),
        (date(2026, 7, 2), ENDED),
    ]
    assert notes[0].words == "c/f - SW on leave"


@pytest.mark.parametrize(
    "words", ["c/f", "C/Fwd - x", "cf - no update", "carried forward", "Carry over", "rolled forward", "c.f. x"]
)
def test_every_way_of_saying_carried_is_one(words: str) -> None:
    assert read_notes(f"07/05/26 {words}")[0].kind == CARRIED
    assert is_carry_note(words)


@pytest.mark.parametrize("words", ["not carried forward", "see cf 2019 case", "cffc", "not to be carried over"])
def test_words_that_deny_or_only_resemble_a_carry_are_none(words: str) -> None:
    assert read_notes(f"07/05/26 {words}")[0].kind == OTHER
    assert not is_carry_note(words)


def test_a_carry_without_a_day_is_kept_and_said_to_have_none() -> None:
    (note,) = read_notes("c/f again")
    assert (note.day, note.kind) == (None, CARRIED)
    assert "has no date" in (note.problem or "")


def test_done_by_somebody_later_is_no_end() -> None:
    assert read_notes("07/05/26 to be done by school")[0].kind == OTHER
    assert read_notes("07/05/26 COMPLETE")[0].kind == ENDED


def test_a_formula_in_an_updates_cell_is_kept_as_text() -> None:
    notes = read_notes('07/05/26 done\n=HYPERLINK("http://x","see")')
    assert notes[1].words.startswith("=HYPERLINK")
    assert "formula" in (notes[1].problem or "")


def test_only_new_entries_of_a_newer_cell_are_new() -> None:
    old, new = "07/05/26 c/f", "07/05/26 c/f\n04/06/26 c/f\n04/06/26 c/f"
    assert [note.day for note in new_notes(old, new)] == [date(2026, 6, 4)] * 2
    assert new_notes(new, new) == ()
    assert new_notes(new, old) == ()


def test_a_note_dated_after_today_keeps_its_day_in_words_only() -> None:
    assert in_time(Note(TODAY, CARRIED, "c/f"), TODAY).day == TODAY
    later = in_time(Note(date(2026, 11, 25), CARRIED, "c/f"), TODAY)
    assert (later.day, later.words) == (None, "25 November 2026: c/f")
    assert is_carry_note(later.words)


# --- State, level, harms


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("Open", ActionState.OPEN),
        ("O/S", ActionState.OPEN),
        ("c/f", ActionState.OPEN),
        ("In progress", ActionState.IN_PROGRESS),
        ("CLOSED", ActionState.DONE),
        ("Complete - see notes", ActionState.DONE),
        ("NFA", ActionState.NO_LONGER_NEEDED),
        ("Unable to complete", ActionState.STOPPED),
    ],
)
def test_a_status_is_read(cell: str, state: ActionState) -> None:
    read = read_state(cell)
    assert (read.state, read.problem) == (state, None)


@pytest.mark.parametrize("cell", ["", "awaiting panel", "=B2"])
def test_a_status_we_cannot_read_leaves_it_open_and_says_so(cell: str) -> None:
    read = read_state(cell)
    assert read.state is ActionState.OPEN
    assert read.problem


def test_levels_go_by_the_names_areas_use() -> None:
    assert read_level("High risk").level is RiskLevel.SIGNIFICANT
    assert read_level("Amber").level is RiskLevel.MODERATE
    assert read_level("n/k").level is None
    assert read_level("purple").problem


def test_harms_are_read_each_once_in_their_order() -> None:
    assert read_harms("CSE / county lines, cse").harms == (Harm.CSE, Harm.COUNTY_LINES)
    read = read_harms("CSE / gang stuff")
    assert read.harms == (Harm.CSE,)
    assert "gang stuff" in (read.problem or "")


def test_a_closed_child_is_told_from_an_open_one() -> None:
    assert is_closed_word("CLOSED.")
    assert not is_closed_word("Open")
    assert not is_closed_word("")


def test_a_child_is_known_by_name_part_or_initials() -> None:
    for said in ("KE", "K.E.", "Keira", "keira eastwell", "Eastwell Keira", "Eastwell, Keira"):
        assert same_child(said, "Keira Eastwell")
    assert not same_child("CH", "Keira Eastwell")


# --- Headings and mappings


def test_the_heading_row_is_found_below_titles() -> None:
    rows = [("NORTHBOROUGH MACE",), (), ACTIONS, an_action()]
    assert suggest_heading_row(rows) == 3
    assert suggest_heading_row([("Nothing", "here")]) is None


def test_a_sheet_is_a_list_of_children_or_a_log_or_neither() -> None:
    assert suggest_kind(CHILDREN) == "children"
    assert suggest_kind(ACTIONS) == "actions"
    assert suggest_kind(("Room", "Price")) is None


def test_another_areas_headings_are_matched() -> None:
    mapping = suggest_mapping(("Mosaic ID", "YP", "Agreed action", "By whom", "Deadline", "RAG", "Comments"))
    assert mapping is not None
    assert mapping.columns == {
        "number": 0,
        "child": 1,
        "what": 2,
        "owner": 3,
        "due": 4,
        "state": 5,
        "notes": 6,
    }


def test_a_column_that_only_counts_rows_is_not_taken_for_the_childs_number_where_another_is() -> None:
    for headings, place in ((("No", "Child", "LCS No", "DOB"), 2), (("LCS No", "Ref", "DOB"), 0), (("No", "DOB"), 0)):
        mapping = suggest_mapping(headings, "children")
        assert mapping is not None
        assert mapping.columns["number"] == place


def test_a_mapping_is_kept_and_read_back() -> None:
    mapping = suggest([ACTIONS])
    assert mapping is not None
    assert Mapping.from_dict(mapping.to_dict()) == mapping


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "rooms", "heading_row": 1, "columns": {}},
        {"kind": "actions", "heading_row": 0, "columns": {}},
        {"kind": "actions", "heading_row": True, "columns": {}},
        {"kind": "actions", "heading_row": 1, "columns": {"born": 1}},
        {"kind": "actions", "heading_row": 1, "columns": {"what": -1}},
    ],
)
def test_what_is_no_mapping_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        Mapping.from_dict(data)


def test_a_mapping_finds_its_columns_again_where_they_moved() -> None:
    mapping = suggest([ACTIONS])
    assert mapping is not None
    moved = mapping.fitted([("A title",), ("New",), ("Extra", *ACTIONS)])
    assert moved is not None
    assert moved.heading_row == 3
    assert moved.columns["ref"] == 1
    assert mapping.fitted([ACTIONS[:-1]]) is None


def test_a_mapping_without_what_it_needs_says_so() -> None:
    made = plan([("Log", [("Action",), ("Do it",)], Mapping("actions", 1, {"what": 0}))], TODAY)
    assert [problem.stops for problem in made.problems] == [True]
    assert "Child’s number" in made.problems[0].words


# --- The plan


def test_a_plain_row_becomes_an_action_of_its_child() -> None:
    made = planned(actions=(an_action(),))
    (action,) = made.actions
    assert (action.row_key, action.child_number, action.set_on) == ("A001", "400001", date(2026, 5, 7))
    assert made.problems == ()


def test_a_row_repeated_word_for_word_is_one_action() -> None:
    made = planned(actions=(an_action(), an_action()))
    assert len(made.actions) == 1
    assert "word for word" in words_of(made)[0]


def test_one_reference_on_two_different_rows_stops_both() -> None:
    made = planned(actions=(an_action(), an_action((4, "Something else"))))
    assert [(problem.row, problem.stops) for problem in made.problems] == [(2, True), (3, True)]


def test_two_children_with_one_number_stop_by_sheet_and_row() -> None:
    other = ("400001", "Callum Hussain", *KEIRA[2:])
    made = planned(children=(KEIRA, other))
    assert [(problem.sheet, problem.row, problem.field) for problem in made.stops] == [
        ("Children", 2, "number"),
        ("Children", 3, "number"),
    ]
    assert "“Keira Eastwell” and “Callum Hussain”" in made.stops[0].words


def test_a_row_that_names_another_listed_child_than_its_number_stops() -> None:
    other = ("400002", "Callum Hussain", *KEIRA[2:])
    made = planned(children=(KEIRA, other), actions=(an_action((1, "Callum Hussain")),))
    assert made.actions == ()
    assert "Number 400001 is Keira Eastwell, but this row says “Callum Hussain”" in made.stops[0].words


def test_a_misspelt_name_beside_the_right_number_is_flagged_and_goes_in() -> None:
    made = planned(actions=(an_action((1, "Kiera Eastwel")),))
    assert len(made.actions) == 1
    assert not made.stops
    assert made.problems


def test_a_row_without_a_number_goes_by_the_only_child_of_that_name() -> None:
    made = planned(actions=(an_action((1, "Keira Eastwell"), (2, "")),))
    assert made.actions[0].child_number == "400001"
    assert "No number" in words_of(made)[0]
    nobody = planned(actions=(an_action((1, "Nobody Known"), (2, "")),))
    assert nobody.actions == ()
    assert nobody.stops


def test_a_number_that_is_only_in_the_log_makes_a_child() -> None:
    made = planned(actions=(an_action((1, "Zed Young"), (2, "499999")),))
    assert [child.name for child in made.children] == ["Keira Eastwell", "Zed Young"]


def test_a_number_or_name_too_long_to_keep_stops() -> None:
    assert planned(children=(("4" * 40, *KEIRA[1:]),)).stops == ()
    assert planned(children=(("4" * 41, *KEIRA[1:]),)).stops
    assert planned(children=(("400001", "K" * 201, *KEIRA[2:]),)).stops
    assert planned(actions=(an_action((2, "4" * 41)),)).stops


def test_where_the_day_of_agreement_is_missing_the_first_note_counts_and_it_says_so() -> None:
    made = planned(actions=(an_action((3, ""), (8, "04/06/26 c/f\n07/05/26 seen")),))
    assert made.actions[0].set_on == date(2026, 5, 7)
    assert "Counted from 7 May 2026, its first note" in words_of(made)[0]
    alone = planned(actions=(an_action((3, "")),))
    assert alone.actions[0].set_on == TODAY
    assert "the day of the import" in words_of(alone)[0]


def test_a_day_of_agreement_after_today_is_not_believed() -> None:
    made = planned(actions=(an_action((3, "07/05/2062")),))
    assert made.actions[0].set_on == TODAY
    assert "7 May 2062 is after today" in words_of(made)[0]


def test_an_ended_row_takes_its_end_from_the_cell_then_from_its_notes() -> None:
    made = planned(actions=(an_action((7, "Closed"), (8, "04/06/26 c/f\n02/07/26 done")),))
    assert made.actions[0].ended_on == date(2026, 7, 2)
    assert made.problems == ()


def test_an_ended_row_that_does_not_say_when_is_flagged() -> None:
    noted = planned(actions=(an_action((7, "Closed"), (8, "04/06/26 c/f\n07/05/26 seen")),))
    assert noted.actions[0].ended_on == date(2026, 6, 4)
    assert "Counted as ended on 4 June 2026, its last note" in words_of(noted)[0]
    bare = planned(actions=(an_action((7, "Closed")),))
    assert bare.actions[0].ended_on == date(2026, 5, 7)
    assert "the day it was agreed" in words_of(bare)[0]


def test_a_row_that_says_open_and_done_is_kept_open_and_flagged() -> None:
    made = planned(actions=(an_action((8, "04/06/26 done")),))
    assert made.actions[0].state is ActionState.OPEN
    assert made.actions[0].ended_on is None
    assert "kept as open" in words_of(made)[0]


def test_a_status_that_says_more_keeps_its_words() -> None:
    made = planned(actions=(an_action((7, "NFA - family moved away")),))
    assert made.actions[0].state is ActionState.NO_LONGER_NEEDED
    assert made.actions[0].state_words == "NFA - family moved away"
    assert planned(actions=(an_action((7, "O/S")),)).actions[0].state_words == ""


def test_a_closed_child_with_something_still_to_do_stays_open() -> None:
    closed = (*KEIRA[:7], "Closed")
    assert not planned(children=(closed,)).children[0].is_open
    made = planned(children=(closed,), actions=(an_action(),))
    assert made.children[0].is_open
    assert "Closed, but 1 action of this child is unfinished: kept open." in words_of(made)
    done = planned(children=(closed,), actions=(an_action((7, "Closed"), (8, "04/06/26 done")),))
    assert not done.children[0].is_open


def test_a_worker_is_one_person() -> None:
    assert planned().children[0].worker == "Marcus Grant"
    two = planned(children=((*KEIRA[:3], "Tom Weller / Jane Smith", *KEIRA[4:]),))
    assert two.children[0].worker == "Tom Weller"
    assert "More than one worker" in words_of(two)[0]
    team = planned(children=((*KEIRA[:3], "CSC", *KEIRA[4:]),))
    assert team.children[0].worker is None
    assert "names no worker" in words_of(team)[0]
    nobody = planned(children=((*KEIRA[:3], "TBC", *KEIRA[4:]),))
    assert (nobody.children[0].worker, nobody.problems) == (None, ())


def test_rows_left_out_and_cells_put_right_change_the_plan_and_not_what_the_file_says() -> None:
    rows = (an_action((6, "31/02/2026")), an_action((0, "A002"), (4, "Another")))
    made = planned(
        actions=rows, fixes={("Action log", 2, "due"): "28/02/2027"}, left_out=frozenset({("Action log", 3)})
    )
    (action,) = made.actions
    assert action.due.day == date(2027, 2, 28)
    assert action.values["due"] == "31/02/2026"
    assert action.content_hash == planned(actions=rows[:1]).actions[0].content_hash


def test_rows_without_a_reference_keep_their_name_wherever_they_stand() -> None:
    first, second = an_action((0, "")), an_action((0, ""), (4, "Another"))
    here = [action.row_key for action in planned(actions=(first, second)).actions]
    there = [action.row_key for action in planned(actions=(second, first)).actions]
    assert here == there[::-1]
    assert len(set(here)) == 2


def test_a_row_keeps_its_name_when_a_cell_is_put_right() -> None:
    row = an_action((0, ""), (3, "07/05"))
    fixed = planned(actions=(row,), fixes={("Action log", 2, "set_on"): "07/05/2026"})
    assert fixed.actions[0].row_key == planned(actions=(row,)).actions[0].row_key


def test_a_new_years_log_that_begins_again_at_one_holds_other_actions() -> None:
    old = {"number": "400001", "set_on": "07/05/2026", "what": "Meet parents"}
    assert not is_another_action(old, {**old, "what": "Meet both parents"})
    assert not is_another_action(old, {**old, "number": "400002"})
    assert is_another_action(old, {"number": "400002", "set_on": "07/01/2027", "what": "Meet parents"})


def test_differences_name_each_cell() -> None:
    assert differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == [("b", "2", "3"), ("c", "", "4")]
    assert content_hash({"a": "1", "b": "2"}) == content_hash({"b": "2", "a": "1"})


def test_the_truth_counts_as_a_coordinator_would() -> None:
    rows = (an_action((8, "04/06/26 c/f\nc/f")), an_action((0, ""), (4, "Another"), (6, "TBC"), (7, "Closed")))
    assert truth(planned(actions=rows)) == {
        "children": 1,
        "actions": 2,
        "open": 1,
        "carried": {"A001": 2, "Action log row 3": 0},
        "no_date": 1,
        "shared_owner": 0,
    }


def test_control_characters_and_odd_spaces_leave_no_trace() -> None:
    assert cell_text("Kei\x00ra\u00a0\u200b Eastwell\ufeff") == "Keira Eastwell"
    assert cell_text(12.0) == "12"
    assert cell_text(None) == ""
