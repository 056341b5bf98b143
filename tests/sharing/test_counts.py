"""The figures of a start page, and which records are not reaching a worker."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

import pytest

from mace.database import transaction
from mace.domain.vocabulary import RecordAnswer
from mace.models import Delivery
from mace.sharing.commands import follow_allocation
from mace.sharing.queries import list_not_reaching, list_team_unanswered, list_to_answer, list_undelivered
from mace.sharing.queries.lists import answered_too_late_from
from tests.sharing.make import an_item_to_release, approve, cannot_sign_in, end, reallocate, release, sent_to
from tests.world import World

LONG_AGO = timedelta(days=9)


class Counts(NamedTuple):
    """The figures that start pages take from the lists."""

    new: int = 0
    to_answer: int = 0
    team_over: int = 0
    undelivered: int = 0
    not_reaching: int = 0


def counts(world: World, who: str) -> Counts:
    session, actor, today, area = world.session, world.actor(who), world.today, world.settings.area
    mine = list_to_answer(session, actor, today, area)
    found = Counts(
        mine.new,
        len(mine.rows),
        list_team_unanswered(session, actor, today, area).over,
        len(list_undelivered(session, actor, today).rows),
        len(list_not_reaching(session, actor, today, area)),
    )
    world._let_go()
    return found


def not_reaching(world: World) -> list[tuple[str, str]]:
    actor = world.actor("chair")
    found = list_not_reaching(world.session, actor, world.today, world.settings.area)
    world._let_go()
    return [(one.subject, one.because) for one in found]


@pytest.mark.parametrize(
    ("today", "from_day"),
    [
        (date(2026, 11, 26), date(2026, 11, 24)),
        (date(2026, 11, 23), date(2026, 11, 19)),
        (date(2026, 12, 29), date(2026, 12, 23)),
    ],
    ids=["Thursday: sent before Tuesday", "Monday: before Thursday", "after Christmas: before the 23rd"],
)
def test_two_working_days_leave_out_weekends_and_bank_holidays(today: date, from_day: date) -> None:
    assert answered_too_late_from(today, 2) == datetime.combine(from_day, datetime.min.time(), UTC)


def test_new_and_unanswered_are_counted_until_opened_and_answered(world: World) -> None:
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, world.a_child())))
    assert (counts(world, "worker").new, counts(world, "worker").to_answer) == (1, 1)
    end(world, sent, opened_at=world.now)
    assert (counts(world, "worker").new, counts(world, "worker").to_answer) == (0, 1)
    end(world, sent, answer=RecordAnswer.ACTING, answered_at=world.now)
    assert (counts(world, "worker").new, counts(world, "worker").to_answer) == (0, 0)


def test_a_newer_version_is_new_again_and_counted_once(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    end(world, sent_to(world, "worker", release(world, item)), opened_at=world.now)
    approve(world, item)
    assert (counts(world, "worker").new, counts(world, "worker").to_answer) == (1, 1)


def test_what_is_no_longer_mine_is_not_counted(world: World) -> None:
    child = world.a_child()
    release(world, an_item_to_release(world, child))
    reallocate(world, child, "other_worker")
    assert counts(world, "worker") == Counts()


def test_a_manager_is_told_after_two_working_days_and_at_once_of_not_mine(world: World) -> None:
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, world.a_child())))
    assert counts(world, "manager").team_over == 0
    end(world, sent, sent_at=world.now - LONG_AGO)
    assert counts(world, "manager").team_over == 1
    assert counts(world, "other_manager").team_over == 0
    end(world, sent, answer=RecordAnswer.ACTING, answered_at=world.now)
    assert counts(world, "manager").team_over == 0
    end(world, sent, answer=RecordAnswer.NOT_MINE, sent_at=world.now)
    assert counts(world, "manager").team_over == 1


def test_those_who_run_the_meetings_count_what_reached_nobody(world: World) -> None:
    release(world, an_item_to_release(world, world.a_child(worker=None)))
    assert (counts(world, "coordinator").undelivered, counts(world, "coordinator").not_reaching) == (1, 1)
    assert (counts(world, "worker").undelivered, counts(world, "worker").not_reaching) == (0, 0)


@pytest.mark.parametrize("who", ["analyst", "executive", "ig_lead", "sysadmin"])
def test_a_role_without_records_counts_none(world: World, who: str) -> None:
    release(world, an_item_to_release(world, world.a_child(worker=None)))
    assert counts(world, who) == Counts()


def test_a_record_that_was_opened_or_sent_a_moment_ago_reaches_its_worker(world: World) -> None:
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, world.a_child())))
    assert not_reaching(world) == []
    end(world, sent, sent_at=world.now - LONG_AGO)
    assert not_reaching(world) == [("Aisha Ashdown", "Sent and not opened")]
    end(world, sent, opened_at=world.now)
    assert not_reaching(world) == []


def test_an_older_version_that_was_opened_does_not_count_for_the_newest(world: World) -> None:
    item = an_item_to_release(world, world.a_child())
    end(world, sent_to(world, "worker", release(world, item)), opened_at=world.now)
    end(world, sent_to(world, "worker", approve(world, item)), sent_at=world.now - LONG_AGO)
    assert not_reaching(world) == [("Aisha Ashdown", "Sent and not opened")]


def test_a_child_without_a_worker_or_with_one_nobody_can_reach_is_listed(world: World) -> None:
    cannot_sign_in(world, "other_worker", "other_manager")
    release(world, an_item_to_release(world, world.a_child("Ben Brackley", worker=None)))
    release(world, an_item_to_release(world, world.a_child("Chloe Carrow", worker="other_worker")))
    assert dict(not_reaching(world)) == {
        "Ben Brackley": "No worker is allocated to this child",
        "Chloe Carrow": "Tom Weller cannot sign in, and neither can a manager of their team",
    }


def test_where_the_worker_cannot_sign_in_the_managers_opening_counts(world: World) -> None:
    cannot_sign_in(world, "worker")
    sent = sent_to(world, "manager", release(world, an_item_to_release(world, world.a_child())))
    end(world, sent, sent_at=world.now - LONG_AGO)
    assert not_reaching(world) == [("Aisha Ashdown", "Sent to the manager and not opened")]
    end(world, sent, opened_at=world.now)
    assert not_reaching(world) == []


def test_after_a_reallocation_the_record_has_not_reached_until_it_follows(world: World) -> None:
    child = world.a_child()
    sent = sent_to(world, "worker", release(world, an_item_to_release(world, child)))
    end(world, sent, opened_at=world.now)
    reallocate(world, child, "other_worker")
    assert not_reaching(world) == [("Aisha Ashdown", "It has not been sent to the present worker")]
    actor = world.actor("chair")
    with transaction(world.session, actor):
        assert follow_allocation(world.session, actor, child.id, now=world.now) == 2
    assert not_reaching(world) == []
    assert world.again(sent).ended_at == world.now
    assert counts(world, "other_worker").new == 1


def test_a_reallocation_inside_the_team_sends_only_to_the_new_worker(world: World) -> None:
    child = world.a_child()
    release(world, an_item_to_release(world, child))
    end(world, world.people["other_worker"], team_id=world.teams["red"].id)
    world.people["other_worker"].team_id = world.teams["red"].id
    reallocate(world, child, "other_worker")
    actor = world.actor("manager")
    with transaction(world.session, actor):
        assert follow_allocation(world.session, actor, child.id, now=world.now) == 1
    assert len(world.all(Delivery, Delivery.person_id == world.id("manager"))) == 1


def test_a_reallocation_of_a_child_without_a_record_sends_nothing(world: World) -> None:
    child = world.a_child()
    actor = world.actor("manager")
    with transaction(world.session, actor):
        assert follow_allocation(world.session, actor, child.id, now=world.now) == 0


def test_a_closed_child_is_no_longer_listed(world: World) -> None:
    child = world.a_child(worker=None)
    release(world, an_item_to_release(world, child))
    end(world, child, closed_on=world.today)
    assert not_reaching(world) == []


def test_only_the_newest_meeting_of_a_child_counts(world: World) -> None:
    child = world.a_child()
    first = an_item_to_release(world, child)
    (meeting,) = [one for one in world.all(type(world.a_meeting())) if one.id == first.meeting_id]
    end(world, meeting, held_on=world.day(-28))
    end(world, sent_to(world, "worker", release(world, first)), sent_at=world.now - LONG_AGO)
    newest = release(world, an_item_to_release(world, child))
    end(world, sent_to(world, "worker", newest), opened_at=world.now)
    assert not_reaching(world) == []
