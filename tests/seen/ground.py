"""The demonstration with more people and the states it lacks, and names for the things that the table speaks of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select

from mace.database import make_engines, make_migration_engine, open_session
from mace.demo import demo_facts
from mace.domain.policy import Role
from mace.domain.vocabulary import (
    ActionState,
    AgencyKind,
    EventKind,
    Extent,
    ItemState,
    MeetingState,
    SeriesKind,
    Told,
)
from mace.models import (
    Action,
    ActionChild,
    ActionContributor,
    Agency,
    Brief,
    Concern,
    Delivery,
    Event,
    ImportBatch,
    InformationRequest,
    Item,
    Meeting,
    Model,
    Person,
    PersonOfConcern,
    RecordVersion,
    RoleHolding,
    Series,
    SeriesAgency,
    SignInMethod,
    Subject,
    Team,
    Upload,
    Waiting,
    WorkingWith,
)
from mace.settings import Settings

DEMO = ("ruth", "daniel", "priya", "hannah", "tom", "grace", "karen", "imran", "jo", "sue", "amir", "ellen", "piotr")
MORE = {
    # name: agency, team, role, days until the role ends
    "olive": ("Olive Marsden", "Northborough Children’s Services", None, Role.COORDINATOR),
    "neil": ("Neil Farrow", "Northborough Children’s Services", "Assessment team", Role.TEAM_MANAGER),
    "mia": ("Mia Turnbull", "Northborough Children’s Services", "Adolescent team", Role.PRACTITIONER),
    "gus": ("Gus Amory", "Northborough Education", None, Role.GUEST),
    "max": ("Max Birch", "Northborough Children’s Services", None, Role.OUT_OF_HOURS),
    "lena": ("Lena Orr", "Northborough Children’s Services", None, Role.AUDITOR),
    "nora": ("Nora Tull", "Northborough Children’s Services", "Assessment team", Role.PRACTITIONER),
    "dean": ("Dean Foss", "Northborough Children’s Services", "Assessment team", Role.PRACTITIONER),
    "pat": ("Pat Lorne", "Northern Probation", None, Role.PARTNER_MEMBER),
}
"""Nora’s role ended yesterday, Dean’s account is switched off, Pat’s agency is expected at another series only."""
SHARED = "Quorrelmead"
"""Stands in the action about Aisha that protects Ben too."""


@dataclass
class Ground:
    """An application on it, the people by short name, and each thing by the name that the table gives it."""

    settings: Settings
    people: dict[str, UUID] = field(default_factory=dict)
    things: dict[str, dict[str, UUID]] = field(default_factory=dict)
    canaries: list[dict[str, Any]] = field(default_factory=list)
    today: date = field(init=False)
    app: Flask = field(init=False)

    @contextmanager
    def looking(self) -> Iterator[Session]:
        """A look into the database that asks nobody: the test’s own."""
        engine = make_migration_engine(self.settings)
        with Session(engine, expire_on_commit=False) as session:
            yield session
        engine.dispose()


def make_ground(settings: Settings) -> Ground:
    """Prepare a copy of the demonstration."""
    ground = Ground(settings)
    with ground.looking() as session:
        more = _More(session)
        more.prepare()
        session.commit()
        ground.people, ground.things, ground.today = more.people, more.things, more.today
    engines = make_engines(settings)
    with open_session(engines) as opened:
        ground.canaries = demo_facts(opened)["canaries"]
    engines.dispose()
    children = [ground.things[name]["subject_id"] for name in ("Aisha, Hannah’s", "Ben, Tom’s")]
    ground.canaries.append(
        {"canary": SHARED, "subject": str(children[0]), "field": "action", "on": [*map(str, children)]}
    )
    return ground


class _More:
    """Adds what the demonstration lacks."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.people: dict[str, UUID] = {}
        self.things: dict[str, dict[str, UUID]] = {}
        self.numbers = count(901)
        self.now = datetime.now(UTC)
        self.today = date.fromisoformat(session.execute(sa.text("SELECT demo_day FROM installation")).scalar_one())

    def prepare(self) -> None:
        self._sign_up()
        self._children()
        self._actions()
        self._meetings()
        self._deliveries()
        self._rest()

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def one(self, kind: type[Model], *where: Any) -> Any:
        return self.session.exec(select(kind).where(*where)).one()

    def first(self, kind: type[Model], *where: Any, by: Any = None) -> Any:
        statement = select(kind).where(*where).order_by(by if by is not None else kind.id)  # type: ignore[attr-defined]
        return self.session.exec(statement.limit(1)).one()

    def subject(self, name: str) -> Subject:
        found: Subject = self.one(Subject, sa.column("name") == name)
        return found

    def _sign_up(self) -> None:
        for key in (*DEMO, "sam"):
            self.people[key] = self.first(Person, sa.func.lower(Person.name).like(f"{key} %")).id
        self.add(Agency(name="Northern Probation", kind=AgencyKind.PROBATION))
        for key, (name, agency, team, role) in MORE.items():
            at = self.one(Agency, Agency.name == agency)
            of = self.one(Team, Team.name == team) if team else None
            person = self.add(
                Person(name=name, agency_id=at.id, team_id=of.id if of else None, email=f"{key}@more.example")
            )
            self.people[key] = person.id
            self.add(SignInMethod(person_id=person.id, kind="password", secret_hash="none"))
            ends_on = self.day(-1) if key == "nora" else None
            manages = of.id if of and role is Role.TEAM_MANAGER else None
            self.add(
                RoleHolding(person_id=person.id, role=role, team_id=manages, starts_on=self.day(-90), ends_on=ends_on)
            )
        self.one(Person, Person.id == self.people["dean"]).is_active = False

    # --- Children -----------------------------------------------------------------------------------------------------

    def _children(self) -> None:
        names = {
            "Aisha, Hannah’s": "Aisha Ashdown",
            "Dawid, Hannah’s, Sue works with him": "Dawid Denholm",
            "Ben, Tom’s": "Ben Brackley",
            "Chloe, of Grace’s other team": "Chloe Carrow",
            "Ruby, of a worker without an account": "Ruby Yarrow",
            "Mina, whom nobody has": "Mina Sorrell",
            "Orla, Tom’s before, Hannah’s now": "Orla Vickers",
            "Gabi, who left, still Tom’s": "Gabi Gresley",
            "Callum, not taken": "Callum Ives",
            "Esme, Tom’s, Jo worked with her until 14 days ago": "Esme Ellery",
            "Perry, Tom’s, Jo worked with him until 15 days ago": "Perry Wexley",
            "Jake, Tom’s, in both roles": "Jake Jarrow",
            "a place": "Millgate takeaway",
            "a group": "Embankment group",
            "a person of concern": "Man known as “Dee”",
        }
        for thing, name in names.items():
            self.things[thing] = {"subject_id": self.subject(name).id}
        self.add(PersonOfConcern(subject_id=self.subject("Jake Jarrow").id, described_as="Asks others to come along"))
        for who, name, days in (("jo", "Esme Ellery", 14), ("jo", "Perry Wexley", 15)):
            self._list(who, name, self.day(-days))
        for who in ("nora", "dean"):
            self._list(who, "Ben Brackley")
        self._events()
        self._worries()

    def _list(self, who: str, child: str, ended_on: date | None = None) -> WorkingWith:
        listing: WorkingWith = self.add(
            WorkingWith(
                child_id=self.subject(child).id,
                person_id=self.people[who],
                how="sees them at work",
                started_on=self.day(-60),
                ended_on=ended_on,
            )
        )
        return listing

    def _events(self) -> None:
        care = self.one(Agency, Agency.name == "Northborough Children’s Services").id
        aisha, ben = self.subject("Aisha Ashdown").id, self.subject("Ben Brackley").id
        for thing, subject, by in (
            ("what Hannah entered about Aisha", aisha, "hannah"),
            ("what Priya entered about Aisha", aisha, "priya"),
            ("what Tom entered about Ben", ben, "tom"),
        ):
            event = self.add(
                Event(
                    subject_id=subject,
                    kind=EventKind.OTHER,
                    happened_on=self.day(-3),
                    words="Seen at home, all well",
                    entered_at=self.now,
                    entered_by_id=self.people[by],
                    source_agency_id=care,
                )
            )
            self.things[thing] = {"subject_id": subject, "event_id": event.id}
        about_ben = self.things["what Tom entered about Ben"]["event_id"]
        self.things["what Tom entered about Ben, under Aisha’s address"] = {"subject_id": aisha, "event_id": about_ben}

    def _worries(self) -> None:
        aisha, ben = self.subject("Aisha Ashdown").id, self.subject("Ben Brackley").id
        care = self.one(Agency, Agency.name == "Northborough Children’s Services").id
        of_aisha = self.add(
            Concern(subject_id=aisha, words="A car waits outside", raised_on=self.day(-2), source_agency_id=care)
        )
        of_ben = self.first(Concern, Concern.subject_id == ben, col(Concern.ended_on).is_(None))
        self.things["a worry about Aisha"] = {"subject_id": aisha, "concern_id": of_aisha.id}
        self.things["a worry about Ben, under Aisha’s address"] = {"subject_id": aisha, "concern_id": of_ben.id}

    # --- Actions ------------------------------------------------------------------------------------------------------

    def _actions(self) -> None:
        numbers = {
            "Hannah’s, about Aisha": 81,
            "Tom’s, about Ruby": 64,
            "Imran’s, about Faisal, Hannah’s": 76,
            "Karen’s, about Vera, of Grace’s other team": 84,
            "Jo’s, about Ben, waiting": 4,
            "Jo’s, about Leo, Tom’s, chased by Imran": 47,
            "Grace’s, about Mina, waiting": 38,
            "about a place, protects Ben and Jake": 89,
            "Ros’s, about Ben, Sue helps": 65,
            "Tom’s, about Tilly, offered to Mia’s plan": 72,
            "Marcus’s, about Harvey, moved to Grace’s plan": 24,
            "Tom’s, about Esme, ended long ago": 49,
            "Karen’s, about Aisha, ended long ago": 1,
        }
        for thing, number in numbers.items():
            self.things[thing] = {"action_id": self.one(Action, Action.number == number).id}
        waits = self.one(
            Waiting,
            Waiting.action_id == self._action("Jo’s, about Leo, Tom’s, chased by Imran"),
            col(Waiting.ended_on).is_(None),
        )
        waits.chaser_id = self.people["imran"]
        ros = self._action("Ros’s, about Ben, Sue helps")
        education = self.one(Agency, Agency.name == "Northborough Education").id
        self.add(ActionContributor(action_id=ros, person_id=self.people["sue"], agency_id=education))
        tilly = self.one(Action, Action.id == self._action("Tom’s, about Tilly, offered to Mia’s plan"))
        tilly.offered_to_plan, tilly.offered_to_id, tilly.offered_on = (
            "Edge of care plan",
            self.people["mia"],
            self.day(-2),
        )
        self._an_action("Karen’s, about Aisha, protects Ben too", "karen", "Aisha Ashdown", also="Ben Brackley")
        self._an_action("Gus’s, about Dawid", "gus", "Dawid Denholm")
        self._an_action("Imran’s, about Vera, ended 14 days ago", "imran", "Vera Dunmore", ended=14)
        self._an_action("Imran’s, about Umar, Tom’s, ended 15 days ago", "imran", "Umar Castell", ended=15)

    def _action(self, thing: str) -> UUID:
        return self.things[thing]["action_id"]

    def _an_action(self, thing: str, owner: str, about: str, *, also: str = "", ended: int | None = None) -> None:
        subject, person = self.subject(about).id, self.one(Person, Person.id == self.people[owner])
        worry = self.first(
            Concern, Concern.subject_id == subject, col(Concern.ended_on).is_(None), by=sa.column("raised_on")
        )
        action = self.add(
            Action(
                number=next(self.numbers),
                subject_id=subject,
                series_id=self.one(Series, Series.name == "Northborough MACE").id,
                concern_id=worry.id,
                what=f"A letter about {SHARED} Road is sent" if also else "A letter is sent and answered",
                owner_id=person.id,
                owner_agency_id=person.agency_id,
                owner_accepted_at=None if owner == "gus" else self.now,
                set_on=self.day(-40),
                first_due=self.day(20),
                due=self.day(20),
                late_line=self.day(20),
                source_agency_id=person.agency_id,
                state=ActionState.OPEN if ended is None else ActionState.DONE,
                ended_on=None if ended is None else self.day(-ended),
            )
        )
        for child in {subject, *([self.subject(also).id] if also else [])}:
            self.add(ActionChild(action_id=action.id, child_id=child))
        self.things[thing] = {"action_id": action.id}

    # --- Meetings -----------------------------------------------------------------------------------------------------

    def _meetings(self) -> None:
        main = self.one(Series, Series.name == "Northborough MACE")
        other = self.add(Series(name="Panel for places", kind=SeriesKind.BOTH))
        for name in ("Northborough Children’s Services", "Northern Probation"):
            self.add(SeriesAgency(series_id=other.id, agency_id=self.one(Agency, Agency.name == name).id))
        self.things["the series"] = {"series_id": main.id}
        self.things["another series"] = {"series_id": other.id}
        published = self.one(Meeting, Meeting.series_id == main.id, Meeting.state == MeetingState.PUBLISHED)
        held = self.first(Meeting, Meeting.state == MeetingState.HELD, by=sa.desc(sa.column("held_on")))
        planned = self._a_meeting(main, 28, MeetingState.PLANNED)
        cancelled = self._a_meeting(main, 14, MeetingState.CANCELLED)
        elsewhere = self._a_meeting(other, 7, MeetingState.PUBLISHED)
        for thing, meeting in (
            ("the meeting of today, published", published),
            ("the last meeting held", held),
            ("a meeting planned, not published", planned),
            ("a meeting cancelled", cancelled),
            ("a meeting of another series, published", elsewhere),
        ):
            self.things[thing] = {"meeting_id": meeting.id}
        for thing, meeting, state, child in (
            ("on today’s agenda", published, ItemState.ON_AGENDA, ""),
            ("left off today’s agenda", published, ItemState.LEFT_OFF, ""),
            ("put off at the last meeting", held, ItemState.PUT_OFF, ""),
            ("read back at the last meeting", held, ItemState.CLOSED, ""),
            ("approved", held, ItemState.APPROVED, ""),
            ("on an agenda not published", planned, ItemState.ON_AGENDA, "Chloe Carrow"),
            ("on a cancelled agenda", cancelled, ItemState.ON_AGENDA, "Wes Eastlake"),
            ("on the agenda of another series", elsewhere, ItemState.ON_AGENDA, "Zoe Harland"),
        ):
            if child:
                item = self.add(Item(meeting_id=meeting.id, subject_id=self.subject(child).id, position=1, state=state))
            else:
                item = self.first(Item, Item.meeting_id == meeting.id, Item.state == state, by=sa.column("position"))
            self.things[f"item {thing}"] = {"item_id": item.id}
        self._requests()
        self._briefs()

    def _a_meeting(self, series: Series, days: int, state: MeetingState) -> Meeting:
        is_out = state is not MeetingState.PLANNED
        meeting: Meeting = self.add(
            Meeting(
                series_id=series.id,
                held_on=self.day(days),
                state=state,
                published_at=self.now if is_out else None,
                cancelled_because="The room is closed" if state is MeetingState.CANCELLED else "",
            )
        )
        return meeting

    def _requests(self) -> None:
        for asked, agency, item in (
            ("police, on today’s agenda", "Fenland Police", "item on today’s agenda"),
            ("health, on today’s agenda", "Northborough Health Trust", "item on today’s agenda"),
            ("police, left off", "Fenland Police", "item left off today’s agenda"),
            ("police, put off", "Fenland Police", "item put off at the last meeting"),
            ("police, read back", "Fenland Police", "item read back at the last meeting"),
            ("police, approved", "Fenland Police", "item approved"),
            ("police, cancelled meeting", "Fenland Police", "item on a cancelled agenda"),
            ("probation, another series", "Northern Probation", "item on the agenda of another series"),
        ):
            of, to = self.things[item]["item_id"], self.one(Agency, Agency.name == agency).id
            known = select(InformationRequest).where(
                InformationRequest.item_id == of, InformationRequest.agency_id == to
            )
            request = self.session.exec(known).one_or_none() or self.add(
                InformationRequest(item_id=of, agency_id=to, asked_at=self.now)
            )
            self.things[f"asked of {asked}"] = {"request_id": request.id}

    def _briefs(self) -> None:
        meeting = self.things["the meeting of today, published"]["meeting_id"]
        for thing, child, who in (
            ("Hannah’s brief about Sami", "Sami Alder", "hannah"),
            ("Tom’s brief about Ben", "Ben Brackley", "tom"),
            ("Marcus’s brief about Vera", "Vera Dunmore", None),
        ):
            item = self.one(Item, Item.meeting_id == meeting, Item.subject_id == self.subject(child).id)
            where = [Brief.item_id == item.id] + ([Brief.person_id == self.people[who]] if who else [])
            self.things[thing] = {"brief_id": self.one(Brief, *where).id}
        orla = self.one(Item, Item.meeting_id == meeting, Item.subject_id == self.subject("Orla Vickers").id)
        care = self.one(Agency, Agency.name == "Northborough Children’s Services").id
        brief = self.add(Brief(item_id=orla.id, person_id=self.people["tom"], asked_at=self.now, source_agency_id=care))
        self.things["Tom’s brief about Orla, Hannah’s now"] = {"brief_id": brief.id}

    # --- Records ------------------------------------------------------------------------------------------------------

    def _deliveries(self) -> None:
        for thing, child, who, told in (
            ("sent to Hannah about Aisha", "Aisha Ashdown", "hannah", Told.LEAD),
            ("sent to Grace about Aisha", "Aisha Ashdown", "grace", Told.MANAGER),
            ("sent to Tom about Ben", "Ben Brackley", "tom", Told.LEAD),
            ("sent to Tom about Orla, Hannah’s now", "Orla Vickers", "tom", Told.LEAD),
            ("sent to Imran about his action about Faisal", "Faisal Fairburn", "imran", Told.OWNER),
            ("sent to Imran about Umar, his actions ended over 14 days ago", "Umar Castell", "imran", Told.OWNER),
            ("sent to Karen about her action about Vera", "Vera Dunmore", "karen", Told.OWNER),
            ("sent to Sue about Dawid, with whom she works", "Dawid Denholm", "sue", Told.WORKING_WITH),
        ):
            where = Delivery.subject_id == self.subject(child).id, Delivery.told == told
            found = self.first(
                Delivery, Delivery.person_id == self.people[who], *where, by=sa.desc(sa.column("sent_at"))
            )
            self.things[thing] = {"delivery_id": found.id}
        by_hand = self.first(Delivery, Delivery.told == Told.BY_HAND)
        unreached = self.first(Delivery, Delivery.undelivered_because != "", col(Delivery.superseded_at).is_(None))
        self.things["told by hand"] = {"delivery_id": by_hand.id}
        self.things["not delivered"] = {"delivery_id": unreached.id}
        for thing, child, who, told, action in (
            (
                "sent to Imran about Vera, his action ended 14 days ago",
                "Vera Dunmore",
                "imran",
                Told.OWNER,
                "Imran’s, about Vera, ended 14 days ago",
            ),
            ("sent to Jo about Esme, listed until 14 days ago", "Esme Ellery", "jo", Told.WORKING_WITH, ""),
            ("sent to Jo about Perry, listed until 15 days ago", "Perry Wexley", "jo", Told.WORKING_WITH, ""),
            ("sent to Gus about his action about Dawid", "Dawid Denholm", "gus", Told.OWNER, "Gus’s, about Dawid"),
        ):
            version = self.first(
                RecordVersion, RecordVersion.subject_id == self.subject(child).id, by=sa.desc(sa.column("made_at"))
            )
            sent = self.add(
                Delivery(
                    record_version_id=version.id,
                    subject_id=version.subject_id,
                    person_id=self.people[who],
                    told=told,
                    extent=Extent.OWN_ACTION if action else Extent.WHOLE,
                    action_id=self._action(action) if action else None,
                    sent_at=self.now,
                )
            )
            self.things[thing] = {"delivery_id": sent.id}

    # --- The rest -----------------------------------------------------------------------------------------------------

    def _rest(self) -> None:
        series = self.things["the series"]["series_id"]
        batch = self.add(ImportBatch(made_at=self.now, by_id=self.people["priya"], series_id=series, digest="x"))
        self.things["what Priya imported"] = {"batch_id": batch.id}
        for who in ("priya", "olive"):
            upload = self.add(
                Upload(
                    person_id=self.people[who],
                    file_kind="csv",
                    digest=who,
                    content=b"Ref,Child,Action,Owner,Due\n1,Anna Alderton,Call the school,Police,01/12/2026\n",
                    uploaded_at=self.now,
                )
            )
            self.things[f"{who.capitalize()}’s upload"] = {"upload_id": upload.id}
        for thing in [name for name in self.things if name.startswith("item ")]:
            item = self.one(Item, Item.id == self.things[thing]["item_id"])
            actions = select(Action.id).where(Action.subject_id == item.subject_id, col(Action.ended_on).is_(None))
            found = self.session.exec(actions.order_by(sa.desc(sa.column("number")))).first()
            action = found or self._action("Hannah’s, about Aisha")
            self.things[f"{thing}, and an action"] = {**self.things[thing], "action_id": action}


