"""Compares a whole job with shorts-factory: time, size, similarity, loudness and picks.

Every side gets the same talk, weights (Whisper base), threads and number of clips, runs in a
process of its own that has done a job before, and takes turns with the others. The peer runs twice
a round: "as shipped" makes its own clips with its own encoder settings; "same spans and encoder"
makes its picks, too, and then renders the spans that the product picked in that round, with the
product's preset, CRF and pictures a second, so that both sides make the same seconds of clips. A
cold command is one that a user types: it loads everything first, and is compared with the warm job
of the same round. Similarity is that of a side's
first clip to the same pictures encoded without loss.
"""

import json
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import av
from meter import metered, sound_of

from bench.support import ffmpeg_tools
from bench.support.job_sides import PEER_PYTHON, JobSide, environment, weights_of
from bench.support.likeness import likeness
from bench.support.line_process import EngineFailed
from bench.support.moment_picks import judged
from bench.support.recordings import PODCAST, ROOT, SAMPLE
from bench.support.repeated import repeated
from bench.support.report import fast, keep, show
from bench.support.spread import paired, spread
from pipeline.core.data import Quality
from pipeline.media.probing import probe
from pipeline.rendering import encoder

OURS, PEER = "KlipFast", "shorts-factory"
MATCHED, SHIPPED = f"{PEER}, same spans and encoder", f"{PEER}, as shipped"
QUALITY: Quality = "balanced"  # the product's default
WARM_S = 30.0  # of the sample, clipped untimed first
# columns of the two tables that are printed
TIME = ("runs", "s", "clip s", "time ÷ ours", "first clip s", "CPU s", "CPU ÷ ours", "peak MiB")
CLIPS = ("MB a clip minute", "SSIM", "LUFS from", "LUFS to", "peak dBTP", "whole", "torn", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A talk to make clips of, and how often."""

    path: Path
    clips: int
    rounds: int
    cold: bool = False  # whether the commands are measured, too
    shipped: bool = True  # whether the peer also makes its own clips


def tasks() -> list[Task]:
    """Return the talks that are here: the scripted podcast of ten minutes, and the sample."""
    if fast():
        return [Task(path=SAMPLE, clips=2, rounds=1, cold=True)]
    found = [
        Task(path=PODCAST, clips=5, rounds=3, shipped=False),
        Task(path=SAMPLE, clips=3, rounds=3, cold=True),
    ]
    return [task for task in found if task.path.exists()]


def seconds_of(path: Path) -> float:
    """Return the length of a clip as its container states it."""
    with av.open(path) as container:
        return (container.duration or 0) / av.time_base


def run(side: JobSide, task: Task, folder: Path, name: str, **more: Any) -> dict[str, Any]:
    """Let a side do the job; return its answer with the clips' seconds, sizes and loudness.

    Raises EngineFailed.
    """
    out = folder / name
    answer = side.ask(task.path, out, clips=task.clips, **more)
    clips = [Path(path) for path in answer["clips"]]
    answer["clip_s"] = sum(seconds_of(path) for path in clips)
    answer["bytes"] = sum(path.stat().st_size for path in clips)
    if more.get("lossless"):
        answer["loudness"] = [metered(sound_of(path)) for path in clips]
        both = clips[0], Path(answer["lossless"])
        answer["ssim"] = likeness(*both).ssim if shutil.which("ffmpeg") else ""
    shutil.rmtree(out)
    print(f"{name}: {answer['seconds']:.1f} s, {answer['clip_s']:.1f} s of clips", file=sys.stderr)
    return answer


@dataclass
class Measured:
    """The runs of every side of a task, in order, and what the sides said of themselves."""

    task: Task
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    cold_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def in_turns(task: Task, folder: Path) -> Measured:
    """Run every side of a task, in rounds; the last one also measures what the clips are like."""
    video = probe(task.path).video
    assert video is not None
    settings = (*encoder.X264[QUALITY], str(video.fps))
    found = Measured(task)
    with ExitStack() as stack:
        ours, peer = (_started(name, folder, found, stack) for name in ("ours", PEER))
        if ours is None:
            raise EngineFailed(found.failed["ours"])
        for number in range(task.rounds):
            closer = number == task.rounds - 1
            own = run(ours, task, folder, OURS, lossless=closer)
            found.runs[OURS].append(own)
            if task.cold:
                found.cold_s[OURS].append(cold(OURS, task, folder))
            if peer is None:
                continue
            matched = {"spans": own["picks"], "encoder": settings, "lossless": closer}
            try:
                found.runs[MATCHED].append(run(peer, task, folder, MATCHED, **matched))
                if task.shipped:
                    found.runs[SHIPPED].append(run(peer, task, folder, SHIPPED, lossless=closer))
                if task.cold:
                    found.cold_s[PEER].append(cold(PEER, task, folder))
            except EngineFailed as error:  # ours is measured all the same
                found.failed[PEER] = str(error)
                found.runs = {OURS: found.runs[OURS]}
                found.cold_s.pop(PEER, None)
                peer = None
    return found


def _started(name: str, folder: Path, found: Measured, stack: ExitStack) -> JobSide | None:
    """Start a side and let it make a clip of half a minute; note why it cannot."""
    try:
        side = stack.enter_context(JobSide(name))
        side.ask(repeated(SAMPLE, WARM_S, folder / "warm.mp4"), folder / f"warm {name}", clips=1)
    except EngineFailed as error:
        found.failed[name] = str(error)
        return None
    found.settings[name] = side.facts["settings"]
    found.versions |= side.facts["versions"]
    return side


def rows(found: Measured) -> list[dict[str, object]]:
    """Return a row per side; the first is ours."""
    truth = json.loads(found.task.path.with_name(f"{found.task.path.stem}.truth.json").read_text())
    ours = found.runs[OURS]
    made = []
    for name, runs in found.runs.items():
        last = runs[-1]
        row: dict[str, object] = {"file": found.task.path.name, "side": name, "runs": len(runs)}
        row |= spread([r["seconds"] for r in runs]).fields("s")
        row["source s"] = probe(found.task.path).duration_s
        row["clips"], row["clip s"] = len(last["clips"]), last["clip_s"]
        row["s a clip s"] = spread([r["seconds"] / r["clip_s"] for r in runs]).median
        row["first clip s"] = spread([r["first_s"] for r in runs]).median
        row["first clip at"] = spread([r["first_s"] / r["seconds"] for r in runs]).median
        row["CPU s"] = spread([r["cpu_s"] for r in runs]).median
        row["CPU ÷ ours"] = paired(*_each(runs, ours, lambda r: r["cpu_s"] / r["clip_s"])).median
        if name != OURS:
            both = _each(runs, ours, lambda r: r["seconds"] / r["clip_s"])
            row |= paired(*both).fields("time ÷ ours")
        row["peak MiB"] = round(max(r["peak_mib"] for r in runs))
        row["MB a clip minute"] = last["bytes"] / 1e6 / (last["clip_s"] / 60)
        row["SSIM"] = last["ssim"]
        loudness = [level for level, _ in last["loudness"]]
        row["LUFS from"], row["LUFS to"] = min(loudness), max(loudness)
        row["peak dBTP"] = max(peak for _, peak in last["loudness"])
        row |= judged(truth["moments"], last["picks"])
        row["texts"] = len(last["texts"])
        row["stages"] = {
            stage: spread([r["stages"].get(stage, 0.0) for r in runs]).median
            for stage in last["stages"]
        }
        made.append(row)
    return made


def _each(
    theirs: Sequence[Mapping[str, Any]],
    ours: Sequence[Mapping[str, Any]],
    figure: Callable[[Mapping[str, Any]], float],
) -> tuple[list[float], list[float]]:
    return [figure(run) for run in theirs], [figure(run) for run in ours]


def cold(name: str, task: Task, folder: Path) -> float:
    """Return the seconds that a side's command takes, which loads everything first.

    Raises EngineFailed.
    """
    out, count = folder / "cold", str(task.clips)
    if name == OURS:
        words = [sys.executable, "-m", "pipeline", "clips", str(task.path), "--json"]
        words += ["--count", count, "-o", str(out)]
    else:
        words = [str(PEER_PYTHON), "-m", "shorts_factory", "run", str(task.path), "--no-llm"]
        words += ["--top", count, "--model", str(weights_of(name)), "-o", str(out)]
    began = time.perf_counter()
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment("ours" if name == OURS else name),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    shutil.rmtree(out, ignore_errors=True)
    if done.returncode:
        raise EngineFailed(f"{name}'s command: {done.stderr[-2000:]}")
    print(f"{name}, cold: {seconds:.1f} s", file=sys.stderr)
    return seconds


def cold_rows(found: Measured) -> list[dict[str, object]]:
    """Return a row per command that was measured, beside the warm jobs of the same rounds."""
    warm = {OURS: OURS, PEER: SHIPPED}
    return [
        {"file": found.task.path.name, "command": name, "runs": len(took)}
        | spread(took).fields("s")
        | paired(took, [run["seconds"] for run in found.runs[warm[name]]]).fields("÷ warm job")
        for name, took in found.cold_s.items()
    ]


def _save(
    found: Measured, table: list[dict[str, object]], commands: list[dict[str, object]]
) -> None:
    """Save the rows so far, and what the sides of the last task said of themselves."""
    keep(
        "job",
        rows=table,
        cold=commands,
        settings=found.settings,
        versions=found.versions,
        failed=found.failed,
        weights="Whisper base",
    )


def main() -> None:
    """Measure every talk that is here, in turns; save after each."""
    if not ffmpeg_tools.put_on_path():
        print("bench-job: no ffmpeg, so ours is measured alone.")
    table: list[dict[str, object]] = []
    commands: list[dict[str, object]] = []
    for task in tasks():
        with TemporaryDirectory() as name:
            found = in_turns(task, Path(name))
            table += rows(found)
            commands += cold_rows(found)
            _save(found, table, commands)
    both = ("file", "side")
    show("Whole job: time", [{k: row.get(k, "") for k in (*both, *TIME)} for row in table])
    show("Whole job: clips", [{k: row.get(k, "") for k in (*both, *CLIPS)} for row in table])
    show("Cold commands", commands)


if __name__ == "__main__":
    main()
