"""Every address of the tool, with ids of things that exist: for tests that go everywhere."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import html5lib
from flask import Flask
from werkzeug.routing import Rule

from mace.domain.vocabulary import EventKind, MeetingState
from mace.models import Brief, Event, ImportBatch, InformationRequest, Upload
from mace.web.forms import Form
from tests.pages import XHTML
from tests.sharing.make import an_item_to_release, release, sent_to
from tests.structure.source import calls, dotted, rooms
from tests.world import World

TYPED = {f"{XHTML}{tag}" for tag in ("input", "select", "textarea", "button")}


def example_ids(world: World) -> dict[str, UUID]:
    """One thing of each kind that stands in an address, by the name it has there."""
    child = world.a_child("Aisha Ashdown")
    action = world.an_action(child)
    meeting = world.a_meeting(state=MeetingState.OPENED, published_at=world.now, opened_at=world.now)
    item = world.an_item(meeting, child)
    release(world, an_item_to_release(world, child))
    care = world.agencies["care"].id
    made = {
        "request_id": InformationRequest(item_id=item.id, agency_id=world.agencies["police"].id, asked_at=world.now),
        "brief_id": Brief(item_id=item.id, person_id=world.id("worker"), asked_at=world.now, source_agency_id=care),
        "event_id": Event(
            subject_id=child.id,
            kind=next(iter(EventKind)),
            happened_on=world.day(-3),
            entered_at=world.now,
            source_agency_id=care,
        ),
        "batch_id": ImportBatch(
            made_at=world.now, by_id=world.id("coordinator"), series_id=world.series.id, digest="x"
        ),
        "upload_id": Upload(
            person_id=world.id("coordinator"),
            file_kind="csv",
            digest="x",
            content=b"Ref,Child,Action,Owner,Due\n1,Aisha Ashdown,Call the school,Police,01/12/2026\n",
            uploaded_at=world.now,
        ),
    }
    world.add(*made.values())
    return {
        **{name: row.id for name, row in made.items()},
        "action_id": action.id,
        "subject_id": child.id,
        "meeting_id": meeting.id,
        "item_id": item.id,
        "series_id": world.series.id,
        "concern_id": world.concern_of(child).id,
        "delivery_id": sent_to(world, "worker").id,
        "person_id": world.id("worker"),
    }


@dataclass(frozen=True)
class Address:
    """One rule with its ids filled in."""

    endpoint: str
    path: str
    methods: frozenset[str]
    takes: frozenset[str]


def addresses(app: Flask, ids: dict[str, UUID] | None = None) -> Iterator[Address]:
    """Every address but those of files; ids that are not given are random, so nothing is there."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if rule.endpoint != "static":
            yield address(app, rule, ids)


def address(app: Flask, rule: Rule, ids: dict[str, UUID] | None = None) -> Address:
    """A rule's address."""
    filled = {name: (ids or {}).get(name, uuid4()) for name in rule.arguments}
    if ids is not None:
        missing = sorted(set(rule.arguments) - set(ids))
        assert not missing, f"{rule.endpoint} takes {missing}: add one to example_ids"
    built = rule.build(filled)
    assert built is not None, rule.rule
    methods = frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}
    return Address(rule.endpoint, built[1], methods, frozenset(rule.arguments))


def typed_names() -> set[str]:
    """Every name that any form or view of the tool reads from what a person sends."""
    found: set[str] = set()
    for path in rooms("routes", "web"):
        for call, name in calls(path):
            of_request = dotted(call.func).startswith(("request.args", "request.form", "given", "typed"))
            if of_request and name in ("get", "getlist") and call.args and isinstance(call.args[0], ast.Constant):
                found.add(str(call.args[0].value))
    forms = [Form]
    while forms:
        form = forms.pop()
        forms += form.__subclasses__()
        found |= {name for name in dir(form) if type(getattr(form, name)).__name__ == "UnboundField"}
    return found - {"csrf_token"}


@dataclass(frozen=True)
class PageForm:
    """A form that posts, as a page shows it: where to, and each field with what a person could choose."""

    page: str
    action: str
    fields: tuple[tuple[str, str, tuple[str, ...]], ...]

    def filled(self, text: str) -> list[tuple[str, str]]:
        """Every field filled in: text wherever one types, the last of each choice."""
        found = []
        for name, kind, values in self.fields:
            if kind in ("hidden", "submit"):
                found.append((name, values[0]))
            elif kind == "choice":
                found.append((name, values[-1]))
            elif name.startswith("csrf"):
                continue
            else:
                found.append((name, text))
        return found


def forms_on(path: str, page: str) -> list[PageForm]:
    """Every form of a page that posts."""
    root = html5lib.parse(page)
    return [
        PageForm(path, form.get("action") or path, tuple(_fields(form)))
        for form in root.iter(f"{XHTML}form")
        if (form.get("method") or "").lower() == "post" and "sign-out" not in (form.get("action") or "")
    ]


def _fields(form: Any) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    choices: dict[str, list[str]] = {}
    for field in form.iter():
        name, kind = field.get("name"), field.get("type") or "text"
        if not name or field.tag not in TYPED:
            continue
        if field.tag == f"{XHTML}select":
            yield name, "choice", tuple(option.get("value") or "" for option in field.iter(f"{XHTML}option")) or ("",)
        elif kind in ("radio", "checkbox"):
            choices.setdefault(name, []).append(field.get("value") or "")
        elif field.tag == f"{XHTML}button" or kind == "submit":
            yield name, "submit", (field.get("value") or "",)
        elif kind == "file":
            continue
        else:
            yield name, "hidden" if kind == "hidden" else "text", (field.get("value") or "",)
    for name, values in choices.items():
        yield name, "choice", tuple(values)
