"""Makes stamps of others: patched, spliced, scaled, laid over one another.

Far cheaper than drawing: a moving word or group is drawn once, at rest, and then only resampled.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.blending import MAX_ADDED, Stamp, Words
from pipeline.core.areas import Area

ALL_KEPT = 256  # the whole ground is kept


def area_of(stamp: Stamp) -> Area:
    """Return the rectangle of the clip that a stamp covers."""
    rows, columns = stamp.added[0].shape
    return Area(stamp.x, stamp.y, stamp.x + columns, stamp.y + rows)


def patch(stamp: Stamp, parts: Sequence[Stamp]) -> Stamp:
    """Return the stamp with these parts, which lie inside it, in place of what was there."""
    whole = _copy(stamp)
    for part in parts:
        for n in range(3):
            into, _ = _shared(whole, part, n)
            whole.added[n][into] = part.added[n]
            whole.kept[n][into] = part.kept[n]
    return whole


def splice(stamp: Stamp, other: Stamp, part: Area) -> Stamp:
    """Return the stamp with a part, with even edges, of another one of the same rectangle."""
    whole = _copy(stamp)
    for n in range(3):
        shift = 1 if n else 0
        rows = slice(part.top - stamp.y >> shift, part.bottom - stamp.y >> shift)
        columns = slice(part.left - stamp.x >> shift, part.right - stamp.x >> shift)
        whole.added[n][rows, columns] = other.added[n][rows, columns]
        whole.kept[n][rows, columns] = other.kept[n][rows, columns]
    return whole


def overlay(stamp: Stamp, top: Stamp) -> Stamp:
    """Return the stamp with another one over it, as far as that lies inside it."""
    whole = _copy(stamp)
    for n in range(3):
        into, of = _shared(whole, top, n)
        kept = top.kept[n][of]
        under = (whole.added[n][into].astype(np.uint32) * kept + 128) >> 8
        whole.added[n][into] = np.minimum(under + top.added[n][of], MAX_ADDED)
        if n < 2:  # Cb and Cr share theirs
            whole.kept[n][into] = (whole.kept[n][into].astype(np.uint32) * kept + 128) >> 8
    return whole


def move_stamp(stamp: Stamp, dy: int) -> Stamp:
    """Return the stamp `dy` pixels further down, an even number."""
    return replace(stamp, y=stamp.y + dy) if dy else stamp


def scale_stamp(
    stamp: Stamp, scale: float, about: tuple[float, float], right: float = 0.0
) -> Stamp:
    """Return the stamp scaled about a point of the clip and shifted `right`, in pixels."""
    x, y = about
    grown = area_of(stamp).scaled(scale, x, y)
    area = Area.around(grown.left + right, grown.top, grown.right + right, grown.bottom)
    planes = []
    for step in (1, 2):  # pixels of the clip for each value
        rows = (_middles(area.top, area.bottom, step) - y) / scale + y - stamp.y
        columns = (_middles(area.left, area.right, step) - x - right) / scale + x - stamp.x
        first = step - 1
        source = [*stamp.added[first : 2 * step - 1], stamp.kept[first]]
        planes.append(_resample(source, rows / step, columns / step))
    (luma, kept), (cb, cr, kept_c) = planes
    return Stamp(x=area.left, y=area.top, added=(luma, cb, cr), kept=(kept, kept_c, kept_c))


def _middles(first: int, end: int, step: int) -> npt.NDArray[np.float64]:
    """Return the middles of the values between two even pixels of the clip, in its pixels."""
    middles: npt.NDArray[np.float64] = np.arange(first + step / 2, end, step)
    return middles


def _resample(
    planes: Sequence[Words], rows: npt.NDArray[np.float64], columns: npt.NDArray[np.float64]
) -> Sequence[Words]:
    """Interpolate planes linearly at these middles, in values from their edge.

    A value's own middle is at its index and a half. Around the planes nothing is added, and of the
    ground, which is the last plane, everything is kept.
    """
    height, width = planes[0].shape
    wide = np.zeros((len(planes), height + 2, width + 2), np.float32)
    wide[-1] = ALL_KEPT
    wide[:, 1:-1, 1:-1] = planes
    row, down = _split(rows, height + 2)
    column, right = _split(columns, width + 2)
    mixed = wide.take(row, axis=1)
    mixed += (wide.take(row + 1, axis=1) - mixed) * down[:, None]
    found = mixed.take(column, axis=2)
    following = mixed.take(column + 1, axis=2)
    following -= found
    following *= right
    found += following
    found += 0.5
    return list(found.astype(np.uint16))


def _split(
    at: npt.NDArray[np.float64], count: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Return the index of the value before each position, and the share of the next one."""
    inside = np.clip(at + 0.5, 0, count - 1.001)  # the plane has one more value on each side
    whole = inside.astype(np.intp)
    return whole, (inside - whole).astype(np.float32)


def _copy(stamp: Stamp) -> Stamp:
    """Return a copy; Cb and Cr share what is kept of the ground, as they do in every stamp."""
    y, cb, cr = (plane.copy() for plane in stamp.added)
    kept_y, kept_c = stamp.kept[0].copy(), stamp.kept[1].copy()
    return Stamp(x=stamp.x, y=stamp.y, added=(y, cb, cr), kept=(kept_y, kept_c, kept_c))


def _shared(
    whole: Stamp, part: Stamp, plane: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return the indices in both of the values of a plane that both cover."""
    shift = 1 if plane else 0
    a, b = area_of(whole), area_of(part)
    top, bottom = max(a.top, b.top), min(a.bottom, b.bottom)
    left, right = max(a.left, b.left), min(a.right, b.right)
    into, of = (
        (
            slice(top - c.top >> shift, max(top, bottom) - c.top >> shift),
            slice(left - c.left >> shift, max(left, right) - c.left >> shift),
        )
        for c in (a, b)
    )
    return into, of
