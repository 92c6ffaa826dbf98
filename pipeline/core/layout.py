"""The panes of a clip's picture, one to four, and the source crop that each shows."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from pipeline.core.data import Box, CropKey, CropSegment, LayoutKind

MAX_PANES = 4
ROUNDING = 4  # pixels by which panes that were meant to fill a picture may not

_time_of = attrgetter("t_s")


@dataclass(frozen=True, slots=True)
class Pane:
    """A rectangle of the clip's picture that shows one crop; its coordinates are even."""

    x: int
    y: int
    width: int
    height: int


def panes(count: int, width: int, height: int) -> tuple[Pane, ...]:
    """Return the panes of a picture of `width` x `height`, in the order of a segment's crops.

    Two or three are stacked, or stand side by side if the picture is wider than high; four are two
    rows of two.
    """
    if count == 4:
        x, y = _stops(width, 2), _stops(height, 2)
    elif width > height:
        x, y = _stops(width, count), [0, height]
    else:
        x, y = [0, width], _stops(height, count)
    return tuple(
        Pane(left, top, right - left, bottom - top)
        for top, bottom in pairwise(y)
        for left, right in pairwise(x)
    )


def panes_of(layout: LayoutKind, boxes: Sequence[Box], width: int, height: int) -> tuple[Pane, ...]:
    """Return the panes of a layout that shows these crops, in the same order.

    In "screen" and "stack", both panes have the shapes of their crops. If the two do not fill the
    picture, half of what is left is between them.
    """
    if layout not in {"screen", "stack"}:
        return panes(len(boxes), width, height)
    first, second = boxes
    lower = screen_height(second, width, height)
    upper = min(height - lower, round(width * first.h / first.w / 2) * 2)
    left = height - lower - upper
    if left <= ROUNDING:
        return Pane(0, 0, width, height - lower), Pane(0, height - lower, width, lower)
    top = left // 8 * 2
    return Pane(0, top, width, upper), Pane(0, height - top - lower, width, lower)


def screen_height(screen: Box, width: int, height: int) -> int:
    """Return how high a screen as wide as the picture is, half of the picture at most."""
    return min(height // 4 * 2, round(width * screen.h / screen.w / 2) * 2)


def _stops(length: int, count: int) -> list[int]:
    """Divide a side into even parts, even because chroma planes have half the pixels."""
    return [length * n // (2 * count) * 2 for n in range(count)] + [length]


def crops_at(segment: CropSegment, t_s: float) -> tuple[Box, ...]:
    """Return the crops of a segment's panes at `t_s`, in the order of `panes`."""
    return tuple(_box_at(keys, t_s) for keys in (segment.keys, *segment.others))


def zoom_in(box: Box, factor: float, around: tuple[float, float] | None = None) -> Box:
    """Shrink the box by `factor`, keeping one of its points at the same place in the picture.

    around: x and y of this point, moved into the box; None: the middle.
    """
    if factor == 1.0:
        return box
    x, y = around or (box.x + box.w / 2, box.y + box.h / 2)
    x, y = min(max(x, box.x), box.x + box.w), min(max(y, box.y), box.y + box.h)
    return Box(
        x=x - (x - box.x) / factor,
        y=y - (y - box.y) / factor,
        w=box.w / factor,
        h=box.h / factor,
    )


def _box_at(keys: Sequence[CropKey], t_s: float) -> Box:
    """Interpolate linearly between keys; hold the first and last key outside them."""
    after = bisect_right(keys, t_s, key=_time_of)
    if after == 0:
        return keys[0].box
    if after == len(keys):
        return keys[-1].box
    a, b = keys[after - 1], keys[after]
    u = (t_s - a.t_s) / (b.t_s - a.t_s)
    return Box(
        x=a.box.x + u * (b.box.x - a.box.x),
        y=a.box.y + u * (b.box.y - a.box.y),
        w=a.box.w + u * (b.box.w - a.box.w),
        h=a.box.h + u * (b.box.h - a.box.h),
    )
