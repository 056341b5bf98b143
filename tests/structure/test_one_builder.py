"""Rule 9 is asked in one place: whoever else asked it could forget it, or ask it differently."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASKS = {"mace/domain/handling.py"}
"""Where the rule stands, and ``build``, through which everything that shows a line asks it."""


def _who_names_it(root: Path) -> set[str]:
    found = set()
    for path in sorted((root / "mace").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = {getattr(node, "id", None), getattr(node, "attr", None), getattr(node, "name", None)}
            if "may_have" in names:
                found.add(path.relative_to(root).as_posix())
    return found


def test_only_the_builder_asks_who_may_have_a_line() -> None:
    assert _who_names_it(ROOT) == ASKS


def test_another_place_that_asks_is_found(tmp_path: Path) -> None:
    for words in ("from mace.domain.handling import may_have", "from mace.domain import handling\nhandling.may_have()"):
        (tmp_path / "mace").mkdir(exist_ok=True)
        (tmp_path / "mace" / "other.py").write_text(words)
        assert _who_names_it(tmp_path) == {"mace/other.py"}
