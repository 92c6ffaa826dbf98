"""Measures what this machine can do at most, in the precisions that the job uses.

All cores work at once, each on its own product with one thread, as in recognition.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pipeline.core import thread_policy
from pipeline.core.control import Check
from pipeline.core.parallel import map_in_threads
from pipeline.recognition.packed_linear import Int8Linear, Linear

ROWS, WIDTH, OUT = 1500, 512, 2048  # of the first product of Whisper base's feed-forward
MEASURED_S = 1.0
COPIED = 64 * 2**20  # floats: more than any cache holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What all cores, or the card, do together in a second."""

    flop: float  # in the precision of the networks
    int8_flop: float  # 0 if int8 does not pay here
    float32_flop: float
    bytes: float  # read and written


def measure(precision: torch.dtype, device: torch.device) -> Rates:
    """Measure this machine in `precision` on `device`."""
    weight = torch.randn(OUT, WIDTH, device=device) / WIDTH**0.5
    bias = torch.zeros(OUT, device=device)
    x = torch.randn(ROWS, WIDTH, device=device)
    flop = 2 * ROWS * WIDTH * OUT
    kind = weight.to(precision)
    plain = Linear(kind, bias.to(precision), rows=ROWS)
    wide = Linear(weight, bias, rows=ROWS)
    eight = None
    if Int8Linear.pays(kind):
        eight = Int8Linear(weight, bias.to(precision), rows=ROWS, gelu=False)
    own = x.to(precision)
    source = torch.empty(COPIED // 4, device=device)
    target = torch.empty_like(source)
    copied = 2 * source.numel() * source.element_size()
    with torch.inference_mode():
        return Rates(
            flop=flop * _per_second(lambda: plain(own), device),
            int8_flop=flop * _per_second(lambda: eight(own), device) if eight else 0.0,
            float32_flop=flop * _per_second(lambda: wide(x), device),
            bytes=copied * _per_second(lambda: target.copy_(source), device),
        )


def _per_second(work: Callable[[], object], device: torch.device) -> float:
    """Return how often `work` is done in a second by all cores, or by the card."""

    def repeat(_: int, check: Check) -> float:
        work()
        _wait(device)
        began, used, count = time.perf_counter(), _used_s(device), 0
        while time.perf_counter() - began < MEASURED_S:
            check()
            work()
            _wait(device)
            count += 1
        return count / (_used_s(device) - used)

    threads = thread_policy.cores() if device.type == "cpu" else 1
    return sum(map_in_threads(repeat, list(range(threads)), threads=threads, check=lambda: None))


def _used_s(device: torch.device) -> float:
    """Return this thread's CPU time, in which other load counts least; the clock with a card."""
    return time.thread_time() if device.type == "cpu" else time.perf_counter()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
