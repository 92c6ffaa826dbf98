"""Hear noisy windows a second time, cut elsewhere, and keep the likelier words.

What a decoder mishears in noise depends on what stands around it. Where two hearings of the same
sound write the same word, 95 of 100 are right; where they differ, 39. So of words that differ the
likelier stay, as in ROVER (Fiscus 1997), and the probability of every word follows from both
hearings. `make train-second-hearing` fits how.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import takewhile

import numpy as np

from pipeline.core.data import Span, Word
from pipeline.language import languages
from pipeline.language.disfluencies import bare
from pipeline.recognition.levels import range_db
from pipeline.recognition.recognizer import Context, Recognizer, batches, recognize
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.windows import Window, divide, pack
from pipeline.recognition.word_timing import MIN_WORD_S

# Range of a window's level (dB) below which it is heard again: 7 to 23 over music, in noise up to
# 10 dB below the voice and in echoing rooms, 26 to 80 in clear sound (70 files). Where the range is
# wide a second hearing makes no word better, however unsure the decoder is, as by telephone.
NOISY_DB = 24.0
PART_S = 6.0  # longest stretch between two places where the second hearing may be cut
FIRST_S = 14.0  # length of its first window; the others then begin in the middle of one
MAX_WORDS = 4  # in a row that differ; more are another stretch of the talk
MAX_APART_S = 1.0  # beginnings of two hearings of the same words


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A word of the text that stays, and how the other hearing writes that place."""

    word: Word
    alike: bool
    other: float  # probability of what it writes; 0: nothing


def hear_twice(
    recognizer: Recognizer, words: Sequence[Word], windows: Sequence[Window], context: Context
) -> tuple[Word, ...]:
    """Return the words of some windows, those of noisy windows with what a second hearing adds.

    Words of scripts without spaces, in which two hearings were not compared, stay as they are.
    """
    agreement = recognizer.model.agreement
    if agreement is None:  # the checkpoint was not measured
        return tuple(words)
    found = compare(recognizer, words, windows, context)
    return tuple(
        one
        if isinstance(one, Word)
        else replace(
            one.word,
            probability=agreement.probability(one.word.probability, one.other, alike=one.alike),
        )
        for one in found
    )


def compare(
    recognizer: Recognizer, words: Sequence[Word], windows: Sequence[Window], context: Context
) -> list[Word | Compared]:
    """Return the words of clear windows as they are, and the likelier ones of those heard twice."""
    if not languages.language(context.code).spaces:
        return list(words)
    noisy = [window for window in windows if range_db(recognizer.audio, window.pieces) < NOISY_DB]
    pieces = [piece for window in noisy for piece in window.pieces]
    first = _inside(words, pieces)
    if not first or sum(piece.duration_s for piece in pieces) <= FIRST_S:
        return list(words)  # a short recording is cut the same way, and has the same words
    again: list[Word] = []
    for batch in batches(
        _cut_elsewhere(pieces, context.speech), recognizer.model.windows_at_once()
    ):
        again += recognize(recognizer, batch, context)
    chosen = {id(word) for word in first}
    found: list[Word | Compared] = [word for word in words if id(word) not in chosen]
    found += merge(first, again)
    found.sort(key=lambda one: (one if isinstance(one, Word) else one.word).start_s)
    return found


def _inside(words: Sequence[Word], spans: Sequence[Span]) -> list[Word]:
    return [
        word
        for word in words
        if any(span.start_s <= (word.start_s + word.end_s) / 2 < span.end_s for span in spans)
    ]


def _cut_elsewhere(pieces: Sequence[Span], probability: Probabilities) -> list[Window]:
    """Return windows that hold the pieces, the first of them half as long as the others."""
    parts = [part for piece in pieces for part in divide(piece, probability, PART_S)]
    held_s = np.cumsum([part.duration_s for part in parts])
    first = max(1, sum(1 for _ in takewhile(lambda end_s: end_s <= FIRST_S, held_s)))
    return [*pack(parts[:first], probability), *pack(parts[first:], probability)]


def merge(first: Sequence[Word], again: Sequence[Word]) -> Iterator[Compared]:
    """Yield the likelier words of two hearings, in the order of the first."""
    matcher = SequenceMatcher(
        None, [bare(w.text) for w in first], [bare(w.text) for w in again], autojunk=False
    )
    for kind, i, j, k, end in matcher.get_opcodes():
        one, other = first[i:j], again[k:end]
        if kind == "equal":
            for word, twin in zip(one, other, strict=True):
                near = abs(word.start_s - twin.start_s) <= MAX_APART_S
                yield Compared(word=word, alike=near, other=twin.probability if near else 0.0)
        elif _is_likelier(other, one):
            yield from _differing(_placed(other, one), one)
        else:
            yield from _differing(one, other)


def _differing(words: Sequence[Word], others: Sequence[Word]) -> Iterator[Compared]:
    for word in words:
        yield Compared(word=word, alike=False, other=_mean(others))


def _is_likelier(new: Sequence[Word], old: Sequence[Word]) -> bool:
    """Return whether words of the second hearing replace those of the first."""
    return (
        0 < len(old) <= MAX_WORDS
        and 0 < len(new) <= len(old) + 1
        and len(new) >= len(old) - 1
        and abs(new[0].start_s - old[0].start_s) <= MAX_APART_S
        and _mean(new) > _mean(old)
    )


def _placed(new: Sequence[Word], old: Sequence[Word]) -> list[Word]:
    """Return words between the beginning and the end of those that they replace."""
    start_s, end_s = old[0].start_s, old[-1].end_s
    step_s = min(MIN_WORD_S, (end_s - start_s) / len(new))
    placed = []
    for i, word in enumerate(new):
        last_s = end_s - (len(new) - i) * step_s
        begin_s = min(max(word.start_s, start_s), last_s)
        start_s = min(max(word.end_s, begin_s + step_s), last_s + step_s)
        placed.append(replace(word, start_s=begin_s, end_s=start_s))
    return placed


def _mean(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 0.0
