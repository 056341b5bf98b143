"""The ``mace`` command: what it prints, how it ends, and that a person's mistake is one line."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest

from mace.cli import main
from mace.settings import Settings
from tests.conftest import ON_POSTGRESQL, _on_server, _url_of
from tests.history.tamper import run
from tests.world import World

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation in demo mode; which database it has is for the test to say."""
    for name in [name for name in os.environ if name.startswith("MACE_") and not name.startswith("MACE_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MACE_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("MACE_MODE", "demo")
    mask = os.umask(0o022)
    yield tmp_path / "instance"
    os.umask(mask)


@pytest.fixture
def blank(installation: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation whose database holds nothing, not even tables."""
    if not ON_POSTGRESQL:
        yield installation
        return
    name = f"mace_cli_{uuid4().hex[:12]}"
    _on_server(f'CREATE DATABASE "{name}"')
    monkeypatch.setenv("MACE_DATABASE_URL", _url_of(name))
    yield installation
    _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def migrated(settings: Settings, installation: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The installation with a migrated, empty database."""
    monkeypatch.setenv("MACE_DATABASE_URL", settings.database_url)
    return settings


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """The address of a database filled once with the demonstration, and what filling it printed."""
    folder, name = tmp_path_factory.mktemp("demo"), f"mace_demo_{uuid4().hex[:12]}"
    if ON_POSTGRESQL:
        _on_server(f'CREATE DATABASE "{name}"')
    address = _url_of(name) if ON_POSTGRESQL else f"sqlite:///{folder / 'demo.sqlite'}"
    said_by_each = []
    with pytest.MonkeyPatch.context() as patch:
        for setting, value in (("INSTANCE", str(folder)), ("MODE", "demo"), ("DATABASE_URL", address)):
            patch.setenv(f"MACE_{setting}", value)
        for arguments in (["migrate"], ["demo"]):
            with redirect_stdout(StringIO()) as printed:
                assert main(arguments) == 0
            said_by_each.append(printed.getvalue())
    yield address, said_by_each
    if ON_POSTGRESQL:
        _on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def filled(demonstration: tuple[str, list[str]], installation: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The installation with the demonstration in it. Tests only read it."""
    monkeypatch.setenv("MACE_DATABASE_URL", demonstration[0])
    return demonstration[0]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """How a command ends and what it prints."""
    code = main(arguments)
    out, err = capsys.readouterr()
    return code, out, err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str, lines: int = 1) -> str:
    """The one line with which a command refuses, or one for each of so many reasons."""
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (1, "")
    assert re.fullmatch(rf"(mace: [^\n]+\n){{{lines}}}", err), err
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    "arguments", [["--help"], ["serve", "--help"], ["demo", "--help"], ["import-tracker", "--help"]]
)
def test_help_says_what_there_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    words = capsys.readouterr().out
    if arguments == ["--help"]:
        for command in ("serve", "migrate", "demo", "routes", "verify", "import-tracker"):
            assert command in words


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "--port", "1"], ["import-tracker"]])
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: mace" in capsys.readouterr().err


def test_migrate_makes_the_database_and_again_changes_nothing(blank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert said(capsys, "migrate") == (0, "The database is up to date.\n", "")
    assert said(capsys, "verify") == (0, "The trail holds: 0 rows.\n", "")


def test_what_it_makes_only_its_owner_may_read(blank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "migrate")
    assert blank.stat().st_mode & 0o077 == 0
    for path in blank.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name


@pytest.mark.parametrize("command", [["verify"], ["demo"], ["serve", "--listen", "127.0.0.1:1"]])
def test_a_database_that_is_not_migrated_is_said_so(
    blank: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert "run `mace migrate`" in refused(capsys, *command)


def test_the_demonstration_fills_an_empty_database_once(
    demonstration: tuple[str, list[str]], filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demonstration[1] == ["The database is up to date.\n", "The demonstration partnership is ready.\n"]
    before = said(capsys, "verify")
    assert before[0] == 0
    assert said(capsys, "demo", "--if-empty")[0] == 0
    assert said(capsys, "demo")[0] == 0
    assert said(capsys, "verify") == before


def test_the_demonstration_prints_who_there_is_and_again_on_its_own(
    filled: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, first, err = said(capsys, "demo", "--json")
    assert (code, err) == (0, "")
    facts = json.loads(first)
    assert len(facts["people"]) >= 14
    for person in facts["people"]:
        assert {"name", "email", "role", "agency", "password"} <= set(person)
    assert len(json.dumps(facts["canaries"])) > 100
    assert said(capsys, "demo", "--json") == (0, first, "")


def test_the_demonstration_leaves_real_work_alone(
    migrated: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "not empty" in refused(capsys, "demo")
    assert said(capsys, "demo", "--if-empty") == (0, "", "")
    assert "does not hold the demonstration" in refused(capsys, "demo", "--json", "--if-empty")


def test_production_never_has_a_demonstration(
    migrated: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MACE_MODE", "production")
    assert "MACE_MODE=demo" in refused(capsys, "demo")
    assert "MACE_MODE=demo" in refused(capsys, "demo", "--json", "--if-empty")


def test_a_database_that_held_the_demonstration_never_serves_production(
    filled: str, taken: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("MODE", "production"), ("HTTPS", "yes"), ("TRUSTED_HOSTS", "mace.example")):
        monkeypatch.setenv(f"MACE_{name}", value)
    without_a_key = 0 if ON_POSTGRESQL else 1
    said = refused(capsys, "serve", "--listen", taken, lines=1 + without_a_key)
    assert "never serves production" in said


def test_nor_by_another_server(filled: str) -> None:
    env = {**os.environ, "MACE_MODE": "production", "PYTHONPATH": os.getcwd()}
    for mode, says in (("production", "never serves production"), ("demo", "keeps it to this machine")):
        tried = subprocess.run(
            [sys.executable, "-c", "import app"],
            env={**env, "MACE_MODE": mode},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert tried.returncode != 0
        assert says in tried.stderr


@pytest.mark.parametrize("listen", ["0.0.0.0:8000", "192.0.2.1:8000", "[::]:8000", "mace.test:8000"])
def test_the_demonstration_is_served_to_this_machine_only(
    installation: Path, capsys: pytest.CaptureFixture[str], listen: str
) -> None:
    assert "this machine only" in refused(capsys, "serve", "--listen", listen)


@pytest.mark.parametrize(
    "listen", ["8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:0", "[::1]:70000", ":8"]
)
def test_an_address_that_is_none_is_said_so(
    installation: Path, capsys: pytest.CaptureFixture[str], listen: str
) -> None:
    assert "write it as 127.0.0.1:8000" in refused(capsys, "serve", "--listen", listen)


def test_a_port_that_is_taken_is_said_so(migrated: Settings, taken: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"{taken} cannot be had" in refused(capsys, "serve", "--listen", taken)


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_says_where_and_ends_when_told(migrated: Settings, told: signal.Signals) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-c", "import sys; from mace.cli import main; sys.exit(main())", "serve", "--listen"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*command, address], cwd=ROOT, text=True, **pipes) as served:
        try:
            assert served.stdout is not None
            assert f"http://{address}" in served.stdout.readline()
            with urlopen(f"http://{address}/healthz", timeout=20) as answer:
                assert (answer.status, answer.read()) == (200, b"ok\n")
                assert "Server" not in answer.headers
        finally:
            served.send_signal(told)
            _, err = served.communicate(timeout=20)
    assert served.returncode == 0, err
    assert "Traceback" not in err


def test_routes_lists_every_endpoint_with_its_permission(
    migrated: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, "routes", "--json")
    table = json.loads(out)
    assert code == 0
    row = next(row for row in table if row["endpoint"] == "actions.action")
    assert row == {
        "endpoint": "actions.action",
        "rule": "/actions/<uuid:action_id>",
        "methods": ["GET"],
        "permission": "action:read",
    }
    code, words, _ = said(capsys, "routes")
    assert code == 0
    assert len(words.splitlines()) == len(table)


def test_verify_names_the_first_bad_row_and_ends_with_one(
    migrated: Settings, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "verify")
    assert (code, err) == (0, "")
    assert re.fullmatch(r"The trail holds: \d+ rows\.\n", out)
    run(migrated, "UPDATE trail SET act = 'read' WHERE seq = 7")
    code, out, err = said(capsys, "verify")
    assert (code, out) == (1, "")
    assert err == "The trail does not hold from row 7: the row was changed or replaced.\n"


DATABASES = {
    "no server there": "postgresql://nobody@127.0.0.1:1/nothing",
    "no such folder": "sqlite:////nowhere/at/all/mace.sqlite",
    "a folder": "sqlite:////tmp",
}


@pytest.mark.parametrize("command", ["migrate", "verify", "demo", "serve"])
@pytest.mark.parametrize("what", DATABASES)
def test_a_database_that_cannot_be_used_is_said_so(
    installation: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str, command: str
) -> None:
    monkeypatch.setenv("MACE_DATABASE_URL", DATABASES[what])
    assert "the database cannot be used" in refused(capsys, command)


def test_a_file_that_is_no_database_is_said_so(
    installation: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("Dear colleague, " * 200, encoding="utf-8")
    monkeypatch.setenv("MACE_DATABASE_URL", f"sqlite:///{tmp_path / 'letter.txt'}")
    assert "the database cannot be used" in refused(capsys, "migrate")


def test_a_key_encrypts_the_file_and_another_key_does_not_open_it(
    installation: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "encrypted.sqlite"
    monkeypatch.setenv("MACE_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("MACE_DATABASE_KEY", "it's a key with a quote")
    assert main(["migrate"]) == 0
    content = b"".join(path.read_bytes() for path in tmp_path.glob("encrypted*"))
    assert not content.startswith(b"SQLite format 3")
    assert b"live_session" not in content
    capfd.readouterr()
    for key in ("another", ""):
        monkeypatch.setenv("MACE_DATABASE_KEY", key)
        assert main(["verify"]) == 1
        out, err = capfd.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert "its key" in err
    monkeypatch.delenv("MACE_DATABASE_KEY")
    key_file = tmp_path / "key"
    key_file.write_text("it's a key with a quote\n", encoding="utf-8")
    monkeypatch.setenv("MACE_DATABASE_KEY_FILE", str(key_file))
    assert main(["verify"]) == 0


def test_a_tracker_that_is_not_there_is_said_so(migrated: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no file called nowhere.xlsx" in refused(capsys, "import-tracker", "nowhere.xlsx")


def test_a_printer_that_goes_away_is_no_fault(filled: str) -> None:
    tried = subprocess.run(
        [
            "bash",
            "-c",
            f'{sys.executable} -c "from mace.cli import main; import sys; sys.exit(main())" demo --json | head -c 1',
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in tried.stderr
