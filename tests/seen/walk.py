"""Going everywhere as everybody, once: what was answered, and every word of the records that stood in it."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlmodel import col
from werkzeug.routing import Rule
from werkzeug.test import Client, TestResponse

from mace.models import Delivery, Model, Subject
from tests.pages import CheckedClient
from tests.seen.ground import UNKNOWN, Ground
from tests.seen.table import NOTHING, Row

NOBODY = "nobody"
"""Who is not signed in."""
WORD = re.compile(r"[a-z]+|\d{6}")
PLATE = re.compile(r"[a-z]{2}\d\d [a-z]{3}")
HREF = re.compile(r'(?:href|action)="(/[^"#]*)')
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person got for one request."""

    who: str
    endpoint: str
    thing: str
    address: str
    status: int
    location: str
    found: frozenset[str]
    """The words of records and the names of subjects, anywhere in the body."""
    outside: frozenset[str]
    """Those in the title, in headers and in where it leads."""

    @property
    def is_let_in(self) -> bool:
        """A page, a download, or on to another page of the tool."""
        return self.status in (200, 409, 422) or (self.status == 302 and not self.is_at_the_door)

    @property
    def is_at_the_door(self) -> bool:
        """Sent to the sign-in page."""
        return self.status == 302 and urlsplit(self.location).path == "/sign-in"


@dataclass
class Ear:
    """Finds canaries, names and numbers of subjects in whatever is sent."""

    words: frozenset[str]
    names: frozenset[str]

    def hear(self, text: str) -> frozenset[str]:
        """What stands in a text, in lower case, however it is written."""
        low = text.lower().replace("&#39;", "'").replace("&amp;", "&")
        said = (set(WORD.findall(low)) | set(PLATE.findall(low))) & self.words
        return frozenset(said | {name for name in self.names if name in low})


def ear_for(ground: Ground) -> Ear:
    """Ears for every canary, and every name and number of a subject."""
    with ground.looking() as session:
        subjects = session.execute(sa.select(col(Subject.name), col(Subject.reference))).all()
    canaries = {one["canary"].lower() for one in ground.canaries}
    names, numbers = zip(*((name.lower(), number.lower()) for name, number in subjects), strict=True)
    return Ear(frozenset(canaries | {one for one in numbers if one.isdigit()}), frozenset(names))


