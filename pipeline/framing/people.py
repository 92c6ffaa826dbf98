"""Finds the people of a shot, and two of about one size who share it.

Somebody who looks away for long comes back as another track; successive tracks at one place are the
same person.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.data import FaceTrack, Shot
from pipeline.framing.crop_bounds import window_of
from pipeline.vision.tracks import presence

Pair = tuple[FaceTrack, FaceTrack]  # the left one first

MAX_DRIFT_FACE_HEIGHTS = 0.9  # maximum distance between the centers of two tracks of one person
MIN_PRESENCE = 0.6  # share of the time that both must be visible
MIN_THIRD_FACE = 0.7  # size relative to the largest face from which a third person rules out a pair
SAMPLED_MOMENTS = 60  # at which presence is checked


def pair(tracks: Sequence[FaceTrack], start_s: float, end_s: float, *, least: float) -> Pair | None:
    """Return the two largest people of a time range, each as one track.

    None if the second is smaller than `least` of the first, if the two are rarely visible
    together, or if a third is about as large: then a split would hide somebody.
    """
    times = np.linspace(start_s, end_s, SAMPLED_MOMENTS)
    there = [p for p in people(tracks) if presence(p, times).mean() >= MIN_PRESENCE]
    there.sort(key=height, reverse=True)
    if len(there) < 2 or height(there[1]) < least * height(there[0]):
        return None
    if len(there) > 2 and height(there[2]) >= MIN_THIRD_FACE * height(there[0]):
        return None
    if (presence(there[0], times) & presence(there[1], times)).mean() < MIN_PRESENCE:
        return None
    left, right = sorted(there[:2], key=lambda p: middle(p)[0])
    return left, right


def people(tracks: Sequence[FaceTrack]) -> list[FaceTrack]:
    """Join the tracks of the same person."""
    found: list[FaceTrack] = []
    for track in sorted(tracks, key=lambda t: t.times_s[0]):
        for n, person in enumerate(found):
            if person.times_s[-1] < track.times_s[0] and _same_place(person, track):
                found[n] = replace(
                    person,
                    times_s=person.times_s + track.times_s,
                    faces=person.faces + track.faces,
                    speaks=person.speaks + track.speaks if person.speaks and track.speaks else (),
                )
                break
        else:
            found.append(track)
    return found


def in_reading_order(persons: Sequence[FaceTrack], shot: Shot) -> list[FaceTrack]:
    """Sort people as their windows stand in the source: by rows, then from left to right.

    People before one camera stand in one row, however tall they are.
    """

    def window_y(person: FaceTrack) -> float:
        window = window_of(person, shot)
        return 0.0 if window is None else window.box.y + window.box.h / 2

    row_height = min((height(p) for p in persons), default=1.0)
    rows: list[list[FaceTrack]] = []
    for person in sorted(persons, key=window_y):
        if rows and window_y(person) - window_y(rows[-1][0]) < row_height:
            rows[-1].append(person)
        else:
            rows.append([person])
    return [person for row in rows for person in sorted(row, key=lambda p: middle(p)[0])]


def height(track: FaceTrack) -> float:
    """Return the median height of the face, pixels."""
    return float(np.median([face.box.h for face in track.faces]))


def middle(track: FaceTrack) -> tuple[float, float]:
    """Return the median center of the face, x and y."""
    boxes = [face.box for face in track.faces]
    return (
        float(np.median([box.x + box.w / 2 for box in boxes])),
        float(np.median([box.y + box.h / 2 for box in boxes])),
    )


def _same_place(a: FaceTrack, b: FaceTrack) -> bool:
    (ax, ay), (bx, by) = middle(a), middle(b)
    size = (height(a) + height(b)) / 2
    return bool(np.hypot(ax - bx, ay - by) <= MAX_DRIFT_FACE_HEIGHTS * size)
