"""The first numbers of each person's start page, and the list under them (``mission.md``, who uses it)."""

from dataclasses import dataclass
from datetime import date, timedelta

from mace.actions.queries import Filters, Register, count_actions, list_register
from mace.database import MaceSession
from mace.domain.policy import Actor, Permission, in_area, may
from mace.domain.vocabulary import ActionState, DriftLevel
from mace.history import Seen
from mace.record.queries import list_children


@dataclass(frozen=True, slots=True)
class Number:
    """A figure in words that leads to its list."""

    figure: int
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Home:
    """A person's start page."""

    heading: str
    numbers: tuple[Number, ...]
    register: Register | None
    seen: tuple[Seen, ...]


def get_home(session: MaceSession, actor: Actor, today: date) -> Home:
    """What this person has to do, as far as their roles reach."""
    if not may(actor, Permission.ACTION_LIST):
        return Home("My work", (), None, ())
    if in_area(actor, Permission.ACTION_LIST):
        return _chair(session, actor, today)
    return _worker(session, actor, today)


def _chair(session: MaceSession, actor: Actor, today: date) -> Home:
    unconfirmed = list_children(session, actor, today, unconfirmed=True)
    numbers = (
        Number(
            count_actions(session, actor, today, Filters(late=True)), "actions past their date", "/actions?late=yes"
        ),
        Number(
            count_actions(session, actor, today, Filters(state=ActionState.REPORTED_DONE)),
            "actions reported done, to accept",
            "/actions?state=reported_done",
        ),
        Number(len(unconfirmed.lines), "workers not confirmed this month", "/children?workers=unconfirmed"),
    )
    worst = list_register(session, actor, today, Filters(), limit=10)
    return Home("What needs attention", numbers, worst, (worst.seen,))


def _worker(session: MaceSession, actor: Actor, today: date) -> Home:
    soon = today + timedelta(days=7)
    numbers = (
        Number(
            count_actions(session, actor, today, Filters(mine=True, due_by=soon)),
            "of my actions due within 7 days or late",
            "/actions?mine=yes&due=7",
        ),
        Number(
            count_actions(session, actor, today, Filters(drift=DriftLevel.STUCK)),
            "plans I can see that need changing",
            "/actions?drift=stuck",
        ),
        Number(count_actions(session, actor, today, Filters()), "unfinished actions that I can see", "/actions"),
    )
    mine = list_register(session, actor, today, Filters(mine=True), limit=20)
    return Home("My work", numbers, mine, (mine.seen,))
