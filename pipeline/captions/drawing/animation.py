"""Draws one group as it enters and as its words are spoken; every state is drawn once.

States at rest differ from each other in a few words only, so that each is a patch on another. A
word that is uncovered is spliced from the states before and after, one that grows or shakes is
laid over the state without it, and a group that enters is its state at rest scaled or faded.
"""

import math
from dataclasses import replace

import regex

from pipeline.captions.drawing.animation_timing import (
    Moment,
    entrance,
    moment,
    plate_progress,
    shake_offset,
    word_scale,
)
from pipeline.captions.drawing.artwork import Pose, Rect
from pipeline.captions.drawing.blending import Stamp, fade_stamp, prepare
from pipeline.captions.drawing.sprites import Rgba
from pipeline.captions.drawing.stamp_edits import (
    area_of,
    move_stamp,
    overlay,
    patch,
    scale_stamp,
    splice,
)
from pipeline.captions.drawing.typesetting import Tile, Typesetter
from pipeline.captions.layout.grouping import Group
from pipeline.captions.layout.text_shaping import is_right_to_left
from pipeline.core.areas import Area

LETTER = regex.compile(r"\X")


class Animation:
    """The stamps of one group at one place."""

    def __init__(self, typesetter: Typesetter, group: Group, center_y: float) -> None:
        """Place the group around `center_y`."""
        self._group, self._motion = group, typesetter.style.motion
        self._art, self._dx, self._dy = typesetter.arrange(group, center_y)
        self._still: dict[Pose, Stamp] = {}  # at rest
        self._alone: dict[Pose, Stamp] = {}  # the spoken word without the others
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
        stamp = self._stamp(Moment(spoken=now.spoken, wipe=now.wipe))
        if change.scale != 1.0:
            area = area_of(stamp)
            middle = (area.left + area.right) / 2, (area.top + area.bottom) / 2
            return scale_stamp(stamp, change.scale, middle)
        faded = fade_stamp(stamp, change.opacity)
        return move_stamp(faded, round(change.down * self._art.size / 2) * 2)

    def _stamp(self, now: Moment) -> Stamp:
        """Return the stamp of a group that has entered."""
        n, pose = now.spoken, self._pose(now.spoken, lit=True)
        if now.wipe < 1:
            before = self._rest(self._pose(n, lit=False))
            part = self._uncovered(now)
            return before if part is None else splice(before, self._rest(pose), part)
        if now.shake < 1 or (now.word < 1 and self._motion.word == "pop"):
            return self._swayed(now, pose)
        if now.word < 1 and (plate := self._slid(n, plate_progress(now.word))) is not None:
            return self._patched(pose, replace(pose, plate=plate))
        return self._rest(pose)

    def _pose(self, spoken: int, *, lit: bool) -> Pose:
        """Return a pose at rest; `lit` is false before the spoken word is uncovered."""
        if self._motion.entrance == "type":
            return Pose(spoken=spoken, lit=lit, shown=spoken + lit)
        return Pose(spoken=spoken, lit=lit)

    def _rest(self, pose: Pose) -> Stamp:
        """Return the stamp of a pose at rest, as a patch on another one if there is one."""
        if pose not in self._still:
            near = next(reversed(self._still), None)
            if near is None:
                area = self._art.area
                self._still[pose] = self._prepared(self._art.draw(pose, area), area)
            else:
                self._still[pose] = self._patched(near, pose)
        return self._still[pose]

    def _patched(self, near: Pose, pose: Pose) -> Stamp:
        """Return the stamp of a pose as a patch on that of another one at rest."""
        areas = self._art.changes(near, pose)
        parts = [self._prepared(self._art.draw(pose, area), area) for area in areas]
        return patch(self._rest(near), parts)

    def _swayed(self, now: Moment, pose: Pose) -> Stamp:
        """Return the stamp of a spoken word that grows or shakes."""
        n, art = now.spoken, self._art
        under = self._rest(replace(pose, without=n))
        scale = word_scale(now.word, art.peak_of(n))
        return overlay(
            under, self._resized(pose, scale, shake_offset(now.shake) * art.words[n].size)
        )

    def _resized(self, pose: Pose, scale: float, right: float) -> Stamp:
        """Return the stamp of the spoken word alone, at this scale, shifted to the right."""
        n = pose.spoken
        if pose not in self._alone:
            rgba = self._art.draw_spoken(pose)
            self._alone[pose] = self._prepared(rgba, self._art.word_area(n))
        x, y = self._art.words[n].middle
        middle = x + self._dx, y + self._dy
        return scale_stamp(self._alone[pose], scale / self._art.lit_scale(n), middle, right)

    def _slid(self, n: int, share: float) -> Rect | None:
        """Return the plate between the word before and the n-th; it jumps from line to line."""
        words = self._art.words
        if self._motion.word != "box" or n == 0 or words[n - 1].baseline != words[n].baseline:
            return None
        start, end = self._art.plate_of(n - 1), self._art.plate_of(n)
        if start is None or end is None:
            return None
        left, top, right, bottom = (a + (b - a) * share for a, b in zip(start, end, strict=True))
        return left, top, right, bottom

    def _uncovered(self, now: Moment) -> Area | None:
        """Return the even part of the clip in which the spoken word is uncovered, if any."""
        word, area = self._art.words[now.spoken], self._art.word_area(now.spoken)
        share = now.wipe
        if self._motion.entrance == "type":
            letters = len(LETTER.findall(word.text))
            share = math.ceil(share * letters) / letters
        plate = self._art.plate_of(now.spoken)
        left, right = (plate[0], plate[2]) if plate else (word.x, word.x + word.width)
        backwards = is_right_to_left(word.text)
        edge = round((left + (1 - share if backwards else share) * (right - left)) / 2) * 2
        bounds = (edge, area.right) if backwards else (area.left, edge)
        part = area.within(Area(bounds[0], area.top, bounds[1], area.bottom))
        return None if part is None else part.moved(self._dx, self._dy)

    def _prepared(self, rgba: Rgba, area: Area) -> Stamp:
        return prepare(Tile(area.left + self._dx, area.top + self._dy, rgba))
