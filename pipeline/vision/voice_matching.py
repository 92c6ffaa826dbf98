"""Matches faces with voices: knowing whose voice is audible makes the active speaker surer.

Lips are judged moment by moment, but one voice covers many moments. Over all turns of a voice in a
shot, its own face stands out, even if the lips are small or only their movement is known. During
its turns, the voice raises the logits of that face and lowers the others. A voice without a face
changes nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.core.data import FaceTrack, Sentence, Shot

Bools = npt.NDArray[np.bool_]
Means = npt.NDArray[np.float64]  # nan: unknown

MIN_LOOKS = 4  # looks at a face during a voice, before the two can be matched
MIN_MARGIN_LOGITS = 0.8  # by which a voice's face must stand out
MIN_OWNER_LOGIT = -1.0  # mean logit of a voice's face; below it no visible person is the speaker
VOICE_PULL_LOGITS = 2.0  # added to the voice's own face and subtracted from others


def with_voices(shots: Sequence[Shot], sentences: Sequence[Sentence]) -> tuple[Shot, ...]:
    """Return the shots with `speaks` corrected by the sentences' speakers, if two or more."""
    voices = sorted({s.speaker for s in sentences if s.speaker is not None})
    if len(voices) < 2:
        return tuple(shots)
    turns_of_voice = {voice: [s for s in sentences if s.speaker == voice] for voice in voices}
    return tuple(_correct(shot, list(turns_of_voice.values())) for shot in shots)


def _correct(shot: Shot, voices: Sequence[Sequence[Sentence]]) -> Shot:
    known = [track for track in shot.tracks if track.speaks]
    if len(known) < 2:
        return shot
    logits = [np.array(track.speaks) for track in known]
    during = [[_within(track, turns) for turns in voices] for track in known]
    owners = _owners(logits, during)
    for n, voices_heard in enumerate(during):
        for inside, owner in zip(voices_heard, owners, strict=True):
            if owner is not None:
                logits[n] = logits[n] + np.where(
                    inside, VOICE_PULL_LOGITS if n == owner else -VOICE_PULL_LOGITS, 0.0
                )
    corrected = {
        id(track): replace(track, speaks=tuple(map(float, values)))
        for track, values in zip(known, logits, strict=True)
    }
    return replace(shot, tracks=tuple(corrected.get(id(track), track) for track in shot.tracks))


def _within(track: FaceTrack, turns: Sequence[Sentence]) -> Bools:
    """Whether each look of the track falls into one of the sentences."""
    times = np.array(track.times_s)
    inside = [(times >= s.start_s) & (times < s.end_s) for s in turns]
    return np.asarray(np.any(inside, axis=0))


def _owners(
    logits: Sequence[npt.NDArray[np.float64]], during: Sequence[Sequence[Bools]]
) -> list[int | None]:
    """Return the face that moves with each voice more than all others; None if none stands out.

    A face that always moves is compared with itself during other voices.
    """
    means = np.array(
        [
            [_mean(values[inside & np.isfinite(values)]) for inside in voices_heard]
            for values, voices_heard in zip(logits, during, strict=True)
        ]
    )
    return [_owner(means, voice) for voice in range(means.shape[1])]


def _owner(means: Means, voice: int) -> int | None:
    """Return the face that `voice` belongs to, from means (faces, voices); None if none does."""
    known = [int(n) for n in np.flatnonzero(np.isfinite(means[:, voice]))]
    if len(known) < 2:
        return None
    for n in known:
        others = [means[m] for m in known if m != n]
        sure = all(_lead(means[n], other, voice) >= MIN_MARGIN_LOGITS for other in others)
        if sure and means[n, voice] >= MIN_OWNER_LOGIT:
            return n
    return None


def _lead(one: Means, other: Means, voice: int) -> float:
    """Return by how many logits one face, (voices,), fits a voice better than another."""
    both = np.isfinite(one) & np.isfinite(other)
    usual = float((one[both] - other[both]).mean()) if both.sum() > 1 else 0.0
    return float(one[voice] - other[voice]) - usual


def _mean(values: npt.NDArray[np.float64]) -> float:
    """Return the mean; nan for fewer than MIN_LOOKS values."""
    return float(values.mean()) if len(values) >= MIN_LOOKS else float("nan")
