"""Measures what is heard: speech without words, words without speech, and who speaks.

Of the project's sample and every file of the local media: the share of speech that lies in words
("declared" is said to be unintelligible), and the voices found. Where the turns are known, also
the diarization error rate (DER): seconds of missed, false and confused speakers over all seconds of
true speech, under the best mapping of speakers; who talks at once counts apiece. Last, all
recordings without speech: every word is one too many.
"""

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import simpleder

import pipeline
from bench.support.recordings import MEDIA, SAMPLE, short_files
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import Audio, Word
from pipeline.core.errors import SourceError
from pipeline.diarization import speaker_labels
from pipeline.recognition import coverage, transcription, vad
from training.judged_words import sound

MANIFEST = MEDIA / "MANIFEST.tsv"
FOLDERS = ("audio", "talk", "composites", "odd", "long")
COLLAR_S = 0.25  # on either side of true borders, in which nothing counts as an error
BRIDGED_S = 0.5  # maximum length of a pause that is part of a turn

Turn = tuple[str, float, float]  # speaker, start s, end s
Row = dict[str, object]


def recordings() -> Iterator[Path]:
    """Yield the sample and every file of the local media."""
    yield SAMPLE
    for folder in [*(MEDIA / name for name in FOLDERS), MEDIA.parent / "hearing"]:
        files = folder.iterdir() if folder.is_dir() else ()
        yield from sorted(p for p in files if p.suffix not in {".json", ".md", ".rttm", ".stm"})


def hear(name: str, audio: Audio, models: pipeline.Models) -> tuple[Row, Sequence[Word]]:
    """Transcribe a sound as the pipeline does; return its row so far, and the words."""
    probability = vad.probabilities(audio, models.voice_activity, Control())
    spans = vad.find_speech(probability)
    language, words = transcription.transcribe(
        audio, spans, probability, model=models.whisper, language=None, control=Control()
    )
    speech = coverage.speech_chunks(probability, spans)
    inside = speech & coverage.worded_chunks(words, len(probability))
    covered = coverage.measure(words, probability, spans)
    row: Row = {"sound": name, "language": language, "words": len(words)}
    row["speech s"] = round(covered.speech_s, 1)
    row["in words"] = round(float(inside.sum() / max(1, speech.sum())), 3)
    row["declared s"] = round(covered.unintelligible_s, 1)
    print(f"{name}: {row['in words']}", file=sys.stderr)
    return row, words


def voices(
    path: Path, audio: Audio, words: Sequence[Word], models: pipeline.Models, alone: set[Path]
) -> Row:
    """Return how many voices are found, and beside known turns how well they are told apart."""
    assert models.speaker_encoder is not None, "the weights are not here"
    labels = speaker_labels.label_speakers(
        audio, words, encoder=models.speaker_encoder, control=Control()
    )
    found, truth = spoken(words, labels), turns(path)
    row: Row = {"voices": len({turn[0] for turn in found})}
    if not truth or not words:
        return row | ({"people": 1} if path in alone else {})
    row["people"] = len({turn[0] for turn in truth})
    row["DER"] = round(simpleder.DER(truth, found), 3)
    row["DER, collar"] = round(simpleder.DER(truth, found, collar=COLLAR_S), 3)
    return row


def turns(path: Path) -> list[Turn]:
    """Read the turns of a conversation from the RTTM or the ground truth beside it, if any."""
    rttm, truth = path.with_suffix(".rttm"), path.with_name(f"{path.stem}.truth.json")
    if rttm.exists():
        rows = [line.split() for line in rttm.read_text().splitlines()]
        return [(r[7], float(r[3]), float(r[3]) + float(r[4])) for r in rows]
    told = json.loads(truth.read_text()) if truth.exists() else {}
    said = told.get("turns") or told.get("sentences") or ()
    return [(s["speaker"], s["start_s"], s["end_s"]) for s in said]


def spoken(words: Sequence[Word], labels: Sequence[str | None]) -> list[Turn]:
    """Join labeled words into turns, each from its first to its last word."""
    found: list[Turn] = []
    for word, label in zip(words, map(str, labels), strict=True):
        if found and found[-1][0] == label and word.start_s - found[-1][2] <= BRIDGED_S:
            found[-1] = (label, found[-1][1], word.end_s)
        else:
            found.append((label, word.start_s, word.end_s))
    return found


def main() -> None:
    """Measure, print and save."""
    models = pipeline.load_models()
    alone = {r.path for r in short_files()}  # recordings of one person each
    rows, speechless = list[Row](), list[Row]()
    for path in recordings():
        try:
            audio = sound(path)
        except SourceError:
            continue  # no sound that can be decoded
        row, words = hear(path.name, audio, models)
        if row["speech s"] and path not in without_speech():
            rows.append(row | voices(path, audio, words, models, alone))
        else:
            speechless.append(row)
    rows += [total("all of it", rows), total("nobody speaks", speechless)]
    report("hearing", "What is heard", rows)


@cache
def without_speech() -> frozenset[Path]:
    """Return the recordings of which the list of the local media says that nobody speaks."""
    if not MANIFEST.exists():
        return frozenset()
    with MANIFEST.open(newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    silent = (r for r in rows if "no speech" in r["must"] and "or one line" not in r["must"])
    return frozenset(MEDIA / row["file"] for row in silent)


def total(name: str, rows: Sequence[Row]) -> Row:
    """Return a row of all words and seconds, and the share of all speech that is in words."""
    sums = {
        key: sum(float(str(row[key])) for row in rows)
        for key in ("words", "speech s", "declared s")
    }
    inside_s = sum(float(str(row["in words"])) * float(str(row["speech s"])) for row in rows)
    return {
        "sound": f"{name}, {len(rows)} files",
        **sums,
        "in words": inside_s / (sums["speech s"] or 1),
    }


if __name__ == "__main__":
    main()