@dataclass
class Walker:
    """One person at the tool, who remembers every answer."""

    ground: Ground
    ear: Ear
    who: str
    answers: list[Answer] = field(default_factory=list)
    browser: Client = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        client = CheckedClient(self.ground.app)
        if self.who != NOBODY:
            client.sign_in(self.ground.people[self.who])
        self.browser = client.raw
        page = self.browser.get("/", follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        self.token = found.group(1) if found else ""

    def get(self, address: str, endpoint: str = "", thing: str = "", *, typed: str = "") -> tuple[Answer, str]:
        """Fetch it; the text too, for its links."""
        return self._heard(self.browser.get(address), address, endpoint, thing, typed=typed)

    def post(
        self, address: str, data: Mapping[str, Any] | None = None, endpoint: str = "", thing: str = ""
    ) -> tuple[Answer, str]:
        """Send a form with a good token."""
        sent = self.browser.post(address, data={**(data or {}), "csrf_token": self.token})
        typed = " ".join(map(str, (data or {}).values()))
        return self._heard(sent, address, endpoint, thing, typed=typed)

    def _heard(
        self, answer: TestResponse, address: str, endpoint: str, thing: str, *, typed: str = ""
    ) -> tuple[Answer, str]:
        """Remember it; a form gives back what this very person typed, which tells nobody anything."""
        text = text_of(answer)
        title = TITLE.search(text) if answer.mimetype == "text/html" else None
        outside = [title.group(1) if title else "", *(f"{name}: {value}" for name, value in answer.headers)]
        heard = Answer(
            self.who,
            endpoint,
            thing,
            address,
            answer.status_code,
            answer.headers.get("Location", ""),
            self.ear.hear(text) - self.ear.hear(typed),
            self.ear.hear("\n".join(outside)),
        )
        answer.close()
        self.answers.append(heard)
        return heard, text


def text_of(answer: TestResponse) -> str:
    """Every byte as text; what is packed is unpacked first."""
    sent = answer.get_data()
    if sent[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(sent)) as packed:
            sent = b"\n".join(name.encode() + packed.read(name) for name in packed.namelist())
    return sent.decode("utf-8", "replace")


# --- Where to go ------------------------------------------------------------------------------------------------------


def rules_of(app: Flask) -> dict[str, Rule]:
    """Each endpoint's rule."""
    return {rule.endpoint: rule for rule in app.url_map.iter_rules()}


def address_of(rule: Rule, ids: Mapping[str, UUID]) -> str:
    """The address of a rule with these ids."""
    built = rule.build({name: ids[name] for name in rule.arguments})
    assert built is not None
    return built[1]


def address_of_row(ground: Ground, rule: Rule, row: Row) -> str:
    """The address that a row of the table speaks of."""
    return address_of(rule, ground.things[row.thing] if row.thing != NOTHING else {})


def unknown_address(rule: Rule) -> str:
    """An address that names nothing there is."""
    return address_of(rule, UNKNOWN)


def links_on(text: str) -> Iterator[str]:
    """Every address of the tool on a page."""
    return (one.replace("&amp;", "&") for one in HREF.findall(text))


# --- Going everywhere -------------------------------------------------------------------------------------------------

TURNS = ("tab=actions&ended=yes", "tab=meetings", "tab=chronology", "tab=people", "tab=places", "tab=children")
"""What else the page of a record shows."""
OF_THE_REGISTER = ("ended=all", "ended=yes&sort=owner", "late=yes", "mine=yes&ended=all", "sort=newest&ended=all")
WORDS = (
    *("Aisha", "Ben Brackley", "Orla", "gabi gresley", "Callum Ives", "Millgate", "Dee", "a", "an", "the"),
    *("4010", "401037", "401925", "C-1", "P-1", "4", "#81", "action 901", "letter", "%"),
)
"""What somebody might type into a search: names, numbers, parts of both."""
MOST_PAGES = 60
"""Pages that one person follows from link to link."""


def go_everywhere(ground: Ground, rows: Iterable[Row], who: str, ear: Ear, *, follows: bool = True) -> Walker:
    """Be one person: open every address of the table, with its things and with nothing; then follow what was found."""
    walker, rules = Walker(ground, ear, who), rules_of(ground.app)
    readable = {name: rule for name, rule in rules.items() if "GET" in (rule.methods or ()) and name != "static"}
    to_follow: list[str] = []
    for row in rows:
        if row.endpoint in readable:
            address = address_of_row(ground, readable[row.endpoint], row)
            answer, text = walker.get(address, row.endpoint, row.thing)
            if answer.status == 200:
                to_follow += links_on(text)
    for name, rule in readable.items():
        if rule.arguments:
            walker.get(unknown_address(rule), name, "unknown")
    if follows:
        _look_for_more(walker, rules, to_follow)
    return walker


def _look_for_more(walker: Walker, rules: dict[str, Rule], to_follow: list[str]) -> None:
    with walker.ground.looking() as session:
        ids = {name: session.execute(sa.select(Model.metadata.tables[name].c.id)).scalars().all() for name in EVERY}
        sent = sa.select(col(Delivery.id)).where(col(Delivery.person_id) == walker.ground.people[walker.who])
        newest = sent.order_by(col(Delivery.sent_at).desc(), col(Delivery.id)).limit(60)
        ids["delivery"] = [*ids["delivery"][::9], *session.execute(newest).scalars()]
    for name, (endpoint, argument) in EVERY.items():
        for key in ids[name]:
            address = address_of(rules[endpoint], {argument: key})
            answer, _ = walker.get(address, endpoint, "every")
            if answer.status == 200 and name == "subject":
                for turn in TURNS:
                    walker.get(f"{address}?{turn}", endpoint, "every")
    for query in OF_THE_REGISTER:
        for ending in ("", ".csv", ".xlsx"):
            walker.get(f"/actions{ending}?{query}", "actions.register", "narrowed")
    for words in WORDS:
        for address in ("/search", "/children", "/contexts", "/actions/narrow"):
            walker.post(address, {"words": words, "shown": "left" if words == "a" else ""}, "search", words)
        answer, _ = walker.post("/actions/search", {"words": words}, "search", words)
        if answer.location:
            walker.get(answer.location, "search", words, typed=words)
            walker.get(answer.location.replace("/actions", "/actions.csv"), "search", words)
    _follow(walker, to_follow)


EVERY = {
    "subject": ("record.child", "subject_id"),
    "action": ("actions.action", "action_id"),
    "delivery": ("sharing.record", "delivery_id"),
    "brief": ("meetings.brief", "brief_id"),
    "meeting": ("meetings.agenda", "meeting_id"),
}
"""Each row of these tables is tried, whoever it belongs to; of deliveries one’s own newest, and one in nine of all."""


def _follow(walker: Walker, to_follow: list[str]) -> None:
    """From link to link, as far as the most pages go."""
    been, left = {answer.address for answer in walker.answers}, MOST_PAGES
    while to_follow and left:
        address = to_follow.pop(0)
        if address in been or address.startswith(("/static", "/sign-out")):
            continue
        been.add(address)
        left -= 1
        answer, text = walker.get(address, "followed", "")
        if answer.status == 200:
            to_follow += links_on(text)
