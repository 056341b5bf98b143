"""What an area may set for itself, within hard limits that no setting can pass (rules 3, 4, 5 and 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Self, TypeVar

from mace.domain.vocabulary import RiskLevel, Tier

K = TypeVar("K", bound=StrEnum)


def _level_names() -> Mapping[RiskLevel, str]:
    return MappingProxyType({level: level.label for level in RiskLevel})


def _days_by_level() -> Mapping[RiskLevel, int]:
    return MappingProxyType({RiskLevel.EMERGING: 84, RiskLevel.MODERATE: 56, RiskLevel.SIGNIFICANT: 28})


def _minutes_by_tier() -> Mapping[Tier, int]:
    return MappingProxyType({Tier.FULL: 10, Tier.REVIEW: 5, Tier.ON_PAPER: 1})


LIMITS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "longest_first_date_days": (7, 120),
        "review_every_days": (7, 120),
        "minutes_by_tier": (1, 60),
        "late_without_date_days": (7, 28),
        "slipping_late_carries": (1, 1),
        "drifting_late_carries": (2, 3),
        "stuck_late_carries": (3, 4),
        "slipping_days_late": (1, 14),
        "drifting_days_late": (14, 42),
        "stuck_days_late": (28, 84),
        "no_update_days": (7, 56),
        "not_accepted_days": (1, 14),
        "question_late_carries": (1, 2),
        "question_days_late": (14, 28),
        "chase_within_days": (7, 28),
        "record_chase_working_days": (1, 5),
        "record_manager_working_days": (2, 10),
        "access_after_days": (0, 28),
    }
)
"""The hard limits of each number, both ends allowed."""


@dataclass(frozen=True, slots=True)
class Area:
    """How one partnership runs the rules. Days are calendar days unless the name says working days."""

    level_names: Mapping[RiskLevel, str] = field(default_factory=_level_names, hash=False)
    """What this area calls each level; the order never changes."""
    longest_first_date_days: Mapping[RiskLevel, int] = field(default_factory=_days_by_level, hash=False)
    """How far off a first date may be before the late line is drawn at this limit instead (rule 3)."""
    review_every_days: Mapping[RiskLevel, int] = field(default_factory=_days_by_level, hash=False)
    """How long until the next review at each level."""
    minutes_by_tier: Mapping[Tier, int] = field(default_factory=_minutes_by_tier, hash=False)
    """Minutes of the meeting an item of each tier is planned for."""
    late_without_date_days: int = 28
    """Where no date was agreed and no earlier meeting was planned (rule 3)."""
    slipping_late_carries: int = 1
    drifting_late_carries: int = 2
    stuck_late_carries: int = 3
    slipping_days_late: int = 1
    drifting_days_late: int = 28
    stuck_days_late: int = 56
    no_update_days: int = 28
    """No update for longer than this is a sign of drift (rule 5)."""
    not_accepted_days: int = 7
    """Not accepted by its owner for longer than this is a sign of drift (rule 5)."""
    question_late_carries: int = 2
    question_days_late: int = 28
    """When the question appears ready worded (rule 6)."""
    chase_within_days: int = 28
    """The furthest off a next chase may be (rule 4)."""
    record_chase_working_days: int = 2
    record_manager_working_days: int = 4
    """When an unanswered record is chased, and when the manager is told (rule 8)."""
    access_after_days: int = 14
    """How long access lasts after an action or listing ends (rule 8)."""

    def level_name(self, level: RiskLevel | None) -> str:
        """What this area calls the level."""
        return "No level agreed" if level is None else self.level_names[level]

    def longest_first_date(self, level: RiskLevel | None) -> int:
        """Days a first date may be off at this level; the strictest where no level is agreed (rule 3)."""
        return self.longest_first_date_days[level or RiskLevel.SIGNIFICANT]

    def review_days(self, level: RiskLevel | None) -> int:
        """Days until the next review at this level; the soonest where no level is agreed."""
        return self.review_every_days[level or RiskLevel.SIGNIFICANT]

    def tier_minutes(self, tier: Tier) -> int:
        """Minutes planned for an item of this tier."""
        return self.minutes_by_tier[tier]

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """An area from settings as typed. Raises ValueError that names the setting and what it may be."""
        known = {setting.name for setting in fields(cls)}
        ready: dict[str, Any] = {}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"area.{name} is not a setting: there are {', '.join(sorted(known))}")
            ready[name] = _checked(name, value)
        area = cls(**ready)
        _check_rising(area, "slipping_late_carries", "drifting_late_carries", "stuck_late_carries")
        _check_rising(area, "slipping_days_late", "drifting_days_late", "stuck_days_late")
        _check_rising(area, "record_chase_working_days", "record_manager_working_days")
        return area


def _checked(name: str, value: object) -> object:
    if name == "level_names":
        return MappingProxyType({**_level_names(), **_by_key(name, value, RiskLevel, _name)})
    if name in ("longest_first_date_days", "review_every_days"):
        return MappingProxyType({**_days_by_level(), **_by_key(name, value, RiskLevel, _number)})
    if name == "minutes_by_tier":
        return MappingProxyType({**_minutes_by_tier(), **_by_key(name, value, Tier, _number)})
    return _number(name, value)


def _by_key(name: str, value: object, keys: type[K], check: Any) -> dict[K, Any]:
    allowed = ", ".join(key.value for key in keys)
    if not isinstance(value, Mapping):
        raise ValueError(f"area.{name} is {value!r}: it must be a table with any of {allowed}")
    wrong = [key for key in value if key not in set(keys)]
    if wrong:
        raise ValueError(f"area.{name} has {wrong[0]!r}: it may have {allowed}")
    return {keys(key): check(name, part) for key, part in value.items()}


def _name(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 40:
        raise ValueError(f"area.{name} has {value!r}: each name is a word or two, at most 40 characters")
    return value.strip()


def _number(name: str, value: object) -> int:
    low, high = LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"area.{name} is {value!r}: it may be a whole number from {low} to {high}")
    return value


def _check_rising(area: Area, *names: str) -> None:
    for lower, higher in pairwise(names):
        if getattr(area, lower) >= getattr(area, higher):
            raise ValueError(
                f"area.{lower} is {getattr(area, lower)}: it must be less than area.{higher}, "
                f"which is {getattr(area, higher)}"
            )
