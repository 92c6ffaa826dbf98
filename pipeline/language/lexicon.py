"""Word lists of a language, with substitutes where its file has none."""

import re
from functools import cache

from stop_words import StopWordError, get_stop_words

from pipeline.language import languages
from pipeline.language.schema.entries import any_of
from pipeline.language.schema.language import Language


def _credits() -> re.Pattern[str]:
    """Match subtitle credits, which recognizers add to silence.

    Recognizers learned them from films.
    """
    called = any_of(languages.of_all(lambda known: known.subtitle_words))
    makers = any_of(languages.of_all(lambda known: known.subtitle_makers))
    phrases = any_of(languages.of_all(lambda known: known.silent_phrases))
    marks = any_of(languages.of_all(lambda known: known.silent_marks))
    return re.compile(
        rf"^\W*(?:{called})\b.{{0,40}}\b(?:{makers})\b|"
        rf"^\W*(?:{phrases})\W*(?:\d{{4}})?\W*$|{marks}",
        re.IGNORECASE,
    )


CREDITS = _credits()


def hesitations(language: str) -> frozenset[str]:
    """Return the sounds to leave out of texts; none for a language without a file."""
    return languages.language(language).hesitations


def last_words(language: str) -> frozenset[str]:
    """Return the words that no text may end with."""
    return languages.language(language).last_words or stop_words(language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Return the words without content, in lower case; none for scripts without spaces."""
    known = languages.language(language)
    if known.stop_words or not known.spaces:
        return known.stop_words
    try:
        return frozenset(word.casefold() for word in get_stop_words(language))
    except StopWordError:
        return frozenset()


def number_words(language: str) -> frozenset[str]:
    """Return the number words; the English ones, which talks mix in, if the language has none."""
    return languages.language(language).number_words or _english().number_words


@cache
def openings(language: str) -> frozenset[str]:
    """Return the conjunctions and prepositions before which a clause may begin or end."""
    known = languages.language(language)
    return known.before_clauses | known.alongside | known.clause_seams


def common_words(language: str) -> frozenset[str]:
    """Return long words that fit any subject; the English ones if the language has none."""
    return languages.language(language).common_words or _english().common_words


def opening_words(language: str) -> frozenset[str]:
    """Return words that begin sentences with a capital; the English ones if there are none."""
    return languages.language(language).opening_words or _english().opening_words


def _english() -> Language:
    return languages.language(languages.ENGLISH)
