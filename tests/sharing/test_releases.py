"""The two releases and their corrections: what is frozen, who is sent it, what a newer version does to an older."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from mace.database import system_scope, transaction
from mace.domain.area import Area
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.vocabulary import (
    ActionState,
    Cause,
    Decision,
    Direction,
    Extent,
    HarmStatus,
    LineKind,
    RecordAnswer,
    Release,
    RiskLevel,
    Told,
)
from mace.models import Delivery, LedgerLine, RecordVersion, Trail
from mace.sharing.builder import thaw
from mace.sharing.commands import release_agreed, release_record, send_again
from tests.sharing.make import (
    DECISION,
    SAFETY,
    WORRY,
    an_item_to_release,
    approve,
    cannot_sign_in,
    end,
    reallocate,
    release,
    sent_to,
)
from tests.world import TEST, World


def test_reading_back_sends_decisions_and_safety_and_no_worry_yet(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police", why="Nobody may pick her up", contingency="Ring the duty manager")
    version = release(world, an_item_to_release(world, child))
    said = thaw(version.body)
    assert (version.number, version.release) == (0, Release.AGREED)
    assert [line.words for line in said.lines] == [DECISION, SAFETY]
    assert WORRY not in version.body
    (one,) = said.actions
    assert (one.id, one.owner, one.why, one.contingency) == (
        action.id,
        "Imran Sadiq",
        "Nobody may pick her up",
        "Ring the duty manager",
    )


def test_approving_sends_the_whole_record_as_version_one(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    release(world, item)
    version = approve(world, item)
    assert (version.number, version.release) == (1, Release.RECORD)
    assert {line.words for line in thaw(version.body).lines} == {WORRY, DECISION, SAFETY}


def test_a_record_can_be_approved_without_a_first_release(world: World) -> None:
    assert approve(world, an_item_to_release(world, world.a_child())).number == 1


def test_the_header_says_what_the_item_says_in_the_areas_words(world: World) -> None:
    item = an_item_to_release(
        world,
        world.a_child(),
        assessed_level="High",
        assessed_with="the exploitation tool",
        assessed_by="Hannah Bell",
        assessed_on=world.today,
        direction=Direction.LESS_SAFE,
        harm_status=HarmStatus.ONGOING,
        next_review_on=world.day(28),
    )
    area = Area.checked(level_names={"significant": "Red"})
    with transaction(world.session, actor := world.actor("chair")):
        version = release_agreed(world.session, actor, item.id, now=world.now, area=area)
    header = thaw(version.body).header
    assert (header.level, header.level_name) == ("significant", "Red")
    assert header.assessed.startswith("High with the exploitation tool by Hannah Bell on ")
    assert (header.direction, header.harm_status) == ("Less safe", "Harm is happening now")
    assert (header.next_review_on, header.quorum) == (world.day(28), "Quorate")
    assert [(one.agency, one.who) for one in header.present] == [("Fenland Police", "Karen Holt")]


def test_an_action_carries_what_this_meeting_decided_about_it(world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), an_item_to_release(world, child)
    world.add(
        LedgerLine(
            action_id=action.id,
            meeting_id=item.meeting_id,
            meeting_on=world.today,
            state_found=ActionState.OPEN,
            decision=Decision.CARRIED,
            leaves_open=True,
            carried_late=False,
            cause=Cause.CIRCUMSTANCES,
            reason="She moved school",
            new_due=world.day(20),
            at=world.now,
        )
    )
    (one,) = thaw(release(world, item).body).actions
    assert (one.decision, one.decision_reason) == (Decision.CARRIED, "She moved school")
    assert one.history.startswith("Carried once")


def test_no_record_reveals_the_worry_about_another_child(world: World) -> None:
    child, other = world.a_child(), world.a_child("Ben Brackley", concern="Ben is given phones")
    world.an_action(other, owner="police", children=(child,))
    version = release(world, an_item_to_release(world, child))
    assert [one.concern for one in thaw(version.body).actions] == [None]
    assert "Ben" not in version.body


def test_everybody_it_goes_to_is_sent_it_with_the_day_and_who_sent_it(world: World) -> None:
    child = world.a_child()
    action = world.an_action(child, owner="police")
    version = release(world, an_item_to_release(world, child))
    found = {one.person_id: one for one in world.all(Delivery)}
    assert set(found) == {world.id("worker"), world.id("manager"), world.id("police")}
    assert {one.record_version_id for one in found.values()} == {version.id}
    assert {one.by_id for one in found.values()} == {world.id("chair")}
    own = found[world.id("police")]
    assert (own.told, own.extent, own.action_id) == (Told.OWNER, Extent.OWN_ACTION, action.id)
    assert (own.subject_id, own.sent_at, own.opened_at) == (child.id, world.now, None)


def test_what_cannot_be_delivered_is_kept_with_its_reason(world: World) -> None:
    release(world, an_item_to_release(world, world.a_child(worker=None)))
    (only,) = world.all(Delivery)
    assert (only.person_id, only.to_name) == (None, "Lead practitioner")
    assert only.undelivered_because == "No worker is allocated to this child"


def test_nothing_missing_holds_the_first_release_back(world: World) -> None:
    child = world.a_child(worker=None, level=None)
    item = world.an_item(world.a_meeting(), child)
    assert release(world, item).number == 0


def test_a_newer_version_replaces_what_was_not_answered_and_leaves_what_was(world: World) -> None:
    child = world.a_child()
    world.an_action(child, owner="police")
    item = an_item_to_release(world, child)
    first = release(world, item)
    end(world, sent_to(world, "manager"), answer=RecordAnswer.ACTING, answered_at=world.now)
    later = world.now + timedelta(hours=1)
    second = approve(world, item, now=later)
    assert sent_to(world, "worker", first).superseded_at == later
    assert sent_to(world, "police", first).superseded_at == later
    assert sent_to(world, "manager", first).superseded_at is None
    assert sent_to(world, "worker", second).superseded_at is None


def test_another_item_of_the_same_child_replaces_nothing(world: World) -> None:
    child = world.a_child()
    first = release(world, an_item_to_release(world, child))
    release(world, an_item_to_release(world, child))
    assert sent_to(world, "worker", first).superseded_at is None


def test_a_correction_is_the_next_version_with_its_reason(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    release(world, item)
    approve(world, item)
    version = approve(world, item, because="  The school was named wrongly ")
    assert (version.number, version.release, version.because) == (2, Release.CORRECTION, "The school was named wrongly")
    assert approve(world, item, because="And the date").number == 3


@pytest.mark.parametrize("because", ["", "   "])
def test_a_correction_without_a_reason_is_refused(world: World, because: str) -> None:
    item = an_item_to_release(world, world.a_child())
    approve(world, item)
    with pytest.raises(Refused, match="Say what is corrected") as refused:
        approve(world, item, because=because)
    assert refused.value.field == "because"
    assert len(world.all(RecordVersion)) == 1


def test_signed_text_stays_when_the_lines_it_came_from_change(world: World) -> None:
    child = world.a_child()
    action, item = world.an_action(child), an_item_to_release(world, child)
    line = world.a_line(item, "He was seen twice")
    version = approve(world, item)
    end(world, line, words="He was seen three times")
    end(world, action, what="Something else")
    again = world.again(version)
    assert again.body == version.body
    assert "He was seen twice" in again.body
    assert "Something else" not in again.body


def test_the_database_refuses_to_rewrite_a_version(world: World) -> None:
    version = approve(world, an_item_to_release(world, world.a_child()))
    with (
        pytest.raises(sa.exc.DatabaseError, match="signed text never changes"),
        transaction(world.session, TEST),
        system_scope(world.session, "test"),
    ):
        world.session.get_one(RecordVersion, version.id).body = "{}"
    assert world.again(version).body == version.body


def test_the_first_release_goes_out_once(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    release(world, item)
    with pytest.raises(Clash, match="has been sent already"):
        release(world, item)


@pytest.mark.parametrize("who", ["worker", "manager", "police_lead", "ig_lead"])
def test_only_those_who_run_the_meetings_release(world: World, who: str) -> None:
    item = an_item_to_release(world, world.a_child())
    actor = world.actor(who)
    for command in (release_agreed, release_record):
        with pytest.raises(NotThere), transaction(world.session, actor):
            command(world.session, actor, item.id, now=world.now)
    with pytest.raises(NotThere), transaction(world.session, chair := world.actor("chair")):
        release_agreed(world.session, chair, uuid4(), now=world.now)
    assert world.all(RecordVersion) == []


def test_each_release_and_each_sending_leaves_its_trail(world: World) -> None:
    release(world, an_item_to_release(world, world.a_child()))
    made = [link.table_name for link in world.all(Trail) if link.act == "created"]
    assert made.count("record_version") == 1
    assert made.count("delivery") == 2


def test_once_the_worker_is_named_the_newest_version_reaches_them(world: World) -> None:
    child = world.a_child(worker=None)
    item = an_item_to_release(world, child)
    version = release(world, item)
    world.allocate(child, "worker")
    later = world.now + timedelta(hours=1)
    with transaction(world.session, actor := world.actor("coordinator")):
        assert send_again(world.session, actor, item.id, now=later) == 2
    assert sent_to(world, "worker", version).sent_at == later
    (undelivered,) = world.all(Delivery, Delivery.undelivered_because != "")
    assert undelivered.superseded_at == later
    with pytest.raises(Refused, match="Nobody more"), transaction(world.session, actor):
        send_again(world.session, actor, item.id, now=later)


def test_what_still_reaches_nobody_stays_on_the_list_once(world: World) -> None:
    child = world.a_child()
    cannot_sign_in(world, "worker", "manager")
    item = an_item_to_release(world, child)
    release(world, item)
    with pytest.raises(Refused, match="Nobody more"), transaction(world.session, actor := world.actor("coordinator")):
        send_again(world.session, actor, item.id, now=world.now)
    (undelivered,) = world.all(Delivery)
    assert undelivered.superseded_at is None


def test_nothing_is_sent_again_before_anything_was_released(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    with (
        pytest.raises(Refused, match="Nothing has been released"),
        transaction(world.session, a := world.actor("chair")),
    ):
        send_again(world.session, a, item.id, now=world.now)


def test_sending_again_after_a_reallocation_ends_what_the_worker_before_had(world: World) -> None:
    child = world.a_child()
    item = an_item_to_release(world, child)
    release(world, item)
    reallocate(world, child, "other_worker")
    later = world.now + timedelta(hours=1)
    with transaction(world.session, actor := world.actor("coordinator")):
        assert send_again(world.session, actor, item.id, now=later) == 2
    assert sent_to(world, "worker").ended_at == later
    assert sent_to(world, "manager").ended_at == later
    assert sent_to(world, "other_worker").ended_at is None
    assert sent_to(world, "other_manager").told is Told.MANAGER


def test_the_level_and_every_line_of_a_place_are_released_too(world: World) -> None:
    place = world.a_place()
    world.an_action(place, owner="police")
    version = release(world, an_item_to_release(world, place, level=RiskLevel.MODERATE))
    assert thaw(version.body).header.level_name == "Moderate"
    assert {line.kind for line in thaw(version.body).lines} == {LineKind.DECISION, LineKind.SAFETY_TONIGHT}
    assert [one.person_id for one in world.all(Delivery)] == [world.id("police")]
