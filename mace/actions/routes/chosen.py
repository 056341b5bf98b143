"""What an address chooses of the register: filters, order and place. What makes no sense is ignored calmly."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from mace.actions import queries
from mace.actions.queries import Filters, Sort
from mace.database import MaceSession
from mace.domain.policy import Actor
from mace.domain.vocabulary import ActionState, DriftLevel, Term
from mace.web.forms import as_uuid

DAYS = ("7", "14", "28")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one address asks for."""

    filters: Filters
    sort: Sort
    args: dict[str, str]
    """The parameters that made sense, as they stand in an address."""
    words: dict[str, str]
    """Each of them that narrows the list, in words."""

    @property
    def tags(self) -> list[tuple[str, str]]:
        """The filters in force, each with the address that removes it."""
        return [
            (shown, register_url({key: value for key, value in self.args.items() if key != name}))
            for name, shown in self.words.items()
        ]


def register_url(args: Mapping[str, Any]) -> str:
    """The address of the register with these parameters."""
    return url_for("actions.register", **args)


def read_chosen(session: MaceSession, actor: Actor, today: date, given: Mapping[str, str]) -> Chosen:
    """Read an address: what is unknown, impossible or not the reader's to know falls away."""
    ids = {name: as_uuid(given[name]) for name in ("agency", "owner", "child", "meeting", "search") if given.get(name)}
    named = queries.name_filters(session, actor, today, {name: one for name, one in ids.items() if one is not None})
    words: dict[str, str] = {}
    for name, shown in named.items():
        words[name] = f"“{shown}”" if name == "search" else shown
    drift, state = _term(DriftLevel, given.get("drift")), _term(ActionState, given.get("state"))
    ticked = {name: shown for (name, value), shown in TICKED.items() if given.get(name) == value}
    due = given.get("due", "") if given.get("due") in DAYS else ""
    words |= {name: term.label for name, term in (("drift", drift), ("state", state)) if term is not None}
    words |= ticked
    if due:
        words["due"] = f"Due within {due} days"
    sort = _term(Sort, given.get("sort")) or Sort.WORST
    args = {name: given[name] for name in words}
    if sort is not Sort.WORST:
        args["sort"] = sort.value
    chosen: dict[str, UUID] = {name: one for name, one in ids.items() if one is not None and name in named}
    return Chosen(
        Filters(
            agency_id=chosen.get("agency"),
            owner_id=chosen.get("owner"),
            subject_id=chosen.get("child"),
            meeting_id=chosen.get("meeting"),
            drift=drift,
            state=state,
            late="late" in ticked,
            ended=given.get("ended") == "yes",
            everything=given.get("ended") == "all",
            words=named.get("search", ""),
            due_by=today + timedelta(days=int(due)) if due else None,
            mine="mine" in ticked,
            not_looked_at="first" in ticked,
            not_accepted="accepted" in ticked,
        ),
        sort,
        args,
        words,
    )


TICKED = {
    ("late", "yes"): "Late",
    ("mine", "yes"): "Mine",
    ("first", "yes"): "Imported, not looked at yet",
    ("accepted", "no"): "Not accepted by its owner",
    ("ended", "yes"): "Ended",
    ("ended", "all"): "Unfinished and ended",
}


def _term(terms: type[Term], value: str | None) -> Any:
    return next((term for term in terms if term.value == value), None)
