"""Finds formulas read aloud, which nobody follows in words: "W equals L times S plus S".

A talk shows its symbols where it calculates with them; a later sentence with one of them is of
the derivation as well ("So W is sixty minutes"), and so is what stands between two of them or
leans on them ("Two hours."). Formulas in signs ("S = a + ar") are readable, so that a transcript
that has some keeps all.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise

from pipeline.language import languages, lexicon
from pipeline.language.disfluencies import bare
from pipeline.language.enumerations import lists
from pipeline.language.schema.entries import any_of
from pipeline.language.text_limits import width
from pipeline.texts.chatter import asks
from pipeline.texts.sentence_weights import LETTER_WORDS, MIN_SENTENCE_CHARS

GREEK = re.findall(  # spelled the same in most languages
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta kappa lambda mu nu xi pi rho sigma tau phi chi "
    "psi omega",
)
# minimum formulas of a talk that derives something; one alone is a price or a joke
MIN_FORMULAS = 2
MAX_GAP_CHARS = 100  # between two sentences of a derivation
MAX_FOLLOWING = 2  # short sentences after a formula that say nothing without it
_SIGNS = re.compile(r"\w\s?[=^]\s?[\w(]|[+*/]\s?\w+\s?=")


def formulas(texts: Sequence[str], language: str) -> Collection[int]:
    """Return the positions of sentences that read formulas aloud, or say nothing without one.

    texts: all sentences of a talk in order.
    """
    rules = _rules(language)
    if rules is None or any(_SIGNS.search(text) for text in texts):
        return ()
    calculating = [at for at, text in enumerate(texts) if rules.search(text)]
    if len(calculating) < MIN_FORMULAS:
        return ()
    symbols = {s for at in calculating for s in _symbols(texts[at])}
    named = {at for at, text in enumerate(texts) if symbols & set(_symbols(text))}
    found = {*calculating, *named}
    for a, b in pairwise(sorted(found)):
        between = range(a + 1, b)
        if sum(width(texts[at]) for at in between) <= MAX_GAP_CHARS:
            found.update(between)
    found |= {at for end in found for at in _dependent(texts, end, language)}
    for first, last in lists(texts, language):
        if not found.isdisjoint(range(first, last + 1)):
            found.update(range(max(0, first - 1), last + 1))  # whole, or not at all
    return found


def _dependent(texts: Sequence[str], at: int, language: str) -> Iterator[int]:
    """Yield the question that a formula answers, and what is said of it: "It fits. Good."."""
    if at and asks(texts[at - 1]):
        yield at - 1
    for after in range(at + 1, min(len(texts), at + 1 + MAX_FOLLOWING)):
        text = texts[after]
        points = languages.language(language).demonstratives
        stem = bare(text.split(maxsplit=1)[0]).partition("'")[0] if text.strip() else ""
        if width(text) >= MIN_SENTENCE_CHARS and stem not in points:
            break
        yield after


def _symbols(text: str) -> list[str]:
    """Return the single letters and Greek letters of a sentence, as `bare` returns them."""
    return [
        word
        for token in text.split()
        if (word := bare(token)) in GREEK or (len(word) == 1 and _is_symbol(word))
    ]


def _is_symbol(letter: str) -> bool:
    return letter.isalpha() and letter.upper() not in LETTER_WORDS


@cache
def _rules(language: str) -> re.Pattern[str] | None:
    """Return the pattern of two operands with an operator between, or None if none are known."""
    known = languages.language(language)
    operators = any_of((*known.operators, *known.arithmetic))
    if not known.arithmetic:
        return None
    edge = r"\b" if known.spaces else ""
    letters = "".join(sorted(LETTER_WORDS))
    operand = (
        rf"(?:\d[\d.,/]*|(?![{letters}])[^\W\d_]|{any_of(GREEK)}"
        rf"|{any_of(sorted(lexicon.number_words(language)))})"
    )
    gap = r"\s+" if known.spaces else r"\s*"
    return re.compile(
        rf"{edge}(?!({operand}){gap}(?:{operators}){gap}\1{edge})"
        rf"{operand}{gap}(?:{operators}){gap}{operand}{edge}",
        re.IGNORECASE,
    )
