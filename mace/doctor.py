"""What must be right before real data is served, each said in one plain line.

``mace doctor`` says all of it; in production ``mace serve`` does not start while any of it is wrong. Source:
``security.md`` F1, F6, TM06, TM21, TM22, TM24.
"""

import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import select

from mace.database import MaceSession
from mace.history import last_event_at
from mace.models import Installation
from mace.settings import Settings

CLOCK_MAY_LAG = timedelta(minutes=5)
FEWEST_CHARACTERS = 12
"""Different characters of a secret: fewer, and somebody typed it."""
SHARED = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "drvfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"smb2", "smb3", "smbfs", "vboxsf", "virtiofs"}
    | {f"fuse.{name}" for name in ("cephfs", "davfs2", "gcsfuse", "glusterfs", "grpcfuse", "rclone", "s3fs", "sshfs")}
    | {"fuse.vmhgfs-fuse"}
)
"""Kinds of file systems, as Linux names them, over which SQLite's locks and fsync cannot be relied on."""


@dataclass(frozen=True, slots=True)
class Look:
    """All that is looked at."""

    settings: Settings
    environ: Mapping[str, str]
    mounts: str
    """The text of ``/proc/self/mounts``; empty where there is none."""
    now: datetime
    is_migrated: bool
    held_demo: bool = False
    last_event_at: datetime | None = None

    @property
    def database_file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL."""
        url = sa.make_url(self.settings.database_url)
        return Path(url.database).resolve() if url.get_backend_name() == "sqlite" and url.database else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    wrong: str
    """What is wrong and what to do; empty where all is well."""


def stored(session: MaceSession) -> tuple[bool, datetime | None]:
    """Whether a migrated database ever held the demonstration, and when the last event of its trail was."""
    return session.exec(select(Installation.held_demo_data)).one(), last_event_at(session)


def look_over(look: Look) -> tuple[Finding, ...]:
    """Every finding, in the order in which one would put things right."""
    return tuple(Finding(what, check(look)) for what, check in CHECKS)


def _debug(look: Look) -> str:
    on = look.environ.get("FLASK_DEBUG", "").lower() not in ("", "0", "false", "no")
    return "debug mode shows code and data to whoever meets an error: unset FLASK_DEBUG" if on else ""


def _secret(look: Look) -> str:
    if len(set(look.settings.secret_key)) >= FEWEST_CHARACTERS:
        return ""
    return "the secret that signs cookies can be guessed: unset MACE_SECRET_KEY, and one is made"


def _hosts(look: Look) -> str:
    if look.settings.trusted_hosts:
        return ""
    return "any host name is answered: set MACE_TRUSTED_HOSTS to the name that people type"


def _cookies(look: Look) -> str:
    return "" if look.settings.https else "cookies may travel in the clear: set MACE_HTTPS=yes, behind a proxy with TLS"


def _demo(look: Look) -> str:
    if not look.held_demo:
        return ""
    return "this database has held demonstration data and never serves production: start an empty one"


def _migration(look: Look) -> str:
    return "" if look.is_migrated else "the database is not up to date: run `mace migrate`"


def _clock(look: Look) -> str:
    if look.last_event_at is None or look.now >= look.last_event_at - CLOCK_MAY_LAG:
        return ""
    return (
        f"this machine's clock says {look.now:%d %B %Y %H:%M} UTC, but the trail's last event is of "
        f"{look.last_event_at:%d %B %Y %H:%M} UTC: set the clock"
    )


def _privacy(look: Look) -> str:
    file, folder = look.database_file, look.settings.instance
    held = [folder, folder / "secret-key"]
    if file is not None:
        held += [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
    if look.environ.get("MACE_DATABASE_KEY_FILE"):
        held.append(Path(look.environ["MACE_DATABASE_KEY_FILE"]))
    seen = [path for path in held if _is_open_to(0o077, path)]
    if file is not None and file.parent not in seen and _is_open_to(0o022, file.parent):
        seen.append(file.parent)
    if not seen:
        return ""
    return f"others on this machine can open {', '.join(map(str, seen))}: run `chmod go= {' '.join(map(str, seen))}`"


def _is_open_to(others: int, path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & others)


def _place(look: Look) -> str:
    file = look.database_file
    kind = file_system_of(file, look.mounts) if file is not None else ""
    if kind not in SHARED:
        return ""
    return f"{file} lies on a shared drive ({kind}), where SQLite loses data: use a local disk, or PostgreSQL"


def _encryption(look: Look) -> str:
    if look.database_file is None or look.settings.database_key:
        return ""
    return (
        "the database file is not encrypted: set MACE_DATABASE_KEY_FILE to a file with a long random key, before the "
        "first `mace migrate`, and keep a copy of the key elsewhere"
    )


CHECKS: tuple[tuple[str, Callable[[Look], str]], ...] = (
    ("debug mode", _debug),
    ("secret", _secret),
    ("host names", _hosts),
    ("cookies", _cookies),
    ("schema", _migration),
    ("demonstration data", _demo),
    ("clock", _clock),
    ("files", _privacy),
    ("place of the database", _place),
    ("encryption", _encryption),
)


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of the file system on which a path lies, by Linux's list of mounts; empty where it does not say."""
    kind, longest = "", -1
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[1]))
        if path.resolve().is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = fields[2], len(point.parts)
    return kind
