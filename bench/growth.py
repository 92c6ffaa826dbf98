"""Measures how a whole job grows with the talk: seconds by stage, memory, disk.

Every length runs in a new process, on a talk that repeats itself: once with as many clips for each
length, and the shortest and the longest once with the number that the product chooses. Disk is what
lies in the job's folder at its fullest, the clips included, without the source.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.support.growth_law import exponent
from bench.support.job_sides import JobSide
from bench.support.recordings import SAMPLE, talks
from bench.support.repeated import repeated
from bench.support.report import fast, keep, show
from bench.support.watching import watched

MINUTES = (10, 20, 40, 80)
QUICK_MINUTES = (2, 4)
CLIPS = 3  # at each length, where their number does not grow
WARM_S = 30.0  # of the sample, clipped untimed first
LEAST_STAGE_S = 0.5  # shorter stages have no exponent: the clock is too coarse for them


def measure(talk: Path, minutes: int, clips: int | None) -> dict[str, object]:
    """Measure one length and return its row; `clips` None takes the product's own number."""
    with TemporaryDirectory() as name, JobSide("ours") as side:
        folder = Path(name)
        side.ask(repeated(SAMPLE, WARM_S, folder / "warm.mp4"), folder / "warm", clips=1)
        path, out = repeated(talk, minutes * 60, folder / "talk.mp4"), folder / "out"
        with watched(side.pid, out) as peaks:
            answer = side.ask(path, out, clips=clips)
        result_mib = sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 2**20
    print(f"{minutes} minutes: {answer['seconds']:.1f} s", file=sys.stderr)
    return {
        "number of clips": "as many at each length" if clips else "the product's own",
        "minutes": minutes,
        "clips": len(answer["clips"]),
        "s": answer["seconds"],
        "CPU s": answer["cpu_s"],
        "first clip s": answer["first_s"],
        "peak MiB": round(answer["peak_mib"]),
        "private MiB": round(peaks.private_mib),
        "disk MiB": round(peaks.disk_mib, 1),
        "result MiB": round(result_mib, 1),
        "stages": answer["stages"],
    }


def law(rows: list[dict[str, object]]) -> dict[str, object]:
    """Return the exponents of time, by stage too, and the growth of memory, of some rows."""
    minutes = [float(str(row["minutes"])) for row in rows]

    def values(key: str) -> list[float]:
        return [float(str(row[key])) for row in rows]

    stages = [row["stages"] for row in rows]
    by_stage = {}
    for stage in stages[-1] if isinstance(stages[-1], dict) else ():
        spent = [s.get(stage, 0.0) for s in stages if isinstance(s, dict)]
        if min(spent) >= LEAST_STAGE_S:
            by_stage[stage] = exponent(minutes, spent)
    return {
        "number of clips": rows[0]["number of clips"],
        "from": minutes[0],
        "to": minutes[-1],
        "time": exponent(minutes, values("s")),
        "CPU": exponent(minutes, values("CPU s")),
        "by stage": by_stage,
        "peak memory": values("peak MiB")[-1] / values("peak MiB")[0],
        "private memory": values("private MiB")[-1] / values("private MiB")[0],
        "peak MiB": max(values("peak MiB")),
    }


def main() -> None:
    """Measure every length both ways; save after each."""
    talk = talks()[0].path
    lengths = QUICK_MINUTES if fast() else MINUTES
    rows: list[dict[str, object]] = []
    laws: list[dict[str, object]] = []
    for clips, chosen in ((CLIPS, lengths), (None, (lengths[0], lengths[-1]))):
        mine = []
        for minutes in chosen:
            mine.append(measure(talk, minutes, clips))
            keep("growth", talk=talk.name, rows=[*rows, *mine], laws=laws)
        rows, laws = [*rows, *mine], [*laws, law(mine)]
    keep("growth", talk=talk.name, rows=rows, laws=laws)
    show(f"Growth, {talk.name} joined with itself", [_without(r, "stages") for r in rows])
    show("Exponents and ratios", [_without(one, "by stage") for one in laws])


def _without(row: dict[str, object], key: str) -> dict[str, object]:
    return {k: v for k, v in row.items() if k != key}


if __name__ == "__main__":
    main()
