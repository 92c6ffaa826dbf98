"""Counts words that engines find without speech: ten minutes each of music, noise and silence.

The sounds are synthetic; with the local test media there are ten more minutes of files that are
known to contain no speech. The right answer is no words at all.
"""

import csv
import sys
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.convert_weights import peer_weights
from bench.support import noises
from bench.support.engines import BATCHED, OURS, SEQUENTIAL, Answer, Running
from bench.support.line_process import EngineFailed
from bench.support.recordings import MEDIA
from bench.support.report import Rows, keep, show
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE
from pipeline.core.errors import SourceError
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio

GROUP_S = 600.0  # per group of sounds
KINDS = (OURS, BATCHED, SEQUENTIAL)
SHOWN = 8  # words of a false transcript in the table


def write(path: Path, samples: np.typing.NDArray[np.int16]) -> Path:
    """Write a mono WAV."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.tobytes())
    return path


def synthetic(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield group, kind and file of every synthetic sound."""
    for group, makers in noises.GROUPS.items():
        for kind, make in makers.items():
            samples = np.rint(make(GROUP_S / len(makers)) * 32767).astype("<i2")
            yield group, kind, write(folder / f"{group} {kind}.wav", samples)


def recorded(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield the same for real files without speech, each repeated to length."""
    manifest = MEDIA / "MANIFEST.tsv"
    if not manifest.exists():
        return
    with manifest.open(newline="") as table:
        names = [
            row["file"]
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
            if "no speech" in row["must"] and "or one line" not in row["must"]
        ]
    sounds = {}
    for name in names:
        try:
            sounds[name] = load_audio(
                probe(MEDIA / name, min_duration_s=0.0), folder, Control()
            ).samples.copy()
        except SourceError:
            continue  # the file has no audio
    for name, sound in sounds.items():
        wanted = round(GROUP_S / len(sounds) * SAMPLE_RATE)
        samples = np.tile(sound, -(-wanted // len(sound)))[:wanted]
        yield "recorded", name, write(folder / f"{Path(name).stem}.wav", samples)


def main() -> None:
    """Transcribe every sound with every engine and print the words found."""
    rows: list[dict[str, object]] = []
    inventions: list[dict[str, object]] = []
    with TemporaryDirectory() as name, ExitStack() as stack:
        files = [*synthetic(Path(name)), *recorded(Path(name))]
        weights = peer_weights()
        engines = []
        for kind in KINDS:
            try:
                engines.append(stack.enter_context(Running(kind, weights)))
            except EngineFailed as error:
                print(f"{kind.name}: not measured: {error}", file=sys.stderr)
        for group, kind_of_sound, path in files:
            row: dict[str, object] = {"group": group, "sound": kind_of_sound}
            for engine in engines:
                answer = engine.ask(path)
                row[engine.kind.name] = summarize(answer)
                if answer.words:
                    inventions.append(
                        {
                            "engine": engine.kind.name,
                            "group": group,
                            "sound": kind_of_sound,
                            "language": answer.language,
                            "words": answer.words,
                        }
                    )
            rows.append(row)
            print(f"{group}: {kind_of_sound}", file=sys.stderr)
    show("Words where nobody speaks", rows)
    totals = sum_words(rows, inventions, [engine.kind.name for engine in engines])
    show("In all", totals)
    keep("silence", rows=rows, totals=totals, inventions=inventions)


def summarize(answer: Answer) -> str:
    """Return the number of words, and the first of them."""
    if answer.error:
        return f"failed: {answer.error}"
    if not answer.words:
        return "0"
    words = " ".join(w for w, _, _ in answer.words[:SHOWN])
    return f"{len(answer.words)}: {words}{' …' if len(answer.words) > SHOWN else ''}"


def sum_words(rows: Rows, inventions: Rows, engines: list[str]) -> list[dict[str, object]]:
    """Sum the words by group and engine."""
    totals: list[dict[str, object]] = []
    for group in dict.fromkeys(str(row["group"]) for row in rows):
        row: dict[str, object] = {"group": group}
        for engine in engines:
            found = [i for i in inventions if (i["engine"], i["group"]) == (engine, group)]
            row[engine] = sum(len(w) for i in found if isinstance(w := i["words"], tuple))
        totals.append(row)
    return totals


if __name__ == "__main__":
    main()
