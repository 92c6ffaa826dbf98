"""Where the parts of a clip's picture stand, in the clip and in the source: one, or two halves."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.core.data import Box, CropKey, CropSegment, LayoutKind


@dataclass(frozen=True, slots=True)
class Pane:
    """A rectangle of the clip's picture, even pixels, that shows one crop."""

    x: int
    y: int
    width: int
    height: int


def panes(layout: LayoutKind, width: int, height: int) -> tuple[Pane, ...]:
    """The parts of a picture of `width` x `height`, in the order of a segment's crops.

    Halves lie above each other, and beside each other where the picture is wide.
    """
    if layout != "split":
        return (Pane(0, 0, width, height),)
    if width > height:
        seam = width // 4 * 2  # chroma has half the columns
        return Pane(0, 0, seam, height), Pane(seam, 0, width - seam, height)
    seam = height // 4 * 2
    return Pane(0, 0, width, seam), Pane(0, seam, width, height - seam)


def crops_at(segment: CropSegment, t_s: float) -> tuple[Box, ...]:
    """Where the crops of the segment's panes stand at `t_s`: one, or in "split" two."""
    return tuple(_box_at(keys, t_s) for keys in (segment.keys, segment.other) if keys)


def _box_at(keys: Sequence[CropKey], t_s: float) -> Box:
    """Linear between keys, held outside."""
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
