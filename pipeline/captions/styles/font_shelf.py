"""Fonts that are not installed, such as a brand's: a stranger's file, opened and kept with care.

skia holds the interpreter's lock while it writes: the work for each text is counted first, and the
text written, in a process of its own, which may crash.

skia also keeps up to 2,048 sizes of fonts and a hundred shapers of them, each with the whole file
of its font, for as long as the process lives; skia-python has no call that frees them. What has not
been used for the longest time goes first, so sizes and shapers of a tiny font take the places of
all that is there. That takes a tenth of a second, and a few milliseconds at a time.
"""

import math
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock

import msgspec
import skia

from pipeline.captions.styles.glyph_work import GlyphWork
from pipeline.core.errors import Corrupt
from pipeline.core.isolated_process import Bounds, Trials

WIDTH = 100_000.0  # px: wider than any line, which is thus never broken
MAX_FONT_FILES = 8  # kept open
MAX_KNOWN = 20_000  # texts of a font that are known to be harmless
MAX_REACH = 16.0  # reach of a letter, in text sizes; a long Arabic ligature has six
MAX_TEXT_POINTS = 100_000  # points of one text's glyphs; a twentieth of a second, alone
MAX_GROWTH = 16  # glyphs for a letter of a text
TRIAL_BOUNDS = Bounds(memory_bytes=1 << 30, cpu_s=300, wall_s=10.0)
MAX_OPENED_BYTES = 8 << 20  # bytes of font files opened between two times that skia is flushed
FACES, SIZES = 105, 20  # beyond the hundred shapers, and the 2,048 sizes in all
FILE_FAMILY = "the font of a file"

_TINY = Path(__file__).parent / "tiny.ttf"  # an empty "a", of tests/support/hostile_fonts.py
_PAINTS = (skia.Paint(), skia.Paint(Style=skia.Paint.kStroke_Style))  # letters and their outline
_unicode = skia.Unicodes.ICU.Make()


def collection_of(face: skia.Typeface, family: str) -> skia.textlayout.FontCollection:
    """Return fonts with this one alone, under that name."""
    provider = skia.textlayout.TypefaceFontProvider()
    provider.registerTypeface(face, family)
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(provider)
    return fonts


def lay_out(
    text: str, letters: skia.textlayout.TextStyle, fonts: skia.textlayout.FontCollection
) -> skia.textlayout.Paragraph:
    """Return a text in letters of this style as one line."""
    style = skia.textlayout.ParagraphStyle()
    style.setTextStyle(letters)
    builder = skia.textlayout.ParagraphBuilder.make(style, fonts, _unicode)
    builder.pushStyle(letters)
    builder.addText(text)
    line = builder.Build()
    line.layout(WIDTH)
    return line


class FontMemory:
    """Counts the bytes of the fonts that are opened, and frees old ones."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened_bytes = 0

    def open(self, size_bytes: int) -> None:
        """Count a font file that is opened now; free all before it where they are too many."""
        with self._lock:
            self._opened_bytes += size_bytes
            if self._opened_bytes <= MAX_OPENED_BYTES:
                return
            self._opened_bytes = size_bytes
        letters = skia.textlayout.TextStyle()
        letters.setFontFamilies(["tiny"])
        letters.setFontSize(1.0)
        for _ in range(FACES):
            face = skia.Typeface.MakeFromData(_tiny())  # each is one of its own
            lay_out("a", letters, collection_of(face, "tiny"))
            for size in range(SIZES):
                skia.Font(face, 2.0 + size).measureText("a")


@cache
def _tiny() -> skia.Data:
    return skia.Data.MakeWithCopy(_TINY.read_bytes())


_memory = FontMemory()


class FontFile:
    """A font that is not installed."""

    def __init__(self, content: bytes) -> None:
        """Raises Corrupt where it is no font."""
        # copied: skia maps a file that it opens itself, and this one may be deleted
        self._letters = skia.Typeface.MakeFromData(skia.Data.MakeWithCopy(content))
        if self._letters is None:
            raise Corrupt("The font is damaged, and cannot be opened.")
        self.weight: int = self._letters.fontStyle().weight()
        self.collection = collection_of(self._letters, FILE_FAMILY)
        self._trials = Trials(_tried, content, TRIAL_BOUNDS)
        self._known: set[bytes] = set()

    def has(self, text: str) -> bool:
        """Whether it has a shape for each letter of the text."""
        wanted = [ord(c) for c in text if not c.isspace() and unicodedata.category(c) != "Cf"]
        return 0 not in self._letters.unicharsToGlyphs(wanted)

    def shape(self, text: str) -> list[int]:
        """Return the glyphs that a text becomes."""
        blob = skia.TextBlob.MakeFromShapedText(text, skia.Font(self._letters, 16.0))
        runs = skia.TextBlob.Iter(blob) if blob else ()
        own = self._letters.uniqueID()  # what it lacks, such as a joiner, is of another font
        return [g for run in runs if run.fTypeface.uniqueID() == own for g in run.fGlyphIndices]

    def try_out(self, text: str, size: float, locale: str) -> None:
        """Write a text in the process apart, once. Raises Corrupt where it cannot be written."""
        size = 2.0 ** math.ceil(math.log2(max(size, 1.0)))
        question = msgspec.json.encode((text, size, locale))
        if question not in self._known:
            self._trials.ask(question)
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known.add(question)


@lru_cache(MAX_FONT_FILES)
def font_file(path: str) -> FontFile:
    """Return the font of a file, which is the same for each copy of it."""
    return _font_of(Path(path).read_bytes())


@lru_cache(MAX_FONT_FILES)
def _font_of(content: bytes) -> FontFile:
    _memory.open(len(content))
    return FontFile(content)


def _tried(content: bytes) -> Callable[[bytes], None]:
    """Return what writes a text in the font; in the process apart."""
    font, work = FontFile(content), GlyphWork(content)

    def attempt(question: bytes) -> None:
        text, size, locale = msgspec.json.decode(question, type=tuple[str, float, str])
        glyphs = font.shape(text)
        if len(glyphs) > MAX_GROWTH * len(text) or sum(map(work.points, glyphs)) > MAX_TEXT_POINTS:
            raise Corrupt(f"The font makes {text!r} too long to draw; use another font.")
        _write(font, text, size, locale)

    return attempt


def _write(font: FontFile, text: str, size: float, locale: str) -> None:
    """Write a text. Raises Corrupt where it is too wide."""
    letters = skia.textlayout.TextStyle()
    letters.setFontFamilies([FILE_FAMILY])
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
