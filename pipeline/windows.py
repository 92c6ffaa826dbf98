"""Speech spans packed into windows that the recogniser hears at once.

A window holds at most 30 s; silence between spans is left out, so a talk with long pauses costs
its speech and not its length. A span that is longer is divided where speech is least likely.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.data import SAMPLE_RATE, Audio, Span
from pipeline.speech import CHUNK_S, Probabilities

MAX_S = 29.5  # half a second of silence at the end lets the decoder finish
EARLIEST_SPLIT_S = 15.0


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
    """Windows in time order that together hold exactly the spans."""
    windows: list[Window] = []
    pieces: list[Span] = []
    held_s = 0.0
    for span in spans:
        for part in _divided(span, probability):
            if pieces and held_s + part.duration_s > MAX_S:
                windows.append(Window(tuple(pieces)))
                pieces, held_s = [], 0.0
            pieces.append(part)
            held_s += part.duration_s
    if pieces:
        windows.append(Window(tuple(pieces)))
    return tuple(windows)


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
