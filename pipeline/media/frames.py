"""Decodes a stretch of picture, upright.

`read` gives full frames for the renderer, `thumbnails` small RGB pictures for everything that
looks. Both begin at the key frame before the stretch and live with damaged packets.
"""

from collections.abc import Generator, Iterator
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
from pipeline.media.container import open_container
from pipeline.media.deinterlacing import whole

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB

LOOK_SIDE = 320  # pixels, the longer side of a thumbnail
GREY = np.array([0.299, 0.587, 0.114], np.float32)  # of a thumbnail's colours, ITU-R BT.601
BROKEN_PACKETS = 500  # in a row, without one picture: the rest of the stream is lost
LEADS_S = (0.0, 10.0, float("inf"))  # how far in front of a stretch to look for a key frame
MOST_THREADS = 8  # of a draft's decoder; each keeps pictures of its own
LATE_S = 0.1  # a first picture later than this means that the index led too far


def thumbnails(
    source: Source, span: Span, *, control: Control, side: int = LOOK_SIDE
) -> Generator[tuple[float, Picture], None, None]:
    """Every picture of `span` as (time in s, RGB array), shown shape, longer side <= `side`.

    Yields nothing when the source has no picture there. Raises Canceled.
    """
    video = source.video
    if video is None:
        return
    width, height = fit_within(video.width, video.height, side)
    stored = (height, width) if video.rotation in (90, 270) else (width, height)
    turns = -video.rotation // 90  # numpy counts anticlockwise
    reformatter = VideoReformatter()
    for t_s, frame in read(source, span, control=control, draft=side <= LOOK_SIDE):
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
    """Decoded frames shown in `span`, as stored (not turned), times ascending, in seconds.

    The frame on screen at the start comes first, even when its own time lies before the span.
    Interlaced ones are made whole, but with `draft`: for pictures that are made much smaller. The
    decoder then leaves the edges of its blocks as they are, and a core to whoever looks.
    An `accelerator` decodes what it can and keeps it in its memory, in fields where it is.
    Raises Canceled, also while it is still decoding what lies in front of the span.
    """
    if source.video is None:
        return
    for lead_s in LEADS_S:
        with open_container(source.path, accelerator) as container:
            stream = container.streams[source.video.index]
            assert isinstance(stream, AvVideo)
            stream.thread_type = "AUTO"
            stream.codec_context.thread_count = cores()
            if draft:
                small = max(source.video.width, source.video.height) < 2 * LOOK_SIDE
                skipped = "noref" if small else "all"
                stream.codec_context.options |= {"skip_loop_filter": skipped}
                stream.codec_context.thread_count = min(MOST_THREADS, max(1, cores() - 1))
            sought = _seek(container, source, span.start_s - lead_s)
            frames = _decode(container, stream, source, control)
            if not draft and accelerator is None:  # a draft has too few lines to show it
                frames = whole(frames)
            first = next(frames, None)
            if sought and (first is None or first[0] > span.start_s + LATE_S):
                continue  # the index led too far: try from further in front
            if first is not None:
                yield from _shown(chain([first], frames), span)
            return


def _seek(container: InputContainer, source: Source, to_s: float) -> bool:
    """To the last key frame at or before `to_s`; False where reading starts at the beginning."""
    if to_s <= 0:
        return False  # not every format can seek to its own start
    try:
        container.seek(int((to_s + source.origin_s) * av.time_base), backward=True)
    except av.FFmpegError:
        return False
    return True


def _decode(
    container: InputContainer, stream: AvVideo, source: Source, control: Control
) -> Iterator[tuple[float, VideoFrame]]:
    """(time, frame) in the order of showing, damaged packets passed over."""
    barren = 0
    packets = container.demux(stream)
    while barren < BROKEN_PACKETS:
        control.check()
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        barren += 1
        try:
            frames = packet.decode()
        except av.FFmpegError:
            continue
        for frame in frames:
            if isinstance(frame, VideoFrame) and frame.pts is not None and not _damaged(frame):
                barren = 0
                yield frame.time - source.origin_s, frame


def _damaged(frame: VideoFrame) -> bool:
    """Whether the decoder itself says that it had to guess the picture."""
    return bool(frame.is_corrupt)


def _shown(
    frames: Iterator[tuple[float, VideoFrame]], span: Span
) -> Iterator[tuple[float, VideoFrame]]:
    """Frames from the one shown at the span's start to the last before its end."""
    before: tuple[float, VideoFrame] | None = None
    last = float("-inf")
    for t_s, frame in frames:
        if t_s <= last:
            continue  # a picture out of order was late already when it was stored
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


def left_of(
    frames: Iterator[tuple[float, VideoFrame]], cut: TimeMap
) -> Iterator[tuple[float, VideoFrame]]:
    """The frames that a cut leaves, at their times on the clip's clock.

    A piece begins with what is on screen at its start, at the piece's own time.
    """
    pieces = list(cut.pieces())
    n = 0
    before: tuple[float, VideoFrame] | None = None
    for t_s, frame in frames:
        while n < len(pieces) and t_s >= pieces[n][0].end_s:
            if before is not None:  # it was on screen for all of the piece
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
    """The largest even size of the same shape whose longer side is at most `side`."""
    scale = min(1.0, side / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def steady_rate(stream: AvVideo, average: Fraction) -> Fraction | None:
    """The stream's constant frame rate, None when its frames come at uneven times."""
    for rate in (stream.base_rate, stream.guessed_rate):
        if rate is not None and rate > 0 and abs(float(rate / average) - 1) < 0.015:
            return rate
    return None


def upright_size(video: VideoStream) -> tuple[int, int]:
    """Width and height in stored pixels after turning, before the sample aspect is applied."""
    if video.rotation in (90, 270):
        return video.stored_height, video.stored_width
    return video.stored_width, video.stored_height
