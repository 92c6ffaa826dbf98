"""Speech spans packed into windows that the recogniser hears at once.

A window holds at most 30 s; silence between spans is left out, so a talk with long pauses costs
its speech and not its length. A span that is longer is divided where speech is least likely.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.data import SAMPLE_RATE, Audio, Span
from pipeline.recognition.vad import CHUNK_S, OFF, Probabilities

MAX_S = 29.5  # half a second of silence at the end lets the decoder finish
BACK_S = 3.0  # that a window may stay shorter for the sake of a longer pause
EARLIEST_SPLIT_S = 15.0
MEET_S = 1e-6  # spans with less between them are one piece


@dataclass(frozen=True, slots=True)
class Window:
    """Stretches of the source that are heard one after the other as if they were one."""

    pieces: tuple[Span, ...]  # ascending, on the source timeline

    @property
    def duration_s(self) -> float:
        """Seconds of sound in the window."""
        return sum(p.duration_s for p in self.pieces)

    def samples(self, audio: Audio) -> npt.NDArray[np.float32]:
        """Its sound, float32, shape (n,)."""
        return np.concatenate([audio.slice(p.start_s, p.end_s) for p in self.pieces])

    def locate(self, at_s: float) -> tuple[float, Span]:
        """Source time of a window time, and the piece it lies in."""
        for piece in self.pieces:
            if at_s < piece.duration_s or piece is self.pieces[-1]:
                return piece.start_s + min(at_s, piece.duration_s), piece
            at_s -= piece.duration_s
        raise AssertionError("a window has pieces")


def pack(spans: Sequence[Span], probability: Probabilities) -> tuple[Window, ...]:
    """Windows in time order that together hold exactly the spans.

    Each is as full as it can be, but for BACK_S: it ends at the longest pause in its last seconds,
    for a text that begins or ends within a phrase is heard worse.
    """
    parts = [part for span in spans for part in _divided(span, probability)]
    windows: list[Window] = []
    first = 0
    while first < len(parts):
        end, held_s = first, 0.0
        while end < len(parts) and held_s + parts[end].duration_s <= MAX_S:
            held_s += parts[end].duration_s
            end += 1
        if end < len(parts):
            end = _best_end(parts, first, end, probability)
        windows.append(Window(tuple(_met(parts[first:end]))))
        first = end
    return tuple(windows)


def _best_end(parts: Sequence[Span], first: int, end: int, probability: Probabilities) -> int:
    """The index of the part before which the longest pause is, at most BACK_S before `end`."""
    best, longest, left_s = end, -1.0, 0.0
    while end > first + 1 and left_s <= BACK_S:
        pause_s = _pause(parts[end - 1].end_s, parts[end].start_s, probability)
        if pause_s > longest:
            best, longest = end, pause_s
        end -= 1
        left_s += parts[end].duration_s
    return best


def _pause(from_s: float, until_s: float, probability: Probabilities) -> float:
    """Seconds around a border of spans in which nobody speaks."""
    first = last = int((from_s + until_s) / 2 / CHUNK_S)
    while first > 0 and probability[first - 1] < OFF:
        first -= 1
    while last < len(probability) and probability[last] < OFF:
        last += 1
    return (last - first) * CHUNK_S


def _met(parts: Sequence[Span]) -> Iterator[Span]:
    """The spans, those that meet made one."""
    whole = parts[0]
    for part in parts[1:]:
        if part.start_s - whole.end_s < MEET_S:
            whole = Span(start_s=whole.start_s, end_s=part.end_s)
        else:
            yield whole
            whole = part
    yield whole


def _divided(span: Span, probability: Probabilities) -> Iterator[Span]:
    """The span in parts of at most MAX_S, divided where speech is least likely."""
    start_s = span.start_s
    while span.end_s - start_s > MAX_S:
        low = round((start_s + EARLIEST_SPLIT_S) / CHUNK_S)
        high = round((start_s + MAX_S) / CHUNK_S)
        quietest = low + int(probability[low:high].argmin())
        cut_s = (quietest + 0.5) * CHUNK_S
        yield Span(start_s=start_s, end_s=cut_s)
        start_s = cut_s
    yield Span(start_s=start_s, end_s=span.end_s)


def stacked(windows: Sequence[Window], audio: Audio, seconds: int) -> npt.NDArray[np.float32]:
    """Sound of several windows, zero-padded to `seconds`: (len(windows), seconds × rate)."""
    batch = np.zeros((len(windows), seconds * SAMPLE_RATE), np.float32)
    for row, window in zip(batch, windows, strict=True):
        samples = window.samples(audio)[: len(row)]
        row[: len(samples)] = samples
    return batch
