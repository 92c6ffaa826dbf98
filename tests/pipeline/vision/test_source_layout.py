"""What a shot is made of: drawn pictures of cameras that move, with borders that stay."""

import json
import math
import weakref
from pathlib import Path

import numpy as np
import pytest
from drawn_cameras import LEFT, RIGHT, Draw, H, Rect, W, cameras, film, grid, ground, slide
from films import Picture, speech_like, write_film
from project_paths import MEDIA
from shared_media import media

from pipeline.cli import commands as command_line
from pipeline.core.control import Control
from pipeline.core.data import Box, Face, FaceTrack, Shot, SourceLayout, Span
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision import shot_scan
from pipeline.vision.source_layout import MAX_KEPT_PICTURES, LayoutFinder

SAMPLING = Sampling(width=W, height=H)
PICTURES = 9
MAX_INSET = 4  # pixels that a region may be smaller than its window, on each side


def face(rect: Rect, share: float = 0.3) -> FaceTrack:
    """A face in the middle of a rectangle."""
    x, y, w, h = rect
    size = share * min(w, h)
    box = Box(x=x + (w - size) / 2, y=y + (h - size) / 2, w=size, h=size)
    return FaceTrack(times_s=(0.0,), faces=(Face(box=box, confidence=1.0),))


def examine(draw: Draw, *faces: FaceTrack) -> SourceLayout:
    finder = LayoutFinder(SAMPLING)
    for n in range(PICTURES):
        finder.add(0.5 * n, draw(n))
    return finder.layout(0.0, 0.5 * PICTURES, faces)


