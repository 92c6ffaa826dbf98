"""Voiceprints: CAM++ over log-mel, vectors that are similar for all words of a speaker.

The network is implemented here over the weights of 3D-Speaker, which were trained on 200,000
speakers of Mandarin and English. It is used for inference only, so a normalization that follows a
product is folded into it when the weights are loaded; after the convolutions over mel, features are
the last dimension.

CAM++: Wang et al. 2023, arXiv:2303.00332.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
import torchaudio
from torch.nn import functional as F

from pipeline.core.arrays import F32
from pipeline.core.data import SAMPLE_RATE
from pipeline.core.parallel import batches_at_once

Affine = tuple[torch.Tensor, torch.Tensor]  # weight and bias, or scale and shift

WIDTH = 192  # features of a voiceprint
MELS = 80  # mel bins
FRAME, HOP, N_FFT = 400, 160, 512  # samples: 25 ms every 10 ms
EMPHASIS = 0.97  # pre-emphasis coefficient
LAYERS = (12, 24, 16)  # per dense block
DILATIONS = (1, 2, 2)  # per dense block
GROWTH = 32  # features that each layer adds
CONTEXT = 100  # frames (2 s) whose mean enters a layer's mask, with the mean of all frames
EPSILON = 1e-5  # keeps the normalizations from dividing by zero


class SpeakerEncoder:
    """A loaded network; holds no state between calls."""

    def __init__(self, weights: "Weights") -> None:
        w = weights
        self._device, self._precision = w.device, w.precision
        self._in = w.folded("head.conv1", "head.bn1")
        self._head = [_Residual(w, f"head.layer{n}.{m}", 2 - m) for n in (1, 2) for m in (0, 1)]
        self._out = w.folded("head.conv2", "head.bn2")
        self._frames = w.folded("xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm")
        self._blocks = [
            _Dense(w, number, count, dilation)
            for number, (count, dilation) in enumerate(zip(LAYERS, DILATIONS, strict=True), 1)
        ]
        self._norm = w.norm("xvector.out_nonlinear.batchnorm")
        self._print = w.folded("xvector.dense.linear", "xvector.dense.nonlinear.batchnorm")
        self._window = torch.hann_window(FRAME, periodic=False, device=w.device) ** 0.85  # Povey's
        self._filters = torchaudio.compliance.kaldi.get_mel_banks(
            MELS, N_FFT, float(SAMPLE_RATE), 20.0, 0.0, 100.0, -500.0, 1.0
        )[0].T.to(w.device)

    @classmethod
    def load(cls, path: Path, device: torch.device, precision: torch.dtype) -> "SpeakerEncoder":
        """Load from 3D-Speaker's file of tensors."""
        tensors: Mapping[str, torch.Tensor] = torch.load(path, "cpu", weights_only=True)
        return cls(Weights(tensors, device, precision))

    def batches_at_once(self) -> int:
        """Return how many batches to encode side by side."""
        return batches_at_once(self._device)

    @torch.inference_mode()
    def __call__(self, pieces: F32) -> F32:
        """Return unit vectors (n, WIDTH) of pieces of sound (n, samples) of at least 0.1 s each."""
        x = self.mel(torch.from_numpy(pieces).to(self._device)).to(self._precision)
        x = x.unsqueeze(1).contiguous(memory_format=torch.channels_last)
        x = F.conv2d(x, *self._in, padding=1).relu_()
        for layer in self._head:
            x = layer(x)
        x = F.conv2d(x, *self._out, stride=(2, 1), padding=1).relu_()
        x = F.conv1d(x.flatten(1, 2), *self._frames, stride=2, padding=2).relu_()
        x = x.transpose(1, 2).contiguous()
        for block in self._blocks:
            x = block(x)
        deviation, mean = torch.std_mean(_normalize(x, self._norm).float(), dim=1)
        weight, bias = self._print
        prints = F.linear(torch.cat((mean, deviation), dim=1), weight.float(), bias.float())
        unit: F32 = F.normalize(prints).cpu().numpy()
        return unit

    def mel(self, samples: torch.Tensor) -> torch.Tensor:
        """Return Kaldi's log-mel minus its mean over time: (n, samples) → (n, MELS, frames)."""
        frames = samples.unfold(1, FRAME, HOP)
        frames = frames - frames.mean(-1, keepdim=True)
        before = torch.cat((frames[..., :1], frames[..., :-1]), dim=-1)
        spectrum = torch.fft.rfft((frames - EMPHASIS * before) * self._window, N_FFT)
        power = spectrum[..., :-1].abs().square()
        log = (power @ self._filters).clamp(min=torch.finfo(torch.float32).eps).log()
        less: torch.Tensor = log - log.mean(1, keepdim=True)
        return less.transpose(1, 2)


