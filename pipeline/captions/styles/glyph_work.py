"""Counts what a font engine has to do for each glyph of a file, without doing it.

A small file can ask for endless work: composites of composites, programs that call programs, color
layers that share layers. What is counted is the same on every processor; seconds are not.
"""

import io
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from fontTools.misc.psCharStrings import SimpleT2Decompiler, T2CharString
from fontTools.ttLib import TTFont

from pipeline.core.errors import Corrupt, UnsupportedFile
from pipeline.core.isolated_process import BROKEN

MAX_PARTS = 128  # glyphs that one is composed of; FreeType's time grows with the square
MAX_POINTS = 16_000  # points of a glyph's outline; FreeType itself takes 32,767
MAX_TOKENS = 50_000  # operands and operators of a glyph's program, with those it calls
MAX_PAINTS = 256  # color layers of a glyph, and what leads to them
LAYER_POINTS = 1_000  # points that take as long as a color layer
PICTURES = ("CBDT", "sbix")  # tables of glyphs that are pictures of any size


class GlyphWork:
    """The work that each glyph of a font makes, in points of an outline."""

    def __init__(self, content: bytes) -> None:
        """`content` is a TrueType or OpenType file. Raises Corrupt and UnsupportedFile."""
        try:
            self._font = TTFont(io.BytesIO(content), lazy=True)
            self._names = self._font.getGlyphOrder()
            self._outlines = self._font["glyf"] if "glyf" in self._font else self._programs()
            self._colors = self._font.get("COLR")
        except MemoryError:
            raise
        except Exception as error:  # fontTools fails in as many ways as a file can be broken
            raise Corrupt("The font is damaged, and cannot be opened.") from error
        if any(table in self._font for table in PICTURES):
            raise UnsupportedFile("The font's letters are pictures; use a font of outlines.")

    def _programs(self) -> Any:
        table = self._font["CFF " if "CFF " in self._font else "CFF2"]
        return table.cff.topDictIndex[0].CharStrings

    def points(self, glyph: int) -> int:
        """Return the points that are drawn for a glyph. Raises Corrupt where they are too many."""
        try:
            name = self._names[glyph]
            colors = [LAYER_POINTS + self._outline_points(layer) for layer in self._layers(name)]
            return self._outline_points(name) + sum(colors)
        except _Endless as endless:
            raise Corrupt(f"{BROKEN}its glyph {glyph} has more than {endless}.") from None
        except MemoryError:
            raise
        except Exception as error:
            raise Corrupt(f"{BROKEN}its glyph {glyph} cannot be read.") from error

    def _layers(self, name: str) -> Iterator[str]:
        """Yield the glyphs whose outlines are filled with colors for this one."""
        if self._colors is None:
            return
        if self._colors.version == 0:
            layers = self._colors.ColorLayers.get(name, ())
            _check(len(layers), MAX_PAINTS, "color layers")
            yield from (layer.name for layer in layers)
            return
        first, flat = self._flat.get(name, (0, 0))
        _check(flat, MAX_PAINTS, "color layers")
        records = self._colors.table.LayerRecordArray
        for layer in records.LayerRecord[first : first + flat] if records else ():
            yield layer.LayerGlyph
        paints, count = [self._paints[name]] if name in self._paints else [], 0
        while paints:
            paint = paints.pop()
            count += 1
            _check(count, MAX_PAINTS, "color layers")
            if (drawn := getattr(paint, "Glyph", None)) and hasattr(paint, "Paint"):
                yield drawn
            paints += paint.getChildren(self._colors.table)

    @cached_property
    def _paints(self) -> dict[str, Any]:
        """What each color glyph is painted with, in the second version of the table."""
        listed = self._colors.table.BaseGlyphList
        return {each.BaseGlyph: each.Paint for each in listed.BaseGlyphPaintRecord}

    @cached_property
    def _flat(self) -> dict[str, tuple[int, int]]:
        """The first layer, and how many, of each glyph that it has in the first version, too."""
        listed = self._colors.table.BaseGlyphRecordArray
        records = listed.BaseGlyphRecord if listed else ()
        return {each.BaseGlyph: (each.FirstLayerIndex, each.NumLayers) for each in records}

    def _outline_points(self, name: str) -> int:
        outlines = self._outlines
        if not hasattr(outlines, "glyphs"):
            return self._program_tokens(outlines[name])
        left, parts, points = [name], 0, 0
        while left:
            glyph = outlines[left.pop()]
            parts += 1
            _check(parts, MAX_PARTS, "parts")
            if glyph.isComposite():
                left += glyph.getComponentNames(outlines)
            elif glyph.numberOfContours > 0:
                points += len(glyph.getCoordinates(outlines)[0])
                _check(points, MAX_POINTS, "points")
        return points

    def _program_tokens(self, program: T2CharString) -> int:
        stored = program.bytecode
        run = _Run(getattr(program.private, "Subrs", []), program.globalSubrs, program.private)
        run.execute(program)
        program.setBytecode(stored)  # the tokens of all glyphs would fill the memory
        return run.tokens


class _Endless(Exception):
    """A glyph is beyond a bound, which the message names."""


def _check(count: int, bound: int, what: str) -> None:
    if count > bound:
        raise _Endless(f"{bound:,} {what}")


class _Run(SimpleT2Decompiler):  # type: ignore[misc]  # it has no types
    """Runs a glyph's program, and counts."""

    tokens = 0

    def execute(self, program: T2CharString, **options: Any) -> None:
        """Run a program; it may call others, by this method."""
        super().execute(program, **options)
        self.tokens += len(program.program)
        _check(self.tokens, MAX_TOKENS, "steps")
