"""Measures how far part of a picture has moved since another picture, by phase correlation.

Kuglin and Hines 1975: one part's spectrum is multiplied with the conjugate of the other's, and only
the phases are kept; the inverse transform has a peak at the movement.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32

MIN_SIDE_CELLS = 24  # shorter side after averaging, which reduces noise
_MIN_POWER_SHARE = 1e-3  # share of the strongest frequency; the phase of weaker ones is noise


@dataclass(frozen=True, slots=True)
class Movement:
    """To the right and down, in pixels, with a confidence of 0..1: 1 is the same picture, moved."""

    dx: float
    dy: float
    sure: float


def movement(before: F32, after: F32) -> Movement:
    """Measure the movement from one gray part (h, w) to the same part of a later picture.

    Each side has at least 8 pixels.
    """
    step = max(1, min(before.shape) // MIN_SIDE_CELLS)
    a, b = (_apply_window(_average(part, step)) for part in (before, after))
    product = np.fft.rfft2(b) * np.conj(np.fft.rfft2(a))
    size = np.abs(product)
    phases = product / (size + _MIN_POWER_SHARE * size.max() + 1e-9)
    surface = np.fft.irfft2(phases, a.shape)
    peak = np.unravel_index(int(surface.argmax()), surface.shape)
    dy, dx = (step * _refine_peak(surface, peak, axis) for axis in (0, 1))
    # for the same picture, all waves that have a phase add up at the peak
    max_peak = np.fft.irfft2(np.abs(phases), a.shape)[0, 0]
    return Movement(dx, dy, float(surface[peak] / max(max_peak, _MIN_POWER_SHARE)))


def _average(part: F32, step: int) -> F32:
    """Average step x step pixels; remaining rows and columns at the end are dropped."""
    rows, columns = (n // step for n in part.shape)
    cells = part[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return np.asarray(cells.mean((1, 3)) if step > 1 else part)


def _apply_window(part: F32) -> F32:
    """Remove the mean and fade out the edges, which do not move along."""
    h, w = part.shape
    window = np.hanning(h + 2)[1:-1, None] * np.hanning(w + 2)[None, 1:-1]
    return np.asarray((part - part.mean()) * window, np.float32)


def _refine_peak(surface: npt.NDArray[np.floating], peak: tuple[np.intp, ...], axis: int) -> float:
    """Return the peak's sub-pixel position along an axis; negative past the middle."""
    count = surface.shape[axis]
    line = surface[tuple(slice(None) if n == axis else at for n, at in enumerate(peak))]
    at = int(peak[axis])
    before, here, after = (float(line[(at + n) % count]) for n in (-1, 0, 1))
    bend = before - 2 * here + after
    between = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return (at if at <= count / 2 else at - count) + between
