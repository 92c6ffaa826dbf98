"""Compares a whole job with shorts-factory: time, size, loudness and picks.

Every side gets the same talk, weights (Whisper base), threads and number of clips, runs in a
process of its own that has done a job before, and takes turns with the other. The peer makes its
picks, and then renders the spans that the product picked in that round, with the product's preset,
CRF and pictures a second, so that both sides make the same seconds of clips. "As a command" is what
a user types: it loads everything first, and is compared with the warm job of the same round.
"""

import json
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import av
from meter import metered, sound_of

from bench.support import ffmpeg_tools, sides
from bench.support.line_process import EngineFailed, LineProcess
from bench.support.moment_picks import judged
from bench.support.recordings import PODCAST, ROOT, SAMPLE
from bench.support.repeated import repeated
from bench.support.report import fast, report
from bench.support.sides import Kind
from bench.support.spread import paired, spread
from pipeline.core.data import Quality
from pipeline.media.probing import probe
from pipeline.rendering import encoder

OURS, PEER = sides.OUR_JOB, sides.PEER_JOB
MATCHED = f"{PEER.name}, same spans and encoder"
QUALITY: Quality = "balanced"  # the product's default
WARM_S = 30.0  # length of the sample, clipped untimed first


class Task(NamedTuple):
    """A talk to make clips of, and how often."""

    path: Path
    clips: int
    rounds: int
    cold: bool  # whether our command is measured, too


def tasks() -> list[Task]:
    """Return the talks that are here: the scripted podcast of ten minutes, and the sample."""
    if fast():
        return [Task(SAMPLE, clips=2, rounds=1, cold=True)]
    found = Task(PODCAST, clips=5, rounds=3, cold=False), Task(SAMPLE, clips=3, rounds=3, cold=True)
    return [task for task in found if task.path.exists()]


def run(side: LineProcess, task: Task, folder: Path, name: str, **more: object) -> dict[str, Any]:
    """Let a side do the job; return its answer with the clips' seconds, sizes and loudness.

    Raises EngineFailed.
    """
    out = folder / name
    answer = side.ask(file=str(task.path), out=str(out), clips=task.clips, **more)
    clips = [Path(path) for path in answer["clips"]]
    answer["clip_s"] = sum(seconds_of(path) for path in clips)
    answer["bytes"] = sum(path.stat().st_size for path in clips)
    answer["loudness"] = [metered(sound_of(path)) for path in clips]
    shutil.rmtree(out)
    print(f"{name}: {answer['seconds']:.1f} s, {answer['clip_s']:.1f} s of clips", file=sys.stderr)
    return answer


def seconds_of(path: Path) -> float:
    """Return the length of a clip as its container states it."""
    with av.open(path) as container:
        return (container.duration or 0) / av.time_base


def in_turns(
    task: Task, ours: LineProcess, peer: LineProcess | None, folder: Path
) -> list[dict[str, object]]:
    """Run every side of a task, in rounds, and return its rows: ours first, our command last.

    A peer that fails is not measured, ours all the same.
    """
    video = probe(task.path).video
    assert video is not None
    settings = (*encoder.X264[QUALITY], str(video.fps))
    own: list[dict[str, Any]] = []
    theirs: list[dict[str, Any]] = []
    cold_s: list[float] = []
    for _ in range(task.rounds):
        own.append(run(ours, task, folder, OURS.name))
        if task.cold:
            cold_s.append(cold(task, folder))
        if peer is None:
            continue
        matched = {"spans": own[-1]["picks"], "encoder": settings}
        try:
            theirs.append(run(peer, task, folder, MATCHED, **matched))
        except EngineFailed as error:
            print(f"{PEER.name}: {error}", file=sys.stderr)
            peer, theirs = None, []
    rows = [row_of(OURS.name, own, own, task)]
    if theirs:
        rows.append(row_of(MATCHED, theirs, own, task))
    if cold_s:
        row: dict[str, object] = {"file": task.path.name, "side": f"{OURS.name}, as a command"}
        row |= {"runs": len(cold_s), **spread(cold_s).fields("s")}
        rows.append(row | paired(cold_s, [r["seconds"] for r in own]).fields("÷ warm job"))
    return rows


