"""Writes quote cards: sentences to be shown on a picture, each with who says it and when."""

from pipeline.core.texts import Document, TextLength, TextOptions
from pipeline.texts.formats import compose
from pipeline.texts.outline import Outline
from pipeline.texts.quotations import quotations

CARDS: dict[TextLength, int] = {"short": 3, "normal": 5, "long": 5}


def quote_cards(plan: Outline, options: TextOptions) -> Document:
    """Return up to five quotations of at most 140 characters, as plain text."""
    return compose("quote_cards", plan.language, quotations(plan, CARDS[options.length]))
