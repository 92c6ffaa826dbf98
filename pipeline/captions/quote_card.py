"""Draws a quotation as a picture to post: in a caption style or a brand's, readable on a phone.

The words stand in quotation marks of their language around the middle, as large as they fit, and
below them a line and the name of who said it. A brand has its logo in its corner, and its cards'
colors where it has chosen any.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.balanced_lines import balance
from pipeline.captions.blending import lay
from pipeline.captions.brand_card import draw_ground
from pipeline.captions.colors import accent_on_dark, contrast, letters_on_dark, rgb
from pipeline.captions.grouping import Group
from pipeline.captions.logo import draw_logo
from pipeline.captions.own_style import branded
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import Colours, Style, TextLook
from pipeline.captions.title_layer import block_of, tears_phrase, wrap
from pipeline.captions.typesetting import Tile, Typesetter
from pipeline.core.brand import Brand, CardColors
from pipeline.core.data import Span
from pipeline.core.texts import Quotation
from pipeline.language.typography import keep_spaces, quote
from pipeline.language.writing_systems import is_visible

UPRIGHT, SQUARE = (1080, 1350), (1080, 1080)  # pixels: the shapes that feeds show

MARGIN = 0.085  # on each side, share of the shorter side
LARGEST, COMFORTABLE, SMALLEST = 0.105, 0.066, 0.045  # text sizes, of the shorter side
SIZE_STEP = 0.95
MAX_LINES = 9  # of a script without spaces
MAX_TEXT_HEIGHT = 0.66  # of the picture's height
NAME_SIZE = 0.040  # of the shorter side: 16 pixels on a phone that shows the card 400 wide
BAR = 0.11, 0.007  # width and height of the line above the name, share of the shorter side
GAP = 0.055  # between text, line and name, share of the shorter side
GROUND = (0x1A, 0x1C, 0x22), (0x0C, 0x0D, 0x11)  # top and bottom: nearly black, bluish
TINT = 0.10, 0.03  # share of the accent in them
MIN_CONTRAST = 3.0  # of the accent on a brand's ground: what WCAG 2.2 asks of large letters

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")

Rgba = npt.NDArray[np.uint8]
_STILL = Span(start_s=0.0, end_s=0.0)


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
    name = _set_name(quotation, _named(look), size)
    below = gap + bar_height + gap + name.height if name else 0.0
    text = _set(quotation, _plain(look.letters), size, room=bottom - top - below)
    high = text.height + below
    top = min(max(top, (size[1] - high) / 2), bottom - high)
    lay(picture, text.draw(top + text.height / 2))
    if name:
        line = top + text.height + gap
        _bar(picture, line, bar_height, look.accent)
        lay(picture, name.draw(line + bar_height + gap + name.height / 2))
    image = skia.Image.fromarray(picture, colorType=skia.kRGBA_8888_ColorType)
    return bytes(image.encodeToData(skia.kPNG, 100))


@dataclass(frozen=True, slots=True)
class _Look:
    """Letters, and the color of the line and the name, #RRGGBB."""

    letters: Style
    accent: str
    background: str | None  # of a brand; None: GROUND


