"""Bringing an area's spreadsheet in: reading the file, previewing it, importing it and undoing that."""
