"""Making a meeting, moving it, cancelling it: no day twice, no count reset."""

from datetime import timedelta

import pytest

from mace.domain.errors import Refused
from mace.domain.vocabulary import ItemState, MeetingState
from mace.meetings import commands
from mace.models import Item, Meeting
from tests.meetings.make import a_running_meeting, acting, another_series, day, end, make_meeting, no_longer_works
from tests.pages import CheckedClient
from tests.world import World


def _make(world: World, on: int, **changes: object) -> Meeting:
    with acting(world, "coordinator") as actor:
        values: dict[str, object] = {
            "held_on": world.day(on),
            "starts_at": None,
            "place": "",
            "available_minutes": 120,
            "minute_taker_id": None,
            **changes,
        }
        series_id = values.pop("series_id", world.series.id)
        return commands.make_meeting(
            world.session,
            actor,
            series_id,  # type: ignore[arg-type]
            area=world.settings.area,
            now=world.now,
            **values,  # type: ignore[arg-type]
        )


def test_a_meeting_is_today_or_later(world: World) -> None:
    assert _make(world, 0).state is MeetingState.PLANNED
    with pytest.raises(Refused, match="must be today or later"):
        _make(world, -1)


def test_a_series_meets_once_a_day(world: World) -> None:
    _make(world, 3)
    with pytest.raises(Refused, match="already has a meeting on"):
        _make(world, 3)
    _make(world, 3, series_id=another_series(world).id)
    assert len(world.all(Meeting)) == 2


def test_a_cancelled_meeting_frees_its_day(world: World) -> None:
    first = _make(world, 3)
    with acting(world, "coordinator") as actor:
        commands.cancel_meeting(world.session, actor, first.id, because="The room is flooded", now=world.now)
    _make(world, 3)
    assert world.again(first).cancelled_because == "The room is flooded"


def test_a_series_that_has_ended_makes_no_meeting(world: World) -> None:
    with pytest.raises(Refused, match="Choose the series"):
        _make(world, 1, series_id=another_series(world, is_active=False).id)


