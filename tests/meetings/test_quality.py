"""What the records of a meeting lack, counted from what was said before, and the three worst of them."""

import pytest

from mace.domain.quality import Lack, gaps
from mace.domain.vocabulary import ActionState, EventKind, ItemState, LineKind, MeetingState, RiskLevel
from mace.meetings.queries.agenda import get_meeting
from mace.meetings.queries.quality import list_worst_records, record_facts
from mace.models import Event, Item
from tests.meetings.make import WORRY, a_held_item, a_running_item, close, end, save
from tests.meetings.test_approving import a_closed_item
from tests.pages import CheckedClient
from tests.world import World


def lacks(world: World, item: Item) -> dict[Lack, str]:
    """What the record of an item lacks, with the words of each."""
    facts = record_facts(world.session, world.actor("chair"), item.id)
    world._let_go()
    return {gap.lack: gap.words for gap in gaps(facts)}


def _an_event(world: World, item: Item, kind: EventKind, on: int, **values: object) -> None:
    world.add(
        Event(
            subject_id=item.subject_id,
            kind=kind,
            happened_on=world.day(on),
            words="From the police",
            entered_at=world.now,
            source_agency_id=world.agencies["police"].id,
            **values,
        )
    )


def test_an_empty_record_lacks_everything(world: World) -> None:
    item = a_running_item(world, world.a_child())
    found = lacks(world, item)
    assert Lack.WORRY in found
    assert Lack.DECISION in found
    assert found[Lack.UNCOVERED] == "1 concern with no action and no reason for none"


def test_a_worry_is_covered_by_an_unfinished_action_or_a_reason(world: World) -> None:
    child, other = world.a_child(), world.a_child("Another")
    world.an_action(child)
    assert Lack.UNCOVERED not in lacks(world, a_running_item(world, child))
    item = a_running_item(world, other, on=world.day(-1))
    save(world, item, no_action="The family has moved abroad")
    assert Lack.UNCOVERED not in lacks(world, item)


def test_an_ended_action_covers_nothing(world: World) -> None:
    child = world.a_child()
    world.an_action(child, state=ActionState.STOPPED, ended_on=world.today, ended_because="They moved")
    assert Lack.UNCOVERED in lacks(world, a_running_item(world, child))


@pytest.mark.parametrize(
    ("events", "asked"),
    [
        ((), False),
        (((EventKind.MISSING, -1, {}),), True),
        (((EventKind.MISSING, -3, {}), (EventKind.RETURNED, -2, {})), False),
        (((EventKind.RETURNED, -3, {}), (EventKind.MISSING, -2, {})), True),
    ],
)
def test_a_missing_child_is_kept_safe_tonight(
    world: World, events: tuple[tuple[EventKind, int, dict[str, object]], ...], asked: bool
) -> None:
    item = a_running_item(world, world.a_child())
    for kind, on, values in events:
        _an_event(world, item, kind, on, **values)
    assert (Lack.SAFETY_TONIGHT in lacks(world, item)) is asked
    save(world, item, safety_tonight="With her aunt")
    assert Lack.SAFETY_TONIGHT not in lacks(world, item)


def test_an_event_taken_back_does_not_count(world: World) -> None:
    item = a_running_item(world, world.a_child())
    _an_event(world, item, EventKind.MISSING, -1, withdrawn_at=world.now, withdrawn_because="Another child")
    assert Lack.SAFETY_TONIGHT not in lacks(world, item)


def test_the_level_of_the_child_counts_until_the_meeting_says_another(world: World) -> None:
    child = world.a_child(level=RiskLevel.SIGNIFICANT)
    assert Lack.SAFETY_TONIGHT in lacks(world, a_running_item(world, child))


def test_the_third_review_without_the_childs_words_needs_a_named_plan(world: World) -> None:
    child = world.a_child()
    for on in (-60, -30):
        world.a_line(a_held_item(world, child, world.day(on)), "He was asleep", LineKind.NOT_HEARD)
    item = a_running_item(world, child)
    save(world, item, not_heard="She would not see us")
    assert lacks(world, item)[Lack.NO_PLAN_TO_HEAR] == (
        "The child was not heard 3 times running and nobody is named to change that"
    )
    save(world, item, not_heard="She would not see us", plan_to_hear="Her aunt, by Friday")
    assert Lack.NO_PLAN_TO_HEAR not in lacks(world, item)


