"""One frozen object that says how this installation runs: read once, checked, and named when wrong."""

import os
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from mace.domain.area import Area

ROOT = Path(__file__).resolve().parent.parent
MODES = ("production", "demo", "test")
DRIVERS = ("sqlite", "postgresql", "postgresql+psycopg")
IN_FILE = ("area", "council", "database_url", "https", "idle_minutes", "marking", "mode", "trusted_hosts")
IN_ENVIRONMENT = (
    *(f"MACE_{name.upper()}" for name in IN_FILE if name != "area"),
    "MACE_DATABASE_KEY",
    "MACE_DATABASE_KEY_FILE",
    "MACE_INSTANCE",
    "MACE_SECRET_KEY",
)
_OF_SETTING_UP = ("MACE_TEST_", "MACE_REQUIRE_", "MACE_SYSTEM_")
"""What the tests and the installation read for themselves."""
SHORTEST_SECRET = 32


class BadSetting(Exception):
    """A setting that stops the start, named in one sentence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs. Durations are wall-clock time."""

    instance: Path
    mode: str
    """"production", "demo" (loopback only) or "test"."""
    secret_key: str = field(repr=False)
    database_url: str = field(repr=False)
    database_key: str = field(default="", repr=False)
    """Encrypts the SQLite file at rest when set."""
    council: str = "Northborough Council"
    marking: str = "OFFICIAL-SENSITIVE"
    trusted_hosts: tuple[str, ...] = ()
    https: bool = False
    idle_limit: timedelta = timedelta(minutes=15)
    absolute_limit: timedelta = timedelta(hours=10)
    area: Area = field(default_factory=Area)

    @property
    def is_demo(self) -> bool:
        """True where everybody may sign in as anybody, on this machine only."""
        return self.mode == "demo"


def load_settings(environ: Mapping[str, str] | None = None, instance: Path | None = None) -> Settings:
    """Read ``instance/mace.toml`` and the ``MACE_…`` variables; the environment wins.

    Raises :class:`BadSetting` with the name of the setting and what it may be.
    """
    env = os.environ if environ is None else environ
    _no_others("the environment", [name for name in env if name.startswith("MACE_")], IN_ENVIRONMENT, _OF_SETTING_UP)
    folder = _folder(Path(env.get("MACE_INSTANCE") or instance or ROOT / "instance"))
    stored = _stored(folder / "mace.toml")
    _no_others("mace.toml", stored, IN_FILE)

    def said(name: str, default: object) -> object:
        return env.get(f"MACE_{name.upper()}") or stored.get(name, default)

    mode = said("mode", "production")
    if mode not in MODES:
        raise BadSetting(f"MACE_MODE is {mode!r}: it may be {', '.join(MODES)}")
    try:
        area = Area.checked(**stored.get("area", {}))
    except (TypeError, ValueError) as wrong:
        raise BadSetting(f"[area] in mace.toml: {wrong}") from wrong
    url, key = _database_url(said("database_url", "")), _database_key(env)
    if key and url.startswith("postgresql"):
        raise BadSetting("MACE_DATABASE_KEY encrypts an SQLite file: PostgreSQL needs encrypted storage of its own")
    file = folder / ("demo.sqlite" if mode == "demo" else "mace.sqlite")
    return Settings(
        instance=folder,
        mode=str(mode),
        secret_key=_secret(env, folder),
        database_url=url or f"sqlite:///{file}",
        database_key=key,
        council=_words(said("council", "Northborough Council"), "MACE_COUNCIL"),
        marking=_words(said("marking", "OFFICIAL-SENSITIVE"), "MACE_MARKING"),
        trusted_hosts=_hosts(said("trusted_hosts", [])),
        https=_yes_or_no(said("https", "no"), "MACE_HTTPS"),
        idle_limit=_minutes(said("idle_minutes", 15), "MACE_IDLE_MINUTES", 5, 30),
        area=area,
    )


def _no_others(place: str, found: Iterable[str], known: Iterable[str], others: tuple[str, ...] = ()) -> None:
    """A name that is nearly right would be ignored, and nobody would know."""
    for name in found:
        if name not in known and not name.startswith(others):
            raise BadSetting(f"{name} in {place} is no setting: there are {', '.join(sorted(known))}")


def _folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as wrong:
        raise BadSetting(f"MACE_INSTANCE is {path}, which cannot be a folder: {wrong.strerror}") from wrong
    return path


def _stored(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSetting(f"{path.name} is not valid TOML: {wrong}") from wrong
    except OSError as wrong:
        raise BadSetting(f"{path.name} cannot be read: {wrong.strerror}") from wrong


def _database_url(value: object) -> str:
    if not value:
        return ""
    try:
        url = make_url(str(value))
    except ArgumentError:
        raise BadSetting("MACE_DATABASE_URL is no address: write it as sqlite:///FILE or postgresql://…") from None
    if url.drivername not in DRIVERS:
        raise BadSetting(f"MACE_DATABASE_URL names {url.drivername}: it may be {', '.join(DRIVERS)}")
    if url.drivername == "sqlite" and url.database in (None, "", ":memory:"):
        raise BadSetting("MACE_DATABASE_URL names no file: write it as sqlite:///FILE")
    if url.drivername == "sqlite" and str(url.database).startswith("file:"):
        raise BadSetting("MACE_DATABASE_URL is a file: address: write it as sqlite:///FILE")
    return str(value)


def _words(value: object, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 80 or not value.isprintable():
        raise BadSetting(f"{name} is {value!r}: it may be a few words, at most 80 characters")
    return value.strip()


def _hosts(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadSetting(f"MACE_TRUSTED_HOSTS is {value!r}: it may be host names, separated by commas")
    hosts = tuple(name.strip() for name in names if name.strip())
    for host in hosts:
        if not re.fullmatch(r"\.?[A-Za-z0-9.-]+", host):
            raise BadSetting(f"MACE_TRUSTED_HOSTS has {host!r}: each is a host name, without https:// and port")
    return hosts


def _yes_or_no(value: object, name: str) -> bool:
    word = str(value).lower()
    if word not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise BadSetting(f"{name} is {value!r}: it may be yes or no")
    return word in ("1", "true", "yes", "on")


def _minutes(value: object, name: str, least: int, most: int) -> timedelta:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and least <= int(text) <= most):
        raise BadSetting(f"{name} is {value!r}: it may be {least} to {most} minutes")
    return timedelta(minutes=int(text))


def _secret(env: Mapping[str, str], folder: Path) -> str:
    secret = env.get("MACE_SECRET_KEY") or _own_secret(folder)
    if len(secret) < SHORTEST_SECRET:
        where = "MACE_SECRET_KEY" if env.get("MACE_SECRET_KEY") else str(folder / "secret-key")
        raise BadSetting(f"{where} is too short: it needs {SHORTEST_SECRET} characters or more that nobody can guess")
    return secret


def _own_secret(folder: Path) -> str:
    """The secret that signs cookies, made on first start and readable by the service only."""
    path = folder / "secret-key"
    try:
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadSetting(f"{path} cannot be made or read: check who owns {folder}") from wrong


def _database_key(env: Mapping[str, str]) -> str:
    if env.get("MACE_DATABASE_KEY"):
        return env["MACE_DATABASE_KEY"]
    file = env.get("MACE_DATABASE_KEY_FILE")
    if not file:
        return ""
    try:
        key = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as wrong:
        raise BadSetting("MACE_DATABASE_KEY_FILE cannot be read: check its path and owner") from wrong
    if not key:
        raise BadSetting("MACE_DATABASE_KEY_FILE is empty: the database would not be encrypted")
    return key
