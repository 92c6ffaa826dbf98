"""Where a tracked face is at any moment, and whether it is visible."""

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.data import Box, FaceTrack

LINGER_S = 0.2  # a face stays visible this long after the last look that detected it


def presence(track: FaceTrack, times: F64) -> npt.NDArray[np.bool_]:
    """Whether the face is visible, shape of `times`; gaps within the track count as visible.

    A face lingers only at its end: nobody is shown before they are visible.
    """
    return (times >= track.times_s[0] - 1e-6) & (times <= track.times_s[-1] + LINGER_S)


def boxes_at(track: FaceTrack, times: F64) -> F64:
    """Return left, top, right, bottom of the face, shape (4, n), interpolated between looks.

    A median over three looks removes the detector's jitter of a few pixels.
    """
    corners = np.array([_corners(face.box) for face in track.faces]).T
    if corners.shape[1] >= 3:
        padded = np.pad(corners, ((0, 0), (1, 1)), mode="edge")
        corners = np.median(np.stack([padded[:, :-2], corners, padded[:, 2:]]), axis=0)
    return np.stack([np.interp(times, track.times_s, row) for row in corners])


def boxes_of(track: FaceTrack) -> F64:
    """Return left, top, right, bottom of the face at its own times, shape (4, n)."""
    return boxes_at(track, np.array(track.times_s))


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.x + box.w, box.y + box.h
