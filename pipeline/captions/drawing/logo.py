"""A brand's logo: looks into its file, and draws it into a corner, once for all pictures."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import skia

from pipeline.captions.drawing.blending import Stamp, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.core.areas import Area
from pipeline.core.brand import LogoPlace
from pipeline.core.errors import Corrupt, UnsupportedFile
from pipeline.core.isolated_process import examine_apart

MAX_LOGO_BYTES = 5_000_000
MIN_SIDE, MAX_SIDE = 8, 4096  # pixels
MAX_HEIGHT = 0.12  # share of the picture's height, whatever width is asked for
MAX_PIXELS = 1 << 20  # size of a picture decoded here: skia holds the interpreter's lock meanwhile
SHRUNK_SIDE = 1024  # pixels, to which a larger picture is shrunk: no clip shows a logo larger
MAX_SHRUNK = 4  # pictures that are kept

MediaType = Literal["image/png", "image/jpeg", "image/webp"]
FORMATS: dict[skia.EncodedImageFormat, MediaType] = {
    skia.EncodedImageFormat.kPNG: "image/png",
    skia.EncodedImageFormat.kJPEG: "image/jpeg",
    skia.EncodedImageFormat.kWEBP: "image/webp",
}
DAMAGED = "The picture is damaged, and cannot be decoded."
WANTED = "send a PNG, JPEG or WebP picture"


class LogoFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture's file says of itself."""

    media_type: MediaType
    width: int  # pixels
    height: int


def examine_logo(path: Path) -> LogoFacts:
    """Return what the picture of a file is, decoded in a process of its own.

    Its size is read before it is decoded: a small file may hold a huge picture. Raises
    UnsupportedFile for a file of another kind or size, and Corrupt.
    """
    return examine_apart(_examine, path, LogoFacts)


def _examine(path: Path) -> LogoFacts:
    content = skia.Data.MakeWithCopy(path.read_bytes())
    try:
        codec = skia.Codec.MakeFromData(content)
    except RuntimeError:  # no format that it knows
        raise UnsupportedFile(f"The file is no picture; {WANTED}.") from None
    media_type = FORMATS.get(codec.getEncodedFormat())
    if media_type is None:
        raise UnsupportedFile(f"The file is a picture of another format; {WANTED}.")
    width, height = codec.dimensions().width(), codec.dimensions().height()
    if not MIN_SIDE <= min(width, height) <= max(width, height) <= MAX_SIDE:
        raise UnsupportedFile(
            f"The picture is {width} × {height} pixels large; {MIN_SIDE} to {MAX_SIDE} a side are "
            "accepted."
        )
    info = codec.getInfo().makeColorType(skia.ColorType.kRGBA_8888_ColorType)
    pixels = np.empty((height, width, 4), np.uint8)
    if codec.getPixels(info, pixels, 4 * width) != skia.Codec.Result.kSuccess:
        raise Corrupt(DAMAGED)
    return LogoFacts(media_type=media_type, width=width, height=height)


def _decode(content: skia.Data) -> skia.Image:
    try:
        return skia.Image.MakeFromEncoded(content).makeRasterImage()
    except (RuntimeError, AttributeError):  # AttributeError: skia gives None in its place
        raise Corrupt(DAMAGED) from None


def draw_logo(path: Path, place: LogoPlace, size: tuple[int, int], safe: SafeArea) -> Tile:
    """Return the logo as it stands in a picture of `size`, within `safe`. Raises Corrupt, OSError.

    Its width is the share of the picture's that `place` says, less where it would be too high.
    """
    image = _read(path)
    margin = place.margin * size[0]
    room = safe.width - 2 * margin, min(safe.height - 2 * margin, MAX_HEIGHT * size[1])
    scale = min(
        place.width * size[0] / image.width(), room[0] / image.width(), room[1] / image.height()
    )
    width, height = image.width() * scale, image.height() * scale
    vertical, horizontal = place.corner.split("_")
    x = safe.left + margin if horizontal == "left" else safe.right - margin - width
    y = safe.top + margin if vertical == "top" else safe.bottom - margin - height
    left, top = round(x / 2) * 2, round(y / 2) * 2  # chroma has half the pixels
    return Tile(left, top, _drawn(image, width, height, place.opacity))


def draw_logo_into(path: Path, area: Area) -> Tile:
    """Return the logo as large as it fits in the middle of an area. Raises Corrupt, OSError."""
    image = _read(path)
    scale = min(area.width / image.width(), area.height / image.height())
    width, height = image.width() * scale, image.height() * scale
    left = round((area.left + (area.width - width) / 2) / 2) * 2
    top = round((area.top + (area.height - height) / 2) / 2) * 2
    return Tile(left, top, _drawn(image, width, height, 1.0))


class LogoLayer:
    """A logo over all pictures of a clip: prepared once, the same stamp for each."""

    def __init__(self, tile: Tile) -> None:
        self.top, self.bottom = tile.y, tile.y + tile.rgba.shape[0]
        self._stamp = prepare(tile)

    def at(self, _t_s: float) -> Stamp:
        """Return the stamp over the picture at any time."""
        return self._stamp


class _Shrunk(msgspec.Struct, frozen=True, kw_only=True):
    """A large picture, made small enough to be decoded here."""

    png: bytes


def _read(path: Path) -> skia.Image:
    content = path.read_bytes()
    try:
        size = skia.Codec.MakeFromData(skia.Data.MakeWithCopy(content)).dimensions()
    except RuntimeError:
        raise Corrupt(DAMAGED) from None
    if size.width() * size.height() > MAX_PIXELS:
        content = _shrunk(path, hashlib.sha256(content).digest())
    return _decode(skia.Data.MakeWithCopy(content))


@lru_cache(MAX_SHRUNK)
def _shrunk(path: Path, _digest: bytes) -> bytes:
    """Return the picture of a file with sides of at most SHRUNK_SIDE. Raises Corrupt."""
    return examine_apart(_shrink, path, _Shrunk).png


def _shrink(path: Path) -> _Shrunk:
    image = _decode(skia.Data.MakeWithCopy(path.read_bytes()))
    scale = SHRUNK_SIDE / max(image.width(), image.height())
    size = max(1, round(image.width() * scale)), max(1, round(image.height() * scale))
    info = image.imageInfo().makeWH(*size).makeColorType(skia.ColorType.kRGBA_8888_ColorType)
    pixels = skia.Bitmap()
    pixels.allocPixels(info)
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    if not image.scalePixels(pixels.pixmap(), sampling):
        raise Corrupt(DAMAGED)
    small = skia.Image.MakeFromBitmap(pixels)
    return _Shrunk(png=bytes(small.encodeToData(skia.kPNG, 100)))


def _drawn(image: skia.Image, width: float, height: float, opacity: float) -> np.ndarray:
    """Draw an image in pixels of the clip: premultiplied RGBA with even sides."""
    even = max(2, -(-round(width) // 2) * 2), max(2, -(-round(height) // 2) * 2)
    surface = skia.Surface.MakeRaster(
        skia.ImageInfo.Make(
            *even, skia.ColorType.kRGBA_8888_ColorType, skia.AlphaType.kPremul_AlphaType
        )
    )
    sampling = skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear)
    surface.getCanvas().drawImageRect(
        image, skia.Rect.MakeWH(width, height), sampling, skia.Paint(Alphaf=opacity)
    )
    drawn = np.empty((even[1], even[0], 4), np.uint8)
    surface.makeImageSnapshot().readPixels(surface.imageInfo(), drawn, even[0] * 4, 0, 0)
    return drawn
