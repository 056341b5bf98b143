"""The door: every endpoint says what it needs, one function enforces it, and an undeclared one stops the start.

Ring 1 of three (``architecture.md``): who may knock. Ring 2 is ``mace.scope`` (what you may know), ring 3 the
commands (what you may do to this one). What you may not know is not there: 404, the same bytes as a page that never
existed; 403 only where the address names no object.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast
from uuid import uuid4

from flask import (
    Flask,
    abort,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from werkzeug.wrappers import Response

from mace import database, history
from mace.calendar import london_day
from mace.database import TOUCHED, Engines, MaceSession
from mace.domain.policy import Actor, Permission, Scope, may, scopes
from mace.history import Seen
from mace.settings import Settings
from mace.web.errors import error_page

Loader = Callable[..., Any]
View = TypeVar("View", bound=Callable[..., Any])
T = TypeVar("T")

PUBLIC = frozenset({"static", "home.healthz", "account.sign_in", "account.sign_out", "account.demo_sign_in"})
"""The whole list of endpoints that need no sign-in. A line added here is a decision."""


MANY = 5000
"""More fields than any page of ours has: nobody filled in such a request by hand."""


class Undeclared(RuntimeError):
    """An endpoint that says nothing about who may use it: the app does not start."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What a view says of itself."""

    permission: Permission | None
    load: Loader | None = None
    writes: bool = False
    quiet: bool = False
    """True for polls and drafts, which carry no words of a record and leave no trail."""


def requires(
    permission: Permission,
    *,
    load: Loader | None = None,
    writes: bool = False,
    quiet: bool = False,
) -> Callable[[View], View]:
    """Mark a view with what it needs. Takes ids? Then ``load(session, actor, today, **ids)`` finds the object
    within what the actor may know, or raises :class:`mace.domain.errors.NotThere`."""

    def mark(view: View) -> View:
        view.declared = Declared(permission, load, writes, quiet)  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that needs no sign-in; its endpoint must stand in :data:`PUBLIC` too."""
    view.declared = Declared(None, writes=True)  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str) -> Declared | None:
    """What this endpoint declares, or None."""
    return cast("Declared | None", getattr(app.view_functions.get(endpoint), "declared", None))


def check_every_endpoint(app: Flask) -> None:
    """Raise :class:`Undeclared` for an endpoint that declares nothing, takes an id without a loader, or is public
    without standing on the list. Called last in ``create_app``."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        found = declared(app, rule.endpoint)
        if found is None:
            raise Undeclared(f"{rule.endpoint} declares no permission: add @requires(...) or @public")
        if found.permission is None and rule.endpoint not in PUBLIC:
            raise Undeclared(f"{rule.endpoint} is @public but not on the list of public endpoints")
        if found.permission is not None and rule.arguments and found.load is None:
            raise Undeclared(f"{rule.endpoint} takes {', '.join(sorted(rule.arguments))} but declares no loader")


def init_access(app: Flask, engines: Engines, settings: Settings) -> None:
    """Open a session for each request, enforce what its endpoint declares, close it again."""
    app.extensions["mace_engines"] = engines
    app.extensions["mace_settings"] = settings
    app.before_request(_open)
    app.before_request(_enforce)
    app.after_request(_no_trail_no_page)
    app.teardown_request(_close)


def _open() -> None:
    g.session = database.open_session(current_app.extensions["mace_engines"])
    g.session.request_id = uuid4().hex[:16]
    g.trail_written = False
    TOUCHED.set(False)


def _close(_error: BaseException | None) -> None:
    opened: MaceSession | None = g.pop("session", None)
    if opened is not None:
        opened.close()


def _enforce() -> Response | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    if request.query_string.count(b"&") >= MANY:
        abort(400)
    found = declared(current_app, request.endpoint)
    if found is None:
        abort(500)
    if found.permission is None:
        return None
    user = current_user._get_current_object()
    if not user.is_authenticated:
        if request.method not in ("GET", "HEAD"):
            abort(401)
        following = request.full_path.rstrip("?")
        return redirect(url_for("account.sign_in", next=following if following != "/" else None))
    g.actor = user.actor
    if not may(user.actor, found.permission):
        abort(404 if request.view_args else 403)
    if request.method == "POST" and sum(map(len, request.form.listvalues())) > MANY:
        abort(400)
    session().may_write = found.writes
    if found.load is not None and request.method != "OPTIONS":
        g.loaded = found.load(session(), user.actor, today(), **(request.view_args or {}))
    return None


def _no_trail_no_page(response: Response) -> Response:
    """A page that read a protected record and left no trail is a bug, and is not sent."""
    found = declared(current_app, request.endpoint) if request.endpoint else None
    if (
        found is not None
        and not found.quiet
        and (response.status_code < 300 or response.status_code in (409, 422))
        and TOUCHED.get()
        and not g.get("trail_written")
    ):
        current_app.logger.critical("no trail for %s", request.endpoint)
        response = error_page(current_app, 500, 500, fault="NoTrail")
    return response


def session() -> MaceSession:
    """The database session of this request."""
    return cast(MaceSession, g.session)


def actor() -> Actor:
    """Whoever is signed in. Only routes ask; below the door the actor is an argument."""
    return cast(Actor, g.actor)


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in London, the same for the whole of a request."""
    if "today" not in g:
        g.today = london_day(now())
    return cast(date, g.today)


def settings() -> Settings:
    """How this installation runs."""
    return cast(Settings, current_app.extensions["mace_settings"])


def loaded(kind: type[T]) -> T:
    """What the endpoint's loader found."""
    found = g.loaded
    if not isinstance(found, kind):
        raise TypeError(f"the loader found {type(found).__name__}, the view expects {kind.__name__}")
    return found


def draw(template: str, *seen: Seen, status: int = 200, **context: Any) -> tuple[str, int]:
    """Write down what is about to be shown, then draw the page. No trail, no page."""
    shown = [_with_scope(one) for one in seen if one.ids or one.act != "listed"]
    if shown:
        history.record_view(session(), actor(), *shown)
    else:
        session().rollback()
    g.trail_written = bool(seen) or not TOUCHED.get()
    return render_template(template, **context), status


def record(*seen: Seen) -> None:
    """Write down what a download is about to carry."""
    history.record_view(session(), actor(), *map(_with_scope, seen))
    g.trail_written = True


def _with_scope(seen: Seen) -> Seen:
    """Where a list does not say which relation let each of its rows in, all that this endpoint gives the person."""
    found = declared(current_app, request.endpoint or "")
    if seen.scope or found is None or found.permission is None:
        return seen
    held = scopes(actor(), found.permission)
    return replace(seen, scope="area" if Scope.AREA in held else "+".join(sorted(held)))


def route_table(app: Flask) -> list[dict[str, Any]]:
    """Every endpoint with its rule, methods and permission: compared with a checked-in text by a test."""
    table = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule)):
        found = declared(app, rule.endpoint)
        permission = "static" if rule.endpoint == "static" else "nothing"
        if found is not None:
            permission = found.permission.value if found.permission else "public"
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        table.append(
            {
                "endpoint": rule.endpoint,
                "rule": rule.rule,
                "methods": methods,
                "permission": permission,
            }
        )
    return table
