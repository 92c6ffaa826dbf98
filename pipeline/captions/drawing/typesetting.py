"""Lays out caption groups: text size, lines, words in any script's order, inside the safe area.

Draws them at rest as premultiplied RGBA tiles; `animation` draws them in motion.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.captions.drawing.animation_timing import MAX_WORD_GROWTH, POP_PEAK, RISE, SHAKE
from pipeline.captions.drawing.artwork import Artwork, Pose
from pipeline.captions.drawing.sprites import (
    MAX_INVISIBLE_ALPHA,
    Placed,
    Rgba,
    ink_bounds,
    overhang,
)
from pipeline.captions.layout.grouping import Group
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_shaping import Letters, visual_order, width_of
from pipeline.captions.styles.style import Style
from pipeline.core.areas import Area
from pipeline.language.writing_systems import join_words, separator

LINE_HEIGHT = 1.22  # in text sizes
BASELINE = 0.36  # baseline of a line below its middle, in text sizes
MAX_FIT_ROUNDS = 4
EMOJI_SIZE = 1.5  # above a group, in text sizes
EMOJI_DESCENT = 0.25  # bottom of an emoji below its baseline, in its own size


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A rectangular part of a picture."""

    x: int  # left edge in the clip, even
    y: int  # top edge, even
    rgba: npt.NDArray[np.uint8]  # (h, w, 4), premultiplied; both even


