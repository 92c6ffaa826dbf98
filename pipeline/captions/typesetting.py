"""Draws caption groups with skia: shaping, fallback fonts, right-to-left lines, color emoji.

Returns premultiplied RGBA tiles and their positions.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.grouping import Group
from pipeline.captions.style import Colours, Glow, Style
from pipeline.captions.text_shaping import Letters, paragraph, visual_order, width_of
from pipeline.language.writing_systems import join_words, separator

LINE_HEIGHT = 1.22  # in text sizes
BLUR_REACH_SIGMAS = 3.0  # standard deviations
MAX_INVISIBLE_ALPHA = 2  # of 255
MAX_FIT_ROUNDS = 4
KEY_WORD_SIZE = 1.12  # of emphasized words, in text sizes


State = Literal["text", "spoken", "key"]


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Where text may be placed, even pixels of the clip: right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return self.right - self.left

    @classmethod
    def of(cls, width: int, height: int) -> "SafeArea":
        """Return the area free of the buttons and texts that apps put over vertical video."""
        if height > width:
            side, top, bottom = 0.11, 0.08, 0.20
        else:
            side, top, bottom = 0.06, 0.06, 0.08
        return cls(
            math.ceil(width * side / 2) * 2,
            math.ceil(height * top / 2) * 2,
            math.floor(width * (1 - side) / 2) * 2,
            math.floor(height * (1 - bottom) / 2) * 2,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A rectangular part of a picture."""

    x: int  # of its left edge in the clip, even
    y: int  # of its top edge, even
    rgba: npt.NDArray[np.uint8]  # (h, w, 4), premultiplied; both even


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word with its position: left edge and baseline, pixels."""

    index: int
    text: str
    x: float
    baseline: float
    width: float
    size: float  # of its letters


class Typesetter:
    """Lays out and draws text in one style at one picture size."""

    def __init__(self, style: Style, width: int, height: int) -> None:
        self.style = style
        self.width, self.height = width, height
        self.safe = SafeArea.of(width, height)
        self._size = style.text.size * min(width, height)
        self._locale = ""

    @property
    def text_width(self) -> float:
        """Return the pixels available to a line of text, without its outline and plate."""
        return self.safe.width - 2 * self._overhang(self._size)

    def measure(self, text: str) -> float:
        """Return the width of a line in the style's size, pixels."""
        return width_of(text, self._look(self._size))

    def block_height(self, group: Group) -> float:
        """Return the height of a group's lines including outline, shadow and plate, pixels."""
        size = self._fit_size(group)
        return size * LINE_HEIGHT * len(group.lines) + 2 * self._overhang(size)

    def draw(self, group: Group, centre_y: float) -> tuple[Tile, ...]:
        """Draw the group around `centre_y`, once per highlighted word, inside the safe area.

        All tiles have the same text size and position, so that only the highlighted word changes.
        """
        size = self._fit_size(group)
        for _ in range(MAX_FIT_ROUNDS):
            strips = self._strips(group, size)
            ink = _ink_bounds(strips)
            excess = max(
                (ink.right - ink.left) / self.safe.width,
                (ink.bottom - ink.top) / (self.safe.bottom - self.safe.top),
            )
            if excess <= 1:
                break
            size *= 0.98 / excess
        dx = _shift(ink.left, ink.right, self.safe.left, self.safe.right)
        y0 = round((centre_y - strips[0].shape[0] / 2) / 2) * 2
        dy = _shift(ink.top + y0, ink.bottom + y0, self.safe.top, self.safe.bottom)
        return tuple(_crop_tile(strip, dx, y0 + dy) for strip in strips)

    def _strips(self, group: Group, size: float) -> list[npt.NDArray[np.uint8]]:
        """Draw one RGBA strip of the clip's width for each highlighted word, with room around it.

        Drawn layer by layer, so that no word's outline covers its neighbor's letters. Layers that
        do not depend on the highlighted word are drawn once.
        """
        height = (
            round(size * LINE_HEIGHT * len(group.lines) + 2 * (self._overhang(size) + size))
            // 2
            * 2
        )
        words = self._place(group, size, height / 2)
        shadow = self._drawn(height, words, self._draw_shadow) if self.style.shadow else None
        outline = self._drawn(height, words, self._draw_outline) if self.style.outline else None
        strips = []
        for spoken in range(len(group.words)):
            states = [self._state(group, word.index, spoken) for word in words]
            surface = self._surface(height)
            canvas = surface.getCanvas()
            self._draw_plates(canvas, words, size, spoken)
            if shadow is not None:
                canvas.drawImage(shadow, 0, 0)
            for word, state in zip(words, states, strict=True):
                self._draw_glow(canvas, word, state)
            if outline is not None:
                canvas.drawImage(outline, 0, 0)
            for word, state in zip(words, states, strict=True):
                self._draw_letters(canvas, word, state)
            rgba = surface.makeImageSnapshot().toarray(
                colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType
            )
            strips.append(np.asarray(rgba, dtype=np.uint8))
        return strips

    def _drawn(
        self, height: int, words: list[_Placed], layer: Callable[[skia.Canvas, _Placed], None]
    ) -> skia.Image:
        """Draw one layer of all words."""
        surface = self._surface(height)
        for word in words:
            layer(surface.getCanvas(), word)
        return surface.makeImageSnapshot()

    def _surface(self, height: int) -> skia.Surface:
        """Create an empty strip."""
        surface = skia.Surface(self.width, height)
        surface.getCanvas().clear(skia.ColorTRANSPARENT)
        return surface

    def _state(self, group: Group, index: int, spoken: int) -> State:
        """Return the state of a word; a key word is "key" except while spoken, if that shows."""
        colours = self.style.colour
        is_lit = index == spoken or (colours.stays and index < spoken)
        if index in group.key and (index != spoken or colours.spoken == colours.text):
            return "key"
        return "spoken" if is_lit else "text"

    def _overhang(self, size: float) -> float:
        """Return how far ink may extend beyond the letters, pixels."""
        style = self.style
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

    def _fit_size(self, group: Group) -> float:
        """Return the text size at which the widest line fits the safe area."""
        widest = max(self._line_widths(group))
        room = self.text_width
        return self._size * min(1.0, room / max(widest, 1e-6))

    def _line_widths(self, group: Group) -> Iterator[float]:
        """Yield the width of each line in the style's size, counting larger words; pixels."""
        first = 0
        for line in _lines(group):
            larger = (t for n, t in enumerate(line, first) if n in group.key)
            yield self.measure(join_words(line)) + (KEY_WORD_SIZE - 1) * sum(
                map(self.measure, larger)
            )
            first += len(line)

    def _look(self, size: float) -> "Letters":
        text = self.style.text
        return Letters(text.families, text.weight, size, text.letter_spacing)

    def _place(self, group: Group, size: float, centre_y: float) -> list[_Placed]:
        """Position the words in the reading order of their script, with centered lines."""
        look = self._look(size)
        lines = _lines(group)
        middle = (self.safe.left + self.safe.right) / 2
        placed: list[_Placed] = []
        index = 0
        for row, texts in enumerate(lines):
            y = centre_y + (row - (len(lines) - 1) / 2) * LINE_HEIGHT * size + 0.36 * size
            order = visual_order(texts)
            gaps = [width_of(separator(a, b), look) for a, b in pairwise(texts)]
            sizes = [
                size * KEY_WORD_SIZE if index + n in group.key else size for n in range(len(texts))
            ]
            widths = [width_of(t, self._look(s)) for t, s in zip(texts, sizes, strict=True)]
            x = middle - (sum(widths) + sum(gaps)) / 2
            for n, i in enumerate(order):
                placed.append(_Placed(index + i, texts[i], x, y, widths[i], sizes[i]))
                if n + 1 < len(order):
                    x += widths[i] + gaps[min(i, order[n + 1])]
            index += len(texts)
        return placed

    def _draw_plates(
        self, canvas: skia.Canvas, words: list[_Placed], size: float, spoken: int
    ) -> None:
        """Draw the plates behind the lines and behind the spoken word."""
        if self.style.box:
            box = self.style.box
            rect = _bounds(words, size, box.padding)
            canvas.drawRoundRect(rect, box.radius * size, box.radius * size, _fill(box.colour))
        if self.style.word_box:
            plate = self.style.word_box
            lit = [word for word in words if word.index == spoken]
            if lit:
                rect = _bounds(lit, size, plate.padding)
                radius = plate.radius * size
                canvas.drawRoundRect(rect, radius, radius, _fill(plate.colour))

    def _draw_shadow(self, canvas: skia.Canvas, word: _Placed) -> None:
        shadow, outline = self.style.shadow, self.style.outline
        assert shadow is not None
        paint = _blur_paint(shadow.colour, shadow.blur * word.size / 2)
        if outline is not None:
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(outline.width * word.size)
        _paint_word(canvas, word, self._look(word.size), paint, dy=shadow.dy * word.size)

    def _draw_glow(self, canvas: skia.Canvas, word: _Placed, state: State) -> None:
        glow = self.style.glow
        if glow is None:
            return
        for blur in (glow.blur, glow.blur / 2.5):
            paint = _blur_paint(_color_of(glow, state), blur * word.size)
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(0.12 * word.size)
            _paint_word(canvas, word, self._look(word.size), paint)

    def _draw_outline(self, canvas: skia.Canvas, word: _Placed) -> None:
        outline = self.style.outline
        assert outline is not None
        paint = _fill(outline.colour)
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(outline.width * word.size)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        _paint_word(canvas, word, self._look(word.size), paint)

    def _draw_letters(self, canvas: skia.Canvas, word: _Placed, state: State) -> None:
        _paint_word(canvas, word, self._look(word.size), _fill(_color_of(self.style.colour, state)))


