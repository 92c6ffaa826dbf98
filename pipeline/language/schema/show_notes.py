"""The `[show_notes]` of a language: headings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowNotes:
    """The headings in show notes, and the name of a first chapter."""

    introduction: str = ""
    """The first chapter, before the first topic: "Introduction"."""
    topics: str = ""
    """What is talked about, with times: "Topics"."""
    people: str = ""
    """Who is introduced: "People"."""
    links: str = ""
    """Addresses that were said: "Links"."""
    quotes: str = ""
    """Quotations: "Quotes"."""
