"""Pack speech spans into windows that the recognizer processes at once.

A window holds at most 30 s; silence between spans is left out, so the cost of a recording depends
on its speech and not on its length. A longer span is divided where speech is least likely.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.data import SAMPLE_RATE, Audio, Span
from pipeline.recognition.levels import CHUNK_SAMPLES, gains
from pipeline.recognition.vad import CHUNK_S, SPEECH_END, Probabilities

MAX_S = 29.5  # longest speech in a window of 30 s; half a second of silence lets the decoder finish
MAX_BACK_S = 3.0  # a window may be this much shorter to end at a longer pause
MAX_TOUCH_GAP_S = 1e-6  # spans closer than this are one piece


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of the source, concatenated for recognition."""

    pieces: tuple[Span, ...]  # ascending, on the source timeline

    @property
    def duration_s(self) -> float:
        """Length of the concatenated sound in seconds."""
        return sum(p.duration_s for p in self.pieces)

    def samples(self, audio: Audio) -> npt.NDArray[np.float32]:
        """Return the concatenated samples, float32, shape (n,), quiet ones amplified."""
        return np.concatenate([_evened(audio, piece) for piece in self.pieces])

    def locate(self, at_s: float) -> tuple[float, Span]:
        """Return the source time of a window time, and the piece it lies in."""
        for piece in self.pieces:
            if at_s < piece.duration_s or piece is self.pieces[-1]:
                return piece.start_s + min(at_s, piece.duration_s), piece
            at_s -= piece.duration_s
        raise AssertionError("a window has pieces")


def _evened(audio: Audio, piece: Span) -> npt.NDArray[np.float32]:
    """Return the samples of a piece, amplified where they are quiet."""
    samples = audio.slice(piece.start_s, piece.end_s)
    at = (max(0, round(piece.start_s * SAMPLE_RATE)) + np.arange(len(samples))) // CHUNK_SAMPLES
    if not len(samples):
        return samples
    evened: npt.NDArray[np.float32] = samples * gains(audio, at[0], at[-1] + 1)[at - at[0]]
    return evened


def pack(spans: Sequence[Span], probability: Probabilities) -> tuple[Window, ...]:
    """Return windows in time order that together hold exactly the spans.

    Each window is as full as possible, except that it ends at the longest pause in its last
    MAX_BACK_S: text that starts or ends within a phrase is recognized worse. What fills one window
    and a part of another is halved, so that two cores, or the rows of a batch, have equal shares.
    """
    parts = [part for span in spans for part in divide(span, probability)]
    speech_s = sum(part.duration_s for part in parts)
    halved = MAX_S < speech_s <= 2 * (MAX_S - MAX_BACK_S)
    longest_s = (speech_s + MAX_BACK_S) / 2 if halved else MAX_S
    windows: list[Window] = []
    first = 0
    while first < len(parts):
        end, held_s = first + 1, parts[first].duration_s
        while end < len(parts) and held_s + parts[end].duration_s <= longest_s:
            held_s += parts[end].duration_s
            end += 1
        longest_s = MAX_S
        if end < len(parts):
            end = _best_end(parts, first, end, probability)
        windows.append(Window(tuple(_merge_touching(parts[first:end]))))
        first = end
    return tuple(windows)


def _best_end(parts: Sequence[Span], first: int, end: int, probability: Probabilities) -> int:
    """Return the index of the part after the longest pause, at most MAX_BACK_S before `end`."""
    best, longest, left_s = end, -1.0, 0.0
    while end > first + 1 and left_s <= MAX_BACK_S:
        pause_s = _pause_seconds(parts[end - 1].end_s, parts[end].start_s, probability)
        if pause_s > longest:
            best, longest = end, pause_s
        end -= 1
        left_s += parts[end].duration_s
    return best


def _pause_seconds(from_s: float, until_s: float, probability: Probabilities) -> float:
    """Return the seconds without speech around a boundary between spans."""
    first = last = int((from_s + until_s) / 2 / CHUNK_S)
    while first > 0 and probability[first - 1] < SPEECH_END:
        first -= 1
    while last < len(probability) and probability[last] < SPEECH_END:
        last += 1
    return (last - first) * CHUNK_S


def _merge_touching(parts: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans, merging those that touch."""
    whole = parts[0]
    for part in parts[1:]:
        if part.start_s - whole.end_s < MAX_TOUCH_GAP_S:
            whole = Span(start_s=whole.start_s, end_s=part.end_s)
        else:
            yield whole
            whole = part
    yield whole


def divide(span: Span, probability: Probabilities, longest_s: float = MAX_S) -> Iterator[Span]:
    """Yield the span in parts of at most `longest_s`, divided where speech is least likely.

    Every part but the last lasts at least half as long.
    """
    start_s = span.start_s
    while span.end_s - start_s > longest_s:
        low = round((start_s + longest_s / 2) / CHUNK_S)
        high = round((start_s + longest_s) / CHUNK_S)
        quietest = low + int(probability[low:high].argmin())
        cut_s = (quietest + 0.5) * CHUNK_S
        yield Span(start_s=start_s, end_s=cut_s)
        start_s = cut_s
    yield Span(start_s=start_s, end_s=span.end_s)


def stack(windows: Sequence[Window], audio: Audio, seconds: int) -> npt.NDArray[np.float32]:
    """Return the sound of several windows, zero-padded: (len(windows), seconds × SAMPLE_RATE)."""
    batch = np.zeros((len(windows), seconds * SAMPLE_RATE), np.float32)
    for row, window in zip(batch, windows, strict=True):
        samples = window.samples(audio)[: len(row)]
        row[: len(samples)] = samples
    return batch
