"""The sound of one clip: stereo at 48 kHz.

Frames are placed by their times, so gaps stay silent and streams that start apart stay in step.
Speech on one side, or in opposite phase, reaches both ears. Where seconds are cut out, what was
around them goes over into each other.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.core.timemap import TimeMap
from pipeline.media.clip_audio import RATE, repair_stereo
from pipeline.rendering.bleep import bleep_spans
from pipeline.rendering.loudness import normalise

Sound = Callable[[], F32]  # a clip's, (2, n) at RATE; waited for where it is not there yet

FADE_S = 0.010
JOINT_S = 0.020  # that one piece takes to go over into the next, equal in power


def finish(sound: F32, control: Control, masked: Sequence[Span] = ()) -> F32:
    """(2, n) on both ears, a tone over each span that is `masked`, normalised, faded in.

    Raises Canceled.
    """
    sound = normalise(bleep_spans(repair_stereo(sound), masked, control), control)
    fade(sound, at_end=False)
    return sound


def join(sound: F32, start_s: float, cut: TimeMap) -> F32:
    """The kept spans of (2, n), which begins at `start_s` of the source, one after the other.

    At a joint the one goes over into the next within JOINT_S: half of that is heard of what was
    cut, so everything stays at its time on the clip's clock.
    """
    half = round(JOINT_S / 2 * RATE)
    out = np.zeros((2, max(1, round(cut.duration_s * RATE))), dtype=np.float32)
    for span, begins_s in cut.pieces():
        # to where the clock says, so that rounding does not add up
        at, end = round(begins_s * RATE), round((begins_s + span.duration_s) * RATE)
        first = round((span.start_s - start_s) * RATE)
        first, before = first - min(half, at), min(half, at)
        after = half if end < out.shape[1] else 0
        piece = _taken(sound, first, before + end - at + after)
        rising = np.sin(np.linspace(0, np.pi / 2, 2 * half, dtype=np.float32))
        if before:
            piece[:, : 2 * half] *= rising[: piece.shape[1]]
        if after:
            piece[:, -2 * half :] *= rising[::-1][-piece.shape[1] :]
        _add(out, piece, at - before)
    return out


def _taken(sound: F32, first: int, count: int) -> F32:
    """A copy of `count` samples from `first`, silent where there are none."""
    out = np.zeros((2, count), dtype=np.float32)
    begin, end = max(0, first), min(sound.shape[1], first + count)
    if end > begin:
        out[:, begin - first : end - first] = sound[:, begin:end]
    return out


def _add(sound: F32, samples: F32, at: int) -> None:
    """Mix (2, m) in at sample `at`, clipped at the end."""
    end = min(sound.shape[1], at + samples.shape[1])
    sound[:, at:end] += samples[:, : end - at]


def fade(sound: F32, *, at_end: bool) -> None:
    """Ramp the first or last FADE_S of (2, n) in place, so that the border does not click."""
    n = min(round(FADE_S * RATE), sound.shape[1])
    if n == 0:
        return
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
    if at_end:
        sound[:, -n:] *= ramp[::-1]
    else:
        sound[:, :n] *= ramp
