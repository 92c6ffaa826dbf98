"""Pictures on a card: decoded, composed and encoded as on the processor, and how fast."""

import time
from collections.abc import Iterator
from itertools import islice, zip_longest
from pathlib import Path

import av
import numpy as np
import torch

from bench.gpu.checks import Row, wait
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

WIDTH, HEIGHT = 1080, 1920  # clip size
SPAN = Span(start_s=2.0, end_s=12.0)
COMPARED_FRAMES = 50  # level by level
MAX_LEVELS = 2  # one, except for a few in a million that the sides round in opposite directions
MIN_DECIBELS = 36.0  # minimum likeness of two encodings of frames that differ by one level


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
    agrees = count == COMPARED_FRAMES
    reason = "" if count else "decoding fell back to the processor: the log says why"
    yield {"check": "decoded on the card", "card": count, "agrees": agrees, "reason": reason}
    furthest = max(
        (
            int(np.abs(pixels(p).astype(int) - pixels(q)).max())
            for a, b in zip(*composed, strict=False)
            for p, q in zip(a.viewable().planes, b.viewable().planes, strict=True)
        ),
        default=-1,
    )
    agrees = 0 <= furthest <= MAX_LEVELS
    yield {"check": "composed pictures, levels apart", "card": furthest, "agrees": agrees}


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
    check = f"clips ({encoder.choose().name}), dB alike"
    yield {"check": check, "card": decibels, "agrees": decibels > MIN_DECIBELS}
    check = f"clip of {SPAN.duration_s:.0f} s, s"
    yield {"check": check, "cpu": took_s[0], "card": took_s[1]}


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
