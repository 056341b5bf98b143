"""What a person may type about a record: their answer, the day it was filed, who was told by hand."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from mace.domain.vocabulary import RecordAnswer
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
    as_uuid,
    choices,
    term_choices,
)


class AnswerForm(Form):
    """What a worker answers to a record."""

    answer = ChoiceField("What do you answer?", validators=[Needed("Choose your answer")])
    words = LongTextField("In your words", description="Needed if you disagree: with what, and why.")

    def offer(self, answers: Sequence[RecordAnswer]) -> "AnswerForm":
        """Set what can be answered here."""
        self.answer.choices = term_choices(answers)
        if RecordAnswer.NOT_MINE in answers:
            self.words.description += " If it is not your child now: who has the child."
        return self

    def chosen(self) -> RecordAnswer:
        """The answer; the form has made sure that there is one."""
        return RecordAnswer(self.answer.data)


class FiledForm(Form):
    """The day on which the copy was put on the case system."""

    filed_on = DayField("Filed on the case system on", validators=[NeededDay("Enter the day it was filed")])

    def day(self) -> date:
        """The day; the form has made sure that there is one."""
        day: date | None = self.filed_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day


class TellForm(Form):
    """Somebody without an account who was told."""

    name = TextField("Name", validators=[Needed("Enter who was told")], longest=120)
    organisation = TextField("Organisation", validators=[Needed("Enter their organisation")], longest=150)
    how = TextField(
        "How",
        validators=[Needed("Say how they were told")],
        description="For example, by telephone, by secure e-mail, on paper.",
    )
    version = PickField("Which version", wrong="Choose the version they were told of")
    told_on = DayField("The day they were told", validators=[NeededDay("Enter the day they were told")])
    instead_of = HiddenField()

    def offer(self, versions: Sequence[tuple[UUID, str]]) -> "TellForm":
        """Set the versions to choose from, newest first."""
        self.version.choices = choices(versions)
        return self

    def day(self) -> date:
        """The day; the form has made sure that there is one."""
        day: date | None = self.told_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day

    def version_id(self) -> UUID:
        """The version; the form has made sure that it is one of the list."""
        return UUID(self.version.data)

    def settles(self) -> UUID | None:
        """The delivery that could not be made and is settled by this, where there is one."""
        return as_uuid(self.instead_of.data)
