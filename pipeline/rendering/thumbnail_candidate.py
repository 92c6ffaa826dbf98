"""Examines one picture of a clip that may become a thumbnail: its people, its light, its moment.

Each pane's best face is rated as a portrait. A picture within a camera move or near a cut, where
pictures are blurred or mixed, is not settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from pipeline.captions.cover_title import Cover
from pipeline.core.data import CropSegment
from pipeline.core.layout import Pane, crops_at, panes_of
from pipeline.editing.composition import Composition
from pipeline.media.frames import fit_within
from pipeline.media.planes import pixels
from pipeline.rendering.portrait import Portrait, portray
from pipeline.vision import face_detector
from pipeline.vision.face_tracking import MIN_CONFIDENCE

Gray = npt.NDArray[np.uint8]
Rgb = npt.NDArray[np.uint8]

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


class Examiner:
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
