"""Whatever is sent, the answer is a clear 4xx or an ordinary page: never a fault, the same on both databases."""

import logging
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask

from tests.pages import CheckedClient
from tests.web.everywhere import addresses, example_ids, forms_on, typed_names
from tests.world import World

VALUES = {
    "NUL": "a%00",
    "bytes that are no UTF-8": "%ff%fe%c3%28",
    "half a character": "%ED%A0%80x",
    "a number beyond all columns": str(10**20),
    "a negative number beyond all columns": f"-{10**20}_{uuid4()}",
    "a sort place": f"{10**11}_{uuid4()}",
    "an id of nothing": str(uuid4()),
    "SQL": "%27%20OR%201%3D1%20--%20%25%5C_",
    "Arabic digits": "%D9%A3",
    "a line break": "a%0d%0aSet-Cookie:%20x=y",
}


class Ground:
    """The application as it runs for real, with everything in it, and a signed-in browser."""

    def __init__(self, app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> None:
        app.testing = False
        caplog.set_level(logging.ERROR)
        self.app, self.caplog = app, caplog
        self.ids = example_ids(world)
        self.names = sorted(typed_names())
        self.wrong: list[str] = []
        client = CheckedClient(app).sign_in(world.id("coordinator"))
        self.browser, self.token = client.raw, client.token()

    def send(self, method: str, path: str, **more: Any) -> None:
        """Send it with a valid token; a fault is noted."""
        headers = {"X-CSRFToken": self.token, **more.pop("headers", {})}
        answer = self.browser.open(path, method=method, headers=headers, **more)
        if answer.status_code >= 500:
            faults = [record.getMessage() for record in self.caplog.records]
            self.wrong.append(f"{answer.status_code} {method} {path[:90]}: {faults[-1:]}")
        assert "/sign-in" not in answer.headers.get("Location", ""), "signed out on the way"
        answer.close()

    def everywhere(self, method: str) -> list[str]:
        """Every address that takes this method, but the way out."""
        return [
            one.path
            for one in addresses(self.app, self.ids)
            if method in one.methods and not one.endpoint.startswith("account.")
        ]


@pytest.fixture
def ground(app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> Ground:
    return Ground(app, world, caplog)


def _mixed(names: list[str], shift: int) -> str:
    """Every name with one of the values, another one at each shift."""
    values = list(VALUES.values())
    return "&".join(f"{name}={values[(at + shift) % len(values)]}" for at, name in enumerate(names))


@pytest.mark.parametrize("shift", range(3))
def test_no_query_makes_a_page_fall_over(ground: Ground, shift: int) -> None:
    for path in ground.everywhere("GET"):
        ground.send("GET", f"{path}?{_mixed(ground.names, shift * 3)}")
    assert ground.wrong == []


@pytest.mark.parametrize("shift", range(3))
def test_no_form_makes_a_page_fall_over(ground: Ground, shift: int) -> None:
    for path in ground.everywhere("POST"):
        body = _mixed(ground.names, shift * 3)
        ground.send("POST", path, data=body, content_type="application/x-www-form-urlencoded")
    assert ground.wrong == []


TEXTS = {
    "controls and half characters": "a\x00b\x07\ud800\udfffc\u202ed\u2066 e",
    "other alphabets": "Zoë O’Brien 李 علي \U0001f600 \N{COMBINING ACUTE ACCENT}",
    "markup": "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}{% x %}",
    "a number": "10" * 30,
}


@pytest.mark.parametrize("kind", TEXTS)
def test_every_form_of_every_page_takes_or_refuses_what_is_typed(ground: Ground, kind: str) -> None:
    seen = set()
    for path in ground.everywhere("GET"):
        answer = ground.browser.get(path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for form in forms_on(path, answer.get_data(as_text=True)):
            if (form.action, form.fields) in seen:
                continue
            seen.add((form.action, form.fields))
            fields = [(name, value.encode("utf-8", "surrogatepass")) for name, value in form.filled(TEXTS[kind])]
            ground.send("POST", form.action, data=urlencode(fields), content_type="application/x-www-form-urlencoded")
    assert len(seen) > 30
    assert ground.wrong == []


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", ""),
    "JSON where a form is expected": (b'{"words": "\\ud800", "version": [1, {"a": null}]}', "application/json"),
    "broken JSON": (b'{"words": ', "application/json"),
    "deep JSON": (b"[" * 50_000, "application/json"),
    "multipart without a boundary": (b"--x\r\n\r\n", "multipart/form-data"),
    "multipart that ends too early": (
        b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\nwords',
        "multipart/form-data; boundary=x",
    ),
    "multipart with odd names": (
        b'--x\r\nContent-Disposition: form-data; name="words"; filename="../../\xff\x00"\r\n\r\nx\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a character set that is none": (b"words=x", "application/x-www-form-urlencoded; charset=nonsense"),
    "bytes that are no UTF-8": (b"words=\xff\xfe\x00&\xff=\xff", "application/x-www-form-urlencoded"),
    "10,000 parameters": (b"&".join(b"p%d=x" % n for n in range(10_000)), "application/x-www-form-urlencoded"),
    "one parameter 10,000 times": (b"words=x&" * 10_000, "application/x-www-form-urlencoded"),
}


def test_no_body_makes_a_page_fall_over(ground: Ground) -> None:
    """Each address gets four of the bodies, each body goes to a third of the addresses."""
    bodies = list(BODIES.values())
    for at, path in enumerate(ground.everywhere("POST")):
        for turn in range(4):
            body, content_type = bodies[(at + turn * 3) % len(bodies)]
            ground.send("POST", path, data=body, content_type=content_type)
    assert ground.wrong == []


@pytest.mark.parametrize("kind", BODIES)
def test_no_body_makes_a_form_of_words_fall_over(ground: Ground, kind: str) -> None:
    body, content_type = BODIES[kind]
    for path in ("/children/new", "/search", f"/actions/{ground.ids['action_id']}/update"):
        ground.send("POST", path, data=body, content_type=content_type)
    assert ground.wrong == []


def test_ten_thousand_parameters_are_refused(ground: Ground) -> None:
    many = "&".join(f"p{number}=x" for number in range(10_000))
    for path in ("/actions", "/children", f"/actions/{ground.ids['action_id']}"):
        assert ground.browser.get(f"{path}?{many}").status_code == 400
    for path in ("/children/new", "/search", f"/actions/{ground.ids['action_id']}/update"):
        answer = ground.browser.post(
            path,
            data=many,
            content_type="application/x-www-form-urlencoded",
            headers={"X-CSRFToken": ground.token},
        )
        assert answer.status_code == 400, path


def test_no_id_makes_an_address_fall_over(ground: Ground) -> None:
    """Each id of each address replaced by what is no id of anything: 404, whatever it looks like."""
    other = ("0", "-1", str(10**20), "%27%20OR%201%3D1", "%00", "%ff%fe", "%ED%A0%80", "..%2f..", "x" * 5000, "٣")
    for one in addresses(ground.app, ground.ids):
        for name in one.takes:
            for value in other:
                path = one.path.replace(str(ground.ids[name]), value)
                answer = ground.browser.get(path)
                assert answer.status_code in (404, 405), f"{answer.status_code} {path[:80]}"


def test_no_method_makes_an_address_fall_over(ground: Ground) -> None:
    methods = ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "OPTIONS", "HEAD", "X")
    for at, path in enumerate(ground.everywhere("GET") + ground.everywhere("POST")):
        for turn in range(3):
            ground.send(methods[(at + turn * 3) % len(methods)], path)
    assert ground.wrong == []


def test_a_body_above_the_limit_is_refused_in_words(ground: Ground) -> None:
    answer = ground.browser.post(
        "/children/new",
        data=b"words=" + b"x" * (13 * 1024 * 1024),
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRFToken": ground.token},
    )
    assert answer.status_code == 413
    assert "too large" in answer.get_data(as_text=True)
