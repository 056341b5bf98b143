"""Approving a record and correcting it: by somebody else than the minute-taker, with reasons, signed text unchanged."""

import json

import pytest

from mace.domain.errors import Refused
from mace.domain.vocabulary import Direction, ItemState, LineKind, MeetingState, Release, RiskLevel
from mace.meetings import commands
from mace.models import Item, RecordVersion, Subject
from tests.meetings.make import (
    WORRY,
    a_running_item,
    acting,
    approve,
    close,
    items_of,
    record,
    save,
    words_of,
)
from tests.pages import CheckedClient
from tests.world import World

WHOLE = {
    "worry": WORRY,
    "changed": "He moved to his aunt",
    "life_now": "He does not sleep",
    "childs_words": "Make them stop",
    "analysis": "He is groomed",
    "decision": "Serve a notice",
    "rationale": "Two men, three weeks",
    "contingency": "School rings 999",
    "no_action": "The notice covers it",
    "who_tells": "Hannah Bell, tomorrow",
}


def a_closed_item(world: World, lines: dict[str, str] | None = None, *, minute_taker: str = "coordinator") -> Item:
    """An item that was read back, its record as given."""
    item = a_running_item(world, world.a_child(), minute_taker_id=world.id(minute_taker))
    save(world, item, by=minute_taker, **(WHOLE if lines is None else lines))
    close(world, item)
    found: Item = world.again(item)
    return found


def versions(world: World) -> list[RecordVersion]:
    """Every version by number."""
    return sorted(world.all(RecordVersion), key=lambda one: one.number)


# --- Approving ------------------------------------------------------------------------------------------------------


