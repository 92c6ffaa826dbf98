"""Small words that tell what a sentence is good for, compiled from `Language.markers`.

What a talk is full of and a text can do without. A language that has none there is read by length,
order and likeness alone.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages
from pipeline.language.languages import NEVER, any_of


@dataclass(frozen=True, slots=True)
class Tongue:
    """What is known of one language; patterns that never match where nothing is."""

    openers: re.Pattern[str]  # at the front: carry nothing
    leaning: re.Pattern[str]  # at the front: needs the sentence before
    chatter: re.Pattern[str]  # greets, thanks, advertises
    weak: re.Pattern[str]  # doubts, searches for words, talks about the talk
    repairs: re.Pattern[str]  # "ich war, also ich war": begun, and begun again; group 1 stays


# Before a clause that is begun again
_JOINS = languages.of_all(lambda known: known.and_words if known.markers and known.spaces else ())
_NAME = "(?-i:[A-ZÀ-ÞА-ЯЁ])\\w+(?: (?-i:[A-ZÀ-ÞА-ЯЁ])\\w+)?, "
_MARKS = "¡¿\"„“«‘'(-–— "  # may stand before the first word


@cache
def tongue(language: str) -> Tongue:
    """What is known of a language; English has a `Grammar` instead."""
    known = languages.language(language)
    if known.markers is None:
        return Tongue(NEVER, NEVER, NEVER, NEVER, NEVER)
    lists = known.markers
    openers, greets = any_of(lists.openers), any_of(lists.greets)
    if known.spaces:
        mark, within = ",\\s*", "\\b"
        small = any_of([*lists.openers, *lists.joins, *sorted(known.hesitations)])
        greets = f"^(?:(?:{small})(?:,\\s*|\\s+)|{_NAME}){{0,3}}(?:{greets})\\b"
    else:  # what stands at the front, whatever follows
        mark, within = "[、，,]\\s*", ""
        greets = f"^(?:(?![^、，]*[说道喊])[^、，。「]{{1,8}}[、，])?(?:{greets})"
    leaning = f"(?:{any_of([*lists.leaning, *lists.joins])}){within}"
    return Tongue(
        openers=_compiled(f"(?:(?:{openers}){mark})+"),
        leaning=_compiled(leaning),
        chatter=_compiled(f"{within}(?:{any_of(lists.chatter)}){within}|{greets}"),
        weak=_compiled(f"{within}(?:{any_of(lists.weak)}){within}"),
        repairs=_again(any_of(lists.repairs)) if lists.repairs else NEVER,
    )


def chatters(text: str, language: str) -> bool:
    """Whether a sentence greets, thanks, advertises or talks about the talk."""
    if grammar := languages.language(language).grammar:
        return bool(grammar.chatter.search(text))
    return bool(tongue(language).chatter.search(text.lstrip(_MARKS)))


def leans(text: str, language: str) -> bool:
    """Whether a sentence needs the one before; English is told by `outline`."""
    return bool(tongue(language).leaning.match(text.lstrip(_MARKS)))


def _again(between: str) -> re.Pattern[str]:
    """Up to four words, one of those that mend what was said, and the same words again.

    What comes again goes on: "easy, well easy, we were lucky" doubts, and mends nothing.
    """
    return _compiled(
        rf"(^|\b(?:{any_of(_JOINS)}) )(\w+(?: \w+){{0,3}}), (?:{between}),? (?=\2\s+\w)"
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
