"""Draws the layers of single words, each once: shadow, glow, outline and letters as images.

A layer of a word is shaped and drawn at its place and its size while lit; frames are composed of
these images.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.layout.text_shaping import Letters, paragraph, stretch_of
from pipeline.captions.styles.style import Colours, Glow, Style
from pipeline.core.areas import Area

BLUR_REACH_SIGMAS = 3.0  # standard deviations
MAX_INVISIBLE_ALPHA = 2  # alpha, 0..255
ABOVE, BELOW, ASIDE = 1.6, 1.0, 0.4  # room for letters around a word's box, in text sizes
WORD_MIDDLE = 0.34  # middle of a word's letters above its baseline, in text sizes
GLOW_LINE = 0.12  # width of the line whose blur is the glow, in text sizes

State = Literal["text", "spoken", "key"]
Layer = Literal["shadow", "glow", "outline", "letters"]
LAYERS: tuple[Layer, ...] = ("shadow", "glow", "outline", "letters")  # from the ground up
Rgba = npt.NDArray[np.uint8]  # (h, w, 4), premultiplied


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A word with its position: left edge and baseline, pixels."""

    index: int
    text: str
    x: float
    baseline: float
    width: float
    letters: Letters
    right_to_left: bool  # direction of its line

    @property
    def size(self) -> float:
        """Return the size of its letters, pixels."""
        return self.letters.size

    @property
    def middle(self) -> tuple[float, float]:
        """Return the point about which the word grows."""
        return self.x + self.width / 2, self.baseline - WORD_MIDDLE * self.size


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A drawn layer of a word, or nothing; `area` is where it belongs."""

    image: skia.Image | None
    area: Area


class Sprites:
    """The layers of words in one style, drawn when first needed."""

    def __init__(self, style: Style, colors: Colours) -> None:
        """`colors` are those of the speaker."""
        self._style, self._colors = style, colors
        self._drawn: dict[tuple[Placed, Layer, State, float], Sprite] = {}

    def layers(self) -> tuple[Layer, ...]:
        """Return the style's layers from the ground up."""
        style = self._style
        has: dict[Layer, object] = {
            "shadow": style.shadow,
            "glow": style.glow,
            "outline": style.outline,
            "letters": style.text,
        }
        return tuple(layer for layer in LAYERS if has[layer] is not None)

    def sprite(self, word: Placed, layer: Layer, state: State, scale: float) -> Sprite:
        """Return the layer of the word, enlarged by `scale` about its middle."""
        if layer in ("shadow", "outline"):
            state = "text"  # in one color
        key = (word, layer, state, scale)
        found = self._drawn.get(key)
        if found is None:
            found = self._drawn[key] = self._draw(word, layer, state, scale)
        return found

    def _draw(self, word: Placed, layer: Layer, state: State, scale: float) -> Sprite:
        size, over = word.size, overhang(self._style, word.size)
        x, y = word.middle
        room = Area.around(
            word.x - ASIDE * size - over,
            word.baseline - ABOVE * size - over,
            word.x + word.width + ASIDE * size + over,
            word.baseline + BELOW * size + over,
        ).scaled(scale, x, y)
        rgba, canvas = blank(room)
        canvas.translate(x, y)
        canvas.scale(scale, scale)
        canvas.translate(-x, -y)
        self._paint(canvas, word, layer, state)
        canvas.getSurface().flushAndSubmit()
        return _crop(rgba, room)

    def _paint(self, canvas: skia.Canvas, word: Placed, layer: Layer, state: State) -> None:
        style, size = self._style, word.size
        if layer == "letters":
            _paint_word(canvas, word, fill(_color_of(self._colors, state)))
        elif layer == "outline" and style.outline is not None:
            paint = fill(style.outline.colour)
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(style.outline.width * size)
            paint.setStrokeJoin(skia.Paint.kRound_Join)
            _paint_word(canvas, word, paint)
        elif layer == "shadow" and style.shadow is not None:
            paint = _blur_paint(style.shadow.colour, style.shadow.blur * size / 2)
            if style.outline is not None:
                paint.setStyle(skia.Paint.kStrokeAndFill_Style)
                paint.setStrokeWidth(style.outline.width * size)
            _paint_word(canvas, word, paint, dy=style.shadow.dy * size)
        elif layer == "glow" and style.glow is not None:
            for blur in (style.glow.blur, style.glow.blur / 2.5):
                paint = _blur_paint(_color_of(style.glow, state), blur * size)
                paint.setStyle(skia.Paint.kStrokeAndFill_Style)
                paint.setStrokeWidth(GLOW_LINE * size)
                _paint_word(canvas, word, paint)


