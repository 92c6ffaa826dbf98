"""Deinterlace pictures.

The two fields of an interlaced picture are half a picture's time apart, so moving edges show a
comb. Each line of the later field is interpolated from its neighbors in space and time (bwdif,
after Weston's three-field filter and Yadif).
"""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter.graph import Graph
from av.video.frame import VideoFrame

CLOCK = Fraction(1, 1_000_000)
Timed = tuple[float, VideoFrame]


def deinterlace(frames: Iterator[Timed]) -> Iterator[Timed]:
    """Yield the same pictures at the same times, in seconds, with interlaced ones deinterlaced.

    Sizes and formats that the filter does not support (a few lines, a palette) pass unchanged.
    """
    deinterlacer: _Deinterlacer | None = None
    refused: object = None
    for t_s, frame in frames:
        if deinterlacer is not None and not deinterlacer.takes(frame):
            yield from deinterlacer.flush()
            deinterlacer = None
        if deinterlacer is None and frame.interlaced_frame and _key(frame) != refused:
            try:
                deinterlacer = _Deinterlacer(frame)
            except (av.FFmpegError, OSError):
                refused = _key(frame)
        if deinterlacer is None:
            yield t_s, frame
        else:
            yield from deinterlacer.add(t_s, frame)
    if deinterlacer is not None:
        yield from deinterlacer.flush()


class _Deinterlacer:
    """The filter for pictures of one format; it reads one picture ahead."""

    def __init__(self, frame: VideoFrame) -> None:
        self._key = _key(frame)
        self._colors = frame.colorspace, frame.color_range  # the filter loses them
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=CLOCK
        )
        filter_ = graph.add("bwdif", "mode=send_frame:deint=interlaced")
        graph.link_nodes(source, filter_, graph.add("buffersink")).configure()
        self._graph = graph

    def takes(self, frame: VideoFrame) -> bool:
        """Return whether the filter was configured for such pictures."""
        return _key(frame) == self._key

    def add(self, t_s: float, frame: VideoFrame) -> Iterator[Timed]:
        """Add a picture; yield the pictures that are ready."""
        frame.pts, frame.time_base = round(t_s / CLOCK), CLOCK
        self._graph.vpush(frame)
        yield from self._pull()

    def flush(self) -> Iterator[Timed]:
        """Flush the filter; yield the remaining pictures."""
        self._graph.vpush(None)
        yield from self._pull()

    def _pull(self) -> Iterator[Timed]:
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            frame.colorspace, frame.color_range = self._colors
            yield float(frame.time), frame


def _key(frame: VideoFrame) -> object:
    return frame.width, frame.height, frame.format.name
