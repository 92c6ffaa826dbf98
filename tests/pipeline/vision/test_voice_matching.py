"""Voices tell faces: over all that a voice says, its own face stands out."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
from shots import still

from pipeline.core.data import FaceTrack, Sentence, Shot
from pipeline.vision.active_speaker import speech_probability
from pipeline.vision.voice_matching import with_voices

SECONDS = 12.0


def said(*turns: tuple[float, float, str | None]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(text="", start_s=a, end_s=b, first_word=0, last_word=0, speaker=voice)
        for a, b, voice in turns
    )


def faces(*logits: Sequence[float]) -> tuple[FaceTrack, ...]:
    """People side by side, each with a logit a second."""
    tracks = []
    for n, values in enumerate(logits):
        face = still(200.0 + 300 * n, seconds=SECONDS)
        speaks = tuple(values[min(len(values) - 1, int(t))] for t in face.times_s)
        tracks.append(FaceTrack(times_s=face.times_s, faces=face.faces, speaks=speaks))
    return tuple(tracks)


def corrected(tracks: tuple[FaceTrack, ...], sentences: Sequence[Sentence]) -> list[list[float]]:
    """Chances of each at the middle of each second."""
    shot = Shot(start_s=0.0, end_s=SECONDS, tracks=tracks)
    (after,) = with_voices([shot], sentences)
    assert len(after.tracks) == len(tracks)
    return [
        [speech_probability(track, n + 0.4) for n in range(int(SECONDS))] for track in after.tracks
    ]


TURNS = said(*((2.0 * n, 2.0 * n + 2, "AB"[n % 2]) for n in range(6)))


def test_a_moment_that_lips_get_wrong_is_put_right() -> None:
    left: list[float] = [2, 2, -2, -2] * 3
    right = [-v for v in left]
    left[4], right[4] = -1, 0.5  # A's turn
    told = corrected(faces(left, right), TURNS)
    assert told[0][4] > 0.6
    assert told[1][4] < 0.3


def test_small_movements_of_lips_are_enough_over_many_turns() -> None:
    """All of them below what alone would count as speaking."""
    left, right = [-0.3, -0.3, -1.4, -1.4] * 3, [-1.6, -1.6, -0.4, -0.4] * 3
    told = corrected(faces(left, right), TURNS)
    for n in range(12):
        speaker = n // 2 % 2
        assert told[speaker][n] > 0.7
        assert told[1 - speaker][n] < 0.2


def test_a_face_that_always_moves_is_not_everybodys() -> None:
    restless, calm = [1.5, 1.5, 0.6, 0.6] * 3, [-1.6, -1.6, -0.5, -0.5] * 3
    told = corrected(faces(restless, calm), TURNS)
    assert told[1][2] > 0.7
    assert told[1][2] > told[0][2]
    assert told[0][0] > 0.9 > told[1][0]


def test_a_voice_from_outside_the_picture_is_nobodys() -> None:
    speaks, listens = [3, 3, -4, -4] * 3, [-4, -4, -3.5, -3.5] * 3
    told = corrected(faces(speaks, listens), TURNS)
    assert all(told[1][n] < 0.05 for n in range(12))
    assert told[0][0] > 0.95
    assert told[0][2] < 0.05


def test_somebody_hardly_seen_changes_nothing_for_the_others() -> None:
    nothing = float("nan")
    restless, calm = [3, 3, 2.5, 2.5] * 3, [-1, -1, 1.2, 1.2] * 3
    alone = corrected(faces(restless, calm), TURNS)
    glimpsed = corrected(faces(restless, calm, [nothing] * 11 + [0.0]), TURNS)
    assert glimpsed[:2] == alone
    assert alone[1][2] > 0.9


def test_somebody_seen_in_one_voices_turns_alone_is_not_taken_for_it() -> None:
    nothing = float("nan")
    speaks_always = [1, 1, 3, 3] * 3
    silent = [-0.9, -0.9, nothing, nothing] * 3
    told = corrected(faces(speaks_always, silent), TURNS)
    assert told[0][0] > 0.7
    assert told[1][0] < 0.3


def test_voices_that_were_not_told_apart_change_nothing() -> None:
    left, right = [2, 2, -2, -2] * 3, [-2, -2, 2, 2] * 3
    alone = corrected(faces(left, right), ())
    for sentences in (
        said((0.0, 12.0, "A")),
        said((0.0, 12.0, None)),
        said((0.0, 12.0, "A"), (12.0, 13.0, "B")),  # B is not heard in this shot
        said((20.0, 24.0, "A"), (24.0, 28.0, "B")),
    ):
        assert corrected(faces(left, right), sentences) == alone


def test_a_face_of_which_nothing_is_known_stays_so() -> None:
    left, right = faces([2, 2, -2, -2] * 3, [-2, -2, 2, 2] * 3)
    unknown = still(900.0, seconds=SECONDS)
    shot = Shot(start_s=0.0, end_s=SECONDS, tracks=(left, unknown, right))
    (after,) = with_voices([shot], TURNS)
    assert after.tracks[1] is unknown
    assert after.tracks[0].speaks != left.speaks


@pytest.mark.parametrize("seed", range(30))
def test_whatever_is_heard_looks_keep_their_number_and_gaps(seed: int) -> None:
    random = Random(seed)
    tracks = faces(
        *(
            [random.choice([random.gauss(0, 3), float("nan")]) for _ in range(12)]
            for _ in range(random.randint(1, 4))
        )
    )
    sentences = said(
        *(
            (a, a + random.uniform(0, 5), random.choice(["A", "B", "C", None]))
            for a in (random.uniform(-2, 14) for _ in range(random.randint(0, 8)))
        )
    )
    (after,) = with_voices([Shot(start_s=0.0, end_s=SECONDS, tracks=tracks)], sentences)
    for before, track in zip(tracks, after.tracks, strict=True):
        assert track.times_s == before.times_s
        assert track.faces == before.faces
        np.testing.assert_array_equal(np.isfinite(track.speaks), np.isfinite(before.speaks))
