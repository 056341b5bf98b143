"""What a person may type about series, meetings and their agendas."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from wtforms.validators import ValidationError

from mace.domain.vocabulary import (
    SeriesKind,
    SeriesRole,
    Tier,
)
from mace.web.forms import (
    ChoiceField,
    DayField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    NeededDay,
    PickField,
    TextField,
    as_uuid,
    clean,
    term_choices,
)


def _whole(low: int, high: int, what: str) -> Callable[[Any, Any], None]:
    """A whole number between two others."""

    def check(form: Any, field: Any) -> None:
        typed = str(field.data or "")
        if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and low <= int(typed) <= high):
            raise ValidationError(f"{what} must be a whole number from {low} to {high}")

    return check


_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)?", re.IGNORECASE | re.ASCII)


def read_clock(words: str) -> time | None:
    """The time in "10:30", "10.30", "2pm"; None for anything else."""
    found = _CLOCK.fullmatch(words.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3].lower() == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _clock(form: Any, field: Any) -> None:
    if field.data and read_clock(field.data) is None:
        raise ValidationError("Enter the time like 10:30 or 2pm")


class SeriesForm(Form):
    """A meeting that happens again and again."""

    version = HiddenField()
    name = TextField("Name of the series", validators=[Needed("Enter the name of the series")], longest=200)
    kind = ChoiceField(
        "What it discusses", choices=term_choices(SeriesKind), validators=[Needed("Choose what it discusses")]
    )
    cadence_days = TextField(
        "Days between meetings",
        description="28 for every four weeks, 7 for every week.",
        validators=[_whole(1, 366, "Days between meetings")],
    )
    available_minutes = TextField("Minutes for the agenda", validators=[_whole(10, 600, "Minutes for the agenda")])
    usual_time = TextField("Usual start", description="For example, 9:30.", validators=[_clock])

    def expected(self, typed: Mapping[str, Any], agencies: Sequence[UUID]) -> dict[UUID, bool]:
        """Agencies ticked as expected, each with whether a quorum needs it."""
        return {
            agency: typed.get(f"quorum-{agency}") == "yes"
            for agency in agencies
            if typed.get(f"expected-{agency}") == "yes" or typed.get(f"quorum-{agency}") == "yes"
        }

    def people(self, typed: Mapping[str, Any], people: Sequence[UUID]) -> dict[UUID, SeriesRole]:
        """People with the part they have in the series."""
        roles = {role.value: role for role in SeriesRole}
        return {person: roles[chosen] for person in people if (chosen := typed.get(f"role-{person}", "")) in roles}


class MeetingForm(Form):
    """One meeting."""

    version = HiddenField()
    series = PickField("Series", wrong="Choose the series")
    held_on = DayField("Day", validators=[NeededDay("Enter the day of the meeting")], what="The day of the meeting")
    starts_at = TextField("Starts at", description="For example, 9:30.", validators=[_clock])
    place = TextField("Place or link", description="A room, or where the link is. Never a child’s name.")
    available_minutes = TextField("Minutes for the agenda", validators=[_whole(10, 600, "Minutes for the agenda")])
    minute_taker = PickField("Who takes the minutes", description="Somebody else approves the records of this meeting.")

    def day(self) -> date:
        """The day of the meeting; the form has made sure that there is one."""
        day: date | None = self.held_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day

    def said(self) -> dict[str, Any]:
        """Everything typed but the series, as the commands take it."""
        return {
            "held_on": self.day(),
            "starts_at": read_clock(self.starts_at.data) if self.starts_at.data else None,
            "place": self.place.data or "",
            "available_minutes": int(self.available_minutes.data),
            "minute_taker_id": as_uuid(self.minute_taker.data),
        }


class BecauseForm(Form):
    """A reason."""

    because = LongTextField("Why", rows=2, validators=[Needed("Say why")])


class FindForm(Form):
    """Whom to add to an agenda."""

    words = TextField("Name or number", validators=[Needed("Enter a name or a number")], longest=200)


def tiers_of(typed: Mapping[str, Any], items: Sequence[UUID]) -> dict[UUID, Tier]:
    """The tier chosen for each item of an agenda."""
    known = {tier.value: tier for tier in Tier}
    return {item: known[chosen] for item in items if (chosen := typed.get(f"tier-{item}", "")) in known}


def places_of(typed: Mapping[str, Any], items: Sequence[UUID]) -> dict[UUID, int]:
    """The place typed for each item of an agenda, where it is a number."""
    words = {item: str(clean(typed.get(f"place-{item}", ""))) for item in items}
    return {item: int(place) for item, place in words.items() if place.isascii() and place.isdigit() and len(place) < 4}
