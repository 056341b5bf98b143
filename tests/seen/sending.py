"""Forms as somebody would send them: found on the pages, every field filled in with something that fits."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event

from mace.database import MaceSession
from mace.models import LiveSession
from tests.seen.table import Row
from tests.seen.walk import Walker, address_of_row, rules_of
from tests.web.everywhere import PageForm, forms_on

WORDS = "Said by a test"
AHEAD = ("due", "next_by", "chase_by", "answer_expected_on", "next_review_on", "held_on")
ALIKE = frozenset({"ruth", "daniel"})
"""Whose pages show the same forms as Priya’s."""
Body = dict[str, Any]


def filled(form: PageForm, today: date) -> Body:
    """Every field with something that fits: a day in its three boxes, the last of a list, words anywhere else."""
    boxes = Counter(name for name, kind, _ in form.fields if kind == "text")
    body: Body = {}
    for name, kind, values in form.fields:
        if name == "csrf_token":
            continue
        if kind == "text" and boxes[name] == 3:
            day = today + timedelta(days=14) if name.endswith(AHEAD) else today
            body[name] = [str(day.day), str(day.month), str(day.year)]
        elif kind == "text":
            body[name] = values[0] or WORDS
        elif kind == "choice":
            body[name] = values[-1]
        else:
            body.setdefault(name, values[0])
    return body


def find_forms(walkers: dict[str, Walker], rows: Iterable[Row], more: Iterable[tuple[str, str]]) -> dict[str, Body]:
    """For each address that takes a form, one that somebody who is let in found on a page, filled in."""
    found: dict[str, Body] = {}
    pages = defaultdict(set)
    for row in rows:
        rule = rules_of(walkers["priya"].ground.app)[row.endpoint]
        if "GET" in (rule.methods or ()) and not row.is_public:
            for who in row.people & set(walkers) - ALIKE:
                pages[who].add(address_of_row(walkers[who].ground, rule, row))
    for who, address in more:
        pages[who].add(address)
    for who, addresses in pages.items():
        for address in sorted(addresses):
            answer, text = walkers[who].get(address)
            if answer.status == 200 and text.lstrip().startswith("<"):
                for form in forms_on(address, text):
                    found.setdefault(urlsplit(form.action).path, filled(form, walkers[who].ground.today))
    return found


@contextmanager
def taken_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every change goes as far as the commit, is written down here, and is taken back."""
    written: list[str] = []

    def note(session: Any, *_: Any) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if not isinstance(row, LiveSession):
                written.append(type(row).__name__)

    with monkeypatch.context() as patched:
        patched.setattr(MaceSession, "commit", MaceSession.rollback)
        event.listen(MaceSession, "before_flush", note)
        try:
            yield written
        finally:
            event.remove(MaceSession, "before_flush", note)
