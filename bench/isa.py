"""Compares recognition with faster-whisper as on processors with fewer instructions than this one.

Both sides are limited alike, and each library is asked what it uses. The clock of such a run is
true for this CPU without the instructions, not for an older CPU, whose caches and memory are slower
for both sides. CPU time is compared, which other load on the machine changes least.
"""

import statistics
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import instructions
from older_processor import PROCESSORS

from bench import convert_weights
from bench.asr import warm_up_file
from bench.support.engines import BATCHED, BENCH_PYTHON, OURS, Answer, Running
from bench.support.line_process import EngineFailed
from bench.support.measures import error_rate
from bench.support.recordings import Recording, short_files, talks
from bench.support.report import report

CLASSES = ("avx512", "avx2")  # without AVX2, one does not transcribe on a CPU
ROUNDS = 3


def main(classes: Sequence[str]) -> None:
    """Measure the given classes of processors."""
    weights = convert_weights.peer_weights()
    if BATCHED.weights not in weights:
        sys.exit("bench-isa: faster-whisper's weights could not be had, so nothing was compared.")
    recordings = (*talks(), *short_files())
    rows: list[dict[str, object]] = []
    with TemporaryDirectory() as folder:
        warm = warm_up_file(Path(folder))
        for isa in classes:
            rows += measure(isa, recordings, weights, warm)
    report("isa", "Recognition with fewer instructions", rows)


def measure(
    isa: str, recordings: Sequence[Recording], weights: dict[str, Path], warm: Path
) -> list[dict[str, object]]:
    """Return the rows of one class of processors, of each engine in turns."""
    asked = {
        OURS.name: instructions.of_ours(isa),
        BATCHED.name: instructions.of_theirs(isa, BENCH_PYTHON, weights[BATCHED.weights]),
    }
    talk = recordings[0]
    heard: dict[str, list[Answer]] = {}
    with ExitStack() as stack:
        engines = [stack.enter_context(Running(kind, weights, isa)) for kind in (OURS, BATCHED)]
        for engine in engines:
            if why := engine.ask(warm).error:
                raise EngineFailed(f"{engine.kind.name}: {why}")
        for engine in engines * ROUNDS:
            heard.setdefault(engine.kind.name, []).append(_ask(engine, talk))
        errors = {engine.kind.name: _errors(engine, recordings) for engine in engines}
        settings = {engine.kind.name: engine.settings for engine in engines}
    ours = heard[OURS.name]
    return [
        {
            "processor": PROCESSORS[isa].examples,
            "engine": name,
            "instructions": asked[name],
            "settings": settings[name],
            "file": talk.path.name,
            "s": statistics.median(a.seconds for a in answers),
            "CPU s": statistics.median(a.processor_s for a in answers),
            "CPU s / ours": statistics.median(
                theirs.processor_s / own.processor_s
                for theirs, own in zip(answers, ours, strict=True)
            ),
            **errors[name],
        }
        for name, answers in heard.items()
    ]


def _ask(engine: Running, recording: Recording) -> Answer:
    """Transcribe a recording and print progress. Raises EngineFailed."""
    answer = engine.ask(recording.path)
    if answer.error:
        raise EngineFailed(f"{engine.kind.name}: {recording.path.name}: {answer.error}")
    print(
        f"{engine.isa} {engine.kind.name}: {recording.path.name} {answer.processor_s:.2f} CPU s",
        file=sys.stderr,
    )
    return answer


def _errors(engine: Running, recordings: Sequence[Recording]) -> dict[str, str]:
    """Return wrong words, or letters, by language, of every recording once."""
    pairs: dict[str, list[tuple[str, str]]] = {}
    for recording in recordings:
        text = _ask(engine, recording).text
        pairs.setdefault(recording.language, []).append((recording.text, text))
    return {f"errors, {code}": str(error_rate(texts, code)) for code, texts in pairs.items()}


if __name__ == "__main__":
    main(sys.argv[1:] or CLASSES)
