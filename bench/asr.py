"""Compares recognition with peers: speed, memory, word errors, onsets, and beside an encode.

All engines have the same files, weights (Whisper base) and number of threads, each in a process of
its own. The clock runs from opening the file to the last word and excludes loading the weights. The
fast engines take turns, so that other load on the machine affects all of them.
"""

import argparse
import json
import subprocess
import sys
import wave
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import convert_weights
from bench.support.beside import Encode
from bench.support.engines import (
    BATCHED,
    BATCHED_AS_SHIPPED,
    BENCH_PYTHON,
    OPENAI,
    OURS,
    ROOT,
    SEQUENTIAL,
    WHISPER_CPP,
    Kind,
    Running,
)
from bench.support.line_process import EngineFailed
from bench.support.recordings import MEDIA, SAMPLE, Recording, short_files, talks
from bench.support.report import RESULTS, Rows, fast, keep, show
from bench.support.tables import Results, accuracy_rows, beside_rows, onset_rows, runs, speed_rows
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Span
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

QUICK = (OURS, BATCHED, BATCHED_AS_SHIPPED)
SLOW = (SEQUENTIAL, OPENAI, WHISPER_CPP)
ROUNDS = 3  # of the fast engines; the slow ones transcribe each file once
BESIDE_ROUNDS = 2
WARM_S = 10.0  # of the sample, transcribed untimed first, because the first run loads kernels


def started(kinds: Sequence[Kind], results: Results, warm: Path, stack: ExitStack) -> list[Running]:
    """Start engines, load weights, warm up; record the reason of those that fail."""
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
    """Transcribe a recording with an engine and print progress."""
    answer = engine.ask(recording.path)
    results.answers[engine.kind.name, recording.path].append(answer)
    print(
        f"{engine.kind.name}: {recording.path.name} {answer.error or f'{answer.seconds:.2f} s'}",
        file=sys.stderr,
    )


def measure_quick(results: Results, timed: Sequence[Recording], warm: Path) -> None:
    """Measure the fast engines in rounds, so that all meet the same conditions."""
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
    """Transcribe a recording with each engine while x264 encodes on the same cores."""
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


def measure_slow(kind: Kind, results: Results, talk: Recording, warm: Path) -> None:
    """Measure a slow engine once per file, and on one of the talks: it takes minutes."""
    with ExitStack() as stack:
        for engine in started([kind], results, warm, stack):
            for recording in (talk, *short_files()):
                ask(engine, recording, results)


def warm_up_file(folder: Path) -> Path:
    """Write the first seconds of the sample as WAV."""
    sound = load_audio(probe(SAMPLE), folder, Control(), within=Span(start_s=0.0, end_s=WARM_S))
    path = folder / "warm.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(sound.samples[: round(WARM_S * SAMPLE_RATE)].tobytes())
    return path


def main() -> None:
    """Measure, print and save; a quick run skips the slow engines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--brief", action="store_true", help="slow engines transcribe the shortest talk only"
    )
    timed = talks()
    slow_talk = timed[-1] if parser.parse_args().brief else timed[0]
    if not MEDIA.is_dir():
        print(f"{MEDIA} is not here: measured on the project's own sample alone.")
    results = Results(recordings=(*timed, *short_files()))
    with TemporaryDirectory() as folder:
        warm = warm_up_file(Path(folder))
        measure_quick(results, timed, warm)
        tables = write(results, QUICK, timed)
        for number, kind in enumerate(() if fast() else SLOW, 1):
            measure_slow(kind, results, slow_talk, warm)
            tables = write(results, (*QUICK, *SLOW[:number]), timed)
    for title, rows in tables:
        show(title, rows)
    if BENCH_PYTHON.exists():
        subprocess.run([BENCH_PYTHON, "-m", "bench.support.plot"], cwd=ROOT, check=True)


def write(
    results: Results, kinds: Sequence[Kind], timed: Sequence[Recording]
) -> list[tuple[str, Rows]]:
    """Save the results so far, so that an interrupted run is not lost; return titles and tables."""
    tables: dict[str, tuple[str, Rows]] = {
        "speed": ("Recognition", speed_rows(results, kinds, timed)),
        "errors": ("Errors", accuracy_rows(results, kinds)),
        "onsets": ("Word onsets", onset_rows(results, kinds)),
        "beside": (
            f"Beside an encode, {timed[0].path.name}",
            beside_rows(results, kinds, timed[0]),
        ),
    }
    keep(
        "asr",
        versions=results.versions,
        failed=results.failed,
        runs=list(runs(results)),
        **{key: rows for key, (_, rows) in tables.items()},
    )
    heard = [
        {"engine": name, "file": path.name, "language": a.language, "words": a.words}
        for (name, path), answers in results.answers.items()
        for a in answers[:1]
    ]
    (RESULTS / "asr_heard.json").write_text(json.dumps(heard, ensure_ascii=False, indent=1))
    return list(tables.values())


if __name__ == "__main__":
    main()
