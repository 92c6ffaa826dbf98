"""Writes what is drawn over a clip as a file of its own: ProRes 4444 with alpha, for editors.

Editing programs read its alpha as straight: a color is that of the letter itself, however little of
it is there. What surrounds a letter therefore has the letter's color, invisibly, or the compression
would bleed black into its edge.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream as AvVideo

from pipeline.captions.blending import Stamp
from pipeline.core.arrays import F32
from pipeline.rendering.encoder import BT709, LIMITED_RANGE

U16 = npt.NDArray[np.uint16]

# FFmpeg has two encoders of the format; this one takes an eighth of the other's time (PSNR and size
# are equal on letters), and opens the profile 4444 by the format of its pictures.
ENCODER, FORMAT = "prores_aw", "yuva444p10le"
BLOCK = 8  # pixels of a side of what is compressed together
OPAQUE = 256  # of a stamp's shares, 0..256
LEVELS = 1023  # of alpha
TEN_BITS = 4  # values of ten bits for one of eight
BLACK, GRAY = 16 * TEN_BITS, 128 * TEN_BITS
MIN_SHARE = 0.5 / OPAQUE  # of a color, below which there is none
FAINT = 8 / OPAQUE  # share below which rounding spoils the color


@contextmanager
def open_layer(path: Path, *, size: tuple[int, int], rate: Fraction) -> Iterator["LayerFile"]:
    """Open a layer to add pictures to; leaving completes it.

    `size` is width and height in pixels, both even; `rate` is pictures a second.
    """
    with av.open(str(path.absolute()), "w", format="mov") as container:
        yield LayerFile(container, size=size, rate=rate)


class LayerFile:
    """Encodes a picture of stamps where it differs from the last; else repeats what was encoded."""

    def __init__(
        self, container: OutputContainer, *, size: tuple[int, int], rate: Fraction
    ) -> None:
        self._container, self._rate = container, rate
        stream = container.add_stream(ENCODER, rate=rate)
        assert isinstance(stream, AvVideo)
        self._video = stream
        self._video.width, self._video.height = size
        self._video.pix_fmt = FORMAT
        context = self._video.codec_context
        context.time_base = 1 / rate
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED_RANGE
        self._last: tuple[Stamp, ...] | None = None
        self._encoded: list[bytes] = []
        self._empty: list[bytes] = []  # the picture without stamps
        self._pictures = 0

    def add(self, stamps: Sequence[Stamp]) -> None:
        """Add the next picture, on which the stamps lie, the first drawn first."""
        now = tuple(stamps)
        if not now and self._empty:
            self._encoded = self._empty
        elif self._last is None or not _same(now, self._last):
            # every picture of the format stands alone and comes out of the encoder at once
            self._encoded = [bytes(packet) for packet in self._video.encode(self._drawn(now))]
            assert len(self._encoded) == 1
            self._empty = self._empty if now else self._encoded
        self._last = now
        for data in self._encoded:
            packet = Packet(data)
            packet.stream = self._video
            packet.time_base = 1 / self._rate
            packet.pts = packet.dts = self._pictures
            packet.duration = 1
            packet.is_keyframe = True
            self._container.mux(packet)
        self._pictures += 1

    def _drawn(self, stamps: Sequence[Stamp]) -> VideoFrame:
        frame = VideoFrame(self._video.width, self._video.height, FORMAT)
        # this encoder tells what its pictures say of themselves
        frame.color_primaries = frame.color_trc = frame.colorspace = BT709
        frame.color_range = LIMITED_RANGE
        planes = [_values(plane) for plane in frame.planes]
        for plane, value in zip(planes, (BLACK, GRAY, GRAY, 0), strict=True):
            plane[...] = value
        if stamps:
            area = _area(stamps, frame.width, frame.height)
            inside = area.rows, area.columns
            for n, none in enumerate((BLACK, GRAY, GRAY)):
                colors, alpha = _composed(stamps, area, n)
                straight = _straight(colors, alpha, none=none, block=BLOCK >> bool(n))
                planes[n][inside] = _doubled(straight) if n else straight
                if n == 0:
                    planes[3][inside] = (alpha * LEVELS + 0.5).astype(np.uint16)
        return frame


def _values(plane: VideoPlane) -> U16:
    """Return a plane of ten bits as an array (height, width) that shares its memory."""
    return np.ndarray(
        (plane.height, plane.width),
        np.uint16,
        buffer=memoryview(plane),
        strides=(plane.line_size, 2),
    )


@dataclass(frozen=True, slots=True)
class _Area:
    """A part of the picture, in whole blocks unless the picture ends within one."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def rows(self) -> slice:
        return slice(self.top, self.bottom)

    @property
    def columns(self) -> slice:
        return slice(self.left, self.right)


