"""Resamples the planes of a picture with torch, on any device.

The same arithmetic as FFmpeg's scaler, so that a clip looks the same wherever it is composed:
weights by the distance in source pixels, stretched where the picture becomes smaller, edges
repeated. Rows and columns are separable: each side is one weighted sum of a few.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

A = -0.6  # of the bicubic weights, FFmpeg's default (Keys, 1981)
BRIGHTEST = 32_767 / 128  # between the two passes, in FFmpeg's 15 bits


@dataclass(frozen=True, slots=True)
class Kernel:
    """How much a source pixel counts."""

    weight: Callable[[Tensor, float], Tensor]  # by its distance, >= 0, and the stretch, >= 1
    reach: Callable[[float], float]  # the distance from which on nothing counts, by the stretch


@dataclass(frozen=True, slots=True, eq=False)
class Taps:
    """Which of the source's rows or columns make each of the output's."""

    at: Tensor  # (taps, n), int64: which
    weights: Tensor  # (taps, n), float32: how much; they add up to 1


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
    """For `length` pixels that become `scaled`, of which `count` are wanted.

    They are number `first`, `first + step`, and so on of the scaled ones.
    """
    ratio = ((length << 16) + scaled // 2) // scaled / 65_536  # FFmpeg's steps are no finer
    wanted = first + step * torch.arange(count, dtype=torch.float64)
    centre = (wanted + 0.5) * ratio - 0.5
    stretch = max(1.0, ratio)
    reach = kernel.reach(stretch)
    begin = torch.floor(centre - reach).long() + 1
    at = begin + torch.arange(math.ceil(2 * reach))[:, None]
    weights = kernel.weight((at - centre).abs(), stretch)
    weights /= weights.sum(0)
    return Taps(at.clamp(0, length - 1).to(device), weights.float().to(device))


def resampled(plane: Tensor, rows: Taps, columns: Taps, *, levels: bool = False) -> Tensor:
    """(h, w) or (h, w, c), floats, as (rows, columns) or (rows, columns, c).

    `levels`: whole numbers of 8 bits between the two.
    """
    wide = _weighted(plane, columns, 1)
    wide = wide.round_().clamp_(0, 255) if levels else wide.clamp_(max=BRIGHTEST)
    return _weighted(wide, rows, 0)


def _weighted(plane: Tensor, side: Taps, dim: int) -> Tensor:
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
    """The part of the pixel that lies under the output's."""
    weight: Tensor = stretch / 2 + 0.5 - distance
    return weight.clamp(0, 1)


BICUBIC = Kernel(_bicubic, lambda stretch: 2 * stretch)
LINEAR = Kernel(_linear, lambda stretch: stretch)
AREA = Kernel(_area, lambda stretch: stretch / 2 + 0.5)
