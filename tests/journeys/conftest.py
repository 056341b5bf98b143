"""A real server, a real browser: journeys as the people make them, each page checked for access and silence.

The server is the ``mace`` command in a process of its own, on a database of its own; its clock can be moved ahead.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import ON_POSTGRESQL, _on_server, _url_of

MACE = (sys.executable, "-c", "import sys; from mace.cli import main; sys.exit(main())")
ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
REQUIRED = bool(os.environ.get("MACE_REQUIRE_ALL"))
WIDTHS = (1280, 390)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _missing(what: str) -> None:
    if REQUIRED:
        pytest.fail(f"{what} is not installed, and everything is required here")
    pytest.skip(f"{what} is not installed")


class Server:
    """``mace serve`` on a demonstration database, or on one that has only been migrated."""

    def __init__(self, folder: Path, url: str | None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.environment = {**os.environ, "MACE_INSTANCE": str(folder), "MACE_MODE": "demo"}
        self.environment.pop("MACE_DATABASE_URL", None)
        if url:
            self.environment["MACE_DATABASE_URL"] = url
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> str:
        """Run one command of the tool to its end."""
        done = subprocess.run(
            [*MACE, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout

    def start(self, *, days_ahead: int = 0) -> None:
        """Serve, with the clock so many days ahead."""
        environment = dict(self.environment)
        if days_ahead:
            if FAKETIME is None:
                _missing("libfaketime")
            environment |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"+{days_ahead}d"}
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*MACE, "serve", "--listen", f"127.0.0.1:{self.port}"],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        log.close()
        for _ in range(300):
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=2):
                    return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        """End it, as Ctrl-C does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=20)
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demonstration partnership."""
    url = None
    if ON_POSTGRESQL:
        name = f"mace_journey_{uuid4().hex[:12]}"
        _on_server(f'CREATE DATABASE "{name}"')
        url = _url_of(name)
    made = Server(tmp_path_factory.mktemp("journey"), url)
    made.run("migrate")
    made.run("demo")
    made.start()
    yield made
    made.stop()
    if ON_POSTGRESQL:
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        _missing("Chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


class Somebody:
    """A person of the demonstration at a browser of their own."""

    def __init__(self, browser: Browser, server: Server, name: str, *, script: bool = True) -> None:
        self.server, self.name = server, name
        self.context = browser.new_context(
            viewport={"width": 1280, "height": 900}, java_script_enabled=script, base_url=server.url
        )
        self.page: Page = self.context.new_page()
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.sign_in()

    def sign_in(self) -> None:
        """One click in the list of people."""
        self.page.goto("/sign-in")
        self.page.get_by_role("button", name=re.compile(self.name)).first.click()
        self.page.wait_for_url("**/")

    def go(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path)

    def follow(self, words: str | re.Pattern[str], *, nth: int = 0) -> None:
        """Follow a link or press a button by its words."""
        place = self.page.get_by_role("link", name=words).or_(self.page.get_by_role("button", name=words))
        place.nth(nth).click()
        self.page.wait_for_load_state()

    def day(self, field: str, day: object) -> None:
        """Fill the three boxes of a date."""
        for part, words in (("day", "%d"), ("month", "%m"), ("year", "%Y")):
            self.page.fill(f"[id='{field}-{part}']", format(day, words))

    def reads(self, *words: str) -> None:
        """The page says all of this."""
        text = " ".join(self.page.inner_text("main").split())
        for one in words:
            assert one in text, f"{self.name} does not read “{one}” on {self.page.url}: {text[:3000]}"

    def does_not_read(self, *words: str) -> None:
        """Nothing the browser was sent for this page says any of this."""
        source = self.page.content()
        for one in words:
            assert one not in source, f"{self.name} reads “{one}” on {self.page.url}"

    def check(self) -> None:
        """No violation by axe at either width, nothing wider than the screen, and a silent console."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            found = Axe().run(self.page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
            told = [(one["id"], [node["target"] for node in one["nodes"]][:3], one["help"]) for one in found]
            assert not told, f"{self.page.url} at {width}: {told}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} is {wide} pixels too wide at {width}"
        self.page.set_viewport_size({"width": 1280, "height": 900})
        unexpected = [words for words in self.said if "status of 4" not in words]
        assert not unexpected, f"{self.page.url}: {unexpected}"

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()
