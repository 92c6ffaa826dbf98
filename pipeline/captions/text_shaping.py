"""Shapes words with skia: HarfBuzz, fallback fonts, and word order in any script.

A family may be the path of a font's file, such as a brand's: it has the words of which it has all
letters, and the families after it have the others. Such a file is a stranger's, and skia holds the
interpreter's lock while it writes: each text is first written in a process of its own, which ends
with its deadline. What was written there in time takes as long here.
"""

import math
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import msgspec
import skia

from pipeline.captions.font_memory import FontMemory
from pipeline.captions.line_layout import collection_of, lay_out
from pipeline.core.apart import Bounds, Trials
from pipeline.core.errors import Corrupt

FALLBACK = ("Noto Sans", "Noto Sans CJK SC", "Noto Color Emoji")
RIGHT_TO_LEFT = ("R", "AL")
MAX_FONT_FILES = 8  # kept open
MAX_KNOWN = 20_000  # texts of a font that are known to be harmless
MAX_REACH = 16.0  # reach of a letter, in text sizes; a long Arabic ligature has six
MAX_TEXT_S = 0.05  # CPU time for one text in a stranger's font: so long nothing else runs
TRIAL_BOUNDS = Bounds(memory_bytes=1 << 30, cpu_s=300, wall_s=10.0)
RLE, PDF = "\u202b", "\u202c"  # put a word's punctuation on its proper side

_FILE = "the font of a file"  # its family
_PAINTS = (skia.Paint(), skia.Paint(Style=skia.Paint.kStroke_Style))  # letters and their outline

_memory = FontMemory()


@cache
def _installed_fonts() -> skia.textlayout.FontCollection:
    """Return all fonts, with the system's own order of fallbacks.

    All threads share them, although skia does not guard them, because skia-python keeps the
    interpreter's lock in every call: no two threads are in skia at once.
    """
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(skia.FontMgr())
    return fonts


class _FontFile:
    """A font that is not installed."""

    def __init__(self, content: bytes) -> None:
        """Raises Corrupt where it is no font."""
        # copied: skia maps a file that it opens itself, and this one may be deleted
        self._letters = skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(content))
        if self._letters is None:
            raise Corrupt("The font is damaged, and cannot be opened.")
        self.weight: int = self._letters.fontStyle().weight()
        self.collection = collection_of(self._letters, _FILE)
        self._trials = Trials(_tried, content, TRIAL_BOUNDS)
        self._known: set[bytes] = set()

    def has(self, text: str) -> bool:
        """Whether it has a shape for each letter of the text."""
        wanted = [ord(c) for c in text if not c.isspace() and unicodedata.category(c) != "Cf"]
        return 0 not in self._letters.unicharsToGlyphs(wanted)

    def try_out(self, text: str, look: "Letters", locale: str) -> None:
        """Write a text in the process apart, once. Raises Corrupt where it cannot be written."""
        size = 2.0 ** math.ceil(math.log2(max(look.size, 1.0)))
        question = msgspec.json.encode((text, size, locale))
        if question not in self._known:
            self._trials.ask(question)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known.add(question)


@lru_cache(MAX_FONT_FILES)
def _font_file(path: str) -> _FontFile:
    """Return the font of a file, which is the same for each copy of it."""
    return _font_of(Path(path).read_bytes())


@lru_cache(MAX_FONT_FILES)
def _font_of(content: bytes) -> _FontFile:
    _memory.open(len(content))
    return _FontFile(content)


def _tried(content: bytes) -> Callable[[bytes], None]:
    """Return what writes a text in the font; in the process apart."""
    font = _FontFile(content)

    def attempt(question: bytes) -> None:
        text, size, locale = msgspec.json.decode(question, type=tuple[str, float, str])
        if _took_s(font, text, size, locale) > MAX_TEXT_S:
            undrawn = _FontFile(content)  # if it was chance, it is quick with a second one
            if _took_s(undrawn, text, size, locale) > MAX_TEXT_S:
                raise Corrupt(f"The font takes too long to write {text!r}; use another font.")

    return attempt


def _took_s(font: _FontFile, text: str, size: float, locale: str) -> float:
    """Write a text, and return the seconds of computing that took."""
    began = time.thread_time()
    letters = skia.textlayout.TextStyle()
    letters.setFontFamilies([_FILE])
    letters.setFontSize(size)
    letters.setLocale(locale)
    surface = skia.Surface(math.ceil(2 * size), math.ceil(2 * size))
    for paint in _PAINTS:
        paint.setStrokeWidth(size / 4)
        letters.setForegroundPaint(paint)
        line = lay_out(text, letters, font.collection)
        if line.MaxIntrinsicWidth > MAX_REACH * size * len(text):
            raise Corrupt(f"The font makes {text!r} too wide; use another font.")
        line.paint(surface.getCanvas(), 0.0, 0.0)
    surface.flushAndSubmit()
    return time.thread_time() - began


