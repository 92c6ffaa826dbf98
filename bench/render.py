"""Rendering one clip: beside the ffmpeg command that does the same work, and beside x264 alone.

Both sides crop the same fixed part of the same seconds, scale it, write the same words on it and
encode with the same preset, factor and threads. The floor: the frames that our clip shows are
encoded again from memory with nothing else to do. Quality is SSIM against what the same side
encodes without loss.
"""

import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import av

import pipeline
from bench.report import keep, show
from pipeline import encoder, reframe, render, substation
from pipeline.control import Control
from pipeline.data import (
    Box,
    Clip,
    CropKey,
    CropPath,
    CropSegment,
    Options,
    Quality,
    Source,
    Span,
    Transcript,
    Word,
)
from pipeline.framing import Frame
from pipeline.models import Models
from pipeline.mux import AAC_BIT_RATE
from pipeline.probe import probe

ROOT = Path(__file__).parents[1]
STYLE = "white_bold"
TIMES = 3
SPAN = Span(start_s=5.0, end_s=25.0)
LOSSLESS = ("ultrafast", 0)
FILES = (
    ROOT / "tests/data/sample_talk.mp4",
    ROOT.parent / "shared/media/talk/subtitleeffect_obama.mp4",
)


class Work:
    """What both sides are to do with one file."""

    def __init__(self, path: Path, models: Models, quality: Quality, folder: Path) -> None:
        self.options, self.folder = Options(quality=quality), folder
        self.source: Source = probe(path)
        talk = pipeline.listen(
            path, models=models, options=self.options, work_dir=folder, control=Control()
        )
        inside = (w for w in talk.transcript.words if SPAN.start_s <= w.start_s <= SPAN.end_s)
        self.words: tuple[Word, ...] = tuple(inside)
        width, height = reframe.output_size(self.options)
        assert self.source.video is not None
        frame = Frame.of(self.source.video, width, height)
        w = round(frame.max_h * frame.ratio / 2) * 2
        x = round((frame.width - w) / 4) * 2
        self.box = Box(x=float(x), y=0.0, w=float(w), h=frame.max_h)
        key = CropKey(t_s=SPAN.start_s, box=self.box)
        crop = CropSegment(start_s=SPAN.start_s, end_s=SPAN.end_s, layout="crop", keys=(key,))
        self.path = CropPath(width=width, height=height, segments=(crop,))

    def ours(self, name: str = "ours") -> Clip:
        """Our clip."""
        return render.render_clip(
            self.source, SPAN, self.words, self.path, style=STYLE, options=self.options,
            stem=self.folder / name, control=Control(),
        )  # fmt: skip

    def theirs(self, name: str, *, settings: tuple[str, int], loud: bool = False) -> Path:
        """The command's clip; `loud`: its sound is brought to -14 LUFS, too, as ours is."""
        captions = self.folder / "captions.ass"
        words = tuple(
            replace(w, start_s=w.start_s - SPAN.start_s, end_s=w.end_s - SPAN.start_s)
            for w in self.words
        )
        duration_s = SPAN.end_s - SPAN.start_s
        said = Transcript(language="en", duration_s=duration_s, words=words, sentences=())
        size = self.path.width, self.path.height
        captions.write_text(substation.write(said, STYLE, width=size[0], height=size[1]))
        b, (preset, crf) = self.box, settings
        picture = (
            f"crop={b.w:.0f}:{b.h:.0f}:{b.x:.0f}:{b.y:.0f},"
            f"scale={size[0]}:{size[1]}:flags=bicubic,ass={captions}"
        )
        out = self.folder / f"{name}.mp4"
        rate = Fraction(self.source.video.fps) if self.source.video else Fraction(30)
        sound = ["-af", "loudnorm=I=-14:TP=-1,aresample=48000"] if loud else []
        command = [
            "ffmpeg", "-v", "error", "-y", "-ss", str(SPAN.start_s), "-t", str(duration_s),
            "-i", str(self.source.path), "-vf", picture, *sound, "-c:v", "libx264",
            "-preset", preset, "-crf", str(crf), "-threads", str(encoder.encoder_threads()),
            "-g", str(round(encoder.KEY_FRAMES_S * rate)), "-pix_fmt", "yuv420p",
            "-c:a", "aac", "-b:a", str(AAC_BIT_RATE), "-ac", "2", "-ar", "48000",
            "-movflags", "+faststart", str(out),
        ]  # fmt: skip
        subprocess.run(command, check=True, cwd=self.folder)
        return out


