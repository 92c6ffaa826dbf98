"""Replaces masked words with a soft tone."""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.clip_audio import RATE
from pipeline.rendering.loudness import integrated_lufs

TONE_HZ = 1000.0
BELOW_SPEECH_LU = 12.0  # loudness of the tone below speech, so that it does not startle
FADE_S = 0.010  # inside the span at both ends; samples beside the span are not touched


def bleep_spans(sound: F32, spans: Sequence[Span], control: Control) -> F32:
    """Replace each span, seconds from the start of (2, n) at RATE, with a tone, in place.

    Raises Canceled.
    """
    if not spans:
        return sound
    # at this frequency, a sine on both channels has as many LUFS as its peak has decibels
    height = 10 ** ((integrated_lufs(sound, control) - BELOW_SPEECH_LU) / 20)
    for span in _merge_spans(spans):
        control.check()
        first = min(max(0, round(span.start_s * RATE)), sound.shape[1])
        end = min(max(first, round(span.end_s * RATE)), sound.shape[1])
        times = np.arange(end - first, dtype=np.float64) / RATE
        share = _tone_share(end - first)
        tone = height * np.sin(2 * np.pi * TONE_HZ * times)
        sound[:, first:end] *= 1 - share
        sound[:, first:end] += (share * tone).astype(np.float32)
    return sound


def _merge_spans(spans: Sequence[Span]) -> list[Span]:
    """Sort the spans and merge those that (almost) touch, so that no sound leaks between them."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda s: s.start_s):
        if runs and span.start_s - runs[-1].end_s <= 2 * FADE_S:
            end_s = max(span.end_s, runs[-1].end_s)
            runs[-1] = Span(start_s=runs[-1].start_s, end_s=end_s)
        else:
            runs.append(span)
    return runs


def _tone_share(count: int) -> F32:
    """Return the tone's share of each of `count` samples: 0 at both ends, 1 inside."""
    near = np.minimum(np.arange(count), np.arange(count)[::-1])
    return np.minimum(1.0, near / (FADE_S * RATE)).astype(np.float32)
