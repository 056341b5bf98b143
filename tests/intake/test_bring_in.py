"""What an import makes of an area's workbook: against its truth file, and habit by habit."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col

from mace.actions.queries import Filters, list_facts, list_register
from mace.domain.drift import may_prompt_question
from mace.domain.errors import Refused
from mace.domain.policy import system_actor
from mace.domain.vocabulary import ActionState, AgencyKind, Decision, Harm, RiskLevel
from mace.history import verify
from mace.intake.commands.bring_in import CLOSED, NOT_SAID, Into
from mace.intake.queries.batches import SPREADSHEET, UNDATED
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Allocation,
    Child,
    Concern,
    Contribution,
    ImportBatch,
    ImportedRow,
    LedgerLine,
    Person,
    Series,
    SeriesAgency,
    Subject,
    Trail,
)
from tests.intake.make import TRACKER, TRUTH, a_child_row, a_workbook, an_action_row, imported, truth_of
from tests.world import World


def the_action(world: World, **cells: object) -> Action:
    """The action that one row of the log becomes."""
    imported(world, a_workbook([a_child_row()], [an_action_row(**cells)]))
    (found,) = world.all(Action)
    assert isinstance(found, Action)
    return found


def the_child(world: World, **cells: object) -> Subject:
    """The child that one row of the list becomes."""
    imported(world, a_workbook([a_child_row(**cells)]))
    (found,) = world.all(Subject)
    assert isinstance(found, Subject)
    return found


# --- The truth


def test_the_import_equals_the_truth_file(world: World) -> None:
    content = TRACKER.read_bytes()
    imported(world, content)
    assert truth_of(world, content) == TRUTH


def test_importing_the_same_file_twice_makes_nothing(world: World) -> None:
    content = TRACKER.read_bytes()
    assert imported(world, content) is not None
    before = len(world.all(Action)), len(world.all(LedgerLine)), len(world.all(Contribution)), len(world.all(Person))
    assert imported(world, content) is None
    assert (
        len(world.all(Action)),
        len(world.all(LedgerLine)),
        len(world.all(Contribution)),
        len(world.all(Person)),
    ) == before
    assert len(world.all(ImportBatch)) == 1
    assert truth_of(world, content) == TRUTH


def test_the_trail_holds_after_an_import_and_names_who_did_it(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    assert verify(world.session).holds
    made = world.all(Trail, col(Trail.act) == "imported")
    assert [(one.person_id, one.acting_as) for one in made] == [(world.id("coordinator"), "coordinator")]


def test_nothing_is_half_imported_when_a_row_must_be_put_right_first(world: World) -> None:
    content = a_workbook([a_child_row(), a_child_row(name="Callum Hussain")], [an_action_row()])
    with pytest.raises(Refused, match="Children, row 2: Rows 2 and 3 both have number 900001"):
        imported(world, content)
    assert world.all(Subject) == world.all(Action) == world.all(ImportBatch) == []


def test_only_the_coordinator_imports(world: World) -> None:
    with pytest.raises(Refused, match="Only the coordinator"):
        imported(world, a_workbook([a_child_row()]), as_=world.actor("worker"))
    with pytest.raises(Refused, match="Only the coordinator"):
        imported(world, a_workbook([a_child_row()]), as_=world.actor("chair"))


# --- Children


def test_a_child_comes_with_what_its_row_says(world: World) -> None:
    child = the_child(world)
    assert (child.name, child.reference, child.imported) == ("Keira Eastwell", "900001", True)
    assert (child.on_mace_since, child.level, child.closed_on) == (date(2026, 4, 9), RiskLevel.MODERATE, None)
    assert world.all(Child)[0].born_on == date(2011, 11, 2)


def test_a_child_has_one_worry_from_the_kinds_of_harm(world: World) -> None:
    the_child(world, harms="County lines, CSE")
    (concern,) = world.all(Concern)
    assert concern.words == "County lines, Child sexual exploitation, from the spreadsheet"
    assert concern.harm is Harm.COUNTY_LINES


def test_words_for_harm_that_we_do_not_know_are_kept(world: World) -> None:
    the_child(world, harms="CSE / gang stuff")
    assert world.all(Concern)[0].words == "“CSE / gang stuff”, from the spreadsheet"
    assert world.all(Child)[0].harms == "cse"


def test_no_kind_of_harm_is_said_to_be_not_known_yet(world: World) -> None:
    the_child(world, harms="")
    assert world.all(Concern)[0].harm is Harm.UNKNOWN


def test_a_child_is_allocated_to_the_worker_its_row_names(world: World) -> None:
    the_child(world)
    (allocation,) = world.all(Allocation)
    person = next(one for one in world.all(Person) if one.id == allocation.person_id)
    assert person.name == "Marcus Grant"
    assert person.agency_id == world.agencies["care"].id
    assert (allocation.ended_on, allocation.confirmed_on) == (None, None)


def test_a_worker_with_an_account_sees_the_child_at_once(world: World) -> None:
    the_child(world, worker="Bell, Hannah")
    (allocation,) = world.all(Allocation)
    assert allocation.person_id == world.id("worker")


def test_a_closed_child_gives_nobody_access_and_says_what_is_not_known(world: World) -> None:
    child = the_child(world, status="Closed")
    assert (child.closed_on, child.closed_because) == (world.today, CLOSED)
    assert world.all(Allocation)[0].ended_on == world.today


def test_a_child_who_is_here_already_is_not_made_again(world: World) -> None:
    here = world.a_child("Keira Eastwell")
    imported(world, a_workbook([a_child_row(here.reference)], [an_action_row(number=here.reference)]))
    assert [one.id for one in world.all(Subject)] == [here.id]
    (action,) = world.all(Action)
    assert action.subject_id == here.id
    assert action.concern_id == world.concern_of(here).id


def test_a_number_that_belongs_to_another_child_here_stops_the_import(world: World) -> None:
    here = world.a_child("Callum Hussain")
    with pytest.raises(Refused, match="is Callum Hussain here, but the spreadsheet says “Keira Eastwell”"):
        imported(world, a_workbook([a_child_row(here.reference)]))


def test_a_number_that_belongs_to_a_place_stops_the_import(world: World) -> None:
    place = world.a_place()
    with pytest.raises(Refused, match="no child"):
        imported(world, a_workbook([a_child_row(place.reference)]))


# --- Actions


def test_an_action_comes_with_what_its_row_says(world: World) -> None:
    action = the_action(world)
    (child,) = world.all(Subject)
    assert (action.subject_id, action.series_id, action.imported) == (child.id, world.series.id, True)
    assert (action.set_on, action.first_due, action.due) == (date(2026, 5, 7), date(2026, 5, 21), date(2026, 5, 21))
    assert (action.state, action.confirmed_at, action.owner_accepted_at) == (ActionState.OPEN, None, None)
    assert world.all(ActionChild)[0].child_id == child.id
    assert action.concern_id == world.all(Concern)[0].id


def test_a_date_that_is_none_is_kept_in_its_words_and_late_by_rule(world: World) -> None:
    action = the_action(world, due="ongoing")
    assert (action.first_due, action.due, action.first_due_words) == (None, None, "ongoing")
    assert action.late_line == date(2026, 6, 4)


def test_a_first_date_too_far_off_is_late_from_the_limit_of_its_level(world: World) -> None:
    assert the_action(world, due="31/12/2026").late_line == date(2026, 7, 2)


def test_where_the_cell_names_no_person_nobody_owns_it_at_the_first_agency(world: World) -> None:
    action = the_action(world, owner="Police / SW")
    assert (action.owner_id, action.owner_agency_id) == (None, world.agencies["police"].id)
    (helper,) = world.all(ActionContributor)
    assert (helper.person_id, helper.agency_id) == (None, world.agencies["care"].id)


def test_two_owners_become_one_owner_and_a_contributor(world: World) -> None:
    action = the_action(world, owner="Marcus Grant (CSC) & PC Imran Sadiq (Police)")
    owner = next(one for one in world.all(Person) if one.id == action.owner_id)
    assert owner.name == "Marcus Grant"
    (helper,) = world.all(ActionContributor)
    assert helper.person_id == world.id("police")


@pytest.mark.parametrize("owner", ["CSC / SW", "All", "Marcus Grant (CSC) / Marcus Grant"])
def test_a_shared_action_always_shows_that_it_was_shared(world: World, owner: str) -> None:
    the_action(world, owner=owner)
    assert len(world.all(ActionContributor)) == 1


def test_an_ended_row_without_a_reason_says_that_there_was_none(world: World) -> None:
    action = the_action(world, state="NFA", notes="04/06/26 c/f")
    assert (action.state, action.ended_on) == (ActionState.NO_LONGER_NEEDED, date(2026, 6, 4))
    assert (action.ended_because, action.what_covers_it) == (NOT_SAID, NOT_SAID)


def test_an_ended_row_keeps_the_reason_it_gives(world: World) -> None:
    assert the_action(world, state="Unable to complete - mum moved").ended_because == "Unable to complete - mum moved"


def test_an_action_ended_unfinished_keeps_its_late_carries_for_good(world: World) -> None:
    action = the_action(world, state="Abandoned", notes="04/06/26 c/f\n02/07/26 c/f\n03/07/26 closed")
    assert (action.late_carries, action.ended_after_late_carries) == (2, 2)


# --- History


def test_dated_carries_become_lines_of_the_history_marked_before_this_tool(world: World) -> None:
    action = the_action(world, notes="14/05/26 c/f - SW on leave\n04/06/26 carried forward")
    lines = sorted(world.all(LedgerLine), key=lambda line: line.meeting_on)
    assert [(line.meeting_on, line.decision, line.imported) for line in lines] == [
        (date(2026, 5, 14), Decision.IMPORTED, True),
        (date(2026, 6, 4), Decision.IMPORTED, True),
    ]
    assert [line.carried_late for line in lines] == [False, True]
    assert (action.carries, action.late_carries) == (2, 1)
    assert lines[0].reason == "c/f - SW on leave"


def test_the_day_of_the_late_line_is_not_late_and_the_next_is(world: World) -> None:
    the_action(world, notes="21/05/26 c/f\n22/05/26 c/f")
    lines = sorted(world.all(LedgerLine), key=lambda line: line.meeting_on)
    assert [line.carried_late for line in lines] == [False, True]


def test_two_carries_on_one_day_are_one_line_and_nothing_said_is_lost(world: World) -> None:
    notes = "04/06/26 c/f - SW on leave\n04/06/26 c/f - asked again"
    content = a_workbook([a_child_row()], [an_action_row(notes=notes)])
    imported(world, content)
    assert len(world.all(LedgerLine)) == 1
    assert [one.words for one in world.all(Contribution)] == ["c/f - asked again"]
    assert truth_of(world, content)["carried"] == {"A001": 2}


def test_carries_without_a_day_are_kept_as_words_and_counted_in_the_truth(world: World) -> None:
    content = a_workbook([a_child_row()], [an_action_row(notes="c/f\n05/11/2062 c/f - typed wrong")])
    imported(world, content)
    assert world.all(LedgerLine) == []
    found = sorted(world.all(Contribution), key=lambda one: one.words)
    assert [(one.words, one.received_from) for one in found] == [
        ("5 November 2062: c/f - typed wrong", UNDATED),
        ("c/f", UNDATED),
    ]
    assert truth_of(world, content)["carried"] == {"A001": 2}


def test_other_entries_become_updates_from_the_spreadsheet(world: World) -> None:
    action = the_action(world, notes='04/06/26 SW visited, mum agreed\n=HYPERLINK("http://x")\n05/06/26')
    found = {one.words: one for one in world.all(Contribution)}
    assert set(found) == {"SW visited, mum agreed", '=HYPERLINK("http://x")', "Dated, with nothing written"}
    visited = found["SW visited, mum agreed"]
    assert (visited.said_on, visited.received_from, visited.entered_by_id) == (date(2026, 6, 4), SPREADSHEET, None)
    assert action.last_update_on == date(2026, 6, 5)


def test_a_carry_is_no_update_from_the_owner(world: World) -> None:
    assert the_action(world, notes="04/06/26 c/f - no update from owner").last_update_on is None


def test_a_status_we_cannot_read_is_kept_in_words(world: World) -> None:
    action = the_action(world, state="Awaiting panel")
    assert action.state is ActionState.OPEN
    assert [one.words for one in world.all(Contribution)] == ["Status in the spreadsheet: Awaiting panel"]


def test_a_status_that_mentions_a_carry_is_not_counted_as_one(world: World) -> None:
    content = a_workbook([a_child_row()], [an_action_row(state="Open, was c/f twice")])
    imported(world, content)
    assert truth_of(world, content)["carried"] == {"A001": 0}


# --- What imported carries may start


def test_an_import_prompts_no_question_until_a_meeting_here_has_looked(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    actions = [one for one in world.all(Action) if one.ended_on is None]
    assert any(one.late_carries >= 2 for one in actions)
    facts = list_facts(world.session, actions)
    assert not any(may_prompt_question(one, world.today, 28, world.settings.area) for one in facts.values())


def test_an_undated_action_carried_five_times_stands_near_the_top_with_one_true_sentence(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    undated = next(one for one in world.all(Action) if one.carries == 5 and one.first_due is None)
    register = list_register(world.session, world.actor("chair"), world.today, Filters(), limit=15)
    lines = {line.id: line for line in register.lines}
    assert undated.id in lines
    assert "carried 5 times since" in lines[undated.id].history
    assert "before this tool" in lines[undated.id].history


# --- People and agencies


def test_nobody_is_made_twice_for_one_name_at_one_agency(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    named: dict[tuple[str, Any], int] = {}
    for person in world.all(Person):
        key = (person.name.casefold(), person.agency_id)
        named[key] = named.get(key, 0) + 1
    assert set(named.values()) == {1}


def test_people_with_an_account_are_found_whatever_their_rank(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    names = {person.name for person in world.all(Person)}
    assert names.isdisjoint({"PC Imran Sadiq", "DS Karen Holt", "Nurse Jo Adeyemi"})
    assert "DC Joe Lister" in names


def test_the_same_name_at_another_kind_of_agency_is_somebody_else(world: World) -> None:
    action = the_action(world, owner="Hannah Bell (Police)")
    assert action.owner_id != world.id("worker")
    assert action.owner_agency_id == world.agencies["police"].id


def test_an_owner_without_an_agency_is_the_one_person_of_that_name(world: World) -> None:
    assert the_action(world, owner="Hannah Bell").owner_id == world.id("worker")


def test_an_owner_nobody_knows_stands_at_no_agency_once(world: World) -> None:
    rows = [an_action_row("A1", owner="Fred"), an_action_row("A2", owner="Fred", what="Another")]
    imported(world, a_workbook([a_child_row()], rows))
    (fred,) = [person for person in world.all(Person) if person.name == "Fred"]
    agency = next(one for one in world.all(Agency) if one.id == fred.agency_id)
    assert (agency.name, agency.is_member) == ("Agency not given", False)
    assert {action.owner_id for action in world.all(Action)} == {fred.id}


def test_an_agency_that_is_missing_is_made_once(world: World) -> None:
    rows = [an_action_row("A1", owner="Pat Nolan (Housing)"), an_action_row("A2", owner="Housing", what="Another")]
    imported(world, a_workbook([a_child_row()], rows))
    (housing,) = [one for one in world.all(Agency) if one.kind is AgencyKind.HOUSING]
    assert {action.owner_agency_id for action in world.all(Action)} == {housing.id}


# --- The series


def test_an_import_into_an_empty_tool_makes_a_series_that_expects_its_agencies(world: World) -> None:
    imported(world, TRACKER.read_bytes(), as_=system_actor("import-tracker"), into=Into(None, "MACE"))
    (series,) = [one for one in world.all(Series) if one.name == "MACE"]
    expected = world.all(SeriesAgency, col(SeriesAgency.series_id) == series.id)
    kinds = {agency.kind for agency in world.all(Agency) if agency.id in {one.agency_id for one in expected}}
    assert {AgencyKind.SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HOUSING, AgencyKind.VOLUNTARY} <= kinds


def test_a_series_needs_a_name_of_its_own(world: World) -> None:
    with pytest.raises(Refused, match="Give the series"):
        imported(world, a_workbook([a_child_row()]), into=Into(None, ""))
    with pytest.raises(Refused, match="series of that name already"):
        imported(world, a_workbook([a_child_row()]), into=Into(None, world.series.name))


def test_every_row_is_kept_as_the_file_has_it(world: World) -> None:
    the_action(world, due="31/02/2026")
    row = next(one for one in world.all(ImportedRow) if one.kind == "action")
    assert (row.row_key, row.sheet, row.row_number) == ("A001", "Action log", 2)
    assert '"due": "31/02/2026"' in row.values
