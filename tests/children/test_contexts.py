"""Places, groups and people who may be harming children, and the children linked with them."""

from datetime import UTC, datetime

import pytest

from mace.children.commands import (
    ContextDetails,
    PersonDetails,
    add_context,
    add_person_of_concern,
    edit_context,
    edit_person_of_concern,
    link_child,
    unlink_child,
)
from mace.database import MaceSession, transaction
from mace.domain.errors import Clash, NotThere, Refused
from mace.domain.vocabulary import ContextKind
from mace.models import Concern, Context, ContextChild, PersonOfConcern, Subject
from tests.world import World

NOW = datetime.now(UTC)


def a_context(world: World, name: str = "Harcombe Park", who: str = "coordinator") -> Subject:
    actor = world.actor(who)
    with transaction(world.session, actor):
        return add_context(
            world.session, actor, name=name, kind=ContextKind.PEER_GROUP, what_happens="Met after dark", now=NOW
        )


def test_places_are_numbered_after_the_highest_and_keep_their_first_worry(world: World) -> None:
    first, second = a_context(world), a_context(world, "Dunsley Halt")
    assert (first.reference, second.reference) == ("C-1", "C-2")
    assert [one.words for one in world.all(Concern, Concern.subject_id == first.id)] == ["Met after dark"]


def test_only_those_who_run_the_meetings_add_places(world: World) -> None:
    with pytest.raises(Refused):
        a_context(world, who="worker")


def test_a_person_who_may_be_harming_children_has_a_number_of_their_own(world: World, session: MaceSession) -> None:
    actor = world.actor("coordinator")
    details = PersonDetails(name="Adult known as Tee", described_as="Named by two children", police_reference="X9")
    with transaction(session, actor):
        person = add_person_of_concern(session, actor, details, now=NOW)
    assert world.again(person).reference == "P-1"
    changed = PersonDetails(name="Terence Vale", described_as="Named by three children", police_reference="X9")
    with transaction(session, actor):
        edit_person_of_concern(session, actor, person.id, changed, version=world.again(person).version, now=NOW)
    assert world.all(PersonOfConcern)[0].described_as == "Named by three children"
    assert world.again(person).search_name == "terence vale"


def test_a_place_is_edited_once_at_a_time(world: World, session: MaceSession) -> None:
    place, actor = a_context(world), world.actor("coordinator")
    opened = world.again(place).version
    first = ContextDetails(name="Harcombe Park", kind=ContextKind.PLACE, what_happens="First")
    with transaction(session, actor):
        edit_context(session, actor, place.id, first, version=opened, now=NOW)
    second = ContextDetails(name="Harcombe Park", kind=ContextKind.PLACE, what_happens="Second")
    with pytest.raises(Clash), transaction(session, actor):
        edit_context(session, actor, place.id, second, version=opened, now=NOW)
    assert world.all(Context, Context.subject_id == place.id)[0].what_happens == "First"


def test_a_place_is_not_edited_as_a_person_nor_a_child_as_a_place(world: World, session: MaceSession) -> None:
    place, child, actor = a_context(world), world.a_child(), world.actor("coordinator")
    with pytest.raises(NotThere), transaction(session, actor):
        edit_person_of_concern(session, actor, place.id, PersonDetails(name="X"), version=None, now=NOW)
    with pytest.raises(NotThere), transaction(session, actor):
        edit_context(session, actor, child.id, ContextDetails(name="X", kind=ContextKind.PLACE), version=None, now=NOW)


def test_a_child_is_linked_once_with_how_and_let_go(world: World, session: MaceSession) -> None:
    place, child, actor = a_context(world), world.a_child(), world.actor("coordinator")
    with pytest.raises(Refused) as no, transaction(session, actor):
        link_child(session, actor, place.id, child.id, "", now=NOW)
    assert no.value.field == "how"
    with transaction(session, actor):
        link = link_child(session, actor, place.id, child.id, "Seen there twice", now=NOW)
    with pytest.raises(Refused), transaction(session, actor):
        link_child(session, actor, place.id, child.id, "Seen there twice", now=NOW)
    with transaction(session, actor):
        unlink_child(session, actor, place.id, link.id, now=NOW)
    assert world.all(ContextChild) == []


def test_a_worker_links_nobody_and_no_child_is_linked_with_itself(world: World, session: MaceSession) -> None:
    place, child = a_context(world), world.a_child()
    worker, coordinator = world.actor("worker"), world.actor("coordinator")
    with pytest.raises(NotThere), transaction(session, worker):
        link_child(session, worker, place.id, child.id, "Seen there", now=NOW)
    with pytest.raises(Refused), transaction(session, coordinator):
        link_child(session, coordinator, child.id, child.id, "Seen there", now=NOW)
    with pytest.raises(NotThere), transaction(session, coordinator):
        link_child(session, coordinator, place.id, place.id, "Seen there", now=NOW)
