"""Faces between two searches: found again where they moved, searched for where not."""

from functools import cache

import numpy as np
import pytest
from films import Picture, textured
from project_paths import SAMPLE

from pipeline.core.control import Control
from pipeline.core.data import Face, Span
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision import face_detector
from pipeline.vision.face_tracking import FaceFinder

SIZE = 320, 180
SAMPLING = Sampling(width=SIZE[0], height=SIZE[1])


@cache
def person() -> Picture:
    """A picture of the sample with one person."""
    pictures = thumbnails(probe(SAMPLE), Span(start_s=5.0, end_s=5.2), control=Control())
    return next(pictures)[1]


class Looks:
    """The faces of pictures a sixth of a second apart, and how many of them were searched."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *pictures: Picture) -> None:
        self.searches = 0
        search = face_detector.faces

        def counted(picture: Picture) -> list[face_detector.Found]:
            self.searches += 1
            return search(picture)

        monkeypatch.setattr(face_detector, "faces", counted)
        finder = FaceFinder(SAMPLING)
        self.faces: list[tuple[Face, ...]] = [finder.add(n / 6, p) for n, p in enumerate(pictures)]


def sides(faces: tuple[Face, ...]) -> list[float]:
    """x, y, width and height of each face, pixels."""
    return [side for f in faces for side in (f.box.x, f.box.y, f.box.w, f.box.h)]


def test_every_second_search_is_saved_where_nothing_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = Looks(monkeypatch, *[person()] * 6)
    assert looks.searches == 3
    first, *others = (sides(faces) for faces in looks.faces)
    assert first
    for other in others:  # a place found by an FFT differs in its last bits from one searched for
        assert other == pytest.approx(first, abs=0.01)


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (-2, 3), (5, -4)])
def test_a_face_that_moves_is_found_where_it_has_moved(
    dx: int, dy: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch, person(), np.roll(person(), (dy, dx), (0, 1)))
    assert looks.searches == 1
    before, after = (faces[0].box for faces in looks.faces)
    assert (after.x - before.x, after.y - before.y) == pytest.approx((dx, dy), abs=1.0)


@pytest.mark.parametrize("move", [(0, 60), (25, 40)])
def test_a_face_that_is_elsewhere_is_searched_for(
    move: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = np.roll(person(), move, (0, 1))
    looks = Looks(monkeypatch, person(), moved)
    assert looks.searches == 2
    assert sides(looks.faces[1]) == pytest.approx(sides(Looks(monkeypatch, moved).faces[0]))


def test_a_cut_to_nobody_leaves_no_face_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = Looks(monkeypatch, person(), textured(3, SIZE), textured(3, SIZE), person())
    assert [bool(faces) for faces in looks.faces] == [True, False, False, True]


def test_a_face_that_leaves_the_picture_is_never_turned_inside_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leaving = [person()[:, 6 * n :] for n in range(30)]
    wide = [np.pad(p, ((0, 0), (0, SIZE[0] - p.shape[1]), (0, 0))) for p in leaving]
    for faces in Looks(monkeypatch, *wide).faces:
        for face in faces:
            assert face.box.w > 0
            assert face.box.h > 0
            assert 0 <= face.box.x <= face.box.x + face.box.w <= SIZE[0]
