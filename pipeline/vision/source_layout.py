"""Finds what a shot's pictures are made of: bars, and the windows of a call or recording.

A window ("tile") shows one camera: the picture is divided at drawn borders, and two or more of the
parts hold a face; a photograph on a slide is none. Borders are known to about one pixel of the
small pictures, a 320th of the picture; tiles are rounded inward, so that none contains a column of
its neighbor. A shot too short to show what stays has the bars that the whole film has.
"""

import math
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence

import numpy as np

from pipeline.core.areas import Area, union
from pipeline.core.data import Box, FaceTrack, Region, RegionKind, SourceLayout
from pipeline.media.frames import Picture
from pipeline.media.thumbnail_grid import Axis, Sampling
from pipeline.vision.bars import BAR, trim
from pipeline.vision.insets import insets
from pipeline.vision.slide_detection import share_of
from pipeline.vision.still_picture import Views, views, whole
from pipeline.vision.tiling import Node, divide

LOOK_INTERVAL_S = 0.4  # between kept pictures: in less, a calm speaker seems as still as a border
MAX_KEPT_PICTURES = 128  # 22 MB; then every second one is dropped and the interval doubled
EXAMINED_PICTURES = 9  # pictures of a shot
MIN_PICTURES = 3  # fewer do not show what stays
FACE_CORE = 0.6  # share of a face's box, in its middle, that no border crosses
MIN_WRITING = 0.05  # share of a slide that is writing
MIN_STILL = 0.9  # share of a photograph's pixels; a face on camera breathes and blinks
SAME_SIZE = 0.1  # difference in width and height of tiles of one size, as a share of the larger


class LayoutFinder:
    """Keeps few pictures, at most MAX_KEPT_PICTURES."""

    def __init__(self, sampling: Sampling) -> None:
        """Take how the pictures are sampled; layouts are reported in display pixels."""
        self._sampling = sampling
        self._interval_s = LOOK_INTERVAL_S
        self._times: list[float] = []
        self._pictures: list[Picture] = []

    def watch(
        self, pictures: Iterable[tuple[float, Picture]]
    ) -> Generator[tuple[float, Picture], None, None]:
        """Yield the same pictures, keeping some of them."""
        for t_s, picture in pictures:
            self.add(t_s, picture)
            yield t_s, picture

    def add(self, t_s: float, picture: Picture) -> None:
        """Take the next picture, RGB (h, w, 3) of the whole frame; times ascend."""
        if self._times and t_s - self._times[-1] < self._interval_s:
            return
        if len(self._times) == MAX_KEPT_PICTURES:
            del self._times[1::2], self._pictures[1::2]
            self._interval_s *= 2
        self._times.append(t_s)
        self._pictures.append(picture)

    def layout(
        self,
        start_s: float,
        end_s: float,
        tracks: Sequence[FaceTrack] = (),
        *,
        since_s: float | None = None,
    ) -> SourceLayout:
        """Return the layout of the shot [start_s, end_s), in which `tracks` are the faces.

        Its pictures begin at `since_s`; None: at its start. A shot of fewer than MIN_PICTURES kept
        pictures has no regions, and those bars that all kept pictures have.
        """
        shown = self._shown(start_s if since_s is None else since_s, end_s)
        if len(shown) < MIN_PICTURES:
            shown, tracks = self._shown(-math.inf, math.inf), ()
        if len(shown) < MIN_PICTURES:
            width, height = float(self._sampling.width), float(self._sampling.height)
            return SourceLayout(picture=Box(x=0.0, y=0.0, w=width, h=height))
        still = views(shown, edges=bool(tracks))
        picture, found = examine(still, [self._core(track, shown[0]) for track in tracks])
        return SourceLayout(
            picture=self._box(picture, shown[0]),
            regions=tuple(
                Region(kind=kind, box=self._box(cell, shown[0]), start_s=start_s, end_s=end_s)
                for kind, cell in found
            ),
        )

    def _core(self, track: FaceTrack, picture: Picture) -> Area:
        """Return the middle of a face's median box, in pixels of a small picture."""
        x, y, w, h = np.median([[f.box.x, f.box.y, f.box.w, f.box.h] for f in track.faces], axis=0)
        grid, rim = self._sampling.grid(*picture.shape[:2]), (1 - FACE_CORE) / 2
        return Area(
            left=int(grid.x.to_small(x + rim * w)),
            top=int(grid.y.to_small(y + rim * h)),
            right=int(grid.x.to_small(x + w - rim * w)) + 1,
            bottom=int(grid.y.to_small(y + h - rim * h)) + 1,
        )

    def _box(self, cell: Area, picture: Picture) -> Box:
        """Return the display pixels that a cell of a small picture covers.

        A side within the picture is moved inward to what its outermost pixel shows: the border may
        be anywhere outside of that.
        """
        (rows, columns), sampling = picture.shape[:2], self._sampling
        grid = sampling.grid(rows, columns)
        left, right = _sides(grid.x, cell.left, cell.right, columns, sampling.width)
        top, bottom = _sides(grid.y, cell.top, cell.bottom, rows, sampling.height)
        return Box(x=left, y=top, w=max(1.0, right - left), h=max(1.0, bottom - top))

    def _shown(self, since_s: float, end_s: float) -> list[Picture]:
        """Return up to EXAMINED_PICTURES of one shape, evenly spaced over [since_s, end_s)."""
        first, end = bisect_left(self._times, since_s), bisect_left(self._times, end_s)
        shown = [p for p in self._pictures[first:end] if p.shape == self._pictures[first].shape]
        chosen = np.linspace(0, len(shown) - 1, min(len(shown), EXAMINED_PICTURES)).round()
        return [shown[int(i)] for i in chosen]


