"""What tests of actions need again and again: a running meeting, and the things each decision says."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from mace.actions import commands
from mace.database import transaction
from mace.domain.vocabulary import Cause, Decision, MeetingState
from mace.models import Action, LedgerLine, Meeting
from tests.world import World


def a_running_meeting(world: World, days: int = 0) -> Meeting:
    """A meeting that runs on a day so many days from today."""
    return world.a_meeting(world.day(days), MeetingState.OPENED)


def a_wait(world: World, days: int = 0, **changes: Any) -> dict[str, Any]:
    """What accepting a wait says at a meeting so many days from today."""
    return {
        "body": "CAMHS",
        "asked": "A first appointment",
        "asked_on": world.day(days),
        "answer_expected_on": world.day(days + 20),
        "chaser_id": world.id("nurse"),
        "chase_by": world.day(days + 14),
        "safe_meanwhile": "Her aunt collects her from school",
        **changes,
    }


def carrying(world: World, days: int = 14, **changes: Any) -> dict[str, Any]:
    """What a carry says, also of one that is late."""
    return {"new_due": world.day(days), "reason": "The school was closed", "cause": Cause.CIRCUMSTANCES, **changes}


def decide(
    world: World, action: Action | UUID, meeting: Meeting, decision: Decision, *, by: str = "chair", **said: Any
) -> LedgerLine:
    """The meeting decides, as a chair does."""
    action_id = action if isinstance(action, UUID) else action.id
    actor = world.actor(by)
    with transaction(world.session, actor):
        return commands.decide(
            world.session, actor, action_id, meeting.id, decision, area=world.settings.area, now=world.now, **said
        )


def do(world: World, by: str, command: Any, *subject: Any, days: int = 0, **said: Any) -> Any:
    """Run a command as somebody, so many days from today."""
    actor = world.actor(by)
    with transaction(world.session, actor):
        now = world.now + timedelta(days=days)
        return command(world.session, actor, *subject, area=world.settings.area, now=now, **said)
