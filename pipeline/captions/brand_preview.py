"""Draws what a clip of a brand looks like: words in its style and its logo, on a plain ground."""

import skia

from pipeline.captions.blending import lay
from pipeline.captions.grouping import Group, shown_text
from pipeline.captions.logo import draw_logo
from pipeline.captions.own_style import branded
from pipeline.captions.placement import PREFERRED
from pipeline.captions.safe_areas import SafeArea
from pipeline.captions.style import Style
from pipeline.captions.style_preview import PHRASE, SPOKEN_WORD, WORDS_PER_LINE, draw_ground
from pipeline.captions.typesetting import Tile, Typesetter
from pipeline.core.brand import Brand
from pipeline.core.data import AspectRatio, Options, Word

SIZES: dict[AspectRatio, tuple[int, int]] = {  # pixels, of a "fast" clip
    "9:16": (720, 1280),
    "1:1": (720, 720),
    "4:5": (720, 900),
    "16:9": (1280, 720),
}


def draw_brand(brand: Brand, shape: AspectRatio) -> bytes:
    """Return a PNG in the shape of a clip. Raises UnknownStyle, BrokenStyle, Corrupt and OSError.

    For a style that draws nothing, and without a logo, the picture shows the ground alone.
    """
    size = SIZES[shape]
    safe = SafeArea.of(*size)
    style = branded(Options().caption_style, brand)
    picture = draw_ground(*size)
    if (logo := brand.path("logo")) is not None:
        lay(picture, draw_logo(logo, brand.logo_place, size, safe))
    if style.draw:
        lay(picture, _words(style, size, safe))
    image = skia.Image.fromarray(picture, colorType=skia.kRGBA_8888_ColorType)
    return bytes(image.encodeToData(skia.kPNG, 100))


def _words(style: Style, size: tuple[int, int], safe: SafeArea) -> Tile:
    words = tuple(
        Word(text=shown_text(text, style.text), start_s=0.0, end_s=0.0, probability=1.0)
        for text in PHRASE
    )
    group = Group(words=words, lines=WORDS_PER_LINE, start_s=0.0, end_s=0.0)
    centre = PREFERRED[style.text.position] * size[1]
    return Typesetter(style, *size, safe).draw_pose(group, centre, SPOKEN_WORD)
