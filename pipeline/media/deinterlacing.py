"""Makes whole pictures of interlaced ones.

Two fields of one picture are half a picture's time apart, and what moves has a comb's edges; each
line of the later field is told anew from those around it in place and time (bwdif, after Weston's
three-field filter and Yadif).
"""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter.graph import Graph
from av.video.frame import VideoFrame

CLOCK = Fraction(1, 1_000_000)
Timed = tuple[float, VideoFrame]


def whole(frames: Iterator[Timed]) -> Iterator[Timed]:
    """The same pictures at the same times, in seconds; those that say so no longer in fields.

    Shapes and formats that the filter does not take (a few lines, a palette) stay as they are.
    """
    weave: _Weave | None = None
    refused: object = None
    for t_s, frame in frames:
        if weave is not None and not weave.takes(frame):
            yield from weave.rest()
            weave = None
        if weave is None and frame.interlaced_frame and _key(frame) != refused:
            try:
                weave = _Weave(frame)
            except (av.FFmpegError, OSError):
                refused = _key(frame)
        if weave is None:
            yield t_s, frame
        else:
            yield from weave.add(t_s, frame)
    if weave is not None:
        yield from weave.rest()


class _Weave:
    """The filter for pictures of one shape; it looks at the next one before it gives one."""

    def __init__(self, frame: VideoFrame) -> None:
        self._key = _key(frame)
        self._colours = frame.colorspace, frame.color_range  # which a change of format forgets
        graph = Graph()
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=CLOCK
        )
        filter_ = graph.add("bwdif", "mode=send_frame:deint=interlaced")
        graph.link_nodes(source, filter_, graph.add("buffersink")).configure()
        self._graph = graph

    def takes(self, frame: VideoFrame) -> bool:
        """Whether it was made for such pictures."""
        return _key(frame) == self._key

    def add(self, t_s: float, frame: VideoFrame) -> Iterator[Timed]:
        """What is done by now."""
        frame.pts, frame.time_base = round(t_s / CLOCK), CLOCK
        self._graph.vpush(frame)
        yield from self._done()

    def rest(self) -> Iterator[Timed]:
        """What is left at the end."""
        self._graph.vpush(None)
        yield from self._done()

    def _done(self) -> Iterator[Timed]:
        while True:
            try:
                frame = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            frame.colorspace, frame.color_range = self._colours
            yield float(frame.time), frame


def _key(frame: VideoFrame) -> object:
    return frame.width, frame.height, frame.format.name
