"""Reads what an editor marked in real talks: moments with grades, near misses, sentences, asides.

    python -m training.readings FOLDER OUT.jsonl   (from the readers' own notes)

training/readings/HALF.jsonl holds one reading a line; docs/design/readings.md says how they were
made. Sentences are counted as `training.real_talk` splits them; a talk whose text has another
digest than the reading is refused.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training import real_talk
from training.real_talk import Talk

FOLDER = Path(__file__).parent / "readings"
SECOND = "z"  # the reader of twenty talks that another had read
KINDS = frozenset(
    (
        *("story", "claim", "howto", "confession", "joke"),
        *("data", "answer", "list", "argument", "advice"),
    )
)
_MOMENT = re.compile(r"M (\d+)-(\d+) ([1-4]) (\w+) *\|([^|]*)\|?(.*)")
_NEAR = re.compile(r"N (\d+)(?:-(\d+))? *\|(.*)")
_ASIDE = re.compile(r"S (\d+)-(\d+) (smalltalk|sponsor|garbled)")
_CODE = re.compile(r"(\d+):([osntpx])(e?)")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reader marked in one talk."""

    talk: str  # Talk.id
    source: str  # file of ../shared/data/highlights, or starpod
    digest: str  # of the sentences
    reader: str
    moments: tuple[Moment, ...]
    asides: tuple[Aside, ...]
    codes: dict[int, str]  # by sentence: a letter of osntpx, and "e" where a clip may end
    note: str


def parse(text: str, sentences: int) -> tuple[list[Moment], list[Aside], dict[int, str], str]:
    """Read a reader's own notes. Raises ValueError, which quotes the line that is wrong."""
    moments: list[Moment] = []
    asides: list[Aside] = []
    codes: dict[int, str] = {}
    note = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if found := _MOMENT.fullmatch(line):
            first, last, grade = map(int, found.groups()[:3])
            kind, why, needs = (part.strip() for part in found.groups()[3:])
            if kind not in KINDS:
                raise ValueError(f"no kind of moment: {line}")
            moments.append(Moment(first, last, grade, kind, why, needs))
        elif found := _NEAR.fullmatch(line):
            asides.append(Aside(int(found[1]), int(found[2] or found[1]), "near", found[3].strip()))
        elif found := _ASIDE.match(line):
            asides.append(Aside(int(found[1]), int(found[2]), found[3]))
        elif line.startswith("K "):
            codes |= {int(n): code + e for n, code, e in _CODE.findall(line)}
        elif line.startswith("E "):
            note = line[2:].strip()
        else:
            raise ValueError(f"not a line of a reading: {line}")
    spans: list[Moment | Aside] = [*moments, *asides]
    for span in spans:
        if not span.first <= span.last < sentences:
            raise ValueError(f"not sentences of the talk: {span}")
    codes = {n: code for n, code in sorted(codes.items()) if n < sentences}
    return moments, asides, codes, note


def read(half: str) -> Iterator[Reading]:
    """Yield the readings of a half, "train" or "test"."""
    for line in (FOLDER / f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
        yield _reading(json.loads(line))


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


def write(readings: Iterable[Reading], path: Path) -> None:
    """Write readings, one a line."""
    path.parent.mkdir(exist_ok=True)
    lines = (json.dumps(asdict(r), ensure_ascii=False, separators=(",", ":")) for r in readings)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _reading(record: dict[str, Any]) -> Reading:
    return Reading(
        **record
        | {
            "moments": tuple(Moment(**m) for m in record["moments"]),
            "asides": tuple(Aside(**a) for a in record["asides"]),
            "codes": {int(n): code for n, code in record["codes"].items()},
        }
    )


def main(folder: str, out: str) -> None:
    """Gather a folder's notes (`<key>.<reader>.txt` beside index.json) into one file."""
    index = {r["key"]: r for r in json.loads((Path(folder) / "index.json").read_text())}
    half = Path(out).stem
    gathered = []
    for path in sorted((Path(folder) / "labels").glob(f"{half}*.txt")):
        key, reader, _ = path.name.split(".")
        row = index[key]
        try:
            moments, asides, codes, note = parse(path.read_text(), row["sentences"])
        except ValueError as error:
            print(f"{path.name}: {error}")
            continue
        gathered.append(
            Reading(
                talk=row["id"],
                source=row["file"],
                digest=row["digest"],
                reader=reader,
                moments=tuple(moments),
                asides=tuple(asides),
                codes=codes,
                note=note,
            )
        )
    write(gathered, Path(out))
    print(f"{len(gathered)} readings, {sum(len(r.moments) for r in gathered)} moments")


if __name__ == "__main__":
    main(*sys.argv[1:])
