"""Chooses which person to show at each moment.

Over the looks of a shot, the subject is the path of greatest interest through the visible faces. A
change of subject has a cost, so that the choice does not flicker.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import FaceTrack, Shot
from pipeline.vision.tracks import boxes_at, presence

Weight = Callable[[FaceTrack, float], float]
"""How much a person deserves to be shown at a moment, >= 0; 1 without further information."""

CHOICE_INTERVAL_S = 1 / 6  # between the moments at which a subject is chosen
CHANGE_COST = 1.6  # seconds of full interest that a change must gain
FULL_INTEREST_SIZE = 0.4  # of the largest face; size does not matter for larger faces
ABSENT_INTEREST = -0.7  # of an absent face; after about two seconds showing nobody is better


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
) -> list[Stretch]:
    """Return the parts of a shot, abutting, in order: at least one.

    No part is shorter than `shortest_s`, unless it is the only one.
    change_cost: seconds of full interest that a change of subject must gain.
    """
    if not shot.tracks:
        return [Stretch(shot.start_s, shot.end_s, None)]
    count = max(1, int((shot.end_s - shot.start_s) / CHOICE_INTERVAL_S))  # the last is a bit longer
    times = np.asarray(shot.start_s + CHOICE_INTERVAL_S * np.arange(count), np.float64)
    interest = np.stack([_interest(track, times, shot.tracks, weight) for track in shot.tracks])
    nobody = np.where(interest.max(axis=0) > 0, ABSENT_INTEREST, 0.0)
    shortest = max(1, math.ceil(shortest_s / CHOICE_INTERVAL_S))
    chosen = _best_path(np.vstack([interest, nobody]) * CHOICE_INTERVAL_S, change_cost, shortest)
    parts: list[Stretch] = []
    start = 0
    for i in range(1, len(times) + 1):
        if i == len(times) or chosen[i] != chosen[start]:
            subject = shot.tracks[chosen[start]] if chosen[start] < len(shot.tracks) else None
            end_s = shot.end_s if i == len(times) else float(times[i])
            parts.append(Stretch(float(times[start]), end_s, subject))
            start = i
    return parts


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


def _best_path(reward: F64, change_cost: float, shortest: int) -> list[int]:
    """Return the best state at each moment for rewards (states, n), by dynamic programming.

    Every stay lasts at least `shortest` moments. If two such stays do not fit, one state covers
    everything, as long as its subject is visible.
    """
    n = reward.shape[1]
    if n < 2 * shortest:
        alone = int(np.argmax(reward.sum(axis=1)))
        if n < 2 or reward[alone].min() >= 0:
            return [alone] * n
        shortest = n // 2
    sums = np.hstack([np.zeros((len(reward), 1)), reward.cumsum(axis=1)])
    best = np.full(n + 1, -np.inf)  # best sum before each moment, if a stay ends there
    best[0] = change_cost  # the first stay is not a change
    stays = [(0, 0)] * (n + 1)  # begin and state of each such stay
    ahead = np.full(len(reward), -np.inf)  # of a stay that is long enough, without its own sum
    begins = np.zeros(len(reward), dtype=np.int64)
    for end in range(shortest, n + 1):
        gain = best[end - shortest] - sums[:, end - shortest]
        begins = np.where(gain > ahead, end - shortest, begins)
        ahead = np.maximum(gain, ahead)
        state = int(np.argmax(ahead + sums[:, end]))
        best[end] = ahead[state] + sums[state, end] - change_cost
        stays[end] = int(begins[state]), state
    path: list[int] = []
    end = n
    while end > 0:
        begin, state = stays[end]
        path = [state] * (end - begin) + path
        end = begin
    return path
