"""How far eyes are open is told from a picture and where the eyes are, about."""

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.rendering.eye_openness import measure_openness

Grey = npt.NDArray[np.uint8]


def face(wide: float, apart: float = 90.0, noise: float = 3.0) -> Grey:
    """Two eyes in skin, `apart` pixels between them, opened `wide`, 0..1."""
    side = round(3 * apart)
    y, x = np.mgrid[0:side, 0:side] / apart
    skin = 170 + 20 * np.sin(2 * x) + np.random.default_rng(3).normal(0, noise, x.shape)
    for middle in (1.0, 2.0):
        across, down = x - middle, y - 1.5
        inside = (across / 0.25) ** 2 + (down / max(1e-3, 0.13 * wide)) ** 2 < 1
        skin[inside] = 215
        skin[inside & (across**2 + down**2 < 0.093**2)] = 50
        lashes = np.abs(down - 0.02 * (1 - (across / 0.25) ** 2)) < 0.015
        skin[lashes & (np.abs(across) < 0.25) & (wide < 0.2)] = 60
        skin[(np.abs(down + 0.3) < 0.03) & (np.abs(across) < 0.3)] = 70  # a brow
    return np.asarray(np.clip(skin, 0, 255), np.uint8)


def opened(picture: Grey, apart: float = 90.0) -> float:
    return measure_openness(picture, (apart, 1.5 * apart), (2 * apart, 1.5 * apart))


@pytest.mark.parametrize("apart", [30.0, 90.0, 250.0])
def test_wider_eyes_are_more_open(apart: float) -> None:
    closed, half, wide = (opened(face(w, apart), apart) for w in (0.0, 0.45, 1.0))
    assert closed < half < wide
    assert wide > 2 * closed


def test_one_closed_eye_is_enough() -> None:
    wink = face(1.0)
    wink[:, 135:] = face(0.0)[:, 135:]
    assert opened(wink) < 0.6 * opened(face(1.0))


def test_landmarks_may_be_a_little_off() -> None:
    wide, closed = face(1.0), face(0.0)
    for dx, dy in ((8, 0), (-8, 5), (0, -10), (5, 10)):
        eyes = (90.0 + dx, 135.0 + dy), (180.0 + dx, 135.0 + dy)
        assert measure_openness(wide, *eyes) > 2 * measure_openness(closed, *eyes)


def test_eyes_at_the_edge_of_the_picture_and_nowhere_are_no_harm() -> None:
    picture = face(1.0)
    assert measure_openness(picture, (-40.0, 0.0), (500.0, 900.0)) >= 0
    assert measure_openness(picture, (10.0, 10.0), (10.0, 10.0)) == 0
    assert measure_openness(np.full((4, 4), 7, np.uint8), (0.0, 1.0), (3.0, 1.0)) == 0
