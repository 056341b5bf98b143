"""Fields that draw as GOV.UK components, clean what is typed, and never lose it.

Mends what the widget package gets wrong: dates that crash on a partial post, hints that are empty, error links that
focus nothing. Feature forms subclass :class:`Form` and offer typed accessors.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.file import FileField as _File
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import (
    PasswordField as _Password,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput

from mace.domain.errors import Refused
from mace.domain.vocabulary import Term

LONGEST = 100_000
_STRIPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MONTHS = {
    name: n
    for n, name in enumerate(
        (
            "jan",
            "feb",
            "mar",
            "apr",
            "may",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct",
            "nov",
            "dec",
        ),
        start=1,
    )
}


def clean(text: Any) -> Any:
    """What was typed without characters that no person types: controls, direction overrides, half characters."""
    if not isinstance(text, str):
        return text
    return unicodedata.normalize("NFC", _STRIPPED.sub("", text)).strip()


def as_uuid(value: Any) -> UUID | None:
    """The id in a picker's value, or None for anything else."""
    try:
        return UUID(str(value))
    except ValueError:
        return None


def known_version(typed: Any) -> int | None:
    """The version that the person was looking at, from a hidden field; None for anything else."""
    words = str(typed or "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None


def choices(pairs: Iterable[tuple[Any, str]], blank: str | None = None) -> list[SelectChoice]:
    """Choices for a picker or radios; ``blank`` is the first, empty one."""
    first = [SelectChoice("", blank)] if blank is not None else []
    return first + [SelectChoice(str(value), label) for value, label in pairs]


def term_choices(terms: type[Term] | Sequence[Term], blank: str | None = None) -> list[SelectChoice]:
    """Choices from words of the field."""
    return choices([(term.value, term.label) for term in terms], blank)


class Needed(InputRequired):
    """Something must be typed; the message says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message=message)

    def __call__(self, form: Any, field: Any) -> None:
        if not field.data or (isinstance(field.data, str) and not field.data.strip()):
            raise StopValidation(self.message)


class NeededDay:
    """A day must be given; keeps the better message when the day is half typed."""

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if field.process_errors:
            raise StopValidation()
        if field.data is None:
            raise StopValidation(self.message)


def _not_too_long(form: Any, field: Any) -> None:
    if isinstance(field.data, str) and len(field.data) > field.longest:
        raise ValidationError(f"{field.label.text} must be {field.longest:,} characters or fewer")


class _NoEmptyHint:
    """The stock radios and checkboxes always print a hint, even an empty one."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Any:
        kwargs.pop("required", None)
        params = super().map_gov_params(field, **kwargs)  # type: ignore[misc]
        if not (params.get("hint") or {}).get("text"):
            params.pop("hint", None)
        return params


class _Radios(_NoEmptyHint, gov.GovRadioInput):
    pass


class _Checkbox(_NoEmptyHint, gov.GovCheckboxInput):
    pass


class _DayBoxes(gov.GovDateInput):
    """Copes with a post that lacks a part, and puts no attributes on the group's element."""

    def map_gov_params(self, field: Any, **kwargs: Any) -> Any:
        kwargs.pop("required", None)
        kwargs.pop("value", None)
        typed = [str(value) for value in (field.raw_data or [])][:3]
        kept = field.raw_data
        field.raw_data = typed + [""] * (3 - len(typed)) if typed else None
        try:
            params = super().map_gov_params(field, **kwargs)
        finally:
            field.raw_data = kept
        if field.wrong_parts:
            for part, item in zip(("day", "month", "year"), params["items"], strict=True):
                if part not in field.wrong_parts:
                    item["classes"] = item["classes"].replace("govuk-input--error", "").strip()
        return params


class _Bold:
    """Labels at the size of working pages, unless a template says otherwise."""

    label_class = "govuk-label--s"

    def __call__(self, **kwargs: Any) -> Any:
        params = dict(kwargs.pop("params", None) or {})
        if "label" not in params and "fieldset" not in params:
            params.update(self.params())
        return super().__call__(params=params, **kwargs)  # type: ignore[misc]

    def params(self) -> dict[str, Any]:
        """What the GOV.UK macro is told beside the field's own data."""
        return {"label": {"classes": self.label_class}}


class TextField(_Bold, StringField):
    """One line of text."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        longest: int = 300,
        **kwargs: Any,
    ) -> None:
        self.longest = longest
        super().__init__(
            label,
            [*validators, _not_too_long],
            filters=[clean],
            widget=gov.GovTextInput(),
            **kwargs,
        )


class EmailField(TextField):
    """An e-mail address."""

    def params(self) -> dict[str, Any]:
        return {
            **super().params(),
            "type": "email",
            "autocomplete": "username",
            "spellcheck": False,
        }


class PasswordField(_Bold, _Password):
    """A password: kept exactly as typed, never drawn again."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, list(validators), widget=gov.GovPasswordInput(), **kwargs)

    def params(self) -> dict[str, Any]:
        return {**super().params(), "autocomplete": "current-password"}


class LongTextField(_Bold, TextAreaField):
    """Several lines of text."""

    def __init__(self, label: str, validators: Sequence[Any] = (), rows: int = 3, **kwargs: Any) -> None:
        self.rows, self.longest = rows, LONGEST
        super().__init__(
            label,
            [*validators, _not_too_long],
            filters=[clean],
            widget=gov.GovTextArea(),
            **kwargs,
        )

    def params(self) -> dict[str, Any]:
        return {**super().params(), "rows": self.rows}


class FileField(_Bold, _File):
    """One file to choose; a browser never shows it again."""

    def __init__(self, label: str, validators: Sequence[Any] = (), **kwargs: Any) -> None:
        super().__init__(label, list(validators), widget=gov.GovFileInput(), **kwargs)


class _OneOf:
    """A value outside the list is an error in words, never a crash."""

    def pre_validate(self, form: Any) -> None:
        if str(self.data or "") not in {str(choice.value) for choice in self.choices or ()}:  # type: ignore[attr-defined]
            raise StopValidation(self.wrong)  # type: ignore[attr-defined]


class PickField(_Bold, _OneOf, SelectField):
    """One of a list, as a drop-down."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        wrong: str = "Choose one of the list",
        **kwargs: Any,
    ):
        self.wrong = wrong
        kwargs.setdefault("choices", [])
        super().__init__(label, list(validators), widget=gov.GovSelect(), **kwargs)


class ChoiceField(_Bold, _OneOf, RadioField):
    """One of a few, as radios."""

    def __init__(
        self,
        label: str,
        validators: Sequence[Any] = (),
        wrong: str = "Choose one",
        **kwargs: Any,
    ) -> None:
        self.wrong = wrong
        kwargs.setdefault("choices", [])
        super().__init__(label, list(validators), widget=_Radios(), **kwargs)

    def pre_validate(self, form: Any) -> None:
        if self.data in (None, "", "None"):
            return
        super().pre_validate(form)

    def params(self) -> dict[str, Any]:
        return {
            "classes": "govuk-radios--small",
            "fieldset": {
                "legend": {
                    "text": self.label.text,
                    "classes": "govuk-fieldset__legend--s",
                }
            },
        }


class _Checkboxes(_NoEmptyHint, gov.GovCheckboxesInput):
    pass


class TicksField(_Bold, SelectMultipleField):
    """Any number of a few, as boxes to tick."""

    def __init__(self, label: str, validators: Sequence[Any] = (), wrong: str = "Tick from the list", **kwargs: Any):
        self.wrong = wrong
        super().__init__(label, list(validators), widget=_Checkboxes(), option_widget=CheckboxInput(), **kwargs)

    def pre_validate(self, form: Any) -> None:
        if set(self.data or ()) - {str(choice.value) for choice in self.choices or ()}:
            raise StopValidation(self.wrong)

    def params(self) -> dict[str, Any]:
        return {
            "classes": "govuk-checkboxes--small",
            "fieldset": {
                "legend": {
                    "text": self.label.text,
                    "classes": "govuk-fieldset__legend--s",
                }
            },
        }


class TickField(BooleanField):
    """One box to tick."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, widget=_Checkbox(), **kwargs)


class DayField(_Bold, DateField):
    """Day, month and year in three boxes; says which part is wrong; takes "feb" as well as 2."""

    def __init__(self, label: str, validators: Sequence[Any] = (), what: str = "", **kwargs: Any) -> None:
        super().__init__(label, list(validators), format="%d %m %Y", widget=_DayBoxes(), **kwargs)
        self.what = what or label
        self.wrong_parts: list[str] = []

    @property
    def error_id(self) -> str:
        """The box that an error link lands on."""
        return f"{self.id}-{(self.wrong_parts or ['day'])[0]}"

    def params(self) -> dict[str, Any]:
        return {
            "fieldset": {
                "legend": {
                    "text": self.label.text,
                    "classes": "govuk-fieldset__legend--s",
                }
            }
        }

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data, self.wrong_parts = None, []
        parts = [str(clean(str(value))) for value in valuelist][:3]
        parts += [""] * (3 - len(parts))
        missing = [name for name, part in zip(("day", "month", "year"), parts, strict=True) if not part]
        if len(missing) == 3:
            self.raw_data: list[Any] = []
            return
        if missing:
            self.wrong_parts = missing
            raise ValueError(f"{self.what} must include a {' and '.join(missing)}")
        self.data = self._read(*parts)

    def _read(self, day: str, month: str, year: str) -> date:
        month = str(_MONTHS.get(month[:3].lower(), month))
        for part, text, fits in (
            ("year", year, lambda n: 1900 <= n <= 2100),
            ("month", month, lambda n: 1 <= n <= 12),
            ("day", day, lambda n: 1 <= n <= 31),
        ):
            if not (text.isascii() and text.isdigit() and len(text) <= 4 and fits(int(text))):
                self.wrong_parts = [part]
                raise ValueError(
                    f"{self.what} must have a year of 4 numbers"
                    if part == "year"
                    else f"{self.what} must be a real date"
                )
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            self.wrong_parts = ["day"]
            raise ValueError(f"{self.what} must be a real date") from None


class Pointed(str):
    """A refusal about an input that a template draws by itself, with the link that lands on it."""

    href = ""

    @classmethod
    def at(cls, reason: str, element_id: str) -> "Pointed":
        """The reason, and the id of the input."""
        pointed = cls(reason)
        pointed.href = f"#{element_id}"
        return pointed


class Form(FlaskForm):
    """What every form shares."""

    class Meta(FlaskForm.Meta):
        """How a form reads what was sent: as a form sends it, never JSON, which may be of any shape and depth."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            return None if request.is_json else super().wrap_formdata(form, formdata)

    def refuse(self, reason: str, field: str | None = None) -> None:
        """Show a refusal beside the field it is about, or at the top of the form."""
        if field is not None and field in self._fields:
            self._fields[field].errors = [*self._fields[field].errors, reason]
        else:
            self.form_errors.append(reason)

    def refuse_at(self, reason: str, element_id: str) -> None:
        """Show a refusal about an input of a row or table that is no field of this form."""
        self.form_errors.append(Pointed.at(reason, element_id))

    def refuse_all(self, no: Refused) -> None:
        """Show everything a refusal asks for, each beside its field."""
        self.refuse(no.reason, no.field)
        for field, reason in no.also:
            self.refuse(reason, field)


def error_summary(form: Form) -> list[tuple[str, str]]:
    """Every error with the link that lands on something that takes focus."""
    top = [(str(text), getattr(text, "href", "")) for text in form.form_errors]
    return top + [
        (
            field.errors[0],
            "#"
            + getattr(
                field,
                "error_id",
                field.id if not isinstance(field, RadioField) else f"{field.id}",
            ),
        )
        for field in form
        if field.errors
    ]


__all__ = [
    "ChoiceField",
    "DayField",
    "EmailField",
    "FileField",
    "Form",
    "HiddenField",
    "LongTextField",
    "Needed",
    "NeededDay",
    "PasswordField",
    "PickField",
    "TextField",
    "TickField",
    "TicksField",
    "as_uuid",
    "choices",
    "clean",
    "error_summary",
    "term_choices",
]