def overhang(style: Style, size: float) -> float:
    """Return how far ink may extend beyond the letters, pixels."""
    reaches = [0.02]
    if style.outline:
        reaches.append(style.outline.width / 2)
    if style.shadow:
        reaches.append(BLUR_REACH_SIGMAS * style.shadow.blur / 2 + abs(style.shadow.dy))
    if style.glow:
        reaches.append(BLUR_REACH_SIGMAS * style.glow.blur)
    if style.box:
        reaches.append(style.box.padding)
    if style.word_box:
        reaches.append(style.word_box.padding)
    return size * max(reaches)


def blank(area: Area) -> tuple[Rgba, skia.Canvas]:
    """Return a transparent picture of an area, and a canvas on it in the area's coordinates."""
    rgba = np.zeros((area.height, area.width, 4), np.uint8)
    surface = skia.Surface(rgba, skia.kRGBA_8888_ColorType, skia.kPremul_AlphaType)
    canvas = surface.getCanvas()
    canvas.translate(-area.left, -area.top)
    return rgba, canvas


def image_of(rgba: Rgba) -> skia.Image:
    """Return a copy of premultiplied pixels as an image."""
    return skia.Image.fromarray(
        np.ascontiguousarray(rgba),
        colorType=skia.kRGBA_8888_ColorType,
        alphaType=skia.kPremul_AlphaType,
    )


def fill(color: str) -> skia.Paint:
    """Return a paint of a color, #RRGGBB or #RRGGBBAA."""
    digits = color.removeprefix("#")
    value = int(digits[:6], 16)
    alpha = int(digits[6:8], 16) if len(digits) == 8 else 255
    return skia.Paint(AntiAlias=True, Color=alpha << 24 | value)


def ink_bounds(rgba: Rgba) -> Area | None:
    """Return the smallest area around the visible pixels, from the picture's corner."""
    # alpha is the highest byte of a pixel: compared whole, pixels lie side by side in memory
    alpha = rgba.view("<u4")[..., 0] > (MAX_INVISIBLE_ALPHA << 24 | 0xFFFFFF)
    rows = np.flatnonzero(alpha.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(alpha[rows[0] : rows[-1] + 1].any(axis=0))
    return Area(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _crop(rgba: Rgba, room: Area) -> Sprite:
    ink = ink_bounds(rgba)
    if ink is None:
        return Sprite(None, Area(room.left, room.top, room.left + 2, room.top + 2))
    return Sprite(
        image_of(rgba[ink.top : ink.bottom, ink.left : ink.right]),
        Area(
            room.left + ink.left,
            room.top + ink.top,
            room.left + ink.right,
            room.top + ink.bottom,
        ),
    )


def _paint_word(canvas: skia.Canvas, word: Placed, paint: skia.Paint, dy: float = 0.0) -> None:
    """Paint the letters of a word, `dy` pixels below its place."""
    line = paragraph(word.text, word.letters, paint, right_to_left=word.right_to_left)
    canvas.save()
    canvas.translate(word.x, word.baseline + dy)
    canvas.scale(stretch_of(word.text, word.letters), 1.0)
    line.paint(canvas, 0.0, -line.AlphabeticBaseline)
    canvas.restore()


def _color_of(colors: Colours | Glow, state: State) -> str:
    """Return the color of a state."""
    return {"text": colors.text, "spoken": colors.spoken, "key": colors.key}[state]


def _blur_paint(color: str, sigma: float) -> skia.Paint:
    paint = fill(color)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.1, sigma)))
    return paint
