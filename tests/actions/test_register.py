"""The register: who sees which actions, narrowed, sorted and paged; the downloads say the same."""

import csv
import io
import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

import openpyxl
import pytest

from mace.actions import queries
from mace.actions.queries import Filters, Sort
from mace.domain.vocabulary import ActionState, Decision, DriftLevel, MeetingState
from mace.models import Action, ActionContributor, Chase, Draft, Waiting
from tests.actions.make import a_running_meeting, a_wait, carrying, decide
from tests.pages import CheckedClient
from tests.world import World

NOBODY = UUID(int=7)


def listed(world: World, who: str = "chair", filters: Filters | None = None, **more: Any) -> list[int]:
    """The numbers on a page of the register."""
    actor = world.actor(who)
    page = queries.list_register(world.session, actor, world.today, filters or Filters(), **more)
    world.session.rollback()
    return [line.number for line in page.lines]


def some_actions(world: World, number: int = 7) -> list[Action]:
    """Actions of different dates, owners and standing."""
    child = world.a_child()
    owners = ("worker", "police", "nurse", None)
    return [
        world.an_action(
            child,
            owner=owners[n % 4],
            imported=owners[n % 4] is None,
            set_on=world.day(-90 + n // 2),
            due=None if n == 3 else world.day(-40 + 12 * (n // 2)),
            what=f"Step {n}",
        )
        for n in range(number)
    ]


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("filters", [Filters(), Filters(ended=True), Filters(everything=True)])
def test_pages_in_every_order_show_each_action_once_forwards_and_back(
    world: World, sort: Sort, filters: Filters
) -> None:
    actions = some_actions(world, 11)
    for action in actions[:4]:
        decide(
            world, action, a_running_meeting(world, -action.number), Decision.STOPPED, reason="The family said no"
        )  # fmt: skip
    chair = world.actor("chair")
    whole = queries.list_register(world.session, chair, world.today, filters, sort=sort).lines
    assert len(whole) == {"unfinished": 7, "ended": 4, "all": 11}[filters.shows]
    pages, after = [], ""
    while True:
        page = queries.list_register(world.session, chair, world.today, filters, sort=sort, after=after, limit=3)
        pages.append(page)
        after = page.next_after
        if not after:
            break
    assert [line for page in pages for line in page.lines] == list(whole)
    assert [bool(page.previous_before) for page in pages] == [n > 0 for n in range(len(pages))]
    before = pages[-1].previous_before
    for earlier in reversed(pages[:-1]):
        back = queries.list_register(world.session, chair, world.today, filters, sort=sort, before=before, limit=3)
        assert back.lines == earlier.lines
        assert back.next_after
        before = back.previous_before
    assert not before


def test_each_order_is_what_it_says(world: World) -> None:
    some_actions(world)
    chair = world.actor("chair")

    def lines(sort: Sort) -> list[Any]:
        return list(queries.list_register(world.session, chair, world.today, Filters(), sort=sort).lines)

    assert [line.sort_weight for line in lines(Sort.WORST)] == sorted(line.sort_weight for line in lines(Sort.WORST))
    due = [line.due or date.max for line in lines(Sort.DUE)]
    assert due == sorted(due)
    assert due[-1] == date.max, "one without a date comes last"
    newest = [line.set_on for line in lines(Sort.NEWEST)]
    assert newest == sorted(newest, reverse=True)
    owners = [line.owner for line in lines(Sort.OWNER)]
    assert owners[-1] == "Nobody named"
    named = [owner for owner in owners if owner != "Nobody named"]
    assert named == sorted(named)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize(
    "cursor", ["", "_", "x", "1_2", f"zzz_{NOBODY}", "9" * 50 + f"_{NOBODY}", f"nobody_zz_{NOBODY}", "ü_" * 30]
)
def test_a_place_that_makes_no_sense_is_ignored(world: World, sort: Sort, cursor: str) -> None:
    some_actions(world, 2)
    assert len(listed(world, sort=sort, after=cursor)) == 2
    assert len(listed(world, sort=sort, before=cursor)) == 2


def test_no_name_stands_in_the_place_of_a_page(world: World) -> None:
    some_actions(world)
    chair = world.actor("chair")
    page = queries.list_register(world.session, chair, world.today, Filters(), sort=Sort.OWNER, limit=1)
    assert not re.search("[A-Z]", page.next_after)


def test_the_count_stops_at_a_thousand(world: World) -> None:
    from mace.actions.queries import register

    some_actions(world, 3)
    counted, register.COUNTED_TO = register.COUNTED_TO, 2
    register._count_statement.cache_clear()
    try:
        page = queries.list_register(world.session, world.actor("chair"), world.today, Filters())
        assert page.count == "2+"
    finally:
        register.COUNTED_TO = counted
        register._count_statement.cache_clear()
    page = queries.list_register(world.session, world.actor("chair"), world.today, Filters())
    assert page.count == "3"


# --- Narrowing -------------------------------------------------------------------------------------------------------


def test_each_filter_shows_what_it_says(world: World) -> None:
    child, other = world.a_child(), world.a_child("Bethan Birch")
    late = world.an_action(child, due=world.day(-30), what="Ring the school")
    soon = world.an_action(child, owner="police", due=world.day(5))
    shared = world.an_action(other, due=world.day(40), children=(child,), owner_accepted_at=None)
    fresh = world.an_action(other, owner=None, imported=True, due=world.day(20))
    waits = world.an_action(other, set_on=world.day(-60), due=world.day(-20))
    meeting = a_running_meeting(world)
    decide(world, waits, meeting, Decision.WAITING_ON, **a_wait(world))
    agreed = world.an_action(other, due=world.day(30), set_at_item_id=world.an_item(meeting, other).id)
    ended = world.an_action(child)
    decide(world, ended, meeting, Decision.STOPPED, reason="The family said no")

    def numbers(*actions: Action) -> list[int]:
        return sorted(action.number for action in actions)

    for filters, expected in (
        (Filters(), [late, soon, shared, fresh, waits, agreed]),
        (Filters(late=True), [late]),
        (Filters(agency_id=world.agencies["police"].id), [soon]),
        (Filters(owner_id=world.id("police")), [soon]),
        (Filters(subject_id=child.id), [late, soon, shared]),
        (Filters(drift=DriftLevel.DRIFTING), [late]),
        (Filters(state=ActionState.WAITING_ON), [waits]),
        (Filters(state=ActionState.STOPPED), [ended]),
        (Filters(ended=True), [ended]),
        (Filters(everything=True, subject_id=child.id), [late, soon, shared, ended]),
        (Filters(due_by=world.day(7)), [late, soon, waits]),
        (Filters(not_looked_at=True), [fresh]),
        (Filters(not_accepted=True), [shared]),
        (Filters(meeting_id=meeting.id), [waits, agreed]),
        (Filters(meeting_id=meeting.id, everything=True), [waits, agreed, ended]),
        (Filters(words="ring the SCHOOL"), [late]),
        (Filters(words=f"#{soon.number}"), [soon]),
        (Filters(words="100%"), []),
    ):
        assert sorted(listed(world, filters=filters)) == numbers(*expected), filters
        chair = world.actor("chair")
        assert queries.count_actions(world.session, chair, world.today, filters) == len(expected), filters
        world.session.rollback()


def test_mine_is_what_i_own_chase_or_am_offered(world: World) -> None:
    child = world.a_child()
    owned = world.an_action(child, owner="nurse")
    chased, offered = world.an_action(child), world.an_action(child)
    world.an_action(child)
    meeting = a_running_meeting(world)
    decide(world, chased, meeting, Decision.WAITING_ON, **a_wait(world))
    plan = {"plan": "The care plan", "plan_lead_id": world.id("nurse")}
    decide(world, offered, meeting, Decision.OFFERED_TO_PLAN, **plan)
    assert sorted(listed(world, "nurse", Filters(mine=True))) == [owned.number, chased.number, offered.number]


def test_an_action_is_found_by_the_number_people_say(world: World) -> None:
    action = world.an_action(world.a_child())
    for who, found in (("chair", True), ("worker", True), ("other_worker", False)):
        actor = world.actor(who)
        for typed in (action.number, f"{action.number}", f" #{action.number} "):
            line = queries.find_by_number(world.session, actor, world.today, typed)
            assert (line is not None and line.id == action.id) is found
        for typed in ("", "#", "x1", "9" * 12, "١"):
            assert queries.find_by_number(world.session, actor, world.today, typed) is None
        world.session.rollback()


def test_chases_are_counted_once_each_and_one_action_stays_one_row(world: World) -> None:
    action = world.an_action(world.a_child())
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world))
    (waiting,) = world.all(Waiting)
    for _ in range(3):
        world.add(
            Chase(
                waiting_id=waiting.id, chased_on=world.today, entered_on=world.today, by_id=world.id("nurse"),
                next_by=world.day(9),
            )
        )  # fmt: skip
    (line,) = queries.list_register(world.session, world.actor("chair"), world.today, Filters()).lines
    assert "chased 3 times" in line.history


# --- The page --------------------------------------------------------------------------------------------------------


def test_the_page_says_how_many_and_how_it_is_narrowed(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    for n in range(3):
        world.an_action(child, owner="police" if n else "worker")
    client.sign_in(world.id("chair"))
    assert "3 unfinished. Worst first." in client.get("/actions")
    police = world.agencies["police"].id
    page = client.get(f"/actions?agency={police}&late=no&due=999&sort=owner&drift=zzz&after=1&child=1")
    assert "2 unfinished, narrowed to what you chose. Owner." in page
    assert re.search(r'href="/actions\?sort=owner"><span[^>]*>Remove this filter:</span> Fenland Police', page)
    assert "No action matches" in client.get("/actions?state=waiting_on")


def test_pages_lead_on_and_back(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    for n in range(51):
        world.an_action(child, due=world.day(n + 1), what=f"Step number {n:02}")
    client.sign_in(world.id("chair"))
    first = client.get("/actions?sort=due")
    assert "Previous page" not in first
    following = re.search(r'href="(/actions\?[^"]*after=[^"]*)"', first)
    assert following
    second = client.get(following.group(1).replace("&amp;", "&"))
    assert "Step number 50" in second
    assert "Step number 49" not in second
    assert "Next page" not in second
    back = re.search(r'href="(/actions\?[^"]*before=[^"]*)"', second)
    assert back
    assert "Step number 00" in client.get(back.group(1).replace("&amp;", "&"))


def test_words_searched_for_never_stand_in_an_address(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    world.an_action(child, what="Visit Aisha at home")
    other = world.an_action(child, what="Ring the school")
    client.sign_in(world.id("chair"))
    there = client.post("/actions/search?sort=due", {"words": "aisha"})
    assert "aisha" not in there.lower()
    page = client.get(there)
    assert "“aisha”" in page
    assert "Visit Aisha at home" in page
    assert "Ring the school" not in page
    assert not re.search(r'(?:href|action)="[^"]*aisha', page, re.IGNORECASE)
    assert "Ring the school" in client.sign_in(world.id("coordinator")).get(there), "nobody else's words"
    assert f"/actions/{other.id}" in client.get(client.post("/actions/search", {"words": f"#{other.number}"}))
    assert client.post("/actions/search", {"words": " "}) == "/actions"


def test_only_the_last_searches_of_a_person_are_kept(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("chair"))
    for n in range(23):
        client.post("/actions/search", {"words": f"school {n}"})
    assert len(world.all(Draft, Draft.form == "actions-search")) == 20


def test_a_child_an_owner_or_a_meeting_is_chosen_on_a_page_of_its_own(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(child)
    world.an_action(world.a_child("Bethan Birch", worker="other_worker"), owner="police", what="Another step")
    meeting = world.a_meeting(world.day(-3), MeetingState.HELD)
    client.sign_in(world.id("chair"))
    page = client.get("/actions/narrow")
    assert "Hannah Bell, Children’s Services" in page
    assert f'<option value="{meeting.id}">Northborough MACE' in page
    found = client.post("/actions/narrow", {"words": "ashdown"}, status=200)
    assert f'href="/actions?child={child.id}"' in found
    assert "Bethan Birch" not in found
    narrowed = client.get(f"/actions?child={child.id}")
    assert action.what in narrowed
    assert "Another step" not in narrowed
    assert "Enter a name or local number" in client.post("/actions/narrow", {}, status=422)


def test_nobody_narrows_to_or_finds_a_child_who_is_not_theirs(client: CheckedClient, world: World) -> None:
    theirs, other = world.a_child(), world.a_child("Bethan Birch", worker="other_worker")
    action = world.an_action(theirs)
    client.sign_in(world.id("worker"))
    found = client.post("/actions/narrow", {"words": "birch"}, status=200)
    assert "Nobody found" in found
    assert "Bethan" not in found
    page = client.get(f"/actions?child={other.id}")
    assert action.what in page, "a child who is not there for this reader narrows nothing"
    assert "Bethan" not in page


@pytest.mark.parametrize("who", ["analyst", "executive", "ig_lead", "auditor", "out_of_hours", "sysadmin"])
def test_who_has_no_case_work_has_no_register(client: CheckedClient, world: World, who: str) -> None:
    client.sign_in(world.id(who))
    for address in ("/actions", "/actions.csv", "/actions.xlsx", "/actions/narrow"):
        client.get(address, status=403)


# --- Downloads -------------------------------------------------------------------------------------------------------


def as_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def workbook(client: CheckedClient, address: str) -> list[dict[str, Any]]:
    response = client.raw.get(address)
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip([str(name) for name in head], row, strict=True)) for row in rows]


def test_both_downloads_hold_what_the_page_shows_and_every_date(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(
        child, set_on=world.day(-60), due=world.day(-30), children=(world.a_child("Bethan Birch"),)
    )
    decide(world, action, a_running_meeting(world, -20), Decision.CARRIED, **carrying(world, -10))
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world))
    ended = world.an_action(child, imported=True, owner=None, first_due_words="ongoing")
    decide(world, ended, a_running_meeting(world, -1), Decision.STOPPED, reason="The family said no")
    client.sign_in(world.id("chair"))
    (row,) = as_rows(client.get("/actions.csv"))
    assert row["Number"] == str(action.number)
    assert row["About"] == child.name
    assert (row["Owner"], row["Agency"]) == ("Hannah Bell", "Children’s Services")
    assert (row["State"], row["Late"], row["Plan"]) == ("Waiting on", "no", "Slipping")
    assert (row["First date"], row["Due now"]) == (world.day(-30).isoformat(), world.day(-10).isoformat())
    assert (row["Set on"], row["Late after"]) == (world.day(-60).isoformat(), action.late_line.isoformat())
    assert (row["Carried, times"], row["Carried late, times"], row["Date moved, times"]) == ("1", "1", "1")
    assert (row["Waiting on"], row["Waiting since"]) == ("CAMHS", world.today.isoformat())
    assert row["Children it protects"] == "2"
    assert (
        row["History"]
        == queries.find_by_number(world.session, world.actor("chair"), world.today, action.number).history
    )  # type: ignore[union-attr]
    (gone,) = as_rows(client.get("/actions.csv?ended=yes"))
    assert (gone["State"], gone["Plan"], gone["First date"]) == ("Stopped", "", "ongoing")
    assert (gone["Ended on"], gone["Ended because"]) == (world.day(-1).isoformat(), "The family said no")
    (cells,) = workbook(client, "/actions.xlsx")
    assert cells["Due now"] == datetime(*world.day(-10).timetuple()[:3])
    assert cells["Carried late, times"] == 1
    for name, value in row.items():
        there = cells[name]
        shown = there.date().isoformat() if isinstance(there, datetime) else "" if there is None else str(there)
        assert shown == value, name


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", " ="])
def test_no_cell_becomes_a_formula(client: CheckedClient, world: World, begins: str) -> None:
    words = f"{begins}HYPERLINK(1)"
    world.an_action(world.a_child(), what=words)
    client.sign_in(world.id("chair"))
    (row,) = as_rows(client.get("/actions.csv"))
    assert row["Action"].startswith("'")
    response = client.raw.get("/actions.xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert sheet is not None
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n", "d"}


def test_a_download_has_the_filters_and_the_order_of_its_page(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    for days in (9, 3, 6):
        world.an_action(child, owner="police", due=world.day(days))
    world.an_action(child, due=world.day(1))
    client.sign_in(world.id("chair"))
    address = f"?agency={world.agencies['police'].id}&sort=due"
    shown = re.findall(r'<a class="govuk-link" href="/actions/([0-9a-f-]{36})"', client.get(f"/actions{address}"))
    rows = as_rows(client.get(f"/actions.csv{address}"))
    assert [row["Due now"] for row in rows] == [world.day(days).isoformat() for days in (3, 6, 9)]
    by_id = {action.id: action.number for action in world.all(Action)}
    assert [int(row["Number"]) for row in rows] == [by_id[UUID(key)] for key in shown]
    assert [row["Number"] for row in workbook(client, f"/actions.xlsx{address}")] == [
        int(row["Number"]) for row in rows
    ]


def test_a_download_that_is_cut_says_so(client: CheckedClient, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from mace.actions.routes import downloads

    monkeypatch.setattr(downloads, "EXPORT_LIMIT", 2)
    some_actions(world, 3)
    client.sign_in(world.id("chair"))
    rows = as_rows(client.get("/actions.csv"))
    assert len(rows) == 3
    assert "narrow the list" in rows[-1]["About"]
    assert "narrow the list" in str(workbook(client, "/actions.xlsx")[-1]["About"])


def test_a_download_holds_no_row_that_its_reader_does_not_see(client: CheckedClient, world: World) -> None:
    world.an_action(world.a_child(), what="Canary step one")
    world.an_action(world.a_child("Bethan Birch", worker="other_worker"), owner="police", what="Canary step two")
    client.sign_in(world.id("worker"))
    text = client.get("/actions.csv?ended=all")
    assert "Canary step one" in text
    assert "Canary step two" not in text
    assert "Bethan" not in text


# --- Who sees which --------------------------------------------------------------------------------------------------

RELATIONS = {
    "owns": lambda world, who: world.an_action(world.a_child(worker="other_worker"), owner=who),
    "helps": lambda world, who: _with_helper(world, who),
    "chases": lambda world, who: _waiting(world, who),
    "is offered": lambda world, who: _offered(world, who),
    "no relation": lambda world, who: world.an_action(world.a_child(worker="other_worker"), owner="teacher"),
}


def _with_helper(world: World, who: str) -> Action:
    action = world.an_action(world.a_child(worker="other_worker"), owner="teacher")
    world.add(ActionContributor(action_id=action.id, person_id=world.id(who), agency_id=world.people[who].agency_id))
    return action


def _waiting(world: World, who: str) -> Action:
    action = world.an_action(world.a_child(worker="other_worker"), owner="teacher")
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world, chaser_id=world.id(who)))
    return action


def _offered(world: World, who: str) -> Action:
    action = world.an_action(world.a_child(worker="other_worker"), owner="teacher")
    plan = {"plan": "The care plan", "plan_lead_id": world.id(who)}
    decide(world, action, a_running_meeting(world), Decision.OFFERED_TO_PLAN, **plan)
    return action


@pytest.mark.parametrize("relation", list(RELATIONS))
def test_sql_and_policy_agree_on_who_sees_and_who_updates(world: World, relation: str) -> None:
    import sqlalchemy as sa
    from sqlmodel import col

    from mace import scope
    from mace.database import rows
    from mace.domain.policy import ActionFacts, Permission, SubjectFacts, scope_on_action
    from tests.world import PEOPLE

    who = "police"
    action = world.again(RELATIONS[relation](world, who))
    chaser = next((one.chaser_id for one in world.all(Waiting)), None)
    helpers = frozenset(one.person_id for one in world.all(ActionContributor) if one.person_id)
    facts = ActionFacts(
        owner=action.owner_id,
        owner_agency=action.owner_agency_id,
        owner_team=next(one.team_id for one in world.people.values() if one.id == action.owner_id),
        contributors=helpers,
        chaser=chaser,
        offered_to=action.offered_to_id,
        subject=SubjectFacts(workers=frozenset({world.id("other_worker")}), teams=frozenset({world.teams["blue"].id})),
    )
    for name in PEOPLE:
        actor = world.actor(name)
        for permission in (Permission.ACTION_LIST, Permission.ACTION_READ, Permission.ACTION_UPDATE):
            statement = sa.select(col(Action.id)).where(col(Action.id) == action.id)
            found = rows(world.session, scope.actions(statement, actor, world.today, permission))
            world.session.rollback()
            assert bool(found) == (scope_on_action(actor, permission, facts) is not None), (name, permission)
