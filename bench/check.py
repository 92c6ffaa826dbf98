"""Compares new results with the committed ones, by ratios: exit code 1 if one became worse."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.support.ratios import READERS, Regression, ratios, regressions
from bench.support.report import RESULTS

ROOT = Path(__file__).parents[1]


def committed(name: str, commit: str) -> dict[str, Any] | None:
    """Return a result as of a commit, or None if it has none."""
    path = f"{commit}:{(RESULTS / f'{name}.json').relative_to(ROOT)}"
    shown = subprocess.run(
        ["git", "show", path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found: dict[str, Any] | None = json.loads(shown.stdout) if shown.returncode == 0 else None
    return found


def compare(
    name: str, before: dict[str, Any] | None, now: dict[str, Any] | None
) -> tuple[list[Regression], str]:
    """Return what became worse, and what to say of a result."""
    if now is None:
        return [], "not measured"
    if before is None:
        return [], "nothing to compare with"
    if before["machine"].get("fast", False) != now["machine"].get("fast", False):
        return [], "not compared: one of both is a quick run (FAST=1)"
    try:
        old, new = ratios(name, before), ratios(name, now)
    except (KeyError, IndexError) as error:
        return [], f"not compared: one of both has another format ({error})"
    worse = regressions(old, new)
    return worse, f"{len(old.keys() & new.keys())} ratios compared, {len(worse)} worse"


def main() -> int:
    """Print a line per result and one per regression."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", default="HEAD", help="to compare with (default HEAD)")
    commit = parser.parse_args().commit
    worse: list[Regression] = []
    for name in READERS:
        path = RESULTS / f"{name}.json"
        now = json.loads(path.read_text()) if path.exists() else None
        found, said = compare(name, committed(name, commit), now)
        print(f"{name}: {said}")
        worse += found
    for one in worse:
        print(f"WORSE {one}")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
