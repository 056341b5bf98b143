"""Headers on every kind of answer, and nothing kept by a browser but files."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from mace import create_app
from mace.settings import Settings, load_settings
from tests.pages import CheckedClient
from tests.web.everywhere import addresses, example_ids
from tests.world import World

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def check(answer: TestResponse) -> None:
    """The headers of any answer."""
    for name, value in ALWAYS.items():
        assert answer.headers.get(name) == value, f"{name} of {answer.request.path}"
    policy = {part.split()[0]: part.split()[1:] for part in answer.headers["Content-Security-Policy"].split("; ")}
    for nothing in ("default-src", "object-src", "base-uri", "frame-ancestors"):
        assert policy[nothing] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "*" not in answer.headers["Content-Security-Policy"]
    assert "Server" not in answer.headers


def kinds(app: Flask, world: World) -> dict[str, TestResponse]:
    """One answer of each kind."""
    app.testing = False
    app.add_url_rule("/late", "late", lambda: "x")
    ids = example_ids(world)
    client, nobody = CheckedClient(app).sign_in(world.id("coordinator")).raw, app.test_client()
    token = CheckedClient(app).sign_in(world.id("chair"))
    return {
        "200": client.get(f"/actions/{ids['action_id']}"),
        "200 of a download": client.get("/actions.csv"),
        "200 of plain text": nobody.get("/healthz"),
        "302": nobody.get("/actions"),
        "400": client.post("/search", data={"words": "x"}),
        "401": nobody.post("/search", data={"words": "x"}),
        "403": CheckedClient(app).sign_in(world.id("sysadmin")).raw.get("/actions"),
        "404": client.get("/nothing"),
        "404 of an id": client.get("/actions/00000000-0000-4000-8000-000000000000"),
        "404 of a file": client.get("/static/nothing.css"),
        "405": client.delete("/actions"),
        "413": client.post("/search", data=b"x" * (13 * 1024 * 1024), content_type="application/x-www-form-urlencoded"),
        "422": token.raw.post("/children/new", data={"csrf_token": token.token()}),
        "500": client.get("/late"),
        "options": client.options("/actions"),
        "head": client.head("/actions"),
    }


def test_every_kind_of_answer_carries_them_and_is_not_kept(app: Flask, world: World) -> None:
    for kind, answer in kinds(app, world).items():
        if kind[:3].isdigit():
            assert answer.status_code == int(kind[:3]), kind
        check(answer)
        assert answer.headers["Cache-Control"] == "no-store", kind


def test_a_file_carries_them_and_may_be_kept(app: Flask) -> None:
    answer = app.test_client().get("/static/app.css")
    assert answer.status_code == 200
    check(answer)
    assert "no-store" not in answer.headers["Cache-Control"]
    answer.close()


def test_every_page_there_is_carries_them(app: Flask, world: World) -> None:
    ids = example_ids(world)
    client = CheckedClient(app).sign_in(world.id("coordinator")).raw
    for one in addresses(app, ids):
        if "GET" in one.methods and not one.endpoint.startswith("account."):
            answer = client.get(one.path)
            check(answer)
            assert answer.headers["Cache-Control"] == "no-store", one.endpoint


def test_the_one_inline_script_is_allowed_by_its_hash_and_no_other(app: Flask) -> None:
    answer = app.test_client().get("/sign-in")
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_over_https_browsers_are_told_to_stay_there(settings: Settings, tmp_path: Path) -> None:
    given = {
        "MACE_MODE": "test",
        "MACE_DATABASE_URL": settings.database_url,
        "MACE_INSTANCE": str(tmp_path),
        "MACE_HTTPS": "true",
    }
    app = create_app(load_settings(given))
    sent = app.test_client().get("/nothing", base_url="https://mace.test").headers["Strict-Transport-Security"]
    assert int(re.search(r"max-age=(\d+)", sent).group(1)) >= 31536000  # type: ignore[union-attr]
    app.extensions["mace_engines"].dispose()


def test_no_answer_names_what_runs_here(app: Flask, world: World) -> None:
    for kind, answer in kinds(app, world).items():
        text = answer.get_data(as_text=True) if kind != "200 of a download" else ""
        for word in ("Werkzeug", "Traceback", "sqlalchemy", "SELECT ", str(app.instance_path), app.secret_key):
            assert str(word) not in text, kind


def test_only_hosts_on_the_list_are_answered(settings: Settings, tmp_path: Path) -> None:
    given = {
        "MACE_MODE": "test",
        "MACE_DATABASE_URL": settings.database_url,
        "MACE_INSTANCE": str(tmp_path),
        "MACE_TRUSTED_HOSTS": "mace.test, .council.test",
    }
    app = create_app(load_settings(given))
    client = app.test_client()
    for host in ("mace.test", "a.council.test"):
        assert client.get("/sign-in", base_url=f"http://{host}").status_code == 200
    for host in ("evil.test", "mace.test.evil.test", "localhost", "[::1]", "mace.test@evil.test"):
        for path in ("/sign-in", "/nothing", "/static/app.css", "/actions"):
            answer = client.get(path, headers={"Host": host})
            assert answer.status_code == 400, f"{host} {path}"
            assert "evil" not in answer.get_data(as_text=True)
            check(answer)
    app.extensions["mace_engines"].dispose()


@pytest.mark.parametrize("header", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"])
def test_a_header_of_a_proxy_that_is_none_changes_nothing(app: Flask, header: str) -> None:
    answer = app.test_client().get("/actions", headers={header: "evil.test/x"})
    assert answer.headers["Location"] == "/sign-in?next=/actions"
