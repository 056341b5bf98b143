"""The meeting due today: its agenda is out, and some of what was asked has been answered."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import rows
from mace.demo import between, meetings
from mace.demo.arrivals import Thread
from mace.demo.partnership import HELD, Stage, at
from mace.domain.vocabulary import Because, ItemState, Tier
from mace.meetings.commands import publish, set_tiers
from mace.models import Item, Meeting

OVER = 12
"""The most minutes that the plan may be over what there is: the chair still has something to decide."""


def prepare_meeting(stage: Stage, threads: Mapping[UUID, Thread]) -> None:
    """Make it, fit it into the time there is, confirm workers, publish it, and let the answers come in."""
    number = HELD + 1
    meeting = meetings.make_meeting(stage, number, threads)
    _fit(stage, meeting)
    between.confirm_workers(stage, threads)
    publish(stage.session, stage.actor("priya"), meeting.id, now=at(meeting.held_on - timedelta(days=7), 15))
    between.answer_requests(stage, number, meeting, threads)
    between.write_briefs(stage, number, meeting, threads)
    between.give_updates(stage, number, meeting, threads)
    stage.session.flush()


def _fit(stage: Stage, meeting: Meeting) -> None:
    """Shorten full discussions from the end of the agenda, or lengthen reviews, until the plan is a little over."""
    statement = (
        sa.select(col(Item.id), col(Item.tier), col(Item.minutes), col(Item.reasons))
        .where(col(Item.meeting_id) == meeting.id, col(Item.state) == ItemState.ON_AGENDA)
        .order_by(col(Item.position).desc(), col(Item.id))
    )
    items = rows(stage.session, scope.within(statement, "the demonstration’s own meeting"))
    over = sum(minutes for _, _, minutes, _ in items) - meeting.available_minutes
    step = stage.area.tier_minutes(Tier.FULL) - stage.area.tier_minutes(Tier.REVIEW)
    changed: dict[UUID, Tier] = {}
    for item_id, tier, _, reasons in items:
        must_be_full = any(because.label in reasons for because in (Because.NEW, Because.PUT_OFF))
        if over > OVER and tier is Tier.FULL and not must_be_full:
            changed[item_id] = Tier.REVIEW
            over -= step
        elif over <= 0 and tier is Tier.REVIEW:
            changed[item_id] = Tier.FULL
            over += step
    set_tiers(stage.session, stage.actor("priya"), meeting.id, changed, area=stage.area)
    stage.session.flush()
