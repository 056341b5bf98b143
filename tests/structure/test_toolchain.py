"""What the locks and the commands promise: every download is pinned by its hash, and no host is named."""

import json
import re
import stat
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("tool", "run", "dev", "node")
HOST_FREE = (
    *(f"requirements/{name}.txt" for name in LOCKS),
    *(f"requirements/{name}.in" for name in ("tool", "build", "node")),
    "requirements/build_assets.py",
    "Makefile",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".ci/run",
    "pyproject.toml",
)
OWN_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
HOST = re.compile(
    r"\w+://(?!postgres@127\.0\.0\.1:)|\b[\w-]+\.(?:org|com|io|net|dev|internal)\b|--(?:extra-)?index-url|--find-links"
)
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==(\S+)", re.M)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def entries(name: str) -> list[str]:
    """Each requirement of a lock with its continuation lines, comments left out."""
    lines = [line for line in lock(name).splitlines() if line.strip() and not line.strip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def pins(name: str) -> set[tuple[str, str]]:
    return set(PIN.findall(lock(name)))


def names_of(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", match.group()).lower() for match in found if match}


@pytest.mark.parametrize("path", HOST_FREE)
def test_no_host_is_named(path: str) -> None:
    text = OWN_ADDRESS.sub("", (ROOT / path).read_text(encoding="utf-8"))
    assert HOST.findall(text) == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_pinned_with_hashes(name: str) -> None:
    assert entries(name), "the lock is empty"
    for entry in entries(name):
        assert PIN.match(entry), f"not pinned: {entry[:60]}"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry), f"without a hash: {entry[:60]}"


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = {name for name, _ in pins("run")}
    dev = {name for name, _ in pins("dev")}
    assert names_of(project["dependencies"]) <= run
    assert names_of(project["optional-dependencies"]["dev"]) <= dev
    assert "hatchling" in run


def test_tests_run_on_what_is_deployed() -> None:
    assert pins("run") <= pins("dev")


def test_every_npm_package_is_pinned_with_a_hash() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    fetched = {path: package for path, package in packages.items() if path}
    assert fetched
    for path, package in fetched.items():
        assert package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, path
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert asked == {name: packages[f"node_modules/{name}"]["version"] for name in asked}


def test_installs_demand_hashes() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    locked = [line for line in lines if re.search(r"-r \S*requirements/\w+\.txt|-r requirements/", line)]
    assert len(locked) >= len(LOCKS)
    for line in locked:
        assert "--require-hashes" in line, line


def test_ci_can_be_run() -> None:
    assert (ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR
