"""The pixels of a decoded picture as arrays."""

import numpy as np
import numpy.typing as npt
from av.video.plane import VideoPlane


def pixels(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    """A plane of 8 bits as an array (height, width) that shares its memory."""
    return np.ndarray(
        (plane.height, plane.width),
        np.uint8,
        buffer=memoryview(plane),
        strides=(plane.line_size, 1),
    )
