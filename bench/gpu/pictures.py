"""Pictures on a card: decoded and composed as on the processor, and how many a second."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, zip_longest
from pathlib import Path

import av
import numpy as np
import torch

from bench.gpu.meter import forget_peak, peak_mib, seconds, wait
from bench.gpu.row import Missing, Row
from bench.support.encoder_alone import encode_alone, frames_of
from pipeline.core.control import Control
from pipeline.core.data import Box, CropKey, CropPath, CropSegment, Options, Source, Span
from pipeline.core.layout import crops_at
from pipeline.media.frames import read
from pipeline.media.planes import pixels
from pipeline.media.probing import probe
from pipeline.rendering import encoder, gpu
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.gpu_compositor import CardCanvas
from pipeline.rendering.surface import Surface

WIDTH, HEIGHT = 1080, 1920  # of a clip
SPAN = Span(start_s=2.0, end_s=12.0)
COMPARED_FRAMES = 50  # level by level
MAX_LEVELS = 2  # one, except for a few in a million that the sides round in opposite directions
MIN_DECIBELS = 36.0  # between two encodings of frames that differ by one level
SIZES = ((1280, 720), (1920, 1080))
MADE_FRAMES = 600  # of a film to decode
TIMED_FRAMES = 300


def crop_of(source: Source) -> tuple[CropPath, CropSegment]:
    """Return a crop that pans over the whole height of a landscape source."""
    assert source.video is not None
    height = float(source.video.height)
    width = height * 9 / 16
    room = source.video.width - width
    keys = tuple(
        CropKey(t_s=t_s, box=Box(x=room * share, y=0.0, w=width, h=height))
        for t_s, share in ((SPAN.start_s, 12 / 35), (SPAN.end_s, 12 / 25))
    )
    segment = CropSegment(start_s=SPAN.start_s, end_s=SPAN.end_s, layout="crop", keys=keys)
    return CropPath(width=WIDTH, height=HEIGHT, segments=(segment,)), segment


def compare(path: Path, card: torch.device) -> Iterator[Row]:
    """Compare decoding and composing on `card` with the processor, level by level."""
    source = probe(path)
    assert source.video is not None
    _, segment = crop_of(source)
    frames = gpu.decode_on_card(source, [SPAN], Control(), card)
    composed: list[list[Surface]] = [
        [
            canvas.compose(frame, "crop", crops_at(segment, max(SPAN.start_s, t_s)))
            for t_s, frame in islice(decoded, COMPARED_FRAMES)
        ]
        for canvas, decoded in (
            (Canvas(source.video, WIDTH, HEIGHT), read(source, SPAN, control=Control())),
            (CardCanvas(source.video, WIDTH, HEIGHT, card), frames or iter(())),
        )
    ]
    count = len(composed[1])
    yield Row(
        check="decoded on the card, pictures",
        card=count,
        agrees=count == COMPARED_FRAMES,
        reason="" if count else "decoding fell back to the processor: the log says why",
    )
    furthest = max(
        (
            int(np.abs(pixels(p).astype(int) - pixels(q)).max())
            for a, b in zip(*composed, strict=False)
            for p, q in zip(a.viewable().planes, b.viewable().planes, strict=True)
        ),
        default=-1,
    )
    yield Row(
        check="composed pictures, levels apart", card=furthest, agrees=0 <= furthest <= MAX_LEVELS
    )


def clips(path: Path, folder: Path, card: torch.device) -> Iterator[Row]:
    """Compare whole clips, and their time."""
    source = probe(path)
    crop, _ = crop_of(source)
    took_s, made = [], []
    for name, where in (("cpu", None), ("card", card)):
        for again in ("warm", "timed"):
            began = time.perf_counter()
            clip = render_clip(
                ClipPlan(
                    source=source, span=SPAN, words=(), path=crop, style="none", options=Options()
                ),
                stem=folder / f"{name}-{again}",
                control=Control(),
                card=where,
            )
            wait(card)
        took_s.append(time.perf_counter() - began)
        made.append(clip.path)
    decibels = likeness(*made)
    yield Row(
        check=f"clips ({encoder.choose().name}), dB alike",
        card=decibels,
        agrees=decibels > MIN_DECIBELS,
    )
    yield Row(check=f"clip of {SPAN.duration_s:.0f} s, s", cpu=took_s[0], card=took_s[1])


def decoder(folder: Path, card: torch.device, pictures: int = MADE_FRAMES) -> Iterator[Row]:
    """Count the pictures a second that NVDEC decodes, at the usual sizes."""
    for size in SIZES:
        check = f"decoder, {size[1]}p, pictures/s"
        path = film(folder / f"{size[1]}.mp4", size, pictures)
        source = probe(path, min_duration_s=0.0, may_be_silent=True)
        whole = Span(start_s=0.0, end_s=source.duration_s)
        on_cpu = _rate(read(source, whole, control=Control()), card)
        began = time.perf_counter()
        frames = gpu.decode_on_card(source, [whole], Control(), card)
        if frames is None:
            yield Row(check=check, cpu=on_cpu, reason="decoding fell back: the log says why")
        else:
            yield Row(check=check, cpu=on_cpu, card=_rate(frames, card, began))


def compositor(path: Path, card: torch.device) -> Iterator[Row]:
    """Count the pictures a second that each side composes of a decoded picture."""
    source = probe(path)
    assert source.video is not None
    _, segment = crop_of(source)
    frames = gpu.decode_on_card(source, [SPAN], Control(), card)
    if frames is None:
        raise Missing("the card does not decode the sample: the log says why")
    boxes = crops_at(segment, SPAN.start_s)
    rates = []
    for canvas, decoded in (
        (Canvas(source.video, WIDTH, HEIGHT), read(source, SPAN, control=Control())),
        (CardCanvas(source.video, WIDTH, HEIGHT, card), frames),
    ):
        _, frame = next(iter(decoded))
        canvas.compose(frame, "crop", boxes)  # loads kernels
        forget_peak(card)

        def run(canvas: Canvas | CardCanvas = canvas, frame: av.VideoFrame = frame) -> None:
            for _ in range(TIMED_FRAMES):
                canvas.compose(frame, "crop", boxes)

        rates.append(TIMED_FRAMES / seconds(run, card))
    yield Row(
        check=f"compositor, {WIDTH} × {HEIGHT}, pictures/s",
        cpu=rates[0],
        card=rates[1],
        peak_mib=peak_mib(card),
    )


def nvenc(folder: Path) -> Iterator[Row]:
    """Count the pictures a second that NVENC encodes with the product's settings."""
    if (why := encoder.refusal("h264_nvenc")) is not None:
        raise Missing(f"{why}; A100, H100 and H200 have no encoder")
    path = film(folder / "clip.mp4", (WIDTH, HEIGHT), TIMED_FRAMES)
    frames = frames_of(path)
    began = time.perf_counter()
    encode_alone(frames, folder / "nvenc.mp4", "balanced", Fraction(30))
    rate = len(frames) / (time.perf_counter() - began)
    yield Row(check=f"NVENC, {WIDTH} × {HEIGHT}, pictures/s", card=rate)


