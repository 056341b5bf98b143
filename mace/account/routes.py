"""The sign-in page, the demo's one-click sign-in, signing out."""

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask import session as cookie
from flask_login import current_user, login_user
from werkzeug.wrappers import Response

from mace.account import commands, queries
from mace.account.forms import SignInForm
from mace.domain.errors import NotThere, Refused
from mace.web.access import draw, now, public, session, settings
from mace.web.login import end_session, find_signed_in, why_signed_out
from mace.web.paths import safe_path

blueprint = Blueprint("account", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response | tuple[str, int]:
    """E-mail and password; in demo mode the list of people to be."""
    if current_user.is_authenticated:
        return redirect(url_for("home.home"))
    form, status = SignInForm(), 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                token = commands.sign_in(
                    session(),
                    form.email.data,
                    form.password.data,
                    request.remote_addr or "",
                    now=now(),
                )
                return _signed_in(token)
            except Refused as no:
                form.refuse(no.reason, no.field)
                status = 429 if no.reason == commands.TOO_MANY else 422
    personas = queries.list_personas(session()) if settings().is_demo else ()
    why = why_signed_out(session(), cookie.get("_user_id", ""), settings(), now())
    following = safe_path(request.args.get("next", ""))
    return draw(
        "account/sign_in.html", form=form, personas=personas, why=why, following=following or None, status=status
    )


@blueprint.post("/demo-sign-in/<uuid:person_id>")
@public
def demo_sign_in(person_id: UUID) -> Response:
    """Be this person, in demo mode only."""
    if not settings().is_demo or person_id not in {person.id for person in queries.list_personas(session())}:
        raise NotThere
    return _signed_in(commands.start_session(session(), person_id, now=now()))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session: every copy of the cookie dies with it."""
    if current_user.is_authenticated:
        end_session(session(), current_user.token, now())
    cookie.clear()
    response = redirect(url_for("account.sign_in"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _signed_in(token: str) -> Response:
    following = safe_path(request.args.get("next", ""))
    cookie.clear()
    cookie.permanent = True
    found = find_signed_in(session(), token, settings(), now())
    if found is None:
        raise NotThere
    login_user(found)
    return redirect(following or url_for("home.home"))
