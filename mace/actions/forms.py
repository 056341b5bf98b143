"""What a person may type about an action."""

from datetime import date

from mace.web.forms import ChoiceField, DayField, Form, HiddenField, LongTextField, Needed, TextField, choices


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
        typed = str(self.version.data or "")
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
