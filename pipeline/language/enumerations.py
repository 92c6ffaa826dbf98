"""Detect words that number the points of a spoken list: "First, …", "Zweitens, …"."""

import re
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import tidy
from pipeline.language.disfluencies import bare
from pipeline.language.languages import of_all
from pipeline.language.numerals import numbers
from pipeline.language.schema.entries import any_of

_OR = frozenset(of_all(lambda known: known.or_words))


def point_number(text: str, language: str) -> int:
    """Return which point of a list a sentence starts, from 1; 0 if it is none.

    "Three, four hundred people" and "First, second and third place" are no points.
    """
    for number, counter in enumerate(_counters(language), 1):
        if match := counter.match(text):
            return 0 if _continues_counting(text[match.end() :], language) else number
    return 0


def _continues_counting(rest: str, language: str) -> bool:
    ahead = [bare(t) for t in rest.split(maxsplit=2)[:2]]
    tried = ahead if ahead and ahead[0] in _OR else ahead[:1]
    small = lexicon.ordinals(language) | lexicon.number_words(language)
    return any(t in small or bool(numbers(t, language)) for t in tried)


def uncounted(text: str, language: str) -> str:
    """Remove the counter from a sentence, unless nothing else is left."""
    number = point_number(text, language)
    rest = _counters(language)[number - 1].sub("", text) if number else text
    return tidy(rest, language) or text


@cache
def _counters(language: str) -> tuple[re.Pattern[str], ...]:
    """Return the pattern that starts each point.

    A mark follows the counter; in scripts without spaces, it is optional.
    """
    known = languages.language(language)
    after = r"\s*[,:—–]\s+" if known.spaces else r"\s*[,:、，：]?\s*"
    joins = any_of(of_all(lambda k: [rf"{w}\s+" if k.spaces else w for w in k.and_words]))
    return tuple(
        re.compile(rf"(?:{joins})?(?:{any_of(forms)}){after}", re.IGNORECASE)
        for forms in known.counters
    )
