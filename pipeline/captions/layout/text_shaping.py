"""Shapes words with skia: HarfBuzz, fallback fonts, and word order in any script.

A family may be the path of a font's file, such as a brand's: it has the words of which it has all
letters, and the families after it have the others.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import skia

from pipeline.captions.styles.font_shelf import FILE_FAMILY, font_file, lay_out

FALLBACK = ("Noto Sans", "Noto Sans CJK SC", "Noto Color Emoji")
RIGHT_TO_LEFT = ("R", "AL")
RLE, PDF = "\u202b", "\u202c"  # put a word's punctuation on its proper side


@cache
def _installed_fonts() -> skia.textlayout.FontCollection:
    """Return all fonts, with the system's own order of fallbacks.

    All threads share them, although skia does not guard them, because skia-python keeps the
    interpreter's lock in every call: no two threads are in skia at once.
    """
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(skia.FontMgr())
    return fonts


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
        if "/" in family and (font := font_file(family)).has(text):
            font.try_out(text, look.size, _locale(text) or look.language)
            return [FILE_FAMILY], font.weight, font.collection
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
