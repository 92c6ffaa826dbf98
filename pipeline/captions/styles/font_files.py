"""Looks into a font's file before anything is written with it."""

from pathlib import Path

import msgspec
import skia

from pipeline.captions.styles.font_shelf import MAX_REACH
from pipeline.captions.styles.glyph_work import GlyphWork
from pipeline.core.errors import Corrupt, UnsupportedFile
from pipeline.core.isolated_process import BROKEN, Bounds, examine_apart

MAX_FONT_BYTES = 10_000_000
# By how the file begins; a collection, which begins otherwise, has many fonts.
MEDIA_TYPES = {b"\x00\x01\x00\x00": "font/ttf", b"true": "font/ttf", b"OTTO": "font/otf"}
MIN_LETTERS = 20  # Latin has 52, kana 80: a font of pictures has none
ASKED = [code for code in range(0x41, 0xD800) if chr(code).isalpha()]  # letters of all scripts
SIZE = 40.0  # pixels, of the letters that are drawn to see whether they can be
PICTURE = 256  # pixels, of each side
MAX_FONT_POINTS = 10_000_000  # points of all glyphs; a font of 38,000 has 1.2 million
# A net behind what is counted: 24,000 Chinese letters take 4 s.
BOUNDS = Bounds(memory_bytes=1 << 30, cpu_s=300, wall_s=300.0)


class FontFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a font says of itself."""

    media_type: str
    family: str
    weight: int  # 1..1000
    letters: int  # how many it has


def examine_font(path: Path) -> FontFacts:
    """Return what the font of a file is, looked at in a process of its own.

    Raises UnsupportedFile for a file of another kind, and Corrupt.
    """
    return examine_apart(_examine, path, FontFacts, BOUNDS)


def _examine(path: Path) -> FontFacts:
    content = path.read_bytes()
    media_type = MEDIA_TYPES.get(content[:4])
    if media_type is None:
        raise UnsupportedFile("The file is no font; send a TrueType or OpenType font (.ttf, .otf).")
    letters = skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(content))
    if letters is None:
        raise Corrupt("The font is damaged, and cannot be opened.")
    glyphs = letters.unicharsToGlyphs(ASKED)
    found = [chr(code) for code, glyph in zip(ASKED, glyphs, strict=True) if glyph]
    if len(found) < MIN_LETTERS:
        raise UnsupportedFile(
            f"The font has {len(found)} letters, too few to write with; a font of pictures, or a "
            "part of a font, cannot be used."
        )
    _check_glyphs(letters, GlyphWork(content))
    if not any(_draws(letters, letter) for letter in found[:MIN_LETTERS]):
        raise Corrupt("The font is damaged: its letters are empty.")
    return FontFacts(
        media_type=media_type,
        family=letters.getFamilyName()[:100],
        weight=letters.fontStyle().weight(),
        letters=len(found),
    )


def _check_glyphs(letters: skia.Typeface, work: GlyphWork) -> None:
    """Count and then draw every glyph, also those that only ligatures lead to.

    Raises Corrupt for one that is endless to draw, such as a composite of composites, or huge.
    """
    font, canvas = _font(letters), skia.Surface(PICTURE, PICTURE).getCanvas()
    points = 0
    for glyph in range(letters.countGlyphs()):
        points += work.points(glyph)
        if points > MAX_FONT_POINTS:
            raise Corrupt(f"{BROKEN}its glyphs have more than {MAX_FONT_POINTS:,} points.")
        [box] = font.getBounds([glyph])
        reach = max(-box.left(), box.right(), -box.top(), box.bottom()) / SIZE
        if not reach <= MAX_REACH:
            raise Corrupt(f"{BROKEN}its glyph {glyph} is drawn {reach:,.0f} times the text's size.")
        run = skia.TextBlobBuilder()
        run.allocRunPosH(font, [glyph], [SIZE], 3 * SIZE)
        canvas.drawTextBlob(run.make(), 0.0, 0.0, skia.Paint())


def _draws(letters: skia.Typeface, letter: str) -> bool:
    """Whether a letter leaves anything on a picture."""
    surface = skia.Surface(PICTURE, PICTURE)
    surface.getCanvas().drawString(letter, SIZE, 3 * SIZE, _font(letters), skia.Paint())
    return bool(surface.makeImageSnapshot().toarray()[..., 3].any())


def _font(letters: skia.Typeface) -> skia.Font:
    font = skia.Font(letters, SIZE)
    font.setHinting(skia.FontHinting.kSlight)  # as captions are set: the font's programs do not run
    return font
