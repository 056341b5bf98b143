"""What is asked before a meeting: agencies, lead practitioners, owners; nothing twice, and everything that came."""

from datetime import timedelta
from uuid import UUID

import pytest

from mace.children.commands import allocate
from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import ActionState, ItemState, LineKind, MeetingState, RequestAnswer
from mace.meetings import commands
from mace.meetings.queries.before import count_answers, count_outstanding, get_board, list_briefs
from mace.models import Brief, Contribution, InformationRequest, Item, Meeting, Subject, UpdateRequest
from tests.meetings.make import acting, another_series, approve, close, items_of, leaves, make_meeting
from tests.pages import CheckedClient
from tests.world import World


def a_published_meeting(world: World, *subjects: Subject) -> Meeting:
    """A meeting today with these subjects, its agenda out."""
    meeting = world.a_meeting()
    for subject in subjects:
        world.an_item(meeting, subject)
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    found: Meeting = world.again(meeting)
    return found


def asked(world: World) -> tuple[int, int, int]:
    """How many requests, briefs and questions to owners there are."""
    return len(world.all(InformationRequest)), len(world.all(Brief)), len(world.all(UpdateRequest))


def request_to(world: World, agency: str) -> InformationRequest:
    """What this agency is asked."""
    (found,) = world.all(InformationRequest, InformationRequest.agency_id == world.agencies[agency].id)
    request: InformationRequest = found
    return request


def information(world: World) -> list[Contribution]:
    """What agencies have told the meeting."""
    return world.all(Contribution, Contribution.kind == LineKind.INFORMATION)


# --- Publishing -----------------------------------------------------------------------------------------------------


def test_every_expected_agency_but_the_workers_own_is_asked(world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    assert meeting.state is MeetingState.PUBLISHED
    assert {one.agency_id for one in world.all(InformationRequest)} == {
        world.agencies[key].id for key in ("police", "health", "school")
    }
    assert [one.person_id for one in world.all(Brief)] == [world.id("worker")]


def test_without_a_worker_every_agency_is_asked_and_no_brief(world: World) -> None:
    a_published_meeting(world, world.a_child(worker=None))
    assert asked(world) == (4, 0, 0)


def test_nothing_is_asked_about_a_place_but_its_owners_are(world: World) -> None:
    place = world.a_place()
    world.an_action(place, owner="police")
    a_published_meeting(world, place)
    assert asked(world) == (0, 0, 1)


def test_owners_are_asked_about_unfinished_actions_of_this_series_alone(world: World) -> None:
    child = world.a_child()
    open_ = world.an_action(child, owner="police")
    nobody = world.an_action(child, owner=None, imported=True)
    world.an_action(child, state=ActionState.DONE, ended_on=world.today)
    world.an_action(child, state=ActionState.REPORTED_DONE, reported_done_on=world.today, reported_done_at=world.now)
    a_published_meeting(world, child)
    questions = {one.action_id: one for one in world.all(UpdateRequest)}
    assert set(questions) == {open_.id, nobody.id}
    assert questions[nobody.id].person_id is None, "the agency is asked where nobody is named"
    other = Meeting(series_id=another_series(world).id, held_on=world.today)
    world.add(other)
    world.an_item(other, child)
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, other.id, now=world.now)
    assert len(world.all(UpdateRequest)) == 2, "another series asks nothing about them"


def test_an_agency_that_has_left_is_not_asked(world: World) -> None:
    leaves(world, world.agencies["health"])
    a_published_meeting(world, world.a_child())
    assert asked(world)[0] == 2


def test_an_empty_agenda_is_not_published_and_none_twice(world: World) -> None:
    with pytest.raises(Refused, match="Nobody is on the agenda yet"):
        a_published_meeting(world)
    meeting = a_published_meeting(world, world.a_child())
    with pytest.raises(Refused, match="published already"), acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    assert asked(world) == (3, 1, 0)


