"""What may change about a child, place, group or person: who they are, who works with them, worries, events."""

from mace.children.commands.allocation import allocate, confirm_worker, end_working_with, list_as_working_with
from mace.children.commands.concerns import add_concern, end_concern, reword_concern
from mace.children.commands.contexts import (
    ContextDetails,
    PersonDetails,
    add_context,
    add_person_of_concern,
    edit_context,
    edit_person_of_concern,
    link_child,
    unlink_child,
)
from mace.children.commands.events import add_event, correct_event, may_correct, withdraw_event
from mace.children.commands.finding import search_name
from mace.children.commands.identity import (
    ChildDetails,
    add_child,
    bring_back,
    edit_child,
    leave_meetings,
    say_does_not_harm,
    say_may_harm,
)
from mace.domain.names import folded

__all__ = [
    "ChildDetails",
    "ContextDetails",
    "PersonDetails",
    "add_child",
    "add_concern",
    "add_context",
    "add_event",
    "add_person_of_concern",
    "allocate",
    "bring_back",
    "confirm_worker",
    "correct_event",
    "edit_child",
    "edit_context",
    "edit_person_of_concern",
    "end_concern",
    "end_working_with",
    "folded",
    "leave_meetings",
    "link_child",
    "list_as_working_with",
    "may_correct",
    "reword_concern",
    "say_does_not_harm",
    "say_may_harm",
    "search_name",
    "unlink_child",
    "withdraw_event",
]
