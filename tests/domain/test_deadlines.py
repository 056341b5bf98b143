"""Working days, ages, and London's days."""

from datetime import UTC, date, datetime

import pytest

from mace.calendar import closed_days, london, london_day
from mace.domain.deadlines import add_working_days, age_on, is_working_day, working_days_between

FRIDAY, MONDAY, TUESDAY = date(2026, 4, 3), date(2026, 4, 6), date(2026, 4, 7)
EASTER = frozenset({FRIDAY, MONDAY})


def test_weekends_and_closed_days_are_not_working_days() -> None:
    assert is_working_day(FRIDAY, frozenset())
    assert not is_working_day(FRIDAY, EASTER)
    assert not is_working_day(date(2026, 4, 4), frozenset())


@pytest.mark.parametrize(("number", "expected"), [(0, date(2026, 4, 2)), (1, TUESDAY), (2, date(2026, 4, 8))])
def test_working_days_step_over_easter(number: int, expected: date) -> None:
    assert add_working_days(date(2026, 4, 2), number, EASTER) == expected


def test_working_days_between_leave_out_the_first_day_and_count_the_last() -> None:
    assert working_days_between(date(2026, 4, 2), TUESDAY, EASTER) == 1
    assert working_days_between(TUESDAY, TUESDAY, EASTER) == 0
    assert working_days_between(TUESDAY, date(2026, 4, 2), EASTER) == 0


def test_a_birthday_adds_the_year() -> None:
    born = date(2010, 5, 17)
    assert age_on(born, date(2026, 5, 16)) == 15
    assert age_on(born, date(2026, 5, 17)) == 16


def test_somebody_born_on_29_february_has_a_birthday_on_1_march() -> None:
    assert age_on(date(2012, 2, 29), date(2026, 2, 28)) == 13
    assert age_on(date(2012, 2, 29), date(2026, 3, 1)) == 14


def test_england_closes_on_easter_monday_and_the_august_bank_holiday() -> None:
    closed = closed_days(date(2026, 1, 1), date(2026, 12, 31))
    assert {FRIDAY, MONDAY, date(2026, 8, 31), date(2026, 12, 28)} <= closed
    assert date(2026, 8, 3) not in closed, "that one is Scotland's"


def test_closed_days_span_a_new_year_and_keep_to_their_ends() -> None:
    assert closed_days(date(2026, 12, 26), date(2027, 1, 1)) >= {date(2026, 12, 28), date(2027, 1, 1)}
    assert closed_days(date(2026, 4, 4), date(2026, 4, 5)) == frozenset()


def test_a_summer_evening_in_utc_is_the_next_day_in_london() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert london_day(late) == date(2026, 7, 1)
    assert london(late).hour == 0
    assert london_day(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 12, 31)


def test_a_moment_without_a_zone_is_taken_as_utc() -> None:
    assert london_day(datetime(2026, 6, 30, 23, 30)) == date(2026, 7, 1)
