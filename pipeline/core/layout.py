"""The panes of a clip's picture and the source crop that each shows: one, or two in a split."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.data import Box, CropKey, CropSegment, LayoutKind


@dataclass(frozen=True, slots=True)
class Pane:
    """A rectangle of the clip's picture that shows one crop; its coordinates are even."""

    x: int
    y: int
    width: int
    height: int


def panes(layout: LayoutKind, width: int, height: int) -> tuple[Pane, ...]:
    """Return the panes of a picture of `width` x `height`, in the order of a segment's crops.

    A split stacks its halves, or sets them side by side if the picture is wider than high.
    """
    if layout != "split":
        return (Pane(0, 0, width, height),)
    if width > height:
        seam = width // 4 * 2  # even: chroma planes have half the columns
        return Pane(0, 0, seam, height), Pane(seam, 0, width - seam, height)
    seam = height // 4 * 2
    return Pane(0, 0, width, seam), Pane(0, seam, width, height - seam)


def crops_at(segment: CropSegment, t_s: float) -> tuple[Box, ...]:
    """Return the crops of a segment's panes at `t_s`: one, or two in "split"."""
    return tuple(_box_at(keys, t_s) for keys in (segment.keys, segment.other) if keys)


def _box_at(keys: Sequence[CropKey], t_s: float) -> Box:
    """Interpolate linearly between keys; hold the first and last key outside them."""
    after = next((n for n, key in enumerate(keys) if key.t_s > t_s), len(keys))
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
