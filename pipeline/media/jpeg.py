"""Encodes one picture as JPEG."""

import numpy as np
import skia
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter


def jpeg(picture: VideoFrame, quality: int, *, width: int | None = None) -> bytes:
    """Encode a BT.709 picture, at most `width` pixels wide; `quality` 0..100, 88 looks like it."""
    size = {}
    if width is not None and width < picture.width:
        height = max(1, round(picture.height * width / picture.width))
        size = {"width": width, "height": height}
    # One thread: several leave garbage at the left edge of rows where their parts meet.
    rgba = (
        VideoReformatter()
        .reformat(picture, **size, format="rgba", src_colorspace=Colorspace.ITU709, threads=1)
        .to_ndarray()
    )
    image = skia.Image.fromarray(np.ascontiguousarray(rgba), colorType=skia.kRGBA_8888_ColorType)
    return bytes(image.encodeToData(skia.kJPEG, quality))
