"""The Whisper network: log-mel, encoder, and batched decoder steps.

The weights are an ordinary Hugging Face checkpoint. The decoder step is implemented here over them:
one product for query, key and value, a cache that grows in steps,
cross-attention keys and values computed once per window, and rows dropped as they finish.

Whisper: Radford et al. 2022, arXiv:2212.04356.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from torch import nn
from torch.nn import functional as F

from pipeline.core.control import Check, unchecked
from pipeline.core.data import SAMPLE_RATE
from pipeline.core.parallel import batches_at_once
from pipeline.recognition.checkpoint_facts import find_facts
from pipeline.recognition.cross_attention import CrossAttention
from pipeline.recognition.packed_linear import Linear
from pipeline.recognition.tokenizer import Vocabulary
from pipeline.recognition.whisper_encoder import PADDING, RANGE, AudioEncoder
from pipeline.recognition.whisper_weights import DecoderLayer, WhisperWeights

WINDOW_S = 30  # fixed input length of the network
N_FFT = 400
HOP_SAMPLES = 160  # samples: 10 ms
N_FRAMES = WINDOW_S * SAMPLE_RATE // HOP_SAMPLES  # 3000 mel frames
N_STATES = N_FRAMES // 2  # 1500 encoder states, 20 ms each
STATE_S = WINDOW_S / N_STATES

QUIETEST = -0.5  # loudest value of a window that is not amplified further: silence stays silent
# The cache grows by so many tokens at a time: oneDNN compiles a product for each size of input,
# which takes half a millisecond and stays in memory.
CACHE_TOKENS = 32
CPU_WINDOWS = 6  # windows per batch: with 11 steps are 3 % faster, and the peak is 400 MiB higher
MAX_CPU_BATCHES = 4  # batches side by side; with more cores, each batch uses several
MAX_CUDA_WINDOWS = 32  # windows per batch
CUDA_SHARE = 0.5  # share of free GPU memory to use: other processes use the GPU too


@dataclass(frozen=True, slots=True)
class _Layer:
    """Weights of one decoder layer: query, key, value stacked, the scale folded into the query."""

    self_norm: nn.LayerNorm
    qkv: Linear
    self_out: Linear
    cross_norm: nn.LayerNorm
    cross_q: Linear
    cross_kv: tuple[Linear, Linear]
    cross_out: Linear
    final_norm: nn.LayerNorm
    fc1: Linear
    fc2: Linear


class Whisper:
    """A loaded checkpoint. It is immutable, so several threads may use it."""

    def __init__(
        self,
        weights: WhisperWeights,
        vocabulary: Vocabulary,
        heads: list[list[int]],
        name: str,
        *,
        eight_bits: bool,
    ) -> None:
        shape = weights.shape
        self.name = name  # identifies the checkpoint
        self.vocabulary = vocabulary
        self.device = weights.device
        self.dtype = weights.dtype
        self.n_heads = shape.decoder_attention_heads
        self.head_size = shape.d_model // self.n_heads
        self.max_tokens = shape.max_target_positions
        facts = find_facts(heads)
        self.alignment_heads = facts.onset_heads or heads
        # on the device: a list as an index is copied there at each step, which waits for the card
        self.heads_of_layer = {
            layer: torch.tensor([h for i, h in self.alignment_heads if i == layer]).to(self.device)
            for layer in {i for i, _ in self.alignment_heads}
        }
        self.confidence = facts.confidence  # weights of pipeline.recognition.confidence
        self.agreement = facts.agreement  # weights for comparing two hearings; None: one is enough
        self._encoder = AudioEncoder(
            weights.encoder,
            shape.encoder_attention_heads,
            facts.largest() if eight_bits else None,
        )
        decoder = weights.decoder
        self._embedding = decoder.embed_tokens.weight
        self.n_tokens: int = self._embedding.shape[0]
        self._scores = Linear(self._embedding, None, rows=CPU_WINDOWS)
        self._positions = decoder.embed_positions.weight
        self._final_norm = decoder.layer_norm
        self.layers = [_convert_layer(layer, self.head_size) for layer in decoder.layers]
        self._window = torch.hann_window(N_FFT, device=self.device)
        self._filters = torchaudio.functional.melscale_fbanks(
            N_FFT // 2 + 1,
            0.0,
            SAMPLE_RATE / 2,
            shape.num_mel_bins,
            SAMPLE_RATE,
            "slaney",
            "slaney",
        ).T.to(self.device)

    @classmethod
    def load(
        cls, folder: Path, device: torch.device, precision: torch.dtype, *, eight_bits: bool = False
    ) -> "Whisper":
        """Load from a folder in the Hugging Face layout (with generation_config.json).

        `eight_bits` allows int8 in a part of the encoder where that is faster and accurate.
        """
        weights = WhisperWeights.load(folder, device, precision)
        generation = json.loads((folder / "generation_config.json").read_text())
        vocabulary = Vocabulary.load(folder, generation)
        heads = generation["alignment_heads"]
        return cls(weights, vocabulary, heads, folder.name, eight_bits=eight_bits)

    @property
    def weight_bytes(self) -> int:
        """Size of a decoder weight in bytes, as it is read at each step."""
        return self._scores.weight_bytes

    @property
    def eight_bits(self) -> bool:
        """Whether a part of the encoder uses int8."""
        return self._encoder.eight_bits

    def batches_at_once(self) -> int:
        """Return how many batches to run side by side: on a CPU one per core, up to a limit."""
        return min(MAX_CPU_BATCHES, batches_at_once(self.device))

    def windows_at_once(self) -> int:
        """Return how many windows to decode together; on a GPU, depends on its free memory."""
        if self.device.type != "cuda":
            return CPU_WINDOWS
        free, _ = torch.cuda.mem_get_info(self.device)
        width, size = self.n_heads * self.head_size, self._embedding.element_size()
        memory = 2 * len(self.layers) * width * (N_STATES + self.max_tokens) * size
        encoding = 16 * N_STATES * width * size  # peak memory within a layer
        return max(1, min(MAX_CUDA_WINDOWS, int(free * CUDA_SHARE / (memory + encoding))))

    @torch.inference_mode()
    def log_mel(self, windows: npt.NDArray[np.float32]) -> torch.Tensor:
        """Return the log-mel (b, bins, 3000) of windows (b, 480000), float32, as in the paper.

        Except for the level: the loudest value is the same in all windows, hence the padding, too.
        """
        samples = torch.from_numpy(windows).to(self.device)
        spectrum = torch.stft(
            samples, N_FFT, HOP_SAMPLES, window=self._window, return_complex=True
        )[..., :-1]
        mel = self._filters @ spectrum.abs().square()
        log = mel.clamp(min=1e-10).log10() / 4.0
        loudest = log.amax((1, 2), keepdim=True).clamp(min=QUIETEST)
        level: torch.Tensor = (log + (PADDING + RANGE - loudest)).clamp(min=PADDING)
        return level.to(self.dtype)

    def encode(
        self, mel: torch.Tensor, check: Check = unchecked, *, sound_s: float = WINDOW_S
    ) -> torch.Tensor:
        """Return encoder states (b, 1500, width) of a log-mel; call `check` before each layer.

        The windows are silent from `sound_s` on.
        """
        return self._encoder(mel, check, sounding=math.ceil(sound_s / STATE_S))

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return scores over the vocabulary (b, v), float32, of the last layer's (b, width)."""
        return self._scores(self._final_norm(hidden)).float()

    def embed(self, tokens: torch.Tensor, position: int) -> torch.Tensor:
        """Return decoder input (b, t, width) of tokens (b, t) that start at `position`."""
        positions = self._positions[position : position + tokens.shape[1]]
        return F.embedding(tokens, self._embedding) + positions


