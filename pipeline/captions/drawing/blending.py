"""Blends a drawn tile into a yuv420p picture, in its own rectangle only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from pipeline.captions.drawing.typesetting import Tile
from pipeline.media.planes import pixels

Words = npt.NDArray[np.uint16]

# BT.709, limited range: the rows turn premultiplied full-range R, G, B, A in 0..255 into Y, Cb, Cr
# and alpha (0..1); offsets are weighted with alpha
_KR, _KB = 0.2126, 0.0722
_KG = 1 - _KR - _KB
_Y = (_KR * 219, _KG * 219, _KB * 219, 16)
_CB = (*(np.array([-_KR, -_KG, 1 - _KB]) / (2 * (1 - _KB)) * 224), 128)
_CR = (*(np.array([1 - _KR, -_KG, -_KB]) / (2 * (1 - _KR)) * 224), 128)
_PLANES = np.array([_Y, _CB, _CR, (0, 0, 0, 1)], dtype=np.float32)
_PLANES /= 255
_COLORS = np.linalg.inv(_PLANES[:3, :3])  # back from planes without offsets
MAX_ADDED = 65_535 - 128 - 255  # so that rounding never overflows 16 bits


@dataclass(frozen=True, slots=True, eq=False)
class Stamp:
    """A tile prepared for blending: what is added to each plane, and the ground's share.

    Planes are Y, Cb and Cr, (h, w) and twice (h / 2, w / 2); the last two share what is kept.
    """

    x: int  # pixels of the clip, even
    y: int  # even
    added: tuple[Words, Words, Words]  # 256 times the premultiplied value
    kept: tuple[Words, Words, Words]  # 0..256


def prepare(tile: Tile) -> Stamp:
    """Convert the tile's colors to BT.709 planes, chroma at half size."""
    h, w = tile.rgba.shape[:2]
    channels = np.ascontiguousarray(tile.rgba.transpose(2, 0, 1)).astype(np.float32)
    planes: npt.NDArray[np.float32] = _PLANES @ channels.reshape(4, -1)
    y, cb, cr, alpha = planes.reshape(4, h, w)
    kept = _kept_levels(_halve(alpha))
    return Stamp(
        x=tile.x,
        y=tile.y,
        added=(_added_levels(y), _added_levels(_halve(cb)), _added_levels(_halve(cr))),
        kept=(_kept_levels(alpha), kept, kept),
    )


def fade_stamp(stamp: Stamp, share: float) -> Stamp:
    """Return the stamp with `share` of its opacity, 0..1."""
    part = round(share * 256)
    y, cb, cr = (_scale_share(plane, part) for plane in stamp.added)
    kept_y, kept_c = (256 - _scale_share(256 - plane, part) for plane in stamp.kept[:2])
    return Stamp(x=stamp.x, y=stamp.y, added=(y, cb, cr), kept=(kept_y, kept_c, kept_c))


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


def lay(picture: npt.NDArray[np.uint8], tile: Tile) -> None:
    """Draw a tile over an opaque RGBA picture, in place."""
    height, width = tile.rgba.shape[:2]
    under = picture[tile.y : tile.y + height, tile.x : tile.x + width, :3]
    share = 1 - tile.rgba[..., 3:].astype(np.float32) / 255
    under[:] = np.minimum(255, under * share + tile.rgba[..., :3]).round()


def colors(stamp: Stamp) -> npt.NDArray[np.float32]:
    """Return a stamp's premultiplied R, G, B, A, (h, w, 4) in 0..255; undoes `prepare`."""
    (y, *chroma), (kept, kept_c, _) = stamp.added, stamp.kept
    alpha, alpha_c = (256 - k.astype(np.float32) for k in (kept, kept_c))
    # offsets leave with the alpha that they were weighted with, which for chroma is a mean
    offsets = _PLANES[:3, 3:] * 255
    pale = [
        y - offsets[0] * alpha,
        *(c - o * alpha_c for c, o in zip(chroma, offsets[1:], strict=True)),
    ]
    whole = [pale[0], *(np.repeat(np.repeat(c, 2, 0), 2, 1) for c in pale[1:])]
    rgb = np.tensordot(np.stack(whole, axis=-1) / 256, _COLORS.T, axes=1)
    rgba: npt.NDArray[np.float32] = np.dstack([rgb, alpha[..., None] * (255 / 256)])
    return np.clip(rgba, 0, rgba[..., 3:], out=rgba)


def _scale_share(values: Words, part: int) -> Words:
    """Multiply the values by `part` / 256."""
    return np.asarray(values.astype(np.uint32) * part // 256, dtype=np.uint16)


def _halve(plane: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the means of 2 x 2 values."""
    rows = plane[0::2] + plane[1::2]
    return (rows[:, 0::2] + rows[:, 1::2]) * np.float32(1 / 4)


def _kept_levels(alpha: npt.NDArray[np.float32]) -> Words:
    """Return 256 times the ground's share, rounded."""
    return np.asarray(256.5 - 256 * alpha, dtype=np.uint16)


def _added_levels(values: npt.NDArray[np.float32]) -> Words:
    """Return 256 times the values, rounded."""
    values = values * 256
    values += 0.5
    return np.asarray(np.clip(values, 0, MAX_ADDED, out=values), dtype=np.uint16)
