"""Whisper's encoder: log-mel in, states out, with attention as fast as the processor allows.

Attention over 1,500 states takes half of a small model's time on a CPU. Processing one head at a
time keeps its scores in the cache: three plain products then take two thirds of the time of torch's
fused attention (19 against 31 ms per layer and window on two cores with bfloat16). In float32, on
CUDA, and on a CPU that multiplies tiles (AMX), fused attention is fastest.

A window is padded with silence to 30 s, and what the encoder computes of that is nearly the same
for every window. On a CPU it is computed once, and a window's sound attends to it.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check, unchecked
from pipeline.recognition.packed_linear import (
    Convolution,
    Int8Linear,
    Linear,
    has_amx,
    has_vnni,
)
from pipeline.recognition.whisper_weights import Encoder, EncoderLayer

Product = Callable[[torch.Tensor], torch.Tensor]
Ranges = tuple[torch.Tensor, torch.Tensor]  # largest outputs (width,) of a layer's two norms

log = logging.getLogger(__name__)

SMOOTHING_EXPONENT = 0.5  # as in the paper; 1 would give all channels the same largest value
ROWS = 1500  # encoder states per window
# States of silence after the sound that are computed with it. With 25 (half a second) more words
# in noise are wrong, with 50 as many as if all are.
MARGIN = 50
PADDING = -0.7  # log-mel of silence; without an even level it is -0.9 to -0.5
RANGE = 2.0  # between the loudest value of a log-mel and the padding


@dataclass(frozen=True, slots=True)
class _Layer:
    """Weights of one layer; query, key and value stacked, the scale folded into the query."""

    attention_norm: nn.LayerNorm
    qkv: Product
    out: Linear
    final_norm: nn.LayerNorm
    fc1: Product  # followed by GELU
    fc2: Linear


@dataclass(frozen=True, slots=True)
class _Silence:
    """What the encoder computes of a silent window."""

    keys_and_values: Sequence[torch.Tensor]  # one per layer (2, heads, 1500, size)
    states: torch.Tensor  # (1, 1500, width)


class AudioEncoder:
    """The encoder of a loaded checkpoint."""

    def __init__(
        self, encoder: Encoder, heads: int, largest: Mapping[str, torch.Tensor] | None
    ) -> None:
        """Convert a checkpoint's encoder; int8 requires `largest` (CheckpointFacts.largest)."""
        self._conv1 = encoder.conv1
        self._conv2 = encoder.conv2
        self._products: tuple[Convolution, Convolution] | None = None
        if Linear.packs(encoder.conv1.weight) and has_amx():  # a third of the time; else the same
            self._products = (
                Convolution(self._conv1, rows=2 * ROWS),
                Convolution(self._conv2, rows=ROWS),
            )
        self._positions = encoder.embed_positions.weight
        self._norm = encoder.layer_norm
        self._heads = heads
        size = encoder.conv1.out_channels // heads
        ranges: Sequence[Ranges | None] = [None] * len(encoder.layers)
        self.eight_bits = largest is not None and Int8Linear.pays(encoder.conv1.weight)
        if largest is not None and self.eight_bits:
            ranges = list(zip(largest["attention"], largest["feed_forward"], strict=True))
            log.info(
                "encoder: int8 for two of four products of a layer, the CPU has %s",
                "VNNI" if has_vnni() else "AVX2",
            )
        self._layers = [
            _convert_layer(layer, size**-0.5, own)
            for layer, own in zip(encoder.layers, ranges, strict=True)
        ]

        self._silence: _Silence | None = None  # computed when first needed
        self._lock = threading.Lock()

    @torch.inference_mode()
    def __call__(
        self, mel: torch.Tensor, check: Check = unchecked, *, sounding: int = ROWS
    ) -> torch.Tensor:
        """Return states (b, 1500, width) of a log-mel (b, bins, 3000).

        `check` is called before each layer: one layer of a large model takes a second on a CPU.
        `sounding` is the number of states before the padding of all windows.
        """
        count = sounding + MARGIN
        if mel.device.type != "cpu" or count >= ROWS:
            return self._run(mel, check)
        silence = self._of_silence(check)
        states = self._run(mel[..., : 2 * count], check, silence)
        padding = silence.states[:, count:].expand(len(states), -1, -1)
        return torch.cat((states, padding), 1)

    def _run(
        self,
        mel: torch.Tensor,
        check: Check,
        silence: _Silence | None = None,
        seen: list[torch.Tensor] | None = None,
    ) -> torch.Tensor:
        """Return the states of a log-mel (b, bins, 2 n), which `silence` follows up to 30 s.

        Each layer's keys and values are appended to `seen`.
        """
        x = self._convolve(mel)
        x = x + self._positions[: x.shape[1]]
        for i, layer in enumerate(self._layers):
            check()
            qkv = layer.qkv(layer.attention_norm(x))
            parts = qkv.view(*qkv.shape[:2], 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            if seen is not None:
                seen.append(parts[1:, 0].contiguous())
            x = x + layer.out(
                attend(parts, None if silence is None else silence.keys_and_values[i])
            )
            x = x + layer.fc2(layer.fc1(layer.final_norm(x)))
        states: torch.Tensor = self._norm(x)
        return states

    def _convolve(self, mel: torch.Tensor) -> torch.Tensor:
        """Apply both convolutions and GELU: (b, bins, 2 n) → (b, n, width)."""
        if self._products is None:
            return F.gelu(self._conv2(F.gelu(self._conv1(mel)))).permute(0, 2, 1)
        first, second = self._products
        return F.gelu(second(F.gelu(first(mel.transpose(1, 2)))))

    def _of_silence(self, check: Check) -> _Silence:
        with self._lock:
            if self._silence is None:
                weight = self._conv1.weight
                mel = torch.full((1, weight.shape[1], 2 * ROWS), PADDING, dtype=weight.dtype)
                seen = list[torch.Tensor]()
                states = self._run(mel, check, seen=seen)
                self._silence = _Silence(seen, states)
            return self._silence


def attend(parts: torch.Tensor, silence: torch.Tensor | None) -> torch.Tensor:
    """Apply self-attention over all states: (3, b, heads, n, size) → (b, n, width)."""
    if parts.device.type != "cpu" or parts.dtype == torch.float32 or has_amx():
        queries, keys, values = parts
        if silence is not None:
            after = silence[:, None, :, parts.shape[3] :].expand(-1, parts.shape[1], -1, -1, -1)
            keys, values = torch.cat((parts[1:], after), 3)
        mixed = F.scaled_dot_product_attention(queries, keys, values, scale=1.0)
        return mixed.transpose(1, 2).flatten(2)
    return attend_by_head(parts.contiguous(), silence)


def attend_by_head(parts: torch.Tensor, silence: torch.Tensor | None = None) -> torch.Tensor:
    """Attend head by head, without large allocations; `parts` are (3, b, heads, n, size).

    Keys and values of states beyond n are those of `silence` (2, heads, 1500, size).
    """
    _, batch, heads, count, size = parts.shape
    queries, keys, values = parts
    total = count if silence is None else silence.shape[2]
    mixed = torch.empty(batch, count, heads * size, dtype=parts.dtype)
    scores = torch.empty(count, total, dtype=parts.dtype)
    weights = torch.empty_like(scores)
    for b in range(batch):
        for h in range(heads):
            key, value = keys[b, h], values[b, h]
            if silence is not None:
                key = torch.cat((key, silence[0, h, count:]))
                value = torch.cat((value, silence[1, h, count:]))
            torch.mm(queries[b, h], key.t().contiguous(), out=scores)
            torch.softmax(scores, -1, out=weights)
            mixed[b, :, h * size : (h + 1) * size] = weights @ value
    return mixed


def _convert_layer(layer: EncoderLayer, scale: float, ranges: Ranges | None) -> _Layer:
    """Convert a layer of a checkpoint, stacking weights that are multiplied together."""
    attention = layer.self_attn
    q, k, v = attention.q_proj, attention.k_proj, attention.v_proj
    weight = torch.cat((q.weight * scale, k.weight, v.weight))
    bias = torch.cat((q.bias * scale, torch.zeros_like(q.bias), v.bias))
    before, between = layer.self_attn_layer_norm, layer.final_layer_norm
    return _Layer(
        attention_norm=before,
        qkv=after_norm(before, weight, bias, ranges[0] if ranges else None),
        out=Linear.of(attention.out_proj, rows=ROWS),
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
