"""Worries reworded and ended; entries of the chronology added, withdrawn and corrected."""

from datetime import UTC, datetime, time, timedelta

import pytest

from mace.children.commands import (
    add_concern,
    add_event,
    correct_event,
    end_concern,
    reword_concern,
    withdraw_event,
)
from mace.database import MaceSession, transaction
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.vocabulary import EventKind, Handling, Harm
from mace.models import Concern, Event, Subject
from tests.world import World

NOW = datetime.now(UTC)


def test_a_long_worry_is_kept_whole(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    with transaction(session, actor):
        concern = add_concern(session, actor, child.id, words="long " * 800, harm=Harm.CCE, now=NOW)
    assert len(world.again(concern).words) == 4000


def test_a_worry_needs_words_and_somebody_who_runs_the_meetings(world: World, session: MaceSession) -> None:
    child, actor, worker = world.a_child(), world.actor("coordinator"), world.actor("worker")
    with pytest.raises(Refused), transaction(session, actor):
        add_concern(session, actor, child.id, words="", harm=Harm.CCE, now=NOW)
    with pytest.raises(NotThere), transaction(session, worker):
        add_concern(session, worker, child.id, words="x", harm=Harm.CCE, now=NOW)


def test_two_rewordings_at_once_lose_neither(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("coordinator")
    concern = world.concern_of(child)
    with transaction(session, actor):
        reword_concern(
            session, actor, child.id, concern.id, words="First", harm=Harm.CSE, version=concern.version, now=NOW
        )
    with pytest.raises(Clash) as clash, transaction(session, actor):
        reword_concern(
            session, actor, child.id, concern.id, words="Second", harm=Harm.CSE, version=concern.version, now=NOW
        )
    assert clash.value.theirs == "First"
    assert world.again(concern).words == "First"


def end(world: World, child: Subject, concern: Concern, what_changed: str) -> Concern:
    actor = world.actor("coordinator")
    with transaction(world.session, actor):
        return end_concern(world.session, actor, child.id, concern.id, what_changed=what_changed, version=None, now=NOW)


def test_a_worry_ends_with_what_changed(world: World) -> None:
    child = world.a_child()
    concern = world.concern_of(child)
    with pytest.raises(Refused) as no:
        end(world, child, concern, "")
    assert no.value.field == "what_changed"
    end(world, child, concern, "He moved away; police have seen him gone")
    stored = world.again(concern)
    assert (stored.ended_on, stored.ended_because) == (world.today, "He moved away; police have seen him gone")


def test_a_worry_that_an_action_still_reduces_does_not_end(world: World) -> None:
    child = world.a_child()
    action, concern = world.an_action(child), world.concern_of(child)
    with pytest.raises(Refused) as no:
        end(world, child, concern, "It stopped")
    assert str(action.number) in no.value.reason


def test_a_worry_of_another_record_is_not_there(world: World) -> None:
    child, other = world.a_child(), world.a_child("Ben Brackley")
    with pytest.raises(NotThere):
        end(world, child, world.concern_of(other), "It stopped")


def happened(world: World, child: Subject, who: str = "worker", **changed: object) -> Event:
    actor = world.actor(who)
    given = {"kind": EventKind.MISSING, "happened_on": world.day(-2), "words": "Out all night", **changed}
    with transaction(world.session, actor):
        return add_event(world.session, actor, child.id, now=NOW, **given)  # type: ignore[arg-type]


def test_an_entry_carries_the_agency_of_whoever_says_so(world: World) -> None:
    child = world.a_child()
    own = happened(world, child)
    theirs = happened(
        world, child, "coordinator", agency_id=world.agencies["police"].id, received_from="Karen Holt, phone"
    )
    assert world.again(own).source_agency_id == world.agencies["care"].id
    stored = world.again(theirs)
    assert (stored.source_agency_id, stored.source_person_id) == (world.agencies["police"].id, None)
    assert stored.entered_by_id == world.id("coordinator")


def test_another_agencys_words_need_who_told_you(world: World) -> None:
    with pytest.raises(Refused) as no:
        happened(world, world.a_child(), agency_id=world.agencies["police"].id)
    assert no.value.field == "received_from"


def test_nothing_happens_in_the_future(world: World) -> None:
    child = world.a_child()
    with pytest.raises(Refused) as no:
        happened(world, child, happened_on=world.day(1))
    assert no.value.field == "happened_on"
    assert happened(world, child, happened_on=world.today).id


def test_no_time_of_today_is_in_the_future(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("worker")
    noon = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    given = {"kind": EventKind.SEEN, "words": "x", "happened_on": noon.date(), "now": noon}
    with pytest.raises(Refused) as no, transaction(session, actor):
        add_event(session, actor, child.id, at_time=time(12, 1), **given)  # type: ignore[arg-type]
    assert no.value.field == "at_time"
    with transaction(session, actor):
        add_event(session, actor, child.id, at_time=time(12, 0), **given)  # type: ignore[arg-type]


def test_a_place_and_a_child_that_is_not_yours(world: World) -> None:
    child = world.a_child()
    with pytest.raises(NotThere):
        happened(world, child, "other_worker")


def test_a_correction_withdraws_one_entry_and_adds_another(world: World, session: MaceSession) -> None:
    child, actor = world.a_child(), world.actor("worker")
    wrong = happened(world, child, handling=Handling.PROFESSIONALS)
    with transaction(session, actor):
        right = correct_event(
            session,
            actor,
            child.id,
            wrong.id,
            because="It was the day before",
            kind=EventKind.MISSING,
            happened_on=world.day(-3),
            words="Out all night",
            now=NOW,
        )
    stored = world.again(wrong)
    assert (stored.words, stored.withdrawn_because) == ("Out all night", "It was the day before")
    assert world.again(right).handling is Handling.PROFESSIONALS
    with pytest.raises(Refused), transaction(session, actor):
        withdraw_event(session, actor, child.id, wrong.id, because="again", now=NOW)


def test_an_entry_is_corrected_by_whoever_typed_it_or_those_who_run_the_meetings(
    world: World, session: MaceSession
) -> None:
    child = world.a_child()
    world.works_with(child, "teacher")
    event, teacher, coordinator = happened(world, child), world.actor("teacher"), world.actor("coordinator")
    with pytest.raises(Refused), transaction(session, teacher):
        withdraw_event(session, teacher, child.id, event.id, because="wrong", now=NOW)
    with pytest.raises(Refused), transaction(session, coordinator):
        withdraw_event(session, coordinator, child.id, event.id, because="", now=NOW)
    with transaction(session, coordinator):
        withdraw_event(session, coordinator, child.id, event.id, because="wrong child", now=NOW)
    assert world.again(event).withdrawn_at is not None


def test_nobody_corrects_what_they_may_not_have(world: World, session: MaceSession) -> None:
    child, coordinator = world.a_child(), world.actor("coordinator")
    world.works_with(child, "police")
    event = happened(world, child, "police", handling=Handling.POLICE_ONLY)
    with pytest.raises(NotThere), transaction(session, coordinator):
        withdraw_event(session, coordinator, child.id, event.id, because="wrong", now=NOW + timedelta(minutes=1))
