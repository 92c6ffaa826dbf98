"""The detector finds what the published network finds, in several threads, too."""

import json
import threading

import numpy as np
import pytest
from project_paths import SAMPLE

from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.vision import face_detector


def test_the_same_faces_as_the_published_network() -> None:
    expected = json.loads((SAMPLE.parent / "faces.json").read_text())["pictures"]
    pictures = thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=6.0), control=Control())
    found = 0
    for (_, picture), known in zip(pictures, expected, strict=True):
        ours = face_detector.detect_with_landmarks(picture)
        assert len(ours) == len(known)
        for (face, eyes, nose, mouth), wanted in zip(ours, known, strict=True):
            numbers = [face[4], *face[:4], *np.ravel([*eyes, nose, *mouth])]
            below = np.subtract(wanted, numbers)  # ours are whole numbers but for the landmarks
            assert ((below > -0.02) & (below < 1.02)).all()
            assert np.abs(below[5:]).max() < 0.02
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
