"""Frames what a person chose for a part of a clip: faces or places, side by side if several.

A choice is made of places in the source's picture, not of the detector's numbers for faces: it
means the same when the clip is looked at again. A place on a face, or next to one, is that person,
who is followed; any other place stays where it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from pipeline.core.data import (
    Box,
    CropSegment,
    Face,
    FaceTrack,
    Shot,
    VideoStream,
)
from pipeline.core.framing_choice import FramingChoice, Point
from pipeline.core.layout import MAX_PANES
from pipeline.framing.crop_bounds import area_of, picture_of
from pipeline.framing.crop_frame import Frame
from pipeline.framing.people import middle, people
from pipeline.framing.split_screen import SplitScreen
from pipeline.vision.tracks import boxes_of

MIN_PART_S = 1e-3  # a shorter rest of a shot is dropped
REACH = 1.0  # maximum distance from a face's middle to a place that means it, multiple of its size
PLACE_HEIGHT = 0.15  # stand-in for a face in a pane that shows a place, share of the height


def parts(
    shot: Shot, choices: Sequence[FramingChoice]
) -> Iterator[tuple[Shot, FramingChoice | None]]:
    """Yield the parts of a shot, abutting, with the choice for each; None: nobody chose.

    Where choices overlap, the later one counts from its start.
    """
    within = [c for c in choices if c.start_s < shot.end_s and c.end_s > shot.start_s]
    borders = {shot.start_s, shot.end_s}
    for choice in within:
        borders |= {
            t_s
            for t_s in (choice.start_s, choice.end_s)
            if shot.start_s + MIN_PART_S < t_s < shot.end_s - MIN_PART_S
        }
    ordered = sorted(borders)
    for start_s, end_s in pairwise(ordered):
        middle_s = (start_s + end_s) / 2
        holding = [c for c in within if c.start_s <= middle_s < c.end_s]
        chosen = max(holding, key=lambda c: c.start_s, default=None)
        yield replace(shot, start_s=start_s, end_s=end_s), chosen


def frame(
    part: Shot, points: Sequence[Point], video: VideoStream, size: tuple[int, int]
) -> CropSegment:
    """Return the layout that shows these places of a part, MAX_PANES at most, each in its pane.

    `size`: width and height of the clip.
    """
    whole = Frame.of(video, *size, area=picture_of(part, video))
    shown: list[tuple[float, float, FaceTrack | None]] = []
    for point in points[:MAX_PANES]:
        x, y = point.x * video.width, point.y * video.height
        person = person_at(part, x, y)
        if person is None or all(person is not other for _, _, other in shown):
            shown.append((x, y, person))
    if not shown:
        return whole.whole(part.start_s, part.end_s)
    if len(shown) == 1:
        x, y, person = shown[0]
        if person is None:
            return whole.at(x, y, part.start_s, part.end_s)
        own = Frame.of(video, *size, area=area_of(person, part, video))
        return own.on(person, part.start_s, part.end_s)
    people_shown = [person or _place(x, y, part, video) for x, y, person in shown]
    return SplitScreen(video, *size).segment(part.start_s, part.end_s, people_shown, part)


def person_at(part: Shot, x: float, y: float) -> FaceTrack | None:
    """Return the person whose face is at or next to a place, in display pixels; None: nobody."""
    near: list[tuple[float, int, FaceTrack]] = []
    for n, person in enumerate(seen_in(part)):
        boxes = boxes_of(person)
        size = float(np.median(boxes[3] - boxes[1]))
        center_x, center_y = middle(person)
        distance = float(np.hypot(x - center_x, y - center_y)) / max(1.0, size)
        if distance <= REACH:
            near.append((distance, n, person))
    return min(near)[2] if near else None


def seen_in(part: Shot) -> list[FaceTrack]:
    """Return the people who are seen in a part of a shot."""
    return [
        person
        for person in people(part.tracks)
        if person.times_s[0] < part.end_s and person.times_s[-1] >= part.start_s
    ]


def _place(x: float, y: float, part: Shot, video: VideoStream) -> FaceTrack:
    """Return a place as a face that does not move."""
    side = PLACE_HEIGHT * video.height
    box = Box(x=x - side / 2, y=y - side / 2, w=side, h=side)
    return FaceTrack(times_s=(part.start_s,), faces=(Face(box=box, confidence=1.0),))
