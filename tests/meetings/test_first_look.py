"""The first look at what a spreadsheet brought: confirm, re-date, move or end each, quickly, as a list."""

from datetime import date
from typing import Any

import pytest

from mace.domain.vocabulary import ActionState, Cause, Decision
from mace.models import Action, LedgerLine
from tests.meetings.make import a_running_item
from tests.pages import CheckedClient
from tests.world import World


def _imported(world: World, child: Any, owner: str | None = "worker", due: date | None = None) -> Action:
    return world.an_action(child, owner=owner, imported=True, due=due, set_on=world.day(-20))


def _row(action: Action, choice: str, **words: object) -> dict[str, object]:
    return {
        f"choice-{action.id}": choice,
        **{f"{name}-{action.id}": str(words.get(name, "")) for name in ("day", "owner", "reason", "covers")},
    }


def test_each_choice(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    keep, move, done, gone, later = (_imported(world, child, due=world.day(9)) for _ in range(5))
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    assert "5 actions came from the spreadsheet" in client.get(f"/items/{item.id}/room")
    new = world.day(20)
    form = {
        **_row(keep, "keep"),
        **_row(move, "date", day=f"{new.day}/{new.month}/{new.year}", reason="The date was too soon"),
        **_row(done, "done", reason="Recorded in the case note of 3 May"),
        **_row(gone, "not_needed", reason="He has moved to Kent, his aunt says", covers="Kent’s own plan"),
        **_row(later, ""),
    }
    client.post(f"/items/{item.id}/first-look", form)
    decided = {line.action_id: line.decision for line in world.all(LedgerLine)}
    assert decided == {
        keep.id: Decision.NOTED,
        move.id: Decision.CARRIED,
        done.id: Decision.ACCEPTED_DONE,
        gone.id: Decision.NO_LONGER_NEEDED,
    }
    assert world.again(move).due == new
    assert world.again(done).state is ActionState.DONE
    assert world.again(gone).what_covers_it == "Kent’s own plan"
    page = client.get(f"/items/{item.id}/room")
    assert "4 actions looked at." in page
    assert "1 action came from the spreadsheet" in page


def test_one_bad_row_keeps_everything_and_stores_nothing(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    good, bad, worse = _imported(world, child), _imported(world, child), _imported(world, child)
    item = a_running_item(world, child)
    form = {
        **_row(good, "done", reason="In the case note"),
        **_row(bad, "date", day="mid March", reason="They are moving"),
        **_row(worse, "not_needed", reason="Over"),
    }
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/first-look", form, status=422)
    assert "“mid March” is not a day" in page
    assert "Say what now covers the concern" in page
    for link in (f'href="#day-{bad.id}"', f'href="#covers-{worse.id}"'):
        assert link in page, "the summary leads to the box"
    for words in ("In the case note", "mid March", "They are moving", "Over"):
        assert f'value="{words}"' in page
    assert '<option value="done" selected>' in page
    assert world.all(LedgerLine) == []


def test_where_nobody_is_named_somebody_must_be(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    action = _imported(world, child, owner=None)
    item = a_running_item(world, child)
    new = world.day(20)
    form = _row(action, "date", day=f"{new:%d.%m.%Y}", reason="Still needed")
    client.sign_in(world.id("chair"))
    assert "Choose one person" in client.get(f"/items/{item.id}/first-look")
    page = client.post(f"/items/{item.id}/first-look", form, status=422)
    assert "Choose one person who owns it" in page
    assert f'href="#owner-{action.id}"' in page
    client.post(f"/items/{item.id}/first-look", {**form, f"owner-{action.id}": world.id("police")})
    after = world.again(action)
    assert (after.owner_id, after.owner_changes, after.due) == (world.id("police"), 0, new)


def test_only_what_is_in_date_can_stay_as_it_is(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    undated, dated = _imported(world, child), _imported(world, child, due=world.day(9))
    late = world.an_action(child, imported=True, due=world.day(-30), set_on=world.day(-60))
    item = a_running_item(world, child)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/first-look")
    for action, may in ((undated, False), (late, False), (dated, True)):
        choices = page.split(f'name="choice-{action.id}"')[1].split("</select>")[0]
        assert ("Still right, in date" in choices) is may
    page = client.post(f"/items/{item.id}/first-look", _row(late, "keep"), status=422)
    assert "carry it" in page


def test_a_late_one_says_why_and_one_in_date_does_not(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    dated = _imported(world, child, due=world.day(9))
    late, told = (world.an_action(child, imported=True, due=world.day(-30), set_on=world.day(-60)) for _ in "ab")
    item = a_running_item(world, child)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/first-look")
    assert f'name="cause-{dated.id}"' not in page
    words = {"day": f"{world.day(20):%d/%m/%Y}", "reason": "Still needed"}
    form = {**_row(dated, "date", **words), **_row(late, "date", **words), **_row(told, "date", **words)}
    client.post(f"/items/{item.id}/first-look", {**form, f"cause-{told.id}": "capacity"})
    causes = {line.action_id: line.cause for line in world.all(LedgerLine)}
    assert causes == {dated.id: None, late.id: Cause.NOT_REPORTED, told.id: Cause.CAPACITY}


def test_words_without_a_choice_are_not_lost(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    action = _imported(world, child)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    page = client.post(f"/items/{item.id}/first-look", _row(action, "", reason="Done last week"), status=422)
    assert "Choose what happens to it" in page
    assert "Done last week" in page
    page = client.post(f"/items/{item.id}/first-look", _row(action, ""), status=422)
    assert "Choose what happens to at least one action" in page


def test_what_was_looked_at_is_no_longer_offered(client: CheckedClient, world: World) -> None:
    child = world.a_child(imported=True)
    action = _imported(world, child)
    item = a_running_item(world, child)
    client.sign_in(world.id("chair"))
    client.post(f"/items/{item.id}/first-look", _row(action, "done", reason="In the case note"))
    assert "All looked at" in client.get(f"/items/{item.id}/first-look")
    page = client.post(f"/items/{item.id}/first-look", _row(action, "done", reason="Again"), status=422)
    assert "Choose what happens to at least one action" in page
    assert len(world.all(LedgerLine)) == 1


@pytest.mark.parametrize("typed", ["31/02/2027", "soon", "١٢/٣/٢٠٢٧", "9999999999"])
def test_a_day_is_never_guessed(client: CheckedClient, world: World, typed: str) -> None:
    child = world.a_child(imported=True)
    action = _imported(world, child)
    item = a_running_item(world, child)
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/first-look", _row(action, "date", day=typed, reason="Still needed"), status=422
    )
    assert "is not a day: write it like 27/11/2026" in page
    assert f'value="{typed}"' in page
