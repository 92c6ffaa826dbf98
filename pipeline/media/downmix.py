"""Mix any number of channels to mono without losing a voice.

A plain average makes a voice in one of eight channels eight times quieter, and cancels a voice that
occurs in two channels with opposite signs. Instead, channels are added with matching signs, and the
sum is scaled to the level of the loudest channel. Signs and scale adapt slowly.
"""

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.core.data import SAMPLE_RATE

MEMORY_S = 0.3  # time constant of the channels' running energies
OPPOSED = -0.5  # correlation with the loudest channel below which a channel is inverted
FLOOR = 1e-10  # mean square below which a channel counts as silent (-100 dBFS)


class Downmix:
    """Mixes successive blocks of one recording; the gains continue from block to block."""

    def __init__(self, channels: int) -> None:
        self._covariance = np.zeros((channels, channels), dtype=np.float64)
        self._gains: npt.NDArray[np.float64] | None = None

    def mix(self, block: F32) -> F32:
        """Mix channels of shape (c, n) at SAMPLE_RATE to mono of shape (n,)."""
        channels, n = block.shape
        if channels == 1 or n == 0:
            return np.asarray(block.sum(axis=0), dtype=np.float32)
        keep = np.exp(-n / (MEMORY_S * SAMPLE_RATE))
        now = (block @ block.T).astype(np.float64) / n
        if self._gains is None:
            keep = 0.0
        self._covariance = keep * self._covariance + (1.0 - keep) * now
        target = _gains(self._covariance)
        before = target if self._gains is None else self._gains
        self._gains = target
        if np.array_equal(before, target):
            return np.asarray(target.astype(np.float32) @ block)
        # A linear ramp over the block: a step in a gain would be audible as a click.
        ramp = np.linspace(0.0, 1.0, n, dtype=np.float32)
        return (before.astype(np.float32) @ block) * (1 - ramp) + (
            target.astype(np.float32) @ block
        ) * ramp


def _gains(covariance: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return one gain per channel, shape (c,), from the channels' mean products, shape (c, c)."""
    energy = np.diag(covariance)
    loudest = int(np.argmax(energy))
    if energy[loudest] < FLOOR:
        return np.full(len(energy), 1.0 / len(energy))
    scale = np.sqrt(np.maximum(energy, FLOOR) * energy[loudest])
    signs = np.where(covariance[loudest] / scale < OPPOSED, -1.0, 1.0)
    together = float(signs @ covariance @ signs)
    return np.asarray(signs * min(1.0, np.sqrt(energy[loudest] / max(together, FLOOR))))
