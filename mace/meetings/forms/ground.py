"""What the forms of a meeting share: choices, and what a field holds in words."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from mace.domain.words import full_day
from mace.web.forms import (
    DayField,
    Form,
    HiddenField,
)

Pairs = Iterable[tuple[Any, str]]


def in_words(field: Any) -> str:
    """What a field holds, as a person reads it."""
    value = field.data
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return full_day(value)
    if isinstance(field, DayField):
        return " ".join(str(part) for part in field.raw_data or () if part)
    labels = {str(choice.value): choice.label for choice in getattr(field, "choices", None) or ()}
    return str(labels.get(str(value or ""), value or "")) if value else ""


def differences(mine: Form, theirs: Form) -> list[tuple[str, str]]:
    """Where somebody else saved something other than what is typed here: each label with their words."""
    pairs = ((mine._fields[name], field) for name, field in theirs._fields.items() if name in mine._fields)
    return [
        (field.label.text, in_words(field))
        for typed, field in pairs
        if not isinstance(field, HiddenField) and in_words(typed) != in_words(field)
    ]
