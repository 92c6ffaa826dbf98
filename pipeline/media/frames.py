"""Decode a span of video.

`read` yields full frames for the renderer, `thumbnails` small upright RGB pictures for analysis.
Both start at the key frame before the span and tolerate damaged packets.
"""

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from fractions import Fraction
from itertools import chain

import av
import numpy as np
import numpy.typing as npt
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream as AvVideo

from pipeline.core.control import Control
from pipeline.core.data import Source, Span, VideoStream
from pipeline.core.thread_policy import cores
from pipeline.core.timemap import TimeMap
from pipeline.media import packets
from pipeline.media.container import open_container, stream_at
from pipeline.media.deinterlacing import deinterlace

log = logging.getLogger(__name__)

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB

THUMBNAIL_SIDE = 320  # pixels, the longer side of a thumbnail
GRAY = np.array([0.299, 0.587, 0.114], np.float32)  # luma weights of RGB, ITU-R BT.601
MAX_BARREN_PACKETS = 500  # in a row without a picture: the rest of the stream is lost
LEADS_S = (0.0, 10.0, float("inf"))  # how far before a span to seek, tried in order
MAX_DRAFT_THREADS = 8  # decoder threads of a draft; each keeps its own pictures
LATE_S = 0.1  # a first picture later than this means that the index pointed too far ahead


def thumbnails(
    source: Source, span: Span, *, control: Control, side: int = THUMBNAIL_SIDE
) -> Generator[tuple[float, Picture], None, None]:
    """Yield every picture of `span` as (time in s, RGB array), upright, longer side <= `side`.

    Yields nothing if the source has no pictures there. Raises Canceled.
    """
    video = source.video
    if video is None:
        return
    width, height = fit_within(video.width, video.height, side)
    stored = (height, width) if video.rotation in (90, 270) else (width, height)
    turns = -video.rotation // 90  # numpy rotates counterclockwise
    reformatter = VideoReformatter()
    for t_s, frame in read(source, span, control=control, draft=side <= THUMBNAIL_SIDE):
        small = reformatter.reformat(
            frame, *stored, format="rgb24", interpolation=Interpolation.FAST_BILINEAR
        )
        yield t_s, np.ascontiguousarray(np.rot90(small.to_ndarray(), turns))


def read(
    source: Source,
    span: Span,
    *,
    control: Control,
    draft: bool = False,
    accelerator: HWAccel | None = None,
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield (time in s, frame) for the frames shown in `span`, times ascending, not rotated.

    The frame on screen at the start comes first, even if its own time is before the span.
    Interlaced frames are deinterlaced, except with `draft`, which is for pictures that will be
    scaled down a lot: it also skips the deblocking filter and leaves one core to the consumer. An
    `accelerator` decodes what it can, keeps frames in its own memory and leaves them interlaced.
    Raises Canceled, also while still decoding the lead-in before the span, and OSError if the disk
    cannot be read.
    """
    if source.video is None:
        return
    for lead_s in LEADS_S:
        with open_container(source.path, accelerator) as container:
            stream = stream_at(container, source.video.index)
            assert isinstance(stream, AvVideo)
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = cores()
            if draft:
                small = max(source.video.width, source.video.height) < 2 * THUMBNAIL_SIDE
                skipped = "noref" if small else "all"
                stream.codec_context.options |= {"skip_loop_filter": skipped}
                stream.codec_context.thread_count = min(MAX_DRAFT_THREADS, max(1, cores() - 1))
            did_seek = _seek(container, source, span.start_s - lead_s)
            frames = _decode(container, stream, source, control)
            if not draft and accelerator is None:  # a draft is too small to show the comb
                frames = deinterlace(frames)
            first = next(frames, None)
            if did_seek and (first is None or first[0] > span.start_s + LATE_S):
                continue  # the index pointed too far ahead: seek to an earlier time
            if first is not None:
                yield from _shown(chain([first], frames), span)
            return


def read_stretches(
    spans: Sequence[Span], read_one: Callable[[Span], Iterator[tuple[float, VideoFrame]]]
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield what `read_one` yields for one span after another, times ascending.

    The picture on screen when a later span starts may be older than what was read before: it gets
    the time of the start.
    """
    for number, span in enumerate(spans):
        for t_s, frame in read_one(span):
            yield (t_s if number == 0 else max(t_s, span.start_s)), frame


def _seek(container: InputContainer, source: Source, to_s: float) -> bool:
    """Seek to the last key frame at or before `to_s`; return False to read from the beginning."""
    if to_s <= 0:
        return False  # not every format can seek to its start
    try:
        container.seek(int((to_s + source.origin_s) * av.time_base), backward=True)
    except av.FFmpegError:
        return False
    return True


def _decode(
    container: InputContainer, stream: AvVideo, source: Source, control: Control
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield (time, frame) in presentation order, skipping damaged packets."""
    barren = 0
    control.check()
    for frames in packets.decode(container, stream, source):
        barren += 1
        for frame in frames:
            if isinstance(frame, VideoFrame) and frame.pts is not None and not _damaged(frame):
                barren = 0
                yield frame.time - source.origin_s, frame
        if barren >= MAX_BARREN_PACKETS:
            log.warning("picture of %s: the rest cannot be decoded", source.path.name)
            return
        control.check()


def _damaged(frame: VideoFrame) -> bool:
    """Return whether the decoder reports that it had to guess the picture."""
    return bool(frame.is_corrupt)


def _shown(
    frames: Iterator[tuple[float, VideoFrame]], span: Span
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield frames from the one shown at the span's start to the last before its end."""
    before: tuple[float, VideoFrame] | None = None
    last = float("-inf")
    for t_s, frame in frames:
        if t_s <= last:
            continue  # out of order: the file itself stored it too late
        last = t_s
        if t_s >= span.end_s:
            break
        if t_s <= span.start_s:
            before = (t_s, frame)
            continue
        if before is not None:
            yield before
            before = None
        yield t_s, frame
    if before is not None:
        yield before


def apply_cut(
    frames: Iterator[tuple[float, VideoFrame]], cut: TimeMap
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield the frames of a run of pieces, at their times on the clip's clock.

    A piece starts with the frame on screen at its start, at the start time of the piece.
    """
    pieces = list(cut.pieces())
    n = 0
    before: tuple[float, VideoFrame] | None = None
    for t_s, frame in frames:
        while n < len(pieces) and t_s >= pieces[n][0].end_s:
            if before is not None:  # it was on screen during the whole piece
                yield before
            n, before = n + 1, None
        if n == len(pieces):
            return
        span, begins_s = pieces[n]
        if t_s <= span.start_s:
            before = (begins_s, frame)
            continue
        if before is not None:
            yield before
            before = None
        yield begins_s + t_s - span.start_s, frame
    if before is not None:
        yield before


def fit_within(width: int, height: int, side: int) -> tuple[int, int]:
    """Return the largest even size of the same shape whose longer side is at most `side`."""
    scale = min(1.0, side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def steady_rate(stream: AvVideo, average: Fraction) -> Fraction | None:
    """Return the stream's constant frame rate, or None if its frames have uneven times."""
    for rate in (stream.base_rate, stream.guessed_rate):
        if rate is not None and rate > 0 and abs(float(rate / average) - 1) < 0.015:
            return rate
    return None


def upright_size(video: VideoStream) -> tuple[int, int]:
    """Return width and height in stored pixels after rotation, before the sample aspect ratio."""
    if video.rotation in (90, 270):
        return video.stored_height, video.stored_width
    return video.stored_width, video.stored_height
