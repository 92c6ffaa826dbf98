"""Draws a calm moving picture for sound without one: bars of loudness that pass by.

A cover, if there is one, is shown above the bars, over a dim blur of itself.
"""

import logging

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from pipeline.core.arrays import F32
from pipeline.media.clip_audio import RATE
from pipeline.media.planes import copy_of, pixels
from pipeline.rendering.compositor import TO_BT709, ground_filters
from pipeline.rendering.filter_graphs import chain

log = logging.getLogger(__name__)

BARS = 45
BAR_S = 0.06  # sound per bar
BARS_WIDTH = 0.80  # width of all bars together, share of the picture's width
CENTER = 0.42  # vertical center of the bars, share of the height; above the captions
BAR_REACH = 0.22  # reach of the tallest bar above and below the center, share of the shorter side
BELOW_CENTER, BELOW_BAR_REACH = 0.57, 0.045  # the same for bars below a cover
MAX_COVER_SIDE = 0.5  # share of the shorter side
TITLE_TOP = 0.08  # distance from the top, share of the height
TITLE = 0.26  # height of a title with three lines, share of the shorter side
GAP = 0.03  # space between cover and bars, share of the height
BAR_FILL = 0.5  # width of a bar, share of the room it has
QUIET_DB, LOUD_DB = -46.0, -10.0
GROUND_COLOR = (22, 134, 125)  # Y, Cb, Cr: nearly black, bluish
PAST_COLOR, COMING_COLOR = (206, 112, 128), (78, 134, 124)

Color = tuple[int, int, int]


class Audiogram:
    """Draws the pictures of one clip's sound."""

    def __init__(
        self, sound: F32, width: int, height: int, cover: VideoFrame | None = None
    ) -> None:
        """`sound` is (2, n) at RATE; `cover` is the picture as stored in the file."""
        self._levels = _levels(sound)
        self._width, self._height = width, height
        self._center, self._tallest = CENTER, BAR_REACH
        self._ground = _plain_ground(width, height)
        if cover is None:
            return
        try:
            self._ground = _cover_ground(width, height, cover)
        except av.FFmpegError as error:  # the scaler does not support the format
            log.info("cover art skipped: %s", error)
        else:
            self._center, self._tallest = BELOW_CENTER, BELOW_BAR_REACH

    def picture(self, t_s: float) -> VideoFrame:
        """Draw the picture at `t_s` of the clip, yuv420p BT.709, not shared."""
        frame = copy_of(self._ground)
        tallest = 2 * self._tallest * min(self._width, self._height)
        room = BARS_WIDTH * self._width / BARS
        middle = t_s / BAR_S
        first = int(np.floor(middle)) - BARS // 2
        left = self._width * (1 - BARS_WIDTH) / 2 - (middle % 1.0) * room
        for n in range(BARS + 1):
            level = self._level(first + n)
            # bars grow at the edge, so that none appears suddenly
            edge = min(1.0, n + 1 - middle % 1.0, BARS + middle % 1.0 - n)
            tall = max(room * BAR_FILL, level * edge * tallest)
            color = PAST_COLOR if first + n <= middle else COMING_COLOR
            x = left + n * room
            _bar(frame, (x, x + room * BAR_FILL), self._center * self._height, tall, color)
        return frame

    def _level(self, index: int) -> float:
        return float(self._levels[index]) if 0 <= index < len(self._levels) else 0.0


def _plain_ground(width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, GROUND_COLOR, strict=True):
        pixels(plane)[...] = value
    return frame


def _cover_ground(width: int, height: int, cover: VideoFrame) -> VideoFrame:
    """Put the cover between title and bars, over a dim blur of itself."""
    shorter = min(width, height)
    above = TITLE_TOP * height + TITLE * shorter
    below = (BELOW_CENTER - GAP) * height - BELOW_BAR_REACH * shorter
    longest = min(MAX_COVER_SIDE * shorter, below - above)
    size = [
        max(2, round(side / max(cover.width, cover.height) * longest / 2) * 2)
        for side in (cover.width, cover.height)
    ]
    scale = f"scale={size[0]}:{size[1]}:flags=bicubic:{TO_BT709}"
    small = chain(cover, [scale, "format=yuv420p"])(cover)
    ground = chain(small, ground_filters(size[0] / size[1], (width, height)))(small)
    left, top = (width - size[0]) // 4 * 2, round((above + below - size[1]) / 4) * 2
    for n, (to, of) in enumerate(zip(ground.planes, small.planes, strict=True)):
        part, shift = pixels(of), 1 if n else 0
        x, y = left >> shift, top >> shift
        pixels(to)[y : y + part.shape[0], x : x + part.shape[1]] = part
    return ground


def _levels(sound: F32) -> npt.NDArray[np.float64]:
    """Return the loudness of each BAR_S of (2, n), 0..1."""
    size = round(BAR_S * RATE)
    power = (sound.astype(np.float64) ** 2).mean(axis=0)
    blocks = np.pad(power, (0, -len(power) % size)).reshape(-1, size).mean(axis=1)
    decibels = 10 * np.log10(np.maximum(blocks, 1e-10))
    return np.asarray(np.clip((decibels - QUIET_DB) / (LOUD_DB - QUIET_DB), 0.0, 1.0))


def _bar(
    frame: VideoFrame, sides: tuple[float, float], center: float, tall: float, color: Color
) -> None:
    """Fill a rectangle on even pixels."""
    left, right = round(sides[0] / 2), round(sides[1] / 2)
    top, bottom = round((center - tall / 2) / 2), round((center + tall / 2) / 2)
    for n, (plane, value) in enumerate(zip(frame.planes, color, strict=True)):
        scale = 1 if n else 2
        pixels(plane)[top * scale : bottom * scale, max(0, left) * scale : right * scale] = value
