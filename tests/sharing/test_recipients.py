"""Whom a release goes to: every case of rule 8, on both sides."""

from mace.domain.vocabulary import ActionState, Extent, Told
from mace.models import Item, RoleHolding, Subject
from mace.sharing.queries import Recipient, list_recipients
from tests.sharing.make import an_item_to_release, cannot_sign_in, end
from tests.world import World


def recipients(world: World, item: Item, *, for_record: bool = False) -> tuple[Recipient, ...]:
    found = list_recipients(world.session, item.id, for_record=for_record, today=world.today)
    world._let_go()
    return found


def told(world: World, item: Item, *, for_record: bool = False) -> list[tuple[str, Told, Extent]]:
    found = recipients(world, item, for_record=for_record)
    return [(one.name, one.told, one.extent) for one in found if not one.undeliverable]


def undeliverable(world: World, item: Item, *, for_record: bool = False) -> list[str]:
    return [one.undeliverable for one in recipients(world, item, for_record=for_record) if one.undeliverable]


LEAD = ("Hannah Bell", Told.LEAD, Extent.WHOLE)
MANAGER = ("Grace Adu", Told.MANAGER, Extent.WHOLE)
OFFICER = ("Imran Sadiq", Told.OWNER, Extent.OWN_ACTION)
TEACHER = ("Sue Lambert", Told.WORKING_WITH, Extent.WHOLE)


def a_child_to_release(world: World, **values: object) -> tuple[Subject, Item]:
    child = world.a_child(**values)
    return child, an_item_to_release(world, child)


def test_the_lead_practitioner_and_their_manager_get_the_whole(world: World) -> None:
    _child, item = a_child_to_release(world)
    assert told(world, item) == [LEAD, MANAGER]
    assert undeliverable(world, item) == []


def test_the_manager_of_another_team_gets_nothing(world: World) -> None:
    _child, item = a_child_to_release(world, worker="other_worker")
    assert told(world, item) == [("Tom Weller", Told.LEAD, Extent.WHOLE), ("Neil Farrow", Told.MANAGER, Extent.WHOLE)]


def test_an_owner_who_does_not_work_with_the_child_gets_their_own_action(world: World) -> None:
    child, item = a_child_to_release(world)
    action = world.an_action(child, owner="police")
    assert told(world, item) == [LEAD, MANAGER, OFFICER]
    assert recipients(world, item)[-1].action_id == action.id


def test_an_owner_of_two_actions_gets_each_by_itself(world: World) -> None:
    child, item = a_child_to_release(world)
    actions = [world.an_action(child, owner="police"), world.an_action(child, owner="police")]
    assert [one.action_id for one in recipients(world, item)[2:]] == [action.id for action in actions]


def test_a_lead_practitioner_who_owns_an_action_is_told_once(world: World) -> None:
    child, item = a_child_to_release(world)
    world.an_action(child, owner="worker")
    assert told(world, item) == [LEAD, MANAGER]


def test_a_manager_who_owns_an_action_is_told_once(world: World) -> None:
    child, item = a_child_to_release(world)
    world.an_action(child, owner="manager")
    assert told(world, item) == [LEAD, MANAGER]


def test_an_owner_listed_as_working_with_the_child_gets_the_whole_once(world: World) -> None:
    child, item = a_child_to_release(world)
    world.works_with(child, "teacher")
    world.an_action(child, owner="teacher")
    assert told(world, item) == [LEAD, MANAGER, TEACHER]
    assert told(world, item, for_record=True) == [LEAD, MANAGER, TEACHER]


def test_somebody_listed_who_owns_nothing_waits_for_the_record(world: World) -> None:
    child, item = a_child_to_release(world)
    world.works_with(child, "teacher")
    assert told(world, item) == [LEAD, MANAGER]
    assert told(world, item, for_record=True) == [LEAD, MANAGER, TEACHER]


def test_a_listing_that_ended_sends_nothing(world: World) -> None:
    child, item = a_child_to_release(world)
    world.works_with(child, "teacher", ended_on=world.today)
    assert told(world, item, for_record=True) == [LEAD, MANAGER]


def test_somebody_whose_listing_ended_still_gets_their_own_action(world: World) -> None:
    child, item = a_child_to_release(world)
    world.works_with(child, "teacher", ended_on=world.day(-1))
    world.an_action(child, owner="teacher")
    assert told(world, item) == [LEAD, MANAGER, ("Sue Lambert", Told.OWNER, Extent.OWN_ACTION)]


