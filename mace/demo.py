"""A made-up partnership: the same every time, its dates relative to today. Every free text carries a canary.

A canary is a word that stands in one record only (a nickname, a place, a registration), so that a test can tell when a
word of one child's record reaches somebody who may not have it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlmodel import select

from mace import scope
from mace.account.commands import add_password
from mace.actions.commands import store_standing
from mace.calendar import london_day
from mace.children.commands import folded
from mace.database import MaceSession, transaction
from mace.domain.ledger import late_line, would_carry_late
from mace.domain.policy import Role, system_actor
from mace.domain.vocabulary import (
    ActionState,
    AgencyKind,
    Cause,
    ContextKind,
    Decision,
    EventKind,
    Harm,
    LegalStatus,
    LineKind,
    MeetingState,
    RiskLevel,
    SeriesKind,
    SeriesRole,
    Sex,
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
    ContextChild,
    Contribution,
    Event,
    Installation,
    LedgerLine,
    Meeting,
    Person,
    PersonOfConcern,
    RoleHolding,
    Series,
    SeriesAgency,
    SeriesPerson,
    Subject,
    Team,
    Waiting,
    WorkingWith,
)
from mace.settings import Settings

PASSWORD = "made up for the demonstration"  # noqa: S105 - everybody may know it: the demonstration holds nothing real
ACTOR = system_actor("demo")

AGENCIES = (
    ("Northborough Children’s Services", AgencyKind.SOCIAL_CARE),
    ("Fenland Police", AgencyKind.POLICE),
    ("Northborough Health Trust", AgencyKind.HEALTH),
    ("Northborough Education", AgencyKind.EDUCATION),
    ("Northborough Youth Justice", AgencyKind.YOUTH_JUSTICE),
    ("Cross Keys Housing", AgencyKind.HOUSING),
    ("Safe Steps", AgencyKind.VOLUNTARY),
    ("Community Safety", AgencyKind.COMMUNITY_SAFETY),
)
TEAMS = ("Adolescent team", "Assessment team", "Children in care team")
PEOPLE: tuple[tuple[str, str, int, int | None, Role], ...] = (
    ("Ruth Okoro", "Head of service, chair", 0, None, Role.CHAIR),
    ("Daniel Marsh", "Detective inspector, deputy chair", 1, None, Role.DEPUTY),
    ("Priya Nair", "MACE coordinator", 0, None, Role.COORDINATOR),
    ("Hannah Bell", "Social worker", 0, 0, Role.PRACTITIONER),
    ("Tom Weller", "Social worker", 0, 1, Role.PRACTITIONER),
    ("Grace Adu", "Team manager", 0, 0, Role.TEAM_MANAGER),
    ("Karen Holt", "Detective sergeant", 1, None, Role.PARTNER_LEAD),
    ("Imran Sadiq", "Police constable", 1, None, Role.PARTNER_MEMBER),
    ("Jo Adeyemi", "Named nurse", 2, None, Role.PARTNER_LEAD),
    ("Sue Lambert", "Inclusion manager", 3, None, Role.PARTNER_MEMBER),
    ("Amir Khan", "Director", 0, None, Role.EXECUTIVE),
    ("Ellen Shaw", "Information governance lead", 0, None, Role.IG_LEAD),
    ("Piotr Zielak", "Performance analyst", 0, None, Role.ANALYST),
    ("Sam Doyle", "System administrator", 0, None, Role.SYSADMIN),
)
FIRST = ("Aisha", "Ben", "Chloe", "Dawid", "Esme", "Faisal", "Gabi", "Harvey", "Iman", "Jake", "Kasia", "Leo", "Mina")
LAST = ("Ashdown", "Brackley", "Carrow", "Denholm", "Ellery", "Fairburn", "Gresley", "Hallam", "Ibstock", "Jarrow")
NICKNAMES = ("Pip", "Taz", "Moth", "Jinx", "Wren", "Ozzy", "Fern", "Dex", "Lark", "Rook", "Bee", "Finch", "Sky")
STREETS = ("Quarrendon", "Tolpuddle", "Marchmont", "Wexcombe", "Ravelston", "Inglesham", "Dunsley", "Harcombe")
KINDS = (Harm.COUNTY_LINES, Harm.CSE, Harm.CCE, Harm.ONLINE, Harm.UNKNOWN)
TASKS = (
    "A child abduction warning notice is served on the man in the silver {car}",
    "A return home interview is held and its themes are with police",
    "A trauma assessment date at CAMHS is confirmed in writing",
    "The head has agreed an end date for the reduced timetable",
    "A written safety plan for evenings is agreed with parents",
    "The licensing officer has visited {street} and reported",
)
MEETINGS_BACK = (196, 168, 140, 112, 84, 56, 28)


def _key(*parts: object) -> UUID:
    """The same id for the same thing every time."""
    return uuid5(NAMESPACE_URL, "mace-demo:" + ":".join(str(part) for part in parts))


def _canary(kind: str, number: int) -> str:
    """A believable word that stands in one record only."""
    street = f"{STREETS[number % len(STREETS)]} {LAST[number // len(STREETS)]}"
    return {
        "aka": f"{NICKNAMES[number % len(NICKNAMES)]} {LAST[number // len(NICKNAMES)][:4]}",
        "concern": f"{street} Arcade",
        "event": f"{street} Halt",
        "action": f"KN{10 + number:02} {chr(65 + number % 26)}XF",
        "line": f"{street} Cafe",
        "school": f"{street} Academy",
    }[kind]


@dataclass(frozen=True, slots=True)
class _Ground:
    agencies: tuple[Agency, ...]
    people: tuple[Person, ...]
    teams: tuple[Team, ...]
    series: Series
    held: tuple[Meeting, ...]


def is_empty(session: MaceSession) -> bool:
    """True for a database that has only been migrated."""
    return session.exec(select(Agency.id).limit(1)).first() is None


def fill(session: MaceSession, settings: Settings, *, now: datetime | None = None) -> None:
    """Make the partnership in one transaction. The database remembers that it has held demo data."""
    now = now or datetime.now(UTC)
    today = london_day(now)
    with transaction(session, ACTOR):
        installation = session.exec(select(Installation)).one()
        installation.held_demo_data, installation.demo_day = True, today.isoformat()
        ground = _ground(session, today, now)
        actions: list[Action] = []
        for number in range(26):
            actions += _child(session, ground, number, today, now, settings)
        _contexts(session, ground, today)
        session.flush()
        store_standing(session, actions, today, settings.area)


def _ground(session: MaceSession, today: date, now: datetime) -> _Ground:
    agencies = tuple(Agency(id=_key("agency", name), name=name, kind=kind) for name, kind in AGENCIES)
    session.add_all(agencies)
    session.flush()
    teams = tuple(Team(id=_key("team", name), name=name, agency_id=agencies[0].id) for name in TEAMS)
    session.add_all(teams)
    session.flush()
    people = []
    for name, job, at, team, _role in PEOPLE:
        person = Person(
            id=_key("person", name),
            name=name,
            job=job,
            agency_id=agencies[at].id,
            team_id=teams[team].id if team is not None else None,
            email=name.lower().replace(" ", ".") + "@demo.example",
        )
        people.append(person)
    session.add_all(people)
    session.flush()
    for person, (_name, _job, _at, team, role) in zip(people, PEOPLE, strict=True):
        managed = teams[team].id if role is Role.TEAM_MANAGER and team is not None else None
        session.add(RoleHolding(person_id=person.id, role=role, team_id=managed, starts_on=today - timedelta(days=400)))
        add_password(session, person.id, PASSWORD)
    series = Series(id=_key("series"), name="Northborough MACE", kind=SeriesKind.BOTH)
    session.add(series)
    session.flush()
    for agency in agencies:
        quorum = agency.kind in (AgencyKind.SOCIAL_CARE, AgencyKind.POLICE, AgencyKind.HEALTH)
        session.add(SeriesAgency(series_id=series.id, agency_id=agency.id, for_quorum=quorum))
    for person, series_role in ((people[0], SeriesRole.CHAIR), (people[1], SeriesRole.DEPUTY)):
        session.add(SeriesPerson(series_id=series.id, person_id=person.id, role=series_role))
    held = tuple(
        Meeting(
            id=_key("meeting", back),
            series_id=series.id,
            held_on=today - timedelta(days=back),
            state=MeetingState.HELD,
            ended_at=now - timedelta(days=back),
        )
        for back in MEETINGS_BACK
    )
    session.add_all(held)
    session.add(Meeting(id=_key("meeting", "next"), series_id=series.id, held_on=today + timedelta(days=2)))
    session.flush()
    return _Ground(agencies, tuple(people), teams, series, held)


def _child(
    session: MaceSession, ground: _Ground, number: int, today: date, now: datetime, settings: Settings
) -> list[Action]:
    """One child with allocation, concern, events and up to four actions of different ages."""
    social_care = ground.agencies[0].id
    name = f"{FIRST[number % len(FIRST)]} {LAST[(number * 3) % len(LAST)]}"
    level = (RiskLevel.SIGNIFICANT, RiskLevel.MODERATE, RiskLevel.EMERGING)[number % 3]
    subject = Subject(
        id=_key("child", number),
        kind=SubjectKind.CHILD,
        name=name,
        search_name=folded(name, _canary("aka", number)),
        reference=f"40{1000 + number * 37}",
        on_mace_since=today - timedelta(days=190 - number),
        level=level,
        level_on=today - timedelta(days=28),
        next_review_on=today + timedelta(days=2 + 14 * (number % 3)),
        closed_on=today - timedelta(days=20) if number == 25 else None,
    )
    session.add(subject)
    session.flush()
    session.add(
        Child(
            subject_id=subject.id,
            also_known_as=_canary("aka", number),
            born_on=today - timedelta(days=365 * (13 + number % 5) + number * 11),
            sex=Sex.FEMALE if number % 2 else Sex.MALE,
            ethnicity=("White British", "Pakistani", "Black African", "Polish")[number % 4],
            language="English",
            legal_status=tuple(LegalStatus)[number % 4],
            school=_canary("school", number),
            harms=KINDS[number % len(KINDS)].value,
        )
    )
    worker = ground.people[3 if number % 2 == 0 else 4]
    if number % 13 != 12:
        session.add(
            Allocation(
                child_id=subject.id,
                person_id=worker.id,
                team_id=worker.team_id,
                started_on=today - timedelta(days=150),
                confirmed_on=today if number % 3 == 0 else None,
            )
        )
    if number == 3:
        session.add(WorkingWith(child_id=subject.id, person_id=ground.people[9].id, how="school", started_on=today))
    concern = Concern(
        subject_id=subject.id,
        words=f"Adults give {name.split()[0]} lifts to {_canary('concern', number)} late at night; school staff saw it",
        harm=KINDS[number % len(KINDS)],
        raised_on=today - timedelta(days=120),
        source_agency_id=social_care,
    )
    session.add(concern)
    session.flush()
    _happenings(session, ground, subject, number, today, now)
    return [_action(session, ground, subject, concern, number, n, today, now, settings) for n in range(number % 4 + 1)]


def _happenings(
    session: MaceSession, ground: _Ground, subject: Subject, number: int, today: date, now: datetime
) -> None:
    for n, kind in enumerate((EventKind.MISSING, EventKind.RETURN_INTERVIEW, EventKind.SEEN)[: number % 3 + 1]):
        session.add(
            Event(
                subject_id=subject.id,
                kind=kind,
                happened_on=today - timedelta(days=40 - 9 * n),
                words=f"Found near {_canary('event', number)}; safe and well, tired and hungry.",
                entered_at=now,
                source_agency_id=ground.agencies[1 if kind is EventKind.MISSING else 0].id,
            )
        )


def _action(
    session: MaceSession,
    ground: _Ground,
    subject: Subject,
    concern: Concern,
    number: int,
    n: int,
    today: date,
    now: datetime,
    settings: Settings,
) -> Action:
    """An action of some age, carried at the meetings since: of every level over the 26 children."""
    back = (21, 56, 84, 140)[(number + n) % 4]
    owner = ground.people[(3, 6, 7, 8, 4, 9)[(number + n) % 6]]
    set_on = today - timedelta(days=back)
    first_due = set_on + timedelta(days=28)
    ended = (number + n) % 5 == 4
    action = Action(
        id=_key("action", number, n),
        number=number * 4 + n + 1,
        subject_id=subject.id,
        series_id=ground.series.id,
        concern_id=concern.id,
        what=TASKS[(number + n) % len(TASKS)].format(car=_canary("action", number), street=_canary("line", number)),
        why=f"So that nobody can pick the child up from {_canary('concern', number)}",
        contingency=f"The duty manager is told the same day and somebody waits at {_canary('event', number)}",
        owner_id=owner.id,
        owner_agency_id=owner.agency_id,
        owner_accepted_at=now,
        set_on=set_on,
        first_due=first_due,
        due=first_due,
        late_line=late_line(set_on, first_due, None, subject.level, settings.area),
        level_when_set=subject.level,
        source_agency_id=ground.agencies[0].id,
        last_update_on=today - timedelta(days=5) if n == 0 else None,
    )
    session.add(action)
    session.flush()
    session.add(ActionChild(action_id=action.id, child_id=subject.id))
    _looks(session, ground, action, ended, now)
    if n == 0:
        session.add(
            Contribution(
                subject_id=subject.id,
                action_id=action.id,
                kind=LineKind.UPDATE,
                words=f"Spoke to staff at {_canary('line', number)}; they will ring when the car is there.",
                said_on=today - timedelta(days=5),
                entered_at=now - timedelta(days=5),
                source_agency_id=owner.agency_id,
                source_person_id=owner.id,
            )
        )
    return action


def _looks(session: MaceSession, ground: _Ground, action: Action, ended: bool, now: datetime) -> None:
    """A ledger line for each meeting held since, the last of which may have accepted it as done."""
    from mace.actions.queries import list_facts

    since = [meeting for meeting in ground.held if meeting.held_on > action.set_on]
    for meeting in since:
        last = meeting is since[-1]
        facts = list_facts(session, [action])[action.id]
        decision = Decision.ACCEPTED_DONE if ended and last else Decision.CARRIED
        waits = last and not ended and action.number % 11 == 0
        decision = Decision.WAITING_ON if waits else decision
        new_due = meeting.held_on + timedelta(days=28)
        session.add(
            LedgerLine(
                action_id=action.id,
                meeting_id=meeting.id,
                meeting_on=meeting.held_on,
                state_found=action.state,
                decision=decision,
                leaves_open=decision.leaves_open,
                carried_late=would_carry_late(facts, meeting.held_on, decision),
                cause=Cause.NOT_DONE if decision is Decision.CARRIED else None,
                reason="The owner was away and nobody had been asked to stand in",
                old_due=action.due,
                new_due=new_due if decision is Decision.CARRIED else None,
                by_id=ground.people[0].id,
                at=now,
            )
        )
        if decision is Decision.ACCEPTED_DONE:
            action.state, action.ended_on = ActionState.DONE, meeting.held_on
        elif decision is Decision.CARRIED:
            action.due, action.date_moves = new_due, action.date_moves + 1
        else:
            _wait(session, ground, action, meeting)
        session.flush()


def _wait(session: MaceSession, ground: _Ground, action: Action, meeting: Meeting) -> None:
    action.state = ActionState.WAITING_ON
    session.add(
        Waiting(
            action_id=action.id,
            body="CAMHS",
            asked="A first appointment",
            asked_on=meeting.held_on,
            answer_expected_on=meeting.held_on + timedelta(days=21),
            chaser_id=ground.people[8].id,
            chase_by=meeting.held_on + timedelta(days=26),
            safe_meanwhile="The school nurse sees the child each Monday",
            began_on=meeting.held_on,
        )
    )


def _contexts(session: MaceSession, ground: _Ground, today: date) -> None:
    """Two places, a group, and a person of concern."""
    made = (
        ("Mill Road takeaway", SubjectKind.CONTEXT, ContextKind.PLACE),
        ("Bus station", SubjectKind.CONTEXT, ContextKind.PLACE),
        ("Embankment group", SubjectKind.CONTEXT, ContextKind.PEER_GROUP),
        ("Man known as “Dee”", SubjectKind.PERSON, None),
    )
    for number, (name, kind, context) in enumerate(made):
        subject = Subject(
            id=_key("context", number),
            kind=kind,
            name=name,
            search_name=folded(name),
            reference=f"{'P' if context is None else 'C'}-{number + 1}",
            on_mace_since=today - timedelta(days=100),
            level=RiskLevel.MODERATE,
            next_review_on=today + timedelta(days=2),
        )
        session.add(subject)
        session.flush()
        words = f"Children are met here after dark, most Fridays, and taken to {_canary('line', 40 + number)}"
        if context is None:
            session.add(PersonOfConcern(subject_id=subject.id, described_as=words, police_reference="held by police"))
        else:
            session.add(Context(subject_id=subject.id, kind=context, what_happens=words))
        session.add(
            Concern(
                subject_id=subject.id,
                words=words,
                raised_on=today - timedelta(days=90),
                source_agency_id=ground.agencies[1].id,
            )
        )
        session.add(ContextChild(context_id=subject.id, child_id=_key("child", number), how="seen there"))


def demo_facts(session: MaceSession) -> dict[str, Any]:
    """What ``mace demo --json`` prints: people, example objects, and the canary of each free text."""
    people = [
        {
            "id": str(_key("person", name)),
            "name": name,
            "email": name.lower().replace(" ", ".") + "@demo.example",
            "role": role.value,
            "agency": AGENCIES[agency][0],
            "password": PASSWORD,
        }
        for name, _job, agency, _team, role in PEOPLE
    ]
    children = session.exec(
        scope.within(select(Subject.id).where(Subject.kind == SubjectKind.CHILD), "examples of the demonstration")
    ).all()
    canaries = [
        {"canary": _canary(kind, number), "child": str(_key("child", number)), "field": kind}
        for number in range(26)
        for kind in ("aka", "concern", "event", "action", "line", "school")
    ]
    return {
        "people": people,
        "examples": {
            "child": str(_key("child", 0)),
            "closed_child": str(_key("child", 25)),
            "action": str(_key("action", 0, 0)),
            "context": str(_key("context", 0)),
            "next_meeting": str(_key("meeting", "next")),
            "children": len(children),
        },
        "canaries": canaries,
    }
