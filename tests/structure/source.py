"""The source of the house, read as trees: what the structure tests look at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MACE = ROOT / "mace"
TEMPLATES = ROOT / "templates"
NOT_FEATURES = {"domain", "models", "web", "demo", "migrations", "static"}
"""Folders of ``mace/`` that are no feature."""


@cache
def tree(path: Path) -> ast.Module:
    """A file as a tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    """A path as people write it."""
    return path.relative_to(ROOT).as_posix()


def sources(*, migrations: bool = False) -> list[Path]:
    """Every module of the tool."""
    return sorted(path for path in MACE.rglob("*.py") if migrations or "migrations" not in path.parts)


def features() -> list[Path]:
    """The feature folders."""
    return sorted(
        path for path in MACE.iterdir() if path.is_dir() and path.name not in NOT_FEATURES and path.name[0] not in "._"
    )


def room_of(path: Path) -> str:
    """Which room a module is: routes, forms, commands, queries, domain, models, web, or its own name."""
    parts = path.relative_to(MACE).with_suffix("").parts
    return parts[0] if len(parts) == 1 or parts[0] in NOT_FEATURES else parts[1]


def rooms(*names: str) -> list[Path]:
    """The modules of these rooms, over all features."""
    return [path for path in sources() if room_of(path) in names]


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call in a module with the last name it goes by."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node, last_name(node.func)


def last_name(node: ast.AST) -> str:
    """``text`` of both ``text`` and ``sa.text``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """``date.today`` of the expression ``date.today``."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def names_used(path: Path) -> set[str]:
    """Every name that a module mentions."""
    found = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    return found | {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


def imported(path: Path, package: str) -> set[str]:
    """The names that a module takes from a package, or from one whose name begins so."""
    return {
        alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package)
        for alias in node.names
    }
