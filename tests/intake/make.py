"""Workbooks for tests: the area's own, and small ones with exactly the habit under test."""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from mace.database import transaction
from mace.domain.choices import Choices, suggested
from mace.domain.policy import Actor
from mace.domain.tracker import Plan
from mace.intake.commands.bring_in import Into, bring_in
from mace.intake.queries.check import plan_of
from mace.intake.queries.uploads import Looked, look_into
from mace.models import ImportBatch
from tests.world import World

DATA = Path(__file__).parents[1] / "data"
TRACKER = DATA / "mace-tracker.xlsx"
TRUTH: dict[str, Any] = json.loads((DATA / "mace-tracker-truth.json").read_text())

CHILDREN = ("LCS No", "Child", "DOB", "Allocated SW", "On MACE since", "Concern", "Risk now", "Status")
ACTIONS = ("Ref", "Child", "LCS No", "Meeting", "Action", "Owner", "Due", "Status", "Updates")

Cells = Sequence[object]


def a_child_row(number: str = "900001", name: str = "Keira Eastwell", **cells: object) -> Cells:
    """A row of the list of children."""
    row: dict[str, object] = {
        "number": number,
        "name": name,
        "born": "2 Nov 2011",
        "worker": "Marcus Grant",
        "since": "9 Apr 2026",
        "harms": "County lines",
        "level": "Moderate",
        "status": "Open",
        **cells,
    }
    return tuple(row.values())


def an_action_row(ref: str = "A001", number: str = "900001", **cells: object) -> Cells:
    """A row of the log of actions."""
    row: dict[str, object] = {
        "ref": ref,
        "child": "Keira Eastwell",
        "number": number,
        "set_on": "07/05/2026",
        "what": "Meet parents to agree safety plan for evenings",
        "owner": "Marcus Grant (CSC)",
        "due": "21/05/2026",
        "state": "open",
        "notes": "",
        **cells,
    }
    return tuple(row.values())


def a_workbook(children: Sequence[Cells] = (), actions: Sequence[Cells] = (), **sheets: Sequence[Cells]) -> bytes:
    """A workbook in the shape of the area's own, or with exactly these ``sheets``."""
    book = openpyxl.Workbook(write_only=True)
    parts: dict[str, Sequence[Cells]] = dict(sheets)
    if not parts:
        parts = {"Children": (CHILDREN, *children), "Action log": (ACTIONS, *actions)}
    for name, rows in parts.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def a_plan(content: bytes, today: date, choices: Choices | None = None) -> tuple[Looked, Plan]:
    """The file opened and planned with our own suggestion."""
    looked = look_into(content, "tracker.xlsx")
    return looked, plan_of(looked.sheets, choices or suggested(looked.named), today)


def imported(
    world: World,
    content: bytes,
    *,
    as_: Actor | None = None,
    into: Into | None = None,
    at: datetime | None = None,
    choices: Choices | None = None,
) -> ImportBatch | None:
    """Import a file as the coordinator does."""
    looked, plan = a_plan(content, world.today, choices)
    session, actor = world.session, as_ or world.actor("coordinator")
    with transaction(session, actor):
        batch = bring_in(
            session,
            actor,
            plan,
            into or Into(world.series.id),
            digest=looked.digest,
            area=world.settings.area,
            now=at or world.now,
        )
    session.expunge_all()
    return batch


def truth_of(world: World, content: bytes) -> dict[str, object]:
    """What stands in the database of that file."""
    from mace.intake.queries.batches import get_truth

    _, plan = a_plan(content, world.today)
    found = get_truth(world.session, world.actor("coordinator"), plan)
    world.session.rollback()
    return found
