"""Clips of sources that are hard to lay out: crowded calls, posters, bars in bars, slides, games.

Each film shows real people and is short. What is asserted is what somebody sees in its clip.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from composites import Ground, Scene, Window, cells
from drawing import Rect, Text
from films import Picture
from grounds import DARK, bar_in_bar, beside, game, plain, slides
from made_clips import (
    HEIGHT,
    WIDTH,
    Made,
    alike,
    check_faces,
    check_nothing_written_in,
    check_written,
    screen_rows,
)
from made_clips import make as make_in

SECONDS, SHORT = 2.8, 1.5
WHOLE = slice(438, 842)  # rows of a 16:9 picture that is shown whole
STANDING = "subtitleeffect_obama.mp4"  # in talk/, as the others
CLOSE, NARROW = "videoretalking_face4.mp4", "videoretalking_face1.mp4"
QUICK = ("GRID_bbaf2n.mpg", "GRID_lbbc2a.mpg", "GRID_lrwp9a.mpg", "GRID_sbwe5n.mpg")


@pytest.fixture
def make(tmp_path: Path) -> Callable[[Scene], Made]:
    return partial(make_in, folder=tmp_path)


def scene(
    name: str,
    *windows: Window,
    ground: Ground | None = None,
    size: tuple[int, int] = (1280, 720),
    seconds: float = SECONDS,
) -> Scene:
    return Scene(
        name=name,
        ground=ground or plain(DARK, size),
        windows=windows,
        size=size,
        duration_s=seconds,
    )


def whole(file: str, box: Rect) -> Window:
    """One camera's picture."""
    return Window(box=box, file=file, kind=None, zoom=None)


def part(picture: Picture, rect: Rect) -> Picture:
    x, y, w, h = rect
    return picture[y : y + h, x : x + w]


