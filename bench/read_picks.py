"""Blind reading: would a reader who does not know who chose a span post it by itself?

    python -m bench.read_picks write FOLDER [NAME=COMMAND ...]
    python -m bench.read_picks open FOLDER

`write` takes the talks of the test half of training/readings and writes shuffled spans to
FOLDER/sheet-NN.md: three picks of each COMMAND (default `picks=python -m pipeline rank`), two spans
of eight counted features with equal weights, two of chance, and the show's own longest teaser where
one is known. The key is FOLDER/key.json: do not read it. A reader grades each span from 0 to 4 in
FOLDER/*.grades.txt, one line a span: `ID GRADE +- | why`, where the two signs say whether the
beginning and the end are right. `open` reads the key and prints the table.
"""

import json
import os
import random
import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.support.markdown import Rows
from bench.support.rank_command import Span, by_chance, count, rank
from bench.support.report import report
from pipeline.core.arrays import F64
from pipeline.core.data import Sentence
from training import readings
from training.real_talk import Talk

PICKS = 3  # picks per talk for each command
OTHERS = 2  # picks per talk for the counted features, and for chance
SPANS_PER_SHEET = 60
BEFORE, AFTER = 3, 2  # sentences around a span that the reader sees
POST = 3  # from this grade on a reader would post
SEED = 11
STARPOD = "KLIPFAST_STARPOD"  # environment: a clone of shipshapecode/www-starpod
_GRADE = re.compile(r"(\d+) ([0-4]) ([+-])([+-])")


class Shown(NamedTuple):
    """One span of the key."""

    id: int
    by: str
    talk: str
    show: str
    first: int
    last: int


def write(folder: Path, commands: Mapping[str, str]) -> None:
    """Write the sheets and the key."""
    folder.mkdir(parents=True)
    talks = list(test_talks().values())
    rng = random.Random(SEED)
    found: list[tuple[str, Talk, Span]] = []
    for name, command in commands.items():
        for talk, ranked in zip(talks, rank(talks, command, PICKS), strict=True):
            found += [(name, talk, span) for span in ranked.spans]
    for talk in talks:
        counted, drawn = count(talk, OTHERS).spans, by_chance(talk, rng, OTHERS).spans
        found += [("eight counted features", talk, span) for span in counted]
        found += [("chance", talk, span) for span in drawn]
        if talk.teasers:
            longest = max(talk.teasers, key=lambda z: seconds(talk.sentences, z))
            found.append(("the show's own teaser", talk, longest))
    rng.shuffle(found)
    key = []
    for at in range(0, len(found), SPANS_PER_SHEET):
        sheet = folder / f"sheet-{at // SPANS_PER_SHEET:02d}.md"
        pages = []
        for number, (by, talk, span) in enumerate(found[at : at + SPANS_PER_SHEET], at):
            key.append(Shown(number, by, talk.id, talk.show, *span))
            pages.append(page(number, talk, span))
        sheet.write_text("\n".join(pages), encoding="utf-8")
    (folder / "key.json").write_text(json.dumps([s._asdict() for s in key], indent=0))
    print(f"{len(found)} spans of {len(talks)} talks in {folder}")


def test_talks() -> dict[str, Talk]:
    """Return the talks of the test half that are on this machine, by id."""
    clone = os.environ.get(STARPOD)
    return readings.talks(readings.read("test"), Path(clone) if clone else None)


def seconds(sentences: Sequence[Sentence], span: Span) -> float:
    """Return the duration of a span."""
    return sentences[span[1]].end_s - sentences[span[0]].start_s


def page(number: int, talk: Talk, span: Span) -> str:
    """Return one span as a reader sees it: by itself, and below it what stands around it."""
    first, last = span
    voices: dict[str | None, str] = {}
    own = _said(talk.sentences[first : last + 1], voices)
    before = _said(talk.sentences[max(0, first - BEFORE) : first], voices)
    after = _said(talk.sentences[last + 1 : last + 1 + AFTER], voices)
    length = seconds(talk.sentences, span)
    return f"## {number} ({length:.0f} s)\n{own}\n\n(before: {before})\n(after: {after})\n"


def open_key(folder: Path) -> Rows:
    """Return what each way of choosing is worth to the readers."""
    grades = grades_of(folder)
    by: dict[str, list[Shown]] = defaultdict(list)
    for row in json.loads((folder / "key.json").read_text()):
        if row["id"] in grades:
            by[row["by"]].append(Shown(**row))
    rows = [_row_of(name, spans, grades) for name, spans in by.items()]
    return sorted(rows, key=lambda row: -float(str(row["mean grade"])))


def _row_of(
    name: str, spans: Sequence[Shown], grades: Mapping[int, Sequence[tuple[int, bool, bool]]]
) -> dict[str, object]:
    means = np.array([np.mean(grades[s.id], 0) for s in spans])
    post = np.array([np.mean([g >= POST for g, _, _ in grades[s.id]]) for s in spans])
    return {
        "spans by": name,
        "spans": len(spans),
        "mean grade": round(float(means[:, 0].mean()), 2),
        "would post": round(float(post.mean()), 3),
        "95 %": _interval(post, [s.talk for s in spans]),
        "beginning right": round(float(means[:, 1].mean()), 3),
        "end right": round(float(means[:, 2].mean()), 3),
    }


def grades_of(folder: Path) -> dict[int, list[tuple[int, bool, bool]]]:
    """Return what readers said of each span: its grade, and whether beginning and end are right."""
    grades: dict[int, list[tuple[int, bool, bool]]] = defaultdict(list)
    for path in sorted(folder.glob("*.grades.txt")):
        for found in filter(None, map(_GRADE.match, path.read_text().splitlines())):
            grades[int(found[1])].append((int(found[2]), found[3] == "+", found[4] == "+"))
    return grades


def _interval(values: F64, talks: Sequence[str]) -> str:
    """Return the 95 % interval of the mean, whose noise is that of talks."""
    names, at = np.unique(talks, return_inverse=True)
    apart = np.bincount(at, values - values.mean())  # sum of a talk's deviations
    error = 1.96 * float(np.sqrt((apart**2).sum() * len(names) / max(1, len(names) - 1)))
    mean, error = float(values.mean()), error / len(values)
    return f"{mean - error:.2f} to {mean + error:.2f}"


def _said(sentences: Sequence[Sentence], voices: dict[str | None, str]) -> str:
    """Return sentences with a letter wherever the speaker changes."""
    parts, before = [], ""
    for s in sentences:
        voice = voices.setdefault(s.speaker, chr(ord("A") + len(voices) % 26))
        parts.append(s.text if voice == before else f"[{voice}] {s.text}")
        before = voice
    return " ".join(parts)


def main(action: str, folder: str, *commands: str) -> None:
    """Write the sheets, or open the key."""
    if action == "write":
        named = dict(c.split("=", 1) for c in commands)
        write(Path(folder), named or {"picks": f"{sys.executable} -m pipeline rank"})
        return
    report("read_picks", "Blind reading", open_key(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
