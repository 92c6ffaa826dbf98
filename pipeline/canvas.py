"""Turns a decoded frame into the clip's picture: upright, right colours, cropped, scaled.

The only module that maps display pixels to stored ones. Everything runs in FFmpeg's filters on
the stored planes. A crop is cut a little too large on even pixels, scaled once, and trimmed in the
output. While the camera pans, columns are made four times as close together and every fourth is
taken from where it stands: steps of a quarter of a pixel, which no eye sees, and still one
interpolation along each side.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from av.filter.context import FilterContext
from av.filter.graph import Graph
from av.video.frame import VideoFrame

from pipeline.data import Box, LayoutKind, VideoStream
from pipeline.frames import upright_size
from pipeline.panes import Pane, panes
from pipeline.planes import copy_of, pixels
from pipeline.threads import beside

FINER = 4  # steps to an output pixel while the camera pans
GLIDES = 0.75  # of the source's size at least: in smaller ones fine lines would flicker
PANS = 1e-3  # pixels from one picture to the next: less is standing
TIME_BASE = Fraction(1, 90_000)  # of the filters; frames carry no time through them
TURNS = {90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}
GROUND_WIDTH = 54  # pixels that the blurred ground of "fit" is made of
GROUND_LIGHT = 0.45  # of the picture's
HD_HEIGHT = 720  # from here on an untold colour matrix is BT.709
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
TO_BT709 = "out_color_matrix=bt709:out_range=tv"
# Reference white becomes white, so faces keep their light; brighter highlights are cut off.
TONE_MAP = f"scale={TO_BT709}:out_transfer=bt709:out_primaries=bt709:intent=relative_colorimetric"

Pipe = Callable[[VideoFrame], VideoFrame]


class Canvas:
    """Makes pictures of one size from the frames of one source."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self._video = video
        self._width, self._height = width, height
        self._upright: tuple[object, Pipe] | None = None
        self._windows: dict[tuple[Pane, bool], tuple[object, _Window | _Glide]] = {}
        self._seen: dict[Pane, Box] = {}
        self._fit: tuple[object, Pipe] | None = None

    def compose(self, frame: VideoFrame, layout: LayoutKind, boxes: Sequence[Box]) -> VideoFrame:
        """The clip's picture, yuv420p BT.709, not shared with anybody: it may be drawn on.

        `boxes` are the crops of the layout's panes, in their order.
        """
        frame = self._turn(frame)
        if layout == "fit":
            return self._whole(frame)
        parts = panes(layout, self._width, self._height)
        pictures = [self._cropped(frame, p, b) for p, b in zip(parts, boxes, strict=True)]
        if len(pictures) == 1:
            return pictures[0]
        return _joined(self._width, self._height, parts, pictures)

    def _turn(self, frame: VideoFrame) -> VideoFrame:
        """The frame upright and in standard dynamic range; as it is when it is so already."""
        filters = list(TURNS.get(self._video.rotation, ()))
        if self._video.hdr:
            filters = [TONE_MAP, "format=yuv420p", *filters]
        if not filters:
            return frame
        key = _key(frame)
        if self._upright is None or self._upright[0] != key:
            self._upright = key, _chain(frame, filters)
        return self._upright[1](frame)

    def _cropped(self, frame: VideoFrame, pane: Pane, box: Box) -> VideoFrame:
        sx, sy = frame.width / self._video.width, frame.height / self._video.height
        x = _axis(box.x * sx, box.w * sx, frame.width, pane.width)
        y = _axis(box.y * sy, box.h * sy, frame.height, pane.height)
        key = (_key(frame), x.cut, x.scaled, y.cut, y.scaled)
        pans = self._pans(pane, box) and x.scaled >= GLIDES * x.cut
        known = self._windows.get((pane, pans))
        if known is None or known[0] != key:
            size = pane.width, pane.height
            known = key, (_Glide if pans else _Window)(frame, x, y, size, self._matrix(frame))
            self._windows[pane, pans] = known
        return known[1](frame, x, y)

    def _pans(self, pane: Pane, box: Box) -> bool:
        """Whether the crop has just moved to the side, and has not jumped."""
        before, self._seen[pane] = self._seen.get(pane, box), box
        same = before.w == box.w and before.h == box.h
        return same and PANS < abs(box.x - before.x) < box.w / 8

    def _whole(self, frame: VideoFrame) -> VideoFrame:
        key = _key(frame)
        if self._fit is None or self._fit[0] != key:
            shape = self._video.width / self._video.height
            size = self._width, self._height
            self._fit = key, _fit_graph(frame, shape, size, self._matrix(frame))
        return self._fit[1](frame)

    def _matrix(self, frame: VideoFrame) -> str:
        """Name of the matrix that the frame's colours were coded with."""
        height = upright_size(self._video)[1]
        untold = "bt709" if max(height, frame.height) >= HD_HEIGHT else "smpte170m"
        return MATRICES.get(int(frame.colorspace), untold)


