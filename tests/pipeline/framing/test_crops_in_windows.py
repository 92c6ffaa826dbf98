"""Crops stay in the window that a person sits in, inside bars, and clear of burned-in lines."""

from dataclasses import replace

import pytest
from shots import UPRIGHT, holds, source, still

from pipeline.core.data import (
    Box,
    CropPath,
    FaceTrack,
    Options,
    Region,
    RegionKind,
    Shot,
    SourceLayout,
    Span,
)
from pipeline.core.layout import crops_at, panes_of
from pipeline.framing.crop_planning import plan
from pipeline.framing.people import in_reading_order

PICTURE = Box(x=0, y=0, w=1280, h=720)
LEFT, RIGHT = Box(x=0, y=0, w=628, h=720), Box(x=644, y=0, w=636, h=720)


def region(kind: RegionKind, box: Box) -> Region:
    return Region(kind=kind, box=box, start_s=0.0, end_s=10.0)


def planned(
    *tracks: FaceTrack,
    regions: tuple[Region, ...] = (),
    picture: Box = PICTURE,
    options: Options = UPRIGHT,
    size: tuple[int, int] = (1280, 720),
) -> CropPath:
    layout = SourceLayout(picture=picture, regions=regions)
    shot = Shot(start_s=0.0, end_s=10.0, tracks=tracks, layout=layout)
    return plan(source(*size), Span(start_s=0.0, end_s=10.0), (shot,), options)


def inside(crop: Box, area: Box) -> bool:
    return holds(replace(area, x=area.x - 0.01, w=area.w + 0.02), crop)


TILES = region("tile", LEFT), region("tile", RIGHT)


@pytest.mark.parametrize("xs", [(120, 1150), (500, 760), (320, 960)])
def test_a_half_shows_one_window_and_the_face_in_its_middle(xs: tuple[float, float]) -> None:
    faces = [still(x, y=300, w=150, h=200) for x in xs]
    (segment,) = planned(*faces, regions=TILES).segments
    assert segment.layout == "split"
    for crop, tile, face in zip(crops_at(segment, 5.0), (LEFT, RIGHT), faces, strict=True):
        assert inside(crop, tile)
        box = face.faces[0].box
        assert holds(crop, box)
        middle = (box.x + box.w / 2 - crop.x) / crop.w
        room = min(box.x + box.w / 2 - tile.x, tile.x + tile.w - box.x - box.w / 2)
        assert middle == pytest.approx(0.5, abs=0.08 if room > 1.0 * box.w else 0.2)
        eyes = box.y + 0.4 * box.h
        high = 0.42 if room > 1.4 * box.w else 0.52  # beside the edge, the crop is tight
        assert 0.28 <= (eyes - crop.y) / crop.h <= high


def test_one_person_of_a_call_is_cropped_inside_their_window() -> None:
    (segment,) = planned(still(600, w=100, h=140), regions=TILES).segments
    assert segment.layout == "crop"
    assert inside(segment.keys[0].box, LEFT)


