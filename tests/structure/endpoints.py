"""Who may use what, as text: ``python -m tests.structure.endpoints`` writes it again from the application.

A change of access is then a line in a diff that somebody reads.
"""

import tempfile
from pathlib import Path

from flask import Flask

from mace import create_app
from mace.settings import load_settings
from mace.web.access import declared, route_table

TABLE = Path(__file__).with_name("endpoints.txt")


def table_of(app: Flask) -> str:
    """One line an endpoint and rule: methods, permission, what else it declares, endpoint, rule."""
    lines = []
    for row in route_table(app):
        said = declared(app, row["endpoint"])
        also = [word for word in ("writes", "quiet") if said is not None and getattr(said, word)]
        lines.append(
            f"{row['endpoint']:36} {','.join(row['methods']):10} {row['permission']:20} "
            f"{'+'.join(also) or '-':14} {row['rule']}"
        )
    return "\n".join(lines) + "\n"


def write() -> None:
    """Write the table of the application as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            {"MACE_MODE": "test", "MACE_INSTANCE": folder, "MACE_DATABASE_URL": f"sqlite:///{folder}/none.sqlite"}
        )
        TABLE.write_text(table_of(create_app(settings)), encoding="utf-8")


if __name__ == "__main__":
    write()
