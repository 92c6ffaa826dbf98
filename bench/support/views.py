"""Measures of what a clip shows: seams and bars, faces, and text over them.

The parts of the source that the clip's picture shows are `View`s; text over it is `Ink`. All are
computed from the crop path and the text layers, independently of how the pipeline places things.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.blending import Stamp
from pipeline.core.data import Box, CropPath, LayoutKind, Region
from pipeline.core.layout import crops_at, panes_of

SEAM_PIXELS = 2.0  # width of a neighboring area that may show, source pixels
WHOLE_SHARE = 0.95  # share of a window's area from which it is shown whole
FACE_SLACK = 0.02  # tolerance of a face's box, share of its height
MIN_SHOWN = 0.3  # share of a face or a line of text that makes it recognizable
MIN_OPACITY = 0.05  # least opacity of ink; fainter ink, such as the rim of a shadow, hides nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A part of the source and where the clip shows it."""

    crop: Box  # source pixels
    place: Box  # clip pixels
    layout: LayoutKind

    def recognizable(self, box: Box) -> Box | None:
        """Return where the clip shows a box of the source, clip pixels, if MIN_SHOWN of it is."""
        part = intersection(box, self.crop)
        if part is None or part.w * part.h < MIN_SHOWN * box.w * box.h:
            return None
        sx, sy = self.place.w / self.crop.w, self.place.h / self.crop.h
        return Box(
            x=self.place.x + (part.x - self.crop.x) * sx,
            y=self.place.y + (part.y - self.crop.y) * sy,
            w=part.w * sx,
            h=part.h * sy,
        )


def views_at(path: CropPath, t_s: float) -> list[View]:
    """Return all that the clip shows of the source at a time, without the ground of "fit"."""
    segment = next((s for s in path.segments if t_s < s.end_s), path.segments[-1])
    boxes = crops_at(segment, t_s)
    if segment.layout == "fit":
        places = [_within(boxes[0], path.width, path.height)]
    else:
        places = [
            Box(x=p.x, y=p.y, w=p.width, h=p.height)
            for p in panes_of(segment.layout, boxes, path.width, path.height)
        ]
    return [
        View(crop=box, place=place, layout=segment.layout)
        for box, place in zip(boxes, places, strict=True)
    ]


def _within(box: Box, width: int, height: int) -> Box:
    """Return the largest place in the middle of a picture that has the shape of `box`."""
    scale = min(width / box.w, height / box.h)
    w, h = box.w * scale, box.h * scale
    return Box(x=(width - w) / 2, y=(height - h) / 2, w=w, h=h)


def intersection(a: Box, b: Box) -> Box | None:
    """Return what two boxes share."""
    x, y = max(a.x, b.x), max(a.y, b.y)
    w, h = min(a.x + a.w, b.x + b.w) - x, min(a.y + a.h, b.y + b.h) - y
    return Box(x=x, y=y, w=w, h=h) if w > 0 and h > 0 else None


def inside(inner: Box, outer: Box, slack: float) -> bool:
    """Whether `inner` stands out of `outer` by at most `slack` pixels on each side."""
    return (
        inner.x >= outer.x - slack
        and inner.y >= outer.y - slack
        and inner.x + inner.w <= outer.x + outer.w + slack
        and inner.y + inner.h <= outer.y + outer.h + slack
    )


def crosses_seam(view: View, windows: Iterable[Region]) -> bool:
    """Whether a crop shows a window together with something beside it.

    A whole picture may show whole windows, and any crop of a screen the whole inset over it.
    """
    for window in windows:
        part = intersection(view.crop, window.box)
        if part is None or min(part.w, part.h) <= SEAM_PIXELS:
            continue
        alone = inside(view.crop, window.box, SEAM_PIXELS)
        held = part.w * part.h >= WHOLE_SHARE * window.box.w * window.box.h
        if not alone and not (held and (view.layout == "fit" or window.kind == "inset")):
            return True
    return False


def shows_bars(view: View, picture: Box) -> bool:
    """Whether more than SEAM_PIXELS beside the source's picture are shown."""
    return not inside(view.crop, picture, SEAM_PIXELS)


def holds_face(views: Iterable[View], face: Box | None) -> bool:
    """Whether one view shows a face wholly."""
    return face is not None and any(inside(face, v.crop, FACE_SLACK * face.h) for v in views)


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Where text hides the clip's picture."""

    x: int  # left edge of the mask, clip pixels
    y: int
    mask: npt.NDArray[np.bool_]  # (h, w)

    @classmethod
    def of(cls, stamp: Stamp) -> "Ink":
        """Return the pixels of a stamp that are not (almost) transparent."""
        return cls(stamp.x, stamp.y, stamp.kept[0] < 256 * (1 - MIN_OPACITY))

    @property
    def area(self) -> int:
        """Return the count of pixels."""
        return int(np.count_nonzero(self.mask))

    def over(self, box: Box) -> int:
        """Return the count of pixels within a box of the clip."""
        x0, x1 = (round(v) - self.x for v in (box.x, box.x + box.w))
        y0, y1 = (round(v) - self.y for v in (box.y, box.y + box.h))
        return int(np.count_nonzero(self.mask[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]))


def covers(ink: Iterable[Ink], boxes: Iterable[Box], views: Sequence[View], share: float) -> bool:
    """Whether text hides more than a share of what is shown of any of the source's boxes."""
    places = [place for box in boxes for view in views if (place := view.recognizable(box))]
    texts = list(ink)
    return any(
        sum(text.over(place) for text in texts) > share * place.w * place.h for place in places
    )
