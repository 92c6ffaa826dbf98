"""`make fuzz`: damaged films go through probe, sound, look and clip; each must end as it should.

Mutants are made with knowledge of the format (film_structure.py): boxes of MP4, elements of
Matroska, packets of MPEG-TS and chunks of AVI get wrong sizes, types, times, counters, laces,
tables and index entries, are dropped, doubled, replaced or cut short; bytes are flipped, too.
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
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from film_structure import Field, Part, parts
from tally import Tally

MUTANTS = 3000
MAX_S = 60.0  # for one mutant
MAX_BYTES = 2 << 30  # of memory, of the process that makes clips
FORMATS = ("mp4", "mov", "mkv", "ts", "avi")
Parts = list[Part]


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


def mutate(data: bytes, kind: str, chosen: random.Random) -> bytes:
    """A damaged copy."""
    out = bytearray(data)
    for _ in range(chosen.choice((1, 1, 2, 4))):
        found = parts(bytes(out), kind)
        chosen.choice(WAYS if found else (flip,))(out, found, chosen)
        if len(out) < 16:
            return bytes(data[:16])
    return bytes(out)


def flip(out: bytearray, _found: Parts, chosen: random.Random) -> None:
    """Change bytes anywhere."""
    for _ in range(chosen.choice((1, 4, 32, 256))):
        out[chosen.randrange(len(out))] = chosen.randrange(256)


def flip_in_header(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Change bytes where a part begins."""
    part = chosen.choice(found)
    for _ in range(chosen.choice((1, 2, 8))):
        out[chosen.randrange(part.start, min(part.end, part.start + 64))] = chosen.randrange(256)


def spoil(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Put a wrong value into a field: a size, a type, a time, a counter, …"""
    field = chosen.choice(_alike(found, chosen))
    out[field.start : field.end] = chosen.choice(field.bad)


def exchange(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Put the value of another field of that name into a field."""
    fields = _alike(found, chosen)
    field = chosen.choice(fields)
    length = field.end - field.start
    other = chosen.choice([one for one in fields if one.end - one.start == length])
    out[field.start : field.end] = out[other.start : other.end]


def _alike(found: Parts, chosen: random.Random) -> list[Field]:
    """The fields of one name; each name is as likely: packets are many more than tables."""
    fields = [field for part in found for field in part.fields]
    name = chosen.choice(sorted({field.name for field in fields}))
    return [field for field in fields if field.name == name]


def drop(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Remove a part."""
    part = chosen.choice(found)
    del out[part.start : part.end]


def double(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Put a part there twice."""
    part = chosen.choice(found)
    out[part.start : part.start] = out[part.start : part.end]


def replace(out: bytearray, found: Parts, chosen: random.Random) -> None:
    """Put a copy of another part in the place of a part."""
    part, other = chosen.choice(found), chosen.choice(found)
    out[part.start : part.end] = out[other.start : other.end]


def cut(out: bytearray, _found: Parts, chosen: random.Random) -> None:
    """End somewhere."""
    del out[chosen.randrange(1, len(out)) :]


WAYS = (flip, flip_in_header, spoil, spoil, spoil, exchange, drop, double, replace, cut)


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
