"""How far a crop may be zoomed in about the faces in it: hair and chin stay inside."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.data import Box, CropSegment, Shot
from pipeline.core.layout import crops_at

FACE_ROOM = 1.5  # space kept around a face for hair and chin, multiple of its width and height


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceRoom:
    """Where the faces of a crop are, seen from the crop."""

    x: float  # horizontal median of their centers, share of the crop's width
    y: float  # vertical median, share of the crop's height
    max_zoom: float  # largest zoom about that point that keeps them inside; at least 1

    def center(self, box: Box) -> tuple[float, float]:
        """Return the point in the pixels of a crop."""
        return box.x + self.x * box.w, box.y + self.y * box.h


def face_room(
    segment: CropSegment, shots: Sequence[Shot], start_s: float, end_s: float
) -> FaceRoom | None:
    """Return the room in the segment's first pane from start to end; None if no face is there."""
    faces = []
    near = (shot for shot in shots if shot.start_s < end_s and start_s < shot.end_s)
    for track in (track for shot in near for track in shot.tracks):
        for t_s, face in zip(track.times_s, track.faces, strict=True):
            if start_s <= t_s < end_s:
                box, crop = face.box, crops_at(segment, t_s)[0]
                x = (box.x + box.w / 2 - crop.x) / crop.w
                y = (box.y + box.h / 2 - crop.y) / crop.h
                if 0 <= x <= 1 and 0 <= y <= 1:
                    faces.append((x, y, box.w / crop.w, box.h / crop.h))
    if not faces:
        return None
    x, y, _, _ = map(float, np.median(faces, axis=0))
    w, h = max(f[2] for f in faces), max(f[3] for f in faces)
    # as far as the faces wander from the middle, they must stay inside as well
    wander_x, wander_y = (max(abs(f[n] - m) for f in faces) for n, m in ((0, x), (1, y)))
    room = min(1 / (FACE_ROOM * w + 2 * wander_x), 1 / (FACE_ROOM * h + 2 * wander_y))
    return FaceRoom(x=x, y=y, max_zoom=max(1.0, room))
