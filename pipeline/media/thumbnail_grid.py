"""Tells where the pixels of a thumbnail are in the picture that it was made of.

swscale's fast bilinear method averages rows, but takes a column from the pixel in its middle. Where
it has fast code, it also spreads the columns of the stored picture over a little more than its
width: each takes (width - 2) / (columns - 2) pixels, not width / columns, so that the last one is
one or two columns too far to the right.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from pipeline.core.data import VideoStream

PROBE_WIDTH, PROBE_COLUMNS = 640, 32  # pixels; far enough apart for a clear difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One direction: a position in display pixels is `scale` times that in a thumbnail, plus."""

    scale: float  # display pixels per pixel of the thumbnail
    offset: float = 0.0  # display pixels at which the thumbnail begins
    unseen: float = 0.0  # display pixels at both ends of a pixel that it does not show

    def to_display(self, position: float) -> float:
        """Return where a position of the thumbnail is, display pixels."""
        return position * self.scale + self.offset

    def to_small(self, position: float) -> float:
        """Return where a position in display pixels is in the thumbnail, pixels."""
        return (position - self.offset) / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Both directions of thumbnails of one size; positions are of edges, 0 the left or upper."""

    x: Axis
    y: Axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the thumbnails of a source are sampled, after rotation."""

    width: int  # source width, display pixels
    height: int
    rotation: int = 0  # clockwise, degrees: the stored picture's columns may be rows
    is_spread: bool = False  # whether the stored picture's columns are too far apart

    def grid(self, rows: int, columns: int) -> Grid:
        """Return where the pixels of thumbnails (rows, columns) are."""
        if self.rotation in (90, 270):
            return Grid(x=Axis(scale=self.width / columns), y=self._columns(self.height, rows))
        return Grid(x=self._columns(self.width, columns), y=Axis(scale=self.height / rows))

    def _columns(self, length: int, count: int) -> Axis:
        """Return the axis along which the stored picture has its columns."""
        even = length / count
        scale = (length - 2) / (count - 2) if self.is_spread and count > 2 else even
        begins_last = self.rotation in (180, 270)  # the last column is the first after rotation
        return Axis(
            scale=scale,
            offset=length - count * scale if begins_last else 0.0,
            unseen=max(0.0, (scale - 1) / 2),
        )


def sampling_of(video: VideoStream) -> Sampling:
    """Return how this machine samples the thumbnails of a video."""
    return Sampling(
        width=video.width, height=video.height, rotation=video.rotation, is_spread=_spreads()
    )


@cache
def _spreads() -> bool:
    """Whether the scaler of this machine spreads columns: measured on a ramp of gray."""
    ramp = np.linspace(20, 230, PROBE_WIDTH).astype(np.uint8)
    picture = VideoFrame.from_ndarray(np.tile(ramp, (16, 1)), format="gray")
    small = VideoReformatter().reformat(
        picture, PROBE_COLUMNS, 16, format="gray", interpolation=Interpolation.FAST_BILINEAR
    )
    row = small.to_ndarray()[8].astype(float)
    first, last = 4, PROBE_COLUMNS - 6  # what is spread leaves the picture at the end
    step = (row[last] - row[first]) / (last - first) * (PROBE_WIDTH - 1) / (230 - 20)
    even, spread = PROBE_WIDTH / PROBE_COLUMNS, (PROBE_WIDTH - 2) / (PROBE_COLUMNS - 2)
    return bool(step > (even + spread) / 2)
