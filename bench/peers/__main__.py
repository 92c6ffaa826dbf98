"""Runs one engine as a process: `python -m bench.peers NAME THREADS WEIGHTS`.

Prints a line of JSON once its weights are loaded, then answers each line {"file": path} with one.
"""

import importlib
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from bench.peers import Engine

LOADERS = {
    "ours": ("bench.peers.ours", "load"),
    "faster-whisper batched": ("bench.peers.faster", "load_batched"),
    "faster-whisper sequential": ("bench.peers.faster", "load_sequential"),
    "openai-whisper": ("bench.peers.openai", "load"),
    "whisper.cpp": ("bench.peers.whispercpp", "load"),
}


def peak_mib() -> float:
    """Return the peak resident size of this process in MiB (Linux counts KiB, macOS bytes)."""
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def processor_s() -> float:
    """Return the CPU time of all threads of this process so far, in seconds."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def answer(engine: Engine, path: Path) -> dict[str, object]:
    """Transcribe a file; return the words and the seconds from opening it to the last word."""
    began, used = time.perf_counter(), processor_s()
    try:
        heard = engine.hear(path)
    except Exception as error:  # a failure on a file is a result, too
        return {"error": f"{type(error).__name__}: {error}"}
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "processor_s": processor_s() - used,
        "peak_mib": peak_mib(),
        "text": heard.text,
        "words": heard.words,
        "language": heard.language,
    }


def main(name: str, threads: int, weights: Path) -> None:
    """Load the engine, then answer until the input ends."""
    # output of the engines must not mix with the answers
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(message: dict[str, object]) -> None:
        print(json.dumps(message), file=replies, flush=True)

    module, function = LOADERS[name]
    load: Callable[[int, Path], Engine] = getattr(importlib.import_module(module), function)
    engine = load(threads, weights)
    reply(
        {
            "settings": engine.settings,
            "versions": {p: version(p) for p in engine.packages},
        }
    )
    for line in sys.stdin:
        reply(answer(engine, Path(json.loads(line)["file"])))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
