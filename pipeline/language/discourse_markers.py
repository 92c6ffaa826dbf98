"""Discourse markers: small words that show what a sentence is good for.

The patterns are compiled from `Language.markers`, and find what is frequent in speech and
dispensable in a text. A language without markers is judged by length, order and similarity alone.
"""

import re
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages
from pipeline.language.numerals import numbers
from pipeline.language.schema.entries import NEVER, any_of


@dataclass(frozen=True, slots=True)
class MarkerPatterns:
    """Marker patterns of one language; a pattern never matches if its list is empty."""

    openers: re.Pattern[str]  # at the start: without content
    leaning: re.Pattern[str]  # at the start: depends on the sentence before
    chatter: re.Pattern[str]  # greets, thanks, advertises
    weak: re.Pattern[str]  # expresses doubt, searches for words, talks about the talk
    repairs: re.Pattern[str]  # "ich war, also ich war": a restart; group 1 is kept
    asides: re.Pattern[str]  # "ele tem, é, tem medo": the words before and after are groups


# Words that may stand before a restarted clause.
_JOINS = languages.of_all(lambda known: known.and_words if known.markers and known.spaces else ())
_NAME = "(?-i:[A-ZÀ-ÞА-ЯЁ])\\w+(?: (?-i:[A-ZÀ-ÞА-ЯЁ])\\w+)?, "
_MARKS = "¡¿\"„“«‘'(-–— "  # may stand before the first word


@cache
def marker_patterns(language: str) -> MarkerPatterns:
    """Return the marker patterns of a language; English has a `Grammar` instead."""
    known = languages.language(language)
    if known.markers is None:
        return MarkerPatterns(NEVER, NEVER, NEVER, NEVER, NEVER, NEVER)
    lists = known.markers
    openers, greets = any_of(lists.openers), any_of(lists.greets)
    if known.spaces:
        mark, within = ",\\s*", "\\b"
        small = any_of([*lists.openers, *lists.joins, *sorted(known.hesitations)])
        greets = f"^(?:(?:{small})(?:,\\s*|\\s+)|{_NAME}){{0,3}}(?:{greets})\\b"
    else:  # matches at the start, whatever follows
        mark, within = "[、，,]\\s*", ""
        greets = f"^(?:(?![^、，]*[说道喊])[^、，。「]{{1,8}}[、，])?(?:{greets})"
    leaning = f"(?:{any_of([*lists.leaning, *lists.joins])}){within}"
    return MarkerPatterns(
        openers=_compile(f"(?:(?:{openers}){mark})+"),
        leaning=_compile(leaning),
        chatter=_compile(f"{within}(?:{any_of(lists.chatter)}){within}|{greets}"),
        weak=_compile(f"{within}(?:{any_of(lists.weak)}){within}"),
        repairs=_compile_repairs(any_of(lists.repairs)) if lists.repairs else NEVER,
        asides=_compile(rf"(\w+),\s+(?:{any_of(lists.asides)}),\s+(?=(\w+))"),
    )


def is_chatter(text: str, language: str) -> bool:
    """Return whether a sentence greets, thanks, advertises or talks about the talk."""
    if grammar := languages.language(language).grammar:
        return bool(grammar.chatter.search(text))
    return bool(marker_patterns(language).chatter.search(text.lstrip(_MARKS)))


def depends_on_previous(text: str, language: str) -> bool:
    """Return whether a sentence depends on the one before; `outline` decides that for English."""
    return bool(marker_patterns(language).leaning.match(text.lstrip(_MARKS)))


def drop_asides(text: str, language: str) -> str:
    """Return a sentence without empty words between commas: "ele tem, é, tem medo".

    The commas are theirs, unless a clause begins after them; a word before that is said again after
    them goes, too. Before a number they may mean that it is a guess, and stay.
    """
    clauses = languages.language(language).before_clauses

    def bridge(match: re.Match[str]) -> str:
        before, after = match[1], match[2]
        if numbers(after, language):
            return match[0]
        if before.casefold() == after.casefold():
            return ""
        return f"{before}, " if after.casefold() in clauses else f"{before} "

    return marker_patterns(language).asides.sub(bridge, text)


def _compile_repairs(between: str) -> re.Pattern[str]:
    """Match up to four words, a word of repair, and the same words again.

    The repetition must continue: "easy, well easy, we were lucky" expresses doubt, and repairs
    nothing.
    """
    return _compile(
        rf"(^|\b(?:{any_of(_JOINS)}) )(\w+(?: \w+){{0,3}}), (?:{between}),? (?=\2\s+\w)"
    )


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
