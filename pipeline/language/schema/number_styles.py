"""The `[numbers]` and `[figures]` of a language: how numbers are written."""

from dataclasses import dataclass
from typing import Annotated

from pipeline.language.schema.entries import NEVER, Pattern, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How numbers are written in running text."""

    in_words: tuple[str, ...] = ()
    """Zero, one, …, as far as numbers are in words; empty where the form depends on the noun."""
    measures: Words = frozenset()
    """Follow a number in figures, however low: "2 inches"."""
    labels: Words = frozenset()
    """Precede a number in figures: "step 2"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureStyle:
    """How spoken numbers are written in texts."""

    thousands: str = ""
    """Between the thousands: "," in 1,008."""
    grouped_from: int = 5
    """Digits from which the thousands are marked."""
    percent: str = "%"
    """Follows a figure, with the space before it."""
    percent_words: Annotated[Pattern, r"\s+(?:{})(?![\w-])"] = NEVER
    """What is said for it: "per cent"."""
    joins: Annotated[Pattern, r"\s+(?:{})\s+"] = NEVER
    """Between two numbers of the same form: "eight to twelve"."""
    articles: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Mean one before a hundred: "a hundred and eighty"."""
    great_scales: Words = frozenset()
    """Million, billion: stay in words after a figure."""
    words_before: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Before a number, keep it in words: "half past eleven", "a few hundred"."""
    words_after: Annotated[Pattern, r"\s+(?:{})\b"] = NEVER
    """After a number, keep it in words: "twelve and a half"."""
    paired_years: bool = False
    """Whether years are said as pairs: "nineteen sixty-eight"."""
    before_year: Annotated[Pattern, r"\b(?:{})\s+$"] = NEVER
    """Before a number, show that it is a year: "in"."""
