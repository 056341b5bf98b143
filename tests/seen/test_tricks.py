"""What somebody curious tries: ids in forms and filters, addresses to go on to, and questions whose answer might tell
whether a child is here."""

import csv
import io
import json
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from mace.models import Action, Concern, ContextChild, Delivery, Draft, Item, RecordVersion, WorkingWith
from tests.seen.ground import SHARED, Ground
from tests.seen.test_nothing_is_written import stored
from tests.seen.walk import Walker, ear_for

TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')


def somebody(ground: Ground, who: str) -> Walker:
    """At the tool, with ears."""
    return Walker(ground, ear_for(ground), who)


def without(text: str, *typed: str) -> str:
    """A page without its token and without what was typed into it."""
    text = TOKEN.sub(r"\1", text)
    for words in typed:
        text = re.sub(rf"(?<![\w#]){re.escape(words)}(?!\w)", "", text)
    return text


def id_of(ground: Ground, thing: str) -> str:
    """The one id of a thing."""
    return str(next(iter(ground.things[thing].values())))


# --- Is it here? ------------------------------------------------------------------------------------------------------

FILTERS = {
    "child": ("Ben, Tom’s", "Callum, not taken", "a place"),
    "meeting": ("a meeting planned, not published", "a meeting of another series, published"),
}


@pytest.mark.parametrize("who", ["hannah", "imran", "gus", "mia"])
def test_a_filter_by_what_is_not_theirs_is_a_filter_by_nothing(running: Ground, who: str) -> None:
    walker = somebody(running, who)
    for ending in ("", ".csv"):
        for name, things in FILTERS.items():
            for thing in things:
                hidden = walker.get(f"/actions{ending}?{name}={id_of(running, thing)}&ended=all")[1]
                absent = walker.get(f"/actions{ending}?{name}={uuid4()}&ended=all")[1]
                assert without(hidden) == without(absent), (name, thing)


@pytest.mark.parametrize("who", ["hannah", "imran", "mia", "pat"])
def test_a_search_does_not_tell_who_is_here_and_hidden(running: Ground, who: str) -> None:
    walker = somebody(running, who)
    for address in ("/search", "/children", "/actions/narrow"):
        for hidden, absent in (("Callum Ives", "Qallum Xves"), ("401925", "991925"), ("Gresley", "Xresley")):
            pages = [without(walker.post(address, {"words": one})[1], one) for one in (hidden, absent)]
            assert pages[0] == pages[1], (address, hidden)


@pytest.mark.parametrize("who", ["hannah", "imran", "mia"])
def test_the_number_of_an_action_that_is_not_theirs_is_a_number_of_nothing(running: Ground, who: str) -> None:
    walker = somebody(running, who)
    for hidden, absent in (("37", "88837"), ("#37", "#88837")):
        pages = [without(walker.post("/search", {"words": one})[1], one) for one in (hidden, absent)]
        assert pages[0] == pages[1]


@pytest.mark.parametrize("who", ["hannah", "imran"])
def test_a_place_in_the_register_beside_a_hidden_action_shows_what_is_theirs(running: Ground, who: str) -> None:
    walker = somebody(running, who)
    hidden = id_of(running, "Grace’s, about Mina, waiting")
    for place in (f"-999999_{hidden}", f"999999_{hidden}"):
        for way in ("after", "before"):
            answer, text = walker.get(f"/actions?{way}={place}")
            assert answer.status == 200
            assert hidden not in text


@pytest.mark.parametrize("who", ["hannah", "imran", "priya"])
def test_no_page_says_when_it_last_changed(running: Ground, who: str) -> None:
    walker = somebody(running, who)
    for address in ("/", "/actions", f"/actions/{id_of(running, 'Imran’s, about Faisal, Hannah’s')}", "/records"):
        headers = walker.browser.get(address).headers
        assert not {"ETag", "Last-Modified"} & set(headers.keys()), address
        assert headers["Cache-Control"] == "no-store"


# --- One action, several children -------------------------------------------------------------------------------------


