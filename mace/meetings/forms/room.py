"""What a person may type while the meeting runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from mace.domain.tracker import read_day
from mace.domain.vocabulary import (
    Cause,
    Decision,
    EventKind,
    Presence,
)
from mace.meetings.forms.ground import Pairs
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
    TicksField,
    as_uuid,
    choices,
    clean,
    term_choices,
)


def presences_of(typed: Mapping[str, Any], agencies: Sequence[UUID]) -> dict[UUID, tuple[Presence, str]]:
    """How each agency is there, and who."""
    known = {presence.value: presence for presence in Presence}
    return {
        agency: (known[chosen], str(clean(typed.get(f"who-{agency}", "")))[:300])
        for agency in agencies
        if (chosen := typed.get(f"presence-{agency}", "")) in known
    }


class DecideForm(Form):
    """One decision about one action; the page shows the fields of the decision chosen."""

    version = HiddenField()
    new_due = DayField("New date", what="The new date")
    cause = ChoiceField("Why was it not done?", choices=term_choices(Cause))
    reason = LongTextField("Reason, in a sentence", rows=2)
    what = LongTextField("What will exist when it is done", rows=2)
    owner_id = PickField("Owner")
    body = TextField("Who does it wait on?", description="A service, an agency or a person.")
    agency_id = PickField("If that is a member agency, which?")
    asked = LongTextField("What were they asked?", rows=2)
    asked_on = DayField("When were they asked?", what="The day they were asked")
    answer_expected_on = DayField("When is an answer expected?", what="The day an answer is expected")
    chaser_id = PickField("Who chases next?")
    chase_by = DayField("Next chase by", what="The day of the next chase")
    safe_meanwhile = LongTextField("What keeps the child safe meanwhile?", rows=2)
    another_way = LongTextField(
        "In what other way will the child be protected?", rows=2, description="Needed at the third review running."
    )
    plan = TextField("Which plan does it move to?", description="For example, the child protection plan.")
    plan_lead_id = PickField("Who leads that plan?", description="It stays open here until they accept.")
    covers = LongTextField("What now covers the worry?", rows=2)

    def offer(self, people: Pairs, agencies: Pairs, decision: Decision | None, has_owner: bool = True) -> "DecideForm":
        """Offer people and agencies to choose from, and ask for the reason in the words of the decision."""
        people = list(people)
        if decision is not None:
            self.reason.label.text = REASONS.get(decision, self.reason.label.text)
        for field, blank in (
            (self.owner_id, "Same owner" if has_owner else "Choose"),
            (self.chaser_id, "Choose"),
            (self.plan_lead_id, "Choose"),
        ):
            field.choices = choices(people, blank)
        self.agency_id.choices = choices(agencies, "It is not a member agency")
        return self

    def said(self, names: Iterable[str]) -> dict[str, Any]:
        """What was typed in these fields, as the command takes it."""
        ids = ("owner_id", "agency_id", "chaser_id", "plan_lead_id")
        said: dict[str, Any] = {}
        for name in names:
            typed = self._fields[name].data
            said[name] = as_uuid(typed) if name in ids else typed
        if said.get("cause"):
            said["cause"] = Cause(said["cause"])
        return {name: value for name, value in said.items() if value not in (None, "")}

    def wrong(self, names: Iterable[str]) -> list[str]:
        """Those of these fields whose typing cannot be read; each shows why."""
        return [name for name in names if not self._fields[name].validate(self)]

    def refused(self, names: Sequence[str]) -> tuple[str, ...]:
        """These fields, and whatever else a refusal asks for: an error stands beside an input that is there."""
        return (*names, *(name for name, field in self._fields.items() if field.errors and name not in names))


FIELDS: Mapping[Decision, tuple[str, ...]] = {
    Decision.NOTED: ("reason",),
    Decision.CARRIED: ("cause", "reason", "new_due", "owner_id"),
    Decision.WAITING_ON: (
        "body",
        "agency_id",
        "asked",
        "asked_on",
        "answer_expected_on",
        "chaser_id",
        "chase_by",
        "safe_meanwhile",
        "another_way",
    ),
    Decision.CHANGED: ("what", "owner_id", "new_due", "cause", "reason"),
    Decision.ACCEPTED_DONE: ("reason",),
    Decision.REFUSED_DONE: ("reason",),
    Decision.OFFERED_TO_PLAN: ("plan", "plan_lead_id", "reason"),
    Decision.NO_LONGER_NEEDED: ("reason", "covers"),
    Decision.STOPPED: ("reason",),
}
"""The fields of each decision, in the order in which it asks."""


REASONS: Mapping[Decision, str] = {
    Decision.NOTED: "What was said, if anything",
    Decision.CARRIED: "Why it is carried, in a sentence",
    Decision.CHANGED: "What changed, in a sentence",
    Decision.ACCEPTED_DONE: "How the meeting knows that it is done",
    Decision.REFUSED_DONE: "What is still missing",
    Decision.OFFERED_TO_PLAN: "Why it moves there, if anybody asks",
    Decision.NO_LONGER_NEEDED: "What changed, when, and who says so",
    Decision.STOPPED: "Why it could not be done",
}
"""What the reason of each decision is asked as."""


def fields_of(decision: Decision, *, is_late: bool, is_waiting: bool, has_owner: bool) -> tuple[str, ...]:
    """What a decision about this action asks: a cause only where it is late, another way only where it has waited
    before, an owner where nobody is named."""
    unasked = {name for name, asked in (("cause", is_late), ("another_way", is_waiting)) if not asked}
    names = tuple(name for name in FIELDS[decision] if name not in unasked)
    needs_owner = decision.leaves_open and not has_owner and "owner_id" not in names
    return (*names, "owner_id") if needs_owner else names


class NewActionForm(Form):
    """A new action: four things are required (rule 2)."""

    what = LongTextField(
        "What will exist when it is done?", rows=2, description="For example, “A warning notice is served on …”."
    )
    owner = PickField("Owner", description="One person, with their agency.")
    new_owner = TextField("Somebody not on the list: their name", longest=200)
    new_owner_agency = PickField("Their agency")
    due = DayField("By when?", what="The date")
    concern = PickField("Which worry does it reduce?")
    new_concern = LongTextField("A new worry", rows=2)
    contingency = LongTextField("What happens if it fails?", rows=2)
    long_date_reason = TextField("Why is the date so far off?", description="Only for a date beyond the usual limit.")
    protects = TicksField("Which children does it protect?")

    def offer(self, people: Pairs, agencies: Pairs, concerns: Pairs, children: Pairs = ()) -> "NewActionForm":
        """Offer people, agencies, worries and children to choose from."""
        concerns = list(concerns)
        self.protects.choices = choices(children)
        self.owner.choices = choices(people, "Choose")
        self.new_owner_agency.choices = choices(agencies, "Choose")
        self.concern.choices = choices(concerns, "A new worry" if not concerns else "Choose, or write a new one below")
        if len(concerns) == 1 and self.concern.raw_data is None:
            self.concern.data = str(concerns[0][0])
        return self

    def children(self) -> list[UUID]:
        """The children ticked."""
        return [child_id for one in self.protects.data or () if (child_id := as_uuid(one)) is not None]

    def refuse(self, reason: str, field: str | None = None) -> None:
        """Where no worry is written down yet, a missing one is asked for where a new one is written."""
        nothing_to_choose = field == "concern" and len(self.concern.choices or ()) < 2
        super().refuse(reason, "new_concern" if nothing_to_choose else field)


class HappenedForm(Form):
    """Something that happened since last time."""

    kind = PickField(
        "What happened", choices=term_choices(EventKind, "Choose"), validators=[Needed("Choose what happened")]
    )
    happened_on = DayField("The day it happened", validators=[NeededDay("Enter the day it happened")])
    words = LongTextField("What is known", rows=2, validators=[Needed("Say what is known, and from whom")])

    def day(self) -> date:
        """The day it happened; the form has made sure that there is one."""
        day: date | None = self.happened_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day


class EndForm(Form):
    """Ending a meeting."""

    because = LongTextField("Why was the rest not discussed?", rows=2)


FIRST_LOOK: Mapping[str, tuple[str, Decision]] = {
    "keep": ("Still right, in date", Decision.NOTED),
    "date": ("Still needed, new date", Decision.CARRIED),
    "done": ("Done", Decision.ACCEPTED_DONE),
    "not_needed": ("No longer needed", Decision.NO_LONGER_NEEDED),
}
"""What the quick list of the first look offers; anything else is decided on the item's own page."""


