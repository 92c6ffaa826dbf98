"""Detects which of the people in a shot speaks, and when.

In shots with two or more people, each person's lips are compared with the sound every 80 ms, and
the results are averaged around each look at the face.
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
"""Maps lips (n, SIDE, SIDE) and cepstra (8 n, 13) to logits (n,): `ActiveSpeaker`, `lip_motion`."""

MIN_TOGETHER_S = 0.6  # with others in the picture; lips are not evidence in less time
MAX_PICTURE_OFFSET_S = 0.07  # between a moment and its picture: at least 8 pictures a second
MIN_PICTURE_SHARE = 0.8  # least share of the moments that have a picture
AVERAGING_WINDOW_S = 0.4  # around a look
MIN_TALKING_SHARE = 0.15  # share of the time together in which a talker speaks
MIN_FAINT_SPEECH = 0.08  # mean probability of somebody who seems to speak
FAINT_LEAD = 3.0  # times the next person's
MAX_PEOPLE = 6  # per shot; larger groups are skipped


@dataclass(frozen=True, slots=True)
class Scene:
    """Pictures and sound of a stretch of the source."""

    mouths: Mouths
    samples: npt.NDArray[np.int16]  # from `start_s` on, mono at SAMPLE_RATE
    start_s: float


def with_speech(
    shots: Sequence[Shot], scene: Scene, listener: Listener, check: Check
) -> tuple[Shot, ...]:
    """Return the shots with `speaks` filled in for people who are visible with others."""
    candidates = [
        (track, shot.tracks)
        for shot in shots
        if 1 < len(shot.tracks) <= MAX_PEOPLE
        for track in shot.tracks
    ]
    detected: dict[int, FaceTrack] = {}
    # the lips of the next track are cropped while the listener runs on this one
    with closing(prefetch((_evidence(*item, scene) for item in candidates), 1)) as evidence:
        for (track, _), evidence_of_track in zip(candidates, evidence, strict=True):
            check()
            if evidence_of_track is not None:
                logits = listener(evidence_of_track.lips, evidence_of_track.cepstra)
                detected[id(track)] = replace(
                    track, speaks=_mean_logits(track, evidence_of_track.times, logits)
                )
    return tuple(
        replace(shot, tracks=tuple(detected.get(id(track), track) for track in shot.tracks))
        for shot in shots
    )


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The input for deciding whether one person speaks."""

    times: F64  # (n,)
    lips: npt.NDArray[np.uint8]  # (n, SIDE, SIDE)
    cepstra: npt.NDArray[np.float32]  # (8 n, 13)


def _evidence(track: FaceTrack, tracks: Sequence[FaceTrack], scene: Scene) -> _Evidence | None:
    """Return the moments at which a person is visible with others; None if lips are no evidence."""
    times = _together(track, [t for t in tracks if t is not track])
    if len(times) < MIN_TOGETHER_S * LIPS_PER_S:
        return None
    lips, real = scene.mouths.lips(times, boxes_at(track, times), SIDE, MAX_PICTURE_OFFSET_S)
    if real.mean() < MIN_PICTURE_SHARE:
        return None
    begin = round((times[0] - scene.start_s) * SAMPLE_RATE)
    length = round((len(times) + 1) / LIPS_PER_S * SAMPLE_RATE)
    cepstra = mfcc(_padded_slice(scene.samples, begin, length))
    return _Evidence(times, lips, cepstra[: CEPSTRA_PER_LIP * len(times)])


def _together(track: FaceTrack, others: Sequence[FaceTrack]) -> F64:
    """Return times from the first to the last moment at which another track is visible too."""
    times = np.arange(track.times_s[0], track.times_s[-1], 1.0 / LIPS_PER_S)
    evidence_of_track = np.flatnonzero(np.any([presence(other, times) for other in others], 0))
    result: F64 = (
        times[evidence_of_track[0] : evidence_of_track[-1] + 1]
        if len(evidence_of_track)
        else times[:0]
    )
    return result


def _padded_slice(samples: npt.NDArray[np.int16], begin: int, length: int) -> npt.NDArray[np.int16]:
    """Return `length` samples from `begin` on, padded with silence."""
    result = np.zeros(length, np.int16)
    first, last = max(0, begin), min(len(samples), begin + length)
    if last > first:
        result[first - begin : last - begin] = samples[first:last]
    return result


def _mean_logits(
    track: FaceTrack, times: F64, logits: npt.NDArray[np.float32]
) -> tuple[float, ...]:
    """Return the mean logit around each look; nan where nobody else is visible."""
    means = []
    for t_s in track.times_s:
        near = np.abs(times - t_s) <= AVERAGING_WINDOW_S / 2
        means.append(float(logits[near].mean()) if near.any() else float("nan"))
    return tuple(means)


def talkers(tracks: Sequence[FaceTrack]) -> tuple[FaceTrack, ...] | None:
    """Return the people who speak for a good part of a shot; None if fewer than two are known."""
    shares = [(track, _share(track)) for track in tracks]
    known = [(track, share) for track, share in shares if share is not None]
    if len(known) < 2:
        return None
    return tuple(track for track, share in known if share >= MIN_TALKING_SHARE)


def one_stands_out(people: Sequence[FaceTrack]) -> bool:
    """Whether one of two or more seems to speak far more than all others, though little.

    So does somebody of whose lips little is seen beside a photograph, but nobody of an audience.
    """
    means = sorted(
        (float(speech_probabilities(p, np.array(p.times_s)).mean()) for p in people), reverse=True
    )
    return means[0] >= max(MIN_FAINT_SPEECH, FAINT_LEAD * means[1])


def speech_probability(track: FaceTrack, t_s: float) -> float:
    """Return the probability that the person speaks at a moment, 0..1; 0.5 if unknown."""
    return float(speech_probabilities(track, np.array([t_s]))[0])


def speech_probabilities(track: FaceTrack, times: F64) -> F64:
    """Return the probability that the person speaks at each time, shape of `times`, 0..1."""
    logits = np.array(track.speaks)
    known = np.isfinite(logits)
    if not known.any():
        return np.full(len(times), 0.5)
    logit = np.interp(times, np.array(track.times_s)[known], logits[known])
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def _share(track: FaceTrack) -> float | None:
    """Return the share of known looks at which the person speaks; None if no look is known."""
    known = [logit for logit in track.speaks if np.isfinite(logit)]
    return sum(logit > 0 for logit in known) / len(known) if known else None
