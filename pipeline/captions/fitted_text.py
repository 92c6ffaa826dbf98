"""Sets a text on a still picture as large as it fits: thumbnails, cards, quotations.

The lines of cards and quotations are about equally wide, and rather end after a mark than within a
phrase: as few as possible, and of all ways to break a text into so many the one with the smallest
sum of costs (dynamic programming, Knuth and Plass, "Breaking paragraphs into lines", 1981).
"""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import numpy as np
import numpy.typing as npt
import skia

from pipeline.captions.drawing.typesetting import Tile, Typesetter
from pipeline.captions.layout.grouping import Group, Measure
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.style import Style
from pipeline.captions.title_layer import block_of, tears_phrase, wrap

# Cost of a line that ends without punctuation, in the unit of deviations from the mean width
# (shares of it).
WITHOUT_MARK = 0.2

Rgba = npt.NDArray[np.uint8]  # (h, w, 4)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are set, and by what."""

    lines: Group
    typesetter: Typesetter

    @property
    def height(self) -> float:
        """Return the height with everything around the letters, pixels."""
        return self.typesetter.block_height(self.lines)

    def draw(self, center_y: float) -> Tile:
        """Draw the lines around a row."""
        return self.typesetter.draw_pose(self.lines, center_y)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a text is set in."""

    look: Style
    size: tuple[int, int]  # width and height of the picture, pixels
    area: SafeArea
    language: str  # ISO 639-1, of the text
    max_lines: int
    max_height: float  # height of the text, pixels


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Text sizes, shares of the picture's shorter side."""

    largest: float
    comfortable: float  # smaller letters are worse than a torn phrase
    smallest: float
    step: float = 0.95  # from one size to the next smaller one

    def __iter__(self) -> Iterator[float]:
        """Yield the sizes to try, the largest first."""
        size = self.largest
        while size > self.smallest:
            yield size
            size *= self.step
        yield self.smallest


def fit(text: str, frame: Frame, sizes: Sizes) -> Block:
    """Set a visible text as large as it fits, in balanced lines if no word is wider than one."""
    return next(settings(text, frame, sizes, balanced=True))


def settings(text: str, frame: Frame, sizes: Sizes, *, balanced: bool = False) -> Iterator[Block]:
    """Yield the text in each size in which it fits, the largest first; nothing if it draws nothing.

    Neither a word nor a phrase is torn if possible. The smallest size is always there; lines that
    do not fit are shrunk when they are drawn.
    """
    for size in sizes:
        typesetter = typesetter_of(frame, size)
        width, measure = typesetter.text_width, typesetter.measure
        lines = balance(text.split(" "), width, measure) if balanced else None
        lines = lines or wrap(text, width, measure, max_lines=frame.max_lines)
        if not lines:
            return
        block = Block(block_of(lines), typesetter)
        whole_at = min(size, sizes.comfortable)
        if size == sizes.smallest or fits(block, frame, whole_at=whole_at):
            yield block


def typesetter_of(frame: Frame, size: float) -> Typesetter:
    """Return what sets lines in a text size, a share of the picture's shorter side."""
    sized = replace(frame.look, text=replace(frame.look.text, size=size))
    return Typesetter(sized, *frame.size, frame.area, language=frame.language)


def fits(block: Block, frame: Frame, *, whole_at: float) -> bool:
    """Whether a block has room, and phrases that are torn would be in letters of `whole_at` too."""
    lines, setter = [word.text for word in block.lines.words], block.typesetter
    size, width, measure = setter.style.text.size, setter.text_width, setter.measure
    if max(map(measure, lines)) > width or len(lines) > frame.max_lines:
        return False
    if block.height > frame.max_height:
        return False
    return size <= whole_at or not tears_phrase(lines, width * size / whole_at, measure)


def gradient(size: tuple[int, int], top: npt.ArrayLike, bottom: npt.ArrayLike) -> Rgba:
    """Draw an opaque gradient between two colors, RGB in 0..255."""
    width, height = size
    share = np.linspace(0, 1, height)[:, None]
    picture = np.full((height, width, 4), 255, np.uint8)
    picture[..., :3] = (np.asarray(top) * (1 - share) + np.asarray(bottom) * share).round()[:, None]
    return picture


def png(picture: Rgba) -> bytes:
    """Encode a picture."""
    image = skia.Image.fromarray(picture, colorType=skia.kRGBA_8888_ColorType)
    return bytes(image.encodeToData(skia.kPNG, 100))


def balance(words: Sequence[str], width: float, measure: Measure) -> list[str] | None:
    """Return the lines, at most `width` pixels wide; None if a word is wider, or there is none.

    `words` are joined by spaces.
    """
    space, widths = measure(" "), [measure(word) for word in words]
    if not words or max(widths) > width:
        return None
    ends = [0.0, *accumulate(w + space for w in widths)]  # pixels, with a space after each word
    count = _fewest(widths, space, width)
    mean = (ends[-1] - count * space) / count

    def cost(first: int, end: int) -> float:
        wide = ends[end] - ends[first] - space
        if wide > width:
            return math.inf
        torn = end < len(words) and unicodedata.category(words[end - 1][-1])[0] != "P"
        return (wide / mean - 1) ** 2 + torn * WITHOUT_MARK**2

    # By the number of words in them: the cost of the best lines so far, and where each begins.
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ()), *[(math.inf, ())] * len(words)]
    for _ in range(count):
        best = [
            min((best[n][0] + cost(n, end), (*best[n][1], n)) for n in range(end))
            if end
            else (math.inf, ())
            for end in range(len(words) + 1)
        ]
    starts = [*best[-1][1], len(words)]
    return [" ".join(words[a:b]) for a, b in pairwise(starts)]


def _fewest(widths: Sequence[float], space: float, width: float) -> int:
    """Return how many lines words need that are filled one after another."""
    count, filled = 1, -space
    for wide in widths:
        if filled + space + wide > width:
            count, filled = count + 1, -space
        filled += space + wide
    return count
