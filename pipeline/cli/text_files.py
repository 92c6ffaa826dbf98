"""Saves texts in a folder: a file of each kind, and quote cards as pictures, too."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.captions.quote_card import SQUARE, UPRIGHT, draw_quote_card
from pipeline.core.texts import Document, Quotation, TextKind, Texts
from pipeline.texts.formats import NATIVE

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
        end = "md" if NATIVE[document.kind] == "markdown" else "txt"
        name = NAMES.get(document.kind, f"{document.kind}.{end}")
        (out / name).write_text(document.text.rstrip("\n") + "\n", encoding="utf-8")
        if document.kind == "quote_cards":
            _draw(out, document, style)


def _draw(out: Path, document: Document, style: str) -> None:
    for number, block in enumerate(document.blocks, 1):
        quotation = Quotation(
            text=" ".join(s.text for s in block.statements),
            author=block.speaker or "",
            language=document.language,
        )
        for ending, size in SHAPES.items():
            picture = draw_quote_card(quotation, style=style, size=size)
            (out / f"quote_card_{number}{ending}.png").write_bytes(picture)
