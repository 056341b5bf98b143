"""Names as people look for them: without case, accents or punctuation (``security.md`` T107)."""

import re
import unicodedata

_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"})
_DASHES = re.compile(r"[\u002d\u2010-\u2015\u2212/]")
_MARKS = re.compile(r"[^\w\s]|_")


def folded(*names: str) -> str:
    """The name for comparing: "Zoë O’Brien-Łuczak" and "zoe obrien luczak" are the same person."""
    text = unicodedata.normalize("NFKD", " ".join(name for name in names if name)).casefold().translate(_LETTERS)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(_MARKS.sub("", _DASHES.sub(" ", text)).split())


def word_order(name: str) -> str:
    """The folded name with its words in order: "Okoro, Ruth" and "Ruth Okoro" are the same."""
    return " ".join(sorted(folded(name).split()))
