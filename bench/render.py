"""Rendering one clip: how much of the time is x264's, the floor that no renderer can pass.

The same frames that our clip shows are decoded from it and encoded again with the same encoder
settings and nothing else; the ratio of the two times is what cropping, scaling, captions, decoding
and sound cost on top.
"""

import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av

import pipeline
from bench.report import report
from pipeline import encoder, reframe, render
from pipeline.control import Control
from pipeline.data import Options, Quality, Span
from pipeline.models import Models
from pipeline.probe import probe

ROOT = Path(__file__).parents[1]
SECONDS = 20.0
FILES = (
    ROOT / "tests/data/sample_talk.mp4",
    ROOT.parent / "shared/media/talk/subtitleeffect_obama.mp4",
)


def measure(path: Path, models: Models, quality: Quality) -> dict[str, object]:
    """One row."""
    control, options = Control(), Options(quality=quality)
    source = probe(path)
    assert source.video is not None
    span = Span(start_s=5.0, end_s=5.0 + SECONDS)
    with TemporaryDirectory() as name:
        folder = Path(name)
        talk = pipeline.listen(
            path, models=models, options=options, work_dir=folder, control=control
        )
        words = tuple(w for w in talk.transcript.words if span.start_s <= w.start_s <= span.end_s)
        began = time.perf_counter()
        shots = reframe.look(source, span, control=control)
        looked = time.perf_counter()
        crop_path = reframe.plan(source, span, shots, options)
        clip = render.render_clip(
            source, span, words, crop_path, style="white_bold", options=options,
            stem=folder / "clip", control=control, shots=shots,
        )  # fmt: skip
        rendered = time.perf_counter()
        with av.open(clip.path) as container:
            frames = [f.reformat(format="yuv420p") for f in container.decode(video=0)]
        floor = encode_alone(frames, folder / "floor.mp4", quality, float(source.video.fps))
    ours = rendered - looked
    return {
        "file": path.name,
        "quality": quality,
        "output": f"{clip.width}x{clip.height}",
        "frames": len(frames),
        "look s": looked - began,
        "render s": ours,
        "x264 alone s": floor,
        "ratio": ours / floor,
        "× real time": SECONDS / ours,
    }


def encode_alone(frames: list[av.VideoFrame], path: Path, quality: Quality, rate: float) -> float:
    """Seconds that the encoder takes for these frames, with our settings."""
    with av.open(path, "w") as out:
        stream = encoder.add_video(
            out, quality, frames[0].width, frames[0].height, Fraction(rate).limit_denominator(1001)
        )
        began = time.perf_counter()
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, 1 / Fraction(rate).limit_denominator(1001)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        return time.perf_counter() - began


def main() -> None:
    """Every file that is there, in the two qualities that differ in size."""
    models = pipeline.load_models()
    qualities: tuple[Quality, ...] = ("fast", "balanced")
    rows = [measure(f, models, q) for f in FILES if f.exists() for q in qualities]
    report("render", f"Rendering {SECONDS:.0f} s", rows)


if __name__ == "__main__":
    main()
