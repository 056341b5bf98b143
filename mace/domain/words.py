"""Numbers and days as people say them: "3 times", "1 day", "4 March"."""

from datetime import date

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def count_of(number: int, one: str, many: str = "") -> str:
    """ "1 day", "5 days": the number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def counts_of(*counts: tuple[int, str, str]) -> str:
    """ "1 child, 5 actions": each number with its noun, noughts left out."""
    return ", ".join(count_of(number, one, many) for number, one, many in counts if number)


def full_day(day: date) -> str:
    """ "4 March 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_words(day: date, today: date) -> str:
    """ "4 March"; with its year when that is not this year."""
    return f"{day.day} {MONTHS[day.month - 1]}" if day.year == today.year else full_day(day)
