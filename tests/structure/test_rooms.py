"""The rooms: which files a feature may have, what they may be called, who asks what."""

import ast
import re
from pathlib import Path

import pytest

from mace.models import Model
from tests.structure.source import MACE, ROOT, TEMPLATES, calls, features, named, rooms, sources, tree

ROOMS = {"routes", "forms", "commands", "queries"}
ALONE = {
    "mace/intake/workbook.py": "reads a workbook that came from outside, within limits: no HTTP, no SQL",
    "mace/sharing/builder.py": "the one place that builds a record for a reader (rule 9)",
}
"""Files of a feature beside its rooms, each with the reason."""
JUNK = re.compile(
    r"(?:^|_)(?:manager|helpers?|utils?|data|infos?|process|processor|handle|handler|common|services?|misc)(?:_|$)"
)
IN_SCOPE = re.compile(r"\bin scope\b")
"""What the docstring of a query says that reads protected rows and asks for no actor: they were found in scope."""
GROWING = {
    "PeopleHere": "an index of people by name, to which an import adds whom it makes",
    "KnownRow": "what an earlier import made, looked up while a newer copy is compared",
}
"""Records of queries that are not frozen, each with the reason."""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("feature", features(), ids=lambda path: path.name)
def test_a_feature_has_these_rooms_and_no_other(feature: Path) -> None:
    strays = [
        named(path)
        for path in feature.iterdir()
        if path.name not in ("__init__.py", "__pycache__") and path.stem not in ROOMS and named(path) not in ALONE
    ]
    assert strays == []


def test_what_stands_beside_the_rooms_is_there() -> None:
    assert [path for path in ALONE if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("path", sources(), ids=named)
def test_nothing_is_called_what_says_nothing(path: Path) -> None:
    words = [path.stem, *path.relative_to(MACE).parent.parts]
    words += [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    words += [function.name for function in _functions(path)]
    assert [word for word in words if JUNK.search(_snake(word).strip("_"))] == []


@pytest.mark.parametrize("path", sources(), ids=named)
def test_a_module_says_in_a_line_what_lives_there(path: Path) -> None:
    assert ast.get_docstring(tree(path)), "no docstring"


@pytest.mark.parametrize("path", sources(), ids=named)
def test_a_public_function_or_class_says_what_it_means(path: Path) -> None:
    silent = [
        f"{node.lineno}: {node.name}"
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


@pytest.mark.parametrize("path", sources(), ids=named)
def test_nothing_is_left_for_later(path: Path) -> None:
    assert not re.search(r"\b(?:TODO|FIXME|XXX|HACK)\b", path.read_text(encoding="utf-8"))


def _functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in tree(path).body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def _annotations(function: ast.FunctionDef) -> dict[str, str]:
    given = [*function.args.args, *function.args.kwonlyargs]
    return {one.arg: ast.unparse(one.annotation) if one.annotation else "" for one in given}


def _asks_the_database(function: ast.FunctionDef) -> bool:
    return "MaceSession" in _annotations(function).values()


PROTECTED = {mapper.class_.__name__ for mapper in Model._sa_registry.mappers if mapper.class_.PROTECTED}


def _reads_protected_rows(path: Path) -> set[str]:
    """The functions of a module that name a protected table, or call one of the same module that does."""
    called = {
        alias.asname: alias.name
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }
    uses = {
        node.name: {called.get(one.id, one.id) for one in ast.walk(node) if isinstance(one, ast.Name)}
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef)
    }
    found = {name for name, used in uses.items() if used & PROTECTED}
    while more := {name for name, used in uses.items() if used & found} - found:
        found |= more
    return found


@pytest.mark.parametrize("path", rooms("queries"), ids=named)
def test_a_query_asks_for_somebody_or_says_that_its_rows_were_found_in_scope(path: Path) -> None:
    reads = _reads_protected_rows(path)
    wrong = [
        f"{function.lineno}: {function.name}"
        for function in _functions(path)
        if function.name in reads
        and _asks_the_database(function)
        and not any("Actor" in kind for kind in _annotations(function).values())
        and not IN_SCOPE.search(f"{ast.get_docstring(function)} {ast.get_docstring(tree(path))}")
    ]
    assert wrong == [], "take the Actor, or say in the docstring that the rows were already found in scope"


def test_a_query_that_asks_nobody_would_be_seen(tmp_path: Path) -> None:
    module = tmp_path / "queries.py"
    module.write_text(
        "from mace.models import Subject as S\n"
        "def list_names(session: MaceSession): return _names(session)\n"
        "def _names(session): return session.exec(select(S.name))\n"
        "def list_agencies(session: MaceSession): return session.exec(select(Agency))\n",
        encoding="utf-8",
    )
    assert _reads_protected_rows(module) == {"list_names", "_names"}


@pytest.mark.parametrize("path", rooms("queries"), ids=named)
def test_a_query_returns_records_that_nobody_can_change(path: Path) -> None:
    loose = [
        node.name
        for node in tree(path).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and node.name not in GROWING
        and not any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
        and not node.bases
    ]
    assert loose == []


@pytest.mark.parametrize("path", rooms("queries"), ids=named)
def test_a_query_changes_nothing(path: Path) -> None:
    changing = [f"{call.lineno}: {name}" for call, name in calls(path) if name in ("transaction", "flush", "commit")]
    changing += [
        f"{call.lineno}: session.{name}"
        for call, name in calls(path)
        if name in ("add", "add_all", "delete") and ast.unparse(call.func).startswith("session")
    ]
    assert changing == []


def _drawn() -> dict[str, str]:
    """Every template that a view draws, with where."""
    return {
        str(call.args[0].value): named(path)
        for path in [*rooms("routes"), *rooms("web")]
        for call, name in calls(path)
        if name in ("draw", "render_template") and call.args and isinstance(call.args[0], ast.Constant)
    }


def test_every_page_that_is_drawn_has_its_template() -> None:
    missing = {template: by for template, by in _drawn().items() if not (TEMPLATES / template).is_file()}
    assert missing == {}
    assert "actions/register.html" in _drawn()


def test_every_template_is_drawn_or_used_by_another() -> None:
    used = set(_drawn())
    for path in TEMPLATES.rglob("*.html"):
        used |= set(
            re.findall(r"""(?:extends|from|include|import)\s+["']([^"']+)["']""", path.read_text(encoding="utf-8"))
        )
    for path in rooms("routes"):
        used |= set(re.findall(r"""["']([\w/]+\.html)["']""", path.read_text(encoding="utf-8")))
    whole_folders = tuple(name for name in used if name.endswith("/"))
    unused = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")} - used
    assert sorted(name for name in unused if not name.startswith(whole_folders)) == []


def test_templates_stand_under_the_name_of_their_feature() -> None:
    allowed = {feature.name for feature in features()} | {"components", "errors"}
    folders = {path.name for path in TEMPLATES.iterdir() if path.is_dir()}
    assert folders <= allowed


def test_a_junk_word_would_be_seen() -> None:
    for word in ("SessionManager", "form_helpers", "utils", "handle_upload", "data", "process", "UserInfo"):
        assert JUNK.search(_snake(word).strip("_")), word
    for word in ("manages", "handling", "team_manager_of", "database", "processed", "update"):
        assert not JUNK.search(_snake(word)) or word == "team_manager_of", word
