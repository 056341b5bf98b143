"""Spreadsheets on their way in: the upload, the mapping, what was made of each row, what changed since."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from mace.models.base import LONG, Keyed


class Upload(Keyed, table=True):
    """A workbook between upload and import. Deleted when it has been imported or given up."""

    __tablename__ = "upload"
    PROTECTED: ClassVar[bool] = True
    HISTORY: ClassVar[bool] = False

    person_id: UUID = Field(foreign_key="person.id")
    content: bytes = Field(sa_type=sa.LargeBinary)
    file_kind: str = Field(max_length=10)
    digest: str = Field(max_length=64)
    uploaded_at: datetime
    choices: str = Field(default="{}", sa_type=LONG)
    """JSON: sheets, heading rows, columns, rows left out, values put right."""


class ImportMapping(Keyed, table=True):
    """A named way to read an area's workbook."""

    __tablename__ = "import_mapping"
    __table_args__ = (sa.UniqueConstraint("name"),)

    name: str = Field(max_length=100)
    content: str = Field(sa_type=LONG)
    saved_at: datetime


class ImportBatch(Keyed, table=True):
    """One import, made in one transaction."""

    __tablename__ = "import_batch"
    PROTECTED: ClassVar[bool] = True

    made_at: datetime
    by_id: UUID | None = Field(default=None, foreign_key="person.id")
    series_id: UUID | None = Field(default=None, foreign_key="series.id")
    """Empty once an undo has removed the series that the import made."""
    digest: str = Field(max_length=64, index=True)
    children_made: int = 0
    actions_made: int = 0
    notes_added: int = 0
    undone_at: datetime | None = None


class ImportedRow(Keyed, table=True):
    """What one row of a workbook became, so that the same row is never made twice; and what else a batch made."""

    __tablename__ = "imported_row"
    __table_args__ = (sa.UniqueConstraint("kind", "row_key"),)
    PROTECTED: ClassVar[bool] = True
    HISTORY: ClassVar[bool] = False

    batch_id: UUID = Field(foreign_key="import_batch.id", index=True)
    kind: str = Field(max_length=20)
    """"child" or "action" for a row. "carry" or "words" for a note that a newer copy added to an earlier action;
    "person", "agency" or "series" for what had to be made beside: these have no cells."""
    row_key: str = Field(max_length=200)
    content_hash: str = Field(default="", max_length=64)
    values: str = Field(default="{}", sa_type=LONG)
    """JSON: the cells as read, to say what a newer copy changed."""
    made_id: UUID = Field(index=True)
    sheet: str = Field(default="", max_length=100)
    row_number: int = 0


class ImportChange(Keyed, table=True):
    """A cell that differs in a newer copy of the workbook, waiting for somebody's decision."""

    __tablename__ = "import_change"
    PROTECTED: ClassVar[bool] = True

    batch_id: UUID = Field(foreign_key="import_batch.id", index=True)
    imported_row_id: UUID = Field(foreign_key="imported_row.id")
    field: str = Field(max_length=40)
    old: str = Field(default="", sa_type=LONG)
    new: str = Field(default="", sa_type=LONG)
    decided_at: datetime | None = None
    decided_by_id: UUID | None = Field(default=None, foreign_key="person.id")
    taken: bool | None = None
