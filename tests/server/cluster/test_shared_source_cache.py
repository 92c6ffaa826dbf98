"""Processes of one machine share copies of sources: each is whole, fetched by one at a time."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from machines import PYTHONPATH

from klipfast_server.cluster.messages import StoredFile
from klipfast_server.cluster.source_cache import SourceCache

KEYS = 6
SIZE = 1 << 16  # bytes of each source
ROOM = 2 * SIZE  # size of the cache: most copies have to go soon
PROCESSES, ROUNDS = 4, 150

# Links sources again and again, and checks each; the bucket counts who fetches at the same time.
ACTOR = f"""
import asyncio, fcntl, hashlib, os, random, sys, time
from pathlib import Path
from klipfast_server.cluster import source_cache
from klipfast_server.cluster.messages import StoredFile
from klipfast_server.cluster.source_cache import SourceCache

source_cache.LOCK_S = 0.001
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
chosen = random.Random(seed)
flock = fcntl.flock

def late(descriptor, operation):  # others come first, as they may
    time.sleep(chosen.uniform(0, 0.002))
    flock(descriptor, operation)

fcntl.flock = late

def content(key):
    return key.encode() * ({SIZE} // len(key))

def runs(other):
    try:
        stat = Path(f"/proc/{{other.name.split('-')[1]}}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"

async def fetch(key, path):
    fetching = folder / "fetching" / f"{{key}}-{{os.getpid()}}"
    fetching.touch()
    others = set((folder / "fetching").glob(f"{{key}}-*")) - {{fetching}}
    if others:
        time.sleep(0.2)  # a killed process gives its lock back a moment before it is gone
        others = {{other for other in others if runs(other)}}
    assert not others, f"{{key}} is fetched twice at once: {{others}}"
    body = content(key)
    with path.open("wb") as file:
        file.write(body[: len(body) // 2])
        await asyncio.sleep(chosen.uniform(0, 0.004))
        file.write(body[len(body) // 2 :])
    if chosen.random() < 0.05:
        fetching.unlink()
        raise OSError("the way to the bucket is cut")
    fetching.unlink()

async def work():
    cache = SourceCache(folder / "cache", {ROOM}, fetch)
    for number in range({ROUNDS}):
        key = f"key{{chosen.randrange({KEYS})}}"
        file = StoredFile(key=key, sha256=hashlib.sha256(content(key)).hexdigest())
        path = folder / f"{{seed}}-{{number}}"
        try:
            await cache.link(file, path)
        except OSError as error:
            assert "cut" in str(error), error
            continue
        assert path.read_bytes() == content(key), path
        path.unlink()

asyncio.run(work())
"""


def actor(folder: Path, seed: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", ACTOR, str(folder), str(seed)],
        env={**os.environ, "PYTHONPATH": PYTHONPATH},
        stderr=subprocess.PIPE,
        text=True,
    )


def names(folder: Path, suffix: str) -> set[str]:
    return {path.stem for path in (folder / "cache").iterdir() if path.suffix == suffix}


@pytest.mark.slow  # ten processes and two that are killed
def test_copies_are_whole_and_locks_go_with_them(tmp_path: Path) -> None:
    (tmp_path / "fetching").mkdir()
    (tmp_path / "cache").mkdir()
    actors = [actor(tmp_path, seed) for seed in range(PROCESSES)]
    victims = [actor(tmp_path, 100 + seed) for seed in range(2)]
    chosen = random.Random(1)
    while not any((tmp_path / "cache").iterdir()):
        time.sleep(0.01)
    for victim in victims:
        time.sleep(chosen.uniform(0.1, 0.3))
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    for process in actors:
        _, said = process.communicate()
        assert process.returncode == 0, said
    kept = names(tmp_path, "")
    assert 1 <= len(kept) <= ROOM // SIZE
    assert names(tmp_path, ".lock") == kept
    assert not names(tmp_path, ".part")


async def fetch(key: str, path: Path) -> None:
    if key == "absent":
        raise FileNotFoundError(key)
    path.write_bytes(key.encode())


async def test_what_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    cache = SourceCache(tmp_path / "cache", ROOM, fetch)
    with pytest.raises(FileNotFoundError, match="absent"):
        await cache.link(StoredFile(key="absent", sha256=""), tmp_path / "source")
    assert not [*(tmp_path / "cache").iterdir()]


async def test_a_source_that_is_being_fetched_is_not_removed(tmp_path: Path) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(key: str, path: Path) -> None:
        with path.open("wb") as file:
            begun.set()
            await go_on.wait()
            file.write(key.encode())

    slow = SourceCache(tmp_path / "cache", 0, slowly)
    quick = SourceCache(tmp_path / "cache", 0, fetch)
    async with asyncio.TaskGroup() as group:
        group.create_task(slow.link(StoredFile(key="slow", sha256=""), tmp_path / "slow"))
        await begun.wait()
        for key in ("one", "two"):  # the second leaves no room for the first
            await quick.link(StoredFile(key=key, sha256=""), tmp_path / key)
        go_on.set()
    assert [(tmp_path / key).read_bytes() for key in ("slow", "one", "two")] == [
        b"slow",
        b"one",
        b"two",
    ]
    assert len(names(tmp_path, "")) == 1
    assert names(tmp_path, ".lock") == names(tmp_path, "")
