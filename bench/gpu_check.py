"""Checks a machine with a CUDA card: compares it with the processor, and measures its speed.

Each check costs only its own row if something is missing or fails. The exit code is 0 if nothing
disagrees or failed, or if there is no card (with a message), else 1.

Columns: what cpu and card found; agrees: whether both do; reason: why there is no result; peak MiB:
most memory of the card that torch held; failed: by an error, nothing is missing.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import cache
from importlib.metadata import version
from itertools import islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np

import pipeline
from bench.support.recordings import SAMPLE
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import (
    SAMPLE_RATE,
    Audio,
    Box,
    CropKey,
    CropPath,
    CropSegment,
    Options,
    Source,
    Span,
)
from pipeline.core.errors import ModelUnavailable
from pipeline.core.layout import crops_at
from pipeline.media.frames import read
from pipeline.media.planes import pixels
from pipeline.media.probing import probe
from pipeline.models.model_config import ModelConfig
from pipeline.models.registry import Models
from pipeline.rendering import encoder, gpu
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.gpu_compositor import CardCanvas
from pipeline.rendering.surface import Surface
from training.judged_words import sound

import torch  # isort: skip - after the thread policy

log = logging.getLogger(__name__)

PACKAGES = ("torch", "av", "transformers")
MAX_EMBEDDING_DISTANCE = 0.01  # cosine, float16 against float32
LARGE = "whisper-large-v3-turbo"
SPEED_S = 600.0  # length of the sound that the real-time factor is measured on
SENTENCES = ["A loaf of bread.", "Nobody came."]
WIDTH, HEIGHT = 1080, 1920  # clip size
SPAN = Span(start_s=2.0, end_s=12.0)
COMPARED_FRAMES = 50  # level by level
MAX_LEVELS = 2  # one, except for a few in a million that the sides round in opposite directions
MIN_DECIBELS = 36.0  # minimum likeness of two encodings of frames that differ by one level

Row = dict[str, object]
Check = Callable[[], Iterator[Row]]


def checks(card: torch.device, folder: Path) -> dict[str, Check]:
    """Return the checks by name, in order; networks load at their first use."""

    @cache
    def both() -> tuple[Models, ...]:
        return tuple(
            pipeline.load_models(ModelConfig(device=where, precision=kind, whisper="whisper-base"))
            for where, kind in (("cpu", "float32"), (str(card), "float16"))
        )

    @cache
    def sample() -> Audio:
        return sound(SAMPLE)

    large = ModelConfig(device=str(card), whisper=LARGE)
    return {
        "embeddings": lambda: embeddings(both()),
        "words of the sample": lambda: words(both(), sample()),
        "recognition with base": lambda: speed(both()[1], "base", sample()),
        "recognition by default": lambda: speed(pipeline.load_models(large), LARGE, sample()),
        "decoded and composed pictures": lambda: pictures(SAMPLE, card),
        "clips": lambda: clips(SAMPLE, folder, card),
    }


def rows_of(name: str, check: Check) -> list[Row]:
    """Run a check; if it raises, keep the rows until then and add one with the reason."""
    rows: list[Row] = []
    try:
        for row in check():
            rows.append(row)  # at once, so that those before an error stay
    except ModelUnavailable as missing:
        rows.append({"check": name, "reason": str(missing)})
    except Exception as error:  # drivers and libraries fail in their own ways
        log.warning("%s failed", name, exc_info=True)
        last = traceback.format_exception_only(error)[-1].strip()
        rows.append({"check": name, "reason": last, "failed": True})
    return rows


def embeddings(both: tuple[Models, ...]) -> Iterator[Row]:
    """Compare the sentence encoder's vectors."""
    cpu, card = (models.text_encoder(SENTENCES) for models in both)
    distance = float((1 - (cpu * card).sum(1)).max())
    agrees = distance < MAX_EMBEDDING_DISTANCE
    yield {"check": "embeddings, cosine distance", "card": distance, "agrees": agrees}


def words(both: tuple[Models, ...], audio: Audio) -> Iterator[Row]:
    """Compare the words of the sample."""
    cpu, card = (_hear(models, audio) for models in both)
    counts = {"cpu": len(cpu), "card": len(card)}
    yield {"check": "words of the sample", **counts, "agrees": cpu == card}


def speed(models: Models, name: str, audio: Audio) -> Iterator[Row]:
    """Time Whisper on the card, with speech detection and word times."""
    long = Audio(samples=np.resize(audio.samples, round(SPEED_S * SAMPLE_RATE)))
    _hear(models, audio)  # loads kernels
    torch.cuda.synchronize(models.device)
    torch.cuda.reset_peak_memory_stats(models.device)
    began = time.perf_counter()
    _hear(models, long)
    torch.cuda.synchronize(models.device)
    took_s = time.perf_counter() - began
    check = f"recognition with {name}, {SPEED_S:.0f} s of sound, × real time"
    peak_mib = torch.cuda.max_memory_allocated(models.device) >> 20
    yield {"check": check, "card": SPEED_S / took_s, "peak MiB": peak_mib}


def _hear(models: Models, audio: Audio) -> list[str]:
    heard = pipeline.hear(audio, models=models, language=None, control=Control())
    return " ".join(w.text for w in heard.words).lower().split()


def pictures(path: Path, card: torch.device) -> Iterator[Row]:
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
    plan = ClipPlan(source=source, span=SPAN, words=(), path=crop, style="none", options=Options())
    took_s, made = [], []
    for name, where in (("cpu", None), ("card", card)):
        for again in ("warm", "timed"):
            began = time.perf_counter()
            stem = folder / f"{name}-{again}"
            clip = render_clip(plan, stem=stem, control=Control(), card=where)
            torch.cuda.synchronize(card)
        took_s.append(time.perf_counter() - began)
        made.append(clip.path)
    decibels = likeness(*made)
    check = f"clips ({encoder.choose().name}), dB alike"
    yield {"check": check, "card": decibels, "agrees": decibels > MIN_DECIBELS}
    check = f"clip of {SPAN.duration_s:.0f} s, s"
    yield {"check": check, "cpu": took_s[0], "card": took_s[1]}


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


def main() -> int:
    """Run all checks on the first card."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if not torch.cuda.is_available():
        print("gpu-check: no CUDA device on this machine, so nothing was checked.")
        return 0
    card = torch.device("cuda")
    with TemporaryDirectory() as name:
        every = checks(card, Path(name)).items()
        rows = [row for kind, check in every for row in rows_of(kind, check)]
    properties = torch.cuda.get_device_properties(card)
    known = {name: version(name) for name in PACKAGES} | {"CUDA of torch": torch.version.cuda}
    known |= {"card": properties.name, "memory GiB": f"{properties.total_memory / 2**30:.1f}"}
    report("gpu_check", "CUDA against CPU", rows, versions=known)
    return int(any(row.get("failed") or row.get("agrees") is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