def _look(style: str | Style, brand: Brand | None) -> _Look:
    own = style if isinstance(style, Style) else branded(style, brand)
    accent = accent_on_dark(own)
    if brand is None or brand.colors == CardColors():
        return _Look(letters_on_dark(own), accent, None)
    colors = brand.colors
    letters = Style(
        name=own.name,
        text=replace(own.text, drop=""),
        colour=Colours(text=colors.text, spoken=colors.text),
    )
    is_seen = contrast(rgb(accent), rgb(colors.background)) >= MIN_CONTRAST
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


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that are set, and by what."""

    lines: Group
    typesetter: Typesetter

    @property
    def height(self) -> float:
        """Return the height with everything around the letters, pixels."""
        return self.typesetter.block_height(self.lines)

    def draw(self, center_y: float) -> Tile:
        """Draw the lines around a row."""
        return self.typesetter.draw_pose(self.lines, center_y)


def _set(quotation: Quotation, look: Style, size: tuple[int, int], room: float) -> _Block:
    """Set the text as large as it fits, without tearing a word or a phrase if possible.

    `room`: its height at most, pixels.
    """
    most = MAX_TEXT_HEIGHT * size[1]
    room = min(room, most)
    said = _APOSTROPHE.sub("’", " ".join(quotation.text.split()))
    text = quote(keep_spaces(said, quotation.language), quotation.language)
    for share in _sizes(SMALLEST * room / most):
        typesetter = _typesetter(look, share, size, quotation.language)
        lines = _broken(text, typesetter)
        block = _Block(block_of(lines, _STILL), typesetter)
        fits = max(map(typesetter.measure, lines)) <= typesetter.text_width
        if not fits or block.height > room:
            continue
        whole = typesetter.text_width * share / COMFORTABLE  # of a phrase that is smaller
        if share <= COMFORTABLE or not tears_phrase(lines, whole, typesetter.measure):
            return block
    return block  # the smallest, whose lines are shrunk to fit


def _broken(text: str, typesetter: Typesetter) -> list[str]:
    """Break a text into lines; one with words that are too wide, as in Japanese, inside them."""
    width, measure = typesetter.text_width, typesetter.measure
    lines = balance(text.split(" "), width, measure)
    return lines or wrap(text, width, measure, max_lines=MAX_LINES)


def _set_name(quotation: Quotation, look: Style, size: tuple[int, int]) -> _Block | None:
    """Set the name in one line or two."""
    typesetter = _typesetter(look, NAME_SIZE, size, quotation.language)
    width = typesetter.text_width
    lines = wrap(quotation.author, width, typesetter.measure, max_lines=2)
    return _Block(block_of(lines, _STILL), typesetter) if lines else None


def _typesetter(look: Style, share: float, size: tuple[int, int], language: str) -> Typesetter:
    """Return a typesetter of a text size, whose lines stay within the margins."""
    sized = replace(look, text=replace(look.text, size=share))
    return Typesetter(sized, *size, _area(size), language=language)


def _area(size: tuple[int, int]) -> SafeArea:
    """Return what lies within the margins."""
    margin = round(MARGIN * min(size) / 2) * 2
    return SafeArea(margin, margin, size[0] - margin, size[1] - margin)


def _sizes(smallest: float) -> Iterator[float]:
    size = LARGEST
    while size > smallest:
        yield size
        size *= SIZE_STEP
    yield smallest


def _plain(look: Style) -> Style:
    """Return letters as they were said: a sentence in capitals is hard to read."""
    return replace(look, text=replace(look.text, uppercase=False))


def _named(look: _Look) -> Style:
    """Return the style of the name: its letters in the accent, without anything around them."""
    own = look.letters
    text = TextLook(families=own.text.families, weight=min(own.text.weight, 700))
    colour = Colours(text=look.accent, spoken=look.accent)
    return Style(name=own.name, text=text, colour=colour)


def _ground(size: tuple[int, int], look: _Look) -> Rgba:
    """Draw an opaque gradient: the brand's, or nearly black, with a trace of the accent."""
    if look.background is not None:
        return draw_ground(size, look.background)
    width, height = size
    color = rgb(look.accent).astype(np.float64)
    top, bottom = (
        (1 - tint) * np.array(own) + tint * color for own, tint in zip(GROUND, TINT, strict=True)
    )
    share = np.linspace(0, 1, height)[:, None]
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = (top * (1 - share) + bottom * share).round()[:, None]
    return picture


def _bar(picture: Rgba, top: float, height: float, accent: str) -> None:
    """Fill a line around the middle."""
    width = BAR[0] * min(picture.shape[:2])
    left, middle = round((picture.shape[1] - width) / 2), round(top)
    picture[middle : middle + round(height), left : left + round(width), :3] = rgb(accent)
