"""Numbers and days as people say them."""

from datetime import date

from mace.domain.words import count_of, counts_of, day_words, full_day, times


def test_a_number_stands_with_its_noun() -> None:
    assert [count_of(n, "day") for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
    assert count_of(3, "child", "children") == "3 children"


def test_several_counts_leave_noughts_out() -> None:
    assert (
        counts_of((1, "child", "children"), (0, "action", "actions"), (2, "entry", "entries")) == "1 child, 2 entries"
    )
    assert counts_of((0, "child", "children")) == ""


def test_times_have_words_of_their_own_up_to_twice() -> None:
    assert [times(n) for n in (1, 2, 3)] == ["once", "twice", "3 times"]


def test_a_day_names_its_year_only_when_it_is_another() -> None:
    assert full_day(date(2026, 3, 4)) == "4 March 2026"
    assert day_words(date(2026, 3, 4), date(2026, 11, 24)) == "4 March"
    assert day_words(date(2025, 3, 4), date(2026, 11, 24)) == "4 March 2025"
