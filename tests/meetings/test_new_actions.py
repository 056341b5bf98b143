"""A new action is agreed: four things at typing, and the rest where it is needed."""

import pytest
from sqlmodel import select

from mace.database import system_scope, transaction
from mace.domain.vocabulary import ActionState, Presence
from mace.meetings import commands
from mace.models import Action, ActionChild, Concern, Context, ContextChild, Person
from tests.meetings.make import a_running_item, a_running_meeting, acting, day, items_of
from tests.pages import CheckedClient
from tests.world import TEST, World

FOUR = (
    "Say what will exist when it is done",
    "Choose one person who owns it",
    "Enter the date by which it will be done",
    "Choose which concern it reduces",
)


def _whole(world: World, subject: object, **changes: object) -> dict[str, object]:
    form: dict[str, object] = {
        "new-what": "A warning notice is served",
        "new-owner": world.id("police"),
        "new-concern": world.concern_of(subject).id,  # type: ignore[arg-type]
        "new-contingency": "If he comes back, school rings 999",
        **day("new-due", world.day(10)),
    }
    return {**form, **{f"new-{name}": value for name, value in changes.items()}}


def _made(world: World) -> Action:
    (action,) = world.all(Action)
    found: Action = action
    return found


def test_all_four_are_asked_for_at_once(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/actions", {"new-concern": "", "new-contingency": "School rings 999"}, status=422
    )
    for words in FOUR:
        assert page.count(words) == 2, f"in the summary and beside the field: {words}"
    assert "School rings 999" in page
    for link in ('href="#new-what"', 'href="#new-owner"', 'href="#new-due-day"', 'href="#new-concern"'):
        assert link in page
    assert world.all(Action) == []


