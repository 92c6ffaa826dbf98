"""Writes docs/benchmarks.md from bench/results: every figure on the page is one of these files.

Nothing is typed into it by hand: `make bench-docs` writes all of it anew.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.support.engines import BENCH_PYTHON
from bench.support.report import RESULTS
from bench.support.targets import Results, targets

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/benchmarks.md"
NAMES = (*("asr", "render", "job", "finder", "api", "database", "growth", "cost", "capacity"),)

INTRODUCTION = """# Benchmarks

`make bench` measures KlipFast beside the programs that do the same work, on your machine: the same
inputs, the same weights, the same number of threads, in turns. This page is made from its results,
`bench/results/*.json`; `make bench-docs` makes it again, and `make bench-check` compares new
results with the committed ones by ratios, because seconds depend on the machine.

A time is the median of its runs, with the least and the greatest behind it where there are more
than two. "÷ ours" is how many times as long the other takes, run by run.
"""

JOB_NOTES = """Each side gets the same talk, the same Whisper base weights, the same number of
threads and of clips, at 1080 × 1920, on the same disk, in a process of its own that has made a clip
before. Times "÷ ours" are per second of clip. What differs:

- **same spans and encoder**: shorts-factory transcribes and picks as always, and then renders the
  spans that KlipFast picked, at KlipFast's preset and CRF and at the source's pictures a second:
  both sides make the same seconds of clips. This is the fair comparison of time.
- **as shipped**: its own picks, and its own `veryfast`, CRF 20, 30 pictures a second. A second of
  clip is compared with a second of clip.
- shorts-factory recognizes with faster-whisper as it ships it (int8, beam 5, word times, speech
  detection). In its favor it keeps that model loaded between jobs, its OpenMP threads sleep while
  they wait, and its OpenCV is older than 5, which has no face detector without a download. Its
  ffmpeg chooses the number of its threads and the distance of its key frames.
- KlipFast tells speakers apart, follows who speaks and writes three texts; shorts-factory does none
  of these. KlipFast's x264 leaves out some partitions and B-frames of the preset, refines motion
  less and quantizes less adaptively ([rendering](design/rendering.md)). Both draw captions and
  thumbnails and bring the sound to −14 LUFS.
