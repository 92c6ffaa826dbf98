"""Measures what is heard: speech without words, turns, words without speech, and their doubt.

All recordings of the local media, beside the project's sample. The right answer is a word for every
second of speech, or the stretch declared unintelligible; no word where nobody speaks; and of words
given a probability of .8, four of five right. Then what is hard to hear: whisper, stammer, music.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import degraded
import jiwer
import numpy as np

import pipeline
from bench import silence
from bench.support import hardships
from bench.support.calibration import Judged, bins, expected_calibration_error, judge
from bench.support.engines import BENCH_PYTHON, ROOT
from bench.support.measures import normalize
from bench.support.recordings import MEDIA, SAMPLE, Recording, short_files, talks
from bench.support.report import keep, show
from pipeline.core.control import Control
from pipeline.core.data import Audio, Coverage, Word
from pipeline.core.errors import SourceError
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.recognition import coverage, transcription, vad

HEARING = MEDIA.parent / "hearing"
FOLDERS = ("audio", "talk", "composites", "odd", "long")
TWO_PEOPLE = ("duo_a", "duo_b", "duo_d")
MIN_WORDS = 2  # of a turn that counts as heard
WORST = 12  # files in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is heard of a recording."""

    language: str
    words: tuple[Word, ...]
    covered: Coverage
    strict: float  # share of the chunks of speech that lie in words, gaps of any length counted


def hear(audio: Audio, language: str | None = None) -> Heard:
    """Transcribe a recording as the pipeline does."""
    models = _models()
    probability = vad.probabilities(audio, models.voice_activity, Control())
    spans = vad.find_speech(probability)
    code, words = transcription.transcribe(
        audio, spans, probability, model=models.whisper, language=language, control=Control()
    )
    speech = coverage.speech_chunks(probability, spans)
    inside = speech & coverage.worded_chunks(words, len(probability))
    return Heard(
        language=code,
        words=words,
        covered=coverage.measure(words, probability, spans),
        strict=float(inside.sum() / max(1, speech.sum())),
    )


@cache
def _models() -> pipeline.Models:
    return pipeline.load_models()


def sound(path: Path) -> Audio:
    """Decode a file. Raises SourceError where it has no usable sound."""
    with TemporaryDirectory() as folder:  # a mapped file stays readable after it is deleted
        return load_audio(probe(path, min_duration_s=0.0), Path(folder), Control())


def recordings() -> Iterator[Path]:
    """Yield the sample and every file of the local media."""
    yield SAMPLE
    for folder in [*(MEDIA / name for name in FOLDERS), HEARING]:
        if folder.is_dir():
            yield from sorted(p for p in folder.iterdir() if not p.name.endswith((".json", ".md")))


def coverage_rows() -> list[dict[str, object]]:
    """Hear every recording."""
    rows: list[dict[str, object]] = []
    for path in recordings():
        try:
            found = hear(sound(path))
        except SourceError:
            continue  # no sound that can be decoded
        if found.covered.speech_s:
            print(f"{path.name}: {found.strict:.3f}", file=sys.stderr)
            rows.append(
                {
                    "file": path.name,
                    "language": found.language,
                    "words": len(found.words),
                    "speech, s": round(found.covered.speech_s, 2),
                    "in words": found.strict,
                    "declared, s": round(found.covered.unintelligible_s, 2),
                }
            )
    return rows


def turn_rows() -> list[dict[str, object]]:
    """Count the turns of two people that have words."""
    rows: list[dict[str, object]] = []
    for path in recordings():
        if path.stem not in TWO_PEOPLE:
            continue
        turns = json.loads(path.with_suffix(".truth.json").read_text())["turns"]
        middles = np.array([(w.start_s + w.end_s) / 2 for w in hear(sound(path)).words])
        counts = [((middles > t["start_s"]) & (middles < t["end_s"])).sum() for t in turns]
        heard = sum(int(count) >= MIN_WORDS for count in counts)
        rows.append({"file": path.name, "turns": len(turns), "with words": heard})
    return rows


