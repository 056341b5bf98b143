"""What a person may type before a meeting."""

from mace.domain.vocabulary import RequestAnswer
from mace.web.forms import (
    ChoiceField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    TextField,
    term_choices,
)


class AnswerForm(Form):
    """What an agency knows about a child."""

    version = HiddenField()
    answer = ChoiceField(
        "What do you know?", choices=term_choices(RequestAnswer), validators=[Needed("Choose one answer")]
    )
    words = LongTextField(
        "What you know",
        rows=5,
        description="Who saw what, where and when, and how you know. Facts first; say what is opinion.",
    )
    received_from = TextField(
        "Received from", description="Only if you enter this for another agency: who sent it, and how."
    )


class BriefForm(Form):
    """Five lines about a child before a meeting."""

    version = HiddenField()
    last_seen = LongTextField("When was the child last seen, by whom, and how were they?", rows=2)
    childs_words = LongTextField("What does the child say, in their own words?", rows=2)
    what_changed = LongTextField("What has changed since last time?", rows=2)
    what_i_need = LongTextField("What do you need from the meeting?", rows=2)
    who_tells = LongTextField("Who tells the child, and when?", rows=2)
    received_from = TextField(
        "Received from", description="Only if you enter this for the worker: who sent it, and how."
    )

    def said(self) -> dict[str, str]:
        """The five lines."""
        names = ("last_seen", "childs_words", "what_changed", "what_i_need", "who_tells")
        return {name: self._fields[name].data or "" for name in names}
