"""Picks of real talks: by a command that reads transcripts as `klipfast rank` does, by counting."""

import json
import random
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from training.real_talk import Talk

TALKS_PER_CALL = 20
CHANCE_S = (15.0, 60.0)
COUNTED_S = 34.0  # length of the spans of the counted features
_WORD = re.compile(r"[a-z0-9']+")
# What the baseline counts in the words of a span; higher is better, but for fillers.
_COUNTED = tuple(
    (sign, re.compile(rf"\b(?:{words})\b"))
    for sign, words in (
        (1, "never|not|no|don't|can't|nothing|nobody|wrong|isn't|won't"),
        (1, "most|best|worst|every|everything|always|never|biggest|only|all|huge|crazy|amazing"),
        (-1, "um|uh|yeah|okay|like|you know|i mean|sort of|kind of|right"),
        (1, "but|because|if|actually|instead|however|whereas"),
        (1, "love|hate|fear|died|death|pain|happy|angry|fail|failed|money|power|truth|problem"),
    )
)
Span = tuple[int, int]  # first and last sentence, both inclusive


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a way of choosing made of one talk."""

    spans: tuple[Span, ...]  # best first
    worth: F64  # one per sentence


def rank(talks: Sequence[Talk], command: str, picks: int) -> list[Ranked]:
    """Return what a command says of talks. Raises CalledProcessError where it fails."""
    found = []
    with TemporaryDirectory() as folder:
        names = []
        for number, talk in enumerate(talks):
            path = Path(folder) / f"{number:03d}.json"
            path.write_text(json.dumps(transcript(talk)))
            names.append(str(path))
        for at in range(0, len(names), TALKS_PER_CALL):
            some = slice(at, at + TALKS_PER_CALL)
            ran = subprocess.run(
                [*shlex.split(command), "--json", "--count", str(picks), *names[some]],
                capture_output=True,
                text=True,
                check=True,
            )
            lines = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
            for talk, line in zip(talks[some], lines, strict=True):
                best = sorted(line["highlights"], key=lambda h: -h["score"])[:picks]
                spans = (
                    _sentences_of(talk.sentences, h["start_seconds"], h["end_seconds"])
                    for h in best
                )
                worth = np.array([s["score"] for s in line["sentences"]])
                found.append(Ranked(tuple(spans), worth))
    return found


def count(talk: Talk, picks: int) -> Ranked:
    """Choose by eight counted features with equal weights."""
    sentences = talk.sentences
    spans = [
        span
        for first in range(0, len(sentences), 3)
        if (span := _from(sentences, first, COUNTED_S)) is not None
    ]
    host = sentences[0].speaker
    rows = []
    for first, last in spans:
        part = sentences[first : last + 1]
        low = " ".join(s.text for s in part).lower().replace("’", "'")
        words = max(1, len(_WORD.findall(low)))
        letters = max(1, sum(len(s.text) for s in part))
        rows.append(
            [
                *(sign * len(pattern.findall(low)) / words for sign, pattern in _COUNTED),
                -sum(len(s.text) for s in part if s.speaker == host) / letters,
                -len({s.speaker for s in part}),
                -first / len(sentences),
            ]
        )
    table = np.array(rows)
    spread = table.std(0)
    score = ((table - table.mean(0)) / np.where(spread > 0, spread, 1.0)).sum(1)
    return _ranked(talk, spans, score, picks)


def by_chance(talk: Talk, rng: random.Random, picks: int) -> Ranked:
    """Choose runs of whole sentences of random places and lengths."""
    count = len(talk.sentences)
    drawn = (_from(talk.sentences, rng.randrange(count), rng.uniform(*CHANCE_S)) for _ in range(99))
    spans = [span for span in drawn if span is not None]
    return _ranked(talk, spans, np.array([rng.random() for _ in spans]), picks)


def _ranked(talk: Talk, spans: Sequence[Span], score: F64, picks: int) -> Ranked:
    """Return the best spans that do not overlap; a sentence is worth what its best span is."""
    chosen: list[Span] = []
    worth = np.full(len(talk.sentences), score.min())
    for k in np.argsort(score):
        first, last = spans[int(k)]
        worth[first : last + 1] = score[k]
    for k in np.argsort(-score):
        first, last = spans[int(k)]
        if len(chosen) < picks and all(last < a or first > b for a, b in chosen):
            chosen.append((first, last))
    return Ranked(tuple(chosen), worth)


def transcript(talk: Talk) -> dict[str, object]:
    """Return a talk as `klipfast rank` reads it."""
    rows = [
        {"text": s.text, "speaker": s.speaker, "start_s": s.start_s, "end_s": s.end_s}
        for s in talk.sentences
    ]
    return {"language": "en", "duration_s": talk.sentences[-1].end_s, "sentences": rows}


def _sentences_of(sentences: Sequence[Sentence], start_s: float, end_s: float) -> Span:
    """Return the sentences of which at least half is between two times."""
    inside = [
        k
        for k, s in enumerate(sentences)
        if min(end_s, s.end_s) - max(start_s, s.start_s) >= 0.5 * (s.end_s - s.start_s)
    ]
    return inside[0], inside[-1]


def _from(sentences: Sequence[Sentence], first: int, length_s: float) -> Span | None:
    """Return the sentences from one on that last about so long, within CHANCE_S."""
    start = sentences[first].start_s
    last = first
    while last + 1 < len(sentences) and sentences[last].end_s - start < length_s:
        last += 1
    fits = CHANCE_S[0] <= sentences[last].end_s - start <= CHANCE_S[1]
    return (first, last) if fits else None