def _same(some: Sequence[Stamp], others: Sequence[Stamp]) -> bool:
    """Whether both are the same objects: a stamp at rest is drawn once."""
    return len(some) == len(others) and all(a is b for a, b in zip(some, others, strict=True))


def _area(stamps: Sequence[Stamp], width: int, height: int) -> _Area:
    """Return the area of all stamps."""
    shapes = [stamp.kept[0].shape for stamp in stamps]
    right = max(s.x + shape[1] for s, shape in zip(stamps, shapes, strict=True))
    bottom = max(s.y + shape[0] for s, shape in zip(stamps, shapes, strict=True))
    return _Area(
        left=min(s.x for s in stamps) // BLOCK * BLOCK,
        top=min(s.y for s in stamps) // BLOCK * BLOCK,
        right=min(width, -(-right // BLOCK) * BLOCK),
        bottom=min(height, -(-bottom // BLOCK) * BLOCK),
    )


def _composed(stamps: Sequence[Stamp], area: _Area, n: int) -> tuple[F32, F32]:
    """Lay plane `n` of the stamps over each other; chroma has half the size.

    Return the premultiplied eight-bit values and alpha, 0..1, both (h, w).
    """
    shift = 1 if n else 0
    shape = (area.bottom - area.top) >> shift, (area.right - area.left) >> shift
    colors, kept = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    for stamp in stamps:
        share = stamp.kept[n] / np.float32(OPAQUE)
        height, width = share.shape
        y, x = (stamp.y - area.top) >> shift, (stamp.x - area.left) >> shift
        colors[y : y + height, x : x + width] *= share
        colors[y : y + height, x : x + width] += stamp.added[n] / np.float32(OPAQUE)
        kept[y : y + height, x : x + width] *= share
    return colors, 1 - kept


def _straight(colors: F32, alpha: F32, *, none: int, block: int) -> U16:
    """Return the colors as they are without transparency, in ten bits.

    Where next to nothing is drawn, the color is the mean of the same block, else `none`.
    """
    drawn, there = _block_sums(colors, block), _block_sums(alpha, block)
    around = np.where(there > MIN_SHARE, drawn / np.maximum(there, MIN_SHARE) * TEN_BITS, none)
    height, width = alpha.shape
    around = around.repeat(block, 0).repeat(block, 1)[:height, :width]
    own = colors / np.maximum(alpha, MIN_SHARE) * TEN_BITS
    found = np.where(alpha > FAINT, own, around)
    return np.clip(found + 0.5, TEN_BITS, LEVELS - TEN_BITS).astype(np.uint16)


def _block_sums(plane: F32, block: int) -> F32:
    """Return the sum of each block; an incomplete one counts as if it were filled with nothing."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % block), (0, -width % block)))
    blocks = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block)
    return np.asarray(blocks.sum(axis=(1, 3)), dtype=np.float32)


def _doubled(plane: U16) -> U16:
    """Return a plane of halved chroma at full size."""
    return plane.repeat(2, 0).repeat(2, 1)
