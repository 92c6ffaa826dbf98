"""Makes the sound of one clip: stereo at 48 kHz.

Frames are placed by their times, so gaps stay silent and streams with different starts stay in
sync. Speech on one side, or in opposite phase, is put on both channels. Where seconds are cut out,
the sound on both sides is crossfaded.
"""

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.core.timemap import TimeMap
from pipeline.media.clip_audio import RATE, SoundStretch, repair_stereo
from pipeline.rendering.bleep import bleep_spans
from pipeline.rendering.loudness import normalize

Sound = Callable[[], F32]  # returns a clip's sound, (2, n) at RATE; waits until it is ready

FADE_S = 0.010
JOINT_S = 0.020  # length of a crossfade with equal power


def finish(sound: F32, control: Control, masked: Sequence[Span] = ()) -> F32:
    """Put (2, n) on both channels, bleep the `masked` spans, normalize the loudness, fade in.

    Raises Canceled.
    """
    sound = normalize(bleep_spans(repair_stereo(sound), masked, control), control)
    fade(sound, at_end=False)
    return sound


def join(stretches: Sequence[SoundStretch], cut: TimeMap) -> F32:
    """Join the kept spans of a source, each of which lies in one of the stretches; (2, n).

    Pieces are crossfaded for JOINT_S. Half of that overlaps the removed part, so everything stays
    at its time on the clip's clock.
    """
    half = round(JOINT_S / 2 * RATE)
    out = np.zeros((2, max(1, round(cut.duration_s * RATE))), dtype=np.float32)
    for span, begins_s in cut.pieces():
        heard = next((s for s in stretches if span.start_s < s.span.end_s), stretches[-1])
        # positions come from the clock, so that rounding errors do not add up
        at, end = round(begins_s * RATE), round((begins_s + span.duration_s) * RATE)
        first = round((span.start_s - heard.span.start_s) * RATE)
        first, before = first - min(half, at), min(half, at)
        after = half if end < out.shape[1] else 0
        piece = _padded_slice(heard.samples, first, before + end - at + after)
        rising = np.sin(np.linspace(0, np.pi / 2, 2 * half, dtype=np.float32))
        if before:
            piece[:, : 2 * half] *= rising[: piece.shape[1]]
        if after:
            piece[:, -2 * half :] *= rising[::-1][-piece.shape[1] :]
        _add(out, piece, at - before)
    return out


def _padded_slice(sound: F32, first: int, count: int) -> F32:
    """Copy `count` samples from `first`, padded with silence."""
    out = np.zeros((2, count), dtype=np.float32)
    begin, end = max(0, first), min(sound.shape[1], first + count)
    if end > begin:
        out[:, begin - first : end - first] = sound[:, begin:end]
    return out


def _add(sound: F32, samples: F32, at: int) -> None:
    """Mix (2, m) into `sound` at sample `at`, truncated at the end."""
    end = min(sound.shape[1], at + samples.shape[1])
    sound[:, at:end] += samples[:, : end - at]


def fade(sound: F32, *, at_end: bool) -> None:
    """Ramp the first or last FADE_S of (2, n) in place, to avoid a click."""
    n = min(round(FADE_S * RATE), sound.shape[1])
    if n == 0:
        return
    ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
    if at_end:
        sound[:, -n:] *= ramp[::-1]
    else:
        sound[:, :n] *= ramp
