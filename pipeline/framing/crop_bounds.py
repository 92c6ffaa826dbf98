"""The part of the source's picture that a crop on one person may show.

A crop stays within the window of a call that its person sits in, or within the picture without its
black bars, and leaves out a burned-in line above or below the person rather than cut it in two.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.data import Box, FaceTrack, Region, Shot, VideoStream

MIN_KEPT_SHARE = 0.68  # share of an area's height that must remain after lines of text are left out
MIN_TEXT_WIDTH = 0.15  # share of the area's width; narrower text, such as a logo, may be cut off
CHIN_ROOM = 0.7  # room below a face for neck and collar, share of its height
HEAD_ROOM = 0.6  # room above a face for hair and air, share of its height
TEXT = ("text", "caption")
WINDOWS = ("inset", "tile")  # the inner first: an inset lies over other regions


def picture_of(shot: Shot, video: VideoStream) -> Box:
    """Return the source's picture without bars, display pixels."""
    whole = Box(x=0.0, y=0.0, w=float(video.width), h=float(video.height))
    return shot.layout.picture if shot.layout is not None else whole


def area_of(person: FaceTrack, shot: Shot, video: VideoStream) -> Box:
    """Return the area that crops on `person` stay in, display pixels."""
    window = window_of(person, shot)
    whole = picture_of(shot, video) if window is None else window.box
    area, face = whole, _extent(person)
    for text in _of_kind(shot, TEXT):
        rest = _without_line(area, text.box, face)
        if rest.h >= MIN_KEPT_SHARE * whole.h:
            area = rest
    return area


def window_of(person: FaceTrack, shot: Shot) -> Region | None:
    """Return the tile or inset that holds the person's face; None if the picture is one."""
    face = _extent(person)
    x, y = face.x + face.w / 2, face.y + face.h / 2
    for kind in WINDOWS:
        for region in _of_kind(shot, (kind,)):
            box = region.box
            if box.x <= x < box.x + box.w and box.y <= y < box.y + box.h:
                return region
    return None


def share_window(a: FaceTrack, b: FaceTrack, shot: Shot) -> bool:
    """Whether one camera shows both people."""
    return window_of(a, shot) == window_of(b, shot)


def _of_kind(shot: Shot, kinds: Sequence[str]) -> Iterable[Region]:
    regions = shot.layout.regions if shot.layout is not None else ()
    return (region for region in regions if region.kind in kinds)


def _extent(person: FaceTrack) -> Box:
    """Return the median box of a face."""
    x, y, w, h = np.median([(f.box.x, f.box.y, f.box.w, f.box.h) for f in person.faces], axis=0)
    return Box(x=float(x), y=float(y), w=float(w), h=float(h))


def _without_line(area: Box, text: Box, face: Box) -> Box:
    """Return the area without a line of text that is well above or below the face."""
    covered = min(area.x + area.w, text.x + text.w) - max(area.x, text.x)
    if covered < MIN_TEXT_WIDTH * area.w:
        return area
    bottom, end = area.y + area.h, area.y + area.h
    if face.y + face.h * (1 + CHIN_ROOM) <= text.y < bottom:
        end = text.y
    top = area.y
    if area.y < text.y + text.h <= face.y - HEAD_ROOM * face.h:
        top = text.y + text.h
    return replace(area, y=top, h=end - top)
