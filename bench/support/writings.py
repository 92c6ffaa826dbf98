"""What is burned into the examples: captions, a name plate, a ticker, a logo, a clock, a full page.

Captions are drawn by the project's own typesetter, in its styles and in plain ones. The truth is
the rectangle around the letters and their outline, without plates and shadows.
"""

from dataclasses import replace

import skia

from bench.support.burned_text import LENGTH_S, Writing
from pipeline.captions.grouping import Group
from pipeline.captions.style import Colours, Plate, Shadow, Stroke, Style, TextLook, load_style
from pipeline.captions.text_shaping import Letters, paragraph
from pipeline.captions.typesetting import Typesetter
from pipeline.core.data import Box, Span, Word

SHADOWED = Style(
    name="white with a shadow",
    text=TextLook(weight=600, size=0.05),
    shadow=Shadow(colour="#000000E0", blur=0.12, dy=0.06),
)
YELLOW = Style(
    name="yellow",
    text=TextLook(weight=700, size=0.06),
    colour=Colours(text="#FFE14A", spoken="#FFE14A"),
    outline=Stroke(colour="#000000", width=0.12),
)
PLATE = Style(
    name="on a plate",
    text=TextLook(weight=500, size=0.045),
    box=Plate(colour="#101014D0", padding=0.4, radius=0.1),
)
SMALL = Style(
    name="small",
    text=TextLook(weight=600, size=0.04),
    outline=Stroke(colour="#000000", width=0.16),
)
LARGE = Style(
    name="large",
    text=TextLook(weight=900, size=0.11, uppercase=True),
    outline=Stroke(colour="#000000", width=0.1),
)
DARK = Style(  # on white, as news channels have them
    name="dark on white",
    text=TextLook(weight=700, size=0.045),
    colour=Colours(text="#101030", spoken="#101030"),
    box=Plate(colour="#F4F4F4F0", padding=0.5, radius=0.0),
)
STYLES = (
    SHADOWED,
    YELLOW,
    PLATE,
    SMALL,
    LARGE,
    *map(load_style, ("white_bold", "boxed", "karaoke", "minimal", "neon")),
)
SAID = (  # lines of a caption are separated by |
    "so we looked at it again",
    "and what we found there|surprised all of us",
    "nothing like it",
    "修理する方が安いです",
    "the old one lasted|eleven years",
    "البطارية الجديدة أرخص بكثير",
    "you can do this at home",
    "我们再看一次|就会明白",
    "with two tools and a little time",
    "новая батарея стоит дёшево",
)
NEWS = (
    "COUNCIL VOTES TONIGHT ON REPAIRS TO THE OLD BRIDGE  •  RAIN EXPECTED UNTIL THURSDAY  •  "
    "LIBRARY OPENS ITS NEW READING ROOM  •  TRAINS RUN EVERY TEN MINUTES FROM MONDAY  •  "
)
PAGE = (
    "THE THREE RULES",
    "first look then listen",
    "ask what is missing",
    "say it again slowly",
    "and keep it short",
)


Size = tuple[int, int]  # width and height of the picture in pixels


def recipes(size: Size, seed: int) -> dict[str, list[Writing]]:
    """Return what is drawn into each example of one recording."""
    whole = Span(start_s=0.0, end_s=LENGTH_S)
    return {
        "captions": captions(size, seed, whole),
        "other captions": captions(size, seed + 5, Span(start_s=0.6, end_s=LENGTH_S)),
        "quick captions": quick_captions(size, seed),
        "news": [
            *lower_third(size, Span(start_s=2.0, end_s=6.0)),
            *logo(size, whole),
            *ticker(size, whole),
        ],
        "clock": [*countdown(size, 4), *full_page(size, Span(start_s=4.5, end_s=LENGTH_S))],
    }


def captions(size: Size, first: int, shown: Span) -> list[Writing]:
    """Return captions that change every 1 to 2 s, with the style and height of `first`."""
    style = STYLES[first % len(STYLES)]
    center = size[1] * (0.86, 0.72, 0.5, 0.8, 0.12)[first % 5]
    drawn: list[Writing] = []
    t_s, number = shown.start_s, first
    while t_s < shown.end_s - 0.5:
        until_s = min(shown.end_s, t_s + (1.0, 1.6, 2.0, 1.3)[number % 4])
        text = SAID[number % len(SAID)]
        drawn += _said(style, size, text, center, Span(start_s=t_s, end_s=until_s))
        t_s, number = until_s + (0.2 if number % 3 == 0 else 0.0), number + 1
    return drawn


def quick_captions(size: Size, first: int) -> list[Writing]:
    """Return captions of two words that change twice a second."""
    words = " ".join(line for line in SAID if line.isascii()).replace("|", " ").split()
    drawn: list[Writing] = []
    for n in range(int(LENGTH_S * 2)):
        text = " ".join(words[2 * n % len(words) :][:2])
        shown = Span(start_s=n / 2, end_s=(n + 1) / 2)
        drawn += _said((LARGE, YELLOW)[first % 2], size, text, size[1] * 0.7, shown)
    return [replace(writing, kind="quick caption") for writing in drawn]


