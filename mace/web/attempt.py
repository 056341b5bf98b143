"""Doing what a posted form asks, in one transaction, and what a form that comes back says of it."""

from collections.abc import Callable
from typing import TypeVar

from flask import request

from mace.database import transaction
from mace.domain.errors import Clash, Refused
from mace.web.access import actor, session
from mace.web.forms import Form

T = TypeVar("T")


def attempt(form: Form, act: Callable[[], T]) -> T | None:
    """Run a command in its transaction when the form was posted and is sound; None when it was not done.

    A refusal is shown beside its field; a :class:`mace.domain.errors.Clash` is left to the route, which shows both
    texts.
    """
    if request.method != "POST" or not form.validate():
        return None
    try:
        with transaction(session(), actor()):
            return act()
    except Clash:
        raise
    except Refused as no:
        form.refuse(no.reason, no.field)
    return None


def status(clash: object = None) -> int:
    """422 for a form that comes back with what is wrong, 409 where somebody else saved first."""
    if request.method != "POST":
        return 200
    return 422 if clash is None else 409
