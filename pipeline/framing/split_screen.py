"""Frames two to four people in the panes of a clip's picture, with a steady crop on each."""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import CropKey, CropSegment, FaceTrack, LayoutKind, Shot, VideoStream
from pipeline.core.layout import Pane, panes
from pipeline.framing.crop_bounds import area_of, share_window
from pipeline.framing.crop_frame import DEAD_ZONE, Frame, moments
from pipeline.vision.tracks import boxes_at, boxes_of

TARGET_FACE_SHARE = 0.30  # target face height, share of the pane's height: head and shoulders
EYES_HEIGHT = 1 / 3  # height of the eyes below the pane's top, share of the pane's height
MAX_HALF_ENLARGEMENT = 4.0  # maximum zoom that keeps the neighbor's face out of the crop
MIN_ROOM = 1.25  # minimum crop, multiple of the face's size, however near the neighbor is
CENTERED_ROOM = 1.7  # crop that leaves room to center the face, multiple of its size
NEIGHBOR_HAIR = 0.3  # margin beside the neighbor's face for hair and shoulder, share of its width


class SplitScreen:
    """The panes for one source and one clip size."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self._video, self._size = video, (width, height)

    def segment(
        self, start_s: float, end_s: float, people: Sequence[FaceTrack], shot: Shot
    ) -> CropSegment:
        """Show two to four people, in reading order of their places in the source."""
        times = moments(start_s, end_s)
        parts = panes(len(people), *self._size)
        keys, *others = (
            self._keys(pane, times, person, [p for p in people if p is not person], shot)
            for pane, person in zip(parts, people, strict=True)
        )
        layout: LayoutKind = "split" if len(people) == 2 else "grid"
        return CropSegment(
            start_s=start_s, end_s=end_s, layout=layout, keys=keys, others=tuple(others)
        )

    def holds(self, person: FaceTrack, count: int, shot: Shot) -> bool:
        """Whether each of `count` panes can hold the person's face, wherever it moves."""
        area = area_of(person, shot, self._video)
        faces = boxes_of(person)
        return all(
            Frame.of(self._video, pane.width, pane.height, area=area).holds(faces)
            for pane in panes(count, *self._size)
        )

    def _keys(
        self,
        pane: Pane,
        times: F64,
        person: FaceTrack,
        others: Sequence[FaceTrack],
        shot: Shot,
    ) -> tuple[CropKey, ...]:
        """Crop on `person`: centered, without the neighbors if there is room for that."""
        area = area_of(person, shot, self._video)
        frame = Frame.of(self._video, pane.width, pane.height, area=area)
        face = boxes_at(person, times)
        tall, wide = (float(np.percentile(face[n + 2] - face[n], 90)) for n in (1, 0))
        size = max(tall, wide / frame.ratio)  # as a height of the pane's shape
        h = max(tall / TARGET_FACE_SHARE, frame.min_h)
        h = min(h, max(CENTERED_ROOM * size, _centered_width(face, frame) / frame.ratio))
        for other in others:
            if share_window(person, other, shot):
                h = min(h, _free_width(face, boxes_at(other, times), frame) / frame.ratio)
        h = max(h, MIN_ROOM * size, pane.height / MAX_HALF_ENLARGEMENT)
        return frame.follow(times, face, min(h, frame.max_h), EYES_HEIGHT)


def _centered_width(face: F64, frame: Frame) -> float:
    """Return how wide a crop may be that has the face (4, n) in its middle, pixels."""
    center = float(np.median((face[0] + face[2]) / 2)) - frame.left
    return 2 * max(0.0, min(center, frame.width - center))


def _free_width(face: F64, beside: F64, frame: Frame) -> float:
    """Return how wide a crop on `face` may be before it includes `beside`; both (4, n), pixels.

    At the area's edge a crop is pushed toward the middle.
    """
    hair = NEIGHBOR_HAIR * (beside[2] - beside[0])
    center, near = (face[0] + face[2]) / 2 - frame.left, beside[0] - hair - frame.left
    if center.mean() > ((beside[0] + beside[2]) / 2).mean() - frame.left:  # mirrored
        center, near = frame.width - center, frame.left + frame.width - beside[2] - hair
    free = np.minimum(near, 2 * (near - center) / (1 + 2 * DEAD_ZONE))
    return max(0.0, float(free.min()))
