"""Finds what a shot's pictures are made of: bars, and the windows of a call or recording.

A window ("tile") shows one camera: the picture is divided at drawn borders, and two or more of the
parts hold a face. Borders are known to about one pixel of the small pictures, a 320th of
the picture; tiles are rounded inward, so that none contains a column of its neighbor. A shot too
short to show what stays has the bars that the whole film has.
"""

import math
from bisect import bisect_left
from collections.abc import Generator, Iterable, Iterator, Sequence

import numpy as np

from pipeline.core.data import Box, FaceTrack, Region, RegionKind, SourceLayout
from pipeline.media.frames import Picture
from pipeline.vision.bars import BAR, trim
from pipeline.vision.cells import Cell, around
from pipeline.vision.insets import insets
from pipeline.vision.slide_detection import share_of
from pipeline.vision.still_picture import Views, views, whole
from pipeline.vision.tiling import Node, divide

LOOK_INTERVAL_S = 0.4  # between kept pictures: in less, a calm speaker seems as still as a border
MAX_KEPT_PICTURES = 128  # 22 MB; then every second one is dropped and the interval doubled
EXAMINED_PICTURES = 9  # of a shot
MIN_PICTURES = 3  # fewer do not show what stays
FACE_CORE = 0.6  # of a face's box, in its middle, that no border crosses
MIN_SCREEN = 0.15  # of the picture
MIN_LONE_SCREEN = 0.3  # of the picture, beside a single window
MIN_WRITING = 0.05  # of a slide
SAME_SIZE = 0.1  # difference in width and height of tiles of one size, as a share of the larger


class LayoutFinder:
    """Keeps few pictures, at most MAX_KEPT_PICTURES."""

    def __init__(self, width: int, height: int) -> None:
        """Layouts are reported in the pixels of a picture of `width` x `height`."""
        self._size = width, height
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
        width, height = self._size
        shown = self._shown(start_s if since_s is None else since_s, end_s)
        if len(shown) < MIN_PICTURES:
            shown, tracks = self._shown(-math.inf, math.inf), ()
        if len(shown) < MIN_PICTURES:
            return SourceLayout(picture=Box(x=0.0, y=0.0, w=float(width), h=float(height)))
        still = views(shown, edges=bool(tracks))
        frame = whole(still[0])
        picture, found = examine(still, [_core(track, frame, self._size) for track in tracks])
        return SourceLayout(
            picture=_box(picture, frame, self._size),
            regions=tuple(
                Region(kind=kind, box=_box(cell, frame, self._size), start_s=start_s, end_s=end_s)
                for kind, cell in found
            ),
        )

    def _shown(self, since_s: float, end_s: float) -> list[Picture]:
        """Return up to EXAMINED_PICTURES of one shape, evenly spaced over [since_s, end_s)."""
        first, end = bisect_left(self._times, since_s), bisect_left(self._times, end_s)
        shown = [p for p in self._pictures[first:end] if p.shape == self._pictures[first].shape]
        chosen = np.linspace(0, len(shown) - 1, min(len(shown), EXAMINED_PICTURES)).round()
        return [shown[int(i)] for i in chosen]


def examine(still: Views, faces: Sequence[Cell]) -> tuple[Cell, list[tuple[RegionKind, Cell]]]:
    """Return the picture without bars and its regions, given the middles of the faces.

    Without the gutters' ground around them, too, if the picture consists of windows.
    """
    picture = trim(still, whole(still[0]), BAR)
    if not faces:
        return picture, []
    tree = divide(still, picture, faces)
    tiles = _tiles(tree, faces)
    small = [] if tiles else insets(still, picture, faces)
    if small:
        return picture, [("screen", picture), *(("inset", cell) for cell in small)]
    regions = _with_screens(still, tree, faces, tiles)
    if regions and tree.has_gutters:
        picture = around([cell for _, cell in regions])
    elif tiles:  # a gutter around them may be narrower than a small pixel
        regions = [(kind, _without_rim(cell, picture)) for kind, cell in regions]
    return picture, regions


