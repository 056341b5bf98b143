"""What is not yours looks like what never was: the same bytes, whatever the address and whoever asks."""

import re
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.pages import CheckedClient
from tests.web.everywhere import address, example_ids
from tests.world import World


def plain(answer: TestResponse) -> tuple[int, dict[str, str], str]:
    """An answer without the CSRF token and what says when."""
    text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", answer.get_data(as_text=True))
    headers = {name: value for name, value in answer.headers.items() if name not in ("Date", "Set-Cookie")}
    return answer.status_code, headers, text


@pytest.mark.parametrize("who", ["sysadmin", "analyst", "other_worker", "other_manager", "teacher", "guest"])
def test_absent_and_hidden_are_the_same_bytes_everywhere(app: Flask, world: World, who: str) -> None:
    ids = example_ids(world)
    client = CheckedClient(app).sign_in(world.id(who))
    token, hidden = client.token(), 0
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint):
        if rule.endpoint == "static" or not rule.arguments:
            continue
        there = address(app, rule, ids)
        absent = address(app, rule, {name: uuid4() for name in ids})
        for method in sorted(there.methods):
            data = {"csrf_token": token} if method == "POST" else None
            answers = [plain(client.raw.open(one.path, method=method, data=data)) for one in (absent, there)]
            if answers[1][0] != 404:
                continue
            hidden += 1
            assert answers[0] == answers[1], f"{method} {there.endpoint} for {who}"
    assert hidden > 30


def test_a_page_that_is_not_there_carries_no_number_and_no_word_of_it(app: Flask, world: World) -> None:
    ids = example_ids(world)
    answer = CheckedClient(app).sign_in(world.id("other_worker")).raw.get(f"/children/{ids['subject_id']}")
    assert answer.status_code == 404
    text = answer.get_data(as_text=True)
    assert "Incident" not in text
    assert str(ids["subject_id"]) not in text
    assert "Ashdown" not in text


def test_an_address_without_an_id_says_plainly_that_it_is_not_for_you(app: Flask, world: World) -> None:
    answer = CheckedClient(app).sign_in(world.id("sysadmin")).raw.get("/actions")
    assert answer.status_code == 403
    assert "You cannot use this page" in answer.get_data(as_text=True)


def test_nobody_signed_in_sees_anything_by_any_method(app: Flask, world: World) -> None:
    ids = example_ids(world)
    browser = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "home.healthz") or rule.endpoint.startswith("account."):
            continue
        one = address(app, rule, ids)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = browser.open(one.path, method=method)
            assert answer.status_code in (302, 401, 405), f"{answer.status_code} {method} {one.endpoint}"
            assert "Ashdown" not in answer.get_data(as_text=True)
