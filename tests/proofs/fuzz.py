"""`make fuzz`: damaged films go through probe, sound, look and clip; each must end as it should.

Mutants are made with knowledge of the format: boxes of MP4 and elements of Matroska get other
sizes and types, are dropped, doubled, swapped or cut short, beside bytes that are flipped anywhere.
A result is a clip or an error of pipeline.core.errors; a crash, a hang, another exception, and more
memory than MAX_BYTES are faults.

    make fuzz MUTANTS="3000 7"

The pipeline is imported only where it is used: each process that opens a file imports this module.
"""

import logging
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tally import Tally

MUTANTS = 3000
MAX_S = 60.0  # for one mutant
MAX_BYTES = 2 << 30  # of memory, of the process that makes clips
FORMATS = ("mp4", "mov", "mkv", "ts", "avi")
CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta")
BAD_SIZES = (0, 1, 7, 8, 0x7FFFFFFF, 0xFFFFFFFF)


def seeds(folder: Path) -> dict[str, bytes]:
    """One small film in each format."""
    import numpy as np
    from films import plain, speech_like, write_film

    rng = np.random.default_rng(0)
    pictures = [plain((int(rng.integers(255)), 90, n)) for n in range(60)]
    found = {}
    for kind in FORMATS:
        path = write_film(folder / f"seed.{kind}", pictures, fps=10, sound=speech_like(6.0))
        found[kind] = path.read_bytes()
    return found


def boxes(data: bytes, first: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """(start, end) of the boxes of an MP4, inner ones too (ISO/IEC 14496-12)."""
    at, end = first, len(data) if end is None else end
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4])
        if size < 8 or at + size > end:
            return
        yield at, at + size
        if data[at + 4 : at + 8] in CONTAINERS:
            yield from boxes(data, at + 8, at + size)
        at += size


def elements(data: bytes) -> Iterator[tuple[int, int]]:
    """(start, end) of what begins like an element of Matroska (RFC 8794): an id and a size."""
    for identifier in (
        b"\x1a\x45\xdf\xa3",
        b"\x18\x53\x80\x67",
        b"\x16\x54\xae\x6b",
        b"\x15\x49\xa9\x66",
        b"\x1f\x43\xb6\x75",
        b"\x1c\x53\xbb\x6b",
        b"\xae",
    ):
        at = data.find(identifier)
        while at >= 0:
            yield at, min(len(data), at + len(identifier) + 8)
            at = data.find(identifier, at + 1)


def mutate(data: bytes, kind: str, chosen: random.Random) -> bytes:
    """A damaged copy."""
    out = bytearray(data)
    parts = list(elements(data)) if kind == "mkv" else list(boxes(data))
    for _ in range(chosen.choice((1, 1, 2, 4))):
        way = chosen.randrange(8)
        if way == 0 or not parts:
            for _ in range(chosen.choice((1, 4, 32, 256))):
                out[chosen.randrange(len(out))] = chosen.randrange(256)
        elif way == 1:  # bytes of the header, where the structure is
            start, end = chosen.choice(parts)
            for _ in range(chosen.choice((1, 2, 8))):
                out[min(len(out) - 1, chosen.randrange(start, min(end, start + 64)))] = (
                    chosen.randrange(256)
                )
        elif way == 2:
            start, _ = chosen.choice(parts)
            out[start : start + 4] = chosen.choice(BAD_SIZES).to_bytes(4)
        elif way == 3:
            start, _ = chosen.choice(parts)
            other, _ = chosen.choice(parts)
            out[start + 4 : start + 8] = data[other + 4 : other + 8]
        elif way == 4:
            start, end = chosen.choice(parts)
            del out[start:end]
        elif way == 5:
            start, end = chosen.choice(parts)
            out[start:start] = data[start:end]
        elif way == 6:
            del out[chosen.randrange(1, len(out)) :]
        else:
            a, b = sorted((chosen.choice(parts), chosen.choice(parts)))
            out[a[0] : a[1]] = data[b[0] : b[1]]
        if len(out) < 16:
            return bytes(data[:16])
    return bytes(out)


def work(connection: Connection) -> None:
    """Take paths and answer (end, resident bytes at most), until there are no more."""
    from damaged_clip import make_clip

    from pipeline.core.errors import PipelineError

    logging.disable(logging.WARNING)  # which tells of each damaged packet
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    while (path := connection.recv()) is not None:
        with tempfile.TemporaryDirectory(dir=Path(path).parent) as folder:
            try:
                end = make_clip(Path(path), Path(folder))
            except PipelineError as error:
                end = f"refused: {type(error).__name__}"
            except BaseException as error:
                end = f"fault: {error!r}"
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        connection.send((end, most))


class Worker:
    """A process that makes clips; a new one where it crashed or hung."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._process: Any = None
        self._ours: Any = None

    def run(self, path: Path) -> tuple[str, int]:
        """(how the file ended, the memory of the process)."""
        if self._process is None:
            self._ours, theirs = self._context.Pipe()
            self._process = self._context.Process(target=work, args=(theirs,))
            self._process.start()
            theirs.close()
        self._ours.send(str(path))
        try:
            if self._ours.poll(MAX_S):
                end, most = self._ours.recv()
                return end, most
            end = f"fault: no end within {MAX_S:g} s"
        except (EOFError, ConnectionError):
            self._process.join()
            end = f"fault: the process ended with {self._process.exitcode}"
        self.close()
        return end, 0

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._ours.close()
            self._process = None


def main(count: int, seed: int) -> bool:
    """Run it, print a table, and return whether there was no fault."""
    chosen, tally, ends, most, slowest = random.Random(seed), Tally(), Counter[str](), 0, 0.0
    kept = Path(tempfile.gettempdir()) / "klipfast-fuzz"
    with tempfile.TemporaryDirectory() as name:
        folder, worker = Path(name), Worker()
        films = seeds(folder)
        try:
            for number in range(count):
                kind = chosen.choice(FORMATS)
                path = folder / f"mutant.{kind}"
                path.write_bytes(mutate(films[kind], kind, chosen))
                at = time.monotonic()
                end, memory = worker.run(path)
                slowest, most = max(slowest, time.monotonic() - at), max(most, memory)
                if memory > MAX_BYTES:
                    end = f"fault: {memory:,} bytes of memory"
                    worker.close()
                if not end.startswith("fault"):
                    ends[end] += 1
                    tally.passed(kind)
                    continue
                kept.mkdir(exist_ok=True)
                copy = kept / f"{seed}-{number}.{kind}"
                copy.write_bytes(path.read_bytes())
                (tally.stuck if "no end" in end else tally.lost)(kind, f"{copy}: {end}")
        finally:
            worker.close()
    for end, times in ends.most_common():
        print(f"{end:28} {times:5}")
    print(f"at most {most / 1e6:.0f} MB and {slowest:.1f} s for one; seed {seed}")
    return tally.show("make fuzz")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    good = main(numbers[0] if numbers else MUTANTS, (numbers[1:] or [1])[0])
    sys.exit(0 if good else 1)
