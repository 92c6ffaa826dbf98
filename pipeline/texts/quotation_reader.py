"""Reads from quote cards what each of them says: from their blocks, or from a user's own text.

A user's own has no blocks. In it a quotation is a line, or several, in quotation marks of any
language, with who says it and when as `formats` writes them, “…” (Ada, 2:29), or after a dash.
"""

import re
from collections.abc import Iterator
from itertools import islice

from pipeline.core.texts import Block, Document, Quotation
from pipeline.language.cleanup import together
from pipeline.language.text_limits import width
from pipeline.language.writing_systems import is_visible

# Longest quotation that a card shows in letters readable on a phone; letters of scripts without
# spaces count twice.
MAX_CHARS = 300
MAX_CARDS = 100  # maximum quotations of a text, the first ones: no more are posted of one talk
MAX_ITEM_CHARS = 500  # with marks, name and time

_PAIRS = ("“”", "„“", "„”", "””", "«»", "»«", "「」", "『』", '""')
_OPENING = tuple({pair[0] for pair in _PAIRS})
_SAID = "|".join(f"{pair[0]}(.+){pair[1]}" for pair in _PAIRS)
_ITEM = re.compile(rf"(?:{_SAID})\s*(?:[(（]([^()（）]*)[)）]|[—–―-]\s*([^()（）]+))?")
_TIME = re.compile(r"(?:^|[,،，、]\s*)\d{1,3}(?::\d\d){1,2}$")  # after a name, or alone


def quotations_of(document: Document) -> tuple[Quotation, ...]:
    """Return the quotations of quote cards in their order; in a user's own, those that fit one."""
    if document.blocks:
        blocks = (block for block in document.blocks if block.kind == "quotation")
        return tuple(_of_block(block, document.language) for block in blocks)
    found = (_of_item(item, document.language) for item in _items(document.text))
    return tuple(islice(filter(None, found), MAX_CARDS))


def _of_block(block: Block, language: str) -> Quotation:
    said = together(statement.text for statement in block.statements)
    return Quotation(text=said, author=block.speaker or "", language=language)


def _items(text: str) -> Iterator[str]:
    """Yield what begins with a quotation mark, up to the next such line or an empty one."""
    item: list[str] = []
    for line in map(str.strip, [*text.split("\n"), ""]):
        if item and (not line or line.startswith(_OPENING)):
            yield " ".join(item)
            item = []
        if item or line.startswith(_OPENING):
            item.append(line)


def _of_item(item: str, language: str) -> Quotation | None:
    """Return what is quoted; None if the rest is no name, or nothing or too much is quoted."""
    match = _ITEM.fullmatch(item) if len(item) <= MAX_ITEM_CHARS else None
    if match is None:
        return None
    *quoted, in_parentheses, after_dash = match.groups()
    said = next(text for text in quoted if text).strip()
    if width(said) > MAX_CHARS or not is_visible(said):
        return None
    author = _TIME.sub("", (in_parentheses or after_dash or "").strip())
    return Quotation(text=said, author=author.strip(), language=language)
