"""Words of a language, with what stands in for them where its file has none."""

import re
from functools import cache

from stop_words import StopWordError, get_stop_words

from pipeline.language import languages
from pipeline.language.languages import Grammar, Language, any_of


def _credits() -> re.Pattern[str]:
    """What recognisers add to silence, having learned it from films."""
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
    """Sounds to leave out of texts; none where the language is not known here."""
    return languages.language(language).hesitations


def last_words(language: str) -> frozenset[str]:
    """Words that no text may end with."""
    return languages.language(language).last_words or stop_words(language)


@cache
def stop_words(language: str) -> frozenset[str]:
    """Words that say nothing of a subject, small letters; none for scripts that part no words."""
    known = languages.language(language)
    if known.stop_words or not known.spaces:
        return known.stop_words
    try:
        return frozenset(word.casefold() for word in get_stop_words(language))
    except StopWordError:
        return frozenset()


def number_words(language: str) -> frozenset[str]:
    """Numbers; the English ones where a language has none here, as talks mix them in."""
    return languages.language(language).number_words or _english().number_words


def ordinals(language: str) -> frozenset[str]:
    """First, second, finally; the English ones where a language has none here."""
    return languages.language(language).ordinals or _english().ordinals


def vague_nouns(language: str) -> frozenset[str]:
    """Nouns that say nothing of a subject; the English ones where a language has none here."""
    return languages.language(language).vague_nouns or _english().vague_nouns


def common_words(language: str) -> frozenset[str]:
    """Long, and yet said of anything; the English ones where a language has none here."""
    return languages.language(language).common_words or _english().common_words


def grammar(language: str) -> Grammar:
    """Word classes; the English ones where a language has none here.

    For what is looked for in any text. What only a language with word classes of its own allows
    asks for `Language.grammar`.
    """
    found = languages.language(language).grammar or _english().grammar
    assert found is not None  # en.toml has one
    return found


def _english() -> Language:
    return languages.language(languages.ENGLISH)
