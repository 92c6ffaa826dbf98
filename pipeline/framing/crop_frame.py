"""Frames faces in the source's picture: the size of the crop and its movement."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import Box, CropKey, CropSegment, FaceTrack, Shot, VideoStream
from pipeline.framing.best_path import STEP_S
from pipeline.framing.camera_path import Tube, solve
from pipeline.framing.subjects import Stretch
from pipeline.vision.tracks import boxes_at, presence

MAX_ENLARGEMENT = 2.5  # a closer zoom only shows the source's pixels
MAX_WINDOW_ENLARGEMENT = 5.5  # maximum zoom into a small window, else it is shown whole
MAX_WINDOW_SHARE = 0.5  # share of the source's area; a larger area is not a window
TARGET_FACE_SHARE = 0.15  # share of the crop's height, if the source has enough pixels
SAME_SHAPE_RATIO = (
    1.12  # a source this near to the output's shape is shown whole except for the overhang
)
EYES_HEIGHT = 0.36  # height of the eyes below the crop's top, share of the crop's height
DEAD_ZONE = 0.07  # distance a face moves freely, each way, share of the crop's side
COMPARABLE = 0.7  # size relative to the subject's from which a face must not be cropped away
# Space around a face, share of its size; the first without movement wins.
MARGINS = (0.12, 0.06, 0.0)
MIN_SLIDE_WRITING = 0.08  # share of writing that makes a picture a slide
MAX_FACE_BESIDE_SLIDE = 0.25  # share of the height; behind a larger face, the slide is background
FACE_ROOM = 1.08  # minimum crop around a face, multiple of the face's width and height
WIDE_ROOM = 1.2  # upper limit on that width, multiple of the face's
KEY_INTERVAL_S = 1 / 15  # interval between keys of a moving camera


@dataclass(frozen=True, slots=True)
class Frame:
    """An area of the source and the largest crop of the output's shape in it, in display pixels."""

    left: float  # left edge of the area in the source's picture
    top: float
    width: float
    height: float
    ratio: float  # output's width over its height
    max_h: float  # height of the largest crop
    min_h: float
    target_h: float  # clip height, in the clip's own pixels
    is_window: bool = False  # whether the area is a small part of the source

    @classmethod
    def of(cls, video: VideoStream, width: int, height: int, *, area: Box | None = None) -> "Frame":
        """Return the frame of clips of `width` x `height`, in an area (default: everything)."""
        area = area or Box(x=0.0, y=0.0, w=float(video.width), h=float(video.height))
        ratio = width / height
        max_h = min(area.h, area.w / ratio)
        return cls(
            left=area.x,
            top=area.y,
            width=area.w,
            height=area.h,
            ratio=ratio,
            max_h=max_h,
            min_h=min(max_h, height / MAX_ENLARGEMENT),
            target_h=height,
            is_window=area.w * area.h < MAX_WINDOW_SHARE * video.width * video.height,
        )

    @property
    def alike(self) -> bool:
        """Whether the area has nearly the output's shape."""
        return 1 / SAME_SHAPE_RATIO <= (self.width / self.height) / self.ratio <= SAME_SHAPE_RATIO

    def is_slide(self, shot: Shot) -> bool:
        """Whether a crop would lose essential content: writing, with only small faces beside it."""
        tallest = max((f.box.h for t in shot.tracks for f in t.faces), default=0.0)
        beside = tallest <= MAX_FACE_BESIDE_SLIDE * self.height
        return shot.writing >= MIN_SLIDE_WRITING and beside and not self.alike

    def segment(
        self, part: Stretch, tracks: tuple[FaceTrack, ...], *, decided: bool, may_fit: bool = True
    ) -> CropSegment:
        """Return the layout and camera path of one stretch; always a crop if not `may_fit`."""
        may_fit = may_fit and not self.alike
        if part.subject is None:
            return self.whole(part.start_s, part.end_s) if may_fit else self._center(part)
        times = moments(part.start_s, part.end_s)
        faces, fits = self._worth_showing(part.subject, tracks, times)
        h = self._crop_height(faces)
        blurred = self.target_h > MAX_WINDOW_ENLARGEMENT * self.max_h
        if may_fit and (
            (self.is_window and blurred) or not self._holds(faces, h) or (not fits and not decided)
        ):
            return self.whole(part.start_s, part.end_s)
        return crop(part.start_s, part.end_s, self.follow(times, faces, h))

    def whole(self, start_s: float, end_s: float) -> CropSegment:
        """Show the whole area, without movement."""
        box = Box(x=self.left, y=self.top, w=self.width, h=self.height)
        return CropSegment(
            start_s=start_s, end_s=end_s, layout="fit", keys=(CropKey(t_s=start_s, box=box),)
        )

    def on(self, person: FaceTrack, start_s: float, end_s: float) -> CropSegment:
        """Follow one person, whoever else is there; as close as the size of the face suggests."""
        times = moments(start_s, end_s)
        faces = boxes_at(person, times)
        return crop(start_s, end_s, self.follow(times, faces, self._crop_height(faces)))

    def at(self, x: float, y: float, start_s: float, end_s: float) -> CropSegment:
        """Show the largest crop, with a place of the source in the middle as far as it goes."""
        w, h = self.max_h * self.ratio, self.max_h
        box = Box(
            x=min(max(self.left, x - w / 2), self.left + self.width - w),
            y=min(max(self.top, y - h / 2), self.top + self.height - h),
            w=w,
            h=h,
        )
        return crop(start_s, end_s, (CropKey(t_s=start_s, box=box),))

    def _center(self, part: Stretch) -> CropSegment:
        """Show the largest crop, centered."""
        x, y = self.left + self.width / 2, self.top + self.height / 2
        return self.at(x, y, part.start_s, part.end_s)

    def holds_all(self, people: Sequence[FaceTrack], start_s: float, end_s: float) -> bool:
        """Whether one crop can hold these people all the time."""
        times = moments(start_s, end_s)
        return self._holds(reduce(_union, (boxes_at(p, times) for p in people)), self.max_h)

    def holds(self, faces: F64, room: float = FACE_ROOM) -> bool:
        """Whether the largest crop can hold the boxes (4, n), each by itself, with `room`."""
        return self._holds(faces, self.max_h, room)

    def _worth_showing(
        self, subject: FaceTrack, tracks: tuple[FaceTrack, ...], times: F64
    ) -> tuple[F64, bool]:
        """Join the subject's box with those of others that fit into one crop, shape (4, n).

        Also returns False if somebody of comparable size does not fit.
        """
        joined = boxes_at(subject, times)
        size = float(np.median(joined[3] - joined[1]))
        fits = True
        for other in tracks:
            there = presence(other, times)
            if other is subject or there.mean() < 0.5:
                continue
            box = boxes_at(other, times)
            if float(np.median(box[3] - box[1])) < COMPARABLE * size:
                continue
            both = np.where(there, _union(joined, box), joined)
            if self._holds(both, self.max_h):
                joined = both
            else:
                fits = False
        return joined, fits

    def _holds(self, faces: F64, h: float, room: float = FACE_ROOM) -> bool:
        """Whether a crop of height `h` can hold the boxes (4, n) at every moment."""
        w = h * self.ratio
        return bool(
            (faces[2] - faces[0]).max() * min(room, WIDE_ROOM) <= w
            and (faces[3] - faces[1]).max() * room <= h
        )

    def _crop_height(self, faces: F64) -> float:
        """Return the crop's height: below the maximum only for small faces with pixels to spare."""
        wanted = float(np.percentile(faces[3] - faces[1], 90)) / TARGET_FACE_SHARE
        h = max(wanted, self.min_h)
        near = wanted <= 0.85 * self.max_h and not self.alike and self._holds(faces, h)
        return h if near else self.max_h

    def follow(
        self, times: F64, faces: F64, h: float, eyes_height: float = EYES_HEIGHT
    ) -> tuple[CropKey, ...]:
        """Return the path of a crop of height `h` that keeps the boxes (4, n) inside.

        eyes_height: where the eyes are wanted, share of the crop's height from its top.
        """
        w = h * self.ratio
        left, top, right, bottom = faces - np.array([[self.left], [self.top]] * 2)
        x = self.left + _axis(times, (left + right) / 2 - w / 2, (left, right), w, self.width)
        eyes = top + 0.4 * (bottom - top)
        y = self.top + _axis(
            times, eyes - eyes_height * h, (top - 0.3 * (bottom - top), bottom), h, self.height
        )
        keys = tuple(
            CropKey(t_s=float(t), box=Box(x=float(px), y=float(py), w=w, h=h))
            for t, px, py in zip(times, x, y, strict=True)
        )
        return _without_idle(keys)


