"""Chooses whom to show when. Knows nothing of crops.

Over the looks of a shot, the subject is the path of greatest interest through the faces that are
there; changing it costs, so the choice does not flicker.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.data import Box, FaceTrack, Shot

Floats = npt.NDArray[np.float64]
Weight = Callable[[FaceTrack, float], float]
"""How much a person deserves to be shown at a moment, >= 0; 1 when nothing is known."""

GRID_S = 1 / 6  # between the moments at which a subject is chosen
LINGER_S = 0.2  # a face is still there this long after the last look that saw it
CHANGE_COST = 1.6  # seconds of full interest that a change must win
EMPTY = -0.7  # interest of an absent face: after about two seconds nobody is the better choice


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a shot with one subject."""

    start_s: float
    end_s: float
    subject: FaceTrack | None


def stretches(shot: Shot, weight: Weight | None, change_cost: float = CHANGE_COST) -> list[Stretch]:
    """The parts of a shot, abutting, in order; one at least.

    change_cost: seconds of full interest that a change of subject must win.
    """
    if not shot.tracks:
        return [Stretch(shot.start_s, shot.end_s, None)]
    times = np.arange(shot.start_s, max(shot.end_s, shot.start_s + 1e-6), GRID_S)
    interest = np.stack([_interest(track, times, shot.tracks, weight) for track in shot.tracks])
    nobody = np.where(interest.max(axis=0) > 0, EMPTY, 0.0)
    chosen = _best_path(np.vstack([interest, nobody]) * GRID_S, change_cost)
    parts: list[Stretch] = []
    start = 0
    for i in range(1, len(times) + 1):
        if i == len(times) or chosen[i] != chosen[start]:
            subject = shot.tracks[chosen[start]] if chosen[start] < len(shot.tracks) else None
            end_s = shot.end_s if i == len(times) else float(times[i])
            parts.append(Stretch(float(times[start]), end_s, subject))
            start = i
    return parts


def presence(track: FaceTrack, times: Floats) -> npt.NDArray[np.bool_]:
    """Whether the face is there, shape of `times`; gaps within the track count as there.

    It lingers at its end only: nobody is shown before they can be seen.
    """
    return (times >= track.times_s[0] - 1e-6) & (times <= track.times_s[-1] + LINGER_S)


def boxes_at(track: FaceTrack, times: Floats) -> Floats:
    """Left, top, right, bottom of the face, shape (4, n); between looks interpolated.

    The detector's boxes tremble by a few pixels; a median over three looks holds them still.
    """
    corners = np.array([_corners(face.box) for face in track.faces]).T
    if corners.shape[1] >= 3:
        padded = np.pad(corners, ((0, 0), (1, 1)), mode="edge")
        corners = np.median(np.stack([padded[:, :-2], corners, padded[:, 2:]]), axis=0)
    return np.stack([np.interp(times, track.times_s, row) for row in corners])


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.x + box.w, box.y + box.h


def _interest(
    track: FaceTrack, times: Floats, tracks: Sequence[FaceTrack], weight: Weight | None
) -> Floats:
    """Of one face at each time, shape (n,): about 1 for the largest of the shot."""
    largest = max(float(np.median([f.box.h for f in t.faces])) for t in tracks)
    box = boxes_at(track, times)
    size = np.clip((box[3] - box[1]) / largest, 0.0, 1.2)
    if weight is not None:
        size = size * np.array([weight(track, float(t)) for t in times])
    return np.where(presence(track, times), size, EMPTY)


def _best_path(reward: Floats, change_cost: float) -> list[int]:
    """The state at each moment, by dynamic programming over rewards of shape (states, n)."""
    states, n = reward.shape
    total = reward[:, 0].copy()
    came_from = np.zeros((n, states), dtype=np.int64)
    for i in range(1, n):
        best = int(np.argmax(total))
        changes = total[best] - change_cost > total
        came_from[i] = np.where(changes, best, np.arange(states))
        total = np.where(changes, total[best] - change_cost, total) + reward[:, i]
    path = [int(np.argmax(total))]
    for i in range(n - 1, 0, -1):
        path.append(int(came_from[i, path[-1]]))
    return path[::-1]
