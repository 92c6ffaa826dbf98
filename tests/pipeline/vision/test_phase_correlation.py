"""How far part of a picture has moved: to a pixel or two, and never surely wrong."""

from functools import cache

import numpy as np
import pytest

from pipeline.core.arrays import F32
from pipeline.vision.face_tracking import MIN_MATCH
from pipeline.vision.phase_correlation import movement


@cache
def scene(seed: int, size: int = 200) -> F32:
    """Something with edges and with ground, grey, that no other seed resembles."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:size, :size]
    picture = np.full((size, size), 128.0)
    for _ in range(60):
        y, x = random.integers(0, size, 2)
        radius = random.integers(4, 20)
        picture[(rows - y) ** 2 + (columns - x) ** 2 < radius**2] = random.integers(0, 255)
    return np.asarray(picture, np.float32)


def test_a_movement_is_found_to_two_pixels_wherever_it_is_sure() -> None:
    """Nearly: where all that is seen is one straight edge, movement along it shows nowhere."""
    random = np.random.default_rng(0)
    sure, wrong = 0, 0
    for n in range(400):
        height, width = random.integers(32, 120, 2)
        dy, dx = (round(random.uniform(-0.2, 0.2) * side) for side in (height, width))
        picture = scene(n % 40)
        before = picture[40 : 40 + height, 40 : 40 + width]
        after = picture[40 - dy : 40 - dy + height, 40 - dx : 40 - dx + width]
        moved = movement(before, after)
        if moved.sure >= MIN_MATCH:
            sure += 1
            wrong += max(abs(moved.dx - dx), abs(moved.dy - dy)) > 2
    assert sure >= 200
    assert wrong <= 0.02 * sure


def test_a_small_movement_is_found_surely() -> None:
    sure = []
    for seed in range(20):
        picture = scene(seed)
        moved = movement(picture[40:140, 40:120], picture[38:138, 43:123])
        sure.append(moved.sure >= MIN_MATCH)
        if sure[-1]:
            assert (moved.dx, moved.dy) == pytest.approx((-3, 2), abs=0.6)
    assert np.mean(sure) >= 0.9


def test_another_scene_is_not_taken_for_the_same() -> None:
    unlike = [movement(scene(n)[:90, :70], scene(n + 100)[:90, :70]).sure for n in range(30)]
    assert max(unlike) < MIN_MATCH


@pytest.mark.parametrize("size", [(8, 8), (8, 200), (17, 33)])
def test_a_plain_part_has_not_surely_moved(size: tuple[int, int]) -> None:
    plain = np.full(size, 90.0, np.float32)
    moved = movement(plain, plain)
    assert np.isfinite([moved.dx, moved.dy, moved.sure]).all()
    assert moved.sure < MIN_MATCH
