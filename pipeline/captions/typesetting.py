"""Draws caption groups with skia: shaping, fallback fonts, right-to-left lines, colour emoji.

Gives premultiplied RGBA tiles and their positions.
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

LINE = 1.22  # line height, in text sizes
MAX_BLUR = 3.0  # standard deviations that a blur reaches
UNSEEN = 2  # of 255: alpha that nobody sees
FIT_ROUNDS = 4
KEY_SIZE = 1.12  # of words that stand out, in text sizes


State = Literal["text", "spoken", "key"]


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Where text may stand, even pixels of the clip: right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Its width."""
        return self.right - self.left

    @classmethod
    def of(cls, width: int, height: int) -> "SafeArea":
        """Clear of the buttons and texts that apps lay over upright video."""
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
    """Part of a picture."""

    x: int  # of its left edge in the clip, even
    y: int  # of its top edge, even
    rgba: npt.NDArray[np.uint8]  # (h, w, 4), premultiplied; both even


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word at its place: left edge and baseline, pixels."""

    index: int
    text: str
    x: float
    baseline: float
    width: float
    size: float  # of its letters


class Typesetter:
    """One style at one picture size."""

    def __init__(self, style: Style, width: int, height: int) -> None:
        self.style = style
        self.width, self.height = width, height
        self.safe = SafeArea.of(width, height)
        self._size = style.text.size * min(width, height)
        self._locale = ""

    @property
    def text_width(self) -> float:
        """Pixels that a line of text may take, its edge and plate not counted."""
        return self.safe.width - 2 * self._overhang(self._size)

    def measure(self, text: str) -> float:
        """Width of a line in the style's size, pixels."""
        return width_of(text, self._look(self._size))

    def block_height(self, group: Group) -> float:
        """Height of a group's lines with all that surrounds them, pixels."""
        size = self._fitted(group)
        return size * LINE * len(group.lines) + 2 * self._overhang(size)

    def draw(self, group: Group, centre_y: float) -> tuple[Tile, ...]:
        """The group around `centre_y`, once for each word lit; inside the safe area.

        All tiles have one size of text at one place, so only the lit word changes.
        """
        size = self._fitted(group)
        for _ in range(FIT_ROUNDS):
            strips = self._strips(group, size)
            ink = _ink(strips)
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
        return tuple(_cut_out(strip, dx, y0 + dy) for strip in strips)

    def _strips(self, group: Group, size: float) -> list[npt.NDArray[np.uint8]]:
        """RGBA of the clip's width with the group in its middle and room around it, for each lit.

        Layer by layer: no word's edge lies over its neighbour's letters. What does not depend on
        the lit word is drawn once.
        """
        height = round(size * LINE * len(group.lines) + 2 * (self._overhang(size) + size)) // 2 * 2
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
        """One layer of all words."""
        surface = self._surface(height)
        for word in words:
            layer(surface.getCanvas(), word)
        return surface.makeImageSnapshot()

    def _surface(self, height: int) -> skia.Surface:
        """An empty strip."""
        surface = skia.Surface(self.width, height)
        surface.getCanvas().clear(skia.ColorTRANSPARENT)
        return surface

    def _state(self, group: Group, index: int, spoken: int) -> State:
        """How a word is lit: one that stands out does so but while it is said, where that shows."""
        colours = self.style.colour
        said = index == spoken or (colours.stays and index < spoken)
        if index in group.key and (index != spoken or colours.spoken == colours.text):
            return "key"
        return "spoken" if said else "text"

    def _overhang(self, size: float) -> float:
        """How far ink may reach beyond the letters, pixels."""
        style = self.style
        reaches = [0.02]
        if style.outline:
            reaches.append(style.outline.width / 2)
        if style.shadow:
            reaches.append(MAX_BLUR * style.shadow.blur / 2 + abs(style.shadow.dy))
        if style.glow:
            reaches.append(MAX_BLUR * style.glow.blur)
        if style.box:
            reaches.append(style.box.padding)
        if style.word_box:
            reaches.append(style.word_box.padding)
        return size * max(reaches)

    def _fitted(self, group: Group) -> float:
        """Text size at which the widest line fits the safe area."""
        widest = max(self._line_widths(group))
        room = self.text_width
        return self._size * min(1.0, room / max(widest, 1e-6))

    def _line_widths(self, group: Group) -> Iterator[float]:
        """Pixels of each line in the style's size, larger words counted."""
        first = 0
        for line in _lines(group):
            larger = (t for n, t in enumerate(line, first) if n in group.key)
            yield self.measure(join_words(line)) + (KEY_SIZE - 1) * sum(map(self.measure, larger))
            first += len(line)

    def _look(self, size: float) -> "Letters":
        text = self.style.text
        return Letters(text.families, text.weight, size, text.letter_spacing)

    def _place(self, group: Group, size: float, centre_y: float) -> list[_Placed]:
        """Words in reading order of their script, lines centred."""
        look = self._look(size)
        lines = _lines(group)
        middle = (self.safe.left + self.safe.right) / 2
        placed: list[_Placed] = []
        index = 0
        for row, texts in enumerate(lines):
            y = centre_y + (row - (len(lines) - 1) / 2) * LINE * size + 0.36 * size
            order = visual_order(texts)
            gaps = [width_of(separator(a, b), look) for a, b in pairwise(texts)]
            sizes = [size * KEY_SIZE if index + n in group.key else size for n in range(len(texts))]
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
        """The grounds behind the lines and behind the spoken word."""
        if self.style.box:
            box = self.style.box
            rect = _around(words, size, box.padding)
            canvas.drawRoundRect(rect, box.radius * size, box.radius * size, _fill(box.colour))
        if self.style.word_box:
            plate = self.style.word_box
            lit = [word for word in words if word.index == spoken]
            if lit:
                rect = _around(lit, size, plate.padding)
                radius = plate.radius * size
                canvas.drawRoundRect(rect, radius, radius, _fill(plate.colour))

    def _draw_shadow(self, canvas: skia.Canvas, word: _Placed) -> None:
        shadow, outline = self.style.shadow, self.style.outline
        assert shadow is not None
        paint = _blurred(shadow.colour, shadow.blur * word.size / 2)
        if outline is not None:
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(outline.width * word.size)
        _paint(canvas, word, self._look(word.size), paint, dy=shadow.dy * word.size)

    def _draw_glow(self, canvas: skia.Canvas, word: _Placed, state: State) -> None:
        glow = self.style.glow
        if glow is None:
            return
        for blur in (glow.blur, glow.blur / 2.5):
            paint = _blurred(_of(glow, state), blur * word.size)
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(0.12 * word.size)
            _paint(canvas, word, self._look(word.size), paint)

    def _draw_outline(self, canvas: skia.Canvas, word: _Placed) -> None:
        outline = self.style.outline
        assert outline is not None
        paint = _fill(outline.colour)
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(outline.width * word.size)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        _paint(canvas, word, self._look(word.size), paint)

    def _draw_letters(self, canvas: skia.Canvas, word: _Placed, state: State) -> None:
        _paint(canvas, word, self._look(word.size), _fill(_of(self.style.colour, state)))


