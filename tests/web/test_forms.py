"""Fields: what is typed is kept and cleaned, and nothing that can be posted makes one fall over."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mace.web.forms import (
    LONGEST,
    ChoiceField,
    DayField,
    EmailField,
    Form,
    LongTextField,
    Needed,
    NeededDay,
    PasswordField,
    PickField,
    TextField,
    TickField,
    as_uuid,
    choices,
    clean,
    error_summary,
)
from tests.pages import CheckedClient
from tests.world import World


class Everything(Form):
    """One field of each kind."""

    name = TextField("Name", validators=[Needed("Enter the name")])
    email = EmailField("Email address")
    password = PasswordField("Password")
    words = LongTextField("Words", validators=[Needed("Say what happened")])
    day = DayField("The day", validators=[NeededDay("Enter the day")], what="The day")
    maybe = DayField("Another day")
    pick = PickField("Agency", choices=choices([("a", "Police"), ("b", "Health")], "Choose"))
    choice = ChoiceField("How far", choices=choices([("x", "Begun"), ("y", "Done")]))
    tick = TickField("Tell me")


Fill = Callable[..., Everything]


@pytest.fixture
def fill(app: Flask) -> Iterator[Fill]:
    """The form as somebody posted it, ready to be drawn again."""
    app.config["WTF_CSRF_ENABLED"] = False
    with ExitStack() as requests:

        def filled(body: str | None = None, **typed: Any) -> Everything:
            sent = urlencode(typed, doseq=True) if body is None else body
            kind = "application/x-www-form-urlencoded"
            requests.enter_context(app.test_request_context("/", method="POST", data=sent, content_type=kind))
            form = Everything()
            form.validate()
            return form

        yield filled


def _day(*parts: str) -> dict[str, Any]:
    return {"day": list(parts)}


@pytest.mark.parametrize(
    ("parts", "day"),
    [
        (("27", "11", "2026"), date(2026, 11, 27)),
        (("1", "1", "1900"), date(1900, 1, 1)),
        (("31", "12", "2100"), date(2100, 12, 31)),
        (("29", "2", "2028"), date(2028, 2, 29)),
        (("1", "feb", "2026"), date(2026, 2, 1)),
        (("1", "February", "2026"), date(2026, 2, 1)),
        ((" 1 ", " 2 ", " 2026 "), date(2026, 2, 1)),
        (("01", "02", "2026", "another"), date(2026, 2, 1)),
    ],
)
def test_a_day_is_read_as_people_write_it(fill: Fill, parts: tuple[str, ...], day: date) -> None:
    form = fill(**_day(*parts))
    assert (form.day.data, form.day.errors) == (day, [])


@pytest.mark.parametrize(
    ("parts", "says", "at"),
    [
        ((), "Enter the day", "day-day"),
        (("", "", ""), "Enter the day", "day-day"),
        (("27",), "The day must include a month and year", "day-month"),
        (("27", "11", ""), "The day must include a year", "day-year"),
        (("", "11", "2026"), "The day must include a day", "day-day"),
        (("27", "11", "26"), "The day must have a year of 4 numbers", "day-year"),
        (("27", "11", "1899"), "The day must have a year of 4 numbers", "day-year"),
        (("27", "11", "20260"), "The day must have a year of 4 numbers", "day-year"),
        (("27", "13", "2026"), "The day must be a real date", "day-month"),
        (("27", "xyz", "2026"), "The day must be a real date", "day-month"),
        (("32", "1", "2026"), "The day must be a real date", "day-day"),
        (("30", "2", "2026"), "The day must be a real date", "day-day"),
        (("29", "2", "2026"), "The day must be a real date", "day-day"),
        (("-1", "1", "2026"), "The day must be a real date", "day-day"),
        (("٣", "1", "2026"), "The day must be a real date", "day-day"),
        (("1" * 5000, "1", "2026"), "The day must be a real date", "day-day"),
        (("²", "1", "2026"), "The day must be a real date", "day-day"),
    ],
)
def test_what_is_wrong_with_a_day_is_said_and_the_link_lands_on_that_box(
    fill: Fill, parts: tuple[str, ...], says: str, at: str
) -> None:
    form = fill(**_day(*parts))
    assert form.day.data is None
    assert list(form.day.errors) == [says]
    assert (says, f"#{at}") in error_summary(form)
    assert f'id="{at}"' in str(form.day)


def test_half_a_day_keeps_what_was_typed(fill: Fill) -> None:
    drawn = str(fill(**_day("27", "Nov", "")).day)
    assert 'value="27"' in drawn
    assert 'value="Nov"' in drawn


def test_a_day_that_nobody_need_give_may_be_empty(fill: Fill) -> None:
    assert fill(maybe=["", "", ""]).maybe.errors == []
    assert fill().maybe.errors == []
    assert fill(maybe=["1", "", ""]).maybe.errors != []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Zoë  ", "Zoë"),
        ("Zoe\u0308", "Zoë"),
        ("a\x00b", "ab"),
        ("a\x07\x1b[31mb", "a[31mb"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("a\ud800b\udfff", "ab"),
        ("one\ntwo\ttwo and a half\r\nthree", "one\ntwo\ttwo and a half\r\nthree"),
        ("李 علي O’Brien \U0001f600", "李 علي O’Brien \U0001f600"),
        ("a\x7fb", "ab"),
        ("", ""),
    ],
)
def test_what_no_person_types_is_taken_out_and_all_else_stays(typed: str, kept: str) -> None:
    assert clean(typed) == kept


def test_only_text_is_cleaned() -> None:
    assert clean(None) is None
    assert clean(7) == 7


@given(st.text())
def test_what_is_clean_stays_clean_and_can_be_stored(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode("utf-8")
    assert "\x00" not in once


def test_text_of_nothing_but_spaces_is_nothing(fill: Fill) -> None:
    assert fill(name=" \t \u202e ").name.errors == ["Enter the name"]


@pytest.mark.parametrize(("length", "is_fine"), [(LONGEST, True), (LONGEST + 1, False)])
def test_the_longest_text(fill: Fill, length: int, is_fine: bool) -> None:
    form = fill(words="x" * length)
    assert (not form.words.errors) is is_fine
    assert "x" * length in str(form.words), "what was typed is kept"
    if not is_fine:
        assert form.words.errors == ["Words must be 100,000 characters or fewer"]


def test_a_text_that_is_too_long_comes_back_whole_with_422(app: Flask, world: World) -> None:
    action = world.an_action(world.a_child())
    client = CheckedClient(app).sign_in(world.id("worker"))
    typed = "Ä" + "x" * LONGEST
    page = client.post(
        f"/actions/{action.id}/update", {"says": "progress", "words": typed, "version": action.version}, status=422
    )
    assert typed in page
    assert "must be 100,000 characters or fewer" in page


@pytest.mark.parametrize("value", ["c", "", "A", "a ", "None", "0", "\x00", "x" * 5000])
def test_a_value_that_was_not_offered_is_said_so(fill: Fill, value: str) -> None:
    form = fill(pick=value, choice=value)
    if value:
        assert form.pick.errors == ["Choose one of the list"]
    if value not in ("", "None"):
        assert form.choice.errors == ["Choose one"]


def test_what_was_offered_is_taken(fill: Fill) -> None:
    form = fill(pick="b", choice="y")
    assert (form.pick.data, form.pick.errors) == ("b", [])
    assert (form.choice.data, form.choice.errors) == ("y", [])


def test_a_password_is_kept_as_typed_and_never_drawn_again(fill: Fill) -> None:
    form = fill(password="  with spaces\u202e ")
    assert form.password.data == "  with spaces\u202e "
    assert "with spaces" not in str(form.password)


def test_every_error_link_lands_on_something_that_takes_focus(fill: Fill) -> None:
    form = fill(pick="c", choice="z")
    drawn = "".join(str(field) for field in form)
    links = [href for _, href in error_summary(form)]
    assert len(links) == 5
    for href in links:
        assert f'id="{href[1:]}"' in drawn, href


def test_markup_is_shown_as_it_was_typed(fill: Fill) -> None:
    evil = "\"><script>alert(1)</script>'"
    form = fill(name=evil, words=evil, email=evil, day=[evil, evil, evil], pick=evil, choice=evil)
    for field in form:
        assert "<script>" not in str(field), field.name


FIELDS = ["name", "email", "password", "words", "day", "maybe", "pick", "choice", "tick", "other"]


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=30)), max_size=25))
def test_no_post_makes_a_form_fall_over(fill: Fill, pairs: list[tuple[str, str]]) -> None:
    body = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    form = fill(body=body)
    error_summary(form)
    assert all(str(field) for field in form)


@pytest.mark.parametrize("value", [None, "", "x", 7, "0" * 32 + "x", b"x", "{" + "0" * 8 + "}"])
def test_what_is_no_id_is_none(value: Any) -> None:
    assert as_uuid(value) is None


def test_json_is_no_form(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for body in (b'{"name": "x"}', b"[1]", b"[" * 50_000, b'"x"', b"{"):
        with app.test_request_context("/", method="POST", data=body, content_type="application/json"):
            form = Everything()
            assert not form.validate()
            assert not form.name.data
