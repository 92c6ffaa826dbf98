"""Chooses which person to show at each moment.

Over the looks of a shot, the subject is the path of greatest interest through the visible faces. A
change of subject has a cost, so that the choice does not flicker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import FaceTrack, Shot, Word
from pipeline.framing.best_path import best_stays
from pipeline.vision.tracks import boxes_at, presence

Weight = Callable[[FaceTrack, float], float]
"""How much a person deserves to be shown at a moment, >= 0; 1 without further information."""

CHANGE_COST = 1.6  # seconds of full interest that a change must gain
FULL_INTEREST_SIZE = 0.4  # size relative to the largest face from which interest grows no further
ABSENT_INTEREST = -0.7  # interest in an absent face; after about 2 s, showing nobody is better


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a shot with one subject."""

    start_s: float
    end_s: float
    subject: FaceTrack | None


def stretches(
    shot: Shot,
    weight: Weight | None,
    change_cost: float = CHANGE_COST,
    shortest_s: float = 0.0,
    words: Sequence[Word] = (),
) -> list[Stretch]:
    """Return the parts of a shot, abutting, in order: at least one.

    No part is shorter than `shortest_s`, unless it is the only one.
    change_cost: seconds of full interest that a change of subject must gain, more where it would
    cut into `words`.
    """
    if not shot.tracks:
        return [Stretch(shot.start_s, shot.end_s, None)]
    tracks = (*shot.tracks, None)

    def reward(times: F64) -> F64:
        interest = np.stack([_interest(track, times, shot.tracks, weight) for track in shot.tracks])
        nobody = np.where(interest.max(axis=0) > 0, ABSENT_INTEREST, 0.0)
        return np.vstack([interest, nobody])

    stays = best_stays(shot, words, reward, change_cost=change_cost, shortest_s=shortest_s)
    return [Stretch(start_s, end_s, tracks[n]) for n, start_s, end_s in stays]


def _interest(
    track: FaceTrack, times: F64, tracks: Sequence[FaceTrack], weight: Weight | None
) -> F64:
    """Return the interest of one face at each time, shape (n,): about 1 for the shot's largest."""
    largest = max(float(np.median([f.box.h for f in t.faces])) for t in tracks)
    box = boxes_at(track, times)
    size = np.clip((box[3] - box[1]) / largest, 0.0, 1.2)
    if weight is not None:
        size = np.minimum(1.0, size / FULL_INTEREST_SIZE) * np.array(
            [weight(track, float(t)) for t in times]
        )
    return np.where(presence(track, times), size, ABSENT_INTEREST)
