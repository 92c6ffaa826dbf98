"""Movement in long takes: eased, about the face, never outside of the planned crop."""

from itertools import pairwise

import numpy as np
import pytest
from shots import UPRIGHT, holds, source, still, track

from pipeline.core.data import CropPath, FaceTrack, Motion, Options, Shot, Span, Word
from pipeline.core.layout import crops_at
from pipeline.framing.camera_moves import MIN_TAKE_S, PUNCH, PUSH, PUSH_S, add_motion
from pipeline.framing.crop_planning import plan

SECONDS = 24.0
STEP_S = 1 / 25


def said(seconds: float = SECONDS) -> tuple[Word, ...]:
    """A sentence every four seconds; the middle one names a place."""
    return tuple(
        Word(
            text="end."
            if n % 8 == 7
            else "Lisbon"
            if n == 20
            else "Words"
            if n % 8 == 0
            else "word",
            start_s=0.5 * n,
            end_s=0.5 * n + 0.45,
            probability=1.0,
        )
        for n in range(int(seconds / 0.5))
    )


def moved(
    person: FaceTrack, motion: Motion, seconds: float = SECONDS, options: Options = UPRIGHT
) -> tuple[CropPath, CropPath]:
    """The planned path, and the path with motion."""
    shots = (Shot(start_s=0.0, end_s=seconds, tracks=(person,)),)
    path = plan(source(), Span(start_s=0.0, end_s=seconds), shots, options)
    words = said(seconds)
    return path, add_motion(path, motion, shots=shots, words=words, language="en")


def zooms(before: CropPath, after: CropPath, seconds: float = SECONDS) -> np.ndarray:
    times = np.arange(0.0, seconds, STEP_S)
    (planned,), (segment,) = before.segments, after.segments
    return np.array([crops_at(planned, t)[0].h / crops_at(segment, t)[0].h for t in times])


def test_without_motion_nothing_changes() -> None:
    before, after = moved(still(400, SECONDS), "none")
    assert before == after


@pytest.mark.parametrize("motion", ["subtle", "punchy"])
def test_a_face_stays_in_the_picture_and_the_crop_in_the_planned_one(motion: Motion) -> None:
    person = still(400, SECONDS)
    before, after = moved(person, motion)
    (planned,), (segment,) = before.segments, after.segments
    face = person.faces[0].box
    for t_s in np.arange(0.0, SECONDS, STEP_S):
        wide, crop = crops_at(planned, float(t_s))[0], crops_at(segment, float(t_s))[0]
        assert holds(crop, face)
        assert wide.x - 1e-6 <= crop.x
        assert crop.x + crop.w <= wide.x + wide.w + 1e-6
        at = [(face.x + face.w / 2 - b.x) / b.w for b in (wide, crop)]
        assert at[0] == pytest.approx(at[1], abs=1e-3)  # the face is where it was


def test_a_push_is_slow_eased_and_rests_most_of_the_time() -> None:
    zoom = zooms(*moved(still(400, SECONDS), "subtle"))
    assert zoom.min() == pytest.approx(1.0)
    assert zoom.max() == pytest.approx(1 + PUSH, abs=1e-3)
    speed = np.abs(np.diff(zoom))
    assert speed.max() < 2.0 * PUSH * STEP_S / PUSH_S  # at an even speed it would be 1
    assert np.mean(speed > 1e-6) < 0.4
    assert np.abs(np.diff(speed)).max() < 0.04 * PUSH  # no jerk


def test_pushes_begin_between_sentences() -> None:
    zoom = zooms(*moved(still(400, SECONDS), "subtle"))
    moving = np.abs(np.diff(zoom)) > 1e-6
    starts = [n * STEP_S for n, (a, b) in enumerate(pairwise(moving), 1) if b and not a]
    borders = [w.end_s for w in said() if w.text.endswith(".")]
    assert len(starts) >= 2
    for start in starts[1:]:  # the first comes soon after the beginning
        assert min(abs(start - border) for border in borders) < 0.3


def test_punchy_zooms_in_on_an_emphasized_word() -> None:
    before, after = moved(still(400, SECONDS), "punchy")
    zoom = zooms(before, after)
    word = next(w for w in said() if w.text == "Lisbon")
    during = zoom[int((word.start_s + 0.2) / STEP_S)]
    calm = zooms(*moved(still(400, SECONDS), "subtle"))[int((word.start_s + 0.2) / STEP_S)]
    assert during - calm == pytest.approx(PUNCH, abs=0.01)


def test_a_picture_that_is_not_enlarged_keeps_its_sharpness() -> None:
    upright, person = source(1080, 1920), still(540, SECONDS, y=600, w=200, h=260)
    shots = (Shot(start_s=0.0, end_s=SECONDS, tracks=(person,)),)
    path = plan(upright, Span(start_s=0.0, end_s=SECONDS), shots, UPRIGHT)
    assert (
        add_motion(path, "subtle", shots=shots, words=said()).segments[0].keys[0]
        == (path.segments[0].keys[0])
    )
    moved_path = add_motion(path, "subtle", shots=shots, words=said())
    assert {key.box for key in moved_path.segments[0].keys} == {path.segments[0].keys[0].box}


def test_a_short_take_and_a_moving_crop_are_left_alone() -> None:
    before, after = moved(still(400, MIN_TAKE_S - 0.5), "punchy", MIN_TAKE_S - 0.5)
    assert before == after
    walking = track(list(np.linspace(200, 1000, 144)))
    before, after = moved(walking, "punchy")
    assert before == after


def test_a_face_that_fills_the_crop_is_not_zoomed_out_of_it() -> None:
    person = still(640, SECONDS, y=360, w=360, h=600)
    before, after = moved(person, "punchy")
    if before.segments[0].layout == "crop":
        for t_s in np.arange(0.0, SECONDS, 0.2):
            assert holds(crops_at(after.segments[0], float(t_s))[0], person.faces[0].box)
