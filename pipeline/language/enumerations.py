"""Detect words that number the points of a spoken list: "First, …", "Zweitens, …"."""

import re
from collections.abc import Sequence
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import tidy
from pipeline.language.disfluencies import bare
from pipeline.language.languages import of_all
from pipeline.language.numerals import numbers
from pipeline.language.schema.entries import any_of

MAX_LIST_GAP = 12  # sentences between two points of a list
_OR = frozenset(of_all(lambda known: known.or_words))


def point_number(text: str, language: str) -> int:
    """Return which point of a list a sentence starts, from 1; 0 if it is none.

    "Three, four hundred people" and "First, second and third place" are no points.
    """
    for number, counter in enumerate(_counters(language), 1):
        if match := counter.match(text):
            return 0 if _continues_counting(text[match.end() :], language) else number
    return 0


def keep_lists(points: Sequence[int]) -> list[int]:
    """Keep only the numbers of list points: a single "Then, years later, …" is not a list."""
    return [
        n
        if n
        and (
            (n > 1 and n - 1 in points[max(0, at - MAX_LIST_GAP) : at])
            or (n == 1 and 2 in points[at + 1 : at + 1 + MAX_LIST_GAP])
        )
        else 0
        for at, n in enumerate(points)
    ]


def lists(texts: Sequence[str], language: str) -> list[tuple[int, int]]:
    """Return the sentences with the first and the last point of each list."""
    found: list[tuple[int, int]] = []
    for at, n in enumerate(keep_lists([point_number(text, language) for text in texts])):
        if n == 1:
            found.append((at, at))
        elif n and found and at - found[-1][1] <= MAX_LIST_GAP:
            found[-1] = (found[-1][0], at)
    return [(first, last) for first, last in found if first < last]


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
