"""Compares CUDA with the CPU, and reports what this card can encode. Needs a card.

The exit code is 0 if everything agrees or there is no card (with a message), 1 if something
differs.
"""

import logging
import sys
import time
from itertools import islice, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import numpy as np
import torch

import pipeline
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import Box, CropKey, CropPath, CropSegment, Options, Span
from pipeline.core.layout import crops_at
from pipeline.media.frames import read
from pipeline.media.planes import pixels
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import ModelConfig
from pipeline.rendering import encoder, gpu
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.gpu_compositor import CardCanvas
from pipeline.rendering.surface import Surface

SAMPLE = Path(__file__).parents[1] / "tests/data/sample_talk.mp4"
MAX_MEL_DIFFERENCE = 2e-2  # of a log-mel, whose values span about 2; float16 rounds to 1e-3
MAX_EMBEDDING_DISTANCE = 0.01  # cosine, float16 against float32
COMPARED_FRAMES = 50  # level by level
MAX_LEVELS = 2  # one, except for a few in a million that the sides round in opposite directions
MIN_DECIBELS = 36.0  # between two encodings of frames that differ by one level


def main() -> int:
    """Compare both devices with the same weights (Whisper base)."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    if not torch.cuda.is_available():
        print("gpu-check: no CUDA device on this machine, so nothing was checked.")
        return 0
    control = Control()
    both = {
        name: pipeline.load_models(ModelConfig(device=name, precision=kind, whisper="whisper-base"))
        for name, kind in (("cpu", "float32"), ("cuda", "float16"))
    }
    texts, seconds, mels, vectors = {}, {}, {}, {}
    with TemporaryDirectory() as folder:
        sound = load_audio(probe(SAMPLE), Path(folder), control)
        window = np.zeros((1, 480_000), np.float32)
        window[0, :] = sound.slice(0.0, 30.0)
        for name, models in both.items():
            models.warm()
            models.warm_optional()
            pipeline.hear(sound, models=models, language=None, control=control)
            began = time.perf_counter()
            heard = pipeline.hear(sound, models=models, language=None, control=control)
            seconds[name] = time.perf_counter() - began
            texts[name] = " ".join(w.text for w in heard.words)
            mels[name] = models.whisper.log_mel(window).float().cpu()
            vectors[name] = models.text_encoder(["A loaf of bread.", "Nobody came."])
    mel = float((mels["cpu"] - mels["cuda"]).abs().max())
    distance = float((1 - (vectors["cpu"] * vectors["cuda"]).sum(1)).max())
    same = texts["cpu"].lower().split() == texts["cuda"].lower().split()
    rows: list[dict[str, object]] = [
        {
            "check": "log-mel, largest difference",
            "cpu": "",
            "cuda": mel,
            "agrees": mel < MAX_MEL_DIFFERENCE,
        },
        {
            "check": "embeddings, cosine distance",
            "cpu": "",
            "cuda": distance,
            "agrees": distance < MAX_EMBEDDING_DISTANCE,
        },
        {
            "check": "words of the sample",
            "cpu": len(texts["cpu"].split()),
            "cuda": len(texts["cuda"].split()),
            "agrees": same,
        },
        {"check": "recognition, s", "cpu": seconds["cpu"], "cuda": seconds["cuda"], "agrees": True},
    ]
    with TemporaryDirectory() as folder:
        rows += pictures(torch.device("cuda"), Path(folder))
    report("gpu_check", "CUDA against CPU", rows)
    return 0 if all(row["agrees"] for row in rows) else 1


def pictures(card: torch.device, folder: Path) -> list[dict[str, object]]:
    """Compare decoding, composing and encoding on `card` with the CPU."""
    source = probe(SAMPLE)
    assert source.video is not None
    span = Span(start_s=2.0, end_s=12.0)
    keys = tuple(
        CropKey(t_s=t, box=Box(x=x, y=0.0, w=405.0, h=720.0)) for t, x in ((2, 300.0), (12, 420.0))
    )
    segment = CropSegment(start_s=2.0, end_s=12.0, layout="crop", keys=keys)
    path = CropPath(width=1080, height=1920, segments=(segment,))
    frames = gpu.decode_on_card(source, [span], Control(), card)
    composed: dict[str, list[Surface]] = {}
    for name, canvas, decoded in (
        ("cpu", Canvas(source.video, 1080, 1920), read(source, span, control=Control())),
        ("cuda", CardCanvas(source.video, 1080, 1920, card), frames or iter(())),
    ):
        composed[name] = [
            canvas.compose(frame, "crop", crops_at(segment, max(2.0, t_s)))
            for t_s, frame in islice(decoded, COMPARED_FRAMES)
        ]
    furthest = max(
        (
            int(np.abs(pixels(p).astype(int) - pixels(q)).max())
            for a, b in zip(composed["cpu"], composed["cuda"], strict=False)
            for p, q in zip(a.viewable().planes, b.viewable().planes, strict=True)
        ),
        default=-1,
    )
    seconds, clips = {}, {}
    for name, where in (("cpu", None), ("cuda", card)):
        for again in ("warm", "timed"):
            began = time.perf_counter()
            clips[name] = render_clip(
                source,
                span,
                (),
                path,
                style="none",
                options=Options(),
                stem=folder / f"{name}-{again}",
                control=Control(),
                card=where,
            )
            seconds[name] = time.perf_counter() - began
    decibels = likeness(clips["cpu"].path, clips["cuda"].path)
    return [
        {
            "check": "decoded on the card, pictures",
            "cpu": "",
            "cuda": len(composed["cuda"]),
            "agrees": len(composed["cuda"]) == COMPARED_FRAMES,
        },
        {
            "check": "composed pictures, levels apart",
            "cpu": "",
            "cuda": furthest,
            "agrees": 0 <= furthest <= MAX_LEVELS,
        },
        {
            "check": f"clips ({encoder.choose().name}), dB alike",
            "cpu": "",
            "cuda": decibels,
            "agrees": decibels > MIN_DECIBELS,
        },
        {
            "check": "clip of 10 s, s",
            "cpu": seconds["cpu"],
            "cuda": seconds["cuda"],
            "agrees": True,
        },
    ]


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


if __name__ == "__main__":
    sys.exit(main())
