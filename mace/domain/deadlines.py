"""Working days, and how old somebody is. Closed days come in as an argument."""

from collections.abc import Collection
from datetime import date, timedelta


def is_working_day(day: date, closed: Collection[date]) -> bool:
    """Monday to Friday, and not closed."""
    return day.weekday() < 5 and day not in closed


def add_working_days(start: date, number: int, closed: Collection[date]) -> date:
    """The day ``number`` working days after ``start``; the start itself does not count."""
    day = start
    while number > 0:
        day += timedelta(days=1)
        if is_working_day(day, closed):
            number -= 1
    return day


def working_days_between(start: date, end: date, closed: Collection[date]) -> int:
    """Working days after ``start`` up to and including ``end``; 0 when the end is not later."""
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(is_working_day(day, closed) for day in days)


def age_on(born: date, today: date) -> int:
    """Years lived; somebody born on 29 February has their birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
