"""What counts the points of a list in speech: "First, …", "Zweitens, …"."""

import re
from functools import cache

from pipeline.language import lexicon
from pipeline.language.cleanup import tidy
from pipeline.language.disfluencies import bare
from pipeline.language.numerals import numbers

_OR = lexicon.as_set("or maybe perhaps and oder vielleicht ou o of misschien или")


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
    return any(t in lexicon.ORDINALS | lexicon.NUMBERS or bool(numbers(t, language)) for t in tried)


def uncounted(text: str, language: str) -> str:
    """Without what counts it, if something is left."""
    number = counted(text, language)
    rest = _counters(language)[number - 1].sub("", text) if number else text
    return tidy(rest, language) or text


@cache
def _counters(language: str) -> tuple[re.Pattern[str], ...]:
    """What begins each point; a mark or, in scripts without spaces, nothing follows it."""
    after = r"\s*[,:、，：]?\s*" if language in lexicon.UNPARTED else r"\s*[,:—–]\s+"
    return tuple(
        re.compile(rf"(?:(?:and|und|et|y|e|en|и|а)\s+|で、)?(?:{forms}){after}", re.IGNORECASE)
        for forms in lexicon.COUNTED.get(language, ())
    )
