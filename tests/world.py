"""A small partnership for tests: agencies, people, one series, and factories for children, actions, meetings and items.

Everything is made through a :class:`World`, in one transaction a call, as the system actor "test".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from mace.calendar import london_day
from mace.children.commands import folded
from mace.database import MaceSession, make_migration_engine, transaction
from mace.domain.ledger import late_line
from mace.domain.policy import Actor, Role, system_actor
from mace.domain.vocabulary import (
    AgencyKind,
    ItemState,
    LineKind,
    MeetingState,
    RiskLevel,
    SeriesKind,
    SeriesRole,
    SubjectKind,
)
from mace.models import (
    Action,
    ActionChild,
    Agency,
    Allocation,
    Child,
    Concern,
    Context,
    Contribution,
    Item,
    Meeting,
    Model,
    Person,
    RoleHolding,
    Series,
    SeriesAgency,
    SeriesPerson,
    SignInMethod,
    Subject,
    Team,
    WorkingWith,
)
from mace.settings import Settings
from mace.web.login import actor_of

TEST = system_actor("test")

AGENCIES = {
    "care": ("Children’s Services", AgencyKind.SOCIAL_CARE),
    "police": ("Fenland Police", AgencyKind.POLICE),
    "health": ("Health Trust", AgencyKind.HEALTH),
    "school": ("Education", AgencyKind.EDUCATION),
}
PEOPLE: dict[str, tuple[str, str, str | None, Role]] = {
    "chair": ("Ruth Okoro", "care", None, Role.CHAIR),
    "deputy": ("Daniel Marsh", "police", None, Role.DEPUTY),
    "coordinator": ("Priya Nair", "care", None, Role.COORDINATOR),
    "worker": ("Hannah Bell", "care", "red", Role.PRACTITIONER),
    "other_worker": ("Tom Weller", "care", "blue", Role.PRACTITIONER),
    "manager": ("Grace Adu", "care", "red", Role.TEAM_MANAGER),
    "other_manager": ("Neil Farrow", "care", "blue", Role.TEAM_MANAGER),
    "police_lead": ("Karen Holt", "police", None, Role.PARTNER_LEAD),
    "police": ("Imran Sadiq", "police", None, Role.PARTNER_MEMBER),
    "nurse": ("Jo Adeyemi", "health", None, Role.PARTNER_LEAD),
    "teacher": ("Sue Lambert", "school", None, Role.PARTNER_MEMBER),
    "guest": ("Wendy Pike", "school", None, Role.GUEST),
    "analyst": ("Piotr Zielak", "care", None, Role.ANALYST),
    "executive": ("Amir Khan", "care", None, Role.EXECUTIVE),
    "ig_lead": ("Ellen Shaw", "care", None, Role.IG_LEAD),
    "auditor": ("Lena Orr", "care", None, Role.AUDITOR),
    "out_of_hours": ("Max Birch", "care", None, Role.OUT_OF_HOURS),
    "sysadmin": ("Sam Doyle", "care", None, Role.SYSADMIN),
}


@dataclass
class World:
    """The partnership. ``people`` and ``agencies`` go by the short names of the tables above."""

    session: MaceSession
    settings: Settings
    now: datetime
    agencies: dict[str, Agency] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    @property
    def today(self) -> date:
        return london_day(self.now)

    def day(self, days: int) -> date:
        """So many days from today."""
        return self.today + timedelta(days=days)

    def add(self, *rows: Model) -> None:
        """Store rows in one transaction."""
        with transaction(self.session, TEST):
            for _kind, some in groupby(rows, key=type):
                self.session.add_all(some)
                self.session.flush()

    def id(self, name: str) -> UUID:
        """The id of a person by short name."""
        return self.people[name].id

    def actor(self, name: str) -> Actor:
        """The person as they stand before the commands: roles read from the database."""
        person = self.people[name]
        agency = next(one for one in self.agencies.values() if one.id == person.agency_id)
        found = actor_of(self.session, person, agency, self.now)
        self._let_go()
        return found

    def _let_go(self) -> None:
        """End the read; rows already handed out stay as they are."""
        self.session.expunge_all()
        self.session.rollback()

    def a_child(
        self,
        name: str = "Aisha Ashdown",
        *,
        worker: str | None = "worker",
        level: RiskLevel | None = RiskLevel.MODERATE,
        concern: str = "Older men give lifts after school",
        **values: Any,
    ) -> Subject:
        """A child with one concern, allocated to a worker unless ``worker`` is None."""
        n = next(self.numbers)
        subject = Subject(
            kind=SubjectKind.CHILD,
            name=name,
            search_name=folded(name),
            reference=f"4{n:05}",
            on_mace_since=self.day(-200),
            level=level,
            **values,
        )
        self.add(subject)
        self.add(Child(subject_id=subject.id, born_on=self.day(-15 * 365)), self.a_concern(subject, concern))
        if worker is not None:
            self.allocate(subject, worker)
        return subject

    def a_concern(self, subject: Subject, words: str) -> Concern:
        """A concern about a subject, not yet stored."""
        return Concern(
            subject_id=subject.id, words=words, raised_on=self.day(-100), source_agency_id=self.agencies["care"].id
        )

    def allocate(self, child: Subject, worker: str) -> Allocation:
        """Make somebody the live lead practitioner."""
        person = self.people[worker]
        row = Allocation(child_id=child.id, person_id=person.id, team_id=person.team_id, started_on=self.day(-90))
        self.add(row)
        return row

    def a_place(self, name: str = "Mill Road takeaway", **values: Any) -> Subject:
        """A place with one concern."""
        from mace.domain.vocabulary import ContextKind

        n = next(self.numbers)
        subject = Subject(
            kind=SubjectKind.CONTEXT,
            name=name,
            search_name=folded(name),
            reference=f"C-{n}",
            on_mace_since=self.day(-100),
            **values,
        )
        self.add(subject)
        self.add(
            Context(subject_id=subject.id, kind=ContextKind.PLACE, what_happens="Children are met here after dark"),
            self.a_concern(subject, "Children are met here after dark"),
        )
        return subject

    def concern_of(self, subject: Subject) -> Concern:
        """The first concern of a subject."""
        return next(iter(self.all(Concern, Concern.subject_id == subject.id)))

    def an_action(
        self,
        subject: Subject,
        *,
        owner: str | None = "worker",
        due: date | None = None,
        set_on: date | None = None,
        what: str = "A safety plan for evenings is agreed in writing",
        children: tuple[Subject, ...] = (),
        **values: Any,
    ) -> Action:
        """An open action, set 14 days ago and due in 14 days unless told otherwise; its standing is stored."""
        from mace.actions.commands import store_standing

        set_on = set_on or self.day(-14)
        imported = values.get("imported", False)
        due = due if due is not None or imported else self.day(14)
        person = self.people[owner] if owner is not None else None
        values.setdefault("owner_agency_id", (person or self.people["worker"]).agency_id)
        values.setdefault("owner_accepted_at", self.now)
        action = Action(
            number=next(self.numbers),
            subject_id=subject.id,
            series_id=self.series.id,
            concern_id=None if imported else self.concern_of(subject).id,
            what=what,
            owner_id=person.id if person else None,
            set_on=set_on,
            first_due=due,
            due=due,
            late_line=late_line(set_on, due, None, subject.level, self.settings.area, True),
            level_when_set=subject.level,
            source_agency_id=self.agencies["care"].id,
            **values,
        )
        with transaction(self.session, TEST):
            self.session.add(action)
            self.session.flush()
            for child in {subject.id, *(child.id for child in children)}:
                self.session.add(ActionChild(action_id=action.id, child_id=child))
            store_standing(self.session, [action], self.today, self.settings.area)
        return action

    @property
    def series(self) -> Series:
        """The one series."""
        return self._series

    def a_meeting(self, on: date | None = None, state: MeetingState = MeetingState.PLANNED, **values: Any) -> Meeting:
        """A meeting of the series, today unless told otherwise."""
        meeting = Meeting(series_id=self.series.id, held_on=on or self.today, state=state, **values)
        self.add(meeting)
        return meeting

    def an_item(
        self, meeting: Meeting, subject: Subject, state: ItemState = ItemState.ON_AGENDA, **values: Any
    ) -> Item:
        """A subject on a meeting's agenda."""
        item = Item(meeting_id=meeting.id, subject_id=subject.id, position=next(self.numbers), state=state, **values)
        self.add(item)
        return item

    def a_line(
        self, item: Item, words: str, kind: LineKind = LineKind.WORRY, *, by: str = "care", **values: Any
    ) -> Contribution:
        """A contribution of an agency to an item, for the whole meeting unless told otherwise."""
        line = Contribution(
            subject_id=item.subject_id,
            item_id=item.id,
            kind=kind,
            words=words,
            said_on=self.today,
            entered_at=self.now + timedelta(seconds=next(self.numbers)),
            source_agency_id=self.agencies[by].id,
            **values,
        )
        self.add(line)
        return line

    def works_with(self, child: Subject, who: str, ended_on: date | None = None) -> WorkingWith:
        """List somebody as working with a child."""
        listing = WorkingWith(
            child_id=child.id, person_id=self.id(who), how="school", started_on=self.day(-60), ended_on=ended_on
        )
        self.add(listing)
        return listing

    def again(self, row: Any) -> Any:
        """The row as it is stored now."""
        self._let_go()
        with self._unguarded() as looking:
            return looking.get_one(type(row), row.id)

    def all(self, kind: Any, *where: Any) -> list[Any]:
        """Every stored row of a kind."""
        self._let_go()
        with self._unguarded() as looking:
            return list(looking.exec(select(kind).where(*where)).all())

    @contextmanager
    def _unguarded(self) -> Iterator[Session]:
        """A look into the database that asks nobody: the test's own."""
        engine = make_migration_engine(self.settings)
        with Session(engine) as looking:
            yield looking
        engine.dispose()


