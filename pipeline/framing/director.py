"""Directs a conversation: whom to show alone, whom together, and when to cut.

Every take has a reward at each moment: much for the speaker alone, less for a speaker who shares
the picture, a loss where somebody speaks who is not shown. A change of take costs, least between
two sentences. So whoever has the floor for some seconds fills the picture, and a quick exchange is
shown side by side. The best sequence of takes is found for the whole shot at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.data import FaceTrack, Shot, Word
from pipeline.core.layout import MAX_PANES
from pipeline.framing.best_path import STEP_S, best_stays
from pipeline.vision.active_speaker import speech_probabilities
from pipeline.vision.tracks import presence

MIN_TAKE_S = 2.0  # a shorter take looks like a mistake
CHANGE_COST = 0.9  # seconds of a speaker filling the picture
SHARED_REWARD = {1: 1.0, 2: 0.76, 3: 0.6, 4: 0.52}  # reward by the number of people shown
TOO_LARGE_REWARD = 0.7  # reward for a face too large to fill the picture, so shown whole
QUIET_REWARD = 0.04  # reward per person shown, so that everybody is shown while nobody speaks
MISSED_COST = 1.4  # cost of a speaker who is not shown
ABSENT_COST = 0.7  # cost of showing somebody who is absent
DOUBT = 0.15  # probability that somebody speaks who is not in the picture, or nobody
FLOOR_WINDOW_S = 0.8  # over which speech is averaged: a laugh or "hm" does not take the floor


Fits = Callable[[FaceTrack, int], bool]
"""Whether a pane can hold a person's whole face, of as many panes as are shown."""


@dataclass(frozen=True, slots=True)
class Take:
    """A stretch in which the same people are shown."""

    start_s: float
    end_s: float
    people: tuple[FaceTrack, ...]


def direct(
    people: Sequence[FaceTrack], shot: Shot, words: Sequence[Word], *, fits: Fits
) -> list[Take]:
    """Return the takes of a shot with two or more people, abutting, in order.

    `words` are spoken during the shot.
    """
    casts, worth = _casts(people, fits)
    stays = best_stays(
        shot,
        words,
        lambda times: _rewards(people, times, casts, worth),
        change_cost=CHANGE_COST,
        shortest_s=MIN_TAKE_S,
    )
    return [Take(a, b, tuple(people[i] for i in casts[cast])) for cast, a, b in stays]


def _casts(people: Sequence[FaceTrack], fits: Fits) -> tuple[list[tuple[int, ...]], list[float]]:
    """Return who may be shown together, and what that is worth: each alone, every two, all.

    A face that is too large for a pane is not torn; alone it is shown whole, over a ground.
    """
    alone: list[tuple[int, ...]] = [(n,) for n in range(len(people))]
    worth = [SHARED_REWARD[1] if fits(person, 1) else TOO_LARGE_REWARD for person in people]
    groups: list[tuple[int, ...]] = list(combinations(range(len(people)), 2))
    if 2 < len(people) <= MAX_PANES:
        groups.append(tuple(range(len(people))))
    held = [cast for cast in groups if all(fits(people[n], len(cast)) for n in cast)]
    return [*alone, *held], [*worth, *(SHARED_REWARD[len(cast)] for cast in held)]


def _rewards(
    people: Sequence[FaceTrack],
    times: F64,
    casts: Sequence[tuple[int, ...]],
    worth: Sequence[float],
) -> F64:
    """Return the reward of each cast at each time, shape (casts, n)."""
    there = np.stack([presence(person, times) for person in people])
    alone = np.stack([_smooth(speech_probabilities(person, times)) for person in people]) * there
    # one voice is heard: weak evidence counts where there is none for the others
    speaks = np.maximum(alone, alone / (alone.sum(axis=0) + DOUBT))
    rewards = []
    for cast, value in zip(casts, worth, strict=True):
        shown = np.isin(np.arange(len(people)), cast)
        heard = speaks[shown].max(axis=0)
        missed = speaks[~shown].max(axis=0, initial=0.0) * (1.0 - heard)
        absent = (~there[shown]).sum(axis=0)
        costs = MISSED_COST * missed + ABSENT_COST * absent
        rewards.append(value * heard + QUIET_REWARD * len(cast) - costs)
    return np.stack(rewards)


def _smooth(values: F64) -> F64:
    """Apply a running mean over FLOOR_WINDOW_S, shape (n,)."""
    reach = round(FLOOR_WINDOW_S / STEP_S / 2)
    padded = np.pad(values, reach, mode="edge")
    return np.convolve(padded, np.full(2 * reach + 1, 1 / (2 * reach + 1)), "valid")
