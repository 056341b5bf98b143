"""What may be asked about meetings: the agenda, what is asked before it, the room, the record."""
