"""`make test-pythons`: each promised Python makes the clips of the demo and passes the fast tests.

PYTHONS="python3.12 python3.13" names the interpreters; one that is not there is a failure. Ten
minutes and 6 GB for each, which go at the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISED = ("python3.11", "python3.12", "python3.13")
FAST = (
    "tests/pipeline/core",
    "tests/pipeline/language",
    "tests/pipeline/captions",
    "tests/pipeline/export",
    "tests/server/core",
    "tests/server/store",
    "tests/server/mcp",
)


def main() -> int:
    """Exit status."""
    asked = os.environ.get("PYTHONS", " ".join(PROMISED)).split()
    missing = [name for name in asked if shutil.which(name) is None]
    if missing:
        print(f"error: {', '.join(missing)} cannot be found; PYTHONS names others", file=sys.stderr)
        return 1
    ended = [_try(shutil.which(name) or name) for name in asked]
    return 1 if any(ended) else 0  # that of a process that a signal ended is negative


def _try(python: str) -> int:
    """Install, run the demo and the fast tests with one interpreter; return the exit status."""
    version = subprocess.run(
        [python, "--version"], capture_output=True, text=True, check=True
    ).stdout.strip()
    print(f"== {version}", flush=True)
    with tempfile.TemporaryDirectory(prefix="klipfast-python-") as name:
        clone = Path(name, "klipfast")
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        steps = (
            ["make", "demo", f"PYTHON={python}", f"OUT={name}/clips"],
            ["make", "install-dev", f"PYTHON={python}"],
            [f"{clone}/.venv/bin/python", "-m", "pytest", "--quiet", "-m", "not slow", *FAST],
        )
        for step in steps:
            began = time.monotonic()
            run = subprocess.run(step, cwd=clone, stdin=subprocess.DEVNULL, check=False)
            seconds = time.monotonic() - began
            print(f"{' '.join(step[:3])}: {run.returncode} after {seconds:.0f} s", flush=True)
            if run.returncode != 0:
                return run.returncode
        clips = [*Path(name, "clips").rglob("*.mp4")]
        if len(clips) < 2:
            print(f"error: the demo made {len(clips)} clips", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
