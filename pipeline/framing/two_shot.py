"""Finds two people who share a shot.

Somebody who looks away for long comes back as another track; tracks that follow each other at one
place are one person.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.data import FaceTrack
from pipeline.vision.tracks import presence

Pair = tuple[FaceTrack, FaceTrack]  # the left one first

SAME_PLACE = 0.9  # of a face's height, between the middles of two tracks of one person
TOGETHER = 0.6  # of the time that both must be there
AS_LARGE = 0.7  # as the first
LOOKS = 60  # moments at which that is looked up


def pair(tracks: Sequence[FaceTrack], start_s: float, end_s: float, *, least: float) -> Pair | None:
    """The two largest people of these seconds, each as one track.

    None where the second is smaller than `least` of the first, where they are rarely there
    together, or where a third is about as large: then two halves would hide somebody.
    """
    times = np.linspace(start_s, end_s, LOOKS)
    there = [p for p in people(tracks) if presence(p, times).mean() >= TOGETHER]
    there.sort(key=height, reverse=True)
    if len(there) < 2 or height(there[1]) < least * height(there[0]):
        return None
    if len(there) > 2 and height(there[2]) >= AS_LARGE * height(there[0]):
        return None
    if (presence(there[0], times) & presence(there[1], times)).mean() < TOGETHER:
        return None
    left, right = sorted(there[:2], key=lambda p: middle(p)[0])
    return left, right


def people(tracks: Sequence[FaceTrack]) -> list[FaceTrack]:
    """The tracks, those of one person joined."""
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


def height(track: FaceTrack) -> float:
    """Of the face, pixels."""
    return float(np.median([face.box.h for face in track.faces]))


def middle(track: FaceTrack) -> tuple[float, float]:
    """Where the face usually is: x and y of its middle."""
    boxes = [face.box for face in track.faces]
    return (
        float(np.median([box.x + box.w / 2 for box in boxes])),
        float(np.median([box.y + box.h / 2 for box in boxes])),
    )


def _same_place(a: FaceTrack, b: FaceTrack) -> bool:
    (ax, ay), (bx, by) = middle(a), middle(b)
    size = (height(a) + height(b)) / 2
    return bool(np.hypot(ax - bx, ay - by) <= SAME_PLACE * size)
