"""A file is opened first in a process of its own, which may crash, hang or ask for too much."""

import errno
import os
from pathlib import Path

import pytest
from project_paths import SAMPLE

from pipeline.core.errors import Corrupt, NotAVideo, SourceError, TooLong
from pipeline.core.isolated_process import Bounds, examine_apart
from pipeline.media.first_look import probe_apart
from pipeline.media.probing import probe


def test_the_source_is_that_of_probe() -> None:
    assert probe_apart(SAMPLE) == probe(SAMPLE)


def test_errors_are_those_of_probe(tmp_path: Path) -> None:
    page = tmp_path / "page.mp4"
    page.write_text("<!DOCTYPE html><p>Not found</p>" * 100)
    with pytest.raises(NotAVideo) as found:
        probe_apart(page)
    with pytest.raises(NotAVideo) as expected:
        probe(page)
    assert str(found.value) == str(expected.value)
    with pytest.raises(TooLong):
        probe_apart(SAMPLE, max_duration_s=10.0)
    with pytest.raises(OSError, match="No such file"):
        probe_apart(tmp_path / "none.mp4")


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (Bounds(cpu_s=0), "needs too much computation"),
        (
            Bounds(memory_bytes=64 << 20),
            "much memory|ends the decoder|missing or damaged",
        ),
    ],
    ids=["computation", "memory"],
)
def test_a_file_that_needs_too_much_is_refused(bounds: Bounds, message: str) -> None:
    with pytest.raises(Corrupt, match=message):
        probe_apart(SAMPLE, bounds=bounds)


def test_a_file_that_never_opens_is_refused_and_its_process_ends(tmp_path: Path) -> None:
    pipe = tmp_path / "talk.mp4"
    os.mkfifo(pipe)
    before = descriptors()
    with pytest.raises(Corrupt, match=r"takes longer than 0\.5 s"):
        probe_apart(pipe, bounds=Bounds(wall_s=0.5))
    assert descriptors() == before


def test_many_looks_leave_nothing_open(tmp_path: Path) -> None:
    page = tmp_path / "page.mp4"
    page.write_bytes(b"nothing" * 1000)
    with pytest.raises(SourceError):
        probe_apart(page)
    before = descriptors()
    for _ in range(20):
        with pytest.raises(SourceError):
            probe_apart(page)
    assert descriptors() == before


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _allocation_that_fails(path: Path) -> None:
    raise OSError(errno.ENOMEM, "Cannot allocate memory", str(path))


def test_an_allocation_that_fails_anywhere_is_too_much_memory() -> None:
    """A limit may be met in a list of a folder, by an import, as well as in a decoder."""
    with pytest.raises(Corrupt, match="too much memory"):
        examine_apart(_allocation_that_fails, SAMPLE, type(None))
