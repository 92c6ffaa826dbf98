"""Whisper's encoder: log-mel in, states out, with attention as fast as the processor allows.

The weights are those of transformers' modules; the forward pass is implemented here because
attention over 1,500 states takes half of a small model's time on a CPU. Processing one head at a
time keeps its scores in the cache: three plain products then take two thirds of the time of torch's
fused attention (19 against 31 ms per layer and window on two cores with bfloat16). On CUDA, fused
attention is fastest.
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
Ranges = tuple[torch.Tensor, torch.Tensor]  # largest outputs (width,) of a layer's two norms

log = logging.getLogger(__name__)

SMOOTHING_EXPONENT = 0.5  # as in the paper; 1 would give all channels the same largest value
ROWS = 1500  # encoder states per window


@dataclass(frozen=True, slots=True)
class _Layer:
    """Weights of one layer; query, key and value stacked, the scale folded into the query."""

    attention_norm: nn.LayerNorm
    qkv: Product
    out: Linear
    final_norm: nn.LayerNorm
    fc1: Product  # followed by GELU
    fc2: Linear


class AudioEncoder:
    """The encoder of a loaded checkpoint."""

    def __init__(
        self, encoder: Any, heads: int, largest: Mapping[str, torch.Tensor] | None
    ) -> None:  # transformers has no types
        """Convert a transformers encoder; int8 requires `largest` (CheckpointFacts.largest)."""
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
            _convert_layer(layer, size**-0.5, own)
            for layer, own in zip(encoder.layers, ranges, strict=True)
        ]

    @torch.inference_mode()
    def __call__(self, mel: torch.Tensor, check: Check = unchecked) -> torch.Tensor:
        """Return states (b, 1500, width) of a log-mel (b, bins, 3000).

        `check` is called before each layer: one layer of a large model takes a second on a CPU.
        """
        x = F.gelu(self._conv2(F.gelu(self._conv1(mel)))).permute(0, 2, 1) + self._positions
        for layer in self._layers:
            check()
            x = x + layer.out(self._attend(layer.qkv(layer.attention_norm(x))))
            x = x + layer.fc2(layer.fc1(layer.final_norm(x)))
        states: torch.Tensor = self._norm(x)
        return states

    def _attend(self, qkv: torch.Tensor) -> torch.Tensor:
        """Apply self-attention over all states: (b, n, 3 × width) → (b, n, width)."""
        batch, count, _ = qkv.shape
        parts = qkv.view(batch, count, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        if qkv.device.type != "cpu":
            mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2], scale=1.0)
            return mixed.transpose(1, 2).reshape(batch, count, -1)
        return attend_by_head(parts.contiguous())


def attend_by_head(parts: torch.Tensor) -> torch.Tensor:
    """Attend head by head, without large allocations; `parts` are (3, b, heads, n, size)."""
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


def _convert_layer(layer: Any, scale: float, ranges: Ranges | None) -> _Layer:  # no types there
    """Convert a transformers encoder layer, stacking weights that are multiplied together."""
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
    """Return the product that follows a norm, in int8 if the norm's largest outputs are known.

    The output of GELU is not quantized: int8 there costs a tenth more wrong words.
    """
    if largest is None:
        linear = Linear(weight, bias, rows=ROWS)
        return (lambda x: F.gelu(linear(x))) if gelu else linear
    factor = largest.clamp(min=1e-3) ** SMOOTHING_EXPONENT
    factor = factor / factor.median()
    for part in (norm.weight, norm.bias):  # equalizes the channels of the norm's output
        part.data = (part.float() / factor).to(part.dtype)
    equalized = weight.detach().float() * factor  # compensates for the scaled norm
    return Int8Linear(equalized, bias, rows=ROWS, gelu=gelu)
