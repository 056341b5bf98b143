"""What no source of this house says: the ways round its guards, found by reading it."""

import ast
import re
from pathlib import Path

import pytest

from tests.structure.source import (
    TEMPLATES,
    calls,
    dotted,
    imported,
    last_name,
    named,
    names_used,
    room_of,
    rooms,
    sources,
    tree,
)

CLOCKS = re.compile(r"\b(?:date\.today|datetime\.(?:now|utcnow|today)|time\.time)$")


def every_template() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_escapes_all_it_shows(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|\bMarkup\b|\bforceescape\b", text)
    for found in re.findall(r"""["']html["']\s*:\s*([^,}\s]+)|\bhtml\s*=\s*([^,)\s]+)""", text):
        value = "".join(found)
        assert value[:1] in "\"'", f"{value} goes to a component as HTML"


@pytest.mark.parametrize("path", every_template(), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_a_template_runs_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"""<script(?![^>]*\bsrc=)|<style\b|\bstyle\s*=\s*["']|\son[a-z]+\s*=\s*["']|javascript:""", text
    )


@pytest.mark.parametrize("path", sources(), ids=named)
def test_no_text_is_marked_safe(path: Path) -> None:
    assert not {"Markup", "markupsafe"} & names_used(path)


@pytest.mark.parametrize("path", sources(), ids=named)
def test_no_sql_is_written_as_text(path: Path) -> None:
    if room_of(path) != "models":
        assert not [call.lineno for call, _ in calls(path) if _is_sql(call)]
    if named(path) not in ("mace/database.py", "mace/kept.py"):
        assert not [
            call.lineno for call, name in calls(path) if name in ("exec_driver_sql", "raw_connection", "cursor")
        ]


def _is_sql(call: ast.Call) -> bool:
    return dotted(call.func) in ("text", "sa.text", "sqlalchemy.text") and bool(call.args)


@pytest.mark.parametrize("path", sources(), ids=named)
def test_nobody_goes_round_the_session(path: Path) -> None:
    if named(path) in ("mace/database.py", "mace/history.py", "mace/kept.py"):
        return
    assert not {"ask", "tell"} & imported(path, "mace.kept")
    used = [
        f"{node.lineno}: .{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("__table__", "connection", "populate_obj", "bulk_save_objects", "bulk_insert_mappings")
    ]
    assert used == []


@pytest.mark.parametrize("path", sources(), ids=named)
def test_the_marks_of_the_tripwire_are_set_in_their_place_only(path: Path) -> None:
    if named(path) in ("mace/database.py", "mace/history.py", "mace/scope.py"):
        return
    assert not {"scoped", "SCOPED", "CHAINED", "_writing"} & imported(path, "mace.database")
    assert not [call.lineno for call, name in calls(path) if name == "execution_options"]


@pytest.mark.parametrize("path", rooms("models"), ids=named)
def test_models_know_their_types_when_they_are_read(path: Path) -> None:
    futures = [node for node in tree(path).body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert futures == []


@pytest.mark.parametrize("path", [*rooms("domain", "commands", "queries", "scope")], ids=named)
def test_now_is_an_argument(path: Path) -> None:
    assert not [call.lineno for call, _ in calls(path) if CLOCKS.search(dotted(call.func))]


@pytest.mark.parametrize("path", sources(), ids=named)
def test_who_asks_is_an_argument_below_the_door(path: Path) -> None:
    if room_of(path) in ("web", "routes"):
        return
    assert not {"current_user", "g", "request", "current_app"} & imported(path, "flask")


@pytest.mark.parametrize("path", rooms("commands"), ids=named)
def test_a_command_never_commits(path: Path) -> None:
    assert not [call.lineno for call, name in calls(path) if name in ("commit", "rollback", "begin_nested", "begin")]


@pytest.mark.parametrize("path", sources(), ids=named)
def test_nothing_is_printed_or_logged_with_words_of_a_record(path: Path) -> None:
    if named(path) == "mace/cli.py":
        return
    assert not [call.lineno for call, name in calls(path) if name == "print"]
    for call, name in calls(path):
        if name in ("debug", "info", "warning", "error", "critical", "exception") and _on_a_logger(call):
            assert not [part for part in call.args if isinstance(part, ast.JoinedStr)], f"line {call.lineno}"


def _on_a_logger(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and last_name(call.func.value) in ("logger", "log")


def test_these_tests_would_see_what_they_look_for(tmp_path: Path) -> None:
    """The readers above are seen red once."""
    module = tmp_path / "bad.py"
    module.write_text(
        "from flask_login import current_user\nimport sqlalchemy as sa\nfrom markupsafe import Markup\n"
        "x = sa.text('SELECT 1')\ny = date.today()\nz = datetime.now(UTC)\n",
        encoding="utf-8",
    )
    assert "Markup" in names_used(module)
    assert "current_user" in imported(module, "flask")
    assert [name for call, name in calls(module) if _is_sql(call)] == ["text"]
    assert len([call for call, _ in calls(module) if CLOCKS.search(dotted(call.func))]) == 2
