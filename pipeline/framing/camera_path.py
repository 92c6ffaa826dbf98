"""Computes how a virtual camera moves along one axis.

The camera stands still while the subject stays in a dead zone. The path is solved over the whole
stretch at once, so the camera moves before the subject leaves and never hunts. A pan eases in and
out; a subject that keeps walking is followed at an even speed.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import F64

PAN_DURATION_S = 0.9  # from one rest to the next
SMOOTHING_WINDOW_S = 1.0  # movements shorter than this are not worth a pan


@dataclass(frozen=True, slots=True)
class Tube:
    """The range of camera positions at each of n ascending times: shapes (n,)."""

    times: F64  # seconds
    wanted: F64
    slack: F64  # dead zone around `wanted`, >= 0
    low: F64  # hard bounds, low <= high
    high: F64


def solve(tube: Tube) -> F64:
    """Return a position for each time, shape (n,), always within the hard bounds."""
    wanted = _smooth(tube.times, tube.wanted)
    low = np.minimum(np.maximum(wanted - tube.slack, tube.low), tube.high)
    high = np.maximum(np.minimum(wanted + tube.slack, tube.high), tube.low)
    rests = _rests(low, high, np.clip(wanted, tube.low, tube.high))
    path = _interpolate(tube.times, _knots(tube.times, rests))
    return np.clip(path, tube.low, tube.high)


def _smooth(times: F64, values: F64) -> F64:
    """Apply a running median over SMOOTHING_WINDOW_S; it drops nods and glances but keeps moves."""
    if len(times) < 3:
        return values
    reach = max(1, round(SMOOTHING_WINDOW_S / 2 / max(1e-3, float(np.median(np.diff(times))))))
    padded = np.pad(values, reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(np.median(windows, axis=1))


def _rests(low: F64, high: F64, wanted: F64) -> list[tuple[int, int, float]]:
    """Return the longest rests that the dead zone allows, in order: (first, last, position)."""
    rests: list[tuple[int, int, float]] = []
    start = 0
    while start < len(low):
        floor, ceiling = low[start], high[start]
        end = start
        while end + 1 < len(low) and max(floor, low[end + 1]) <= min(ceiling, high[end + 1]):
            end += 1
            floor, ceiling = max(floor, low[end]), min(ceiling, high[end])
        best = float(np.clip(np.median(wanted[start : end + 1]), floor, ceiling))
        rests.append((start, end, best))
        start = end + 1
    return rests


def _knots(times: F64, rests: list[tuple[int, int, float]]) -> tuple[F64, F64]:
    """Return times and positions of knots: two for a long rest, the middle of a short one."""
    at: list[float] = []
    positions: list[float] = []
    for n, (first, last, position) in enumerate(rests):
        begin = times[first] + (PAN_DURATION_S / 2 if n > 0 else 0.0)
        end = times[last] - (PAN_DURATION_S / 2 if n < len(rests) - 1 else 0.0)
        if end > begin:
            at += [begin, end]
            positions += [position, position]
        else:
            at.append(float(times[first] + times[last]) / 2)
            positions.append(position)
    return np.array(at), np.array(positions)


def _interpolate(times: F64, knots: tuple[F64, F64]) -> F64:
    """Interpolate with a monotone cubic (Fritsch and Carlson), constant beyond the knots."""
    at, position = knots
    if len(at) < 2:
        return np.full(len(times), position[0])
    step = np.maximum(np.diff(at), 1e-6)
    speed = np.diff(position) / step
    slope = np.zeros(len(at))  # zero at both ends and wherever the direction changes
    turning = speed[:-1] * speed[1:] <= 0
    with np.errstate(divide="ignore", invalid="ignore"):
        slope[1:-1] = np.where(turning, 0.0, 2.0 / (1.0 / speed[:-1] + 1.0 / speed[1:]))
    i = np.clip(np.searchsorted(at, times, side="right") - 1, 0, len(step) - 1)
    u = np.clip((times - at[i]) / step[i], 0.0, 1.0)
    return np.asarray(
        position[i] * (1 + 2 * u) * (1 - u) ** 2
        + slope[i] * step[i] * u * (1 - u) ** 2
        + position[i + 1] * u**2 * (3 - 2 * u)
        + slope[i + 1] * step[i] * u**2 * (u - 1)
    )
