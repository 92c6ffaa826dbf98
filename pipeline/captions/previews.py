"""Draws previews for users to choose from: a few words in a style, or as in a clip of a brand."""

from functools import cache

from pipeline.captions.drawing.blending import lay
from pipeline.captions.drawing.logo import draw_logo
from pipeline.captions.drawing.typesetting import Tile, Typesetter
from pipeline.captions.fitted_text import gradient, png
from pipeline.captions.layout.grouping import Group, shown_text
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import PREFERRED
from pipeline.captions.styles.style import Style, branded, load_style
from pipeline.core.brand import Brand
from pipeline.core.data import AspectRatio, Options, Word

SIZES: dict[AspectRatio, tuple[int, int]] = {  # pixels, of a "fast" clip
    "9:16": (720, 1280),
    "1:1": (720, 720),
    "4:5": (720, 900),
    "16:9": (1280, 720),
}
WIDTH, HEIGHT = 720, 360  # pixels, of a style's preview: a clip's width, cropped around the words
PHRASE = ("Your", "words", "look", "like this")
WORDS_PER_LINE = (2, 2)
SPOKEN_WORD = 2  # index in the phrase
GROUND_TOP, GROUND_BOTTOM = (0x8A, 0x8F, 0x98), (0x4B, 0x50, 0x5A)  # neither bright nor dark


@cache
def swatch(name: str) -> bytes:
    """Return a PNG of the style, WIDTH by HEIGHT, drawn once. Raises UnknownStyle.

    For a style that draws nothing, the picture shows the ground alone.
    """
    style, clip = load_style(name), SIZES["9:16"]
    picture = gradient((WIDTH, HEIGHT), GROUND_TOP, GROUND_BOTTOM)
    if style.draw:
        tile = _words(style, clip, clip[1] / 2)
        middle = (WIDTH - tile.rgba.shape[1]) // 2
        lay(picture, Tile(middle, tile.y - (clip[1] - HEIGHT) // 2, tile.rgba))
    return png(picture)


def draw_brand(brand: Brand, shape: AspectRatio) -> bytes:
    """Return a PNG in the shape of a clip. Raises UnknownStyle, BrokenStyle, Corrupt and OSError.

    For a style that draws nothing, and without a logo, the picture shows the ground alone.
    """
    size = SIZES[shape]
    style = branded(Options().caption_style, brand)
    picture = gradient(size, GROUND_TOP, GROUND_BOTTOM)
    if (logo := brand.path("logo")) is not None:
        lay(picture, draw_logo(logo, brand.logo_place, size, SafeArea.of(*size)))
    if style.draw:
        lay(picture, _words(style, size, PREFERRED[style.text.position] * size[1]))
    return png(picture)


def _words(style: Style, size: tuple[int, int], center_y: float) -> Tile:
    """Draw the phrase at rest around a row of a picture."""
    words = tuple(
        Word(text=shown_text(text, style.text), start_s=0.0, end_s=0.0, probability=1.0)
        for text in PHRASE
    )
    group = Group(words=words, lines=WORDS_PER_LINE, start_s=0.0, end_s=0.0)
    return Typesetter(style, *size).draw_pose(group, center_y, SPOKEN_WORD)
