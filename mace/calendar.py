"""London's days and England's closed days (``holidays`` library)."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

LONDON = ZoneInfo("Europe/London")


def london(moment: datetime) -> datetime:
    """The moment as a London clock shows it."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(LONDON)


def london_day(moment: datetime) -> date:
    """The calendar day in London at this moment."""
    return london(moment).date()


@lru_cache(maxsize=32)
def bank_holidays(year: int) -> frozenset[date]:
    """England's bank holidays of a year."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def closed_days(first: date, last: date, local: frozenset[date] = frozenset()) -> frozenset[date]:
    """Bank holidays between the two days, and days on which the area itself is closed."""
    years = range(first.year, last.year + 1)
    return frozenset(day for year in years for day in bank_holidays(year) if first <= day <= last) | local
