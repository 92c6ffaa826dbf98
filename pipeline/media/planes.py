"""The pixels of a picture: as arrays, and copied."""

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane


def pixels(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    """A plane of 8 bits as an array (height, width) that shares its memory."""
    return np.ndarray(
        (plane.height, plane.width),
        np.uint8,
        buffer=memoryview(plane),
        strides=(plane.line_size, 1),
    )


def copy_of(picture: VideoFrame) -> VideoFrame:
    """The same picture, 8 bits a sample, in memory of its own: one of the two can be drawn on."""
    copy = VideoFrame(picture.width, picture.height, picture.format.name)
    for to, of in zip(copy.planes, picture.planes, strict=True):
        pixels(to)[...] = pixels(of)
    return copy