def boxes(layout: SourceLayout, kind: str = "tile") -> list[Box]:
    return sorted((r.box for r in layout.regions if r.kind == kind), key=lambda b: (b.y // 10, b.x))


def assert_inside(box: Box, rect: Rect) -> None:
    """Check that a region is a rectangle, and not a pixel more of the source."""
    x, y, w, h = rect
    insets = (box.x - x, box.y - y, x + w - box.x - box.w, y + h - box.y - box.h)
    assert all(-0.01 <= inset <= MAX_INSET for inset in insets), (box, rect)


@pytest.mark.parametrize(("columns", "rows"), [(2, 1), (3, 1), (2, 2), (3, 2), (4, 3)])
@pytest.mark.parametrize(("gap", "margin"), [(0, 0), (3, 4)])
def test_every_window_of_a_grid_is_a_tile(columns: int, rows: int, gap: int, margin: int) -> None:
    windows = grid(columns, rows, gap, margin)
    found = boxes(examine(cameras(*windows), *map(face, windows)))
    assert len(found) == len(windows)
    for box, window in zip(found, windows, strict=True):
        assert_inside(box, window)


def test_a_window_without_a_face_is_a_tile_if_it_has_the_size_of_the_others() -> None:
    windows = grid(2, 2, 3, 4)
    assert len(boxes(examine(cameras(*windows), *map(face, windows[:3])))) == 4


def test_the_last_row_of_a_call_may_have_fewer_windows() -> None:
    windows = [(20, 4, 136, 84), (164, 4, 136, 84), (92, 92, 136, 84)]
    layout = examine(cameras(*windows), *map(face, windows))
    for box, window in zip(boxes(layout), windows, strict=True):
        assert_inside(box, window)
    assert_inside(layout.picture, (20, 4, 280, 172))


def test_corners_may_be_round_and_the_active_border_colored() -> None:
    windows = [(5, 40, 150, 100), (165, 40, 150, 100)]

    def draw(n: int) -> Picture:
        picture = cameras(*windows)(n)
        x, y, w, h = windows[n % 2]
        for rows, columns in (
            (slice(y, y + 1), slice(x, x + w)),
            (slice(y + h - 1, y + h), slice(x, x + w)),
            (slice(y, y + h), slice(x, x + 1)),
            (slice(y, y + h), slice(x + w - 1, x + w)),
        ):
            picture[rows, columns] = (60, 140, 255)
        for x, y, w, h in windows:
            for dx, dy in ((0, 0), (w - 2, 0), (0, h - 2), (w - 2, h - 2)):
                picture[y + dy : y + dy + 2, x + dx : x + dx + 2] = (26, 26, 28)
        return picture

    for box, window in zip(boxes(examine(draw, *map(face, windows))), windows, strict=True):
        assert_inside(box, window)


def test_a_lower_third_over_two_halves_is_in_no_tile() -> None:
    def draw(n: int) -> Picture:
        picture = cameras(LEFT, RIGHT)(n)
        picture[145:, 15:305] = (230, 230, 240)
        picture[155:165, 30:200:7] = (20, 30, 120)
        return picture

    found = boxes(examine(draw, face((0, 0, 160, 120)), face((160, 0, 160, 120))))
    assert_inside(found[0], (0, 0, 160, 145))
    assert_inside(found[1], (160, 0, 160, 145))


def test_dark_clothes_on_both_sides_do_not_hide_a_seam_between_halves() -> None:
    rows, columns = np.mgrid[0:H, 0:W]

    def draw(n: int) -> Picture:
        picture = cameras(LEFT, RIGHT)(n)
        for x in (110, 210):
            picture[np.hypot(columns - x - n % 3, (rows - 180) / 1.2) < 54] = (12, 12, 14)
        return picture

    found = boxes(examine(draw, face((0, 0, 160, 120)), face((160, 0, 160, 120))))
    assert [round(box.h) for box in found] == [H - 2] * 2  # without the picture's rim


def test_one_camera_has_no_tiles() -> None:
    assert examine(cameras((0, 0, W, H)), face(LEFT), face(RIGHT)).regions == ()


def test_a_door_behind_people_is_no_border() -> None:
    def behind_a_table(n: int) -> Picture:
        picture = cameras((0, 0, W, H))(0)
        picture[:, 140:] = picture[:, 140:] // 2  # the door's edge, and a table before it
        picture[120:] = (120 + n % 2, 90, 60)
        return picture

    def slanted(n: int) -> Picture:
        picture = cameras((0, 0, W, H))(0)
        for y in range(H):
            picture[y, 158 + y // 30 :] //= 2
        picture[0, 0] = n
        return picture

    faces = face((0, 0, 130, 120)), face((180, 0, 140, 120))
    assert examine(behind_a_table, *faces).regions == ()
    assert examine(slanted, *faces).regions == ()


def test_a_camera_that_moves_has_no_borders() -> None:
    def draw(n: int) -> Picture:
        picture = cameras((0, 0, W, H))(n)
        picture[:, 150 + 3 * n :] //= 2
        return picture

    assert examine(draw, face((0, 0, 140, 180)), face((200, 0, 120, 180))).regions == ()


def test_a_border_does_not_cross_a_face() -> None:
    layout = examine(cameras(LEFT, RIGHT), face((110, 40, 100, 100)), face((0, 0, 60, 60)))
    assert layout.regions == ()


def test_a_window_that_wanders_is_no_tile() -> None:
    def draw(n: int) -> Picture:
        return cameras((10 + 12 * n, 20, 100, 80), (10 + 12 * n, 105, 100, 70))(n)

    assert examine(draw, face((60, 20, 100, 80)), face((60, 105, 100, 70))).regions == ()


def test_a_shared_screen_beside_tiles_is_a_screen() -> None:
    windows = [(246, 22, 71, 44), (246, 69, 71, 44), (246, 116, 71, 44)]

    def draw(n: int) -> Picture:
        picture = cameras(*windows)(n)
        picture[22:160, 3:243] = slide()[:138, :240]
        return picture

    layout = examine(draw, *map(face, windows))
    assert len(boxes(layout)) == 3
    (screen,) = boxes(layout, "screen")
    assert_inside(screen, (3, 22, 240, 138))


def test_a_photograph_on_a_shared_screen_makes_no_window_of_it() -> None:
    windows, photograph = [(246, 22, 71, 66), (246, 91, 71, 66)], (160, 50, 60, 80)

    def draw(n: int) -> Picture:
        picture = cameras(*windows)(n)
        picture[22:160, 3:243] = slide()[:138, :240]
        film(picture, photograph, 7, 0)  # the same in every picture
        return picture

    layout = examine(draw, *map(face, (*windows, photograph)))
    assert len(boxes(layout)) == 2
    (screen,) = boxes(layout, "screen")
    assert_inside(screen, (3, 22, 240, 138))


def test_a_small_camera_over_a_slide_or_a_game_is_an_inset() -> None:
    corner, free = (240, 120, 80, 60), (200, 100, 90, 60)

    def over_slide(n: int) -> Picture:
        picture = slide()
        film(picture, free, 3, n)
        return picture

    def over_game(n: int) -> Picture:
        random = np.random.default_rng(n)
        picture = random.integers(0, 255, (18, 32, 3)).astype(np.uint8)
        picture = picture.repeat(10, axis=0).repeat(10, axis=1)
        picture = np.roll(picture, (n, 3 * n), axis=(0, 1))
        film(picture, corner, 3, n)
        return picture

    for draw, rect in ((over_slide, free), (over_game, corner)):
        layout = examine(draw, face(rect))
        (inset,) = boxes(layout, "inset")
        assert_inside(inset, rect)
        assert len(boxes(layout, "screen")) == 1


def test_an_inset_ends_where_its_sides_end_though_a_white_desk_hides_its_lower_edge() -> None:
    inset = (236, 127, 80, 50)  # 3 pixels above the picture's lower side

    def draw(n: int) -> Picture:
        picture = slide()
        film(picture, inset, 3, n)
        picture[168:177, 262:300] = (248, 248, 248)
        return picture

    (found,) = boxes(examine(draw, face((236, 127, 80, 40))), "inset")
    assert_inside(found, inset)


def test_a_photograph_on_the_wall_is_no_inset() -> None:
    def draw(n: int) -> Picture:
        picture = cameras((0, 0, W, H))(n)
        picture[30:100, 200:260] = slide()[40:110, 20:80]
        return picture

    assert examine(draw, face((200, 30, 60, 70)), face((20, 40, 100, 120))).regions == ()


def test_edges_that_go_on_are_no_inset() -> None:
    def draw(n: int) -> Picture:
        picture = cameras((0, 0, W, H))(n)
        picture[:, 236:240] = (250, 250, 250)  # a door frame and a shelf: a cross, no corner
        picture[116:120] = (10, 10, 10)
        return picture

    assert boxes(examine(draw, face((240, 120, 80, 60))), "inset") == []


@pytest.mark.parametrize(
    "rect",
    [(0, 23, 320, 134), (40, 0, 240, 180), (40, 23, 240, 134), (0, 0, 280, 180)],
    ids=["letterbox", "pillarbox", "windowbox", "one side"],
)
def test_bars_are_not_part_of_the_picture(rect: Rect) -> None:
    assert_inside(examine(cameras(rect, color=(2, 2, 2))).picture, rect)


def test_bars_of_a_color_come_in_pairs() -> None:
    assert_inside(
        examine(cameras((40, 0, 240, 180), color=(90, 40, 140))).picture, (40, 0, 240, 180)
    )
    assert whole(examine(cameras((40, 0, 280, 180), color=(90, 40, 140))))


def test_a_subtitle_in_a_bar_does_not_end_it() -> None:
    def draw(n: int) -> Picture:
        picture = cameras((0, 23, 320, 134), color=(0, 0, 0))(n)
        if n % 3:
            picture[163:172, 80 : 240 - 10 * n : 3] = 240
        return picture

    assert_inside(examine(draw).picture, (0, 23, 320, 134))


def test_the_dark_and_plain_parts_of_a_filmed_picture_are_no_bars() -> None:
    rows, columns = np.mgrid[-90:90, -160:160]
    light = np.clip(np.hypot(rows / 60, columns / 90), 0, 1)[..., None]

    def night(n: int) -> Picture:
        return np.asarray(cameras((0, 0, W, H))(n) * (1 - light), np.uint8)

    def before_a_wall(n: int) -> Picture:
        picture = ground((40, 220, 90))
        inside = np.hypot(rows / 80, columns / 50) < 1
        picture[inside] = cameras((0, 0, W, H))(n)[inside]
        return picture

    assert whole(examine(night))
    assert whole(examine(before_a_wall))


def test_the_head_of_a_slide_is_no_bar() -> None:
    assert whole(examine(lambda _: slide()))


def whole(layout: SourceLayout) -> bool:
    return layout.picture == Box(x=0.0, y=0.0, w=W, h=H)


def test_each_shot_has_its_own_layout_and_regions_last_as_long() -> None:
    finder = LayoutFinder(SAMPLING)
    for n in range(20):
        finder.add(0.5 * n, (cameras(LEFT, RIGHT) if n < 10 else cameras((40, 0, 240, 180)))(n))
    first = finder.layout(0.0, 5.0, (face(LEFT), face(RIGHT)))
    second = finder.layout(5.0, 10.0, (face(LEFT), face(RIGHT)))
    assert {(r.start_s, r.end_s) for r in first.regions} == {(0.0, 5.0)}
    assert second.regions == ()
    assert not whole(second)


def test_a_shot_of_two_pictures_is_taken_for_one_camera() -> None:
    finder = LayoutFinder(SAMPLING)
    for n in range(2):
        finder.add(0.5 * n, cameras(LEFT, RIGHT)(n))
    layout = finder.layout(0.0, 1.0, (face(LEFT), face(RIGHT)))
    assert whole(layout)
    assert layout.regions == ()


def test_a_short_shot_has_the_bars_of_the_whole_film() -> None:
    boxed, bare = cameras((0, 23, 320, 134), color=(2, 2, 2)), cameras((0, 0, W, H))
    finders = [LayoutFinder(SAMPLING) for _ in range(2)]
    for n in range(20):
        finders[0].add(0.5 * n, boxed(n))
        finders[1].add(0.5 * n, (boxed if n % 2 else bare)(n))
    short = [finder.layout(4.0, 4.8, (face(LEFT), face(RIGHT))) for finder in finders]
    assert_inside(short[0].picture, (0, 23, 320, 134))
    assert short[0].regions == ()
    assert whole(short[1])


def test_a_picture_older_than_the_clip_counts_for_its_first_shot() -> None:
    finder = LayoutFinder(SAMPLING)
    for n in range(3):
        finder.add(2.0 * n, cameras(LEFT, RIGHT)(n))
    faces = face(LEFT), face(RIGHT)
    assert len(boxes(finder.layout(1.0, 5.0, faces, since_s=-math.inf))) == 2


def test_few_pictures_are_kept_of_a_long_shot() -> None:
    finder = LayoutFinder(SAMPLING)
    seen, some = [], [cameras(LEFT, RIGHT)(n) for n in range(PICTURES)]
    for n in range(4 * MAX_KEPT_PICTURES):
        picture = np.array(some[n % PICTURES])
        seen.append(weakref.ref(picture))
        finder.add(1.0 * n, picture)
    del picture
    assert sum(ref() is not None for ref in seen) <= MAX_KEPT_PICTURES
    assert len(boxes(finder.layout(0.0, 500.0, (face(LEFT), face(RIGHT))))) == 2


def test_reframe_tells_what_a_shot_is_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = [cameras((40, 0, 240, 180))(n // 5) for n in range(50)]
    large = (picture.repeat(2, axis=0).repeat(2, axis=1) for picture in small)
    film = str(write_film(tmp_path / "f.mp4", large, sound=speech_like(2.0)))
    call = ["reframe", film, "--start", "0", "--end", "2", "--active-speaker", "", "--json"]
    assert command_line.main(call) == 0
    (shot,) = json.loads(capsys.readouterr().out)["shots"]
    left, width = shot["picture"]["x"], shot["picture"]["w"]
    assert 80 <= left <= 86
    assert 554 <= left + width <= 560
    assert shot["regions"] == []


ONE_CAMERA = sorted(
    path.name for path in (MEDIA / "talk").glob("*.m*") if path.name != "tss_mixture.mp4"
) or ["subtitleeffect_obama.mp4"]
QUICK = ("subtitleeffect_obama.mp4", "videoretalking_face1.mp4", "short_hamilton_clip.mp4")


def shots(name: str, start_s: float, end_s: float) -> tuple[Shot, ...]:
    source = probe(media(name), min_duration_s=0.0)
    span = Span(start_s=start_s, end_s=min(end_s, source.duration_s))
    return shot_scan.look(source, span, control=Control())


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in ONE_CAMERA],
)
def test_real_talks_of_one_camera_have_no_tiles(name: str) -> None:
    for shot in shots(f"talk/{name}", 0.0, 2.0):
        assert shot.layout is not None
        assert {region.kind for region in shot.layout.regions} <= {"text", "caption"}


@pytest.mark.parametrize(
    ("name", "start_s", "seam"),
    [("composites/duo_a.mp4", 1.0, 640), ("talk/tss_mixture.mp4", 3.0, 328)],
)
def test_two_cameras_side_by_side_are_two_tiles(name: str, start_s: float, seam: int) -> None:
    (shot,) = shots(name, start_s, start_s + 3.0)
    assert shot.layout is not None
    left, right = boxes(shot.layout)
    assert seam - 16 <= left.x + left.w <= seam <= right.x <= seam + 16
