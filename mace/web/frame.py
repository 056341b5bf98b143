"""What stands round every page: council, marking, navigation for this person, notices."""

from dataclasses import dataclass
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
        return current_user.actor if current_user and current_user.is_authenticated else None

    @property
    def may_search(self) -> bool:
        """Whether the header has a search box."""
        return self.person is not None and may(self.person, Permission.CHILD_LIST)

    @property
    def navigation(self) -> list[Link]:
        """The pages this person may use, that exist; asked for several times while one page is drawn."""
        if "navigation" not in g:
            person = self.person
            g.navigation = [
                Link(text, url_for(endpoint), _is_here(endpoint))
                for text, endpoint, permission in NAVIGATION
                if person is not None and endpoint in self._app.view_functions and may(person, permission)
            ]
        return cast(list[Link], g.navigation)

    @property
    def notices(self) -> list[Any]:
        """What was just done."""
        return list(get_flashed_messages(with_categories=True))


def _is_here(endpoint: str) -> bool:
    """Whether the page belongs to this entry: the same feature, and where a feature has two entries the same noun."""
    feature = endpoint.split(".")[0]
    entries = [other for _text, other, _permission in NAVIGATION if other.split(".")[0] == feature]
    same_noun = request.path == url_for(endpoint) or request.path.startswith(url_for(endpoint) + "/")
    return (request.endpoint or "").split(".")[0] == feature and (len(entries) == 1 or same_noun)


def init_frame(app: Flask) -> None:
    """Give every template the frame and today's date."""
    frame = Frame(app)
    app.context_processor(lambda: {"frame": frame, "today": today()})
