"""The journey of the pages: choose a file, match its columns, check its rows, import, undo, decide, match people."""

import io
import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col

from mace.domain.policy import Role
from mace.domain.vocabulary import EventKind
from mace.models import (
    Action,
    Event,
    ImportBatch,
    ImportChange,
    ImportMapping,
    Person,
    RoleHolding,
    Series,
    Subject,
    Upload,
)
from tests.asked import questions_to
from tests.intake.make import (
    TRACKER,
    TRUTH,
    Cells,
    a_child_row,
    a_workbook,
    an_action_row,
    imported,
)
from tests.pages import CheckedClient
from tests.world import World

PLAIN = a_workbook([a_child_row()], [an_action_row()])
CLASH = a_workbook([a_child_row(), a_child_row(name="Callum Hussain")], [an_action_row(due="31/02/2026")])
Fields = dict[str, Any]


@pytest.fixture
def coordinator(client: CheckedClient, world: World) -> CheckedClient:
    """The coordinator's browser."""
    return client.sign_in(world.id("coordinator"))


def upload(client: CheckedClient, content: bytes, name: str = "tracker.xlsx", status: int = 302) -> str:
    """Choose a file as the browser does; returns where that leads, or the page."""
    return client.post("/import", {"file": (io.BytesIO(content), name)}, status=status)


def fields_of(page: str) -> Fields:
    """The fields of the page with what stands in them, as a browser would send them."""
    found: Fields = {}
    main = page[page.index("<main") :]
    for tag in re.findall(r"<input[^>]*>", main):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        can_be_off = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and name[1] != "csrf_token" and (not can_be_off or " checked" in tag):
            words = unescape(value[1]) if value else ""
            if name[1] in ("shown", "out"):
                found.setdefault(name[1], []).append(words)
            else:
                found[name[1]] = words
    for select in re.findall(r"<select.*?</select>", main, re.DOTALL):
        name, chosen = re.search(r'name="([^"]*)"', select), re.search(r'<option value="([^"]*)" selected', select)
        if name:
            found[name[1]] = unescape(chosen[1]) if chosen else ""
    for name_, words in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', main, re.DOTALL):
        found[name_] = unescape(words)
    return found


def checked(client: CheckedClient, content: bytes, name: str = "tracker.xlsx") -> str:
    """Choose a file and accept what we take its columns for; returns the address of the page before the import."""
    columns = upload(client, content, name)
    return client.post(columns, {**fields_of(client.get(columns)), "act": "continue"})


def run_import(client: CheckedClient, check: str, **fields: object) -> str:
    """Press the button; returns the address of what was made."""
    page = client.get(check)
    series = {name: words for name, words in fields_of(page).items() if name in ("series", "new_series")}
    return client.post(check.replace("/check", "/run"), {**series, **fields})


# --- The whole journey


def test_the_coordinator_imports_the_tracker_and_undoes_it(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, TRACKER.read_bytes())
    page = coordinator.get(check)
    for number in ("children", "actions", "open", "no_date", "shared_owner"):
        assert f"<dd>{TRUTH[number]}</dd>" in page
    assert f"<dd>{sum(TRUTH['carried'].values())}</dd>" in page
    made = run_import(coordinator, check)
    page = coordinator.get(made)
    assert "What the import made" in page
    assert "24 children, 96 actions, in Northborough MACE" in page
    assert world.all(Upload) == []
    coordinator.post(f"{made}/undo")
    assert "Undone on" in coordinator.get("/import")
    assert "It was undone on" in coordinator.get(made)
    assert world.all(Action) == world.all(Subject) == []


def test_a_csv_comes_in_by_the_same_pages(coordinator: CheckedClient, world: World) -> None:
    csv = "LCS No,Child,Action,Owner\r\n900001,Zoë,Meet parents,Police\r\n".encode("cp1252")
    run_import(coordinator, checked(coordinator, csv, "log.csv"))
    assert [one.name for one in world.all(Subject)] == ["Zoë"]


def test_the_same_file_again_says_that_everything_is_here(coordinator: CheckedClient, world: World) -> None:
    imported(world, PLAIN)
    check = checked(coordinator, PLAIN)
    page = coordinator.get(check)
    assert "This very file was imported on" in page
    assert "Everything in this file is here already" in page
    assert run_import(coordinator, check) == "/import"
    assert "Nothing was made" in coordinator.get("/import")
    assert len(world.all(ImportBatch)) == 1


