"""Files appear whole or not at all."""

from pathlib import Path

import av
import pytest

from pipeline.core.atomic import atomic_write, temporary_path
from pipeline.core.errors import DiskFull


def test_both_files_appear_at_the_end(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with atomic_write(one, two) as parts:
        for part in parts:
            part.write_text("whole")
        assert sorted(tmp_path.iterdir()) == sorted(parts)
    assert sorted(tmp_path.iterdir()) == [one, two]
    assert one.read_text() == two.read_text() == "whole"


def test_an_error_leaves_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("before")

    def fail() -> None:
        with atomic_write(path) as (part,):
            part.write_text("half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert [p.name for p in tmp_path.iterdir()] == ["one"]
    assert path.read_text() == "before"


def test_a_full_disk_is_an_error_of_its_own_and_leaves_nothing(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_write(tmp_path / "one") as (part,):
            part.write_text("half")
            with Path("/dev/full").open("wb", buffering=0) as full:
                full.write(b"more")

    with pytest.raises(DiskFull, match=r"^The server's disk is full; try again later\.$"):
        fill()
    assert not list(tmp_path.iterdir())


def test_a_video_that_does_not_fit_on_the_disk_is_the_same_error(tmp_path: Path) -> None:
    def fill() -> None:
        with atomic_write(tmp_path / "one.mp4") as (part,):
            part.symlink_to("/dev/full")
            with av.open(str(part), "w", format="mp4") as out:
                video = out.add_stream("mpeg4", rate=25)
                video.width, video.height = 64, 64
                out.mux(video.encode(av.VideoFrame(64, 64, "yuv420p")))
                out.mux(video.encode(None))

    with pytest.raises(DiskFull):
        fill()
    assert not list(tmp_path.iterdir())


def test_a_temporary_name_is_hidden_of_its_own_and_never_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    first, second = temporary_path(path), temporary_path(path)
    assert first != second
    assert first.name.startswith(".")
    first.touch()
