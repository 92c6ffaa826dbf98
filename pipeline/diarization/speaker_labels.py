"""Label each word with its speaker, told apart by voice.

Words are grouped into phrases, which end where a turn may end. A second or two of each phrase is
encoded as a voiceprint, and clusters of voiceprints are the voices. The likeliest path through the
phrases (Viterbi 1967) assigns them to voices; on it, a speaker change is cheap after a sentence and
expensive within one. Phrases that two people may share are halved and encoded again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.control import Check, Control
from pipeline.core.data import SAMPLE_RATE, Audio, Word
from pipeline.core.parallel import map_in_threads
from pipeline.diarization import clustering
from pipeline.diarization.segments import COST_WITHIN, Phrase, halve, split_phrases

Encoder = Callable[[F32], F32]  # pieces of sound (n, samples) → unit vectors (n, d)

SHORT_S = 0.8  # encoded of a short phrase, repeated if the phrase is shorter
LONG_S = (1.0, 2.4)  # encoded of a long phrase: minimum and maximum, depending on the total
MAX_SHARE = 0.45  # share of the talk to encode
MIN_TOTAL_S = 100.0  # minimum sound to encode, even of a short talk; overrides MAX_SHARE
FIRST_PASS = 0.9  # approximate share of the stage's work taken by encoding all phrases once
BATCH_S = 24.0  # sound per batch
MIN_CLUSTERED_S = 0.9  # only phrases of at least this length determine the voices
MAX_CLUSTERED = 512  # phrases
LOG_ODDS_SCALE = 12.0  # log odds of a voice whose cosine is higher by 1
MIN_MARGIN = 0.25  # a voice that leads by a smaller cosine may be the wrong one


def label_speakers(
    audio: Audio,
    words: Sequence[Word],
    *,
    encoder: Encoder,
    control: Control,
    at_once: int = 1,
) -> tuple[str | None, ...]:
    """Return the speaker of each word: "Speaker 1", "Speaker 2", …, in order of first appearance.

    `at_once`: how many batches the encoder gets side by side, from threads.
    All are None if there is only one voice: a talk by one person needs no labels.
    """
    nobody = (None,) * len(words)
    parts = split_phrases(words)
    clear = [i for i, part in enumerate(parts) if part.duration_s >= MIN_CLUSTERED_S]
    if len(clear) < 2 * clustering.MIN_VOICE_PRINTS:  # too little for two voices
        return nobody
    phrase_encoder = _PhraseEncoder(audio, encoder, control, _long_s(parts), at_once)
    prints = phrase_encoder.prints(parts, 0.0, FIRST_PASS)
    spread = np.linspace(0, len(clear) - 1, min(len(clear), MAX_CLUSTERED)).astype(int)
    chosen = np.array(clear)[spread]
    found = clustering.voices(prints[chosen], _seconds(parts)[chosen])
    if len(found) == 1:
        return nobody
    control.check()
    parts, cosines = _refine(phrase_encoder, words, parts, prints @ found.T, found)
    weight = np.minimum(1.0, _seconds(parts) / LONG_S[0])
    return _name_speakers(
        parts, _find_path(LOG_ODDS_SCALE * weight[:, None] * cosines, parts), len(words)
    )


def _long_s(parts: Sequence[Phrase]) -> float:
    """Return how many seconds of a long phrase to encode: the fewer phrases, the more of each."""
    may_s = max(MIN_TOTAL_S, MAX_SHARE * float(_seconds(parts).sum()))
    return float(np.clip(may_s / len(parts), *LONG_S))


def _seconds(parts: Sequence[Phrase]) -> F32:
    """Return the durations of phrases, shape (n,)."""
    return np.array([part.duration_s for part in parts], np.float32)


@dataclass(frozen=True, slots=True)
class _PhraseEncoder:
    """Encodes phrases as voiceprints."""

    audio: Audio
    encoder: Encoder
    control: Control
    long_s: float
    at_once: int  # batches

    def prints(self, parts: Sequence[Phrase], begin: float, end: float) -> F32:
        """Return unit vectors (n, d); phrases encoded over the same length share batches.

        `begin` and `end` are the progress of the stage before and after, in [0, 1].
        """
        batches = []
        for length_s in (SHORT_S, self.long_s):
            rows = [i for i, part in enumerate(parts) if self._encoded_s(part) == length_s]
            size = int(BATCH_S / length_s)
            batches += [(length_s, rows[n : n + size]) for n in range(0, len(rows), size)]

        def encode(batch: tuple[float, list[int]], check: Check) -> F32:
            check()
            length_s, rows = batch
            return self.encoder(np.stack([self._sound(parts[i], length_s) for i in rows]))

        found: dict[int, F32] = {}
        self.control.report("voices", begin)
        encoded = map_in_threads(encode, batches, threads=self.at_once, check=self.control.check)
        for (_, rows), prints in zip(batches, encoded, strict=True):
            found.update(zip(rows, prints, strict=True))
            self.control.report("voices", begin + (end - begin) * len(found) / len(parts))
        return np.stack([found[i] for i in range(len(parts))])

    def _encoded_s(self, part: Phrase) -> float:
        return SHORT_S if part.duration_s < (SHORT_S + self.long_s) / 2 else self.long_s

    def _sound(self, part: Phrase, length_s: float) -> F32:
        """Return the middle of a phrase, (length_s × rate,), repeated if the phrase is shorter."""
        middle_s, half_s = (part.start_s + part.end_s) / 2, min(length_s, part.duration_s) / 2
        samples = self.audio.slice(middle_s - half_s, middle_s + half_s)
        wanted = round(length_s * SAMPLE_RATE)
        return np.resize(samples, wanted) if len(samples) else np.zeros(wanted, np.float32)


def _refine(
    phrase_encoder: _PhraseEncoder,
    words: Sequence[Word],
    parts: Sequence[Phrase],
    cosines: F32,
    voices: F32,
) -> tuple[list[Phrase], F32]:
    """Halve the phrases that two people may share; return all phrases and their cosines.

    `cosines` (n, k) are those of the whole phrases to the voices (k, d).
    """
    ordered = np.sort(cosines, axis=1)
    unsure = ordered[:, -1] - ordered[:, -2] < MIN_MARGIN
    best = cosines.argmax(axis=1)
    for i in range(1, len(parts)):  # a change without a pause: its exact place is uncertain
        if parts[i].change == COST_WITHIN and best[i] != best[i - 1]:
            unsure[i - 1 : i + 1] = True
    divided = [
        halve(words, part) if doubtful and part.duration_s >= 2 * SHORT_S else (part,)
        for part, doubtful in zip(parts, unsure, strict=True)
    ]
    again = [half for some in divided if len(some) > 1 for half in some]
    if not again:
        return list(parts), cosines
    refined = iter(phrase_encoder.prints(again, FIRST_PASS, 1.0) @ voices.T)
    rows = [
        next(refined) if len(some) > 1 else cosines[i]
        for i, some in enumerate(divided)
        for _ in some
    ]
    return [part for some in divided for part in some], np.stack(rows)


def _find_path(scores: F32, parts: Sequence[Phrase]) -> list[int]:
    """Return the likeliest voice of each phrase, given scores (n, k) and the costs of changes."""
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


def _name_speakers(
    parts: Sequence[Phrase], path: Sequence[int], count: int
) -> tuple[str | None, ...]:
    """Convert voices of phrases to speaker names of words."""
    names: dict[int, str] = {}
    labels: list[str | None] = []
    for part, voice in zip(parts, path, strict=True):
        name = names.setdefault(voice, f"Speaker {len(names) + 1}")
        labels += [name] * (part.last - part.first + 1)
    return tuple(labels) if len(names) > 1 else (None,) * count
