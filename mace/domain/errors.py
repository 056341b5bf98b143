"""The one way the tool says no."""


class Refused(Exception):
    """An act that may not be done now, with a sentence the person can act on.

    ``field`` names the form field the sentence belongs beside; without one it stands at the top of the page.
    """

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class Clash(Refused):
    """Somebody else saved first. ``theirs`` is their text, so that the page can show both and lose neither."""

    def __init__(self, reason: str, theirs: str = "", field: str | None = None) -> None:
        super().__init__(reason, field)
        self.theirs = theirs


class NotThere(Exception):
    """What was asked for does not exist for this person: absent and hidden look the same."""
