"""Draws a brand's card: a text on the brand's ground, as large as it fits, below the logo."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.blending import lay
from pipeline.captions.drawing.logo import draw_logo_into
from pipeline.captions.drawing.typesetting import Tile
from pipeline.captions.fitted_text import Frame, Sizes, fit, gradient
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.colors import letters_in, rgb
from pipeline.captions.styles.style import Style
from pipeline.captions.title_layer import styled_case
from pipeline.core.areas import Area
from pipeline.core.brand import CardColors
from pipeline.language.writing_systems import is_visible

SIZES = Sizes(largest=0.115, comfortable=0.08, smallest=0.05)
MAX_LINES = 6
MAX_TEXT = 1.35, 0.5  # width of the text in heights of the picture, and its height in those
LOGO = 0.5, 0.13  # most of the logo's width and height, of the picture's shorter side
GAP = 0.075  # between logo and text, of the shorter side
LIFT = 0.09  # share of white at the top of the ground, so that it is no flat color


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card in two parts, of which the second may come later."""

    ground: npt.NDArray[np.uint8]  # (h, w, 4) RGBA, opaque, with the logo
    text: Tile


def draw_card(
    text: str,
    *,
    style: Style,
    colors: CardColors,
    size: tuple[int, int],
    logo: Path | None,
    language: str,
) -> Card | None:
    """Return the card for a text in the style's letters; None for one that draws nothing.

    `size` is width and height, pixels. `language` (ISO 639-1) is the text's. Raises Corrupt and
    OSError for a logo that cannot be read.
    """
    if not is_visible(text):
        return None
    shorter, middle = min(size), size[0] / 2
    look = letters_in(colors.text, style)
    frame = Frame(
        look=look,
        size=size,
        area=_area(size),
        language=language,
        max_lines=MAX_LINES,
        max_height=MAX_TEXT[1] * size[1],
    )
    block = fit(" ".join(styled_case(text, look, language).split()), frame, SIZES)
    ground = draw_ground(size, colors.background)
    top = (size[1] - block.height) / 2
    if logo is not None:
        most = round(LOGO[0] * shorter), round(LOGO[1] * shorter)
        gap = GAP * shorter
        top += (most[1] + gap) / 2
        left, upper = round(middle - most[0] / 2), round(top - gap - most[1])
        lay(ground, draw_logo_into(logo, Area(left, upper, left + most[0], upper + most[1])))
    return Card(ground=ground, text=block.draw(top + block.height / 2))


def _area(size: tuple[int, int]) -> SafeArea:
    """Return where the text may stand: not too wide a column, in the middle."""
    safe = SafeArea.of(*size)
    margin = max(safe.left, round((size[0] - MAX_TEXT[0] * size[1]) / 4) * 2)
    return SafeArea(margin, safe.top, size[0] - margin, safe.bottom)


def draw_ground(size: tuple[int, int], background: str) -> npt.NDArray[np.uint8]:
    """Draw an opaque gradient that gets lighter toward the top."""
    color = rgb(background).astype(np.float64)
    return gradient(size, color * (1 - LIFT) + 255 * LIFT, color)