def _lines(group: Group) -> list[list[str]]:
    """The texts of each line."""
    lines, first = [], 0
    for count in group.lines:
        lines.append([word.text for word in group.words[first : first + count]])
        first += count
    return lines


def _of(colours: Colours | Glow, state: State) -> str:
    """The colour of a state."""
    return {"text": colours.text, "spoken": colours.spoken, "key": colours.key}[state]


def _paint(
    canvas: skia.Canvas, word: _Placed, look: Letters, paint: skia.Paint, dy: float = 0.0
) -> None:
    line = paragraph(word.text, look, paint)
    line.paint(canvas, word.x, word.baseline - line.AlphabeticBaseline + dy)


def _fill(colour: str) -> skia.Paint:
    return skia.Paint(AntiAlias=True, Color=_colour(colour))


def _blurred(colour: str, sigma: float) -> skia.Paint:
    paint = _fill(colour)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, max(0.1, sigma)))
    return paint


def _colour(text: str) -> int:
    """#RRGGBB or #RRGGBBAA as skia's ARGB."""
    digits = text.removeprefix("#")
    value = int(digits[:6], 16)
    alpha = int(digits[6:8], 16) if len(digits) == 8 else 255
    return alpha << 24 | value


def _around(words: Sequence[_Placed], size: float, padding: float) -> skia.Rect:
    """The rectangle of words with `padding` text sizes around."""
    pad = padding * size
    return skia.Rect.MakeLTRB(
        min(w.x for w in words) - pad,
        min(w.baseline for w in words) - 0.86 * size - pad * 0.75,
        max(w.x + w.width for w in words) + pad,
        max(w.baseline for w in words) + 0.20 * size + pad * 0.75,
    )


def _ink(strips: Sequence[npt.NDArray[np.uint8]]) -> SafeArea:
    """The smallest rectangle around what any of the strips (h, w, 4) shows."""
    alpha = np.maximum.reduce([strip[..., 3] for strip in strips])
    rows = np.flatnonzero((alpha > UNSEEN).any(axis=1))
    columns = np.flatnonzero((alpha > UNSEEN).any(axis=0))
    if not len(rows):
        return SafeArea(0, 0, 2, 2)
    return SafeArea(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _shift(first: int, last: int, low: int, high: int) -> int:
    """Even pixels by which first..last must move to lie within low..high."""
    if first < low:
        return (low - first + 1) // 2 * 2
    return -((last - high + 1) // 2 * 2) if last > high else 0


def _cut_out(strip: npt.NDArray[np.uint8], dx: int, y0: int) -> Tile:
    """The inked part of a strip (h, w, 4) moved by `dx`, `y0` (even); edges on even pixels."""
    ink = _ink([strip])
    x, y = ink.left & ~1, ink.top & ~1
    right, bottom = (ink.right + 1) & ~1, (ink.bottom + 1) & ~1
    rgba = strip[y:bottom, x:right].copy()
    rgba[rgba[..., 3] <= UNSEEN] = 0  # the last of a blur is not worth blending
    return Tile(x + dx, y + y0, rgba)
