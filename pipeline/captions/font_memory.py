"""Frees what skia keeps of fonts that are not installed.

skia keeps up to 2,048 sizes of fonts and a hundred shapers of them, each with the whole file of its
font, for as long as the process lives; skia-python has no call that frees them. What has not been
used for the longest time goes first, so sizes and shapers of a tiny font take the places of all
that is there. That takes a tenth of a second, and a few milliseconds at a time.
"""

from functools import cache
from pathlib import Path
from threading import Lock

import skia

from pipeline.captions.line_layout import collection_of, lay_out

MAX_BYTES = 8 << 20  # bytes of font files opened between two times that it is done
FACES, SIZES = 105, 20  # beyond the hundred shapers, and the 2,048 sizes in all
_TINY = Path(__file__).parent / "tiny.ttf"  # an empty "a", of tests/support/hostile_fonts.py


class FontMemory:
    """Counts the bytes of the fonts that are opened, and frees old ones."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._opened_bytes = 0

    def open(self, size_bytes: int) -> None:
        """Count a font file that is opened now; free all before it where they are too many."""
        with self._lock:
            self._opened_bytes += size_bytes
            if self._opened_bytes <= MAX_BYTES:
                return
            self._opened_bytes = size_bytes
        _free()


def _free() -> None:
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
