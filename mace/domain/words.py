"""How numbers and days are said in a sentence."""

from datetime import date


def count_of(number: int, thing: str) -> str:
    """ "1 action", "3 actions"."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def day_words(day: date, today: date) -> str:
    """ "4 March", with the year when it is another one."""
    words = f"{day.day} {day:%B}"
    return words if day.year == today.year else f"{words} {day.year}"
