""" "This is …": a named person turns out to be an account, and what is unfinished becomes theirs."""

from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import rows, transaction
from mace.domain.errors import NotThere, Refused
from mace.domain.policy import Permission
from mace.intake.commands.people import match_person
from mace.intake.queries.people import list_named_people
from mace.models import Action, ActionContributor, Allocation, Person
from tests.intake.make import TRACKER, a_child_row, a_workbook, an_action_row, imported
from tests.world import World

ROWS = [
    an_action_row("A1"),
    an_action_row("A2", what="Another", state="Closed", notes="04/06/26 done"),
    an_action_row("A3", what="A third", owner="PC Imran Sadiq (Police) / Marcus Grant (CSC)"),
]
FILE = a_workbook([a_child_row()], ROWS)


def named(world: World, name: str) -> Person:
    """The named person."""
    (found,) = world.all(Person, col(Person.name) == name)
    assert isinstance(found, Person)
    return found


def match(world: World, person_id: UUID, account: str, as_: str = "coordinator") -> None:
    """Say who somebody is."""
    actor = world.actor(as_)
    with transaction(world.session, actor):
        match_person(world.session, actor, person_id, world.id(account), now=world.now)


def test_named_people_are_listed_with_what_stands_in_their_name(world: World) -> None:
    imported(world, FILE)
    (marcus,) = list_named_people(world.session, world.actor("coordinator"), world.today).people
    assert (marcus.name, marcus.agency, marcus.open_actions, marcus.children) == (
        "Marcus Grant",
        "Children’s Services",
        1,
        1,
    )
    words = [one.words for one in marcus.accounts]
    assert "Hannah Bell, Children’s Services" in words
    assert not any("Police" in one for one in words)


def test_an_account_of_the_same_name_stands_first_and_is_said(world: World) -> None:
    imported(world, FILE)
    world.people["worker"].name = "Grant, Marcus"
    world.add(world.people["worker"])
    (marcus,) = list_named_people(world.session, world.actor("coordinator"), world.today).people
    assert marcus.accounts[0].id == world.id("worker")
    assert marcus.likely == "Grant, Marcus, Children’s Services"


def test_what_is_unfinished_moves_to_the_account(world: World) -> None:
    imported(world, FILE)
    marcus = named(world, "Marcus Grant")
    match(world, marcus.id, "worker")
    owners = {action.what: action.owner_id for action in world.all(Action)}
    assert owners["Meet parents to agree safety plan for evenings"] == world.id("worker")
    assert owners["Another"] == marcus.id
    assert [one.person_id for one in world.all(ActionContributor)] == [world.id("worker")]
    (allocation,) = world.all(Allocation)
    assert (allocation.person_id, allocation.team_id) == (world.id("worker"), world.people["worker"].team_id)
    assert all(action.owner_changes == 0 for action in world.all(Action))


def test_the_account_sees_the_child_only_once_it_is_matched(world: World) -> None:
    imported(world, FILE)
    actor = world.actor("worker")
    ids = sa.select(col(Action.id))
    assert rows(world.session, scope.actions(ids, actor, world.today, Permission.ACTION_READ)) == []
    world.session.rollback()
    match(world, named(world, "Marcus Grant").id, "worker")
    assert len(rows(world.session, scope.actions(ids, actor, world.today, Permission.ACTION_READ))) == 3


def test_the_named_person_is_no_choice_any_more(world: World) -> None:
    imported(world, FILE)
    marcus = named(world, "Marcus Grant")
    match(world, marcus.id, "worker")
    again = world.again(marcus)
    assert (again.is_active, again.same_as_id) == (False, world.id("worker"))
    assert list_named_people(world.session, world.actor("coordinator"), world.today).people == ()


def test_a_newer_copy_finds_the_account_under_the_name_in_the_spreadsheet(world: World) -> None:
    imported(world, FILE)
    match(world, named(world, "Marcus Grant").id, "worker")
    imported(world, a_workbook([a_child_row()], [*ROWS, an_action_row("A4", what="A fourth")]))
    fourth = next(action for action in world.all(Action) if action.what == "A fourth")
    assert fourth.owner_id == world.id("worker")
    assert len(world.all(Person, col(Person.name) == "Marcus Grant")) == 1


def test_an_account_of_another_kind_of_agency_is_refused(world: World) -> None:
    imported(world, FILE)
    with pytest.raises(Refused, match="same kind of agency"):
        match(world, named(world, "Marcus Grant").id, "police")


def test_somebody_is_matched_once(world: World) -> None:
    imported(world, FILE)
    marcus = named(world, "Marcus Grant")
    match(world, marcus.id, "worker")
    with pytest.raises(Refused, match="matched already"):
        match(world, marcus.id, "other_worker")


def test_only_people_named_by_an_import_can_be_matched(world: World) -> None:
    imported(world, FILE)
    with pytest.raises(NotThere):
        match(world, world.id("worker"), "other_worker")


def test_only_the_coordinator_matches(world: World) -> None:
    imported(world, FILE)
    with pytest.raises(Refused, match="Only the coordinator"):
        match(world, named(world, "Marcus Grant").id, "worker", as_="manager")


def test_the_areas_own_workbook_leaves_its_named_people_to_match(world: World) -> None:
    imported(world, TRACKER.read_bytes())
    names = [one.name for one in list_named_people(world.session, world.actor("coordinator"), world.today).people]
    assert names == sorted(names)
    assert "DC Joe Lister" in names
    assert "Tom Weller" not in names
