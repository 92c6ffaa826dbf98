"""Recognition, ours and the peers': speed, memory, word errors, word onsets, and beside an encode.

Same files, same weights (Whisper base), same number of threads, each engine in a process of its
own; the clock runs from opening the file to the last word, and loading the weights is not in it.
The quick engines take turns, so that whatever else the machine does meets all of them.
"""

import json
import os
import statistics
import subprocess
import sys
import wave
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import convert_weights
from bench.beside import Encode
from bench.engines import (
    BATCHED,
    BATCHED_AS_SHIPPED,
    BENCH_PYTHON,
    OPENAI,
    OURS,
    ROOT,
    SEQUENTIAL,
    WHISPER_CPP,
    Answer,
    EngineFailed,
    Kind,
    Running,
)
from bench.measures import by_letters, error_rate, onset_errors
from bench.recordings import MEDIA, SAMPLE, Recording, short_files, talks
from bench.report import RESULTS, Rows, keep, show
from pipeline.audio import load_audio
from pipeline.control import Control
from pipeline.data import SAMPLE_RATE
from pipeline.probe import probe

QUICK = (OURS, BATCHED, BATCHED_AS_SHIPPED)
SLOW = (SEQUENTIAL, OPENAI, WHISPER_CPP)
ROUNDS = 3  # of the quick engines; the slow ones hear each file once
BESIDE_ROUNDS = 2
WARM_S = 10.0  # of the sample, heard before the clock starts: the first run pays for kernels


