"""What a person may type about a child's record."""

from datetime import date

from mace.domain.vocabulary import EventKind, Harm, ReferralOutcome
from mace.web.forms import (
    ChoiceField,
    DayField,
    Form,
    LongTextField,
    Needed,
    NeededDay,
    PickField,
    TextField,
    choices,
    term_choices,
)


class EventForm(Form):
    """Something that happened."""

    kind = PickField(
        "What happened", choices=term_choices(EventKind, "Choose"), validators=[Needed("Choose what happened")]
    )
    happened_on = DayField("The day it happened", validators=[NeededDay("Enter the day it happened")])
    words = LongTextField("What is known", validators=[Needed("Say what is known, and from whom")])
    received_from = TextField("Received from", description="Only if somebody else told you: their name and how.")

    def day(self) -> date:
        """The day it happened; the form has made sure that there is one."""
        day: date | None = self.happened_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day


class AddChildForm(Form):
    """A new child: who asks, why, and what was decided."""

    name = TextField("Name", validators=[Needed("Enter the child’s name")], longest=200)
    number = TextField("Local number", validators=[Needed("Enter the child’s number in the case system")], longest=40)
    born_on = DayField("Date of birth")
    from_whom = TextField("Who asks for this child to be discussed", validators=[Needed("Say who asks")])
    why = LongTextField(
        "The worry in plain words: who, what, where, when", validators=[Needed("Say what the worry is")]
    )
    harm = PickField("Kind of harm", choices=term_choices(Harm))
    outcome = ChoiceField(
        "What was decided", choices=term_choices(ReferralOutcome), validators=[Needed("Choose what was decided")]
    )
    outcome_because = LongTextField("Why", rows=2)
    who_tells = TextField("Who tells the person who asked", validators=[Needed("Name who tells them")])


class AllocateForm(Form):
    """Whose child it is now."""

    person = PickField("Lead practitioner", wrong="Choose the worker from the list")

    def offer(self, people: list[tuple[str, str]]) -> "AllocateForm":
        """Set the people to choose from."""
        self.person.choices = choices(people, "Choose")
        return self
