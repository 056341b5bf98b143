"""Coming to the door as a person does: with an e-mail address and a password, and nothing prepared."""

import re

from flask import Flask
from werkzeug.test import Client, TestResponse

from mace.account.commands import add_password
from mace.database import transaction
from tests.world import TEST, World

PASSWORD = "three plain words and a number 7"


def has_password(world: World, *names: str) -> None:
    """Give people a password."""
    for name in names:
        with transaction(world.session, TEST):
            add_password(world.session, world.id(name), PASSWORD)


def email_of(name: str) -> str:
    """The address of a person of the test world."""
    return f"{name}@test.example"


def token_on(browser: Client, path: str = "/sign-in") -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).get_data(as_text=True))
    assert found, f"no form on {path}"
    return found.group(1)


def try_to_sign_in(
    app: Flask,
    email: str,
    password: str,
    *,
    browser: Client | None = None,
    address: str = "127.0.0.1",
    following: str | None = None,
) -> tuple[Client, TestResponse]:
    """Type e-mail and password into the sign-in page, from an address."""
    browser = browser or app.test_client()
    response = browser.post(
        "/sign-in",
        query_string={"next": following} if following is not None else None,
        data={"email": email, "password": password, "csrf_token": token_on(browser)},
        environ_overrides={"REMOTE_ADDR": address},
    )
    return browser, response


def plain(response: TestResponse) -> str:
    """The page without what differs each time: token, incident number and the address typed."""
    text = response.get_data(as_text=True)
    text = re.sub(r'(name="csrf_token"[^>]*value=")[^"]+', r"\1", text)
    text = re.sub(r"Incident number: \w+", "", text)
    return re.sub(r"[\w.+-]+@[\w.-]+", "somebody", text)
