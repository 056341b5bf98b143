"""The first numbers of each person's start page, and the lists under them (``mission.md``, who uses it)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from mace.actions.queries import Filters, Register, count_actions, list_register
from mace.actions.queries.register import counted
from mace.database import MaceSession
from mace.domain.area import Area
from mace.domain.policy import Actor, Permission, Role, in_area, may
from mace.domain.vocabulary import MeetingState
from mace.domain.words import count_of, day_words
from mace.history import Seen
from mace.meetings.queries.agenda import NextMeeting, ToApprove, list_next, list_to_approve
from mace.meetings.queries.before import (
    BriefPage,
    RequestPage,
    count_outstanding,
    list_briefs,
    list_requests,
    list_updates_asked,
)
from mace.record.queries import list_children
from mace.sharing.queries.lists import (
    NotReaching,
    RecordList,
    list_not_reaching,
    list_team_unanswered,
    list_to_answer,
    list_undelivered,
)

SOON_DAYS = 7
"""How far ahead "due soon" looks."""
SHOWN = 10
"""Rows of a list that shows only its worst; the number above it leads to the rest."""


@dataclass(frozen=True, slots=True)
class Number:
    """A figure in words that leads to its list."""

    figure: int | str
    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Home:
    """A person's start page: figures, then lists whose rows end in something to do. An empty list is not shown."""

    heading: str
    numbers: tuple[Number, ...] = ()
    meetings: tuple[NextMeeting, ...] = ()
    runs_meetings: bool = False
    to_approve: tuple[ToApprove, ...] = ()
    not_reaching: tuple[NotReaching, ...] = ()
    undelivered: RecordList | None = None
    records: RecordList | None = None
    team_records: RecordList | None = None
    requests: tuple[RequestPage, ...] = ()
    briefs: tuple[BriefPage, ...] = ()
    asked: Mapping[UUID, date] = field(default_factory=dict)
    """Actions of the list about which "what happened?" is asked, each with the day of the meeting."""
    register: Register | None = None
    register_title: str = ""
    register_href: str = "/actions"
    """Where the whole of the list is."""
    is_for_print: bool = False
    """True for a partner, who works from one printable list."""

    @property
    def seen(self) -> tuple[Seen, ...]:
        """For the trail: everything the page shows."""
        found = [part.seen for part in (self.register, self.records, self.team_records, self.undelivered) if part]
        ids = [one.id for one in self.requests] + [one.id for one in self.briefs]
        ids += [one.subject_id for one in self.not_reaching]
        return (*found, Seen("start_page", tuple(ids), act="listed"))


