"""The upload on its way: kept, read so, put right, given up; and ways of reading kept under a name."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from sqlmodel import select

from mace import scope
from mace.database import MaceSession
from mace.domain import tracker
from mace.domain.choices import Choices
from mace.domain.errors import Refused
from mace.domain.policy import Actor, Permission, in_area
from mace.intake.queries.uploads import Looked, suggested_for
from mace.models import ImportMapping, Upload


def check_may_import(actor: Actor) -> None:
    """Raises :class:`Refused` for anybody but those who import."""
    if not in_area(actor, Permission.IMPORT_RUN):
        raise Refused("Only the coordinator imports spreadsheets")


def keep_upload(session: MaceSession, actor: Actor, looked: Looked, *, now: datetime) -> Upload:
    """Keep a file while its columns are matched, with what we take them for. An earlier one is given up."""
    check_may_import(actor)
    for earlier in session.exec(scope.own(select(Upload), Upload.person_id, actor)):
        session.delete(earlier)
    upload = Upload(
        person_id=actor.me,
        content=looked.content,
        file_kind=looked.kind,
        digest=looked.digest,
        uploaded_at=now,
        choices=suggested_for(looked).to_json(),
    )
    session.add(upload)
    return upload


def _own(session: MaceSession, actor: Actor, upload_id: UUID) -> Upload:
    statement = select(Upload).where(Upload.id == upload_id)
    found: Upload = scope.one(session, scope.own(statement, Upload.person_id, actor))
    return found


def read_as(session: MaceSession, actor: Actor, upload_id: UUID, sheets: Iterable[tuple[str, tracker.Mapping]]) -> None:
    """Choose which sheets are read, and which column holds what."""
    upload = _own(session, actor, upload_id)
    upload.choices = Choices.from_json(upload.choices).read_as(sheets).to_json()


def put_right(
    session: MaceSession,
    actor: Actor,
    upload_id: UUID,
    *,
    shown: Iterable[tuple[str, int]],
    left_out: Iterable[tuple[str, int]],
    fixes: Mapping[tuple[str, int, str], str],
) -> None:
    """Leave rows out, take them in again, put cells right."""
    upload = _own(session, actor, upload_id)
    upload.choices = Choices.from_json(upload.choices).put_right(shown, left_out, fixes).to_json()


def give_up(session: MaceSession, actor: Actor, upload_id: UUID) -> None:
    """Delete an upload. Nothing was made of it."""
    session.delete(_own(session, actor, upload_id))


def save_mapping(
    session: MaceSession,
    actor: Actor,
    name: str,
    sheets: Iterable[tuple[str, tracker.Mapping]],
    *,
    now: datetime,
) -> ImportMapping:
    """Keep a way of reading a workbook under a name; the same name again replaces what it meant."""
    check_may_import(actor)
    content = Choices(tuple(sheets)).to_json()
    mapping = session.exec(select(ImportMapping).where(ImportMapping.name == name)).one_or_none()
    if mapping is None:
        mapping = ImportMapping(name=name, content=content, saved_at=now)
        session.add(mapping)
    else:
        mapping.content, mapping.saved_at = content, now
    return mapping
