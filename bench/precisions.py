"""Compares what each precision, and each class of processors, makes of the same talks.

Four recordings and the project's sample are heard, ranked, written about and framed by the commands
that users run, in each profile. Of each the table has the word error rate where the words are
known, and what differs from the first profile: words, the three best picks (shared: intersection
over union of .8), sentences of texts, and the frames of the crop path.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jiwer
import older_processor

from bench.support.measures import error_rate, normalize
from bench.support.recordings import MEDIA, SAMPLE, talks
from bench.support.report import report
from pipeline.models.model_config import PRECISION_VARIABLE

RECORDINGS = (
    SAMPLE,
    *(
        MEDIA / name
        for name in (
            "long/podcast_a.mp4",
            "talk/subtitleeffect_obama.mp4",
            "audio/wt_smartphone.mp3",
            "audio/wt_radio_short.mp3",
        )
    ),
)
PROFILES: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "bfloat16": {PRECISION_VARIABLE: "bfloat16"},
    "float32": {PRECISION_VARIABLE: "float32"},
    "avx512 (float32, int8)": older_processor.environment("avx512"),
    "avx2 (float32, int8)": older_processor.environment("avx2"),
    "ATen default": {"ATEN_CPU_CAPABILITY": "default"},
    "one core": {"ONE_CORE": "1"},
}
RUN = """
import os, sys
sys.path[:0] = ["tests/support"]
if os.environ.get("ONE_CORE"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from older_processor import limit
limit()
from pipeline.cli.commands import main
sys.exit(main())
"""
ROOT = SAMPLE.parents[2]
PICKS = 3
SAME_IOU = 0.8
FRAMED_S = (2.0, 32.0)
SAME_BOX_IOU = 0.9

Row = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the commands made of one recording."""

    transcript: dict[str, Any]
    picks: list[tuple[float, float]]  # start and end, s; the best first
    texts: frozenset[str]  # sentences
    boxes: list[tuple[float, ...]]  # x, y, width, height of the first window of each frame


def run(profile: str, *arguments: str) -> list[dict[str, Any]]:
    """Return the JSON lines of a command. Raises CalledProcessError where it fails."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *arguments, "--json", "--log-level", "error"],
        env={**os.environ, **PROFILES[profile]},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


def make(profile: str, files: Sequence[Path]) -> list[Made]:
    """Hear, rank, write and frame each recording."""
    with TemporaryDirectory() as folder:
        heard = run(profile, "transcribe", *map(str, files))
        names = [str(Path(folder) / f"{number}.json") for number in range(len(files))]
        for name, transcript in zip(names, heard, strict=True):
            Path(name).write_text(json.dumps(transcript))
        ranked = run(profile, "rank", "--count", str(PICKS), *names)
        written = run(profile, "write", *names)
    made = []
    for file, transcript, order, texts in zip(files, heard, ranked, written, strict=True):
        best = sorted(order["highlights"], key=lambda h: -h["score"])
        said = "\n".join(str(text) for text in texts.values())
        made.append(
            Made(
                transcript=transcript,
                picks=[(h["start_s"], h["end_s"]) for h in best],
                texts=frozenset(line.strip() for line in said.splitlines() if line.strip()),
                boxes=frame(profile, file),
            )
        )
    return made


def frame(profile: str, file: Path) -> list[tuple[float, ...]]:
    """Return the first window of each frame of half a minute; none of a sound alone."""
    if file.suffix != ".mp4":
        return []
    start_s, end_s = map(str, FRAMED_S)
    [path] = run(profile, "reframe", str(file), "--start", start_s, "--end", end_s)
    return [tuple(f["boxes"][0][key] for key in "xywh") for f in path["frames"] if f["boxes"]]


def words_of(made: Made) -> str:
    """Return the words, normalized, in one line."""
    text = " ".join(word["text"] for word in made.transcript["words"])
    return normalize(text, made.transcript["language"])


def different_words(one: Made, other: Made) -> float:
    """Return the word error rate of one transcript against the other."""
    return float(jiwer.wer(words_of(one), words_of(other)))


def shared_picks(one: Made, other: Made) -> int:
    """Return how many picks of one lie where one of the other does."""
    return sum(any(overlap(a, b) >= SAME_IOU for b in other.picks) for a in one.picks)


def overlap(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the intersection over union of two spans."""
    inside = min(a[1], b[1]) - max(a[0], b[0])
    return max(0.0, inside) / (max(a[1], b[1]) - min(a[0], b[0]))


def other_frames(one: Made, other: Made) -> float:
    """Return the share of frames whose window lies elsewhere."""
    pairs = list(zip(one.boxes, other.boxes, strict=False))
    return sum(area_overlap(a, b) < SAME_BOX_IOU for a, b in pairs) / max(1, len(pairs))


def area_overlap(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the intersection over union of two boxes."""
    sides = [max(0.0, min(a[k] + a[k + 2], b[k] + b[k + 2]) - max(a[k], b[k])) for k in (0, 1)]
    inside = sides[0] * sides[1]
    return inside / (a[2] * a[3] + b[2] * b[3] - inside)


def row(profile: str, name: str, made: Made, first: Made) -> Row:
    """Compare what a profile made of a recording with what the first one did."""
    known = {talk.path.name: talk for talk in talks()}
    found: Row = {"profile": profile, "recording": name}
    if name in known:
        words = " ".join(word["text"] for word in made.transcript["words"])
        found["word errors"] = str(error_rate([(known[name].text, words)], "en"))
    found["words that differ"] = round(different_words(first, made), 4)
    found["picks shared"] = f"{shared_picks(first, made)}/{len(first.picks)}"
    union = first.texts | made.texts
    found["text lines that differ"] = f"{len(union - (first.texts & made.texts))}/{len(union)}"
    if first.boxes:
        found["frames that differ"] = round(other_frames(first, made), 3)
    return found


def main() -> None:
    """Measure, print and save."""
    files = [path for path in RECORDINGS if path.exists()]
    rows = list[Row]()
    first: list[Made] | None = None
    for profile in PROFILES:
        made = make(profile, files)
        first = first or made
        rows += [
            row(profile, file.name, *both) for file, *both in zip(files, made, first, strict=True)
        ]
        print(f"{profile}: done", file=sys.stderr)
    report("precisions", "What each precision makes of the same talks", rows)


if __name__ == "__main__":
    main()
