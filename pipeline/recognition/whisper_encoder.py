"""Whisper's encoder: log-mel in, states out, with attention as fast as the processor allows.

The weights are those of transformers' modules; the forward pass is written here because attention
over 1,500 states is half of a small model's time on a CPU: one head at a time, its scores stay in
the cache, and three plain products take two thirds of the time of torch's fused attention there
(19 against 31 ms a layer and window on two cores with bfloat16). On CUDA the fused one is best.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check, unchecked
from pipeline.recognition.packed_linear import Int8Linear, Linear

Product = Callable[[torch.Tensor], torch.Tensor]
Ranges = tuple[torch.Tensor, torch.Tensor]  # largest values (width,) that leave a layer's two norms

log = logging.getLogger(__name__)

SMOOTHING_EXPONENT = (
    0.5  # exponent, as the paper has it: 1 would make the largest values of all channels one
)
ROWS = 1500  # states of a window


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer's weights, query/key/value stacked and the scale folded into the query."""

    attention_norm: nn.LayerNorm
    qkv: Product
    out: Linear
    final_norm: nn.LayerNorm
    fc1: Product  # with GELU behind it
    fc2: Linear


class AudioEncoder:
    """The encoder of a loaded checkpoint."""

    def __init__(
        self, encoder: Any, heads: int, largest: Mapping[str, torch.Tensor] | None
    ) -> None:  # transformers has no types
        """Of a transformers encoder; without `largest` (Known.largest) all has its precision."""
        self._conv1: nn.Conv1d = encoder.conv1
        self._conv2: nn.Conv1d = encoder.conv2
        self._positions: torch.Tensor = encoder.embed_positions.weight
        self._norm: nn.LayerNorm = encoder.layer_norm
        self._heads = heads
        size = encoder.conv1.out_channels // heads
        ranges: Sequence[Ranges | None] = [None] * len(encoder.layers)
        self.eight_bits = largest is not None and Int8Linear.pays(encoder.conv1.weight)
        if largest is not None and self.eight_bits:
            ranges = list(zip(largest["attention"], largest["feed_forward"], strict=True))
            log.info("encoder: int8 for a third of its layers, the CPU has VNNI")
        self._layers = [
            _stacked(layer, size**-0.5, own)
            for layer, own in zip(encoder.layers, ranges, strict=True)
        ]

    @torch.inference_mode()
    def __call__(self, mel: torch.Tensor, check: Check = unchecked) -> torch.Tensor:
        """States (b, 1500, width) of a log-mel (b, bins, 3000).

        `check` is called before each layer: those of a large model take a second each on a CPU.
        """
        x = F.gelu(self._conv2(F.gelu(self._conv1(mel)))).permute(0, 2, 1) + self._positions
        for layer in self._layers:
            check()
            x = x + layer.out(self._attended(layer.qkv(layer.attention_norm(x))))
            x = x + layer.fc2(layer.fc1(layer.final_norm(x)))
        states: torch.Tensor = self._norm(x)
        return states

    def _attended(self, qkv: torch.Tensor) -> torch.Tensor:
        """Attention of every state to every other: (b, n, 3 × width) → (b, n, width)."""
        batch, count, _ = qkv.shape
        parts = qkv.view(batch, count, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        if qkv.device.type != "cpu":
            mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], scale=1.0)
            return mixed.transpose(1, 2).reshape(batch, count, -1)
        return one_head_at_a_time(parts.contiguous())


def one_head_at_a_time(parts: torch.Tensor) -> torch.Tensor:
    """The same from queries, keys and values (3, b, heads, n, size), without large allocations."""
    _, batch, heads, count, size = parts.shape
    queries, keys, values = parts
    mixed = torch.empty(batch, count, heads * size, dtype=parts.dtype)
    scores = torch.empty(count, count, dtype=parts.dtype)
    weights = torch.empty_like(scores)
    for b in range(batch):
        for h in range(heads):
            torch.mm(queries[b, h], keys[b, h].t().contiguous(), out=scores)
            torch.softmax(scores, -1, out=weights)
            mixed[b, :, h * size : (h + 1) * size] = weights @ values[b, h]
    return mixed


def _stacked(layer: Any, scale: float, ranges: Ranges | None) -> _Layer:  # no types there
    """A transformers encoder layer, with what is multiplied together stored together."""
    q, k, v = (getattr(layer.self_attn, name) for name in ("q_proj", "k_proj", "v_proj"))
    weight = torch.cat((q.weight * scale, k.weight, v.weight))
    bias = torch.cat((q.bias * scale, torch.zeros_like(q.bias), v.bias))
    before, between = layer.self_attn_layer_norm, layer.final_layer_norm
    return _Layer(
        attention_norm=before,
        qkv=after_norm(before, weight, bias, ranges[0] if ranges else None),
        out=Linear.of(layer.self_attn.out_proj, rows=ROWS),
        final_norm=between,
        fc1=after_norm(
            between, layer.fc1.weight, layer.fc1.bias, ranges[1] if ranges else None, gelu=True
        ),
        fc2=Linear.of(layer.fc2, rows=ROWS),
    )


def after_norm(
    norm: nn.LayerNorm,
    weight: torch.Tensor,
    bias: torch.Tensor,
    largest: torch.Tensor | None,
    *,
    gelu: bool = False,
) -> Product:
    """A product of what leaves a norm, with eight bits where its largest values are known.

    What leaves GELU eight bits do not hold: they cost a tenth more wrong words there.
    """
    if largest is None:
        linear = Linear(weight, bias, rows=ROWS)
        return (lambda x: F.gelu(linear(x))) if gelu else linear
    factor = largest.clamp(min=1e-3) ** SMOOTHING_EXPONENT
    factor = factor / factor.median()
    for part in (norm.weight, norm.bias):  # what leaves the norm is more alike now …
        part.data = (part.float() / factor).to(part.dtype)
    alike = weight.detach().float() * factor  # … and the weight takes it back
    return Int8Linear(alike, bias, rows=ROWS, gelu=gelu)
