"""The two twins agree: what the database lets a person find is what the policy says, over random small worlds."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
import sqlalchemy.orm
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlmodel import col

from mace import scope
from mace.database import make_migration_engine
from mace.domain.policy import (
    ActionFacts,
    Actor,
    DeliveryFacts,
    ItemFacts,
    Permission,
    Role,
    SubjectFacts,
    scope_on_action,
    scope_on_delivery,
    scope_on_item,
    scope_on_subject,
    scopes,
)
from mace.domain.vocabulary import (
    ActionState,
    AgencyKind,
    Extent,
    ItemState,
    MeetingState,
    Presence,
    Release,
    SeriesKind,
    SubjectKind,
    Told,
)
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Allocation,
    Attendance,
    Brief,
    Child,
    Delivery,
    InformationRequest,
    Item,
    Meeting,
    Model,
    Person,
    RecordVersion,
    RoleHolding,
    Series,
    SeriesAgency,
    Subject,
    Team,
    UpdateRequest,
    Waiting,
    WorkingWith,
)
from mace.scope import LISTING_LASTS_DAYS, OFF, PUBLISHED
from mace.settings import Settings

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ENDS = (None, -LISTING_LASTS_DAYS - 1, -LISTING_LASTS_DAYS, -1, 0)
"""Days from today on which something ended: both sides of the boundary, and not at all."""
SUBJECT_PERMISSIONS = (
    Permission.CHILD_READ,
    Permission.CHILD_LIST,
    Permission.CHILD_EDIT,
    Permission.ALLOCATION_CHANGE,
    Permission.CONTEXT_READ,
)
ACTION_PERMISSIONS = (
    Permission.ACTION_READ,
    Permission.ACTION_LIST,
    Permission.ACTION_UPDATE,
    Permission.ACTION_DECIDE,
)


def _day(days: int | None) -> date | None:
    return None if days is None else TODAY + timedelta(days=days)


@dataclass
class Small:
    """A small world, as rows and as the plain facts of them."""

    luck: Random
    rows: list[Model] = field(default_factory=list)
    actors: list[Actor] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    subjects: dict[UUID, SubjectFacts] = field(default_factory=dict)
    lead: dict[UUID, Allocation] = field(default_factory=dict)
    listed: dict[UUID, set[UUID]] = field(default_factory=dict)
    actions: dict[UUID, ActionFacts] = field(default_factory=dict)
    owners: dict[UUID, set[UUID]] = field(default_factory=dict)
    items: dict[UUID, ItemFacts] = field(default_factory=dict)
    deliveries: dict[UUID, DeliveryFacts] = field(default_factory=dict)
    requests: dict[UUID, tuple[UUID, bool]] = field(default_factory=dict)
    briefs: dict[UUID, tuple[UUID, UUID]] = field(default_factory=dict)
    updates: dict[UUID, tuple[UUID | None, UUID]] = field(default_factory=dict)

    def keep(self, row: Any) -> Any:
        """Add a row."""
        self.rows.append(row)
        return row

    def some(self, things: list[Any], most: int) -> list[Any]:
        """A few of them."""
        return self.luck.sample(things, self.luck.randint(0, min(most, len(things))))


def a_small_world(luck: Random) -> Small:
    """Two agencies, two teams, five people, three subjects, and whatever stands between them."""
    world = Small(luck)
    agencies = [world.keep(Agency(name=f"Agency {n}", kind=AgencyKind.OTHER)) for n in range(2)]
    teams = [world.keep(Team(name=f"Team {n}", agency_id=agencies[0].id)) for n in range(2)]
    _people(world, agencies, teams)
    series = [world.keep(Series(name=f"Series {n}", kind=SeriesKind.BOTH)) for n in range(2)]
    expected = {one.id: {agency.id for agency in world.some(agencies, 2)} for one in series}
    for series_id, ids in expected.items():
        for agency_id in ids:
            world.keep(SeriesAgency(series_id=series_id, agency_id=agency_id))
    _subjects(world, teams)
    _actions(world, agencies, series)
    _meetings(world, agencies, series, expected)
    return world


def _people(world: Small, agencies: list[Agency], teams: list[Team]) -> None:
    for number in range(5):
        agency, team = world.luck.choice(agencies), world.luck.choice([None, *teams])
        person = world.keep(Person(name=f"Person {number}", agency_id=agency.id, team_id=team.id if team else None))
        world.persons.append(person)
        roles, manages = set(world.some(list(Role), 2)), set()
        for role in roles:
            managed = world.luck.choice(teams) if role is Role.TEAM_MANAGER else None
            manages |= {managed.id} if managed else set()
            world.keep(
                RoleHolding(
                    person_id=person.id, role=role, team_id=managed.id if managed else None, starts_on=_day(-100)
                )
            )
        world.actors.append(
            Actor(
                name=person.name,
                person_id=person.id,
                agency_id=agency.id,
                roles=frozenset(roles),
                manages=frozenset(manages),
            )
        )


def _subjects(world: Small, teams: list[Team]) -> None:
    for number in range(3):
        subject = world.keep(
            Subject(kind=SubjectKind.CHILD, name=f"Child {number}", reference=str(number), on_mace_since=TODAY)
        )
        world.keep(Child(subject_id=subject.id))
        workers, team_ids = set(), set()
        for person in world.some(world.persons, 2):
            live = subject.id not in world.lead and world.luck.random() < 0.6
            allocation = world.keep(
                Allocation(
                    child_id=subject.id,
                    person_id=person.id,
                    team_id=world.luck.choice([None, *(team.id for team in teams)]),
                    started_on=_day(-90),
                    ended_on=None if live else _day(world.luck.choice((-5, 0))),
                )
            )
            if live:
                world.lead[subject.id] = allocation
                workers.add(person.id)
                team_ids |= {allocation.team_id} - {None}
        world.listed[subject.id] = set()
        for person in world.some(world.persons, 2):
            ended = world.luck.choice(ENDS)
            world.keep(
                WorkingWith(child_id=subject.id, person_id=person.id, started_on=_day(-90), ended_on=_day(ended))
            )
            if ended is None or ended >= -LISTING_LASTS_DAYS:
                world.listed[subject.id].add(person.id)
        world.subjects[subject.id] = SubjectFacts(frozenset(workers | world.listed[subject.id]), frozenset(team_ids))
        world.owners[subject.id] = set()


def _actions(world: Small, agencies: list[Agency], series: list[Series]) -> None:
    ids = list(world.subjects)
    for number in range(4):
        owner, offered = world.luck.choice([None, *world.persons]), world.luck.choice([None, None, *world.persons])
        ended = world.luck.choice(ENDS)
        moved = ended is not None and world.luck.random() < 0.4
        action = world.keep(
            Action(
                number=number,
                subject_id=world.luck.choice(ids),
                series_id=series[0].id,
                what="Something will exist",
                owner_id=owner.id if owner else None,
                owner_agency_id=world.luck.choice(agencies).id,
                set_on=TODAY,
                late_line=TODAY,
                imported=True,
                state=ActionState.MOVED if moved else ActionState.DONE if ended is not None else ActionState.OPEN,
                ended_on=_day(ended),
                offered_to_id=offered.id if offered else None,
                source_agency_id=agencies[0].id,
            )
        )
        protects = {action.subject_id, *world.some(ids, 2)}
        for child_id in protects:
            world.keep(ActionChild(action_id=action.id, child_id=child_id))
            if owner is not None and (ended is None or ended >= -LISTING_LASTS_DAYS):
                world.owners[child_id].add(owner.id)
        helpers = world.some(world.persons, 2)
        for person in helpers:
            world.keep(ActionContributor(action_id=action.id, person_id=person.id, agency_id=person.agency_id))
        world.actions[action.id] = ActionFacts(
            owner=action.owner_id,
            owner_agency=action.owner_agency_id,
            owner_team=owner.team_id if owner else None,
            contributors=frozenset(person.id for person in helpers),
            chaser=_waiting(world, action),
            offered_to=action.offered_to_id if ended is None or moved else None,
            is_long_over=ended is not None and ended < -LISTING_LASTS_DAYS,
            subject=SubjectFacts(
                frozenset().union(*(world.subjects[child].workers for child in protects)),
                frozenset().union(*(world.subjects[child].teams for child in protects)),
            ),
        )


def _waiting(world: Small, action: Action) -> UUID | None:
    if world.luck.random() < 0.5:
        return None
    chaser, ended = world.luck.choice(world.persons), world.luck.choice((None, -1))
    world.keep(
        Waiting(
            action_id=action.id,
            body="CAMHS",
            asked="A date",
            began_on=_day(-9),
            asked_on=_day(-9),
            answer_expected_on=_day(5),
            chase_by=_day(3),
            chaser_id=chaser.id,
            safe_meanwhile="She stays with her aunt",
            ended_on=_day(ended),
        )
    )
    return chaser.id if ended is None else None


def _meetings(world: Small, agencies: list[Agency], series: list[Series], expected: dict[UUID, set[UUID]]) -> None:
    for number, state in enumerate(world.some(list(MeetingState), 3)):
        one = world.luck.choice(series)
        meeting = world.keep(Meeting(series_id=one.id, held_on=_day(number), state=state))
        for subject_id in world.some(list(world.subjects), 2):
            item = world.keep(_item(world, meeting, subject_id))
            world.items[item.id] = ItemFacts(
                frozenset(expected[one.id]), meeting.state in PUBLISHED, item.state not in OFF
            )
            asked = world.luck.choice(agencies)
            request = world.keep(InformationRequest(item_id=item.id, agency_id=asked.id, asked_at=NOW))
            open_ = meeting.state in PUBLISHED and item.state not in OFF
            world.requests[request.id] = (asked.id, open_)
            person = world.luck.choice(world.persons)
            brief = world.keep(
                Brief(item_id=item.id, person_id=person.id, asked_at=NOW, source_agency_id=person.agency_id)
            )
            world.briefs[brief.id] = (person.id, subject_id)
            world.keep(Attendance(item_id=item.id, agency_id=asked.id, presence=Presence.PRESENT))
            _delivery(world, item)
        for action_id in world.some(list(world.actions), 2):
            to, agency = world.luck.choice([None, *world.persons]), world.luck.choice(agencies)
            update = world.keep(
                UpdateRequest(
                    action_id=action_id,
                    meeting_id=meeting.id,
                    person_id=to.id if to else None,
                    agency_id=agency.id,
                    asked_at=NOW,
                )
            )
            world.updates[update.id] = (to.id if to else None, agency.id)


def _item(world: Small, meeting: Meeting, subject_id: UUID) -> Item:
    state = world.luck.choice(list(ItemState))
    ended = state in (ItemState.CLOSED, ItemState.APPROVED)
    return Item(
        meeting_id=meeting.id,
        subject_id=subject_id,
        position=1,
        state=state,
        off_because="No time" if state in (ItemState.LEFT_OFF, ItemState.PUT_OFF) else "",
        closed_at=NOW if ended else None,
        approved_at=NOW if state is ItemState.APPROVED else None,
    )


def _delivery(world: Small, item: Item) -> None:
    version = world.keep(
        RecordVersion(
            item_id=item.id, subject_id=item.subject_id, number=0, release=Release.AGREED, made_at=NOW, body="{}"
        )
    )
    to, told, ended = (
        world.luck.choice([None, *world.persons]),
        world.luck.choice(list(Told)),
        world.luck.random() < 0.2,
    )
    sent = world.keep(
        Delivery(
            record_version_id=version.id,
            subject_id=item.subject_id,
            person_id=to.id if to else None,
            to_name="" if to else "The home",
            told=told,
            extent=next(iter(Extent)),
            sent_at=NOW,
            ended_at=NOW if ended else None,
        )
    )
    live = world.lead.get(item.subject_id)
    world.deliveries[sent.id] = DeliveryFacts(
        to=sent.person_id,
        told=told,
        has_ended=ended,
        lead=live.person_id if live else None,
        lead_team=live.team_id if live else None,
        owners=frozenset(world.owners[item.subject_id]),
        listed=frozenset(world.listed[item.subject_id]),
    )


def _agree(world: Small, find: Callable[[Any], set[Any]]) -> None:
    """Everything that the database lets each person find is what the policy says, and nothing else."""
    for actor in world.actors:
        for permission in SUBJECT_PERMISSIONS:
            allowed = {key for key, facts in world.subjects.items() if scope_on_subject(actor, permission, facts)}
            assert find(scope.subjects(sa.select(Subject.id), actor, TODAY, permission)) == allowed
            joined = sa.select(Subject.id).join(Allocation, col(Allocation.child_id) == col(Subject.id), isouter=True)
            assert find(scope.subjects(joined, actor, TODAY, permission)) == allowed, "beside its own join"
            about = scope.about(sa.select(Item.subject_id), Item.subject_id, actor, TODAY, permission)
            assert find(about) <= allowed
        for permission in ACTION_PERMISSIONS:
            by = {key: scope_on_action(actor, permission, facts) for key, facts in world.actions.items()}
            found = find(scope.actions(sa.select(Action.id), actor, TODAY, permission))
            assert found == {key for key, relation in by.items() if relation}
            lets = sa.select(Action.id, scope.lets_to_action(actor, TODAY, permission))
            for key, relation in find(scope.actions(lets, actor, TODAY, permission)):
                assert relation == by[key]
        seen = {key for key, facts in world.items.items() if scope_on_item(actor, Permission.ITEM_READ, facts)}
        assert find(scope.items(sa.select(Item.id), actor)) == seen
        sent = {
            key for key, facts in world.deliveries.items() if scope_on_delivery(actor, Permission.RECORD_READ, facts)
        }
        assert find(scope.deliveries(sa.select(Delivery.id), actor, TODAY)) == sent
        _agree_on_what_is_asked(world, actor, find)


def _agree_on_what_is_asked(world: Small, actor: Actor, find: Callable[[Any], set[Any]]) -> None:
    held = scopes(actor, Permission.REQUEST_ANSWER)
    asked = {
        key
        for key, (agency, is_open) in world.requests.items()
        if "area" in held or ("agency" in held and agency == actor.agency_id and is_open)
    }
    assert find(scope.requests(sa.select(InformationRequest.id), actor)) == asked
    held = scopes(actor, Permission.BRIEF_ANSWER)
    briefs = set()
    for key, (person, subject) in world.briefs.items():
        live = world.lead.get(subject)
        of_lead = live is not None and live.person_id == person
        mine = "self" in held and person == actor.person_id
        teams = "team" in held and live is not None and live.team_id in actor.manages
        if "area" in held or (of_lead and (mine or teams)):
            briefs.add(key)
    assert find(scope.briefs(sa.select(Brief.id), actor)) == briefs
    held = scopes(actor, Permission.ACTION_UPDATE)
    updates = {
        key
        for key, (person, agency) in world.updates.items()
        if "area" in held
        or ("self" in held and person is not None and person == actor.person_id)
        or ("agency" in held and agency == actor.agency_id)
    }
    assert find(scope.update_requests(sa.select(UpdateRequest.id), actor)) == updates


@pytest.fixture
def engine(settings: Settings) -> Any:
    """The database without its guards: the worlds are made and taken back in one transaction."""
    made = make_migration_engine(settings)
    yield made
    made.dispose()


def _compare(engine: sa.Engine, world: Small) -> None:
    """Store the world, ask both twins, take it back."""
    with sa.orm.Session(engine) as session:
        _store(session, world)
        _agree(world, lambda statement: _found(session, statement))
        session.rollback()


def _store(session: sa.orm.Session, world: Small) -> None:
    for row in world.rows:
        session.add(row)
        session.flush()


def _found(session: sa.orm.Session, statement: Any) -> set[Any]:
    return {row[0] if len(row) == 1 else tuple(row) for row in session.execute(statement)}


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(seed=st.integers(0, 10**9))
@example(seed=407)  # An action about another child kept a record open: a sub-query that was not tied to its delivery.
def test_what_the_database_finds_is_what_the_policy_says(engine: sa.Engine, seed: int) -> None:
    _compare(engine, a_small_world(Random(seed)))


def test_an_actor_without_a_person_finds_nothing_that_is_nobodys(engine: sa.Engine) -> None:
    """NULL is nobody: rows that belong to nobody are not those of an actor who is nobody."""
    roles = frozenset({Role.PRACTITIONER, Role.TEAM_MANAGER, Role.PARTNER_LEAD})
    nobody = Actor(name="x", roles=roles, agency_id=uuid4())
    with sa.orm.Session(engine) as session:
        _store(session, a_small_world(Random(7)))
        for statement in (
            scope.subjects(sa.select(Subject.id), nobody, TODAY),
            scope.actions(sa.select(Action.id), nobody, TODAY),
            scope.deliveries(sa.select(Delivery.id), nobody, TODAY),
            scope.briefs(sa.select(Brief.id), nobody),
            scope.update_requests(sa.select(UpdateRequest.id), nobody),
        ):
            assert _found(session, statement) == set()
        session.rollback()


def test_a_wrong_twin_would_be_seen(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen red: the database lets listings go a day too early."""
    monkeypatch.setattr(scope, "LISTING_LASTS_DAYS", LISTING_LASTS_DAYS - 1)
    with pytest.raises(AssertionError):
        for seed in range(40):
            _compare(engine, a_small_world(Random(seed)))
