"""Draws a preview of a caption style for users to choose from: a few words as in a clip."""

from functools import cache

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.blending import lay
from pipeline.captions.grouping import Group, shown_text
from pipeline.captions.style import Style, load_style
from pipeline.captions.typesetting import Tile, Typesetter
from pipeline.core.data import Word

WIDTH, HEIGHT = 720, 360  # pixels: the width of a "fast" clip, cropped around the words
CLIP_HEIGHT = 1280
PHRASE = ("Your", "words", "look", "like this")
WORDS_PER_LINE = (2, 2)
SPOKEN_WORD = 2  # index in the phrase
GROUND_TOP, GROUND_BOTTOM = (0x8A, 0x8F, 0x98), (0x4B, 0x50, 0x5A)  # neither bright nor dark


@cache
def swatch(name: str) -> bytes:
    """Return a PNG of the style, WIDTH by HEIGHT, drawn once. Raises UnknownStyle.

    For a style that draws nothing, the picture shows the ground alone.
    """
    style = load_style(name)
    picture = draw_ground(WIDTH, HEIGHT)
    if style.draw:
        _write(picture, style)
    image = skia.Image.fromarray(picture, colorType=skia.kRGBA_8888_ColorType)
    return bytes(image.encodeToData(skia.kPNG, 100))


def draw_ground(width: int, height: int) -> npt.NDArray[np.uint8]:
    """Draw an opaque RGBA gradient that gets darker towards the bottom."""
    share = np.linspace(0, 1, height)[:, None]
    rows = np.array(GROUND_TOP) * (1 - share) + np.array(GROUND_BOTTOM) * share
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = rows.round()[:, None]
    return picture


def _write(picture: npt.NDArray[np.uint8], style: Style) -> None:
    """Draw the phrase into the middle of an RGBA picture."""
    typesetter = Typesetter(style, WIDTH, CLIP_HEIGHT)
    words = (
        Word(text=shown_text(text, style.text), start_s=0.0, end_s=0.0, probability=1.0)
        for text in PHRASE
    )
    group = Group(words=tuple(words), lines=WORDS_PER_LINE, start_s=0.0, end_s=0.0)
    tile = typesetter.draw_pose(group, CLIP_HEIGHT / 2, SPOKEN_WORD)
    middle = (WIDTH - tile.rgba.shape[1]) // 2
    lay(picture, Tile(middle, tile.y - (CLIP_HEIGHT - HEIGHT) // 2, tile.rgba))
