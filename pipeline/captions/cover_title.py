"""Draws the title on a clip's thumbnail: large, in the style's letters, on a darkened picture.

A thumbnail is also read at 200 pixels' width, so its letters are larger than in the video. Where
they stand, off the faces, the picture is darkened until the contrast is that which WCAG 2.2 asks
for; the shade goes from one side to the other and fades out above and below.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.blending import Stamp, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.captions.fitted_text import Frame, Sizes, settings
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import Places
from pipeline.captions.styles.colors import letters_on_dark, luminance, rgb
from pipeline.captions.styles.style import Style, load_style
from pipeline.captions.title_layer import styled_case
from pipeline.core.arrays import F64

LARGEST, COMFORTABLE, SMALLEST = 0.135, 0.095, 0.062  # text sizes, of the picture's shorter side
SIZE_STEP = 0.94
MAX_LINES = 4
MAX_HEIGHT = 0.3  # height of the text, share of the picture's height
GRID_EDGE = 0.13  # share of an upright picture, above and below: grids show the middle 3:4
HAIR = 0.2  # above a face, of its height; the detector's box ends at the forehead
PLACE_STEP = 0.02  # between the places that are tried, share of the height
MIN_CONTRAST = 4.8  # WCAG 2.2 asks for 4.5; JPEG and rounding take some
BRIGHT_PERCENTILE = 99.0  # percentile of the ground's luminance that gets dark enough
MIN_SHADE = 0.35  # opacity where the text stands, also on a dark picture: ties lines together
FADE_HEIGHT = 0.1  # above and below the text, share of the picture's height
MIN_FADE_HEIGHT = 0.06  # where a face is near
DISPLAY_GAMMA = 2.2  # exponent from stored levels to light, about
LOOK_S = 0.1  # time around the picture that is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The picture that the title is drawn on."""

    t_s: float  # on the scene's clock
    size: tuple[int, int]  # width and height, pixels
    rgb: npt.NDArray[np.uint8]  # (h, w, 3), of any size
    faces: Sequence[tuple[float, float]]  # top and bottom of each, pixels


def draw_cover_title(
    title: str,
    cover: Cover,
    *,
    style: str | Style,
    places: Places,
    safe: SafeArea,
    lowest_first: bool = True,
    language: str = "",
) -> Stamp | None:
    """Draw `title` where it covers no face; None if there is nothing to draw or no room for it.

    `language`: that of the title (ISO 639-1).
    It is as large as the room allows. `places` know what else is in the picture, which is covered
    only if there is no other room. Raises UnknownStyle.
    """
    look = letters_on_dark(load_style(style))
    frame = Frame(
        look=look,
        size=cover.size,
        area=safe,
        language=language,
        max_lines=MAX_LINES,
        max_height=MAX_HEIGHT * cover.size[1],
    )
    text, second_best = styled_case(title, look, language), None
    for hair, edge, least in ((HAIR, GRID_EDGE, COMFORTABLE), (0.0, 0.0, SMALLEST)):
        faces = [(top - hair * (bottom - top), bottom) for top, bottom in cover.faces]
        sizes = Sizes(largest=LARGEST, comfortable=least, smallest=least, step=SIZE_STEP)
        for block in settings(text, frame, sizes):
            height = block.height
            at = [
                center
                for center in _centers(frame, height, edge, lowest_first=lowest_first)
                if not _touches(faces, center * cover.size[1], height)
            ]
            if not at:
                continue
            (spot, *_) = places.spots(cover.t_s, cover.t_s + LOOK_S, height, at=at)
            if spot.free or second_best is None:
                stamp = prepare(_shade(block.draw(spot.center), look, cover))
                if spot.free:
                    return stamp
                second_best = stamp
    return second_best


def _centers(frame: Frame, height: float, edge: float, *, lowest_first: bool) -> list[float]:
    """Return the middles that a text of `height` may have, shares of the picture's height.

    `edge`: kept free above and below in an upright picture, share of its height.
    """
    width, whole = frame.size
    edge = edge * whole if whole > width else 0.0
    top = (max(frame.area.top, edge) + height / 2) / whole
    bottom = (min(frame.area.bottom, whole - edge) - height / 2) / whole
    count = max(1, int((bottom - top) / PLACE_STEP) + 1)
    downwards = [top + n * PLACE_STEP for n in range(count)]
    return [bottom - n * PLACE_STEP for n in range(count)] if lowest_first else downwards


def _touches(faces: Sequence[tuple[float, float]], center: float, height: float) -> bool:
    """Whether a text around a row shares rows with a face."""
    return any(center - height / 2 < end and center + height / 2 > first for first, end in faces)


def _shade(text: Tile, look: Style, cover: Cover) -> Tile:
    """Return the text on a shade over the picture's whole width, which fades above and below."""
    width, height = cover.size
    top, bottom = text.y, text.y + text.rgba.shape[0]
    opacity = _opacity(_part(cover, top, bottom), look.colour.text)
    above = [top - face[1] for face in cover.faces if face[1] <= top]
    below = [face[0] - bottom for face in cover.faces if face[0] >= bottom]
    longest, least = FADE_HEIGHT * height, MIN_FADE_HEIGHT * height
    first = max(0, top - round(max(least, min([longest, *above])) / 2) * 2)
    to_edge = not below and top > height / 2  # as if light came from above
    last = height if to_edge else min(height, bottom + round(max(least, min([longest, *below]))))
    last -= last % 2
    rows = np.arange(first, last, dtype=np.float64)
    rise = (rows - first + 1) / max(1, top - first)
    fall = np.ones_like(rows) if to_edge else (last - rows) / max(1, last - bottom)
    alpha = 255 * opacity * _smooth(np.clip(np.minimum(rise, fall), 0, 1))
    rgba = np.zeros((last - first, width, 4), np.uint8)
    rgba[..., 3] = np.rint(alpha).astype(np.uint8)[:, None]
    over = text.rgba.astype(np.uint16)
    part = rgba[top - first : bottom - first, text.x : text.x + text.rgba.shape[1]]
    part[...] = over + part * (255 - over[..., 3:]) // 255
    return Tile(x=0, y=first, rgba=rgba)


def _part(cover: Cover, top: int, bottom: int) -> npt.NDArray[np.uint8]:
    """Return the rows of the picture below the text."""
    scale = cover.rgb.shape[0] / cover.size[1]
    first = min(int(top * scale), cover.rgb.shape[0] - 1)
    return cover.rgb[first : max(first + 1, int(np.ceil(bottom * scale)))]


def _opacity(ground: npt.NDArray[np.uint8], color: str) -> float:
    """Return the opacity of black at which letters of `color` have MIN_CONTRAST to the ground."""
    bright = float(np.percentile(luminance(ground), BRIGHT_PERCENTILE))
    limit = (float(luminance(rgb(color))) + 0.05) / MIN_CONTRAST - 0.05
    # black is mixed with levels as they are stored, not with light
    return max(MIN_SHADE, 1 - math.pow(limit / max(limit, bright), 1 / DISPLAY_GAMMA))


def _smooth(share: F64) -> F64:
    """Ease 0..1 in and out."""
    return share * share * (3 - 2 * share)