def test_where_there_is_no_series_the_import_makes_one(coordinator: CheckedClient, world: World) -> None:
    world.series.is_active = False
    world.add(world.series)
    check = checked(coordinator, PLAIN)
    page = coordinator.post(check.replace("/check", "/run"), {"new_series": ""}, status=422)
    assert "Give the series of meetings a name" in page
    run_import(coordinator, check, new_series="South MACE")
    assert world.all(Series, col(Series.name) == "South MACE")


# --- The file


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"%PDF-1.7", "a.pdf", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "a.xls", "password, or is in the old .xls form"),
        (b"", "a.xlsx", "This file is empty"),
        (b"Ref,Kei\0ra\n", "a.csv", "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_beside_the_field(
    coordinator: CheckedClient, world: World, content: bytes, name: str, says: str
) -> None:
    page = upload(coordinator, content, name, status=422)
    assert says in page
    assert 'href="#file"' in page
    assert world.all(Upload) == []


def test_a_file_must_be_chosen(coordinator: CheckedClient, world: World) -> None:
    assert "Choose the spreadsheet" in coordinator.post("/import", {}, status=422)


def test_a_file_can_be_given_up(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    assert "is not imported yet" in coordinator.get("/import")
    coordinator.post(columns.replace("/columns", "/give-up"))
    assert world.all(Upload) == []
    coordinator.get(columns, status=404)


def test_another_file_takes_the_place_of_the_first(coordinator: CheckedClient, world: World) -> None:
    first = upload(coordinator, PLAIN)
    upload(coordinator, TRACKER.read_bytes())
    assert len(world.all(Upload)) == 1
    coordinator.get(first, status=404)


# --- Columns


def test_a_column_matched_twice_is_said_and_what_was_chosen_stays(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s0_c2": "worker", "keep_as": "Ours", "act": "continue"}
    page = coordinator.post(columns, fields, status=422)
    assert "“Worker” is matched twice, with column C too" in page
    again = fields_of(page)
    assert (again["s0_c2"], again["s0_c3"], again["keep_as"]) == ("worker", "worker", "Ours")


def test_a_heading_row_beyond_the_sheet_is_said(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s1_row": "999", "s1_shown": "actions:999", "act": "continue"}
    page = coordinator.post(columns, fields, status=422)
    assert "“Action log” has 2 rows: enter the number of the one with the headings" in page
    assert fields_of(page)["s1_row"] == "999"


@pytest.mark.parametrize("row", ["0", "-1", "1e3", "10" * 30, "٣", ""])
def test_what_is_no_row_number_is_said(coordinator: CheckedClient, world: World, row: str) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s1_row": row, "act": "continue"}
    coordinator.post(columns, fields, status=422)


def test_a_column_that_must_be_there_is_asked_for(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s1_c4": "", "act": "continue"}
    assert "Choose the column of “Action log” that holds “Action”" in coordinator.post(columns, fields, status=422)


def test_at_least_one_sheet_is_used(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s0_kind": "", "s1_kind": "", "act": "continue"}
    assert "Say what is on at least one sheet" in coordinator.post(columns, fields, status=422)


def test_a_sheet_said_to_be_something_else_shows_its_columns_again(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s1_kind": "children"}
    page = coordinator.post(columns, {**fields, "act": "continue"}, status=422)
    assert "You changed how “Action log” is read" in page
    assert fields_of(page)["s1_c2"] == "number"
    coordinator.post(columns, {**fields, "act": "show"}, status=200)


def test_a_choice_that_is_none_is_refused(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    fields = {**fields_of(coordinator.get(columns)), "s1_c4": "nonsense", "act": "continue"}
    assert "Choose one of the list" in coordinator.post(columns, fields, status=422)


def test_choices_are_kept_under_a_name_and_read_the_next_copy(coordinator: CheckedClient, world: World) -> None:
    odd: list[Cells] = [("Who", "Which", "To do"), ("Keira Eastwell", "900001", "Meet parents")]
    columns = upload(coordinator, a_workbook(Odd=odd))
    page = coordinator.post(columns, {**fields_of(coordinator.get(columns)), "s0_kind": "actions", "act": "show"}, 200)
    chosen = {"s0_c0": "child", "s0_c1": "number", "s0_c2": "what", "keep_as": "Odd ones", "act": "continue"}
    check = coordinator.post(columns, {**fields_of(page), **chosen})
    run_import(coordinator, check)
    assert [one.name for one in world.all(ImportMapping)] == ["Odd ones"]
    assert "Odd ones" in coordinator.get("/import")
    columns = upload(coordinator, a_workbook(Next=[("A title",), ("New", *odd[0]), ("", "KE", "900001", "Another")]))
    coordinator.post(columns, {"mapping": "Odd ones", "act": "use"})
    fields = fields_of(coordinator.get(columns))
    assert (fields["s0_kind"], fields["s0_row"], fields["s0_c2"]) == ("actions", "2", "number")


def test_a_mapping_that_does_not_fit_says_so_beside_the_field(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, PLAIN)
    coordinator.post(columns, {**fields_of(coordinator.get(columns)), "keep_as": "Ours", "act": "continue"})
    columns = upload(coordinator, a_workbook(Log=[("Ref", "Action"), ("A1", "Meet")]))
    assert "No sheet here has the columns" in coordinator.post(columns, {"mapping": "Ours", "act": "use"}, status=422)
    assert "Choose the mapping" in coordinator.post(columns, {"mapping": "", "act": "use"}, status=422)


def test_a_file_without_a_sheet_we_know_asks_for_its_columns_first(coordinator: CheckedClient, world: World) -> None:
    columns = upload(coordinator, a_workbook(Odd=[("a", "b"), ("1", "2")]))
    assert coordinator.raw.get(columns.replace("/columns", "/check")).headers["Location"] == columns


# --- Rows


def test_rows_that_stop_the_import_stand_first_and_stop_it(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    page = coordinator.get(check)
    assert "2 rows must be put right or left out first" in page
    assert "Import everything" not in page
    assert page.index("Children, row 2") < page.index("Action log, row 2")
    refused = coordinator.post(check.replace("/check", "/run"), {"series": str(world.series.id)}, status=422)
    assert "Children, row 2: Rows 2 and 3 both have number 900001" in unescape(refused)
    assert world.all(Subject) == []


def test_a_row_left_out_is_not_imported_and_can_be_taken_in_again(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    rows = check.replace("/check", "/rows")
    coordinator.post(rows, {**fields_of(coordinator.get(check)), "out": ["0:3"]})
    page = coordinator.get(check)
    assert "Left out" in page
    assert "Children, row 3: Callum Hussain" in page
    fields = fields_of(page)
    coordinator.post(rows, {**fields, "out": []})
    assert "2 rows must be put right" in coordinator.get(check)
    coordinator.post(rows, fields)
    coordinator.post(rows, {**fields_of(coordinator.get(check)), "out": ["0:3"]})
    run_import(coordinator, check)
    assert [one.name for one in world.all(Subject)] == ["Keira Eastwell"]


def test_a_cell_put_right_is_imported_as_typed(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    fields = {**fields_of(coordinator.get(check)), "fix:0:3:number": "900002", "fix:1:2:due": "28/05/2026"}
    coordinator.post(check.replace("/check", "/rows"), fields)
    page = coordinator.get(check)
    assert "Import everything" in page
    run_import(coordinator, check)
    assert {one.reference for one in world.all(Subject)} == {"900001", "900002"}
    assert world.all(Action)[0].due.isoformat() == "2026-05-28"


def test_a_fix_that_is_still_wrong_keeps_what_was_typed(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    fields = {**fields_of(coordinator.get(check)), "fix:1:2:due": "30/02/2026 <or so>"}
    coordinator.post(check.replace("/check", "/rows"), fields)
    page = coordinator.get(check)
    assert fields_of(page)["fix:1:2:due"] == "30/02/2026 <or so>"


def test_an_emptied_box_goes_back_to_what_the_file_says(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    rows = check.replace("/check", "/rows")
    coordinator.post(rows, {**fields_of(coordinator.get(check)), "fix:1:2:due": "nearly"})
    coordinator.post(rows, {**fields_of(coordinator.get(check)), "fix:1:2:due": ""})
    assert fields_of(coordinator.get(check))["fix:1:2:due"] == "31/02/2026"


def test_words_too_long_for_a_cell_are_refused_and_kept(coordinator: CheckedClient, world: World) -> None:
    check = checked(coordinator, CLASH)
    fields = {**fields_of(coordinator.get(check)), "fix:1:2:due": "x" * 5001, "out": ["0:3"]}
    page = coordinator.post(check.replace("/check", "/rows"), fields, status=422)
    assert "A cell can hold 5,000 characters" in page
    again = fields_of(page)
    assert again["fix:1:2:due"] == "x" * 5001
    assert again["out"] == ["0:3"]


@pytest.mark.parametrize(
    "crooked",
    [
        {"shown": ["9:9", "x", "0:", ":1", "0:" + "9" * 40], "out": ["9:9"]},
        {"shown": ["0:3"], "fix:0:3:nonsense": "x", "fix:0:3": "x", "fix:::": "x", "fix:0:3:number": "\x00x"},
        {"page": "9" * 30},
        {},
    ],
)
def test_crooked_posts_change_nothing_and_break_nothing(
    coordinator: CheckedClient, world: World, crooked: Fields
) -> None:
    check = checked(coordinator, CLASH)
    coordinator.post(check.replace("/check", "/rows"), crooked)
    coordinator.get(check)


def test_many_rows_come_a_page_at_a_time(coordinator: CheckedClient, world: World) -> None:
    rows = [an_action_row(f"A{n}", what=f"Step {n}", due="TBC") for n in range(60)]
    check = checked(coordinator, a_workbook([a_child_row()], rows))
    assert "page 1 of 2" in coordinator.get(check)
    second = coordinator.get(f"{check}?page=2")
    assert "Action log, row 61" in second
    assert "page 2 of 2" in coordinator.get(f"{check}?page=99")


def test_the_people_a_file_names_are_shown_with_who_they_are_here(coordinator: CheckedClient, world: World) -> None:
    content = a_workbook([a_child_row()], [an_action_row(owner="PC Imran Sadiq (Police)")])
    page = coordinator.get(checked(coordinator, content))
    assert "Imran Sadiq, Fenland Police" in page
    assert "New: named, without sign-in" in page


def test_a_newer_copy_says_what_is_new_and_shows_only_its_rows(coordinator: CheckedClient, world: World) -> None:
    imported(world, a_workbook([a_child_row()], [an_action_row(due="TBC")]))
    rows = [an_action_row(due="TBC", notes="04/06/26 c/f"), an_action_row("A002", what="Another")]
    page = coordinator.get(checked(coordinator, a_workbook([a_child_row()], rows)))
    assert "New in this copy: 1 action, 1 new entry on an earlier action" in page


# --- Afterwards


def test_an_import_that_was_built_on_says_why_it_stays(coordinator: CheckedClient, world: World) -> None:
    made = run_import(coordinator, checked(coordinator, PLAIN))
    (child,) = world.all(Subject)
    world.add(
        Event(
            subject_id=child.id,
            kind=EventKind.MISSING,
            happened_on=world.today,
            words="Not home",
            entered_at=world.now,
            source_agency_id=world.agencies["care"].id,
        )
    )
    page = coordinator.post(f"{made}/undo", status=422)
    assert "This import cannot be undone now. Something has been added to the record" in page
    assert world.all(Action)


def test_changed_cells_are_decided_one_by_one_and_open_ones_wait(coordinator: CheckedClient, world: World) -> None:
    imported(world, PLAIN)
    imported(world, a_workbook([a_child_row()], [an_action_row(due="28/05/2026", what="Meet both parents")]))
    assert "2 cells changed in a newer copy" in coordinator.get("/import")
    page = coordinator.get("/import/changes")
    assert "21/05/2026" in page
    changes = {one.field: one for one in world.all(ImportChange)}
    coordinator.post("/import/changes", {f"c_{changes['due'].id.hex}": "take"})
    assert world.all(Action)[0].due.isoformat() == "2026-05-28"
    assert "1 cell of the spreadsheet changed" in coordinator.get("/import/changes")
    coordinator.post("/import/changes", {f"c_{changes['what'].id.hex}": "keep"})
    assert "Nothing waits for a decision" in coordinator.get("/import/changes")


def test_a_cell_that_cannot_be_taken_says_why_and_nothing_is_decided(coordinator: CheckedClient, world: World) -> None:
    imported(world, PLAIN)
    imported(world, a_workbook([a_child_row()], [an_action_row(due="TBC", what="Meet both parents")]))
    ids = {one.field: f"c_{one.id.hex}" for one in world.all(ImportChange)}
    page = coordinator.post("/import/changes", {ids["due"]: "take", ids["what"]: "keep"}, status=422)
    assert "“TBC” is not a date" in page
    assert f'href="#{ids["due"]}"' in page
    assert page.count(" checked") == 2
    assert all(one.decided_at is None for one in world.all(ImportChange))


def test_named_people_are_matched_on_their_page(coordinator: CheckedClient, world: World) -> None:
    imported(world, PLAIN)
    assert "1 person named without an account" in coordinator.get("/import")
    (marcus,) = world.all(Person, col(Person.name) == "Marcus Grant")
    field = f"p_{marcus.id.hex}"
    assert "Choose one of the list" in coordinator.post("/import/people", {field: str(world.id("police"))}, status=422)
    coordinator.post("/import/people", {field: str(world.id("worker"))})
    assert "Everybody named is matched" in coordinator.get("/import/people")
    assert world.all(Action)[0].owner_id == world.id("worker")


def test_a_cell_that_never_can_be_taken_offers_only_to_keep_ours(coordinator: CheckedClient, world: World) -> None:
    imported(world, PLAIN)
    imported(world, a_workbook([a_child_row()], [an_action_row(set_on="14/05/2026")]))
    page = coordinator.get("/import/changes")
    assert "starts its clock" in page
    assert "Take the new<" not in page
    (change,) = world.all(ImportChange)
    coordinator.post("/import/changes", {f"c_{change.id.hex}": "take"}, status=422)
    coordinator.post("/import/changes", {f"c_{change.id.hex}": "keep"})
    assert world.all(ImportChange)[0].taken is False


def test_thirty_rows_need_no_more_queries_than_one(coordinator: CheckedClient, world: World) -> None:
    def of(number: int) -> bytes:
        children = [a_child_row(f"90{n:04}", f"Child Number{n}", worker=f"Worker Number{n}") for n in range(number)]
        actions = [an_action_row(f"A{n}", f"90{n:04}", child="", what=f"Step {n}", due="TBC") for n in range(number)]
        return a_workbook(children, actions)

    def after_importing(number: int) -> list[int]:
        check = checked(coordinator, of(number))
        counted = [count_queries(coordinator, check)]
        made = run_import(coordinator, check)
        coordinator.get(made)
        return [*counted, *(count_queries(coordinator, path) for path in (made, "/import", "/import/people"))]

    assert after_importing(1) == after_importing(31)


def count_queries(client: CheckedClient, path: str) -> int:
    """How many statements one page takes, without those that write its trail."""
    with questions_to(client.app) as asked:
        client.get(path)
    return len(asked)


# --- Who may


@pytest.mark.parametrize("name", ["worker", "manager", "police_lead", "chair", "analyst", "sysadmin"])
def test_nobody_but_the_coordinator_imports(client: CheckedClient, world: World, name: str) -> None:
    client.sign_in(world.id("coordinator"))
    columns = upload(client, PLAIN)
    made = imported(world, a_workbook([a_child_row("900009", "Zed Young")]))
    assert made is not None
    client.sign_in(world.id(name))
    for path in ("/import", "/import/changes", "/import/people"):
        client.get(path, status=403)
    for path in (columns, columns.replace("/columns", "/check"), f"/import/batches/{made.id}"):
        client.get(path, status=404)
    client.post(f"/import/batches/{made.id}/undo", status=404)


def test_an_upload_is_private_to_the_person_who_chose_it(client: CheckedClient, world: World) -> None:
    world.add(RoleHolding(person_id=world.id("guest"), role=Role.COORDINATOR, starts_on=world.day(-1)))
    client.sign_in(world.id("coordinator"))
    columns = upload(client, PLAIN)
    client.sign_in(world.id("guest"))
    assert "not imported yet" not in client.get("/import")
    for path in ("/columns", "/check"):
        client.get(columns.replace("/columns", path), status=404)
    for path in ("/rows", "/run", "/give-up"):
        client.post(columns.replace("/columns", path), status=404)
    assert len(world.all(Upload)) == 1


def test_what_is_not_there_is_not_found(coordinator: CheckedClient, world: World) -> None:
    coordinator.get(f"/import/{uuid4()}/columns", status=404)
    coordinator.get(f"/import/batches/{uuid4()}", status=404)
