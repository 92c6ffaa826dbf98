"""Draws the words of one group in any pose: which word is lit, how large, where its plate is."""

from collections.abc import Sequence
from dataclasses import dataclass

import skia

from pipeline.captions.drawing.animation_timing import SHAKE, word_peak, word_scale
from pipeline.captions.drawing.sprites import Layer, Placed, Rgba, Sprites, State, blank, fill
from pipeline.captions.styles.style import Plate, Style
from pipeline.core.areas import Area, union

Rect = tuple[float, float, float, float]  # left, top, right, bottom; pixels

TEXT_TOP, TEXT_BOTTOM = 0.86, 0.20  # edges of a plate from the baseline, in text sizes
PLATE_FLATNESS = 0.75  # padding above and below a plate's text, share of that at its sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """How the words of a group stand, each at rest."""

    spoken: int  # index of the word
    lit: bool = True  # whether the spoken word shows that it is spoken
    shown: int | None = None  # words from the first that are there at all; all by default
    without: int | None = None  # a word whose place is left free
    plate: Rect | None = None  # plate of the spoken word; around it by default


@dataclass(frozen=True, slots=True)
class _Look:
    """How one word stands in a pose."""

    shown: bool
    state: State
    plate: bool
    lit: bool


class Artwork:
    """The placed words of one group; coordinates are the typesetter's."""

    def __init__(
        self,
        style: Style,
        speaker: int,
        words: Sequence[Placed],
        *,
        size: float,
        key: frozenset[int],
        ornaments: Sequence[Placed] = (),
    ) -> None:
        """`words` in any order; `size` of the text in pixels, `key` the emphasized words.

        `speaker`: number of who says them, from 0. `ornaments` are there in every pose.
        """
        self.style, self.size = style, size
        self.words = tuple(sorted(words, key=lambda word: word.index))
        self._colors, self._key = style.colour.of_speaker(speaker), key
        self._sprites = Sprites(style, self._colors)
        self._drawn = (*self.words, *ornaments)
        self._areas = [self._reach(word) for word in self._drawn]
        self.area = union([*self._areas, *self._box_areas()])  # area of all poses, with even edges

    def peak_of(self, index: int) -> float:
        """Return the largest scale of a word; 1 unless spoken words pop."""
        word = self._drawn[index]
        return word_peak(word.width, word.size) if self.style.motion.word == "pop" else 1.0

    def lit_scale(self, index: int) -> float:
        """Return the scale of a word while it is lit."""
        return word_scale(1.0, self.peak_of(index))

    def word_area(self, index: int) -> Area:
        """Return the even area that a word covers in any pose, with its plate."""
        return self._areas[index]

    def plate_of(self, index: int) -> Rect | None:
        """Return the plate of a word, if the style has one."""
        plate = self.style.word_box
        return None if plate is None else _around([self.words[index]], self.size, plate)

    def changes(self, before: Pose, after: Pose) -> list[Area]:
        """Return the areas outside of which two poses look the same."""
        looks = zip(self._looks(before), self._looks(after), strict=True)
        found = [self._areas[n] for n, (a, b) in enumerate(looks) if a != b]
        if before.plate != after.plate:
            found += [Area.around(*p) for p in (before.plate, after.plate) if p is not None]
            found += [self._areas[p.spoken] for p in (before, after)]
        return [part for area in found if (part := area.within(self.area)) is not None]

    def draw(self, pose: Pose, area: Area) -> Rgba:
        """Draw an area of a pose. Layer by layer: no outline covers a neighbor's letters.

        A word that has grown is drawn over its neighbors.
        """
        rgba, canvas = blank(area)
        looks = self._looks(pose)
        self._draw_plates(canvas, pose, looks)
        near = [n for n, a in enumerate(self._areas) if looks[n].shown and a.within(area)]
        for tier in ([n for n in near if not looks[n].lit], [n for n in near if looks[n].lit]):
            for layer in self._sprites.layers():
                for n in tier:
                    self._draw_word(canvas, n, layer, looks[n].state, self._scale(n, looks[n]))
        canvas.getSurface().flushAndSubmit()
        return rgba

    def draw_spoken(self, pose: Pose) -> Rgba:
        """Draw the spoken word alone, in its area: without plate, at its scale while lit."""
        n = pose.spoken
        rgba, canvas = blank(self._areas[n])
        look = self._looks(pose)[n]
        for layer in self._sprites.layers():
            self._draw_word(canvas, n, layer, look.state, self.lit_scale(n))
        canvas.getSurface().flushAndSubmit()
        return rgba

    def _scale(self, index: int, look: _Look) -> float:
        return self.lit_scale(index) if look.lit else 1.0

    def _looks(self, pose: Pose) -> list[_Look]:
        """Return how each word stands."""
        found = []
        for n in range(len(self._drawn)):
            if n >= len(self.words):
                found.append(_Look(shown=True, state="text", plate=False, lit=False))
                continue
            now = n == pose.spoken and pose.lit
            before = self._colors.stays and n < pose.spoken
            found.append(
                _Look(
                    shown=(pose.shown is None or n < pose.shown) and n != pose.without,
                    state=self._state(n, now=now, lit=now or before),
                    plate=now or before,
                    lit=now and self.style.motion.word == "pop",
                )
            )
        return found

    def _state(self, index: int, *, now: bool, lit: bool) -> State:
        """Return the state of a word; a key word is "key" except while spoken, if that shows."""
        colors = self._colors
        if index in self._key and (not now or colors.spoken == colors.text):
            return "key"
        return "spoken" if lit else "text"

    def _reach(self, word: Placed) -> Area:
        """Return the even area of a word in all poses."""
        x, y = word.middle
        layers = self._sprites.layers()
        ink = union(self._sprites.sprite(word, layer, "text", 1.0).area for layer in layers)
        ink = ink.scaled(self.peak_of(word.index), x, y)
        sway = SHAKE * word.size if self.style.motion.shake and word.index in self._key else 0.0
        reach = Area.around(ink.left - sway, ink.top, ink.right + sway, ink.bottom)
        if self.style.word_box is None or word.index >= len(self.words):
            return reach
        return union([reach, Area.around(*_around([word], self.size, self.style.word_box))])

    def _box_areas(self) -> list[Area]:
        box = self.style.box
        return [] if box is None else [Area.around(*_around(self.words, self.size, box))]

    def _draw_plates(self, canvas: skia.Canvas, pose: Pose, looks: Sequence[_Look]) -> None:
        """Draw the plates behind the lines and behind the spoken word."""
        box, word_box, size = self.style.box, self.style.word_box, self.size
        if box is not None:
            _draw_plate(canvas, _around(self.words, size, box), box, size)
        if word_box is None:
            return
        for word, look in zip(self.words, looks[: len(self.words)], strict=True):
            if look.plate and look.shown:
                moved = pose.plate if word.index == pose.spoken else None
                _draw_plate(canvas, moved or _around([word], size, word_box), word_box, size)

    def _draw_word(
        self, canvas: skia.Canvas, index: int, layer: Layer, state: State, scale: float
    ) -> None:
        sprite = self._sprites.sprite(self._drawn[index], layer, state, scale)
        if sprite.image is not None:
            canvas.drawImage(sprite.image, sprite.area.left, sprite.area.top)


def _draw_plate(canvas: skia.Canvas, rect: Rect, plate: Plate, size: float) -> None:
    radius = plate.radius * size
    canvas.drawRoundRect(skia.Rect.MakeLTRB(*rect), radius, radius, fill(plate.colour))


def _around(words: Sequence[Placed], size: float, plate: Plate) -> Rect:
    """Return the plate around words."""
    pad = plate.padding * size
    return (
        min(w.x for w in words) - pad,
        min(w.baseline for w in words) - TEXT_TOP * size - pad * PLATE_FLATNESS,
        max(w.x + w.width for w in words) + pad,
        max(w.baseline for w in words) + TEXT_BOTTOM * size + pad * PLATE_FLATNESS,
    )
