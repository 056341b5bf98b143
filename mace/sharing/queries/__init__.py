"""What may be asked about records and who was told: whom a release goes to, what it says, whose answer is awaited."""

from mace.sharing.queries.lists import (
    NotReaching,
    RecordList,
    RecordRow,
    list_answered,
    list_not_reaching,
    list_team_unanswered,
    list_to_answer,
    list_unanswered,
    list_undelivered,
)
from mace.sharing.queries.recipients import Recipient, list_recipients
from mace.sharing.queries.record import RecordPage, get_record, get_record_to_answer
from mace.sharing.queries.told import ToldPage, get_told

__all__ = [
    "NotReaching",
    "Recipient",
    "RecordList",
    "RecordPage",
    "RecordRow",
    "ToldPage",
    "get_record",
    "get_record_to_answer",
    "get_told",
    "list_answered",
    "list_not_reaching",
    "list_recipients",
    "list_team_unanswered",
    "list_to_answer",
    "list_unanswered",
    "list_undelivered",
]
