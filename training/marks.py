"""Fits how marks are added: pipeline/language/punctuation.py.

The tagger, the pauses and capitals are weighed on talks whose marks are known, without the marks
that the recognizer wrote, with and without its capitals, as it writes some windows. Fitted on the
project's sample, the short English recordings and the host of the podcast; reported on its guest,
another voice.

    python -m training.marks
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

import pipeline
from bench.support.recordings import PODCAST, SAMPLE, short_files
from bench.support.report import show
from pipeline.core.control import Control
from pipeline.core.data import Word
from pipeline.language import punctuation
from pipeline.language.punctuation import FEATURES, MARKS, Tags
from pipeline.recognition import transcription, vad
from training import ranking
from training.judged_words import sound
from training.punctuation import parse

STEPS = 500
RIDGE = 1.0  # pulls each weight to its prior: the tagger is right
OUT = Path(__file__).parent.parent / "pipeline" / "weights" / "punctuation.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Recognized words and the true mark after each."""

    words: tuple[Word, ...]
    tags: Tags
    truth: npt.NDArray[np.int8]  # index into MARKS; -1: not known
    speakers: list[str]  # one per word


def recognize(path: Path, sentences: Sequence[tuple[str, str]], models: pipeline.Models) -> Marked:
    """Recognize a recording and align it with its true (speaker, text) pairs."""
    audio = sound(path)
    odds = vad.probabilities(audio, models.voice_activity, Control())
    _, words = transcription.transcribe(
        audio,
        vad.find_speech(odds),
        odds,
        model=models.whisper,
        language="en",
        control=Control(),
    )
    who = [speaker for speaker, text in sentences for _ in parse(text).words]
    said = parse(" ".join(text for _, text in sentences))
    heard = [_plain(punctuation.bare(word.text)) for word in words]
    truth, speakers = np.full(len(words), -1, np.int8), [""] * len(words)
    blocks = SequenceMatcher(None, heard, list(map(_plain, said.words)), autojunk=False)
    for block in blocks.get_matching_blocks():
        for offset in range(block.size):
            speakers[block.a + offset] = who[block.b + offset]
            if offset + 1 < block.size:
                truth[block.a + offset] = said.marks[block.b + offset]
    return Marked(words=words, tags=tag(words, models), truth=truth, speakers=speakers)


def tag(words: Sequence[Word], models: pipeline.Models) -> Tags:
    """Return the tagger's opinion of recognized words."""
    tagger = models.punctuation
    assert tagger is not None
    return tagger([punctuation.bare(word.text) for word in words])


def stripped(marked: Marked) -> Iterator[tuple[str, Marked]]:
    """Yield the words without marks, and without capitals, too."""
    bare = [replace(w, text=punctuation.bare(w.text)) for w in marked.words]
    small = [replace(w, text=w.text.lower()) for w in bare]
    yield "without marks", replace(marked, words=tuple(bare))
    yield "without marks and capitals", replace(marked, words=tuple(small))


def of_speaker(marked: Marked, speaker: str) -> Marked:
    """Forget the truth of all other speakers."""
    other = [name != speaker for name in marked.speakers]
    return replace(marked, truth=np.where(other, np.int8(-1), marked.truth))


def fit(parts: Sequence[Marked]) -> npt.NDArray[np.float64]:
    """Fit the weights (len(MARKS), len(FEATURES)) of a log-linear model."""
    rows = torch.tensor([r for p in parts for r in punctuation.features(p.words, p.tags)])
    truth = torch.from_numpy(np.concatenate([p.truth for p in parts]).astype(np.int64))
    rows, truth = rows[truth >= 0].double(), truth[truth >= 0]
    prior = torch.zeros(len(MARKS), len(FEATURES), dtype=torch.float64)
    for i in range(1, len(MARKS)):
        prior[i, FEATURES.index(f"tagger {MARKS[i]}")] = 1.0

    def loss(weights: torch.Tensor) -> torch.Tensor:
        entropy = torch.nn.functional.cross_entropy(rows @ weights.T, truth)
        return entropy + RIDGE / len(truth) * ((weights - prior) ** 2).sum()

    [found] = ranking.fitted(loss, prior, steps=STEPS)
    return np.asarray(found, np.float64)


def measure(name: str, marked: Marked, *, mended: bool) -> dict[str, object]:
    """Return F1 of each mark, and of the ends of sentences."""
    words = punctuation.apply(marked.words, marked.tags) if mended else marked.words
    found = np.array([punctuation.written(word.text) for word in words])[marked.truth >= 0]
    truth = marked.truth[marked.truth >= 0]
    row: dict[str, object] = {"words": name, "marks": "mended" if mended else "as written"}
    for i, mark in enumerate(MARKS[1:], 1):
        row[f"F1 {mark}"] = ranking.f1(found == i, truth == i)
    return row | {"F1 end": ranking.f1(found >= 2, truth >= 2), "ends": int((truth >= 2).sum())}


def _plain(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalnum())


def _truth(path: Path) -> list[tuple[str, str]]:
    stored = json.loads(path.with_name(path.stem + ".truth.json").read_text())
    return [(s["speaker"], s["text"]) for s in stored["sentences"]]


def main() -> None:
    """Fit on the one half, save, report on the other."""
    models = pipeline.load_models()
    sample = recognize(SAMPLE, _truth(SAMPLE), models)
    podcast = recognize(PODCAST, _truth(PODCAST), models)
    short = [
        recognize(r.path, [("", r.text)], models)
        for r in short_files()
        if r.language == "en" and r.set != "single words"
    ]
    halves = [sample, of_speaker(podcast, "host"), *short]
    weights = fit([version for half in halves for _, version in stripped(half)])
    stored = {
        mark: {name: round(float(w), 3) for name, w in zip(FEATURES, row, strict=True)}
        for mark, row in zip(MARKS, weights, strict=True)
    }
    OUT.write_text(json.dumps(stored, indent=1) + "\n")
    guest = of_speaker(podcast, "guest")
    rows = [measure("as recognized", guest, mended=mended) for mended in (False, True)]
    rows += [measure(name, version, mended=True) for name, version in stripped(guest)]
    show("Marks of the podcast's guest", rows)


if __name__ == "__main__":
    main()
