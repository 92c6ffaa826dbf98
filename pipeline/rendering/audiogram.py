"""A calm moving picture for sound without one: bars of loudness that pass by.

Where there is a cover it stands above the bars, before a dim blur of itself.
"""

import logging

import av
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from pipeline.core.arrays import F32
from pipeline.media.clip_audio import RATE
from pipeline.media.planes import copy_of, pixels
from pipeline.rendering.compositor import TO_BT709, chain, ground_filters

log = logging.getLogger(__name__)

BARS = 45
BAR_S = 0.06  # of sound that a bar stands for
REACH = 0.80  # of the width that the bars take
CENTRE, TALLEST = 0.42, 0.22  # of the bars: of the height, above the captions; of the shorter side
BELOW_CENTRE, BELOW_TALLEST = 0.57, 0.045  # the same below a cover
LARGEST = 0.5  # of the shorter side, the cover's longer one
TITLE_TOP, TITLE = 0.08, 0.26  # of the height; of the shorter side: a title of three lines
GAP = 0.03  # of the height, between cover and bars
FILLED = 0.5  # of the room that a bar has
QUIET_DB, LOUD_DB = -46.0, -10.0
GROUND = (22, 134, 125)  # Y, Cb, Cr: nearly black, bluish
SAID, TO_COME = (206, 112, 128), (78, 134, 124)

Colour = tuple[int, int, int]


class Audiogram:
    """Pictures of one clip's sound."""

    def __init__(
        self, sound: F32, width: int, height: int, cover: VideoFrame | None = None
    ) -> None:
        """`sound` is (2, n) at RATE, `cover` as it was stored."""
        self._levels = _levels(sound)
        self._width, self._height = width, height
        self._centre, self._tallest = CENTRE, TALLEST
        self._ground = _plain(width, height)
        if cover is None:
            return
        try:
            self._ground = _covered(width, height, cover)
        except av.FFmpegError as error:  # a format that the scaler does not take
            log.info("cover art skipped: %s", error)
        else:
            self._centre, self._tallest = BELOW_CENTRE, BELOW_TALLEST

    def picture(self, t_s: float) -> VideoFrame:
        """The picture at `t_s` of the clip, yuv420p BT.709, not shared."""
        frame = copy_of(self._ground)
        tallest = 2 * self._tallest * min(self._width, self._height)
        room = REACH * self._width / BARS
        middle = t_s / BAR_S
        first = int(np.floor(middle)) - BARS // 2
        left = self._width * (1 - REACH) / 2 - (middle % 1.0) * room
        for n in range(BARS + 1):
            level = self._level(first + n)
            # bars grow out of the edge, so that none appears at once
            edge = min(1.0, n + 1 - middle % 1.0, BARS + middle % 1.0 - n)
            tall = max(room * FILLED, level * edge * tallest)
            colour = SAID if first + n <= middle else TO_COME
            x = left + n * room
            _bar(frame, (x, x + room * FILLED), self._centre * self._height, tall, colour)
        return frame

    def _level(self, index: int) -> float:
        return float(self._levels[index]) if 0 <= index < len(self._levels) else 0.0


def _plain(width: int, height: int) -> VideoFrame:
    frame = VideoFrame(width, height, "yuv420p")
    for plane, value in zip(frame.planes, GROUND, strict=True):
        pixels(plane)[...] = value
    return frame


def _covered(width: int, height: int, cover: VideoFrame) -> VideoFrame:
    """The cover between title and bars, before a dim blur of itself."""
    shorter = min(width, height)
    above = TITLE_TOP * height + TITLE * shorter
    below = (BELOW_CENTRE - GAP) * height - BELOW_TALLEST * shorter
    longest = min(LARGEST * shorter, below - above)
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
    """Loudness of each BAR_S of (2, n), 0..1."""
    size = round(BAR_S * RATE)
    power = (sound.astype(np.float64) ** 2).mean(axis=0)
    blocks = np.pad(power, (0, -len(power) % size)).reshape(-1, size).mean(axis=1)
    decibels = 10 * np.log10(np.maximum(blocks, 1e-10))
    return np.asarray(np.clip((decibels - QUIET_DB) / (LOUD_DB - QUIET_DB), 0.0, 1.0))


def _bar(
    frame: VideoFrame, sides: tuple[float, float], centre: float, tall: float, colour: Colour
) -> None:
    """A filled rectangle on even pixels."""
    left, right = round(sides[0] / 2), round(sides[1] / 2)
    top, bottom = round((centre - tall / 2) / 2), round((centre + tall / 2) / 2)
    for n, (plane, value) in enumerate(zip(frame.planes, colour, strict=True)):
        scale = 1 if n else 2
        pixels(plane)[top * scale : bottom * scale, max(0, left) * scale : right * scale] = value
