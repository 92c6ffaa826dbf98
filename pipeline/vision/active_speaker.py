"""Who of the people in a shot speaks, and when.

Where two people or more are in the picture, the lips of each are compared with the sound, every
80 ms, and the answers are averaged around each look at the face.
"""

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.control import Check
from pipeline.core.data import SAMPLE_RATE, FaceTrack, Shot
from pipeline.core.prefetch import prefetch
from pipeline.vision.active_speaker_model import CEPSTRA_PER_LIP, LIPS_PER_S, SIDE
from pipeline.vision.mfcc import mfcc
from pipeline.vision.mouth_crops import Mouths
from pipeline.vision.tracks import boxes_at, presence

Listener = Callable[[npt.NDArray[np.uint8], npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""Lips (n, SIDE, SIDE) and cepstra (8 n, 13) to logits (n,): `ActiveSpeaker` or `lip_motion`."""

SHORTEST_S = 0.6  # together in the picture; with less, lips tell nothing
WITHIN_S = 0.07  # from a moment to a picture that may stand for it: 8 pictures a second at least
REAL = 0.8  # share of the moments that must have a picture
AVERAGED_S = 0.4  # around a look
TALKS = 0.15  # of the time that somebody is seen with others
MAX_PEOPLE = 3  # people of a shot; of a crowd it is not asked


@dataclass(frozen=True, slots=True)
class Scene:
    """What is seen and heard of a stretch of the source."""

    mouths: Mouths
    samples: npt.NDArray[np.int16]  # from `start_s` on, mono at SAMPLE_RATE
    start_s: float


def with_speech(
    shots: Sequence[Shot], scene: Scene, listener: Listener, check: Check
) -> tuple[Shot, ...]:
    """The shots with `speaks` in the tracks of those who are seen with others."""
    asked = [
        (track, shot.tracks)
        for shot in shots
        if 1 < len(shot.tracks) <= MAX_PEOPLE
        for track in shot.tracks
    ]
    told: dict[int, FaceTrack] = {}
    # the next one's lips are cut out while this one's are judged
    with closing(prefetch((_evidence(*item, scene) for item in asked), 1)) as evidence:
        for (track, _), seen in zip(asked, evidence, strict=True):
            check()
            if seen is not None:
                logits = listener(seen.lips, seen.cepstra)
                told[id(track)] = replace(track, speaks=_at_looks(track, seen.times, logits))
    return tuple(
        replace(shot, tracks=tuple(told.get(id(track), track) for track in shot.tracks))
        for shot in shots
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What tells whether one person speaks."""

    times: F64  # (n,)
    lips: npt.NDArray[np.uint8]  # (n, SIDE, SIDE)
    cepstra: npt.NDArray[np.float32]  # (8 n, 13)


def _evidence(track: FaceTrack, tracks: Sequence[FaceTrack], scene: Scene) -> _Evidence | None:
    """Of the moments at which a person is seen with others; None where lips tell nothing."""
    times = _together(track, [t for t in tracks if t is not track])
    if len(times) < SHORTEST_S * LIPS_PER_S:
        return None
    lips, real = scene.mouths.lips(times, boxes_at(track, times), SIDE, WITHIN_S)
    if real.mean() < REAL:
        return None
    begin = round((times[0] - scene.start_s) * SAMPLE_RATE)
    length = round((len(times) + 1) / LIPS_PER_S * SAMPLE_RATE)
    cepstra = mfcc(_taken(scene.samples, begin, length))
    return _Evidence(times, lips, cepstra[: CEPSTRA_PER_LIP * len(times)])


def _together(track: FaceTrack, others: Sequence[FaceTrack]) -> F64:
    """From the first to the last moment at which the track is seen with another."""
    times = np.arange(track.times_s[0], track.times_s[-1], 1.0 / LIPS_PER_S)
    seen = np.flatnonzero(np.any([presence(other, times) for other in others], 0))
    found: F64 = times[seen[0] : seen[-1] + 1] if len(seen) else times[:0]
    return found


def _taken(samples: npt.NDArray[np.int16], begin: int, length: int) -> npt.NDArray[np.int16]:
    """So many samples from `begin` on, silent where there are none."""
    found = np.zeros(length, np.int16)
    first, last = max(0, begin), min(len(samples), begin + length)
    if last > first:
        found[first - begin : last - begin] = samples[first:last]
    return found


def _at_looks(track: FaceTrack, times: F64, logits: npt.NDArray[np.float32]) -> tuple[float, ...]:
    """Mean logit around each look; nan where it is not seen with another."""
    means = []
    for t_s in track.times_s:
        near = np.abs(times - t_s) <= AVERAGED_S / 2
        means.append(float(logits[near].mean()) if near.any() else float("nan"))
    return tuple(means)


def talkers(tracks: Sequence[FaceTrack]) -> tuple[FaceTrack, ...] | None:
    """Those who speak for a good part of a shot; None where that is known of fewer than two."""
    shares = [(track, _share(track)) for track in tracks]
    known = [(track, share) for track, share in shares if share is not None]
    if len(known) < 2:
        return None
    return tuple(track for track, share in known if share >= TALKS)


def chance(track: FaceTrack, t_s: float) -> float:
    """That the person speaks at a moment, 0..1; 0.5 where it is not known."""
    if not track.speaks:
        return 0.5
    logits = np.array(track.speaks)
    known = np.isfinite(logits)
    if not known.any():
        return 0.5
    logit = np.interp(t_s, np.array(track.times_s)[known], logits[known])
    return float(1.0 / (1.0 + np.exp(-logit)))


def _share(track: FaceTrack) -> float | None:
    """Of the looks of which it is known, those at which the person speaks."""
    known = [logit for logit in track.speaks if np.isfinite(logit)]
    return sum(logit > 0 for logit in known) / len(known) if known else None
