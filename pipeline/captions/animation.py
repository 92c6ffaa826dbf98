"""Draws one group as it enters and as its words are spoken; every state is drawn once.

States at rest differ from each other in a few words only, so that each is a patch on the one
before. A word that is uncovered is spliced from the states before and after. A group that enters
is its state at rest, scaled, moved or faded.
"""

import math

import regex
import skia

from pipeline.captions.areas import Area
from pipeline.captions.artwork import SMOOTH, Artwork, Pose, Rect
from pipeline.captions.blending import Stamp, fade_stamp, move_stamp, patch, prepare, splice
from pipeline.captions.grouping import Group
from pipeline.captions.motion import (
    Moment,
    entrance,
    moment,
    plate_progress,
    scale_before,
    shake_offset,
    word_scale,
)
from pipeline.captions.sprites import Rgba, blank, image_of
from pipeline.captions.text_shaping import is_right_to_left
from pipeline.captions.typesetting import Tile, Typesetter

LETTER = regex.compile(r"\X")


class Animation:
    """The stamps of one group at one place."""

    def __init__(self, typesetter: Typesetter, group: Group, centre_y: float) -> None:
        """Place the group around `centre_y`."""
        self._group, self._motion = group, typesetter.style.motion
        self._art, self._dx, self._dy = typesetter.arrange(group, centre_y)
        self._still: dict[Pose, Stamp] = {}  # at rest
        self._pictures: dict[Pose, Rgba] = {}  # at rest, for an entrance that scales
        self._last: tuple[Moment, Stamp] | None = None

    def at(self, t_s: float) -> Stamp:
        """Return the stamp at a time at which the group is on screen."""
        now = moment(self._group, self._motion, t_s)
        if self._last is None or self._last[0] != now:
            self._last = now, self._enter(now) if now.entrance < 1 else self._stamp(now)
        return self._last[1]

    def _enter(self, now: Moment) -> Stamp:
        """Return the stamp of a group that is entering; its words do not move on their own."""
        change = entrance(self._motion, now.entrance)
        resting = Moment(spoken=now.spoken, wipe=now.wipe)
        if change.scale == 1.0:
            stamp = fade_stamp(self._stamp(resting), change.opacity)
            return move_stamp(stamp, round(change.down * self._art.size / 2) * 2)
        return prepare(self._scaled(self._picture(resting), change.scale))

    def _scaled(self, picture: Rgba, scale: float) -> Tile:
        """Scale a picture of the artwork's area about its middle."""
        area = self._art.area
        x, y = (area.left + area.right) / 2, (area.top + area.bottom) / 2
        room = area.scaled(scale, x, y)
        rgba, canvas = blank(room)
        canvas.translate(x, y)
        canvas.scale(scale, scale)
        canvas.translate(-x, -y)
        paint = skia.Paint(BlendMode=skia.BlendMode.kSrc)
        canvas.drawImage(image_of(picture), area.left, area.top, SMOOTH, paint)
        canvas.getSurface().flushAndSubmit()
        return self._tile(rgba, room)

    def _stamp(self, now: Moment) -> Stamp:
        """Return the stamp of a group that has entered."""
        after = self._pose(now.spoken, lit=True)
        if now.wipe < 1:
            part = self._uncovered(now)
            before = self._rest(self._pose(now.spoken, lit=False))
            if part is None:
                return before
            return splice(before, self._rest(after), self._in_clip(part))
        rest = self._rest(after)
        moved = self._moved(now, after)
        if moved == after:
            return rest
        areas = self._art.changes(after, moved)
        return patch(rest, [self._tile(self._art.draw(moved, area), area) for area in areas])

    def _picture(self, now: Moment) -> Rgba:
        """Return the picture of a group at rest, its spoken word uncovered as far as it is."""
        after = self._rgba(self._pose(now.spoken, lit=True))
        if now.wipe >= 1:
            return after
        whole = self._rgba(self._pose(now.spoken, lit=False)).copy()
        if (part := self._uncovered(now)) is not None:
            x, y = self._art.area.left, self._art.area.top
            inside = slice(part.top - y, part.bottom - y), slice(part.left - x, part.right - x)
            whole[inside] = after[inside]
        return whole

    def _pose(self, spoken: int, *, lit: bool) -> Pose:
        """Return a pose at rest; `lit` is false before the spoken word is uncovered."""
        if self._motion.entrance == "type":
            return Pose(spoken=spoken, lit=lit, shown=spoken + lit)
        return Pose(spoken=spoken, lit=lit)

    def _rest(self, pose: Pose) -> Stamp:
        """Return the stamp of a pose at rest, as a patch on another one if there is one."""
        if pose not in self._still:
            if not self._still:
                self._still[pose] = prepare(self._tile(self._rgba(pose), self._art.area))
                return self._still[pose]
            near, stamp = next(reversed(self._still.items()))
            areas = self._art.changes(near, pose)
            tiles = [self._tile(self._art.draw(pose, area), area) for area in areas]
            self._still[pose] = patch(stamp, tiles)
        return self._still[pose]

    def _rgba(self, pose: Pose) -> Rgba:
        if pose not in self._pictures:
            self._pictures[pose] = self._art.draw(pose, self._art.area)
        return self._pictures[pose]

    def _moved(self, now: Moment, rest: Pose) -> Pose:
        """Return the pose of a spoken word that moves; `rest` if it does not."""
        n, style = now.spoken, self._motion.word
        scale, before, plate = None, 1.0, None
        if now.word < 1 and style == "pop":
            scale = word_scale(now.word, self._art.peak_of(n))
            before = scale_before(now.word, self._art.peak_of(n - 1)) if n else 1.0
        if now.word < 1 and style == "box":
            plate = self._slid(n, plate_progress(now.word))
        return Pose(
            spoken=n,
            lit=rest.lit,
            shown=rest.shown,
            scale=scale,
            scale_before=before,
            shake=shake_offset(now.shake) * self._art.size,
            plate=plate,
        )

    def _slid(self, n: int, share: float) -> Rect | None:
        """Return the plate between the word before and the n-th; it jumps from line to line."""
        if n == 0 or self._art.words[n - 1].baseline != self._art.words[n].baseline:
            return None
        start, end = self._art.plate_of(n - 1), self._art.plate_of(n)
        if start is None or end is None:
            return None
        left, top, right, bottom = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        return left, top, right, bottom

    def _uncovered(self, now: Moment) -> Area | None:
        """Return the even part of the spoken word's area that is uncovered, if any."""
        word, area = self._art.words[now.spoken], self._art.word_area(now.spoken)
        share = now.wipe
        if self._motion.entrance == "type":
            letters = len(LETTER.findall(word.text))
            share = math.ceil(share * letters) / letters
        pad = self._art.size * (self._art.style.word_box.padding if self._art.style.word_box else 0)
        width = word.width + 2 * pad
        edge = word.x - pad + (1 - share if is_right_to_left(word.text) else share) * width
        edge = round(edge / 2) * 2
        if is_right_to_left(word.text):
            return area.within(Area(int(edge), area.top, area.right, area.bottom))
        return area.within(Area(area.left, area.top, int(edge), area.bottom))

    def _in_clip(self, area: Area) -> tuple[int, int, int, int]:
        x, y = self._dx, self._dy
        return area.left + x, area.top + y, area.right + x, area.bottom + y

    def _tile(self, rgba: Rgba, area: Area) -> Tile:
        return Tile(area.left + self._dx, area.top + self._dy, rgba)
