"""The `[nouns]` of a language: how its nouns are told from other words."""

from dataclasses import dataclass

from pipeline.language.schema.entries import Words

Endings = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nouns:
    """What shows that a word names something; English has `grammar` for it."""

    before: Words = frozenset()
    """Precede a noun, beside the determiners: "de", "two"; with their apostrophe: "l'"."""
    attributes: Endings = ()
    """Endings of words that describe a noun and precede it."""
    others: Endings = ()
    """Endings of words that are no nouns."""
    endings: Endings = ()
    """Endings in which the forms of a noun differ."""
    dependent: Endings = ()
    """Endings of forms that do not stand alone: a dative."""
    vague: Words = frozenset()
    """Name nothing that a part of a talk could be about: "thing", "time"."""
    persons: Words = frozenset()
    """Stand for who speaks or listens: "I", "your"; no title that is a statement has them."""
    inside: Words = frozenset()
    """Join two nouns to one term: "de"."""
    breaks: str = ""
    """In scripts without spaces: a letter that no noun has, as a regular expression."""