@dataclass(frozen=True, slots=True)
class Letters:
    """The look of letters; `size` in pixels, `letter_spacing` in shares of it.

    `stretch` is the width of letters in shares of their own; `width_of` counts it, and who draws a
    `paragraph` must stretch it by `stretch_of`. `language` (ISO 639-1) chooses between the shapes
    that one letter has in several languages, such as an ideograph's in Chinese and in Japanese.
    """

    families: tuple[str, ...]
    weight: int
    size: float
    letter_spacing: float
    stretch: float = 1.0
    language: str = ""


def load_fonts() -> None:
    """Shape a first letter: the system's fonts are found and read with it.

    That takes nearly a tenth of a second, in which nothing else in the process runs.
    """
    width_of("A", Letters(FALLBACK, weight=400, size=16.0, letter_spacing=0.0))


@lru_cache(maxsize=4096)
def width_of(text: str, look: Letters) -> float:
    """Return the width of a line, or of a space, in pixels."""
    if text == " ":
        return width_of("a a", look) - width_of("aa", look)
    if not text:
        return 0.0
    line = paragraph(text, look, skia.Paint())
    return stretch_of(text, look) * float(line.MaxIntrinsicWidth)


def stretch_of(text: str, look: Letters) -> float:
    """Return how much wider than shaped a text is drawn: emoji are pictures, which stay round."""
    return 1.0 if _is_emoji(text) else look.stretch


def _is_emoji(text: str) -> bool:
    kinds = {unicodedata.category(char) for char in text}
    return "So" in kinds and not any(kind[0] in "LN" for kind in kinds)


def paragraph(
    text: str, look: Letters, paint: skia.Paint, *, right_to_left: bool | None = None
) -> skia.textlayout.Paragraph:
    """Shape one line, or a word of a line that runs `right_to_left`.

    This is where the punctuation goes at the text's ends; by default where its first letter says.
    """
    letters = skia.textlayout.TextStyle()
    families, weight, fonts = _fonts_for(text, look)
    letters.setFontFamilies(families)
    letters.setFontSize(look.size)
    letters.setLetterSpacing(look.letter_spacing * look.size)
    letters.setFontStyle(
        skia.FontStyle(weight, skia.FontStyle.kNormal_Width, skia.FontStyle.kUpright_Slant)
    )
    letters.setForegroundPaint(paint)
    if locale := _locale(text) or look.language:
        letters.setLocale(locale)
    backwards = is_right_to_left(text) if right_to_left is None else right_to_left
    return lay_out(f"{RLE}{text}{PDF}" if backwards else text, letters, fonts)


def _fonts_for(text: str, look: Letters) -> tuple[list[str], int, skia.textlayout.FontCollection]:
    """Return the families for a text, the best first, their weight, and the fonts that have them.

    A file has one weight, and a heavier one would be a thickened copy of it. Raises Corrupt.
    """
    for family in look.families:
        if "/" in family and (font := _font_file(family)).has(text):
            font.try_out(text, look, _locale(text) or look.language)
            return [_FILE], font.weight, font.collection
    installed = [family for family in look.families if "/" not in family]
    return [*installed, *FALLBACK], look.weight, _installed_fonts()


def _locale(text: str) -> str | None:
    """Return the locale whose ideograph shapes to use, as far as the text shows it."""
    if any(0x3040 <= ord(c) <= 0x30FF for c in text):
        return "ja"
    return "ko" if any(0xAC00 <= ord(c) <= 0xD7AF for c in text) else None


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in RIGHT_TO_LEFT:
            return True
        if direction == "L":
            return False
    return False


def mostly_right_to_left(texts: Iterable[str]) -> bool:
    """Whether more of the words run from right to left than from left to right."""
    directions = [_direction(text) for text in texts]
    return directions.count("R") > directions.count("L")


def visual_order(texts: Sequence[str], *, right_to_left: bool) -> list[int]:
    """Return the indices of a line's words from left to right (rule L2 of UAX #9, words as units).

    `right_to_left`: direction of the text that the line is part of.
    """
    base = "R" if right_to_left else "L"
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
    """Return "R", "L", or "" for a word without letters."""
    if is_right_to_left(text):
        return "R"
    return "L" if any(unicodedata.bidirectional(c) == "L" for c in text) else ""
