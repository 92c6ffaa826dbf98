"""A file is read once for its digest while it stays the same."""

import hashlib
import os
from pathlib import Path

import pytest

from klipfast_server.files import digests
from pipeline.core.errors import Canceled


def reads(path: Path) -> tuple[bytes, int]:
    """Return the digest of a file, and how many pieces were read for it."""
    pieces: list[None] = []
    return digests.digest(path, lambda: pieces.append(None)), len(pieces)


def test_a_file_is_read_once_wherever_it_is_moved(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"a talk")
    right = hashlib.sha256(b"a talk").digest()
    assert reads(path) == (right, 1)
    path.rename(elsewhere)
    assert reads(elsewhere) == (right, 0)
    with elsewhere.open("ab") as file:
        file.write(b"!")
    assert reads(elsewhere) == (hashlib.sha256(b"a talk!").digest(), 1)


def test_another_file_of_the_same_size_is_read(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    os.utime(other, ns=(0, path.stat().st_mtime_ns))
    assert reads(path)[0] == hashlib.sha256(b"one").digest()
    other.replace(path)
    assert reads(path) == (hashlib.sha256(b"two").digest(), 1)


def test_what_was_hashed_while_it_was_written_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    digests.remember(path, b"known")
    assert reads(path) == (b"known", 0)


def test_reading_is_stopped_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")

    def stop() -> None:
        raise Canceled("enough")

    with pytest.raises(Canceled):
        digests.digest(path, stop)
    assert reads(path)[1] == 1
