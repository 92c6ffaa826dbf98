"""Compares short files from a cold start: one command for nine files, loading included.

The product's command and faster-whisper's batched mode, each in a process of its own, take turns.
The clock runs from the start of the process to its last word.
"""

import statistics
import subprocess
import sys
import time

from bench.support import sides
from bench.support.recordings import MEDIA, ROOT
from bench.support.report import fast, report

FILES = [
    str(MEDIA / name)
    for name in (
        "audio/fw_hotwords.mp3",  # 4 s
        "audio/leopard_test_de.wav",
        "audio/leopard_test_es.wav",
        "audio/jfk.flac",
        "audio/wt_gaenswein15.mp3",
        "audio/senselab_higgs_conversation.wav",
        "composites/duo_a.mp4",
        "audio/pyannote_sample.wav",
        "audio/wordtiming.wav",  # 33 s
    )
]
ROUNDS = 5


def ours() -> None:
    """Transcribe all files with one command."""
    subprocess.run(
        [sys.executable, "-m", "pipeline", "transcribe", *FILES, "--json"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def theirs() -> None:
    """Transcribe all files with one process of faster-whisper."""
    with sides.started(sides.BATCHED) as process:
        for file in FILES:
            process.ask(file=file)


def main() -> None:
    """Measure, print and save."""
    theirs()  # untimed: the first run fetches its weights
    taken: dict[str, list[float]] = {sides.OURS.name: [], sides.BATCHED.name: []}
    for _ in range(1 if fast() else ROUNDS):
        for name, run in ((sides.OURS.name, ours), (sides.BATCHED.name, theirs)):
            began = time.monotonic()
            run()
            taken[name].append(time.monotonic() - began)
            print(f"{name}: {taken[name][-1]:.1f} s", file=sys.stderr)
    ratios = [a / b for a, b in zip(*taken.values(), strict=True)]
    rows: list[dict[str, object]] = [
        {"side": name, "s": statistics.median(s), "s low": min(s), "s high": max(s)}
        for name, s in taken.items()
    ]
    rows[0] |= {"ratio": statistics.median(ratios), "ratio low": min(ratios)}
    rows[0]["ratio high"] = max(ratios)
    report("cold", "Nine short files from a cold start", rows)


if __name__ == "__main__":
    main()
