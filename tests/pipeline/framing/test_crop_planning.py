"""The virtual camera: the right person, wholly inside, held still, changed exactly at cuts."""

import math
import random
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from shared_media import media
from shots import LOOK_S, UPRIGHT, holds, source, still, track

from pipeline.core.control import Control
from pipeline.core.data import (
    AspectRatio,
    Box,
    CropPath,
    Face,
    FaceTrack,
    Options,
    Quality,
    Shot,
    Source,
    Span,
)
from pipeline.core.layout import crops_at, panes
from pipeline.framing.crop_frame import MAX_ENLARGEMENT
from pipeline.framing.crop_planning import output_size, plan
from pipeline.media.probing import probe
from pipeline.vision.face_tracking import Look, link
from pipeline.vision.shot_scan import look


def planned(
    *tracks: FaceTrack,
    seconds: float = 10.0,
    of: Source | None = None,
    options: Options = UPRIGHT,
) -> CropPath:
    shot = Shot(start_s=0.0, end_s=seconds, tracks=tracks)
    return plan(of or source(), Span(start_s=0.0, end_s=seconds), (shot,), options)


def positions(path: CropPath, step_s: float = 1 / 30) -> list[tuple[float, Box]]:
    """Where the crop stands at each frame."""
    out: list[tuple[float, Box]] = []
    for segment in path.segments:
        count = int((segment.end_s - segment.start_s) / step_s)
        out += [
            (segment.start_s + n * step_s, crops_at(segment, segment.start_s + n * step_s)[0])
            for n in range(count)
        ]
    return out


def wander(chance: random.Random, count: int, width: float) -> list[float]:
    """Somebody who stands, shifts, walks and leans, within the picture."""
    x = chance.uniform(200, width - 200)
    out: list[float] = []
    while len(out) < count:
        goal = min(max(x + chance.gauss(0, 160), 80), width - 80)
        pace = chance.uniform(4, 40)  # pixels a look
        steps = max(1, round(abs(goal - x) / pace))
        out += [x + (goal - x) * n / steps + chance.gauss(0, 2) for n in range(steps)]
        x = goal
        out += [x + chance.gauss(0, 3) for _ in range(chance.randint(0, 30))]
    return out[:count]


@pytest.mark.parametrize("seed", range(25))
def test_however_somebody_moves_the_face_is_inside_and_the_crop_in_the_picture(seed: int) -> None:
    chance = random.Random(seed)
    width, height = chance.choice([(1280, 720), (1920, 1080), (640, 360), (3840, 2160)])
    scale = width / 1280
    moved = track(
        [x * scale for x in wander(chance, 120, 1280.0)],
        y=chance.uniform(100, 500) * scale,
        w=90 * scale,
        h=120 * scale,
    )
    path = planned(moved, seconds=20.0, of=source(width, height))
    ratio = path.width / path.height
    for _, box in positions(path):
        assert box.x >= -1e-6
        assert box.y >= -1e-6
        assert box.x + box.w <= width + 1e-6
        assert box.y + box.h <= height + 1e-6
        assert box.w / box.h == pytest.approx(ratio, rel=1e-3)
    for t_s, face in zip(moved.times_s, moved.faces, strict=True):
        (segment,) = (s for s in path.segments if s.start_s <= t_s < s.end_s)
        assert segment.layout == "crop"
        assert holds(crops_at(segment, t_s)[0], face.box)


@pytest.mark.parametrize("seed", range(12))
def test_the_camera_does_not_hunt(seed: int) -> None:
    chance = random.Random(100 + seed)
    path = planned(track(wander(chance, 120, 1280.0)), seconds=20.0)
    boxes = [box.x for _, box in positions(path)]
    signs = [math.copysign(1, b - a) for a, b in pairwise(boxes) if abs(b - a) > 0.2]
    turns = sum(a != b for a, b in pairwise(signs))
    assert turns <= 20.0 / 2.0


def test_the_camera_stands_still_for_somebody_who_nods_and_glances() -> None:
    chance = random.Random(5)
    (segment,) = planned(track([640 + chance.gauss(0, 9) for _ in range(60)])).segments
    assert len(segment.keys) == 1
    center = segment.keys[0].box.x + segment.keys[0].box.w / 2
    assert center == pytest.approx(640, abs=15)


def test_a_pan_starts_and_ends_softly() -> None:
    walk = [400.0 + 300 * n / 7 for n in range(8)]  # more than a second
    path = planned(track([400.0] * 26 + walk + [700.0] * 26))
    xs = np.array([box.x for _, box in positions(path)])
    speed = np.abs(np.diff(xs))
    assert xs[-1] - xs[0] == pytest.approx(300, abs=120)
    assert speed[0] == speed[-1] == 0
    assert np.abs(np.diff(speed)).max() < 0.35 * speed.max()  # no jerk


