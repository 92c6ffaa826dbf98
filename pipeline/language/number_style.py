"""Write the low numbers of recognized speech in words.

The recognizer writes "2 or 3 streets" in one sentence and "two months" in the next, and "at seven,
but close at 4". As in printed text (Associated Press Stylebook for English), numbers up to nine,
twelve or sixteen are in words, by language. They stay in figures before a unit, after a label, in a
date or a name, and beside a higher number: "4 out of 10". Each word stays one word, and keeps its
times.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.core.data import Word
from pipeline.language import languages, lexicon, sentences
from pipeline.language.schema.number_styles import NumberStyle

_FIGURE = re.compile(r"([(\[\"“„‘'¿¡]*)([0-9]{1,2})([.,:;!?…)\]\"”“’']*)")  # between marks
_UNITS = """
km m cm mm kg g mg l ml cl h min s ms km/h mph kph k kb mb gb tb hz khz mhz ghz v kv w kw kwh ma mah
db °c °f am pm a.m p.m
"""  # symbols, which all languages share
_SYMBOLS = frozenset(_UNITS.split())
_NO_NAMES = frozenset("AEIOYÀÉ")  # words of one letter: "Am I 4?"
_BEHIND_WORDS = frozenset(",;:!?…\"'”’“)]»—–-")  # marks before a number that is no part of it
MAX_BETWEEN = 2  # small words between two numbers that have the same form: "4 out of 10"


def mend(words: Sequence[Word], language: str) -> tuple[Word, ...]:
    """Return the words, low numbers in words as far as the language's file has them."""
    style = languages.language(language).numbers
    if style is None:
        return tuple(words)
    texts = [word.text for word in words]
    spelled = list(texts)
    for first, end in _sentences(texts):
        said = texts[first:end]
        for at, text in enumerate(said):
            found = _FIGURE.fullmatch(text)
            if not found or found[2] != str(int(found[2])) or int(found[2]) >= len(style.in_words):
                continue
            word = style.in_words[int(found[2])]
            labeled = first + at > 0 and _plain(texts[first + at - 1]) in style.labels
            if word and not labeled and not _stays(said, at, style, language):
                spelled[first + at] = found[1] + (word if at else word.capitalize()) + found[3]
    return tuple(
        word if word.text == text else replace(word, text=text)
        for word, text in zip(words, spelled, strict=True)
    )


def _sentences(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the first word of each sentence and the one after its last."""
    ends = [i for i, pair in enumerate(pairwise(texts), 1) if sentences.ends_sentence(*pair)]
    yield from pairwise([0, *ends, len(texts)])


def _stays(said: Sequence[str], at: int, style: NumberStyle, language: str) -> bool:
    """Return whether a low number, word `at` of a sentence, stays in figures."""
    known, limit = languages.language(language), len(style.in_words)
    before = said[at - 1] if at else ""
    closed = not said[at][-1].isdecimal()
    after = "" if closed or at + 1 == len(said) else said[at + 1]
    dated = any(_plain(text) in known.months for text in (before, *said[at + 1 : at + 3]))
    ordinal = known.dotted_ordinals and said[at].endswith(".")
    unit = _plain(after) in style.measures or _plain(after) in _SYMBOLS
    joined = bool(after) and not after[0].isalpha()  # "2 1/2", "3 %"
    named = after[:1].isupper() and not known.capitalized_nouns
    return (
        dated
        or ordinal
        or unit
        or joined
        or named
        or _belongs_before(said[:at], language)
        or (not closed and _is_part(after, language))
        or _has_higher(said[:at][::-1], limit, language)
        or _has_higher(said[at + 1 :], limit, language)
    )


def _belongs_before(said: Sequence[str], language: str) -> bool:
    """Return whether a number is a part of what is said before it: "Windows 7", "§ 5", "D 3"."""
    if not said:
        return False
    before = said[-1]
    if not before[-1].isalnum():
        return before[-1] not in _BEHIND_WORDS
    if _is_part(before, language):
        return True
    begins = len(said) == 1 and _plain(before) in lexicon.stop_words(language)  # "About 7"
    return not before.islower() and before not in _NO_NAMES and not begins


def _is_part(text: str, language: str) -> bool:
    """Return whether the word is a part of the number beside it: "5 5 5", "twenty 5"."""
    numbers = lexicon.number_words(language) | languages.language(language).scales
    return text[:1].isdecimal() or _plain(text) in numbers


def _has_higher(said: Sequence[str], limit: int, language: str) -> bool:
    """Return whether a number from `limit` on follows, with small words alone before it."""
    for text in said[: MAX_BETWEEN + 1]:
        if found := _FIGURE.fullmatch(text):
            return int(found[2]) >= limit
        if _plain(text) not in lexicon.stop_words(language):
            return False
    return False


def _plain(text: str) -> str:
    return text.strip(".,:;!?…()[]\"'“”„‘’¿¡").lower()
