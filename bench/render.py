"""Compares rendering a clip with the ffmpeg command that does the same work, and with x264 alone.

Both sides crop the same fixed part of the same seconds, scale it, draw the same words on it and
encode with the same preset, CRF, threads and key frame interval. Our side omits some of the
preset's partitions and B-frames and measures the loudness, so the command is also timed with each
of these. The lower bound is encoding the frames of our clip from memory. Quality is the similarity
to a lossless encode of the same side.
"""

import pickle
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from bench.support import ffmpeg_tools
from bench.support.encoder_alone import encode_alone, frames_of
from bench.support.engines import BENCH_PYTHON
from bench.support.likeness import Likeness, likeness
from bench.support.lossless import LOSSLESS, lossless
from bench.support.report import fast, keep, show
from bench.support.spread import paired
from pipeline.core.control import Control
from pipeline.core.data import (
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
from pipeline.export import ass_subtitles
from pipeline.framing import crop_planning
from pipeline.framing.crop_frame import Frame
from pipeline.media.probing import probe
from pipeline.models.registry import Models
from pipeline.rendering import clip_renderer, encoder
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.muxer import AAC_BIT_RATE

ROOT = Path(__file__).parents[1]
STYLE = "white_bold"
RUNS = 3
FIRST_S, LAST_S = 5.0, 25.0
FILES = (
    ROOT / "tests/data/sample_talk.mp4",
    ROOT.parent / "shared/media/talk/subtitleeffect_obama.mp4",
    ROOT.parent / "shared/media/talk/latentsync_demo3.mp4",  # upright, as large as the clip
)


class Work:
    """The task of both sides for one file."""

    def __init__(self, path: Path, models: Models, quality: Quality, folder: Path) -> None:
        self.options, self.folder = Options(quality=quality), folder
        self.source: Source = probe(path)
        end_s = min(LAST_S, self.source.duration_s - 0.5)
        self.span = span = Span(start_s=FIRST_S, end_s=end_s)
        talk = pipeline.listen(
            path, models=models, options=self.options, work_dir=folder, control=Control()
        )
        inside = (w for w in talk.transcript.words if span.start_s <= w.start_s <= span.end_s)
        self.words: tuple[Word, ...] = tuple(inside)
        width, height = crop_planning.output_size(self.options)
        assert self.source.video is not None
        frame = Frame.of(self.source.video, width, height)
        w = round(frame.max_h * frame.ratio / 2) * 2
        x = round((frame.width - w) / 4) * 2
        self.box = Box(x=float(x), y=0.0, w=float(w), h=frame.max_h)
        key = CropKey(t_s=span.start_s, box=self.box)
        crop = CropSegment(start_s=span.start_s, end_s=span.end_s, layout="crop", keys=(key,))
        self.path = CropPath(width=width, height=height, segments=(crop,))

    def ours(self, name: str = "ours") -> Clip:
        """Render our clip."""
        return clip_renderer.render_clip(
            ClipPlan(
                source=self.source,
                span=self.span,
                words=self.words,
                path=self.path,
                style=STYLE,
                options=self.options,
            ),
            stem=self.folder / name,
            control=Control(),
        )

    def theirs(
        self, name: str, *, settings: tuple[str, int], loud: bool = False, params: str = ""
    ) -> None:
        """Render the clip of the ffmpeg command."""
        command = self.command(name, settings=settings, loud=loud, params=params)
        subprocess.run(command, check=True)

    def command(
        self, name: str, *, settings: tuple[str, int], loud: bool = False, params: str = ""
    ) -> list[str]:
        """Build the ffmpeg command; with `loud` it normalizes to -14 LUFS, as our side does.

        `params` are x264's, in addition to the preset.
        """
        captions = self.folder / "captions.ass"
        words = tuple(
            replace(w, start_s=w.start_s - self.span.start_s, end_s=w.end_s - self.span.start_s)
            for w in self.words
        )
        duration_s = self.span.end_s - self.span.start_s
        said = Transcript(language="en", duration_s=duration_s, words=words, sentences=())
        size = self.path.width, self.path.height
        captions.write_text(ass_subtitles.write(said, STYLE, width=size[0], height=size[1]))
        b, (preset, crf) = self.box, settings
        picture = (
            f"crop={b.w:.0f}:{b.h:.0f}:{b.x:.0f}:{b.y:.0f},"
            f"scale={size[0]}:{size[1]}:flags=bicubic,ass={captions}"
        )
        out = self.folder / f"{name}.mp4"
        rate = Fraction(self.source.video.fps) if self.source.video else Fraction(30)
        sound = ["-af", "loudnorm=I=-14:TP=-1,aresample=48000"] if loud else []
        more = ["-x264-params", params] if params else []
        return [
            "ffmpeg",
            "-v",
            "error",
            "-y",
            "-ss",
            str(self.span.start_s),
            "-t",
            str(duration_s),
            "-i",
            str(self.source.path),
            "-vf",
            picture,
            *sound,
            "-c:v",
            "libx264",
            "-preset",
            preset,
            "-crf",
            str(crf),
            *more,
            "-threads",
            str(encoder.encoder_threads()),
            "-g",
            str(round(encoder.KEY_FRAME_INTERVAL_S * rate)),
            "-pix_fmt",
            "yuv420p",
            "-c:a",
            "aac",
            "-b:a",
            str(AAC_BIT_RATE),
            "-ac",
            "2",
            "-ar",
            "48000",
            "-movflags",
            "+faststart",
            str(out),
        ]


@dataclass(frozen=True, slots=True)
class Took:
    """The cost of one run."""

    s: float
    cpu_s: float  # of all threads, child processes included


def timed(run: Callable[[], object]) -> Took:
    """Call `run` and return its cost."""
    began, before = time.perf_counter(), _cpu_s()
    run()
    return Took(s=time.perf_counter() - began, cpu_s=_cpu_s() - before)


def _cpu_s() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def measure(path: Path, models: Models, quality: Quality) -> list[dict[str, object]]:
    """Measure a file and return one row per side."""
    with TemporaryDirectory() as name:
        work = Work(path, models, quality, Path(name))
        settings, params = encoder.X264[quality], encoder.X264_PARAMS[quality]
        with lossless(quality):
            frames = frames_of(work.ours("ours_whole").path)
        rate = work.source.video.fps if work.source.video else Fraction(30)
        sides: dict[str, Callable[[], object]] = {
            "ours": work.ours,
            "x264 alone": lambda: encode_alone(frames, work.folder / "alone.mp4", quality, rate),
        }
        if shutil.which("ffmpeg"):
            sides |= {
                "ffmpeg": lambda: work.theirs("ffmpeg", settings=settings),
                "ffmpeg, loudnorm": lambda: work.theirs("loud", settings=settings, loud=True),
                "ffmpeg, our x264 settings": lambda: work.theirs(
                    "parts", settings=settings, params=params
                ),
            }
        took: dict[str, list[Took]] = {side: [] for side in sides}
        for _ in range(RUNS):  # alternating, so that a busy moment affects every side
            for side, run in sides.items():
                took[side].append(timed(run))
        files = {
            "ours": "ours.mp4",
            "ffmpeg": "ffmpeg.mp4",
            "ffmpeg, our x264 settings": "parts.mp4",
        }
        alike = _alike(work, files) if shutil.which("ffmpeg") else {}
        kept = work.folder / "work.pickle"
        kept.write_bytes(pickle.dumps(work))
        commands = {
            "ours": [sys.executable, "-m", "bench.render", str(kept)],
            "ffmpeg": work.command("ffmpeg", settings=settings),
        }
        x264 = statistics.median(t.cpu_s for t in took["x264 alone"])
        rows = []
        for side, runs in took.items():
            row: dict[str, object] = {"file": path.name, "quality": quality, "side": side}
            row["s"] = statistics.median(t.s for t in runs)
            row["frames/s"] = len(frames) / statistics.median(t.s for t in runs)
            row |= paired([t.s for t in runs], [t.s for t in took["ours"]]).fields("ours is")
            row["CPU s"] = statistics.median(t.cpu_s for t in runs)
            if side == "ours":
                row["in x264"] = x264 / statistics.median(t.cpu_s for t in runs)
            if side in files:
                row["kB"] = round((work.folder / files[side]).stat().st_size / 1000)
            if side in alike:
                row["SSIM"], row["XPSNR dB"] = alike[side].ssim, alike[side].xpsnr_db
            if side in commands:
                row["MiB"] = round(_memory(commands[side]))
            rows.append(row)
        return rows


# The memory of a process before exec counts toward the new program, so the parent must be small.
_WEIGH = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def _memory(command: Sequence[str]) -> float:
    """Return the peak memory in MiB of a process that runs only this command."""
    weigh = [sys.executable, "-S", "-c", _WEIGH, *command]
    said = subprocess.run(weigh, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1]) / 1024


