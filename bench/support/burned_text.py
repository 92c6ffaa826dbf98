"""Draws writing over real recordings, as other programs burn it in: examples with a known truth.

Captions are drawn by the project's own typesetter, in its styles and in plain ones. The truth is
the rectangle around the letters and their outline, without plates and shadows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.grouping import Group
from pipeline.captions.style import Colours, Plate, Shadow, Stroke, Style, TextLook, load_style
from pipeline.captions.text_shaping import Letters, paragraph
from pipeline.captions.typesetting import Typesetter
from pipeline.core.control import Control
from pipeline.core.data import Box, Source, Span, Word
from pipeline.media.frames import read

LENGTH_S = 8.0  # of an example
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
COVER = (
    "THE THREE RULES",
    "first look then listen",
    "ask what is missing",
    "say it again slowly",
    "and keep it short",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """Something drawn into an example, with its truth: where the letters are, and when."""

    kind: str
    box: Box
    start_s: float
    end_s: float
    rgba: npt.NDArray[np.uint8]  # (h, w, 4), premultiplied
    x: int  # of the left edge of `rgba`
    y: int
    speed: float = 0.0  # pixels per second by which the letters move left inside the box


def captions(width: int, height: int, first: int, start_s: float, end_s: float) -> list[Writing]:
    """Return captions that change every 1 to 2 s, with the style and height of `first`."""
    style = STYLES[first % len(STYLES)]
    center = height * (0.86, 0.72, 0.5, 0.8, 0.12)[first % 5]
    drawn: list[Writing] = []
    t_s, number = start_s, first
    while t_s < end_s - 0.5:
        until_s = min(end_s, t_s + (1.0, 1.6, 2.0, 1.3)[number % 4])
        drawn += _said(style, width, height, SAID[number % len(SAID)], center, t_s, until_s)
        t_s, number = until_s + (0.2 if number % 3 == 0 else 0.0), number + 1
    return drawn


def quick_captions(width: int, height: int, first: int, end_s: float) -> list[Writing]:
    """Return captions of two words that change twice a second."""
    words = " ".join(line for line in SAID if line.isascii()).replace("|", " ").split()
    style = (LARGE, YELLOW)[first % 2]
    return [
        replace(writing, kind="quick caption")
        for n in range(int(end_s * 2))
        for writing in _said(
            style,
            width,
            height,
            " ".join(words[2 * n % len(words) :][:2]),
            height * 0.7,
            n / 2,
            (n + 1) / 2,
        )
    ]


def lower_third(width: int, height: int, start_s: float, end_s: float) -> list[Writing]:
    """Return a name and a title on a white plate at the lower left."""
    rows = ("Martha Vandermeer", "Head of Repairs, City of Ghent")
    return [
        _moved(writing, width * 0.08, writing.y, "lower third")
        for n, row in enumerate(rows)
        for writing in _said(
            replace(DARK, text=replace(DARK.text, size=(0.055, 0.042)[n])),
            width,
            height,
            row,
            height * (0.74 + 0.08 * n),
            start_s,
            end_s,
        )
    ]


def logo(width: int, height: int, start_s: float, end_s: float) -> list[Writing]:
    """Return a station's name in the upper right corner."""
    style = replace(LARGE, text=replace(LARGE.text, size=0.07))
    (writing,) = _said(style, width, height, "KANAL 7", height * 0.1, start_s, end_s)
    return [_moved(writing, width * 0.96 - writing.rgba.shape[1], height * 0.05, "logo")]


def countdown(width: int, height: int, start_s: float, end_s: float) -> list[Writing]:
    """Return a clock in the upper left corner that counts the seconds down."""
    style = replace(YELLOW, text=replace(YELLOW.text, size=0.08))
    drawn = []
    for n in range(int(end_s - start_s)):
        text = f"00:{int(end_s - start_s) - n:02d}"
        from_s = start_s + n
        (writing,) = _said(style, width, height, text, height * 0.1, from_s, from_s + 1)
        drawn.append(_moved(writing, width * 0.05, height * 0.05, "countdown"))
    return drawn


def cover(width: int, height: int, start_s: float, end_s: float) -> list[Writing]:
    """Return five lines that fill the picture."""
    style = replace(SHADOWED, text=replace(SHADOWED.text, size=0.08))
    return [
        replace(writing, kind="whole picture")
        for n, line in enumerate(COVER)
        for writing in _said(style, width, height, line, height * (0.18 + 0.16 * n), start_s, end_s)
    ]


def ticker(width: int, height: int, start_s: float, end_s: float) -> list[Writing]:
    """Return a line that scrolls to the left on a dark band along the bottom."""
    size = 0.045 * min(width, height) if width > height else 0.035 * width * 1.3
    look = Letters(("Inter",), 600, size, 0.0)
    line = paragraph(NEWS * 2, look, skia.Paint(AntiAlias=True, Color=0xFFFFFFFF))
    rows, columns = round(size * 1.6), round(line.MaxIntrinsicWidth)
    surface = skia.Surfaces.Raster(skia.ImageInfo.MakeN32Premul(columns, rows))
    canvas = surface.getCanvas()
    canvas.clear(0xFF7A1010)
    line.paint(canvas, 0, (rows - line.Height) / 2)
    rgba = surface.toarray(colorType=skia.ColorType.kRGBA_8888_ColorType)
    y = round(height * 0.92 - rows / 2)
    box = Box(x=0.0, y=y + 0.2 * rows, w=float(width), h=0.6 * rows)
    speed = width / 6.0  # it takes six seconds from side to side
    return [
        Writing(
            kind="ticker", box=box, start_s=start_s, end_s=end_s, rgba=rgba, x=0, y=y, speed=speed
        )
    ]


