"""Finds what a shot's pictures are made of: bars, and the windows of a call or recording.

A window ("tile") shows one camera: the picture is divided at drawn borders, and two or more of the
parts hold a face. Borders are known to about one pixel of the small pictures, a four-hundredth of
the picture; tiles are rounded inward, so that none contains a column of its neighbor.
"""

from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence

import numpy as np

from pipeline.core.data import Box, FaceTrack, Region, SourceLayout
from pipeline.media.frames import Picture
from pipeline.vision.still_picture import views
from pipeline.vision.tiling import BAR, MARGIN, Cell, Views, divide, trim, whole

LOOK_INTERVAL_S = 0.4
MAX_KEPT_PICTURES = 128  # 22 MB; then every second one is dropped and the interval doubled
EXAMINED_PICTURES = 9  # of a shot
MIN_PICTURES = 3  # fewer do not show what stays
FACE_CORE = 0.6  # of a face's box, in its middle, that no border crosses
SAME_SIZE = 0.1  # difference in width and height of tiles of one size, as a share


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
        self, start_s: float, end_s: float, tracks: Sequence[FaceTrack] = ()
    ) -> SourceLayout:
        """Return the layout of the shot [start_s, end_s), in which `tracks` are the faces.

        A shot of fewer than MIN_PICTURES kept pictures counts as one picture without bars.
        """
        width, height = self._size
        first, end = bisect_left(self._times, start_s), bisect_left(self._times, end_s)
        shown = [p for p in self._pictures[first:end] if p.shape == self._pictures[first].shape]
        if len(shown) < MIN_PICTURES:
            return SourceLayout(picture=Box(x=0.0, y=0.0, w=float(width), h=float(height)))
        chosen = np.linspace(0, len(shown) - 1, min(len(shown), EXAMINED_PICTURES)).round()
        still = views([shown[int(i)] for i in chosen])
        frame = whole(still[0])
        regions = [
            Region(kind="tile", box=_box(cell, frame, self._size), start_s=start_s, end_s=end_s)
            for cell in tiles(still, tracks, self._size)
        ]
        # between a call's windows any plain ground is a margin; one camera may film a plain wall
        picture = trim(still, frame, MARGIN if regions else BAR)
        return SourceLayout(picture=_box(picture, frame, self._size), regions=tuple(regions))


def tiles(still: Views, tracks: Sequence[FaceTrack], size: tuple[int, int]) -> list[Cell]:
    """Return the cells that hold faces and those of the same size; none if only one holds faces.

    `size` is the width and height of the picture in whose pixels the `tracks` are.
    """
    if len(tracks) < 2:
        return []
    frame = whole(still[0])
    faces = [_core(track, frame, size) for track in tracks]
    cells = divide(still, frame, faces)
    held = [cell for cell in cells if any(_holds(cell, face) for face in faces)]
    if len(held) < 2:
        return []
    return [cell for cell in cells if any(_same_size(cell, other) for other in held)]


def _core(track: FaceTrack, frame: Cell, size: tuple[int, int]) -> Cell:
    """Return the middle of a face's median box, in small pixels."""
    x, y, w, h = np.median([[f.box.x, f.box.y, f.box.w, f.box.h] for f in track.faces], axis=0)
    sx, sy = frame.right / size[0], frame.bottom / size[1]
    rim = (1 - FACE_CORE) / 2
    left, right = (x + rim * w) * sx, (x + w - rim * w) * sx
    top, bottom = (y + rim * h) * sy, (y + h - rim * h) * sy
    return Cell(left=int(left), top=int(top), right=int(right) + 1, bottom=int(bottom) + 1)


def _holds(cell: Cell, face: Cell) -> bool:
    """Whether the center of a face is in the cell."""
    x, y = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    return cell.left <= x < cell.right and cell.top <= y < cell.bottom


def _same_size(a: Cell, b: Cell) -> bool:
    """Whether two cells have about the same width and height."""
    widths, heights = (a.right - a.left, b.right - b.left), (a.bottom - a.top, b.bottom - b.top)
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
