"""The one way the tool says no."""

from collections.abc import Sequence


class Refused(Exception):
    """An act that may not be done now, with a sentence the person can act on.

    ``field`` names the form field the sentence belongs beside; without one it stands at the top of the page. ``also``
    holds further fields with their sentences, so that a form says everything at once.
    """

    def __init__(self, reason: str, field: str | None = None, also: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
        self.also = tuple(also)

    @classmethod
    def missing(cls, asked: Sequence[tuple[str, str]]) -> "Refused":
        """One refusal for every field that still has to say something, each with its sentence."""
        (field, reason), *also = asked
        return cls(reason, field, also)


class Clash(Refused):
    """Somebody else saved first. ``theirs`` is their text, so that the page can show both and lose neither."""

    def __init__(self, reason: str, theirs: str = "", field: str | None = None) -> None:
        super().__init__(reason, field)
        self.theirs = theirs


class NotThere(Exception):
    """What was asked for does not exist for this person: absent and hidden look the same."""
