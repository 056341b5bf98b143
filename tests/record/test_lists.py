"""The list of children with its filters and pages, and search."""

import pytest
from sqlalchemy import event as listening

from mace.children.commands import search_name
from mace.database import MaceSession
from mace.domain.vocabulary import Harm, ReferralOutcome, RiskLevel
from mace.models import Allocation, Child, Referral, Subject
from mace.record.queries import Order, Shown, Wanted, list_children, list_contexts, list_facets, search
from tests.record.make import may_harm
from tests.world import World


def names(world: World, session: MaceSession, wanted: Wanted | None = None, who: str = "chair") -> list[str]:
    return [line.name for line in list_children(session, world.actor(who), world.today, wanted).lines]


@pytest.mark.parametrize(
    ("name", "also", "typed", "found"),
    [
        ("Zoë O’Brien", "", "zoe obrien", True),
        ("Zoë O’Brien", "", "O'BRIEN", True),
        ("Zoë O’Brien", "", "o brien zoe", True),
        ("Siân Smith-Jones", "", "smith jones", True),
        ("Sian Smith Jones", "", "Smith-Jones", True),
        ("Sian Smith-Jones", "", "smithjones", True),
        ("Kasia Łuczak", "", "luczak", True),
        ("Søren Æbel", "", "soren aebel", True),
        ("Aisha Ashdown", "Pip", "pip", True),
        ("Aisha Ashdown", "", "Ashdown, Aisha", True),
        ("Aisha Ashdown", "", "aisha brackley", False),
        ("Aisha Ashdown", "", "%", False),
        ("Aisha Ashdown", "", "_____", False),
        ("Aisha Ashdown", "", "!!!", False),
    ],
)
def test_a_name_is_found_however_it_is_typed(
    world: World, session: MaceSession, name: str, also: str, typed: str, found: bool
) -> None:
    child = world.a_child("Somebody")
    world.add(
        other := Subject(
            kind=child.kind,
            name=name,
            search_name=search_name(name, also),
            reference="55501",
            on_mace_since=world.today,
        )
    )
    world.add(Child(subject_id=other.id, also_known_as=also))
    hits = search(session, world.actor("chair"), world.today, typed).hits
    assert [hit.name for hit in hits] == ([name] if found else [])
    assert names(world, session, Wanted(words=typed)) == ([name] if found else [])


def test_a_number_is_found_by_how_it_begins(world: World, session: MaceSession) -> None:
    child = world.a_child()
    chair = world.actor("chair")
    assert [hit.id for hit in search(session, chair, world.today, child.reference).hits] == [child.id]
    assert [hit.id for hit in search(session, chair, world.today, child.reference[:4]).hits] == [child.id]
    assert search(session, chair, world.today, child.reference[1:]).hits == ()


def test_search_finds_nobody_out_of_scope_nor_an_action_of_theirs(world: World, session: MaceSession) -> None:
    child = world.a_child()
    action = world.an_action(child)
    for who, seen in (("worker", True), ("other_worker", False), ("nurse", False), ("manager", True)):
        actor = world.actor(who)
        assert bool(search(session, actor, world.today, "aisha").hits) is seen, who
        for typed in (f"#{action.number}", f"action {action.number}", str(action.number)):
            assert (search(session, actor, world.today, typed).action is not None) is seen, who


def test_search_finds_who_left_and_says_so(world: World, session: MaceSession) -> None:
    world.a_child(closed_on=world.day(-3))
    hits = search(session, world.actor("chair"), world.today, "aisha").hits
    assert [hit.closed_on for hit in hits] == [world.day(-3)]


def test_search_says_how_many_there_are_beyond_the_first_page(world: World, session: MaceSession) -> None:
    for n in range(5):
        world.a_child(f"Aisha {n}", worker=None)
    found = search(session, world.actor("chair"), world.today, "aisha", size=2)
    assert (len(found.hits), found.count) == (2, 5)


def test_children_are_narrowed_and_sorted(world: World, session: MaceSession) -> None:
    world.a_child("Aisha", level=RiskLevel.EMERGING, next_review_on=world.day(9))
    world.a_child("Ben", level=RiskLevel.SIGNIFICANT, worker="other_worker")
    world.a_child("Chloe", level=None, worker=None, next_review_on=world.day(2))
    blue = world.teams["blue"].id
    assert names(world, session) == ["Aisha", "Ben", "Chloe"]
    assert names(world, session, Wanted(order=Order.LEVEL)) == ["Ben", "Aisha", "Chloe"]
    assert names(world, session, Wanted(order=Order.REVIEW)) == ["Chloe", "Aisha", "Ben"]
    assert names(world, session, Wanted(level=RiskLevel.EMERGING)) == ["Aisha"]
    assert names(world, session, Wanted(team_id=blue)) == ["Ben"]
    assert names(world, session, Wanted(worker_id=world.id("worker"))) == ["Aisha"]
    assert names(world, session, who="worker") == ["Aisha"]
    assert names(world, session, who="other_manager") == ["Ben"]


