"""What may be asked about records, by whom. Lines come out through the one builder only (rule 9)."""

from mace.record.queries.children import ChildLine, ChildList, Facets, Shown, Wanted, list_children, list_facets
from mace.record.queries.chronology import Chronology, Entry, Happening, Place, get_happening, list_chronology
from mace.record.queries.contexts import ContextList, Link, Links, list_contexts, list_links
from mace.record.queries.lines import (
    ConcernLine,
    ItemLine,
    Overview,
    RecordLine,
    get_concern,
    get_overview,
    list_lines,
    list_meetings_of,
)
from mace.record.queries.narrowing import Order
from mace.record.queries.page import (
    ChildPage,
    People,
    Worker,
    get_child,
    get_child_to_allocate,
    get_child_to_edit,
    get_context,
    get_context_to_edit,
    get_context_to_link,
    get_to_edit,
)
from mace.record.queries.search import Found, search

__all__ = [
    "ChildLine",
    "ChildList",
    "ChildPage",
    "Chronology",
    "ConcernLine",
    "ContextList",
    "Entry",
    "Facets",
    "Found",
    "Happening",
    "ItemLine",
    "Link",
    "Links",
    "Order",
    "Overview",
    "People",
    "Place",
    "RecordLine",
    "Shown",
    "Wanted",
    "Worker",
    "get_child",
    "get_child_to_allocate",
    "get_child_to_edit",
    "get_concern",
    "get_context",
    "get_context_to_edit",
    "get_context_to_link",
    "get_happening",
    "get_overview",
    "get_to_edit",
    "list_children",
    "list_chronology",
    "list_contexts",
    "list_facets",
    "list_lines",
    "list_links",
    "list_meetings_of",
    "search",
]
