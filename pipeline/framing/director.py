"""Directs a conversation: whom to show alone, whom together, and when to cut.

Every take has a reward at each moment: much for the speaker alone, less for a speaker who shares
the picture, a loss where somebody speaks who is not shown. A change of take costs, least between
two sentences. So whoever has the floor for some seconds fills the picture, and a quick exchange is
shown side by side. The best sequence of takes is found for the whole shot at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import FaceTrack, Shot, Word
from pipeline.framing.best_path import best_path
from pipeline.framing.cut_points import cut_points
from pipeline.framing.split_screen import MAX_PANES
from pipeline.vision.active_speaker import speech_probabilities
from pipeline.vision.tracks import presence

STEP_S = 1 / 6  # between the moments at which a take is chosen
MIN_TAKE_S = 2.0  # a shorter take looks like a mistake
CHANGE_COST = 0.9  # seconds of a speaker filling the picture
SHARED_REWARD = {1: 1.0, 2: 0.76, 3: 0.6, 4: 0.52}  # by the number of people shown
MISSED_COST = 0.8  # of somebody who speaks and is not shown
ABSENT_COST = 0.7  # of somebody who is shown and not there
FLOOR_WINDOW_S = 0.8  # over which speech is averaged: a laugh or "hm" does not take the floor


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch in which the same people are shown."""

    start_s: float
    end_s: float
    people: tuple[FaceTrack, ...]


def direct(
    people: Sequence[FaceTrack], shot: Shot, words: Sequence[Word], *, together: bool
) -> list[Take]:
    """Return the takes of a shot with two or more people, abutting, in order.

    `words` are spoken during the shot; without `together` everybody is shown alone.
    """
    count = max(1, int((shot.end_s - shot.start_s) / STEP_S))
    times = np.asarray(shot.start_s + STEP_S * np.arange(count), np.float64)
    casts = list(_casts(len(people), MAX_PANES if together else 1))
    costs, exact = cut_points(times, words)
    reward = _rewards(people, times, casts) * STEP_S
    chosen = best_path(reward, CHANGE_COST + costs, round(MIN_TAKE_S / STEP_S))
    takes: list[Take] = []
    start_s = shot.start_s
    for n in range(1, count + 1):
        if n == count or chosen[n] != chosen[n - 1]:
            end_s = shot.end_s if n == count else float(exact[n])
            cast = tuple(people[i] for i in casts[chosen[n - 1]])
            takes.append(Take(start_s, end_s, cast))
            start_s = end_s
    return takes


def _casts(count: int, most: int) -> Sequence[tuple[int, ...]]:
    """Return who may be shown together: each alone, every two, and all if they fit."""
    casts: list[tuple[int, ...]] = [(n,) for n in range(count)]
    if most > 1:
        casts += combinations(range(count), 2)
    if 2 < count <= most:
        casts.append(tuple(range(count)))
    return casts


def _rewards(people: Sequence[FaceTrack], times: F64, casts: Sequence[tuple[int, ...]]) -> F64:
    """Return the reward of each cast at each time, shape (casts, n)."""
    there = np.stack([presence(person, times) for person in people])
    speaks = np.stack([_smooth(speech_probabilities(person, times)) for person in people]) * there
    rewards = []
    for cast in casts:
        shown = np.isin(np.arange(len(people)), cast)
        heard = speaks[shown].max(axis=0)
        missed = speaks[~shown].max(axis=0, initial=0.0) * (1.0 - heard)
        absent = (~there[shown]).sum(axis=0)
        rewards.append(
            SHARED_REWARD[len(cast)] * heard - MISSED_COST * missed - ABSENT_COST * absent
        )
    return np.stack(rewards)


def _smooth(values: F64) -> F64:
    """Apply a running mean over FLOOR_WINDOW_S, shape (n,)."""
    reach = round(FLOOR_WINDOW_S / STEP_S / 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