def empty_rows() -> list[dict[str, object]]:
    """Count words where nobody speaks."""
    words: dict[str, int] = defaultdict(int)
    declared_s: dict[str, float] = defaultdict(float)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for group, _, path in (*silence.synthetic(folder), *silence.recorded(folder)):
            found = hear(sound(path))
            words[group] += len(found.words)
            declared_s[group] += found.covered.unintelligible_s
    return [
        {
            "sound": group,
            "minutes": silence.GROUP_S / 60,
            "words": count,
            "declared, s": round(declared_s[group], 1),
        }
        for group, count in words.items()
    ]


def hardship_rows() -> list[dict[str, object]]:
    """Count the words that are right, and those nobody said, in what is hard to hear."""
    rows: list[dict[str, object]] = []
    for case in hardships.cases(lambda r: sound(r.path), lambda audio: hear(audio).words):
        found = hear(case.audio, case.language)
        language = case.language or "en"
        said = normalize(case.said, language).split()
        heard = normalize(" ".join(w.text for w in found.words), language).split()
        counted = jiwer.process_words(" ".join(said), " ".join(heard))
        covered = found.covered
        rows.append(
            {
                "sound": case.name,
                "said": len(said),
                "right": counted.hits,
                "other words": counted.substitutions,
                "invented": counted.insertions,
                "speech, s": round(covered.speech_s, 1),
                "in words": found.strict,
                "declared, s": round(covered.unintelligible_s, 1),
                "probability": float(np.mean([w.probability for w in found.words] or [0.0])),
            }
        )
        print(f"{case.name}: {counted.hits} of {len(said)}", file=sys.stderr)
    return rows


def judged_words(recording: Recording) -> Iterator[tuple[str, str, list[Judged]]]:
    """Yield condition, language and judged words of a recording, clean and made worse."""
    clean = sound(recording.path)
    for condition, change in degraded.CONDITIONS.items():
        found = hear(change(clean), recording.language)
        _, judged = judge(found.words, recording.text, recording.language)
        yield condition, recording.language, judged


def main() -> None:
    """Measure, print and save."""
    covered = coverage_rows()
    turns, empty, hard = turn_rows(), empty_rows(), hardship_rows()
    by_set: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    for recording in (*talks(), *short_files()):
        for condition, language, judged in judged_words(recording):
            for key in ((condition, "all"), ("all", language), ("all", "all")):
                by_set[key] += judged
    doubt = [
        {
            "condition": condition,
            "language": language,
            "words": len(judged),
            "right": float(np.mean([j.right for j in judged])),
            "said": float(np.mean([j.probability for j in judged])),
            "ECE": expected_calibration_error(judged),
        }
        for (condition, language), judged in sorted(by_set.items())
        if judged
    ]
    speech_s = sum(float(str(row["speech, s"])) for row in covered)
    in_words = sum(float(str(r["in words"])) * float(str(r["speech, s"])) for r in covered)
    declared_s = sum(float(str(row["declared, s"])) for row in covered)
    whole = {
        "files": len(covered),
        "speech, s": round(speech_s, 1),
        "in words": in_words / speech_s,
        "declared": declared_s / speech_s,
    }
    show("All speech", [whole])
    show("Files with least", sorted(covered, key=lambda r: float(str(r["in words"])))[:WORST])
    show("Turns of two people", turns)
    show("Nobody speaks", empty)
    show("Hard to hear", hard)
    show("Probability of a word", doubt)
    reliability = bins(by_set["all", "all"])
    show("Reliability", reliability)
    keep(
        "hearing",
        whole=whole,
        files=covered,
        turns=turns,
        empty=empty,
        hard=hard,
        doubt=doubt,
        reliability=reliability,
    )
    subprocess.run([BENCH_PYTHON, "-m", "bench.support.plot_hearing"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
