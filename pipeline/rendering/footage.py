"""Yields the pictures of one clip before captions, tick by tick: footage, or bars of sound.

A camera that is switched off, or a damaged stretch, must not cut off the speech: bars of sound
take over where the footage ends for good.
"""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain
from typing import Protocol

import numpy as np
import torch
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import CropPath, Source, Span
from pipeline.core.layout import crops_at
from pipeline.core.timemap import TimeMap
from pipeline.editing import stretches
from pipeline.editing.composition import Composition
from pipeline.media.clip_audio import RATE
from pipeline.media.container import open_container, stream_at
from pipeline.media.cover_art import cover_of
from pipeline.media.frame_rate import clip_rate, ticks
from pipeline.media.frames import apply_cut, read, read_stretches, steady_rate
from pipeline.rendering import gpu
from pipeline.rendering.audiogram import Audiogram
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.gpu_compositor import CardCanvas
from pipeline.rendering.soundtrack import Sound
from pipeline.rendering.surface import InMemory, Surface

AUDIOGRAM_RATE = Fraction(30)

Frames = Iterator[tuple[float, VideoFrame]]
Read = Callable[[Sequence[Span]], Frames]


class Pictures(Protocol):
    """The pictures of a clip."""

    rate: Fraction  # pictures a second
    start_s: float  # source time of the first
    pixels: str  # the format that the encoder gets: "yuv420p", "nv12", or "cuda"

    def draw(
        self, scene: Composition, sound: Sound, *, first: int = 0
    ) -> Iterator[tuple[float, Surface]]:
        """Yield (time, unshared picture) through the scene's span, at least one.

        The `first` pictures are left out; whoever opened it did so at the time of the next. Ends
        early only if picture and sound both end, as in a truncated file. `sound` returns the clip's
        sound from the start of the span; it is called only when bars are drawn.
        """

    def lift(self, frame: VideoFrame) -> Surface:
        """Return a picture that already has the clip's size and colors, yuv420p, as one of them."""


class Footage:
    """The source's own pictures along a crop path."""

    def __init__(
        self,
        source: Source,
        spans: Sequence[Span],
        path: CropPath,
        control: Control,
        card: torch.device | None = None,
    ) -> None:
        """Open the source at the start of the first span; the clip starts at a picture's time.

        This keeps an evenly timed source even, and cuts its sound at its pictures. Decodes and
        composes on `card` if possible. Raises Canceled, as drawing does.
        """
        assert source.video is not None
        with open_container(source.path) as container:
            stream = stream_at(container, source.video.index)
            assert isinstance(stream, AvVideo)
            self.rate = clip_rate(steady_rate(stream, source.video.fps), stream.base_rate)
        size = path.width, path.height
        start_s = spans[0].start_s
        frames = None if card is None else gpu.decode_on_card(source, spans, control, card)
        self._canvas: Canvas | CardCanvas
        if card is None or frames is None:
            self._read: Read = partial(_read, source, control=control)
            frames = self._read(spans)
            self._canvas = Canvas(source.video, *size)
        else:
            self._read = partial(_read_on_card, source, control=control, card=card)
            self._canvas = CardCanvas(source.video, *size, card, gpu.encoder_context(card))
        self.pixels = self._canvas.pixels
        first = [f for f in (next(frames, None), next(frames, None)) if f is not None]
        nearest = min((t for t, _ in first), key=lambda t: abs(t - start_s), default=-1.0)
        is_near = abs(nearest - start_s) <= float(1 / self.rate)
        self.start_s = max(0.0, nearest if is_near else start_s)
        self._frames: Frames = chain(first, frames)

    def draw(
        self, scene: Composition, sound: Sound, *, first: int = 0
    ) -> Iterator[tuple[float, Surface]]:
        """See Pictures."""
        start_s, end_s = scene.span.start_s + float(first / self.rate), scene.span.end_s
        frames = self._frames if scene.cut is None else self._play(scene.cut, start_s)
        segments, n, shown = scene.path.segments, 0, 0
        for tick in ticks(frames, start_s, end_s, self.rate):
            shown += 1
            # by the picture's own time, so that a cut falls on its exact frame
            while n + 1 < len(segments) and tick.frame_s >= segments[n].end_s - 1e-6:
                n += 1
            boxes = crops_at(segments[n], max(tick.t_s, segments[n].start_s))
            yield tick.t_s, self._canvas.compose(tick.frame, segments[n].layout, boxes)
        audible_s = scene.span.start_s + _audible_duration_s(sound())
        end_s = min(end_s, audible_s) if shown else end_s
        for t_s, picture in _bars(scene, self.rate, end_s, sound, first=first + shown):
            yield t_s, self._canvas.lift(picture)

    def _play(self, cut: TimeMap, from_s: float) -> Frames:
        """Yield the frames of one run after another; those of the first are already being read."""
        for number, run in enumerate(cut.runs(from_s)):
            if number:
                self._frames = self._read(stretches.rest_of(run, run.span.start_s))
            yield from apply_cut(self._frames, run)

    def lift(self, frame: VideoFrame) -> Surface:
        """See Pictures."""
        return self._canvas.lift(frame)


def _read(source: Source, spans: Sequence[Span], control: Control) -> Frames:
    return read_stretches(spans, partial(read, source, control=control))


def _read_on_card(
    source: Source, spans: Sequence[Span], control: Control, card: torch.device
) -> Frames:
    """Raises RuntimeError where the card decodes no more: the clip is rendered again without it."""
    frames = gpu.decode_on_card(source, spans, control, card)
    if frames is None:
        raise RuntimeError("the card does not decode a later part")
    return frames


class Waves:
    """An audiogram, for sources without a picture."""

    def __init__(self, source: Source, span: Span) -> None:
        self.rate, self.pixels = AUDIOGRAM_RATE, "yuv420p"
        self.start_s = span.start_s
        self._cover = cover_of(source.path)

    def draw(
        self, scene: Composition, sound: Sound, *, first: int = 0
    ) -> Iterator[tuple[float, Surface]]:
        """See Pictures."""
        end_s, cover = scene.span.end_s, self._cover
        for t_s, picture in _bars(scene, self.rate, end_s, sound, first=first, cover=cover):
            yield t_s, InMemory(picture)

    def lift(self, frame: VideoFrame) -> Surface:
        """See Pictures."""
        return InMemory(frame)


def _bars(
    scene: Composition,
    rate: Fraction,
    end_s: float,
    sound: Sound,
    *,
    first: int = 0,
    cover: VideoFrame | None = None,
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield bars of `sound` from tick `first` of the scene to `end_s`; at least one picture."""
    count = max(1, round((end_s - scene.span.start_s) * rate))
    if first >= count:
        return
    audiogram = Audiogram(sound(), scene.path.width, scene.path.height, cover)
    for n in range(first, count):
        t_s = float(n / rate)
        yield scene.span.start_s + t_s, audiogram.picture(t_s)


def _audible_duration_s(sound: F32) -> float:
    """Return the time of the last sample of (2, n) that is not silent, seconds."""
    heard = np.flatnonzero(sound.any(axis=0))
    return float(heard[-1] + 1) / RATE if len(heard) else 0.0
