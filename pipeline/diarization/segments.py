"""Group words into phrases: runs by one speaker, as far as times and punctuation show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.core.data import Word
from pipeline.language.sentences import ends_sentence

MIN_PAUSE_S = 0.2  # a pause of this length ends a phrase
MAX_PHRASE_S = 4.0  # a longer phrase is divided
# Cost of a speaker change before a phrase, in log odds.
COST_AFTER_SENTENCE = 1.0
COST_AFTER_PAUSE = 2.0
COST_WITHIN = 4.0  # amid continuous speech


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of words."""

    first: int  # indices of words, both inclusive
    last: int
    start_s: float
    end_s: float
    change: float  # cost of a speaker change before the phrase

    @property
    def duration_s(self) -> float:
        """From the start of the first word to the end of the last."""
        return self.end_s - self.start_s


def split_phrases(words: Sequence[Word]) -> list[Phrase]:
    """Group all words, in order, into phrases.

    A phrase ends at the end of a sentence, at a pause, or at about MAX_PHRASE_S.
    """
    found: list[Phrase] = []
    first, change = 0, COST_AFTER_SENTENCE
    for i, word in enumerate(words):
        following = words[i + 1] if i + 1 < len(words) else None
        ends = following is None or ends_sentence(word.text, following.text)
        if ends or (following is not None and following.start_s - word.end_s >= MIN_PAUSE_S):
            found += _divide(words, first, i, change)
            first, change = i + 1, COST_AFTER_SENTENCE if ends else COST_AFTER_PAUSE
    return found


def halve(words: Sequence[Word], phrase: Phrase) -> tuple[Phrase, ...]:
    """Split a phrase at the word that starts nearest to its middle; a single word stays whole."""
    middle_s = (phrase.start_s + phrase.end_s) / 2
    inner = range(phrase.first + 1, phrase.last + 1)
    if not inner:
        return (phrase,)
    cut = min(inner, key=lambda i: abs(words[i].start_s - middle_s))
    return (
        _phrase(words, phrase.first, cut - 1, phrase.change),
        _phrase(words, cut, phrase.last, COST_WITHIN),
    )


def _divide(words: Sequence[Word], first: int, last: int, change: float) -> Iterator[Phrase]:
    """Yield the words first..last in roughly equal parts of at most about MAX_PHRASE_S."""
    start_s, length_s = words[first].start_s, words[last].end_s - words[first].start_s
    count = max(1, -int(-length_s // MAX_PHRASE_S))
    borders = {first, last + 1}
    for n in range(1, count):
        at_s = start_s + length_s * n / count
        borders.add(min(range(first, last + 1), key=lambda i: abs(words[i].start_s - at_s)))
    for a, b in pairwise(sorted(borders)):
        yield _phrase(words, a, b - 1, change)
        change = COST_WITHIN


def _phrase(words: Sequence[Word], first: int, last: int, change: float) -> Phrase:
    """Build the phrase of words first..last."""
    return Phrase(first, last, words[first].start_s, words[last].end_s, change)
