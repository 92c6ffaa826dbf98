"""Draws what lies on the windows of composites: rounded corners, borders and writing."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import skia

from pipeline.media.frames import Picture

BORDER_PIXELS = 5  # around who speaks

Rect = tuple[int, int, int, int]  # x, y, width, height in pixels
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Writing over the picture."""

    text: str
    box: Rect
    start_s: float = 0.0
    end_s: float = float("inf")


def rounded(width: int, height: int, radius: int) -> Mask:
    """Return which pixels of a window its rounded corners leave."""
    x, y = np.arange(width) + 0.5, np.arange(height)[:, None] + 0.5
    dx = np.maximum(0, np.maximum(radius - x, x - (width - radius)))
    dy = np.maximum(0, np.maximum(radius - y, y - (height - radius)))
    return np.asarray(dx**2 + dy**2 <= max(radius, 1) ** 2)


def rim(mask: Mask) -> Mask:
    """Return the pixels within BORDER_PIXELS of the window's sides."""
    inside = np.zeros_like(mask)
    b = BORDER_PIXELS
    inside[b:-b, b:-b] = True
    return mask & ~inside


def write_text(picture: Picture, text: Text, ground: tuple[int, int, int] | None = None) -> None:
    """Write white text with a dark rim, or on a plate, into its box, in place."""
    x, y, w, h = text.box
    rgba = np.dstack((picture[y : y + h, x : x + w], np.full((h, w), 255, np.uint8)))
    rgba = np.ascontiguousarray(rgba)
    surface = skia.Surface(rgba, colorType=skia.kRGBA_8888_ColorType)
    canvas = surface.getCanvas()
    if ground is not None:
        canvas.clear(skia.Color(*ground))
    font = skia.Font(_bold(), h * 0.62)
    left = max(4.0, (w - font.measureText(text.text)) / 2)
    rim = skia.Paint(
        Color=skia.ColorBLACK, Style=skia.Paint.kStroke_Style, StrokeWidth=h * 0.08, AntiAlias=True
    )
    for paint in (rim, skia.Paint(Color=skia.ColorWHITE, AntiAlias=True)):
        canvas.drawString(text.text, left, h * 0.75, font, paint)
    surface.flushAndSubmit()
    picture[y : y + h, x : x + w] = rgba[..., :3]


@cache
def _bold() -> Any:
    """Find the font once: it takes longer than to draw a line."""
    return skia.Typeface("DejaVu Sans", skia.FontStyle.Bold())
