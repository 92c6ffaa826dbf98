"""Picks a clip's thumbnails: up to three pictures that differ, the best composed first.

A picture of a person is worth what `portrait` says, compared with the clip's other pictures in
sharpness and in how far the mouth is open. None is taken that `thumbnail_candidate` finds unsettled
unless there is no other.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from pipeline.captions.blending import Stamp, blend
from pipeline.captions.cover_title import Cover
from pipeline.core.atomic import atomic_write
from pipeline.editing.composition import Composition
from pipeline.media.jpeg import jpeg
from pipeline.media.planes import copy_of
from pipeline.rendering.portrait import Portrait
from pipeline.rendering.surface import Surface
from pipeline.rendering.thumbnail_candidate import Candidate, Examiner, Rgb

MAX_THUMBNAILS = 3
MIN_LOOK_INTERVAL_S = 0.5
MAX_LOOKS = 20  # at a clip, evenly spread: each takes some 6 ms
MAX_POOL = 8  # pictures kept until the clip ends; one of 1080 x 1920 takes 3 MB
MIN_APART_S = 3.0  # minimum time between two thumbnails of one layout
MIN_DIFFERENCE_LEVELS = 2.0  # mean, of 255: less is the same picture to the eye
STILL_LEVELS = 12  # at any point; less is noise: a second look would find the same
COMPARED_STEP = 4  # every so many pixels of a look are compared
UNSETTLED_WORTH = 0.25  # worth of a picture in a move or near a cut
OTHER_OPENING_WORTH = 0.7  # worth if layout or number of people differ from the first picture
FACE_BONUS = 4.0  # a picture with a face beats any without
WORST_FACE = 0.4  # share of a picture's worth that is that of its worst pane
MOUTH_RANGE = 0.04, 0.2  # bounds on the difference between a clip's closed and open mouths
OPEN_MOUTH_WORTH = 0.6  # worth of an open mouth, relative to a closed one
MIN_WORTH = 0.4  # minimum worth relative to the best: a wall is no alternative to a face
JPEG_QUANTIZER = 2

TitleOn = Callable[[Cover], Stamp | None]


class Thumbnails:
    """Takes pictures of the clip before captions are drawn and keeps the best that differ."""

    def __init__(self, scene: Composition) -> None:
        self._examiner = Examiner(scene)
        self._interval_s = max(MIN_LOOK_INTERVAL_S, scene.span.duration_s / MAX_LOOKS)
        self._next_s = scene.span.start_s
        self._pool: list[Candidate] = []
        self._last: Rgb | None = None  # the last picture that was looked at
        self._opening: tuple[str, int] | None = None
        self._sharpness: list[float] = []  # one per face so far
        self._mouths: list[float] = []

    def offer(self, t_s: float, surface: Surface) -> None:
        """Offer the picture at `t_s` of the scene as a candidate; times ascend."""
        if t_s < self._next_s - 1e-6:
            return
        self._next_s = t_s + self._interval_s
        picture = surface.viewable()
        small = self._examiner.shrink(picture)
        if self._last is not None and _differences(self._last, small).max() < STILL_LEVELS:
            return
        new = self._examiner.examine(t_s, picture, small)
        self._last = small if new.settled else None
        self._opening = self._opening or new.opening
        self._sharpness += [face.sharp for face in new.portraits]
        self._mouths += [face.mouth for face in new.portraits]
        self._pool.append(new)
        if len(self._pool) > MAX_POOL:
            self._pool.remove(least := self._least())
            if least is new:
                return
        self._pool[-1] = replace(new, picture=copy_of(picture))  # text is drawn on the other

    def _least(self) -> Candidate:
        """Return the worst of the pool, if possible one that differs from no better one."""
        ranked = sorted(self._pool, key=self._score, reverse=True)
        same = [c for n, c in enumerate(ranked) if not all(_differ(c, b) for b in ranked[:n])]
        return (same or ranked)[-1]

    def best(self) -> list[Candidate]:
        """Return up to MAX_THUMBNAILS candidates that differ, the best first; at least one."""
        assert self._pool, "a clip has at least one picture"
        ranked = sorted(self._pool, key=self._score, reverse=True)
        least = MIN_WORTH * self._score(ranked[0])
        found: list[Candidate] = []
        for candidate in ranked:
            good = self._score(candidate) >= least
            if good and all(_differ(candidate, other) for other in found):
                found.append(candidate)
        return found[:MAX_THUMBNAILS]

    def save(self, stem: Path, title_on: TitleOn = lambda _picture: None) -> tuple[Path, ...]:
        """Write the best as JPEGs, each with its title: stem.jpg, stem.2.jpg, stem.3.jpg.

        Returns the files. Those of an earlier rendering that are not among them are deleted.
        """
        chosen, paths = self.best(), _paths(stem)
        with atomic_write(*paths[: len(chosen)]) as parts:
            for part, candidate in zip(parts, chosen, strict=True):
                if (title := title_on(candidate.cover)) is not None:
                    blend(candidate.picture, title)
                part.write_bytes(jpeg(candidate.picture, JPEG_QUANTIZER))
        for path in paths[len(chosen) :]:
            path.unlink(missing_ok=True)
        return paths[: len(chosen)]

    def _score(self, candidate: Candidate) -> float:
        """Score how well a picture represents the clip, as far as it has been seen; >= 0."""
        worth = candidate.plain
        if candidate.portraits:
            faces = [self._compare(face) for face in candidate.portraits]
            worth += FACE_BONUS * (WORST_FACE * min(faces) + (1 - WORST_FACE) * max(faces))
        if candidate.opening != self._opening:
            worth *= OTHER_OPENING_WORTH
        return worth if candidate.settled else UNSETTLED_WORTH * worth

    def _compare(self, face: Portrait) -> float:
        """Return the worth of a face beside the clip's others, 0..1."""
        sharp = min(1.0, face.sharp / max(1e-6, median(self._sharpness)))
        closed = min(self._mouths)
        spread = min(max(max(self._mouths) - closed, MOUTH_RANGE[0]), MOUTH_RANGE[1])
        opened = min(1.0, (face.mouth - closed) / spread)
        return face.worth * sharp * (1 - (1 - OPEN_MOUTH_WORTH) * opened)


def _paths(stem: Path) -> tuple[Path, ...]:
    """Return the files of a clip's thumbnails, the best first."""
    ends = (".jpg", *(f".{n}.jpg" for n in range(2, MAX_THUMBNAILS + 1)))
    return tuple(stem.parent / f"{stem.name}{end}" for end in ends)


def _differ(a: Candidate, b: Candidate) -> bool:
    """Whether somebody would see two pictures, not one."""
    if a.layout == b.layout and abs(a.t_s - b.t_s) < MIN_APART_S:
        return False
    return float(_differences(a.small, b.small).mean()) >= MIN_DIFFERENCE_LEVELS


def _differences(a: Rgb, b: Rgb) -> npt.NDArray[np.int16]:
    """Return how far two pictures differ at some points, levels of 255."""
    few = slice(None, None, COMPARED_STEP)
    return np.asarray(np.abs(a[few, few].astype(np.int16) - b[few, few]), np.int16)
