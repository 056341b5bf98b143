"""How long the page before an import of 50,000 actions takes, from the request to the last byte, and how much memory
the serving process needs at its peak; prints both, with the parts of the time."""

import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

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
    """Serve the page once to a coordinator who has just chosen the file."""
    from mace import create_app
    from mace.account.commands import start_session
    from mace.cli import run_migrations
    from mace.database import open_session, transaction
    from mace.domain.policy import Role, system_actor
    from mace.domain.vocabulary import AgencyKind
    from mace.intake.commands.uploads import keep_upload
    from mace.intake.queries.uploads import look_into
    from mace.models import Agency, Person, RoleHolding
    from mace.settings import load_settings
    from mace.web.access import now
    from mace.web.login import actor_of

    content = sys.stdin.buffer.read()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite'}"
        settings = load_settings({"MACE_MODE": "test", "MACE_DATABASE_URL": url, "MACE_INSTANCE": folder})
        run_migrations(settings)
        app = create_app(settings)
        with open_session(app.extensions["mace_engines"]) as session:
            agency = Agency(name="Children’s Services", kind=AgencyKind.SOCIAL_CARE)
            person = Person(name="Priya Nair", agency_id=agency.id)
            with transaction(session, system_actor("benchmark")):
                session.add(agency)
                session.flush()
                session.add(person)
                session.flush()
                session.add(RoleHolding(person_id=person.id, role=Role.COORDINATOR, starts_on=date(2026, 1, 1)))
            actor = actor_of(session, person, agency, now())
            started = time.perf_counter()
            looked = look_into(content, "tracker.xlsx")
            chosen = time.perf_counter() - started
            with transaction(session, actor):
                upload_id = keep_upload(session, actor, looked, now=now()).id
            del looked
            token = start_session(session, actor.me, now=now())
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        started = time.perf_counter()
        page = client.get(f"/import/{upload_id}/check")
        words = page.get_data(as_text=True)
        seconds = time.perf_counter() - started
    if page.status_code != 200 or f"{ROWS:,}" not in words:
        raise SystemExit(f"the page answered {page.status_code} and does not count {ROWS:,} actions")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"chosen_seconds": round(chosen, 2), "seconds": round(seconds, 2), "peak_megabytes": round(peak, 1)}


def measure() -> dict[str, float]:
    """Serve in a process of its own, so that the peak is this work's and nothing else's."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.import_preview", "--here"], input=workbook(), capture_output=True, check=True
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    print(json.dumps(_here() if "--here" in sys.argv else measure()))
