"""How long reading and planning a workbook of 50,000 actions takes, and how much memory; prints both."""

import io
import json
import resource
import subprocess
import sys
import time
from datetime import date, datetime

ROWS = 50_000
HEADINGS = ("Ref", "Child", "LCS No", "Meeting", "Action", "Owner", "Due", "Status", "Updates")
SECONDS, MEGABYTES = 10.0, 300.0


def workbook(rows: int = ROWS) -> bytes:
    """A log of made-up actions, no two rows alike, with the habits of a real one."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Action log")
    sheet.append(["MACE ACTION LOG"])
    sheet.append([])
    sheet.append(HEADINGS)
    for n in range(rows):
        due = datetime(2026, 1 + n % 12, 1 + n % 28) if n % 3 else ("TBC", "23/07/26", "29.10.2026")[n // 3 % 3]
        updates = "\n".join(f"0{1 + n % 9}/0{m}/26 c/f - waiting for answer {n}" for m in range(1, 2 + n % 5))
        owner = ("Marcus Grant (CSC)", "Police / SW", "PC Imran Sadiq (Police)", f"Worker Number{n % 500} (Health)")[
            n % 4
        ]
        status = ("open", "Closed", "O/S", "Ongoing")[n % 4]
        cells = [f"A{n:05}", f"Child Number{n % 900}", str(400_000 + n % 900), "07/05/2026"]
        sheet.append([*cells, f"Agree step {n} with school and report back", owner, due, status, updates])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _here() -> dict[str, float]:
    content = sys.stdin.buffer.read()
    from mace.domain.tracker import plan, suggest
    from mace.intake.workbook import open_workbook

    started = time.perf_counter()
    sheets = open_workbook(content, "xlsx").sheets
    read = time.perf_counter()
    mapped = [(sheet.name, sheet.rows, mapping) for sheet in sheets if (mapping := suggest(sheet.rows))]
    made = plan(mapped, date.today())
    planned = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "actions": float(len(made.actions)),
        "read_seconds": round(read - started, 2),
        "plan_seconds": round(planned - read, 2),
        "seconds": round(planned - started, 2),
        "peak_megabytes": round(peak, 1),
    }


def measure() -> dict[str, float]:
    """Read and plan in a process of its own, so that the peak is this work's and nothing else's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_preview", "--here"], input=workbook(), capture_output=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    print(json.dumps(_here() if "--here" in sys.argv else measure()))
