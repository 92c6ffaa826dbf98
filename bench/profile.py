"""Shows where the time of a whole job goes: each stage beside the least it could take.

The limits are computed from the work that the stage really did and from rates that this machine
reaches in the same run. A flame graph tells what happens within a stage.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pipeline
from bench.support import flames, limits, rates, speed_page
from bench.support.recordings import PODCAST, ROOT, SAMPLE
from bench.support.report import keep, show
from bench.support.work import Work, counted
from pipeline.core import thread_policy
from pipeline.core.control import Control
from pipeline.core.data import Clip, Options, Span

import torch  # isort: skip - after the thread policy

SHARE = 0.05  # of the job; a smaller stage needs no limit
WANTED = 1.3  # ratio to the limit

Row = dict[str, object]


class StageClock:
    """Adds up wall clock and CPU time of each stage from the reported progress."""

    def __init__(self, wait: Callable[[], None]) -> None:
        self.s: dict[str, float] = defaultdict(float)
        self.cpu_s: dict[str, float] = defaultdict(float)
        self._wait = wait  # for the card, so that a stage includes what it started there
        self._stage = "probe"
        self._since = time.perf_counter(), limits.cpu_s()

    def see(self, stage: str, _fraction: float) -> None:
        """Record progress; has the signature of a progress callable."""
        if stage != self._stage:
            self._wait()
        now = time.perf_counter(), limits.cpu_s()
        self.s[self._stage] += now[0] - self._since[0]
        self.cpu_s[self._stage] += now[1] - self._since[1]
        self._stage, self._since = stage, now


def run_job(
    path: Path, models: pipeline.Models, control: Control, folder: Path
) -> tuple[pipeline.Talk, list[tuple[Clip, Span]]]:
    """Run a job; return the talk and its clips with what they show."""
    options = Options()
    talk = pipeline.listen(path, models=models, options=options, work_dir=folder, control=control)
    clips = [
        (
            pipeline.make_clip(
                talk,
                highlight,
                models=models,
                options=options,
                stem=folder / str(number),
                control=control,
            ),
            Span(start_s=highlight.start_s, end_s=highlight.end_s),
        )
        for number, highlight in enumerate(talk.highlights)
    ]
    pipeline.write_texts(talk, models=models, options=options, control=control)
    return talk, clips


def measure(path: Path, models: pipeline.Models, machine: rates.Rates) -> list[Row]:
    """Run a job of a file and return the rows of its stages, the longest first."""
    work = Work()

    def wait() -> None:
        if models.device.type == "cuda":
            torch.cuda.synchronize(models.device)

    clock = StageClock(wait)

    def see(stage: str, fraction: float) -> None:
        work.stage = stage
        clock.see(stage, fraction)

    quality = Options().quality
    with TemporaryDirectory() as name:
        with counted(work), traced(path, models.device):
            talk, clips = run_job(path, models, Control(progress=see), Path(name))
        clock.see("end", 1.0)
        spans = [span for _, span in clips]
        bounds = {
            "audio": limits.audio(path),
            "speech": limits.speech(work, machine),
            "transcribe": limits.transcribe(work, machine),
            "look": limits.look(work, talk.source, spans),
            "render": limits.render(work, talk.source, clips, quality),
        }
    whole_s, cores = sum(clock.s.values()), thread_policy.cores()
    rows = []
    for stage, spent_s in sorted(clock.s.items(), key=lambda item: -item[1]):
        row: Row = {
            "file": path.name,
            "stage": stage,
            "s": spent_s,
            "CPU s": clock.cpu_s[stage],
            "share": spent_s / whole_s,
        }
        if bound := bounds.get(stage):
            row |= {
                "limit s": bound.s,
                "ratio": spent_s / max(1e-9, bound.s),
                "CPU ratio": clock.cpu_s[stage] / max(1e-9, bound.s * cores),
                "limit is": bound.basis,
            }
        rows.append(row)
    return rows


@contextmanager
def traced(path: Path, device: torch.device) -> Iterator[None]:
    """Write a trace of what a card does within the context; without a card, do nothing."""
    if device.type != "cuda":
        yield
        return
    from torch.profiler import ProfilerActivity, profile  # noqa: PLC0415 - only with a card

    flames.FOLDER.mkdir(parents=True, exist_ok=True)
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as trace:
        yield
    target = flames.FOLDER / f"{path.stem}.chrome.json"
    trace.export_chrome_trace(str(target))
    print(f"profile: {target.relative_to(ROOT)}")


def far_from_limit(rows: list[Row]) -> list[str]:
    """Return a line for each stage over SHARE of its job that takes WANTED times its limit."""
    return [
        f"{row['file']}: {row['stage']} takes {ratio:.2f} times its limit"
        for row in rows
        if isinstance(row["share"], float)
        and row["share"] > SHARE
        and isinstance(ratio := row.get("CPU ratio", 0.0), float)
        and ratio > WANTED
    ]


def main() -> None:
    """Measure the given file, or the sample and, if available, the scripted podcast."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--only-job", action="store_true", help="run the jobs, and nothing else")
    parser.add_argument("--no-flames", action="store_true", help="draw no flame graph")
    asked = parser.parse_args()
    files = asked.files or [p for p in (SAMPLE, PODCAST) if p.exists()]
    models = pipeline.load_models()
    models.warm()
    models.warm_optional()
    if asked.only_job:
        for path in files:
            with TemporaryDirectory() as name:
                run_job(path, models, Control(), Path(name))
        return
    if models.device.type != "cuda":
        print("profile: no CUDA device, so the table and the flame graph are the CPU's.")
    machine = rates.measure(models.precision, models.device)
    rows = [row for path in files for row in measure(path, models, machine)]
    show("Where the time goes", rows)
    keep("profile", rates=units_of(machine), rows=rows)
    speed_page.renew()
    for line in far_from_limit(rows):
        print(line)
    if not asked.no_flames:
        for line in flames.draw(files[0]):
            print(f"profile: {line}")


def units_of(machine: rates.Rates) -> dict[str, float]:
    """Return the rates by name, in units per second."""
    return {
        "GFLOP/s": machine.flop / 1e9,
        "int8 GOP/s": machine.int8_flop / 1e9,
        "float32 GFLOP/s": machine.float32_flop / 1e9,
        "GB/s": machine.bytes / 1e9,
    }


if __name__ == "__main__":
    main()
