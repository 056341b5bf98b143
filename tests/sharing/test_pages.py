"""The one page, the copy for the case system, and the lists, as their readers see them."""

import re
from datetime import timedelta

import pytest

from mace.domain.vocabulary import ActionState, Handling, LineKind, RecordAnswer
from mace.models import Action, Allocation, Delivery, Trail
from tests.asked import questions_to
from tests.pages import CheckedClient
from tests.sharing.make import (
    DECISION,
    SAFETY,
    WORRY,
    an_item_to_release,
    approve,
    cannot_sign_in,
    end,
    release,
    sent_to,
)
from tests.world import World


def words(page: str) -> str:
    """What a person reads on the page."""
    main = page[page.index("<main") : page.index("</main>")] if "<main" in page else page
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def a_record(world: World, who: str = "worker", **values: object) -> tuple[Delivery, Action]:
    """An approved record of a child with an action of the worker's and one of the police's, sent to somebody."""
    child = world.a_child()
    mine = world.an_action(
        child, owner="worker", what="A safety plan for evenings", contingency="Ring the duty manager", due=world.day(3)
    )
    world.an_action(child, owner="police", what="A notice is served", why="So that nobody can pick her up")
    item = an_item_to_release(world, child, next_review_on=world.day(28), **values)
    world.a_line(item, "The aunt tells her on Friday", LineKind.WHO_TELLS)
    return sent_to(world, who, approve(world, item)), mine