def _lines(group: Group) -> list[list[str]]:
    """Return the texts of each line."""
    lines, first = [], 0
    for count in group.lines:
        lines.append([word.text for word in group.words[first : first + count]])
        first += count
    return lines


def _color_of(colours: Colours | Glow, state: State) -> str:
    """Return the color of a state."""
    return {"text": colours.text, "spoken": colours.spoken, "key": colours.key}[state]


def _paint_word(
    canvas: skia.Canvas, word: _Placed, look: Letters, paint: skia.Paint, dy: float = 0.0
) -> None:
    line = paragraph(word.text, look, paint)
    line.paint(canvas, word.x, word.baseline - line.AlphabeticBaseline + dy)


def _fill(colour: str) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=_colour(colour))


def _blur_paint(colour: str, sigma: float) -> skia.Paint:
    paint = _fill(colour)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.1, sigma)))
    return paint


def _colour(text: str) -> int:
    """Convert #RRGGBB or #RRGGBBAA to skia's ARGB."""
    digits = text.removeprefix("#")
    value = int(digits[:6], 16)
    alpha = int(digits[6:8], 16) if len(digits) == 8 else 255
    return alpha << 24 | value


def _bounds(words: Sequence[_Placed], size: float, padding: float) -> skia.Rect:
    """Return the rectangle around words, with `padding` in text sizes."""
    pad = padding * size
    return skia.Rect.MakeLTRB(
        min(w.x for w in words) - pad,
        min(w.baseline for w in words) - 0.86 * size - pad * 0.75,
        max(w.x + w.width for w in words) + pad,
        max(w.baseline for w in words) + 0.20 * size + pad * 0.75,
    )


