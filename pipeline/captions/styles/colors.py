"""Colors of a caption style where letters stand on a dark ground without a plate."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.captions.styles.style import Colours, Style
from pipeline.core.arrays import F64

MIN_LIGHT = 0.5  # relative luminance of letters that are made for a dark ground
LIGHT = "#FFFFFF"  # in place of letters that are not
MIN_ACCENT_LIGHT = 0.18  # relative luminance of an accent: contrast 4.5 to a ground of 0.001
MIN_CHROMA = 48  # levels between the strongest and the weakest of an accent's primaries


def letters_on_dark(style: Style) -> Style:
    """Return the style's letters alone, at rest, in a color for a dark ground."""
    own = (style.colour.text, style.colour.spoken)
    color = next((c for c in own if luminance(rgb(c)) >= MIN_LIGHT), LIGHT)
    return replace(
        letters_in(color, style),
        outline=style.outline,
        shadow=style.shadow,
        glow=replace(style.glow, spoken=style.glow.text) if style.glow else None,
    )


def letters_in(color: str, style: Style) -> Style:
    """Return the style's letters in one color, without anything around them."""
    text = replace(style.text, drop="")
    return Style(name=style.name, text=text, colour=Colours(text=color, spoken=color))


def accent_on_dark(style: Style) -> str:
    """Return the style's color that stands out most, of those seen on a dark ground."""
    boxed = (style.word_box.colour,) if style.word_box else ()
    for color in (style.colour.spoken, *boxed, style.colour.key):
        levels = rgb(color)
        if luminance(levels) >= MIN_ACCENT_LIGHT and int(np.ptp(levels)) >= MIN_CHROMA:
            return str(color)[:7]
    return letters_on_dark(style).colour.text


def contrast(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """Return the contrast of two sRGB colors (3,), 1..21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((float(luminance(one)), float(luminance(other))))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(levels: npt.NDArray[np.uint8]) -> F64:
    """Return the relative luminance of sRGB colors (..., 3), 0..1, as WCAG 2.2 defines it."""
    share = levels / 255.0
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(light @ np.array([0.2126, 0.7152, 0.0722]))


def rgb(color: str) -> npt.NDArray[np.uint8]:
    """Return red, green and blue of #RRGGBB or #RRGGBBAA."""
    return np.array([int(color[n : n + 2], 16) for n in (1, 3, 5)], np.uint8)
