"""Draws flame graphs of a job by py-spy, which samples the stacks of all its threads."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.support.engines import BENCH_PYTHON, ROOT

FOLDER = ROOT / "build/profile"
SAMPLES_PER_S = 50
FORMATS = {"flamegraph": ".svg", "speedscope": ".speedscope.json"}
TIMEOUT_S = 1800.0


def draw(path: Path) -> Iterator[str]:
    """Run a job of a file once for each format; yield the files, or one line that says why none."""
    recorder = BENCH_PYTHON.with_name("py-spy")
    if not recorder.exists():
        yield f"no flame graph: {recorder} is not there; run it by `make profile`"
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind, ending in FORMATS.items():
        target = FOLDER / f"{path.stem}{ending}"
        target.unlink(missing_ok=True)
        command = [
            str(recorder),
            "record",
            "--native",
            "--rate",
            str(SAMPLES_PER_S),
            "--format",
            kind,
        ]
        job = [sys.executable, "-m", "bench.profile", "--only-job", str(path)]
        try:
            run = subprocess.run(
                [*command, "--output", str(target), "--", *job],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            yield f"no {target.name}: the job took more than {TIMEOUT_S:.0f} s under py-spy"
            return
        if not target.exists():
            yield f"no {target.name}: {reason(run.stderr)}"
            return
        yield str(target.relative_to(ROOT))


def reason(said: str) -> str:
    """Return py-spy's own words; the usual reason is that ptrace is not permitted."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    denied = [line for line in lines if "ermission" in line or "not permitted" in line]
    return (denied or lines or ["py-spy says nothing"])[-1]
