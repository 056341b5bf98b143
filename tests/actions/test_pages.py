"""The register and an action's page, as their readers see them."""

from tests.pages import CheckedClient
from tests.world import World


def test_the_register_lists_an_action(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    page = client.sign_in(world.id("chair")).get("/actions")
    assert action.what in page


def test_another_worker_does_not_find_it(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    client.sign_in(world.id("other_worker")).get(f"/actions/{action.id}", status=404)