COLUMNS = {"new_due": "day", "owner_id": "owner", "reason": "reason", "covers": "covers", "cause": "cause"}
"""What a decision asks for → the input of the row in which it is typed."""


def first_look_choices(*, is_late: bool, has_date: bool) -> list[tuple[str, str]]:
    """What the quick list offers for an action: only what is in date stays as it is."""
    may_stay = has_date and not is_late
    return [(value, label) for value, (label, _) in FIRST_LOOK.items() if value != "keep" or may_stay]


class FirstLookRow:
    """One row of the first look at what a spreadsheet brought: kept as typed, whatever is wrong with it."""

    def __init__(self, choice: str, words: Mapping[str, str]) -> None:
        self.choice, self.words, self.errors = choice, dict(words), dict[str, str]()

    @classmethod
    def read(cls, action_id: UUID, typed: Mapping[str, Any]) -> "FirstLookRow":
        """What was typed in the row of this action."""
        words = {name: str(clean(typed.get(f"{name}-{action_id}", "")))[:2000] for name in COLUMNS.values()}
        words["cause"] = words["cause"] or Cause.NOT_REPORTED.value
        return cls(str(typed.get(f"choice-{action_id}", "")), words)

    @property
    def decision(self) -> Decision | None:
        """The decision chosen, or None where the row was left for later."""
        chosen = FIRST_LOOK.get(self.choice)
        return chosen[1] if chosen else None

    @property
    def lost(self) -> bool:
        """Something was typed, and nothing chosen: it would be lost."""
        return self.decision is None and any(words for name, words in self.words.items() if name != "cause")

    def said(self, *, is_late: bool) -> dict[str, Any]:
        """What the decision says; a day is read as people write it, and never guessed."""
        said: dict[str, Any] = {"reason": self.words["reason"]}
        if self.decision is Decision.CARRIED:
            said["new_due"] = read_day(self.words["day"]).day
        if self.decision is Decision.CARRIED and is_late:
            said["cause"] = next((one for one in Cause if one.value == self.words["cause"]), None)
        if self.decision is Decision.NO_LONGER_NEEDED:
            said["covers"] = self.words["covers"]
        elif (owner := as_uuid(self.words["owner"])) is not None:
            said["owner_id"] = owner
        return {name: value for name, value in said.items() if value not in (None, "")}

    def refuse(self, field: str, reason: str) -> str:
        """Keep what is wrong beside its input; returns the name of that input."""
        name = COLUMNS.get(field, "choice")
        if name == "day" and self.words["day"]:
            reason = f"“{self.words['day']}” is not a day: write it like 27/11/2026"
        self.errors.setdefault(name, reason)
        return name
