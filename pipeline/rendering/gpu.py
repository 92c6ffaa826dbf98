"""Decides whether pictures of a source can stay on a graphics card.

NVDEC decodes into the card's memory (NV12, or P010 with ten bits). Formats that it does not decode
and interlaced pictures go to the processor, whose filters deinterlace them.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

import av
import torch
from av.codec.hwaccel import HWAccel
from av.video.frame import CudaContext, VideoFrame

from pipeline.core.control import Control
from pipeline.core.data import Source, Span, VideoStream
from pipeline.core.errors import Canceled, DiskFull
from pipeline.media.frames import read, read_stretches
from pipeline.rendering import encoder

log = logging.getLogger(__name__)

FORMATS = ("nv12", "p010le")  # formats that a card decodes to; others are converted to them
MAX_MISSING_S = 1.0  # at the end of a file; if more is missing, the file is decoded again
Made = TypeVar("Made")
Frames = Iterator[tuple[float, VideoFrame]]


def decode_on_card(
    source: Source, spans: Sequence[Span], control: Control, card: torch.device
) -> Frames | None:
    """Decode spans on `card`, or return None if that fails, and log the reason. See frames.read.

    If the card is the processor, as in tests of the arithmetic, pictures come from main memory.
    Raises Canceled.
    """
    assert source.video is not None
    try:
        _check_colors(source.video)
        accelerator = _accelerator(card)

        def read_one(span: Span) -> Frames:
            frames = read(source, span, control=control, accelerator=accelerator)
            if accelerator is None:
                return frames
            return _require_card_frames(frames, min(span.end_s, source.duration_s))

        frames = read_stretches(spans, read_one)
        first = list(islice(frames, 2))
        if not first:
            raise ValueError("no picture came")
    except (av.FFmpegError, ValueError, NotImplementedError) as error:
        log.warning("decoding %s on the CPU: %s", source.path.name, error)
        return None
    return chain(first, frames)


def with_fallback(make: Callable[[torch.device | None], Made], card: torch.device | None) -> Made:
    """Call `make` with `card`, and again without it if the card fails, so that no clip is lost.

    Raises what `make` raises without a card, Canceled and DiskFull.
    """
    if card is not None:
        try:
            return make(card)
        except (Canceled, DiskFull):
            raise
        except Exception:  # drivers and libraries fail in their own ways; memory may be full
            log.warning("rendering again without the GPU %s", card, exc_info=True)
    return make(None)


def encoder_context(card: torch.device) -> CudaContext | None:
    """Return the context the encoder needs to take pictures from `card`; None if it takes none."""
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
    """Make torch's context the current one of the calling thread, for FFmpeg to use.

    FFmpeg refuses a primary context that another library created, because of its flags.
    """
    torch.zeros(1, device=card)


def _require_card_frames(frames: Frames, until_s: float) -> Frames:
    """Yield the frames. Raises ValueError for an unsupported frame or an early end."""
    last_s = until_s
    for last_s, frame in frames:
        _check(frame)
        yield last_s, frame
    if last_s < until_s - MAX_MISSING_S:
        raise ValueError(f"the card's decoder ended at {last_s:.1f} s")


def _check_colors(video: VideoStream) -> None:
    """Raises ValueError, with the reason, for colors that the card does not process."""
    if video.hdr:
        raise ValueError("its highlights are mapped there")


def _check(frame: VideoFrame) -> None:
    """Raises ValueError, with the reason, for a frame that the card does not process."""
    if frame.interlaced_frame:
        raise ValueError("its pictures are in fields")
    stored = frame.sw_format
    if stored is None or stored.name not in FORMATS:
        raise ValueError(f"the card does not decode {(stored or frame.format).name}")
