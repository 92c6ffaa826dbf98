"""The picture of a clip shows open eyes, where there are any, and its title."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from project_paths import SAMPLE

from pipeline.captions.blending import prepare
from pipeline.captions.typesetting import Tile
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.frames import read
from pipeline.media.probing import probe
from pipeline.rendering.eye_openness import measure_openness
from pipeline.rendering.surface import InMemory
from pipeline.rendering.thumbnail import Thumbnail
from pipeline.vision import face_detector

Grey = npt.NDArray[np.uint8]
Rgb = npt.NDArray[np.uint8]


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


def sample() -> Rgb:
    """One picture of the sample, one speaker large in it."""
    frames = read(probe(SAMPLE), Span(start_s=6.0, end_s=6.2), control=Control())
    return np.asarray(next(frames)[1].to_ndarray(format="rgb24"), np.uint8)[:, :640]


def shut(picture: Rgb) -> Rgb:
    """The same with the lids of all eyes closed, and sharper elsewhere."""
    painted = picture.copy()
    painted[-100:, ::2] += 8  # the desk is dark
    found = face_detector.detect_with_eyes(np.ascontiguousarray(picture[::2, ::2]))
    assert found
    for mark in found:
        (lx, ly), (rx, ry) = mark.eyes
        reach = round(0.45 * (rx - lx))
        for x, y in ((round(2 * lx), round(2 * ly)), (round(2 * rx), round(2 * ry))):
            painted[y - reach : y + reach, x - reach : x + reach] = picture[y + 2 * reach, x]
            painted[y : y + 2, x - reach : x + reach] = 60
    return painted


def frame(picture: Rgb) -> InMemory:
    whole = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return InMemory(whole.reformat(format="yuv420p", dst_colorspace="ITU709"))


@pytest.mark.parametrize("first", ["open", "shut"])
def test_the_open_eyed_picture_is_taken(first: str, tmp_path: Path) -> None:
    seen = sample()
    pictures = {"open": seen, "shut": shut(seen)}
    thumbnail = Thumbnail()
    order = [first, *(name for name in pictures if name != first)]
    for n, name in enumerate(order):
        thumbnail.offer(0.5 * n, frame(pictures[name]))
    assert order[round(thumbnail.t_s / 0.5)] == "open"
    thumbnail.save(tmp_path / "open.jpg")
    assert (tmp_path / "open.jpg").stat().st_size > 10_000


def test_the_title_is_drawn_on_it_alone(tmp_path: Path) -> None:
    picture = frame(sample())
    before = picture.viewable().to_ndarray().copy()
    plate = prepare(Tile(x=100, y=40, rgba=np.full((60, 200, 4), 255, np.uint8)))
    for name, title in (("plain", None), ("titled", plate)):
        thumbnail = Thumbnail()
        thumbnail.offer(0.0, picture)
        thumbnail.save(tmp_path / f"{name}.jpg", title)
    assert (tmp_path / "plain.jpg").read_bytes() != (tmp_path / "titled.jpg").read_bytes()
    assert np.array_equal(picture.viewable().to_ndarray(), before)
