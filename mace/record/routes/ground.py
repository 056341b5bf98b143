"""The blueprint, and what every journey of a record shares: whom to choose from, and where to go next."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for

from mace.account.commands import name_person
from mace.account.queries import list_agencies, list_people
from mace.domain.errors import Refused
from mace.record.forms import PersonForm
from mace.record.queries import ChildPage
from mace.web.access import session
from mace.web.forms import as_uuid, clean
from mace.web.paths import safe_path

blueprint = Blueprint("record", __name__)


def page_of(page: ChildPage, **args: Any) -> str:
    """The address of a record: the noun is what it is about."""
    endpoint = "record.child" if page.is_child else "record.context"
    return url_for(endpoint, subject_id=page.id, **args)


def then(otherwise: str) -> str:
    """Where the person came from, when the address says so and it is a page of this site."""
    return safe_path(str(request.values.get("then", ""))) or otherwise


def typed(name: str, longest: int = 200) -> str:
    """One cleaned word of a search, from the form or the address."""
    return str(clean(request.values.get(name, "")))[:longest]


def number(name: str) -> int:
    """A page number as typed; 1 for anything else."""
    text = request.values.get(name, "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def people() -> list[tuple[UUID, str]]:
    """Everybody who can be chosen, with agency."""
    return [(person.id, person.words) for person in list_people(session())]


def agencies() -> list[tuple[UUID, str]]:
    """Every agency that can be chosen."""
    return [(agency.id, agency.name) for agency in list_agencies(session(), members_only=False)]


def who(form: PersonForm) -> UUID:
    """The person chosen from the list, or the one named now, without sign-in. Inside the transaction."""
    picked = form.picked()
    if picked is not None:
        return picked
    agency = as_uuid(form.agency.data)
    if agency is None:
        raise Refused("Choose the agency they work for", "agency")
    return name_person(session(), form.name.data, agency, form.job.data or "").id
