"""Draws previews for users to choose from: a few words in a style, or as in a clip of a brand."""

import io
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.animation import Animation
from pipeline.captions.drawing.blending import colors, lay
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
WORD_S = 0.45  # from one word of a moving preview to the next
REST_S = 0.8  # after the last word
RATE = 15  # pictures a second of a moving preview
WEBP = {"loop": "0", "quality": "55", "compression_level": "4"}
GROUND_TOP, GROUND_BOTTOM = (0x8A, 0x8F, 0x98), (0x4B, 0x50, 0x5A)  # neither bright nor dark


@cache
def swatch(name: str, *, ground: bool = True) -> bytes:
    """Return a PNG of the style, WIDTH by HEIGHT, drawn once. Raises UnknownStyle.

    Without `ground` the words stand on transparency. For a style that draws nothing, the picture
    has no words.
    """
    style, clip = load_style(name), SIZES["9:16"]
    picture = gradient((WIDTH, HEIGHT), GROUND_TOP, GROUND_BOTTOM)
    if not ground:
        picture[:] = 0
    if style.draw:
        tile = _words(style, clip, clip[1] / 2)
        middle = (WIDTH - tile.rgba.shape[1]) // 2
        top = tile.y - (clip[1] - HEIGHT) // 2
        if ground:
            lay(picture, Tile(middle, top, tile.rgba))
        else:
            height, width = tile.rgba.shape[:2]
            picture[top : top + height, middle : middle + width] = _straight(tile.rgba)
    return png(picture)


@cache
def moving(name: str) -> bytes:
    """Return a transparent animated WebP of the style at half the size of its swatch, drawn once.

    Its words are spoken one after another, again and again. Raises UnknownStyle.
    """
    style, clip = load_style(name), SIZES["9:16"]
    over_s = len(PHRASE) * WORD_S + REST_S
    group = _group(style, [n * WORD_S for n in range(len(PHRASE) + 1)], over_s)
    drawn = Animation(Typesetter(style, *clip), group, clip[1] / 2) if style.draw else None
    file, step = io.BytesIO(), Fraction(1, RATE)
    with av.open(file, "w", format="webp", options={"loop": "0"}) as container:
        stream = container.add_stream("libwebp_anim", rate=RATE, options=WEBP)
        stream.width, stream.height, stream.pix_fmt = WIDTH // 2, HEIGHT // 2, "bgra"
        stream.time_base = step
        for number in range(round(over_s * RATE)):
            picture = np.zeros((HEIGHT, WIDTH, 4), np.float32)
            if drawn is not None:
                stamp = drawn.at(number / RATE)
                top = stamp.y - (clip[1] - HEIGHT) // 2
                height, width = stamp.added[0].shape
                picture[top : top + height, stamp.x : stamp.x + width] = colors(stamp)
            half = picture.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 4).mean(axis=(1, 3))
            frame = av.VideoFrame.from_ndarray(_straight(half), format="rgba")
            frame.pts, frame.time_base = number, step
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


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
    group = _group(style, [0.0] * (len(PHRASE) + 1), 0.0)
    return Typesetter(style, *size).draw_pose(group, center_y, SPOKEN_WORD)


def _group(style: Style, borders_s: Sequence[float], end_s: float) -> Group:
    """Return the phrase, its words spoken between these times."""
    words = tuple(
        Word(text=shown_text(text, style.text), start_s=start_s, end_s=to_s, probability=1.0)
        for text, (start_s, to_s) in zip(PHRASE, pairwise(borders_s), strict=True)
    )
    return Group(words=words, lines=WORDS_PER_LINE, start_s=0.0, end_s=end_s)


def _straight(rgba: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return premultiplied colors as encoders of transparent pictures take them."""
    alpha = rgba[..., 3:].astype(np.float32)
    colors_only = np.clip(rgba[..., :3] * (255 / np.maximum(alpha, 1)), 0, 255)
    return np.concatenate([colors_only, alpha], axis=2).round().astype(np.uint8)
