"""Makes the sound of one clip: stereo at 48 kHz.

Frames are placed by their times, so gaps stay silent and streams with different starts stay in
sync. Speech on one side, or in opposite phase, is put on both channels. Where seconds are cut out,
the sound on both sides is crossfaded. Masked words are replaced with a soft tone.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches, tightening
from pipeline.editing.composition import Composition, tighten
from pipeline.editing.silence import QuietStretches
from pipeline.media.clip_audio import RATE, SoundStretch, read_stretches, repair_stereo
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.loudness import integrated_lufs, normalize

Sound = Callable[[], F32]  # returns a clip's sound, (2, n) at RATE; waits until it is ready

FADE_S = 0.010
JOINT_S = 0.020  # length of a crossfade with equal power
TONE_HZ = 1000.0
BELOW_SPEECH_LU = 12.0  # loudness of the tone below speech, so that it does not startle


def prepare_sound(
    plan: ClipPlan, scene: Composition, control: Control, step_s: Fraction
) -> tuple[Composition, F32, list[Span]]:
    """Return the scene and its sound after cutting, and the spans to bleep.

    `step_s`: time between two pictures. Raises Canceled.
    """
    span = scene.span
    if scene.order:  # also what lies beside it: a part at an end of it is joined to another
        start_s = max(0.0, span.start_s - stretches.MARGIN_S)
        end_s = max(span.end_s, min(span.end_s + stretches.MARGIN_S, plan.source.duration_s))
        span = Span(start_s=start_s, end_s=end_s)
    heard = read_stretches(plan.source, stretches.to_read(span, plan.left_out), control)
    sound = heard[0].samples
    if plan.is_cut:
        kept = (
            partial(tightening.find_kept_in_order, scene.words, scene.order)
            if scene.order
            else partial(tightening.find_kept_spans, scene.words, scene.span)
        )(
            options=plan.options,
            language=plan.language,
            quiet=QuietStretches(heard, scene.words),
            step_s=float(step_s),
            left_out=plan.left_out,
        )
        if kept:
            cut = TimeMap(kept)
            scene, sound = tighten(scene, cut, plan.options.motion), join(heard, cut)
    masked = [
        Span(start_s=w.start_s - scene.span.start_s, end_s=w.end_s - scene.span.start_s)
        for w in scene.words
        if w.masked
    ]
    return scene, sound, masked


def finish(sound: F32, control: Control, masked: Sequence[Span] = ()) -> F32:
    """Put (2, n) on both channels, bleep the `masked` spans, normalize the loudness, fade in.

    Raises Canceled.
    """
    sound = normalize(_bleep(repair_stereo(sound), masked, control), control)
    fade(sound, at_end=False)
    return sound


def join(heard: Sequence[SoundStretch], cut: TimeMap) -> F32:
    """Join the kept spans of a source, each of which was heard in one stretch; (2, n).

    Pieces are crossfaded for JOINT_S. Half of that overlaps what was not played there, so
    everything stays at its time on the clip's clock. At an end of the source it is shorter.
    """
    half = round(JOINT_S / 2 * RATE)
    out = np.zeros((2, max(1, round(cut.duration_s * RATE))), dtype=np.float32)
    for span, begins_s in cut.pieces():
        stretch = next((s for s in heard if span.start_s < s.span.end_s), heard[-1])
        # positions come from the clock, so that rounding errors do not add up
        at, end = round(begins_s * RATE), round((begins_s + span.duration_s) * RATE)
        first = round((span.start_s - stretch.span.start_s) * RATE)
        before = min(half, at, max(0, first))
        after = half if end < out.shape[1] else 0
        behind = stretch.samples.shape[1] - (first + end - at)
        after = min(after, max(0, behind))
        piece = _padded_slice(stretch.samples, first - before, before + end - at + after)
        if at:
            rising = _rising(before + half)
            piece[:, : before + half] *= rising[: piece.shape[1]]
        if end < out.shape[1]:
            rising = _rising(half + after)
            piece[:, -(half + after) :] *= rising[::-1][-piece.shape[1] :]
        _add(out, piece, at - before)
    return out


def _rising(count: int) -> F32:
    """Return the half of a crossfade with equal power, in which a piece comes in."""
    return np.sin(np.linspace(0, np.pi / 2, count, dtype=np.float32))


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


def _bleep(sound: F32, spans: Sequence[Span], control: Control) -> F32:
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
