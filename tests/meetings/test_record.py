"""The record of an item: every line is kept, two writers lose nothing, and drafts are their author's alone."""

import json
from datetime import timedelta

import pytest

from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import (
    Decision,
    Direction,
    Handling,
    HarmStatus,
    ItemState,
    LineKind,
    MeetingState,
    RiskLevel,
    Source,
)
from mace.meetings import commands
from mace.meetings.forms import LINES
from mace.models import Contribution, Draft, Item
from tests.meetings.make import (
    WORRY,
    a_held_item,
    a_running_item,
    acting,
    approve,
    close,
    day,
    decide,
    record,
    save,
    words_of,
)
from tests.pages import CheckedClient
from tests.world import World

# --- Saving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINES)
def test_each_line_is_kept_changed_and_taken_out(client: CheckedClient, world: World, name: str) -> None:
    item = a_running_item(world, world.a_child())
    path, kind = f"/items/{item.id}/record", LINES[name]
    client.sign_in(world.id("chair")).post(path, record(world, item, **{name: "First words"}))
    assert words_of(world, item) == {kind: "First words"}
    (line,) = world.all(Contribution)
    assert (line.source_agency_id, line.entered_by_id) == (world.agencies["care"].id, world.id("chair"))
    client.post(path, record(world, item, **{name: "Other words"}))
    assert words_of(world, item) == {kind: "Other words"}
    client.post(path, record(world, item))
    assert words_of(world, item) == {}


def test_the_childs_words_and_opinions_are_marked_as_such(world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, childs_words="Make them stop", analysis="He is groomed", worry=WORRY)
    assert {line.kind: line.source for line in world.all(Contribution)} == {
        LineKind.CHILDS_WORDS: Source.CHILDS_WORDS,
        LineKind.ANALYSIS: Source.OPINION,
        LineKind.WORRY: Source.FACT,
    }


def test_risk_as_assessed_stands_beside_the_meetings_own_view(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/record",
        {
            **record(world, item),
            "record-assessed_with": "CERAF",
            "record-assessed_level": "High",
            "record-assessed_by": "Hannah Bell",
            **day("record-assessed_on", world.day(-3)),
            "record-level": "significant",
            "record-harm_status": "ongoing",
            "record-direction": "less_safe",
            **day("record-next_review_on", world.day(20)),
            "record-proposes_exit": "y",
        },
    )
    saved = world.again(item)
    assert (saved.assessed_with, saved.assessed_level, saved.assessed_by) == ("CERAF", "High", "Hannah Bell")
    assert (saved.assessed_on, saved.next_review_on) == (world.day(-3), world.day(20))
    assert (saved.level, saved.harm_status, saved.direction) == (
        RiskLevel.SIGNIFICANT,
        HarmStatus.ONGOING,
        Direction.LESS_SAFE,
    )
    assert saved.proposes_exit
    page = client.get(f"/items/{item.id}/room")
    assert 'value="CERAF"' in page
    assert '<details class="govuk-details" open>' in page, "what is filled in is not folded away"


@pytest.mark.parametrize(
    ("field", "on", "words"),
    [
        ("next_review_on", 0, "The next review must be after today"),
        ("next_review_on", 400, "The next review must be within a year"),
        ("assessed_on", 1, "The day of the assessment cannot be in the future"),
    ],
)
def test_days_that_cannot_be(client: CheckedClient, world: World, field: str, on: int, words: str) -> None:
    item = a_running_item(world, world.a_child())
    form = {**record(world, item, worry=WORRY), **day(f"record-{field}", world.day(on))}
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", form, status=422)
    assert words in page
    assert f'href="#record-{field}-day"' in page
    assert WORRY in page
    assert words_of(world, item) == {}


