"""A meeting from its making to its approved record, through the pages, as the people who do it."""

from datetime import timedelta
from uuid import UUID

from mace.domain.vocabulary import (
    ActionState,
    Decision,
    ItemState,
    LineKind,
    MeetingState,
    RequestAnswer,
)
from mace.models import (
    Brief,
    Contribution,
    Delivery,
    InformationRequest,
    Item,
    LedgerLine,
    Meeting,
    RecordVersion,
    UpdateRequest,
)
from tests.pages import CheckedClient
from tests.world import World


def _day(prefix: str, day: object) -> dict[str, object]:
    return {prefix: [f"{day:%d}", f"{day:%m}", f"{day:%Y}"]}  # type: ignore[str-format]


def _make(client: CheckedClient, world: World) -> UUID:
    client.sign_in(world.id("coordinator"))
    form = {
        "series": world.series.id,
        "starts_at": "9:30",
        "place": "Room 4",
        "available_minutes": "120",
        "minute_taker": world.id("coordinator"),
        **_day("held_on", world.today),
    }
    return UUID(client.post("/meetings/new", form).rsplit("/", 1)[1])


def test_a_meeting_runs_from_its_making_to_its_approved_record(client: CheckedClient, world: World) -> None:
    child = world.a_child("Aisha Ashdown")
    late = world.an_action(child, owner="police", set_on=world.day(-60), due=world.day(-30))
    meeting = _make(client, world)
    page = client.get(f"/meetings/{meeting}")
    assert "Aisha Ashdown" in page
    assert "1 action late" in page
    client.post(f"/meetings/{meeting}/publish")
    assert world.all(Meeting)[0].state is MeetingState.PUBLISHED
    assert len(world.all(InformationRequest)) == 3, "every agency but the worker’s own"
    assert len(world.all(Brief)) == 1
    assert len(world.all(UpdateRequest)) == 1

    request = next(one for one in world.all(InformationRequest) if one.agency_id == world.agencies["police"].id)
    client.sign_in(world.id("police"))
    assert "Aisha Ashdown" in client.get(f"/requests/{request.id}")
    client.post(
        f"/requests/{request.id}", {"answer": RequestAnswer.HERE_IT_IS.value, "words": "Seen in a grey Corsa on 3 May"}
    )
    client.sign_in(world.id("worker"))
    brief = world.all(Brief)[0]
    client.post(f"/briefs/{brief.id}", {"version": "1", "childs_words": "I want them to stop ringing"})

    client.sign_in(world.id("chair"))
    client.post(
        f"/meetings/{meeting}/attendance", {f"presence-{agency.id}": "present" for agency in world.agencies.values()}
    )
    item = world.all(Item)[0]
    room = client.get(f"/items/{item.id}/room")
    assert "Seen in a grey Corsa" in room
    assert "I want them to stop ringing" in room
    client.get(f"/items/{item.id}/room?decide={late.id}&as=carried")
    client.post(
        f"/items/{item.id}/decide/{late.id}",
        {
            "as": "carried",
            "decide-version": world.again(late).version,
            "decide-cause": "not_done",
            "decide-reason": "The officer was moved",
            **_day("decide-new_due", world.day(14)),
        },
    )
    line = world.all(LedgerLine)[0]
    assert line.decision is Decision.CARRIED
    assert line.carried_late
    assert world.again(late).late_carries == 1
    client.post(
        f"/items/{item.id}/actions",
        {
            "new-what": "A safety plan for the bus station is agreed in writing",
            "new-owner": world.id("worker"),
            "new-concern": world.concern_of(child).id,
            **_day("new-due", world.day(10)),
        },
    )
    version = world.again(item).saves
    client.post(
        f"/items/{item.id}/record",
        {
            "record-version": version,
            "record-worry": "Two men in a grey Corsa wait after school",
            "record-childs_words": "I want them to stop ringing",
            "record-decision": "Serve a warning notice",
            "record-contingency": "If the car is seen, school rings 999",
            "record-level": "significant",
            "record-direction": "less_safe",
        },
    )
    words = {one.kind: one for one in world.all(Contribution)}
    assert words[LineKind.CHILDS_WORDS].source_person_id == world.id("worker"), "taken from the brief"
    read_back = client.get(f"/items/{item.id}/read-back")
    assert "Hannah Bell" in read_back
    assert "Serve a warning notice" in read_back
    client.post(f"/items/{item.id}/read-back")
    assert world.again(item).state is ItemState.CLOSED
    assert world.again(child).level.value == "significant"
    told = {one.person_id for one in world.all(Delivery)}
    assert told == {world.id("worker"), world.id("manager"), world.id("police")}
    assert client.post(f"/items/{item.id}/read-back", status=409)

    client.post(f"/meetings/{meeting}/end")
    client.get(f"/meetings/{meeting}/records")
    client.post(f"/items/{item.id}/approve", status=422)
    client.post(f"/items/{item.id}/approve", {"anyway_because": "The rest follows on Monday"})
    assert world.again(item).state is ItemState.APPROVED
    client.post(
        f"/items/{item.id}/correct",
        {
            "record-version": world.again(item).saves,
            "record-worry": "Two men in a green Corsa wait after school",
            "record-because": "The colour was wrong",
        },
    )
    numbers = {one.number for one in world.all(RecordVersion)}
    assert numbers == {0, 1, 2}