def test_a_walker_is_followed_at_an_even_speed() -> None:
    path = planned(track([200.0 + 14 * n for n in range(60)]))
    speed = np.diff([box.x for t, box in positions(path) if 2.5 < t < 7.5])
    assert speed.min() > 0  # no stop and go
    assert speed.max() < 2.5 * speed.mean()


def test_segments_change_exactly_at_cuts_and_nothing_pans_over_them() -> None:
    cuts = [0.0, 2.52, 5.04, 7.04, 10.0]
    spots = [300.0, 900.0, 500.0, 1000.0]
    shots = tuple(
        Shot(
            start_s=a,
            end_s=b,
            tracks=(track([x] * round((b - a) / LOOK_S), start_s=a),),
        )
        for (a, b), x in zip(pairwise(cuts), spots, strict=True)
    )
    path = plan(source(), Span(start_s=0.0, end_s=10.0), shots, UPRIGHT)
    assert [s.start_s for s in path.segments] == cuts[:-1]
    assert [s.end_s for s in path.segments] == cuts[1:]
    for segment, x in zip(path.segments, spots, strict=True):
        assert len(segment.keys) == 1
        assert segment.keys[0].box.x + segment.keys[0].box.w / 2 == pytest.approx(x, abs=2)


def test_the_path_covers_the_span_even_inside_a_shot() -> None:
    shot = Shot(start_s=0.0, end_s=30.0, tracks=(still(600, 30.0),))
    path = plan(source(), Span(start_s=7.3, end_s=19.9), (shot,), UPRIGHT)
    assert path.segments[0].start_s == 7.3
    assert path.segments[-1].end_s == 19.9


@pytest.mark.parametrize("ratio", ["9:16", "1:1", "4:5", "16:9"])
@pytest.mark.parametrize("quality", ["balanced", "fast"])
@pytest.mark.parametrize("x", [(300.0, 980.0), (500.0, 760.0), (120.0, 1160.0)])
def test_two_people_have_a_half_each_and_the_left_one_comes_first(
    ratio: AspectRatio, quality: Quality, x: tuple[float, float]
) -> None:
    options = Options(aspect_ratio=ratio, quality=quality, layout="split")
    left, right = still(x[0], w=90, h=120, y=300), still(x[1], w=90, h=110, y=330)
    path = planned(right, left, options=options)
    (segment,) = path.segments
    assert segment.layout == "split"
    crops = crops_at(segment, 5.0)
    parts = panes(2, path.width, path.height)
    for crop, pane, person, other in zip(crops, parts, (left, right), (right, left), strict=True):
        assert holds(crop, person.faces[0].box)
        face = other.faces[0].box
        assert face.x >= crop.x + crop.w or face.x + face.w <= crop.x
        assert crop.w / crop.h == pytest.approx(pane.width / pane.height, rel=1e-3)
        assert min(crop.x, crop.y) >= 0
        assert crop.x + crop.w <= 1280 + 1e-6
        assert crop.y + crop.h <= 720 + 1e-6
    assert len(segment.keys) == len(segment.others[0]) == 1  # nothing moves


@pytest.mark.parametrize("size", [(1080, 1920), (720, 1280), (1080, 1350), (720, 900)])
def test_halves_fill_the_picture_on_even_rows(size: tuple[int, int]) -> None:
    upper, lower = panes(2, *size)
    assert upper.y == upper.x == lower.x == 0
    assert lower.y == upper.height
    assert upper.height + lower.height == size[1]
    assert upper.width == lower.width == size[0]
    assert upper.height % 2 == 0
    assert abs(upper.height - lower.height) <= 2


def test_wide_clips_have_their_halves_side_by_side() -> None:
    left, right = panes(2, 1920, 1080)
    assert (left.x, left.width, right.x, right.width) == (0, 960, 960, 960)
    assert left.height == right.height == 1080


def test_two_people_of_one_size_who_fit_no_crop_are_shown_in_halves() -> None:
    path = planned(still(300, w=150, h=200), still(980, w=150, h=190))
    assert [s.layout for s in path.segments] == ["split"]


def test_three_people_of_one_size_who_fit_no_crop_are_shown_whole() -> None:
    path = planned(*(still(x, w=130, h=170) for x in (200, 640, 1080)))
    assert [s.layout for s in path.segments] == ["fit"]


