"""What may change when a spreadsheet comes in: the upload, what is made of it, its undo, later decisions."""