def recipes(width: int, height: int, seed: int) -> dict[str, list[Writing]]:
    """Return what is drawn into each example of one recording."""
    end_s = LENGTH_S
    return {
        "captions": captions(width, height, seed, 0.0, end_s),
        "other captions": captions(width, height, seed + 5, 0.6, end_s),
        "quick captions": quick_captions(width, height, seed, end_s),
        "news": [
            *lower_third(width, height, 2.0, 6.0),
            *logo(width, height, 0.0, end_s),
            *ticker(width, height, 0.0, end_s),
        ],
        "clock": [
            *countdown(width, height, 0.0, 4.0),
            *cover(width, height, 4.5, end_s),
        ],
    }


def burn(
    source: Source, start_s: float, writings: Sequence[Writing], path: Path, *, crf: int
) -> Source:
    """Write LENGTH_S seconds of `source` from `start_s` with the writings over them.

    The file has no sound; returns it as a source of pictures.
    """
    assert source.video is not None
    span = Span(start_s=start_s, end_s=start_s + LENGTH_S)
    pictures = (
        (now_s, draw(frame.to_ndarray(format="rgb24"), writings, now_s))
        for t_s, frame in read(source, span, control=Control())
        for now_s in (max(0.0, t_s - start_s),)  # the first may be older than the span
    )
    width, height = encode(pictures, path, source.video.fps, crf)
    video = replace(
        source.video,
        index=0,
        codec="h264",
        stored_width=width,
        stored_height=height,
        width=width,
        height=height,
        rotation=0,
        sample_aspect=Fraction(1),
    )
    return replace(source, path=path, duration_s=LENGTH_S, origin_s=0.0, video=video)


def draw(
    picture: npt.NDArray[np.uint8], writings: Iterable[Writing], t_s: float
) -> npt.NDArray[np.uint8]:
    """Return the RGB picture (h, w, 3) with what is visible at `t_s` drawn over it."""
    picture = picture.copy()
    for writing in writings:
        if not writing.start_s <= t_s < writing.end_s:
            continue
        rgba = writing.rgba
        if writing.speed:
            shift = round(writing.speed * (t_s - writing.start_s)) % rgba.shape[1]
            rgba = np.roll(rgba, -shift, axis=1)[:, : picture.shape[1]]
        under = picture[writing.y : writing.y + rgba.shape[0], writing.x :][:, : rgba.shape[1]]
        over = rgba[: under.shape[0], : under.shape[1]].astype(np.float32)
        mixed = under * (1 - over[..., 3:] / 255) + over[..., :3]
        under[:] = mixed.clip(0, 255).round()
    return picture


def encode(
    pictures: Iterator[tuple[float, npt.NDArray[np.uint8]]], path: Path, fps: Fraction, crf: int
) -> tuple[int, int]:
    """Write RGB pictures with their times as H.264, as uploads are encoded; return their size."""
    options = {"crf": str(crf), "preset": "veryfast"}
    ticks = Fraction(1, 90_000)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options=options)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = ticks
        for n, (t_s, picture) in enumerate(pictures):
            if n == 0:
                stream.height, stream.width = (side // 2 * 2 for side in picture.shape[:2])
            frame = av.VideoFrame.from_ndarray(picture[: stream.height, : stream.width], "rgb24")
            frame.pts, frame.time_base = round(t_s / ticks), ticks
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        return stream.width, stream.height


def _said(
    style: Style,
    width: int,
    height: int,
    text: str,
    center: float,
    start_s: float,
    end_s: float,
) -> list[Writing]:
    """Draw a caption of one or two lines; its words light up in turn."""
    lines = [line.split() for line in text.split("|")]
    shown = [w.upper() if style.text.uppercase else w for line in lines for w in line]
    words = tuple(Word(text=w, start_s=start_s, end_s=end_s, probability=1.0) for w in shown)
    group = Group(
        words=words, lines=tuple(len(line) for line in lines), start_s=start_s, end_s=end_s
    )
    tiles = Typesetter(style, width, height).draw(group, center)
    if style.colour.spoken == style.colour.text and style.word_box is None:
        tiles = tiles[:1]  # nothing lights up
    bare = replace(style, box=None, word_box=None, shadow=None, glow=None)
    ink = Typesetter(bare, width, height).draw(group, center)[0]
    box = Box(x=ink.x, y=ink.y, w=ink.rgba.shape[1], h=ink.rgba.shape[0])
    step_s = (end_s - start_s) / len(tiles)
    return [
        Writing(
            kind="caption",
            box=box,
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
