"""Meetings by journey: series and agenda, what is asked before, running it, one item, the record."""

from mace.meetings.routes import agenda, before, record, room, running
from mace.meetings.routes.ground import blueprint

__all__ = ["agenda", "before", "blueprint", "record", "room", "running"]
