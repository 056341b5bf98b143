"""Meetings by journey: series and agenda, what is asked before, the room, the record afterwards."""

from mace.meetings.routes import agenda, before, room
from mace.meetings.routes.blueprint import blueprint

__all__ = ["agenda", "before", "blueprint", "room"]