@dataclass(frozen=True, slots=True)
class _Axis:
    """One axis of a crop: take `cut` pixels from `start`, scale to `scaled`, keep from `trim`."""

    start: int
    cut: int
    scaled: int
    trim: int
    exact: float  # where `trim` should be


def _axis(start: float, length: float, available: int, wanted: int) -> _Axis:
    """How to get `wanted` pixels from the stretch `start`, `length` of `available` pixels."""
    length = min(max(length, 2.0), float(available))
    start = min(max(start, 0.0), available - length)
    scale = wanted / length
    cut = min(available, math.ceil(length / 2) * 2 + 2)
    first = min(math.floor(start / 2) * 2, available - cut) if cut < available else 0
    scaled = max(wanted, round(cut * scale))
    exact = min(max(0.0, (start - first) * scale), float(scaled - wanted))
    return _Axis(first, cut, scaled, round(exact), exact)


class _Window:
    """Crop, scale, trim: a graph for one size, moved by commands."""

    def __init__(
        self, frame: VideoFrame, x: _Axis, y: _Axis, size: tuple[int, int], matrix: str
    ) -> None:
        self._at = x, y
        graph = _graph()
        source = _source(graph, frame)
        self._cut = graph.add("crop", f"{x.cut}:{y.cut}:{x.start}:{y.start}:exact=1")
        scale = graph.add("scale", f"{x.scaled}:{y.scaled}:{_scaling(matrix)}")
        planes = graph.add("format", "yuv420p")
        self._trim = graph.add("crop", f"{size[0]}:{size[1]}:{x.trim}:{y.trim}:exact=1")
        sink = graph.add("buffersink")
        graph.link_nodes(source, self._cut, scale, planes, self._trim, sink).configure()
        self._graph = graph

    def __call__(self, frame: VideoFrame, x: _Axis, y: _Axis) -> VideoFrame:
        _move(self._cut, "x", self._at[0].start, x.start)
        _move(self._cut, "y", self._at[1].start, y.start)
        _move(self._trim, "x", self._at[0].trim, x.trim)
        _move(self._trim, "y", self._at[1].trim, y.trim)
        self._at = x, y
        self._graph.vpush(frame)
        picture = self._graph.vpull()
        # where nothing is cut or scaled it is the decoder's own, which further pictures refer to
        return copy_of(picture) if _shares(picture, frame) else picture


class _Glide:
    """The same between output pixels: columns first, closer together than they are needed."""

    def __init__(
        self, frame: VideoFrame, x: _Axis, y: _Axis, size: tuple[int, int], matrix: str
    ) -> None:
        self._at = x, y
        self._columns = _graph()
        source = _source(self._columns, frame)
        self._cut = self._columns.add("crop", f"{x.cut}:{y.cut}:{x.start}:{y.start}:exact=1")
        wide = self._columns.add("scale", f"{FINER * x.scaled}:{y.cut}:{_scaling(matrix)}")
        planes = self._columns.add("format", "yuv420p")
        sink = self._columns.add("buffersink")
        self._columns.link_nodes(source, self._cut, wide, planes, sink).configure()
        self._taken = VideoFrame(size[0], y.cut, "yuv420p")
        self._rows = _graph()
        tall = self._rows.add("scale", f"{size[0]}:{y.scaled}:{_scaling('bt709')}:in_range=tv")
        self._trim = self._rows.add("crop", f"{size[0]}:{size[1]}:0:{y.trim}:exact=1")
        sink = self._rows.add("buffersink")
        self._rows.link_nodes(_source(self._rows, self._taken), tall, self._trim, sink).configure()

    def __call__(self, frame: VideoFrame, x: _Axis, y: _Axis) -> VideoFrame:
        _move(self._cut, "x", self._at[0].start, x.start)
        _move(self._cut, "y", self._at[1].start, y.start)
        _move(self._trim, "y", self._at[1].trim, y.trim)
        self._at = x, y
        self._columns.vpush(frame)
        wide = self._columns.vpull()
        # middles: output pixel n lies at n + 1/2, fine pixel k at (k + 1/2) / FINER
        first = round(FINER * (x.exact + 0.5) - 0.5)
        for to, of in zip(self._taken.planes, wide.planes, strict=True):
            fine, taken = pixels(of), pixels(to)
            begin = first if to.width == self._taken.width else first // 2  # half as many colours
            taken[...] = fine[:, begin : begin + FINER * taken.shape[1] : FINER]
        self._rows.vpush(self._taken)
        picture = self._rows.vpull()
        return copy_of(picture) if _shares(picture, self._taken) else picture


