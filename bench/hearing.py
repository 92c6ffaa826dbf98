"""Measures what is heard: speech without words, words without speech, and who speaks.

Of the project's sample and every file of the local media: the share of speech that lies in words
("declared" is said to be unintelligible), and the voices found. Where the turns are known, also
the share of words with the right speaker, and the diarization error rate (DER): seconds of missed,
false and confused speakers over all seconds of true speech, under the best mapping of speakers; who
talks at once counts apiece. Last, sounds in which nobody speaks: every word is one too many.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import simpleder
from right_speakers import words_right

import pipeline
from bench.support import noises
from bench.support.recordings import MEDIA, SAMPLE, short_files
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import Audio, Word
from pipeline.core.errors import SourceError
from pipeline.diarization import speaker_labels
from pipeline.recognition import coverage, transcription, vad
from training.judged_words import sound

FOLDERS = ("audio", "talk", "composites", "odd", "long")
COLLAR_S = 0.25  # on either side of true borders, in which nothing counts as an error
BRIDGED_S = 0.5  # maximum length of a pause that is part of a turn
NEAR_S = 0.5  # maximum distance of a word from the true turn that it belongs to
NOISE_S = 300.0  # length of each sound without speech

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
    row["words right"] = round(words_right([speaker(truth, w) for w in words], labels), 3)
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


def speaker(truth: Sequence[Turn], word: Word) -> str | None:
    """Return the speaker whose turn overlaps a word most, or is near."""
    together: dict[str, float] = {}
    for name, start_s, end_s in truth:
        shared_s = min(end_s, word.end_s) - max(start_s, word.start_s)
        together[name] = max(together.get(name, -NEAR_S), shared_s)
    best = max(together, key=together.__getitem__)
    return best if together[best] > -NEAR_S else None


def main() -> None:
    """Measure, print and save."""
    models = pipeline.load_models()
    alone = {r.path for r in short_files()}  # recordings of one person each
    rows: list[Row] = []
    for path in recordings():
        try:
            audio = sound(path)
        except SourceError:
            continue  # no sound that can be decoded
        row, words = hear(path.name, audio, models)
        if row["speech s"]:
            rows.append(row | voices(path, audio, words, models, alone))
    speech_s = np.array([row["speech s"] for row in rows], float)
    shares = np.array([row["in words"] for row in rows], float)
    whole: Row = {"sound": "all of it", "words": sum(int(str(row["words"])) for row in rows)}
    whole |= {
        "speech s": float(speech_s.sum()),
        "in words": float(shares @ speech_s / speech_s.sum()),
    }
    rows.append(whole | {"declared s": sum(float(str(row["declared s"])) for row in rows)})
    for name, make in noises.SOUNDS.items():
        samples = np.rint(make(NOISE_S) * 32767).astype(np.int16)
        rows.append(hear(f"nobody speaks: {name}", Audio(samples=samples), models)[0])
    report("hearing", "What is heard", rows)


if __name__ == "__main__":
    main()