def test_halves_stay_while_somebody_looks_away() -> None:
    right = still(980, 4.0, w=150, h=190), track([985.0] * 24, start_s=6.0, w=150, h=190)
    (segment,) = planned(still(300, w=150, h=200), *right).segments
    assert segment.layout == "split"


def test_halves_move_with_neither_person_when_the_larger_one_changes() -> None:
    sizes = [(150.0, 200.0)] * 30 + [(150.0, 185.0)] * 30

    def swaying(x: float, order: list[tuple[float, float]]) -> FaceTrack:
        steps = [track([x], w=w, h=h, start_s=n * LOOK_S) for n, (w, h) in enumerate(order)]
        return FaceTrack(
            times_s=tuple(s.times_s[0] for s in steps), faces=tuple(s.faces[0] for s in steps)
        )

    path = planned(swaying(300, sizes), swaying(980, sizes[::-1]))
    assert [s.layout for s in path.segments] == ["split"]


def test_without_two_people_split_is_as_auto() -> None:
    split = Options(layout="split")
    alone = still(400)
    assert planned(alone, options=split) == planned(alone)
    small = still(1000, w=30, h=40)
    assert planned(alone, small, options=split) == planned(alone, small)
    assert planned(options=split) == planned()


def test_fit_is_always_the_whole_picture() -> None:
    (segment,) = planned(still(400), options=Options(layout="fit")).segments
    assert segment.layout == "fit"
    assert segment.keys[0].box == Box(x=0, y=0, w=1280, h=720)


def test_crop_never_shows_the_whole_picture() -> None:
    crop = Options(layout="crop")
    (nobody,) = planned(options=crop).segments
    assert nobody.layout == "crop"
    box = nobody.keys[0].box
    assert (box.y, box.h) == (0, 720)
    assert box.x + box.w / 2 == pytest.approx(640)
    (apart,) = planned(still(300, w=150, h=200), still(980, w=150, h=190), options=crop).segments
    assert apart.layout == "crop"
    assert holds(apart.keys[0].box, still(300, w=150, h=200).faces[0].box)
    before, after = still(400, 6.0), track([400.0] * 36, start_s=14.0)
    path = planned(before, after, seconds=20.0, options=crop)
    assert {s.layout for s in path.segments} == {"crop"}
    (huge,) = planned(still(700, y=350, w=600, h=680), options=crop).segments
    assert huge.layout == "crop"
    assert huge.keys[0].box.x < 700 < huge.keys[0].box.x + huge.keys[0].box.w


def test_two_people_of_a_real_debate_have_a_steady_half_each() -> None:
    found = probe(media("talk/tss_mixture.mp4"))
    span = Span(start_s=2.6, end_s=8.0)
    shots = look(found, span, control=Control())
    (segment,) = plan(found, span, shots, UPRIGHT).segments
    assert segment.layout == "split"
    assert len(segment.keys) == len(segment.others[0]) == 1
    people = sorted(shots[-1].tracks[:2], key=lambda t: t.faces[0].box.x)
    for person, crop in zip(people, crops_at(segment, 5.0), strict=True):
        assert all(holds(crop, face.box) for face in person.faces)


@pytest.mark.parametrize("speaker", [0, 1])
def test_the_one_who_speaks_is_shown_once_it_is_known(speaker: int) -> None:
    people = still(300, w=150, h=200), still(980, w=150, h=190)
    shot = Shot(start_s=0.0, end_s=10.0, tracks=people)
    path = plan(
        source(),
        Span(start_s=0.0, end_s=10.0),
        (shot,),
        UPRIGHT,
        weight=lambda face, _: 1.0 if face is people[speaker] else 0.1,
    )
    (segment,) = path.segments
    assert segment.layout == "crop"
    assert holds(segment.keys[0].box, people[speaker].faces[0].box)
    assert not holds(segment.keys[0].box, people[1 - speaker].faces[0].box)


def test_a_change_of_speaker_changes_the_crop_near_its_moment() -> None:
    people = still(300, w=150, h=200), still(980, w=150, h=190)
    shot = Shot(start_s=0.0, end_s=10.0, tracks=people)

    def weight(face: FaceTrack, t_s: float) -> float:
        return 1.0 if face is people[int(t_s >= 5.0)] else 0.1

    path = plan(source(), Span(start_s=0.0, end_s=10.0), (shot,), UPRIGHT, weight=weight)
    first, second = path.segments
    assert first.end_s == second.start_s == pytest.approx(5.0, abs=0.2)
    assert holds(first.keys[0].box, people[0].faces[0].box)
    assert holds(second.keys[0].box, people[1].faces[0].box)