def test_a_whole_record_is_approved_without_more_words(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/approve")
    assert "The record lacks" not in page
    assert "Why is it approved although" not in page
    client.post(f"/items/{item.id}/approve", {"version": item.saves})
    approved = world.again(item)
    assert (approved.state, approved.approved_by_id) == (ItemState.APPROVED, world.id("chair"))
    assert approved.approved_anyway_because == ""
    assert [(one.number, one.release) for one in versions(world)] == [(0, Release.AGREED), (1, Release.RECORD)]


def test_approving_although_something_is_missing_keeps_who_and_why(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world, {"worry": WORRY})
    client.sign_in(world.id("chair"))
    page = client.get(f"/items/{item.id}/approve")
    assert "It does not say what the meeting decided" in page
    page = client.post(f"/items/{item.id}/approve", {"version": item.saves, "anyway_because": " "}, status=422)
    assert 'href="#anyway_because"' in page
    client.post(f"/items/{item.id}/approve", {"version": item.saves, "anyway_because": "The rest follows on Monday"})
    assert world.again(item).approved_anyway_because == "The rest follows on Monday"
    page = client.get(f"/items/{item.id}/approve")
    assert "by Ruth Okoro, although something was missing, because: The rest follows on Monday" in page


def test_whoever_took_the_minutes_does_not_approve_them(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    client.sign_in(world.id("coordinator"))
    page = client.get(f"/items/{item.id}/approve")
    assert "somebody else approves its records" in page
    assert "Approve and send" not in page
    client.post(f"/items/{item.id}/approve", {"version": item.saves}, status=422)
    assert world.again(item).state is ItemState.CLOSED
    page = client.get(f"/meetings/{item.meeting_id}/records")
    assert "Priya Nair took the minutes; somebody else approves the records." in page
    assert "Read and approve" not in page
    assert "Read and approve" in client.sign_in(world.id("deputy")).get(f"/meetings/{item.meeting_id}/records")


def test_only_what_was_read_back_is_approved_and_only_once(world: World) -> None:
    item = a_running_item(world, world.a_child())
    with pytest.raises(Refused, match="Read the item back and close it first"):
        approve(world, item)
    close(world, item)
    approve(world, item)
    with pytest.raises(Refused, match="approved already"):
        approve(world, item)


def test_nobody_signs_what_they_have_not_read(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    save(world, item, by="coordinator", **{**WHOLE, "decision": "Do nothing"})
    client.sign_in(world.id("chair"))
    page = client.post(f"/items/{item.id}/approve", {"version": item.saves}, status=409)
    assert "Somebody saved this record while you were reading it" in page
    assert "Do nothing" in page, "the record as it stands now"
    assert world.again(item).state is ItemState.CLOSED
    client.post(f"/items/{item.id}/approve", {"version": world.again(item).saves})


def test_one_approval_leads_to_the_next(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting(state=MeetingState.OPENED)
    first, second = (world.an_item(meeting, world.a_child(name)) for name in ("Ann", "Ben"))
    for item in (first, second):
        close(world, item)
    client.sign_in(world.id("chair"))
    form = {"anyway_because": "The rest follows"}
    assert client.post(f"/items/{first.id}/approve", form).endswith(f"/items/{second.id}/approve")
    assert client.post(f"/items/{second.id}/approve", form).endswith(f"/meetings/{meeting.id}/records")
    assert [item.state for item in items_of(world, meeting)] == [ItemState.APPROVED] * 2


def test_an_approved_item_leaves_the_partners_view(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    name = "Aisha Ashdown"
    assert name in client.sign_in(world.id("police")).get(f"/meetings/{item.meeting_id}")
    approve(world, item)
    assert name not in client.get(f"/meetings/{item.meeting_id}")


# --- Correcting -----------------------------------------------------------------------------------------------------


def _correction(world: World, item: Item, because: str = "The school told us so", **lines: str) -> dict[str, object]:
    return {**record(world, item, **{**WHOLE, **lines}), "record-because": because}


def test_a_correction_is_the_next_version_and_the_signed_text_stays(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    approve(world, item)
    signed = {one.number: one.body for one in versions(world)}
    client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/correct", {**_correction(world, item, worry="A green Corsa"), "record-level": "significant"}
    )
    after = versions(world)
    assert [one.number for one in after] == [0, 1, 2]
    assert (after[2].release, after[2].because) == (Release.CORRECTION, "The school told us so")
    assert {one.number: one.body for one in after[:2]} == signed
    assert "A green Corsa" in after[2].body
    assert "A green Corsa" not in after[1].body
    assert json.loads(after[2].body)["header"]["level"] == "significant"
    assert world.again(item).level is RiskLevel.SIGNIFICANT


def test_a_correction_says_why(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    approve(world, item)
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/correct", _correction(world, item, because="", worry="A green Corsa"), status=422
    )
    assert "Say what was wrong and how you know" in page
    assert "A green Corsa" in page
    assert len(versions(world)) == 2


def test_two_corrections_at_once_show_both_texts(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    approve(world, item)
    mine = _correction(world, item, worry="Mine: a green Corsa")
    client.sign_in(world.id("deputy")).post(
        f"/items/{item.id}/correct", _correction(world, item, worry="Theirs: a white van")
    )
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/correct", mine, status=409)
    assert "What Daniel Marsh saved" in page
    assert "Theirs: a white van" in page
    assert "Mine: a green Corsa" in page
    assert words_of(world, item)[LineKind.WORRY] == "Theirs: a white van"


def test_whoever_took_the_minutes_does_not_sign_a_correction(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    approve(world, item)
    client.sign_in(world.id("coordinator"))
    assert "somebody else corrects its records" in client.get(f"/items/{item.id}/correct")
    page = client.post(f"/items/{item.id}/correct", _correction(world, item), status=422)
    assert "somebody else corrects its records" in page
    assert len(versions(world)) == 2


def test_what_is_not_approved_is_changed_where_it_was_written(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    response = client.sign_in(world.id("chair")).raw.get(f"/items/{item.id}/correct")
    assert response.headers["Location"].endswith(f"/items/{item.id}/room")
    with pytest.raises(Refused, match="not approved yet"), acting(world, "chair") as actor:
        commands.correct_record(
            world.session,
            actor,
            item.id,
            lines={},
            risk=commands.Risk(),
            because="Wrong",
            area=world.settings.area,
            now=world.now,
        )


def test_a_corrected_direction_is_the_childs_direction(client: CheckedClient, world: World) -> None:
    item = a_closed_item(world)
    approve(world, item)
    form = {**_correction(world, item), "record-direction": "safer"}
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/correct", form)
    (child,) = world.all(Subject)
    assert child.direction is Direction.SAFER
