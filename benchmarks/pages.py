"""The pages that are measured: a name, and the address of each from what was seeded. Add a line to add a page."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.seed import Seeded


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the table."""

    name: str
    path: Callable[[Seeded, str], str]
    """From what was seeded and the place in the middle of the register."""
    is_flat: bool = True
    """False for one whose rows grow with the area, as a whole download's do."""
    times: int = 40


PAGES: tuple[Page, ...] = (
    Page("register, first page", lambda seeded, middle: "/actions"),
    Page("register, deep page", lambda seeded, middle: f"/actions?after={middle}"),
    Page("register, by due date", lambda seeded, middle: "/actions?sort=due"),
    Page("register, late only", lambda seeded, middle: "/actions?late=yes"),
    Page("one action", lambda seeded, middle: f"/actions/{seeded.action}"),
    Page("one child's actions, CSV", lambda seeded, middle: f"/actions.csv?child={seeded.child}", times=10),
)