UNKNOWN = {
    name: uuid4()
    for name in (
        *("subject_id", "event_id", "concern_id", "action_id", "series_id", "meeting_id", "item_id", "request_id"),
        *("brief_id", "delivery_id", "batch_id", "upload_id", "person_id"),
    )
}
"""Ids of nothing."""

RUNNING, ON_IT = "the meeting of today, published", "item on today’s agenda"


def run_the_meeting(ground: Ground) -> None:
    """The meeting of today is running and talks about its first item: one action has an update and is decided, one came
    with a spreadsheet."""
    with ground.looking() as session:
        meeting = session.get_one(Meeting, ground.things[RUNNING]["meeting_id"])
        item = session.get_one(Item, ground.things[ON_IT]["item_id"])
        meeting.state, meeting.opened_at = MeetingState.OPENED, meeting.published_at
        item.state, item.opened_at = ItemState.OPENED, meeting.published_at
        first = session.get_one(Action, ground.things[f"{ON_IT}, and an action"]["action_id"])
        for number, values in enumerate(({}, {"imported": True, "concern_id": None, "owner_accepted_at": None})):
            copied = {
                name: value
                for name, value in first.model_dump().items()
                if name not in ("id", "version", "late_from", "drift_changes_on")
            }
            late = ground.today.fromordinal(ground.today.toordinal() + 60)
            action = Action(
                **{
                    **copied,
                    "number": 950 + number,
                    "state": ActionState.IN_PROGRESS,
                    "due": late,
                    "first_due": late,
                    "late_line": late,
                    "last_update_on": ground.today,
                    **values,
                }
            )
            session.add(action)
            session.flush()
            session.add(ActionChild(action_id=action.id, child_id=item.subject_id))
        session.commit()