def test_what_was_reported_done_waits_for_acceptance_at_the_next_meeting(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="worker")
    client.sign_in(world.id("worker"))
    client.post(
        f"/actions/{action.id}/update",
        {"says": "done", "words": "Recorded in the case note of today", **_day("done_on", world.today)},
    )
    meeting = _make(client, world)
    assert "1 action reported done, to accept" in client.get(f"/meetings/{meeting}")
    client.sign_in(world.id("chair"))
    client.post(f"/meetings/{meeting}/attendance", {})
    item = world.all(Item)[0]
    assert "as=accepted_done" in client.get(f"/items/{item.id}/room")
    client.post(
        f"/items/{item.id}/decide/{action.id}",
        {"as": "accepted_done", "decide-version": world.again(action).version},
    )
    assert world.again(action).state is ActionState.DONE


def test_what_is_put_off_comes_back_first_and_is_counted(client: CheckedClient, world: World) -> None:
    child = world.a_child(next_review_on=world.today)
    meeting = _make(client, world)
    client.sign_in(world.id("chair"))
    client.post(f"/meetings/{meeting}/attendance", {})
    item = world.all(Item)[0]
    client.post(f"/items/{item.id}/put-off", {"because": ""}, status=422)
    client.post(f"/items/{item.id}/put-off", {"because": "The worker was in court"})
    client.post(f"/meetings/{meeting}/end")
    assert world.again(item).times_put_off == 1
    assert world.again(child).next_review_on == world.today
    client.sign_in(world.id("coordinator"))
    form = {
        "series": world.series.id,
        "available_minutes": "120",
        "minute_taker": "",
        **_day("held_on", world.today + timedelta(days=28)),
    }
    following = client.post("/meetings/new", form).rsplit("/", 1)[1]
    page = client.get(f"/meetings/{following}")
    assert "Put off last time" in page


def test_a_partner_sees_identity_and_requests_only(client: CheckedClient, world: World) -> None:
    world.a_child("Aisha Ashdown", next_review_on=world.today, concern="Seen at the Quarrendon arcade")
    meeting = _make(client, world)
    client.sign_in(world.id("police")).get(f"/meetings/{meeting}", status=404)
    client.sign_in(world.id("coordinator")).post(f"/meetings/{meeting}/publish")
    page = client.sign_in(world.id("police")).get(f"/meetings/{meeting}")
    assert "Aisha Ashdown" in page
    assert "Say what you know" in page
    assert "Quarrendon" not in page
    item = world.all(Item)[0]
    client.get(f"/items/{item.id}/room", status=404)
    client.sign_in(world.id("worker")).get(f"/meetings/{meeting}", status=404)
