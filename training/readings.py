"""Reads what an editor marked in real talks: moments with grades, near misses, sentences, asides.

training/readings/HALF.jsonl holds one reading a line, training/readings/picks.jsonl what readers
said of the spans that earlier networks would have picked in talks that they had not seen, and
training/readings/blind.jsonl what readers who saw nothing else said of 256 of today's;
docs/design/readings.md says how they were made. Sentences are counted as `training.real_talk`
splits them; a talk whose text has another digest than the reading is refused.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training import real_talk
from training.real_talk import Talk

FOLDER = Path(__file__).parent / "readings"
SECOND = "z"  # the reader of twenty talks that another had read
MIN_MOMENT = 2  # grade of a pick that counts as a moment
SAME_MOMENT = 0.7  # intersection over union from which two cuts are of one moment


@dataclass(frozen=True, slots=True)
class Moment:
    """What a reader would cut; both ends inclusive."""

    first: int
    last: int
    grade: int  # 1 to 4: from 3 on it would be posted
    kind: str
    why: str
    needs: str  # what a stranger must hear first


@dataclass(frozen=True, slots=True)
class Aside:
    """A stretch that no clip should have; both ends inclusive."""

    first: int
    last: int
    kind: str  # smalltalk, sponsor, garbled; or near, for what is tempting and no moment
    why: str = ""


@dataclass(frozen=True, slots=True)
class Graded:
    """What a reader said of a span that networks had picked; both ends inclusive."""

    first: int
    last: int
    grade: int  # 0 to 4, as it is
    begins: bool  # where a stranger can
    ends: bool
    better: tuple[int, int, int] | None  # first and last of a better cut of it, and its grade
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reader marked in one talk."""

    talk: str  # Talk.id
    source: str  # file of ../shared/data/highlights, or starpod
    digest: str  # digest of the sentences
    reader: str
    moments: tuple[Moment, ...]
    asides: tuple[Aside, ...]
    codes: dict[int, str]  # by sentence: a letter of osntpx, and "e" where a clip may end
    note: str


def read(half: str) -> Iterator[Reading]:
    """Yield the readings of a half, "train" or "test"."""
    for line in (FOLDER / f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
        yield _reading(json.loads(line))


def read_picks(name: str = "picks") -> dict[str, tuple[Graded, ...]]:
    """Return graded picks of the training half, by talk: "picks", or those read "blind"."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        record["talk"]: tuple(
            Graded(**pick | {"better": tuple(pick["better"]) if pick["better"] else None})
            for pick in record["picks"]
        )
        for record in map(json.loads, lines)
    }


def with_picks(reading: Reading, picks: Sequence[Graded]) -> Reading:
    """Return a reading with what was said of picks.

    A pick that is a moment, or the better cut of one, becomes a moment, unless the reading has it;
    what is none becomes a near miss. Both ends get the code that was heard there.
    """
    moments, asides, codes = list(reading.moments), list(reading.asides), dict(reading.codes)
    for pick in picks:
        cut = pick.better
        if cut is None and pick.begins and pick.ends:
            cut = pick.first, pick.last, pick.grade
        if cut is not None and cut[2] >= MIN_MOMENT:
            first, last, grade = cut
            if all(iou((m.first, m.last), (first, last)) <= SAME_MOMENT for m in moments):
                moments.append(Moment(first, last, grade, "", pick.why, ""))
        elif pick.grade < MIN_MOMENT:
            asides.append(Aside(pick.first, pick.last, "near", pick.why))
        opens, closes = codes.get(pick.first, "n"), codes.get(pick.last, "s")
        letter = "o" if pick.begins else "n" if opens[0] in "os" else opens[0]
        codes[pick.first] = letter + opens[1:]
        closes = codes.get(pick.last, closes)
        codes[pick.last] = closes[0] + "e" * pick.ends
    return replace(reading, moments=tuple(moments), asides=tuple(asides), codes=codes)


def iou(a: tuple[int, int], b: tuple[int, int]) -> float:
    """Return the intersection over union of spans of sentences, both ends inclusive."""
    common = min(a[1], b[1]) - max(a[0], b[0]) + 1
    return max(0, common) / (max(a[1], b[1]) - min(a[0], b[0]) + 1)


def talks(readings: Iterable[Reading], starpod: Path | None = None) -> dict[str, Talk]:
    """Return the talks that were read, by id; those of starpod only where its clone is given.

    Raises ValueError if a talk's text is no longer the one that was read.
    """
    wanted = {r.talk: r for r in readings}
    found = {}
    for source in sorted({r.source for r in wanted.values()}):
        if source == "starpod":
            talks = real_talk.read_starpod(starpod) if starpod else iter(())
        else:
            talks = real_talk.read(source)
        for talk in talks:
            reading = wanted.get(talk.id)
            if reading is None or reading.source != source:
                continue
            if reading.digest != talk.digest:
                raise ValueError(f"{talk.id} has other sentences than those that were read")
            found[talk.id] = talk
    return found


def _reading(record: dict[str, Any]) -> Reading:
    return Reading(
        **record
        | {
            "moments": tuple(Moment(**m) for m in record["moments"]),
            "asides": tuple(Aside(**a) for a in record["asides"]),
            "codes": {int(n): code for n, code in record["codes"].items()},
        }
    )