class DecoderState:
    """The decoder's state for a batch of windows: cross-attention memory and self-attention cache.

    A window has one text, hence one row in inputs and outputs, unless `branch` made more.
    """

    def __init__(self, model: Whisper, states: torch.Tensor, check: Check = unchecked) -> None:
        """Project encoder states (b, 1500, width); `check` is called before each layer."""
        self._model = model
        self._cross: list[CrossAttention] = []
        for layer in model.layers:
            check()
            keys, values = (project(states) for project in layer.cross_kv)
            self._cross.append(CrossAttention(keys, values, model.n_heads))
        cache = states.new_zeros(states.shape[0], model.n_heads, CACHE_TOKENS, model.head_size)
        self._keys = [cache.clone() for _ in model.layers]  # masked from `position` on
        self._values = [cache.clone() for _ in model.layers]
        self.position = 0

    def keep(self, windows: Sequence[int]) -> None:
        """Drop every window except these (indices into the current ones), with its texts."""
        texts = self._keys[0].shape[0] // len(self._cross[0])
        for attention in self._cross:
            attention.keep(windows)
        self.branch([window * texts + i for window in windows for i in range(texts)])

    def branch(self, rows: Sequence[int]) -> None:
        """Continue with the texts of these rows, in this order, repeated as often as they occur.

        Every window must get the same number of texts, and its texts must be adjacent.
        """
        index = torch.tensor(rows, device=self._model.device)
        self._keys = [keys[index] for keys in self._keys]
        self._values = [values[index] for values in self._values]

    def step(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Feed tokens (b, t); return the scores after the last one (b, v) and its attention.

        The attention is that of the alignment heads, (b, heads, 1500), each row summing to 1.
        """
        hidden = self._advance(tokens)
        return self._model.logits(hidden[:, -1]), self.attention

    def prompt(self, tokens: torch.Tensor) -> torch.Tensor:
        """Feed the prompt (b, t); return the scores after each of its tokens (b, t, v)."""
        hidden = self._advance(tokens)
        return self._model.logits(hidden)

    def read(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Feed tokens (b, t); return the last layer's output (b, t, width) and the attention.

        The attention is that of the alignment heads for each token, (b, t, heads, 1500).
        """
        hidden = self._advance(tokens)
        return hidden, self._attended.transpose(1, 2)

    @property
    def attention(self) -> torch.Tensor:
        """The alignment heads' attention of the last token fed."""
        return self._attended[:, :, -1]

    def _advance(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run all layers over new tokens, extend the cache, return hidden states (b, t, width)."""
        model, start = self._model, self.position
        end = start + tokens.shape[1]
        self._reserve(end)
        hidden = model.embed(tokens, start)
        attended = []
        future = torch.ones(
            tokens.shape[1], self._keys[0].shape[2], dtype=torch.bool, device=tokens.device
        ).triu(start + 1)
        for i, layer in enumerate(model.layers):
            hidden = hidden + self._self_attention(i, layer, hidden, future)
            update, weights = self._cross_attention(i, layer, hidden)
            hidden = hidden + update
            hidden = hidden + layer.fc2(F.gelu(layer.fc1(layer.final_norm(hidden))))
            if i in model.heads_of_layer:
                attended.append(weights.index_select(1, model.heads_of_layer[i]))
        self._attended = torch.cat(attended, dim=1)
        self.position = end
        return hidden

    def _reserve(self, tokens: int) -> None:
        """Extend the cache to hold so many tokens, in steps of CACHE_TOKENS."""
        missing = -(-tokens // CACHE_TOKENS) * CACHE_TOKENS - self._keys[0].shape[2]
        if missing > 0:
            self._keys = [F.pad(keys, (0, 0, 0, missing)) for keys in self._keys]
            self._values = [F.pad(values, (0, 0, 0, missing)) for values in self._values]

    def _self_attention(
        self, i: int, layer: _Layer, hidden: torch.Tensor, future: torch.Tensor
    ) -> torch.Tensor:
        """Attend to the tokens so far; `future` (t, size of the cache) is true for all others."""
        batch, count, width = hidden.shape
        start, end = self.position, self.position + count
        heads, size = self._model.n_heads, self._model.head_size
        qkv = layer.qkv(layer.self_norm(hidden))
        q, k, v = qkv.view(batch, count, 3, heads, size).permute(2, 0, 3, 1, 4)
        self._keys[i][:, :, start:end] = k
        self._values[i][:, :, start:end] = v
        scores = q @ self._keys[i].transpose(-1, -2)
        mixed = scores.masked_fill_(future, float("-inf")).softmax(-1) @ self._values[i]
        out: torch.Tensor = layer.self_out(mixed.transpose(1, 2).reshape(batch, count, width))
        return out

    def _cross_attention(
        self, i: int, layer: _Layer, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        mixed, weights = self._cross[i](layer.cross_q(layer.cross_norm(hidden)))
        return layer.cross_out(mixed), weights


def _convert_layer(layer: DecoderLayer, head_size: int) -> _Layer:
    """Convert a layer of a checkpoint, stacking weights that are multiplied together."""
    scale = head_size**-0.5
    attention, cross = layer.self_attn, layer.encoder_attn
    q, k, v = attention.q_proj, attention.k_proj, attention.v_proj
    qkv = torch.cat((q.weight * scale, k.weight, v.weight))
    qkv_bias = torch.cat((q.bias * scale, torch.zeros_like(q.bias), v.bias))
    few, many = CPU_WINDOWS, CPU_WINDOWS * N_STATES
    return _Layer(
        self_norm=layer.self_attn_layer_norm,
        qkv=Linear(qkv, qkv_bias, rows=few),
        self_out=Linear.of(attention.out_proj, rows=few),
        cross_norm=layer.encoder_attn_layer_norm,
        cross_q=Linear(cross.q_proj.weight * scale, cross.q_proj.bias * scale, rows=few),
        cross_kv=(Linear.of(cross.k_proj, rows=many), Linear.of(cross.v_proj, rows=many)),
        cross_out=Linear.of(cross.out_proj, rows=few),
        final_norm=layer.final_layer_norm,
        fc1=Linear.of(layer.fc1, rows=few),
        fc2=Linear.of(layer.fc2, rows=few),
    )
