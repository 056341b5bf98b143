"""What a person may type about a record."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, time
from typing import Any
from uuid import UUID

from wtforms.validators import ValidationError

from mace.children.commands import ChildDetails, ContextDetails, PersonDetails
from mace.domain.vocabulary import ContextKind, EventKind, Harm, LegalStatus, ReferralOutcome, Sex, Term
from mace.domain.words import full_day
from mace.web.forms import (
    ChoiceField,
    DayField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    NeededDay,
    PickField,
    TextField,
    TickField,
    TicksField,
    as_uuid,
    choices,
    known_version,
    term_choices,
)

_TIME = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?\s*(am|pm)?", re.IGNORECASE)
Pairs = Iterable[tuple[UUID, str]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that somebody else saved first: their words beside the reader's own."""

    label: str
    theirs: str
    mine: str


class VersionedForm(Form):
    """A form that changes what two people can have open at once."""

    version = HiddenField()

    def known_version(self) -> int | None:
        """The version the person was looking at."""
        return known_version(self.version.data)

    def differences(self, theirs: Any) -> tuple[Difference, ...]:
        """Where the stored details and what was typed differ, in the order of the form."""
        mine = self.details()
        stored = {field.name: getattr(theirs, field.name) for field in fields(theirs)}
        return tuple(
            Difference(field.label.text, _words(stored[field.name]), _words(getattr(mine, field.name)))
            for field in self
            if field.name in stored and stored[field.name] != getattr(mine, field.name)
        )

    def details(self) -> Any:
        """What was typed, as the command takes it."""
        raise NotImplementedError


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Term):
        return value.label
    if isinstance(value, date):
        return full_day(value)
    if isinstance(value, tuple):
        return ", ".join(_words(one) for one in value)
    return str(value or "")


class PersonForm(Form):
    """Somebody from the list, or somebody new who will not sign in."""

    person = PickField("Who", wrong="Choose somebody from the list")
    name = TextField("Their name", longest=200)
    job = TextField("Their job", longest=200)
    agency = PickField("Their agency", wrong="Choose an agency from the list")

    def offer(self, people: Pairs, agencies: Pairs) -> Any:
        """Set the people and agencies to choose from."""
        self.person.choices = choices(people, "Choose")
        self.agency.choices = choices(agencies, "Choose")
        return self

    def picked(self) -> UUID | None:
        """Whom they chose from the list."""
        return as_uuid(self.person.data)

    def is_new(self) -> bool:
        """True when somebody is named who is not on the list."""
        return bool(self.name.data)

    def validate_name(self, field: Any) -> None:
        """One or the other."""
        if field.data and self.picked():
            raise ValidationError("Choose somebody from the list, or name somebody new: not both")
        if not field.data and not self.picked():
            self.person.errors = [*self.person.errors, "Choose somebody from the list, or name them below"]
            raise ValidationError("Or name somebody new")

    def validate_agency(self, field: Any) -> None:
        """Nobody without an agency."""
        if self.name.data and as_uuid(field.data) is None:
            raise ValidationError("Choose the agency they work for")


class AllocateForm(PersonForm):
    """Whose child it is now."""


class WorkingWithForm(PersonForm):
    """Who else works with the child."""

    how = TextField(
        "How they work with the child",
        validators=[Needed("Say how they work with the child")],
        longest=200,
        description="For example, school nurse, youth justice worker, key worker at the home.",
    )


class EventForm(Form):
    """Something that happened."""

    kind = PickField(
        "What happened", choices=term_choices(EventKind, "Choose"), validators=[Needed("Choose what happened")]
    )
    happened_on = DayField("The day it happened", validators=[NeededDay("Enter the day it happened")])
    at_time = TextField("The time, if it is known", longest=20, description="For example, 9:30pm or 21:30.")
    words = LongTextField("What is known", validators=[Needed("Say what is known, and from whom")])
    agency = PickField("Which agency says so", wrong="Choose an agency from the list")
    received_from = TextField(
        "Received from", description="Only if somebody else told you: their name and how it came."
    )

    def offer(self, agencies: Pairs, own: UUID | None) -> Any:
        """Set the agencies; the reader's own stands first in mind."""
        self.agency.choices = choices(agencies)
        if not self.agency.data and own is not None:
            self.agency.data = str(own)
        return self

    def validate_at_time(self, field: Any) -> None:
        """A time of day, however people write it."""
        if field.data and read_time(field.data) is None:
            raise ValidationError("Enter a time such as 9:30pm or 21:30, or leave it empty")

    def what(self) -> dict[str, Any]:
        """What happened, as the command takes it; the form has made sure that there is a day."""
        return {
            "kind": EventKind(self.kind.data),
            "happened_on": self.happened_on.data,
            "at_time": read_time(self.at_time.data or ""),
            "words": self.words.data,
            "agency_id": as_uuid(self.agency.data),
            "received_from": self.received_from.data or "",
        }


