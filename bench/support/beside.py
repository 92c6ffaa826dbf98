"""Runs an endless encode, to measure what runs beside it.

As a program, it encodes the sample's frames, enlarged to a vertical clip, in a loop with the
product's encoder settings and threads, and answers each line of input with the frame count so far.
"""

import subprocess
import sys
import threading
import time
from fractions import Fraction
from itertools import count
from types import TracebackType
from typing import Self

import av

from bench.support.recordings import ROOT, SAMPLE
from pipeline.rendering import encoder

WIDTH, HEIGHT, RATE = 1080, 1920, 30
FRAMES = 60  # distinct ones; played forward and backward
SETTLE_S = 2.0
ALONE_S = 8.0  # of measuring the encode alone


class Encode:
    """The encode as a child process; leaving the context ends it."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.support.beside"],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.frames()  # returns when the encode has started
        time.sleep(SETTLE_S)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def frames(self) -> int:
        """Return the number of encoded frames so far."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())

    def rate(self) -> float:
        """Measure frames per second over the next ALONE_S."""
        before, began = self.frames(), time.perf_counter()
        time.sleep(ALONE_S)
        return (self.frames() - before) / (time.perf_counter() - began)


def pictures() -> list[av.VideoFrame]:
    """Decode frames of the sample, stretched to the clip: only the encoder's work matters."""
    with av.open(SAMPLE) as container:
        found = []
        for frame in container.decode(video=0):
            found.append(frame.reformat(width=WIDTH, height=HEIGHT, format="yuv420p"))
            if len(found) == FRAMES:
                break
    return found + found[::-1]


def main() -> None:
    """Encode until the input ends."""
    frames = pictures()
    done = 0
    ended = threading.Event()

    def answer() -> None:
        for _ in sys.stdin:
            print(done, flush=True)
        ended.set()

    threading.Thread(target=answer, daemon=True).start()
    with av.open("/dev/null", "w", format="null") as out:
        stream = encoder.add_video(out, "balanced", (WIDTH, HEIGHT), Fraction(RATE))
        for number in count():
            frame = frames[number % len(frames)]
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            for packet in stream.encode(frame):
                done += 1
                out.mux(packet)
            if ended.is_set():
                break


if __name__ == "__main__":
    main()