class _Residual:
    """Two 3 × 3 convolutions with a shortcut: (n, 32, mel, t) → (n, 32, mel / stride, t)."""

    def __init__(self, weights: "Weights", name: str, stride: int) -> None:
        self._stride = (stride, 1)
        self._one = weights.folded(f"{name}.conv1", f"{name}.bn1")
        self._two = weights.folded(f"{name}.conv2", f"{name}.bn2")
        self._around: Affine | None = None
        if stride > 1:
            self._around = weights.folded(f"{name}.shortcut.0", f"{name}.shortcut.1")

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Add the convolved input to the shortcut."""
        inner = F.conv2d(x, *self._one, stride=self._stride, padding=1).relu_()
        inner = F.conv2d(inner, *self._two, padding=1)
        if self._around is not None:
            x = F.conv2d(x, *self._around, stride=self._stride)
        return inner.add_(x).relu_()


class _Dense:
    """A dense block: each layer sees the outputs of all before it; at the end the width halves."""

    def __init__(self, weights: "Weights", number: int, count: int, dilation: int) -> None:
        block, transit = f"xvector.block{number}", f"xvector.transit{number}"
        self._layers = [_Masked(weights, f"{block}.tdnnd{n + 1}", dilation) for n in range(count)]
        self._norm = weights.norm(f"{transit}.nonlinear.batchnorm")
        self._half = weights.plain(f"{transit}.linear")

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n, t, c) to (n, t, (c + GROWTH × layers) / 2)."""
        have, count = x.shape[-1], len(self._layers)
        room = x.new_empty((*x.shape[:2], have + GROWTH * count))
        room[..., :have] = x
        for layer in self._layers:
            room[..., have : have + GROWTH] = layer(room[..., :have])
            have += GROWTH
        return F.linear(_normalize(room, self._norm), self._half)


class _Masked:
    """A layer of a dense block with a context-aware mask: (n, t, c) → (n, t, GROWTH)."""

    def __init__(self, weights: "Weights", name: str, dilation: int) -> None:
        self._dilation = dilation
        self._norm = weights.norm(f"{name}.nonlinear1.batchnorm")
        self._in = weights.folded(f"{name}.linear1", f"{name}.nonlinear2.batchnorm")
        self._local = weights.plain(f"{name}.cam_layer.linear_local")
        self._mask = [weights.affine(f"{name}.cam_layer.linear{n}") for n in (1, 2)]

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Combine three frames `dilation` apart into one."""
        x = F.linear(_normalize(x, self._norm), *self._in).relu_()
        count, step = x.shape[1], self._dilation
        wide = F.pad(x, (0, 0, step, step))
        near = torch.cat([wide[:, n * step : n * step + count] for n in range(3)], dim=-1)
        means = torch.stack([part.mean(1) for part in torch.split(x, CONTEXT, 1)], dim=1)
        mask = F.linear(means + x.mean(1, keepdim=True), *self._mask[0]).relu_()
        mask = F.linear(mask, *self._mask[1]).sigmoid_()
        return F.linear(near, self._local) * mask.repeat_interleave(CONTEXT, dim=1)[:, :count]


def _normalize(x: torch.Tensor, norm: Affine) -> torch.Tensor:
    """Scale, shift and apply ReLU."""
    return torch.addcmul(norm[1], x, norm[0]).relu_()


class Weights:
    """3D-Speaker's tensors by name, converted for the layers."""

    def __init__(
        self, tensors: Mapping[str, torch.Tensor], device: torch.device, precision: torch.dtype
    ) -> None:
        self._tensors = tensors
        self.device, self.precision = device, precision

    def plain(self, name: str) -> torch.Tensor:
        """Return the weight of a product without bias."""
        return self._prepare(self._tensors[f"{name}.weight"])

    def affine(self, name: str) -> Affine:
        """Return weight and bias of a product."""
        return self.plain(name), self._prepare(self._tensors[f"{name}.bias"])

    def folded(self, product: str, norm: str) -> Affine:
        """Return weight and bias of a product with the normalization that follows it folded in."""
        scale, shift = self._scale_shift(norm)
        weight = self._tensors[f"{product}.weight"]
        return self._prepare(weight * scale.view(-1, *[1] * (weight.ndim - 1))), self._prepare(
            shift
        )

    def norm(self, name: str) -> Affine:
        """Return scale and shift of a normalization."""
        scale, shift = self._scale_shift(name)
        return self._prepare(scale), self._prepare(shift)

    def _scale_shift(self, name: str) -> Affine:
        """Return scale and shift; the very last normalization has no weight and bias of its own."""
        mean, variance = (self._tensors[f"{name}.running_{part}"] for part in ("mean", "var"))
        scale = self._tensors.get(f"{name}.weight", torch.tensor(1.0)) / (variance + EPSILON).sqrt()
        return scale, self._tensors.get(f"{name}.bias", torch.tensor(0.0)) - mean * scale

    def _prepare(self, tensor: torch.Tensor) -> torch.Tensor:
        """Move a tensor to the device and lay it out for its product."""
        tensor = tensor.to(self.device, self.precision)
        if tensor.ndim == 4:
            return tensor.contiguous(memory_format=torch.channels_last)
        if tensor.ndim == 3 and tensor.shape[-1] < 5:  # (out, in, frames): frames become features
            return tensor.transpose(1, 2).flatten(1).contiguous()
        return tensor.contiguous()
