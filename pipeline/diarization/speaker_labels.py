"""Who says each word: voices told apart by how they sound.

Words are grouped into phrases, which end where a turn may. A second or two of each becomes a
voiceprint; clusters of those are the voices, and the likeliest way through the phrases (Viterbi
1967), on which a change of voice costs little after a sentence and much within one, says who speaks
each. Phrases that two people may share are heard again in halves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Word
from pipeline.diarization import clustering
from pipeline.diarization.segments import WITHIN, Phrase, halves, phrases

Encoder = Callable[[F32], F32]  # pieces of sound (n, samples) → unit vectors (n, d)

SHORT_S = 0.8  # heard of a phrase at least, again and again if it is shorter …
LONG_S = (1.0, 2.4)  # … and at most, by how much there is to hear
SHARE, ENOUGH_S = 0.45, 100.0  # of the talk that may be heard; of a short one, so many seconds
FIRST = 0.9  # of the stage's work, about: hearing all phrases for the first time
AT_ONCE_S = 24.0  # of sound in one batch
CLEAR_S = 0.9  # phrases from this length on tell which voices there are
MOST_CLUSTERED = 512  # phrases
LOG_ODDS_SCALE = (
    12.0  # logarithm of the odds by which a voice is likelier whose cosine is higher by 1
)
UNSURE = 0.25  # a voice whose cosine is higher by less than this may be the wrong one


def label_speakers(
    audio: Audio, words: Sequence[Word], *, encoder: Encoder, control: Control
) -> tuple[str | None, ...]:
    """Who says each word: "Speaker 1", "Speaker 2", …, in the order in which they are first heard.

    None for all where there is one voice: a talk of one person needs no labels.
    """
    nobody = (None,) * len(words)
    parts = phrases(words)
    clear = [i for i, part in enumerate(parts) if part.duration_s >= CLEAR_S]
    if len(clear) < 2 * clustering.LEAST_PRINTS:  # too little for two voices
        return nobody
    listener = _Listener(audio, encoder, control, _long_s(parts))
    prints = listener.prints(parts, 0.0, FIRST)
    spread = np.linspace(0, len(clear) - 1, min(len(clear), MOST_CLUSTERED)).astype(int)
    chosen = np.array(clear)[spread]
    found = clustering.voices(prints[chosen], _seconds(parts)[chosen])
    if len(found) == 1:
        return nobody
    control.check()
    parts, alike = _heard_closer(listener, words, parts, prints @ found.T, found)
    weight = np.minimum(1.0, _seconds(parts) / LONG_S[0])
    return _labels(parts, _path(LOG_ODDS_SCALE * weight[:, None] * alike, parts), len(words))


def _long_s(parts: Sequence[Phrase]) -> float:
    """Seconds heard of a long phrase: the fewer there are, the more of each."""
    may_s = max(ENOUGH_S, SHARE * float(_seconds(parts).sum()))
    return float(np.clip(may_s / len(parts), *LONG_S))


def _seconds(parts: Sequence[Phrase]) -> F32:
    """How long each is."""
    return np.array([part.duration_s for part in parts], np.float32)


@dataclass(frozen=True, slots=True)
class _Listener:
    """Makes voiceprints of phrases."""

    audio: Audio
    encoder: Encoder
    control: Control
    long_s: float

    def prints(self, parts: Sequence[Phrase], begin: float, end: float) -> F32:
        """Unit vectors (n, d), of phrases that are heard for as long at once.

        `begin` and `end` are how far the stage has come before and after, of 1.
        """
        found: dict[int, F32] = {}
        for length_s in (SHORT_S, self.long_s):
            rows = [i for i, part in enumerate(parts) if self._heard_s(part) == length_s]
            at_once = int(AT_ONCE_S / length_s)
            for first in range(0, len(rows), at_once):
                done = begin + (end - begin) * len(found) / len(parts)
                self.control.report("voices", done)
                some = rows[first : first + at_once]
                sound = np.stack([self._sound(parts[i], length_s) for i in some])
                found.update(zip(some, self.encoder(sound), strict=True))
        return np.stack([found[i] for i in range(len(parts))])

    def _heard_s(self, part: Phrase) -> float:
        return SHORT_S if part.duration_s < (SHORT_S + self.long_s) / 2 else self.long_s

    def _sound(self, part: Phrase, length_s: float) -> F32:
        """The middle of a phrase, (length_s × rate,), again and again if there is less of it."""
        middle_s, half_s = (part.start_s + part.end_s) / 2, min(length_s, part.duration_s) / 2
        samples = self.audio.slice(middle_s - half_s, middle_s + half_s)
        wanted = round(length_s * SAMPLE_RATE)
        return np.resize(samples, wanted) if len(samples) else np.zeros(wanted, np.float32)


def _heard_closer(
    listener: _Listener,
    words: Sequence[Word],
    parts: Sequence[Phrase],
    alike: F32,
    voices: F32,
) -> tuple[list[Phrase], F32]:
    """The phrases, in halves where they may be two people's, and how like each voice each is.

    `alike` (n, k) are the cosines of the whole ones to the voices (k, d).
    """
    ordered = np.sort(alike, axis=1)
    unsure = ordered[:, -1] - ordered[:, -2] < UNSURE
    best = alike.argmax(axis=1)
    for i in range(1, len(parts)):  # somebody else goes on without a pause: where did they begin?
        if parts[i].change == WITHIN and best[i] != best[i - 1]:
            unsure[i - 1 : i + 1] = True
    divided = [
        halves(words, part) if doubtful and part.duration_s >= 2 * SHORT_S else (part,)
        for part, doubtful in zip(parts, unsure, strict=True)
    ]
    again = [half for some in divided if len(some) > 1 for half in some]
    if not again:
        return list(parts), alike
    heard = iter(listener.prints(again, FIRST, 1.0) @ voices.T)
    rows = [
        next(heard) if len(some) > 1 else alike[i] for i, some in enumerate(divided) for _ in some
    ]
    return [part for some in divided for part in some], np.stack(rows)


def _path(scores: F32, parts: Sequence[Phrase]) -> list[int]:
    """The likeliest voice of each phrase, by scores (n, k) and the cost of changes."""
    best = scores[0]
    came_from: list[npt.NDArray[np.intp]] = []
    for part, score in zip(parts[1:], scores[1:], strict=True):
        top = int(best.argmax())
        changed = best[top] - part.change
        came_from.append(np.where(best >= changed, np.arange(len(best)), top))
        best = np.maximum(best, changed) + score
    path = [int(best.argmax())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _labels(parts: Sequence[Phrase], path: Sequence[int], count: int) -> tuple[str | None, ...]:
    """Voices as names of words."""
    names: dict[int, str] = {}
    labels: list[str | None] = []
    for part, voice in zip(parts, path, strict=True):
        name = names.setdefault(voice, f"Speaker {len(names) + 1}")
        labels += [name] * (part.last - part.first + 1)
    return tuple(labels) if len(names) > 1 else (None,) * count