@dataclass
class Results:
    """Everything that was measured."""

    recordings: Sequence[Recording]
    answers: dict[tuple[str, Path], list[Answer]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[str, list[tuple[Answer, float]]] = field(default_factory=lambda: defaultdict(list))
    encode_alone: float = 0.0  # frames a second
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # engine → why it is not measured

    def heard(self, kind: Kind, recording: Recording) -> list[Answer]:
        """The answers of an engine, without those that failed."""
        return [a for a in self.answers[kind.name, recording.path] if not a.error]

    def seconds(self, kind: Kind, recording: Recording) -> float | None:
        """Median time, None where there is none."""
        found = [a.seconds for a in self.heard(kind, recording)]
        return statistics.median(found) if found else None


def started(kinds: Sequence[Kind], results: Results, warm: Path, stack: ExitStack) -> list[Running]:
    """Engines with their weights loaded that have heard something; the others' reason is kept."""
    running = []
    weights = convert_weights.peer_weights()
    for kind in kinds:
        try:
            engine = stack.enter_context(Running(kind, weights))
        except EngineFailed as error:
            results.failed[kind.name] = str(error)
            continue
        results.settings[kind.name] = engine.settings
        results.versions |= engine.versions
        if why := engine.ask(warm).error:
            results.failed[kind.name] = why
        else:
            running.append(engine)
    return running


def ask(engine: Running, recording: Recording, results: Results) -> None:
    """Let an engine hear a recording, and say so: a whole run takes long."""
    answer = engine.ask(recording.path)
    results.answers[engine.kind.name, recording.path].append(answer)
    print(
        f"{engine.kind.name}: {recording.path.name} {answer.error or f'{answer.seconds:.2f} s'}",
        file=sys.stderr,
    )


def measure_quick(results: Results, timed: Sequence[Recording], warm: Path) -> None:
    """In rounds: one engine after the other, so that all meet the same machine."""
    with ExitStack() as stack:
        engines = started(QUICK, results, warm, stack)
        for recording in timed:
            for _ in range(ROUNDS):
                for engine in engines:
                    ask(engine, recording, results)
        measure_beside(results, engines, timed[0])
        for recording in short_files():
            for engine in engines:
                ask(engine, recording, results)


def measure_beside(results: Results, engines: Sequence[Running], recording: Recording) -> None:
    """Each hears a recording while x264 encodes on the same cores."""
    with Encode() as encode:
        results.encode_alone = encode.rate()
    for number in range(BESIDE_ROUNDS):
        for engine in engines:
            if engine.kind is BATCHED_AS_SHIPPED and number > 0:
                continue  # it may take many times as long
            with Encode() as encode:
                before = encode.frames()
                answer = engine.ask(recording.path)
                frames = encode.frames() - before
            results.beside[engine.kind.name].append((answer, frames / max(answer.seconds, 1e-3)))
            print(f"{engine.kind.name} beside an encode: {answer.seconds:.2f} s", file=sys.stderr)


def measure_slow(results: Results, timed: Sequence[Recording], warm: Path) -> None:
    """Once each: they take minutes."""
    for kind in SLOW:
        with ExitStack() as stack:
            for engine in started([kind], results, warm, stack):
                for recording in (timed[0], *short_files()):
                    ask(engine, recording, results)


def speed_rows(results: Results, kinds: Sequence[Kind], timed: Sequence[Recording]) -> Rows:
    """Time, memory and word errors on what is long enough to be timed."""
    rows: list[dict[str, object]] = []
    for recording in timed:
        ours_s = results.seconds(OURS, recording)
        for kind in kinds:
            seconds = results.seconds(kind, recording)
            row: dict[str, object] = {"file": recording.path.name, "engine": kind.name}
            if seconds is not None:
                heard = results.heard(kind, recording)
                row |= {
                    "settings": results.settings[kind.name],
                    "runs": len(heard),
                    "s": seconds,
                    "× real time": recording_seconds(recording) / seconds,
                    "processor s": statistics.median(a.processor_s for a in heard),
                    "s / ours": seconds / ours_s if ours_s else None,
                    "peak MiB": round(heard[-1].peak_mib) if recording is timed[0] else "",
                    "WER": str(error_rate([(recording.text, heard[0].text)], recording.language)),
                }
            elif why := why_not(results, kind, recording):
                row["settings"] = f"not measured: {why}"
            else:
                continue
            rows.append(row)
    return rows


def why_not(results: Results, kind: Kind, recording: Recording) -> str:
    """Why an engine has no time for a recording; "" where it was not asked."""
    answers = results.answers[kind.name, recording.path]
    return results.failed.get(kind.name) or (answers[0].error if answers else "")


def accuracy_rows(results: Results, kinds: Sequence[Kind]) -> Rows:
    """Errors by set, pooled: WER, and CER where a language has no spaces."""
    sets = dict.fromkeys(r.set for r in results.recordings)
    rows = []
    for kind in kinds:
        row: dict[str, object] = {"engine": kind.name}
        right = asked = 0
        for name in sets:
            members = [r for r in results.recordings if r.set == name]
            answers = [(r, a[0]) for r in members if (a := results.answers[kind.name, r.path])]
            if answers:
                language = members[0].language
                kind_of_rate = "CER" if by_letters(language) else "WER"
                row[f"{name} {kind_of_rate}"] = str(
                    error_rate([(r.text, a.text) for r, a in answers], language)
                )
                right += sum(a.language == r.language for r, a in answers)
                asked += len(answers)
        if asked:
            row["languages right"] = f"{right}/{asked}"
        rows.append(row)
    return rows


def onset_rows(results: Results, kinds: Sequence[Kind]) -> Rows:
    """Errors of word starts, where the truth has times."""
    rows: list[dict[str, object]] = []
    for recording in results.recordings:
        if not recording.onsets:
            continue
        for kind in kinds:
            for answer in results.heard(kind, recording)[:1]:
                found = onset_errors(recording.onsets, [(w, s) for w, s, _ in answer.words])
                rows.append({
                    "file": recording.path.name,
                    "engine": kind.name,
                    "matched": f"{found.matched}/{found.total}",
                    "median |error| ms": round(found.median_ms),
                    "95 % |error| ms": round(found.p95_ms),
                    "median error ms": round(found.bias_ms),
                })  # fmt: skip
    return rows


def beside_rows(results: Results, recording: Recording) -> Rows:
    """Alone and beside an encode, and what was left to the encoder."""
    rows: list[dict[str, object]] = []
    for kind in QUICK:
        pairs = [(a, rate) for a, rate in results.beside[kind.name] if not a.error]
        alone_s = results.seconds(kind, recording)
        if not pairs or alone_s is None:
            continue
        beside_s = statistics.median(a.seconds for a, _ in pairs)
        rate = statistics.median(rate for _, rate in pairs)
        length_s = recording_seconds(recording)
        rows.append({
            "engine": kind.name, "runs": len(pairs), "alone s": alone_s, "beside s": beside_s,
            "alone × real time": length_s / alone_s, "beside × real time": length_s / beside_s,
            "encoder alone frames/s": results.encode_alone, "encoder beside frames/s": rate,
        })  # fmt: skip
    return rows


def recording_seconds(recording: Recording) -> float:
    """Its length."""
    return probe(recording.path).duration_s


def runs(results: Results) -> Iterator[dict[str, object]]:
    """Every single time that was taken."""
    for (name, path), answers in results.answers.items():
        for answer in answers:
            yield {
                "engine": name, "file": path.name, "s": answer.seconds,
                "processor s": answer.processor_s, "peak MiB": answer.peak_mib,
                "words": len(answer.words), "error": answer.error,
            }  # fmt: skip
    for name, pairs in results.beside.items():
        for answer, rate in pairs:
            yield {
                "engine": name, "beside an encode": True, "s": answer.seconds,
                "processor s": answer.processor_s, "encoder frames/s": rate, "error": answer.error,
            }  # fmt: skip


def warm_up_file(folder: Path) -> Path:
    """The first seconds of the sample."""
    sound = load_audio(probe(SAMPLE), folder, Control(), until_s=WARM_S)
    path = folder / "warm.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(sound.samples[: round(WARM_S * SAMPLE_RATE)].tobytes())
    return path


def main(fast: bool) -> None:
    """Measure, print, write; `fast` leaves the slow engines out."""
    timed = talks()
    if not MEDIA.is_dir():
        print(f"{MEDIA} is not here: measured on the project's own sample alone.")
    results = Results(recordings=(*timed, *short_files()))
    with TemporaryDirectory() as folder:
        warm = warm_up_file(Path(folder))
        measure_quick(results, timed, warm)
        if not fast:
            measure_slow(results, timed, warm)
    kinds = QUICK if fast else (*QUICK, *SLOW)
    tables = {
        "Recognition": speed_rows(results, kinds, timed),
        "Errors": accuracy_rows(results, kinds),
        "Word onsets": onset_rows(results, kinds),
        f"Beside an encode, {timed[0].path.name}": beside_rows(results, timed[0]),
    }
    for title, rows in tables.items():
        show(title, rows)
    keep(
        "asr", versions=results.versions, failed=results.failed, runs=list(runs(results)), **tables
    )
    heard = [
        {"engine": name, "file": path.name, "language": a.language, "words": a.words}
        for (name, path), answers in results.answers.items()
        for a in answers[:1]
    ]
    (RESULTS / "asr_heard.json").write_text(json.dumps(heard, ensure_ascii=False, indent=1))
    subprocess.run([BENCH_PYTHON, "-m", "bench.plot"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(fast=os.environ.get("FAST", "0") not in ("", "0"))
