"""Captions keep off faces, move at cuts only, and never flash."""

from dataclasses import replace

import pytest
from shots import cropped
from upright_clips import upright

from pipeline.captions.layout.obstacles import whole_captions
from pipeline.captions.layout.text_placement import Places
from pipeline.core.data import Box, CropKey, Face, FaceTrack, Region, SourceLayout
from pipeline.core.layout import panes_of, zoom_in


@pytest.mark.parametrize("top", [200, 700, 1100, 1250])
def test_captions_keep_off_a_face_where_a_third_is_free(top: int) -> None:
    face = Box(x=300, y=top, w=400, h=450)
    height = 260.0
    [spot] = Places(*upright(face)).spots(1.0, 2.0, height)
    center = spot.center
    assert center + height / 2 <= face.y or center - height / 2 >= face.y + face.h


def test_captions_stand_in_their_usual_place_under_a_face_in_the_upper_third() -> None:
    [spot] = Places(*upright(Box(x=300, y=300, w=400, h=450))).spots(1.0, 2.0, 260.0)
    assert spot.center == pytest.approx(0.72 * 1920)


def two_shots(first: Box, second: Box, cut_s: float) -> Places:
    """One after the other, each with a face of its own."""
    path, (shot,), video = upright(first)
    [track], [segment] = shot.tracks, path.segments
    faces = tuple(Face(box=first if t < cut_s else second, confidence=0.9) for t in track.times_s)
    return Places(
        replace(
            path,
            segments=(replace(segment, end_s=cut_s), replace(segment, start_s=cut_s)),
        ),
        (replace(shot, tracks=(replace(track, faces=faces),)),),
        video,
    )


def test_captions_move_with_a_cut_where_no_place_is_free_on_both_sides_of_it() -> None:
    low, high = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    before, after = two_shots(low, high, 5.0).spots(4.0, 6.0, 260.0)
    assert (before.start_s, before.end_s, after.start_s, after.end_s) == (4.0, 5.0, 5.0, 6.0)
    for spot, face in ((before, low), (after, high)):
        assert spot.free
        assert spot.center + 130 <= face.y or spot.center - 130 >= face.y + face.h


def test_captions_stay_over_a_cut_where_they_can_and_never_flash() -> None:
    high, higher = Box(x=300, y=300, w=400, h=450), Box(x=300, y=100, w=400, h=450)
    assert len(two_shots(high, higher, 5.0).spots(4.0, 6.0, 260.0)) == 1
    low, tall = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    [spot] = two_shots(low, tall, 5.0).spots(4.8, 6.0, 260.0)
    assert (spot.start_s, spot.end_s) == (4.8, 6.0)
    assert spot.center - 130 >= tall.y + tall.h


@pytest.mark.parametrize(("nod", "stays"), [(50, True), (200, False)])
def test_captions_keep_their_place_within_a_take_while_a_chin_only_comes_near(
    nod: int, stays: bool
) -> None:
    before = Box(x=300, y=420, w=600, h=800)
    path, (shot,), video = upright(before)
    lower = replace(before, y=before.y + nod)
    [track] = shot.tracks
    faces = tuple(Face(box=before if t < 5 else lower, confidence=0.9) for t in track.times_s)
    places = Places(path, (replace(shot, tracks=(replace(track, faces=faces),)),), video)
    [first], [second] = (places.spots(a, a + 1.0, 130.0) for a in (2.0, 7.0))
    assert first.free
    assert (second.center == first.center) == stays
    top, bottom = second.center - 65, second.center + 65
    assert bottom <= lower.y or top >= lower.y + lower.h  # in no case on the face itself


@pytest.mark.parametrize("shots", [1, 2])
def test_captions_keep_their_place_over_a_jump_cut_but_need_not_over_another(shots: int) -> None:
    face = Box(x=300, y=420, w=600, h=800)
    path, (shot,), video = upright(face)
    [wide] = path.segments
    key = CropKey(t_s=5, box=zoom_in(wide.keys[0].box, 1.1, (600, 820)))
    near = replace(wide, start_s=5, keys=(key,))
    path = replace(path, segments=(replace(wide, end_s=5), near))
    seen = (shot,) if shots == 1 else (replace(shot, end_s=5), replace(shot, start_s=5))
    places = Places(path, seen, video)
    [first], [second] = (places.spots(a, a + 1.0, 130.0) for a in (2.0, 7.0))
    assert (second.center == first.center) == (shots == 1)
    assert second.center - 65 >= 820 + 1.1 * 400  # below the chin


