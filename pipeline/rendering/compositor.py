"""Composes the clip's picture from a decoded frame: rotate, convert colors, crop, scale.

FFmpeg's filters work on the stored planes and interpolate once along each side; `crop_scaling`
computes where. `gpu_compositor` does the same with torch on a graphics card.
"""

from collections.abc import Sequence
from itertools import pairwise

from av.filter.context import FilterContext
from av.video.frame import VideoFrame

from pipeline.core.data import Box, LayoutKind, VideoStream
from pipeline.core.layout import Pane, panes_of
from pipeline.media.color_matrix import matrix_of
from pipeline.media.planes import copy_of, pixels
from pipeline.rendering.crop_scaling import FINER, Axis, Pans, Part, even_part, finer, fit_size
from pipeline.rendering.filter_graphs import (
    Pipe,
    add_filters,
    add_source,
    chain,
    format_of,
    new_graph,
    pipe,
)
from pipeline.rendering.surface import InMemory

ROTATION_FILTERS = {90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}
GROUND_WIDTH = 54  # pixels; the blurred ground of "fit" is made at this width
# blurred until nobody sees of what, such as a face far too large, and darker than the picture
GROUND_BLUR = ("gblur=sigma=9", "lutyuv=y=16+(val-16)*0.45")
TO_BT709 = "out_color_matrix=bt709:out_range=tv"
# Reference white becomes white, so faces keep their brightness; brighter highlights are clipped.
TONE_MAP = f"scale={TO_BT709}:out_transfer=bt709:out_primaries=bt709:intent=relative_colorimetric"


class Canvas:
    """Composes pictures of one size from the frames of one source."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self.pixels = "yuv420p"  # format of composed pictures
        self._video = video
        self._width, self._height = width, height
        self._upright: tuple[object, Pipe] | None = None
        self._windows: dict[tuple[Pane, bool], tuple[object, _Window | _Glide]] = {}
        self._pans = Pans()
        self._fit: tuple[object, Pipe] | None = None
        self._blur: tuple[object, Pipe] | None = None

    def compose(self, frame: VideoFrame, layout: LayoutKind, boxes: Sequence[Box]) -> InMemory:
        """Compose the clip's picture, which is not shared and may be drawn on.

        `boxes` are the crops of the layout's panes, in the same order; "fit" shows all of its box
        over a ground.
        """
        frame = self._turn(frame)
        if layout == "fit":
            return InMemory(self._whole(frame, boxes[0]))
        parts = panes_of(layout, boxes, self._width, self._height)
        pictures = [self._crop(frame, p, b) for p, b in zip(parts, boxes, strict=True)]
        if len(pictures) == 1:
            return InMemory(pictures[0])
        if sum(pane.width * pane.height for pane in parts) < self._width * self._height:
            whole = self._ground(frame, boxes[-1])
        else:
            whole = VideoFrame(self._width, self._height, "yuv420p")
        return InMemory(_join(whole, parts, pictures))

    def lift(self, frame: VideoFrame) -> InMemory:
        """Wrap a picture that already has the clip's size and colors."""
        return InMemory(frame)

    def _turn(self, frame: VideoFrame) -> VideoFrame:
        """Rotate the frame upright and convert it to standard dynamic range, if necessary."""
        filters = list(ROTATION_FILTERS.get(self._video.rotation, ()))
        if self._video.hdr:
            filters = [TONE_MAP, "format=yuv420p", *filters]
        if not filters:
            return frame
        key = format_of(frame)
        if self._upright is None or self._upright[0] != key:
            self._upright = key, chain(frame, filters)
        return self._upright[1](frame)

    def _crop(self, frame: VideoFrame, pane: Pane, box: Box) -> VideoFrame:
        x, y, pans = self._pans.axes(pane, box, (frame.width, frame.height), self._video)
        key = (format_of(frame), x.cut, x.scaled, y.cut, y.scaled)
        known = self._windows.get((pane, pans))
        if known is None or known[0] != key:
            size, matrix = (pane.width, pane.height), matrix_of(frame, self._video)
            known = key, (_Glide if pans else _Window)(frame, x, y, size, matrix)
            self._windows[pane, pans] = known
        return known[1](frame, x, y)

    def _whole(self, frame: VideoFrame, box: Box) -> VideoFrame:
        part, shape = even_part(box, (frame.width, frame.height), self._video)
        key = format_of(frame), part
        if self._fit is None or self._fit[0] != key:
            size, matrix = (self._width, self._height), matrix_of(frame, self._video)
            self._fit = key, _fit_graph(frame, part, shape=shape, size=size, matrix=matrix)
        return self._fit[1](frame)

    def _ground(self, frame: VideoFrame, box: Box) -> VideoFrame:
        """Return a dim blur of a box that stands still, as large as the clip."""
        part, shape = even_part(box, (frame.width, frame.height), self._video)
        key = format_of(frame), part
        if self._blur is None or self._blur[0] != key:
            size, matrix = (self._width, self._height), matrix_of(frame, self._video)
            filters = [_cut(part), *ground_filters(shape, size, matrix), "format=yuv420p"]
            self._blur = key, chain(frame, filters)
        return self._blur[1](frame)