class Typesetter:
    """Lays out and draws text in one style at one picture size."""

    def __init__(
        self,
        style: Style,
        width: int,
        height: int,
        safe: SafeArea | None = None,
        *,
        language: str = "",
    ) -> None:
        """Text stays within `safe`, by default the standard area of the size.

        `language` (ISO 639-1) chooses the shapes of letters that differ between languages.
        """
        self.style, self._language = style, language
        self.width, self.height = width, height
        self.safe = safe or SafeArea.of(width, height)
        self._size = style.text.size * min(width, height)
        self._last: tuple[Group, Artwork] | None = None  # what was set last

    @property
    def text_width(self) -> float:
        """Return the pixels available to a line of text, without outline, plate and motion."""
        room = self.safe.width / self._peak_scale() - 2 * overhang(self.style, self._size)
        return room - 2 * self._sway() * self._size

    def measure(self, text: str) -> float:
        """Return the width of a line in the style's size, pixels."""
        return width_of(text, self._look(self._size))

    def block_height(self, group: Group) -> float:
        """Return the height of a group's lines with outline, shadow, plate and motion, pixels."""
        size = self._fit_size(group)
        around = overhang(self.style, size) + self._sway() * size
        around += EMOJI_SIZE * LINE_HEIGHT * size if group.emoji else 0.0
        return self._peak_scale() * (size * LINE_HEIGHT * len(group.lines) + 2 * around)

    def draw_pose(self, group: Group, center_y: float, spoken: int = 0) -> Tile:
        """Draw the group at rest around `center_y`, inside the safe area; the word `spoken` is lit.

        Text size and position are the same whatever word is lit.
        """
        art, dx, dy = self.arrange(group, center_y)
        drawn = art.draw(Pose(spoken=spoken), art.area)
        return _crop_tile(drawn, art.area.left + dx, art.area.top + dy)

    def arrange(self, group: Group, center_y: float) -> tuple[Artwork, int, int]:
        """Place the group around `center_y` so that it stays inside the safe area as it moves.

        Return its artwork and the even pixels to the right and down from there to the clip.
        """
        if self._last is None or self._last[0] != group:
            self._last = group, self._fit(group)
        art = self._last[1]
        reach = self._moving(art)
        dx = _shift(reach.left, reach.right, self.safe.left, self.safe.right)
        y0 = round(center_y / 2) * 2
        dy = _shift(reach.top + y0, reach.bottom + y0, self.safe.top, self.safe.bottom)
        return art, dx, y0 + dy

    def _fit(self, group: Group) -> Artwork:
        """Set the group as large as fits the safe area."""
        size = self._fit_size(group)
        for _ in range(MAX_FIT_ROUNDS):
            words = self._place(group, size)
            art = Artwork(
                self.style,
                group.speaker,
                words,
                size=size,
                key=group.key,
                ornaments=self._emoji(group, size),
            )
            reach = self._moving(art)
            excess = max(reach.width / self.safe.width, reach.height / self.safe.height)
            if excess <= 1:
                break
            size *= 0.98 / excess
        return art

    def _moving(self, art: Artwork) -> Area:
        """Return what a group covers from its entrance on."""
        area = art.area
        around = area.scaled(
            self._peak_scale(), (area.left + area.right) / 2, (area.top + area.bottom) / 2
        )
        rise = RISE * art.size if self.style.motion.entrance == "rise" else 0.0
        return Area.around(around.left, around.top, around.right, around.bottom + rise)

    def _peak_scale(self) -> float:
        """Return the largest scale of a group in its entrance."""
        return POP_PEAK if self.style.motion.entrance == "pop" else 1.0

    def _sway(self) -> float:
        """Return how far a word's own motion reaches to each side, in text sizes."""
        pops = MAX_WORD_GROWTH if self.style.motion.word == "pop" else 0.0
        return pops + (SHAKE if self.style.motion.shake else 0.0)

    def _fit_size(self, group: Group) -> float:
        """Return the text size at which the widest line fits the safe area."""
        widest = max(self._line_widths(group))
        room = self.text_width
        return self._size * min(1.0, room / max(widest, 1e-6))

    def _line_widths(self, group: Group) -> Iterator[float]:
        """Yield the width of each line in the style's size, counting larger words; pixels."""
        first, larger_by = 0, self.style.motion.key_size - 1
        for line in _lines(group):
            larger = (t for n, t in enumerate(line, first) if n in group.key)
            yield self.measure(join_words(line)) + larger_by * sum(map(self.measure, larger))
            first += len(line)

    def _look(self, size: float) -> Letters:
        text = self.style.text
        return Letters(
            families=text.families,
            weight=text.weight,
            size=size,
            letter_spacing=text.letter_spacing,
            stretch=text.stretch,
            language=self._language,
        )

    def _emoji(self, group: Group, size: float) -> tuple[Placed, ...]:
        """Position the group's emoji, if it has one, above its lines and their plate."""
        if not group.emoji:
            return ()
        look = self._look(EMOJI_SIZE * size)
        width = width_of(group.emoji, look)
        plate = self.style.box.padding * size if self.style.box else 0.0
        bottom = -len(group.lines) / 2 * LINE_HEIGHT * size - plate
        emoji = Placed(
            index=len(group.words),
            text=group.emoji,
            x=(self.safe.left + self.safe.right - width) / 2,
            baseline=bottom - EMOJI_DESCENT * look.size,
            width=width,
            letters=look,
            right_to_left=False,
        )
        return (emoji,)

    def _place(self, group: Group, size: float) -> list[Placed]:
        """Position the words in the reading order of their script, lines centered on y = 0."""
        look, key_look = self._look(size), self._look(size * self.style.motion.key_size)
        lines = _lines(group)
        middle = (self.safe.left + self.safe.right) / 2
        placed: list[Placed] = []
        index = 0
        for row, texts in enumerate(lines):
            y = (row - (len(lines) - 1) / 2) * LINE_HEIGHT * size + BASELINE * size
            order = visual_order(texts, right_to_left=group.right_to_left)
            gaps = [width_of(separator(a, b), look) for a, b in pairwise(texts)]
            looks = [key_look if index + n in group.key else look for n in range(len(texts))]
            widths = [width_of(*word) for word in zip(texts, looks, strict=True)]
            x = middle - (sum(widths) + sum(gaps)) / 2
            for n, i in enumerate(order):
                placed.append(
                    Placed(
                        index=index + i,
                        text=texts[i],
                        x=x,
                        baseline=y,
                        width=widths[i],
                        letters=looks[i],
                        right_to_left=group.right_to_left,
                    )
                )
                if n + 1 < len(order):
                    x += widths[i] + gaps[min(i, order[n + 1])]
            index += len(texts)
        return placed


def _lines(group: Group) -> list[list[str]]:
    """Return the texts of each line."""
    lines, first = [], 0
    for count in group.lines:
        lines.append([word.text for word in group.words[first : first + count]])
        first += count
    return lines


def _shift(first: int, last: int, low: int, high: int) -> int:
    """Return the shift in even pixels that moves first..last into low..high."""
    if first < low:
        return (low - first + 1) // 2 * 2
    return -((last - high + 1) // 2 * 2) if last > high else 0


def _crop_tile(rgba: Rgba, left: int, top: int) -> Tile:
    """Crop a picture whose corner is at even `left`, `top` to its visible part; edges are even."""
    ink = ink_bounds(rgba) or Area(0, 0, 2, 2)
    ink = Area.around(ink.left, ink.top, ink.right, ink.bottom)
    part = rgba[ink.top : ink.bottom, ink.left : ink.right].copy()
    part[part[..., 3] <= MAX_INVISIBLE_ALPHA] = 0  # the end of a blur is not worth blending
    return Tile(ink.left + left, ink.top + top, part)