def _move(crop: FilterContext, axis: str, before: int, now: int) -> None:
    if before != now:
        crop.process_command(axis, str(now))


def _joined(
    width: int, height: int, parts: Sequence[Pane], pictures: Sequence[VideoFrame]
) -> VideoFrame:
    """One picture of several, each in its pane."""
    whole = VideoFrame(width, height, "yuv420p")
    for pane, picture in zip(parts, pictures, strict=True):
        for n, (to, of) in enumerate(zip(whole.planes, picture.planes, strict=True)):
            shift = 1 if n else 0
            x, y = pane.x >> shift, pane.y >> shift
            part = pixels(of)
            pixels(to)[y : y + part.shape[0], x : x + part.shape[1]] = part
    return whole


def _fit_graph(frame: VideoFrame, shape: float, size: tuple[int, int], matrix: str) -> Pipe:
    """The whole picture, of the given shape, before a dim blur of itself."""
    width, height = size
    w = min(width, round(height * shape / 2) * 2)
    h = min(height, round(width / shape / 2) * 2)
    # the ground: the largest middle part of the output's shape, in stored pixels
    part = min(1.0, (width / height) / shape), min(1.0, shape / (width / height))
    tiny = GROUND_WIDTH, max(2, round(GROUND_WIDTH * height / width / 2) * 2)
    graph = _graph()
    source = _source(graph, frame)
    fork = graph.add("split", "2")
    source.link_to(fork)
    ground = [
        graph.add("crop", f"iw*{part[0]:.6f}:ih*{part[1]:.6f}"),
        graph.add("scale", f"{tiny[0]}:{tiny[1]}:flags=area:in_color_matrix={matrix}:{TO_BT709}"),
        graph.add("format", "yuv420p"),
        graph.add("gblur", "sigma=4"),
        graph.add("lutyuv", f"y=16+(val-16)*{GROUND_LIGHT}"),
        graph.add("scale", f"{width}:{height}:flags=bilinear"),
    ]
    over = graph.add("overlay", f"{(width - w) // 4 * 2}:{(height - h) // 4 * 2}")
    picture = graph.add("scale", f"{w}:{h}:{_scaling(matrix)}")
    planes = graph.add("format", "yuv420p")
    fork.link_to(ground[0], 0)
    for before, after in pairwise(ground):
        before.link_to(after)
    ground[-1].link_to(over, 0, 0)
    fork.link_to(picture, 1)
    picture.link_to(planes)
    planes.link_to(over, 0, 1)
    over.link_to(graph.add("buffersink"))
    graph.configure()
    return _pipe(graph)


def _graph() -> Graph:
    """An empty one; its filters run beside the encoder."""
    graph = Graph()
    graph.threads = beside()
    return graph


def _chain(frame: VideoFrame, filters: list[str]) -> Pipe:
    """A straight line of filters given as name or name=arguments."""
    graph = _graph()
    nodes = [_source(graph, frame)]
    for text in filters:
        name, _, arguments = text.partition("=")
        nodes.append(graph.add(name, arguments or None))
    graph.link_nodes(*nodes, graph.add("buffersink")).configure()
    return _pipe(graph)


def _pipe(graph: Graph) -> Pipe:
    def run(frame: VideoFrame) -> VideoFrame:
        graph.vpush(frame)
        return graph.vpull()

    return run


def _source(graph: Graph, frame: VideoFrame) -> FilterContext:
    return graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=TIME_BASE
    )


def _shares(a: VideoFrame, b: VideoFrame) -> bool:
    """Whether `a` lies in the memory of `b`."""
    first = b.planes[0].buffer_ptr
    return bool(first <= a.planes[0].buffer_ptr < first + b.planes[0].buffer_size)


def _scaling(matrix: str) -> str:
    return f"flags=bicubic:in_color_matrix={matrix}:{TO_BT709}"


def _key(frame: VideoFrame) -> object:
    """What a graph was built for; a stream may change it in the middle."""
    return frame.width, frame.height, frame.format.name, int(frame.colorspace)
