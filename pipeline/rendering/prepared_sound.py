"""Reads a clip's sound and cuts what its options leave out, from scene and sound alike."""

from fractions import Fraction

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches, tightening
from pipeline.editing.composition import Composition, tighten
from pipeline.editing.silence import QuietStretches
from pipeline.media.clip_audio import read_stretches
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.soundtrack import join


def prepare_sound(
    plan: ClipPlan, scene: Composition, control: Control, step_s: Fraction
) -> tuple[Composition, F32, list[Span]]:
    """Return the scene and its sound after cutting, and the spans to bleep.

    `step_s`: of the pictures.
    Raises Canceled.
    """
    heard = read_stretches(plan.source, stretches.to_read(scene.span, plan.left_out), control)
    sound = heard[0].samples
    if plan.is_cut:
        kept = tightening.find_kept_spans(
            scene.words,
            scene.span,
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
