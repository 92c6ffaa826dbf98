"""What counts the points of a list in speech: "First, …", "Zweitens, …"."""

import re
from functools import cache

from pipeline import words
from pipeline.spoken import tidy


def counted(text: str, language: str) -> int:
    """Which point of a list a sentence begins, from 1; 0: it counts nothing."""
    return next((n for n, c in enumerate(_counters(language), 1) if c.match(text)), 0)


def uncounted(text: str, language: str) -> str:
    """Without what counts it, if something is left."""
    number = counted(text, language)
    rest = _counters(language)[number - 1].sub("", text) if number else text
    return tidy(rest, language) or text


@cache
def _counters(language: str) -> tuple[re.Pattern[str], ...]:
    """What begins each point; a mark or, in scripts without spaces, nothing follows it."""
    after = r"\s*[,:、，：]?\s*" if language in words.UNPARTED else r"\s*[,:—–]\s+"
    return tuple(
        re.compile(rf"(?:(?:and|und|et|y|e|en|и|а)\s+|で、)?(?:{forms}){after}", re.IGNORECASE)
        for forms in words.COUNTED.get(language, ())
    )
