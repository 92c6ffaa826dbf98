"""Takes words apart into their letters and the marks around them; letters are what finds a word."""

import unicodedata
from dataclasses import dataclass

from pipeline.language import languages

INNER_MARKS = "#%&@*"  # punctuation that belongs to a word: C#, 5%, AT&T, s***


def comparable(text: str, language: str) -> str:
    """Return what a text is found by; "" if it has neither letters nor digits nor symbols."""
    spaces = languages.language(language).spaces
    return (" " if spaces else "").join(key for part in text.split() if (key := peel(part).key))


@dataclass(frozen=True, slots=True)
class Piece:
    """A word without the marks around it, and those."""

    lead: str
    core: str
    trail: str
    key: str  # what it is found by; empty: marks alone


def peel(text: str) -> Piece:
    first, end = 0, len(text)
    while first < end and _is_mark(text[first]):
        first += 1
    while end > first and _is_mark(text[end - 1]):
        end -= 1
    core = text[first:end]
    return Piece(text[:first], core, text[end:], key_of(core))


def _is_mark(char: str) -> bool:
    return char.isspace() or (unicodedata.category(char)[0] == "P" and char not in INNER_MARKS)


def key_of(core: str) -> str:
    folded = unicodedata.normalize("NFKC", core).casefold().replace("’", "'")
    return " ".join(folded.split())


class Pieces:
    """The pieces of words, each found once."""

    def __init__(self) -> None:
        self._known: dict[str, Piece] = {}

    def of(self, text: str) -> Piece:
        piece = self._known.get(text)
        if piece is None:
            piece = self._known[text] = peel(text)
        return piece
