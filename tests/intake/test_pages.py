"""The journey of the pages: choose a file, match its columns, check its rows, import, undo, decide, match people."""

import io
import re

from tests.intake.make import TRACKER, TRUTH, a_child_row, a_workbook, an_action_row
from tests.pages import CheckedClient
from tests.world import World


def upload(client: CheckedClient, content: bytes, name: str = "tracker.xlsx", status: int = 302) -> str:
    """Choose a file as the browser does; returns where that leads, or the page."""
    return client.post("/import", {"file": (io.BytesIO(content), name)}, status=status)


def fields_of(page: str) -> dict[str, object]:
    """The fields of the page's main form with what stands in them, as a browser would send them."""
    found: dict[str, object] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_ticked = 'type="checkbox"' not in tag and 'type="radio"' not in tag or " checked" in tag
        if name and is_ticked and name[1] not in ("csrf_token", "words"):
            if name[1] in ("shown", "out"):
                many = found.setdefault(name[1], [])
                assert isinstance(many, list)
                many.append(value[1] if value else "")
            else:
                found[name[1]] = value[1] if value else ""
    for select in re.findall(r"<select.*?</select>", page, re.DOTALL):
        name = re.search(r'name="([^"]*)"', select)
        chosen = re.search(r'<option value="([^"]*)" selected', select)
        if name:
            found[name[1]] = chosen[1] if chosen else ""
    return found


def test_the_coordinator_imports_the_tracker_and_undoes_it(client: CheckedClient, world: World) -> None:
    client.sign_in(world.id("coordinator"))
    columns = upload(client, TRACKER.read_bytes())
    page = client.get(columns)
    check = client.post(columns, {**fields_of(page), "act": "continue"})
    page = client.get(check)
    assert f"<dd>{TRUTH['actions']}</dd>" in page
    made = client.post(check.replace("/check", "/run"), {"series": str(world.series.id)})
    page = client.get(made)
    assert "What the import made" in page
    client.post(f"{made}/undo")
    assert "Undone on" in client.get("/import")