def _ink_bounds(strips: Sequence[npt.NDArray[np.uint8]]) -> SafeArea:
    """Return the smallest rectangle around the visible pixels of all strips (h, w, 4)."""
    alpha = np.maximum.reduce([strip[..., 3] for strip in strips])
    rows = np.flatnonzero((alpha > MAX_INVISIBLE_ALPHA).any(axis=1))
    columns = np.flatnonzero((alpha > MAX_INVISIBLE_ALPHA).any(axis=0))
    if not len(rows):
        return SafeArea(0, 0, 2, 2)
    return SafeArea(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _shift(first: int, last: int, low: int, high: int) -> int:
    """Return the shift in even pixels that moves first..last into low..high."""
    if first < low:
        return (low - first + 1) // 2 * 2
    return -((last - high + 1) // 2 * 2) if last > high else 0


def _crop_tile(strip: npt.NDArray[np.uint8], dx: int, y0: int) -> Tile:
    """Crop a strip (h, w, 4) to its visible part, moved by `dx`, `y0` (even); edges are even."""
    ink = _ink_bounds([strip])
    x, y = ink.left & ~1, ink.top & ~1
    right, bottom = (ink.right + 1) & ~1, (ink.bottom + 1) & ~1
    rgba = strip[y:bottom, x:right].copy()
    rgba[rgba[..., 3] <= MAX_INVISIBLE_ALPHA] = 0  # the end of a blur is not worth blending
    return Tile(x + dx, y + y0, rgba)