def test_four_windows_in_their_order_when_all_talk() -> None:
    boxes = [Box(x=x, y=y, w=620, h=344) for y in (8, 368) for x in (8, 652)]
    # all of them within every two seconds, faster than one could cut
    people = tuple(
        replace(
            still(b.x + 310, y=b.y + 160, w=90, h=120),
            speaks=tuple(2.0 if k // 2 % 4 == n else -3.0 for k in range(60)),
        )
        for n, b in enumerate(boxes)
    )
    (segment,) = planned(*people, regions=tuple(region("tile", b) for b in boxes)).segments
    assert segment.layout == "grid"
    for crop, box in zip(crops_at(segment, 5.0), boxes, strict=True):
        assert inside(crop, box)


@pytest.mark.parametrize("edge", range(350, 362))
def test_windows_of_one_row_need_not_begin_on_one_line(edge: int) -> None:
    """Their borders are found on small pictures, so they differ by a few pixels."""
    left, right = Box(x=0, y=0, w=628, h=edge + 4), Box(x=644, y=0, w=636, h=edge)
    below = Box(x=0, y=edge + 20, w=1280, h=700 - edge)
    people = [still(x, 10.0, y=y, w=50, h=60) for x, y in ((300, 160), (900, 160), (200, 540))]
    regions = tuple(region("tile", box) for box in (left, right, below))
    layout = SourceLayout(picture=PICTURE, regions=regions)
    shot = Shot(start_s=0.0, end_s=10.0, tracks=tuple(people), layout=layout)
    assert in_reading_order(people[::-1], shot) == people


def test_bars_are_no_picture() -> None:
    picture = Box(x=0, y=92, w=1280, h=536)
    (segment,) = planned(still(400, w=100, h=140), picture=picture).segments
    assert inside(segment.keys[0].box, picture)
    (whole,) = planned(picture=picture).segments
    assert whole.keys[0].box == picture
    (chosen,) = planned(still(400), picture=picture, options=Options(layout="fit")).segments
    assert chosen.keys[0].box == picture


def test_a_line_of_text_is_left_out_rather_than_cut() -> None:
    ticker = region("text", Box(x=0, y=640, w=1280, h=80))
    (segment,) = planned(still(400, y=300, w=120, h=160), regions=(ticker,)).segments
    crop = segment.keys[0].box
    assert crop.y + crop.h <= 640 + 0.01
    logo = region("text", Box(x=1150, y=640, w=100, h=60))
    (kept,) = planned(still(400, y=300, w=120, h=160), regions=(logo,)).segments
    assert kept.keys[0].box.h == 720


def test_a_line_right_below_the_chin_does_not_cost_the_picture() -> None:
    high = region("text", Box(x=0, y=400, w=1280, h=320))
    (segment,) = planned(still(400, y=300, w=120, h=160), regions=(high,)).segments
    assert segment.keys[0].box.h == 720


SCREEN = region("screen", Box(x=0, y=0, w=1920, h=1080))


def test_a_shared_screen_is_whole_below_who_talks_about_it() -> None:
    camera = region("inset", Box(x=1400, y=700, w=500, h=360))
    face = still(1650, y=860, w=120, h=160)
    (segment,) = planned(
        face,
        regions=(SCREEN, camera),
        picture=Box(x=0, y=0, w=1920, h=1080),
        size=(1920, 1080),
    ).segments
    assert segment.layout == "screen"
    person, screen = crops_at(segment, 5.0)
    assert screen == SCREEN.box
    assert inside(person, camera.box)
    assert holds(person, face.faces[0].box)


def test_a_camera_too_small_to_enlarge_leaves_the_screen_whole() -> None:
    camera = region("inset", Box(x=1700, y=900, w=200, h=150))
    (segment,) = planned(
        still(1800, y=960, w=50, h=70),
        regions=(SCREEN, camera),
        picture=Box(x=0, y=0, w=1920, h=1080),
        size=(1920, 1080),
    ).segments
    assert segment.layout == "fit"


@pytest.mark.parametrize("face", [(60, 80), (190, 172)], ids=["small", "fills its window"])
def test_a_small_camera_stands_apart_above_the_screen(face: tuple[float, float]) -> None:
    """Not enlarged until it blurs: what is left of the picture is ground, half of it between."""
    camera = region("tile", Box(x=1600, y=60, w=280, h=176))
    person = still(1740, y=146, w=face[0], h=face[1])
    path = planned(
        person,
        regions=(SCREEN, camera),
        picture=Box(x=0, y=0, w=1920, h=1080),
        size=(1920, 1080),
    )
    (segment,) = path.segments
    assert segment.layout == "screen"
    crops = crops_at(segment, 5.0)
    assert inside(crops[0], camera.box)
    upper, lower = panes_of("screen", crops, path.width, path.height)
    assert upper.width / crops[0].w <= 5.01
    assert upper.width / upper.height == pytest.approx(crops[0].w / crops[0].h, rel=0.01)
    between = lower.y - upper.y - upper.height
    assert between == pytest.approx((path.height - upper.height - lower.height) / 2, abs=4)
    assert between > 100


def test_in_a_call_the_speaker_is_above_the_screen_even_if_the_face_fills_its_tile() -> None:
    shared = region("screen", Box(x=0, y=0, w=952, h=720))
    tiles = [Box(x=980, y=y, w=280, h=168) for y in (60, 280)]
    people = tuple(
        replace(
            still(tile.x + 140, y=tile.y + 84, w=150, h=165),
            speaks=tuple(2.0 if (k < 30) == (n == 0) else -3.0 for k in range(60)),
        )
        for n, tile in enumerate(tiles)
    )
    regions = (shared, *(region("tile", tile) for tile in tiles))
    path = planned(*people, regions=regions)
    assert {segment.layout for segment in path.segments} == {"screen"}
    for at_s, tile in ((2.0, tiles[0]), (8.0, tiles[1])):
        segment = next(s for s in path.segments if at_s < s.end_s)
        assert inside(crops_at(segment, at_s)[0], tile)