def test_a_shared_action_reveals_no_other_child(running: Ground) -> None:
    """Tom leads for Ben; the action is about Aisha and protects Ben too."""
    tom = somebody(running, "tom")
    key = id_of(running, "Karen’s, about Aisha, protects Ben too")
    with running.looking() as session:
        worry = session.get_one(Concern, session.get_one(Action, UUID(key)).concern_id).words
    aisha = id_of(running, "Aisha, Hannah’s")
    for address in (f"/actions/{key}", "/actions?ended=all", f"/children/{id_of(running, 'Ben, Tom’s')}?tab=actions"):
        _, text = tom.get(address)
        assert SHARED in text, address
        for word in ("Aisha", aisha, worry, "401000"):
            assert word not in text, (address, word)
    rows = list(csv.DictReader(io.StringIO(tom.get("/actions.csv")[1].lstrip("\ufeff"))))
    shared = next(row for row in rows if SHARED in row["Action"])
    assert (shared["About"], shared["Children it protects"]) == ("Ben Brackley", "1")


def test_the_register_of_the_other_child_is_not_opened_by_a_shared_action(running: Ground) -> None:
    tom = somebody(running, "tom")
    assert tom.get(f"/children/{id_of(running, 'Aisha, Hannah’s')}")[0].status == 404
    hidden = tom.get(f"/actions?child={id_of(running, 'Aisha, Hannah’s')}")[1]
    assert without(hidden) == without(tom.get(f"/actions?child={uuid4()}")[1])


# --- What is somebody's own -------------------------------------------------------------------------------------------


def test_what_another_searched_for_is_theirs_alone(running: Ground) -> None:
    kept = uuid4()
    with running.looking() as session:
        session.add(
            Draft(
                person_id=running.people["priya"],
                form="actions-search",
                about_id=kept,
                content=json.dumps({"words": "Callum Ives"}),
                saved_at=datetime.now(UTC),
            )
        )
        session.commit()
    assert "Callum Ives" in somebody(running, "priya").get(f"/actions?search={kept}")[1]
    for who in ("olive", "ruth", "hannah", "imran"):
        walker = somebody(running, who)
        assert without(walker.get(f"/actions?search={kept}")[1]) == without(walker.get(f"/actions?search={uuid4()}")[1])


def test_after_the_item_is_read_back_an_agency_still_sees_its_request_and_changes_nothing(running: Ground) -> None:
    imran = somebody(running, "imran")
    address = f"/requests/{id_of(running, 'asked of police, read back')}"
    assert imran.get(address)[0].status == 200
    before = stored(running)
    answer, _ = imran.post(address, {"answer": "nothing_new", "version": "none"})
    assert answer.status in (409, 422)
    assert stored(running) == before


# --- Ids in forms -----------------------------------------------------------------------------------------------------