def _alike(work: Work, files: Mapping[str, str]) -> dict[str, Likeness]:
    """Compare each side's clip with a lossless encode of the same side."""
    work.theirs("ffmpeg_whole", settings=LOSSLESS)
    return {
        side: likeness(
            work.folder / name,
            work.folder / ("ours_whole.mp4" if side == "ours" else "ffmpeg_whole.mp4"),
        )
        for side, name in files.items()
    }


def main() -> None:
    """Measure every available file in the two qualities that differ in size."""
    if len(sys.argv) > 1:  # `_memory` calls this module with an argument
        work: Work = pickle.loads(Path(sys.argv[1]).read_bytes())
        work.ours("weighed")
        return
    if not ffmpeg_tools.put_on_path():
        print("bench-render: ffmpeg is not installed, so ours is measured beside x264 alone.")
    models = pipeline.load_models()
    qualities: tuple[Quality, ...] = ("balanced", "fast")
    files = [file for file in FILES if file.exists()]
    if fast():
        files, qualities = files[:1], qualities[:1]
    rows = [row for f in files for q in qualities for row in measure(f, models, q)]
    show(f"Rendering {LAST_S - FIRST_S:.0f} s", rows)
    version = ffmpeg_tools.version() if shutil.which("ffmpeg") else ""
    keep("render", rows=rows, ffmpeg=version)
    subprocess.run([BENCH_PYTHON, "-m", "bench.support.plot_render"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
