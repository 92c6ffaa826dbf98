"""Framing that a person chose: the face at the place is followed, any other place stays."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shots import UPRIGHT, holds, source, still, track

from pipeline.core.data import CropPath, FaceTrack, Options, Shot, Span
from pipeline.core.framing_choice import FramingChoice, Point
from pipeline.core.layout import crops_at
from pipeline.framing.chosen_framing import parts
from pipeline.framing.crop_planning import plan

LEFT, RIGHT = Point(x=300 / 1280, y=150 / 720), Point(x=1000 / 1280, y=150 / 720)


def planned(*choices: FramingChoice, tracks: tuple[FaceTrack, ...] | None = None) -> CropPath:
    shown = (still(300.0), still(1000.0)) if tracks is None else tracks
    shot = Shot(start_s=0.0, end_s=10.0, tracks=shown)
    options = replace(UPRIGHT, framing=choices)
    return plan(source(), Span(start_s=0.0, end_s=10.0), (shot,), options)


@pytest.mark.parametrize(("point", "person"), [(LEFT, 300.0), (RIGHT, 1000.0)])
def test_the_chosen_face_is_shown_alone(point: Point, person: float) -> None:
    path = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(point,)))
    [segment] = path.segments
    assert segment.layout == "crop"
    [crop] = crops_at(segment, 5.0)
    assert holds(crop, still(person).faces[0].box)
    other = 1300.0 - person
    assert not crop.x < other < crop.x + crop.w


def test_a_place_next_to_a_face_means_it() -> None:
    near = Point(x=330 / 1280, y=230 / 720)  # the chin
    path = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(near,)))
    assert path == planned(FramingChoice(start_s=0.0, end_s=10.0, points=(LEFT,)))


def test_a_face_that_moves_is_followed() -> None:
    walker = track([200.0 + 15 * n for n in range(60)])
    at = Point(x=650 / 1280, y=150 / 720)  # half-way
    path = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(at,)), tracks=(walker,))
    [segment] = path.segments
    for n in (0, 30, 59):
        [crop] = crops_at(segment, walker.times_s[n])
        assert holds(crop, walker.faces[n].box)


def test_any_other_place_stays_in_the_middle() -> None:
    table = Point(x=0.5, y=0.9)
    path = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(table,)))
    [crop] = crops_at(path.segments[0], 3.0)
    assert crop.x + crop.w / 2 == pytest.approx(640)
    assert crop.y == pytest.approx(0)
    assert crop.h == pytest.approx(720)
    corner = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(Point(x=1.0, y=1.0),)))
    [crop] = crops_at(corner.segments[0], 3.0)
    assert crop.x + crop.w == pytest.approx(1280)


def test_several_have_a_pane_each_in_the_order_of_the_choice() -> None:
    path = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(RIGHT, LEFT)))
    [segment] = path.segments
    assert segment.layout == "split"
    first, second = crops_at(segment, 5.0)
    assert holds(first, still(1000.0).faces[0].box)
    assert holds(second, still(300.0).faces[0].box)
    three = planned(
        FramingChoice(start_s=0.0, end_s=10.0, points=(LEFT, RIGHT, Point(x=0.5, y=0.8)))
    )
    assert three.segments[0].layout == "grid"
    assert len(crops_at(three.segments[0], 5.0)) == 3
    same = planned(FramingChoice(start_s=0.0, end_s=10.0, points=(LEFT, LEFT)))
    assert same.segments[0].layout == "crop"


def test_no_place_is_the_whole_picture_and_the_rest_is_planned() -> None:
    path = planned(FramingChoice(start_s=2.0, end_s=4.0))
    assert [(s.start_s, s.end_s, s.layout) for s in path.segments] == [
        (0.0, 2.0, "split"),
        (2.0, 4.0, "fit"),
        (4.0, 10.0, "split"),
    ]


choices = st.builds(
    lambda start_s, length_s, points: FramingChoice(
        start_s=start_s, end_s=start_s + length_s, points=tuple(points)
    ),
    st.floats(-5, 15),
    st.floats(0.01, 20),
    st.lists(st.builds(Point, x=st.floats(0, 1), y=st.floats(0, 1)), max_size=4),
)


@settings(max_examples=40)
@given(st.lists(choices, max_size=6))
def test_whatever_is_chosen_the_path_covers_the_clip_and_stays_in_the_picture(
    asked: list[FramingChoice],
) -> None:
    shot = Shot(start_s=0.0, end_s=10.0, tracks=(still(300.0), still(1000.0)))
    pieces = list(parts(shot, asked))
    assert pieces[0][0].start_s == 0.0
    assert pieces[-1][0].end_s == 10.0
    for (before, _), (after, _) in pairwise(pieces):
        assert before.end_s == after.start_s
    path = planned(*asked)
    assert path.segments[0].start_s == 0.0
    assert path.segments[-1].end_s == 10.0
    for segment in path.segments:
        for crop in crops_at(segment, segment.start_s):
            assert -0.01 <= crop.x <= crop.x + crop.w <= 1280.01
            assert -0.01 <= crop.y <= crop.y + crop.h <= 720.01


def test_without_a_choice_nothing_changes() -> None:
    assert planned() == plan(
        source(),
        Span(start_s=0.0, end_s=10.0),
        (Shot(start_s=0.0, end_s=10.0, tracks=(still(300.0), still(1000.0))),),
        Options(),
    )
