"""What counts the points of a list in speech: "First, …", "Zweitens, …"."""

import re
from functools import cache

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import tidy
from pipeline.language.disfluencies import bare
from pipeline.language.languages import any_of, of_all
from pipeline.language.numerals import numbers

_OR = frozenset(of_all(lambda known: known.or_words))


def counted(text: str, language: str) -> int:
    """Which point of a list a sentence begins, from 1; 0: it counts nothing.

    "Three, four hundred people" and "First, second and third place" are no points.
    """
    for number, counter in enumerate(_counters(language), 1):
        if match := counter.match(text):
            return 0 if _goes_on_counting(text[match.end() :], language) else number
    return 0


def _goes_on_counting(rest: str, language: str) -> bool:
    ahead = [bare(t) for t in rest.split(maxsplit=2)[:2]]
    tried = ahead if ahead and ahead[0] in _OR else ahead[:1]
    small = lexicon.ordinals(language) | lexicon.number_words(language)
    return any(t in small or bool(numbers(t, language)) for t in tried)


def uncounted(text: str, language: str) -> str:
    """Without what counts it, if something is left."""
    number = counted(text, language)
    rest = _counters(language)[number - 1].sub("", text) if number else text
    return tidy(rest, language) or text


@cache
def _counters(language: str) -> tuple[re.Pattern[str], ...]:
    """What begins each point; a mark or, in scripts without spaces, nothing follows it."""
    known = languages.language(language)
    after = r"\s*[,:—–]\s+" if known.spaces else r"\s*[,:、，：]?\s*"
    joins = any_of(of_all(lambda k: [rf"{w}\s+" if k.spaces else w for w in k.and_words]))
    return tuple(
        re.compile(rf"(?:{joins})?(?:{any_of(forms)}){after}", re.IGNORECASE)
        for forms in known.counters
    )