def crop(start_s: float, end_s: float, keys: tuple[CropKey, ...]) -> CropSegment:
    """Return a segment that shows one crop."""
    return CropSegment(start_s=start_s, end_s=end_s, layout="crop", keys=keys)


def moments(start_s: float, end_s: float) -> F64:
    """Return the times at which the camera's position is computed, shape (n,)."""
    count = max(2, round((end_s - start_s) / KEY_INTERVAL_S) + 1)
    return np.linspace(start_s, end_s, count)


def _union(a: F64, b: F64) -> F64:
    """Return the smallest boxes around both, shape (4, n)."""
    return np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])])


def _axis(times: F64, wanted: F64, face: tuple[F64, F64], side: float, length: float) -> F64:
    """Return positions of a crop `side` long on an axis `length` long, shape (n,).

    If a face nearly fills the crop, its margin shrinks first so that the camera does not jitter.
    """
    limit = max(0.0, length - side)
    near, far = _extent(times, face)
    paths = []
    for room in MARGINS:
        margin = np.minimum(room * (far - near), np.maximum(0.0, (side - (far - near)) / 2))
        low = np.clip(far + margin - side, 0.0, limit)
        high = np.clip(near - margin, low, limit)
        slack = np.full(len(times), DEAD_ZONE * side)
        tube = Tube(
            times=times, wanted=np.clip(wanted, 0.0, limit), slack=slack, low=low, high=high
        )
        paths.append(np.clip(solve(tube), 0.0, limit))
        if np.ptp(paths[-1]) == 0:
            return paths[-1]
    return paths[0]


def _extent(times: F64, face: tuple[F64, F64]) -> tuple[F64, F64]:
    """Return the face's extent around each time, because it moves between two looks."""
    n = max(1, round(STEP_S / max(1e-6, float(times[1] - times[0]))))
    window = np.lib.stride_tricks.sliding_window_view
    near = window(np.pad(face[0], n, mode="edge"), 2 * n + 1).min(axis=1)
    far = window(np.pad(face[1], n, mode="edge"), 2 * n + 1).max(axis=1)
    return np.asarray(near), np.asarray(far)


def _without_idle(keys: tuple[CropKey, ...]) -> tuple[CropKey, ...]:
    """Keep only the keys at which the speed changes."""
    kept = [
        key
        for before, key, after in zip(keys, keys[1:], keys[2:], strict=False)
        if not _between(before.box.x, key.box.x, after.box.x)
        or not _between(before.box.y, key.box.y, after.box.y)
    ]
    moving = kept or keys[0].box != keys[-1].box
    return (keys[0], *kept, keys[-1]) if moving else (keys[0],)


def _between(before: float, now: float, after: float) -> bool:
    """Whether `now` is on the straight line between `before` and `after`, evenly spaced."""
    return abs(before + after - 2 * now) < 1e-3
