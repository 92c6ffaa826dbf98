"""Find speech without words: seconds of voice that no recognized word accounts for.

A recognizer that ends its text early, or writes a repetition once, leaves no trace of that in its
words. The voice detector heard the speech all the same: the difference shows what was lost.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.core.data import Coverage, Span, Word
from pipeline.recognition.vad import CHUNK_S, SPEECH_START, Probabilities

AROUND_S = 0.16  # before and after a word: its times are this exact, and voices fade
MAX_PAUSE_S = 0.35  # between two words: speech in it belongs to them
# A word that lasts longer than this hides others: alignment stretches the last word that was
# written over what was not.
MAX_WORD_S = 0.7
MAX_LETTER_S = 0.13  # added per letter; a syllabic or logographic character counts as four
USUAL_WORD_S, USUAL_LETTER_S = 0.15, 0.06  # the same of a word at the usual pace
WIDE_FROM = "\u0e00"  # Thai and all later scripts: a character is a syllable or more
MIN_GAP_S = 0.45  # speech of a gap; less is an "uh", a breath or a word's end
MAX_JOIN_S = 0.5  # gaps this close to each other, with no word between, are one

Chunks = npt.NDArray[np.bool_]


def last_possible_s(word: Word) -> float:
    """Return when a word ends at the latest; one that lasts longer hides others."""
    return min(word.end_s, word.start_s + MAX_WORD_S + MAX_LETTER_S * _letters(word))


def likely_end_s(word: Word) -> float:
    """Return when a word ends; where one that hides others probably ends."""
    if word.end_s <= last_possible_s(word):
        return word.end_s
    return word.start_s + USUAL_WORD_S + USUAL_LETTER_S * _letters(word)


def _letters(word: Word) -> int:
    return sum(4 if char >= WIDE_FROM else 1 for char in word.text if char.isalnum())


def find_gaps(
    words: Sequence[Word],
    probability: Probabilities,
    spans: Iterable[Span],
    *,
    word_end_s: Callable[[Word], float] = last_possible_s,
) -> tuple[Span, ...]:
    """Return the stretches of `spans` in which somebody speaks and no word is, ascending.

    Each has MIN_GAP_S of speech or more.
    """
    worded = worded_chunks(words, len(probability), word_end_s)
    left = speech_chunks(probability, spans) & ~worded
    gaps: list[Span] = []
    for first, last in _runs(left, worded):
        if _seconds(left[first:last]) >= MIN_GAP_S:
            gaps.append(Span(start_s=first * CHUNK_S, end_s=last * CHUNK_S))
    return tuple(gaps)


def measure(words: Sequence[Word], probability: Probabilities, spans: Sequence[Span]) -> Coverage:
    """Return how much of the speech within the spans has words."""
    gaps = find_gaps(words, probability, spans)
    return Coverage(
        speech_s=_seconds(speech_chunks(probability, spans)),
        unintelligible=gaps,
        unintelligible_s=_seconds(speech_chunks(probability, gaps)),
    )


def _seconds(chunks: Chunks) -> float:
    return float(np.count_nonzero(chunks)) * CHUNK_S


def speech_chunks(probability: Probabilities, spans: Iterable[Span]) -> Chunks:
    """Return which chunks (n,) of 32 ms are speech within the spans."""
    inside = np.zeros(len(probability), np.bool_)
    for span in spans:
        inside[round(span.start_s / CHUNK_S) : round(span.end_s / CHUNK_S)] = True
    return inside & (probability >= SPEECH_START)


def worded_chunks(
    words: Sequence[Word], count: int, word_end_s: Callable[[Word], float] = last_possible_s
) -> Chunks:
    """Return which of `count` chunks lie in words, or in the short pauses between them."""
    found = np.zeros(count, np.bool_)
    last_s = -np.inf
    for word in words:
        end_s = word_end_s(word)
        start_s = last_s if word.start_s - last_s <= MAX_PAUSE_S else word.start_s
        low = max(0, int((start_s - AROUND_S) / CHUNK_S))
        found[low : int(np.ceil((end_s + AROUND_S) / CHUNK_S))] = True
        last_s = end_s
    return found


def _runs(left: Chunks, worded: Chunks) -> Iterable[tuple[int, int]]:
    """Yield runs (first, end) of speech without words, joined over short pauses without words."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], left.view(np.int8), [0]))))
    joined: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if joined:
            before, last = joined[-1]
            if (first - last) * CHUNK_S <= MAX_JOIN_S and not worded[last:first].any():
                joined[-1] = before, end
                continue
        joined.append((first, end))
    return joined
