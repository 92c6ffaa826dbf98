"""Plans the virtual camera: what part of each picture a clip shows. Knows nothing of encoding.

`look` finds shots and faces in one decode at low resolution; `plan` turns them into a crop path.
A shot is cropped to its subject; where the crop cannot hold what matters, or there is no face,
the whole picture is shown ("fit").
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.camera import Tube, solve
from pipeline.control import Control
from pipeline.data import (
    Box,
    CropKey,
    CropPath,
    CropSegment,
    FaceTrack,
    Options,
    Shot,
    Source,
    Span,
    VideoStream,
)
from pipeline.faces import FaceFinder
from pipeline.frames import thumbnails
from pipeline.shots import CutFinder
from pipeline.subjects import GRID_S, Stretch, Weight, boxes_at, presence, stretches

Floats = npt.NDArray[np.float64]

SIZES = {"9:16": (1080, 1920), "1:1": (1080, 1080), "4:5": (1080, 1350), "16:9": (1920, 1080)}
MAX_ENLARGEMENT = 2.5  # zooming in further than this only shows the source's pixels
FACE_SHARE = 0.15  # of the crop's height that a face should have, when there are pixels for it
ALIKE = 1.12  # a source this near to the output's shape is shown whole but for the overhang
EYES = 0.36  # the eyes' height in the crop, from the top
DEAD_ZONE = 0.07  # of the crop's side, to each side, in which a face moves freely
COMPARABLE = 0.7  # of the subject's size: a face that must not be cut away
MARGINS = (0.12, 0.06, 0.0)  # of the face, kept free around it: the first that can stand still
KEY_S = 1 / 15  # between keys of a moving camera
REPORT_EVERY = 16  # pictures


def look(source: Source, span: Span, *, control: Control) -> tuple[Shot, ...]:
    """Shots of `span` that abut and cover it, each with the faces in it; one decode.

    Empty when the source has no picture. Raises Canceled.
    """
    if source.video is None:
        return ()
    cuts, faces = CutFinder(), FaceFinder(source.video.width, source.video.height)
    for count, (t_s, picture) in enumerate(thumbnails(source, span, control=control)):
        cuts.add(t_s, picture)
        faces.add(t_s, picture)
        if count % REPORT_EVERY == 0:
            control.report("look", (t_s - span.start_s) / max(1e-6, span.duration_s))
    control.report("look", 1.0)
    inside = [t for t in cuts.cuts() if span.start_s < t < span.end_s]
    borders = [span.start_s, *inside, span.end_s]
    return tuple(
        # the first picture may be a little older than the span
        Shot(start_s=a, end_s=b, tracks=faces.tracks(a - 0.5 if a == span.start_s else a, b))
        for a, b in pairwise(borders)
    )


def output_size(options: Options) -> tuple[int, int]:
    """Width and height of the clip, even pixels; two thirds of it at quality "fast"."""
    width, height = SIZES[options.aspect_ratio]
    if options.quality == "fast":
        return width * 2 // 3 // 2 * 2, height * 2 // 3 // 2 * 2
    return width, height


def plan(
    source: Source,
    span: Span,
    shots: tuple[Shot, ...],
    options: Options,
    weight: Weight | None = None,
) -> CropPath:
    """The crop path of a clip: segments abut and cover `span`.

    `weight` tells how much each person deserves to be shown; without it size decides, and two
    people of about the same size are shown together.
    """
    width, height = output_size(options)
    segments: list[CropSegment] = []
    if source.video is not None:
        frame = _Frame.of(source.video, width, height)
        for shot in _clipped(shots, span):
            for part in stretches(shot, weight):
                segments.append(frame.segment(part, shot.tracks, decided=weight is not None))
    if not segments:
        size = (source.video.width, source.video.height) if source.video else (width, height)
        whole = Box(x=0.0, y=0.0, w=float(size[0]), h=float(size[1]))
        segments = [_still(span.start_s, span.end_s, "fit", whole)]
    return CropPath(width=width, height=height, segments=_merged(segments))


def _clipped(shots: tuple[Shot, ...], span: Span) -> list[Shot]:
    """The shots within `span`; the first and last reach to its ends."""
    inside = [s for s in shots if s.end_s > span.start_s and s.start_s < span.end_s]
    return [
        Shot(
            start_s=span.start_s if n == 0 else s.start_s,
            end_s=span.end_s if n == len(inside) - 1 else s.end_s,
            tracks=s.tracks,
        )
        for n, s in enumerate(inside)
    ]


def _still(start_s: float, end_s: float, layout: str, box: Box) -> CropSegment:
    """A segment in which nothing moves."""
    return CropSegment(
        start_s=start_s,
        end_s=end_s,
        layout="fit" if layout == "fit" else "crop",
        keys=(CropKey(t_s=start_s, box=box),),
    )


def _merged(segments: list[CropSegment]) -> tuple[CropSegment, ...]:
    """Neighbours that show the whole picture are one."""
    out: list[CropSegment] = []
    for s in segments:
        if out and s.layout == "fit" == out[-1].layout:
            out[-1] = _still(out[-1].start_s, s.end_s, "fit", s.keys[0].box)
        else:
            out.append(s)
    return tuple(out)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The source's picture and the largest crop of the output's shape in it, display pixels."""

    width: float
    height: float
    ratio: float  # of the output, width over height
    max_h: float  # of the crop
    min_h: float

    @classmethod
    def of(cls, video: VideoStream, width: int, height: int) -> "_Frame":
        ratio = width / height
        max_h = min(float(video.height), video.width / ratio)
        return cls(
            width=float(video.width),
            height=float(video.height),
            ratio=ratio,
            max_h=max_h,
            min_h=min(max_h, height / MAX_ENLARGEMENT),
        )

    def segment(
        self, part: Stretch, tracks: tuple[FaceTrack, ...], *, decided: bool
    ) -> CropSegment:
        """The layout and camera path of one stretch."""
        shape = (self.width / self.height) / self.ratio
        alike = 1 / ALIKE <= shape <= ALIKE
        if part.subject is None:
            box = self._centred() if alike else self._whole()
            return _still(part.start_s, part.end_s, "crop" if alike else "fit", box)
        times = _moments(part)
        faces, fits = self._worth_showing(part.subject, tracks, times)
        h = self._crop_height(faces) if not alike else self.max_h
        if not self._holds(faces, h):
            h = self.max_h
        if not alike and (not self._holds(faces, h) or (not fits and not decided)):
            return _still(part.start_s, part.end_s, "fit", self._whole())
        return self._follow(part, times, faces, h)

    def _whole(self) -> Box:
        return Box(x=0.0, y=0.0, w=self.width, h=self.height)

    def _centred(self) -> Box:
        w = self.max_h * self.ratio
        return Box(x=(self.width - w) / 2, y=(self.height - self.max_h) / 2, w=w, h=self.max_h)

    def _worth_showing(
        self, subject: FaceTrack, tracks: tuple[FaceTrack, ...], times: Floats
    ) -> tuple[Floats, bool]:
        """The subject's box joined with the others' where one crop holds them, shape (4, n).

        False with it when somebody of comparable size does not fit.
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
            both = np.where(there, _join(joined, box), joined)
            if self._holds(both, self.max_h):
                joined = both
            else:
                fits = False
        return joined, fits

    def _holds(self, faces: Floats, h: float) -> bool:
        """Whether a crop of height `h` can hold the boxes (4, n) at every moment."""
        w = h * self.ratio
        return bool(
            (faces[2] - faces[0]).max() * 1.08 <= w and (faces[3] - faces[1]).max() * 1.08 <= h
        )

    def _crop_height(self, faces: Floats) -> float:
        """Tighter than the whole height only for small faces with pixels to spare."""
        wanted = float(np.percentile(faces[3] - faces[1], 90)) / FACE_SHARE
        if wanted > 0.85 * self.max_h:
            return self.max_h
        return max(wanted, self.min_h)

    def _follow(self, part: Stretch, times: Floats, faces: Floats, h: float) -> CropSegment:
        """A crop of height `h` that keeps the boxes (4, n) inside."""
        w = h * self.ratio
        left, top, right, bottom = faces
        x = _axis(times, (left + right) / 2 - w / 2, (left, right), w, self.width)
        eyes = top + 0.4 * (bottom - top)
        y = _axis(times, eyes - EYES * h, (top - 0.3 * (bottom - top), bottom), h, self.height)
        keys = tuple(
            CropKey(t_s=float(t), box=Box(x=float(px), y=float(py), w=w, h=h))
            for t, px, py in zip(times, x, y, strict=True)
        )
        return CropSegment(
            start_s=part.start_s, end_s=part.end_s, layout="crop", keys=_without_idle(keys)
        )


def _moments(part: Stretch) -> Floats:
    """Times at which the camera's place is worked out, shape (n,)."""
    count = max(2, round((part.end_s - part.start_s) / KEY_S) + 1)
    return np.linspace(part.start_s, part.end_s, count)


