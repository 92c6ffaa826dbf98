"""The `[numbers]` of a language: how numbers are written."""

from dataclasses import dataclass

from pipeline.language.schema.entries import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How numbers are written in running text."""

    in_words: tuple[str, ...] = ()
    """Zero, one, …, as far as numbers are in words; empty where the form depends on the noun."""
    measures: Words = frozenset()
    """Follow a number in figures, however low: "2 inches"."""
    labels: Words = frozenset()
    """Precede a number in figures: "step 2"."""
