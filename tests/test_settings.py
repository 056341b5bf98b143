"""Settings: each that cannot be stops the start, and is named in one sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from mace.settings import BadSetting, load_settings

GOOD = {"MACE_MODE": "test", "MACE_SECRET_KEY": "x" * 32}


def load(tmp_path: Path, toml: str = "", **env: str) -> object:
    """Load with these variables and this file."""
    (tmp_path / "mace.toml").write_text(toml, encoding="utf-8")
    return load_settings({**GOOD, "MACE_INSTANCE": str(tmp_path), **env})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MACE_MODE", "staging"),
        ("MACE_MODE", "Production"),
        ("MACE_IDLE_MINUTES", "4"),
        ("MACE_IDLE_MINUTES", "31"),
        ("MACE_IDLE_MINUTES", "soon"),
        ("MACE_IDLE_MINUTES", "-15"),
        ("MACE_IDLE_MINUTES", "15.5"),
        ("MACE_IDLE_MINUTES", "٢٠"),
        ("MACE_HTTPS", "maybe"),
        ("MACE_DATABASE_URL", "mace.sqlite"),
        ("MACE_DATABASE_URL", "mysql://localhost/mace"),
        ("MACE_DATABASE_URL", "postgresql+psycopg2://localhost/mace"),
        ("MACE_DATABASE_URL", "sqlite://"),
        ("MACE_DATABASE_URL", "sqlite:///:memory:"),
        ("MACE_TRUSTED_HOSTS", "https://mace.test"),
        ("MACE_TRUSTED_HOSTS", "mace.test:8000"),
        ("MACE_TRUSTED_HOSTS", "*"),
        ("MACE_COUNCIL", " "),
        ("MACE_COUNCIL", "x" * 81),
        ("MACE_COUNCIL", "two\nlines"),
        ("MACE_MARKING", "x" * 81),
        ("MACE_SECRET_KEY", "x" * 31),
        ("MACE_DATABASE_KEY_FILE", "/nowhere/key"),
        ("MACE_INSTANCE", "/dev/null/instance"),
        ("MACE_DATABSE_KEY", "a typing mistake"),
    ],
)
def test_a_bad_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name) as wrong:
        load(tmp_path, **{name: value})
    assert "\n" not in str(wrong.value)
    if name.endswith("KEY"):
        assert value not in str(wrong.value), "a secret is never printed"


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("mode = 3", "MACE_MODE"),
        ("idle_minute = 20", "idle_minute"),
        ("idle_minutes = true", "MACE_IDLE_MINUTES"),
        ("council = 7", "MACE_COUNCIL"),
        ("trusted_hosts = 7", "MACE_TRUSTED_HOSTS"),
        ("trusted_hosts = [7]", "MACE_TRUSTED_HOSTS"),
        ("https = 2", "MACE_HTTPS"),
        ("area = 3", "area"),
        ("[area]\nnonsense = 1", "nonsense"),
        ("[area]\nno_update_days = 0", "no_update_days"),
        ("secret_key = 'in a file that is backed up'", "secret_key"),
        ("not toml at all", "mace.toml"),
    ],
)
def test_a_bad_line_of_the_file_is_named(tmp_path: Path, toml: str, named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        load(tmp_path, toml, MACE_MODE="")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "mace.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match=r"mace\.toml"):
        load_settings({**GOOD, "MACE_INSTANCE": str(tmp_path)})


def test_what_is_said_is_taken_and_the_environment_wins(tmp_path: Path) -> None:
    toml = 'council = "Fenland"\nidle_minutes = 20\ntrusted_hosts = ["a.test", "b.test"]\nhttps = true\nmode = "test"'
    found = load(tmp_path, toml, MACE_COUNCIL="Marshland")
    assert (found.council, found.idle_limit) == ("Marshland", timedelta(minutes=20))
    assert (found.trusted_hosts, found.https) == (("a.test", "b.test"), True)
    one = load(tmp_path, 'trusted_hosts = "a.test"', MACE_HTTPS="no")
    assert (one.trusted_hosts, one.https) == (("a.test",), False)


def test_nothing_said_is_production_with_its_own_secret(tmp_path: Path) -> None:
    first = load_settings({"MACE_INSTANCE": str(tmp_path / "new")})
    again = load_settings({"MACE_INSTANCE": str(tmp_path / "new")})
    assert first.mode == "production"
    assert first.database_url == f"sqlite:///{tmp_path}/new/mace.sqlite"
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "new" / "secret-key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_two_installations_have_two_secrets(tmp_path: Path) -> None:
    one, two = (load_settings({"MACE_INSTANCE": str(tmp_path / name)}) for name in ("one", "two"))
    assert one.secret_key != two.secret_key


def test_a_secret_that_was_emptied_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("", encoding="ascii")
    with pytest.raises(BadSetting, match="secret-key is too short"):
        load_settings({"MACE_INSTANCE": str(tmp_path)})


def test_a_key_that_would_encrypt_nothing_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" \n", encoding="ascii")
    with pytest.raises(BadSetting, match="MACE_DATABASE_KEY_FILE is empty"):
        load(tmp_path, MACE_DATABASE_KEY_FILE=str(tmp_path / "key"))
    with pytest.raises(BadSetting, match="MACE_DATABASE_KEY encrypts an SQLite file"):
        load(tmp_path, MACE_DATABASE_KEY="x", MACE_DATABASE_URL="postgresql://localhost/mace")


def test_no_secret_stands_in_what_is_printed(tmp_path: Path) -> None:
    shown = repr(
        load(tmp_path, MACE_DATABASE_KEY="the key", MACE_DATABASE_URL=f"sqlite:///{tmp_path}/secret-name.sqlite")
    )
    assert "x" * 32 not in shown
    assert "the key" not in shown
    assert "secret-name" not in shown