def test_an_action_that_ended_before_is_not_sent_and_one_set_or_decided_here_is(world: World) -> None:
    child, item = a_child_to_release(world)
    ended = {"state": ActionState.DONE, "ended_on": world.today}
    world.an_action(child, owner="nurse", **ended)
    assert told(world, item) == [LEAD, MANAGER]
    world.an_action(child, owner="police", set_at_item_id=item.id, **ended)
    assert told(world, item) == [LEAD, MANAGER, OFFICER]


def test_an_action_that_protects_this_child_is_sent_whoever_it_is_about(world: World) -> None:
    child, item = a_child_to_release(world)
    other = world.a_child("Ben Brackley", worker=None)
    world.an_action(other, owner="police", children=(child,))
    world.an_action(other, owner="nurse")
    assert told(world, item) == [LEAD, MANAGER, OFFICER]


def test_with_a_worker_who_cannot_sign_in_it_goes_to_the_manager_in_their_place(world: World) -> None:
    _child, item = a_child_to_release(world)
    cannot_sign_in(world, "worker")
    (only,) = recipients(world, item)
    assert (only.name, only.told, only.instead_of, only.undeliverable) == ("Grace Adu", Told.MANAGER, "Hannah Bell", "")


def test_a_worker_who_has_left_cannot_sign_in_and_one_who_leaves_today_can(world: World) -> None:
    _child, item = a_child_to_release(world)
    end(world, world.people["worker"], leaves_on=world.today)
    assert told(world, item) == [LEAD, MANAGER]
    end(world, world.people["worker"], leaves_on=world.day(-1))
    assert told(world, item) == [MANAGER]


def test_a_worker_whose_account_is_closed_cannot_sign_in(world: World) -> None:
    _child, item = a_child_to_release(world)
    end(world, world.people["worker"], is_active=False)
    assert told(world, item) == [MANAGER]


def test_with_nobody_to_reach_it_is_said_and_put_on_the_list(world: World) -> None:
    _child, item = a_child_to_release(world)
    cannot_sign_in(world, "worker", "manager")
    (only,) = recipients(world, item)
    assert (only.person_id, only.name, only.told, only.extent) == (None, "Hannah Bell", Told.LEAD, Extent.WHOLE)
    assert only.undeliverable == "Hannah Bell cannot sign in, and neither can a manager of their team"


def test_a_child_without_a_worker_is_said_and_put_on_the_list(world: World) -> None:
    _child, item = a_child_to_release(world, worker=None)
    (only,) = recipients(world, item)
    assert (only.person_id, only.name) == (None, "Lead practitioner")
    assert only.undeliverable == "No worker is allocated to this child"


def test_a_manager_whose_time_is_over_gets_nothing(world: World) -> None:
    _child, item = a_child_to_release(world)
    (held,) = world.all(RoleHolding, RoleHolding.person_id == world.id("manager"))
    end(world, held, ends_on=world.today)
    assert told(world, item) == [LEAD, MANAGER]
    end(world, held, ends_on=world.day(-1))
    assert told(world, item) == [LEAD]


def test_an_owner_who_cannot_sign_in_is_on_the_list(world: World) -> None:
    child, item = a_child_to_release(world)
    world.an_action(child, owner="police")
    cannot_sign_in(world, "police")
    assert told(world, item) == [LEAD, MANAGER]
    assert undeliverable(world, item) == ["Imran Sadiq cannot sign in"]


def test_somebody_listed_who_cannot_sign_in_is_on_the_list_of_the_record(world: World) -> None:
    child, item = a_child_to_release(world)
    world.works_with(child, "teacher")
    cannot_sign_in(world, "teacher")
    assert undeliverable(world, item) == []
    assert undeliverable(world, item, for_record=True) == ["Sue Lambert cannot sign in"]


def test_an_imported_action_that_nobody_owns_sends_nothing(world: World) -> None:
    child, item = a_child_to_release(world)
    world.an_action(child, owner=None, imported=True)
    assert told(world, item) == [LEAD, MANAGER]


def test_a_place_has_owners_and_no_lead_practitioner(world: World) -> None:
    place = world.a_place()
    item = an_item_to_release(world, place)
    world.an_action(place, owner="police")
    assert told(world, item) == [OFFICER]
    assert undeliverable(world, item) == []


def test_without_a_day_it_is_as_on_the_day_of_the_meeting(world: World) -> None:
    _child, item = a_child_to_release(world)
    found = list_recipients(world.session, item.id)
    assert [one.name for one in found] == ["Hannah Bell", "Grace Adu"]
