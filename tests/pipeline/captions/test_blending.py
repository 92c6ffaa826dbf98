"""A stamp is blended into its own rectangle of a picture."""

import numpy as np
from av.video.frame import VideoFrame

from pipeline.captions.drawing.blending import blend, colors, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.media.planes import pixels


def test_a_stamp_changes_its_own_rectangle_only_and_white_stays_white() -> None:
    frame = VideoFrame(64, 48, "yuv420p")
    for plane, value in zip(frame.planes, (60, 90, 200), strict=True):
        pixels(plane)[...] = value
    rgba = np.zeros((8, 12, 4), np.uint8)
    rgba[:4] = 255  # opaque white above, nothing below
    rgba[4:6] = (128, 0, 0, 128)  # half red, premultiplied
    blend(frame, prepare(Tile(10, 6, rgba)))
    luma, cb, cr = (pixels(plane) for plane in frame.planes)
    assert (luma[6:10, 10:22] == 235).all()
    assert (cb[3:5, 5:11] == 128).all()
    assert (cr[3:5, 5:11] == 128).all()
    assert abs(int(luma[10, 10]) - (60 + 63) / 2) <= 1
    assert (luma[12:14, 10:22] == 60).all()
    luma[6:14, 10:22], cb[3:7, 5:11], cr[3:7, 5:11] = 60, 90, 200
    assert (luma == 60).all()
    assert (cb == 90).all()
    assert (cr == 200).all()


def test_a_stamp_gives_its_colors_back() -> None:
    rgba = np.zeros((8, 12, 4), np.uint8)
    rgba[:4] = (250, 120, 30, 255)
    rgba[4:6] = (20, 0, 90, 128)  # premultiplied
    assert np.abs(colors(prepare(Tile(10, 6, rgba))) - rgba).max() <= 2