def test_a_line_too_long_or_a_level_that_is_none_says_so(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    form = {**record(world, item, worry="x" * 100_001), "record-level": "dreadful"}
    page = client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", form, status=422)
    assert "must be 100,000 characters or fewer" in page
    assert "Choose one" in page


def test_a_record_completed_after_its_review_day_keeps_that_day(client: CheckedClient, world: World) -> None:
    item = a_held_item(world, world.a_child(), world.day(-30), next_review_on=world.day(-1))
    form = {**record(world, item, worry=WORRY), **day("record-next_review_on", world.day(-1))}
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", form)
    assert words_of(world, item) == {LineKind.WORRY: WORRY}


def test_the_words_of_somebody_else_stay_theirs_until_they_are_rewritten(world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, by="deputy", worry=WORRY)
    save(world, item, by="chair", worry=WORRY, decision="Serve a notice")
    lines = {line.kind: line for line in world.all(Contribution)}
    assert lines[LineKind.WORRY].source_agency_id == world.agencies["police"].id
    assert lines[LineKind.DECISION].source_agency_id == world.agencies["care"].id


def test_a_line_the_writer_may_not_read_is_not_lost_by_saving(world: World) -> None:
    item = a_running_item(world, world.a_child())
    hidden = world.a_line(item, "A name that only the police may have", by="police", handling=Handling.POLICE_ONLY)
    save(world, item, decision="Serve a notice")
    assert world.again(hidden).words == "A name that only the police may have"


def test_what_another_agency_told_the_meeting_is_not_in_the_form(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    world.a_line(item, "Seen in a grey Corsa", LineKind.INFORMATION, by="police")
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", record(world, item, worry=WORRY))
    assert words_of(world, item)[LineKind.INFORMATION] == "Seen in a grey Corsa"


# --- Two writers ----------------------------------------------------------------------------------------------------


def test_a_stale_save_shows_both_texts_and_loses_neither(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    path = f"/items/{item.id}/record"
    mine = {**record(world, item, saves=0, worry="Mine", analysis="Only mine"), "record-level": "emerging"}
    theirs = {**record(world, item, saves=0, worry="Theirs", decision="Only theirs"), "record-level": "significant"}
    client.sign_in(world.id("deputy")).post(path, theirs)
    page = client.sign_in(world.id("chair")).post(path, mine, status=409)
    assert "What Daniel Marsh saved" in page
    clash = page.split('id="clash"')[1].split("</dl>")[0]
    for words in ("Theirs", "Only theirs", "Significant"):
        assert words in clash
    for words in ("Mine", "Only mine"):
        assert words in page.split("data-autosave-url")[1]
    assert words_of(world, item)[LineKind.WORRY] == "Theirs"
    both = {**mine, "record-version": world.again(item).saves, "record-worry": "Theirs and mine"}
    client.post(path, both)
    assert words_of(world, item)[LineKind.WORRY] == "Theirs and mine"


def test_neither_a_decision_nor_a_new_order_is_a_clash(client: CheckedClient, world: World) -> None:
    """The row of the item changes with each of them; the record does not."""
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    form = record(world, item, saves=0, worry=WORRY)
    decide(world, item, action, Decision.NOTED)
    with acting(world, "coordinator") as actor:
        commands.order_items(world.session, actor, item.meeting_id, {item.id: 5})
        commands.set_item_attendance(world.session, actor, item.id, {})
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", form)
    assert words_of(world, item) == {LineKind.WORRY: WORRY}


def test_after_approval_signed_text_does_not_change(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, worry=WORRY)
    close(world, item)
    approve(world, item)
    page = client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/record", record(world, item, worry="Something else"), status=422
    )
    assert "Make a correction instead" in page
    assert "Something else" in page, "what was typed is kept"
    assert words_of(world, item) == {LineKind.WORRY: WORRY}


def test_a_closed_record_is_completed_and_the_child_follows(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = a_running_item(world, child)
    close(world, item)
    form = {**record(world, item, worry=WORRY), "record-level": "significant", "record-direction": "less_safe"}
    client.sign_in(world.id("coordinator")).post(f"/items/{item.id}/record", form)
    after = world.again(child)
    assert (after.level, after.direction) == (RiskLevel.SIGNIFICANT, Direction.LESS_SAFE)
    assert after.next_review_on == world.today + timedelta(days=world.settings.area.review_days(RiskLevel.SIGNIFICANT))


def test_an_older_record_does_not_overtake_a_newer_one(world: World) -> None:
    child = world.a_child(level=RiskLevel.EMERGING)
    old = world.an_item(world.a_meeting(world.day(-28), MeetingState.OPENED), child)
    close(world, old)
    new = a_running_item(world, child)
    save(world, new, risk=commands.Risk(level=RiskLevel.SIGNIFICANT))
    close(world, new)
    save(world, old, risk=commands.Risk(level=RiskLevel.MODERATE))
    assert world.again(child).level is RiskLevel.SIGNIFICANT


def test_an_item_left_off_mid_discussion_keeps_what_was_typed(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, item.id, because="The worker is ill")
    client.sign_in(world.id("chair"))
    page = client.post(f"/items/{item.id}/record", record(world, item, worry=WORRY), status=422)
    assert "Somebody took this item off the agenda" in page
    assert WORRY in page
    assert "Left off: The worker is ill" in page
    landed = client.post(f"/meetings/{item.meeting_id}/arrange", {"back": item.id, "then": "room"})
    page = client.get(landed)
    assert "it is not saved yet" in page
    assert WORRY in page, "the words survive being put back"
    client.get(f"/items/{item.id}/read-back")


def test_a_page_of_an_item_that_is_off_is_a_page(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    with acting(world, "chair") as actor:
        commands.put_off(world.session, actor, item.id, because="Time ran out", now=world.now)
    client.sign_in(world.id("chair"))
    assert "Put off: Time ran out" in client.get(f"/items/{item.id}/room")
    assert "cannot be closed now" in client.get(f"/items/{item.id}/read-back")
    client.get(f"/items/{item.id}/approve")
    client.get(f"/items/{item.id}/put-off")
    client.get(f"/items/{item.id}/first-look")


# --- Drafts ---------------------------------------------------------------------------------------------------------


def _typed(world: World, client: CheckedClient, item: Item, words: str, saves: int = 0, status: int = 200) -> dict:  # type: ignore[type-arg]
    answer = client.post(
        f"/items/{item.id}/draft", {"record-version": str(saves), "record-worry": words}, status=status
    )
    found: dict = json.loads(answer)  # type: ignore[type-arg]
    return found


def test_what_is_typed_survives_and_is_the_authors_alone(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair"))
    assert _typed(world, client, item, "Half a sen")["revision"] == 1
    answer = _typed(world, client, item, "Half a sentence")
    assert answer["revision"] == 2
    assert answer["saved_at"][-2:] in ("am", "pm")
    (draft,) = world.all(Draft)
    assert draft.person_id == world.id("chair")
    page = client.get(f"/items/{item.id}/room")
    assert "Half a sentence" in page
    assert "it is not saved yet" in page
    assert "Half a sentence" not in client.sign_in(world.id("coordinator")).get(f"/items/{item.id}/room")
    assert words_of(world, item) == {}


def test_a_draft_dies_at_save_or_is_thrown_away(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair"))
    _typed(world, client, item, WORRY)
    client.post(f"/items/{item.id}/record", record(world, item, worry=WORRY))
    assert world.all(Draft) == []
    _typed(world, client, item, "Something else", saves=1)
    client.post(f"/items/{item.id}/record", {"throw_away": "yes"})
    assert world.all(Draft) == []
    assert words_of(world, item) == {LineKind.WORRY: WORRY}


def test_nobody_throws_away_the_draft_of_another(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    _typed(world, client.sign_in(world.id("chair")), item, WORRY)
    client.sign_in(world.id("coordinator")).post(f"/items/{item.id}/record", {"throw_away": "yes"})
    assert len(world.all(Draft)) == 1


def test_a_draft_has_a_limit(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    answer = _typed(world, client.sign_in(world.id("chair")), item, "x" * 400_001, status=413)
    assert answer == {"error": "too long"}
    assert world.all(Draft) == []


def test_a_draft_hears_that_somebody_saved(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, by="deputy", worry="Theirs")
    client.sign_in(world.id("chair"))
    answer = _typed(world, client, item, "Mine", status=409)
    assert answer["by"] == "Daniel Marsh"
    assert len(world.all(Draft)) == 1, "and is kept all the same"
    page = client.get(f"/items/{item.id}/room")
    assert "What Daniel Marsh saved" in page
    assert "Theirs" in page.split('id="clash"')[1].split("</dl>")[0]
    assert "Mine" in page
    assert f'value="{world.again(item).saves}"' in page, "saving now is no clash: both texts were shown"


def test_a_decision_does_not_disturb_a_draft(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), a_running_item(world, child)
    decide(world, item, action, Decision.NOTED)
    _typed(world, client.sign_in(world.id("chair")), item, WORRY)
    assert 'id="clash"' not in client.get(f"/items/{item.id}/room")


def test_what_cannot_be_saved_is_kept_as_a_draft(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    form = {**record(world, item, worry=WORRY), "record-next_review_on": ["31", "2", "2027"]}
    client.sign_in(world.id("chair")).post(f"/items/{item.id}/record", form, status=422)
    page = client.get(f"/items/{item.id}/room")
    assert WORRY in page
    assert 'value="31"' in page, "half a day too"


def test_read_back_says_that_something_typed_is_not_saved(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair"))
    assert "is not saved" not in client.get(f"/items/{item.id}/read-back")
    _typed(world, client, item, WORRY)
    assert "What you were typing is not saved" in client.get(f"/items/{item.id}/read-back")


@pytest.mark.parametrize("who", ["worker", "police_lead", "analyst", "sysadmin"])
def test_drafts_are_for_those_who_run_the_meeting(client: CheckedClient, world: World, who: str) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id(who)).post(f"/items/{item.id}/draft", {"record-worry": WORRY}, status=404)
    assert world.all(Draft) == []


def test_only_the_forms_that_keep_drafts_keep_drafts(world: World) -> None:
    item = a_running_item(world, world.a_child())
    with pytest.raises(NotThere), acting(world, "chair") as actor:
        commands.save_draft(world.session, actor, "anything", item.id, "[]", now=world.now)


def test_saving_opens_the_item(world: World) -> None:
    item = a_running_item(world, world.a_child())
    save(world, item, worry=WORRY)
    saved = world.again(item)
    assert (saved.state, saved.saved_by_id, saved.saves) == (ItemState.OPENED, world.id("chair"), 1)
    with pytest.raises(Refused, match="not running now"):
        save(world, world.an_item(world.a_meeting(world.day(3)), world.a_child("Later")), worry=WORRY)
