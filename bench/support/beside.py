"""Runs an endless encode in a process of its own, to measure what runs beside it.

It encodes the sample's frames, enlarged to a vertical clip, in a loop with the product's encoder
settings and threads.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import count, cycle

import av

from bench.support.encoder_alone import frames_of
from bench.support.recordings import ROOT, SAMPLE
from pipeline.rendering import encoder

WIDTH, HEIGHT, RATE = 1080, 1920, 30
FRAMES = 60  # distinct ones; played forward and backward
SETTLE_S = 2.0


@contextmanager
def encoding() -> Iterator[None]:
    """Encode within the context."""
    command = [sys.executable, "-m", "bench.support.beside"]
    child = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()  # when it begins
    time.sleep(SETTLE_S)
    try:
        yield
    finally:
        child.kill()
        child.communicate()


def main() -> None:
    """Encode until the process is killed."""
    frames = [f.reformat(WIDTH, HEIGHT, "yuv420p") for f in frames_of(SAMPLE, FRAMES)]
    print("encoding", flush=True)
    with av.open("/dev/null", "w", format="null") as out:
        stream = encoder.add_video(out, "balanced", (WIDTH, HEIGHT), Fraction(RATE))
        for number, frame in zip(count(), cycle([*frames, *frames[::-1]]), strict=False):
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(stream.encode(frame))


if __name__ == "__main__":
    main()
