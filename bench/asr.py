"""Compares recognition with peers: speed, memory, word errors, onsets, and beside an encode.

All engines have the same files, weights (Whisper base) and number of threads, each in a process of
its own. The clock runs from opening the file to the last word and excludes loading the weights. The
fast engines take turns, so that other load on the machine affects all of them; the slow ones
transcribe each file once, and FAST=1 leaves them out.
"""

import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.support import sides
from bench.support.beside import encoding
from bench.support.line_process import EngineFailed, LineProcess
from bench.support.markdown import Rows
from bench.support.measures import error_rate, onset_errors
from bench.support.recordings import MEDIA, SAMPLE, Recording, short_files, talks
from bench.support.repeated import repeated
from bench.support.report import fast, keep, show
from bench.support.sides import Kind
from bench.support.spread import paired
from pipeline.media.probing import probe

QUICK = (sides.OURS, sides.BATCHED)
SLOW = (sides.SEQUENTIAL, sides.OPENAI, sides.WHISPER_CPP)
ROUNDS = 3  # rounds for the fast engines
BESIDE_ROUNDS = 2
WARM_S = 10.0  # part of the sample transcribed untimed first, to load kernels


@dataclass
class Engine:
    """A started engine and its answers."""

    kind: Kind
    process: LineProcess
    answers: dict[Path, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    beside: list[dict[str, Any]] = field(default_factory=list)  # first talk, during an encode

    def ask(self, recording: Recording, *, beside: bool = False) -> None:
        """Transcribe a recording and print progress; `beside`: while x264 uses the same cores."""
        answers = self.beside if beside else self.answers[recording.path]
        try:
            with encoding() if beside else nullcontext():
                answers.append(self.process.ask(file=str(recording.path)))
            said = f"{answers[-1]['seconds']:.2f} s"
        except EngineFailed as error:
            said = str(error)
        note = " beside an encode" if beside else ""
        print(f"{self.kind.name}: {recording.path.name}{note}: {said}", file=sys.stderr)


@dataclass
class Measured:
    """What was measured so far; the first engine is ours."""

    timed: Sequence[Recording]
    engines: list[Engine] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)  # engine → reason

    def start(self, kinds: Sequence[Kind], warm: Path, stack: ExitStack) -> list[Engine]:
        """Start engines, load weights, warm up; record the reason of those that fail."""
        before = len(self.engines)
        for kind in kinds:
            try:
                process = stack.enter_context(sides.started(kind))
                process.ask(file=str(warm))
            except EngineFailed as error:
                self.failed[kind.name] = str(error)
            else:
                self.engines.append(Engine(kind, process))
        return self.engines[before:]


def measure_quick(found: Measured, warm: Path) -> None:
    """Measure the fast engines in rounds, so that all meet the same conditions."""
    with ExitStack() as stack:
        engines = found.start(QUICK, warm, stack)
        for recording, engine in product(list(found.timed) * ROUNDS, engines):
            engine.ask(recording)
        for _, engine in product(range(BESIDE_ROUNDS), engines):
            engine.ask(found.timed[0], beside=True)
        for recording, engine in product(short_files(), engines):
            engine.ask(recording)


def measure_slow(found: Measured, kind: Kind, warm: Path) -> None:
    """Measure a slow engine once per file, and on the shortest talk: it takes minutes."""
    with ExitStack() as stack:
        for engine in found.start([kind], warm, stack):
            for recording in (found.timed[-1], *short_files()):
                engine.ask(recording)


def seconds(answers: Sequence[dict[str, Any]]) -> list[float]:
    """Return the time of each round."""
    return [answer["seconds"] for answer in answers]


def rows(found: Measured) -> Rows:
    """Return a row for each talk and engine, then one for each set of short recordings."""
    sets: dict[str, list[Recording]] = defaultdict(list)
    for recording in short_files():
        sets[recording.set].append(recording)
    every: list[dict[str, object]] = []
    for talk in found.timed:
        every += [timed_row(found, e, talk) for e in found.engines if e.answers[talk.path]]
    for name, members in sets.items():
        for engine in found.engines:
            heard = [(r, a[0]) for r in members if (a := engine.answers[r.path])]
            if heard:
                texts = [(r.text, answer["text"]) for r, answer in heard]
                errors = error_rate(texts, members[0].language)
                row: dict[str, object] = {"file": name, "engine": engine.kind.name}
                every.append(row | {"wrong": str(errors)} | onsets(*heard[0]))
    return every


def timed_row(found: Measured, engine: Engine, talk: Recording) -> dict[str, object]:
    """Return speed, memory, word errors and onset errors of a talk."""
    answers, length_s = engine.answers[talk.path], probe(talk.path).duration_s
    took_s, ours_s = seconds(answers), seconds(found.engines[0].answers[talk.path])
    median_s = statistics.median(took_s)
    row: dict[str, object] = {"file": talk.path.name, "engine": engine.kind.name}
    row |= {"runs": len(took_s), "s": median_s, "× real time": length_s / median_s}
    if len(took_s) == len(ours_s):  # round by round, which evens out other load on the machine
        row |= paired(took_s, ours_s).fields("s / ours")
    elif ours_s:
        row["s / ours"] = median_s / statistics.median(ours_s)
    if talk is found.timed[0] and engine.beside:
        row["beside an encode, × real time"] = length_s / statistics.median(seconds(engine.beside))
    row["peak MiB"] = round(answers[-1]["peak_mib"])
    row["wrong"] = str(error_rate([(talk.text, answers[0]["text"])], talk.language))
    return row | onsets(talk, answers[0]) | {"settings": engine.process.ready["settings"]}


def onsets(recording: Recording, answer: dict[str, Any]) -> dict[str, object]:
    """Return the columns of onset errors, if the true times are known."""
    if not recording.onsets:
        return {}
    median_ms, p95_ms = onset_errors(recording.onsets, answer["words"])
    return {"onset error ms": round(median_ms), "95 %": round(p95_ms)}


def save(found: Measured) -> Rows:
    """Save the results so far, so that an interrupted run is not lost; return the table."""
    table, versions = rows(found), dict[str, str]()
    for engine in found.engines:
        versions |= engine.process.ready["versions"]
    keep("asr", rows=list(table), versions=versions, failed=found.failed)
    return table


def main() -> None:
    """Measure, print and save."""
    found = Measured(talks())
    if not MEDIA.is_dir():
        print(f"{MEDIA} is not here: measured on the project's own sample alone.")
    with TemporaryDirectory() as folder:
        warm = repeated(SAMPLE, WARM_S, Path(folder) / "warm.mp4")
        measure_quick(found, warm)
        table = save(found)
        for kind in () if fast() else SLOW:
            measure_slow(found, kind, warm)
            table = save(found)
    show("Recognition", table)
    for name, why in found.failed.items():
        print(f"not measured: {name}: {why}")


if __name__ == "__main__":
    main()
