"""What every list of records shares: how a name is looked for, how lines are sorted, how pages are cut."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from mace import scope
from mace.database import MaceSession, rows
from mace.domain.names import folded
from mace.domain.vocabulary import RiskLevel, Term
from mace.models import Action, ActionChild, Subject

PAGE = 50


class Order(Term):
    """How a list is sorted."""

    NAME = "name", "Name"
    LEVEL = "level", "Level, highest first"
    REVIEW = "review", "Next review, soonest first"


def open_actions() -> Any:
    """Unfinished actions on a record: its own, and those of other subjects that protect this child."""
    own = (
        sa.select(sa.func.count(col(Action.id)))
        .where(col(Action.subject_id) == col(Subject.id), col(Action.ended_on).is_(None))
        .correlate(Subject)
        .scalar_subquery()
    )
    others = (
        sa.select(sa.func.count(col(Action.id)))
        .join(ActionChild, col(ActionChild.action_id) == col(Action.id))
        .where(
            col(ActionChild.child_id) == col(Subject.id),
            col(Action.subject_id) != col(Subject.id),
            col(Action.ended_on).is_(None),
        )
        .correlate(Subject)
        .scalar_subquery()
    )
    return own + others


def named_like(words: str) -> Any:
    """Every word of what was typed stands in the name or other names, with or without spaces; or it is how the
    number begins."""
    name, compared = col(Subject.search_name), folded(words)
    number = words.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rules: list[Any] = []
    if compared:
        rules.append(sa.and_(*(name.contains(word) for word in compared.split())))
        rules.append(sa.func.replace(name, " ", "").contains(compared.replace(" ", "")))
    if number:
        rules.append(sa.func.lower(col(Subject.reference)).like(f"{number}%", escape="\\"))
    return sa.or_(sa.false(), *rules)


def ordered(order: Order) -> list[Any]:
    """What a list is sorted by; name and id break ties, so that no line stands on two pages."""
    name = [sa.func.lower(col(Subject.name)), col(Subject.id)]
    if order is Order.LEVEL:
        rank = sa.case(
            {level.value: level.rank for level in RiskLevel},
            value=sa.type_coerce(col(Subject.level), sa.String),
            else_=-1,
        )
        return [rank.desc(), *name]
    if order is Order.REVIEW:
        return [col(Subject.next_review_on).is_(None), col(Subject.next_review_on), *name]
    return name


def count_of(session: MaceSession, ids: Any) -> int:
    """How many rows a statement over ids, already in scope, has."""
    counted = sa.select(sa.func.count()).select_from(ids.subquery())
    return int(rows(session, scope.within(counted, "count of a scoped list"))[0][0])


def cut(count: int, page: int, size: int) -> tuple[int, int]:
    """The page that exists, and how many there are: past the end is the last one."""
    pages = max(1, -(-count // size))
    return min(max(page, 1), pages), pages
