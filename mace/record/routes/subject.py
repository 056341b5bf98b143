"""One record's page with its tabs: of a child, a place, a group, a theme or a person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from mace.actions.queries import list_of_subject
from mace.domain.policy import Permission
from mace.domain.vocabulary import EventKind
from mace.record import queries
from mace.record.queries import ChildPage, Entry, Place
from mace.record.routes.ground import blueprint, page_of
from mace.web.access import actor, draw, loaded, requires, session, settings, today


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab of a record: what it is called, its template, and what brings what that shows."""

    key: str
    text: str
    template: str
    draws: Callable[[ChildPage], dict[str, Any]]
    fits: Callable[[ChildPage], bool] = lambda page: True


def _overview(page: ChildPage) -> dict[str, Any]:
    return {
        "overview": queries.get_overview(session(), page),
        "unfinished": list_of_subject(session(), actor(), today(), page.id, ended=False),
    }


def _actions(page: ChildPage) -> dict[str, Any]:
    ended = request.args.get("ended") == "yes"
    return {"ended": ended, "lines": list_of_subject(session(), actor(), today(), page.id, ended=ended)}


def _meetings(page: ChildPage) -> dict[str, Any]:
    return {"items": queries.list_meetings_of(session(), actor(), today(), page)}


def _chronology(page: ChildPage) -> dict[str, Any]:
    wanted = request.args.get("kind", "")
    kinds: list[EventKind | Entry] = [*EventKind, *Entry]
    kind = next((one for one in kinds if one.value == wanted), None)
    after = Place.read(request.args.get("after", ""))
    found = queries.list_chronology(session(), actor(), today(), page, kind=kind, after=after)
    return {"found": found, "kinds": kinds, "kind": kind, "is_older": after is not None}


def _people(page: ChildPage) -> dict[str, Any]:
    return {}


def _links(page: ChildPage) -> dict[str, Any]:
    links = queries.list_links(session(), actor(), today(), page.id)
    return {"links": links, "seen": links.seen}


TABS = (
    Tab("overview", "Overview", "record/tabs/overview.html", _overview),
    Tab("actions", "Actions", "record/tabs/actions.html", _actions),
    Tab("meetings", "Meetings", "record/tabs/meetings.html", _meetings),
    Tab("chronology", "Chronology", "record/tabs/chronology.html", _chronology),
    Tab("people", "People", "record/tabs/people.html", _people, lambda page: page.is_child),
    Tab("places", "Places and people", "record/tabs/places.html", _links, lambda page: page.is_child),
    Tab(
        "children",
        "Children linked",
        "record/tabs/children.html",
        _links,
        lambda page: page.may_harm or not page.is_child,
    ),
)
"""In the order shown. A feature adds a tab with one line here and one template."""
READ_BY_TABS = ("tab", "ended", "kind", "after")
"""What an address says to a tab."""


@blueprint.get("/children/<uuid:subject_id>")
@requires(Permission.CHILD_READ, load=queries.get_child)
def child(subject_id: UUID) -> tuple[str, int] | Response:
    """A child's page; the tab is chosen in the address."""
    page = loaded(ChildPage)
    return _draw(page) if page.is_child else redirect(_other_address(page))


@blueprint.get("/contexts/<uuid:subject_id>")
@requires(Permission.CONTEXT_READ, load=queries.get_context)
def context(subject_id: UUID) -> tuple[str, int] | Response:
    """The page of a place, group, theme or person; a child who may be harming others has one page, as a child."""
    page = loaded(ChildPage)
    return redirect(_other_address(page)) if page.is_child else _draw(page)


def _other_address(page: ChildPage) -> str:
    """The same tab at the address of what the record is about; only what a tab reads goes along."""
    return page_of(page, **{name: request.args[name] for name in READ_BY_TABS if name in request.args})


def _draw(page: ChildPage) -> tuple[str, int]:
    tabs = [tab for tab in TABS if tab.fits(page)]
    chosen = next((tab for tab in tabs if tab.key == request.args.get("tab")), tabs[0])
    shown, address = chosen.draws(page), page_of(page)
    return draw(
        "record/child.html",
        page.seen,
        *shown.pop("seen", ()),
        page=page,
        tab=chosen.key,
        tabs=[(tab.text, f"{address}?tab={tab.key}", tab is chosen) for tab in tabs],
        tab_text=chosen.text,
        tab_template=chosen.template,
        level_names=settings().area.level_names,
        back=url_for("record.children" if page.is_child else "record.contexts"),
        here=f"{address}?tab={chosen.key}",
        **shown,
    )
