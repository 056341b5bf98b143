"""Who works together in the demonstration: eight agencies, three teams, fourteen people, one series of meetings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlmodel import select

from mace.account.commands import add_password, name_person
from mace.calendar import LONDON, closed_days
from mace.database import MaceSession
from mace.demo.canaries import Voice
from mace.domain.area import Area
from mace.domain.deadlines import is_working_day
from mace.domain.policy import Actor, Role
from mace.domain.vocabulary import AgencyKind, SeriesKind, SeriesRole
from mace.meetings.commands.agenda import save_series
from mace.models import Agency, Person, RoleHolding, Series, Team
from mace.web.login import actor_of

PASSWORD = "made up for the demonstration"  # noqa: S105 - everybody may know it: the demonstration holds nothing real
SERIES = "Northborough MACE"
HELD = 7
"""Meetings held; the next one is due today."""
EVERY = timedelta(days=28)

AGENCIES: Mapping[str, tuple[str, AgencyKind]] = MappingProxyType(
    {
        "social_care": ("Northborough Children’s Services", AgencyKind.SOCIAL_CARE),
        "police": ("Fenland Police", AgencyKind.POLICE),
        "health": ("Northborough Health Trust", AgencyKind.HEALTH),
        "education": ("Northborough Education", AgencyKind.EDUCATION),
        "youth_justice": ("Northborough Youth Justice", AgencyKind.YOUTH_JUSTICE),
        "housing": ("Cross Keys Housing", AgencyKind.HOUSING),
        "voluntary": ("Safe Steps", AgencyKind.VOLUNTARY),
        "community_safety": ("Community Safety", AgencyKind.COMMUNITY_SAFETY),
    }
)
FOR_QUORUM = frozenset({"social_care", "police", "health"})
TEAMS = ("Adolescent team", "Assessment team", "Children in care team")


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody who can sign in. A manager's teams go by their place in :data:`TEAMS`."""

    name: str
    job: str
    agency: str
    roles: tuple[Role, ...]
    team: int | None = None
    manages: tuple[int, ...] = ()

    @property
    def email(self) -> str:
        """Where nobody reads it."""
        return f"{self.name.lower().replace(' ', '.')}@demo.example"


PERSONAS: Mapping[str, Persona] = MappingProxyType(
    {
        "ruth": Persona("Ruth Okoro", "Head of service, chair", "social_care", (Role.CHAIR,)),
        "daniel": Persona("Daniel Marsh", "Detective inspector, deputy chair", "police", (Role.DEPUTY,)),
        "priya": Persona("Priya Nair", "MACE coordinator", "social_care", (Role.COORDINATOR,)),
        "hannah": Persona("Hannah Bell", "Social worker", "social_care", (Role.PRACTITIONER,), 0),
        "tom": Persona("Tom Weller", "Social worker", "social_care", (Role.PRACTITIONER, Role.OUT_OF_HOURS), 1),
        "grace": Persona("Grace Adu", "Team manager", "social_care", (Role.TEAM_MANAGER,), 0, (0, 2)),
        "karen": Persona("Karen Holt", "Detective sergeant", "police", (Role.PARTNER_LEAD,)),
        "imran": Persona("Imran Sadiq", "Police constable", "police", (Role.PARTNER_MEMBER,)),
        "jo": Persona("Jo Adeyemi", "Named nurse", "health", (Role.PARTNER_LEAD,)),
        "sue": Persona("Sue Lambert", "Inclusion manager", "education", (Role.PARTNER_MEMBER, Role.GUEST)),
        "amir": Persona("Amir Khan", "Director", "social_care", (Role.EXECUTIVE,)),
        "ellen": Persona("Ellen Shaw", "Information governance lead", "social_care", (Role.IG_LEAD, Role.AUDITOR)),
        "piotr": Persona("Piotr Zielak", "Performance analyst", "social_care", (Role.ANALYST,)),
        "sam": Persona("Sam Doyle", "System administrator", "social_care", (Role.SYSADMIN,)),
    }
)
NAMED: Mapping[str, tuple[str, str, str, int | None]] = MappingProxyType(
    {
        "marcus": ("Marcus Bright", "Social worker", "social_care", 2),
        "leila": ("Leila Haddad", "Agency social worker", "social_care", 1),
        "dev": ("Dev Rana", "Youth justice worker", "youth_justice", None),
        "ros": ("Ros Whitty", "Housing officer", "housing", None),
        "bea": ("Bea Collins", "Project lead", "voluntary", None),
        "owen": ("Owen Tate", "Community safety officer", "community_safety", None),
    }
)
"""People who have work to do and no account: name, job, agency, team."""