def read_time(text: str) -> time | None:
    """ "21:30", "9.30pm", "9 pm"; None for anything that is no time."""
    found = _TIME.fullmatch(text.strip()) if text.isascii() else None
    if found is None or (found.group(2) is None and found.group(3) is None):
        return None
    hour, minute, half = int(found.group(1)), int(found.group(2) or 0), (found.group(3) or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


class CorrectEventForm(EventForm):
    """What was wrong with an entry, and what is right."""

    because = TextField(
        "What was wrong with it",
        validators=[Needed("Say what was wrong with it")],
        longest=500,
        description="The entry as it was stays in the trail with this reason.",
    )
    act = ChoiceField(
        "What should happen",
        choices=choices([("correct", "Put it right, as below"), ("withdraw", "Take it out: it should not be here")]),
        validators=[Needed("Choose what should happen")],
    )

    def only_withdraws(self) -> bool:
        """True when nothing takes its place."""
        return str(self.act.data) == "withdraw"

    def forget_the_rest(self) -> None:
        """Of an entry that is taken out, only the reason can be wrong."""
        for field in self:
            if field.name not in ("because", "act"):
                field.errors = []


class ConcernForm(VersionedForm):
    """A worry."""

    words = LongTextField(
        "The worry in plain words: who, what, where, when",
        validators=[Needed("Say what the worry is: who, what, where, when")],
        rows=4,
    )
    harm = PickField("Kind of harm", choices=term_choices(Harm))

    def kind_of_harm(self) -> Harm:
        """What kind of harm it is."""
        return Harm(self.harm.data)


class EndConcernForm(VersionedForm):
    """Why a worry is a worry no more."""

    what_changed = LongTextField(
        "What changed, and who saw it", validators=[Needed("Say what changed, and who saw it")]
    )


class AddChildForm(Form):
    """A new child: who asks, why, and what was decided."""

    name = TextField("Name", validators=[Needed("Enter the child’s name")], longest=200)
    number = TextField(
        "Local number",
        validators=[Needed("Enter the child’s number in the case system")],
        longest=40,
        description="From the case management system.",
    )
    born_on = DayField("Date of birth", description="Leave empty if it is not known yet.")
    from_whom = TextField(
        "Who asks for this child to be discussed",
        validators=[Needed("Say who asks, and how it came")],
        description="Name, job and how it came: “PC Imran Sadiq, e-mail of 3 November”.",
    )
    agency = PickField("Their agency", wrong="Choose an agency from the list")
    why = LongTextField(
        "The worry in plain words: who, what, where, when", validators=[Needed("Say what the worry is")], rows=4
    )
    harm = PickField("Kind of harm", choices=term_choices(Harm))
    lead = PickField(
        "Lead practitioner",
        wrong="Choose somebody from the list",
        description="Leave empty if you do not know yet: it is asked for again before the meeting.",
    )
    outcome = ChoiceField(
        "What was decided", choices=term_choices(ReferralOutcome), validators=[Needed("Choose what was decided")]
    )
    outcome_because = LongTextField("Why, and where they were told to go", rows=2, description="Only if not taken.")
    who_tells = TextField("Who tells the person who asked", validators=[Needed("Name who tells them")])
    none_of_these = TickField("This is another child, who is not here yet")

    def offer(self, people: Pairs, agencies: Pairs, own: UUID | None) -> Any:
        """Set the people and agencies to choose from."""
        self.lead.choices = choices(people, "Not known yet")
        self.agency.choices = choices(agencies)
        if not self.agency.data and own is not None:
            self.agency.data = str(own)
        return self


class ComeBackForm(Form):
    """Who asks for somebody to be discussed again, and why."""

    from_whom = TextField("Who asks for this to be discussed", validators=[Needed("Say who asks, and how it came")])
    agency = PickField("Their agency", wrong="Choose an agency from the list")
    why = LongTextField("The worry now, in plain words", validators=[Needed("Say what the worry is now")], rows=4)
    harm = PickField("Kind of harm", choices=term_choices(Harm))
    who_tells = TextField("Who tells the person who asked", validators=[Needed("Name who tells them")])

    def offer(self, agencies: Pairs, own: UUID | None) -> Any:
        """Set the agencies to choose from."""
        self.agency.choices = choices(agencies)
        if not self.agency.data and own is not None:
            self.agency.data = str(own)
        return self


class LeaveForm(Form):
    """Why a record leaves these meetings."""

    because = LongTextField(
        "What changed, and who keeps an eye on it now",
        validators=[Needed("Say what changed, and who keeps an eye on it now")],
    )


class ChildForm(VersionedForm):
    """Who a child is and how they live."""

    name = TextField("Name", validators=[Needed("Enter the child’s name")], longest=200)
    also_known_as = TextField("Also known as", longest=200, description="Other names and nicknames: search finds them.")
    number = TextField("Local number", validators=[Needed("Enter the child’s local number")], longest=40)
    born_on = DayField("Date of birth")
    sex = ChoiceField("Sex", choices=term_choices(Sex))
    ethnicity = TextField("Ethnicity", longest=100, description="As the child or family describe it.")
    language = TextField("First language", longest=100)
    needs_interpreter = TickField("The child or family needs an interpreter")
    send_needs = TextField("Special educational needs or disability", longest=300)
    neurodiversity = TextField("Neurodiversity", longest=300, description="Known, being assessed, or not asked yet.")
    legal_status = PickField("Position with children’s services", choices=term_choices(LegalStatus))
    school = TextField("School, college or work", longest=200)
    placing_authority = TextField(
        "Placing authority", longest=200, description="Only if another authority placed the child here."
    )
    harms = TicksField("Kinds of harm", choices=term_choices(Harm))

    def details(self) -> ChildDetails:
        """What was typed, as the command takes it."""
        return ChildDetails(
            name=self.name.data,
            number=self.number.data,
            also_known_as=self.also_known_as.data or "",
            born_on=self.born_on.data,
            sex=Sex(self.sex.data) if self.sex.data else Sex.NOT_KNOWN,
            ethnicity=self.ethnicity.data or "",
            language=self.language.data or "",
            needs_interpreter=bool(self.needs_interpreter.data),
            send_needs=self.send_needs.data or "",
            neurodiversity=self.neurodiversity.data or "",
            legal_status=LegalStatus(self.legal_status.data),
            school=self.school.data or "",
            placing_authority=self.placing_authority.data or "",
            harms=tuple(Harm(value) for value in self.harms.data or ()),
        )


class ContextForm(VersionedForm):
    """A place, group, school, online space, transport or theme."""

    name = TextField("Name", validators=[Needed("Enter its name")], longest=200)
    kind = ChoiceField("What is it?", choices=term_choices(ContextKind), validators=[Needed("Choose what it is")])
    what_happens = LongTextField(
        "What happens there: who, what, when", validators=[Needed("Say what happens there")], rows=4
    )
    who_is_responsible = TextField(
        "Who is responsible for it",
        description="The owner, manager, licensing body or head who can change it.",
    )

    def details(self) -> ContextDetails:
        """What was typed, as the command takes it."""
        return ContextDetails(
            name=self.name.data,
            kind=ContextKind(self.kind.data),
            what_happens=self.what_happens.data,
            who_is_responsible=self.who_is_responsible.data or "",
        )


class PersonOfConcernForm(VersionedForm):
    """An adult who may be harming children."""

    name = TextField("Name, or how they are known", validators=[Needed("Enter the name")], longest=200)
    described_as = LongTextField(
        "What is known, and who says so",
        validators=[Needed("Say what is known, and who says so")],
        rows=4,
        description="No raw intelligence: say where it is held.",
    )
    police_reference = TextField("Police reference", longest=100)

    def details(self) -> PersonDetails:
        """What was typed, as the command takes it."""
        return PersonDetails(
            name=self.name.data,
            described_as=self.described_as.data,
            police_reference=self.police_reference.data or "",
        )


class RoleForm(Form):
    """What is known of a child who may also be harming others."""

    described_as = LongTextField(
        "What is known, and who says so",
        validators=[Needed("Say what is known, and who says so")],
        rows=4,
        description="Plain words that do not blame: the child needs keeping safe too. Say where intelligence is held.",
    )
    police_reference = TextField("Police reference", longest=100)


class LinkForm(Form):
    """Which child is linked with a place, group or person, and how."""

    words = TextField(
        "Name or local number of the child", validators=[Needed("Enter a name or local number")], longest=200
    )
    child = ChoiceField("Which of these?", wrong="Choose one of these, or search again")
    how = TextField("How they are linked, and who says so", validators=[Needed("Say how they are linked")])

    def offer(self, children: Pairs) -> Any:
        """Set the children that the words found."""
        self.child.choices = choices(children)
        return self
