"""Detects shots, faces, slides, burned-in text and the active speaker in one small decode."""

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

from pipeline.core.control import Control
from pipeline.core.data import Face, Sentence, Shot, Source, Span
from pipeline.core.prefetch import prefetch
from pipeline.media.clip_audio import read_sound, to_mono
from pipeline.media.frames import Picture, thumbnails
from pipeline.media.thumbnail_grid import Sampling, sampling_of
from pipeline.vision.active_speaker import Listener, Scene, with_speech
from pipeline.vision.eyes import without_eyes
from pipeline.vision.face_tracking import FaceFinder
from pipeline.vision.mouth_crops import Mouths
from pipeline.vision.shot_boundaries import CutFinder
from pipeline.vision.slide_detection import WritingFinder
from pipeline.vision.source_layout import LayoutFinder
from pipeline.vision.voice_matching import with_voices
from pipeline.vision.writing.burned_in_text import TextFinder

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
    sampling = sampling_of(source.video)
    cuts, finders, mouths = CutFinder(), _Finders(sampling), Mouths(sampling)
    pictures = thumbnails(source, span, control=control)
    with (  # three threads with about equal work: decoding; faces and writing; everything else
        closing(prefetch(pictures, PREFETCHED_PICTURES)) as decoded,
        closing(prefetch(finders.watch(decoded), PREFETCHED_PICTURES)) as looked,
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
    shots = without_eyes(
        [
            # the first picture may be older than the span
            finders.shot(a, b, since_s=-math.inf if a == span.start_s else a)
            for a, b in pairwise(borders)
        ]
    )
    if listener is None or all(len(shot.tracks) < 2 for shot in shots):
        return shots
    samples = to_mono(read_sound(source, span, control))
    scene = Scene(mouths, samples, span.start_s)
    return with_voices(with_speech(shots, scene, listener, control.check), sentences)


class _Finders:
    """What examines the pictures one by one and then tells what each shot contains."""

    def __init__(self, sampling: Sampling) -> None:
        self._faces = FaceFinder(sampling)
        self._writing = WritingFinder()
        self._layouts = LayoutFinder(sampling)
        self._text = TextFinder(sampling)

    def watch(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture, tuple[Face, ...]], None, None]:
        """Yield the same pictures, each with the faces of the last look."""
        examined = self._text.watch(self._layouts.watch(self._writing.watch(pictures)))
        return self._faces.watch(examined)

    def shot(self, start_s: float, end_s: float, *, since_s: float) -> Shot:
        """Describe the shot [start_s, end_s), whose pictures begin at `since_s`."""
        tracks = self._faces.tracks(since_s, end_s)
        layout = self._layouts.layout(start_s, end_s, tracks, since_s=since_s)
        text = self._text.regions(start_s, end_s)
        return Shot(
            start_s=start_s,
            end_s=end_s,
            tracks=tracks,
            writing=self._writing.share(since_s, end_s),
            layout=replace(layout, regions=(*layout.regions, *text)),
        )