class _Window:
    """A filter graph for one size: crop, scale, trim; commands move the crop."""

    def __init__(
        self, frame: VideoFrame, x: Axis, y: Axis, size: tuple[int, int], matrix: str
    ) -> None:
        self._at = x, y
        graph = new_graph()
        source = add_source(graph, frame)
        self._cut = graph.add("crop", f"{x.cut}:{y.cut}:{x.start}:{y.start}:exact=1")
        scale = graph.add("scale", f"{x.scaled}:{y.scaled}:{_scaling_options(matrix)}")
        planes = graph.add("format", "yuv420p")
        self._trim = graph.add("crop", f"{size[0]}:{size[1]}:{x.trim}:{y.trim}:exact=1")
        sink = graph.add("buffersink")
        graph.link_nodes(source, self._cut, scale, planes, self._trim, sink).configure()
        self._graph = graph

    def __call__(self, frame: VideoFrame, x: Axis, y: Axis) -> VideoFrame:
        _move(self._cut, "x", self._at[0].start, x.start)
        _move(self._cut, "y", self._at[1].start, y.start)
        _move(self._trim, "x", self._at[0].trim, x.trim)
        _move(self._trim, "y", self._at[1].trim, y.trim)
        self._at = x, y
        self._graph.vpush(frame)
        picture = self._graph.vpull()
        # an unscaled, uncropped picture is the decoder's own, which later pictures refer to
        return copy_of(picture) if _shares(picture, frame) else picture


class _Glide:
    """Like _Window, but between output pixels: columns are first scaled FINER times as dense."""

    def __init__(
        self, frame: VideoFrame, x: Axis, y: Axis, size: tuple[int, int], matrix: str
    ) -> None:
        self._at = x, y
        self._columns = new_graph()
        source = add_source(self._columns, frame)
        self._cut = self._columns.add("crop", f"{x.cut}:{y.cut}:{x.start}:{y.start}:exact=1")
        wide = self._columns.add("scale", f"{FINER * x.scaled}:{y.cut}:{_scaling_options(matrix)}")
        planes = self._columns.add("format", "yuv420p")
        sink = self._columns.add("buffersink")
        self._columns.link_nodes(source, self._cut, wide, planes, sink).configure()
        self._taken = VideoFrame(size[0], y.cut, "yuv420p")
        self._rows = new_graph()
        tall = self._rows.add(
            "scale", f"{size[0]}:{y.scaled}:{_scaling_options('bt709')}:in_range=tv"
        )
        self._trim = self._rows.add("crop", f"{size[0]}:{size[1]}:0:{y.trim}:exact=1")
        sink = self._rows.add("buffersink")
        self._rows.link_nodes(
            add_source(self._rows, self._taken), tall, self._trim, sink
        ).configure()

    def __call__(self, frame: VideoFrame, x: Axis, y: Axis) -> VideoFrame:
        _move(self._cut, "x", self._at[0].start, x.start)
        _move(self._cut, "y", self._at[1].start, y.start)
        _move(self._trim, "y", self._at[1].trim, y.trim)
        self._at = x, y
        self._columns.vpush(frame)
        wide = self._columns.vpull()
        first = finer(x)
        for to, of in zip(self._taken.planes, wide.planes, strict=True):
            fine, taken = pixels(of), pixels(to)
            begin = first if to.width == self._taken.width else first // 2  # chroma is half as wide
            taken[...] = fine[:, begin : begin + FINER * taken.shape[1] : FINER]
        self._rows.vpush(self._taken)
        picture = self._rows.vpull()
        return copy_of(picture) if _shares(picture, self._taken) else picture


