"""What may be asked about actions, by whom: the register, one action's page, what a meeting has to decide."""

from mace.actions.queries.facts import list_facts
from mace.actions.queries.lines import ActionLine, with_history
from mace.actions.queries.narrowing import Choices, get_choices, list_children_named, name_filters
from mace.actions.queries.page import ActionHead, ActionPage, get_action, get_action_head
from mace.actions.queries.register import (
    Export,
    ExportLine,
    Filters,
    Register,
    Sort,
    count_actions,
    find_by_number,
    list_export,
    list_of_subject,
    list_register,
)
from mace.actions.queries.room import ToDecide, list_concerns, list_to_decide

__all__ = [
    "ActionHead",
    "ActionLine",
    "ActionPage",
    "Choices",
    "Export",
    "ExportLine",
    "Filters",
    "Register",
    "Sort",
    "ToDecide",
    "count_actions",
    "find_by_number",
    "get_action",
    "get_action_head",
    "get_choices",
    "list_children_named",
    "list_concerns",
    "list_export",
    "list_facts",
    "list_of_subject",
    "list_register",
    "list_to_decide",
    "name_filters",
    "with_history",
]
