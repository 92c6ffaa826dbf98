"""Draws a quotation as a picture to post: in a caption style or a brand's, readable on a phone.

The words stand in quotation marks of their language around the middle, as large as they fit, and
below them a line and the name of who said it. A brand has its logo in its corner, and its cards'
colors where it has chosen any.
"""

import re
from dataclasses import dataclass, replace

import numpy as np

from pipeline.captions.brand_card import draw_ground
from pipeline.captions.drawing.blending import lay
from pipeline.captions.drawing.logo import draw_logo
from pipeline.captions.fitted_text import (
    Block,
    Frame,
    Rgba,
    Sizes,
    fit,
    gradient,
    png,
    typesetter_of,
)
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.colors import (
    accent_on_dark,
    contrast,
    letters_in,
    letters_on_dark,
    rgb,
)
from pipeline.captions.styles.style import Colours, Style, TextLook, branded
from pipeline.captions.title_layer import block_of, wrap
from pipeline.core.brand import Brand, CardColors
from pipeline.core.texts import Quotation
from pipeline.language.typography import keep_spaces, quote
from pipeline.language.writing_systems import is_visible

UPRIGHT, SQUARE = (1080, 1350), (1080, 1080)  # pixels: the shapes that feeds show

MARGIN = 0.085  # on each side, share of the shorter side
SIZES = Sizes(largest=0.105, comfortable=0.066, smallest=0.045)
MAX_LINES = 9
MAX_TEXT_HEIGHT = 0.66  # share of the picture's height
NAME_SIZE = 0.040  # share of the shorter side: 16 pixels on a phone that shows the card 400 wide
BAR = 0.11, 0.007  # width and height of the line above the name, share of the shorter side
GAP = 0.055  # between text, line and name, share of the shorter side
GROUND = (0x1A, 0x1C, 0x22), (0x0C, 0x0D, 0x11)  # top and bottom: nearly black, bluish
TINT = 0.10, 0.03  # share of the accent in them
MIN_CONTRAST = 3.0  # accent on a brand's ground: what WCAG 2.2 asks of large letters

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def draw_quote_card(
    quotation: Quotation,
    *,
    style: str | Style,
    size: tuple[int, int] = UPRIGHT,
    brand: Brand | None = None,
) -> bytes:
    """Return a PNG of `size` (width and height, even pixels, both from 256 on).

    A brand's own style goes before `style`; its files are where it says. Raises UnknownStyle, and
    ValueError for a text in which nothing is visible; for a brand BrokenStyle, Corrupt and OSError.
    """
    if not is_visible(quotation.text):
        raise ValueError("a quotation without letters cannot be drawn")
    look = _look(style, brand)
    picture = _ground(size, look)
    top, bottom = _draw_logo(picture, brand)
    shorter = min(size)
    gap, bar_height = GAP * shorter, max(2.0, BAR[1] * shorter)
    most = MAX_TEXT_HEIGHT * size[1]
    frame = Frame(
        look=_named(look),
        size=size,
        area=_area(size),
        language=quotation.language,
        max_lines=MAX_LINES,
        max_height=most,
    )
    name = _set_name(quotation, frame)
    below = gap + bar_height + gap + name.height if name else 0.0
    room = min(bottom - top - below, most)
    # as it was said: a sentence in capitals is hard to read
    letters = replace(look.letters, text=replace(look.letters.text, uppercase=False))
    frame = replace(frame, look=letters, max_height=room)
    text = fit(_words(quotation), frame, replace(SIZES, smallest=SIZES.smallest * room / most))
    high = text.height + below
    top = min(max(top, (size[1] - high) / 2), bottom - high)
    lay(picture, text.draw(top + text.height / 2))
    if name:
        line = top + text.height + gap
        _bar(picture, line, bar_height, look.accent)
        lay(picture, name.draw(line + bar_height + gap + name.height / 2))
    return png(picture)


@dataclass(frozen=True, slots=True)
class _Look:
    """Letters, and the color of the line and the name, #RRGGBB."""

    letters: Style
    accent: str
    background: str | None  # a brand's; None: GROUND


def _look(style: str | Style, brand: Brand | None) -> _Look:
    own = style if isinstance(style, Style) else branded(style, brand)
    accent = accent_on_dark(own)
    if brand is None or brand.colors == CardColors():
        return _Look(letters_on_dark(own), accent, None)
    colors = brand.colors
    is_seen = contrast(rgb(accent), rgb(colors.background)) >= MIN_CONTRAST
    letters = letters_in(colors.text, own)
    return _Look(letters, accent if is_seen else colors.text, colors.background)


def _draw_logo(picture: Rgba, brand: Brand | None) -> tuple[float, float]:
    """Draw the logo of a brand; return the first and the last row that are left for the words."""
    height, width = picture.shape[:2]
    logo = None if brand is None else brand.path("logo")
    if brand is None or logo is None:
        return 0.0, float(height)
    size = (width, height)
    tile = draw_logo(logo, brand.logo_place, size, _area(size))
    lay(picture, tile)
    gap = GAP * min(size)
    if brand.logo_place.corner.startswith("top"):
        return tile.y + tile.rgba.shape[0] + gap, height - gap
    return gap, tile.y - gap


def _words(quotation: Quotation) -> str:
    """Return the text in quotation marks of its language."""
    said = _APOSTROPHE.sub("’", " ".join(quotation.text.split()))
    return quote(keep_spaces(said, quotation.language), quotation.language)


def _set_name(quotation: Quotation, frame: Frame) -> Block | None:
    """Set the name in one line or two."""
    typesetter = typesetter_of(frame, NAME_SIZE)
    lines = wrap(quotation.author, typesetter.text_width, typesetter.measure, max_lines=2)
    return Block(block_of(lines), typesetter) if lines else None


def _area(size: tuple[int, int]) -> SafeArea:
    """Return what lies within the margins."""
    margin = round(MARGIN * min(size) / 2) * 2
    return SafeArea(margin, margin, size[0] - margin, size[1] - margin)


def _named(look: _Look) -> Style:
    """Return the style of the name: its letters in the accent, without anything around them."""
    own = look.letters
    text = TextLook(families=own.text.families, weight=min(own.text.weight, 700))
    accent = Colours(text=look.accent, spoken=look.accent)
    return Style(name=own.name, text=text, colour=accent)


def _ground(size: tuple[int, int], look: _Look) -> Rgba:
    """Draw an opaque gradient: the brand's, or nearly black, with a trace of the accent."""
    if look.background is not None:
        return draw_ground(size, look.background)
    color = rgb(look.accent).astype(np.float64)
    top, bottom = (
        (1 - tint) * np.array(own) + tint * color for own, tint in zip(GROUND, TINT, strict=True)
    )
    return gradient(size, top, bottom)


def _bar(picture: Rgba, top: float, height: float, accent: str) -> None:
    """Fill a line around the middle."""
    width = BAR[0] * min(picture.shape[:2])
    left, middle = round((picture.shape[1] - width) / 2), round(top)
    picture[middle : middle + round(height), left : left + round(width), :3] = rgb(accent)
