"""Drops the conjunction that ties a sentence to the one before: "And", "But", "So"."""

import re
from functools import cache

from pipeline.language import languages
from pipeline.language.schema.entries import any_of


def strip_conjunction(text: str, language: str) -> str:
    """Return a sentence without "But" or "And then" at its beginning."""
    match = joins(language).match(text)
    rest = text[match.end() :] if match else ""
    return rest[0].upper() + rest[1:] if rest else text


@cache
def joins(language: str) -> re.Pattern[str]:
    """Return the pattern of what ties a sentence to the one before and can be dropped: "And"."""
    known = languages.language(language)
    ends = r"(?:,\s*|\s+)(?=\w)" if known.spaces else r"[、，]?"
    return re.compile(rf"(?:{any_of(known.continuing or known.and_words)}){ends}", re.IGNORECASE)
