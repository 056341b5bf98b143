"""Undo: exactly what an import made goes, while nothing is built on it; and the reason where it cannot."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from mace import scope
from mace.actions.commands import record_update, set_action
from mace.children.commands import add_event, confirm_worker
from mace.database import transaction
from mace.domain.errors import Refused
from mace.domain.policy import system_actor
from mace.domain.vocabulary import Decision, EventKind, MeetingState
from mace.history import verify
from mace.intake.commands.bring_in import Into
from mace.intake.commands.changes import decide_change
from mace.intake.commands.people import match_person
from mace.intake.commands.undo import undo_import
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
    ImportChange,
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

EVERYTHING = (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Allocation,
    Child,
    Concern,
    Contribution,
    ImportChange,
    ImportedRow,
    LedgerLine,
    Person,
    Series,
    SeriesAgency,
    Subject,
)
PLAIN = a_workbook([a_child_row()], [an_action_row(notes="04/06/26 c/f\n05/06/26 seen")])


def counts(world: World) -> dict[str, int]:
    """How many rows each table holds."""
    return {kind.__name__: len(world.all(kind)) for kind in EVERYTHING}


def undo(world: World, batch: ImportBatch | None) -> None:
    """Undo as the coordinator does."""
    assert batch is not None
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        undo_import(world.session, actor, batch.id, area=world.settings.area, now=world.now)


def refusal(world: World, batch: ImportBatch | None) -> str:
    """Why it cannot be undone."""
    before = counts(world)
    with pytest.raises(Refused) as no:
        undo(world, batch)
    assert counts(world) == before
    return no.value.reason


def made(world: World) -> tuple[UUID, UUID]:
    """The one imported action and child."""
    (action,) = world.all(Action, col(Action.imported))
    (child,) = world.all(Subject, col(Subject.imported))
    return action.id, child.id


# --- What it removes


def test_everything_an_import_made_goes_and_nothing_else(world: World) -> None:
    kept = world.an_action(world.a_child())
    before = counts(world)
    undo(world, imported(world, TRACKER.read_bytes()))
    assert counts(world) == before
    assert world.again(kept).what == kept.what
    assert verify(world.session).holds


def test_the_trail_keeps_what_was_removed(world: World) -> None:
    batch = imported(world, PLAIN)
    action_id, _ = made(world)
    undo(world, batch)
    acts = [one.act for one in world.all(Trail, col(Trail.object_id) == str(action_id))]
    assert acts[0] == "created"
    assert acts[-1] == "deleted"
    assert world.all(ImportBatch)[0].undone_at == world.now


def test_an_undone_import_can_be_made_again(world: World) -> None:
    content = TRACKER.read_bytes()
    undo(world, imported(world, content))
    assert imported(world, content) is not None
    assert truth_of(world, content) == TRUTH


def test_a_series_and_agencies_that_it_made_go_too(world: World) -> None:
    before = counts(world)
    undo(world, imported(world, TRACKER.read_bytes(), as_=system_actor("import-tracker"), into=Into(None, "MACE")))
    assert counts(world) == before


def test_a_series_that_somebody_uses_by_now_stays(world: World) -> None:
    batch = imported(world, PLAIN, into=Into(None, "MACE"))
    (series,) = world.all(Series, col(Series.name) == "MACE")
    world._series = series  # type: ignore[attr-defined]
    world.a_meeting()
    undo(world, batch)
    assert world.all(Series, col(Series.name) == "MACE")
    assert world.all(ImportBatch)[0].series_id == series.id


def test_people_whom_somebody_else_uses_stay(world: World) -> None:
    batch = imported(world, PLAIN)
    (marcus,) = world.all(Person, col(Person.name) == "Marcus Grant")
    world.people["marcus"] = marcus
    world.an_action(world.a_child(worker=None), owner="marcus")
    undo(world, batch)
    assert world.all(Person, col(Person.name) == "Marcus Grant")


def test_a_child_who_was_here_before_stays(world: World) -> None:
    here = world.a_child("Keira Eastwell")
    batch = imported(world, a_workbook([a_child_row(here.reference)], [an_action_row(number=here.reference)]))
    undo(world, batch)
    assert [one.id for one in world.all(Subject)] == [here.id]
    assert world.all(Action) == []


def test_a_newer_copy_is_undone_first_and_takes_its_notes_with_it(world: World) -> None:
    first = imported(world, PLAIN)
    before = counts(world)
    carries = world.again(world.all(Action)[0]).carries
    notes = "04/06/26 c/f\n05/06/26 seen\n02/07/26 c/f\n03/07/26 rang"
    rows = [an_action_row(notes=notes), an_action_row("A002", what="Another")]
    newer = imported(world, a_workbook([a_child_row()], rows), at=world.now + timedelta(minutes=1))
    assert "newer copy" in refusal(world, first)
    undo(world, newer)
    assert counts(world) == before
    assert world.again(world.all(Action)[0]).carries == carries
    undo(world, first)
    assert world.all(Action) == []


def test_a_matched_person_does_not_stand_in_the_way(world: World) -> None:
    before = counts(world)
    batch = imported(world, PLAIN)
    (marcus,) = world.all(Person, col(Person.name) == "Marcus Grant")
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        match_person(world.session, actor, marcus.id, world.id("worker"), now=world.now)
    undo(world, batch)
    assert counts(world) == before


# --- What stands in its way


def _looked_at(world: World, action_id: UUID, _child_id: UUID) -> None:
    meeting = world.a_meeting(state=MeetingState.OPENED)
    line = LedgerLine(
        action_id=action_id,
        meeting_id=meeting.id,
        meeting_on=meeting.held_on,
        state_found="open",
        decision=Decision.NOTED,
        leaves_open=True,
        carried_late=False,
        at=world.now,
    )
    world.add(line)


def _updated(world: World, action_id: UUID, _child_id: UUID) -> None:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        record_update(
            world.session,
            actor,
            action_id,
            words="Rang the school",
            is_done=False,
            received_from="Marcus Grant",
            area=world.settings.area,
            now=world.now,
        )


def _on_an_agenda(world: World, _action_id: UUID, child_id: UUID) -> None:
    (child,) = world.all(Subject, col(Subject.id) == child_id)
    world.an_item(world.a_meeting(), child)


def _something_happened(world: World, _action_id: UUID, child_id: UUID) -> None:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        add_event(
            world.session,
            actor,
            child_id,
            kind=EventKind.MISSING,
            happened_on=world.today,
            words="Not home at 10pm",
            now=world.now,
        )


def _confirmed(world: World, _action_id: UUID, child_id: UUID) -> None:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        confirm_worker(world.session, actor, child_id, now=world.now)


def _another_action(world: World, _action_id: UUID, child_id: UUID) -> None:
    actor = world.actor("coordinator")
    (concern,) = world.all(Concern)
    with transaction(world.session, actor):
        set_action(
            world.session,
            actor,
            child_id,
            series_id=world.series.id,
            what="A safety plan is agreed in writing",
            owner_id=world.id("worker"),
            due=world.day(7),
            concern_id=concern.id,
            area=world.settings.area,
            now=world.now,
        )


def _edited(world: World, _action_id: UUID, child_id: UUID) -> None:
    with transaction(world.session, world.actor("coordinator")):
        found = scope.within(select(Child).where(Child.subject_id == child_id), "test")
        world.session.exec(found).one().school = "Fen Academy"


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (_looked_at, "A meeting has looked at one of its actions"),
        (_updated, "One of its actions has been updated"),
        (_on_an_agenda, "One of its children is on an agenda"),
        (_something_happened, "added to the record of one of its children"),
        (_confirmed, "The worker of one of its children has been confirmed"),
        (_another_action, "An action has been agreed for one of its children"),
        (_edited, "The details of one of its children have been changed"),
    ],
)
def test_an_import_that_somebody_built_on_stays_and_the_reason_is_said(
    world: World, build: Callable[[World, UUID, UUID], Any], reason: str
) -> None:
    batch = imported(world, PLAIN)
    build(world, *made(world))
    assert reason in refusal(world, batch)


def test_a_copy_of_which_a_cell_was_taken_stays(world: World) -> None:
    imported(world, PLAIN)
    row = an_action_row(notes="04/06/26 c/f\n05/06/26 seen", due="28/05/2026")
    newer = imported(world, a_workbook([a_child_row()], [row]), at=world.now + timedelta(minutes=1))
    (change,) = world.all(ImportChange)
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        decide_change(world.session, actor, change.id, take=True, area=world.settings.area, now=world.now)
    assert "A changed cell of it has been taken" in refusal(world, newer)


def test_an_import_is_undone_once(world: World) -> None:
    batch = imported(world, PLAIN)
    undo(world, batch)
    assert "undone already" in refusal(world, batch)


def test_only_the_coordinator_undoes(world: World) -> None:
    batch = imported(world, PLAIN)
    assert batch is not None
    actor = world.actor("chair")
    with pytest.raises(Refused, match="Only the coordinator"), transaction(world.session, actor):
        undo_import(world.session, actor, batch.id, area=world.settings.area, now=world.now)
