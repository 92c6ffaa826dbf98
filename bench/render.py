"""Compares rendering a clip with the ffmpeg command that does the same work, and with x264 alone.

Both sides crop the same fixed part of the same seconds, scale it, draw the same words on it and
encode with the same preset, CRF, threads and key frame interval. Our side omits some of the
preset's partitions and B-frames and measures the loudness, so the command is also timed with each
of these. The lower bound is encoding the frames of our clip from memory. Quality is the similarity
to a lossless encode of the same side.
"""

import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from bench.support import ffmpeg_tools
from bench.support.encoder_alone import encode_alone, frames_of
from bench.support.likeness import likeness
from bench.support.line_process import cpu_s
from bench.support.recordings import MEDIA, SAMPLE
from bench.support.report import fast, report
from bench.support.spread import paired
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
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

STYLE = "white_bold"
LOSSLESS = ("ultrafast", 0)  # preset, CRF
RUNS = 3
FIRST_S, LAST_S = 5.0, 25.0
FILES = (
    SAMPLE,
    MEDIA / "talk/subtitleeffect_obama.mp4",
    MEDIA / "talk/latentsync_demo3.mp4",  # upright, as large as the clip
)


class Work:
    """The task of both sides for one file."""

    def __init__(self, path: Path, models: Models, quality: Quality, folder: Path) -> None:
        self.options, self.folder = Options(quality=quality), folder
        self.source: Source = probe(path)
        end_s = min(LAST_S, self.source.duration_s - 0.5)
        self.span = span = Span(start_s=FIRST_S, end_s=end_s)
        talk = pipeline.listen(
            self.source, models=models, options=self.options, work_dir=folder, control=Control()
        )
        inside = (w for w in talk.transcript.words if span.start_s <= w.start_s <= span.end_s)
        self.words: tuple[Word, ...] = tuple(inside)
        width, height = crop_planning.output_size(self.options)
        assert self.source.video is not None
        self.rate = Fraction(self.source.video.fps)
        frame = Frame.of(self.source.video, width, height)
        w = round(frame.max_h * frame.ratio / 2) * 2
        x = round((frame.width - w) / 4) * 2
        self.box = Box(x=float(x), y=0.0, w=float(w), h=frame.max_h)
        key = CropKey(t_s=span.start_s, box=self.box)
        crop = CropSegment(start_s=span.start_s, end_s=span.end_s, layout="crop", keys=(key,))
        self.path = CropPath(width=width, height=height, segments=(crop,))

    def ours(self, name: str = "ours") -> Path:
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
        ).path

    def theirs(
        self, name: str, *, settings: tuple[str, int], loud: bool = False, params: str = ""
    ) -> Path:
        """Render the clip by the ffmpeg command; `loud`: normalize to -14 LUFS, as our side does.

        `params` are x264's, in addition to the preset.
        """
        captions, out = self.folder / "captions.ass", self.folder / f"{name}.mp4"
        words = tuple(
            replace(w, start_s=w.start_s - self.span.start_s, end_s=w.end_s - self.span.start_s)
            for w in self.words
        )
        said = Transcript(language="en", duration_s=self.span.duration_s, words=words, sentences=())
        width, height = self.path.width, self.path.height
        captions.write_text(ass_subtitles.write(said, STYLE, width=width, height=height))
        b, (preset, crf) = self.box, settings
        picture = (
            f"crop={b.w:.0f}:{b.h:.0f}:{b.x:.0f}:{b.y:.0f},"
            f"scale={width}:{height}:flags=bicubic,ass={captions}"
        )
        key_frames = round(encoder.KEY_FRAME_INTERVAL_S * self.rate)
        command = f"ffmpeg -v error -y -ss {self.span.start_s} -t {self.span.duration_s} -i".split()
        command += [str(self.source.path), "-vf", picture]
        command += ["-af", "loudnorm=I=-14:TP=-1,aresample=48000"] if loud else []
        command += f"-c:v libx264 -preset {preset} -crf {crf}".split()
        command += ["-x264-params", params] if params else []
        command += f"-threads {encoder.encoder_threads()} -g {key_frames} -pix_fmt yuv420p".split()
        command += f"-c:a aac -b:a {AAC_BIT_RATE} -ac 2 -ar 48000 -movflags +faststart".split()
        subprocess.run([*command, str(out)], check=True)
        return out


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """Call `run`; return the seconds that it took, and those of all its threads and processes."""
    began, before_s = time.perf_counter(), cpu_s()
    run()
    return time.perf_counter() - began, cpu_s() - before_s


def measure(path: Path, models: Models, quality: Quality) -> list[dict[str, object]]:
    """Measure a file and return one row per side."""
    with TemporaryDirectory() as name:
        work = Work(path, models, quality, Path(name))
        settings, params = encoder.X264[quality], encoder.X264_PARAMS[quality]
        encoder.X264[quality] = LOSSLESS
        whole = {"ours": work.ours("ours_whole")}
        encoder.X264[quality] = settings
        frames = frames_of(whole["ours"])
        sides: dict[str, Callable[[], object]] = {
            "ours": work.ours,
            "x264 alone": lambda: encode_alone(
                frames, work.folder / "alone.mp4", quality, work.rate
            ),
        }
        files = {"ours": work.folder / "ours.mp4"}
        if shutil.which("ffmpeg"):
            sides["ffmpeg"] = lambda: work.theirs("ffmpeg", settings=settings)
            sides["ffmpeg, loudnorm"] = lambda: work.theirs("loud", settings=settings, loud=True)
            sides["ffmpeg, our x264 settings"] = lambda: work.theirs(
                "parts", settings=settings, params=params
            )
            files["ffmpeg"] = work.folder / "ffmpeg.mp4"
            files["ffmpeg, our x264 settings"] = work.folder / "parts.mp4"
            whole["ffmpeg"] = work.theirs("ffmpeg_whole", settings=LOSSLESS)
        took: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
        for _ in range(RUNS):  # alternating, so that a busy moment affects every side
            for side, run in sides.items():
                took[side].append(timed(run))
        cpu = {side: statistics.median(cpu for _, cpu in runs) for side, runs in took.items()}
        rows = []
        for side, runs in took.items():
            row: dict[str, object] = {"file": path.name, "quality": quality, "side": side}
            row["s"] = seconds = statistics.median(s for s, _ in runs)
            row["frames/s"] = len(frames) / seconds
            row |= paired([s for s, _ in runs], [s for s, _ in took["ours"]]).fields("ours is")
            row["CPU s"] = cpu[side]
            if side == "ours":
                row["in x264"] = cpu["x264 alone"] / cpu[side]
            if side in files:
                row["kB"] = round(files[side].stat().st_size / 1000)
            if side in files and "ffmpeg" in whole:
                row["SSIM"] = likeness(files[side], whole[side.split(",")[0]])
            rows.append(row)
        return rows


def main() -> None:
    """Measure every available file in the two qualities that differ in size."""
    if not ffmpeg_tools.put_on_path():
        print("bench-render: ffmpeg is not installed, so ours is measured beside x264 alone.")
    models = pipeline.load_models()
    qualities: tuple[Quality, ...] = ("balanced", "fast")
    files = [file for file in FILES if file.exists()]
    if fast():
        files, qualities = files[:1], qualities[:1]
    rows = [row for f in files for q in qualities for row in measure(f, models, q)]
    version = ffmpeg_tools.version() if shutil.which("ffmpeg") else ""
    report("render", f"Rendering {LAST_S - FIRST_S:.0f} s", rows, ffmpeg=version)


if __name__ == "__main__":
    main()