def test_two_people_close_together_share_one_crop() -> None:
    people = still(560, w=100, h=130), still(720, w=100, h=125)
    (segment,) = planned(*people).segments
    assert segment.layout == "crop"
    assert all(holds(segment.keys[0].box, person.faces[0].box) for person in people)


def test_somebody_small_in_the_back_does_not_take_the_crop() -> None:
    (segment,) = planned(still(300, w=150, h=200), still(1000, w=60, h=80)).segments
    assert holds(segment.keys[0].box, still(300, w=150, h=200).faces[0].box)


def test_a_picture_without_faces_is_shown_whole() -> None:
    (segment,) = planned().segments
    assert segment.layout == "fit"
    assert segment.keys[0].box == Box(x=0, y=0, w=1280, h=720)


def test_a_slide_between_two_stretches_of_a_speaker_is_shown_whole() -> None:
    before, after = still(400, 6.0), track([400.0] * 36, start_s=14.0)
    path = planned(before, after, seconds=20.0)
    assert [s.layout for s in path.segments] == ["crop", "fit", "crop"]
    assert path.segments[1].start_s == pytest.approx(6.0, abs=1.0)
    assert path.segments[2].start_s == pytest.approx(14.0, abs=0.5)


def test_a_head_turned_away_for_a_moment_is_no_reason_to_let_go() -> None:
    path = planned(still(400, 4.0), track([400.0] * 30, start_s=5.0))
    assert [s.layout for s in path.segments] == ["crop"] * len(path.segments)


@pytest.mark.parametrize("size", [(1080, 1920), (540, 960), (1000, 1920), (720, 1280)])
def test_upright_sources_stay_whole(size: tuple[int, int]) -> None:
    path = planned(still(size[0] / 2, w=200, h=260), of=source(*size))
    box = path.segments[0].keys[0].box
    assert box.w * box.h >= 0.9 * size[0] * size[1]
    assert path.segments[0].layout == "crop"


@pytest.mark.parametrize("height", [1080, 1440, 2160])
def test_a_small_face_is_brought_nearer_but_never_past_the_sources_pixels(height: int) -> None:
    scale = height / 1080
    path = planned(
        still(900 * scale, w=35 * scale, h=45 * scale), of=source(height * 16 // 9, height)
    )
    box = path.segments[0].keys[0].box
    assert box.h < height
    assert path.height / box.h <= MAX_ENLARGEMENT + 1e-6


def test_a_face_with_room_above_has_its_eyes_near_the_upper_third() -> None:
    face = still(900, y=500, w=60, h=80)
    box = planned(face, of=source(1920, 1080)).segments[0].keys[0].box
    eyes = 500 - 40 + 0.4 * 80
    assert 0.28 <= (eyes - box.y) / box.h <= 0.42


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("9:16", (1080, 1920)), ("1:1", (1080, 1080)), ("4:5", (1080, 1350)), ("16:9", (1920, 1080))],
)
def test_clips_have_the_promised_sizes(ratio: str, size: tuple[int, int]) -> None:
    options = Options(aspect_ratio=ratio)  # type: ignore[arg-type]
    assert output_size(options) == size
    fast = output_size(replace(options, quality="fast"))
    assert fast == (size[0] * 2 // 3, size[1] * 2 // 3)
    assert not any(side % 2 for side in fast)


def test_faces_are_followed_over_gaps_and_kept_apart() -> None:
    def at(x: float) -> Face:
        return Face(box=Box(x=x, y=100, w=80, h=100), confidence=0.9)

    looks = [
        Look(n * LOOK_S, (at(100 + n), at(500 - n)) if n % 5 else (at(500 - n),)) for n in range(30)
    ]
    tracks = link(looks)
    assert len(tracks) == 2
    assert sorted(len(t.faces) for t in tracks) == [24, 30]
    for t in tracks:
        xs = [face.box.x for face in t.faces]
        assert max(xs) - min(xs) < 60


@pytest.mark.parametrize("end_s", [12.0, pytest.param(25.0, marks=pytest.mark.slow)])
def test_the_face_of_a_real_speaker_is_always_inside(end_s: float) -> None:
    found = probe(media("talk/subtitleeffect_obama.mp4"))
    span = Span(start_s=5.0, end_s=end_s)
    shots = look(found, span, control=Control())
    path = plan(found, span, shots, UPRIGHT)
    (shot,) = shots
    speaker = shot.tracks[0]
    assert len(speaker.faces) > 5 * (end_s - span.start_s)
    for t_s, face in zip(speaker.times_s, speaker.faces, strict=True):
        (segment,) = (s for s in path.segments if s.start_s - 0.1 <= t_s < s.end_s)
        assert segment.layout == "crop"
        assert holds(crops_at(segment, t_s)[0], face.box)