def get_home(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    """What this person has to do, as far as their roles reach."""
    if in_area(actor, Permission.MEETING_MANAGE):
        return (_coordinator if Role.COORDINATOR in actor.roles else _chair)(session, actor, today, area)
    if actor.roles & {Role.PARTNER_LEAD, Role.PARTNER_MEMBER}:
        return _partner(session, actor, today, area)
    if may(actor, Permission.ACTION_LIST):
        return (_manager if actor.manages else _worker)(session, actor, today, area)
    return Home("Your start page")


def _count(session: MaceSession, actor: Actor, today: date, filters: Filters) -> str:
    return counted(count_actions(session, actor, today, filters))


def _asked(session: MaceSession, actor: Actor) -> dict[UUID, date]:
    return {one.action_id: one.held_on for one in list_updates_asked(session, actor, outstanding=True)}


def _chair(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    meetings = list_next(session, actor)
    not_reaching = list_not_reaching(session, actor, today, area)
    numbers = [
        Number(_count(session, actor, today, Filters(late=True)), "actions past their date", "/actions?late=yes"),
        Number(len(not_reaching), "records not reaching a worker", "/records"),
    ]
    if meetings:
        first = meetings[0]
        figure = f"{first.planned_minutes} of {first.available_minutes}"
        words = f"minutes planned for {day_words(first.held_on, today)}"
        numbers.append(Number(figure, words, f"/meetings/{first.id}"))
    return Home(
        "What needs attention",
        tuple(numbers),
        meetings=meetings,
        runs_meetings=True,
        to_approve=list_to_approve(session, actor),
        not_reaching=not_reaching[:SHOWN],
        records=list_to_answer(session, actor, today, area),
        register=list_register(session, actor, today, Filters(), limit=SHOWN),
        register_title="Actions whose plan needs changing first",
    )


def _coordinator(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    meetings = list_next(session, actor)
    to_approve = list_to_approve(session, actor)
    asking = next((one for one in meetings if one.state is not MeetingState.PLANNED), None)
    unconfirmed = list_children(session, actor, today, unconfirmed=True, size=1)
    numbers = (
        Number(
            count_outstanding(session, actor),
            "updates outstanding",
            f"/meetings/{asking.id}/updates" if asking else "/meetings",
        ),
        Number(unconfirmed.count, "workers not confirmed this month", "/children/workers"),
        Number(sum(one.number for one in to_approve), "records not approved", "/meetings"),
    )
    return Home(
        "What needs doing",
        numbers,
        meetings=meetings,
        runs_meetings=True,
        to_approve=to_approve,
        not_reaching=list_not_reaching(session, actor, today, area)[:SHOWN],
        undelivered=list_undelivered(session, actor, today),
        register=list_register(session, actor, today, Filters(late=True), limit=SHOWN),
        register_title="Late actions, worst first",
        register_href="/actions?late=yes",
    )


def _worker(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    records = list_to_answer(session, actor, today, area)
    briefs = list_briefs(session, actor, mine=True, outstanding=True)
    soon = Filters(mine=True, due_by=today + timedelta(days=SOON_DAYS))
    numbers = (
        Number(
            _count(session, actor, today, soon),
            f"of my actions due in {SOON_DAYS} days, or late",
            f"/actions?mine=yes&due={SOON_DAYS}",
        ),
        Number(records.new, "records new or changed", "/records"),
        Number(len(briefs), "briefs due", "#briefs"),
    )
    return Home(
        "My work",
        numbers,
        records=records,
        briefs=briefs,
        asked=_asked(session, actor),
        register=list_register(session, actor, today, Filters(mine=True)),
        register_title="My actions, worst first",
        register_href="/actions?mine=yes",
    )


def _manager(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    team = list_team_unanswered(session, actor, today, area)
    late = list_register(session, actor, today, Filters(late=True))
    unconfirmed = list_children(
        session, actor, today, unconfirmed=True, size=1, permission=Permission.ALLOCATION_CHANGE
    )
    numbers = (
        Number(
            team.over,
            f"of my team’s records unanswered over {count_of(area.record_chase_working_days, 'working day')}",
            "/records",
        ),
        Number(late.count, "of my team’s actions late", "/actions?late=yes"),
        Number(unconfirmed.count, "children whose worker is not confirmed this month", "/children/workers"),
    )
    return Home(
        "My team",
        numbers,
        records=list_to_answer(session, actor, today, area),
        team_records=team,
        briefs=list_briefs(session, actor, outstanding=True),
        asked=_asked(session, actor),
        register=late,
        register_title="My team’s late actions, worst first",
        register_href="/actions?late=yes",
    )


def _partner(session: MaceSession, actor: Actor, today: date, area: Area) -> Home:
    """One printable list: what is asked of the agency, and what it has agreed to do."""
    meetings = list_next(session, actor)
    records = list_to_answer(session, actor, today, area)
    requests = tuple(one for one in list_requests(session, actor) if one.answer is None and one.takes_answers)
    leads = Role.PARTNER_LEAD in actor.roles
    ours = Filters(agency_id=actor.agency_id) if leads else Filters(mine=True)
    before = meetings[0].held_on if meetings else today + timedelta(days=SOON_DAYS)
    due = Filters(agency_id=ours.agency_id, mine=ours.mine, due_by=before)
    whose = f"agency={actor.agency_id}" if leads else "mine=yes"
    until = "the next meeting" if meetings else f"{day_words(before, today)}"
    register = list_register(session, actor, today, ours)
    numbers = [
        Number(_count(session, actor, today, due), f"actions due before {until}", f"/actions?{whose}"),
        Number(len(requests), "requests open", "#requests"),
    ]
    if leads:
        late = _count(session, actor, today, Filters(agency_id=actor.agency_id, late=True))
        numbers.append(Number(f"{late} of {register.count}", "unfinished actions late", f"/actions?{whose}&late=yes"))
    else:
        numbers.append(Number(records.new, "records new or changed", "/records"))
    return Home(
        f"{actor.agency_name}: what is asked of us",
        tuple(numbers),
        meetings=meetings,
        records=records,
        requests=requests,
        briefs=list_briefs(session, actor, mine=True, outstanding=True),
        asked=_asked(session, actor),
        register=register,
        register_title="What we agreed to do, worst first" if leads else "What I agreed to do, worst first",
        register_href=f"/actions?{whose}",
        is_for_print=True,
    )
