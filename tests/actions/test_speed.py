"""A page asks as much for fifty rows as for one: the number of queries never follows the number of rows."""

import pytest
from flask import Flask

from mace.actions import commands
from mace.domain.vocabulary import Decision, LineKind, MeetingState
from mace.models import Action, ActionContributor, Contribution
from tests.actions.make import a_running_meeting, a_wait, decide, do
from tests.asked import questions_to
from tests.pages import CheckedClient
from tests.world import World

MOST = 8
"""Queries of a page, its sign-in among them (``performance.md``, goal 4); the trail's own write stands beside."""


def queries_of(app: Flask, client: CheckedClient, path: str) -> int:
    client.get(path)
    with questions_to(app) as questions:
        client.get(path)
    return len(questions)


def fill(world: World, number: int) -> Action:
    """So many actions, each with a look, a wait with a chase, an update and a helper; the last of them."""
    child = world.a_child(f"Child {number}")
    action = None
    for n in range(number):
        action = world.an_action(child, set_on=world.day(-60), due=world.day(-10 + n), last_update_on=world.today)
        world.add(
            ActionContributor(action_id=action.id, agency_id=world.agencies["police"].id),
            Contribution(
                subject_id=child.id, action_id=action.id, kind=LineKind.UPDATE, words="Rang", said_on=world.today,
                entered_at=world.now, source_agency_id=world.agencies["care"].id,
            ),
        )  # fmt: skip
    assert action is not None
    return action


@pytest.mark.parametrize("who", ["chair", "worker", "manager", "nurse"])
@pytest.mark.parametrize(
    "path", ["/actions", "/actions?sort=owner", "/actions?late=yes", "/actions.csv", "/actions/narrow"]
)
def test_a_list_of_fifty_asks_no_more_than_a_list_of_one(
    app: Flask, client: CheckedClient, world: World, who: str, path: str
) -> None:
    fill(world, 1)
    client.sign_in(world.id(who))
    one = queries_of(app, client, path)
    fill(world, 49)
    assert queries_of(app, client, path) == one
    assert one <= MOST


def test_one_action_asks_no_more_for_a_long_life_than_for_a_short_one(
    app: Flask, client: CheckedClient, world: World
) -> None:
    action = fill(world, 1)
    client.sign_in(world.id("chair"))
    short = queries_of(app, client, f"/actions/{action.id}")
    for n in range(6):
        days = -55 + n * 8
        said = a_wait(world, days, another_way="A mentor each Friday")
        decide(world, action, a_running_meeting(world, days), Decision.WAITING_ON, **said)
        do(
            world, "nurse", commands.record_chase, action.id, days=days + 1,
            chased_on=world.day(days + 1), words="Rang", next_by=world.day(days + 9),
        )  # fmt: skip
        world.a_meeting(world.day(days + 2), MeetingState.HELD)
    assert queries_of(app, client, f"/actions/{action.id}") == short
    assert short <= MOST


def test_noting_many_asks_no_more_than_noting_one(app: Flask, world: World) -> None:
    def asked(number: int) -> int:
        child = world.a_child(f"Child {number}")
        for _ in range(number):
            world.an_action(child, last_update_on=world.today)
        meeting = a_running_meeting(world)
        with questions_to(app) as statements:
            assert do(world, "chair", commands.note_in_date, child.id, meeting.id) == number
        return len(statements)

    assert asked(1) == asked(20)
