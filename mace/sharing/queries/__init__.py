"""What may be asked about records and who was told: whom a release goes to, what it says, whose answer is awaited."""

from mace.sharing.queries.lists import (
    NotReaching,
    RecordCounts,
    RecordList,
    RecordRow,
    count_records,
    list_mine,
    list_not_reaching,
    list_team_unanswered,
    list_unanswered,
    list_undelivered,
)
from mace.sharing.queries.recipients import Recipient, list_recipients
from mace.sharing.queries.record import RecordPage, get_record, get_record_to_answer
from mace.sharing.queries.told import ToldPage, get_told

__all__ = [
    "NotReaching",
    "Recipient",
    "RecordCounts",
    "RecordList",
    "RecordPage",
    "RecordRow",
    "ToldPage",
    "count_records",
    "get_record",
    "get_record_to_answer",
    "get_told",
    "list_mine",
    "list_not_reaching",
    "list_recipients",
    "list_team_unanswered",
    "list_unanswered",
    "list_undelivered",
]