def cold(task: Task, folder: Path) -> float:
    """Return the seconds that our command takes, which loads everything first."""
    out, count = folder / "cold", str(task.clips)
    command = [sys.executable, "-m", "pipeline", "clips", str(task.path), "--json"]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--count", count, "-o", str(out)],
        cwd=ROOT,
        env=sides.environment(OURS),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    seconds = time.perf_counter() - began
    shutil.rmtree(out)
    print(f"{OURS.name}, cold: {seconds:.1f} s", file=sys.stderr)
    return seconds


def row_of(
    name: str, runs: list[dict[str, Any]], ours: list[dict[str, Any]], task: Task
) -> dict[str, object]:
    """Return the row of a side; times are medians over its runs, the rest is of the last."""
    truth = json.loads(task.path.with_name(f"{task.path.stem}.truth.json").read_text())
    last = runs[-1]

    def a_clip_second(key: str, some: list[dict[str, Any]]) -> list[float]:
        return [r[key] / r["clip_s"] for r in some]

    row: dict[str, object] = {"file": task.path.name, "side": name, "runs": len(runs)}
    row |= spread([r["seconds"] for r in runs]).fields("s")
    row |= {"clips": len(last["clips"]), "clip s": last["clip_s"]}
    if runs is not ours:
        pair = a_clip_second("seconds", runs), a_clip_second("seconds", ours)
        row |= paired(*pair).fields("time ÷ ours")
    row["first clip s"] = spread([r["first_s"] for r in runs]).median
    row["first clip at"] = spread([r["first_s"] / r["seconds"] for r in runs]).median
    row["CPU s"] = spread([r["cpu_s"] for r in runs]).median
    row["CPU ÷ ours"] = paired(a_clip_second("cpu_s", runs), a_clip_second("cpu_s", ours)).median
    row["peak MiB"] = round(max(r["peak_mib"] for r in runs))
    row["MB a clip minute"] = last["bytes"] / 1e6 / (last["clip_s"] / 60)
    loudness = [level for level, _ in last["loudness"]]
    row |= {"LUFS from": min(loudness), "LUFS to": max(loudness)}
    row["peak dBTP"] = max(peak for _, peak in last["loudness"])
    row |= judged(truth["moments"], last["picks"])
    row["texts"] = last["texts"]
    stages = {name: [r["stages"].get(name, 0.0) for r in runs] for name in last["stages"]}
    return row | {"stages": {name: spread(s).median for name, s in stages.items()}}


def warmed(kind: Kind, folder: Path, facts: dict[str, Any], stack: ExitStack) -> LineProcess | None:
    """Start a side and let it make a clip of half a minute; None if it cannot: `facts` has why."""
    warm = repeated(SAMPLE, WARM_S, folder / "warm.mp4")
    try:
        side = stack.enter_context(sides.started(kind))
        side.ask(file=str(warm), out=str(folder / f"warm {kind.runner}"), clips=1)
    except EngineFailed as error:
        facts[kind.name] = {"failed": str(error)}
        return None
    facts[kind.name] = side.ready
    return side


def main() -> None:
    """Measure every talk that is here, in turns; save after each."""
    if not ffmpeg_tools.put_on_path():
        print("bench-job: no ffmpeg, so ours is measured alone.")
    table: list[dict[str, object]] = []
    facts: dict[str, Any] = {}
    for task in tasks():
        with TemporaryDirectory() as name, ExitStack() as stack:
            ours, peer = (warmed(kind, Path(name), facts, stack) for kind in (OURS, PEER))
            if ours is None:
                raise EngineFailed(facts[OURS.name]["failed"])
            table += in_turns(task, ours, peer, Path(name))
        report("job", "Whole job", table, sides=facts)


if __name__ == "__main__":
    main()