def test_captions_go_with_a_cut_shortly_before_their_end_where_they_would_cover_a_face() -> None:
    low, tall = Box(x=300, y=1150, w=400, h=500), Box(x=300, y=100, w=400, h=950)
    [spot] = two_shots(low, tall, 5.0).spots(4.0, 5.3, 260.0)
    assert (spot.start_s, spot.end_s, spot.free) == (4.0, 5.0, True)
    [still] = two_shots(low, low, 5.0).spots(4.0, 5.3, 260.0)
    assert still.end_s == 5.3


def test_captions_stand_on_the_seam_of_halves_and_leave_it_to_a_chin() -> None:
    times = tuple(i / 5 for i in range(50))
    _, (shot,), video = upright(Box(x=0, y=0, w=1, h=1))

    def center(left: Box, right: Box) -> float:
        panes = Box(x=0, y=0, w=540, h=480), Box(x=540, y=0, w=540, h=480)
        tracks = tuple(
            FaceTrack(times_s=times, faces=tuple(Face(box=b, confidence=0.9) for _ in times))
            for b in (left, right)
        )
        path = cropped("split", *panes, size=(1080, 1920))
        [spot] = Places(path, (replace(shot, tracks=tracks),), video).spots(1.0, 2.0, 260.0)
        return spot.center

    high, low = Box(x=200, y=120, w=120, h=160), Box(x=200, y=330, w=120, h=150)
    assert center(high, Box(x=740, y=120, w=120, h=160)) == pytest.approx(960)
    moved = center(low, Box(x=740, y=290, w=120, h=160))
    assert moved - 130 >= 960 or moved + 130 <= 2 * 330


def test_a_text_that_stays_over_a_cut_tells_what_it_covers_before_it() -> None:
    under, elsewhere = Box(x=300, y=300, w=400, h=450), Box(x=300, y=1100, w=400, h=450)
    places = two_shots(under, elsewhere, 5.0)
    [spot] = places.spots(4.0, 6.0, 260.0, at=[0.25])
    assert (spot.start_s, spot.end_s) == (4.0, 6.0)
    assert not spot.free
    assert spot.covered == places.spots(4.0, 5.0, 260.0, at=[0.25])[0].covered


def test_captions_keep_off_writing_that_a_moving_crop_comes_to() -> None:
    """A name stands on the left; the crop begins on the right and has moved there after 5 s."""
    whole, (shot,), video = upright(Box(x=0, y=0, w=1, h=1))
    video = replace(video, width=2160, stored_width=2160)
    name = Region(kind="text", box=Box(x=100, y=1300, w=800, h=160), start_s=0.0, end_s=10.0)
    keys = tuple(
        CropKey(t_s=t_s, box=Box(x=x, y=0, w=1080, h=1920))
        for t_s, x in ((4.0, 1080.0), (5.0, 0.0))
    )
    path = replace(whole, segments=(replace(whole.segments[0], keys=keys),))
    picture = Box(x=0, y=0, w=2160, h=1920)
    shots = (replace(shot, tracks=(), layout=SourceLayout(picture=picture, regions=(name,))),)
    places = Places(path, shots, video)
    [before], [after] = places.spots(1.0, 2.0, 260.0), places.spots(7.0, 8.0, 260.0)
    assert before.center == pytest.approx(0.72 * 1920)
    assert after.center + 130 <= 1300 or after.center - 130 >= 1460
    captions = replace(name, kind="caption")
    shots = (replace(shots[0], layout=SourceLayout(picture=picture, regions=(captions,))),)
    uncut = whole_captions(path, shots)
    assert 4.5 < min(region.start_s for region in uncut) < 5.0
    assert max(region.end_s for region in uncut) == 10.0


def test_captions_stand_between_a_small_camera_and_the_screen() -> None:
    _, shots, video = upright(Box(x=0, y=0, w=1, h=1))
    panes = Box(x=0, y=0, w=216, h=144), Box(x=0, y=200, w=1080, h=600)
    path = cropped("screen", *panes, size=(1080, 1920))
    [spot] = Places(path, shots, video).spots(1.0, 2.0, 200.0)
    upper, lower = panes_of("screen", panes, path.width, path.height)
    assert upper.y + upper.height <= spot.center - 100
    assert spot.center + 100 <= lower.y
