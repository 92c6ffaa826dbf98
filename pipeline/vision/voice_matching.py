"""Tells faces by voices: who speaks is surer where it is known whose voice is heard.

Lips are judged moment by moment; a voice is heard for many of them. Over all that one voice says
in a shot its own face stands out, also where lips are small or only their movement is known. In
its turns that face is believed more and the others less. A voice without a face changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.core.data import FaceTrack, Sentence, Shot

Bools = npt.NDArray[np.bool_]
Means = npt.NDArray[np.float64]  # nan: not known

LEAST_LOOKS = 4  # while a voice is heard, of a face that it may belong to
MARGIN = 0.8  # logits by which a voice's face must stand out
LIKELY = -1.0  # logits of a voice's face: with less nobody is seen to say it
PULL = 2.0  # logits that a voice says for its own face and against others


def with_voices(shots: Sequence[Shot], sentences: Sequence[Sentence]) -> tuple[Shot, ...]:
    """The shots with `speaks` corrected by the sentences' speakers, where there are two or more."""
    voices = sorted({s.speaker for s in sentences if s.speaker is not None})
    if len(voices) < 2:
        return tuple(shots)
    said = {voice: [s for s in sentences if s.speaker == voice] for voice in voices}
    return tuple(_corrected(shot, list(said.values())) for shot in shots)


def _corrected(shot: Shot, voices: Sequence[Sequence[Sentence]]) -> Shot:
    known = [track for track in shot.tracks if track.speaks]
    if len(known) < 2:
        return shot
    logits = [np.array(track.speaks) for track in known]
    during = [[_within(track, turns) for turns in voices] for track in known]
    owners = _owners(logits, during)
    for n, heard in enumerate(during):
        for inside, owner in zip(heard, owners, strict=True):
            if owner is not None:
                logits[n] = logits[n] + np.where(inside, PULL if n == owner else -PULL, 0.0)
    told = {
        id(track): replace(track, speaks=tuple(map(float, values)))
        for track, values in zip(known, logits, strict=True)
    }
    return replace(shot, tracks=tuple(told.get(id(track), track) for track in shot.tracks))


def _within(track: FaceTrack, turns: Sequence[Sentence]) -> Bools:
    """At which looks one of the sentences is being said."""
    times = np.array(track.times_s)
    inside = [(times >= s.start_s) & (times < s.end_s) for s in turns]
    return np.asarray(np.any(inside, axis=0))


def _owners(
    logits: Sequence[npt.NDArray[np.float64]], during: Sequence[Sequence[Bools]]
) -> list[int | None]:
    """Whose face moves with each voice more than all others; None: nobody's stands out.

    A face that always moves is compared with itself while other voices are heard.
    """
    means = np.array(
        [
            [_mean(values[inside & np.isfinite(values)]) for inside in heard]
            for values, heard in zip(logits, during, strict=True)
        ]
    )
    return [_owner(means, voice) for voice in range(means.shape[1])]


def _owner(means: Means, voice: int) -> int | None:
    """Whose face it is, of means (faces, voices)."""
    known = [int(n) for n in np.flatnonzero(np.isfinite(means[:, voice]))]
    if len(known) < 2:
        return None
    for n in known:
        others = [means[m] for m in known if m != n]
        sure = all(_ahead(means[n], other, voice) >= MARGIN for other in others)
        if sure and means[n, voice] >= LIKELY:
            return n
    return None


def _ahead(one: Means, other: Means, voice: int) -> float:
    """By how much one face, (voices,), is more of a voice's than another, logits."""
    both = np.isfinite(one) & np.isfinite(other)
    usual = float((one[both] - other[both]).mean()) if both.sum() > 1 else 0.0
    return float(one[voice] - other[voice]) - usual


def _mean(values: npt.NDArray[np.float64]) -> float:
    """nan of too few."""
    return float(values.mean()) if len(values) >= LEAST_LOOKS else float("nan")
