"""The start page: what this person has to do."""
