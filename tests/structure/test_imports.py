"""Imports point down: the contracts hold, and a copy of the house with bad imports breaks each of them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the import contracts over the package in a folder."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its contracts."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "mace", folder / "mace", ignore=shutil.ignore_patterns("static", "__pycache__"))
    return folder


def test_imports_point_down(house: Path) -> None:
    checked = lint_imports(house)
    assert checked.returncode == 0, checked.stdout
    assert "4 kept, 0 broken" in checked.stdout


def _also(path: Path, line: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")


def _room(house: Path, feature: str, room: str) -> Path:
    """A file of a room, be it one module or a package."""
    package = house / "mace" / feature / room
    return package / "__init__.py" if package.is_dir() else package.with_suffix(".py")


@pytest.mark.parametrize(
    ("contract", "feature", "room", "line"),
    [
        ("Imports point down", "children", "queries", "import mace.record.routes"),
        ("Imports point down", "web", "access", "import mace.account.queries"),
        ("The domain knows nothing but Python", "domain", "policy", "import sqlalchemy"),
        ("Routes and forms build no SQL", "actions", "routes", "import mace.models"),
        ("Commands, queries and models do not know the web", "actions", "commands", "import flask"),
    ],
)
def test_a_bad_import_breaks_its_contract(house: Path, contract: str, feature: str, room: str, line: str) -> None:
    path = _room(house, feature, room)
    before = path.read_text(encoding="utf-8")
    _also(path, line)
    try:
        checked = lint_imports(house)
    finally:
        path.write_text(before, encoding="utf-8")
    assert checked.returncode == 1, checked.stderr
    assert f"{contract} BROKEN" in checked.stdout


def test_a_new_folder_must_find_its_place(house: Path) -> None:
    stray = house / "mace" / "stray.py"
    stray.write_text('"""A room without a place."""\n', encoding="utf-8")
    try:
        checked = lint_imports(house)
    finally:
        stray.unlink()
    assert checked.returncode == 1
    assert "stray" in checked.stdout
