"""Error pages in plain English. All but "not found" carry an incident number, and nothing else."""

import secrets
from pathlib import Path
from traceback import extract_tb
from urllib.parse import urlsplit

from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from mace.domain.errors import NotThere
from mace.web.forms import clean

PAGES: dict[int, tuple[str, str]] = {
    400: (
        "Something in the request was not right",
        "Go back, check what you entered and try again.",
    ),
    401: (
        "You are signed out, so this was not saved",
        "Copy what you typed, sign in again, then enter it again.",
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


TOO_OLD = (
    "This page was too old, so it was not saved",
    "You signed in again since it was opened. Copy what you typed, open the page again, then enter it again.",
)
PLAIN = (
    "<!doctype html><html lang='en'><title>Sorry, there is a problem – MACE – Error</title>"
    "<h1>Sorry, there is a problem</h1><p>Try again in a few minutes. If it happens again, tell your administrator "
    "this number: {incident}.</p></html>"
)
"""What is sent when not even the error page can be drawn: with the database gone, nothing of the frame can."""


def register_errors(app: Flask) -> None:
    """One page for each way a request can fail."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response | HTTPException:
        code = error.code or 500
        if code < 400:
            return error
        answer = error_page(app, code if code in PAGES else (400 if code < 500 else 500), code)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return answer

    @app.errorhandler(NotThere)
    def not_there(_error: NotThere) -> Response:
        return error_page(app, 404, 404)

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> Response:
        return error_page(app, 400, 400, words=TOO_OLD)

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        if app.config.get("PROPAGATE_EXCEPTIONS") or app.testing:
            raise error
        code = 500
        if isinstance(error, StaleDataError):
            code = 409
        elif isinstance(error, OperationalError | NoConnection):
            code = 503
        return error_page(app, code, code, fault=f"{type(error).__name__} at {_place(error)}")


def error_page(app: Flask, page: int, code: int, fault: str = "", words: tuple[str, str] | None = None) -> Response:
    """Draw it. The log gets the number, the endpoint, the kind of fault and its place: no words, no names."""
    incident = ""
    if page != 404:
        incident = secrets.token_hex(4).upper()
        level = app.logger.error if page >= 500 else app.logger.info
        level("incident %s %s %s %s", incident, code, request.endpoint, fault)
    title, what_next = words or PAGES[page]
    typed = _typed() if words is TOO_OLD or page == 401 else ""
    try:
        opened = g.get("session")
        if opened is not None:
            opened.rollback()
        shown = {"title": title, "words": what_next, "incident": incident, "typed": typed, "form_page": _form_page()}
        drawn = render_template("errors/error.html", **shown)
    except Exception as worse:
        app.logger.critical("incident %s: no error page, %s at %s", incident, type(worse).__name__, _place(worse))
        drawn = PLAIN.format(incident=incident or "none")
    return app.make_response((drawn, code))


def _typed() -> str:
    """The words of a form that cannot be saved, to copy. Only to whoever sent it from a page of this site."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return ""
    kept = (
        str(clean(value))
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name
    )
    return "\n\n".join(dict.fromkeys(text for text in kept if " " in text))


def _form_page() -> str:
    """The page of ours that the form stood on, to come back to."""
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host else ""


def _place(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
