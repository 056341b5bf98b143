"""What a person may type about an action."""

from datetime import date

from mace.web.forms import (
    ChoiceField,
    DayField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    NeededDay,
    TextField,
    choices,
    known_version,
)


class UpdateForm(Form):
    """What happened to an action."""

    version = HiddenField()
    says = ChoiceField(
        "How far is it?",
        choices=choices([("progress", "Still being done"), ("done", "Done")]),
        validators=[Needed("Choose how far it is")],
    )
    done_on = DayField("The day it was done", description="Only if it is done. For example, 27 11 2026.")
    words = LongTextField(
        "What happened, and where is it recorded?",
        validators=[Needed("Say what happened")],
        description="“Done on 3 November, recorded in the case note of that day” is enough.",
    )
    received_from = TextField(
        "Received from", description="Only if you enter this for somebody else: their name and how it came."
    )

    def is_done(self) -> bool:
        """Whether the owner says it is done."""
        return str(self.says.data) == "done"

    def day_done(self) -> date | None:
        """The day it was done, where it is."""
        day: date | None = self.done_on.data
        return day if self.is_done() else None

    def known_version(self) -> int | None:
        """The version the person was looking at."""
        return known_version(self.version.data)


class DisownForm(Form):
    """Why an action is not mine."""

    because = LongTextField(
        "Why is it not yours, and whose could it be?",
        validators=[Needed("Say why it is not yours, and whose it could be")],
    )


class ChaseForm(Form):
    """One time somebody chased what an action waits on."""

    chased_on = DayField(
        "The day you chased",
        validators=[NeededDay("Enter the day you chased")],
        description="It counts from the day you write it down here.",
    )
    words = LongTextField(
        "What did they answer?", validators=[Needed("Say what they answered, or that nobody did")], rows=3
    )
    next_by = DayField("The day of the next chase", validators=[NeededDay("Enter the day of the next chase")])


class OfferForm(Form):
    """The answer of the plan that an action is offered to."""

    answer = ChoiceField(
        "Does your plan take this action over?",
        choices=choices([("yes", "Yes, it is part of our plan from today"), ("no", "No, it stays where it is")]),
        validators=[Needed("Choose whether the plan takes it over")],
    )
    reason = LongTextField("What should the meeting know?", description="If you do not take it over, say why.", rows=3)
    received_from = TextField("How were you told?", description="For example: by e-mail on 3 November.", longest=200)

    def accepts(self) -> bool:
        """Whether the plan takes it over."""
        return str(self.answer.data) == "yes"


class SearchForm(Form):
    """Words of an action, or its number."""

    words = TextField("Words of the action, or its number", longest=200)


class ChildSearchForm(Form):
    """Whose actions."""

    words = TextField("Name or local number", validators=[Needed("Enter a name or local number")], longest=200)
