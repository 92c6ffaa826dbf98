"""Detects shots, faces, slides, burned-in text and the active speaker in one small decode."""

import math
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise

from pipeline.core.control import Control
from pipeline.core.data import Box, Sentence, Shot, Source, SourceLayout, Span
from pipeline.core.prefetch import prefetch
from pipeline.media.clip_audio import read_sound, to_mono
from pipeline.media.frames import thumbnails
from pipeline.vision.active_speaker import Listener, Scene, with_speech
from pipeline.vision.burned_in_text import TextFinder
from pipeline.vision.face_tracking import FaceFinder
from pipeline.vision.mouth_crops import Mouths
from pipeline.vision.shot_boundaries import CutFinder
from pipeline.vision.slide_detection import WritingFinder
from pipeline.vision.voice_matching import with_voices

REPORT_EVERY = 16  # pictures
PREFETCHED_PICTURES = 8  # pictures decoded ahead of the one being examined


def look(
    source: Source,
    span: Span,
    *,
    control: Control,
    listener: Listener | None = None,
    sentences: Sequence[Sentence] = (),
) -> tuple[Shot, ...]:
    """Detect the shots of `span`, abutting and covering it, and the faces in each; one decode.

    With a `listener`, it also detects when people who are visible together speak, more reliably
    if `sentences` have speakers. Returns an empty tuple if the source has no picture.
    Raises Canceled.
    """
    if source.video is None:
        return ()
    cuts, writing = CutFinder(), WritingFinder()
    faces = FaceFinder(source.video.width, source.video.height)
    text = TextFinder(source.video.width, source.video.height)
    whole = Box(x=0.0, y=0.0, w=source.video.width, h=source.video.height)
    mouths = Mouths(source.video.width, source.video.height)
    pictures = thumbnails(source, span, control=control)
    with (  # three threads with about equal work: decoding; faces and writing; everything else
        closing(prefetch(pictures, PREFETCHED_PICTURES)) as decoded,
        closing(
            prefetch(faces.watch(text.watch(writing.watch(decoded))), PREFETCHED_PICTURES)
        ) as looked,
    ):
        for count, (t_s, picture, seen) in enumerate(looked):
            cuts.add(t_s, picture)
            if listener is not None:
                mouths.add(t_s, picture, seen)
            if count % REPORT_EVERY == 0:
                control.report("look", (t_s - span.start_s) / max(1e-6, span.duration_s))
    control.report("look", 1.0)
    inside = [t for t in cuts.borders() if span.start_s < t < span.end_s]
    borders = [span.start_s, *inside, span.end_s]
    shots = tuple(
        Shot(
            start_s=a,
            end_s=b,
            # the first picture may be older than the span
            tracks=faces.tracks(-math.inf if a == span.start_s else a, b),
            writing=writing.share(-math.inf if a == span.start_s else a, b),
            layout=SourceLayout(picture=whole, regions=text.regions(a, b)),
        )
        for a, b in pairwise(borders)
    )
    if listener is None or all(len(shot.tracks) < 2 for shot in shots):
        return shots
    samples = to_mono(read_sound(source, span, control))
    scene = Scene(mouths, samples, span.start_s)
    return with_voices(with_speech(shots, scene, listener, control.check), sentences)
