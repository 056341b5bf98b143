"""What the meeting writes about one subject."""

from collections.abc import Mapping
from typing import Any

from mace.domain.area import Area
from mace.domain.vocabulary import (
    Direction,
    HarmStatus,
    LineKind,
    RiskLevel,
)
from mace.web.forms import (
    ChoiceField,
    DayField,
    Form,
    HiddenField,
    LongTextField,
    Needed,
    PickField,
    TextField,
    TickField,
    choices,
    term_choices,
)

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


class ApproveForm(Form):
    """Approving a record."""

    version = HiddenField()
    anyway_because = LongTextField("Why is it approved although something is missing?", rows=2)
