"""How far part of a picture has moved since another picture, by phase correlation.

Kuglin and Hines 1975: of the product of one part's spectrum with the other's, only the phases are
kept; their transform is a peak where the movement is.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

FINE = 24  # pixels of the shorter side at least; more are averaged, for noise does not move along
_MIN_POWER_SHARE = 1e-3  # of the strongest frequency: what is weaker has no phase to speak of


@dataclass(frozen=True, slots=True)
class Movement:
    """To the right and down, in pixels, and how surely, 0..1: 1 is the same picture moved."""

    dx: float
    dy: float
    sure: float


def movement(before: F32, after: F32) -> Movement:
    """Of one grey part (h, w), 8 pixels a side at least, to the same part of a later picture."""
    step = max(1, min(before.shape) // FINE)
    a, b = (_faded(_averaged(part, step)) for part in (before, after))
    product = np.fft.rfft2(b) * np.conj(np.fft.rfft2(a))
    size = np.abs(product)
    phases = product / (size + _MIN_POWER_SHARE * size.max() + 1e-9)
    surface = np.fft.irfft2(phases, a.shape)
    peak = np.unravel_index(int(surface.argmax()), surface.shape)
    dy, dx = (step * _finely(surface, peak, axis) for axis in (0, 1))
    # of the same picture all waves that have a phase meet at the peak
    most = np.fft.irfft2(np.abs(phases), a.shape)[0, 0]
    return Movement(dx, dy, float(surface[peak] / max(most, _MIN_POWER_SHARE)))


def _averaged(part: F32, step: int) -> F32:
    """Means of step x step pixels; what is left over at the ends falls away."""
    rows, columns = (n // step for n in part.shape)
    cells = part[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(cells.mean((1, 3)) if step > 1 else part)


def _faded(part: F32) -> F32:
    """Without its mean, and nothing at its edges, which would not move along."""
    h, w = part.shape
    window = np.hanning(h + 2)[1:-1, None] * np.hanning(w + 2)[None, 1:-1]
    return np.asarray((part - part.mean()) * window, np.float32)


def _finely(surface: npt.NDArray[np.floating], peak: tuple[np.intp, ...], axis: int) -> float:
    """Where the peak lies along an axis, between pixels; those past the middle are negative."""
    count = surface.shape[axis]
    line = surface[tuple(slice(None) if n == axis else at for n, at in enumerate(peak))]
    at = int(peak[axis])
    before, here, after = (float(line[(at + n) % count]) for n in (-1, 0, 1))
    bend = before - 2 * here + after
    between = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return (at if at <= count / 2 else at - count) + between
