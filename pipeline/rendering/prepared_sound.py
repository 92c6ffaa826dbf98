"""Reads a clip's sound and cuts what its options leave out, from scene and sound alike."""

from collections.abc import Sequence
from fractions import Fraction

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Options, Source, Span
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches, tightening
from pipeline.editing.composition import Composition, tighten
from pipeline.editing.silence import QuietStretches
from pipeline.media.clip_audio import read_stretches
from pipeline.rendering.soundtrack import join


def is_cut(options: Options, left_out: Sequence[Span]) -> bool:
    """Whether a clip may do without parts of its span."""
    return bool(left_out) or options.remove_silences is not None or options.remove_fillers


def prepare_sound(
    source: Source,
    scene: Composition,
    control: Control,
    *,
    options: Options,
    language: str,
    step_s: Fraction,
    left_out: Sequence[Span],
) -> tuple[Composition, F32, list[Span]]:
    """Return the scene and its sound after cutting, and the spans to bleep.

    Raises Canceled.
    """
    heard = read_stretches(source, stretches.to_read(scene.span, left_out), control)
    sound = heard[0].samples
    if is_cut(options, left_out):
        kept = tightening.find_kept_spans(
            scene.words,
            scene.span,
            options=options,
            language=language,
            quiet=QuietStretches(heard, scene.words),
            step_s=float(step_s),
            left_out=left_out,
        )
        if kept:
            cut = TimeMap(kept)
            scene, sound = tighten(scene, cut, options.motion), join(heard, cut)
    masked = [
        Span(start_s=w.start_s - scene.span.start_s, end_s=w.end_s - scene.span.start_s)
        for w in scene.words
        if w.masked
    ]
    return scene, sound, masked
