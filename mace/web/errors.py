"""Error pages in plain English. All but "not found" carry an incident number, and nothing else."""

import secrets
from http import HTTPStatus

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from mace.domain.errors import NotThere

PAGES: dict[int, tuple[str, str]] = {
    400: (
        "Something in the request was not right",
        "Go back, check what you entered and try again.",
    ),
    403: (
        "You cannot use this page",
        "If you need it for your work, ask your administrator.",
    ),
    404: (
        "Page not found",
        "It may have moved, or it may not be yours to see. Check the address or start again.",
    ),
    405: ("That cannot be done here", "Go back and use the buttons on the page."),
    409: (
        "Somebody else changed this first",
        "Go back, look at what changed, then try again.",
    ),
    413: (
        "That file is too large",
        "Files can be up to 10 MB. Go back and choose a smaller one.",
    ),
    422: (
        "Something needs to be put right",
        "Go back, check what you entered and try again.",
    ),
    429: ("Too many tries", "Wait 5 minutes, then try again."),
    500: (
        "Sorry, there is a problem",
        "Try again in a few minutes. If it happens again, tell your administrator.",
    ),
    503: ("Sorry, this is not available now", "Try again in a few minutes."),
}


def register_errors(app: Flask) -> None:
    """One page for each way a request can fail."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int] | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        return error_page(app, code if code in PAGES else (400 if code < 500 else 500), code)

    @app.errorhandler(NotThere)
    def not_there(_error: NotThere) -> tuple[str, int]:
        return error_page(app, 404, 404)

    @app.errorhandler(CSRFError)
    def stale(error: CSRFError) -> tuple[str, int]:
        return error_page(app, 400, 400)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> tuple[str, int]:
        if app.config.get("PROPAGATE_EXCEPTIONS") or app.testing:
            raise error
        return error_page(app, 500, 500, fault=type(error).__name__)


def error_page(app: Flask, page: int, code: int, fault: str = "") -> tuple[str, int]:
    """Draw it. The log gets the number, the endpoint and the kind of fault: no words, no names."""
    incident = ""
    if page != 404:
        incident = secrets.token_hex(4).upper()
        level = app.logger.error if page >= 500 else app.logger.info
        level(
            "incident %s %s %s %s",
            incident,
            HTTPStatus(code).value,
            request.endpoint,
            fault,
        )
    opened = g.get("session")
    if opened is not None:
        opened.rollback()
    title, words = PAGES[page]
    return render_template("errors/error.html", title=title, words=words, incident=incident), code