@pytest.mark.slow
def test_a_call_of_twelve_is_shown_whole(make: Callable[[Scene], Made]) -> None:
    boxes = cells((10, 30, 1260, 660), 4, 3, gap=8)
    people = (Window(box=b, file=QUICK[(n + n // 4) % 4]) for n, b in enumerate(boxes))
    made = make(replace(scene("call", *people), radius=8, plates=True, highlight=True))
    check_written(made)
    check_faces(made, least=10, height=40)
    high = WIDTH * 660 / 1260
    check_nothing_written_in(made, slice(round((HEIGHT - high) / 2), round((HEIGHT + high) / 2)))


@pytest.mark.slow
def test_a_window_that_wanders_keeps_its_face(make: Callable[[Scene], Made]) -> None:
    def wander(t_s: float) -> tuple[int, int]:
        return round(200 * math.sin(1.3 * t_s)), round(90 * math.sin(0.9 * t_s))

    made = make(scene("wanders", Window(box=(400, 160, 480, 360), file=CLOSE, moves=wander)))
    check_written(made)
    check_faces(made)


# three to four seconds each of the next three: they go the whole way from film to clip
@pytest.mark.slow  # a film of its own
def test_a_photograph_on_a_shared_screen_is_nobody_in_the_call(
    make: Callable[[Scene], Made],
) -> None:
    screen = (12, 90, 960, 540)
    made = make(
        scene(
            "poster",
            Window(box=(984, 90, 284, 266), file=QUICK[0]),
            Window(box=(984, 364, 284, 266), file=QUICK[3]),
            Window(box=(620, 250, 240, 300), file=NARROW, kind=None, frozen=True),
            ground=beside(slides(6.0, (960, 540)), screen[:2]),
            seconds=SHORT,
        )
    )
    check_written(made)
    rows = screen_rows(960, 540)
    check_faces(made, height=200, rows=slice(rows.start))  # whoever speaks, large
    check_nothing_written_in(made, rows)
    assert all(alike(seen.picture[rows], part(seen.source, screen)) for seen in made.seen)


@pytest.mark.slow  # a film of its own
def test_writing_all_over_the_picture_is_not_written_on(make: Callable[[Scene], Made]) -> None:
    lines = (
        "EVERYTHING IS ON SALE",
        "AND NOBODY WAS THERE",
        "TO TELL US WHY IT IS",
        "SO WE WENT TO SEE IT",
        "WITH OUR OWN EYES NOW",
        "AND THIS IS WHAT IT IS",
    )
    texts = tuple(Text(text=t, box=(30, 10 + 59 * n, 580, 50)) for n, t in enumerate(lines))
    speaker = whole(STANDING, (0, 0, 640, 360))
    shown = scene("written", speaker, size=(640, 360), seconds=SHORT)
    made = make(replace(shown, texts=texts))
    check_written(made)
    check_nothing_written_in(made, WHOLE)
    assert all(alike(seen.picture[WHOLE], seen.source) for seen in made.seen)


@pytest.mark.slow  # a film of its own
def test_bars_on_all_sides_twice_are_left_out(make: Callable[[Scene], Made]) -> None:
    """A 4:3 picture in a 16:9 one in a 9:16 frame."""
    speaker = whole(STANDING, (92, 436, 536, 402))
    made = make(scene("nested", speaker, size=(720, 1280), ground=bar_in_bar(), seconds=SHORT))
    check_written(made)
    check_faces(made, height=300)
    for seen in made.seen:
        edges = seen.picture[[1, -2]].reshape(-1, 3), seen.picture[:, [1, -2]].reshape(-1, 3)
        for edge in edges:
            gray = (np.ptp(edge, axis=1) < 8) & (edge.max(axis=1) < 40)  # as both kinds of bars
            assert gray.mean() < 0.1, seen.t_s


@pytest.mark.slow
def test_an_upright_film_with_captions_is_left_as_it_is(make: Callable[[Scene], Made]) -> None:
    said = ("NOBODY TOLD ME", "THAT IT COULD", "BE THIS EASY", "TO BEGIN AGAIN")
    texts = tuple(
        Text(text=t, box=(60, 900, 600, 80), start_s=0.7 * n, end_s=0.7 * (n + 1))
        for n, t in enumerate(said)
    )
    speaker = whole(CLOSE, (0, 0, 720, 1280))
    made = make(replace(scene("upright", speaker, size=(720, 1280)), texts=texts))
    assert made.clip.captions == "source"
    check_nothing_written_in(made, slice(890, 990))
    check_faces(made, height=250)
    assert all(alike(seen.picture, seen.source) for seen in made.seen)


def test_slides_without_anybody_are_shown_whole(make: Callable[[Scene], Made]) -> None:
    made = make(scene("slides", ground=slides(0.7), seconds=SHORT))
    check_written(made)
    check_nothing_written_in(made, WHOLE)
    assert all(alike(seen.picture[WHOLE], seen.source) for seen in made.seen)


@pytest.mark.slow
def test_a_small_camera_over_a_game_of_sixty_pictures(make: Callable[[Scene], Made]) -> None:
    camera = Window(box=(0, 500, 294, 220), file=CLOSE, kind="inset")
    made = make(replace(scene("game", camera, ground=game()), fps=60, duration_s=1.6))
    with av.open(str(made.clip.path)) as container:
        assert container.streams.video[0].average_rate == 60
    check_written(made)
    rows = screen_rows(16, 9)
    check_faces(made, height=200, rows=slice(rows.start))
    assert all(alike(seen.picture[rows], seen.source) for seen in made.seen)


@pytest.mark.slow
def test_a_speaker_who_walks_out_leaves_the_whole_room(make: Callable[[Scene], Made]) -> None:
    speaker = replace(whole(STANDING, (0, 0, 960, 540)), leaves=(1.8, 2.6))
    sign = Text(text="ON AIR", box=(20, 180, 180, 60))  # where no crop on the speaker reaches
    made = make(replace(scene("leaves", speaker, size=(960, 540)), texts=(sign,), duration_s=5.8))
    check_written(made)
    before = [seen for seen in made.seen if seen.t_s < 1.8]
    check_faces(replace(made, seen=before), height=300)
    last = made.seen[-1]
    assert not last.faces()
    assert alike(last.picture[WHOLE], last.source)
    check_nothing_written_in(replace(made, seen=[last]), WHOLE)
