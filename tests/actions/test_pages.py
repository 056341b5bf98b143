"""One action's page and what its owner, chaser and plan lead say on it, as their readers see them."""

import re

import pytest

from mace.actions import commands
from mace.domain.vocabulary import ActionState, Decision, Handling, LineKind
from mace.models import Action, ActionContributor, Chase, Contribution
from tests.actions.make import a_running_meeting, a_wait, carrying, decide, do
from tests.pages import CheckedClient
from tests.world import World


def words_of(page: str) -> str:
    """The words of a page without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_another_worker_does_not_find_it(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    client.sign_in(world.id("other_worker")).get(f"/actions/{action.id}", status=404)


def test_the_page_says_everything_about_it(client: CheckedClient, world: World) -> None:
    child = world.a_child()
    action = world.an_action(
        child, due=world.day(-5), why="Lifts after school", contingency="The police visit the same evening"
    )
    world.add(ActionContributor(action_id=action.id, agency_id=world.agencies["police"].id))
    decide(world, action, a_running_meeting(world), Decision.CARRIED, **carrying(world, 14))
    words = words_of(client.sign_in(world.id("chair")).get(f"/actions/{action.id}"))
    for said in (
        action.what,
        child.name,
        "Hannah Bell, Children’s Services",
        "Fenland Police",
        "Lifts after school",
        "The police visit the same evening",
        "Older men give lifts after school",
        "Carried late once; 5 days past its first date",
        "Carried, past its date",
        "The school was closed",
        "Circumstances changed",
        "by the meeting, entered by Ruth Okoro",
        "Moved on",
        "whatever the date is moved to",
    ):
        assert said in words, said


def test_new_words_stand_beside_the_old_ones(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    decide(
        world, action, a_running_meeting(world), Decision.CHANGED,
        reason="The school changed", what="A safety plan with the new school", owner_id=world.id("teacher"),
    )  # fmt: skip
    words = words_of(client.sign_in(world.id("chair")).get(f"/actions/{action.id}"))
    assert f"Wording was: {action.what} Now: A safety plan with the new school" in words
    assert "Owner was Hannah Bell: now Sue Lambert" in words


def test_looks_by_meetings_stand_newest_first(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child(), set_on=world.day(-60), due=world.day(-40))
    for days, reason in ((-30, "The first look"), (-10, "The second look")):
        decide(
            world, action, a_running_meeting(world, days), Decision.CARRIED,
            **carrying(world, days + 15, reason=reason),
        )  # fmt: skip
    words = words_of(client.sign_in(world.id("chair")).get(f"/actions/{action.id}"))
    assert words.index("The second look") < words.index("The first look") < words.rindex("Agreed")


@pytest.mark.parametrize(
    ("person", "sees"), [("nurse", False), ("police_lead", True), ("police", True), ("chair", False)]
)
def test_a_line_that_only_the_police_may_have_is_not_on_another_persons_page(
    client: CheckedClient, world: World, person: str, sees: bool
) -> None:
    child = world.a_child(worker="police" if person == "police" else "worker")
    action = world.an_action(child, owner=None if person == "chair" else person, imported=person == "chair")
    world.add(
        Contribution(
            subject_id=child.id, action_id=action.id, kind=LineKind.UPDATE, words="Canary telephone data",
            said_on=world.today, entered_at=world.now, source_agency_id=world.agencies["police"].id,
            handling=Handling.POLICE_ONLY,
        )
    )  # fmt: skip
    page = client.sign_in(world.id(person)).get(f"/actions/{action.id}")
    assert ("Canary telephone data" in page) is sees


def test_an_action_for_two_children_tells_neither_childs_worker_of_the_other(
    client: CheckedClient, world: World
) -> None:
    aisha, bethan = world.a_child("Aisha Ashdown"), world.a_child("Bethan Birch", worker="other_worker")
    action = world.an_action(aisha, owner="police", children=(bethan,))
    client.sign_in(world.id("other_worker"))
    for address in ("/actions", f"/actions/{action.id}", "/actions.csv"):
        page = client.get(address)
        assert action.what in page
        assert "Bethan Birch" in page
        assert "Ashdown" not in page
        assert str(aisha.id) not in page
    client.sign_in(world.id("worker"))
    page = client.get(f"/actions/{action.id}")
    assert "Aisha Ashdown" in page
    assert "Birch" not in page
    assert "Aisha Ashdown" in client.sign_in(world.id("police")).get("/actions")


def test_an_owner_who_does_not_work_with_the_child_reads_no_worry(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child(), owner="police", why="Lifts near the school")
    page = client.sign_in(world.id("police")).get(f"/actions/{action.id}")
    assert "Lifts near the school" in page
    assert "Older men give lifts after school" not in page
    assert "/children/" not in page


# --- Saying what happened --------------------------------------------------------------------------------------------


def test_an_owner_reports_it_done_and_the_meeting_has_yet_to_accept(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    client.sign_in(world.id("worker"))
    form = {
        "says": "done",
        "words": "Recorded in the case note",
        "version": action.version,
        "done_on": [str(part) for part in (world.today.day, world.today.month, world.today.year)],
    }
    assert client.post(f"/actions/{action.id}/update", form) == f"/actions/{action.id}"
    page = words_of(client.get(f"/actions/{action.id}"))
    assert "Your update is saved" in page
    assert "Reported done on" in page
    assert world.again(action).state is ActionState.REPORTED_DONE


def test_a_form_with_something_missing_keeps_what_was_typed(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    client.sign_in(world.id("worker"))
    page = client.post(f"/actions/{action.id}/update", {"words": "The plan is <signed>"}, status=422)
    assert "Choose how far it is" in page
    assert "The plan is &lt;signed&gt;" in page


def test_somebody_who_saved_first_loses_nothing_and_neither_does_the_second(
    client: CheckedClient, world: World
) -> None:
    action = world.an_action(world.a_child())
    do(world, "manager", commands.record_update, action.id, words="The manager’s words", is_done=False)
    client.sign_in(world.id("worker"))
    form = {"says": "progress", "words": "The worker’s words", "version": action.version}
    page = client.post(f"/actions/{action.id}/update", form, status=422)
    assert "The manager’s words" in page
    assert "The worker’s words" in page
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert version
    client.post(f"/actions/{action.id}/update", {**form, "version": version.group(1)})
    assert len(world.all(Contribution)) == 2


def test_an_action_that_ended_takes_no_update_and_says_so(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    decide(world, action, a_running_meeting(world), Decision.STOPPED, reason="The family moved abroad")
    client.sign_in(world.id("worker"))
    assert "Say what happened" not in client.get(f"/actions/{action.id}")
    page = client.post(f"/actions/{action.id}/update", {"says": "progress", "words": "Still"}, status=422)
    assert "This action has ended" in page


# --- Is it mine? -----------------------------------------------------------------------------------------------------


def test_an_owner_accepts_an_action_and_is_asked_no_more(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None)
    client.sign_in(world.id("worker"))
    assert "I accept this action" in client.get(f"/actions/{action.id}")
    client.post(f"/actions/{action.id}/accept")
    assert "I accept this action" not in client.get(f"/actions/{action.id}")
    assert world.again(action).owner_accepted_at is not None


def test_nobody_else_accepts_for_the_owner(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None)
    client.sign_in(world.id("chair"))
    assert "I accept this action" not in client.get(f"/actions/{action.id}")
    client.post(f"/actions/{action.id}/accept", status=404)
    client.get(f"/actions/{action.id}/not-mine", status=404)


def test_words_of_an_owner_who_says_not_mine_reach_the_coordinator(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child(), owner_accepted_at=None, set_on=world.day(-14))
    client.sign_in(world.id("worker"))
    client.post(f"/actions/{action.id}/not-mine", {"because": ""}, status=422)
    client.post(f"/actions/{action.id}/not-mine", {"because": "Her school nurse does this"})
    client.sign_in(world.id("coordinator"))
    page = client.get(f"/actions/{action.id}")
    assert "Not mine, because: Her school nurse does this" in page
    assert "Not accepted by its owner for 14 days" in page
    assert action.what in client.get("/actions?accepted=no")


# --- Chasing ---------------------------------------------------------------------------------------------------------


def parts(world: World, days: int) -> list[str]:
    """A day as a form sends it."""
    day = world.day(days)
    return [str(day.day), str(day.month), str(day.year)]


def test_the_named_chaser_writes_down_a_chase(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world, chaser_id=world.id("teacher")))
    client.sign_in(world.id("teacher"))
    assert action.what in client.get("/actions?mine=yes")
    assert "Chasing CAMHS" in client.get(f"/actions/{action.id}/chase")
    form = {"chased_on": parts(world, 0), "words": "A date is promised by Friday", "next_by": parts(world, 29)}
    page = client.post(f"/actions/{action.id}/chase", form, status=422)
    assert "within 28 days" in page
    assert "A date is promised by Friday" in page
    client.post(f"/actions/{action.id}/chase", {**form, "next_by": parts(world, 28)})
    words = words_of(client.get(f"/actions/{action.id}"))
    assert "chased once" in words
    assert "Chased CAMHS by Sue Lambert" in words
    assert "Say what happened" not in words
    assert len(world.all(Chase)) == 1


def test_nobody_chases_what_is_not_theirs_or_does_not_wait(client: CheckedClient, world: World) -> None:
    action = world.an_action(world.a_child())
    client.sign_in(world.id("worker")).get(f"/actions/{action.id}/chase", status=404)
    decide(world, action, a_running_meeting(world), Decision.WAITING_ON, **a_wait(world))
    client.get(f"/actions/{action.id}/chase")
    client.sign_in(world.id("teacher")).get(f"/actions/{action.id}/chase", status=404)


# --- Moved to another plan -------------------------------------------------------------------------------------------


def an_offer(world: World, **values: object) -> Action:
    action = world.an_action(world.a_child(), **values)
    plan = {"plan": "The child protection plan", "plan_lead_id": world.id("other_worker")}
    decide(world, action, a_running_meeting(world), Decision.OFFERED_TO_PLAN, **plan)
    return action


def test_the_lead_of_the_plan_finds_the_action_and_takes_it_over(client: CheckedClient, world: World) -> None:
    action = an_offer(world)
    client.sign_in(world.id("other_worker"))
    assert action.what in client.get("/actions?mine=yes")
    assert "It stays open here until Tom Weller accepts it" in words_of(client.get(f"/actions/{action.id}"))
    client.post(f"/actions/{action.id}/offer", {"answer": "yes"})
    assert "Moved to The child protection plan, accepted by its lead, Tom Weller" in client.get(f"/actions/{action.id}")
    assert world.again(action).state is ActionState.MOVED


def test_a_lead_who_declines_says_why_and_no_longer_reads_it(client: CheckedClient, world: World) -> None:
    action = an_offer(world)
    client.sign_in(world.id("other_worker"))
    assert "Say why the plan does not take it" in client.post(
        f"/actions/{action.id}/offer", {"answer": "no"}, status=422
    )
    client.post(f"/actions/{action.id}/offer", {"answer": "no", "reason": "The plan ended in June"})
    client.get(f"/actions/{action.id}", status=404)
    words = words_of(client.sign_in(world.id("chair")).get(f"/actions/{action.id}"))
    assert "Not accepted into The child protection plan: The plan ended in June" in words
    assert world.again(action).ended_on is None


def test_the_coordinator_enters_what_the_lead_answered_by_email(client: CheckedClient, world: World) -> None:
    action = an_offer(world)
    client.sign_in(world.id("coordinator"))
    page = client.post(f"/actions/{action.id}/offer", {"answer": "yes"}, status=422)
    assert "Say how Tom Weller told you" in page
    client.post(f"/actions/{action.id}/offer", {"answer": "yes", "received_from": "by e-mail today"})
    words = words_of(client.get(f"/actions/{action.id}"))
    assert "Tom Weller, by e-mail today; entered by Priya Nair" in words


def test_nobody_else_answers_an_offer(client: CheckedClient, world: World) -> None:
    action = an_offer(world)
    client.sign_in(world.id("worker")).get(f"/actions/{action.id}/offer", status=404)
    client.post(f"/actions/{action.id}/offer", {"answer": "yes"}, status=404)
