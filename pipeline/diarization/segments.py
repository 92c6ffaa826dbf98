"""Words in phrases: runs that one person says, as far as their times and marks tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.core.data import Word
from pipeline.language.sentences import ends_sentence

PAUSE_S = 0.2  # ends a phrase
LONGEST_S = 4.0
# What a change of voice before a phrase costs, in logarithms of odds.
AT_END, AT_PAUSE, WITHIN = 1.0, 2.0, 4.0  # after a sentence, after a pause, in running talk


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words."""

    first: int  # indices of words, both inclusive
    last: int
    start_s: float
    end_s: float
    change: float  # what it costs that somebody else said the words before

    @property
    def duration_s(self) -> float:
        """From the beginning of its first word to the end of its last."""
        return self.end_s - self.start_s


def phrases(words: Sequence[Word]) -> list[Phrase]:
    """All words in order; a phrase ends with a sentence, at a pause, or when it gets too long."""
    found: list[Phrase] = []
    first, change = 0, AT_END
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else None
        ends = following is None or ends_sentence(word.text, following.text)
        if ends or (following is not None and following.start_s - word.end_s >= PAUSE_S):
            found += _divided(words, first, i, change)
            first, change = i + 1, AT_END if ends else AT_PAUSE
    return found


def halves(words: Sequence[Word], phrase: Phrase) -> tuple[Phrase, ...]:
    """The phrase in two at the word that begins nearest its middle; one word stays whole."""
    middle_s = (phrase.start_s + phrase.end_s) / 2
    inner = range(phrase.first + 1, phrase.last + 1)
    if not inner:
        return (phrase,)
    cut = min(inner, key=lambda i: abs(words[i].start_s - middle_s))
    return (
        _phrase(words, phrase.first, cut - 1, phrase.change),
        _phrase(words, cut, phrase.last, WITHIN),
    )


def _divided(words: Sequence[Word], first: int, last: int, change: float) -> Iterator[Phrase]:
    """The words first..last in about equal parts of at most about LONGEST_S."""
    start_s, length_s = words[first].start_s, words[last].end_s - words[first].start_s
    count = max(1, -int(-length_s // LONGEST_S))
    borders = {first, last + 1}
    for n in range(1, count):
        at_s = start_s + length_s * n / count
        borders.add(min(range(first, last + 1), key=lambda i: abs(words[i].start_s - at_s)))
    for a, b in pairwise(sorted(borders)):
        yield _phrase(words, a, b - 1, change)
        change = WITHIN


def _phrase(words: Sequence[Word], first: int, last: int, change: float) -> Phrase:
    """The words first..last as one."""
    return Phrase(first, last, words[first].start_s, words[last].end_s, change)
