"""A newer copy of a workbook: rows and notes are added, changed cells wait, and deciding lowers no count."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from mace import scope
from mace.actions.commands import record_update
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.vocabulary import ActionState
from mace.intake.commands.changes import decide_change
from mace.models import (
    Action,
    ActionContributor,
    Allocation,
    Child,
    Contribution,
    ImportChange,
    LedgerLine,
    Person,
    Subject,
)
from tests.intake.make import CHILDREN, Cells, a_child_row, a_workbook, an_action_row, imported, truth_of
from tests.world import TEST, World

BASE = an_action_row(notes="04/06/26 c/f")


def copies(world: World, *, child: dict[str, object] | None = None, **cells: object) -> bytes:
    """Import a copy, then a newer one whose action, or child, has other cells; returns the newer."""
    imported(world, a_workbook([a_child_row()], [BASE]))
    newer = a_workbook([a_child_row(**(child or {}))], [an_action_row(**{"notes": "04/06/26 c/f", **cells})])
    imported(world, newer, at=world.now + timedelta(minutes=1))
    return newer


def decide(world: World, *, take: bool, name: str = "") -> None:
    """Decide about the one change that waits, or the one of that field."""
    (change,) = [one for one in world.all(ImportChange) if one.decided_at is None and name in ("", one.field)]
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        decide_change(world.session, actor, change.id, take=take, area=world.settings.area, now=world.now)


def refusal(world: World) -> str:
    """Why the one change that waits cannot be taken."""
    with pytest.raises(Refused) as no:
        decide(world, take=True)
    return no.value.reason


def the_action(world: World) -> Action:
    """The one action there is."""
    (found,) = world.all(Action)
    assert isinstance(found, Action)
    return found


def look(world: World, action_id: UUID) -> None:
    """Let a meeting here have looked at an action."""
    with transaction(world.session, TEST):
        found = world.session.exec(scope.within(select(Action).where(Action.id == action_id), "test")).one()
        found.confirmed_at = world.now


# --- What comes by itself


def test_new_rows_are_added_and_old_ones_left_alone(world: World) -> None:
    imported(world, a_workbook([a_child_row()], [BASE]))
    first = the_action(world)
    more = [BASE, an_action_row("A002", what="Another")]
    newer = a_workbook([a_child_row(), a_child_row("900002", "Callum Hussain")], more)
    batch = imported(world, newer)
    assert batch is not None
    assert (batch.children_made, batch.actions_made, batch.notes_added) == (1, 1, 0)
    assert {action.number for action in world.all(Action)} == {first.number, first.number + 1}
    assert world.all(ImportChange) == []


def test_new_dated_carries_are_added_to_the_history(world: World) -> None:
    newer = copies(world, notes="04/06/26 c/f\n02/07/26 c/f - SW on leave\n03/07/26 seen")
    assert sorted(line.meeting_on for line in world.all(LedgerLine)) == [date(2026, 6, 4), date(2026, 7, 2)]
    assert [one.words for one in world.all(Contribution)] == ["seen"]
    action = the_action(world)
    assert (action.carries, action.late_carries, action.last_update_on) == (2, 2, date(2026, 7, 3))
    assert truth_of(world, newer)["carried"] == {"A001": 2}
    assert [one.taken for one in world.all(ImportChange)] == [True]


def test_the_same_newer_copy_again_makes_nothing(world: World) -> None:
    newer = copies(world, notes="04/06/26 c/f\n02/07/26 c/f", due="28/05/2026")
    assert imported(world, newer, at=world.now + timedelta(minutes=2)) is None
    assert len(world.all(LedgerLine)) == 2
    assert len(world.all(ImportChange)) == 2


def test_a_copy_that_goes_back_to_the_old_words_is_a_change_again(world: World) -> None:
    copies(world, due="28/05/2026")
    decide(world, take=False)
    imported(world, a_workbook([a_child_row()], [BASE]), at=world.now + timedelta(minutes=2))
    (waiting,) = [one for one in world.all(ImportChange) if one.decided_at is None]
    assert (waiting.old, waiting.new) == ("28/05/2026", "21/05/2026")


def test_a_carry_on_a_day_that_has_a_line_is_kept_as_words(world: World) -> None:
    copies(world, notes="04/06/26 c/f\n04/06/26 c/f - asked again")
    assert len(world.all(LedgerLine)) == 1
    assert [one.words for one in world.all(Contribution)] == ["c/f - asked again"]


def test_a_carry_after_the_action_ended_here_is_kept_as_words(world: World) -> None:
    imported(world, a_workbook([a_child_row()], [an_action_row(state="Closed", notes="04/06/26 done")]))
    newer = an_action_row(state="Closed", notes="04/06/26 done\n02/07/26 c/f")
    imported(world, a_workbook([a_child_row()], [newer]))
    assert world.all(LedgerLine) == []
    assert "c/f" in {one.words for one in world.all(Contribution)}


def test_a_new_years_log_that_begins_again_at_one_is_not_taken_for_the_old_one(world: World) -> None:
    imported(world, a_workbook([a_child_row()], [BASE]))
    imported(world, a_workbook([a_child_row()], [an_action_row(set_on="05/11/2026", what="Something new")]))
    assert len(world.all(Action)) == 2
    assert world.all(ImportChange) == []
    again = a_workbook([a_child_row()], [an_action_row(set_on="05/11/2026", what="Something new")])
    assert imported(world, again) is None


def test_a_column_read_for_the_first_time_changes_no_action(world: World) -> None:
    headings = ("Ref", "LCS No", "Action", "Owner", "Due", "Status")
    row = ("A001", "900001", "Meet parents", "Marcus Grant (CSC)", "21/05/2026", "open")
    imported(world, a_workbook(**{"Children": _children(), "Log": (headings, row)}))
    imported(world, a_workbook(**{"Children": _children(), "Log": ((*headings, "Meeting"), (*row, "07/05/2026"))}))
    assert world.all(ImportChange) == []


def _children() -> list[Cells]:
    return [CHILDREN, a_child_row()]


# --- What waits for a decision


def test_changed_cells_wait_and_change_nothing(world: World) -> None:
    copies(world, due="28/05/2026", owner="PC Imran Sadiq (Police)")
    waiting = {(one.field, one.old, one.new) for one in world.all(ImportChange) if one.decided_at is None}
    assert waiting == {
        ("due", "21/05/2026", "28/05/2026"),
        ("owner", "Marcus Grant (CSC)", "PC Imran Sadiq (Police)"),
    }
    assert the_action(world).due == date(2026, 5, 21)


def test_keeping_ours_changes_nothing_and_is_remembered(world: World) -> None:
    copies(world, due="28/05/2026")
    decide(world, take=False)
    (change,) = world.all(ImportChange)
    assert (change.taken, change.decided_by_id) == (False, world.id("coordinator"))
    assert the_action(world).due == date(2026, 5, 21)


def test_a_cell_is_decided_once(world: World) -> None:
    copies(world, due="28/05/2026")
    decide(world, take=False)
    (change,) = world.all(ImportChange)
    actor = world.actor("coordinator")
    with pytest.raises(Refused, match="decided already"), transaction(world.session, actor):
        decide_change(world.session, actor, change.id, take=True, area=world.settings.area, now=world.now)


def test_taking_a_date_moves_the_date_and_never_the_first_one(world: World) -> None:
    copies(world, due="28/12/2026")
    before = the_action(world)
    decide(world, take=True)
    action = the_action(world)
    assert (action.due, action.first_due, action.late_line) == (date(2026, 12, 28), before.first_due, before.late_line)
    assert (action.date_moves, action.carries, action.late_carries) == (1, before.carries, before.late_carries)


def test_words_that_are_no_date_cannot_be_taken(world: World) -> None:
    copies(world, due="TBC")
    assert "“TBC” is not a date" in refusal(world)
    assert the_action(world).due == date(2026, 5, 21)


def test_a_date_before_the_action_was_agreed_cannot_be_taken(world: World) -> None:
    copies(world, due="01/05/2026")
    assert "before the action was agreed" in refusal(world)


def test_the_day_it_was_agreed_the_child_and_the_reference_stay(world: World) -> None:
    copies(world, set_on="14/05/2026")
    assert "starts its clock" in refusal(world)


def test_an_action_stays_on_the_record_it_was_made_on(world: World) -> None:
    imported(world, a_workbook([a_child_row(), a_child_row("900002", "Callum Hussain")], [BASE]))
    moved = an_action_row(number="900002", child="", notes="04/06/26 c/f")
    imported(world, a_workbook([a_child_row(), a_child_row("900002", "Callum Hussain")], [moved]))
    with pytest.raises(Refused, match="stays on the record"):
        decide(world, take=True, name="number")


def test_taking_an_owner_counts_as_a_change_of_owner(world: World) -> None:
    copies(world, owner="PC Imran Sadiq (Police) / School")
    decide(world, take=True)
    action = the_action(world)
    assert (action.owner_id, action.owner_agency_id) == (world.id("police"), world.agencies["police"].id)
    assert action.owner_changes == 1
    assert [one.agency_id for one in world.all(ActionContributor)] == [world.agencies["school"].id]


def test_an_owner_who_is_only_written_otherwise_is_no_change(world: World) -> None:
    copies(world, owner="Grant, Marcus (CSC)")
    decide(world, take=True)
    assert the_action(world).owner_changes == 0
    assert len([one for one in world.all(Person) if "Grant" in one.name]) == 1


def test_nobody_cannot_be_taken_for_an_owner(world: World) -> None:
    copies(world, owner="TBC")
    assert "names nobody" in refusal(world)


def test_taking_words_rewords_the_action(world: World) -> None:
    copies(world, what="Meet both parents")
    decide(world, take=True)
    assert the_action(world).what == "Meet both parents"


def test_a_row_closed_since_ends_while_no_meeting_here_has_looked(world: World) -> None:
    copies(world, state="Closed", notes="04/06/26 c/f\n02/07/26 done")
    decide(world, take=True, name="state")
    action = the_action(world)
    assert (action.state, action.ended_on) == (ActionState.DONE, date(2026, 7, 2))
    assert action.late_carries == 1


def test_a_row_closed_since_is_only_reported_done_once_a_meeting_here_has_looked(world: World) -> None:
    copies(world, state="Closed", notes="04/06/26 c/f\n02/07/26 done")
    look(world, the_action(world).id)
    decide(world, take=True, name="state")
    action = the_action(world)
    assert (action.state, action.ended_on) == (ActionState.REPORTED_DONE, None)
    assert action.reported_done_on == date(2026, 7, 2)


def test_what_a_meeting_has_looked_at_is_stopped_by_a_meeting_only(world: World) -> None:
    copies(world, state="Abandoned")
    look(world, the_action(world).id)
    assert "a meeting decides" in refusal(world)


def test_what_its_owner_reported_here_is_not_overwritten(world: World) -> None:
    copies(world, state="Closed")
    action, actor = the_action(world), world.actor("coordinator")
    with transaction(world.session, actor):
        record_update(
            world.session,
            actor,
            action.id,
            words="Done on Monday",
            is_done=True,
            done_on=world.today,
            received_from="Marcus Grant by e-mail",
            area=world.settings.area,
            now=world.now,
        )
    assert "reported done" in refusal(world)


def test_a_row_opened_again_runs_on_with_its_history(world: World) -> None:
    imported(world, a_workbook([a_child_row()], [an_action_row(state="Closed", notes="04/06/26 c/f\n05/06/26 done")]))
    newer = an_action_row(state="Open", notes="04/06/26 c/f\n05/06/26 done")
    imported(world, a_workbook([a_child_row()], [newer]))
    decide(world, take=True)
    action = the_action(world)
    assert (action.state, action.ended_on, action.carries, action.late_carries) == (ActionState.OPEN, None, 1, 1)


def test_an_unknown_status_cannot_be_taken(world: World) -> None:
    copies(world, state="awaiting panel")
    assert "not a status we know" in refusal(world)


# --- Children


def test_taking_a_childs_cells_changes_the_child(world: World) -> None:
    imported(world, a_workbook([a_child_row()]))
    newer = a_child_row(name="Keira Eastwell-Brown", born="3 Nov 2011", harms="CSE", level="High")
    imported(world, a_workbook([newer]))
    for name in ("name", "born", "harms", "level"):
        decide(world, take=True, name=name)
    (subject,), (child,) = world.all(Subject), world.all(Child)
    assert (subject.name, subject.search_name) == ("Keira Eastwell-Brown", "keira eastwell brown")
    assert (child.born_on, child.harms, subject.level) == (date(2011, 11, 3), "cse", "significant")


def test_taking_a_worker_ends_the_allocation_before(world: World) -> None:
    imported(world, a_workbook([a_child_row()]))
    imported(world, a_workbook([a_child_row(worker="Hannah Bell")]))
    decide(world, take=True)
    live = [one for one in world.all(Allocation) if one.ended_on is None]
    assert [one.person_id for one in live] == [world.id("worker")]
    assert len(world.all(Allocation)) == 2


def test_a_child_with_something_to_do_is_not_closed_by_a_spreadsheet(world: World) -> None:
    copies(world, child={"status": "Closed"})
    assert "unfinished" in refusal(world)


def test_a_child_with_nothing_to_do_is_closed(world: World) -> None:
    imported(world, a_workbook([a_child_row()]))
    imported(world, a_workbook([a_child_row(status="Closed")]))
    decide(world, take=True)
    assert world.all(Subject)[0].closed_on == world.today


def test_a_closed_child_comes_back_on_its_own_page_only(world: World) -> None:
    imported(world, a_workbook([a_child_row(status="Closed")]))
    imported(world, a_workbook([a_child_row(status="Open")]))
    assert "own page" in refusal(world)


def test_only_the_coordinator_decides(world: World) -> None:
    copies(world, due="28/05/2026")
    (change,) = world.all(ImportChange)
    actor = world.actor("chair")
    with pytest.raises(Refused, match="Only the coordinator"), transaction(world.session, actor):
        decide_change(world.session, actor, change.id, take=True, area=world.settings.area, now=world.now)
