"""Agreeing an action: four things, a number, the children it protects, and its late line (rules 2 and 3)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from mace.actions import commands
from mace.database import transaction
from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import RiskLevel
from mace.models import Action, ActionChild, Subject
from tests.world import World


def agree(world: World, subject: Subject, by: str = "chair", **changes: Any) -> Action:
    said = {
        "series_id": world.series.id,
        "what": "A safety plan is agreed in writing",
        "owner_id": world.id("worker"),
        "due": world.day(14),
        "concern_id": world.concern_of(subject).id,
        **changes,
    }
    actor = world.actor(by)
    with transaction(world.session, actor):
        return commands.set_action(world.session, actor, subject.id, area=world.settings.area, now=world.now, **said)


def test_an_agreed_action_stands_with_its_owner_date_and_late_line(world: World) -> None:
    child = world.a_child()
    action = world.again(agree(world, child))
    assert (action.owner_id, action.owner_agency_id) == (world.id("worker"), world.agencies["care"].id)
    assert (action.first_due, action.due, action.late_line) == (world.day(14),) * 3
    assert (action.set_on, action.late_from) == (world.today, world.day(15))
    assert action.owner_accepted_at is not None


@pytest.mark.parametrize(("reason", "line"), [("", 28), ("The court sits in April", 90)])
def test_a_date_too_far_off_counts_from_the_limit_unless_the_chair_said_why(
    world: World, reason: str, line: int
) -> None:
    child = world.a_child(level=RiskLevel.SIGNIFICANT)
    action = agree(world, child, due=world.day(90), long_date_reason=reason)
    assert world.again(action).late_line == world.day(line)


def test_numbers_follow_each_other(world: World) -> None:
    child = world.a_child()
    first, second = agree(world, child), agree(world, child)
    assert second.number == first.number + 1


def test_an_owner_who_is_not_here_has_yet_to_accept(world: World) -> None:
    action = agree(world, world.a_child(), owner_is_here=False)
    assert world.again(action).owner_accepted_at is None


def test_one_action_for_several_children_is_one_action_on_each_record(world: World) -> None:
    child, other = world.a_child(), world.a_child("Bethan Birch")
    action = agree(world, child, other_children=[other.id, child.id])
    assert {one.child_id for one in world.all(ActionChild, ActionChild.action_id == action.id)} == {child.id, other.id}
    assert len(world.all(Action)) == 1


def test_an_action_about_a_place_protects_the_children_named_and_not_the_place(world: World) -> None:
    place, child = world.a_place(), world.a_child()
    action = agree(world, place, other_children=[child.id])
    assert [one.child_id for one in world.all(ActionChild, ActionChild.action_id == action.id)] == [child.id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": " "}, "what"),
        ({"owner_id": None}, "owner"),
        ({"owner_id": uuid4()}, "owner"),
        ({"due": None}, "due"),
        ({"due": -1}, "due"),
        ({"concern_id": None}, "concern"),
        ({"concern_id": uuid4()}, "concern"),
        ({"other_children": [uuid4()]}, "other_children"),
    ],
)
def test_what_is_missing_or_impossible_is_refused_beside_its_field(
    world: World, changes: dict[str, Any], field: str
) -> None:
    if changes.get("due") == -1:
        changes = {"due": world.today - timedelta(days=1)}
    with pytest.raises(Refused) as no:
        agree(world, world.a_child(), **changes)
    assert no.value.field == field
    assert world.all(Action) == []


def test_a_worry_of_another_child_is_not_this_childs(world: World) -> None:
    child, other = world.a_child(), world.a_child("Bethan Birch")
    with pytest.raises(Refused) as no:
        agree(world, child, concern_id=world.concern_of(other).id)
    assert no.value.field == "concern"


@pytest.mark.parametrize("who", ["worker", "police_lead", "manager"])
def test_only_those_who_run_meetings_agree_actions(world: World, who: str) -> None:
    with pytest.raises(NotThere):
        agree(world, world.a_child(), by=who)
