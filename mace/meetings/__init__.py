"""Series, meetings, agendas, what is asked before, and the room in which a meeting is run."""
