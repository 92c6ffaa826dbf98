"""Chooses the H.264 encoder by trying to open it."""

import logging
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import cast

import av
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from pipeline.core.data import Quality
from pipeline.core.thread_policy import cores

log = logging.getLogger(__name__)

# preset and constant rate factor of x264
X264: dict[Quality, tuple[str, int]] = {
    "fast": ("veryfast", 24),
    "balanced": ("veryfast", 21),
    "best": ("medium", 19),
}
# A talk's crop is mostly enlarged: nothing in it moves in blocks of eight, and motion between
# pixels is found in few steps. Without the one and with the least of the other, x264 takes two
# thirds of the time; a little less adaptive quantization and rarer key frames give back the bits.
# One B-frame in place of three is another sixth. docs/design/rendering.md has the figures.
X264_PARAMS: dict[Quality, str] = {
    "fast": "partitions=i8x8:bframes=1:subme=1:aq-strength=0.8",
    "balanced": "partitions=i8x8:bframes=1:subme=1:aq-strength=0.8",
    "best": "",
}
# for previews: no picture waits for another
DRAFT_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "crf": "24"}
NVENC_PRESET: dict[Quality, str] = {"fast": "p3", "balanced": "p5", "best": "p7"}
NVENC_OFFSET = 7  # NVENC's constant quality is about x264's factor plus this
MAX_THREADS = 12  # more only adds delay and memory at these sizes
KEY_FRAME_INTERVAL_S = 4.0  # a player that seeks decodes this much at most
BT709 = 1  # primaries, transfer and matrix, ITU-T H.273
LIMITED_RANGE = 1  # range


@dataclass(frozen=True, slots=True)
class Choice:
    """An encoder and the reason for it."""

    name: str  # "libx264" or "h264_nvenc"
    reason: str


@cache
def choose() -> Choice:
    """Choose this machine's encoder: NVENC only if it really opens (many GPUs have none)."""
    reason = refusal("h264_nvenc")
    choice = (
        Choice("h264_nvenc", "it opened")
        if reason is None
        else Choice("libx264", f"h264_nvenc: {reason}")
    )
    log.info("encoder %s (%s)", choice.name, choice.reason)
    return choice


def refusal(name: str) -> str | None:
    """Return why an H.264 encoder is unusable; None if it encoded a picture."""
    if name not in av.codecs_available:
        return "not in this FFmpeg"
    try:
        context = cast(VideoCodecContext, av.CodecContext.create(name, "w"))
        context.width, context.height, context.pix_fmt = 256, 256, "yuv420p"
        context.time_base = Fraction(1, 30)
        frame = VideoFrame(256, 256, "yuv420p")
        frame.pts = 0
        context.encode(frame)
        context.encode(None)
    except (av.FFmpegError, ValueError) as error:
        return f"no device ({error})" if name == "h264_nvenc" else str(error)
    return None


def add_video(
    container: OutputContainer,
    quality: Quality,
    size: tuple[int, int],
    rate: Fraction,
    pixels: str = "yuv420p",
) -> AvVideo:
    """Add a video stream to `container`, BT.709, with the settings of `quality`.

    `size` is width and height. `pixels` is the format of the pictures; "cuda" is NV12 on a card.
    """
    name = choose().name
    stream = container.add_stream(name, rate=rate, options=_options(name, quality))
    assert isinstance(stream, AvVideo)
    _describe(stream, size, rate, pixels)
    context = stream.codec_context
    # parallel pictures: the default here, slices of one picture, wait for each other at its end
    context.thread_type = "FRAME"
    context.gop_size = max(1, round(KEY_FRAME_INTERVAL_S * float(rate)))
    return stream


def add_draft(
    container: OutputContainer, size: tuple[int, int], rate: Fraction, interval: int
) -> AvVideo:
    """Add a video stream that is encoded at once, with a key frame every `interval` pictures."""
    exactly = f"keyint={interval}:min-keyint={interval}:scenecut=0"
    options = DRAFT_OPTIONS | {"threads": str(encoder_threads()), "x264-params": exactly}
    stream = container.add_stream("libx264", rate=rate, options=options)
    assert isinstance(stream, AvVideo)
    _describe(stream, size, rate, "yuv420p")
    stream.codec_context.gop_size = interval
    return stream


def _describe(stream: AvVideo, size: tuple[int, int], rate: Fraction, pixels: str) -> None:
    """Say what the pictures of a stream are: their `size`, rate, format and colors."""
    stream.width, stream.height = size
    stream.pix_fmt = pixels
    context = stream.codec_context
    context.time_base = 1 / rate
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED_RANGE


def _options(name: str, quality: Quality) -> dict[str, str]:
    """Return codec options."""
    preset, crf = X264[quality]
    if name == "h264_nvenc":
        cq = str(crf + NVENC_OFFSET)
        return {"preset": NVENC_PRESET[quality], "tune": "hq", "rc": "vbr", "cq": cq, "b:v": "0"}
    return {
        "preset": preset,
        "crf": str(crf),
        "threads": str(encoder_threads()),
        "x264-params": X264_PARAMS[quality],
    }


def encoder_threads() -> int:
    """Return x264's own thread count, bounded: one and a half per core keep all cores busy."""
    return max(1, min(MAX_THREADS, cores() * 3 // 2))