def test_a_kind_of_harm_is_found_beside_others_and_not_inside_another(world: World, session: MaceSession) -> None:
    child = world.a_child("Aisha")
    with_harms = world.all(Child, Child.subject_id == child.id)[0]
    assert with_harms.harms == ""
    other = Subject(
        kind=child.kind, name="Ben", search_name="ben", reference="5", on_mace_since=world.today, level=None
    )
    world.add(other, Child(subject_id=other.id, harms="missing,cse"))
    assert names(world, session, Wanted(harm=Harm.CSE)) == ["Ben"]
    assert names(world, session, Wanted(harm=Harm.CCE)) == []


def test_a_worker_is_unconfirmed_until_somebody_says_so_this_month(world: World, session: MaceSession) -> None:
    this_month = world.today.replace(day=1)
    for name, confirmed in (("Aisha", None), ("Ben", this_month), ("Chloe", world.day(-40))):
        child = world.a_child(name, worker=None)
        person = world.people["worker"]
        world.add(Allocation(child_id=child.id, person_id=person.id, started_on=world.day(-90), confirmed_on=confirmed))
    world.a_child("Dawid", worker=None)
    assert names(world, session, Wanted(unconfirmed=True)) == ["Aisha", "Chloe", "Dawid"]


def test_who_left_and_who_was_never_taken_are_apart(world: World, session: MaceSession) -> None:
    world.a_child("Open Child")
    left = world.a_child("Left Child", closed_on=world.today)
    never = world.a_child("Never Taken", closed_on=world.today, worker=None)

    def referral(child: Subject, outcome: ReferralOutcome) -> Referral:
        return Referral(
            subject_id=child.id,
            from_whom="School",
            why="Worry",
            referred_on=world.today,
            outcome=outcome,
            outcome_because="Early help",
            decided_at=world.now,
            source_agency_id=world.agencies["care"].id,
        )

    world.add(
        referral(left, ReferralOutcome.TAKEN),
        referral(left, ReferralOutcome.NOT_TAKEN),
        referral(never, ReferralOutcome.NOT_TAKEN),
    )
    assert names(world, session) == ["Open Child"]
    assert names(world, session, Wanted(shown=Shown.LEFT)) == ["Left Child"]
    assert names(world, session, Wanted(shown=Shown.NOT_TAKEN)) == ["Never Taken"]


def test_every_child_stands_on_one_of_the_pages(world: World, session: MaceSession) -> None:
    for n in range(7):
        world.a_child(f"Child {n}", worker=None)
    chair = world.actor("chair")
    pages = [list_children(session, chair, world.today, page=page, size=3) for page in (1, 2, 3)]
    assert [line.name for page in pages for line in page.lines] == [f"Child {n}" for n in range(7)]
    assert {(page.count, page.pages) for page in pages} == {(7, 3)}
    assert list_children(session, chair, world.today, page=99, size=3).page == 3


def test_an_action_of_a_place_counts_on_the_child_it_protects(world: World, session: MaceSession) -> None:
    child, place = world.a_child(), world.a_place()
    world.an_action(place, children=(child,))
    world.an_action(child)
    lines = list_children(session, world.actor("chair"), world.today).lines
    assert [line.open_actions for line in lines] == [2]


def test_facets_offer_only_what_is_in_scope(world: World, session: MaceSession) -> None:
    world.a_child("Aisha")
    world.a_child("Ben", worker="other_worker")
    chair = list_facets(session, world.actor("chair"), world.today)
    assert [name for _id, name in chair.workers] == ["Hannah Bell", "Tom Weller"]
    mine = list_facets(session, world.actor("worker"), world.today)
    assert [name for _id, name in mine.teams] == ["Red team"]


def test_places_and_people_hold_the_child_with_both_roles(world: World, session: MaceSession) -> None:
    world.a_place("Dunsley Halt")
    world.a_child("Only A Child")
    may_harm(world, world.a_child("Both Roles"))
    chair = list_contexts(session, world.actor("chair"), world.today)
    assert [line.name for line in chair.lines] == ["Both Roles", "Dunsley Halt"]
    assert list_contexts(session, world.actor("worker"), world.today).lines == ()


def test_the_list_asks_as_often_for_thirty_as_for_one(world: World, session: MaceSession) -> None:
    asked: list[int] = []
    for count in (1, 30):
        while len(world.all(Subject)) < count:
            world.an_action(world.a_child(f"Child {len(world.all(Subject))}"))
        statements: list[str] = []

        def note(_c: object, _cu: object, statement: str, *_rest: object, into: list[str] = statements) -> None:
            if statement.lstrip().upper().startswith("SELECT"):
                into.append(statement)

        chair = world.actor("chair")
        listening.listen(session.get_bind(), "before_cursor_execute", note)
        list_children(session, chair, world.today)
        listening.remove(session.get_bind(), "before_cursor_execute", note)
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 3
