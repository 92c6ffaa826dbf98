"""The crop of a clip that pauses were cut out of: it jumps nearer and back, about the face."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.core.data import (
    Box,
    CropKey,
    CropPath,
    CropSegment,
    Face,
    FaceTrack,
    Motion,
    Shot,
    Span,
)
from pipeline.core.layout import crops_at
from pipeline.core.timemap import TimeMap
from pipeline.editing.composition import Composition, tighten
from pipeline.editing.jump_zoom import LANDING_S, NEARER, ON_CUT

KEPT = (Span(start_s=0.0, end_s=2.0), Span(start_s=3.0, end_s=5.0), Span(start_s=6.0, end_s=8.0))


def moving() -> CropPath:
    """From left to right in eight seconds, with a cut of the picture at 4 s."""
    keys = (
        CropKey(t_s=0.0, box=Box(x=0, y=0, w=90, h=160)),
        CropKey(t_s=4.0, box=Box(x=80, y=0, w=90, h=160)),
    )
    after = (CropKey(t_s=4.0, box=Box(x=200, y=0, w=90, h=160)),)
    return CropPath(
        width=720,
        height=1280,
        segments=(
            CropSegment(start_s=0.0, end_s=4.0, layout="crop", keys=keys),
            CropSegment(start_s=4.0, end_s=8.0, layout="crop", keys=after),
        ),
    )


def scene_of(shots: tuple[Shot, ...] = ()) -> Composition:
    return Composition(span=Span(start_s=0.0, end_s=8.0), words=(), path=moving(), shots=shots)


def nearness(scene: Composition, t_s: float) -> float:
    """How much nearer than `moving` the clip is."""
    segments = scene.path.segments
    segment = next((s for s in segments if t_s < s.end_s), segments[-1])
    return 90 / crops_at(segment, t_s)[0].w


@pytest.mark.parametrize("motion", ["subtle", "punchy"])
def test_the_camera_is_where_it_was_at_each_moment_and_every_other_piece_is_nearer(
    motion: Motion,
) -> None:
    scene = tighten(scene_of(), TimeMap(KEPT), motion)
    segments = scene.path.segments
    assert [(s.start_s, s.end_s) for s in segments] == [(0, 2), (2, 3), (3, 4), (4, 6)]
    first, second, third, fourth = (s.keys for s in segments)
    assert [(k.t_s, k.box.x, k.box.w) for k in first] == [(0, 0, 90), (2, 40, 90)]
    assert (second[0].t_s, second[-1].t_s) == (2, 3)
    for key in second:  # about the middle, where there is no face
        assert key.box.x + key.box.w / 2 == pytest.approx(20 * (key.t_s + 1) + 45)
    for near in (second[-1], *third):
        assert near.box.w == pytest.approx(90 / (1 + NEARER[motion]))
        assert near.box.h == pytest.approx(160 / (1 + NEARER[motion]))
    assert (fourth[-1].box.x, fourth[-1].box.w) == pytest.approx((200, 90))


@pytest.mark.parametrize("motion", ["subtle", "punchy"])
def test_most_of_a_jump_is_on_the_cut_and_the_rest_slows_down(motion: Motion) -> None:
    scene = tighten(scene_of(), TimeMap(KEPT), motion)
    jump = NEARER[motion]
    for cut_s, before, after in ((2.0, 1.0, 1 + jump), (4.0, 1 + jump, 1.0)):
        times = np.arange(cut_s, cut_s + 1.0, 1 / 30)
        zoom = np.array([nearness(scene, float(t)) for t in times])
        assert nearness(scene, cut_s - 1e-6) == pytest.approx(before)
        assert abs(zoom[0] - before) == pytest.approx(ON_CUT * jump)
        speed = np.abs(np.diff(zoom))
        assert (np.diff(speed) <= 1e-9 + 0.002 * jump).all()  # it only slows down
        assert zoom[times >= cut_s + LANDING_S] == pytest.approx(after)


def test_without_motion_a_cut_changes_no_size() -> None:
    scene = tighten(scene_of(), TimeMap(KEPT), "none")
    assert {key.box.w for s in scene.path.segments for key in s.keys} == {90}
    assert [len(s.keys) for s in scene.path.segments] == [2, 2, 1, 1]


def faced(face: Box) -> tuple[Shot, ...]:
    """Somebody who looks up between 3 and 4 s."""
    track = FaceTrack(times_s=(3.2, 3.5, 3.8), faces=(Face(box=face, confidence=0.9),) * 3)
    return (Shot(start_s=0.0, end_s=8.0, tracks=(track,)),)


def test_the_nearer_picture_keeps_the_face_in_its_place_and_stays_in_the_frame() -> None:
    box = CropKey(t_s=0.0, box=Box(x=60, y=0, w=90, h=160))
    path = CropPath(
        width=720,
        height=1280,
        segments=(CropSegment(start_s=0.0, end_s=8.0, layout="crop", keys=(box,)),),
    )
    still = replace(scene_of(faced(Box(x=70, y=30, w=20, h=20))), path=path)
    scene = tighten(still, TimeMap(KEPT), "subtle")
    key, before = scene.path.segments[1].keys[-1].box, box.box
    assert key.w == pytest.approx(90 / (1 + NEARER["subtle"]))
    assert (80 - key.x) / key.w == pytest.approx((80 - before.x) / before.w)
    assert (40 - key.y) / key.h == pytest.approx((40 - before.y) / before.h)
    assert before.x <= key.x
    assert before.y <= key.y <= 30
    assert key.y + key.h <= before.y + before.h
    assert scene.shots[0].tracks[0].times_s == pytest.approx((2.2, 2.5, 2.8))
    assert (scene.shots[0].start_s, scene.shots[0].end_s) == (0.0, 6.0)


def test_a_face_that_fills_the_picture_comes_no_nearer() -> None:
    wide = faced(Box(x=72, y=40, w=66, h=84))  # 1.5 times its width is more than the crop
    scene = tighten(scene_of(wide), TimeMap(KEPT), "punchy")
    assert [nearness(scene, t) for t in (2.0, 2.5, 2.9)] == pytest.approx([1.0] * 3)


def test_quick_joints_do_not_make_the_picture_tremble() -> None:
    kept = tuple(Span(start_s=n * 1.0, end_s=n * 1.0 + 0.5) for n in range(8))
    scene = tighten(scene_of(), TimeMap(kept), "subtle")
    near = [s.keys[-1].box.w < 89 for s in scene.path.segments]
    assert near == [False, False, False, True, True, True, False, False]


def test_the_whole_picture_and_halves_are_never_nearer() -> None:
    box = CropKey(t_s=0.0, box=Box(x=0, y=0, w=90, h=80))
    whole = CropSegment(start_s=0.0, end_s=8.0, layout="fit", keys=(box,))
    for segment in (whole, replace(whole, layout="split", others=((box,),))):
        path = CropPath(width=720, height=1280, segments=(segment,))
        made = tighten(replace(scene_of(), path=path), TimeMap(KEPT), "punchy")
        assert [s.keys[0].box for s in made.path.segments] == [box.box] * 3
        others = [[key.box for key in keys] for s in made.path.segments for keys in s.others]
        assert others == [[key.box for key in keys] for keys in segment.others] * 3
