"""Writes docs/benchmarks.md from bench/results: every figure on the page is one of these files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.support import goals
from bench.support.recordings import ROOT
from bench.support.report import RESULTS, columns_of

PAGE = ROOT / "docs/benchmarks.md"
Results = Mapping[str, Mapping[str, Any]]  # by name, as in bench/results

INTRODUCTION = """# Benchmarks

`make bench` measures KlipFast beside the programs that do the same work, on your machine: the same
inputs, the same weights, the same number of threads, in turns. This page is made from its results,
`bench/results/*.json`; `make bench-docs` writes it again. A time is the median of its runs, with
the least and the greatest behind it where there are more than two. "÷ ours" is how many times as
long the other takes, run by run.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A benchmark on the page: what it measured, and its table."""

    name: str  # stem of its result file
    title: str
    note: str


SECTIONS = (
    Section(
        name="asr",
        title="Recognition",
        note="""\
Whisper base, word times on. Short recordings: the words or letters that are wrong alone.
"Onset error": distance of a word's start from the true one, median and 95 %.""",
    ),
    Section(
        name="render",
        title="Rendering",
        note="""\
One clip of a fixed crop with the same words on it, the same preset, CRF and threads.
"ours is" tells how many times as fast KlipFast is as the row.""",
    ),
    Section(
        name="job",
        title="Whole job",
        note="""\
Each side gets the same talk, Whisper base weights, number of threads and of clips, at
1080 × 1920, in a process of its own that has made a clip before. "÷ ours" is per second of clip.

- **same spans and encoder**: shorts-factory transcribes and picks as always, and then renders the
  spans that KlipFast picked, at KlipFast's preset, CRF and pictures a second: both sides make the
  same seconds of clips. This is the fair comparison of time.
- **as a command**: what a user types, which loads everything first.
- shorts-factory recognizes with faster-whisper as it ships it (int8, beam 5). In its favor it keeps
  that model loaded between jobs, and its OpenMP threads sleep while they wait.
- KlipFast tells speakers apart, follows who speaks and writes three texts; shorts-factory does none
  of these. What keeps KlipFast from 2.5 times is in
  [speed](design/speed.md#a-whole-job-beside-shorts-factory).
- Loudness and true peak are those of all clips, by FFmpeg's meter. A planted moment is whole if a
  pick has an intersection over union of at least 0.8 with it, and torn if a pick begins or ends
  inside it.""",
    ),
    Section(
        name="api",
        title="API under load",
        note="""\
Requests at a steady rate, a mix of four reads, over loopback; the last row from the start
of a server's first job until that is completed.""",
    ),
    Section(
        name="growth",
        title="Growth",
        note="""\
A talk joined with itself; each length in a new process. Disk is the job's own folder at its
fullest, without the source.""",
    ),
)


def results() -> dict[str, dict[str, Any]]:
    """Read the results that are there."""
    paths = {section.name: RESULTS / f"{section.name}.json" for section in SECTIONS}
    return {name: json.loads(p.read_text()) for name, p in paths.items() if p.exists()}


def page(found: Results) -> str:
    """Return the page."""
    parts = [INTRODUCTION, f"## Goals\n\n{table(goals.table(found))}"]
    for section in SECTIONS:
        if section.name in found:
            parts.append(f"## {section.title}\n\n{section.note}\n")
            parts.append(table(found[section.name]["rows"]))
    return "\n".join([*parts, f"## Machines\n\n{table([_machine(*one) for one in found.items()])}"])


def _machine(name: str, result: Mapping[str, Any]) -> dict[str, object]:
    facts = result["machine"]
    return {
        "part": f"{name}, a quick run: no measurement" if facts.get("fast") else name,
        "measured": facts["measured"][:10],
        "processor": facts["cpu"],
        "cores": facts["cores"],
        "instructions": " ".join(facts["isa"]),
        "memory GiB": facts["memory GiB"],
        "load before": facts["load before"],
    }


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Write rows as a Markdown table; a spread stands behind its median."""
    keys = columns_of(rows)
    lines = ["| " + " | ".join(keys) + " |", "|" + "---|" * len(keys)]
    lines += ["| " + " | ".join(_spread(row, key) for key in keys) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _spread(row: Mapping[str, object], key: str) -> str:
    low, high = row.get(f"{key} low"), row.get(f"{key} high")
    range_ = "" if low == high else f" ({_cell(low)}–{_cell(high)})"
    return _cell(row.get(key, "")) + range_


def _cell(value: object) -> str:
    """Write a cell; three digits are enough for what was measured."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(results()))
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