def test_who_is_added_after_publishing_is_asked_about_at_once(client: CheckedClient, world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    late = world.a_child("Late Arrival", worker="other_worker")
    client.sign_in(world.id("coordinator")).post(f"/meetings/{meeting.id}/add", {"add": late.id})
    assert asked(world) == (6, 2, 0)
    client.post(f"/meetings/{meeting.id}/build")
    assert asked(world) == (6, 2, 0)


def test_who_is_left_off_before_publishing_and_put_back_after_is_asked_about_once(world: World) -> None:
    first, second = world.a_child("Ann"), world.a_child("Ben")
    meeting = world.a_meeting()
    one, other = world.an_item(meeting, first), world.an_item(meeting, second)
    world.an_action(second)
    with acting(world, "coordinator") as actor:
        commands.leave_off(world.session, actor, other.id, because="Not this time")
    with acting(world, "coordinator") as actor:
        commands.publish(world.session, actor, meeting.id, now=world.now)
    assert asked(world) == (3, 1, 0)
    for item in (one, other):
        for act in (
            lambda actor, item=item: commands.leave_off(world.session, actor, item.id, because="Later"),
            lambda actor, item=item: commands.put_back(world.session, actor, item.id, now=world.now),
        ):
            with acting(world, "coordinator") as actor:
                act(actor)
    assert asked(world) == (6, 2, 1)


# --- Agencies answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [RequestAnswer.NOT_KNOWN, RequestAnswer.NOTHING_NEW])
def test_a_short_answer_is_one_choice(client: CheckedClient, world: World, answer: RequestAnswer) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    client.sign_in(world.id("police"))
    assert "Choose one answer" in client.post(path, {"answer": ""}, status=422)
    client.post(path, {"answer": answer.value})
    stored = request_to(world, "police")
    assert (stored.answer, stored.answered_by_id) == (answer, world.id("police"))
    assert information(world) == []


def test_what_an_agency_knows_becomes_a_line_with_its_source(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    client.sign_in(world.id("police"))
    assert "Say what you know" in client.post(path, {"answer": "here_it_is", "words": " "}, status=422)
    client.post(path, {"answer": "here_it_is", "words": "Seen in a grey Corsa", "received_from": "nobody"})
    (line,) = information(world)
    assert (line.words, line.source_agency_id) == ("Seen in a grey Corsa", world.agencies["police"].id)
    assert (line.source_person_id, line.received_from) == (world.id("police"), ""), "their own, from nobody else"


def test_words_are_not_lost_under_another_answer(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    page = client.sign_in(world.id("police")).post(
        path, {"answer": "nothing_new", "words": "But a grey Corsa was seen"}, status=422
    )
    assert "choose “Here is what we know”" in page
    assert "But a grey Corsa was seen" in page
    assert request_to(world, "police").answer is None


def test_a_change_of_mind_rewrites_or_removes_the_line(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    client.sign_in(world.id("police"))
    client.post(path, {"answer": "here_it_is", "words": "A grey Corsa"})
    client.post(path, {"answer": "here_it_is", "words": "A green Corsa"})
    (line,) = information(world)
    assert line.words == "A green Corsa"
    client.post(path, {"answer": "not_known", "words": "A green Corsa"})
    assert information(world) == []
    assert request_to(world, "police").contribution_id is None


def test_on_behalf_names_who_sent_it(client: CheckedClient, world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'health').id}"
    client.sign_in(world.id("coordinator"))
    page = client.post(path, {"answer": "here_it_is", "words": "Seen at A&E on Monday"}, status=422)
    assert "Say who sent it and how" in page
    assert "Seen at A&amp;E on Monday" in page
    client.post(
        path, {"answer": "here_it_is", "words": "Seen at A&E on Monday", "received_from": "Jo Adeyemi, by e-mail"}
    )
    (line,) = information(world)
    assert line.source_agency_id == world.agencies["health"].id
    assert (line.source_person_id, line.entered_by_id) == (None, world.id("coordinator"))
    board = client.get(f"/meetings/{meeting.id}/updates")
    assert "received from Jo Adeyemi, by e-mail, entered by Priya Nair" in board


def test_a_stale_answer_shows_both_texts(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    mine = {"version": "none", "answer": "here_it_is", "words": "Mine: a white van"}
    client.sign_in(world.id("police_lead")).post(
        path, {"version": "none", "answer": "here_it_is", "words": "Theirs: a grey Corsa"}
    )
    page = client.sign_in(world.id("police")).post(path, mine, status=409)
    assert "Theirs: a grey Corsa" in page
    assert "Mine: a white van" in page
    (line,) = information(world)
    assert line.words == "Theirs: a grey Corsa"
    version = client.get(path).split('name="version" type="hidden" value="')[1].split('"')[0]
    client.post(path, {**mine, "version": version, "words": "Both: a grey Corsa and a white van"})
    assert information(world)[0].words == "Both: a grey Corsa and a white van"


def test_an_item_that_was_read_back_takes_no_answer_and_keeps_what_was_typed(
    client: CheckedClient, world: World
) -> None:
    meeting = a_published_meeting(world, world.a_child())
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    close(world, items_of(world, meeting)[0])
    path = f"/requests/{request_to(world, 'police').id}"
    page = client.sign_in(world.id("police")).post(
        path, {"answer": "here_it_is", "words": "A grey Corsa, too late"}, status=422
    )
    assert "nothing can be added" in page
    assert "A grey Corsa, too late" in page
    assert information(world) == []


def test_an_approved_or_cancelled_item_leaves_the_agencys_view(client: CheckedClient, world: World) -> None:

    meeting = a_published_meeting(world, world.a_child())
    path = f"/requests/{request_to(world, 'police').id}"
    client.sign_in(world.id("police")).get(path)
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    item = close(world, items_of(world, meeting)[0])
    client.get(path)
    approve(world, item)
    client.get(path, status=404)
    client.sign_in(world.id("coordinator")).get(path)


def test_a_cancelled_meeting_asks_nobody_any_more(client: CheckedClient, world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    request, brief = request_to(world, "police"), world.all(Brief)[0]
    with acting(world, "coordinator") as actor:
        commands.cancel_meeting(world.session, actor, meeting.id, because="Snow", now=world.now)
    client.sign_in(world.id("police")).get(f"/requests/{request.id}", status=404)
    page = client.sign_in(world.id("worker")).post(f"/briefs/{brief.id}", {"last_seen": "Monday"}, status=422)
    assert "nothing can be added" in page
    assert "Monday" in page, "what was typed is kept"
    actor = world.actor("coordinator")
    assert count_outstanding(world.session, actor) == 0


# --- Workers write --------------------------------------------------------------------------------------------------

FIVE = {
    "last_seen": "Monday, at school, tired",
    "childs_words": "I want them to stop ringing",
    "what_changed": "He moved to his aunt",
    "what_i_need": "A plan for evenings",
    "who_tells": "I do, tomorrow",
}


def _brief(world: World) -> Brief:
    (found,) = world.all(Brief)
    brief: Brief = found
    return brief


def test_a_worker_writes_five_lines_or_one(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/briefs/{_brief(world).id}"
    client.sign_in(world.id("worker"))
    page = client.post(path, {"version": "1"}, status=422)
    assert "Write at least one line" in page
    assert 'href="#last_seen"' in page
    client.post(path, {"version": "1", **FIVE})
    stored = _brief(world)
    assert {name: getattr(stored, name) for name in FIVE} == FIVE
    assert (stored.entered_by_id, stored.received_from) == (world.id("worker"), "")


@pytest.mark.parametrize("who", ["manager", "coordinator"])
def test_a_manager_or_coordinator_enters_it_and_says_from_whom(client: CheckedClient, world: World, who: str) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/briefs/{_brief(world).id}"
    client.sign_in(world.id(who))
    page = client.post(path, {"version": "1", **FIVE}, status=422)
    assert "Say who sent it and how" in page
    assert "I want them to stop ringing" in page
    client.post(path, {"version": "1", **FIVE, "received_from": "Hannah Bell, by telephone"})
    stored = _brief(world)
    assert (stored.entered_by_id, stored.received_from) == (world.id(who), "Hannah Bell, by telephone")
    assert stored.source_person_id == world.id("worker"), "the words are the worker’s"


def test_a_stale_brief_shows_both_texts(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/briefs/{_brief(world).id}"
    client.sign_in(world.id("coordinator")).post(
        path, {"version": "1", "last_seen": "Theirs", "received_from": "Hannah Bell, by e-mail"}
    )
    client.sign_in(world.id("worker"))
    page = client.post(path, {"version": "1", "last_seen": "Mine"}, status=409)
    assert "Theirs" in page
    assert "Mine" in page
    assert _brief(world).last_seen == "Theirs"
    client.post(path, {"version": _brief(world).version, "last_seen": "Mine and theirs"})
    assert _brief(world).last_seen == "Mine and theirs"


def test_nobody_else_sees_a_brief(client: CheckedClient, world: World) -> None:
    a_published_meeting(world, world.a_child())
    path = f"/briefs/{_brief(world).id}"
    for who in ("other_worker", "other_manager", "police_lead", "police", "nurse", "analyst", "sysadmin", "guest"):
        client.sign_in(world.id(who)).get(path, status=404)


def test_a_reallocation_moves_what_is_asked_and_ends_access_at_once(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    a_published_meeting(world, child)
    old = _brief(world)
    client.sign_in(world.id("worker")).get(f"/briefs/{old.id}")
    client.sign_in(world.id("coordinator")).post(
        f"/children/{child.id}/worker", {"person": world.id("other_worker"), "new_name": "", "new_agency": ""}
    )
    moved = _brief(world)
    assert moved.person_id == world.id("other_worker")
    assert moved.source_agency_id == world.agencies["care"].id
    client.sign_in(world.id("worker")).get(f"/briefs/{old.id}", status=404)
    client.sign_in(world.id("manager")).get(f"/briefs/{moved.id}", status=404)
    client.sign_in(world.id("other_manager")).get(f"/briefs/{moved.id}")
    client.sign_in(world.id("other_worker")).get(f"/briefs/{moved.id}")


def test_a_written_brief_stays_and_the_new_worker_is_asked_too(world: World) -> None:
    child = world.a_child()
    a_published_meeting(world, child)
    with acting(world, "worker") as actor:
        commands.answer_brief(world.session, actor, _brief(world).id, **FIVE, now=world.now)
    with acting(world, "coordinator") as actor:
        allocate(world.session, actor, child.id, world.id("other_worker"), now=world.now)
        commands.ask_new_lead(world.session, actor, child.id, now=world.now)
    assert {one.person_id: one.last_seen for one in world.all(Brief)} == {
        world.id("worker"): FIVE["last_seen"],
        world.id("other_worker"): "",
    }
    with pytest.raises(NotThere), acting(world, "worker") as actor:
        commands.answer_brief(
            world.session, actor, world.all(Brief, Brief.last_seen != "")[0].id, **FIVE, now=world.now
        )


# --- Who has answered -----------------------------------------------------------------------------------------------


def test_the_board_and_the_agenda_count_what_is_still_to_come(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.an_action(child, owner="police")
    meeting = a_published_meeting(world, child)
    client.sign_in(world.id("coordinator"))
    assert "5 of 5 answers still to come" in client.get(f"/meetings/{meeting.id}")
    client.post(
        f"/requests/{request_to(world, 'police').id}",
        {"answer": "nothing_new", "received_from": "Karen Holt, by e-mail"},
    )
    assert "4 of 5 answers still to come" in client.get(f"/meetings/{meeting.id}/updates")
    actor = world.actor("coordinator")
    tally = count_answers(world.session, actor, meeting.id)
    assert (tally.asked, tally.outstanding) == (5, 4)
    board = get_board(world.session, actor, meeting.id)
    assert [len(some) for some in board.children] == [3]
    world._let_go()
    assert count_answers(world.session, world.actor("police_lead")).asked == 0, "for those who run meetings"


def test_nothing_is_awaited_from_an_item_that_was_read_back(world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    close(world, items_of(world, meeting)[0])
    actor = world.actor("chair")
    assert count_outstanding(world.session, actor) == 0
    assert list_briefs(world.session, actor, outstanding=True) == ()


def test_the_room_shows_what_came(client: CheckedClient, world: World) -> None:
    meeting = make_meeting(client, world)
    child = world.a_child()
    client.post(f"/meetings/{meeting}/build")
    client.post(f"/meetings/{meeting}/publish")
    client.sign_in(world.id("police")).post(
        f"/requests/{request_to(world, 'police').id}", {"answer": "here_it_is", "words": "A grey Corsa"}
    )
    client.sign_in(world.id("nurse")).post(f"/requests/{request_to(world, 'health').id}", {"answer": "not_known"})
    client.sign_in(world.id("worker")).post(f"/briefs/{_brief(world).id}", {"version": "1", **FIVE})
    (item,) = world.all(Item, Item.subject_id == child.id)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    for words in ("A grey Corsa", "Not known to us", "No answer from Education", *FIVE.values()):
        assert words in page


def test_a_brief_fills_the_record_and_stays_the_workers_words(client: CheckedClient, world: World) -> None:
    meeting = a_published_meeting(world, world.a_child())
    with acting(world, "worker") as actor:
        commands.answer_brief(world.session, actor, _brief(world).id, **FIVE, now=world.now)
    with acting(world, "chair") as actor:
        commands.start_meeting(world.session, actor, meeting.id, {}, now=world.now)
    (item,) = items_of(world, meeting)
    page = client.sign_in(world.id("chair")).get(f"/items/{item.id}/room")
    area = page.split('name="record-childs_words"')[1].split("</textarea>")[0]
    assert FIVE["childs_words"] in area
    form = {"record-version": 0, "record-childs_words": FIVE["childs_words"], "record-changed": "Nothing he says"}
    client.post(f"/items/{item.id}/record", form)
    lines = {one.kind: one for one in world.all(Contribution)}
    assert lines[LineKind.CHILDS_WORDS].source_person_id == world.id("worker")
    assert lines[LineKind.CHANGED].source_person_id == world.id("chair")
    client.post(f"/items/{item.id}/record", {**form, "record-version": 1, "record-childs_words": "Other words"})
    (line,) = world.all(Contribution, Contribution.kind == LineKind.CHILDS_WORDS)
    assert line.source_person_id == world.id("chair"), "words the worker did not write do not stay under their name"


def test_a_meeting_yet_to_be_published_asks_nobody(world: World) -> None:
    meeting = world.a_meeting(world.today + timedelta(days=3))
    world.an_item(meeting, world.a_child(), ItemState.ON_AGENDA)
    assert asked(world) == (0, 0, 0)
    assert isinstance(meeting.id, UUID)
