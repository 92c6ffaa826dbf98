"""Runs every benchmark in turn, makes docs/benchmarks.md, and prints what is met: `make bench`.

    python -m bench                 all parts, about 75 minutes on two quiet cores
    python -m bench job growth      these parts
    python -m bench --resume        without those that were measured at this commit

FAST=1 runs each part on little input, to see that all of it works. A part that fails is reported at
the end and does not stop the others; each saves its result as soon as it has one.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass

from bench import page
from bench.support import ffmpeg_tools
from bench.support.ratios import READERS, ratios
from bench.support.report import fast, show
from bench.support.targets import Results, targets

ROOT = page.ROOT
DONE = ROOT / "build/bench"  # a file for each part that was measured to its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A benchmark; the minutes are those of two quiet cores."""

    name: str  # of the module and of its result
    what: str
    minutes: float
    fast_minutes: float
    arguments: tuple[str, ...] = ()


PARTS = (
    Part(
        name="asr",
        what="recognition: faster-whisper, openai-whisper, whisper.cpp",
        minutes=15,
        fast_minutes=9,
        arguments=("--brief",),
    ),
    Part(name="render", what="one clip: ffmpeg with libass, x264", minutes=10, fast_minutes=3),
    Part(name="job", what="whole job: shorts-factory", minutes=26, fast_minutes=6),
    Part(name="finder", what="picks: clipsai", minutes=1, fast_minutes=1),
    Part(name="api", what="API: bare aiohttp", minutes=2, fast_minutes=2),
    Part(name="database", what="what a job costs Postgres", minutes=2, fast_minutes=2),
    Part(name="growth", what="10 to 80 minutes of talk", minutes=16, fast_minutes=4),
    Part(name="cost", what="cost of an hour of talk", minutes=0.1, fast_minutes=0.1),
    Part(name="capacity", what="1 to 1,000 machines, simulated", minutes=2, fast_minutes=1),
)


def chosen(names: list[str], resume: bool) -> list[Part]:
    """Return the parts to run. Raises SystemExit for an unknown name."""
    known = {part.name for part in PARTS}
    if unknown := sorted(set(names) - known):
        raise SystemExit(
            f"bench: no part {', '.join(unknown)}; there are {', '.join(sorted(known))}"
        )
    parts = [part for part in PARTS if not names or part.name in names]
    return [part for part in parts if not (resume and is_done(part.name))]


def _state() -> str:
    """Return what a measurement belongs to: the commit, and whether it is a quick run."""
    said = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"{said.stdout.strip()} {'quick' if fast() else 'whole'}"


def is_done(name: str) -> bool:
    """Return whether a part was measured to its end, at this commit."""
    path = DONE / name
    return path.exists() and path.read_text() == _state()


def mark_done(name: str) -> None:
    """Note that a part was measured to its end."""
    DONE.mkdir(parents=True, exist_ok=True)
    (DONE / name).write_text(_state())


def run(part: Part) -> tuple[bool, float]:
    """Run a part; return whether it succeeded, and the minutes that it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{part.name}", *part.arguments], cwd=ROOT, check=False
    )
    if done.returncode == 0:
        mark_done(part.name)
    return done.returncode == 0, (time.monotonic() - began) / 60


def beside_others(results: Results) -> list[dict[str, object]]:
    """Return a row for every comparable figure: ratios to peers, exponents, growth."""
    found = [
        one for name in READERS if name in results for one in ratios(name, results[name]).values()
    ]
    return [
        {
            "figure": one.name,
            "value": one.value,
            "least": one.low,
            "greatest": one.high,
            "better": "more" if one.more_is_better else "less",
        }
        for one in found
    ]


def main() -> int:
    """Run the parts; return 1 if one failed."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", help=", ".join(part.name for part in PARTS))
    parser.add_argument("--resume", action="store_true", help="leave out what is measured already")
    call = parser.parse_args()
    parts = chosen(call.parts, call.resume)
    expected = {part.name: part.fast_minutes if fast() else part.minutes for part in parts}
    print(f"{len(parts)} parts, about {sum(expected.values()):.0f} minutes on two quiet cores")
    ffmpeg_tools.put_on_path()
    outcome: list[dict[str, object]] = []
    for number, part in enumerate(parts, 1):
        left = sum(expected[p.name] for p in parts[number - 1 :])
        print(f"\n[{number}/{len(parts)}] {part.name}: {part.what}; {left:.0f} minutes to go")
        worked, minutes = run(part)
        outcome.append(
            {"part": part.name, "minutes": minutes, "": "measured" if worked else "FAILED"}
        )
    page.main()
    show("Parts", outcome)
    show("Beside others", beside_others(page.results()))
    show("Goals", [target.row() for target in targets(page.results())])
    return int(any(row[""] == "FAILED" for row in outcome))


if __name__ == "__main__":
    sys.exit(main())
