"""Draws caption groups with skia: shaping, fallback fonts, right-to-left lines, colour emoji.

Knows nothing of video: it gives premultiplied RGBA tiles and where they belong.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions import Group, Style, joined, separator

FALLBACK = ("Noto Sans", "Noto Sans CJK SC", "Noto Color Emoji")
MIN_SCALE = 0.35  # of the style's size; a longer word does not exist
RIGHT_TO_LEFT = ("R", "AL")
RLE, PDF = "\u202b", "\u202c"  # so that a word's punctuation stands on its proper side
LINE = 1.22  # line height, in text sizes
MAX_BLUR = 3.0  # standard deviations that a blur reaches

_fonts = skia.textlayout.FontCollection()
_fonts.setDefaultFontManager(skia.FontMgr())
_unicode = skia.Unicodes.ICU.Make()


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Where text may stand, pixels of the clip: right and bottom exclusive."""

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
            round(width * side),
            round(height * top),
            round(width * (1 - side)),
            round(height * (1 - bottom)),
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
        return _width(text, self._look(self._size))

    def block_height(self, group: Group) -> float:
        """Height of a group's lines with all that surrounds them, pixels."""
        size = self._fitted(group)
        return size * LINE * len(group.lines) + 2 * self._overhang(size)

    def draw(self, group: Group, spoken: int, centre_y: float) -> Tile:
        """The group around `centre_y` with the word of index `spoken` lit; inside the safe area."""
        size = self._fitted(group)
        half = self.block_height(group) / 2
        centre_y = min(max(centre_y, self.safe.top + half), self.safe.bottom - half)
        words = self._place(group, size, centre_y)
        top = max(self.safe.top, round(centre_y - half - size)) & ~1
        bottom = min(self.safe.bottom, round(centre_y + half + size))
        surface = skia.Surface(self.width, bottom - top)
        canvas = surface.getCanvas()
        canvas.clear(skia.ColorTRANSPARENT)
        canvas.translate(0, -top)
        self._draw_plates(canvas, words, size, spoken)
        for layer in (self._draw_shadow, self._draw_glow, self._draw_outline, self._draw_letters):
            for word in words:  # layer by layer: no word's edge lies over its neighbour's letters
                layer(canvas, word, size, self._is_lit(word.index, spoken))
        return _cut_out(surface, top, self.safe)

    def _is_lit(self, index: int, spoken: int) -> bool:
        return index == spoken or (self.style.colour.stays and index < spoken)

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
        lines = _lines(group)
        widest = max(self.measure(joined(line)) for line in lines)
        room = self.text_width
        return self._size * max(MIN_SCALE, min(1.0, room / max(widest, 1e-6)))

    def _look(self, size: float) -> "_Look":
        text = self.style.text
        return _Look(text.families, text.weight, size, text.letter_spacing)

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
            gaps = [_width(separator(a, b), look) for a, b in pairwise(texts)]
            widths = [_width(text, look) for text in texts]
            x = middle - (sum(widths) + sum(gaps)) / 2
            for n, i in enumerate(order):
                placed.append(_Placed(index + i, texts[i], x, y, widths[i]))
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

    def _draw_shadow(self, canvas: skia.Canvas, word: _Placed, size: float, lit: bool) -> None:
        shadow, outline = self.style.shadow, self.style.outline
        if shadow is None:
            return
        paint = _blurred(shadow.colour, shadow.blur * size / 2)
        if outline is not None:
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(outline.width * size)
        _paint(canvas, word, self._look(size), paint, dy=shadow.dy * size)

    def _draw_glow(self, canvas: skia.Canvas, word: _Placed, size: float, lit: bool) -> None:
        glow = self.style.glow
        if glow is None:
            return
        for blur in (glow.blur, glow.blur / 2.5):
            paint = _blurred(glow.spoken if lit else glow.text, blur * size)
            paint.setStyle(skia.Paint.kStrokeAndFill_Style)
            paint.setStrokeWidth(0.12 * size)
            _paint(canvas, word, self._look(size), paint)

    def _draw_outline(self, canvas: skia.Canvas, word: _Placed, size: float, lit: bool) -> None:
        outline = self.style.outline
        if outline is None:
            return
        paint = _fill(outline.colour)
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(outline.width * size)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        _paint(canvas, word, self._look(size), paint)

    def _draw_letters(self, canvas: skia.Canvas, word: _Placed, size: float, lit: bool) -> None:
        colour = self.style.colour.spoken if lit else self.style.colour.text
        _paint(canvas, word, self._look(size), _fill(colour))


