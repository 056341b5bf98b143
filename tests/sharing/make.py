"""Items with something to release, and the deliveries that came of it."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from mace.database import system_scope, transaction
from mace.domain.vocabulary import ItemState, LineKind, MeetingState, Presence, RiskLevel
from mace.models import Allocation, Attendance, Delivery, Item, RecordVersion, SignInMethod, Subject
from mace.sharing.commands import release_agreed, release_record
from tests.world import TEST, World

WORRY = "A man in a silver car waits outside the school"
DECISION = "The school lets her leave by the side gate"
SAFETY = "She stays with her aunt tonight"


def an_item_to_release(world: World, child: Subject, **values: Any) -> Item:
    """An item that is being discussed today, with a worry, a decision and a safety step."""
    meeting = world.a_meeting(state=MeetingState.OPENED)
    values.setdefault("level", RiskLevel.SIGNIFICANT)
    item = world.an_item(meeting, child, ItemState.OPENED, quorum_words="Quorate", **values)
    police = world.agencies["police"].id
    world.add(Attendance(item_id=item.id, agency_id=police, presence=Presence.PRESENT, who="Karen Holt"))
    world.a_line(item, WORRY)
    world.a_line(item, DECISION, LineKind.DECISION)
    world.a_line(item, SAFETY, LineKind.SAFETY_TONIGHT)
    return item


def release(world: World, item: Item, *, now: datetime | None = None, by: str = "chair") -> RecordVersion:
    """Read back and close: release one."""
    actor = world.actor(by)
    with transaction(world.session, actor):
        version = release_agreed(world.session, actor, item.id, now=now or world.now)
    return version


def approve(
    world: World, item: Item, because: str = "", *, now: datetime | None = None, by: str = "chair"
) -> RecordVersion:
    """Approve, or correct: release two."""
    actor = world.actor(by)
    with transaction(world.session, actor):
        version = release_record(world.session, actor, item.id, now=now or world.now, because=because)
    return version


def sent_to(world: World, who: str, version: RecordVersion | None = None) -> Delivery:
    """The one delivery to somebody, of this version where it is given."""
    where = [Delivery.person_id == world.id(who)]
    if version is not None:
        where.append(Delivery.record_version_id == version.id)
    (found,) = world.all(Delivery, *where)
    return found


def cannot_sign_in(world: World, *names: str) -> None:
    """Take somebody's ways to sign in."""
    with transaction(world.session, TEST):
        for name in names:
            wanted = select(SignInMethod).where(SignInMethod.person_id == world.id(name))
            world.session.delete(world.session.exec(wanted).one())


def end(world: World, row: Any, **values: Any) -> None:
    """Change fields of a stored row."""
    with transaction(world.session, TEST), system_scope(world.session, "test"):
        found = world.session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(found, name, value)


def reallocate(world: World, child: Subject, worker: str) -> None:
    """ "Now hers", without anything that follows it."""
    (live,) = world.all(Allocation, Allocation.child_id == child.id, col(Allocation.ended_on).is_(None))
    end(world, live, ended_on=world.today)
    world.allocate(child, worker)
