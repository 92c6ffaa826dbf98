"""Writes docs/benchmarks.md from bench/results: every figure on the page is one of these files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bench.support.markdown import table
from bench.support.recordings import ROOT
from bench.support.report import RESULTS

PAGE = ROOT / "docs/benchmarks.md"
BATCHED, OURS = "faster-whisper batched", "KlipFast"
SHIFT = "beside an encode, × real time"
Rows = Sequence[Mapping[str, Any]]
Results = Mapping[str, Mapping[str, Any]]  # by name, as in bench/results
Goal = tuple[str, float, str, float, str]  # figure, its value, ≥ or ≤, bound, unit

INTRODUCTION = """# Benchmarks

`make bench` measures KlipFast beside the programs that do the same work, on your machine: the same
inputs, the same weights, the same number of threads, in turns. This page is made from its results,
`bench/results/*.json`; `make bench-docs` writes it again. A time is the median of its runs, with
the least and the greatest behind it where there are more than two. "÷ ours" is how many times as
long the other takes, run by run.
"""


# Stem of a result file → title of its section, and what was measured.
SECTIONS = {
    "asr": (
        "Recognition",
        """\
Whisper base, word times on. Short recordings: the words or letters that are wrong alone.
"Onset error": distance of a word's start from the true one, median and 95 %.""",
    ),
    "render": (
        "Rendering",
        """\
One clip of a fixed crop with the same words on it, the same preset, CRF and threads.
"ours is" tells how many times as fast KlipFast is as the row.""",
    ),
    "job": (
        "Whole job",
        """\
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
    "api": (
        "API under load",
        """\
Requests at a steady rate, a mix of four reads, over loopback; the last row from the start
of a server's first job until that is completed.""",
    ),
    "growth": (
        "Growth",
        """\
A talk joined with itself; each length in a new process. Disk is the job's own folder at its
fullest, without the source.""",
    ),
}


def results() -> dict[str, dict[str, Any]]:
    """Read the results that are there."""
    paths = {name: RESULTS / f"{name}.json" for name in SECTIONS}
    return {name: json.loads(p.read_text()) for name, p in paths.items() if p.exists()}


def page(found: Results) -> str:
    """Return the page."""
    parts = [INTRODUCTION, f"## Goals\n\n{table(goals(found))}"]
    for name, (title, note) in SECTIONS.items():
        if name in found:
            parts += [f"## {title}\n\n{note}\n", table(found[name]["rows"])]
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


def goals(results: Results) -> list[dict[str, str]]:
    """Return a row per goal whose figure was measured; that of a quick run is called one."""
    rows = []
    for name, read in READERS.items():
        if name not in results:
            continue
        note = " (quick run)" if results[name]["machine"].get("fast") else ""
        for figure, value, sign, bound, unit in read(results[name]["rows"]):
            met = value >= bound if sign == "≥" else value <= bound
            short = f"{abs(value - bound) / abs(bound):.0%}" if bound else f"{value:.3g}"
            rows.append(
                {
                    "figure": figure + note,
                    "goal": f"{sign} {bound:g}{unit}",
                    "measured": f"{value:.3g}{unit}",
                    "": "met" if met else f"short by {short}",
                }
            )
    return rows


def _asr(rows: Rows) -> Iterator[Goal]:
    for row in rows:
        if row["engine"] == BATCHED and "s / ours" in row:
            figure = f"recognition of {row['file']}: times as fast as {BATCHED}"
            yield figure, row["s / ours"], "≥", 3.0, " ×"
    beside = {row["engine"]: row[SHIFT] for row in rows if SHIFT in row}
    if OURS in beside and BATCHED in beside:
        figure = f"recognition beside an encode: times as fast as {BATCHED}"
        yield figure, beside[OURS] / beside[BATCHED], "≥", 2.3, " ×"


def _render(rows: Rows) -> Iterator[Goal]:
    times = [row["ours is"] for row in rows if row["side"] == "ffmpeg"]
    if times:
        figure = "rendering: times as fast as ffmpeg with libass, the slowest row"
        yield figure, min(times), "≥", 1.15, " ×"


def _job(rows: Rows) -> Iterator[Goal]:
    ours = [row for row in rows if row["side"] == OURS]
    for row in rows:
        if row["side"].endswith("same spans and encoder"):
            figure = f"whole job of {row['file']}: times as fast as {row['side']}"
            yield figure, row["time ÷ ours"], "≥", 2.5, " ×"
        if row["side"] == f"{OURS}, as a command":
            yield f"{row['file']}: command ÷ warm job", row["÷ warm job"], "≤", 1.2, " ×"
    for row in ours:
        at = 100 * row["first clip at"]
        yield f"{row['file']}: first clip after this part of the job", at, "≤", 30, " %"
    levels = [abs(row[key] + 14) for row in ours for key in ("LUFS from", "LUFS to")]
    yield "loudness of clips, furthest from −14 LUFS", max(levels), "≤", 1, " LU"
    yield "true peak, loudest clip", max(row["peak dBTP"] for row in ours), "≤", -1, " dBTP"
    yield "planted moments torn", sum(row["torn"] for row in ours), "≤", 0, ""


def _growth(rows: Rows) -> Iterator[Goal]:
    for kind in dict.fromkeys(row["number of clips"] for row in rows):
        some = [row for row in rows if row["number of clips"] == kind]
        if len(some) > 1:
            # cost = c · length^slope, the power law that fits best in the logarithms
            minutes, seconds = np.log([(row["minutes"], row["s"]) for row in some]).T
            slope = float(np.polyfit(minutes, seconds, 1)[0])
            yield f"exponent of time over length, clips: {kind}", slope, "≤", 1.05, ""
            memory = some[-1]["peak MiB"] / some[0]["peak MiB"]
            yield f"peak memory, longest ÷ shortest, clips: {kind}", memory, "≤", 1.2, ""
    yield "peak memory", max(row["peak MiB"] for row in rows) / 1024, "≤", 3, " GiB"


def _api(rows: Rows) -> Iterator[Goal]:
    yield "API: p99 at 300 requests/s while a job runs", rows[-1]["p99 ms"], "≤", 50, " ms"
    yield "API: requests that failed", sum(row["failures"] for row in rows), "≤", 0, ""


READERS = {"asr": _asr, "render": _render, "job": _job, "growth": _growth, "api": _api}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(results()))
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
