"""Pictures as PNG: logos of one color, one that claims to be huge, and what is seen in one."""

import struct
import zlib

import skia

ORANGE = 0xFFFF6A3D


def png(width: int = 300, height: int = 100, color: int = ORANGE) -> bytes:
    """Return a picture of one color (ARGB)."""
    surface = skia.Surface(width, height)
    surface.getCanvas().clear(color)
    return bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100))


def huge_png(side: int) -> bytes:
    """Return a few kilobytes that say they are a picture of many gigabytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def size(picture: bytes) -> tuple[int, int]:
    """Return width and height."""
    image = skia.Image.MakeFromEncoded(skia.Data(picture, True))
    return image.width(), image.height()


def pixel(picture: bytes, x: int, y: int) -> tuple[int, ...]:
    """Return red, green and blue of one pixel."""
    image = skia.Image.MakeFromEncoded(skia.Data(picture, True))
    pixels = image.toarray(colorType=skia.ColorType.kRGBA_8888_ColorType)
    return tuple(int(level) for level in pixels[y, x, :3])
