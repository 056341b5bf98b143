"""The pages of records as each person sees them, and every form on both sides."""

import re
from typing import Any

import pytest

from mace.database import protected_tables
from mace.domain.vocabulary import Handling, ItemState, LineKind, MeetingState
from mace.models import (
    Allocation,
    Child,
    Concern,
    Context,
    ContextChild,
    Event,
    Person,
    PersonOfConcern,
    Referral,
    Subject,
    Trail,
    WorkingWith,
)
from tests.asked import Asked
from tests.pages import CheckedClient
from tests.record.make import a_link, an_event, may_harm
from tests.sharing.make import an_item_to_release, release, sent_to
from tests.world import World


def names_protected(statement: str) -> bool:
    """Whether a statement reads a table that says something about a child."""
    return any(re.search(rf"\b{table}\b", statement) for table in protected_tables())


CHILD_TABS = ("overview", "actions", "meetings", "chronology", "people", "places")
EVERYBODY = ("chair", "deputy", "coordinator", "worker", "manager", "police", "police_lead", "nurse", "teacher")


def a_full_child(world: World, name: str, canary: str) -> Subject:
    """A child with its canary in every free text."""
    child = world.a_child(name, concern=f"{canary} worry")
    an_event(world, child, f"{canary} event")
    world.an_action(child, what=f"{canary} action", contingency=f"{canary} contingency", evidence=f"{canary} evidence")
    item = world.an_item(
        world.a_meeting(world.day(-10), MeetingState.HELD), child, ItemState.CLOSED, closed_at=world.now
    )
    for kind in (LineKind.WORRY, LineKind.ANALYSIS, LineKind.CONTINGENCY):
        world.a_line(item, f"{canary} {kind.value}", kind)
    return child


def value_of(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page
    )
    assert found, f"no field {name}"
    return found.group(1)


@pytest.mark.parametrize("tab", CHILD_TABS)
def test_the_person_bar_is_on_every_tab(client: CheckedClient, world: World, tab: str) -> None:
    child = world.a_child(next_review_on=world.day(20))
    client.sign_in(world.id("worker"))
    page = client.get(f"/children/{child.id}?tab={tab}")
    for words in (
        "Aisha Ashdown",
        child.reference,
        "Moderate",
        "Hannah Bell, Children’s Services",
        "not confirmed yet",
    ):
        assert words in page
    assert "Aisha" not in re.findall(r"<title>(.*?)</title>", page, re.DOTALL)[0]


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_child_opens_for_those_who_run_meetings_or_work_with_it_and_nobody_else(
    client: CheckedClient, world: World, who: str
) -> None:
    child = world.a_child()
    client.sign_in(world.id(who))
    opens = who in ("chair", "deputy", "coordinator", "worker", "manager")
    client.get(f"/children/{child.id}", status=200 if opens else 404)


