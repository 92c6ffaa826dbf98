"""Blends a drawn tile into a yuv420p picture, in its own rectangle only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from pipeline.captions.typesetting import Tile
from pipeline.media.planes import pixels

Words = npt.NDArray[np.uint16]

# BT.709, limited range: the columns turn premultiplied full-range R, G, B, A in 0..255 into Y, Cb,
# Cr and alpha (0..1); offsets are weighted with alpha
_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_Y = (_KR * 219, _KG * 219, _KB * 219, 16)
_CB = (*(np.array([-_KR, -_KG, 1 - _KB]) / (2 * (1 - _KB)) * 224), 128)
_CR = (*(np.array([1 - _KR, -_KG, -_KB]) / (2 * (1 - _KR)) * 224), 128)
_PLANES = np.array([_Y, _CB, _CR, (0, 0, 0, 1)], dtype=np.float32).T / np.float32(255)


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A tile prepared for blending: what is added to each plane, and the ground's share."""

    x: int  # even
    y: int
    added: tuple[Words, Words, Words]  # 256 times the premultiplied value
    kept: tuple[Words, Words, Words]  # 0..256


def prepare(tile: Tile) -> Stamp:
    """Convert the tile's colors to BT.709 planes, chroma at half size."""
    planes: npt.NDArray[np.float32] = tile.rgba.astype(np.float32) @ _PLANES
    small = planes[0::2, 0::2] + planes[0::2, 1::2] + planes[1::2, 0::2] + planes[1::2, 1::2]
    small *= np.float32(1 / 4)
    return Stamp(
        x=tile.x,
        y=tile.y,
        added=(
            _added_levels(planes[..., 0]),
            _added_levels(small[..., 1]),
            _added_levels(small[..., 2]),
        ),
        kept=(
            _kept_levels(planes[..., 3]),
            _kept_levels(small[..., 3]),
            _kept_levels(small[..., 3]),
        ),
    )


def fade_stamp(stamp: Stamp, share: float) -> Stamp:
    """Return the stamp with `share` of its opacity, 0..1."""
    part = round(share * 256)
    y, cb, cr = (_scale_share(plane, part) for plane in stamp.added)
    kept_y, kept_cb, kept_cr = (256 - _scale_share(256 - plane, part) for plane in stamp.kept)
    return Stamp(x=stamp.x, y=stamp.y, added=(y, cb, cr), kept=(kept_y, kept_cb, kept_cr))


def blend(frame: VideoFrame, stamp: Stamp) -> None:
    """Blend `stamp` into `frame`, yuv420p and not shared, in place."""
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


def _scale_share(values: Words, part: int) -> Words:
    """Multiply the values by `part` / 256."""
    return np.asarray(values.astype(np.uint32) * part // 256, dtype=np.uint16)


def _kept_levels(alpha: npt.NDArray[np.float32]) -> Words:
    return np.asarray(np.rint((1 - alpha) * 256), dtype=np.uint16)


def _added_levels(values: npt.NDArray[np.float32]) -> Words:
    """Return 256 times the values, clipped so that rounding never overflows 16 bits."""
    return np.asarray(np.clip(np.rint(values * 256), 0, 65_535 - 128 - 255), dtype=np.uint16)
