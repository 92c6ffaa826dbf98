"""Takes one picture of a source."""

import numpy as np
import skia

from pipeline.core.control import Control
from pipeline.core.data import Source, Span
from pipeline.media.frames import thumbnails

QUALITY = 80  # JPEG quality
MOMENT_S = 1e-3


def still(source: Source, at_s: float, *, side: int, control: Control) -> bytes | None:
    """Return a JPEG of the picture at a time, upright, its longer side at most `side` pixels.

    None where the source has no picture there. Raises Canceled.
    """
    moment = Span(start_s=at_s, end_s=at_s + MOMENT_S)
    for _, picture in thumbnails(source, moment, control=control, side=side):
        opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
        rgba = np.ascontiguousarray(np.concatenate([picture, opaque], axis=2))
        image = skia.Image.fromarray(rgba, colorType=skia.kRGBA_8888_ColorType)
        return bytes(image.encodeToData(skia.kJPEG, QUALITY))
    return None