@dataclass(frozen=True, slots=True)
class _Look:
    families: tuple[str, ...]
    weight: int
    size: float
    letter_spacing: float


def _lines(group: Group) -> list[list[str]]:
    """The texts of each line."""
    lines, first = [], 0
    for count in group.lines:
        lines.append([word.text for word in group.words[first : first + count]])
        first += count
    return lines


@lru_cache(maxsize=4096)
def _width(text: str, look: _Look) -> float:
    if text == " ":
        return _width("a a", look) - _width("aa", look)
    return float(_paragraph(text, look, skia.Paint()).MaxIntrinsicWidth) if text else 0.0


def _paragraph(text: str, look: _Look, paint: skia.Paint) -> skia.textlayout.Paragraph:
    """One shaped line."""
    letters = skia.textlayout.TextStyle()
    letters.setFontFamilies([*look.families, *FALLBACK])
    letters.setFontSize(look.size)
    letters.setLetterSpacing(look.letter_spacing * look.size)
    letters.setFontStyle(
        skia.FontStyle(look.weight, skia.FontStyle.kNormal_Width, skia.FontStyle.kUpright_Slant)
    )
    letters.setForegroundPaint(paint)
    if (locale := _locale(text)) is not None:
        letters.setLocale(locale)
    style = skia.textlayout.ParagraphStyle()
    style.setTextStyle(letters)
    builder = skia.textlayout.ParagraphBuilder.make(style, _fonts, _unicode)
    builder.pushStyle(letters)
    builder.addText(f"{RLE}{text}{PDF}" if is_right_to_left(text) else text)
    paragraph = builder.Build()
    paragraph.layout(100_000.0)
    return paragraph


def _locale(text: str) -> str | None:
    """Which country's shapes ideographs take, as far as the text itself shows it."""
    if any(0x3040 <= ord(c) <= 0x30FF for c in text):
        return "ja"
    return "ko" if any(0xAC00 <= ord(c) <= 0xD7AF for c in text) else None


def _paint(
    canvas: skia.Canvas, word: _Placed, look: _Look, paint: skia.Paint, dy: float = 0.0
) -> None:
    paragraph = _paragraph(word.text, look, paint)
    paragraph.paint(canvas, word.x, word.baseline - paragraph.AlphabeticBaseline + dy)


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


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction runs from right to left."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return False


def visual_order(texts: Sequence[str]) -> list[int]:
    """Indices of a line's words from left to right (rule L2 of UAX #9, words as units)."""
    base = next((d for d in map(_direction, texts) if d), "L")
    order: list[int] = []
    run: list[int] = []  # against the line's direction
    for i, text in enumerate(texts):
        if (_direction(text) or base) == base:
            order += run[::-1]
            run = []
            order.append(i)
        else:
            run.append(i)
    order += run[::-1]
    return order if base == "L" else order[::-1]


def _direction(text: str) -> str:
    """ "R", "L" or "" for a word without letters."""
    if is_right_to_left(text):
        return "R"
    return "L" if any(unicodedata.bidirectional(c) == "L" for c in text) else ""


def _cut_out(surface: skia.Surface, y0: int, safe: SafeArea) -> Tile:
    """The inked part of a strip that begins at row `y0` (even), edges on even pixels."""
    picture = surface.makeImageSnapshot().toarray(
        colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType
    )
    inside = picture[:, safe.left : safe.right]
    rows = np.flatnonzero(inside[..., 3].any(axis=1))
    columns = np.flatnonzero(inside[..., 3].any(axis=0))
    if not len(rows):
        return Tile(safe.left & ~1, y0, np.zeros((2, 2, 4), dtype=np.uint8))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = safe.left + int(columns[0]), safe.left + int(columns[-1]) + 1
    x, y = left & ~1, top & ~1
    h, w = (bottom - y + 1) & ~1, (right - x + 1) & ~1
    rgba = np.zeros((h, w, 4), dtype=np.uint8)
    rgba[top - y : bottom - y, left - x : right - x] = picture[top:bottom, left:right]
    return Tile(x, y0 + y, rgba)
