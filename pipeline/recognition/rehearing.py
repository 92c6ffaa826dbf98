"""Hear again what was left without words.

A window's text may end before its sound does, or skip a part. Each stretch of speech without words
is recognized in a window of its own: first as it is, then with the sound around it, then in short
pieces. What still has no words after that is unintelligible, and the transcript says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.core.data import Span, Word
from pipeline.recognition.coverage import find_gaps
from pipeline.recognition.name_matching import Names
from pipeline.recognition.recognizer import Recognizer, batches, recognize
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.windows import Window, divide


@dataclass(frozen=True, slots=True)
class _Cut:
    """How a stretch without words becomes windows."""

    around_s: float  # sound before and after it
    part_s: float  # longest part


# In this order. The first is repeated as long as it finds words: they may end early again.
CUTS = (_Cut(0.25, 29.0), _Cut(0.25, 29.0), _Cut(1.5, 26.0), _Cut(0.2, 4.0))
MIN_SHARE = 0.5  # of a word that must lie in a stretch for it to belong there
MIN_WORD_S = 0.05  # a shorter one has no room between others, as where it is there twice


def hear_again(
    recognizer: Recognizer,
    words: Sequence[Word],
    *,
    within: Sequence[Span],
    probability: Probabilities,
    code: str,
    names: Names,
) -> tuple[Word, ...]:
    """Return the words within some spans, completed by those of stretches that have none.

    `code` is Whisper's code of the talk's language.
    """
    known = tuple(words)
    for cut in CUTS:
        gaps = find_gaps(known, probability, within)
        if not gaps:
            break
        windows = [w for gap in gaps for w in _windows(gap, cut, probability, recognizer)]
        found: list[Word] = []
        for batch in batches(windows, recognizer.model.windows_at_once()):
            found += recognize(recognizer, batch, code, names)
        known = _insert(known, found, gaps)
    return known


def _windows(
    gap: Span, cut: _Cut, probability: Probabilities, recognizer: Recognizer
) -> Iterator[Window]:
    """Yield the windows that hear a stretch."""
    for part in divide(gap, probability, cut.part_s):
        start_s = max(0.0, part.start_s - cut.around_s)
        end_s = min(recognizer.audio.duration_s, part.end_s + cut.around_s)
        yield Window((Span(start_s=start_s, end_s=end_s),))


def _insert(known: Sequence[Word], found: Sequence[Word], gaps: Sequence[Span]) -> tuple[Word, ...]:
    """Add the found words that lie in the stretches, in the order of time."""
    new = [w for w in found if w.end_s - w.start_s >= MIN_WORD_S and _belongs(w, gaps)]
    return tuple(sorted([*known, *new], key=lambda word: word.start_s))


def _belongs(word: Word, gaps: Sequence[Span]) -> bool:
    """Return whether most of a word lies in one of the stretches.

    One that does not is the beginning or the end of a word that is known.
    """
    shared_s = (min(word.end_s, gap.end_s) - max(word.start_s, gap.start_s) for gap in gaps)
    return max(shared_s) >= MIN_SHARE * (word.end_s - word.start_s)
