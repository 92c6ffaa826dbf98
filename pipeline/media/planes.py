"""Access to the pixels of a picture: as arrays, and as a copy."""

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane


def pixels(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    """Return an 8-bit plane as an array (height, width) that shares its memory."""
    return np.ndarray(
        (plane.height, plane.width),
        np.uint8,
        buffer=memoryview(plane),
        strides=(plane.line_size, 1),
    )


def copy_of(picture: VideoFrame) -> VideoFrame:
    """Return a copy of an 8-bit picture in its own memory, for drawing on one of the two."""
    copy = VideoFrame(picture.width, picture.height, picture.format.name)
    for to, of in zip(copy.planes, picture.planes, strict=True):
        pixels(to)[...] = pixels(of)
    return copy
