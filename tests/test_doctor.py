"""What keeps real data from being served, each on both sides of its line, and what the command says of it."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mace.cli import main
from mace.database import make_engines, open_session
from mace.doctor import CHECKS, Look, file_system_of, look_over, stored
from mace.settings import Settings
from tests.world import World

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LOCAL = "/dev/vda1 / ext4 rw 0 0\nnas:/shares /mnt/nas nfs4 rw 0 0\n//nas/a /mnt/with\\040space cifs rw 0 0\n"


@pytest.fixture
def well(tmp_path: Path) -> Look:
    """An installation with nothing wrong."""
    folder = tmp_path / "instance"
    folder.mkdir(mode=0o700)
    for name in ("mace.sqlite", "mace.sqlite-wal", "secret-key"):
        (folder / name).touch(mode=0o600)
    settings = Settings(
        instance=folder,
        mode="production",
        secret_key="0123456789abcdef" * 4,
        database_url=f"sqlite:///{folder / 'mace.sqlite'}",
        database_key="a long random key",
        trusted_hosts=("mace.example",),
        https=True,
    )
    return Look(settings, {}, LOCAL, NOW, is_migrated=True, last_event_at=NOW)


def wrong(look: Look) -> dict[str, str]:
    return {one.what: one.wrong for one in look_over(look) if one.wrong}


def with_settings(look: Look, **changed: object) -> Look:
    return replace(look, settings=replace(look.settings, **changed))  # type: ignore[arg-type]


def test_with_nothing_wrong_everything_is_said_to_be_right(well: Look) -> None:
    assert wrong(well) == {}
    assert len(look_over(well)) == len(CHECKS) == 10


@pytest.mark.parametrize(("said", "is_on"), [("1", True), ("true", True), ("0", False), ("False", False), ("", False)])
def test_debug_mode(well: Look, said: str, is_on: bool) -> None:
    assert ("debug mode" in wrong(replace(well, environ={"FLASK_DEBUG": said}))) is is_on


@pytest.mark.parametrize(("secret", "is_weak"), [("abcdefghijk" * 3, True), ("abcdefghijkl" * 3, False)])
def test_a_secret_that_somebody_typed(well: Look, secret: str, is_weak: bool) -> None:
    assert ("secret" in wrong(with_settings(well, secret_key=secret))) is is_weak


def test_no_host_name_and_no_tls(well: Look) -> None:
    assert list(wrong(with_settings(well, trusted_hosts=()))) == ["host names"]
    assert list(wrong(with_settings(well, https=False))) == ["cookies"]


def test_a_schema_of_another_version_and_demonstration_data(well: Look) -> None:
    assert "mace migrate" in wrong(replace(well, is_migrated=False))["schema"]
    assert "never serves production" in wrong(replace(well, held_demo=True))["demonstration data"]


@pytest.mark.parametrize(("seconds", "lags"), [(-1, False), (0, False), (300, False), (301, True), (86_400, True)])
def test_a_clock_that_is_behind_the_trail(well: Look, seconds: int, lags: bool) -> None:
    assert ("clock" in wrong(replace(well, last_event_at=NOW + timedelta(seconds=seconds)))) is lags


def test_no_trail_yet_says_nothing_of_the_clock(well: Look) -> None:
    assert wrong(replace(well, last_event_at=None)) == {}


@pytest.mark.parametrize("name", ["", "mace.sqlite", "mace.sqlite-wal", "secret-key"])
@pytest.mark.parametrize("mode", [0o040, 0o004, 0o010])
def test_what_others_on_the_machine_can_open(well: Look, name: str, mode: int) -> None:
    path = well.settings.instance / name
    path.chmod(path.stat().st_mode | mode)
    said = wrong(well)["files"]
    assert str(path) in said
    path.chmod(path.stat().st_mode & ~0o077)
    assert wrong(well) == {}


@pytest.mark.parametrize(
    ("place", "is_shared"), [("/mnt/nas/mace", True), ("/mnt/nas2", False), ("/mnt/with space", True)]
)
def test_a_shared_drive_under_sqlite(well: Look, place: str, is_shared: bool) -> None:
    there = with_settings(well, database_url=f"sqlite:///{place}/mace.sqlite")
    assert ("place of the database" in wrong(there)) is is_shared
    on_server = with_settings(well, database_url="postgresql://db/mace", database_key="")
    assert wrong(replace(on_server, mounts="nas:/ / nfs rw 0 0")) == {}


def test_a_key_that_others_can_read_and_a_folder_they_can_write(well: Look, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.touch(mode=0o600)
    kept = replace(well, environ={"MACE_DATABASE_KEY_FILE": str(key)})
    assert wrong(kept) == {}
    key.chmod(0o644)
    assert str(key) in wrong(kept)["files"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    there = with_settings(well, database_url=f"sqlite:///{elsewhere / 'mace.sqlite'}")
    assert wrong(there) == {}
    elsewhere.chmod(0o775)
    assert str(elsewhere) in wrong(there)["files"]


def test_a_link_is_followed_to_the_files_beside_the_real_one(well: Look, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    for name in ("mace.sqlite", "mace.sqlite-wal"):
        (real / name).touch(mode=0o600)
    link = well.settings.instance / "linked.sqlite"
    link.symlink_to(real / "mace.sqlite")
    linked = with_settings(well, database_url=f"sqlite:///{link}")
    assert wrong(linked) == {}
    (real / "mace.sqlite-wal").chmod(0o640)
    assert str(real / "mace.sqlite-wal") in wrong(linked)["files"]


def test_the_last_mount_on_a_place_counts() -> None:
    assert file_system_of(Path("/data/x"), "a / ext4 rw\nb /data nfs rw\nc /data ext4 rw") == "ext4"
    assert file_system_of(Path("/data\\b/x"), "a / ext4 rw\nb /data\\134b nfs rw") == "nfs"
    assert file_system_of(Path("/data/x"), "") == ""
    assert file_system_of(Path("/data/x"), "half a\n") == ""


def test_a_file_without_a_key(well: Look) -> None:
    assert list(wrong(with_settings(well, database_key=""))) == ["encryption"]


def test_the_database_says_when_its_last_event_was(world: World, settings: Settings) -> None:
    engines = make_engines(settings)
    with open_session(engines) as session:
        held_demo, last = stored(session)
    engines.dispose()
    assert not held_demo
    assert last is not None
    assert datetime.now(UTC) - timedelta(minutes=5) < last <= datetime.now(UTC)


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A production installation, set up as the README says; on SQLite, as PostgreSQL keeps its own files."""
    for name in [name for name in os.environ if name.startswith("MACE_") and not name.startswith("MACE_TEST_")]:
        monkeypatch.delenv(name)
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text("f00dcafe" * 8)
    for name, value in (
        ("INSTANCE", str(tmp_path / "instance")),
        ("TRUSTED_HOSTS", "mace.example"),
        ("HTTPS", "yes"),
        ("DATABASE_KEY_FILE", str(key)),
    ):
        monkeypatch.setenv(f"MACE_{name}", value)
    return tmp_path / "instance"


def test_the_command_says_right_and_wrong_and_serve_refuses(
    production: Path, taken: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MACE_DATABASE_KEY_FILE")
    assert main(["doctor"]) == 1
    assert "MACE_DATABASE_KEY_FILE" in capsys.readouterr().out
    assert not (production / "mace.sqlite").exists(), "asking makes no file, which would not be encrypted"
    monkeypatch.setenv("MACE_DATABASE_KEY_FILE", str(production.parent / "key"))
    assert main(["doctor"]) == 1
    assert "wrong  schema: the database is not up to date: run `mace migrate`" in capsys.readouterr().out
    assert main(["migrate"]) == 0
    capsys.readouterr()
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"right  {what}" for what, _ in CHECKS]
    monkeypatch.setenv("MACE_HTTPS", "no")
    monkeypatch.delenv("MACE_TRUSTED_HOSTS")
    (production / "mace.sqlite").chmod(0o644)
    assert main(["serve", "--listen", taken]) == 1
    refused = capsys.readouterr().err.splitlines()
    assert len(refused) == 3
    assert all(line.startswith("mace: ") for line in refused)