def examine(still: Views, faces: Sequence[Area]) -> tuple[Area, list[tuple[RegionKind, Area]]]:
    """Return the picture without bars and its regions, given the middles of the faces.

    Without the gutters' ground around them, too, if the picture consists of windows.
    """
    picture = trim(still, whole(still[0]), BAR)
    if not faces:
        return picture, []
    tree = divide(still, picture, faces)
    faces = [face for face in faces if not _is_on_slide(still, tree, face)]
    if not faces:
        return picture, []
    tiles = _tiles(tree, faces)
    small = [] if tiles else insets(still, picture, faces)
    if small:
        return picture, [("screen", picture), *(("inset", cell) for cell in small)]
    regions = _with_screens(still, tree, faces, tiles)
    if regions and tree.has_gutters:
        picture = union([cell for _, cell in regions])
    elif tiles:  # a gutter around them may be narrower than a small pixel
        regions = [(kind, _without_rim(cell, picture)) for kind, cell in regions]
    return picture, regions


def _without_rim(cell: Area, frame: Area) -> Area:
    """Return the cell without its outermost pixels along the sides of the frame."""
    return Area(
        left=cell.left + (cell.left == frame.left),
        top=cell.top + (cell.top == frame.top),
        right=cell.right - (cell.right == frame.right),
        bottom=cell.bottom - (cell.bottom == frame.bottom),
    )


def _tiles(tree: Node, faces: Sequence[Area]) -> list[Area]:
    """Return the parts that hold faces, and those of the same size; none if only one does."""
    held = _held(tree, faces)
    if len(held) < 2:
        return []
    return [cell for cell in tree.leaves() if any(_same_size(cell, other) for other in held)]


def _held(tree: Node, faces: Sequence[Area]) -> list[Area]:
    """Return the undivided parts that hold faces."""
    return [cell for cell in tree.leaves() if any(cell.holds(face) for face in faces)]


def _with_screens(
    still: Views, tree: Node, faces: Sequence[Area], tiles: list[Area]
) -> list[tuple[RegionKind, Area]]:
    """Return tiles and large parts without a face; beside a single window they need writing."""
    screens = [
        node.cell
        for node in _without(tree, faces)
        if (_has_writing(still, node.cell) if not tiles else not _has_any(node, tiles))
    ]
    if not tiles:
        tiles = _held(tree, faces) if screens else []
    return [*(("tile", cell) for cell in tiles), *(("screen", cell) for cell in screens)]


def _has_any(node: Node, cells: Sequence[Area]) -> bool:
    return any(cell in cells for cell in node.leaves())


def _without(node: Node, faces: Sequence[Area]) -> Iterator[Node]:
    """Yield the largest parts of a division that hold no face."""
    if not any(node.cell.holds(face) for face in faces):
        yield node
    else:
        for part in node.parts:
            yield from _without(part, faces)


def _is_on_slide(still: Views, tree: Node, face: Area) -> bool:
    """Whether a face is a photograph in a part with writing: nobody sits there before a camera."""
    seen = still[0].still[face.top : face.bottom, face.left : face.right]
    part = next((cell for cell in tree.leaves() if cell.holds(face)), None)
    return part is not None and float(seen.mean()) >= MIN_STILL and _has_writing(still, part)


def _has_writing(still: Views, cell: Area) -> bool:
    """Whether a cell looks like a slide."""
    part = still[0].middle[cell.top : cell.bottom, cell.left : cell.right]
    return share_of(part) >= MIN_WRITING


def _same_size(a: Area, b: Area) -> bool:
    """Whether two cells have about the same width and height."""
    widths, heights = (a.width, b.width), (a.height, b.height)
    return all(min(pair) >= (1 - SAME_SIZE) * max(pair) for pair in (widths, heights))


def _sides(axis: Axis, first: int, end: int, count: int, length: float) -> tuple[float, float]:
    """Return both sides of the pixels [first, end) of `count`, in display pixels of `length`."""
    begin = axis.to_display(first) + axis.unseen if first > 0 else 0.0
    finish = axis.to_display(end) - axis.unseen if end < count else length
    return min(max(0.0, begin), length - 1.0), min(finish, length)