def measure(path: Path, models: Models, quality: Quality) -> list[dict[str, object]]:
    """A row for each side."""
    with TemporaryDirectory() as name:
        work = Work(path, models, quality, Path(name))
        settings = encoder.X264[quality]
        frames = _frames(work.ours().path)
        rate = work.source.video.fps if work.source.video else Fraction(30)
        sides: dict[str, Callable[[], object]] = {
            "ours": work.ours,
            "x264 alone": lambda: _encode_alone(frames, work.folder / "alone.mp4", quality, rate),
        }
        if shutil.which("ffmpeg"):
            sides["ffmpeg"] = lambda: work.theirs("ffmpeg", settings=settings)
            sides["ffmpeg, loudnorm"] = lambda: work.theirs("loud", settings=settings, loud=True)
        took: dict[str, list[float]] = {side: [] for side in sides}
        for _ in range(TIMES):  # in turns: a busy moment meets all of them
            for side, run in sides.items():
                began = time.perf_counter()
                run()
                took[side].append(time.perf_counter() - began)
        files = {"ours": "ours.mp4", "ffmpeg": "ffmpeg.mp4", "x264 alone": "alone.mp4"}
        alike = _alike(work) if shutil.which("ffmpeg") else {}
        return [
            {
                "file": path.name,
                "quality": quality,
                "side": side,
                "s": statistics.median(times),
                "frames/s": len(frames) / statistics.median(times),
                "ours is": statistics.median(
                    t / o for t, o in zip(times, took["ours"], strict=True)
                ),
                "kB": round((work.folder / files[side]).stat().st_size / 1000)
                if side in files
                else "",
                "SSIM": alike.get(side, ""),
            }
            for side, times in took.items()
        ]


def _alike(work: Work) -> dict[str, float]:
    """SSIM of each side's clip and what it would be without loss."""
    with _lossless(work.options.quality):
        work.ours("ours_whole")
    work.theirs("ffmpeg_whole", settings=LOSSLESS)
    return {
        side: _ssim(work.folder / f"{side}.mp4", work.folder / f"{side}_whole.mp4")
        for side in ("ours", "ffmpeg")
    }


@contextmanager
def _lossless(quality: Quality) -> Iterator[None]:
    """Our encoder keeps everything meanwhile."""
    before = encoder.X264[quality]
    encoder.X264[quality] = LOSSLESS
    try:
        yield
    finally:
        encoder.X264[quality] = before


def _ssim(a: Path, b: Path) -> float:
    graph = "[0:v]setpts=N[a];[1:v]setpts=N[b];[a][b]ssim"
    command = ["ffmpeg", "-i", str(a), "-i", str(b), "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"SSIM .*All:([0-9.]+)", said)
    assert found is not None
    return float(found[1])


def _frames(path: Path) -> list[av.VideoFrame]:
    with av.open(path) as container:
        return [f.reformat(format="yuv420p") for f in container.decode(video=0)]


def _encode_alone(
    frames: list[av.VideoFrame], path: Path, quality: Quality, rate: Fraction
) -> None:
    """These frames from memory, with our settings."""
    with av.open(path, "w") as out:
        steady = Fraction(rate).limit_denominator(1001)
        stream = encoder.add_video(out, quality, frames[0].width, frames[0].height, steady)
        for number, frame in enumerate(frames):
            frame.pts, frame.time_base = number, 1 / steady
            frame.pict_type = 0
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def main() -> None:
    """Every file that is there, in the two qualities that differ in size."""
    if not shutil.which("ffmpeg"):
        print("bench-render: ffmpeg is not installed, so ours is measured beside x264 alone.")
    models = pipeline.load_models()
    qualities: tuple[Quality, ...] = ("balanced", "fast")
    rows = [row for f in FILES if f.exists() for q in qualities for row in measure(f, models, q)]
    show(f"Rendering {SPAN.end_s - SPAN.start_s:.0f} s", rows)
    version = ""
    if shutil.which("ffmpeg"):
        said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True)
        version = said.stdout.split("\n")[0]
    keep("render", rows=rows, ffmpeg=version)


if __name__ == "__main__":
    main()