def film(path: Path, size: tuple[int, int], count: int) -> Path:
    """Write a film with so many pictures of moving noise, H.264."""
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8 + 64, 3), np.uint8)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(count):
            shift = number % 64
            part = np.ascontiguousarray(noise[:, shift : shift + width // 8])
            small = av.VideoFrame.from_ndarray(part, format="rgb24")
            out.mux(stream.encode(small.reformat(width=width, height=height, format="yuv420p")))
        out.mux(stream.encode(None))
    return path


def likeness(a: Path, b: Path) -> float:
    """Return the lowest luma PSNR of all frames in dB; 0 if the frame counts differ."""
    least = float("inf")
    with av.open(str(a)) as one, av.open(str(b)) as other:
        for x, y in zip_longest(one.decode(video=0), other.decode(video=0)):
            if x is None or y is None:
                return 0.0
            apart = pixels(x.planes[0]).astype(float) - pixels(y.planes[0])
            least = min(least, 10 * float(np.log10(255**2 / max(1e-9, (apart**2).mean()))))
    return least


def _rate(frames: gpu.Frames, card: torch.device, began: float | None = None) -> float:
    """Return the pictures a second since `began`, or since now."""
    began = time.perf_counter() if began is None else began
    count = sum(1 for _ in frames)
    wait(card)
    return count / (time.perf_counter() - began)