- What keeps it from 2.5 times is in [speed](design/speed.md#a-whole-job-beside-shorts-factory).
- KlipFast looks at the first clip before it encodes it, and at each other while the one before is
  encoded: that time is part of "render".
- **SSIM** is that of a side's first clip to the same composed pictures encoded without loss: what
  the encoder lost, not how good the picture is. Loudness and true peak are those of all clips, by
  FFmpeg's meter. A planted moment is whole if a pick has an intersection over union of at least 0.8
  with it, and torn if a pick begins or ends inside it. Memory is that of the process or of its
  largest child, such as ffmpeg.
"""

COST_NOTES = """Of an hour of talk. From: processor time alone, as on a machine that always has
another job. To: the time of the job, with every processor of the machine paid for meanwhile. A
cloud's processor is taken to be as fast as one of the machine that measured. Storage and traffic
are left out. The prices are list prices in `bench/prices.toml`, where you can put your own:
"""


def results() -> dict[str, dict[str, Any]]:
    """Read the results that are there."""
    paths = {name: RESULTS / f"{name}.json" for name in NAMES}
    return {name: json.loads(p.read_text()) for name, p in paths.items() if p.exists()}


def cell(value: object) -> str:
    """Write a table's cell; three digits are enough for what was measured."""
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[str] = ()) -> str:
    """Write rows as a Markdown table; a spread stands behind its median."""
    keys = list(columns) or list(dict.fromkeys(key for row in rows for key in row))
    keys = [k for k in keys if not k.endswith((" low", " high"))]
    keys = [key for key in keys if any(row.get(key, "") != "" for row in rows)]
    if not keys:
        return "Nothing was measured.\n"
    lines = ["| " + " | ".join(keys) + " |", "|" + "---|" * len(keys)]
    lines += ["| " + " | ".join(_spread(row, key) for key in keys) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _spread(row: Mapping[str, object], key: str) -> str:
    said = cell(row.get(key, ""))
    low, high = row.get(f"{key} low"), row.get(f"{key} high")
    if low is None or high is None or low == high:
        return said
    return f"{said} ({cell(low)}–{cell(high)})"


def machine(found: Results) -> str:
    """Describe the machines: a line for each that measured a part."""
    rows = []
    for name, result in found.items():
        facts = result["machine"]
        rows.append(
            {
                "part": name,
                "measured": facts["measured"][:16].replace("T", " "),
                "processor": facts.get("cpu", ""),
                "cores": facts["cores"],
                "instructions": " ".join(facts.get("isa", ())),
                "memory GiB": facts.get("memory GiB", ""),
                "kernel": facts.get("kernel", ""),
                "governor": facts.get("governor", ""),
                "load before": facts.get("load before", ""),
                "quick run": "yes" if facts.get("fast") else "",
            }
        )
    quick = [str(row["part"]) for row in rows if row["quick run"]]
    said = table(rows)
    if quick:
        said += (
            f"\n**{', '.join(quick)}: a quick run** (`FAST=1`) on little input. Its figures show "
            "that the\nprogram works; they are no measurement.\n"
        )
    return said


def goals(found: Results) -> str:
    """Write the goals and how far they are met."""
    return table([target.row() for target in targets(found)])


def asr(found: Mapping[str, Any]) -> str:
    """Write the section on recognition."""
    speed = (
        "file",
        "engine",
        "runs",
        "s",
        "× real time",
        "s / ours",
        "peak MiB",
        "WER",
        "settings",
    )
    return (
        "![Times as fast as the talk is long, by engine](../bench/results/asr.svg)\n\n"
        + table(found["speed"], speed)
        + "\nWhile x264 encodes on the same cores:\n\n"
        + table(found["beside"])
        + "\nWord errors, by set of recordings:\n\n"
        + table(found["errors"])
    )


def render(found: Mapping[str, Any]) -> str:
    """Write the section on rendering."""
    return (
        "One clip of a fixed crop with the same words on it, the same preset, CRF and threads.\n"
        '"ours is" tells how many times as fast KlipFast is as the row.\n\n'
        "![Pictures a second of each side](../bench/results/render.svg)\n\n" + table(found["rows"])
    )


def job(found: Mapping[str, Any]) -> str:
    """Write the section on the whole job."""
    rows = [{k: v for k, v in row.items() if k != "stages"} for row in found["rows"]]
    time = (
        *("file", "side", "runs", "s", "clips", "clip s", "s a clip s", "time ÷ ours"),
        *("first clip s", "CPU s", "CPU ÷ ours", "peak MiB"),
    )
    quality = (
        *("file", "side", "MB a clip minute", "SSIM", "LUFS from", "LUFS to", "peak dBTP"),
        *("moments", "touched", "whole", "torn", "texts"),
    )
    settings = [{"side": side, "settings": said} for side, said in found["settings"].items()]
    said = (
        JOB_NOTES
        + "\n![Seconds of each stage, by side](../bench/results/job.svg)\n\n"
        + table(rows, time)
        + "\nWhat the clips are like:\n\n"
        + table(rows, quality)
    )
    if found["cold"]:
        said += (
            "\nCommands that load everything first, as a user types them, after the warm job of a "
        )
        said += "round:\n\n"
        said += table(found["cold"])
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    said += "\n" + table(settings) + f"\nVersions: {versions}.\n"
    for side, why in found["failed"].items():
        said += f"\nNot measured: {side}: {why}\n"
    return said


def finder(found: Mapping[str, Any]) -> str:
    """Write the section on the finder of clipsai."""
    said = str(found["notes"]) + "\n\n" + table(found["rows"])
    if found["tries"]:
        said += "\nWays that were tried to run it as it is published:\n\n" + table(found["tries"])
    return said


def api(found: Mapping[str, Any]) -> str:
    """Write the section on the API."""
    return (
        "Requests at a steady rate, a mix of four reads, over loopback; the last row from the\n"
        "start of a server's first job until that is completed.\n\n" + table(found["rows"])
    )


def database(found: Mapping[str, Any]) -> str:
    """Write the section on the database."""
    return (
        "Transactions, rows written, milliseconds in statements over all sessions, and bytes of\n"
        "the write-ahead log. A client looks at its job every two seconds. What the server does\n"
        "without a job is taken off the job.\n\n" + table(found["rows"])
    )


def growth(found: Mapping[str, Any]) -> str:
    """Write the section on growth."""
    rows = [{k: v for k, v in row.items() if k != "stages"} for row in found["rows"]]
    laws = [{k: v for k, v in law.items() if k != "by stage"} for law in found["laws"]]
    stages = [
        {
            "number of clips": row["number of clips"],
            "minutes": row["minutes"],
            **{f"{stage} s": float(spent) for stage, spent in row["stages"].items()},
        }
        for row in found["rows"]
    ]
    exponents = [
        {"number of clips": law["number of clips"], **law["by stage"]} for law in found["laws"]
    ]
    return (
        f"`{found['talk']}` joined with itself; each length in a new process. Disk is the job's "
        "own folder at its\nfullest, without the source.\n\n"
        "![Seconds and memory over minutes of talk](../bench/results/growth.svg)\n\n"
        + table(rows)
        + "\nExponent of time and of processor time over length, and memory at the longest divided "
        "by that at the\nshortest:\n\n"
        + table(laws)
        + "\nSeconds by stage:\n\n"
        + table(stages)
        + "\nExponents by stage, of those that take at least half a second at each length:\n\n"
        + table(exponents)
    )


def cost(found: Mapping[str, Any]) -> str:
    """Write the section on cost."""
    return _basis(found) + table(found["rows"]) + "\n" + COST_NOTES + "\n" + table(found["prices"])


def _basis(found: Mapping[str, Any]) -> str:
    """Say which quick runs something was calculated from."""
    quick = ", ".join(found["quick"])
    return f"**Calculated from quick runs: {quick}.** No estimate.\n\n" if quick else ""


def capacity(found: Mapping[str, Any]) -> str:
    """Write the section on many machines."""
    return (
        _basis(found)
        + str(found["notes"])
        + "\n\n![Waiting time, cost and what is busy, over load](../bench/results/capacity.svg)\n\n"
        + table(found["fleets"])
        + "\nWhat is full first, as machines are added:\n\n"
        + table(found["limits"])
        + "\nWaiting and cost over load:\n\n"
        + table(found["loads"])
        + "\nWhat the model takes from measurements, and what it assumes:\n\n"
        + table(found["parameters"])
    )


SECTIONS = (
    ("asr", "Recognition", asr),
    ("render", "Rendering", render),
    ("job", "Whole job", job),
    ("finder", "Finding moments: clipsai", finder),
    ("api", "API under load", api),
    ("database", "Database", database),
    ("growth", "Growth", growth),
    ("cost", "Cost", cost),
    ("capacity", "Many machines, simulated", capacity),
)


def page(found: Results) -> str:
    """Return the page."""
    parts: Iterable[str] = (
        f"\n## {title}\n\n{write(found[name])}" for name, title, write in SECTIONS if name in found
    )
    return (
        INTRODUCTION
        + f"\n## Goals\n\n{goals(found)}"
        + "".join(parts)
        + f"\n## Machines\n\n{machine(found)}"
    )


def main() -> None:
    """Draw the plots, if the peers' environment is there, and write the page."""
    if BENCH_PYTHON.exists():
        drawn = subprocess.run(
            [BENCH_PYTHON, "-m", "bench.support.plot_page"], cwd=ROOT, check=False
        )
        if drawn.returncode:
            print("bench.page: the plots could not be drawn", file=sys.stderr)
    PAGE.write_text(page(results()))
    print(f"written to {PAGE}")


if __name__ == "__main__":
    main()
