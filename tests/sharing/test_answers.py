"""What people answer, that they filed it, and who was told by hand."""

from datetime import date, timedelta

import pytest

from mace.database import transaction
from mace.domain.errors import NotThere, Refused
from mace.domain.vocabulary import Extent, RecordAnswer, Told
from mace.models import Allocation, Delivery, Trail
from mace.sharing.commands import answer_record, mark_filed, mark_opened, tell_by_hand
from tests.pages import CheckedClient
from tests.sharing.make import an_item_to_release, approve, cannot_sign_in, end, release, sent_to
from tests.sharing.test_pages import words
from tests.world import World


def a_record(world: World, who: str = "worker") -> Delivery:
    child = world.a_child()
    world.an_action(child, owner="police")
    return sent_to(world, who, release(world, an_item_to_release(world, child)))


def boxes(day: date) -> dict[str, object]:
    return {"filed_on": [str(day.day), str(day.month), str(day.year)]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (RecordAnswer.ACTING, ""),
        (RecordAnswer.DISAGREE, "The plan cannot work on Fridays"),
        (RecordAnswer.NOT_MINE, "Tom has her"),
    ],
)
def test_each_answer_is_kept_with_its_words_and_moment(
    client: CheckedClient, world: World, answer: RecordAnswer, said: str
) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker"))
    leads = client.post(f"/records/{sent.id}/answer", {"answer": answer.value, "words": said})
    assert leads == f"/records/{sent.id}"
    kept = world.again(sent)
    assert (kept.answer, kept.answer_words) == (answer, said)
    assert kept.answered_at is not None
    read = words(client.get(f"/records/{sent.id}"))
    assert "You have answered" in read
    assert answer.label in read


def test_disagreeing_needs_its_reason_and_keeps_what_was_chosen(client: CheckedClient, world: World) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker"))
    page = client.post(f"/records/{sent.id}/answer", {"answer": "disagree", "words": " "}, status=422)
    assert "Say what you disagree with, and why" in page
    assert 'value="disagree" checked' in page
    assert world.again(sent).answer is None


def test_no_answer_and_a_made_up_one_keep_what_was_typed(client: CheckedClient, world: World) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker"))
    for typed in ({"words": "I was on leave"}, {"words": "I was on leave", "answer": "maybe"}):
        page = client.post(f"/records/{sent.id}/answer", typed, status=422)
        assert "I was on leave" in page
        assert "There is a problem" in page
    assert world.again(sent).answer is None


def test_an_owner_of_one_action_cannot_say_that_it_is_not_their_child(client: CheckedClient, world: World) -> None:
    sent = a_record(world, "police")
    client.sign_in(world.id("police"))
    assert "Not my child now" not in client.get(f"/records/{sent.id}")
    client.post(f"/records/{sent.id}/answer", {"answer": "not_mine"}, status=422)
    with pytest.raises(Refused) as refused, transaction(world.session, actor := world.actor("police")):
        answer_record(world.session, actor, sent.id, RecordAnswer.NOT_MINE, now=world.now)
    assert refused.value.field == "answer"


