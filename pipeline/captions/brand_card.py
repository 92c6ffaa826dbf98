"""Draws a brand's card: a text on the brand's ground, as large as it fits, below the logo."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.captions.areas import Area
from pipeline.captions.balanced_lines import balance
from pipeline.captions.blending import lay
from pipeline.captions.colors import rgb
from pipeline.captions.grouping import Group
from pipeline.captions.logo import draw_logo_into
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import Colours, Style
from pipeline.captions.title_layer import block_of, styled_case, tears_phrase, wrap
from pipeline.captions.typesetting import Tile, Typesetter
from pipeline.core.brand import CardColors
from pipeline.core.data import Span
from pipeline.language.writing_systems import is_visible

LARGEST, COMFORTABLE, SMALLEST = 0.115, 0.08, 0.05  # text sizes, of the picture's shorter side
SIZE_STEP = 0.95
MAX_LINES = 6
MAX_TEXT = 1.35, 0.5  # width of the text in heights of the picture, and its height in those
LOGO = 0.5, 0.13  # most of the logo's width and height, of the picture's shorter side
GAP = 0.075  # between logo and text, of the shorter side
LIFT = 0.09  # share of white at the top of the ground, so that it is no flat color

_STILL = Span(start_s=0.0, end_s=0.0)


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
    typesetter, lines = _set(text, _plain(style, colors), size, language)
    high = typesetter.block_height(lines)
    ground = draw_ground(size, colors.background)
    top = (size[1] - high) / 2
    if logo is not None:
        most = round(LOGO[0] * shorter), round(LOGO[1] * shorter)
        gap = GAP * shorter
        top += (most[1] + gap) / 2
        left, upper = round(middle - most[0] / 2), round(top - gap - most[1])
        lay(ground, draw_logo_into(logo, Area(left, upper, left + most[0], upper + most[1])))
    return Card(ground=ground, text=typesetter.draw_pose(lines, top + high / 2))


def _set(text: str, look: Style, size: tuple[int, int], language: str) -> tuple[Typesetter, Group]:
    """Set the text as large as it fits, without tearing a word or a phrase if possible."""
    text = " ".join(styled_case(text, look, language).split())
    area = _area(size)
    for share in _sizes():
        sized = replace(look, text=replace(look.text, size=share))
        typesetter = Typesetter(sized, *size, area, language=language)
        width, measure = typesetter.text_width, typesetter.measure
        lines = balance(text.split(" "), width, measure)
        lines = lines or wrap(text, width, measure, max_lines=MAX_LINES)
        block = block_of(lines, _STILL)
        fits = max(map(measure, lines)) <= width and len(lines) <= MAX_LINES
        if not fits or typesetter.block_height(block) > MAX_TEXT[1] * size[1]:
            continue
        whole = width * share / COMFORTABLE  # of a phrase that is smaller
        if share <= COMFORTABLE or not tears_phrase(lines, whole, measure):
            break
    return typesetter, block  # else the smallest, whose lines are shrunk to fit


def _sizes() -> Iterator[float]:
    size = LARGEST
    while size > SMALLEST:
        yield size
        size *= SIZE_STEP
    yield SMALLEST


def _area(size: tuple[int, int]) -> SafeArea:
    """Return where the text may stand: not too wide a column, in the middle."""
    safe = SafeArea.of(*size)
    margin = max(safe.left, round((size[0] - MAX_TEXT[0] * size[1]) / 4) * 2)
    return SafeArea(margin, safe.top, size[0] - margin, safe.bottom)


def _plain(style: Style, colors: CardColors) -> Style:
    """Return the style's letters in the card's color, without anything around them."""
    text = replace(style.text, drop="")
    return Style(name=style.name, text=text, colour=Colours(text=colors.text, spoken=colors.text))


def draw_ground(size: tuple[int, int], background: str) -> npt.NDArray[np.uint8]:
    """Draw an opaque gradient that gets lighter towards the top."""
    width, height = size
    color = rgb(background).astype(np.float64)
    light = LIFT * np.linspace(1, 0, height)[:, None]
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = (color * (1 - light) + 255 * light).round()[:, None]
    return picture
