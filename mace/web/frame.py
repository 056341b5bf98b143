"""What stands round every page: council, marking, navigation for this person, notices."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from flask import Flask, g, get_flashed_messages, request, url_for
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


class Frame:
    """Read by ``layout.html`` only."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    @property
    def council(self) -> str:
        """Whose tool this is."""
        return settings().council

    @property
    def marking(self) -> str:
        """The protective marking at the top of each page."""
        return settings().marking

    @property
    def is_demo(self) -> bool:
        """True where everything is made up."""
        return settings().is_demo

    @property
    def person(self) -> Actor | None:
        """Whoever is signed in."""
        user = current_user._get_current_object()
        return user.actor if user and user.is_authenticated else None

    @property
    def may_search(self) -> bool:
        """Whether the header has a search box."""
        return self.person is not None and may(self.person, Permission.CHILD_LIST)

    @property
    def navigation(self) -> list[Link]:
        """The pages this person may use, that exist; asked for several times while one page is drawn."""
        if "navigation" not in g:
            person = self.person
            entries = _entries(self._app, person, request.script_root) if person is not None else ()
            g.navigation = [Link(text, href, _is_here(endpoint, href)) for text, href, endpoint in entries]
        return cast(list[Link], g.navigation)

    @property
    def notices(self) -> list[Any]:
        """What was just done."""
        return list(get_flashed_messages(with_categories=True))


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
    frame = Frame(app)
    app.context_processor(lambda: {"frame": frame, "today": today()})