def _without_rim(cell: Cell, frame: Cell) -> Cell:
    """Return the cell without its outermost pixels along the sides of the frame."""
    return Cell(
        left=cell.left + (cell.left == frame.left),
        top=cell.top + (cell.top == frame.top),
        right=cell.right - (cell.right == frame.right),
        bottom=cell.bottom - (cell.bottom == frame.bottom),
    )


def _tiles(tree: Node, faces: Sequence[Cell]) -> list[Cell]:
    """Return the parts that hold faces, and those of the same size; none if only one does."""
    held = _held(tree, faces)
    if len(held) < 2:
        return []
    return [cell for cell in tree.leaves() if any(_same_size(cell, other) for other in held)]


def _held(tree: Node, faces: Sequence[Cell]) -> list[Cell]:
    """Return the undivided parts that hold faces."""
    return [cell for cell in tree.leaves() if any(cell.holds(face) for face in faces)]


def _with_screens(
    still: Views, tree: Node, faces: Sequence[Cell], tiles: list[Cell]
) -> list[tuple[RegionKind, Cell]]:
    """Return tiles and large parts without a face; beside a single window they need writing."""
    screens = [
        node.cell
        for node in _without(tree, faces)
        if node.cell.area / tree.cell.area >= (MIN_SCREEN if tiles else MIN_LONE_SCREEN)
        and (_has_writing(still, node.cell) if not tiles else not _has_any(node, tiles))
    ]
    if not tiles:
        tiles = _held(tree, faces) if screens else []
    return [*(("tile", cell) for cell in tiles), *(("screen", cell) for cell in screens)]


def _has_any(node: Node, cells: Sequence[Cell]) -> bool:
    return any(cell in cells for cell in node.leaves())


def _without(node: Node, faces: Sequence[Cell]) -> Iterator[Node]:
    """Yield the largest parts of a division that hold no face."""
    if not any(node.cell.holds(face) for face in faces):
        yield node
    else:
        for part in node.parts:
            yield from _without(part, faces)


def _has_writing(still: Views, cell: Cell) -> bool:
    """Whether a cell looks like a slide."""
    part = still[0].middle[cell.top : cell.bottom, cell.left : cell.right]
    return share_of(part) >= MIN_WRITING


def _core(track: FaceTrack, frame: Cell, size: tuple[int, int]) -> Cell:
    """Return the middle of a face's median box, in small pixels."""
    x, y, w, h = np.median([[f.box.x, f.box.y, f.box.w, f.box.h] for f in track.faces], axis=0)
    sx, sy = frame.right / size[0], frame.bottom / size[1]
    rim = (1 - FACE_CORE) / 2
    left, right = (x + rim * w) * sx, (x + w - rim * w) * sx
    top, bottom = (y + rim * h) * sy, (y + h - rim * h) * sy
    return Cell(left=int(left), top=int(top), right=int(right) + 1, bottom=int(bottom) + 1)


def _same_size(a: Cell, b: Cell) -> bool:
    """Whether two cells have about the same width and height."""
    widths, heights = (a.width, b.width), (a.height, b.height)
    return all(min(pair) >= (1 - SAME_SIZE) * max(pair) for pair in (widths, heights))


def _box(cell: Cell, frame: Cell, size: tuple[int, int]) -> Box:
    """Return the display pixels of which a cell of small pixels shows nothing else.

    Small pictures are scaled with swscale's fast bilinear method, which takes column n from
    1 + n * (width - 2) / (columns - 2), not from the middle of what the column covers.
    """
    (width, height), columns, rows = size, frame.right, frame.bottom
    step_x, step_y = (width - 2) / max(1, columns - 2), height / rows
    left = min(cell.left * step_x + 1, width - 1.0) if cell.left else 0.0
    right = float(width) if cell.right == columns else (cell.right - 1) * step_x + 1
    top, bottom = cell.top * step_y, cell.bottom * step_y
    return Box(x=left, y=top, w=max(1.0, right - left), h=max(1.0, bottom - top))
