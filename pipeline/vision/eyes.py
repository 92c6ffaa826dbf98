"""Tells eyes from writing: lashes, pupils and brows are dark strokes on a light ground, too.

Where a head is held still, or drawn, a pair of eyes stays as long as a caption, and goes at a nod
as a caption does. So a line across a face at the height of its eyes is no writing; if it were some,
text would still avoid it, because it avoids the face.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.data import FaceTrack, Region, Shot
from pipeline.vision.tracks import boxes_at

WRITING = ("text", "caption")
EYES_BETWEEN = 0.1, 0.62  # shares of a face's height, from the forehead to below the eyes
OVERHANG = 0.2  # share of a face's width, at each side: boxes of writing have a margin


def without_eyes(shots: Sequence[Shot]) -> tuple[Shot, ...]:
    """Return the shots without writing that is a pair of eyes.

    What is seen at the beginning of a shot may have been reported from just before the cut, where
    the face was not there: a region's box tells that it is the same.
    """
    eyes = {
        region.box
        for shot in shots
        for region in _regions(shot)
        if region.kind in WRITING and any(_are_eyes(region, track) for track in shot.tracks)
    }
    return tuple(
        replace(
            shot,
            layout=shot.layout
            and replace(
                shot.layout,
                regions=tuple(r for r in shot.layout.regions if r.box not in eyes),
            ),
        )
        for shot in shots
    )


def _regions(shot: Shot) -> tuple[Region, ...]:
    return shot.layout.regions if shot.layout is not None else ()


def _are_eyes(region: Region, face: FaceTrack) -> bool:
    """Whether a region lies across a face that is there in the middle of its time."""
    middle_s = (region.start_s + region.end_s) / 2
    if not face.times_s[0] <= middle_s <= face.times_s[-1]:
        return False
    left, top, right, bottom = boxes_at(face, np.array([middle_s]))[:, 0]
    box, width, height = region.box, right - left, bottom - top
    return bool(
        left - OVERHANG * width <= box.x < (left + right) / 2
        and (left + right) / 2 < box.x + box.w <= right + OVERHANG * width
        and top + EYES_BETWEEN[0] * height <= box.y
        and box.y + box.h <= top + EYES_BETWEEN[1] * height
    )
