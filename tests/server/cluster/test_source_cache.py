"""A machine's copies of sources: fetched once, shared, and removed without harm to who reads."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from klipfast_server.cluster.messages import StoredFile
from klipfast_server.cluster.source_cache import SourceCache
from klipfast_server.files.storage import StorageAway

HERE = {"a": b"first", "b": b"second", "c": b"third"}


class Bucket:
    """Hands out files, slowly, and counts how often."""

    def __init__(self) -> None:
        self.files = dict(HERE)
        self.asked: list[str] = []

    async def fetch(self, key: str, path: Path) -> None:
        self.asked.append(key)
        await asyncio.sleep(0.05)
        if key not in self.files:
            raise FileNotFoundError(key)
        path.write_bytes(self.files[key])


def file(key: str) -> StoredFile:
    return StoredFile(key=key, sha256=hashlib.sha256(HERE[key]).hexdigest())


def cache(folder: Path, bucket: Bucket, most_bytes: int = 1000) -> SourceCache:
    return SourceCache(folder / "cache", most_bytes, bucket.fetch)


async def test_several_actors_fetch_a_source_once(tmp_path: Path) -> None:
    bucket = Bucket()
    actors = [cache(tmp_path, bucket) for _ in range(4)]
    paths = [tmp_path / str(n) for n in range(4)]
    await asyncio.gather(*(a.link(file("a"), p) for a, p in zip(actors, paths, strict=True)))
    assert bucket.asked == ["a"]
    assert [path.read_bytes() for path in paths] == [b"first"] * 4


async def test_what_was_not_used_for_longest_goes_and_stays_with_its_reader(tmp_path: Path) -> None:
    bucket = Bucket()
    shared = cache(tmp_path, bucket, most_bytes=11)
    await shared.link(file("a"), tmp_path / "1")
    await shared.link(file("b"), tmp_path / "2")  # both fit
    await asyncio.sleep(0.05)  # the disk counts in steps
    await shared.link(file("a"), tmp_path / "3")
    await shared.link(file("c"), tmp_path / "4")  # "b" has to go
    assert (tmp_path / "2").read_bytes() == b"second"
    await shared.link(file("a"), tmp_path / "5")
    assert bucket.asked == ["a", "b", "c"]
    await shared.link(file("b"), tmp_path / "6")
    assert bucket.asked == ["a", "b", "c", "b"]


async def test_a_source_larger_than_the_cache_is_had_all_the_same(tmp_path: Path) -> None:
    await cache(tmp_path, Bucket(), most_bytes=1).link(file("a"), tmp_path / "1")
    assert (tmp_path / "1").read_bytes() == b"first"


async def test_a_damaged_copy_is_not_kept(tmp_path: Path) -> None:
    bucket = Bucket()
    bucket.files["a"] = b"fir"
    shared = cache(tmp_path, bucket)
    with pytest.raises(StorageAway, match="damaged"):
        await shared.link(file("a"), tmp_path / "1")
    bucket.files["a"] = HERE["a"]
    await shared.link(file("a"), tmp_path / "1")
    assert (tmp_path / "1").read_bytes() == b"first"