def attempts(ground: Ground) -> list[tuple[str, str, dict[str, object]]]:
    """Forms of one's own things with the ids of others, and of nothing, in their fields."""
    on_it = ground.things["item on today’s agenda"]["item_id"]
    aisha, ben = id_of(ground, "Aisha, Hannah’s"), id_of(ground, "Ben, Tom’s")
    with ground.looking() as session:
        dawid = ground.things["Dawid, Hannah’s, Sue works with him"]["subject_id"]
        listing = session.exec(select(WorkingWith.id).where(WorkingWith.child_id == dawid)).first()
        link = session.exec(select(ContextChild.id).where(ContextChild.child_id == UUID(ben))).first()
        approved = ground.things["item approved"]["item_id"]
        version = session.exec(select(RecordVersion.id).where(RecordVersion.item_id == approved)).first()
        unreached = session.exec(select(Delivery.id).where(Delivery.undelivered_because != "")).first()
        elsewhere = session.exec(select(Item.id).where(Item.id != on_it)).first()
        worry = session.exec(select(Concern.id).where(Concern.subject_id == UUID(ben))).first()
    foreign = id_of(ground, "Hannah’s, about Aisha")
    day = [str(ground.today.day), str(ground.today.month), str(ground.today.year)]
    ahead = [str(ground.today.day), str(ground.today.month), str(ground.today.year + 1)]
    new = {"new-what": "A letter is sent", "new-due": ahead, "new-long_date_reason": "x"}
    told = {"name": "A home", "organisation": "x", "how": "telephone", "told_on": day}
    read_back = ground.things["item read back at the last meeting"]["item_id"]
    meeting = ground.things["the meeting of today, published"]["meeting_id"]
    found: list[tuple[str, str, dict[str, object]]] = []
    for key in (ben, str(uuid4()), "x", ""):
        found.append(("grace", "/children/workers", {"child": key}))
    for key in (str(uuid4()), aisha, "x"):
        found += [
            ("grace", f"/children/{aisha}/worker", {"person": key}),
            ("priya", f"/children/{aisha}/working-with", {"person": key, "how": "x"}),
            ("priya", f"/children/{aisha}/working-with/end", {"listing": key}),
            ("priya", f"/contexts/{id_of(ground, 'a place')}/children", {"child": key * 2, "how": "x"}),
            ("priya", f"/contexts/{id_of(ground, 'a group')}/children/unlink", {"link": key}),
            ("priya", f"/items/{read_back}/told", {**told, "version": key}),
            ("priya", f"/items/{on_it}/actions", {**new, "new-owner": key}),
            ("priya", f"/items/{on_it}/decide/{key if key != 'x' else uuid4()}", {"as": "accepted_done"}),
            ("priya", f"/meetings/{meeting}/add", {"add": key if key != aisha else str(uuid4())}),
        ]
    owner = str(ground.people["hannah"])
    return [
        *found,
        ("priya", f"/children/{aisha}/working-with/end", {"listing": str(listing)}),
        ("priya", f"/contexts/{id_of(ground, 'a group')}/children/unlink", {"link": str(link)}),
        ("priya", f"/items/{read_back}/told", {**told, "version": str(version), "instead_of": str(unreached)}),
        ("priya", f"/items/{on_it}/actions", {**new, "new-owner": owner, "new-concern": str(worry)}),
        ("priya", f"/items/{on_it}/actions", {**new, "new-owner": owner, "new-protects": [str(uuid4())]}),
        ("priya", f"/items/{on_it}/decide/{foreign}", {"as": "accepted_done", "decide-reason": "x"}),
        ("priya", f"/items/{on_it}/undo/{foreign}", {}),
        ("priya", f"/meetings/{meeting}/arrange", {"back": str(elsewhere)}),
        ("hannah", f"/records/{id_of(ground, 'sent to Hannah about Aisha')}/answer", {"answer": str(uuid4())}),
    ]


def test_ids_of_others_and_of_nothing_in_a_form_are_refused(running: Ground) -> None:
    walkers = {who: somebody(running, who) for who in ("priya", "grace", "hannah")}
    walkers["priya"].post(f"/meetings/{id_of(running, 'the meeting of today, published')}/arrange", {})
    for who, address, body in attempts(running):
        before = stored(running)
        answer, _ = walkers[who].post(address, body)
        assert answer.status < 500, (who, address, body)
        after = stored(running)
        assert [name for name in before if before[name] != after[name]] == [], (who, address, body)


# --- Where it leads ---------------------------------------------------------------------------------------------------

ELSEWHERE = (
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/%09/x",
)


@pytest.mark.parametrize("there", ELSEWHERE)
def test_no_form_leads_to_another_site(own_ground: Ground, there: str) -> None:
    grace = somebody(own_ground, "grace")
    aisha = id_of(own_ground, "Aisha, Hannah’s")
    for address, body in (
        ("/children/workers", {"child": aisha}),
        (f"/children/{aisha}/worker", {"act": "confirm"}),
    ):
        answer, _ = grace.post(address, {**body, "then": there})
        leads = urlsplit(answer.location)
        assert answer.status == 302
        assert (leads.scheme, leads.netloc) == ("", ""), answer.location
        assert "evil" not in answer.location


ODD = ("subject_id=1", "page=2", "endpoint=x", "_method=POST", "_external=1", "_scheme=javascript", "_anchor=x")


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_address_of_a_record_leads_to_its_page_and_nowhere_else(running: Ground, odd: str) -> None:
    priya = somebody(running, "priya")
    place, jake = id_of(running, "a place"), id_of(running, "Jake, Tom’s, in both roles")
    for address, leads in (
        (f"/children/{place}?tab=actions&{odd}", f"/contexts/{place}?tab=actions"),
        (f"/contexts/{jake}?tab=actions&{odd}", f"/children/{jake}?tab=actions"),
    ):
        answer, _ = priya.get(address)
        assert (answer.status, answer.location) == (302, leads)
