"""Composes pictures like `compositor`, with torch: pictures stay on the card that decodes them.

Positions come from `crop_scaling`, weights from `tensor_resampling`. The result differs from
FFmpeg's filters by one level at most, except in the dim ground of "fit" and where colors are
converted. It also runs on the CPU, slower than the filters, so that its arithmetic can be tested
anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
from av.video.frame import CudaContext, VideoFrame
from torch import Tensor
from torch.utils.dlpack import from_dlpack

from pipeline.core.data import Box, LayoutKind, VideoStream
from pipeline.core.layout import Pane, panes_of
from pipeline.media.color_matrix import LUMA, matrix_of
from pipeline.media.planes import pixels
from pipeline.rendering.compositor import GROUND_BLUR, GROUND_WIDTH
from pipeline.rendering.crop_scaling import FINER, Axis, Pans, Part, even_part, finer, fit_size
from pipeline.rendering.filter_graphs import chain
from pipeline.rendering.gpu import FORMATS
from pipeline.rendering.surface import Lifted, OnCard
from pipeline.rendering.tensor_resampling import (
    AREA,
    BICUBIC,
    LINEAR,
    Kernel,
    Taps,
    resample,
    taps,
)

FULL_RANGE = 2  # value of ITU-T H.273's range flag in FFmpeg's numbering
QUARTER_TURNS = {90: -1, 180: 2, 270: 1}  # counterclockwise


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
    """8-bit levels as floats."""

    y: Tensor  # (h, w)
    uv: Tensor  # (h/2, w/2, 2)


class CardCanvas:
    """Composes pictures of one size from the frames of one source."""

    def __init__(
        self,
        video: VideoStream,
        width: int,
        height: int,
        device: torch.device,
        context: CudaContext | None = None,
    ) -> None:
        """`context` is the encoder's, if pictures are encoded on the card as well."""
        self.pixels = "nv12" if context is None else "cuda"  # format of composed pictures
        self._video, self._device, self._context = video, device, context
        self._width, self._height = width, height
        self._pans = Pans()
        self._lifted = Lifted(device)
        self._taps = lru_cache(64)(taps)

    def compose(self, frame: VideoFrame, layout: LayoutKind, boxes: Sequence[Box]) -> OnCard:
        """Compose the clip's picture, which is not shared. See compositor.Canvas.compose."""
        planes = _rotate(self._load(frame), self._video.rotation)
        if layout == "fit":
            picture = self._whole(planes, boxes[0])
        else:
            parts = panes_of(layout, boxes, self._width, self._height)
            crops = [self._crop(planes, p, b) for p, b in zip(parts, boxes, strict=True)]
            picture = crops[0] if len(crops) == 1 else self._join(planes, parts, crops, boxes[-1])
        colors = _color_conversion(
            matrix_of(frame, self._video), int(frame.color_range) == FULL_RANGE
        )
        return self._surface(picture if colors is None else _convert(picture, *colors))

    def lift(self, frame: VideoFrame) -> OnCard:
        """Load a picture from main memory that already has the clip's size and colors."""
        return self._surface(self._load(frame))

    def _load(self, frame: VideoFrame) -> _Planes:
        known = frame.format.name in ("cuda", *FORMATS)
        if not known:
            deep = frame.format.components[0].bits > 8
            frame = frame.reformat(format=FORMATS[deep])
        # through the capsule: torch would ask for a stream, which PyAV does not know; both work on
        # the context's own stream
        y, uv = (from_dlpack(plane.__dlpack__()).to(self._device) for plane in frame.planes)
        scale = 1.0 if y.dtype == torch.uint8 else 1 / 256  # the ten bits are the upper bits
        return _Planes(y.float() * scale, uv.float() * scale)

    def _surface(self, picture: _Planes) -> OnCard:
        h, w = picture.y.shape
        whole = torch.empty(h * 3 // 2, w, dtype=torch.uint8, device=self._device)
        surface = OnCard(whole, self._lifted, self._context)
        surface.y.copy_(picture.y.round_().clamp_(0, 255))
        surface.uv.copy_(picture.uv.round_().clamp_(0, 255))
        return surface

    def _crop(self, frame: _Planes, pane: Pane, box: Box) -> _Planes:
        height, width = frame.y.shape
        x, y, pans = self._pans.axes(pane, box, (width, height), self._video)

        def plane(of: Tensor, shift: int) -> Tensor:
            rows = self._side(y, pane.height, shift)
            columns = self._side(x, pane.width, shift, pans=pans)
            cut = _part(_part(of, y, shift, 0), x, shift, 1)
            return resample(cut, rows, columns, levels=pans)  # as the two graphs of a pan do

        return _Planes(plane(frame.y, 0), plane(frame.uv, 1))

    def _side(self, a: Axis, wanted: int, shift: int, *, pans: bool = False) -> Taps:
        """Return the taps of luma (`shift` 0) or of the chroma planes, half as large (1)."""
        step = FINER if pans else 1
        first = finer(a) if pans else a.trim
        scaled = -(-step * a.scaled >> shift)
        return self._taps(
            BICUBIC,
            -(-a.cut >> shift),
            scaled,
            first=first >> shift,
            step=step,
            count=wanted >> shift,
            device=self._device,
        )

    def _join(
        self, frame: _Planes, parts: Sequence[Pane], pictures: Sequence[_Planes], last: Box
    ) -> _Planes:
        """Put several pictures into one, over a dim blur of the last box if they do not fill it."""
        if sum(pane.width * pane.height for pane in parts) < self._width * self._height:
            whole = self._ground(*self._cut(frame, last))
        else:
            whole = self._blank()
        for pane, picture in zip(parts, pictures, strict=True):
            _put(whole, picture, pane.x, pane.y)
        return whole

    def _blank(self) -> _Planes:
        y = torch.empty(self._height, self._width, device=self._device)
        return _Planes(y, torch.empty(self._height // 2, self._width // 2, 2, device=self._device))

    def _whole(self, frame: _Planes, box: Box) -> _Planes:
        """Put all of the box over a dim blur of itself."""
        frame, shape = self._cut(frame, box)
        w, h = fit_size(shape, (self._width, self._height))
        picture = self._scale(frame, w, h, BICUBIC)
        ground = self._ground(frame, shape)
        _put(ground, picture, (self._width - w) // 4 * 2, (self._height - h) // 4 * 2)
        return ground

    def _cut(self, frame: _Planes, box: Box) -> tuple[_Planes, float]:
        """Return a box of the source, and the shape in which it is shown."""
        height, width = frame.y.shape
        part, shape = even_part(box, (width, height), self._video)
        if (part.width, part.height) != (width, height):
            frame = _Planes(*(_cut_part(p, part, n) for n, p in enumerate((frame.y, frame.uv))))
        return frame, shape

    def _ground(self, frame: _Planes, shape: float) -> _Planes:
        return self._scale(self._dim(frame, shape), self._width, self._height, LINEAR)

    def _dim(self, frame: _Planes, shape: float) -> _Planes:
        """Blur the frame's middle part with FFmpeg's filter; it is tiny, some thousand pixels."""
        wide = self._width / self._height
        part = min(1.0, wide / shape), min(1.0, shape / wide)
        w, h = (int(side * p) // 2 * 2 for side, p in zip(frame.y.shape[::-1], part, strict=True))
        top, left = (frame.y.shape[0] - h) // 4 * 2, (frame.y.shape[1] - w) // 4 * 2
        middle = _Planes(
            frame.y[top : top + h, left : left + w],
            frame.uv[top // 2 : (top + h) // 2, left // 2 : (left + w) // 2],
        )
        size = GROUND_WIDTH, max(2, round(GROUND_WIDTH / wide / 2) * 2)
        tiny = self._scale(middle, *size, AREA)
        small = VideoFrame(*size, "yuv420p")
        for plane, level in zip(small.planes, (tiny.y, *tiny.uv.unbind(2)), strict=True):
            pixels(plane)[...] = level.round().byte().cpu().numpy()
        blurred = [pixels(p).copy() for p in chain(small, GROUND_BLUR)(small).planes]
        y, cb, cr = (torch.from_numpy(p).float().to(self._device) for p in blurred)
        return _Planes(y, torch.stack((cb, cr), 2))

    def _scale(self, frame: _Planes, width: int, height: int, kernel: Kernel) -> _Planes:
        def plane(of: Tensor, shift: int) -> Tensor:
            rows, columns = (
                self._taps(kernel, length, n >> shift, count=n >> shift, device=self._device)
                for length, n in zip(of.shape, (height, width), strict=False)
            )
            return resample(of, rows, columns)

        return _Planes(plane(frame.y, 0), plane(frame.uv, 1))


def _part(plane: Tensor, a: Axis, shift: int, dim: int) -> Tensor:
    return plane.narrow(dim, a.start >> shift, -(-a.cut >> shift))


def _cut_part(plane: Tensor, part: Part, shift: int) -> Tensor:
    """Cut a part of luma (`shift` 0) or of the chroma planes, half as large (1)."""
    rows = plane.narrow(0, part.y >> shift, -(-part.height >> shift))
    return rows.narrow(1, part.x >> shift, -(-part.width >> shift))


def _put(whole: _Planes, picture: _Planes, x: int, y: int) -> None:
    """Copy `picture` into `whole` at even pixels."""
    h, w = picture.y.shape
    whole.y[y : y + h, x : x + w] = picture.y
    whole.uv[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2] = picture.uv


def _rotate(frame: _Planes, rotation: int) -> _Planes:
    if rotation not in QUARTER_TURNS:
        return frame
    return _Planes(*(p.rot90(QUARTER_TURNS[rotation], (0, 1)) for p in (frame.y, frame.uv)))


@lru_cache(8)
def _color_conversion(matrix: str, full: bool) -> tuple[npt.NDArray[np.float64], float] | None:
    """Return what converts levels to BT.709, limited range: a (3, 3) matrix and the level of black.

    None if no conversion is needed. The matrix applies to Y less black, Cb and Cr less 128. The
    color matrices are those of ITU-R BT.601 and similar standards.
    """
    if matrix == "bt709" and not full:
        return None
    spread = np.diag([219 / 255, 224 / 255, 224 / 255]) if full else np.eye(3)
    to_rgb = np.linalg.inv(_from_rgb(matrix))
    levels = np.diag([219, 224, 224])
    by = levels @ _from_rgb("bt709") @ to_rgb @ np.linalg.inv(levels) @ spread
    return by, 0.0 if full else 16.0


def _from_rgb(matrix: str) -> npt.NDArray[np.float64]:
    """Return the matrix from R, G and B in 0..1 to Y in 0..1, Cb and Cr in -1/2..1/2."""
    red, blue = LUMA[matrix]
    y = np.array([red, 1 - red - blue, blue])
    cb = (np.array([0, 0, 1]) - y) / (2 * (1 - blue))
    cr = (np.array([1, 0, 0]) - y) / (2 * (1 - red))
    return np.stack((y, cb, cr))


def _convert(picture: _Planes, by: npt.NDArray[np.float64], black: float) -> _Planes:
    """Convert colors. Gray stays gray, so chroma needs no luma; luma needs upsampled chroma."""
    cb, cr = (picture.uv - 128).unbind(2)
    y = (picture.y - black) * by[0, 0] + 16
    for weight, color in zip(by[0, 1:], (cb, cr), strict=True):
        y += (weight * color).repeat_interleave(2, 0).repeat_interleave(2, 1)
    uv = torch.stack((by[1, 1] * cb + by[1, 2] * cr, by[2, 1] * cb + by[2, 2] * cr), 2) + 128
    return _Planes(y, uv)
