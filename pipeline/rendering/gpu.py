"""Whether pictures of a source can stay on a graphics card.

NVDEC decodes into the card's memory (NV12, or P010 with ten bits). What it does not decode, or in
fields, is for the processor, whose filters make whole pictures of them.
"""

import logging
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import TypeVar

import av
import torch
from av.codec.hwaccel import HWAccel
from av.video.frame import CudaContext, VideoFrame

from pipeline.core.control import Control
from pipeline.core.data import Source, Span, VideoStream
from pipeline.core.errors import Canceled
from pipeline.media.frames import read
from pipeline.rendering import encoder

log = logging.getLogger(__name__)

FORMATS = ("nv12", "p010le")  # what a card decodes to, and what others are brought to
EARLY_S = 1.0  # before the end of what was asked for: a file that ends so is read once more
Made = TypeVar("Made")
Frames = Iterator[tuple[float, VideoFrame]]


def decoded(source: Source, span: Span, control: Control, card: torch.device) -> Frames | None:
    """See frames.read; on `card`, or None where that cannot be, which is logged.

    On the processor as a card, where arithmetic is tested, pictures come from main memory.
    Raises Canceled.
    """
    assert source.video is not None
    try:
        _check_colours(source.video)
        accelerator = _accelerator(card)
        frames = read(source, span, control=control, accelerator=accelerator)
        if accelerator is not None:
            frames = _on_card(frames, min(span.end_s, source.duration_s))
        first = list(islice(frames, 2))
        if not first:
            raise ValueError("no picture came")
    except (av.FFmpegError, ValueError, NotImplementedError) as error:
        log.warning("decoding %s on the CPU: %s", source.path.name, error)
        return None
    return chain(first, frames)


def with_fallback(make: Callable[[torch.device | None], Made], card: torch.device | None) -> Made:
    """What `make` gives on `card`, or without it where the card fails: no clip is lost for it.

    Raises what `make` raises without a card, and Canceled.
    """
    if card is not None:
        try:
            return make(card)
        except Canceled:
            raise
        except Exception:  # drivers and libraries fail in their own ways; memory may be full
            log.warning("rendering again without the GPU %s", card, exc_info=True)
    return make(None)


def encoding(card: torch.device) -> CudaContext | None:
    """What the encoder needs to take pictures from `card`; None where it takes none."""
    if card.type != "cuda" or encoder.choose().name != "h264_nvenc":
        return None
    _make_current(card)
    return CudaContext(device_id=card.index or 0, primary_ctx=False, current_ctx=True)


def _accelerator(card: torch.device) -> HWAccel | None:
    if card.type != "cuda":
        return None
    _make_current(card)
    return HWAccel(
        "cuda",
        device=str(card.index or 0),
        allow_software_fallback=True,
        is_hw_owned=True,
        options={"primary_ctx": "0", "current_ctx": "1"},
    )


def _make_current(card: torch.device) -> None:
    """Torch's context becomes the calling thread's.

    FFmpeg is to use that one: it refuses a primary context that another has made, for its flags.
    """
    torch.zeros(1, device=card)


def _on_card(frames: Frames, until_s: float) -> Frames:
    """The same. Raises ValueError for one that is not for the card, and where they end early."""
    last_s = until_s
    for last_s, frame in frames:
        _check(frame)
        yield last_s, frame
    if last_s < until_s - EARLY_S:
        raise ValueError(f"the card's decoder ended at {last_s:.1f} s")


def _check_colours(video: VideoStream) -> None:
    """Raises ValueError, with the reason, for a picture that is not for the card."""
    if video.hdr:
        raise ValueError("its highlights are mapped there")


def _check(frame: VideoFrame) -> None:
    """Raises ValueError, with the reason, for a picture that is not for the card."""
    if frame.interlaced_frame:
        raise ValueError("its pictures are in fields")
    stored = frame.sw_format
    if stored is None or stored.name not in FORMATS:
        raise ValueError(f"the card does not decode {(stored or frame.format).name}")
