"""Picks a clip's thumbnails: up to three pictures that differ, the best composed first.

A picture of a person is worth what `portrait` says, compared with the clip's other pictures in
sharpness and in how far the mouth is open. None within a camera move or near a cut, where pictures
are blurred or mixed, is taken unless there is no other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from pipeline.captions.cover_title import Cover
from pipeline.captions.drawing.blending import Stamp, blend
from pipeline.core.atomic import atomic_write
from pipeline.core.data import CropSegment
from pipeline.core.layout import Pane, crops_at, panes_of
from pipeline.editing.composition import Composition
from pipeline.media.frames import fit_within
from pipeline.media.jpeg import jpeg
from pipeline.media.planes import copy_of, pixels
from pipeline.rendering.portrait import Portrait, portray
from pipeline.rendering.surface import Surface
from pipeline.vision import face_detector
from pipeline.vision.face_tracking import MIN_CONFIDENCE

Gray = npt.NDArray[np.uint8]
Rgb = npt.NDArray[np.uint8]
TitleOn = Callable[[Cover], Stamp | None]

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
DETECTION_SIDE_PIXELS = 256
SETTLED_S = 0.4  # minimum time to a cut on either side: a crossfade lasts longer than it seems
MOVE_REACH_S = 0.2  # time before and after a picture during which the camera must be still
MAX_MOVE = 0.02  # move within that time, share of the crop's width; allows a slow zoom
HALF_SHARP_LEVELS = 3.0  # mean step between neighboring pixels of a picture half as good as any
LIT_LEVELS = 60  # mean luma from which a picture is not dark


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A picture that may become a thumbnail."""

    t_s: float  # on the scene's clock
    picture: VideoFrame
    small: Rgb  # (h, w, 3), RGB, DETECTION_SIDE_PIXELS
    portraits: Sequence[Portrait]  # the best of each pane that has one
    faces: Sequence[tuple[float, float]]  # top and bottom of all, pixels
    plain: float  # worth of the picture without its faces, 0..1
    layout: str
    settled: bool

    @property
    def opening(self) -> tuple[str, int]:
        """Return what somebody sees at a glance: the layout and the number of people."""
        return self.layout, len(self.portraits)

    @property
    def cover(self) -> Cover:
        """Return what the title has to know of the picture."""
        size = self.picture.width, self.picture.height
        return Cover(t_s=self.t_s, size=size, rgb=self.small, faces=self.faces)


class Thumbnails:
    """Takes pictures of the clip before captions are drawn and keeps the best that differ."""

    def __init__(self, scene: Composition) -> None:
        self._examiner = _Examiner(scene)
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


class _Examiner:
    """Examines pictures of one scene."""

    def __init__(self, scene: Composition) -> None:
        self._segments = scene.path.segments
        self._cuts_s = [shot.start_s for shot in scene.shots[1:]]
        self._cuts_s += [segment.start_s for segment in scene.path.segments[1:]]
        self._reformatter = VideoReformatter()

    def shrink(self, picture: VideoFrame) -> Rgb:
        """Return the picture as faces are looked for in it, (h, w, 3) RGB."""
        size = fit_within(picture.width, picture.height, DETECTION_SIDE_PIXELS)
        small = self._reformatter.reformat(
            picture, *size, format="rgb24", interpolation=Interpolation.BILINEAR
        )
        return np.asarray(small.to_ndarray(), dtype=np.uint8)

    def examine(self, t_s: float, picture: VideoFrame, small: Rgb) -> Candidate:
        """Examine a picture at `t_s` of the scene; `small` is what `shrink` makes of it."""
        gray = pixels(picture.planes[0])
        segment = self._segment_at(t_s)
        panes = _panes(segment, t_s, picture.width, picture.height)
        scale = picture.height / small.shape[0]
        faces: dict[Pane, Portrait] = {}
        everyone: list[tuple[float, float]] = []
        for found in face_detector.detect_with_landmarks(small):
            pane = _pane_around(found.face, scale, panes)
            if pane is None or found.face[4] < 100 * MIN_CONFIDENCE:
                continue
            face = portray(found, scale, gray, pane)
            everyone.append((face.top, face.bottom))
            if pane not in faces or face.worth > faces[pane].worth:
                faces[pane] = face
        return Candidate(
            t_s=t_s,
            picture=picture,
            small=small,
            portraits=tuple(faces.values()),
            faces=tuple(everyone),
            plain=_rate_picture(gray),
            layout="" if segment is None else segment.layout,
            settled=self._is_settled(segment, t_s),
        )

    def _segment_at(self, t_s: float) -> CropSegment | None:
        last = self._segments[-1] if self._segments else None
        return next((s for s in self._segments if t_s < s.end_s), last)

    def _is_settled(self, segment: CropSegment | None, t_s: float) -> bool:
        """Whether the picture is far from cuts and the camera stands."""
        if any(abs(t_s - cut_s) < SETTLED_S for cut_s in self._cuts_s):
            return False
        if segment is None:
            return True
        boxes = zip(
            crops_at(segment, t_s - MOVE_REACH_S),
            crops_at(segment, t_s + MOVE_REACH_S),
            strict=True,
        )
        return all(
            max(abs(a.x - b.x), abs(a.y - b.y), abs(a.w - b.w)) <= MAX_MOVE * a.w for a, b in boxes
        )


def _panes(segment: CropSegment | None, t_s: float, width: int, height: int) -> tuple[Pane, ...]:
    if segment is None:
        return (Pane(0, 0, width, height),)
    return panes_of(segment.layout, crops_at(segment, t_s), width, height)


def _pane_around(face: face_detector.Found, scale: float, panes: Sequence[Pane]) -> Pane | None:
    """Return the pane with the middle of a face, if any."""
    x, y = scale * (face[0] + face[2] / 2), scale * (face[1] + face[3] / 2)
    return next((p for p in panes if p.x <= x < p.x + p.width and p.y <= y < p.y + p.height), None)


def _rate_picture(gray: Gray) -> float:
    """Rate sharpness and light of a whole picture, 0..1."""
    rows = gray[::4].astype(np.int16)
    sharp = float(np.abs(np.diff(rows, axis=1)).mean())
    return sharp / (sharp + HALF_SHARP_LEVELS) * min(1.0, float(rows.mean()) / LIT_LEVELS)
