"""Saves texts in a folder: a file of each kind, and quote cards as pictures, too."""

import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.captions.quote_card import SQUARE, UPRIGHT, draw_quote_card
from pipeline.core.texts import Document, TextKind, Texts
from pipeline.texts.formats import NATIVE
from pipeline.texts.quotation_reader import quotations_of

# The names of the first three kinds; the others are named after their kind.
NAMES: Mapping[TextKind, str] = {
    "twitter_thread": "thread.txt",
    "linkedin_post": "linkedin.txt",
    "blog_post": "article.md",
}
SHAPES = {"": UPRIGHT, "_square": SQUARE}  # by what a card's file name ends with


def save(out: Path, texts: Texts, *, style: str) -> None:
    """Save each text in a file of its own, and quote cards in a caption style, numbered.

    Raises UnknownStyle and OSError.
    """
    for document in texts.documents:
        if not document.text:
            continue
        end = "md" if NATIVE[document.kind] == "markdown" else "txt"
        name = NAMES.get(document.kind, f"{document.kind}.{end}")
        (out / name).write_text(document.text.rstrip("\n") + "\n", encoding="utf-8")
        if document.kind == "quote_cards":
            _draw(out, document, style)


def _draw(out: Path, document: Document, style: str) -> None:
    for number, quotation in enumerate(quotations_of(document), 1):
        for ending, size in SHAPES.items():
            picture = draw_quote_card(quotation, style=style, size=size)
            (out / f"quote_card_{number}{ending}.png").write_bytes(picture)


def print_withheld(texts: Texts) -> None:
    """Print on stderr why texts are missing."""
    for reason in texts.withheld():
        print(f"texts: {reason}", file=sys.stderr)
