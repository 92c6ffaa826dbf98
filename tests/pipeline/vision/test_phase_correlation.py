"""How far part of a picture has moved: never surely wrong."""

from functools import cache

import numpy as np

from pipeline.core.arrays import F32
from pipeline.vision.face_tracking import MIN_MATCH
from pipeline.vision.phase_correlation import movement


@cache
def scene(seed: int, size: int = 200) -> F32:
    """Something with edges and with ground, gray, that no other seed resembles."""
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