def test_a_partner_who_is_listed_opens_it_and_an_other_one_does_not(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.works_with(child, "teacher")
    client.sign_in(world.id("teacher")).get(f"/children/{child.id}")
    client.sign_in(world.id("nurse")).get(f"/children/{child.id}", status=404)


def test_every_look_at_a_record_is_in_the_trail(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("worker")).get(f"/children/{child.id}?tab=people")
    looks = [one for one in world.all(Trail) if one.act == "read" and one.subject_id == child.id]
    assert [(one.person_id, one.scope) for one in looks] == [(world.id("worker"), "allocated")]


@pytest.mark.parametrize("tab", CHILD_TABS)
@pytest.mark.parametrize("who", ["chair", "worker"])
def test_no_page_of_a_child_carries_a_word_of_another(client: CheckedClient, world: World, who: str, tab: str) -> None:
    child = a_full_child(world, "Aisha Ashdown", "Quarrendon")
    other = a_full_child(world, "Ben Brackley", "Tolpuddle")
    may_harm(world, other, "Tolpuddle role")
    place = world.a_place("Marchmont Halt")
    world.an_action(place, what="Marchmont visit", children=(child, other))
    a_link(world, place, child, "Marchmont, seen twice")
    a_link(world, place, other, "Tolpuddle, works there")
    a_link(world, other, child, "Marchmont school")
    client.sign_in(world.id(who))
    page = client.get(f"/children/{child.id}?tab={tab}")
    assert "Tolpuddle" not in page
    assert "Ben Brackley" not in page


def test_a_link_shows_to_those_who_may_open_both(client: CheckedClient, world: World) -> None:
    child, place = world.a_child(), world.a_place("Marchmont Halt")
    a_link(world, place, child)
    assert "Marchmont Halt" in client.sign_in(world.id("chair")).get(f"/children/{child.id}?tab=places")
    assert "Marchmont" not in client.sign_in(world.id("worker")).get(f"/children/{child.id}?tab=places")
    assert "Aisha Ashdown" in client.sign_in(world.id("chair")).get(f"/contexts/{place.id}?tab=children")
    client.sign_in(world.id("worker")).get(f"/contexts/{place.id}?tab=children", status=404)


def test_what_is_known_of_harm_to_others_is_for_those_who_run_the_meetings(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    may_harm(world, child, "Ravelston intelligence")
    page = client.sign_in(world.id("worker")).get(f"/children/{child.id}")
    assert "may also be harming others" in page
    assert "Ravelston" not in page
    assert "Ravelston" in client.sign_in(world.id("chair")).get(f"/children/{child.id}")


def test_one_record_holds_both_roles_under_one_address(client: CheckedClient, world: World) -> None:
    child, place = world.a_child(), world.a_place()
    client.sign_in(world.id("chair"))
    client.get(f"/contexts/{child.id}", status=404)
    may_harm(world, child)
    assert client.raw.get(f"/contexts/{child.id}").headers["Location"] == f"/children/{child.id}"
    assert (
        client.raw.get(f"/children/{place.id}?tab=actions").headers["Location"] == f"/contexts/{place.id}?tab=actions"
    )


def test_the_overview_says_worries_what_to_do_and_what_if_it_fails(client: CheckedClient, world: World) -> None:
    child = a_full_child(world, "Aisha Ashdown", "Quarrendon")
    page = client.sign_in(world.id("worker")).get(f"/children/{child.id}")
    for words in ("Quarrendon worry", "Quarrendon action", "Quarrendon contingency", "Quarrendon analysis"):
        assert words in page


def test_what_is_typed_in_the_room_reaches_the_worker_when_it_is_read_back(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    item = world.an_item(world.a_meeting(state=MeetingState.OPENED), child, ItemState.OPENED)
    world.a_line(item, "Wexcombe, half typed")
    assert "Wexcombe" in client.sign_in(world.id("chair")).get(f"/children/{child.id}?tab=meetings")
    assert "Wexcombe" not in client.sign_in(world.id("worker")).get(f"/children/{child.id}?tab=meetings")


def test_a_line_for_the_police_only_is_drawn_for_the_police_only(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.works_with(child, "police")
    an_event(world, child, "Inglesham informant", by="police", handling=Handling.POLICE_ONLY)
    path = f"/children/{child.id}?tab=chronology"
    assert "Inglesham" in client.sign_in(world.id("police")).get(path)
    assert "Inglesham" not in client.sign_in(world.id("chair")).get(path)
    assert "Inglesham" not in client.sign_in(world.id("worker")).get(path)


def test_the_list_and_its_search(client: CheckedClient, world: World) -> None:
    world.a_child("Aisha Ashdown")
    world.a_child("Ben Brackley", worker="other_worker")
    client.sign_in(world.id("chair"))
    assert "2 children" in client.get("/children")
    found = client.post("/children", {"words": "ashd", "level": "moderate"}, status=200)
    assert "Aisha Ashdown" in found
    assert "Ben Brackley" not in found
    assert "Ben Brackley" in client.get("/children?team=x&level=zzz&page=" + "9" * 30)
    mine = client.sign_in(world.id("worker")).get("/children?workers=unconfirmed")
    assert "Ben Brackley" not in mine


def test_a_long_list_is_turned_page_by_page_with_its_words(client: CheckedClient, world: World) -> None:
    for n in range(51):
        world.a_child(f"Child {n:02}", worker=None)
    client.sign_in(world.id("chair"))
    first = client.get("/children")
    assert "51 children, page 1 of 2" in first
    assert "Child 50" in client.get("/children?page=2")
    assert "Child 50" in client.post("/children", {"words": "child", "page": "2"}, status=200)


def test_search_says_what_it_searched(client: CheckedClient, world: World) -> None:
    child = world.a_child("Zoë O’Brien")
    action = world.an_action(child)
    client.sign_in(world.id("worker"))
    assert "Zoë O’Brien" in client.post("/search", {"words": "obrien"}, status=200)
    found = client.post("/search", {"words": str(action.number)}, status=200)
    assert action.what in found
    assert "Searched: names, other names and local numbers" in found
    assert "Nothing is found" in client.sign_in(world.id("other_worker")).post(
        "/search", {"words": "obrien"}, status=200
    )
    client.get("/search")


NEW = {
    "name": "Zoë O’Brien",
    "number": "900100",
    "from_whom": "PC Sadiq, by e-mail",
    "why": "Seen in a silver car",
    "harm": "cse",
    "outcome": "taken",
    "who_tells": "Priya Nair",
    "lead": "",
}


def new_child(world: World, **changed: Any) -> dict[str, Any]:
    return {**NEW, "agency": str(world.agencies["police"].id), "born_on": ["4", "3", "2012"], **changed}


def test_a_child_is_added_with_a_lead_and_leads_back_to_where_one_came_from(
    client: CheckedClient, world: World
) -> None:
    client.sign_in(world.id("coordinator"))
    form = client.get("/children/new?then=/meetings/x/add")
    assert 'href="/meetings/x/add"' in form
    there = client.post("/children/new?then=/meetings/x/add", new_child(world, lead=str(world.id("worker"))))
    child = world.all(Subject)[0]
    assert there == f"/meetings/x/add?added={child.id}"
    assert [one.person_id for one in world.all(Allocation)] == [world.id("worker")]


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", "/\\evil", "javascript:alert(1)"])
def test_no_address_leads_away_from_the_site(client: CheckedClient, world: World, then: str) -> None:
    client.sign_in(world.id("coordinator"))
    there = client.post(f"/children/new?then={then}", new_child(world))
    assert there == f"/children/{world.all(Subject)[0].id}"


def test_what_is_wrong_stands_by_its_field_and_what_was_typed_stays(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    page = client.post("/children/new", new_child(world, name="", number="Kept 1"), status=422)
    assert "Enter the child’s name" in page
    assert 'value="Kept 1"' in page
    page = client.post("/children/new", new_child(world, born_on=["31", "2", "2012"]), status=422)
    assert "must be a real date" in page
    page = client.post("/children/new", new_child(world, born_on=["1", "1", "1950"]), status=422)
    assert "Check the date of birth" in page
    page = client.post("/children/new", {}, status=422)
    assert "Enter the child’s name" in page
    assert world.all(Subject) == []


def test_is_it_one_of_these_leads_to_the_child_and_can_be_answered_no(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    client.post("/children/new", new_child(world))
    first = world.all(Subject)[0]
    page = client.post("/children/new", new_child(world, number="900200", name="zoe obrien"), status=422)
    assert f'href="/children/{first.id}"' in page
    assert "Is it one of these?" in page
    client.post("/children/new", new_child(world, number="900200", name="zoe obrien", none_of_these="y"))
    assert len(world.all(Subject)) == 2
    page = client.post("/children/new", new_child(world, none_of_these="y"), status=422)
    assert "Another record has this number" in page
    assert f'href="/children/{first.id}"' in page


def test_a_child_not_taken_is_found_again_and_taken_later(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    client.post("/children/new", new_child(world, outcome="not_taken", outcome_because="Early help leads"))
    child = world.all(Subject)[0]
    assert "Zoë" not in client.get("/children")
    assert "Early help leads" in client.get("/children?shown=not_taken")
    assert "Not with these meetings since" in client.get(f"/children/{child.id}")
    client.get(f"/subjects/{child.id}/come-back")
    again = {"from_whom": "School", "agency": str(world.agencies["school"].id), "why": "Missing again", "harm": "cse"}
    client.post(f"/subjects/{child.id}/come-back", again, status=422)
    client.post(f"/subjects/{child.id}/come-back", {**again, "who_tells": "Priya"})
    assert "Zoë" in client.get("/children")
    assert len(world.all(Referral)) == 2


def details(page: str, **changed: Any) -> dict[str, Any]:
    return {
        "version": value_of(page, "version"),
        "name": "Aisha Ashdown",
        "number": "400001",
        "also_known_as": "Pip",
        "born_on": ["1", "2", "2011"],
        "sex": "female",
        "ethnicity": "White British",
        "language": "English",
        "legal_status": "child_in_need",
        "school": "Harcombe Academy",
        "harms": ["cse", "missing"],
        **changed,
    }


def test_details_are_put_right(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    form = client.get(f"/children/{child.id}/edit")
    client.post(f"/children/{child.id}/edit", details(form, number=child.reference))
    page = client.get(f"/children/{child.id}")
    for words in ("Pip", "Harcombe Academy", "Child in need", "Missing as a harm in itself", "Details last saved"):
        assert words in page
    again = client.get(f"/children/{child.id}/edit")
    assert len(re.findall(r'type="checkbox"[^>]*checked', again)) == 2
    assert value_of(again, "also_known_as") == "Pip"


def test_a_stale_save_shows_both_texts_and_loses_neither(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    form = client.get(f"/children/{child.id}/edit")
    client.post(f"/children/{child.id}/edit", details(form, number=child.reference, school="First Academy"))
    mine = details(form, number=child.reference, school="Second Academy")
    page = client.post(f"/children/{child.id}/edit", mine, status=422)
    assert "First Academy" in page
    assert value_of(page, "school") == "Second Academy"
    assert "Somebody else saved this" in page
    client.post(f"/children/{child.id}/edit", {**mine, "version": value_of(page, "version")})
    assert world.all(Child, Child.subject_id == child.id)[0].school == "Second Academy"


def test_details_refuse_a_taken_number_and_keep_what_was_typed(client: CheckedClient, world: World) -> None:
    child, other = world.a_child(), world.a_child("Ben Brackley")
    client.sign_in(world.id("coordinator"))
    form = client.get(f"/children/{child.id}/edit")
    page = client.post(f"/children/{child.id}/edit", details(form, number=other.reference, harms=["zzz"]), status=422)
    assert "Tick from the list" in page
    page = client.post(f"/children/{child.id}/edit", details(form, number=other.reference), status=422)
    assert "Another record has this number" in page
    assert "Harcombe Academy" in page


ACTS = (
    "/children/{child}/edit",
    "/children/{child}/may-harm",
    "/children/{child}/working-with",
    "/subjects/{child}/leave",
    "/subjects/{child}/come-back",
    "/subjects/{child}/worries/new",
    "/subjects/{child}/worries/{concern}",
    "/subjects/{child}/worries/{concern}/end",
    "/subjects/{place}/worries/new",
    "/contexts/{place}/edit",
    "/contexts/{place}/children",
)


@pytest.mark.parametrize("act", ACTS)
def test_every_act_on_a_record_has_a_page_for_those_who_run_the_meetings_only(
    client: CheckedClient, world: World, act: str
) -> None:
    child, place = world.a_child(), world.a_place()
    path = act.format(child=child.id, place=place.id, concern=world.concern_of(child).id)
    client.sign_in(world.id("coordinator")).get(path)
    for who in ("worker", "manager", "police_lead", "executive"):
        client.sign_in(world.id(who)).get(path, status=404)


def test_empty_forms_say_what_is_missing(client: CheckedClient, world: World) -> None:
    child, place = world.a_child(), world.a_place()
    client.sign_in(world.id("coordinator"))
    for act in ACTS:
        if "come-back" in act:
            continue
        path = act.format(child=child.id, place=place.id, concern=world.concern_of(child).id)
        blank = {"name": "", "words": "", "described_as": ""}
        assert "There is a problem" in client.post(path, blank, status=422), path
    for path in ("/contexts/new", "/contexts/new-person", "/children/new", f"/children/{child.id}/worker"):
        client.get(path)
        assert "There is a problem" in client.post(path, {}, status=422), path


def test_the_worker_is_confirmed_or_changed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("manager"))
    assert "Still ours" in client.get(f"/children/{child.id}/worker")
    assert client.post(f"/children/{child.id}/worker?then=/children", {"act": "confirm"}) == "/children"
    there = client.post(f"/children/{child.id}/worker", {"person": str(world.id("other_worker"))})
    assert there == "/children"
    client.get(f"/children/{child.id}", status=404)
    client.sign_in(world.id("other_worker")).get(f"/children/{child.id}")


def test_the_newest_record_goes_to_whoever_leads_now_even_in_another_team(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    version = release(world, an_item_to_release(world, child))
    client.sign_in(world.id("manager"))
    client.post(f"/children/{child.id}/worker", {"person": str(world.id("other_worker"))})
    assert sent_to(world, "other_worker", version).ended_at is None
    assert sent_to(world, "worker", version).ended_at is not None


def test_somebody_who_is_not_on_the_list_becomes_a_named_person_without_sign_in(
    client: CheckedClient, world: World
) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    path = f"/children/{child.id}/worker"
    page = client.post(path, {"name": "Ann Out"}, status=422)
    assert "Choose the agency they work for" in page
    assert value_of(page, "name") == "Ann Out"
    both = {"name": "Ann Out", "agency": str(world.agencies["health"].id), "person": str(world.id("worker"))}
    assert "not both" in client.post(path, both, status=422)
    client.post(path, {**both, "person": "", "job": "School nurse"})
    assert [one.job for one in world.all(Person, Person.name == "Ann Out")] == ["School nurse"]
    assert "Does not sign in here" in client.get(f"/children/{child.id}?tab=people")


def test_people_working_with_the_child_are_listed_and_end(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    client.post(f"/children/{child.id}/working-with", {"person": str(world.id("teacher")), "how": "Head of year"})
    assert "Sue Lambert, Education" in client.get(f"/children/{child.id}?tab=people")
    again = {"person": str(world.id("teacher")), "how": "Head of year"}
    assert "listed already" in client.post(f"/children/{child.id}/working-with", again, status=422)
    listing = world.all(WorkingWith)[0]
    client.post(f"/children/{child.id}/working-with/end", {"listing": str(listing.id)})
    assert world.again(listing).ended_on == world.today
    assert "Until" in client.get(f"/children/{child.id}?tab=people")


def test_workers_are_confirmed_in_one_click_each_in_ones_own_team(client: CheckedClient, world: World) -> None:
    mine, other = world.a_child("Aisha"), world.a_child("Ben", worker="other_worker")
    client.sign_in(world.id("manager"))
    page = client.get("/children/workers")
    assert "Aisha" in page
    assert "Ben" not in page
    client.post("/children/workers", {"child": str(mine.id)})
    assert "Every worker is confirmed" in client.get("/children/workers")
    client.post("/children/workers", {"child": str(other.id)}, status=404)
    client.post("/children/workers", {}, status=422)
    confirmed = {one.child_id: one.confirmed_on for one in world.all(Allocation)}
    assert confirmed == {mine.id: world.today, other.id: None}


def test_a_worry_is_added_reworded_and_ended(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    client.post(f"/subjects/{child.id}/worries/new", {"words": "Two phones " * 100, "harm": "cce"})
    concern = world.all(Concern, Concern.words.like("Two%"))[0]  # type: ignore[attr-defined]
    path = f"/subjects/{child.id}/worries/{concern.id}"
    form = client.get(path)
    client.post(path, {"words": "First", "harm": "cce", "version": value_of(form, "version")})
    page = client.post(path, {"words": "Second", "harm": "cce", "version": value_of(form, "version")}, status=422)
    assert "First" in page
    assert "Second" in page
    client.post(f"{path}/end", {"what_changed": "Phones given back", "version": value_of(page, "version")})
    assert "What changed: Phones given back" in client.get(f"/children/{child.id}")
    client.get(path, status=404)


def test_something_that_happened_is_added_corrected_and_taken_out(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("worker"))
    path = f"/subjects/{child.id}/happened"
    client.get(path)
    given = {
        "kind": "missing",
        "happened_on": ["1", "feb", "2026"],
        "at_time": "9:30pm",
        "words": "Out all night",
        "agency": str(world.agencies["care"].id),
    }
    assert "such as 9:30pm" in client.post(path, {**given, "at_time": "late"}, status=422)
    assert "must include a month" in client.post(path, {**given, "happened_on": ["1", "", "2026"]}, status=422)
    client.post(path, given)
    page = client.get(f"/children/{child.id}?tab=chronology")
    assert "1 February 2026 at 21:30" in page
    event = world.all(Event)[0]
    assert value_of(client.get(f"{path}/{event.id}"), "at_time") == "21:30"
    right = {**given, "words": "Out until two", "because": "Time was wrong", "act": "correct"}
    assert "Say what was wrong" in client.post(f"{path}/{event.id}", {**right, "because": ""}, status=422)
    client.post(f"{path}/{event.id}", right)
    page = client.get(f"/children/{child.id}?tab=chronology")
    assert "Out until two" in page
    assert "Out all night" not in page
    client.get(f"{path}/{event.id}", status=404)
    left = next(one for one in world.all(Event) if one.withdrawn_at is None)
    client.post(f"{path}/{left.id}", {"because": "Wrong child", "act": "withdraw"})
    assert "Out until two" not in client.get(f"/children/{child.id}?tab=chronology")
    assert len(world.all(Event)) == 2


def test_a_long_chronology_is_turned_to_its_end(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    for n in range(60):
        an_event(world, child, f"Happening {n:02}", on=world.day(-n))
    client.sign_in(world.id("worker"))
    page = client.get(f"/children/{child.id}?tab=chronology")
    assert "Happening 49" in page
    assert "Happening 50" not in page
    older = re.findall(r'href="([^"]*after=[^"]*)"', page)[0].replace("&amp;", "&")
    assert "Happening 59" in client.get(older)
    client.get(f"/children/{child.id}?tab=chronology&kind=zzz&after=zzz")


def test_a_place_is_added_edited_linked_and_leaves(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    client.post("/contexts/new", {"name": "Harcombe Park", "kind": "place", "what_happens": "Met after dark"})
    place = world.all(Context)[0]
    path = f"/contexts/{place.subject_id}"
    for tab in ("overview", "actions", "meetings", "chronology", "children", "people"):
        assert "Harcombe Park" in client.get(f"{path}?tab={tab}")
    form = client.get(f"{path}/edit")
    changed = {"name": "Harcombe Green", "kind": "theme", "what_happens": "First", "version": value_of(form, "version")}
    client.post(f"{path}/edit", changed)
    page = client.post(f"{path}/edit", {**changed, "what_happens": "Second"}, status=422)
    assert "First" in page
    assert "Second" in page
    assert "Harcombe Green" in client.post("/contexts", {"words": "green", "kind": "theme"}, status=200)
    assert "Harcombe Green" not in client.get("/contexts?kind=person")
    chosen = client.post(f"{path}/children", {"words": "aisha", "how": "Seen there"}, status=422)
    assert "Choose which child you mean" in chosen
    assert "No child is found" in client.post(f"{path}/children", {"words": "zzz", "how": "x"}, status=422)
    client.post(f"{path}/children", {"words": "aisha", "how": "Seen there", "child": str(child.id)})
    assert "Seen there" in client.get(f"{path}?tab=children")
    link = world.all(ContextChild)[0]
    client.post(f"{path}/children/unlink", {"link": str(link.id)})
    client.post(f"{path}/children", {"words": child.reference, "how": "By number"})
    assert [one.how for one in world.all(ContextChild)] == ["By number"]
    client.post(f"/subjects/{place.subject_id}/leave", {"because": "Licence lost"})
    assert "Harcombe Green" not in client.get("/contexts")
    assert "Harcombe Green" in client.get("/contexts?shown=left")


def test_a_person_who_may_be_harming_children_is_added_and_edited(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    client.post("/contexts/new-person", {"name": "Known as Tee", "described_as": "Named by two children"})
    person = world.all(PersonOfConcern)[0]
    form = client.get(f"/contexts/{person.subject_id}/edit")
    client.post(
        f"/contexts/{person.subject_id}/edit",
        {
            "name": "Terence Vale",
            "described_as": "Named by three",
            "police_reference": "X9",
            "version": value_of(form, "version"),
        },
    )
    page = client.get(f"/contexts/{person.subject_id}")
    assert "Person who may be harming children" in page
    assert "Terence Vale" in page


def test_a_child_takes_and_loses_the_second_role(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    client.sign_in(world.id("coordinator"))
    client.post(f"/children/{child.id}/may-harm", {"described_as": "Named by another child"})
    assert "Children linked" in client.get(f"/children/{child.id}")
    assert "Aisha Ashdown" in client.get("/contexts?kind=person")
    client.post(f"/children/{child.id}/may-harm", {"act": "take_back"})
    assert "Children linked" not in client.get(f"/children/{child.id}")


def test_a_child_leaves_when_nothing_is_left_to_do(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(child)
    client.sign_in(world.id("coordinator"))
    page = client.post(f"/subjects/{child.id}/leave", {"because": "Safe for months"}, status=422)
    assert f"Action {action.number} is unfinished" in page
    other = world.a_child("Ben Brackley")
    client.post(f"/subjects/{other.id}/leave", {"because": "Safe for months"})
    assert "Safe for months" in client.get("/children?shown=left")
    client.sign_in(world.id("worker")).get(f"/children/{other.id}")


@pytest.mark.parametrize("who", ["chair", "worker", "manager", "police", "guest", "analyst", "sysadmin"])
def test_lists_are_for_those_who_have_children_to_list(client: CheckedClient, world: World, who: str) -> None:
    world.a_child()
    client.sign_in(world.id(who))
    lists = who not in ("guest", "analyst", "sysadmin")
    client.get("/children", status=200 if lists else 403)
    client.get("/contexts", status=200 if who == "chair" else 403)
    client.get("/children/new", status=200 if who == "chair" else 403)


@pytest.mark.parametrize("words", ["\x00", "\ud800", "'; drop table subject; --", "%" * 300, "９９"])
def test_odd_words_are_no_fault(client: CheckedClient, world: World, words: str) -> None:
    world.a_child()
    client.sign_in(world.id("chair"))
    typed = words.encode("utf-8", "surrogatepass")
    for path in ("/search", "/children", "/contexts"):
        client.post(path, {"words": typed}, status=200)


@pytest.mark.parametrize("tab", CHILD_TABS)
def test_a_tab_asks_as_often_for_thirty_rows_as_for_one(
    client: CheckedClient, world: World, asked: Asked, tab: str
) -> None:
    few, many = world.a_child("Aisha Ashdown"), world.a_child("Ben Brackley")
    for child, count in ((few, 1), (many, 30)):
        place = world.a_place(f"Place of {child.reference}")
        a_link(world, place, child)
        for n in range(count):
            an_event(world, child)
            world.add(world.a_concern(child, f"Worry {n}"))
            world.an_action(child, contingency="Police are told")
            meeting = world.a_meeting(world.day(-n - 1), MeetingState.HELD)
            item = world.an_item(meeting, child, ItemState.CLOSED, closed_at=world.now)
            world.a_line(item, f"Line {n}")
    client.sign_in(world.id("chair"))
    numbers = []
    for child in (few, many):
        asked.clear()
        client.get(f"/children/{child.id}?tab={tab}")
        numbers.append(len([one for one in asked if names_protected(one)]))
    assert numbers[0] == numbers[1] <= 8
