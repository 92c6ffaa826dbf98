"""Blends a drawn tile into a yuv420p picture, in its own rectangle only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from pipeline.planes import pixels
from pipeline.typeset import Tile

Words = npt.NDArray[np.uint16]

# BT.709, limited range: rows are Y, Cb, Cr of full-range R, G, B in 0..255
_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_Y = np.array([_KR, _KG, _KB]) * 219 / 255
_CB = np.array([-_KR, -_KG, 1 - _KB]) / (2 * (1 - _KB)) * 224 / 255
_CR = np.array([1 - _KR, -_KG, -_KB]) / (2 * (1 - _KR)) * 224 / 255


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A tile ready to be blended: per plane what is added, and what is kept of the ground."""

    x: int  # even
    y: int
    added: tuple[Words, Words, Words]  # 256 times the premultiplied value
    kept: tuple[Words, Words, Words]  # 0..256


def prepare(tile: Tile) -> Stamp:
    """The tile's colours as BT.709 planes, chroma at half size."""
    rgba = tile.rgba.astype(np.float64)
    alpha = rgba[..., 3] / 255
    rgb = rgba[..., :3]  # premultiplied, so that offsets are weighted with alpha
    luma = rgb @ _Y + 16 * alpha
    cb, cr = (_halved(rgb @ row + 128 * alpha) for row in (_CB, _CR))
    small = _halved(alpha)
    return Stamp(
        x=tile.x,
        y=tile.y,
        added=(_scaled(luma), _scaled(cb), _scaled(cr)),
        kept=(_kept(alpha), _kept(small), _kept(small)),
    )


def faded(stamp: Stamp, share: float) -> Stamp:
    """The stamp with `share` of its opacity, 0..1."""
    part = round(share * 256)
    y, cb, cr = (_share(plane, part) for plane in stamp.added)
    kept_y, kept_cb, kept_cr = (256 - _share(256 - plane, part) for plane in stamp.kept)
    return Stamp(x=stamp.x, y=stamp.y, added=(y, cb, cr), kept=(kept_y, kept_cb, kept_cr))


def blend(frame: VideoFrame, stamp: Stamp) -> None:
    """Draw on `frame`, yuv420p and not shared, in place."""
    for n, plane in enumerate(frame.planes):
        shift = 1 if n else 0
        added, kept = stamp.added[n], stamp.kept[n]
        h, w = added.shape
        x, y = stamp.x >> shift, stamp.y >> shift
        ground = pixels(plane)[y : y + h, x : x + w]
        mixed = ground * kept  # 255 * 256 fits 16 bits
        mixed += added
        mixed += 128
        ground[...] = mixed >> 8


def _halved(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Averages of 2 x 2 pixels."""
    h, w = values.shape
    return np.asarray(values.reshape(h // 2, 2, w // 2, 2).mean(axis=(1, 3)))


def _share(values: Words, part: int) -> Words:
    """`part` of 256 of them."""
    return np.asarray(values.astype(np.uint32) * part // 256, dtype=np.uint16)


def _kept(alpha: npt.NDArray[np.float64]) -> Words:
    return np.asarray(np.rint((1 - alpha) * 256), dtype=np.uint16)


def _scaled(values: npt.NDArray[np.float64]) -> Words:
    """256 times the value, low enough that rounding never passes 16 bits."""
    return np.asarray(np.clip(np.rint(values * 256), 0, 65_535 - 128 - 255), dtype=np.uint16)