def test_what_i_need_to_do_stands_before_everything_else(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    read = words(client.sign_in(world.id("worker")).get(f"/records/{sent.id}"))
    order = [
        "Approved record, version 1",
        "Aisha Ashdown",
        "What I need to do, by when, and what if it fails",
        "A safety plan for evenings",
        "Ring the duty manager",
        "What others do",
        "A notice is served",
        DECISION,
        SAFETY,
        WORRY,
        "Level, and why",
        "Significant",
        "Next review",
        "The aunt tells her on Friday",
        "Fenland Police",
        "Karen Holt",
    ]
    found = [read.find(part) for part in order]
    assert -1 not in found
    places = [read.index(part, max(0, found[n - 1]) if n else 0) for n, part in enumerate(order)]
    assert places == sorted(places)


def test_the_marking_says_that_the_record_is_to_follow(client: CheckedClient, world: World) -> None:
    version = release(world, an_item_to_release(world, world.a_child()))
    read = words(client.sign_in(world.id("worker")).get(f"/records/{sent_to(world, 'worker', version).id}"))
    assert "Agreed in the meeting, record to follow" in read
    assert DECISION in read
    assert WORRY not in read


def test_a_correction_says_why(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    approve(world, item)
    version = approve(world, item, because="The school was named wrongly")
    read = words(client.sign_in(world.id("worker")).get(f"/records/{sent_to(world, 'worker', version).id}"))
    assert "Corrected record, version 2" in read
    assert "Corrected because: The school was named wrongly" in read
    assert "Approved record, version 1" in read


def test_an_owner_of_one_action_is_not_told_why_the_record_was_corrected(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.an_action(child, owner="police")
    item = an_item_to_release(world, child)
    approve(world, item)
    version = approve(world, item, because="The aunt’s address was wrong")
    sent = sent_to(world, "police", version)
    client.sign_in(world.id("police"))
    for path in ("", "/copy", "/copy.txt"):
        assert "aunt" not in client.get(f"/records/{sent.id}{path}")


def test_an_owner_reads_their_own_action_and_nothing_else(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world, "police")
    client.sign_in(world.id("police"))
    for path in ("", "/copy", "/copy.txt"):
        read = client.get(f"/records/{sent.id}{path}")
        assert "A notice is served" in read
        assert "So that nobody can pick her up" in read
        for foreign in ("A safety plan for evenings", WORRY, DECISION, SAFETY, "Karen Holt", "Significant"):
            assert foreign not in read


def test_handling_is_kept_on_the_page_and_in_both_copies(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.works_with(child, "teacher")
    item = an_item_to_release(world, child)
    world.a_line(item, "For the police alone", by="police", handling=Handling.POLICE_ONLY)
    world.a_line(item, "For those who work with her", by="health", handling=Handling.NAMED_PEOPLE)
    version = approve(world, item)
    reads = {"worker": (False, True), "teacher": (False, True), "manager": (False, False)}
    for who, (police, named) in reads.items():
        sent = sent_to(world, who, version)
        client.sign_in(world.id(who))
        for path in ("", "/copy", "/copy.txt"):
            read = client.get(f"/records/{sent.id}{path}")
            assert ("For the police alone" in read) is police
            assert ("For those who work with her" in read) is named
            assert "More is held by Fenland Police: ask them" in read


def test_a_chair_reads_somebodys_record_as_what_a_chair_may_have(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = an_item_to_release(world, child)
    world.a_line(item, "For those who work with her", by="health", handling=Handling.NAMED_PEOPLE)
    sent = sent_to(world, "worker", approve(world, item))
    read = words(client.sign_in(world.id("chair")).get(f"/records/{sent.id}"))
    assert "Sent to Hannah Bell, Children’s Services" in read
    assert "For those who work with her" not in read
    assert "Your answer" not in read
    assert world.again(sent).opened_at is None


def test_the_first_opening_by_the_addressee_is_kept_and_no_later_one(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("coordinator")).get(f"/records/{sent.id}")
    assert world.again(sent).opened_at is None
    client.sign_in(world.id("worker")).get(f"/records/{sent.id}")
    first = world.again(sent).opened_at
    assert first is not None
    client.get(f"/records/{sent.id}")
    assert world.again(sent).opened_at == first


@pytest.mark.parametrize("path", ["/copy", "/copy.txt"])
def test_whoever_goes_straight_to_the_copy_has_opened_it(client: CheckedClient, world: World, path: str) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("worker")).get(f"/records/{sent.id}{path}")
    assert world.again(sent).opened_at is not None


def test_an_unfinished_action_of_mine_can_be_updated_from_the_record(client: CheckedClient, world: World) -> None:
    sent, mine = a_record(world)
    client.sign_in(world.id("worker"))
    assert f"/actions/{mine.id}/update" in client.get(f"/records/{sent.id}")
    end(world, mine, state=ActionState.DONE, ended_on=world.today)
    assert f"/actions/{mine.id}/update" not in client.get(f"/records/{sent.id}")


def test_every_look_leaves_its_trail(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("worker")).get(f"/records/{sent.id}")
    client.get(f"/records/{sent.id}/copy")
    client.get(f"/records/{sent.id}/copy.txt")
    client.sign_in(world.id("chair")).get(f"/records/{sent.id}")
    seen = [
        (link.act, link.person_id, link.scope, link.subject_id)
        for link in sorted(world.all(Trail), key=lambda link: link.seq)
        if link.table_name == "delivery" and link.object_id == str(sent.id) and link.act not in ("created", "changed")
    ]
    me, chair = world.id("worker"), world.id("chair")
    assert seen == [
        ("read", me, "self", sent.subject_id),
        ("copied for the case system", me, "self", sent.subject_id),
        ("copied for the case system", me, "self", sent.subject_id),
        ("read", chair, "area", sent.subject_id),
    ]
    opened = [link for link in world.all(Trail) if link.act == "changed" and link.object_id == str(sent.id)]
    assert [link.person_id for link in opened] == [me]


def test_the_copy_is_plain_text_in_the_order_in_which_it_is_read(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("worker"))
    response = client.raw.get(f"/records/{sent.id}/copy.txt")
    text = response.get_data(as_text=True)
    assert response.mimetype == "text/plain"
    assert "<" not in text
    assert "&" not in text
    lines = text.lstrip("\ufeff").splitlines()
    assert lines[:2] == ["OFFICIAL-SENSITIVE", "APPROVED RECORD, VERSION 1"]
    headings = [line for line in lines if line and line == line.upper() and len(line) > 12]
    assert headings[2:5] == ["WHAT I NEED TO DO, BY WHEN, AND WHAT IF IT FAILS", "WHAT OTHERS DO", "WHAT WAS DECIDED"]
    assert "   If it fails: Ring the duty manager" in lines
    assert "\n\n\n" not in text


def test_the_name_of_the_file_names_nobody(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("worker"))
    named = client.raw.get(f"/records/{sent.id}/copy.txt").headers["Content-Disposition"]
    assert named == f'attachment; filename="mace-record-{world.today.isoformat()}-version-1.txt"'


def test_neither_title_nor_address_names_the_child(client: CheckedClient, world: World) -> None:
    sent, _mine = a_record(world)
    client.sign_in(world.id("worker"))
    for path in ("/records", f"/records/{sent.id}", f"/records/{sent.id}/copy"):
        title = re.search(r"<title[^>]*>(.*?)</title>", client.get(path), re.S)
        assert title is not None
        assert "Ashdown" not in title.group(1)


def test_the_list_shows_what_to_answer_first_and_then_what_is_answered(client: CheckedClient, world: World) -> None:
    first = sent_to(world, "worker", approve(world, an_item_to_release(world, world.a_child("Chloe Carrow"))))
    end(world, first, answer=RecordAnswer.ACTING, answered_at=world.now)
    release(world, an_item_to_release(world, world.a_child("Dawid Denholm")))
    read = words(client.sign_in(world.id("worker")).get("/records"))
    assert read.index("To answer") < read.index("Dawid Denholm") < read.index("Answered by me") < read.index("Chloe")
    assert "Read and acting" in read


def test_a_list_with_nothing_says_when_something_will_be_there(client: CheckedClient, world: World) -> None:
    read = words(client.sign_in(world.id("worker")).get("/records"))
    assert "Nothing waits for your answer" in read


def test_newest_comes_first(client: CheckedClient, world: World) -> None:
    release(world, an_item_to_release(world, world.a_child("Chloe Carrow")), now=world.now - timedelta(days=2))
    release(world, an_item_to_release(world, world.a_child("Dawid Denholm")))
    read = words(client.sign_in(world.id("worker")).get("/records"))
    assert read.index("Dawid") < read.index("Chloe")


def test_a_manager_sees_who_has_not_answered_and_not_what_it_says(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    version = release(world, an_item_to_release(world, child))
    read = words(client.sign_in(world.id("manager")).get("/records"))
    assert "Hannah Bell" in read
    assert "Over 2 working days" not in read
    end(world, sent_to(world, "worker", version), sent_at=world.now - timedelta(days=9))
    read = words(client.get("/records"))
    team = read[read.index("My team: not answered") :]
    assert "Hannah Bell" in team
    assert child.name in team
    assert "Over 2 working days" in team
    assert DECISION not in read
    other = words(client.sign_in(world.id("other_manager")).get("/records"))
    assert "Everybody has answered" in other
    assert child.name not in other


def test_not_my_child_now_stands_on_the_managers_list_until_somebody_acts(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    (live,) = world.all(Allocation, Allocation.child_id == child.id)
    end(world, live, confirmed_on=world.today, confirmed_by_id=world.id("manager"))
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, child)))
    client.sign_in(world.id("worker"))
    client.post(f"/records/{sent.id}/answer", {"answer": "not_mine", "words": "Tom has her since Monday"})
    again = world.again(live)
    assert (again.confirmed_on, again.confirmed_by_id) == (None, None)
    read = client.sign_in(world.id("manager")).get("/records")
    assert "Tom has her since Monday" in words(read)
    assert f"/children/{child.id}/worker" in read


def test_the_coordinator_sees_what_reached_nobody_and_who_has_not_answered(client: CheckedClient, world: World) -> None:
    release(world, an_item_to_release(world, world.a_child("Chloe Carrow", worker=None)))
    release(world, an_item_to_release(world, world.a_child("Dawid Denholm")))
    read = words(client.sign_in(world.id("coordinator")).get("/records"))
    parts = re.split("Not reaching a worker|Could not be delivered|Not answered", read)
    assert "Chloe Carrow" in parts[1]
    assert "Chloe Carrow" in parts[2]
    assert "No worker is allocated to this child" in parts[2]
    assert "Dawid Denholm" in parts[3]
    assert "Dawid Denholm" not in parts[1] + parts[2]


def test_nobody_else_sees_those_lists(client: CheckedClient, world: World) -> None:
    cannot_sign_in(world, "other_worker", "other_manager")
    release(world, an_item_to_release(world, world.a_child("Chloe Carrow", worker="other_worker")))
    for who in ("worker", "manager", "police_lead"):
        read = words(client.sign_in(world.id(who)).get("/records"))
        assert "Could not be delivered" not in read
        assert "Chloe" not in read


def test_the_menu_leads_to_records_for_those_who_have_any(client: CheckedClient, world: World) -> None:
    assert 'href="/records"' in client.sign_in(world.id("worker")).get("/")
    assert 'href="/records"' not in client.sign_in(world.id("analyst")).get("/")


def asked(client: CheckedClient, path: str) -> int:
    """How many questions a page puts to the database."""
    with questions_to(client.app) as sent:
        client.get(path)
    return len(sent)


def test_the_lists_ask_as_often_for_twelve_as_for_one(client: CheckedClient, world: World) -> None:
    first = a_record(world)[0]
    people = {"worker": 0, "manager": 0, "coordinator": 0}
    for who in people:
        people[who] = asked(client.sign_in(world.id(who)), "/records")
    alone = asked(client.sign_in(world.id("worker")), f"/records/{first.id}")
    again = asked(client, f"/records/{first.id}")
    for n in range(11):
        child = world.a_child(f"Child {n}", worker="worker" if n % 2 else None)
        world.an_action(child, owner="worker")
        approve(world, an_item_to_release(world, child))
    for who, number in people.items():
        assert asked(client.sign_in(world.id(who)), "/records") == number
    assert again <= alone
    assert asked(client.sign_in(world.id("worker")), f"/records/{first.id}") == again
