"""Frames two people in the halves of a clip's picture, with a steady crop on each."""

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import CropKey, CropSegment, FaceTrack, VideoStream
from pipeline.core.layout import panes
from pipeline.framing.crop_frame import DEAD_ZONE, Frame, moments
from pipeline.framing.two_shot import Pair
from pipeline.vision.tracks import boxes_at

TARGET_FACE_SHARE = 0.30  # of a half's height: head and shoulders
MAX_HALF_ENLARGEMENT = 4.0  # to keep the neighbor's face out of the crop
MIN_ROOM = 1.25  # of the face, each way, however near the neighbor is


class Halves:
    """The two halves for one source and one clip size."""

    def __init__(self, video: VideoStream, width: int, height: int) -> None:
        self._parts = panes(2, width, height)
        self._frames = [Frame.of(video, p.width, p.height) for p in self._parts]

    def segment(self, start_s: float, end_s: float, both: Pair) -> CropSegment:
        """Show the left person above or left, the right person below or right."""
        left, right = both
        return CropSegment(
            start_s=start_s,
            end_s=end_s,
            layout="split",
            keys=self._keys(0, moments(start_s, end_s), left, right),
            others=(self._keys(1, moments(start_s, end_s), right, left),),
        )

    def _keys(
        self, half: int, times: F64, person: FaceTrack, other: FaceTrack
    ) -> tuple[CropKey, ...]:
        """Crop on `person`, leaving out the other's face if there is room for that."""
        frame = self._frames[half]
        face, beside = boxes_at(person, times), boxes_at(other, times)
        tall, wide = (float(np.percentile(face[n + 2] - face[n], 90)) for n in (1, 0))
        wanted = max(tall / TARGET_FACE_SHARE, frame.min_h)
        least = MIN_ROOM * max(tall, wide / frame.ratio)
        alone = _free_width(face, beside, frame.width) / frame.ratio
        h = max(least, min(wanted, alone))
        h = max(h, self._parts[half].height / MAX_HALF_ENLARGEMENT)
        return frame.follow(times, face, min(h, frame.max_h))


def _free_width(face: F64, beside: F64, width: float) -> float:
    """Return how wide a crop on `face` may be before it includes `beside`; both (4, n), pixels.

    At the picture's edge a crop is pushed towards the middle.
    """
    center, near = (face[0] + face[2]) / 2, beside[0]
    if center.mean() > ((beside[0] + beside[2]) / 2).mean():  # mirrored
        center, near = width - center, width - beside[2]
    free = np.minimum(near, 2 * (near - center) / (1 + 2 * DEAD_ZONE))
    return max(0.0, float(free.min()))
