"""The start page, and the page a monitor asks."""

from flask import Blueprint, Response

from mace.domain.policy import Permission
from mace.home.queries import get_home
from mace.web.access import actor, draw, public, requires, session, settings, today

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@requires(Permission.HOME_READ)
def home() -> tuple[str, int]:
    """What this person has to do."""
    page = get_home(session(), actor(), today(), settings().area)
    return draw("home/home.html", *page.seen, page=page)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Says that the server answers."""
    return Response("ok\n", mimetype="text/plain")
