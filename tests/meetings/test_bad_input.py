"""What no person types is answered clearly, with a page or a refusal, and never with a fault."""

from urllib.parse import quote_plus
from uuid import UUID

import pytest

from mace.domain.vocabulary import LineKind
from mace.meetings import commands
from mace.meetings.forms import FIELDS, LINES, read_clock
from mace.models import Brief, Contribution, InformationRequest, Meeting
from mace.web.forms import known_version
from tests.meetings.make import a_running_item, acting, items_of
from tests.pages import CheckedClient
from tests.world import World

NASTY = ("\x00", "\udcff", "9" * 30, "-1", "１２", "‮", "<script>alert(1)</script>", "x" * 5000, "' OR 1=1 --", "😀")
RECORD = [f"record-{name}" for name in LINES]
DECIDE = sorted({f"decide-{name}" for names in FIELDS.values() for name in names})


def _post(client: CheckedClient, path: str, body: dict[str, object]) -> int:
    data = [("csrf_token", client.token())]
    for name, values in body.items():
        data += [(name, value) for value in (values if isinstance(values, list) else [values])]
    answer = client.raw.post(path, data=_encoded(data), content_type="application/x-www-form-urlencoded")
    return answer.status_code


def _encoded(pairs: list[tuple[str, object]]) -> str:
    return "&".join(
        f"{quote_plus(name, errors='surrogateescape')}={quote_plus(str(value), errors='surrogateescape')}"
        for name, value in pairs
    )


@pytest.mark.parametrize("word", NASTY, ids=range(len(NASTY)))
def test_no_post_to_a_running_meeting_is_a_fault(client: CheckedClient, world: World, word: str) -> None:
    child = world.a_child(imported=True)
    action = world.an_action(child)
    old = world.an_action(child, imported=True)
    item = a_running_item(world, child)
    day = [word, word, word]
    client.sign_in(world.id("chair"))
    bodies: dict[str, dict[str, object]] = {
        f"/items/{item.id}/record": {
            **dict.fromkeys(RECORD, word),
            "record-version": word,
            "record-level": word,
            "record-direction": word,
            "record-harm_status": word,
            "record-assessed_on": day,
            "record-next_review_on": day,
        },
        f"/items/{item.id}/draft": {**dict.fromkeys(RECORD, word), "record-version": word},
        f"/items/{item.id}/actions": {
            **dict.fromkeys(("new-what", "new-owner", "new-new_owner", "new-concern", "new-protects"), word),
            "new-due": day,
        },
        f"/items/{item.id}/happened": {"happened-kind": word, "happened-words": word, "happened-happened_on": day},
        f"/items/{item.id}/attendance": {f"presence-{world.agencies['care'].id}": "present", "who": word},
        f"/items/{item.id}/first-look": {
            f"choice-{old.id}": "date",
            f"day-{old.id}": word,
            f"owner-{old.id}": word,
            f"reason-{old.id}": word,
        },
        f"/items/{item.id}/put-off": {"because": ""},
        f"/meetings/{item.meeting_id}/arrange": {"up": word, f"tier-{item.id}": word, f"place-{item.id}": word},
        f"/meetings/{item.meeting_id}/add": {"words": word, "add": ""},
    }
    for decision in FIELDS:
        body = {**dict.fromkeys(DECIDE, word), "decide-new_due": day, "decide-asked_on": day, "decide-chase_by": day}
        bodies[f"/items/{item.id}/decide/{action.id}?{decision.value}"] = {
            **body,
            "decide-answer_expected_on": day,
            "as": decision.value,
            "decide-version": word,
        }
    for path, body in bodies.items():
        status = _post(client, path, body)
        assert status < 500, path
    client.get(f"/items/{item.id}/room")
    client.get(f"/items/{item.id}/room?decide={action.id}&as=%00")


