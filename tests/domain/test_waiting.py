"""Waiting on somebody (rule 4)."""

from mace.domain.area import Area
from mace.domain.waiting import (
    days_waiting,
    is_answer_overdue,
    is_blocker,
    latest_chase_by,
    missed_chase_on,
    needs_another_way,
    waiting_in_words,
)
from tests.domain.make import FIRST_DATE, a_wait, after


def test_a_chase_is_missed_from_the_day_after_it_was_promised() -> None:
    assert missed_chase_on(a_wait(), after(28)) is None
    assert missed_chase_on(a_wait(), after(29)) == after(29)
    assert missed_chase_on(a_wait(), after(60)) == after(29)


def test_a_chase_on_its_day_keeps_the_promise() -> None:
    assert missed_chase_on(a_wait(chases=(after(28),)), after(60)) is None


def test_a_chase_that_promised_the_next_one_does_not_stand_for_it() -> None:
    assert missed_chase_on(a_wait(chases=(after(10),)), after(29)) == after(29)


def test_a_chase_that_came_late_does_not_undo_the_miss() -> None:
    late = a_wait(chases=(after(30),), promised=(after(28),), chase_by=after(58))
    assert missed_chase_on(late, after(31)) == after(29)
    kept = a_wait(chases=(after(28),), promised=(after(28),), chase_by=after(56))
    assert missed_chase_on(kept, after(56)) is None
    assert missed_chase_on(kept, after(57)) == after(57)


def test_accepting_the_same_wait_again_keeps_the_chases_made_before() -> None:
    again = a_wait(began_on=after(30), chases=(after(40),), promised=(after(50),), chase_by=after(60), chased_before=2)
    assert waiting_in_words(again, after(41)).endswith("on CAMHS, chased 3 times")


def test_the_next_chase_is_at_most_28_days_off() -> None:
    assert latest_chase_by(FIRST_DATE, Area()) == after(28)
    assert latest_chase_by(FIRST_DATE, Area.checked(chase_within_days=7)) == after(7)


def test_accepting_it_again_does_not_reset_the_days_waited() -> None:
    assert days_waiting(a_wait(began_on=after(50)), after(74)) == 74


def test_the_answer_is_overdue_the_day_after_it_was_expected() -> None:
    assert not is_answer_overdue(a_wait(), after(40))
    assert is_answer_overdue(a_wait(), after(41))


def test_only_a_body_outside_the_partnership_is_a_blocker() -> None:
    assert not is_blocker(a_wait())
    assert is_blocker(a_wait(is_member_agency=False))


def test_the_third_review_needs_another_way_to_protect_the_child() -> None:
    assert [needs_another_way(number) for number in (1, 2, 3, 4)] == [False, False, True, True]


def test_waiting_in_words() -> None:
    chased = a_wait(chases=(after(20), after(40), after(60)), chase_by=after(80))
    assert waiting_in_words(chased, after(74)) == "Waiting 74 days on CAMHS, chased 3 times"
    assert waiting_in_words(a_wait(), after(1)) == "Waiting 1 day on CAMHS, not chased yet"
    assert waiting_in_words(a_wait(), after(29)) == "Waiting 29 days on CAMHS, not chased yet; no chase by 1 April"
