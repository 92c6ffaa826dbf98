"""Writes quote cards: sentences to be shown on a picture, each with who says it and when."""

from dataclasses import replace

from pipeline.core.texts import Document, TextLength, TextOptions
from pipeline.texts.formats import compose
from pipeline.texts.outline import Outline
from pipeline.texts.standing import quotations
from pipeline.texts.withholding import NOTHING_QUOTABLE

CARDS: dict[TextLength, int] = {"short": 3, "normal": 5, "long": 5}


def quote_cards(plan: Outline, options: TextOptions) -> Document:
    """Return up to five quotations of at most 140 characters, as plain text; or why none."""
    cards = quotations(plan, CARDS[options.length])
    document = compose("quote_cards", plan.language, cards)
    return document if cards else replace(document, reason=NOTHING_QUOTABLE)
