"""What a person may type about meetings, by journey: agenda, before, the room, the record."""

from mace.meetings.forms.agenda import BecauseForm, FindForm, MeetingForm, SeriesForm, places_of, read_clock, tiers_of
from mace.meetings.forms.before import AnswerForm, BriefForm
from mace.meetings.forms.ground import differences, in_words
from mace.meetings.forms.record import LINES, ApproveForm, CorrectionForm, RecordForm
from mace.meetings.forms.room import (
    COLUMNS,
    FIELDS,
    FIRST_LOOK,
    REASONS,
    DecideForm,
    EndForm,
    FirstLookRow,
    HappenedForm,
    NewActionForm,
    fields_of,
    first_look_choices,
    presences_of,
)

__all__ = [
    "COLUMNS",
    "FIELDS",
    "FIRST_LOOK",
    "LINES",
    "REASONS",
    "AnswerForm",
    "ApproveForm",
    "BecauseForm",
    "BriefForm",
    "CorrectionForm",
    "DecideForm",
    "EndForm",
    "FindForm",
    "FirstLookRow",
    "HappenedForm",
    "MeetingForm",
    "NewActionForm",
    "RecordForm",
    "SeriesForm",
    "differences",
    "fields_of",
    "first_look_choices",
    "in_words",
    "places_of",
    "presences_of",
    "read_clock",
    "tiers_of",
]