@dataclass(frozen=True, slots=True)
class Partnership:
    """The people, by their short names, and the days on which they meet."""

    agencies: Mapping[str, Agency]
    teams: tuple[Team, ...]
    people: Mapping[str, Person]
    actors: Mapping[str, Actor]
    series: Series
    meets_on: tuple[date, ...]
    """The seven meetings held, then the one due today."""

    def day(self, meeting: int) -> date:
        """The day of a meeting, from 1; the last is today."""
        return self.meets_on[meeting - 1]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story is told: what every part of it needs."""

    session: MaceSession
    area: Area
    who: Partnership
    children: dict[int, UUID] = field(default_factory=dict)
    """The children who have come so far, by number."""

    def actor(self, key: str) -> Actor:
        """Somebody who can sign in, as they act."""
        return self.who.actors[key]

    def worker_words(self, key: str) -> str:
        """How a record names a child's worker."""
        return self.who.people[key].name if key else "The duty manager"

    def say(self, voice: Voice, field: str, words: str, worker: str = "", **more: str) -> str:
        """A text of one record with its slots filled."""
        return voice.say(field, words, worker=self.worker_words(worker), **more)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment by a London clock."""
    return datetime.combine(day, time(hour, minute), LONDON)


def working_day(day: date) -> date:
    """That day, or the working day before it."""
    closed = closed_days(day - timedelta(days=14), day)
    while not is_working_day(day, closed):
        day -= timedelta(days=1)
    return day


def meeting_days(today: date) -> tuple[date, ...]:
    """Seven working days about four weeks apart, then today, whatever day it is."""
    closed = closed_days(today - EVERY * HELD, today)
    rhythm = (today - EVERY * back for back in range(HELD, 0, -1))
    return (*(_working_day_from(day, closed) for day in rhythm), today)


def _working_day_from(day: date, closed: frozenset[date]) -> date:
    while not is_working_day(day, closed):
        day += timedelta(days=1)
    return day


def make_partnership(session: MaceSession, today: date) -> Partnership:
    """The people and their series, as they have been for more than a year."""
    since = today - timedelta(days=400)
    agencies = {key: Agency(name=name, kind=kind) for key, (name, kind) in AGENCIES.items()}
    session.add_all(agencies.values())
    session.flush()
    teams = tuple(Team(name=name, agency_id=agencies["social_care"].id) for name in TEAMS)
    session.add_all(teams)
    session.flush()
    people = {key: _sign_up(session, persona, agencies, teams, since) for key, persona in PERSONAS.items()}
    for key, (name, job, agency, team) in NAMED.items():
        people[key] = name_person(session, name, agencies[agency].id, job)
        people[key].team_id = teams[team].id if team is not None else None
    session.flush()
    kinds = {agency.id: agency for agency in agencies.values()}
    actors = {key: actor_of(session, people[key], kinds[people[key].agency_id], at(today, 0)) for key in PERSONAS}
    series = save_series(
        session,
        actors["priya"],
        None,
        name=SERIES,
        kind=SeriesKind.BOTH,
        cadence_days=EVERY.days,
        available_minutes=150,
        usual_time=time(9, 30),
        agencies={agency.id: key in FOR_QUORUM for key, agency in agencies.items()},
        people={
            people["ruth"].id: SeriesRole.CHAIR,
            people["daniel"].id: SeriesRole.DEPUTY,
            people["priya"].id: SeriesRole.MINUTE_TAKER,
        },
    )
    session.flush()
    return Partnership(agencies, teams, people, actors, series, meeting_days(today))


def _sign_up(
    session: MaceSession, persona: Persona, agencies: Mapping[str, Agency], teams: tuple[Team, ...], since: date
) -> Person:
    person = Person(
        name=persona.name,
        job=persona.job,
        agency_id=agencies[persona.agency].id,
        team_id=teams[persona.team].id if persona.team is not None else None,
        email=persona.email,
    )
    session.add(person)
    session.flush()
    for role in persona.roles:
        for team in persona.manages if role is Role.TEAM_MANAGER else (None,):
            session.add(
                RoleHolding(
                    person_id=person.id,
                    role=role,
                    team_id=teams[team].id if team is not None else None,
                    starts_on=since,
                )
            )
    add_password(session, person.id, PASSWORD)
    return person


def find_person(session: MaceSession, key: str) -> Person | None:
    """Somebody of the demonstration who can sign in, in a database that holds it."""
    return session.exec(select(Person).where(Person.email == PERSONAS[key].email)).one_or_none()
