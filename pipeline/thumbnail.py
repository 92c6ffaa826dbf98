"""Picks the picture that stands for a clip: sharp, bright enough, with a face. Writes a JPEG."""

from pathlib import Path

import numpy as np
import skia
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

from pipeline.faces import detect
from pipeline.frames import fit_within
from pipeline.planes import copy_of, pixels
from pipeline.surface import Surface

LOOK_SIDE = 320  # pixels
EVERY_S = 0.25  # between candidates
FIRST_S = 4.0  # of the clip: the hook is there
JPEG_QUALITY = 88
FACE_BONUS = 3.0  # a picture with a face beats any without


class Thumbnail:
    """Takes pictures of the clip before captions are drawn; keeps the best."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._best: VideoFrame | None = None
        self._score = -1.0
        self._next_s = 0.0

    def offer(self, t_s: float, surface: Surface) -> None:
        """A picture at `t_s` of the clip."""
        if t_s < self._next_s or (t_s > FIRST_S and self._best is not None):
            return
        self._next_s = t_s + EVERY_S
        picture = surface.seen()
        score = self._rate(picture)
        if score > self._score:
            self._score, self._best = score, copy_of(picture)

    def save(self, path: Path) -> None:
        """Write the best picture as a JPEG; at least one must have been offered."""
        assert self._best is not None, "a clip has at least one picture"
        # One thread: several leave rubbish at the left edge of rows where their parts meet.
        rgba = self._reformatter.reformat(
            self._best, format="rgba", src_colorspace=Colorspace.ITU709, threads=1
        ).to_ndarray()
        image = skia.Image.fromarray(
            np.ascontiguousarray(rgba), colorType=skia.kRGBA_8888_ColorType
        )
        path.write_bytes(bytes(image.encodeToData(skia.kJPEG, JPEG_QUALITY)))

    def _rate(self, picture: VideoFrame) -> float:
        """How well it shows the clip, >= 0."""
        size = fit_within(picture.width, picture.height, LOOK_SIDE)
        small = self._reformatter.reformat(
            picture, *size, format="rgb24", interpolation=Interpolation.BILINEAR
        )
        faces = detect(np.asarray(small.to_ndarray(), dtype=np.uint8), *size)
        largest = max((f.box.h * f.confidence for f in faces), default=0.0) / size[1]
        rows = pixels(picture.planes[0])[::4].astype(np.int16)
        sharp = float(np.abs(np.diff(rows, axis=1)).mean())
        lit = min(1.0, float(rows.mean()) / 60)
        face = FACE_BONUS * min(1.0, 0.3 + largest) if faces else 0.0
        return sharp / (sharp + 3.0) * lit + face