def test_being_heard_once_ends_the_running_count(world: World) -> None:
    child = world.a_child()
    for on, kind in ((-90, LineKind.NOT_HEARD), (-60, LineKind.CHILDS_WORDS), (-30, LineKind.NOT_HEARD)):
        world.a_line(a_held_item(world, child, world.day(on)), "…", kind)
    item = a_running_item(world, child)
    save(world, item, not_heard="She would not see us")
    assert Lack.NO_PLAN_TO_HEAR not in lacks(world, item)


def test_a_meeting_that_did_not_discuss_the_child_counts_for_nothing(world: World) -> None:
    child = world.a_child()
    world.a_line(a_held_item(world, child, world.day(-90)), "Asleep", LineKind.NOT_HEARD)
    for on, state in ((-60, ItemState.PUT_OFF), (-30, ItemState.LEFT_OFF)):
        a_held_item(world, child, world.day(on), state)
    item = a_running_item(world, child)
    save(world, item, not_heard="She would not see us")
    assert Lack.NO_PLAN_TO_HEAR not in lacks(world, item), "two reviews running, not four"


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("Nothing since 4 March, checked with school", True),
        ("No change", True),
        ("None", True),
        ("Nothing.", True),
        ("Nothing has changed since last time", True),
        ("He was arrested on Friday", False),
        ("Nothing is left of his old friends: he was arrested", False),
        ("None of the men has come back", False),
    ],
)
def test_nothing_may_change_twice_running(world: World, now: str, again: bool) -> None:
    child = world.a_child()
    for on in (-60, -30):
        held = a_held_item(world, child, world.day(on))
        world.a_line(held, "Nothing since last time, checked with school", LineKind.CHANGED)
    item = a_running_item(world, child)
    save(world, item, changed=now)
    found = lacks(world, item)
    assert (found.get(Lack.NOTHING_AGAIN) == "“Nothing has changed” 3 times running") is again


def test_a_place_is_not_asked_about_a_childs_life(world: World) -> None:
    found = lacks(world, a_running_item(world, world.a_place()))
    assert not {Lack.LIFE_NOW, Lack.CHILDS_WORDS, Lack.WHO_TELLS, Lack.SAFETY_TONIGHT} & set(found)


def test_the_three_worst_records_one_line_each(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.OPENED)
    texts = {
        "Ann": {"worry": WORRY, "decision": "Serve a notice", "contingency": "999", "no_action": "None needed"},
        "Ben": {"worry": WORRY, "no_action": "None needed"},
        "Cat": {"worry": WORRY},
        "Dan": {},
        "Eve": {"worry": WORRY},
    }
    for name, lines in texts.items():
        level = RiskLevel.SIGNIFICANT if name == "Dan" else RiskLevel.MODERATE
        item = world.an_item(meeting, world.a_child(name, level=level))
        save(world, item, **lines)
        if name != "Eve":
            close(world, item)
    actor = world.actor("chair")
    page = get_meeting(world.session, actor, world.today, meeting.id)
    worst = list_worst_records(world.session, actor, page)
    world._let_go()
    assert [item.name for item, _ in worst] == ["Dan", "Cat", "Ben"], (
        "worst first; what is still discussed is not there"
    )
    assert worst[0][1].startswith("It does not say what keeps the child safe tonight, and ")
    end(world, meeting.id)
    shown = client.sign_in(world.id("chair")).get(f"/meetings/{meeting.id}/records")
    assert "These lack most" in shown
    assert "It does not say what the meeting decided, and " in shown


def test_a_record_that_lacks_nothing_is_never_among_them(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    page = client.sign_in(world.id("chair")).get(f"/meetings/{item.meeting_id}/records")
    assert "These lack most" not in page
