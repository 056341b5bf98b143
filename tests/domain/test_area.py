"""What an area may set (rules 3, 4, 5 and 8)."""

from collections.abc import Mapping
from dataclasses import fields

import pytest

from mace.domain.area import LIMITS, Area
from mace.domain.vocabulary import RiskLevel, Tier


def test_an_area_needs_no_settings() -> None:
    area = Area()
    assert [area.longest_first_date(level) for level in RiskLevel] == [84, 56, 28]
    assert [area.tier_minutes(tier) for tier in (Tier.FULL, Tier.REVIEW, Tier.ON_PAPER)] == [10, 5, 1]
    assert area.level_name(RiskLevel.SIGNIFICANT) == "Significant"


def test_two_areas_with_the_same_settings_are_equal() -> None:
    assert Area() == Area.checked()
    assert hash(Area()) == hash(Area.checked())


def test_a_child_without_a_level_has_the_strictest_limits() -> None:
    assert Area().longest_first_date(None) == Area().longest_first_date(RiskLevel.SIGNIFICANT)
    assert Area().review_days(None) == Area().review_days(RiskLevel.SIGNIFICANT)
    assert Area().level_name(None) == "No level agreed"


def test_every_default_lies_within_its_own_limits() -> None:
    for name, (low, high) in LIMITS.items():
        value = getattr(Area(), name)
        numbers = value.values() if isinstance(value, Mapping) else [value]
        assert all(low <= number <= high for number in numbers), name


def test_every_number_has_limits() -> None:
    assert {setting.name for setting in fields(Area)} - {"level_names"} == set(LIMITS)


NUMBERS = [name for name in LIMITS if not isinstance(getattr(Area(), name), Mapping)]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_just_outside_its_limits_is_named_with_them(name: str) -> None:
    low, high = LIMITS[name]
    for value in (low - 1, high + 1):
        with pytest.raises(ValueError, match=rf"area\.{name} is {value}.* from {low} to {high}"):
            Area.checked(**{name: value})


@pytest.mark.parametrize("value", [True, "28", 28.0, None])
def test_a_number_must_be_a_whole_number(value: object) -> None:
    with pytest.raises(ValueError, match=r"area\.no_update_days"):
        Area.checked(no_update_days=value)


def test_an_unknown_setting_is_named() -> None:
    with pytest.raises(ValueError, match=r"area\.late_forgiven is not a setting"):
        Area.checked(late_forgiven=1)


def test_a_table_keeps_what_it_does_not_name() -> None:
    area = Area.checked(longest_first_date_days={"significant": 7}, level_names={"significant": "Red"})
    assert [area.longest_first_date(level) for level in RiskLevel] == [84, 56, 7]
    assert [area.level_name(level) for level in RiskLevel] == ["Emerging", "Moderate", "Red"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("longest_first_date_days", {"significant": 6}),
        ("longest_first_date_days", {"significant": 121}),
        ("longest_first_date_days", {"severe": 28}),
        ("longest_first_date_days", 28),
        ("minutes_by_tier", {"full": 0}),
        ("level_names", {"significant": " "}),
        ("level_names", {"significant": "x" * 41}),
    ],
)
def test_a_wrong_table_is_named(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"area\.{name}"):
        Area.checked(**{name: value})


def test_thresholds_must_rise() -> None:
    with pytest.raises(ValueError, match=r"drifting_days_late is 42.*less than area\.stuck_days_late"):
        Area.checked(drifting_days_late=42, stuck_days_late=42)
    assert Area.checked(drifting_days_late=41, stuck_days_late=42).stuck_days_late == 42
