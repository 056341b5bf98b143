"""What stands round every page: council, marking, navigation for this person, notices."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, get_flashed_messages, request, url_for
from flask_login import current_user

from mace.domain.policy import Actor, Permission, may
from mace.web.access import settings, today


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the navigation."""

    text: str
    href: str
    active: bool


NAVIGATION: tuple[tuple[str, str, Permission], ...] = (
    ("My work", "home.home", Permission.HOME_READ),
    ("Meetings", "meetings.meetings", Permission.MEETING_READ),
    ("Children", "record.children", Permission.CHILD_LIST),
    ("Records", "sharing.records", Permission.RECORD_READ),
    ("Places and people", "record.contexts", Permission.CONTEXT_READ),
    ("Actions", "actions.register", Permission.ACTION_LIST),
    ("Import", "intake.start", Permission.IMPORT_RUN),
)


@dataclass(frozen=True, slots=True)
class Frame:
    """Read by ``layout.html`` and by what is printed."""

    council: str
    """Whose tool this is."""
    marking: str
    """The protective marking at the top of each page."""
    is_demo: bool
    """True where everything is made up."""
    person: Actor | None
    """Whoever is signed in."""
    may_search: bool
    """Whether the header has a search box."""
    navigation: tuple[Link, ...]
    """The pages this person may use, that exist."""

    @property
    def notices(self) -> list[Any]:
        """What was just done."""
        return list(get_flashed_messages(with_categories=True))


def _frame(app: Flask) -> Frame:
    user, kept = current_user._get_current_object(), settings()
    person: Actor | None = user.actor if user and user.is_authenticated else None
    entries = _entries(app, person, request.script_root) if person is not None else ()
    return Frame(
        council=kept.council,
        marking=kept.marking,
        is_demo=kept.is_demo,
        person=person,
        may_search=person is not None and may(person, Permission.CHILD_LIST),
        navigation=tuple(Link(text, href, _is_here(endpoint, href)) for text, href, endpoint in entries),
    )


@lru_cache(maxsize=256)
def _entries(app: Flask, person: Actor, _root: str) -> tuple[tuple[str, str, str], ...]:
    """The entries of this person's menu, the same on each of their pages."""
    return tuple(
        (text, url_for(endpoint), endpoint)
        for text, endpoint, permission in NAVIGATION
        if endpoint in app.view_functions and may(person, permission)
    )


def _is_here(endpoint: str, href: str) -> bool:
    """Whether the page belongs to this entry: the same feature, and where a feature has two entries the same noun."""
    feature = endpoint.split(".")[0]
    if (request.endpoint or "").split(".")[0] != feature:
        return False
    entries = [other for _text, other, _permission in NAVIGATION if other.split(".")[0] == feature]
    return len(entries) == 1 or f"{request.path}/".startswith(href + "/")


def init_frame(app: Flask) -> None:
    """Give every template the frame and today's date."""
    app.context_processor(lambda: {"frame": _frame(app), "today": today()})
