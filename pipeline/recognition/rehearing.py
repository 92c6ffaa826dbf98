"""Hear again what was left without words.

A window's text may end before its sound does, or skip a part. Each stretch of speech without words
is recognized in a window of its own: first as it is, then with the sound around it, then in short
pieces. What still has no words after that is unintelligible, and the transcript says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import Span, Word
from pipeline.recognition.coverage import find_gaps, likely_end_s
from pipeline.recognition.recognizer import Context, Recognizer, batches, recognize
from pipeline.recognition.vad import Probabilities
from pipeline.recognition.windows import Window, divide


@dataclass(frozen=True, slots=True)
class _Cut:
    """How a stretch without words becomes windows."""

    around_s: float  # sound before and after it
    part_s: float  # longest part


_ALONE, _AMONG, _PIECES = _Cut(0.25, 29.0), _Cut(1.5, 26.0), _Cut(0.2, 4.0)
CUTS = (_ALONE, _AMONG, _PIECES)  # in this order; what remains of a stretch begins anew
SHORT_CUTS = (_AMONG, _ALONE)  # a single word is seldom recognized without others around it
SHORT_S = 2.0  # a stretch below this is a word or two
ROUNDS = 4  # in each of which every stretch is heard once: bounds the cost of what has no words
MAX_OUTSIDE = 0.4  # share of a new word that may lie outside its stretch, or in a known word
AROUND_S = 0.3  # margin around a stretch in which its first and last word may lie
MIN_WORD_S = 0.05  # a shorter one has no room between others, as where it is there twice


def hear_again(
    recognizer: Recognizer,
    words: Sequence[Word],
    *,
    within: Sequence[Span],
    context: Context,
) -> tuple[Word, ...]:
    """Return the words within some spans, completed by those of stretches that have none."""
    known, tried = tuple(words), set[tuple[Span, _Cut]]()
    for _ in range(ROUNDS):
        gaps = find_gaps(known, context.speech, within, word_end_s=likely_end_s)
        plans = [
            (gap, cut)
            for gap in gaps
            for cut in [cut for cut in _cuts(gap) if (gap, cut) not in tried][:1]
        ]
        if not plans:
            break
        tried.update(plans)
        windows = [w for gap, cut in plans for w in _windows(gap, cut, context.speech, recognizer)]
        found: list[Word] = []
        for batch in batches(windows, recognizer.model.windows_at_once()):
            found += recognize(recognizer, batch, context)
        known = _insert(known, found, gaps, within)
    return known


def _cuts(gap: Span) -> tuple[_Cut, ...]:
    return SHORT_CUTS if gap.duration_s < SHORT_S else CUTS


def _windows(
    gap: Span, cut: _Cut, probability: Probabilities, recognizer: Recognizer
) -> Iterator[Window]:
    """Yield the windows that hear a stretch."""
    for part in divide(gap, probability, cut.part_s):
        start_s = max(0.0, part.start_s - cut.around_s)
        end_s = min(recognizer.audio.duration_s, part.end_s + cut.around_s)
        yield Window((Span(start_s=start_s, end_s=end_s),))


def _insert(
    known: Sequence[Word], found: Sequence[Word], gaps: Sequence[Span], within: Sequence[Span]
) -> tuple[Word, ...]:
    """Add the found words that lie in the stretches, in the order of time, each once.

    Windows of neighboring stretches share sound, so both may find a word.
    """
    first_s, last_s = within[0].start_s, within[-1].end_s  # beyond, others know the words
    near = [
        Span(start_s=max(first_s, g.start_s - AROUND_S), end_s=min(last_s, g.end_s + AROUND_S))
        for g in gaps
    ]
    taken = [Span(start_s=w.start_s, end_s=likely_end_s(w)) for w in known]
    words = list(known)
    for word in found:
        if (
            word.end_s - word.start_s >= MIN_WORD_S
            and _share(word, near) >= 1.0 - MAX_OUTSIDE
            and _share(word, taken) <= MAX_OUTSIDE
        ):
            words.append(word)
            taken.append(Span(start_s=word.start_s, end_s=word.end_s))
    if len(words) == len(known):
        return tuple(known)
    words.sort(key=lambda word: word.start_s)
    until_s = [word.start_s for word in words[1:]] + [float("inf")]
    return tuple(  # a word that was stretched over what was not written ends where that begins
        replace(word, end_s=min(word.end_s, max(end_s, word.start_s)))
        for word, end_s in zip(words, until_s, strict=True)
    )


def _share(word: Word, spans: Sequence[Span]) -> float:
    """Return the share of a word that lies in one of the spans, the most of them."""
    shared_s = (min(word.end_s, s.end_s) - max(word.start_s, s.start_s) for s in spans)
    return max(shared_s, default=0.0) / max(1e-3, word.end_s - word.start_s)
