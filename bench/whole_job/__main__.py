"""Runs one side as a process: `python -m bench.whole_job NAME THREADS WEIGHTS`.

Prints a line of JSON once it is loaded, then answers each line, a request, with one.
"""

import contextlib
import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.whole_job import Request, Side

SIDES = {"ours": "bench.whole_job.ours", "shorts-factory": "bench.whole_job.shorts_factory"}


def cpu_s() -> float:
    """Return the processor time of this process and its finished children so far, in seconds."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def peak_mib() -> float:
    """Return the peak resident size of this process or of a child, the larger, in MiB (Linux)."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(used.ru_maxrss for used in both) / 1024


def answer(side: Side, request: Request) -> dict[str, Any]:
    """Do a job; return what it made and what it cost."""
    began, used_s = time.perf_counter(), cpu_s()
    made = side(request)
    cost = {"seconds": time.perf_counter() - began, "cpu_s": cpu_s() - used_s}
    cost["peak_mib"] = peak_mib()
    lossless = made.finish()
    return {
        **cost,
        "stages": made.stages,
        "first_s": made.first_s,
        "picks": made.picks,
        "clips": [str(path) for path in made.clips],
        "texts": made.texts,
        "lossless": None if lossless is None else str(lossless),
    }


def decoded(line: str) -> Request:
    """Read a request from its JSON."""
    said = json.loads(line)
    encoder = said.get("encoder")
    return Request(
        file=Path(said["file"]),
        out=Path(said["out"]),
        clips=said["clips"],
        spans=tuple((start_s, end_s) for start_s, end_s in said.get("spans", ())),
        encoder=tuple(encoder) if encoder else None,
        lossless=said.get("lossless", False),
    )


def main(name: str, threads: int, weights: Path) -> None:
    """Load the side, then answer until the input ends."""
    # what the side prints must not mix with the answers
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    load: Callable[[int, Path], tuple[Side, dict[str, Any]]]
    load = importlib.import_module(SIDES[name]).load
    side, facts = load(threads, weights)
    print(json.dumps(facts), file=replies, flush=True)
    for line in sys.stdin:
        try:
            found = answer(side, decoded(line))
        except Exception as error:  # a failure on a file is a result, too
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), file=replies, flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