def test_the_page_keeps_what_was_typed(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    form = {"series": world.series.id, "place": "Room 4", "available_minutes": "9", "starts_at": "late"}
    page = client.post("/meetings/new", {**form, **day("held_on", world.day(-1))}, status=422)
    assert 'value="Room 4"' in page
    assert 'value="late"' in page
    assert "Enter the time like 10:30 or 2pm" in page
    page = client.post(
        "/meetings/new",
        {**form, "available_minutes": "90", "starts_at": "", "held_on": ["31", "2", "2027"]},
        status=422,
    )
    assert "The day of the meeting must be a real date" in page


def test_moving_a_meeting_says_to_look_again_for_what_is_due(client: CheckedClient, world: World) -> None:
    meeting = make_meeting(client, world)
    path = f"/meetings/{meeting}/details"
    form = {
        "series": world.series.id,
        "version": world.all(Meeting)[0].version,
        "available_minutes": "60",
        "minute_taker": "",
        **day("held_on", world.day(5)),
    }
    client.post(path, form)
    assert "Look again for what is due by then" in client.get(f"/meetings/{meeting}")
    assert world.all(Meeting)[0].held_on == world.day(5)
    page = client.post(path, {**form, "place": "Room 9"}, status=409)
    assert "Somebody else changed this meeting" in page
    assert 'value="Room 9"' in page


def test_a_meeting_moves_neither_into_the_past_nor_on_to_another(world: World) -> None:
    first, _second = _make(world, 3), _make(world, 5)
    for on, why in ((-1, "today or later"), (5, "already has a meeting")):
        with pytest.raises(Refused, match=why), acting(world, "coordinator") as actor:
            commands.change_meeting(
                world.session,
                actor,
                first.id,
                held_on=world.day(on),
                starts_at=None,
                place="",
                available_minutes=60,
                minute_taker_id=None,
                now=world.now,
            )


def test_the_day_of_a_running_meeting_stays(world: World) -> None:
    meeting = a_running_meeting(world)
    with pytest.raises(Refused, match="running, so its day cannot change"), acting(world, "coordinator") as actor:
        commands.change_meeting(
            world.session,
            actor,
            meeting.id,
            held_on=world.day(1),
            starts_at=None,
            place="",
            available_minutes=60,
            minute_taker_id=None,
            now=world.now,
        )


def test_a_running_meeting_is_ended_not_cancelled(client: CheckedClient, world: World) -> None:
    meeting = a_running_meeting(world)
    page = client.sign_in(world.id("coordinator")).post(
        f"/meetings/{meeting.id}/cancel", {"because": "No time"}, status=422
    )
    assert "end it instead" in page
    client.post(f"/meetings/{world.a_meeting(world.day(9)).id}/cancel", {"because": ""}, status=422)


def test_neither_cancelling_nor_moving_resets_a_count(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    late = world.an_action(child, set_on=world.day(-60), due=world.day(-30))
    before = world.again(late)
    meeting = make_meeting(client, world)
    client.post(f"/meetings/{meeting}/publish")
    client.post(f"/meetings/{meeting}/cancel", {"because": "The chair is ill"})
    after = world.again(late)
    for name in ("first_due", "due", "late_line", "late_from", "date_moves", "carries", "late_carries"):
        assert getattr(after, name) == getattr(before, name), name
    following = make_meeting(client, world)
    assert "1 action late" in client.get(f"/meetings/{following}"), "what was on it is due again"


def test_a_meeting_that_is_over_changes_no_more(world: World) -> None:
    child = world.a_child()
    meeting = a_running_meeting(world, child)
    item = world.all(Item)[0]
    end(world, meeting.id)
    for act in (
        lambda actor: commands.put_back(world.session, actor, item.id, now=world.now),
        lambda actor: commands.leave_off(world.session, actor, item.id, because="Late"),
        lambda actor: commands.publish(world.session, actor, meeting.id, now=world.now),
        lambda actor: commands.cancel_meeting(world.session, actor, meeting.id, because="Late", now=world.now),
        lambda actor: commands.build_agenda(world.session, actor, meeting.id, area=world.settings.area, now=world.now),
    ):
        with pytest.raises(Refused, match="This meeting is over"), acting(world, "coordinator") as actor:
            act(actor)
    assert world.again(item).state is ItemState.PUT_OFF


def test_a_minute_taker_who_has_left_stays_named(client: CheckedClient, world: World) -> None:
    meeting = make_meeting(client, world)
    no_longer_works(world, "coordinator")
    page = client.sign_in(world.id("chair")).get(f"/meetings/{meeting}/details")
    assert f'<option value="{world.id("coordinator")}" selected>' in page
    form = {
        "series": world.series.id,
        "version": world.all(Meeting)[0].version,
        "available_minutes": "60",
        "minute_taker": world.id("coordinator"),
        **day("held_on", world.today + timedelta(days=1)),
    }
    client.post(f"/meetings/{meeting}/details", form)
    assert world.all(Meeting)[0].minute_taker_id == world.id("coordinator")


def test_whoever_takes_the_minutes_cannot_take_their_name_off_a_running_meeting(
    client: CheckedClient, world: World
) -> None:
    meeting = a_running_meeting(world, minute_taker_id=world.id("coordinator"))
    form = {"series": world.series.id, "available_minutes": "60", "minute_taker": "", **day("held_on", world.today)}
    client.sign_in(world.id("coordinator"))
    page = client.post(f"/meetings/{meeting.id}/details", form, status=422)
    assert "somebody else hands them on" in page
    assert 'href="#minute_taker"' in page
    client.post(f"/meetings/{meeting.id}/details", {**form, "minute_taker": world.id("coordinator"), "place": "Room 9"})
    client.sign_in(world.id("chair")).post(
        f"/meetings/{meeting.id}/details", {**form, "minute_taker": world.id("deputy")}
    )
    assert world.again(meeting).minute_taker_id == world.id("deputy")


def test_an_agenda_says_when_nobody_takes_the_minutes(client: CheckedClient, world: World) -> None:
    meeting = world.a_meeting()
    words = "nobody is named to take the minutes"
    assert words in client.sign_in(world.id("chair")).get(f"/meetings/{meeting.id}")
