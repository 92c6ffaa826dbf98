"""Finds sentences that deny what their sources affirm, or affirm what those deny.

By the negation words of the language alone, so it is coarse. A negation's focus is the first word
of four letters that follows it in its clause, else the last one before it ("wusste es nicht").
Where no source denies anything, nothing may be denied. What the sources only deny must not be
affirmed, nor the other way round; the other words of a clause with a negation may be either. In
scripts without spaces, words are not told apart, so that only the presence of negations counts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.language import languages
from pipeline.language.disfluencies import bare
from pipeline.language.schema.entries import any_of

# minimum letters of a word that can be denied: leaves out articles and pronouns
MIN_FOCUS_LETTERS = 4
MAX_FOCUS_DISTANCE = 4  # words from a negation to its focus
# maximum characters of a sentence without spaces that makes a single statement
MAX_SINGLE_CHARS = 24
MIN_STEM_SHARE = 0.7  # common beginning, of the longer word: "makes", "make"
_CLAUSE_END = re.compile(r"[.,;:!?…—–]['\"”’»)]*$")


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a text that may be denied."""

    affirmed: frozenset[str]  # in a clause without a negation
    denied: frozenset[str]  # the focus of a negation
    denied_ahead: frozenset[str]  # those of `denied` that follow their negation


def find_contradiction(text: str, sources: Sequence[str], language: str) -> str:
    """Return what a sentence says contrary to its sources, in words for its author; "" if nothing.

    A language whose negations are unknown gives "".
    """
    if (pattern := _negations(language)) is None:
        return ""
    said = " ".join(sources)
    if not languages.language(language).spaces:
        return _compare_counts(text, sources, pattern)
    if _denies(text, pattern) and not _denies(said, pattern):
        return "it denies something, and its sources deny nothing"
    own, spoken = _words(text, pattern, language), _words(said, pattern, language)
    for word in sorted(own.affirmed - own.denied):
        if _has(spoken.denied, word) and not _has(spoken.affirmed, word):
            return f"it affirms {word!r}, which its sources deny"
    for word in sorted(own.denied_ahead - own.affirmed):
        if _has(spoken.affirmed, word) and not _has(spoken.denied, word):
            return f"it denies {word!r}, which its sources affirm"
    return ""


def _compare_counts(text: str, sources: Sequence[str], pattern: re.Pattern[str]) -> str:
    denied = [bool(pattern.search(source)) for source in sources]
    if pattern.search(text):
        return "" if any(denied) else "it denies something, and its sources deny nothing"
    single = all(len(source) <= MAX_SINGLE_CHARS for source in sources)
    return "it affirms what its sources deny" if denied and all(denied) and single else ""


def _words(text: str, pattern: re.Pattern[str], language: str) -> _Words:
    """Sort the words of a text by whether they are denied."""
    affirmed: set[str] = set()
    ahead: set[str] = set()
    behind: set[str] = set()
    for clause in _clauses(text, language):
        negations = [at for at, word in enumerate(clause) if pattern.fullmatch(word)]
        places = [
            at
            for at, word in enumerate(clause)
            if len(word) >= MIN_FOCUS_LETTERS and at not in negations
        ]
        if not negations:
            affirmed.update(clause[at] for at in places)
        for at in negations:
            if after := [p for p in places if at < p <= at + MAX_FOCUS_DISTANCE]:
                ahead.add(clause[after[0]])
            elif before := [p for p in places if at - MAX_FOCUS_DISTANCE <= p < at]:
                behind.add(clause[before[-1]])
    return _Words(frozenset(affirmed), frozenset(ahead | behind), frozenset(ahead))


def _clauses(text: str, language: str) -> Iterator[list[str]]:
    """Yield the bare words between marks and words such as "and"."""
    ends = re.compile(any_of(languages.language(language).and_words), re.IGNORECASE)
    clause: list[str] = []
    for token in text.split():
        word = bare(token)
        if ends.fullmatch(word):
            yield clause
            clause = []
        elif word:
            clause.append(word)
        if _CLAUSE_END.search(token):
            yield clause
            clause = []
    yield clause


def _denies(text: str, pattern: re.Pattern[str]) -> bool:
    return any(pattern.fullmatch(bare(token)) for token in text.split())


@cache
def _negations(language: str) -> re.Pattern[str] | None:
    known = languages.language(language)
    forms = [*map(re.escape, sorted(known.negations)), *known.negating]
    return re.compile(any_of(forms), re.IGNORECASE) if forms else None


def _has(words: Iterable[str], word: str) -> bool:
    return any(same_stem(word, other) for other in words)


def same_stem(one: str, other: str) -> bool:
    """Whether two words have the same stem, roughly."""
    longest = max(len(one), len(other))
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    shared = min(len(one), len(other)) if shared is None else shared
    return shared >= MIN_STEM_SHARE * longest
