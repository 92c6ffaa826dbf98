"""Reads talks that people really had as sentences with times, in one form for all sources.

The texts are not kept here: they stay in ../shared/data (and, for starpod, in a clone of
github.com/shipshapecode/www-starpod), whose READMEs name the licenses. What was read in them is in
training/readings (see training/readings.py), by sentence; a digest of the sentences tells whether
they are still the same.
"""

import gzip
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipeline.core.data import Sentence
from pipeline.language.cleanup import split_sentences

DATA = Path(__file__).parents[2] / "shared" / "data"
FOLDERS = ("highlights", "labels")
WORDS_PER_S = 2.6  # where no time is known
MAX_SENTENCE_WORDS = 60  # what is longer is split at commas: no speaker's sentence is that long
Turn = tuple[str | None, str, list[tuple[int, float]]]  # speaker, text, (offset, time) where known
_TIME = re.compile(r"\[(\d+):(\d\d):(\d\d)\] ?")
_LABEL = re.compile(r"\*\*([^*]+):\*\* ?")
_COMMA = re.compile(r"(?<=,) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One episode; `teasers` are spans that its editors put at the beginning, ends inclusive."""

    id: str  # show and the source's own id
    show: str
    title: str
    sentences: tuple[Sentence, ...]
    teasers: tuple[tuple[int, int], ...]

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits of the sentences' texts."""
        texts = "\n".join(s.text for s in self.sentences)
        return hashlib.sha256(texts.encode()).hexdigest()[:8]


def read(name: str) -> Iterator[Talk]:
    """Yield the talks of the file `<name>.jsonl.gz` of the data; raises OSError where it is not."""
    paths = [DATA / folder / f"{name}.jsonl.gz" for folder in FOLDERS]
    path = next((path for path in paths if path.exists()), paths[0])
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            yield _of_turns(record) if "turns" in record else _of_sentences(record)


def read_starpod(clone: Path) -> Iterator[Talk]:
    """Yield the talks of a clone of starpod's repository, by name."""
    for path in sorted((clone / "src/content/transcripts").glob("*.md")):
        turns = list(_starpod_turns(path.read_text(encoding="utf-8")))
        yield _timed(f"starpod/{path.stem}", "starpod", path.stem, turns)


def _of_sentences(record: dict[str, Any]) -> Talk:
    return Talk(
        id=_name(record),
        show=record["show"],
        title=record.get("title") or "",
        sentences=sentences_of(record),
        teasers=tuple((a, b) for a, b in record.get("zones", ())),
    )


def sentences_of(record: dict[str, Any]) -> tuple[Sentence, ...]:
    """Return the sentences of a record that has them."""
    return tuple(
        Sentence(
            text=s["text"],
            start_s=s["start_s"],
            end_s=s.get("end_s") or s["start_s"] + len(s["text"].split()) / WORDS_PER_S,
            first_word=i,
            last_word=i,
            speaker=s.get("speaker"),
        )
        for i, s in enumerate(record["sentences"])
    )


def _of_turns(record: dict[str, Any]) -> Talk:
    anchors: dict[int, list[tuple[int, float]]] = {}
    for anchor in record.get("anchors", ()):
        anchors.setdefault(anchor["turn"], []).append((anchor["char_offset"], anchor["t"]))
    turns = []
    for number, turn in enumerate(record["turns"]):
        known = anchors.get(number, [])
        if turn.get("t") is not None:
            known = [(0, turn["t"]), *known]
        turns.append((turn.get("speaker"), turn["text"], known))
    return _timed(_name(record), record["show"], record.get("title") or "", turns)


def _name(record: dict[str, Any]) -> str:
    show, own = record["show"], str(record["id"])
    return own if own.startswith(show) else f"{show}/{own}"


def _starpod_turns(text: str) -> Iterator[Turn]:
    """Yield speaker, text and (offset, time) of each turn."""
    speaker = None
    for block in re.split(r"\n\s*\n", text):
        said, known = "", []
        for piece in re.split(r"(?=\[\d+:\d\d:\d\d\])", " ".join(block.split())):
            rest = piece
            if stamp := _TIME.match(rest):
                hours, minutes, seconds = map(int, stamp.groups())
                known.append((len(said), 3600.0 * hours + 60 * minutes + seconds))
                rest = rest[stamp.end() :]
            if label := _LABEL.match(rest):
                speaker = label[1]
                rest = rest[label.end() :]
            said += rest
        if said.strip():
            yield speaker, said, known


def _timed(name: str, show: str, title: str, turns: Sequence[Turn]) -> Talk:
    """Split turns into sentences, with words spread evenly between the times that are known."""
    said: list[tuple[str | None, str]] = []
    counts = [0]  # words before each sentence
    known: list[tuple[float, float]] = []  # words before, seconds
    for speaker, text, marks in turns:
        before = counts[-1]
        known += [(before + len(text[:offset].split()), t) for offset, t in marks]
        for sentence in _sentences(text):
            said.append((speaker, sentence))
            counts.append(counts[-1] + len(sentence.split()))
    times = _spread(counts, known)
    sentences = tuple(
        Sentence(
            text=text,
            start_s=round(a, 2),
            end_s=round(b, 2),
            first_word=i,
            last_word=i,
            speaker=speaker,
        )
        for i, ((speaker, text), (a, b)) in enumerate(zip(said, pairwise(times), strict=True))
    )
    return Talk(id=name, show=show, title=title, sentences=sentences, teasers=())


def _sentences(text: str) -> Iterator[str]:
    for sentence in split_sentences(" ".join(text.split())):
        parts = [sentence]
        if len(sentence.split()) > MAX_SENTENCE_WORDS:
            parts = _COMMA.split(sentence)
        kept = ""
        for part in parts:
            if kept and len(f"{kept} {part}".split()) > MAX_SENTENCE_WORDS:
                yield kept
                kept = part
            else:
                kept = f"{kept} {part}".strip()
        yield kept


def _spread(counts: Sequence[int], known: Sequence[tuple[float, float]]) -> list[float]:
    """Return the time at each count of words, never going back."""
    marks = [(0.0, 0.0)]
    for words, t in known:
        if words > marks[-1][0] and t > marks[-1][1]:
            marks.append((words, t))
    times, at = [], 0
    for count in counts:
        while at + 1 < len(marks) and marks[at + 1][0] <= count:
            at += 1
        (words, t) = marks[at]
        pace = 1 / WORDS_PER_S
        if at + 1 < len(marks):
            pace = (marks[at + 1][1] - t) / (marks[at + 1][0] - words)
        times.append(t + (count - words) * pace)
    return times
