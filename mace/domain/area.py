"""What an area may set: clocks, limits and names, each within hard limits (rules 3 to 8, ``practice.md`` 1.11)."""

from dataclasses import dataclass, fields
from typing import Any

from mace.domain.vocabulary import RiskLevel, Tier

LIMITS: dict[str, tuple[int, int]] = {
    "longest_first_date_significant": (7, 60),
    "longest_first_date_moderate": (7, 90),
    "longest_first_date_emerging": (7, 120),
    "late_without_date_days": (7, 42),
    "stuck_late_carries": (2, 4),
    "drifting_days_late": (14, 42),
    "stuck_days_late": (28, 84),
    "no_update_days": (14, 56),
    "chase_within_days": (7, 28),
    "review_days_significant": (7, 42),
    "review_days_moderate": (14, 84),
    "review_days_emerging": (28, 120),
    "minutes_full": (5, 30),
    "minutes_review": (2, 15),
    "minutes_on_paper": (0, 5),
    "record_chase_working_days": (1, 3),
    "record_manager_working_days": (2, 6),
}
"""The least and the most an area may set, so that no setting can switch a rule off."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area's settings. Days are calendar days unless the name says working days."""

    level_emerging: str = "Emerging"
    level_moderate: str = "Moderate"
    level_significant: str = "Significant"
    longest_first_date_significant: int = 28
    longest_first_date_moderate: int = 56
    longest_first_date_emerging: int = 84
    late_without_date_days: int = 28
    stuck_late_carries: int = 3
    drifting_days_late: int = 28
    stuck_days_late: int = 56
    no_update_days: int = 28
    chase_within_days: int = 28
    review_days_significant: int = 28
    review_days_moderate: int = 56
    review_days_emerging: int = 84
    minutes_full: int = 10
    minutes_review: int = 5
    minutes_on_paper: int = 1
    record_chase_working_days: int = 2
    record_manager_working_days: int = 4

    @classmethod
    def checked(cls, **values: Any) -> "Area":
        """An area with these settings. Raises :class:`ValueError` naming the setting and what it may be."""
        known = {field.name for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"{name} is no setting of an area")
            if name in LIMITS:
                least, most = LIMITS[name]
                if not isinstance(value, int) or not least <= value <= most:
                    raise ValueError(f"{name} is {value!r}: it may be {least} to {most}")
            elif not isinstance(value, str) or not value.strip():
                raise ValueError(f"{name} needs a word")
        return cls(**values)

    def level_name(self, level: RiskLevel) -> str:
        """The area's own word for a level."""
        return str(getattr(self, f"level_{level.value}"))

    def longest_first_date(self, level: RiskLevel | None) -> int:
        """The furthest a first date may lie ahead, in days; without a level the strictest of all."""
        return int(getattr(self, f"longest_first_date_{(level or RiskLevel.SIGNIFICANT).value}"))

    def review_days(self, level: RiskLevel | None) -> int:
        """Days until the next review; without a level the soonest."""
        return int(getattr(self, f"review_days_{(level or RiskLevel.SIGNIFICANT).value}"))

    def minutes(self, tier: Tier) -> int:
        """Minutes planned for an item of this tier."""
        return int(getattr(self, f"minutes_{tier.value}"))