@pytest.mark.parametrize("word", NASTY, ids=range(len(NASTY)))
def test_no_post_before_a_meeting_is_a_fault(client: CheckedClient, world: World, word: str) -> None:
    meeting = world.a_meeting()
    world.an_item(meeting, world.a_child())
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    (item,) = items_of(world, meeting)
    client.sign_in(world.id("coordinator"))
    care = world.agencies["care"].id
    bodies: dict[str, dict[str, object]] = {
        "/series/new": {
            "name": word,
            "kind": word,
            "cadence_days": word,
            "available_minutes": word,
            "usual_time": word,
            f"expected-{care}": "yes",
            f"role-{world.id('chair')}": word,
        },
        "/meetings/new": {
            "series": word,
            "held_on": [word, word, word],
            "starts_at": word,
            "place": word,
            "available_minutes": word,
            "minute_taker": word,
        },
        f"/meetings/{meeting.id}/details": {"version": word, "held_on": [word], "available_minutes": word},
        f"/items/{item.id}/leave-off": {"because": " "},
        f"/requests/{world.all(InformationRequest)[0].id}": {"answer": word, "words": word, "received_from": word},
        f"/briefs/{world.all(Brief)[0].id}": {"version": word, "last_seen": word, "received_from": word},
        f"/meetings/{meeting.id}/attendance": {f"presence-{care}": word, f"who-{care}": word},
    }
    for path, body in bodies.items():
        assert _post(client, path, body) < 500, path


def test_ten_thousand_parameters_are_refused(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair"))
    body: dict[str, object] = {f"record-{n}": "x" for n in range(10_000)}
    assert _post(client, f"/items/{item.id}/draft", body) < 500
    assert _post(client, f"/meetings/{item.meeting_id}/arrange", {f"tier-{n}": "x" for n in range(10_000)}) < 500


@pytest.mark.parametrize(
    "path", ["/items/1/room", "/items/9999999999999999999999/room", "/meetings/x/end", "/series/0"]
)
def test_an_address_that_is_no_id_is_not_there(client: CheckedClient, world: World, path: str) -> None:
    client.sign_in(world.id("chair")).get(path, status=404)


def test_what_is_typed_is_shown_as_words(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    words = "<script>alert(1)</script> & “quotes”"
    client.sign_in(world.id("chair")).post(
        f"/items/{item.id}/record", {"record-version": 0, "record-worry": words, "record-decision": words}
    )
    for page in ("room", "read-back", "approve"):
        shown = client.get(f"/items/{item.id}/{page}")
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “quotes”" in shown
    assert {line.words for line in world.all(Contribution, Contribution.kind == LineKind.WORRY)} == {words}


def test_characters_nobody_types_are_taken_out(client: CheckedClient, world: World) -> None:
    item = a_running_item(world, world.a_child())
    client.sign_in(world.id("chair"))
    _post(client, f"/items/{item.id}/record", {"record-version": 0, "record-worry": "Two\x00 men ‮wait"})
    assert world.all(Contribution)[0].words == "Two men wait"
    assert isinstance(world.all(Meeting)[0].id, UUID)


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("9:30", "09:30"),
        ("9.30", "09:30"),
        ("14:00", "14:00"),
        ("2pm", "14:00"),
        ("12 am", "00:00"),
        ("12pm", "12:00"),
        ("9.30 AM", "09:30"),
        ("24:00", None),
        ("13pm", None),
        ("0am", None),
        ("9:60", None),
        ("nine", None),
        ("٩:٣٠", None),
        ("", None),
    ],
)
def test_a_time_is_read_as_people_write_it(words: str, time: str | None) -> None:
    found = read_clock(words)
    assert (f"{found:%H:%M}" if found else None) == time


@pytest.mark.parametrize(
    ("typed", "version"), [("3", 3), ("", None), (None, None), ("-1", None), ("٣", None), ("1" * 20, None)]
)
def test_a_version_is_a_number_or_nothing(typed: object, version: int | None) -> None:
    assert known_version(typed) == version