def lower_third(size: Size, shown: Span) -> list[Writing]:
    """Return a name and a title on a white plate at the lower left."""
    drawn: list[Writing] = []
    for n, row in enumerate(("Martha Vandermeer", "Head of Repairs, City of Ghent")):
        style = replace(DARK, text=replace(DARK.text, size=(0.055, 0.042)[n]))
        (writing,) = _said(style, size, row, size[1] * (0.74 + 0.08 * n), shown)
        drawn.append(_moved(writing, size[0] * 0.08, writing.y, "lower third"))
    return drawn


def logo(size: Size, shown: Span) -> list[Writing]:
    """Return a station's name in the upper right corner."""
    style = replace(LARGE, text=replace(LARGE.text, size=0.07))
    (writing,) = _said(style, size, "KANAL 7", size[1] * 0.1, shown)
    return [_moved(writing, size[0] * 0.96 - writing.rgba.shape[1], size[1] * 0.05, "logo")]


def countdown(size: Size, seconds: int) -> list[Writing]:
    """Return a clock in the upper left corner that counts the seconds down."""
    style = replace(YELLOW, text=replace(YELLOW.text, size=0.08))
    drawn: list[Writing] = []
    for n in range(seconds):
        shown = Span(start_s=n, end_s=n + 1)
        (writing,) = _said(style, size, f"00:{seconds - n:02d}", size[1] * 0.1, shown)
        drawn.append(_moved(writing, size[0] * 0.05, size[1] * 0.05, "countdown"))
    return drawn


def full_page(size: Size, shown: Span) -> list[Writing]:
    """Return five lines that fill the picture."""
    style = replace(SHADOWED, text=replace(SHADOWED.text, size=0.08))
    drawn: list[Writing] = []
    for n, line in enumerate(PAGE):
        drawn += _said(style, size, line, size[1] * (0.18 + 0.16 * n), shown)
    return [replace(writing, kind="full page") for writing in drawn]


def ticker(size: Size, shown: Span) -> list[Writing]:
    """Return a line that scrolls to the left on a dark band along the bottom."""
    width, height = size
    look = Letters(("Inter",), 600, 0.045 * min(width, height), 0.0)
    line = paragraph(NEWS * 2, look, skia.Paint(AntiAlias=True, Color=0xFFFFFFFF))
    rows, columns = round(look.size * 1.6), round(line.MaxIntrinsicWidth)
    surface = skia.Surfaces.Raster(skia.ImageInfo.MakeN32Premul(columns, rows))
    canvas = surface.getCanvas()
    canvas.clear(0xFF7A1010)
    line.paint(canvas, 0, (rows - line.Height) / 2)
    y = round(height * 0.92 - rows / 2)
    return [
        Writing(
            kind="ticker",
            box=Box(x=0.0, y=y + 0.2 * rows, w=float(width), h=0.6 * rows),
            start_s=shown.start_s,
            end_s=shown.end_s,
            rgba=surface.toarray(colorType=skia.ColorType.kRGBA_8888_ColorType),
            x=0,
            y=y,
            speed=width / 6.0,  # it takes six seconds from side to side
        )
    ]


def _said(style: Style, size: Size, text: str, center: float, shown: Span) -> list[Writing]:
    """Draw a caption of one or two lines; its words light up in turn."""
    start_s, end_s = shown.start_s, shown.end_s
    lines = [line.split() for line in text.split("|")]
    texts = [w.upper() if style.text.uppercase else w for line in lines for w in line]
    words = tuple(Word(text=w, start_s=start_s, end_s=end_s, probability=1.0) for w in texts)
    counts = tuple(len(line) for line in lines)
    group = Group(words=words, lines=counts, start_s=start_s, end_s=end_s)
    tiles = Typesetter(style, *size).draw(group, center)
    if style.colour.spoken == style.colour.text and style.word_box is None:
        tiles = tiles[:1]  # nothing lights up
    bare = replace(style, box=None, word_box=None, shadow=None, glow=None)
    ink = Typesetter(bare, *size).draw(group, center)[0]
    step_s = shown.duration_s / len(tiles)
    return [
        Writing(
            kind="caption",
            box=Box(x=ink.x, y=ink.y, w=ink.rgba.shape[1], h=ink.rgba.shape[0]),
            start_s=start_s + n * step_s,
            end_s=start_s + (n + 1) * step_s,
            rgba=tile.rgba,
            x=tile.x,
            y=tile.y,
        )
        for n, tile in enumerate(tiles)
    ]


def _moved(writing: Writing, x: float, y: float, kind: str) -> Writing:
    """Return the same with its left upper corner elsewhere."""
    dx, dy = round(x) - writing.x, round(y) - writing.y
    box = replace(writing.box, x=writing.box.x + dx, y=writing.box.y + dy)
    return replace(writing, kind=kind, box=box, x=round(x), y=round(y))