def test_without_a_worry_a_new_one_is_asked_for_where_it_is_written(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    _end_worries(world)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    page = client.post(f"/items/{item.id}/actions", {}, status=422)
    assert 'href="#new-new_concern"' in page
    assert 'id="new-new_concern"' in page


def _end_worries(world: World) -> None:
    with transaction(world.session, TEST), system_scope(world.session, "a test"):
        for concern in world.session.exec(select(Concern)):
            concern.ended_on, concern.ended_because = world.today, "It has stopped"


def test_an_agreed_action_stands_on_the_record(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/actions", _whole(world, child))
    action = _made(world)
    assert (action.subject_id, action.series_id, action.set_at_item_id) == (child.id, world.series.id, item.id)
    assert (action.owner_id, action.first_due, action.due) == (world.id("police"), world.day(10), world.day(10))
    assert action.owner_accepted_at is not None, "the owner’s agency is in the room"
    assert [row.child_id for row in world.all(ActionChild)] == [child.id]
    page = client.get(f"/items/{item.id}/room")
    assert "A warning notice is served" in page
    assert "as=carried" not in page, "what was agreed today is not looked at today"


def test_an_owner_who_is_not_in_the_room_is_asked_to_accept(world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    with acting(world, "chair") as actor:
        gone = {world.agencies["police"].id: (Presence.ABSENT, "")}
        commands.set_item_attendance(world.session, actor, item.id, gone)
    with acting(world, "chair") as actor:
        commands.add_action(
            world.session,
            actor,
            item.id,
            what="A warning notice is served",
            owner_id=world.id("police"),
            due=world.day(10),
            concern_id=world.concern_of(child).id,
            area=world.settings.area,
            now=world.now,
        )
    assert _made(world).owner_accepted_at is None


def test_somebody_without_an_account_can_own_it(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    page = client.post(
        f"/items/{item.id}/actions", _whole(world, child, owner="", new_owner="Coach Bob Lane"), status=422
    )
    assert "Choose their agency" in page
    assert 'value="Coach Bob Lane"' in page
    school = world.agencies["school"].id
    client.post(
        f"/items/{item.id}/actions",
        _whole(world, child, owner="", new_owner="Coach Bob Lane", new_owner_agency=school),
    )
    person = world.all(Person, Person.name == "Coach Bob Lane")[0]
    assert (_made(world).owner_id, person.agency_id) == (person.id, school)


def test_one_owner_not_two(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    school = world.agencies["school"].id
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/actions",
        _whole(world, child, new_owner="Coach Bob Lane", new_owner_agency=school),
        status=422,
    )
    assert "Choose one owner" in page
    assert world.all(Person, Person.name == "Coach Bob Lane") == []


def test_a_new_worry_is_written_down_with_it(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    form = _whole(world, child, concern="", new_concern="He carries a knife to school")
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/actions", form)
    worry = world.all(Concern, Concern.words == "He carries a knife to school")[0]
    assert (_made(world).concern_id, worry.subject_id) == (worry.id, child.id)


def test_a_refused_action_leaves_no_worry_behind(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    form = {
        **_whole(world, child, concern="", new_concern="He carries a knife to school"),
        **day("new-due", world.day(-1)),
    }
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/actions", form, status=422)
    assert "The date must be today or later" in page
    assert "He carries a knife to school" in page
    assert len(world.all(Concern)) == 1


def test_a_date_far_off_counts_from_the_limit_unless_somebody_says_why(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    limit = world.settings.area.longest_first_date(child.level)
    client.sign_in(world.id("chair"))
    assert f"Only for a date more than {limit} days off." in client.get(f"/items/{item.id}/room")
    far = day("new-due", world.day(limit + 20))
    client.post(f"/items/{item.id}/actions", {**_whole(world, child), **far})
    client.post(
        f"/items/{item.id}/actions",
        {**_whole(world, child, long_date_reason="The trial is in the spring"), **far},
    )
    late_lines = {action.late_line for action in world.all(Action)}
    assert late_lines == {world.day(limit), world.day(limit + 20)}


def test_one_action_protects_the_children_of_a_place(client: CheckedClient, world: World) -> None:
    place, ann, ben, other = world.a_place(), world.a_child("Ann"), world.a_child("Ben"), world.a_child("Other")
    context = world.all(Context)[0]
    world.add(*(ContextChild(context_id=context.subject_id, child_id=child.id) for child in (ann, ben)))
    item = a_running_item(world, place)
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/room")
    assert f'value="{ann.id}"' in page
    assert f'value="{other.id}"' not in page
    form = _whole(world, place, protects=[str(ann.id), str(ben.id)])
    page = client.post(f"/items/{item.id}/actions", {**form, "new-what": ""}, status=422)
    ticked = page.split(f'value="{ann.id}"')[1].split(">")[0]
    assert "checked" in ticked, "ticks are kept"
    client.post(f"/items/{item.id}/actions", form)
    assert {row.child_id for row in world.all(ActionChild)} == {ann.id, ben.id}
    page = client.post(f"/items/{item.id}/actions", _whole(world, place, protects=[str(other.id)]), status=422)
    assert "Tick from the list" in page


def test_one_notice_for_two_children_is_one_action_on_both_records(client: CheckedClient, world: World) -> None:
    ann, ben = world.a_child("Ann"), world.a_child("Ben")
    meeting = a_running_meeting(world, ann, ben)
    first, second = items_of(world, meeting)
    form = _whole(world, ann, protects=[str(ben.id)])
    client.sign_in(world.id("chair")).post(f"/items/{first.id}/actions", form)
    assert len(world.all(Action)) == 1
    assert "A warning notice is served" in client.get(f"/items/{second.id}/room")
    assert "A warning notice is served" in client.get(f"/items/{second.id}/read-back")


@pytest.mark.parametrize("name", ["owner", "concern"])
def test_what_is_not_on_the_list_is_an_error_in_words(client: CheckedClient, world: World, name: str) -> None:
    child, other = world.a_child(), world.a_child("Somebody Else")
    item = a_running_item(world, child)
    wrong = other.id if name == "owner" else world.concern_of(other).id
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/actions", _whole(world, child, **{name: wrong}), status=422
    )
    assert "Choose one of the list" in page
    assert world.all(Action) == []


def test_an_item_taken_off_keeps_what_was_typed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, item.id, because="The worker is ill")
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/actions", _whole(world, child), status=422)
    assert "Somebody took this item off the agenda" in page
    assert "A warning notice is served" in page
    assert world.all(Action) == []


def test_a_later_meeting_finds_it_open(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/actions", _whole(world, child))
    assert _made(world).state is ActionState.OPEN
    later = world.an_item(world.a_meeting(world.day(1)), child)
    page = client.get(f"/items/{later.id}/room")
    assert "Unfinished actions" in page
    assert f'id="action-{_made(world).id}"' in page
    assert "New actions" not in page