def _move(crop: FilterContext, axis: str, before: int, now: int) -> None:
    if before != now:
        crop.process_command(axis, str(now))


def _join(whole: VideoFrame, parts: Sequence[Pane], pictures: Sequence[VideoFrame]) -> VideoFrame:
    """Copy several pictures into one, each into its pane, and return it."""
    for pane, picture in zip(parts, pictures, strict=True):
        for n, (to, of) in enumerate(zip(whole.planes, picture.planes, strict=True)):
            shift = 1 if n else 0
            x, y = pane.x >> shift, pane.y >> shift
            part = pixels(of)
            pixels(to)[y : y + part.shape[0], x : x + part.shape[1]] = part
    return whole


def _fit_graph(
    frame: VideoFrame, part: Part, *, shape: float, size: tuple[int, int], matrix: str
) -> Pipe:
    """Build the graph that puts a part of the picture, shown in `shape`, over a dim blur of it."""
    width, height = size
    w, h = fit_size(shape, size)
    graph = new_graph()
    source = add_source(graph, frame)
    fork = graph.add("split", "2")
    if (part.width, part.height) != (frame.width, frame.height):
        (cut,) = add_filters(graph, [_cut(part)])
        source.link_to(cut)
        source = cut
    source.link_to(fork)
    ground = add_filters(graph, ground_filters(shape, size, matrix))
    over = graph.add("overlay", f"{(width - w) // 4 * 2}:{(height - h) // 4 * 2}")
    picture = graph.add("scale", f"{w}:{h}:{_scaling_options(matrix)}")
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
    return pipe(graph)


def _cut(part: Part) -> str:
    return f"crop={part.width}:{part.height}:{part.x}:{part.y}:exact=1"


def ground_filters(shape: float, size: tuple[int, int], matrix: str = "bt709") -> list[str]:
    """Return filters that make a dim blur of `size` from the middle of a picture of `shape`."""
    width, height = size
    part = min(1.0, (width / height) / shape), min(1.0, shape / (width / height))
    tiny = GROUND_WIDTH, max(2, round(GROUND_WIDTH * height / width / 2) * 2)
    return [
        f"crop=max(2,iw*{part[0]:.6f}):max(2,ih*{part[1]:.6f})",
        f"scale={tiny[0]}:{tiny[1]}:flags=area:in_color_matrix={matrix}:{TO_BT709}",
        "format=yuv420p",
        *GROUND_BLUR,
        f"scale={width}:{height}:flags=bilinear",
    ]


def _shares(a: VideoFrame, b: VideoFrame) -> bool:
    """Whether `a` uses the memory of `b`."""
    first = b.planes[0].buffer_ptr
    return bool(first <= a.planes[0].buffer_ptr < first + b.planes[0].buffer_size)


def _scaling_options(matrix: str) -> str:
    return f"flags=bicubic:in_color_matrix={matrix}:{TO_BT709}"