def test_a_version_that_was_replaced_asks_for_no_answer(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    old = sent_to(world, "worker", release(world, item))
    approve(world, item)
    page = client.sign_in(world.id("worker")).get(f"/records/{old.id}")
    assert f"/records/{old.id}/answer" not in page
    with pytest.raises(Refused, match="newer version"), transaction(world.session, actor := world.actor("worker")):
        answer_record(world.session, actor, old.id, RecordAnswer.ACTING, now=world.now)


def test_an_answer_can_be_changed_and_the_trail_keeps_both(client: CheckedClient, world: World) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker"))
    client.post(f"/records/{sent.id}/answer", {"answer": "acting"})
    client.post(f"/records/{sent.id}/answer", {"answer": "disagree", "words": "Not on Fridays"})
    assert world.again(sent).answer is RecordAnswer.DISAGREE
    changes = [link for link in world.all(Trail) if link.act == "changed" and link.object_id == str(sent.id)]
    assert len([link for link in changes if "answer" in link.detail]) == 2


@pytest.mark.parametrize("answer", [RecordAnswer.ACTING, RecordAnswer.DISAGREE])
def test_only_not_my_child_now_asks_again_whose_child_it_is(world: World, answer: RecordAnswer) -> None:
    sent = a_record(world)
    (live,) = world.all(Allocation, Allocation.child_id == sent.subject_id)
    end(world, live, confirmed_on=world.today)
    with transaction(world.session, actor := world.actor("worker")):
        answer_record(world.session, actor, sent.id, answer, words="Because", now=world.now)
    assert world.again(live).confirmed_on == world.today


def test_somebody_listed_who_says_not_mine_leaves_the_worker_as_confirmed(world: World) -> None:
    child = world.a_child()
    world.works_with(child, "teacher")
    sent = sent_to(world, "teacher", approve(world, an_item_to_release(world, child)))
    (live,) = world.all(Allocation, Allocation.child_id == child.id)
    end(world, live, confirmed_on=world.today)
    with transaction(world.session, actor := world.actor("teacher")):
        answer_record(world.session, actor, sent.id, RecordAnswer.NOT_MINE, now=world.now)
    assert world.again(live).confirmed_on == world.today


def test_nobody_opens_answers_or_files_for_another(world: World) -> None:
    sent = a_record(world)
    for who in ("manager", "other_worker", "chair", "police"):
        actor = world.actor(who)
        with pytest.raises(NotThere), transaction(world.session, actor):
            mark_opened(world.session, actor, sent.id, now=world.now)
        with pytest.raises(NotThere), transaction(world.session, actor):
            answer_record(world.session, actor, sent.id, RecordAnswer.ACTING, now=world.now)
        with pytest.raises(NotThere), transaction(world.session, actor):
            mark_filed(world.session, actor, sent.id, world.today, now=world.now)
    kept = world.again(sent)
    assert (kept.opened_at, kept.answer, kept.filed_on) == (None, None, None)


def test_filing_keeps_the_day_and_who(client: CheckedClient, world: World) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker")).post(f"/records/{sent.id}/filed", boxes(world.today))
    kept = world.again(sent)
    assert (kept.filed_on, kept.filed_by_id) == (world.today, world.id("worker"))
    assert "Filed on" in words(client.get(f"/records/{sent.id}"))


@pytest.mark.parametrize(("days", "reason"), [(1, "cannot be in the future"), (-1, "cannot be before it was sent")])
def test_a_day_that_cannot_be_is_refused_and_kept_in_its_boxes(
    client: CheckedClient, world: World, days: int, reason: str
) -> None:
    sent = a_record(world)
    client.sign_in(world.id("worker"))
    page = client.post(f"/records/{sent.id}/filed", boxes(world.day(days)), status=422)
    assert reason in page
    assert f'value="{world.day(days).year}"' in page
    assert world.again(sent).filed_on is None


def test_filing_without_a_day_asks_for_it(client: CheckedClient, world: World) -> None:
    sent = a_record(world)
    page = client.sign_in(world.id("worker")).post(f"/records/{sent.id}/filed", {}, status=422)
    assert "Enter the day it was filed" in page


def test_who_has_been_told_lists_everybody_of_every_version(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police")
    world.works_with(child, "teacher")
    cannot_sign_in(world, "teacher")
    item = an_item_to_release(world, child)
    first = release(world, item)
    end(
        world,
        sent_to(world, "worker", first),
        answer=RecordAnswer.DISAGREE,
        answer_words="Not on Fridays",
        answered_at=world.now,
        opened_at=world.now,
        filed_on=world.today,
        filed_by_id=world.id("worker"),
    )
    approve(world, item)
    read = words(client.sign_in(world.id("coordinator")).get(f"/items/{item.id}/told"))
    newest, older = read.split("Agreed in the meeting, record to follow")[:2]
    assert "Approved record, version 1" in newest
    assert "Sue Lambert" in newest
    assert "Could not be delivered" in newest
    for said in ("Hannah Bell", "Grace Adu", "Imran Sadiq", f"Action {action.number} only"):
        assert said in newest
        assert said in older
    assert "Not on Fridays" in older
    assert "by Hannah Bell" in older
    assert "Replaced by a newer version" in older


def told(world: World, version_id: object, **typed: object) -> dict[str, object]:
    day = world.today
    return {
        "name": "Dr Marsh",
        "organisation": "Mill Lane surgery",
        "how": "By telephone",
        "version": str(version_id),
        "told_on": [str(day.day), str(day.month), str(day.year)],
        **typed,
    }


def test_somebody_without_an_account_is_added_by_hand(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    version = release(world, item)
    client.sign_in(world.id("coordinator"))
    client.post(f"/items/{item.id}/told", told(world, version.id))
    (kept,) = world.all(Delivery, Delivery.told == Told.BY_HAND)
    assert (kept.to_name, kept.how, kept.by_id) == (
        "Dr Marsh, Mill Lane surgery",
        "By telephone",
        world.id("coordinator"),
    )
    assert (kept.record_version_id, kept.extent, kept.person_id) == (version.id, Extent.WHOLE, None)
    assert "By telephone, by Priya Nair" in words(client.get(f"/items/{item.id}/told"))
    assert [link.person_id for link in world.all(Trail) if link.act == "told by hand"] == [world.id("coordinator")]


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"name": ""}, "Enter who was told"),
        ({"organisation": ""}, "Enter their organisation"),
        ({"how": ""}, "Say how they were told"),
        ({"version": "4e2f5a52-2c57-4d18-a63d-3a1ac1c9a1aa"}, "Choose the version they were told of"),
        ({"told_on": ["31", "2", "2026"]}, "must be a real date"),
        ({"told_on": ["", "", ""]}, "Enter the day they were told"),
    ],
)
def test_what_is_missing_is_asked_for_and_the_rest_kept(
    client: CheckedClient, world: World, typed: dict[str, object], reason: str
) -> None:
    item = an_item_to_release(world, world.a_child())
    version = release(world, item)
    client.sign_in(world.id("coordinator"))
    page = client.post(f"/items/{item.id}/told", told(world, version.id, **typed), status=422)
    assert reason in page
    assert "Dr Marsh" in page or "Mill Lane surgery" in page
    assert world.all(Delivery, Delivery.told == Told.BY_HAND) == []


