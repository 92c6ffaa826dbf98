"""The sound of a clip with what comes before and after it, in step with the pictures."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from pipeline.core.arrays import F32
from pipeline.media.clip_audio import RATE
from pipeline.rendering.bookends import Bookends, Part
from pipeline.rendering.soundtrack import Sound, fade


class JoinedSound:
    """Sound of parts, of the clip's own pictures, and of parts again.

    How many pictures of its own the clip has shows only when they end; until then, what it returns
    ends with the clip's sound. A file takes no sound beyond the pictures that it has.
    """

    def __init__(self, own: Sound, around: Bookends, rate: Fraction) -> None:
        """`own` returns the clip's sound, (2, n) at RATE, from its first picture on."""
        self._own, self._around, self._rate = own, around, rate
        self._joined: F32 | None = None

    def __call__(self) -> F32:
        """Return the sound from the first picture of all, (2, n) at RATE."""
        if not (self._around.before or self._around.after):
            return self._own()
        if self._joined is None:
            self._joined = np.concatenate([*self._sounds(self._around.before), self._own()], axis=1)
        return self._joined

    def end(self, pictures: int) -> None:
        """Say how many pictures of its own the clip has: what comes after them may sound."""
        if not self._around.after:
            return
        before = sum(part.count for part in self._around.before)
        start, end = self._sample(before), self._sample(before + pictures)
        own = self._cut(self._own(), end - start)
        fade(own, at_end=True)
        self._joined = np.concatenate(
            [*self._sounds(self._around.before), own, *self._sounds(self._around.after)],
            axis=1,
        )

    def _sounds(self, parts: Sequence[Part]) -> list[F32]:
        at, found = 0, []
        for part in parts:
            first, at = at, at + part.count
            found.append(self._cut(part.sound, self._sample(at) - self._sample(first)))
        return found

    def _sample(self, picture: int) -> int:
        """Return the sample at which a picture begins."""
        return int(picture / self._rate * RATE)

    @staticmethod
    def _cut(sound: F32, samples: int) -> F32:
        """Return a copy of the first samples, with silence where there are fewer."""
        out = np.zeros((2, samples), np.float32)
        kept = min(samples, sound.shape[1])
        out[:, :kept] = sound[:, :kept]
        return out
