"""Resamples the planes of a picture with torch, on any device.

The arithmetic is that of FFmpeg's scaler, so that a clip looks the same wherever it is composed:
weights depend on the distance in source pixels, kernels are stretched for downscaling, and edges
are repeated. Rows and columns are separable: each side is a weighted sum of a few taps.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

A = -0.6  # parameter of the bicubic kernel, FFmpeg's default (Keys, 1981)
MAX_LEVEL = 32_767 / 128  # between the two passes, in FFmpeg's 15 bits


@dataclass(frozen=True, slots=True)
class Kernel:
    """The weight of a source pixel by its distance."""

    weight: Callable[[Tensor, float], Tensor]  # takes the distance, >= 0, and the stretch, >= 1
    reach: Callable[[float], float]  # distance at which the weight becomes 0, by the stretch


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """The source rows or columns that make up each output row or column."""

    at: Tensor  # (taps, n), int64: indices
    weights: Tensor  # (taps, n), float32; each column sums to 1


def taps(
    kernel: Kernel,
    length: int,
    scaled: int,
    *,
    count: int,
    first: int = 0,
    step: int = 1,
    device: torch.device,
) -> Taps:
    """Compute the taps that scale `length` pixels to `scaled` and keep `count` of them.

    The kept pixels are number `first`, `first + step`, and so on of the scaled ones.
    """
    ratio = ((length << 16) + scaled // 2) // scaled / 65_536  # the precision of FFmpeg's steps
    wanted = first + step * torch.arange(count, dtype=torch.float64)
    center = (wanted + 0.5) * ratio - 0.5
    stretch = max(1.0, ratio)
    reach = kernel.reach(stretch)
    begin = torch.floor(center - reach).long() + 1
    at = begin + torch.arange(math.ceil(2 * reach))[:, None]
    weights = kernel.weight((at - center).abs(), stretch)
    weights /= weights.sum(0)
    return Taps(at.clamp(0, length - 1).to(device), weights.float().to(device))


def resample(plane: Tensor, rows: Taps, columns: Taps, *, levels: bool = False) -> Tensor:
    """Resample floats (h, w) or (h, w, c) to (rows, columns) or (rows, columns, c).

    `levels`: round to 8-bit integers between the two passes.
    """
    wide = _apply_taps(plane, columns, 1)
    wide = wide.round_().clamp_(0, 255) if levels else wide.clamp_(max=MAX_LEVEL)
    return _apply_taps(wide, rows, 0)


def _apply_taps(plane: Tensor, side: Taps, dim: int) -> Tensor:
    shape = [1] * plane.ndim
    shape[dim] = -1
    parts = (
        plane.index_select(dim, at) * weight.view(shape)
        for at, weight in zip(side.at, side.weights, strict=True)
    )
    total: Tensor = next(parts)
    for part in parts:
        total += part
    return total


def _bicubic(distance: Tensor, stretch: float) -> Tensor:
    x: Tensor = distance / stretch
    near = ((A + 2) * x - (A + 3)) * x * x + 1
    far: Tensor = A * (((x - 5) * x + 8) * x - 4)
    return torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros_like(x)))


def _linear(distance: Tensor, stretch: float) -> Tensor:
    weight: Tensor = 1 - distance / stretch
    return weight.clamp(min=0)


def _area(distance: Tensor, stretch: float) -> Tensor:
    """Return the overlap of the source pixel with the output pixel."""
    weight: Tensor = stretch / 2 + 0.5 - distance
    return weight.clamp(0, 1)


BICUBIC = Kernel(_bicubic, lambda stretch: 2 * stretch)
LINEAR = Kernel(_linear, lambda stretch: stretch)
AREA = Kernel(_area, lambda stretch: stretch / 2 + 0.5)
