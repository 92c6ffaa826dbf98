"""Renders one clip in one pass: decode, compose, caption, encode, mux. Chooses nothing itself."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream as AvAudio
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from pipeline import encoder
from pipeline.canvas import Canvas
from pipeline.captions import Group, group, load_style
from pipeline.clock import Tick, clip_rate, ticks
from pipeline.container import open_container
from pipeline.control import Control
from pipeline.data import Clip, CropPath, CropSegment, Options, Shot, Source, Span, Word
from pipeline.errors import Corrupt
from pipeline.frames import read, steady_rate
from pipeline.loudness import RATE
from pipeline.overlay import Stamp, blend, prepare
from pipeline.place import Places, box_at
from pipeline.sound import Floats, clip_sound, fade
from pipeline.thumbnail import Thumbnail
from pipeline.typeset import Typesetter

AAC_BIT_RATE = 192_000
AAC_FRAME = 1024  # samples
MUX_OPTIONS = {"movflags": "+faststart"}


def render_clip(
    source: Source,
    span: Span,
    words: Sequence[Word],
    crop_path: CropPath,
    *,
    style: str,
    options: Options,
    stem: Path,
    control: Control,
    title: str = "",
    shots: Sequence[Shot] = (),
) -> Clip:
    """Write `stem`.mp4 and `stem`.jpg for the seconds of `span`; replaced only once complete.

    `words` and `crop_path` are on the source timeline; `shots` tell where faces are, so that
    captions keep off them. The clip ends early where the source's picture does.
    Raises Corrupt when no picture decodes, Canceled; nothing is left behind then.
    """
    path, thumbnail = (stem.parent / f"{stem.name}{end}" for end in (".mp4", ".jpg"))
    with _whole_or_nothing(path, thumbnail) as (part, part_thumbnail):
        rate, start_s, frames = _open_pictures(source, span)
        span = Span(start_s=start_s, end_s=max(span.end_s, start_s + float(1 / rate)))
        sound = clip_sound(source, span, control)
        captions = _Captions(
            words, span=span, path=crop_path, style=style, shots=shots, source=source
        )
        pictures = _Pictures(source, crop_path, captions)
        with av.open(str(part), "w", format="mp4", options=MUX_OPTIONS) as container:
            if title:
                container.metadata["title"] = title
            writer = _Writer(container, options, crop_path, rate, sound)
            for tick in ticks(frames, span.start_s, span.end_s, rate):
                writer.add(pictures.make(tick, tick.t_s - span.start_s))
                control.report("render", (tick.t_s - span.start_s) / span.duration_s)
            writer.close()
        if writer.pictures == 0:
            raise Corrupt("No picture of the chosen seconds can be decoded.")
        pictures.thumbnail.save(part_thumbnail)
        duration_s = _duration(part)
    control.report("render", 1.0)
    return Clip(
        path=path,
        thumbnail=thumbnail,
        width=crop_path.width,
        height=crop_path.height,
        duration_s=duration_s,
        encoder=encoder.choose().name,
    )


@contextmanager
def _whole_or_nothing(*paths: Path) -> Iterator[list[Path]]:
    """Temporary names beside `paths`, moved onto them at the end, deleted on any error."""
    parts = [path.with_name(f".{path.name}.part") for path in paths]
    try:
        yield parts
        for part, path in zip(parts, paths, strict=True):
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _duration(path: Path) -> float:
    """Seconds by the file's own header."""
    with av.open(str(path)) as container:
        return float((container.duration or 0) / av.time_base)


def _open_pictures(
    source: Source, span: Span
) -> tuple[Fraction, float, Iterator[tuple[float, VideoFrame]]]:
    """Rate of the clip, its first moment on a picture's own time, and the pictures.

    Starting on a picture keeps an even source even and its sound exact.
    """
    if source.video is None:
        raise Corrupt("The source has no picture to render.")
    with open_container(source.path) as container:
        stream = container.streams[source.video.index]
        assert isinstance(stream, AvVideo)
        rate = clip_rate(steady_rate(stream, source.video.fps), stream.base_rate)
    frames = read(source, span)
    first = [f for f in (next(frames, None), next(frames, None)) if f is not None]
    near = min((t for t, _ in first), key=lambda t: abs(t - span.start_s), default=span.start_s)
    start_s = near if abs(near - span.start_s) <= float(1 / rate) else span.start_s
    return rate, max(0.0, start_s), chain(first, frames)


