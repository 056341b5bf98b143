"""The client of the tests: checks every page that any test fetches, and signs in as a person."""

import re
from typing import Any
from uuid import UUID

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

from mace.account.commands import start_session
from mace.database import open_session
from mace.web.access import now

XHTML = "{http://www.w3.org/1999/xhtml}"


class CheckedClient:
    """GET and POST as a browser would; every HTML answer must be a sound page."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.raw = app.test_client()

    def sign_in(self, person_id: UUID) -> "CheckedClient":
        """Be this person from now on."""
        engines = self.app.extensions["mace_engines"]
        with open_session(engines) as session:
            token = start_session(session, person_id, now=now())
        with self.raw.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return self

    def get(self, path: str, status: int = 200) -> str:
        """Fetch a page and check it."""
        return self._checked(self.raw.get(path), status)

    def post(self, path: str, data: dict[str, object] | None = None, status: int = 302) -> str:
        """Post a form as the page would, with its CSRF token. Returns where it leads, or the page."""
        response = self.raw.post(path, data={**(data or {}), "csrf_token": self.token()})
        if status == 302:
            assert response.status_code == 302, _why(response)
            return response.headers["Location"]
        return self._checked(response, status)

    def token(self) -> str:
        """A CSRF token of this session."""
        page = self.raw.get("/", follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, "no form on the start page"
        return found.group(1)

    def _checked(self, response: TestResponse, status: int) -> str:
        assert response.status_code == status, _why(response)
        text = response.get_data(as_text=True)
        if response.mimetype == "text/html":
            check_page(text)
        return text


def _why(response: TestResponse) -> str:
    text = re.sub(r"<[^>]+>", " ", response.get_data(as_text=True))
    return f"{response.status_code} {response.headers.get('Location', '')} {' '.join(text.split())[:1500]}"


def check_page(text: str) -> None:
    """One h1, a title, no id twice, a label for each field, CSRF in each form that posts, no None in the words, and
    each link of the error summary lands on something that is there."""
    root = html5lib.parse(text)
    headings = root.findall(f".//{XHTML}h1")
    assert len(headings) == 1, f"{len(headings)} h1 on the page"
    title = root.find(f".//{XHTML}title")
    words = title.text if title is not None else None
    assert (words or "").count(" – ") >= 2, "no title"
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids)), f"the same id twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    labelled = {label.get("for") for label in root.iter(f"{XHTML}label")}
    for name in ("input", "select", "textarea"):
        for field in root.iter(f"{XHTML}{name}"):
            if field.get("type") not in ("hidden", "submit"):
                assert field.get("id") in labelled or field.get("aria-label"), f"no label for {field.get('name')}"
    for form in root.iter(f"{XHTML}form"):
        if (form.get("method") or "get").lower() == "post":
            fields = {field.get("name") for field in form.iter(f"{XHTML}input")}
            assert "csrf_token" in fields, f"no CSRF token in the form for {form.get('action')}"
    _check_error_links(root, set(ids))
    main = root.find(f".//{XHTML}main")
    words = " ".join("".join(main.itertext()).split()) if main is not None else ""
    assert not re.search(r"\bNone\b", words), f"None on the page: {words[:300]}"


def _check_error_links(root: Any, ids: set[str]) -> None:
    for element in root.iter(f"{XHTML}ul"):
        if "govuk-error-summary__list" in (element.get("class") or ""):
            links = [link.get("href") for link in element.iter(f"{XHTML}a")]
            nowhere = [href for href in links if href.startswith("#") and href[1:] not in ids]
            assert not nowhere, f"the error summary leads nowhere: {nowhere}"
