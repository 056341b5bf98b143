"""What may change about an action. Every change stores again where the action stands."""

from mace.actions.commands.deciding import decide, note_in_date, undo_decision
from mace.actions.commands.searching import keep_search
from mace.actions.commands.setting import next_number, set_action
from mace.actions.commands.standing import refresh_standings, store_standing
from mace.actions.commands.telling import accept_action, answer_offer, disown_action, record_chase, record_update

__all__ = [
    "accept_action",
    "answer_offer",
    "decide",
    "disown_action",
    "keep_search",
    "next_number",
    "note_in_date",
    "record_chase",
    "record_update",
    "refresh_standings",
    "set_action",
    "store_standing",
    "undo_decision",
]
