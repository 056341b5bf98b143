"""The lists, one record's page with its tabs, and every act on a record. Each module is one journey."""

from mace.record.routes import children, concerns, contexts, events, identity, people, subject
from mace.record.routes.ground import blueprint

__all__ = ["blueprint", "children", "concerns", "contexts", "events", "identity", "people", "subject"]