class _Captions:
    """The stamp that lies over the picture at each moment of a clip."""

    def __init__(
        self,
        words: Sequence[Word],
        *,
        span: Span,
        path: CropPath,
        style: str,
        shots: Sequence[Shot],
        source: Source,
    ) -> None:
        look = load_style(style)
        inside = [w for w in words if w.end_s > span.start_s and w.start_s < span.end_s]
        self._typesetter = Typesetter(look, path.width, path.height)
        self._groups: tuple[Group, ...] = group(
            inside, look, width=self._typesetter.text_width, measure=self._typesetter.measure
        )
        self._places = Places(path, shots, source.video)
        self._n = 0
        self._drawn: tuple[tuple[int, int], Stamp] | None = None

    def at(self, t_s: float) -> Stamp | None:
        """For a moment on the source timeline; moments ascend."""
        while self._n < len(self._groups) and t_s >= self._groups[self._n].end_s:
            self._n += 1
        if self._n == len(self._groups) or t_s < self._groups[self._n].start_s:
            return None
        now = self._groups[self._n]
        key = self._n, now.spoken(t_s)
        if self._drawn is None or self._drawn[0] != key:
            block = self._typesetter.text_width, self._typesetter.block_height(now)
            centre = self._places.centre(now.start_s, now.end_s, block)
            self._drawn = key, prepare(self._typesetter.draw(now, key[1], centre))
        return self._drawn[1]


class _Pictures:
    """Finished pictures of a clip."""

    def __init__(self, source: Source, path: CropPath, captions: _Captions) -> None:
        assert source.video is not None
        self._canvas = Canvas(source.video, path.width, path.height)
        self._segments = path.segments
        self._captions = captions
        self._n = 0
        self.thumbnail = Thumbnail()

    def make(self, tick: Tick, clip_s: float) -> VideoFrame:
        """Composed and captioned; `clip_s` is the moment in the clip."""
        segment = self._segment(tick.frame_s)
        box = box_at(segment, max(tick.t_s, segment.start_s))
        picture = self._canvas.compose(tick.frame, segment.layout, box)
        self.thumbnail.offer(clip_s, picture)
        stamp = self._captions.at(tick.t_s)
        if stamp is not None:
            blend(picture, stamp)
        return picture

    def _segment(self, frame_s: float) -> CropSegment:
        """By the picture's own time, so that a cut falls on its very frame."""
        while self._n + 1 < len(self._segments) and frame_s >= self._segments[self._n].end_s - 1e-6:
            self._n += 1
        return self._segments[self._n]


class _Writer:
    """Encodes pictures at ticks and keeps the sound level with them."""

    def __init__(
        self,
        container: OutputContainer,
        options: Options,
        path: CropPath,
        rate: Fraction,
        sound: Floats,
    ) -> None:
        self._container, self._rate, self._sound = container, rate, sound
        self._video = encoder.add_video(container, options.quality, path.width, path.height, rate)
        self._audio: AvAudio = container.add_stream("aac", rate=RATE, layout="stereo")
        self._audio.bit_rate = AAC_BIT_RATE
        self._said = 0  # samples
        self.pictures = 0

    def add(self, picture: VideoFrame) -> None:
        """The next picture, and the sound before it."""
        picture.pts, picture.time_base = self.pictures, 1 / self._rate
        picture.pict_type = 0
        self._container.mux(self._video.encode(picture))
        self.pictures += 1
        # one frame behind, so that what is left at the end can be faded
        self._say(self._samples() - AAC_FRAME, AAC_FRAME)

    def close(self) -> None:
        """Flush; the sound ends with the pictures."""
        end = min(self._samples(), self._sound.shape[1])
        rest = self._sound[:, self._said : end]
        fade(rest, at_end=True)
        self._say(end, 1)
        self._container.mux(self._video.encode(None))
        self._container.mux(self._audio.encode(None))

    def _samples(self) -> int:
        """Of sound that the pictures so far last."""
        return int(self.pictures / self._rate * RATE)

    def _say(self, until: int, least: int) -> None:
        """Encode the sound up to sample `until` in frames of at least `least` samples."""
        until = min(until, self._sound.shape[1])
        while until - self._said >= least:
            block = self._sound[:, self._said : min(until, self._said + AAC_FRAME)]
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), "fltp", "stereo")
            frame.sample_rate, frame.pts, frame.time_base = RATE, self._said, Fraction(1, RATE)
            self._container.mux(self._audio.encode(frame))
            self._said += block.shape[1]
