"""What a person may type about series and meetings, before a meeting, and in the room."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from wtforms.validators import ValidationError

from mace.domain.area import Area
from mace.domain.tracker import read_day
from mace.domain.vocabulary import (
    Cause,
    Decision,
    Direction,
    EventKind,
    HarmStatus,
    LineKind,
    Presence,
    RequestAnswer,
    RiskLevel,
    SeriesKind,
    SeriesRole,
    Tier,
)
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
    clean,
    term_choices,
)

Pairs = Iterable[tuple[Any, str]]


def _whole(low: int, high: int, what: str) -> Callable[[Any, Any], None]:
    """A whole number between two others."""

    def check(form: Any, field: Any) -> None:
        typed = str(field.data or "")
        if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and low <= int(typed) <= high):
            raise ValidationError(f"{what} must be a whole number from {low} to {high}")

    return check


_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(am|pm)?", re.IGNORECASE | re.ASCII)


def read_clock(words: str) -> time | None:
    """The time in "10:30", "10.30", "2pm"; None for anything else."""
    found = _CLOCK.fullmatch(words.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3].lower() == "pm" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _clock(form: Any, field: Any) -> None:
    if field.data and read_clock(field.data) is None:
        raise ValidationError("Enter the time like 10:30 or 2pm")


def known_version(typed: Any) -> int | None:
    """The version the person was looking at, from a hidden field."""
    words = str(typed or "")
    return int(words) if words.isascii() and words.isdigit() and len(words) < 10 else None


class SeriesForm(Form):
    """A meeting that happens again and again."""

    version = HiddenField()
    name = TextField("Name of the series", validators=[Needed("Enter the name of the series")], longest=200)
    kind = ChoiceField(
        "What it discusses", choices=term_choices(SeriesKind), validators=[Needed("Choose what it discusses")]
    )
    cadence_days = TextField(
        "Days between meetings",
        description="28 for every four weeks, 7 for every week.",
        validators=[_whole(1, 366, "Days between meetings")],
    )
    available_minutes = TextField("Minutes for the agenda", validators=[_whole(10, 600, "Minutes for the agenda")])
    usual_time = TextField("Usual start", description="For example, 9:30.", validators=[_clock])

    def expected(self, typed: Mapping[str, Any], agencies: Sequence[UUID]) -> dict[UUID, bool]:
        """Agencies ticked as expected, each with whether a quorum needs it."""
        return {
            agency: typed.get(f"quorum-{agency}") == "yes"
            for agency in agencies
            if typed.get(f"expected-{agency}") == "yes" or typed.get(f"quorum-{agency}") == "yes"
        }

    def people(self, typed: Mapping[str, Any], people: Sequence[UUID]) -> dict[UUID, SeriesRole]:
        """People with the part they have in the series."""
        roles = {role.value: role for role in SeriesRole}
        return {person: roles[chosen] for person in people if (chosen := typed.get(f"role-{person}", "")) in roles}


class MeetingForm(Form):
    """One meeting."""

    version = HiddenField()
    series = PickField("Series", wrong="Choose the series")
    held_on = DayField("Day", validators=[NeededDay("Enter the day of the meeting")], what="The day of the meeting")
    starts_at = TextField("Starts at", description="For example, 9:30.", validators=[_clock])
    place = TextField("Place or link", description="A room, or where the link is. Never a child’s name.")
    available_minutes = TextField("Minutes for the agenda", validators=[_whole(10, 600, "Minutes for the agenda")])
    minute_taker = PickField("Who takes the minutes", description="Somebody else approves the records of this meeting.")

    def day(self) -> date:
        """The day of the meeting; the form has made sure that there is one."""
        day: date | None = self.held_on.data
        if day is None:
            raise ValueError("asked for the day of a form that is not valid")
        return day

    def said(self) -> dict[str, Any]:
        """Everything typed but the series, as the commands take it."""
        return {
            "held_on": self.day(),
            "starts_at": read_clock(self.starts_at.data) if self.starts_at.data else None,
            "place": self.place.data or "",
            "available_minutes": int(self.available_minutes.data),
            "minute_taker_id": as_uuid(self.minute_taker.data),
        }


class BecauseForm(Form):
    """A reason."""

    because = LongTextField("Why", rows=2, validators=[Needed("Say why")])


class FindForm(Form):
    """Whom to add to an agenda."""

    words = TextField("Name or number", validators=[Needed("Enter a name or a number")], longest=200)


def tiers_of(typed: Mapping[str, Any], items: Sequence[UUID]) -> dict[UUID, Tier]:
    """The tier chosen for each item of an agenda."""
    known = {tier.value: tier for tier in Tier}
    return {item: known[chosen] for item in items if (chosen := typed.get(f"tier-{item}", "")) in known}


def places_of(typed: Mapping[str, Any], items: Sequence[UUID]) -> dict[UUID, int]:
    """The place typed for each item of an agenda, where it is a number."""
    words = {item: str(clean(typed.get(f"place-{item}", ""))) for item in items}
    return {item: int(place) for item, place in words.items() if place.isascii() and place.isdigit() and len(place) < 4}


def presences_of(typed: Mapping[str, Any], agencies: Sequence[UUID]) -> dict[UUID, tuple[Presence, str]]:
    """How each agency is there, and who."""
    known = {presence.value: presence for presence in Presence}
    return {
        agency: (known[chosen], str(clean(typed.get(f"who-{agency}", "")))[:300])
        for agency in agencies
        if (chosen := typed.get(f"presence-{agency}", "")) in known
    }


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


LINES: Mapping[str, LineKind] = {
    "worry": LineKind.WORRY,
    "changed": LineKind.CHANGED,
    "life_now": LineKind.LIFE_NOW,
    "childs_words": LineKind.CHILDS_WORDS,
    "not_heard": LineKind.NOT_HEARD,
    "plan_to_hear": LineKind.PLAN_TO_HEAR,
    "analysis": LineKind.ANALYSIS,
    "decision": LineKind.DECISION,
    "rationale": LineKind.RATIONALE,
    "dissent": LineKind.DISSENT,
    "contingency": LineKind.CONTINGENCY,
    "safety_tonight": LineKind.SAFETY_TONIGHT,
    "no_action": LineKind.NO_ACTION,
    "who_tells": LineKind.WHO_TELLS,
}
"""Field → the line of the record that it writes."""


class RecordForm(Form):
    """What the meeting writes about one subject (rule 10, ``practice.md`` 1.9)."""

    version = HiddenField()
    changed = LongTextField(
        "What has changed since last time?",
        rows=2,
        description="If nothing has: “Nothing since …, checked with …”.",
    )
    worry = LongTextField(
        "What are we worried about?", rows=3, description="Who does what, where and when, and who says so."
    )
    life_now = LongTextField("What is life like for the child now?", rows=2)
    childs_words = LongTextField("What does the child say?", rows=2, description="In the child’s own words.")
    not_heard = LongTextField("If the child was not asked: why not?", rows=2)
    plan_to_hear = LongTextField(
        "Who will hear the child, and by when?", rows=2, description="Needed at the third review running without."
    )
    analysis = LongTextField("What does this mean?", rows=2)
    assessed_with = TextField("Assessed with", description="The tool, for example CERAF.", longest=200)
    assessed_level = TextField("Level it gave", longest=100)
    assessed_on = DayField("Day of the assessment", what="The day of the assessment")
    assessed_by = TextField("Assessed by", longest=200)
    level = ChoiceField("The meeting’s own view of the level")
    harm_status = PickField("Is harm happening?", choices=term_choices(HarmStatus, "Not said"))
    direction = ChoiceField("Since last time the child is", choices=term_choices(Direction))
    rationale = LongTextField("Reasons for this level", rows=2)
    dissent = LongTextField("Who disagrees, and why?", rows=2, description="Name the agency. Leave empty if nobody.")
    decision = LongTextField("What did the meeting decide?", rows=3)
    contingency = LongTextField(
        "What happens if the plan fails?", rows=2, description="If … happens, then … does … by …"
    )
    safety_tonight = LongTextField("What keeps the child safe tonight?", rows=2)
    no_action = LongTextField("Why does a worry have no action?", rows=2)
    who_tells = LongTextField("Who tells the child, parents and referrer, and by when?", rows=2)
    next_review_on = DayField(
        "Next review", what="The next review", description="Leave empty for the usual time at this level."
    )
    proposes_exit = TickField("Propose that these meetings end for this child")

    def offer(self, area: Area) -> "RecordForm":
        """Offer the levels by the area's names."""
        self.level.choices = choices([(level.value, area.level_name(level)) for level in RiskLevel])
        return self

    def lines(self) -> dict[LineKind, str]:
        """What was typed, by the line it writes."""
        return {kind: self._fields[name].data or "" for name, kind in LINES.items()}

    def risk(self) -> dict[str, Any]:
        """Risk as assessed, and the meeting's own view."""
        return {
            "assessed_with": self.assessed_with.data or "",
            "assessed_level": self.assessed_level.data or "",
            "assessed_on": self.assessed_on.data,
            "assessed_by": self.assessed_by.data or "",
            "level": RiskLevel(self.level.data) if self.level.data else None,
            "harm_status": HarmStatus(self.harm_status.data) if self.harm_status.data else None,
            "direction": Direction(self.direction.data) if self.direction.data else None,
            "next_review_on": self.next_review_on.data,
            "proposes_exit": bool(self.proposes_exit.data),
        }


class CorrectionForm(RecordForm):
    """A correction of an approved record."""

    because = LongTextField(
        "What was wrong, and how do you know?", rows=2, validators=[Needed("Say what was wrong and how you know")]
    )


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


class ApproveForm(Form):
    """Approving a record."""

    version = HiddenField()
    anyway_because = LongTextField("Why is it approved although something is missing?", rows=2)


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


def in_words(field: Any) -> str:
    """What a field holds, as a person reads it."""
    value = field.data
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return full_day(value)
    if isinstance(field, DayField):
        return " ".join(str(part) for part in field.raw_data or () if part)
    labels = {str(choice.value): choice.label for choice in getattr(field, "choices", None) or ()}
    return str(labels.get(str(value or ""), value or "")) if value else ""


def differences(mine: Form, theirs: Form) -> list[tuple[str, str]]:
    """Where somebody else saved something other than what is typed here: each label with their words."""
    pairs = ((mine._fields[name], field) for name, field in theirs._fields.items() if name in mine._fields)
    return [
        (field.label.text, in_words(field))
        for typed, field in pairs
        if not isinstance(field, HiddenField) and in_words(typed) != in_words(field)
    ]
