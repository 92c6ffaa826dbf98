"""Measures a language model behind `[llm]`: picks with and without its grades, and what it writes.

    python -m bench.language_model [SECONDS]

The model is a small one that runs on a processor (`bench/llm.txt`). It compares the candidates of
each talk of the test half of training/readings for at most SECONDS, then writes the three texts of
the first talks within `WRITING_S`. Every text and what was sent back is printed.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np

import pipeline
from bench.marked_picks import PICKS, judge, measure
from bench.read_picks import test_talks
from bench.support.rank_command import Ranked, Span, transcript
from bench.support.report import keep, show
from pipeline.core.control import Check, Control
from pipeline.core.data import Options, Sentence, Transcript
from pipeline.export import transcript_json
from pipeline.highlights import scoring, selection, sentence_features
from pipeline.models.llm_endpoint import Endpoint
from pipeline.models.registry import Models
from pipeline.texts import writer
from training import readings
from training.readings import Reading
from training.real_talk import Talk

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-llm/bin/python"
MODEL = ROOT / ".venv-llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SERVER = ROOT / "bench/support/gguf_server.py"
PORT = 8799
JUDGING_S = 75.0
WRITING_S = 900.0
WRITTEN_TALKS = 4


@dataclass
class Recorded:
    """The model behind an endpoint, and what was asked and answered."""

    inner: Endpoint
    compared: list[tuple[tuple[str, str], float]] = field(default_factory=list)
    asked: list[tuple[str, str, float]] = field(default_factory=list)  # prompt, answer, seconds

    def __post_init__(self) -> None:
        self.name, self.timeout_s = self.inner.name, self.inner.timeout_s
        self.context_tokens, self.pairs = self.inner.context_tokens, self.inner.pairs

    def compare(self, pairs: Sequence[tuple[str, str]], check: Check) -> Sequence[float]:
        """Compare, and keep the answers."""
        answers = self.inner.compare(pairs, check)
        self.compared += zip(pairs, answers, strict=True)
        return answers

    def complete(self, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Write, and keep the answer."""
        began = time.monotonic()
        answer = self.inner.complete(prompt, schema, check)
        self.asked.append((prompt, answer, time.monotonic() - began))
        return answer


