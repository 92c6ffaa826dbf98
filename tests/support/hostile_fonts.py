"""Fonts that are made to do damage: small files whose letters are endless to draw, or huge."""

import io
from string import ascii_letters

from fontTools.cffLib import SubrsIndex
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from fontTools.ttLib.tables.otTables import PaintFormat

_SOLID = {"Format": PaintFormat.PaintSolid, "PaletteIndex": 0, "Alpha": 1.0}
_SQUARE = {"Format": PaintFormat.PaintGlyph, "Glyph": "A", "Paint": _SOLID}
SIZE = 600  # side of a letter, in units of which the em has 1,000
PLACED_BY_OFFSET = 0x2


def tiny() -> bytes:
    """The smallest font: an "a" without an outline (pipeline/captions/styles/tiny.ttf)."""
    builder = FontBuilder(16, isTTF=True)
    builder.setupGlyphOrder([".notdef", "a"])
    builder.setupCharacterMap({ord("a"): "a"})
    builder.setupGlyf({".notdef": Glyph(), "a": Glyph()})
    builder.setupHorizontalMetrics({".notdef": (8, 0), "a": (8, 0)})
    builder.setupHorizontalHeader(ascent=12, descent=-4)
    builder.setupNameTable({"familyName": "Tiny", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    return _saved(builder)


def plain(*, em: int = 1000, size: int = SIZE) -> bytes:
    """A font whose letters are squares."""
    return _saved(_truetype({}, em=em, size=size))


def nested_composites(depth: int, *, letters: str = "almtwY", width: int = 40) -> bytes:
    """Some letters are `width` copies of `width` copies … of an empty glyph."""
    bombs = {"n0": Glyph()}
    for level in range(1, depth + 1):
        bombs[f"n{level}"] = _copies(f"n{level - 1}", width)
    bombs |= {letter: _copies(f"n{depth}", width) for letter in letters}
    return _saved(_truetype(bombs))


def hidden_composite(depth: int, *, width: int = 40) -> bytes:
    """No letter is endless but what takes the place of "ff"."""
    bombs = {"n0": Glyph()}
    for level in range(1, depth + 1):
        bombs[f"n{level}"] = _copies(f"n{level - 1}", width)
    builder = _truetype(bombs)
    rule = f"feature liga {{ sub f f by n{depth}; }} liga;"
    addOpenTypeFeaturesFromString(builder.font, rule)
    return _saved(builder)


def long_outline(points: int) -> bytes:
    """The outline of "Q" is a saw with so many teeth."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in range(1, points):
        pen.lineTo((point * SIZE // points, SIZE * (point % 2)))
    pen.closePath()
    return _saved(_truetype({"Q": pen.glyph()}))


def flat_layers(count: int, *, beside_newer: bool) -> bytes:
    """The letter "Q" is so many squares of one color, one above the other."""
    builder = _truetype({})
    builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    newer = {"B": _SQUARE} if beside_newer else {}
    builder.setupCOLR({"Q": [("A", 0)] * count, **newer})
    return _saved(builder)


def color_layers(depth: int, width: int) -> bytes:
    """The letter "Q" is `width` layers, each of which is `width` layers …"""
    builder = _truetype({f"n{level}": Glyph() for level in range(depth)})
    names = [f"n{level}" for level in range(depth)] + ["Q"]
    paints = {}
    for below, name in zip(["", *names], names, strict=False):
        inner = {"Format": PaintFormat.PaintColrGlyph, "Glyph": below} if below else _SQUARE
        paints[name] = {"Format": PaintFormat.PaintColrLayers, "Layers": [inner] * width}
    builder.setupCPAL([[(1.0, 0.0, 0.0, 1.0)]])
    builder.setupCOLR(paints)
    return _saved(builder)


def growing_text(times: int = 12) -> bytes:
    """Each x becomes two, and each of these two, and so on, as a text is shaped."""
    builder = _truetype({})
    rules = "".join(f"lookup l{n} {{ sub x by x x; }} l{n};" for n in range(times))
    uses = "".join(f"lookup l{n};" for n in range(times))
    addOpenTypeFeaturesFromString(builder.font, f"{rules} feature ccmp {{ {uses} }} ccmp;")
    return _saved(builder)


def nested_subroutines(depth: int = 9, width: int = 100) -> bytes:
    """An OpenType font whose letters are programs that call programs that call programs …"""
    builder = FontBuilder(1000, isTTF=False)
    names = [".notdef", *ascii_letters]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): letter for letter in ascii_letters})
    pen = T2CharStringPen(700, None)
    _square(pen, SIZE)
    builder.setupCFF("Bomb-Regular", {}, {name: pen.getCharString() for name in names}, {})
    _finish(builder, names)
    top = builder.font["CFF "].cff.topDictIndex[0]
    private, bias = top.Private, 107
    subroutines = [_program(["return"])]
    for level in range(depth):
        call = [level - bias, "callsubr"]
        subroutines.append(_program([*call * width, "return"]))
    private.Subrs = _index(subroutines)
    for letter in "almtwY":
        top.CharStrings[letter].program = [700, depth - bias, "callsubr", "endchar"]
    return _saved(builder)


def _truetype(glyphs: dict[str, Glyph], *, em: int = 1000, size: int = SIZE) -> FontBuilder:
    builder = FontBuilder(em, isTTF=True)
    names = [".notdef", *ascii_letters, *(name for name in glyphs if name not in ascii_letters)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): letter for letter in ascii_letters})
    pen = TTGlyphPen(None)
    _square(pen, size)
    square = pen.glyph()
    builder.setupGlyf({name: glyphs.get(name, square) for name in names})
    _finish(builder, names)
    return builder


def _finish(builder: FontBuilder, names: list[str]) -> None:
    builder.setupHorizontalMetrics(dict.fromkeys(names, (700, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Bomb", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()


def _square(pen: "TTGlyphPen | T2CharStringPen", size: int) -> None:
    pen.moveTo((50, 0))
    for corner in ((50, size), (size, size), (size, 0)):
        pen.lineTo(corner)
    pen.closePath()


def _copies(name: str, count: int) -> Glyph:
    glyph = Glyph()
    glyph.numberOfContours = -1
    glyph.components = []
    for _ in range(count):
        part = GlyphComponent()
        part.glyphName, part.x, part.y, part.flags = name, 0, 0, PLACED_BY_OFFSET
        glyph.components.append(part)
    return glyph


def _program(program: list[object]) -> T2CharString:
    return T2CharString(program=program)


def _index(subroutines: list[T2CharString]) -> SubrsIndex:
    index = SubrsIndex()
    for subroutine in subroutines:
        index.append(subroutine)
    return index


def _saved(builder: FontBuilder) -> bytes:
    builder.font.recalcBBoxes = False  # fontTools itself would draw what is endless
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
