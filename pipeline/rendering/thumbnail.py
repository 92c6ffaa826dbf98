"""Picks a clip's thumbnail: a face with open eyes, sharp, bright enough."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import skia
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from pipeline.captions.blending import Stamp, blend
from pipeline.media.frames import fit_within
from pipeline.media.planes import copy_of, pixels
from pipeline.rendering.eye_openness import measure_openness
from pipeline.rendering.surface import Surface
from pipeline.vision import face_detector
from pipeline.vision.face_tracking import MIN_CONFIDENCE

DETECTION_SIDE_PIXELS = 320
CANDIDATE_INTERVAL_S = 0.25
MAX_CANDIDATE_S = 4.0  # of the clip: the hook is there
JPEG_QUALITY = 88
FACE_BONUS = 4.0  # a picture with a face beats any without
CLOSED_EYES_WEIGHT = 0.5  # of a face with closed eyes, relative to open ones
HALF_OPENNESS = 1.0  # openness worth half of the rest; sharp open eyes have 3, small ones 0.5


class Thumbnail:
    """Takes pictures of the clip before captions are drawn and keeps the best."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._best: VideoFrame | None = None
        self._score = -1.0
        self._next_s = 0.0
        self.t_s = 0.0  # time of the best picture on the clip's clock

    def offer(self, t_s: float, surface: Surface) -> None:
        """Offer the picture at `t_s` of the clip as a candidate."""
        if t_s < self._next_s or (t_s > MAX_CANDIDATE_S and self._best is not None):
            return
        self._next_s = t_s + CANDIDATE_INTERVAL_S
        picture = surface.viewable()
        score = self._rate(picture)
        if score > self._score:
            self._score, self._best, self.t_s = score, copy_of(picture), t_s

    def save(self, path: Path, title: Stamp | None = None) -> None:
        """Write the best picture, with `title` over it, as a JPEG; requires an offered picture."""
        assert self._best is not None, "a clip has at least one picture"
        if title is not None:
            blend(self._best, title)
        # One thread: several leave garbage at the left edge of rows where their parts meet.
        rgba = self._reformatter.reformat(
            self._best, format="rgba", src_colorspace=Colorspace.ITU709, threads=1
        ).to_ndarray()
        image = skia.Image.fromarray(
            np.ascontiguousarray(rgba), colorType=skia.kRGBA_8888_ColorType
        )
        path.write_bytes(bytes(image.encodeToData(skia.kJPEG, JPEG_QUALITY)))

    def _rate(self, picture: VideoFrame) -> float:
        """Score how well the picture represents the clip, >= 0."""
        size = fit_within(picture.width, picture.height, DETECTION_SIDE_PIXELS)
        small = self._reformatter.reformat(
            picture, *size, format="rgb24", interpolation=Interpolation.BILINEAR
        )
        gray = pixels(picture.planes[0])
        faces = face_detector.detect_with_eyes(np.asarray(small.to_ndarray(), dtype=np.uint8))
        face = max((_score_face(found, size[1], gray) for found in faces), default=0.0)
        rows = gray[::4].astype(np.int16)
        sharp = float(np.abs(np.diff(rows, axis=1)).mean())
        lit = min(1.0, float(rows.mean()) / 60)
        return sharp / (sharp + 3.0) * lit + FACE_BONUS * face


def _score_face(
    found: face_detector.FaceWithEyes, height: int, gray: npt.NDArray[np.uint8]
) -> float:
    """Score a face found in a picture of `height`, 0..1; `gray` is the full-size picture."""
    _, _, _, tall, percent = found.face
    if percent < 100 * MIN_CONFIDENCE:
        return 0.0
    scale = gray.shape[0] / height
    left, right = ((x * scale, y * scale) for x, y in found.eyes)
    opened = measure_openness(gray, left, right)
    large = min(1.0, 0.3 + percent / 100 * tall / height)
    return large * (
        CLOSED_EYES_WEIGHT + (1 - CLOSED_EYES_WEIGHT) * opened / (opened + HALF_OPENNESS)
    )