def a_world(session: MaceSession, settings: Settings, now: datetime | None = None) -> World:
    """Make the partnership."""
    world = World(session, settings, now or datetime.now(UTC))
    with transaction(session, TEST):
        _fill(world)
    world._let_go()
    return world


def _fill(world: World) -> None:
    start = world.day(-400)
    for key, (name, kind) in AGENCIES.items():
        world.agencies[key] = Agency(name=name, kind=kind)
    world.add(*world.agencies.values())
    for key in ("red", "blue"):
        world.teams[key] = Team(name=f"{key.capitalize()} team", agency_id=world.agencies["care"].id)
    world.add(*world.teams.values())
    for key, (name, at, team, _role) in PEOPLE.items():
        world.people[key] = Person(
            name=name,
            agency_id=world.agencies[at].id,
            team_id=world.teams[team].id if team else None,
            email=f"{key}@test.example",
        )
    world.add(*world.people.values())
    world.add(*(SignInMethod(person_id=one.id, kind="password", secret_hash="none") for one in world.people.values()))
    holdings = []
    for key, (_name, _at, team, role) in PEOPLE.items():
        managed = world.teams[team].id if role is Role.TEAM_MANAGER and team else None
        holdings.append(RoleHolding(person_id=world.id(key), role=role, team_id=managed, starts_on=start))
    world.add(*holdings)
    series = Series(name="Northborough MACE", kind=SeriesKind.BOTH)
    world.add(series)
    world._series = series  # type: ignore[attr-defined]
    world.add(
        *(
            SeriesAgency(series_id=series.id, agency_id=agency.id, for_quorum=key in ("care", "police", "health"))
            for key, agency in world.agencies.items()
        ),
        SeriesPerson(series_id=series.id, person_id=world.id("chair"), role=SeriesRole.CHAIR),
    )