@contextmanager
def served() -> Iterator[str]:
    """Serve the model; yield its address."""
    command = [str(PYTHON), str(SERVER), str(MODEL), str(PORT)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        if not (address := server.stdout.readline().strip()):
            raise SystemExit(f"{' '.join(command)} does not start")
        try:
            yield f"{address}/v1"
        finally:
            server.kill()


def rank(talk: Talk, models: Models, author: Recorded | None) -> Ranked:
    """Return what is picked with the model's grades, or without."""
    sentences, options = talk.sentences, Options(clip_count=PICKS)
    known = sentence_features.features(sentences, models.text_models, None)
    found = selection.choose(
        told(talk), None, models.text_models, options, Control(), judge=author, known=known
    )
    worth = scoring.by_sentence(sentences, known, options.min_duration_s, options.max_duration_s)
    return Ranked(tuple((h.first_sentence, h.last_sentence) for h in found), worth)


def told(talk: Talk) -> Transcript:
    """Return a talk as a transcript."""
    with NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(transcript(talk), file)
        file.flush()
        return transcript_json.read(Path(file.name))


def agreement(
    asked: Sequence[tuple[tuple[str, str], float]], sentences: Sequence[Sentence], reading: Reading
) -> Iterator[tuple[float, float, float]]:
    """Yield for each pair of different grades the shares that model and built-in score have right.

    The third is 1 if the model prefers the same place in both orders. Every pair was asked twice in
    a row, the first time with the one that the built-in score prefers in front.
    """
    for ((better, worse), first), (_, second) in zip(asked[::2], asked[1::2], strict=True):
        grades = [judge(_span(t, sentences), reading, sentences).grade for t in (better, worse)]
        if grades[0] != grades[1] and np.isfinite([first, second]).all():
            liked = (first + 1 - second) / 2
            right = float(grades[0] > grades[1])
            yield liked if right else 1 - liked, right, float(first == second)


def _span(text: str, sentences: Sequence[Sentence]) -> Span:
    for first, sentence in enumerate(sentences):
        said, last = sentence.text, first
        while text.startswith(said):
            if said == text:
                return first, last
            last += 1
            said += f" {sentences[last].text}"
    raise ValueError(f"{text!r} is not of this talk")


def grade(models: Models, url: str, limit_s: float) -> None:
    """Measure the picks with and without the model's grades."""
    talks = test_talks()
    marked = [r for r in readings.read("test") if r.talk in talks and r.reader != readings.SECOND]
    ways: dict[str, dict[str, Ranked]] = {"built-in score": {}, "with the model's grades": {}}
    seen: list[tuple[float, float, float]] = []
    counts, seconds = [], []
    for reading in marked:
        talk = talks[reading.talk]
        author = Recorded(Endpoint(url, MODEL.stem, api_key="", timeout_s=limit_s))
        ways["built-in score"][talk.id] = rank(talk, models, None)
        began = time.monotonic()
        ways["with the model's grades"][talk.id] = rank(talk, models, author)
        seconds.append(time.monotonic() - began)
        counts.append(len(author.compared) // 2)
        seen += agreement(author.compared, talk.sentences, reading)
        print(f"{talk.id}: {counts[-1]} pairs in {seconds[-1]:.0f} s", flush=True)
    rows = [measure(name, ranked, marked) for name, ranked in ways.items()]
    right = np.array(seen).mean(0).round(3)
    changed = [
        len({*a.spans} - {*ways["with the model's grades"][k].spans})
        for k, a in ways["built-in score"].items()
    ]
    pairs = {
        "talks": len(marked),
        "pairs": sum(counts),
        "of different grades": len(seen),
        "model right": right[0],
        "built-in score right": right[1],
        "same place in both orders": right[2],
        "picks changed": sum(changed),
        "seconds a pair": round(sum(seconds) / max(1, sum(counts)), 1),
    }
    show("Picks of real talks with and without a small model's grades", rows)
    show("Pairs that it compared", [pairs])
    keep("language_model_picks", rows=rows, pairs=pairs)


def write(models: Models, url: str) -> None:
    """Let the model write the texts of a few talks, and print all of it."""
    rows = []
    for talk in list(test_talks().values())[:: max(1, len(test_talks()) // WRITTEN_TALKS)]:
        author = Recorded(Endpoint(url, MODEL.stem, api_key="", timeout_s=WRITING_S))
        said = told(talk)
        found = selection.choose(said, None, models.text_models, Options(), Control())
        supervision = writer.Supervision(control=Control(), embed_any=models.text_models.embed)
        texts = writer.write_texts(
            said, found, models=models.text_models, author=author, supervision=supervision
        )
        back = [
            p
            for n, (p, _, _) in enumerate(author.asked)
            if any(p != q and p.startswith(q) for q, _, _ in author.asked[:n])
        ]
        for document in texts.documents:
            print(f"\n{talk.id}, {document.kind}: {document.reason or 'whole'}\n\n{document.text}")
        rows.append(
            {
                "talk": talk.id,
                "requests": len(author.asked),
                "sent back": len(back),
                "seconds": round(sum(s for _, _, s in author.asked)),
                "bytes read": sum(len(p.encode()) for p, _, _ in author.asked),
                "bytes written": sum(len(a.encode()) for _, a, _ in author.asked),
                **{str(d.kind): d.reason or "whole" for d in texts.documents},
            }
        )
    show("What it wrote", rows)
    keep("language_model_texts", rows=rows)


def main(limit_s: str = str(JUDGING_S)) -> None:
    """Print the tables and save them."""
    models = pipeline.load_models()
    with served() as url:
        write(models, url)
        grade(models, url, float(limit_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
