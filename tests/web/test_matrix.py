"""Every page for every kind of person, with a child that is theirs and one that is not: who opens what is a checked-in
table, and no word of a record reaches anybody who may not have it."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from mace.domain.vocabulary import EventKind, LineKind
from mace.models import Delivery, Event, Meeting
from tests.pages import CheckedClient
from tests.sharing.make import an_item_to_release, release, sent_to
from tests.web.everywhere import addresses, example_ids
from tests.world import PEOPLE, World

TABLE = Path(__file__).with_name("matrix.txt")
AGAIN = "Who opens what has changed. If that is meant: MACE_TEST_WRITE=yes, run this file again, read the difference."
WORDS = {
    "name": "Bertram Wexcombe",
    "concern": "Tolpuddle Arcade after dark",
    "action": "Marchmont Road is lit again",
    "event": "Seen at Ravelston Halt",
    "line": "Inglesham Cafe keeps him late",
}
"""What stands in the other worker's child's record and nowhere else."""
KNOWS = {
    **{who: set() for who in PEOPLE},
    **{who: set(WORDS) for who in ("chair", "deputy", "coordinator", "other_worker", "other_manager")},
    **{who: {"name"} for who in ("police_lead", "police", "nurse", "teacher")},
}
"""What each person may meet of it: partners know who is on the published agenda, no more."""
OWN_PAGES = {"subject_id", "action_id", "item_id", "event_id", "concern_id", "delivery_id"}
TABS = ("", "?tab=actions", "?tab=meetings", "?tab=chronology")


@pytest.fixture
def ids(world: World) -> dict[str, dict[str, UUID]]:
    """What stands in the addresses: of the worker's child, and of the other worker's."""
    mine = example_ids(world)
    child = world.a_child(WORDS["name"], worker="other_worker", concern=WORDS["concern"])
    action = world.an_action(child, owner="other_worker", what=WORDS["action"])
    event = Event(
        subject_id=child.id,
        kind=next(iter(EventKind)),
        happened_on=world.day(-2),
        words=WORDS["event"],
        entered_at=world.now,
        source_agency_id=world.agencies["care"].id,
    )
    world.add(event)
    (meeting,) = world.all(Meeting, Meeting.id == mine["meeting_id"])
    item = world.an_item(meeting, child)
    told = an_item_to_release(world, child)
    world.a_line(told, WORDS["line"], LineKind.DECISION)
    release(world, told)
    theirs = {
        **mine,
        "subject_id": child.id,
        "action_id": action.id,
        "event_id": event.id,
        "item_id": item.id,
        "concern_id": world.concern_of(child).id,
        "delivery_id": sent_to(world, "other_worker").id,
    }
    return {"mine": mine, "theirs": theirs}


def _visit(app: Flask, world: World, ids: dict[str, dict[str, UUID]], who: str) -> tuple[set[str], dict[str, str]]:
    """Go everywhere as this person: the pages that open, and every byte that was sent."""
    client = CheckedClient(app).sign_in(world.id(who))
    opened, sent = set(), {}
    for whose in ("mine", "theirs"):
        for one in addresses(app, ids[whose]):
            is_theirs = bool(one.takes & OWN_PAGES)
            if "GET" not in one.methods or one.endpoint in NOT_VISITED or (whose == "theirs" and not is_theirs):
                continue
            for tab in TABS if one.endpoint == "record.child" else ("",):
                answer = client.raw.get(one.path + tab)
                assert answer.status_code in (200, 302, 403, 404), f"{answer.status_code} {one.path}"
                sent[one.path + tab] = answer.get_data().decode("utf-8", "replace")
                if answer.status_code in (200, 302):
                    opened.add(f"{one.endpoint} {whose}" if one.takes else one.endpoint)
    for delivery in world.all(Delivery):
        sent[f"/records/{delivery.id}"] = client.raw.get(f"/records/{delivery.id}").get_data(as_text=True)
    search = client.raw.post("/search", data={"words": "Wexcombe", "csrf_token": client.token()})
    sent["/search"] = search.get_data(as_text=True)
    return opened, sent


NOT_VISITED = {"account.sign_in", "home.healthz"}


@pytest.mark.parametrize("who", PEOPLE)
def test_who_opens_what_and_meets_which_words(
    app: Flask, world: World, ids: dict[str, dict[str, UUID]], who: str
) -> None:
    opened, sent = _visit(app, world, ids, who)
    met = {kind: {path for path, text in sent.items() if words in text} for kind, words in WORDS.items()}
    assert {kind for kind, paths in met.items() if paths} == KNOWS[who], met
    table = {line[:36].strip(): line[36:].split() for line in TABLE.read_text(encoding="utf-8").splitlines()}
    if os.environ.get("MACE_TEST_WRITE"):
        for page in opened | set(table):
            people = {*table.get(page, ())} - {who} | ({who} if page in opened else set())
            table[page] = [one for one in PEOPLE if one in people]
        lines = [f"{page:36} {' '.join(people)}\n" for page, people in sorted(table.items()) if people]
        TABLE.write_text("".join(lines), encoding="utf-8")
    assert opened == {page for page, people in table.items() if who in people}, AGAIN


def test_the_table_names_every_page_and_nobody_who_is_not_there(app: Flask) -> None:
    """A page that nobody of the test world opens is listed here with the reason."""
    found = {line.split()[0] for line in TABLE.read_text(encoding="utf-8").splitlines()}
    people = {who for line in TABLE.read_text(encoding="utf-8").splitlines() for who in line[36:].split()}
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - found - NOT_VISITED - {"static"} == set(NOT_OPENED)
    assert people == set(PEOPLE)


NOT_OPENED = {
    "actions.chase": "the action of the test waits on nobody",
    "actions.offer": "the action of the test is offered to no plan",
    "record.context": "the subject of the test is a child",
    "record.edit_context": "the subject of the test is a child",
    "record.link_child": "the subject of the test is a child",
}
