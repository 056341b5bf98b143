"""One frozen object that says how this installation runs: read once, checked, and named when wrong."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from mace.domain.area import Area

ROOT = Path(__file__).resolve().parent.parent


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
    folder = Path(env.get("MACE_INSTANCE") or instance or ROOT / "instance")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stored = _stored(folder / "mace.toml")
    mode = env.get("MACE_MODE") or str(stored.get("mode", "production"))
    if mode not in ("production", "demo", "test"):
        raise BadSetting(f"MACE_MODE is {mode!r}: it may be production, demo or test")
    try:
        area = Area.checked(**stored.get("area", {}))
    except (TypeError, ValueError) as wrong:
        raise BadSetting(f"[area] in mace.toml: {wrong}") from wrong
    idle = _minutes(
        env.get("MACE_IDLE_MINUTES") or stored.get("idle_minutes", 15),
        "MACE_IDLE_MINUTES",
        5,
        30,
    )
    hosts = env.get("MACE_TRUSTED_HOSTS") or ",".join(stored.get("trusted_hosts", []))
    return Settings(
        instance=folder,
        mode=mode,
        secret_key=env.get("MACE_SECRET_KEY") or _own_secret(folder),
        database_url=env.get("MACE_DATABASE_URL")
        or str(
            stored.get("database_url") or f"sqlite:///{folder / ('demo.sqlite' if mode == 'demo' else 'mace.sqlite')}"
        ),
        database_key=_database_key(env),
        council=env.get("MACE_COUNCIL") or str(stored.get("council", "Northborough Council")),
        marking=str(stored.get("marking", "OFFICIAL-SENSITIVE")),
        trusted_hosts=tuple(host.strip() for host in hosts.split(",") if host.strip()),
        https=env.get("MACE_HTTPS", str(stored.get("https", ""))).lower() in ("1", "true", "yes"),
        idle_limit=idle,
        area=area,
    )


def _stored(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise BadSetting(f"{path.name} is not valid TOML: {wrong}") from wrong


def _minutes(value: object, name: str, least: int, most: int) -> timedelta:
    try:
        minutes = int(str(value))
    except ValueError:
        minutes = -1
    if not least <= minutes <= most:
        raise BadSetting(f"{name} is {value!r}: it may be {least} to {most} minutes")
    return timedelta(minutes=minutes)


def _own_secret(folder: Path) -> str:
    """The secret that signs cookies, made on first start and readable by the service only."""
    path = folder / "secret-key"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def _database_key(env: Mapping[str, str]) -> str:
    if env.get("MACE_DATABASE_KEY"):
        return env["MACE_DATABASE_KEY"]
    file = env.get("MACE_DATABASE_KEY_FILE")
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as wrong:
        raise BadSetting("MACE_DATABASE_KEY_FILE cannot be read: check its path and owner") from wrong