@pytest.mark.parametrize(("days", "reason"), [(1, "in the future"), (-1, "before this version was made")])
def test_nobody_was_told_tomorrow_or_before_there_was_anything_to_tell(world: World, days: int, reason: str) -> None:
    item = an_item_to_release(world, world.a_child())
    version = release(world, item)
    with pytest.raises(Refused, match=reason) as refused, transaction(world.session, a := world.actor("coordinator")):
        tell_by_hand(
            world.session,
            a,
            item.id,
            version.id,
            name="Dr Marsh",
            organisation="Mill Lane surgery",
            how="By telephone",
            told_on=world.day(days),
            now=world.now,
        )
    assert refused.value.field == "told_on"


def test_the_version_of_another_item_cannot_be_told_here(world: World) -> None:
    item, other = (an_item_to_release(world, world.a_child(name)) for name in ("Chloe Carrow", "Dawid Denholm"))
    version = release(world, other)
    release(world, item)
    with pytest.raises(Refused) as refused, transaction(world.session, actor := world.actor("coordinator")):
        tell_by_hand(
            world.session,
            actor,
            item.id,
            version.id,
            name="Dr Marsh",
            organisation="Surgery",
            how="By telephone",
            told_on=world.today,
            now=world.now,
        )
    assert refused.value.field == "version"


def test_telling_by_hand_settles_what_could_not_be_delivered(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child(worker=None))
    version = release(world, item)
    (undelivered,) = world.all(Delivery)
    client.sign_in(world.id("coordinator"))
    page = client.get(f"/items/{item.id}/told?for={undelivered.id}")
    assert 'value="Lead practitioner"' in page
    client.post(f"/items/{item.id}/told", told(world, version.id, instead_of=str(undelivered.id)))
    assert world.again(undelivered).superseded_at is not None
    assert "Everything was delivered" in words(client.get("/records"))


def test_a_correction_does_not_unsay_that_somebody_was_told(client: CheckedClient, world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    version = release(world, item)
    client.sign_in(world.id("coordinator")).post(f"/items/{item.id}/told", told(world, version.id))
    approve(world, item, now=world.now + timedelta(minutes=5))
    (kept,) = world.all(Delivery, Delivery.told == Told.BY_HAND)
    assert kept.superseded_at is None


def test_the_newest_is_sent_to_a_worker_named_since(client: CheckedClient, world: World) -> None:
    child = world.a_child(worker=None)
    item = an_item_to_release(world, child)
    release(world, item)
    client.sign_in(world.id("coordinator"))
    page = client.post(f"/items/{item.id}/send", {}, status=422)
    assert "Nobody more can be reached" in page
    world.allocate(child, "worker")
    client.post(f"/items/{item.id}/send")
    assert "Sent to 2 more people" in client.get(f"/items/{item.id}/told")
    assert sent_to(world, "worker")