def _join(a: Floats, b: Floats) -> Floats:
    """Smallest boxes around both, shape (4, n)."""
    return np.concatenate([np.minimum(a[:2], b[:2]), np.maximum(a[2:], b[2:])])


def _axis(
    times: Floats, wanted: Floats, face: tuple[Floats, Floats], side: float, length: float
) -> Floats:
    """Positions of a crop `side` long on an axis `length` long, shape (n,).

    A face that nearly fills the crop gets less room before the camera is made to tremble with it.
    """
    limit = max(0.0, length - side)
    near, far = _reach(times, face)
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


def _reach(times: Floats, face: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The face's extent over the moments around each time: it moves between two looks."""
    n = max(1, round(GRID_S / max(1e-6, float(times[1] - times[0]))))
    window = np.lib.stride_tricks.sliding_window_view
    near = window(np.pad(face[0], n, mode="edge"), 2 * n + 1).min(axis=1)
    far = window(np.pad(face[1], n, mode="edge"), 2 * n + 1).max(axis=1)
    return np.asarray(near), np.asarray(far)


def _without_idle(keys: tuple[CropKey, ...]) -> tuple[CropKey, ...]:
    """Only the keys at which the speed changes."""
    kept = [
        key
        for before, key, after in zip(keys, keys[1:], keys[2:], strict=False)
        if not _between(before.box.x, key.box.x, after.box.x)
        or not _between(before.box.y, key.box.y, after.box.y)
    ]
    moving = kept or keys[0].box != keys[-1].box
    return (keys[0], *kept, keys[-1]) if moving else (keys[0],)


def _between(before: float, now: float, after: float) -> bool:
    """Whether `now` is on the straight line, times being evenly spaced."""
    return abs(before + after - 2 * now) < 1e-3
