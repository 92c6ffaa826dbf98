"""A picture of the clip during composition: in main memory, or on a graphics card."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from av.video.frame import CudaContext, VideoFrame
from torch import Tensor

from pipeline.captions.drawing.blending import Stamp, blend
from pipeline.media.planes import copy_of

MAX_CARD_STAMPS = 8  # kept on a card: the title, and the last states of a caption that moves


class Surface(Protocol):
    """4:2:0, BT.709, limited range; only one thread draws on it at a time."""

    def copy(self) -> "Surface":
        """Copy the picture into memory of its own."""

    def blend(self, stamp: Stamp) -> None:
        """Draw `stamp` on the picture, which must not be shared."""

    def encodable(self) -> VideoFrame:
        """Return the frame for an encoder."""

    def viewable(self) -> VideoFrame:
        """Return a yuv420p frame in main memory, for reading only."""


class InMemory:
    """A yuv420p frame of FFmpeg."""

    def __init__(self, frame: VideoFrame) -> None:
        self._frame = frame

    def copy(self) -> "InMemory":
        """See Surface."""
        return InMemory(copy_of(self._frame))

    def blend(self, stamp: Stamp) -> None:
        """See Surface."""
        blend(self._frame, stamp)

    def encodable(self) -> VideoFrame:
        """Return the frame itself. See Surface."""
        return self._frame

    def viewable(self) -> VideoFrame:
        """Return the frame itself. See Surface."""
        return self._frame


class Lifted:
    """Stamps on a device, each copied there once."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._known: dict[Stamp, tuple[Tensor, ...]] = {}  # the one used longest ago first

    def planes(self, stamp: Stamp) -> tuple[Tensor, ...]:
        """Return `added` and `kept` for Y (h, w) and for Cb and Cr (h/2, w/2, 2), int32."""
        known = self._known.pop(stamp, None)
        if known is None:
            while len(self._known) >= MAX_CARD_STAMPS:
                del self._known[next(iter(self._known))]
            added, kept = self._lift(stamp.added), self._lift(stamp.kept)
            known = (*added, *kept)
        self._known[stamp] = known
        return known

    def _lift(self, planes: Sequence[npt.NDArray[np.uint16]]) -> tuple[Tensor, Tensor]:
        y, cb, cr = (torch.from_numpy(p.astype(np.int32)) for p in planes)
        return y.to(self._device), torch.stack((cb, cr), 2).to(self._device)


class OnCard:
    """An NV12 picture in a torch tensor on any device; encoded there if `context` is given."""

    def __init__(self, whole: Tensor, lifted: Lifted, context: CudaContext | None = None) -> None:
        """`whole` is (h * 3/2, w), uint8: luma, and below it interleaved chroma.

        One tensor, because NVENC finds the chroma where the luma ends.
        """
        height, width = whole.shape[0] * 2 // 3, whole.shape[1]
        self.y = whole[:height]  # (h, w)
        self.uv = whole[height:].view(height // 2, width // 2, 2)
        self._whole, self._lifted, self._context = whole, lifted, context

    def copy(self) -> "OnCard":
        """See Surface."""
        return OnCard(self._whole.clone(), self._lifted, self._context)

    def blend(self, stamp: Stamp) -> None:
        """Blend with the arithmetic of pipeline.captions.drawing.blending. See Surface."""
        added_y, added_uv, kept_y, kept_uv = self._lifted.planes(stamp)
        _blend_levels(self.y, stamp.x, stamp.y, added_y, kept_y)
        _blend_levels(self.uv, stamp.x // 2, stamp.y // 2, added_uv, kept_uv)

    def encodable(self) -> VideoFrame:
        """Return NV12, on the card or in main memory. See Surface."""
        if self._context is None:
            return self._in_memory()
        torch.cuda.current_stream(self.y.device).synchronize()  # the encoder does not wait for it
        return VideoFrame.from_dlpack((self.y, self.uv), format="nv12", cuda_context=self._context)

    def viewable(self) -> VideoFrame:
        """See Surface."""
        return self._in_memory().reformat(format="yuv420p")

    def _in_memory(self) -> VideoFrame:
        return VideoFrame.from_dlpack((self.y.cpu(), self.uv.cpu()), format="nv12")


def _blend_levels(ground: Tensor, x: int, y: int, added: Tensor, kept: Tensor) -> None:
    part = ground[y : y + added.shape[0], x : x + added.shape[1]]
    part.copy_((part.int() * kept + added + 128) >> 8)
