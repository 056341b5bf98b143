"""What may change about meetings: series and agenda, what is asked before, the room, the record."""
